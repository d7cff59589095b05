// Every cell of a map is a descent as Python takes it; make_maps.py makes the numbers. What is
// shown is told apart by eyes of the usual kinds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { makeDescents } from "../../optim_lib/live/descents.js";
import { replayLanes } from "../../optim_lib/live/lanes.js";
import { LOST, PATTERNS, TINTS, heightColor, lookOfMinimum } from "../../optim_lib/live/mapcolors.js";
import { basinsOf, ceilingOf, settingsTask, settingsWords, startsTask, startsWords, valueAt, whyNot } from "../../optim_lib/live/maps.js";
import { takePath } from "../../optim_lib/live/paths.js";
import { replay } from "../../optim_lib/live/replay.js";
import { scaleOf } from "../../optim_lib/live/scales.js";
import { factors } from "../../optim_lib/live/schedule.js";
import { Survey, cellAt, knownCells, passesOf } from "../../optim_lib/live/survey.js";
import { moved, viewOf, viewText, zoomed } from "../../optim_lib/live/view.js";

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const [data, known] = [read("maps.json"), read("paths.json")];
/** @param {string} name @returns {import("../../optim_lib/live/paths.js").Surface} */
const surfaceOf = (name) => known.surfaces.find((/** @type {any} */ place) => place.name === name);
/** @param {string} label @returns {import("../../optim_lib/live/paths.js").Rule} */
const ruleOf = (label) => known.rules.find((/** @type {any} */ rule) => rule.label === label);
/** @param {string} label */
const valuesOf = (label) => ruleOf(label).hyperparameters.map(({ value }) => value);

/**
 * @param {ArrayLike<number>} found
 * @param {(number | null)[]} wanted null where a path diverged
 * @param {string} about
 * @param {ArrayLike<number>} [heights] not a number where a path diverged
 */
function agree(found, wanted, about, heights = found) {
  wanted.forEach((value, i) => {
    assert.equal(Number.isNaN(heights[i]), value === null, `${about}, cell ${i}: diverged`);
    if (value === null) return;
    const near = Math.abs(found[i] - value) <= 1e-9 * (1e-3 + Math.abs(value));
    assert.ok(near, `${about}, cell ${i}: ${found[i]} is not ${value}`);
  });
}

test("every setting of a map ends where Python's sweep ends", () => {
  assert.equal(data.maps.length, 25);
  for (const { surface: name, rule: label, ...maps } of data.maps) {
    const [surface, rule] = [surfaceOf(name), ruleOf(label)];
    for (const kind of ["calm", "shaken"]) {
      const { names, values, f } = maps[kind];
      const noise = kind === "calm" ? 0 : data.noise;
      const varied = [false, false, ...rule.hyperparameters.map((h) => names.includes(h.name))];
      const take = makeDescents(surface, rule, { ...data, noise }, varied);
      const given = [...surface.start, ...valuesOf(label)].map((value) =>
        new Float64Array(f.length).fill(value),
      );
      names.forEach((/** @type {string} */ _, /** @type {number} */ side) => {
        const skip = side === names.length - 1 ? 1 : data.side;
        given[2 + side] = given[0].map((__, i) => values[side][Math.floor(i / skip) % data.side]);
      });
      agree(take(given).f, f, `${label} on ${name}, ${kind}`);
    }
  }
});

test("every start of a map ends where Python's descent ends", () => {
  for (const { surface: name, rule: label, starts } of data.maps) {
    const [surface, rule] = [surfaceOf(name), ruleOf(label)];
    const varied = [true, true, ...valuesOf(label).map(() => false)];
    const take = makeDescents(surface, rule, data, varied);
    const count = starts.x.length;
    const x = Float64Array.from({ length: count }, (_, i) => starts.values[0][Math.floor(i / 6)]);
    const y = Float64Array.from({ length: count }, (_, i) => starts.values[1][i % 6]);
    const hyperparameters = valuesOf(label).map((v) => new Float64Array(count).fill(v));
    const ends = take([x, y, ...hyperparameters]);
    agree(ends.x, starts.x, `${label} on ${name}, x`, ends.f);
    agree(ends.y, starts.y, `${label} on ${name}, y`, ends.f);
  }
});

/** @param {object} changes @returns {import("../../optim_lib/live/tracks.js").State} */
const stateWith = (changes) => ({
  surfaces: known.surfaces,
  rules: known.rules,
  schedules: known.schedules,
  schedule: null,
  surface: 3,
  start: [1, 1.5],
  steps: 40,
  noise: 0.3,
  seed: 5,
  step: -1,
  values: known.rules.map((/** @type {any} */ { label }) => valuesOf(label)),
  shown: known.rules.map(() => true),
  computed: {},
  ...changes,
});
/** @param {import("../../optim_lib/live/tracks.js").State} state @param {number} i */
const axesOf = ({ surfaces, surface, rules }, i) =>
  rules[i].hyperparameters.map((hyperparameter, k) => ({
    k,
    name: hyperparameter.name,
    kind: hyperparameter.kind,
    scale: scaleOf(hyperparameter, rules[i], surfaces[surface]),
  }));

for (const schedule of [null, [0, 5]])
  test(`a cell of a map is the figure's own path, bit for bit; schedule ${schedule}`, () => {
    const state = stateWith({ schedule });
    const [surface, bounds] = [surfaceOf("beale"), surfaceOf("beale").bounds];
    state.rules.forEach((rule, i) => {
      const [across, second] = axesOf(state, i);
      const up = !second || second.name === "eps" ? null : second;
      const tasks = {
        settings: settingsTask(state, i, across, up),
        starts: startsTask(state, i, bounds),
      };
      for (const [map, { columns, rows, take }] of Object.entries(tasks))
        for (const [column, row] of [[3, 0], [columns - 1, rows - 1], [columns >> 1, rows >> 1]]) {
          const values = [...state.values[i]];
          const place = (/** @type {number} */ side, /** @type {number} */ cell) =>
            bounds[side][0] + ((cell + 0.5) / 64) * (bounds[side][1] - bounds[side][0]);
          const start = map === "starts" ? [place(0, column), place(1, row)] : state.start;
          if (map === "settings") values[across.k] = valueAt(across, column, columns);
          if (map === "settings" && up) values[up.k] = valueAt(up, row, rows);
          const plan = { ...state, factors: factors(state) };
          const path = takePath(surface, rule, { ...plan, start, values });
          const ends = take(row, [0, column]);
          const [x, y] = path.x.subarray(-2);
          const f = path.divergedAt < 0 ? path.f[state.steps] : NaN;
          const about = `${rule.label}, ${map}, ${column}, ${row}`;
          assert.ok(Object.is(ends.f[1], f), about);
          if (path.divergedAt < 0) assert.deepEqual([ends.x[1], ends.y[1]], [x, y]);
        }
    });
  });

test("many lanes give what each of them gives alone", () => {
  const x = Float64Array.from({ length: 600 }, (_, i) => (i - 300) * 1.7 ** ((i % 97) - 60));
  for (const { tape } of known.surfaces) {
    const inputs = [x, x.toReversed()];
    assert.deepEqual(replayLanes(tape, inputs), replay(tape, inputs));
  }
  for (const exponent of [2, 3, 4, 5, -1, 0.5, 0]) {
    const operations = [["power", 0, 1]];
    const tape = { inputs: 1, constants: [exponent], operations, outputs: [2, 0] };
    assert.deepEqual(replayLanes(tape, [x]), replay(tape, [x]));
  }
  const unknown = { inputs: 1, constants: [], operations: [["conjure", 0]], outputs: [1] };
  assert.throws(() => replayLanes(unknown, [x]), /unknown operation conjure/);
});

test("a rule whose numbers change places is followed", () => {
  const swap = { inputs: 7, constants: [], operations: [], outputs: [1, 0, 6, 5] };
  const init = { inputs: 3, constants: [], operations: [], outputs: [0, 2] };
  const rule = { ...ruleOf("SGD"), step: swap, init, state: [["a", 1], ["b", 1]] };
  const settings = { steps: 3, noise: 0, seed: 0 };
  const varied = [true, true, false];
  const take = makeDescents(surfaceOf("ravine"), /** @type {any} */ (rule), settings, varied);
  const ends = take([[1, 2], [5, 6], [0, 0]]);
  assert.deepEqual([...ends.x.subarray(0, 2), ...ends.y.subarray(0, 2)], [5, 6, 1, 2]);
});

test("passes compute every cell once, from coarse to fine", () => {
  for (const [columns, rows] of [[64, 64], [256, 1]]) {
    const counts = new Uint8Array(columns * rows);
    const passes = passesOf(columns, rows);
    for (const { jobs } of passes)
      for (const { row, cells } of jobs) for (const cell of cells) counts[row * columns + cell]++;
    assert.ok(counts.every((count) => count === 1));
    assert.ok(passes[0].jobs.length <= 8);
  }
});

test("a survey is coarse at once, becomes fine, and is abandoned for another one", async () => {
  /** @type {number[]} */
  const strides = [];
  const survey = new Survey(() => strides.push(survey.chart?.stride ?? 0));
  const surface = {};
  /** @param {string} key */
  const task = (key, of = [surface]) => ({
    of,
    key,
    columns: 16,
    rows: 16,
    take: (/** @type {number} */ row, /** @type {number[]} */ cells) => {
      const f = Float64Array.from(cells, (cell) => 100 * row + cell);
      return { x: f, y: f, f };
    },
  });
  const first = survey.show(task("one"));
  assert.equal(first.stride, 8);
  assert.equal(first.f[cellAt(first, 15, 9)], 808);
  assert.equal(knownCells(first).length, 4);
  const second = survey.show(task("two"));
  assert.notEqual(second, first);
  assert.equal(survey.show(task("two")), second);
  while (second.stride > 1) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(strides, [4, 2, 1]);
  assert.equal(first.stride, 8); // nobody went on with it
  assert.ok(second.f.every((f, i) => f === 100 * Math.floor(i / 16) + (i % 16)));
  assert.notEqual(survey.show(task("two", [{}])), second); // another surface of the same name
  survey.end();
});

test("maps say in words what they show", () => {
  const state = stateWith({ surface: 2, noise: 0, start: [-0.5, -4] });
  const surface = surfaceOf("himmelblau");
  const survey = (/** @type {import("../../optim_lib/live/survey.js").Task} */ task) => {
    const { columns, rows } = task;
    const parts = [0, 0, 0].map(() => new Float64Array(columns * rows));
    for (let row = 0; row < rows; row++)
      Object.values(task.take(row, Array.from({ length: columns }, (_, i) => i))).forEach(
        (values, k) => parts[k].set(values.subarray(0, columns), row * columns),
      );
    const [x, y, f] = parts;
    return { columns, rows, stride: 1, x, y, f };
  };
  const [across, up] = axesOf(state, 1);
  const chart = survey(settingsTask(state, 1, across, up));
  const said = settingsWords(chart, state.rules[1], across, up, Infinity);
  const wanted = /^Momentum: \d+% of these settings diverge; it ends lowest, with f = \S+ at lr = /;
  assert.match(said, wanted);
  const starts = survey(startsTask(state, 2, surface.bounds));
  const lines = startsWords(starts, surface, 1e6);
  assert.match(lines[0][1], /^\d: \d+% of the starts reach \(/);
  assert.deepEqual(
    [...new Set(basinsOf(starts, surface, 1e6))].toSorted(),
    lines.map(([basin]) => basin).toSorted(),
  );
  /** @type {any} */
  const lost = { columns: 1, rows: 1, stride: 1, x: [NaN], y: [NaN], f: Float64Array.of(NaN) };
  const words = startsWords(lost, surface, 1e6);
  const high = { ...lost, f: Float64Array.of(1e7) };
  assert.deepEqual([...basinsOf(high, surface, 1e6)], [-2]);
  assert.deepEqual([0, 9].map((top) => ceilingOf(surface, [0, top])), [0, 9000]);
  assert.equal(ceilingOf(surfaceOf("saddle"), [-1, 1]), 1999);
  assert.deepEqual(words, [[-2, "100% of the starts diverge"]]);
});

test("what Python computes has no map, and it is said why", () => {
  const state = stateWith({});
  const [rule, ...others] = state.rules;
  assert.equal(whyNot(state, 0), "");
  const own = { ...rule, step: null, reason: "an if" };
  assert.match(whyNot({ ...state, rules: [own, ...others] }, 0), /SGD .* Python: an if$/);
  const place = { ...state.surfaces[0], tape: null, reason: "a loop" };
  assert.match(whyNot({ ...state, surfaces: [place], surface: 0 }, 0), /ravine .*: a loop$/);
  const plan = { schedules: [{ ...known.schedules[0], tape: null, reason: "a while" }] };
  assert.match(whyNot({ ...state, ...plan, schedule: [0, 0] }, 0), /Python: a while$/);
});

// Machado, Oliveira and Fernandes 2009: what an eye sees that lacks one kind of cones.
const EYES = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [
    ...[0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216],
    ...[-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    ...[0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413],
    ...[-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    ...[1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602],
    ...[0.004733, 0.691367, 0.3039],
  ],
};

const TO_XYZ = [0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505];

/**
 * @param {number[]} matrix row after row
 * @param {number[]} vector
 */
const times = (matrix, vector) =>
  [0, 3, 6].map((at) => vector.reduce((sum, v, k) => sum + matrix[at + k] * v, 0));

/**
 * A colour as an eye sees it, in CIELAB.
 * @param {number[]} color
 * @param {number[]} eye
 */
function seen(color, eye) {
  const parts = color.map((c) => c / 255);
  const linear = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const rgb = times(eye, linear).map((c) => Math.min(Math.max(c, 0), 1));
  const [x, y, z] = times(TO_XYZ, rgb)
    .map((t, k) => t / [0.9505, 1, 1.089][k])
    .map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test("heights and minima are told apart by the usual kinds of eyes", () => {
  for (const [kind, eye] of Object.entries(EYES)) {
    const lights = Array.from({ length: 33 }, (_, i) => seen(heightColor(i / 32), eye)[0]);
    for (let i = 1; i < lights.length; i++) assert.ok(lights[i] < lights[i - 1], `${kind}, ${i}`);
    assert.ok(lights[0] - lights[32] > 60, kind);
    const tints = [...TINTS, [255, 255, 255]].map((tint) => seen(tint, eye));
    tints.forEach((one, i) =>
      tints.slice(0, i).forEach((other, k) => {
        const apart = Math.hypot(...one.map((v, axis) => v - other[axis]));
        assert.ok(apart > 9, `${kind}: ${i} and ${k} are ${apart} apart`);
      }),
    );
  }
  const looks = Array.from({ length: 20 }, (_, i) => JSON.stringify(lookOfMinimum(i)));
  assert.equal(new Set(looks).size, 20);
  assert.ok(LOST.pattern === PATTERNS); // of its own
});

test("a view zooms about a point, moves, and travels in an address", () => {
  /** @type {import("../../optim_lib/live/view.js").Bounds} */
  const whole = [[-8, 8], [-3, 3]];
  const near = zoomed(whole, whole, 0.5, [4, 0]);
  assert.deepEqual(near, [[-2, 6], [-1.5, 1.5]]);
  assert.deepEqual(zoomed(near, whole, 2, [4, 0]), whole);
  const size = (/** @type {number[][]} */ view) => view[0][1] - view[0][0];
  assert.ok(Math.abs(size(zoomed(whole, whole, 1e-9, [0, 0])) - 16e-4) < 1e-9);
  assert.ok(Math.abs(size(zoomed(whole, whole, 1e9, [0, 0])) - 160) < 1e-9);
  assert.deepEqual(moved(near, whole, [0.25, 0]), [[0, 8], [-1.5, 1.5]]);
  assert.deepEqual(moved(whole, whole, [9, 0])[0], [0, 16]); // its middle stays on the whole
  assert.deepEqual(viewOf(viewText(near)), near);
  for (const text of [null, "", "1,2,3", "2,1,0,1", "a,1,2,3", "1,2,3,Infinity"])
    assert.equal(viewOf(text), null);
});
