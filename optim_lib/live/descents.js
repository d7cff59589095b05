// Where many descents end: those of one rule on one surface, from many starts or settings at once.

import { BLOCK, assemble, copyLanes, makeRegister, runLanes } from "./lanes.js";
import { normals } from "./noise.js";
import { placeOfRate } from "./schedule.js";

/** @typedef {import("./lanes.js").Register} Register */
/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./paths.js").Surface} Surface */
/** @typedef {import("./replay.js").Tape} Tape */

/**
 * @typedef {object} Ends of descents
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array} f heights, NaN where a path left the finite numbers at any step
 */

/**
 * @typedef {object} Plan what all descents have in common
 * @property {number} steps
 * @property {number} noise
 * @property {number} seed
 * @property {Float64Array | null} [factors] of the learning rate at each step
 */

const LOOKOUT = 8; // steps between two looks whether any lane is left

/**
 * Put the tapes of a rule and a surface together.
 *
 * @param {Surface} surface
 * @param {Rule} rule
 * @param {boolean[]} varied what differs from lane to lane: x, y and each hyperparameter
 * @param {boolean[]} memory whether each number of the state may differ
 */
function connect(surface, rule, varied, memory) {
  const inputs = varied.map((differs) => makeRegister(!differs));
  const place = placeOfRate(rule); // a schedule changes the learning rate from step to step
  const values = inputs
    .slice(2)
    .map((input, k) => (k === place ? makeRegister(input.same) : input));
  const point = [0, 1].map(() => makeRegister(false));
  const state = memory.map((differs) => makeRegister(!differs));
  const slopes = [0, 1].map(() => makeRegister(false));
  const begin = assemble(/** @type {Tape} */ (rule.init), inputs);
  const look = assemble(/** @type {Tape} */ (surface.tape), point);
  const known = [...point, ...slopes, ...values, ...state];
  const step = assemble(/** @type {Tape} */ (rule.step), known);
  const [peak, rate] = [inputs[2 + place], values[place]]; // missing where there is none
  return { inputs, peak, rate, point, state, slopes, begin, look, step };
}

/**
 * The same, with no more of the state differing from lane to lane than does.
 *
 * @param {Surface} surface
 * @param {Rule} rule
 * @param {boolean[]} varied
 */
function prepare(surface, rule, varied) {
  const width = rule.state.reduce((sum, [, count]) => sum + count, 0);
  let memory = new Array(width).fill(false);
  for (;;) {
    const made = connect(surface, rule, varied, memory);
    const differs = memory.map(
      (before, i) => before || !made.begin.results[i].same || !made.step.results[2 + i].same,
    );
    if (differs.every((value, i) => value === memory[i])) return made;
    memory = differs;
  }
}

/** @param {Register[]} from @param {Register[]} to @param {number} lanes */
function copyAll(from, to, lanes) {
  for (let k = 0; k < to.length; k++) copyLanes(to[k].values, from[k].values, lanes);
}

/**
 * @param {Float64Array} lost not a number where a path has left the finite ones
 * @param {number} lanes
 */
function allLost(lost, lanes) {
  for (let i = 0; i < lanes; i++) if (lost[i] === 0) return false;
  return true;
}

/**
 * A function that takes descents, up to 256 at once, and gives their ends.
 *
 * @param {Surface} surface with a tape
 * @param {Rule} rule with tapes
 * @param {Plan} plan
 * @param {boolean[]} varied what differs from lane to lane: x, y and each hyperparameter
 * @returns {(given: ArrayLike<number>[]) => Ends} of x, y and each hyperparameter; the numbers
 *   hold until it is called again
 */
export function makeDescents(surface, rule, { steps, noise, seed, factors = null }, varied) {
  const { inputs, peak, rate, ...made } = prepare(surface, rule, varied);
  const { point, state, slopes, begin, look, step } = made;
  const shaken = noise ? normals(seed, 2 * (steps + 1)) : null;
  const [f, ...rise] = look.results;
  const [x, y] = point.map(({ values }) => values);
  const lost = new Float64Array(BLOCK);
  /** @param {number} t @param {number} lanes */
  const takeSlopes = (t, lanes) => {
    for (let k = 0; k < 2; k++) {
      const [from, to] = [rise[k].values, slopes[k].values];
      const shake = shaken ? noise * shaken[2 * t + k] : 0;
      if (shaken) for (let i = 0; i < lanes; i++) to[i] = from[i] + shake;
      else copyLanes(to, from, lanes);
    }
  };
  /** @param {number} t @param {number} lanes */
  const setRate = (t, lanes) => {
    if (!peak || (t && !factors)) return;
    const factor = factors ? factors[t] : 1;
    for (let i = 0; i < lanes; i++) rate.values[i] = peak.values[i] * factor;
  };
  return (given) => {
    const lanes = given[0].length;
    inputs.forEach(({ values }, k) => values.set(given[k]));
    copyAll(inputs, point, lanes);
    runLanes(begin.instructions, lanes);
    copyAll(begin.results, state, lanes);
    lost.fill(0);
    for (let t = 0; ; t++) {
      runLanes(look.instructions, lanes);
      for (let i = 0; i < lanes; i++) lost[i] += 0 * x[i] + 0 * y[i] + 0 * f.values[i];
      if (t === steps || (t % LOOKOUT === 0 && allLost(lost, lanes))) break;
      takeSlopes(t, lanes);
      setRate(t, lanes);
      runLanes(step.instructions, lanes);
      copyAll(step.results, [...point, ...state], lanes);
    }
    return { x, y, f: f.values.map((height, i) => height + lost[i]) };
  };
}
