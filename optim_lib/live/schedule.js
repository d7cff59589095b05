// The learning rate of each step: a schedule is a tape, its factors are replayed for a plan.

import { replay } from "./replay.js";

/** @typedef {import("./paths.js").Rule} Rule */

/**
 * @typedef {object} Schedule
 * @property {string} name
 * @property {string} python how Python calls its class, or a function of one's own
 * @property {boolean} own whether it is a learner's own
 * @property {boolean} warmup whether it is a class that takes a warmup, not a function
 * @property {string[]} options what its class takes besides
 * @property {import("./replay.js").Tape | null} tape
 * @property {string} reason
 */

/** @typedef {[number, number] | null} Chosen a place in the menu and a warmup */

/**
 * @typedef {object} Plan
 * @property {Schedule[]} schedules
 * @property {Chosen} schedule
 * @property {number} steps
 */

/** @typedef {{tape: unknown, warmup: number, factors: Float64Array}} Latest */
/** @type {Latest} */
let latest = { tape: null, warmup: 0, factors: new Float64Array(0) };

/**
 * The schedule that is chosen, if one is.
 *
 * @param {Pick<Plan, "schedules" | "schedule">} plan
 */
export const scheduleOf = ({ schedules, schedule }) => (schedule ? schedules[schedule[0]] : null);

/**
 * The factor of the learning rate at each step; null without a schedule, or if only Python has it.
 * A figure asks for the same ones again and again: do not write to them.
 *
 * @param {Plan} plan
 * @returns {Float64Array | null}
 */
export function factors({ schedules, schedule, steps }) {
  const tape = scheduleOf({ schedules, schedule })?.tape;
  if (!schedule || !tape) return null;
  const [, warmup] = schedule;
  if (latest.tape !== tape || latest.warmup !== warmup || latest.factors.length !== steps) {
    const every = Array.from({ length: steps }, (_, t) => t);
    const [found] = replay(tape, [every, every.map(() => steps), every.map(() => warmup)]);
    latest = { tape, warmup, factors: found };
  }
  return latest.factors;
}

/**
 * The place of the learning rate among the hyperparameters of a rule, -1 if it has none.
 *
 * @param {Rule} rule
 */
export const placeOfRate = ({ hyperparameters }) =>
  hyperparameters.findIndex(({ name }) => name === "lr");

/**
 * The learning rate at each point of a path; null if no schedule changes it. The step beyond the
 * last, of which a plan knows nothing, has the last one's.
 *
 * @param {Rule} rule
 * @param {number[]} values
 * @param {Float64Array | null} [found] factors
 */
export function ratesOf(rule, values, found) {
  const peak = values[placeOfRate(rule)];
  if (!found || peak === undefined) return null;
  const last = found.length - 1;
  return new Float64Array(last + 2).map((_, t) => peak * found[Math.min(t, last)]);
}

/**
 * What is to be said of a rule that a schedule leaves as it is.
 *
 * @param {Rule} rule
 * @param {Chosen} schedule
 */
export const rateless = (rule, schedule) =>
  schedule && placeOfRate(rule) < 0 ? "; no lr to schedule" : "";

/**
 * Whether the browser has what the schedule does to a rule.
 *
 * @param {Rule} rule
 * @param {Plan} plan
 */
export const replaysRates = (rule, plan) =>
  !plan.schedule || placeOfRate(rule) < 0 || Boolean(scheduleOf(plan)?.tape);

/**
 * How Python makes the schedule.
 *
 * @param {Schedule} schedule
 * @param {number} warmup
 */
export function pythonOfSchedule({ python, warmup: warms, options }, warmup) {
  const given = [...options, ...(warmup ? [`warmup=${warmup}`] : [])];
  return warms ? `${python}(${given.join(", ")})` : python;
}

/**
 * What an address says of the schedule, or null. What it says wrongly is as if it were not said.
 *
 * @param {URLSearchParams} said
 * @param {Schedule[]} schedules
 * @param {Chosen} first
 * @returns {Chosen}
 */
export function scheduleSaid(said, schedules, first) {
  const name = said.get("schedule");
  const place = schedules.findIndex((known) => known.name === name);
  if (place < 0) return name === "none" ? null : first;
  const warmup = Number(said.get("warmup"));
  const right = schedules[place].warmup && !wrongWarmup(warmup);
  return [place, right ? warmup : 0];
}

/** @param {number} value */
export const wrongWarmup = (value) =>
  Number.isSafeInteger(value) && value >= 0 ? "" : "must be a whole number, at least 0";
