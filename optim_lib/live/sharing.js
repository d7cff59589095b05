// A figure's settings as others can have them: in the address of a page, and as lines of Python.

import { pythonOfSchedule, scheduleOf, scheduleSaid } from "./schedule.js";
import { wrongSteps, wrongValue } from "./layout.js";
import { makeTypist, typedFrom } from "./typed.js";

/** @typedef {import("./tracks.js").State} State */
/** @typedef {"surfaces" | "rules" | "schedules" | "step" | "computed" | "typed"} Later */
/** @typedef {Omit<State, Later>} First what it began with */

/** @param {unknown} one @param {unknown} other */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * The settings that differ from those that a figure began with, as the part of an address after #.
 *
 * @param {number} figure which of the page it is, counted from 1
 * @param {State} state
 * @param {First} first
 */
export function addressOf(figure, state, first) {
  const said = new URLSearchParams({ figure: String(figure) });
  if (state.typed?.surfaces.length || state.typed?.rules.length)
    said.set("typed", JSON.stringify(state.typed));
  if (state.surface !== first.surface) said.set("surface", state.surfaces[state.surface].name);
  if (!same(state.start, first.start)) said.set("start", state.start.join(","));
  for (const name of /** @type {const} */ (["steps", "noise", "seed"]))
    if (state[name] !== first[name]) said.set(name, String(state[name]));
  if (!same(state.schedule, first.schedule)) {
    said.set("schedule", scheduleOf(state)?.name ?? "none");
    if (state.schedule?.[1]) said.set("warmup", String(state.schedule[1]));
  }
  state.rules.forEach(({ label, hyperparameters }, i) => {
    hyperparameters.forEach(({ name, value: began }, k) => {
      const value = state.values[i][k];
      if (value !== (first.values[i]?.[k] ?? began)) said.set(`${label}.${name}`, String(value));
    });
    if (state.shown[i] !== (first.shown[i] ?? true)) said.set(label, state.shown[i] ? "on" : "off");
  });
  if (state.step >= 0) said.set("step", String(state.step));
  return said.toString().replaceAll("%2C", ",");
}

/**
 * What an address says of a figure. What it says wrongly is as if it were not said.
 *
 * @param {URLSearchParams} said
 * @param {State} told of the figure, with its surfaces and rules
 * @param {First} first
 */
export function settingsOf(said, told, first) {
  const typed = typedFrom(said.get("typed"), told.rules);
  const state = makeTypist()({ ...told, typed });
  /** @param {string} name @param {(value: number) => boolean} [right] */
  const number = (name, right = () => true) => {
    const value = said.get(name)?.trim() ? Number(said.get(name)) : NaN;
    return Number.isFinite(value) && right(value) ? value : undefined;
  };
  const named = state.surfaces.findIndex(({ name }) => name === said.get("surface"));
  const surface = named < 0 ? first.surface : named;
  const coordinates = (said.get("start") ?? "").split(",");
  const point = coordinates.map((text) => (text.trim() ? Number(text) : NaN));
  const isPoint = point.length === 2 && point.every(Number.isFinite);
  const start = surface === first.surface ? first.start : state.surfaces[surface].start;
  const steps = number("steps", (value) => !wrongSteps(value)) ?? first.steps;
  /** @param {number} highest */
  const whole = (highest) => (/** @type {number} */ value) =>
    Number.isInteger(value) && value >= 0 && value <= highest;
  return {
    typed,
    surface,
    start: isPoint ? point : [...start],
    steps,
    noise: number("noise", (value) => value >= 0) ?? first.noise,
    seed: number("seed", whole(Number.MAX_SAFE_INTEGER)) ?? first.seed,
    schedule: scheduleSaid(said, state.schedules, first.schedule),
    values: state.rules.map(({ label, hyperparameters }, i) =>
      hyperparameters.map((hyperparameter, k) => {
        const right = (/** @type {number} */ value) => !wrongValue(hyperparameter, value);
        return (
          number(`${label}.${hyperparameter.name}`, right) ??
          first.values[i]?.[k] ??
          hyperparameter.value
        );
      }),
    ),
    shown: state.rules.map(({ label }, i) =>
      said.has(label) ? said.get(label) === "on" : (first.shown[i] ?? true),
    ),
    step: number("step", whole(steps)) ?? -1,
  };
}

/** @param {number[]} values */
const tuple = (values) => `(${values.join(", ")})`;

/**
 * What the lines of Python import, and what was typed.
 *
 * @param {import("./paths.js").Surface} place
 * @param {import("./paths.js").Rule[]} rules
 * @param {ReturnType<typeof scheduleOf>} schedule
 */
function beginning(place, rules, schedule) {
  const classes = rules.flatMap(({ definition }) => definition ?? []);
  const typed = [...classes, ...(place.definition ? [place.definition] : [])];
  const library = rules.filter(({ own }) => !own).map((rule) => rule.python);
  const needed = new Set([
    ...library,
    ...(classes.length ? ["Optimizer"] : []),
    ...(schedule && !schedule.own ? ["schedules"] : []),
    ...(place.python || place.definition ? ["surfaces"] : []),
  ]);
  const uses = (/** @type {string} */ word) => typed.some((text) => text.includes(word));
  return [
    ...(uses("NamedTuple") ? ["from typing import NamedTuple", ""] : []),
    ...(uses("np.") ? ["import numpy as np", ""] : []),
    ...(needed.size ? [`from optim_lib import ${[...needed].sort().join(", ")}`] : []),
    "from optim_lib.explorer import Explorer",
    "",
    ...typed.flatMap((text) => ["", text, ""]),
  ];
}

/**
 * The lines of Python that make this figure in a notebook.
 *
 * @param {State} state
 */
export function pythonOf(state) {
  const { rules, surfaces, surface, start, steps, noise, seed, values, shown } = state;
  const [place, schedule] = [surfaces[surface], scheduleOf(state)];
  const own = rules.filter((rule) => rule.own && !rule.definition).map((rule) => rule.python);
  const made = rules.map((rule, i) => {
    const settings = rule.hyperparameters.map(({ name }, k) => `${name}=${values[i][k]}`);
    return `${rule.python}(${settings.join(", ")})`;
  });
  const there = place.python || place.definition;
  const missing = [
    ...new Set(own),
    ...(there ? [] : [`surface (${place.name})`]),
    ...(schedule?.own ? [schedule.python] : []),
  ];
  return [
    ...beginning(place, rules, schedule),
    ...(missing.length ? [`# Define first, as the lesson does: ${missing.join(", ")}`] : []),
    "explorer = Explorer(",
    `    ${place.python || "surface"},`,
    ...(made.length > 1
      ? ["    [", ...made.map((rule) => `        ${rule},`), "    ],"]
      : [`    ${made[0]},`]),
    `    start=${tuple(start)},`,
    `    steps=${steps},`,
    ...(noise ? [`    noise=${noise},`] : []),
    ...(schedule ? [`    schedule=${pythonOfSchedule(schedule, state.schedule?.[1] ?? 0)},`] : []),
    ")",
    ...(seed ? [`explorer.seed = ${seed}`] : []),
    ...rules.flatMap(({ label }, i) =>
      shown[i] ? [] : [`explorer.switches["${label}"].value = False`],
    ),
    "explorer",
  ].join("\n");
}
