// The live figure: from the state of its model to paths, a drawing and words, and from a hand back
// to the state. All that is shown is read from the model when it is drawn.

import { Atlas } from "./atlas.js";
import { put } from "./controls.js";
import { holds, placeOf } from "./draw.js";
import { MOST_STEPS, makeGroup, makeLayout, makeTable, showReasons } from "./layout.js";
import { replay } from "./replay.js";
import { clamp, noiseScale, scaleOf, wholeScale } from "./scales.js";
import { namePeaks } from "./schedule_menu.js";
import { scheduleOf } from "./schedule.js";
import { Scene } from "./scene.js";
import { addressOf, pythonOf } from "./sharing.js";
import { makeTracker } from "./tracks.js";
import { makeTypist, nothingTyped } from "./typed.js";
import { TypingForm } from "./typing.js";
import { listenToView, makeViewButtons, moved, viewOf, viewText, zoomed } from "./view.js";
import { brief } from "./words.js";

/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./paths.js").Surface} Surface */
/** @typedef {import("./tracks.js").State} State */
/** @typedef {import("./tracks.js").Track} Track */

/**
 * @typedef {object} Model what a host of widgets offers
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {(event: string, callback: (told?: any) => void) => void} on
 * @property {(event: string, callback: (told?: any) => void) => void} [off]
 * @property {() => void} save_changes
 */

const TRAITS = [
  "surfaces",
  "rules",
  "schedules",
  "surface",
  "schedule",
  "start",
  "steps",
  "noise",
  "seed",
  "values",
  "shown",
  "step",
  "computed",
  "typed",
];
const FIXED = ["surfaces", "rules"]; // but Python may add a surface
const PACE = 50; // milliseconds between what the kernel is told
const PATIENCE = 3000; // milliseconds that Python may take before we ask for it
const [LEAST_ROOM, MOST_ROOM, WHOLE] = [230, 420, 598]; // pixels: for the panels, for all
const [LINE, BELOW] = [18, 44]; // pixels: of a line of words, of what is between and below parts
const BESIDE_MAP = 300; // pixels: for the panels above a map of settings

/** @type {WeakMap<Surface, number>} */
const slopes = new WeakMap();

/**
 * How long the gradient is where a descent begins on a surface, or NaN.
 *
 * @param {Surface} surface
 */
function slopeOf(surface) {
  const { tape, start } = surface;
  let slope = slopes.get(surface);
  if (slope === undefined) {
    slope = tape
      ? Math.hypot(
          ...replay(
            tape,
            start.map((c) => [c]),
          )
            .slice(1)
            .map(([part]) => part),
        )
      : NaN;
    slopes.set(surface, slope);
  }
  return slope;
}

/** A figure on a page. */
export class Figure {
  /**
   * @param {Model} model
   * @param {HTMLElement} el
   * @param {number} [number] of the figure on a page whose address can hold its settings
   */
  constructor(model, el, number = 0) {
    this.model = model;
    this.number = number;
    this.tracksOf = makeTracker();
    this.withTyped = makeTypist();
    /** @type {import("./layout.js").Actions} */
    const actions = {
      chooseSurface: (surface) => this.chooseSurface(surface),
      chooseSteps: (steps) => this.change({ steps }),
      chooseNoise: (noise) => this.change({ noise }),
      drawNoise: () => this.change({ seed: (model.get("seed") + 1) % 2 ** 53 }),
      chooseSchedule: (schedule) => this.change({ schedule }),
      typeStart: (axis, value) => {
        const [x, y] = model.get("start");
        this.moveStart(axis ? [x, value] : [value, y]);
      },
      dragStart: (event) => this.placeStart(this.scene.pointAt(event), 1000),
      pushStart: (dx, dy) => this.pushStart(dx, dy),
      reset: () => this.reset(),
      where: () => this.where(),
      go: (step) =>
        this.change({ step: step >= model.get("steps") ? -1 : Math.max(0, Math.round(step)) }),
    };
    this.layout = makeLayout(actions, number > 0);
    this.typing = new TypingForm({
      state: () => this.state,
      rules: () => model.get("rules"),
      take: (changes) => this.change(changes),
    });
    this.layout.internals.after(this.typing.element);
    this.scene = new Scene(this.layout.canvas);
    /** @type {{surface: Surface, bounds: Surface["bounds"]} | null} what is seen, or the whole */
    this.view = null;
    this.viewButtons = this.makeView();
    this.atlas = this.makeAtlas();
    /** @type {ReturnType<typeof makeGroup>[]} */
    this.groups = [];
    /** @type {Rule[] | null} */
    this.builtFor = null;
    /** @type {Track[]} that were drawn last */
    this.tracks = [];
    /** @type {{width: number, room: number} | null} measured when a part has another size */
    this.size = null;
    this.frame = this.drawn = this.resets = 0;
    this.unsaved = this.held = false;
    this.saved = -PACE; // when the kernel was told
    this.saving = 0; // the timer of what it is told next
    this.question = { text: "", since: 0, timer: 0 };
    /** @type {(() => void)[]} what undoes the figure */
    this.ends = [];
    el.append(this.layout.root);
    this.listen();
    this.schedule();
  }

  /** Let a hand zoom and move the surface. */
  makeView() {
    const { canvas, plots } = this.layout;
    /** @type {import("./view.js").ViewActions} */
    const actions = {
      zoom: (factor, event) => this.zoom(factor, event),
      move: (parts) => this.look(moved(this.bounds, this.surface.bounds, parts)),
      whole: () => this.look(null),
    };
    const buttons = makeViewButtons(actions);
    plots.append(buttons.element);
    const onSurface = (/** @type {{clientX: number, clientY: number}} */ event) =>
      Boolean(this.surface.tape) && this.scene.onSurface(event);
    listenToView(canvas, onSurface, () => this.scene.surface, actions);
    return buttons;
  }

  makeAtlas() {
    const { element } = this.layout.player;
    const atlas = new Atlas({
      choose: (i, chosen) => this.setValues(i, chosen),
      redraw: () => this.schedule(),
      resize: () => this.resize(),
    });
    element.append(atlas.buttons);
    element.after(atlas.element);
    return atlas;
  }

  // From a hand to the state

  /** @param {Record<string, unknown>} changes */
  change(changes) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.layout.say("");
    this.unsaved = true;
    this.schedule();
  }

  reset() {
    this.resets++;
    this.layout.player.pause();
    this.look(null);
    const first = structuredClone(this.model.get("first"));
    this.change({ typed: nothingTyped(), ...first, step: -1 });
  }

  /** All that the model says, and what was typed. @returns {State} */
  get state() {
    return this.withTyped(
      Object.assign({}, ...TRAITS.map((name) => ({ [name]: this.model.get(name) }))),
    );
  }

  /** @returns {Surface} */
  get surface() {
    const { surfaces, surface } = this.state;
    return surfaces[surface];
  }

  /** @param {number} surface its place in the menu, whose last entry asks for another one */
  chooseSurface(surface) {
    const { surfaces } = this.state;
    if (surface < surfaces.length) this.change({ surface, start: [...surfaces[surface].start] });
    else this.typing.open();
    this.schedule();
  }

  /** @param {number} i the number of a rule @param {Record<number, number>} chosen */
  setValues(i, chosen) {
    const values = this.state.values.map((own) => [...own]);
    for (const [k, value] of Object.entries(chosen)) values[i][Number(k)] = value;
    this.change({ values });
  }

  /** What is seen of the surface. */
  get bounds() {
    return this.view?.surface === this.surface ? this.view.bounds : this.surface.bounds;
  }

  /** @param {Surface["bounds"] | null} bounds to see; null is the whole */
  look(bounds) {
    this.view = bounds && { surface: this.surface, bounds };
    this.schedule();
  }

  /**
   * Zoom about the point under an event, or about where the first path is at the step shown.
   *
   * @param {number} factor
   * @param {{clientX: number, clientY: number}} [event]
   */
  zoom(factor, event) {
    const middle = this.bounds.map(([low, high]) => (low + high) / 2);
    const path = this.tracks.find((track) => track.shown && track.f.length);
    const { step } = this.where();
    const seen = path ? [path.x[2 * step], path.x[2 * step + 1]] : middle;
    const inside = this.bounds.every(([low, high], k) => low <= seen[k] && seen[k] <= high);
    const about = event ? this.scene.pointAt(event) : inside ? seen : middle;
    this.look(zoomed(this.bounds, this.surface.bounds, factor, about));
  }

  where() {
    const [step, last] = [this.model.get("step"), this.model.get("steps")];
    return { step: step < 0 || step > last ? last : step, last };
  }

  /**
   * @param {number[]} point
   * @param {number} parts of the picture to round to
   */
  placeStart(point, parts) {
    const { bounds } = this;
    this.moveStart(
      point.map((v, i) => {
        const [low, high] = bounds[i];
        const digits = clamp(Math.ceil(-Math.log10((high - low) / parts)), 0, 100);
        return Number(clamp(v, low, high).toFixed(digits));
      }),
    );
  }

  /** @param {number[]} start */
  moveStart(start) {
    this.change({ start });
    // At once, so that it says where it is.
    this.showStart(/** @type {[number, number]} */ (start), this.surface);
  }

  /**
   * @param {number} dx in hundredths of the picture
   * @param {number} dy
   */
  pushStart(dx, dy) {
    const [[left, right], [bottom, top]] = this.bounds;
    const [x, y] = this.model.get("start");
    this.placeStart([x + (dx * (right - left)) / 100, y + (dy * (top - bottom)) / 100], 10_000);
  }

  // What it listens to

  listen() {
    const { root, canvas, plots, bar, settings, player } = this.layout;
    const { internals, schedule, sharing } = this.layout;
    const onModel = () => this.schedule();
    for (const name of TRAITS) this.model.on(`change:${name}`, onModel);
    this.ends.push(() => TRAITS.forEach((name) => this.model.off?.(`change:${name}`, onModel)));
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || event.ctrlKey || event.metaKey) return;
      if (this.scene.onHeights(event)) player.jump(this.scene.stepAt(event));
      else if (this.scene.onSurface(event) && event.pointerType !== "touch")
        this.pressSurface(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons === 1 && this.scene.onHeights(event)) player.jump(this.scene.stepAt(event));
    });
    canvas.addEventListener("click", (event) => {
      // of a finger, which may have meant to scroll
      const touched = /** @type {PointerEvent} */ (event).pointerType === "touch";
      if (touched && this.scene.onSurface(event)) this.placeStart(this.scene.pointAt(event), 1000);
    });
    internals.addEventListener("toggle", onModel);
    schedule.element.addEventListener("toggle", onModel);
    sharing.element.addEventListener("toggle", onModel);
    for (const [event, held] of /** @type {[string, boolean][]} */ ([
      ["pointerdown", true],
      ["pointerup", false],
      ["pointercancel", false],
    ])) {
      root.addEventListener(event, () => {
        this.held = held; // what is heard waits until the hand lets go
        this.schedule();
      });
    }
    const resized = new ResizeObserver(() => this.resize());
    const parts = [plots, bar.element, settings, player.element, this.atlas.element];
    for (const part of parts) resized.observe(part);
    const themed = new MutationObserver(onModel);
    for (const element of [document.documentElement, document.body])
      themed.observe(element, { attributes: true });
    this.ends.push(
      () => resized.disconnect(),
      () => themed.disconnect(),
    );
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      const media = matchMedia(query);
      media.addEventListener("change", onModel);
      this.ends.push(() => media.removeEventListener("change", onModel));
    }
  }

  /** Place the start under a pointer and let the hand take it along. @param {PointerEvent} event */
  pressSurface(event) {
    event.preventDefault();
    this.placeStart(this.scene.pointAt(event), 1000);
    this.layout.handle.focus({ preventScroll: true });
    this.layout.handle.setPointerCapture(event.pointerId);
  }

  /** Measure again how much room there is. */
  resize() {
    this.size = null;
    this.schedule();
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
      if (!this.unsaved || this.saving) return;
      const wait = Math.max(0, this.saved + PACE - performance.now());
      this.saving = window.setTimeout(() => this.save(), wait); // when the frame has been shown
    });
  }

  /** Tell the kernel what a hand has changed. */
  save() {
    clearTimeout(this.saving);
    this.saving = 0;
    if (!this.unsaved) return;
    [this.unsaved, this.saved] = [false, performance.now()];
    this.model.save_changes();
  }

  end() {
    this.layout.player.pause();
    this.atlas.end();
    for (const end of this.ends) end();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.question.timer);
    this.save();
    this.layout.root.remove();
  }

  // From the state to the page

  draw() {
    if (!FIXED.every((name) => this.model.get(name)?.length)) return; // not yet
    const { state } = this;
    if (state.rules !== this.builtFor) this.build(state.rules);
    const surface = state.surfaces[state.surface];
    this.showControls(state, surface);
    this.layout.schedule.show(state);
    namePeaks(this.groups, state.schedule);
    this.size ??= this.measure();
    if (!this.size.width) return; // not on the page yet, or hidden
    const tracks = (this.tracks = this.tracksOf(state));
    const { step, last } = this.where();
    const { ink, ...scenery } = this.scenery(state, surface);
    this.scene.draw({
      surface,
      bounds: this.bounds,
      under: this.atlas.underPaths({ ink, ...scenery }),
      tracks,
      step,
      last,
      ...this.size,
      forces: this.layout.internals.open,
      ink,
    });
    this.atlas.drawSettings({ ink, ...scenery });
    this.showView(surface);
    this.showStart(state.start, surface);
    this.describe(state, tracks, step);
    this.tell(surface, tracks, step);
  }

  /**
   * What the maps are drawn for.
   *
   * @param {State} state
   * @param {Surface} surface
   */
  scenery(state, surface) {
    return {
      state,
      sliders: this.groups.map((group) => group.sliders),
      range: this.scene.rangeOf(surface),
      bounds: this.bounds,
      ink: getComputedStyle(this.layout.root).color,
    };
  }

  /** Place the buttons of the view on the surface. @param {Surface} surface */
  showView(surface) {
    const { element, all } = this.viewButtons;
    const { x, y, w } = this.scene.surface;
    element.style.translate = `calc(${x + w - 4}px - 100%) ${y + 4}px`;
    element.hidden = !surface.tape;
    all.hidden = this.bounds === surface.bounds;
  }

  /** Make the controls of the rules, which a late model may bring late. @param {Rule[]} rules */
  build(rules) {
    this.builtFor = rules;
    this.size = null;
    const { layout } = this;
    const actions = {
      show: (/** @type {number} */ i, /** @type {boolean} */ shown) =>
        this.change({ shown: rules.map((_, k) => (k === i ? shown : this.state.shown[k])) }),
      choose: (/** @type {number} */ i, /** @type {number} */ k, /** @type {number} */ value) =>
        this.setValues(i, { [k]: value }),
    };
    this.groups = rules.map((rule, i) => makeGroup(rule, i, actions, layout.say));
    layout.settings.replaceChildren(...this.groups.map((group) => group.element));
    layout.words.replaceChildren(...this.groups.map((group) => group.line));
  }

  /** How wide the panels are, and how high, so that all of the figure is on a laptop's screen. */
  measure() {
    const { bar, settings, player, plots } = this.layout;
    // Lines of words: not measured, else the panels would move with them.
    const lines = Math.ceil(this.groups.length / 2);
    const around =
      bar.element.offsetHeight +
      settings.offsetHeight +
      player.element.offsetHeight +
      LINE * lines +
      BELOW;
    const most = this.atlas.opened.settings ? BESIDE_MAP : MOST_ROOM;
    return { width: plots.clientWidth, room: clamp(WHOLE - around, LEAST_ROOM, most) };
  }

  /**
   * @param {State} state
   * @param {Surface} surface
   */
  showControls({ surfaces, surface: number, steps, noise, values, shown }, surface) {
    const { bar } = this.layout;
    const key = `${number} ${this.resets}`;
    bar.menu.show([...surfaces.map(({ name }) => name), "type your own …"], number);
    bar.steps.show(steps, "steps", () => wholeScale(1, MOST_STEPS));
    bar.noise.show(noise, key, (_, highest) => noiseScale(slopeOf(surface), highest));
    bar.again.disabled = !noise;
    this.groups.forEach(({ rule, toggle, sliders }, i) => {
      toggle.show(shown[i]);
      sliders.forEach((slider, k) =>
        slider?.show(values[i][k], key, (...reach) =>
          scaleOf(rule.hyperparameters[k], rule, surface, ...reach),
        ),
      );
    });
  }

  /**
   * @param {[number, number]} start
   * @param {Surface} surface
   */
  showStart([x, y], { bounds }) {
    const { handle } = this.layout;
    const panel = this.scene.surface;
    const [px, py] = placeOf(panel, x, y);
    handle.style.translate = `${px}px ${py}px`;
    handle.hidden = !holds(panel, px, py);
    this.layout.bar.typed.forEach((typed, k) => typed.show([x, y][k]));
    const said = {
      min: Math.min(x, bounds[0][0]),
      max: Math.max(x, bounds[0][1]),
      now: x,
      text: `x = ${brief(x)}, y = ${brief(y)}`,
    };
    for (const [name, value] of Object.entries(said))
      handle.setAttribute(`aria-value${name}`, String(value));
  }

  /**
   * Say all of it in text: words, alternative text, the step, the internals.
   *
   * @param {State} state
   * @param {Track[]} tracks
   * @param {number} step
   */
  describe(state, tracks, step) {
    const { words, canvas, player, internals, numbers } = this.layout;
    const shown = tracks.filter((track) => track.shown);
    const [surface, schedule] = [state.surfaces[state.surface], scheduleOf(state)];
    this.ask(state, shown, surface);
    tracks.forEach((track, i) => {
      const { line } = this.groups[i];
      line.hidden = !track.shown;
      line.className = track.source === "stale" ? "waiting" : track.failed ? "failed" : "";
      put(line, track.words);
    });
    words.setAttribute(
      "aria-busy",
      String(this.held || shown.some((track) => track.source === "stale")),
    );
    const said = shown.map((track) =>
      track.source === "stale" ? `${track.label}: computing` : track.words,
    );
    canvas.setAttribute(
      "aria-label",
      `Paths on ${surface.name}, and their heights against the step. ${said.join(". ")}.`,
    );
    player.show(step, state.steps);
    showReasons(this.layout.reasons, [
      ...(surface.tape ? [] : [{ name: surface.name, reason: surface.reason || surface.problem }]),
      ...(schedule && !schedule.tape ? [schedule] : []),
      ...state.rules.flatMap((rule) =>
        rule.step && rule.init ? [] : [{ name: rule.label, reason: rule.reason }],
      ),
    ]);
    if (internals.open)
      numbers.replaceChildren(...shown.map((track) => makeTable(track, step, brief)));
    this.share(state);
  }

  /** Say what others can have of this figure. @param {State} state */
  share(state) {
    const { element, link, python } = this.layout.sharing;
    if (!element.open) return;
    put(python, pythonOf(state));
    if (!this.number) return;
    const said = addressOf(this.number, state, this.model.get("first"));
    const zoom = this.bounds === this.surface.bounds ? "" : `&zoom=${viewText(this.bounds)}`;
    link.href = `#${said}${zoom}${this.atlas.address(state)}`;
    put(link, link.href);
  }

  /** Show what an address says of the view and the maps. @param {URLSearchParams} said */
  follow(said) {
    this.atlas.follow(said, this.state.rules);
    this.look(viewOf(said.get("zoom")));
  }

  /**
   * Say what the figure waits for, if it does.
   *
   * @param {State} state
   * @param {Track[]} shown
   * @param {Surface} surface
   */
  ask(state, shown, surface) {
    const { start, steps, noise, seed, schedule, values } = state;
    const { busy } = this.layout;
    const waits = shown.some((track) => track.source === "stale");
    const asking = [surface.name, start, steps, noise, seed, schedule, values];
    const text = waits ? JSON.stringify(asking) : "";
    if (text !== this.question.text) {
      clearTimeout(this.question.timer);
      this.question = { text, since: performance.now(), timer: 0 };
      if (waits) this.question.timer = window.setTimeout(() => this.schedule(), PATIENCE + 50);
    }
    const late = performance.now() - this.question.since > PATIENCE;
    const asked = late
      ? "This needs Python: is a kernel running? Run the cell again."
      : "computing in Python…";
    put(busy, waits ? asked : surface.problem);
    busy.hidden = !busy.textContent;
    const panel = this.scene.surface;
    Object.assign(busy.style, {
      left: `${panel.x + 8}px`,
      top: `${panel.y + 8}px`,
      maxWidth: `${panel.w - 16}px`,
    });
  }

  /**
   * Tell tests what is drawn.
   *
   * @param {Surface} surface
   * @param {Track[]} tracks
   * @param {number} step
   */
  tell(surface, tracks, step) {
    const { surface: left, heights: right } = this.scene;
    this.drawn++;
    Object.assign(this.layout.canvas, {
      explorerState: {
        step,
        surface: surface.name,
        xs: left.xs,
        ys: left.ys,
        limits: right.ys,
        panels: [left, right],
        drawn: this.drawn,
        maps: this.atlas,
        computing: tracks.some((track) => track.shown && track.source === "stale"),
        words: tracks
          .filter((track) => track.shown)
          .map((track) => track.words)
          .join("\n"),
        tracks: tracks.map(({ label, shown, source, words, failed, x, f, parts }) => ({
          label,
          shown,
          source,
          words,
          failed,
          get x() {
            return Array.from(x);
          },
          get f() {
            return Array.from(f);
          },
          get parts() {
            return parts().map((part) => ({ ...part, values: Array.from(part.values) }));
          },
        })),
      },
    });
  }
}
