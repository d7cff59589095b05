// The parts of a figure on the page, and what a hand on each of them asks for.

import { Slider, make, makeButton, makeMenu, makeNumber, makeStart, makeSwitch, put } from "./controls.js";
import { Player } from "./player.js";
import { makeScheduleMenu } from "./schedule_menu.js";

/** @typedef {import("./paths.js").Hyperparameter} Hyperparameter */
/** @typedef {import("./paths.js").Rule} Rule */

/**
 * @typedef {object} Actions what a figure does when it is asked to
 * @property {(surface: number) => void} chooseSurface
 * @property {(steps: number) => void} chooseSteps
 * @property {(noise: number) => void} chooseNoise
 * @property {() => void} drawNoise
 * @property {(schedule: import("./schedule.js").Chosen) => void} chooseSchedule
 * @property {(axis: number, value: number) => void} typeStart
 * @property {(event: PointerEvent) => void} dragStart
 * @property {(dx: number, dy: number) => void} pushStart
 * @property {() => void} reset
 * @property {() => {step: number, last: number}} where
 * @property {(step: number) => void} go
 */

/**
 * @typedef {object} RuleActions
 * @property {(rule: number, shown: boolean) => void} show
 * @property {(rule: number, hyperparameter: number, value: number) => void} choose
 */

export const MOST_STEPS = 500;

const KEYS = [
  ["Arrow keys", "move a slider to its next stop, the start by a hundredth of the picture"],
  ["Shift + arrow keys", "ten times finer; a drag with Shift is finer, too"],
  ["Page Up, Page Down", "ten stops of a slider"],
  ["Home, End", "the ends of a slider"],
  ["Ctrl + wheel, two fingers", "zoom the surface; + − 0 do so on the buttons of its corner"],
  ["Ctrl + drag", "moves the surface; arrow keys do so on the buttons of its corner"],
  ["Maps", "hatched grey: it diverges, or ends over 1000 times as high as the whole picture"],
  ["Enter, Ctrl + Enter", "show what is typed; from the lines of a step with Ctrl"],
  ["Click", "on the surface: the start is there; on the heights: the step is there"],
];

/**
 * Why a hyperparameter cannot have a value, or "".
 *
 * @param {Hyperparameter} hyperparameter
 * @param {number} value
 */
export function wrongValue({ range: { low, high, low_open, high_open } }, value) {
  const ends = [];
  if (low !== null) ends.push(low_open ? `greater than ${low}` : `at least ${low}`);
  if (high !== null) ends.push(high_open ? `less than ${high}` : `at most ${high}`);
  const below = low !== null && (low_open ? value <= low : value < low);
  const beyond = high !== null && (high_open ? value >= high : value > high);
  return below || beyond ? `must be ${ends.join(" and ")}` : "";
}

/** @param {number} value */
export const wrongSteps = (value) =>
  Number.isInteger(value) && value >= 1 && value <= MOST_STEPS
    ? ""
    : `must be a whole number from 1 to ${MOST_STEPS}`;

/**
 * The controls of what all rules share.
 *
 * @param {Actions} actions
 * @param {(message: string) => void} say
 */
function makeBar(actions, say) {
  const menu = makeMenu("Surface", actions.chooseSurface);
  const typed = [0, 1].map((i) =>
    makeNumber({
      name: `Start ${"xy"[i]}, typed`,
      say,
      choose: (value) => actions.typeStart(i, value),
    }),
  );
  const place = make(
    "div",
    { class: "optim-place", role: "group", "aria-label": "Start" },
    ...typed.flatMap(({ element }, i) => [
      make("span", { "aria-hidden": true }, ["Start x", "y"][i]),
      element,
    ]),
  );
  const steps = new Slider({
    text: "Steps",
    name: "Steps",
    say,
    wrong: wrongSteps,
    choose: actions.chooseSteps,
  });
  const noise = new Slider({
    text: "Noise",
    name: "Noise",
    say,
    choose: actions.chooseNoise,
    wrong: (value) => (value >= 0 ? "" : "must be at least 0"),
  });
  const again = makeButton(
    "New noise",
    "New noise",
    "Draw the noise of the gradient again",
    actions.drawNoise,
  );
  const reset = makeButton(
    "Reset",
    "Reset",
    "Back to the settings that the figure began with",
    actions.reset,
  );
  const element = make(
    "div",
    { class: "optim-bar" },
    menu.element,
    place,
    steps.element,
    make("div", { class: "optim-noise" }, noise.element, again),
    reset,
  );
  return { element, menu, typed, steps, noise, again };
}

/** A summary that opens a list of keys. */
function makeKeys() {
  const list = make(
    "dl",
    {},
    ...KEYS.flatMap(([key, does]) => [make("dt", {}, key), make("dd", {}, does)]),
  );
  return make("details", { class: "optim-keys" }, make("summary", {}, "Keys and clicks"), list);
}

/**
 * A text that can be copied: by its button, or where the browser does not let it, by hand.
 *
 * @param {string} button what the button says
 * @param {HTMLElement} text
 * @param {(message: string) => void} say
 */
function makeCopied(button, text, say) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text.textContent ?? "");
      say("Copied.");
    } catch {
      getSelection()?.selectAllChildren(text);
      say("Selected: copy it with Ctrl+C.");
    }
  };
  return make("div", { class: "optim-copied" }, text, makeButton(button, button, button, copy));
}

/**
 * A summary that opens what others can have of this figure: a link, if its page gives one an
 * address, and Python.
 *
 * @param {boolean} linked
 * @param {(message: string) => void} say
 */
function makeSharing(linked, say) {
  const link = make("a", {});
  const python = make("pre", { tabindex: 0, role: "group", "aria-label": "Python" });
  const element = make(
    "details",
    { class: "optim-sharing" },
    make("summary", {}, linked ? "Share: a link, Python" : "Share: Python"),
    ...(linked ? [makeCopied("Copy the link", link, say)] : []),
    makeCopied("Copy as Python", python, say),
  );
  return { element, link, python };
}

/**
 * All parts of a figure but those that depend on its rules.
 *
 * @param {Actions} actions
 * @param {boolean} linked whether its settings can stand in the address of its page
 */
export function makeLayout(actions, linked) {
  const note = make("div", { class: "optim-note", role: "status" });
  const say = (/** @type {string} */ message) => put(note, message);
  const bar = makeBar(actions, say);
  const settings = make("div", { class: "optim-settings" });
  const canvas = make("canvas", { role: "img" });
  const handle = makeStart(actions.dragStart, actions.pushStart);
  const busy = make("div", { class: "optim-busy" });
  const plots = make("div", { class: "optim-plots" }, canvas, handle, busy);
  const player = new Player(actions.where, actions.go);
  const words = make("div", { class: "optim-words", "aria-live": "polite" });
  const numbers = make("div", { class: "optim-numbers" });
  const internals = make(
    "details",
    { class: "optim-internals" },
    make("summary", {}, "Internals: what drives the step under the cursor"),
    numbers,
  );
  const reasons = make("details", { class: "optim-reasons" }, make("summary", {}), make("div", {}));
  const sharing = makeSharing(linked, say);
  const schedule = makeScheduleMenu(actions.chooseSchedule, say);
  const opened = [schedule.element, internals, sharing.element, makeKeys(), reasons];
  const more = make("div", { class: "optim-more" }, ...opened);
  const root = make(
    "div",
    { class: "optim-explorer" },
    bar.element,
    plots,
    player.element,
    settings,
    words,
    note,
    more,
  );
  return {
    root,
    bar,
    settings,
    plots,
    canvas,
    handle,
    busy,
    player,
    words,
    note,
    say,
    internals,
    numbers,
    schedule,
    sharing,
    reasons,
  };
}

/**
 * The controls of one rule, and the line that says what became of it.
 *
 * @param {Rule} rule
 * @param {number} i
 * @param {RuleActions} actions
 * @param {(message: string) => void} say
 */
export function makeGroup(rule, i, actions, say) {
  const toggle = makeSwitch(rule, (shown) => actions.show(i, shown));
  const sliders = rule.hyperparameters.map((hyperparameter, k) => {
    const { name, slider } = hyperparameter;
    if (!slider) return null;
    return new Slider({
      text: name,
      name: `${rule.label} ${name}`,
      say,
      wrong: (value) => wrongValue(hyperparameter, value),
      choose: (value) => actions.choose(i, k, value),
    });
  });
  const element = make(
    "div",
    { class: "optim-group", role: "group", "aria-label": rule.label },
    toggle.element,
    ...sliders.flatMap((slider) => (slider ? [slider.element] : [])),
  );
  const line = make("div", { "data-track": rule.label });
  return { rule, toggle, sliders, element, line };
}

/**
 * Say what the browser cannot compute by itself, and why.
 *
 * @param {HTMLElement} reasons
 * @param {{name: string, reason: string}[]} found
 */
export function showReasons(reasons, found) {
  const [summary, list] = reasons.children;
  reasons.hidden = !found.length;
  put(summary, `Computed in Python: ${found.map(({ name }) => name).join(", ")}`);
  const texts = found.map(({ name, reason }) => `${name}: ${reason}`);
  if (texts.join("\n") !== Array.from(list.children, (line) => line.textContent).join("\n"))
    list.replaceChildren(...texts.map((text) => make("p", {}, text)));
}

/**
 * The numbers behind the step under the cursor.
 *
 * @param {import("./tracks.js").Track} track
 * @param {number} step
 * @param {(value: number) => string} write
 */
export function makeTable({ label, parts, source }, step, write) {
  const row = (
    /** @type {string} */ name,
    /** @type {string[]} */ texts,
    /** @type {"th" | "td"} */ tag,
  ) =>
    make(
      "tr",
      {},
      tag === "th" ? make("td", {}, name) : make("th", { scope: "row" }, name),
      ...texts.map((text) => make(tag, tag === "th" ? { scope: "col" } : {}, text)),
    );
  const rows = parts().map(({ name, width, values }) =>
    row(
      name,
      Array.from({ length: width }, (_, i) => write(values[width * step + i])),
      "td",
    ),
  );
  const head = rows.length
    ? row("", ["x", "y"], "th")
    : row(source === "stale" ? "waiting for Python" : "", [], "td");
  return make("table", {}, make("caption", {}, label), head, ...rows);
}
