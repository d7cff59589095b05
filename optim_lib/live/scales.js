// Where things stand: values on sliders, numbers on axes, panels on the canvas.

/** @typedef {import("./paths.js").Hyperparameter} Hyperparameter */
/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./paths.js").Surface} Surface */

/**
 * @typedef {object} Scale of a slider, which is 1 long
 * @property {number[]} stops the values that arrows and a hand stop at, in order
 * @property {(value: number) => number} place where a value stands
 * @property {(place: number) => number} value the value that stands there, rounded
 */

/**
 * @typedef {object} Panel a rectangle of the canvas with the ends of its axes
 * @property {number} x
 * @property {number} y
 * @property {number} w
 * @property {number} h
 * @property {[number, number]} xs
 * @property {[number, number]} ys
 */

const FINER = 10; // steps between two stops, with Shift
const A_DECADE = 24; // stops of a logarithmic slider
const DISTANCES = 15; // stops in a decade of a fraction's distance from 1
const NEAREST_ONE = 4; // decades

/**
 * @param {number} v
 * @param {number} low
 * @param {number} high
 */
export const clamp = (v, low, high) => Math.min(Math.max(v, low), high);

/**
 * @param {number} value
 * @param {number} digits
 */
const rounded = (value, digits) => Number(value.toPrecision(digits));

/** @param {number[]} values */
const inOrder = (values) => [...new Set(values)].sort((a, b) => a - b);

/**
 * A scale of equal distances.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count of distances
 * @returns {Scale}
 */
export function linearScale(low, high, count) {
  const finest = (high - low) / count / FINER;
  /** @param {number} place */
  const value = (place) => rounded(rounded((low + place * (high - low)) / finest, 5) * finest, 7);
  const stops = Array.from({ length: count + 1 }, (_, i) => value(i / count));
  return { stops, value, place: (v) => clamp((v - low) / (high - low), 0, 1) };
}

/**
 * The scale of whole numbers.
 *
 * @param {number} low
 * @param {number} high
 * @returns {Scale}
 */
export function wholeScale(low, high) {
  const stops = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  const value = (/** @type {number} */ place) => low + Math.round(place * (high - low));
  return { stops, value, place: (v) => clamp((v - low) / (high - low), 0, 1) };
}

/**
 * A scale of equal ratios, round numbers among its stops; 0 may stand before the lowest.
 *
 * @param {number} low greater than 0
 * @param {number} high
 * @param {boolean} zero
 * @param {number[]} [extra] more stops
 * @returns {Scale}
 */
export function logScale(low, high, zero, extra = []) {
  const decades = Math.log10(high / low);
  const gap = zero ? 2 / (A_DECADE * decades + 2) : 0; // between 0 and the lowest
  const first = Math.ceil(A_DECADE * Math.log10(low));
  const grid = Array.from(
    { length: Math.max(0, Math.floor(A_DECADE * Math.log10(high)) - first + 1) },
    (_, i) => rounded(10 ** ((first + i) / A_DECADE), 3),
  );
  const inside = [...grid, ...extra].filter((v) => v > low && v < high);
  return {
    stops: inOrder([...(zero ? [0] : []), low, ...inside, high]),
    place: (v) => (v > 0 ? clamp(gap + ((1 - gap) * Math.log10(v / low)) / decades, 0, 1) : 0),
    value: (place) => {
      if (place < gap) return place < gap / 2 && zero ? 0 : low;
      return clamp(rounded(low * 10 ** ((decades * (place - gap)) / (1 - gap)), 4), low, high);
    },
  };
}

/**
 * The scale of fractions, even in the distance from 1: 0, .9, .99, .999 are as far from each other.
 *
 * @param {number[]} [extra] more stops
 * @returns {Scale}
 */
export function fractionScale(extra = []) {
  /** @param {number} place */
  const value = (place) => rounded(1 - rounded(10 ** (-NEAREST_ONE * place), 3), 6);
  const count = NEAREST_ONE * DISTANCES;
  const grid = Array.from({ length: count + 1 }, (_, i) => value(i / count));
  const inside = extra.filter((v) => v > 0 && v < grid[count]);
  return {
    stops: inOrder([...grid, ...inside]),
    value,
    place: (v) => (v < 1 ? clamp(-Math.log10(1 - v) / NEAREST_ONE, 0, 1) : 1),
  };
}

/**
 * The next stop in a direction; with `finer`, a tenth of the way to it.
 *
 * @param {Scale} scale
 * @param {number} value
 * @param {number} moves how many stops, up or down
 * @param {boolean} finer
 */
export function nextStop({ stops, place, value: at }, value, moves, finer) {
  const up = moves > 0;
  let i = up
    ? stops.findIndex((stop) => stop > value)
    : stops.findLastIndex((stop) => stop < value);
  if (i < 0) return clamp(value, stops[0], stops[stops.length - 1]);
  i = clamp(i + moves - Math.sign(moves), 0, stops.length - 1);
  if (!finer) return stops[i];
  const before = place(stops[clamp(i - Math.sign(moves), 0, stops.length - 1)]);
  const size = Math.max(Math.abs(place(stops[i]) - before), 1e-9) / FINER;
  const near = at(clamp(place(value) + Math.sign(moves) * size, 0, 1));
  return near === value || near > value !== up ? stops[i] : near;
}

/**
 * The stop nearest to a place.
 *
 * @param {Scale} scale
 * @param {number} place
 */
export function stopAt({ stops, place: placeOf }, place) {
  let best = stops[0];
  for (const stop of stops)
    if (Math.abs(placeOf(stop) - place) <= Math.abs(placeOf(best) - place)) best = stop;
  return best;
}

/**
 * The ends of the slider of a learning rate: what suits the surface, and what the rule came with.
 *
 * @param {Rule} rule
 * @param {Surface} surface
 * @param {number} given
 * @returns {[number, number]}
 */
function rateEnds({ power }, { bounds, curvature }, given) {
  const side = Math.max(...bounds.map(([low, high]) => high - low));
  const suits = power === 1 ? 10 / (curvature > 0 ? curvature : 1) : side / 2;
  const scale = given > 0 ? given : 1;
  const high = rounded(clamp(suits, 1e-6 * scale, 1e4 * scale), 1);
  return [high / 1e4, high];
}

/**
 * The scale of a hyperparameter's slider.
 *
 * @param {Hyperparameter} hyperparameter
 * @param {Rule} rule
 * @param {Surface} surface
 * @param {number} [lowest] the ends reach out to these, which were typed
 * @param {number} [highest]
 * @returns {Scale}
 */
export function scaleOf(
  { name, value: given, kind, zero },
  rule,
  surface,
  lowest = NaN,
  highest = NaN,
) {
  if (kind === "fraction") return fractionScale([given]);
  if (kind === "linear") {
    let [low, high] = given ? [Math.min(0, 2 * given), Math.max(0, 2 * given)] : [-1, 1];
    if (lowest < low) low = lowest - (high - lowest) / 4;
    if (highest > high) high = highest + (highest - low) / 4;
    return linearScale(low, high, 100);
  }
  let [low, high] = name === "lr" ? rateEnds(rule, surface, given) : [1e-10, 1];
  if (given > 0) [low, high] = [Math.min(low, given / 10), Math.max(high, 3 * given)];
  if (lowest > 0 && lowest < low) low = lowest / 5;
  if (highest > high) high = 5 * highest;
  const ends = [Math.max(low, 1e-300), Math.min(high, 1e300)].map((end) => rounded(end, 3));
  return logScale(ends[0], ends[1], zero, [given]);
}

/**
 * The scale of the noise, which suits the gradient that a descent begins with.
 *
 * @param {number} gradient its typical length, or NaN
 * @param {number} [highest] what was typed
 */
export function noiseScale(gradient, highest = NaN) {
  const suits = gradient > 1e-300 && gradient < 1e300 ? 10 * gradient : 10;
  const high = rounded(highest > suits ? 5 * highest : suits, 1);
  return logScale(rounded(high / 1e4, 1), high, true);
}

/**
 * Round numbers between two ends, about `count` of them.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  const raw = high / count - low / count;
  if (!(raw > 0 && Number.isFinite(raw))) return [];
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * ([1, 2, 5].find((k) => k * unit >= raw) ?? 10);
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step + 1e-9)];
  if (last - first > 4 * count) return []; // where numbers are too large for such a step
  return Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step, 12));
}

const MARGINS = { left: 50, between: 66, right: 12, top: 8, bottom: 38 };
const SIDE_BY_SIDE = 600; // from this width on

/**
 * Where the surface and the heights are drawn. Lengths along x and y are alike on the surface where
 * its bounds allow it; the heights take the room that is left.
 *
 * @param {number} width of the canvas
 * @param {number} room its height, if the panels stand side by side
 * @param {[[number, number], [number, number]]} bounds
 */
export function panelPlaces(width, room, [[x0, x1], [y0, y1]]) {
  const { left, between, right, top, bottom } = MARGINS;
  const aspect = clamp((x1 - x0) / (y1 - y0), 0.5, 2.7);
  if (width < SIDE_BY_SIDE) {
    const full = Math.max(40, width - left - right);
    const w = Math.min(full, 1.1 * full * aspect);
    const below = top + w / aspect + bottom + 14;
    const h = clamp(0.5 * full, 120, 220);
    return {
      surface: { x: left, y: top, w, h: w / aspect },
      heights: { x: left, y: below, w: full, h },
      height: below + h + bottom,
    };
  }
  const least = Math.max(210, 0.28 * width); // for the heights
  const w = Math.min(width - left - between - right - least, (room - top - bottom) * aspect);
  const x = left + w + between;
  const h = Math.max(w / aspect, Math.min(room - top - bottom, 190));
  return {
    surface: { x: left, y: top + (h - w / aspect) / 2, w, h: w / aspect },
    heights: { x, y: top, w: width - x - right, h },
    height: top + h + bottom,
  };
}

/**
 * The ends of the axis of heights, as powers of ten on a log scale. A path that diverges leaves it.
 *
 * @param {boolean} log
 * @param {[number, number]} range of the surface
 * @param {ArrayLike<number>[]} curves
 * @returns {[number, number]}
 */
export function heightLimits(log, [bottom, top], curves) {
  if (!log) return bottom < top ? [bottom, top] : [bottom - 1, top + 1];
  const floor = 1e-16;
  const first = curves.map((f) => f[0]).filter(Number.isFinite);
  if (!first.length) return [0, 1];
  const begin = Math.max(floor, ...first);
  let [least, most] = [begin, floor];
  for (const curve of curves) {
    for (let i = 0; i < curve.length; i++) {
      if (!Number.isFinite(curve[i])) continue;
      most = Math.max(most, curve[i]);
      if (curve[i] > 0) least = Math.min(least, curve[i]);
    }
  }
  const high = Math.ceil(Math.log10(clamp(most, begin, 1e3 * begin)) + 0.1) + 0; // no -0
  const low = Math.floor(Math.log10(Math.max(floor, least)));
  return [Math.min(low, high - 1), high];
}
