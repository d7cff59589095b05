// The maps of a figure: what opens and closes them, what they are of, and a hand on them.

import { chartPanel, chartPicture, drawChart, partOf } from "./chartdraw.js";
import { make, makeButton, makeMenu, put } from "./controls.js";
import { holds, placeOf } from "./draw.js";
import { CLEAR, LOST, cellPicture, heightColor, lookOfMinimum } from "./mapcolors.js";
import { DIVERGED, NOWHERE, basinsOf, ceilingOf, settingsTask, settingsWords, startsTask, startsWords, whyNot } from "./maps.js";
import { replay } from "./replay.js";
import { clamp, heightLimits, nextStop, stopAt } from "./scales.js";
import { Survey, knownCells } from "./survey.js";
import { brief } from "./words.js";

/** @typedef {import("./chartdraw.js").Heights} Heights */
/** @typedef {import("./controls.js").Slider} Slider */
/** @typedef {import("./maps.js").Axis} Axis */
/** @typedef {import("./maps.js").Bounds} Bounds */
/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./scales.js").Panel} Panel */
/** @typedef {import("./survey.js").Chart} Chart */
/** @typedef {import("./tracks.js").State} State */
/** @typedef {(Slider | null)[][]} Sliders of each rule */

/**
 * @typedef {object} Scenery what the maps are drawn for
 * @property {State} state
 * @property {Sliders} sliders
 * @property {[number, number]} range of the heights of the surface
 * @property {Bounds} bounds that are seen
 * @property {string} ink
 */

/**
 * @typedef {object} AtlasActions
 * @property {(rule: number, values: Record<number, number>) => void} choose values by their number
 * @property {() => void} redraw
 * @property {() => void} resize what stands around the maps, which take room
 */

const HEIGHT = 230; // pixels of the map of settings
const WIDEST = 620;

/**
 * How the heights of a chart are told.
 *
 * @param {Chart} chart
 * @param {Scenery} scenery
 * @returns {Heights}
 */
function heightsOf(chart, { state, range }) {
  const surface = state.surfaces[state.surface];
  const { lowest, tape } = surface;
  const [x, y] = state.start;
  const begin = tape ? replay(tape, [[x], [y]])[0][0] : NaN;
  const zero = lowest ?? 0;
  const ceiling = ceilingOf(surface, range);
  const found = knownCells(chart).map((cell) => chart.f[cell]);
  const heights = found.filter((f) => f <= ceiling).map((f) => f - zero);
  const log = lowest !== null;
  const limits = heightLimits(log, range, [[begin - zero, ...heights]]);
  return { log, limits, zero, ceiling, name: zero ? "f above the lowest" : "f" };
}

/** A button that opens and closes a part. @param {string} name @param {() => void} press */
function makeOpener(name, press) {
  const button = makeButton(name, name, "", press);
  button.setAttribute("aria-expanded", "false");
  return button;
}

/** The maps of a figure. */
export class Atlas {
  /** @param {AtlasActions} actions */
  constructor({ choose, redraw, resize }) {
    this.chooseValues = choose;
    this.redraw = redraw;
    this.resize = resize;
    this.settings = new Survey(redraw);
    this.starts = new Survey(redraw);
    this.opened = { settings: false, starts: false };
    /** @type {number | null} */
    this.rule = null; // of the map of settings; null is the first that is shown
    /** @type {number | null} */
    this.startsRule = null;
    /** @type {(number | null)[]} the hyperparameters across and up; null is the first, the next */
    this.sides = [null, null];
    this.openers = {
      settings: makeOpener("Map of settings", () => this.toggle("settings")),
      starts: makeOpener("Map of starts", () => this.toggle("starts")),
    };
    this.buttons = make("div", { class: "optim-openers" }, ...Object.values(this.openers));
    this.menus = {
      rule: makeMenu("Map of", (i) => this.set({ rule: i, sides: [null, null] })),
      across: makeMenu("Across", (i) => this.set({ sides: [this.offered[i], this.sides[1]] })),
      up: makeMenu("Up", (i) => this.set({ sides: [this.sides[0], this.offered[i]] })),
      starts: makeMenu("Starts of", (i) => this.set({ startsRule: i })),
    };
    /** @type {number[]} the hyperparameters that have a slider */
    this.offered = [];
    /** @type {{rule: number, across: Axis, up: Axis | null, panel: Panel} | null} */
    this.shown = null;
    this.parts = this.make();
    this.element = this.parts.element;
    this.listen();
  }

  make() {
    const canvas = make("canvas", { role: "img" });
    const cross = make("div", { class: "optim-cross", role: "slider", tabindex: 0 });
    const words = make("p", {});
    const { rule, across, up, starts } = this.menus;
    const chart = make("div", { class: "optim-chart" }, canvas, cross);
    const choices = make("div", {}, rule.element, across.element, up.element);
    const settings = make(
      "div",
      { class: "optim-map", role: "group", "aria-label": "Map of settings" },
      choices,
      chart,
      words,
    );
    const legend = make("ul", {});
    const reason = make("p", {});
    const from = make(
      "div",
      { class: "optim-map optim-basins", role: "group", "aria-label": "Map of starts" },
      make("div", {}, starts.element),
      reason,
      legend,
    );
    const element = make("div", { class: "optim-atlas", hidden: true });
    return { element, settings, choices, chart, canvas, cross, words, from, legend, reason };
  }

  /** @param {"settings" | "starts"} map */
  toggle(map) {
    this.open({ ...this.opened, [map]: !this.opened[map] });
  }

  /**
   * Put the maps that are open on the page.
   *
   * @param {{settings: boolean, starts: boolean}} opened
   */
  open(opened) {
    this.opened = opened;
    const { element, settings, from } = this.parts;
    for (const map of /** @type {const} */ (["settings", "starts"])) {
      this.openers[map].setAttribute("aria-expanded", String(opened[map]));
      if (!opened[map]) this[map].end();
    }
    const shown = [opened.settings && settings, opened.starts && from];
    element.replaceChildren(...shown.filter((part) => part !== false));
    element.hidden = !element.children.length;
    this.resize();
  }

  /** @param {Partial<Pick<Atlas, "rule" | "sides" | "startsRule">>} choice */
  set(choice) {
    Object.assign(this, choice);
    this.redraw();
  }

  /** @param {State} state @param {number | null} rule */
  ruleOf({ rules, shown }, rule) {
    return rule !== null && rule < rules.length ? rule : Math.max(0, shown.indexOf(true));
  }

  // A hand on the map of settings

  listen() {
    const { canvas, cross } = this.parts;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || event.pointerType === "touch") return;
      event.preventDefault();
      cross.focus({ preventScroll: true });
      cross.setPointerCapture(event.pointerId);
      this.place(event);
    });
    canvas.addEventListener("click", (event) => {
      // of a finger, which may have meant to scroll
      if (/** @type {PointerEvent} */ (event).pointerType === "touch") this.place(event);
    });
    cross.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      cross.focus({ preventScroll: true });
      cross.setPointerCapture(event.pointerId);
    });
    cross.addEventListener(
      "pointermove",
      (event) => cross.hasPointerCapture(event.pointerId) && this.place(event),
    );
    cross.addEventListener("keydown", (event) => this.push(event));
  }

  /** Set both hyperparameters to where a hand is. @param {MouseEvent} event */
  place({ clientX, clientY }) {
    if (!this.shown) return;
    const { rule, across, up, panel } = this.shown;
    const { left, top } = this.parts.canvas.getBoundingClientRect();
    const values = { [across.k]: stopAt(across.scale, (clientX - left - panel.x) / panel.w) };
    if (up) values[up.k] = stopAt(up.scale, 1 - (clientY - top - panel.y) / panel.h);
    this.chooseValues(rule, values);
  }

  /** @param {KeyboardEvent} event */
  push(event) {
    if (!this.shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { rule, across, up } = this.shown;
    const along = /^Arrow(Left|Right)$/.test(event.key) ? across : up;
    if (!along || !/^Arrow/.test(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const way = /Left|Down/.test(event.key) ? -1 : 1;
    const now = this.values[along.k];
    this.chooseValues(rule, { [along.k]: nextStop(along.scale, now, way, event.shiftKey) });
  }

  /** @type {number[]} of the rule on the map of settings */
  values = [];

  /**
   * The axes of the map of settings, on the scales of their sliders.
   *
   * @param {Scenery} scenery
   * @param {number} rule
   * @returns {{across: Axis, up: Axis | null} | null}
   */
  axesOf({ state, sliders }, rule) {
    const { hyperparameters } = state.rules[rule];
    this.offered = sliders[rule].flatMap((slider, k) => (slider ? [k] : []));
    const axis = (/** @type {number} */ k) => ({
      k,
      name: hyperparameters[k].name,
      kind: hyperparameters[k].kind,
      scale: /** @type {Slider} */ (sliders[rule][k]).scale,
    });
    if (!this.offered.length) return null;
    const first = this.offered.includes(this.sides[0] ?? -1) ? this.sides[0] : null;
    const across = first ?? this.offered.find((k) => k !== this.sides[1]) ?? this.offered[0];
    const others = this.offered.filter((k) => k !== across);
    const second = others.includes(this.sides[1] ?? -1) ? this.sides[1] : others[0];
    return {
      across: axis(across),
      up: second === undefined || second === null ? null : axis(second),
    };
  }

  // What is drawn

  /** Draw the map of settings and say what it says. @param {Scenery} scenery */
  drawSettings(scenery) {
    if (!this.opened.settings) return;
    const { state, ink } = scenery;
    const { chart, canvas, cross, words } = this.parts;
    const number = this.ruleOf(state, this.rule);
    const rule = state.rules[number];
    this.menus.rule.show(state.rules.map(({ label }) => label), number);
    const axes = this.axesOf(scenery, number);
    const reason = whyNot(state, number) || (axes ? "" : `${rule.label} has no slider.`);
    chart.hidden = Boolean(reason);
    for (const menu of [this.menus.across, this.menus.up])
      menu.element.hidden = !axes?.up || Boolean(reason);
    if (reason || !axes) {
      this.settings.end();
      put(words, reason);
      return;
    }
    const { across, up } = axes;
    const names = this.offered.map((k) => rule.hyperparameters[k].name);
    this.menus.across.show(names, this.offered.indexOf(across.k));
    if (up) this.menus.up.show(names, this.offered.indexOf(up.k));
    this.values = state.values[number];
    const map = this.settings.show(settingsTask(state, number, across, up));
    const heights = heightsOf(map, scenery);
    const width = Math.min(chart.clientWidth, WIDEST);
    const panel = chartPanel(width, HEIGHT, heights, Boolean(up));
    this.shown = { rule: number, across, up, panel };
    const place = (/** @type {Axis} */ { k, scale }) => scale.place(this.values[k]);
    /** @type {[number, number]} */
    const at = [place(across), up ? place(up) : 0.5];
    const ctx = emptyCanvas(canvas, width, HEIGHT);
    if (ctx) drawChart(ctx, panel, { chart: map, across, up, heights, at, ink });
    if (map.stride === 1) put(words, settingsWords(map, rule, across, up, heights.ceiling));
    const sides = up ? `${across.name} across, ${up.name} up` : `${across.name} across`;
    const seen = `Heights after ${state.steps} steps for each setting of ${rule.label}, ${sides}`;
    canvas.setAttribute("aria-label", `${seen}. ${words.textContent}`);
    this.showCross(cross, panel, at);
  }

  /**
   * @param {HTMLElement} cross
   * @param {Panel} panel
   * @param {[number, number]} at
   */
  showCross(cross, panel, at) {
    if (!this.shown) return;
    const { across, up } = this.shown;
    const [px, py] = [panel.x + at[0] * panel.w, panel.y + (1 - at[1]) * panel.h];
    cross.style.translate = `${px}px ${py}px`;
    const axes = up ? [across, up] : [across];
    const { stops } = across.scale;
    const now = this.values[across.k];
    const said = {
      "aria-label": `Setting: ${axes.map(({ name }) => name).join(", ")}`,
      "aria-valuemin": Math.min(stops[0], now),
      "aria-valuemax": Math.max(stops[stops.length - 1], now),
      "aria-valuenow": now,
      "aria-valuetext": axes.map(({ k, name }) => `${name} = ${brief(this.values[k])}`).join(", "),
    };
    for (const [name, value] of Object.entries(said)) cross.setAttribute(name, String(value));
  }

  /**
   * What lies under the paths: a function that paints the map of starts, or null. Says what it is.
   *
   * @param {Scenery} scenery
   * @returns {((ctx: CanvasRenderingContext2D, panel: Panel) => void) | null}
   */
  underPaths(scenery) {
    if (!this.opened.starts) return null;
    const { state, bounds } = scenery;
    const { legend, reason } = this.parts;
    const number = this.ruleOf(state, this.startsRule);
    const [surface, rule] = [state.surfaces[state.surface], state.rules[number]];
    this.menus.starts.show(state.rules.map(({ label }) => label), number);
    const why = whyNot(state, number);
    legend.hidden = Boolean(why);
    if (why) {
      this.starts.end();
      put(reason, why);
      return null;
    }
    const chart = this.starts.show(startsTask(state, number, bounds));
    const looks = this.looksOf(chart, scenery);
    put(reason, this.startsTitle(scenery, rule, looks.heights));
    if (chart.stride === 1 || !legend.children.length)
      showLegend(legend, startsWords(chart, surface, ceilingOf(surface, scenery.range)), looks.of);
    return (ctx, panel) => {
      const picture = chartPicture(panel.w, panel.h, chart, looks.at);
      ctx.save();
      ctx.globalCompositeOperation = "multiply"; // the contours stay seen
      ctx.drawImage(picture, panel.x, panel.y, panel.w, panel.h);
      ctx.restore();
      drawNumbers(ctx, panel, surface.minima);
    };
  }

  /**
   * How each cell of the map of starts looks: by its minimum, or by its height where none is known.
   *
   * @param {Chart} chart
   * @param {Scenery} scenery
   */
  looksOf(chart, scenery) {
    const surface = scenery.state.surfaces[scenery.state.surface];
    if (!surface.minima.length) {
      const heights = heightsOf(chart, scenery);
      const color = (/** @type {number} */ f) => ({
        color: heightColor(partOf(f, heights)),
        pattern: 0,
      });
      const at = (/** @type {number} */ cell) =>
        Number.isNaN(chart.f[cell]) ? LOST : color(chart.f[cell]);
      return { at, of: (/** @type {number} */ i) => (i === DIVERGED ? LOST : null), heights };
    }
    const basins = basinsOf(chart, surface, ceilingOf(surface, scenery.range));
    const of = (/** @type {number} */ basin) =>
      basin === DIVERGED ? LOST : basin === NOWHERE ? CLEAR : lookOfMinimum(basin);
    return { at: (/** @type {number} */ cell) => of(basins[cell]), of, heights: null };
  }

  /**
   * @param {Scenery} scenery
   * @param {Rule} rule
   * @param {Heights | null} heights
   */
  startsTitle({ state }, { label }, heights) {
    const after = `after ${state.steps} step${state.steps === 1 ? "" : "s"}`;
    if (!heights) return `Where ${label} is ${after}, from each start on the surface:`;
    const [low, high] = heights.limits.map((end) => brief(heights.log ? 10 ** end : end));
    const ends = `light is ${low} or lower, dark is ${high} or higher`;
    return `How high ${label} is ${after}, from each start; ${ends}:`;
  }

  // What others are told

  /** The open maps, as part of an address. @param {State} state */
  address({ rules }) {
    const said = new URLSearchParams();
    const label = (/** @type {number | null} */ rule) => rules[rule ?? -1]?.label ?? "";
    const names = this.sides.map((k) => rules[this.rule ?? -1]?.hyperparameters[k ?? -1]?.name);
    if (this.opened.settings)
      said.set("settings", [label(this.rule), ...names.map((name) => name ?? "")].join(","));
    if (this.opened.starts) said.set("starts", label(this.startsRule));
    return said.size ? `&${said.toString().replaceAll("%2C", ",")}` : "";
  }

  /** Open the maps that an address says. @param {URLSearchParams} said @param {Rule[]} rules */
  follow(said, rules) {
    const numberOf = (/** @type {string} */ wanted) => {
      const i = rules.findIndex(({ label }) => label === wanted);
      return i < 0 ? null : i;
    };
    const [label = "", ...names] = (said.get("settings") ?? "").split(",");
    [this.rule, this.startsRule] = [numberOf(label), numberOf(said.get("starts") ?? "")];
    this.sides = [0, 1].map((side) => {
      const known = rules[this.rule ?? -1]?.hyperparameters ?? [];
      const k = known.findIndex(({ name }) => name === names[side]);
      return k < 0 ? null : k;
    });
    this.open({ settings: said.has("settings"), starts: said.has("starts") });
  }

  /** What tests are told: how far each open map is, and where the map of settings stands. */
  toJSON() {
    const known = (/** @type {Survey} */ { chart, key }) =>
      chart && { key, stride: chart.stride, f: Array.from(chart.f) };
    return {
      settings: known(this.settings),
      starts: known(this.starts),
      panel: this.settings.chart && this.shown?.panel,
    };
  }

  end() {
    this.settings.end();
    this.starts.end();
  }
}

/**
 * Draw the number of each minimum beside it.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Panel} panel
 * @param {[number, number][]} minima
 */
function drawNumbers(ctx, panel, minima) {
  [ctx.font, ctx.textBaseline] = ["bold 12px sans-serif", "middle"];
  [ctx.strokeStyle, ctx.lineWidth, ctx.fillStyle] = ["#fff", 3, "#111"];
  minima.forEach(([x, y], i) => {
    const [px, py] = placeOf(panel, x, y);
    if (!holds(panel, px, py)) return;
    const right = px > panel.x + panel.w - 24;
    ctx.textAlign = right ? "right" : "left";
    const [tx, ty] = [px + (right ? -7 : 7), clamp(py, panel.y + 8, panel.y + panel.h - 8)];
    ctx.strokeText(String(i + 1), tx, ty);
    ctx.fillText(String(i + 1), tx, ty);
  });
}

/**
 * @param {HTMLElement} legend
 * @param {[number, string][]} lines
 * @param {(basin: number) => import("./mapcolors.js").Look | null} lookAt
 */
function showLegend(legend, lines, lookAt) {
  const said = lines.map(([, words]) => words).join("\n");
  if (legend.dataset.said === said) return;
  legend.dataset.said = said;
  const rows = lines.map(([basin, words]) => {
    const look = lookAt(basin);
    if (!look) return make("li", {}, words);
    const swatch = cellPicture(24, 16, 1, 1, () => look);
    swatch.setAttribute("aria-hidden", "true");
    return make("li", {}, swatch, words);
  });
  legend.replaceChildren(...rows);
}

/**
 * An empty canvas of this size, in pixels of the page.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
function emptyCanvas(canvas, width, height) {
  const dots = window.devicePixelRatio;
  const [across, down] = [Math.round(width * dots), Math.round(height * dots)];
  if (canvas.width !== across || canvas.height !== down)
    [canvas.width, canvas.height] = [across, down];
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const ctx = canvas.getContext("2d");
  ctx?.setTransform(dots, 0, 0, dots, 0, 0);
  ctx?.clearRect(0, 0, width, height);
  return ctx;
}
