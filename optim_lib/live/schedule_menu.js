// The schedule of the learning rates, as a hand chooses it: a menu, a warmup, what comes of it.

import { make, makeMenu, makeNumber, put } from "./controls.js";
import { factors, placeOfRate, scheduleOf, wrongWarmup } from "./schedule.js";
import { brief } from "./words.js";

/** @typedef {import("./schedule.js").Chosen} Chosen */
/** @typedef {import("./schedule.js").Plan} Plan */

const [WIDE, HIGH] = [120, 24]; // pixels: the curve of the factors

/** @typedef {import("./controls.js").Slider} Slider */
/** @typedef {{rule: import("./paths.js").Rule, sliders: (Slider | null)[]}} Group */

/** The curve of the factors against the step. */
function makeCurve() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "polyline");
  for (const [name, value] of Object.entries({ width: WIDE, height: HIGH, "aria-hidden": true }))
    svg.setAttribute(name, String(value));
  svg.append(line);
  /** @param {Float64Array | null} found */
  const show = (found) => {
    svg.style.display = found ? "" : "none";
    const across = (WIDE - 4) / Math.max((found?.length ?? 0) - 1, 1);
    const highest = Math.max(...(found ?? []), 0);
    const points = Array.from(found ?? [], (factor, t) =>
      [2 + across * t, HIGH - 2 - (HIGH - 4) * (factor / highest)].map((c) => c.toFixed(1)).join(),
    );
    line.setAttribute("points", points.join(" "));
  };
  return { element: svg, show };
}

/**
 * What a schedule does to the learning rates, in words.
 *
 * @param {Float64Array} found factors
 */
function wordsOfFactors(found) {
  const peak = Math.max(...found);
  const last = found.length - 1;
  const told = [0, found.indexOf(peak), last].filter((t, i, all) => all.indexOf(t) === i);
  const parts = told.map((t) => `${brief(Number(found[t].toPrecision(3)))} at step ${t}`);
  return `lr times ${parts.join(", ")}`;
}

/**
 * A summary that says the schedule, and opens its menu and its warmup.
 *
 * @param {(schedule: Chosen) => void} choose
 * @param {(message: string) => void} say
 */
export function makeScheduleMenu(choose, say) {
  /** @type {Chosen} */
  let chosen = null;
  /** @type {Plan["schedules"]} */
  let known = [];
  const summary = make("summary", {});
  const menu = makeMenu("Schedule", (i) =>
    choose(i ? [i - 1, known[i - 1].warmup ? (chosen?.[1] ?? 0) : 0] : null),
  );
  const warmup = makeNumber({
    name: "Warmup, typed",
    say,
    wrong: wrongWarmup,
    choose: (value) => chosen && choose([chosen[0], value]),
  });
  const curve = makeCurve();
  const words = make("span", {});
  const warm = make("div", { class: "optim-place" }, "Warmup", warmup.element, "steps");
  const line = make("div", {}, menu.element, warm, curve.element, words);
  const element = make("details", { class: "optim-schedule" }, summary, line);
  /** @param {Plan} plan */
  const show = (plan) => {
    [chosen, known] = [plan.schedule, plan.schedules];
    const schedule = scheduleOf(plan);
    const steps = chosen?.[1] ?? 0;
    const warming = steps ? `, warmup ${steps}` : "";
    put(summary, `Schedule of lr: ${schedule?.name ?? "none"}${warming}`);
    menu.show(["none", ...known.map(({ name }) => name)], chosen ? chosen[0] + 1 : 0);
    warmup.show(steps);
    warmup.element.disabled = !schedule?.warmup;
    if (!element.open) return;
    const found = factors(plan);
    curve.show(found);
    put(words, found ? wordsOfFactors(found) : schedule ? "" : "lr is the same at each step");
  };
  return { element, show };
}

/**
 * Call the sliders of the learning rates what they are: where there is a schedule, its peak.
 *
 * @param {Group[]} groups
 * @param {Chosen} schedule
 */
export function namePeaks(groups, schedule) {
  for (const { rule, sliders } of groups) {
    const name = schedule ? "peak lr" : "lr";
    sliders[placeOfRate(rule)]?.rename(name, `${rule.label} ${name}`);
  }
}
