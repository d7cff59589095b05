// For each rule its path as the controls have it: replayed here, Python's, or the last one.

import { alike, keyOf, numbersOf, partsOf, takePath } from "./paths.js";
import { factors, rateless, replaysRates } from "./schedule.js";
import { wordsOf } from "./words.js";

/** @typedef {import("./paths.js").Binary} Binary */
/** @typedef {import("./paths.js").Part} Part */
/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./paths.js").Surface} Surface */

/**
 * @typedef {object} Answer of Python
 * @property {number[]} made_for
 * @property {string} words
 * @property {boolean} failed
 * @property {Binary} x
 * @property {Binary} f
 * @property {{name: string, arrow: number, width: number, values: Binary}[]} parts
 */

/**
 * @typedef {object} State of a figure: what its controls say
 * @property {Surface[]} surfaces
 * @property {Rule[]} rules
 * @property {import("./schedule.js").Schedule[]} schedules
 * @property {number} surface
 * @property {[number, number]} start
 * @property {number} steps
 * @property {number} noise
 * @property {number} seed
 * @property {import("./schedule.js").Chosen} schedule
 * @property {number[][]} values
 * @property {boolean[]} shown
 * @property {number} step
 * @property {Record<string, Answer>} computed
 * @property {import("./typed.js").Typed} [typed]
 */

/**
 * @typedef {object} Track
 * @property {string} label
 * @property {Rule} rule
 * @property {boolean} shown
 * @property {"replay" | "python" | "stale"} source
 * @property {string} words
 * @property {boolean} failed
 * @property {ArrayLike<number>} x
 * @property {ArrayLike<number>} f above the lowest minimum
 * @property {() => Part[]} parts
 */

/** @typedef {Omit<Track, "label" | "rule" | "shown">} Found the same while the settings are */

/** @param {() => Part[]} make */
function once(make) {
  /** @type {Part[] | undefined} */
  let made;
  return () => (made ??= make());
}

/**
 * @param {string} words
 * @returns {Found}
 */
const nothing = (words) => ({
  source: "stale",
  words,
  failed: false,
  x: [],
  f: [],
  parts: () => [],
});

/**
 * @param {State} state
 * @param {number} i
 * @returns {Found}
 */
function replayed(state, i) {
  const [place, rule] = [state.surfaces[state.surface], state.rules[i]];
  const settings = { ...state, values: state.values[i], factors: factors(state) };
  const path = takePath(place, rule, settings);
  const zero = place.lowest ?? 0;
  return {
    source: "replay",
    words: wordsOf(rule.label, path, place) + rateless(rule, state.schedule),
    failed: false,
    x: path.x,
    f: path.f.map((f) => f - zero),
    parts: once(() => partsOf(path, rule)),
  };
}

/**
 * @param {Answer} answer
 * @param {number} zero
 * @returns {Found}
 */
function answered({ words, failed, x, f, parts }, zero) {
  return {
    source: "python",
    words,
    failed,
    x: numbersOf(x, 8),
    f: numbersOf(f, 8).map((height) => height - zero),
    parts: once(() => parts.map((part) => ({ ...part, values: numbersOf(part.values, 8) }))),
  };
}

/**
 * A function from a state to its tracks; what did not change since is not computed again.
 *
 * @returns {(state: State) => Track[]}
 */
export function makeTracker() {
  /** @type {Map<string, {key: unknown[], found: Found}>} */
  const known = new Map();
  /**
   * @param {State} state
   * @param {number} i
   * @returns {Found}
   */
  function find(state, i) {
    const [rule, surface] = [state.rules[i], state.surfaces[state.surface]];
    const settings = keyOf(state.surface, { ...state, values: state.values[i] });
    const replays = Boolean(rule.step && rule.init && surface.tape) && replaysRates(rule, state);
    const answer = replays ? undefined : state.computed?.[rule.label];
    const current = alike(answer?.made_for, settings);
    const key = [replays ? surface.tape : current ? answer : null, rule.step, ...settings];
    const before = known.get(rule.label);
    if (before && alike(before.key, key)) return before.found;
    if (!replays && !current) {
      const old = before && before.key[2] === state.surface ? before.found : nothing("");
      return { ...old, source: "stale", parts: () => [] };
    }
    const found = answer ? answered(answer, surface.lowest ?? 0) : replayed(state, i);
    known.set(rule.label, { key, found });
    return found;
  }
  return (state) =>
    state.rules.map((rule, i) => ({
      label: rule.label,
      rule,
      shown: state.shown[i] !== false,
      ...find(state, i),
    }));
}
