// What a map shows: which descents its cells are, what became of them, and that in words.

import { makeDescents } from "./descents.js";
import { factors, replaysRates, scheduleOf } from "./schedule.js";
import { knownCells } from "./survey.js";
import { brief, general } from "./words.js";

/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./paths.js").Surface} Surface */
/** @typedef {import("./scales.js").Scale} Scale */
/** @typedef {import("./survey.js").Chart} Chart */
/** @typedef {import("./survey.js").Task} Task */
/** @typedef {import("./tracks.js").State} State */
/** @typedef {[[number, number], [number, number]]} Bounds */

/**
 * @typedef {object} Axis a hyperparameter along a side of a map
 * @property {number} k its number
 * @property {string} name
 * @property {string} kind
 * @property {Scale} scale of its slider
 */

export const [DIVERGED, NOWHERE] = [-2, -1]; // instead of the number of a minimum

const SIDE = 64; // cells along the side of a map
const FINE = 256; // cells of a curve
const REACH = 0.01; // of the picture's diagonal: so near to a minimum a descent has arrived
const CLIMB = 1000; // times the height of the picture: so high above the lowest it is lost

/**
 * The height above which a descent counts as diverged, as one does that left the numbers. Below
 * there is none: where a surface falls for ever, to follow it is what a descent should.
 *
 * @param {Surface} surface
 * @param {[number, number]} range of the heights in the picture
 */
export function ceilingOf({ lowest }, [bottom, top]) {
  const floor = lowest ?? bottom;
  return floor + CLIMB * (top - floor);
}

/**
 * Why a map of descents cannot be drawn, or "".
 *
 * @param {State} state
 * @param {number} i the number of the rule
 */
export function whyNot(state, i) {
  const [surface, rule] = [state.surfaces[state.surface], state.rules[i]];
  const schedule = scheduleOf(state);
  /** @type {[boolean, string, string][]} */
  const needed = [
    [Boolean(surface.tape), surface.name, surface.reason || surface.problem],
    [Boolean(rule.step && rule.init), rule.label, rule.reason],
    [replaysRates(rule, state), schedule?.name ?? "", schedule?.reason ?? ""],
  ];
  const missing = needed.find(([known]) => !known);
  if (!missing) return "";
  const takes = "A map takes thousands of descents, which only the browser does soon enough.";
  return `${takes} ${missing[1]} is computed in Python: ${missing[2]}`;
}

/**
 * What all descents of a map have in common.
 *
 * @param {State} state
 */
const commonOf = (state) => ({ ...state, factors: factors(state) });

/**
 * The value in the middle of a cell.
 *
 * @param {Axis} axis
 * @param {number} i
 * @param {number} cells
 */
export const valueAt = ({ scale }, i, cells) => scale.value((i + 0.5) / cells);

/**
 * The map of settings: two hyperparameters along its sides, or one along a curve.
 *
 * @param {State} state
 * @param {number} i the number of the rule
 * @param {Axis} across
 * @param {Axis | null} up
 * @returns {Task}
 */
export function settingsTask(state, i, across, up) {
  const { start, steps, noise, seed, schedule } = state;
  const [surface, rule] = [state.surfaces[state.surface], state.rules[i]];
  const [columns, rows] = up ? [SIDE, SIDE] : [FINE, 1];
  const fixed = state.values[i].map((value, k) => (k === across.k || k === up?.k ? null : value));
  const axes = [across, ...(up ? [up] : [])];
  const ends = axes.flatMap(({ k, scale: { stops } }) => [k, stops[0], stops[1], stops.at(-1)]);
  const plan = [surface.name, rule.label, steps, noise, seed, schedule];
  const varied = [false, false, ...fixed.map((_, k) => k === across.k)];
  /** @type {ReturnType<typeof makeDescents> | undefined} */
  let take;
  return {
    of: [surface, rule],
    key: JSON.stringify([plan, start, fixed, ends]),
    columns,
    rows,
    take(row, cells) {
      take ??= makeDescents(surface, rule, commonOf(state), varied);
      const given = [...start, ...state.values[i]].map((value, k) => {
        const lanes = new Float64Array(cells.length).fill(value);
        if (k - 2 === up?.k) lanes.fill(valueAt(up, row, rows));
        if (k - 2 === across.k) cells.forEach((c, l) => (lanes[l] = valueAt(across, c, columns)));
        return lanes;
      });
      return take(given);
    },
  };
}

/**
 * The map of starts: one rule from everywhere.
 *
 * @param {State} state
 * @param {number} i the number of the rule
 * @param {Bounds} bounds
 * @returns {Task}
 */
export function startsTask(state, i, bounds) {
  const { steps, noise, seed, schedule } = state;
  const [surface, rule, values] = [state.surfaces[state.surface], state.rules[i], state.values[i]];
  const plan = [surface.name, rule.label, steps, noise, seed, schedule];
  const varied = [true, true, ...values.map(() => false)];
  /** @param {number} side @param {number} cell */
  const middle = (side, cell) => {
    const [low, high] = bounds[side];
    return low + ((cell + 0.5) / SIDE) * (high - low);
  };
  /** @type {ReturnType<typeof makeDescents> | undefined} */
  let take;
  return {
    of: [surface, rule],
    key: JSON.stringify([plan, values, bounds]),
    columns: SIDE,
    rows: SIDE,
    take(row, cells) {
      take ??= makeDescents(surface, rule, commonOf(state), varied);
      const given = values.map((value) => new Float64Array(cells.length).fill(value));
      const x = Float64Array.from(cells, (cell) => middle(0, cell));
      const y = new Float64Array(cells.length).fill(middle(1, row));
      return take([x, y, ...given]);
    },
  };
}

/**
 * For each cell the number of the minimum that its descent has reached, or what else became of it.
 *
 * @param {Chart} chart
 * @param {Surface} surface
 * @param {number} ceiling
 */
export function basinsOf({ x, y, f }, { minima, bounds }, ceiling) {
  const [[left, right], [bottom, top]] = bounds;
  const reach = REACH * Math.hypot(right - left, top - bottom);
  return Int8Array.from(f, (height, cell) => {
    if (!(height <= ceiling)) return DIVERGED;
    const away = minima.map(([x0, y0]) => Math.hypot(x[cell] - x0, y[cell] - y0));
    const nearest = Math.min(...away);
    return nearest < reach ? away.indexOf(nearest) : NOWHERE;
  });
}

/** @param {number} part @param {number} all */
function percent(part, all) {
  const share = Math.round((100 * part) / all);
  return part && !share ? "under 1%" : `${share}%`;
}

/**
 * What a map of settings says.
 *
 * @param {Chart} chart
 * @param {Rule} rule
 * @param {Axis} across
 * @param {Axis | null} up
 * @param {number} ceiling
 */
export function settingsWords(chart, { label }, across, up, ceiling) {
  const cells = knownCells(chart);
  const finite = cells.filter((cell) => chart.f[cell] <= ceiling);
  const part = cells.length - finite.length;
  const lost = part
    ? `${percent(part, cells.length)} of these settings diverge`
    : "none of these settings diverges";
  if (!finite.length) return `${label}: ${lost}.`;
  const best = finite.reduce((one, other) => (chart.f[other] < chart.f[one] ? other : one));
  const { columns, rows } = chart;
  const at = [
    `${across.name} = ${brief(valueAt(across, best % columns, columns))}`,
    ...(up ? [`${up.name} = ${brief(valueAt(up, Math.floor(best / columns), rows))}`] : []),
  ];
  const lowest = `f = ${general(chart.f[best], 4)} at ${at.join(", ")}`;
  return `${label}: ${lost}; it ends lowest, with ${lowest}.`;
}

/**
 * How many starts end where, the most first: pairs of a number as in `basinsOf` and words.
 *
 * @param {Chart} chart
 * @param {Surface} surface
 * @param {number} ceiling
 * @returns {[number, string][]}
 */
export function startsWords(chart, surface, ceiling) {
  const [basins, cells] = [basinsOf(chart, surface, ceiling), knownCells(chart)];
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const cell of cells) counts.set(basins[cell], (counts.get(basins[cell]) ?? 0) + 1);
  return [...counts]
    .sort((one, other) => other[1] - one[1])
    .map(([basin, count]) => {
      const share = `${percent(count, cells.length)} of the starts`;
      if (basin === DIVERGED) return [basin, `${share} diverge`];
      const others = surface.minima.length ? "are at no minimum yet" : "stay finite";
      if (basin === NOWHERE) return [basin, `${share} ${others}`];
      const [x, y] = surface.minima[basin].map((c) => general(c, 3));
      return [basin, `${basin + 1}: ${share} reach (${x}, ${y})`];
    });
}
