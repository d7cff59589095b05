// From settings to paths: a descent as Python's `descend` takes it, and what drove each step.

import { normals } from "./noise.js";
import { machineOf, run } from "./replay.js";
import { placeOfRate, ratesOf } from "./schedule.js";

/** @typedef {import("./replay.js").Tape} Tape */

/**
 * @typedef {object} Surface
 * @property {string} name
 * @property {string} python how Python calls it, or ""
 * @property {string} [definition] the lines of Python that make it, if it was typed
 * @property {[[number, number], [number, number]]} bounds
 * @property {[number, number]} start
 * @property {[number, number][]} minima
 * @property {[number, number][]} saddles
 * @property {number | null} lowest
 * @property {number} curvature
 * @property {Tape | null} tape
 * @property {string} reason
 * @property {{n: number, values: Binary} | null} heights
 * @property {string} problem
 */

/**
 * @typedef {object} Range what a hyperparameter may be; null where there is no end
 * @property {number | null} low
 * @property {number | null} high
 * @property {boolean} low_open
 * @property {boolean} high_open
 */

/**
 * @typedef {object} Hyperparameter
 * @property {string} name
 * @property {number} value what it came with
 * @property {"log" | "fraction" | "linear"} kind
 * @property {boolean} zero whether 0 is allowed
 * @property {Range} range
 * @property {boolean} slider
 */

/**
 * @typedef {object} Rule
 * @property {string} label
 * @property {string} python the name of its class
 * @property {boolean} own whether the class is a learner's own
 * @property {string} [definition] the lines of Python that make it, if it was typed
 * @property {string} color
 * @property {string} marker
 * @property {string} line
 * @property {Hyperparameter[]} hyperparameters
 * @property {0 | 1 | null} power how its step grows with the gradient
 * @property {Tape | null} step
 * @property {Tape | null} init
 * @property {[string, number][]} state
 * @property {Record<string, {root: boolean, arrow: number}>} shown_as
 * @property {string} reason
 */

/**
 * @typedef {object} Settings what a path depends on, the surface and the rule apart
 * @property {number[]} start
 * @property {number} steps
 * @property {number} noise
 * @property {number} seed
 * @property {number[]} values
 * @property {Float64Array | null} [factors] of the learning rate at each step
 */

/**
 * @typedef {object} Path
 * @property {number} steps
 * @property {Float64Array} x points, two numbers each
 * @property {Float64Array} f heights
 * @property {Float64Array} g gradients as the rule saw them, noise included
 * @property {Float64Array} states the numbers of the state at each point
 * @property {Float64Array} moves the step from each point, the last one included
 * @property {Float64Array | null} rates the learning rate at each point, if a schedule changes it
 * @property {number} divergedAt the step at which it left the finite numbers, or -1
 */

/** @typedef {{name: string, arrow: number, width: number, values: Float64Array}} Part */

/** @typedef {ArrayBuffer | ArrayBufferView | string | number[]} Binary bytes, base64 or numbers */

/**
 * Take the steps of a rule on a surface; both have tapes.
 *
 * @param {Surface} surface
 * @param {Rule} rule
 * @param {Settings} settings
 * @returns {Path}
 */
export function takePath(surface, rule, { start, steps, noise, seed, values, factors }) {
  const [map, rise, first] = [surface.tape, rule.step, rule.init].map((tape) =>
    machineOf(/** @type {Tape} */ (tape)),
  );
  const width = rule.state.reduce((sum, [, count]) => sum + count, 0);
  const count = steps + 1;
  const [x, g, moves] = [0, 0, 0].map(() => new Float64Array(2 * count));
  const [f, states] = [new Float64Array(count), new Float64Array(width * count)];
  const shaken = noise ? normals(seed, 2 * count) : null;
  const memory = 4 + values.length;
  const next = new Float64Array(2 + width);
  next.set(start);
  first.slots.set([...start, ...values]);
  run(first);
  for (let i = 0; i < width; i++) next[2 + i] = first.slots[first.outputs[i]];
  rise.slots.set(values, 4);
  const [rates, rate] = [ratesOf(rule, values, factors), 4 + placeOfRate(rule)];
  let divergedAt = -1;
  for (let t = 0; t < count; t++) {
    x[2 * t] = map.slots[0] = rise.slots[0] = next[0];
    x[2 * t + 1] = map.slots[1] = rise.slots[1] = next[1];
    for (let i = 0; i < width; i++) states[width * t + i] = rise.slots[memory + i] = next[2 + i];
    run(map);
    f[t] = map.slots[map.outputs[0]];
    for (let i = 0; i < 2; i++) {
      const slope = map.slots[map.outputs[1 + i]];
      g[2 * t + i] = rise.slots[2 + i] = shaken ? slope + noise * shaken[2 * t + i] : slope;
    }
    if (divergedAt < 0 && !Number.isFinite(0 * next[0] + 0 * next[1] + f[t])) divergedAt = t;
    if (rates) rise.slots[rate] = rates[t];
    run(rise);
    for (let i = 0; i < 2 + width; i++) next[i] = rise.slots[rise.outputs[i]];
    moves[2 * t] = next[0] - x[2 * t];
    moves[2 * t + 1] = next[1] - x[2 * t + 1];
  }
  return { steps, x, f, g, states, moves, rates, divergedAt };
}

/**
 * What drives each step of a path: the gradient, the memory, the step itself, its rate.
 *
 * @param {Path} path
 * @param {Rule} rule
 * @returns {Part[]}
 */
export function partsOf({ steps, g, states, moves, rates }, rule) {
  const width = rule.state.reduce((sum, [, count]) => sum + count, 0);
  /** @type {Part[]} */
  const parts = [{ name: "g", arrow: -1, width: 2, values: g }];
  let offset = 0;
  for (const [name, count] of rule.state) {
    const { root, arrow } = rule.shown_as[name] ?? { root: false, arrow: 0 };
    const values = new Float64Array(count * (steps + 1));
    for (let i = 0; i < values.length; i++) {
      const value = states[width * Math.floor(i / count) + offset + (i % count)];
      values[i] = root ? Math.sqrt(Math.max(value, 0)) : value;
    }
    parts.push({ name: root ? `√${name}` : name, arrow, width: count, values });
    offset += count;
  }
  if (rates) parts.push({ name: "lr", arrow: 0, width: 1, values: rates });
  parts.push({ name: "step", arrow: 1, width: 2, values: moves });
  parts.push({ name: "rate", arrow: 0, width: 2, values: moves.map((move, i) => -move / g[i]) });
  return parts;
}

/**
 * The settings that Python's answers are marked with.
 *
 * @param {number} surface its number
 * @param {Settings & {schedule?: import("./schedule.js").Chosen}} settings
 */
export function keyOf(surface, { start, steps, noise, seed, schedule, values }) {
  return [surface, ...start, steps, noise, seed, ...(schedule ?? []), ...values];
}

/**
 * Whether two lists hold the same numbers.
 *
 * @param {ArrayLike<unknown> | null | undefined} a
 * @param {ArrayLike<unknown>} b
 */
export function alike(a, b) {
  if (!a || a.length !== b.length) return false;
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * The bytes behind a trait, wherever it came from: a kernel sends a view, a page holds text.
 *
 * @param {Binary} binary
 * @returns {ArrayBuffer}
 */
function bytesOf(binary) {
  if (typeof binary === "string")
    return Uint8Array.from(atob(binary), (c) => c.charCodeAt(0)).buffer;
  if (binary instanceof ArrayBuffer) return binary;
  const { buffer, byteOffset, byteLength } = /** @type {ArrayBufferView} */ (binary);
  return /** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + byteLength));
}

/**
 * The numbers behind a trait of bytes; plain numbers stay what they are.
 *
 * @param {Binary} binary
 * @param {4 | 8} size bytes a number
 * @returns {Float64Array}
 */
export function numbersOf(binary, size) {
  if (Array.isArray(binary)) return Float64Array.from(binary, Number);
  const bytes = bytesOf(binary);
  return size === 8 ? new Float64Array(bytes) : Float64Array.from(new Float32Array(bytes));
}
