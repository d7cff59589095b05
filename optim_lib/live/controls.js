// What a hand or a keyboard moves: sliders with typed numbers, switches, the start, the player.

import { DASHES } from "./draw.js";
import { nextStop, stopAt } from "./scales.js";
import { brief } from "./words.js";

/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./scales.js").Scale} Scale */

/**
 * @typedef {object} NumberOptions
 * @property {string} name what assistive tools call it
 * @property {(value: number) => void} choose
 * @property {(value: number) => string} [wrong] why a number cannot be taken, or ""
 * @property {(message: string) => void} say
 */

/**
 * @typedef {object} SliderOptions
 * @property {string} text what stands before it
 * @property {string} name what assistive tools call it
 * @property {(value: number) => void} choose
 * @property {(value: number) => string} wrong why a number cannot be taken, or ""
 * @property {(message: string) => void} say
 */

/** @typedef {(lowest: number, highest: number) => Scale} ScaleMaker reaching to what was typed */

const ACTIVE = ["a", "button", "input", "select", "summary"];

/**
 * An element with attributes and children. What takes keys keeps them from JupyterLab.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (ACTIVE.includes(tag) || "tabindex" in attributes)
    element.dataset.lmSuppressShortcuts = "true";
  element.append(...children);
  return element;
}

/**
 * Set the text of an element, if it is another one: a live region speaks up at each change.
 *
 * @param {Element} element
 * @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Take a key for a control: the notebook would move to another cell.
 *
 * @param {Event} event
 */
function keep(event) {
  event.preventDefault();
  event.stopPropagation();
}

/**
 * A number as one would type it.
 *
 * @param {number} value
 */
const typable = (value) =>
  value && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);

/**
 * A number that can be typed. What cannot be taken is refused, with the reason.
 *
 * @param {NumberOptions} options
 */
export function makeNumber({ name, choose, wrong = () => "", say }) {
  const element = make("input", { type: "number", step: "any", "aria-label": name });
  let shown = NaN;
  /** @param {number} value */
  const show = (value) => {
    if (value === shown) return; // else what is being typed would be lost
    shown = value;
    element.value = typable(value);
  };
  const take = () => {
    const value = element.value === "" ? NaN : Number(element.value);
    const reason = Number.isFinite(value) ? wrong(value) : "must be a number";
    if (reason) {
      say(
        `${name.replace(/, typed$/, "")} ${reason}` +
          (element.value && `; ${element.value} is not taken`),
      );
      element.value = typable(shown);
      return;
    }
    say("");
    if (value === shown) element.value = typable(value);
    else choose(value);
  };
  element.addEventListener("change", take);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") take();
    if (event.key.startsWith("Arrow")) event.stopPropagation();
  });
  return { element, show };
}

/** @type {Record<string, number>} */
const MOVES = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
};

/** A slider with a number that can be typed. A native slider tells its position, not its value. */
export class Slider {
  /** @param {SliderOptions} options */
  constructor({ text, name, choose, wrong, say }) {
    this.thumb = make("span", { class: "optim-thumb" });
    this.rail = make(
      "div",
      { class: "optim-rail", role: "slider", tabindex: 0, "aria-label": name },
      this.thumb,
    );
    this.number = makeNumber({
      name: `${name}, typed`,
      choose: (value) => this.choose(value),
      wrong,
      say,
    });
    this.label = make("span", { class: "optim-name", "aria-hidden": true }, text);
    this.element = make(
      "div",
      { class: "optim-slider" },
      this.label,
      this.rail,
      this.number.element,
    );
    this.tell = choose;
    this.value = NaN;
    this.reach = [NaN, NaN]; // what was typed beyond the ends
    this.key = ""; // of the scale; none yet
    /** @type {ScaleMaker} */
    this.scaleOf = () => ({ stops: [0], place: () => 0, value: () => 0 });
    this.scale = this.scaleOf(NaN, NaN);
    this.hold = { x: 0, place: 0 }; // where a hand began a finer movement
    this.listen();
  }

  /**
   * @param {string} text what stands before it
   * @param {string} name what assistive tools call it
   */
  rename(text, name) {
    put(this.label, text);
    this.rail.setAttribute("aria-label", name);
    this.number.element.setAttribute("aria-label", `${name}, typed`);
  }

  /**
   * Show a value. The scale is made anew where its key is another, or the value beyond its ends.
   *
   * @param {number} value
   * @param {string} key
   * @param {ScaleMaker} scaleOf
   */
  show(value, key, scaleOf) {
    const renewed = key !== this.key;
    if (value === this.value && !renewed) return;
    if (renewed) {
      [this.reach, this.key, this.scaleOf] = [[NaN, NaN], key, scaleOf];
      this.scale = scaleOf(NaN, NaN);
    }
    const { stops } = this.scale;
    const beyond = value > stops[stops.length - 1];
    if (beyond) this.reach[1] = value;
    else if (value < (stops[0] || stops[1]) && value !== 0) this.reach[0] = value;
    if (beyond || value === this.reach[0]) this.scale = this.scaleOf(this.reach[0], this.reach[1]);
    this.mark(value);
  }

  /** @param {number} value */
  mark(value) {
    this.value = value;
    const { stops, place } = this.scale;
    this.thumb.style.translate = `${100 * place(value)}cqi`;
    this.rail.setAttribute("aria-valuemin", String(Math.min(stops[0], value)));
    this.rail.setAttribute("aria-valuemax", String(Math.max(stops[stops.length - 1], value)));
    // Without an exponent, which is no number to ARIA.
    const digits = { useGrouping: false, maximumFractionDigits: 20 };
    this.rail.setAttribute("aria-valuenow", value.toLocaleString("en", digits));
    this.rail.setAttribute("aria-valuetext", brief(value));
    this.number.show(value);
  }

  /** @param {number} value */
  choose(value) {
    if (value === this.value) return;
    this.show(value, this.key, this.scaleOf); // at once, so that the next key finds it
    this.tell(value);
  }

  listen() {
    const { rail } = this;
    rail.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault(); // else the page selects text under the hand
      rail.focus();
      rail.setPointerCapture(event.pointerId);
      this.hold = { x: event.clientX, place: this.scale.place(this.value) };
      if (!event.shiftKey) this.follow(event);
    });
    rail.addEventListener(
      "pointermove",
      (event) => rail.hasPointerCapture(event.pointerId) && this.follow(event),
    );
    rail.addEventListener("keydown", (event) => {
      const { stops } = this.scale;
      /** @type {Record<string, number>} */
      const ends = { Home: stops[0], End: stops[stops.length - 1] };
      const move = MOVES[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey || !(move || event.key in ends)) return;
      keep(event);
      this.choose(move ? nextStop(this.scale, this.value, move, event.shiftKey) : ends[event.key]);
    });
  }

  /** @param {PointerEvent} event */
  follow({ clientX, shiftKey }) {
    const { left, width } = this.rail.getBoundingClientRect();
    if (shiftKey) {
      const place = this.hold.place + (clientX - this.hold.x) / width / 10;
      this.choose(this.scale.value(Math.min(Math.max(place, 0), 1)));
    } else {
      this.choose(stopAt(this.scale, (clientX - left) / width));
      this.hold = { x: clientX, place: this.scale.place(this.value) };
    }
  }
}

/**
 * A line as the paths of a rule have it, for the legend.
 *
 * @param {Rule} rule
 */
function legendLine({ color, line }) {
  const space = "http://www.w3.org/2000/svg";
  const [svg, path] = [
    document.createElementNS(space, "svg"),
    document.createElementNS(space, "path"),
  ];
  const look = {
    d: "M2 6H32",
    fill: "none",
    stroke: color,
    "stroke-width": "2.5",
    "stroke-dasharray": (DASHES[line] ?? []).join(" "),
  };
  for (const [name, value] of Object.entries({ width: "34", height: "12" }))
    svg.setAttribute(name, value);
  for (const [name, value] of Object.entries(look)) path.setAttribute(name, value);
  svg.append(path);
  return make("span", { class: "optim-legend", "aria-hidden": true }, /** @type {any} */ (svg));
}

/**
 * A checkbox that shows or hides a path, with the line that is its legend.
 *
 * @param {Rule} rule
 * @param {(shown: boolean) => void} choose
 */
export function makeSwitch(rule, choose) {
  const box = make("input", { type: "checkbox" });
  box.addEventListener("change", () => choose(box.checked));
  const element = make("label", { class: "optim-switch" }, box, legendLine(rule), rule.label);
  return { element, show: (/** @type {boolean} */ shown) => (box.checked = shown) };
}

/**
 * A menu of choices, known by their number.
 *
 * @param {string} text
 * @param {(choice: number) => void} choose
 */
export function makeMenu(text, choose) {
  const select = make("select", {});
  const element = make("label", { class: "optim-menu" }, text, select);
  select.addEventListener("change", () => choose(Number(select.value)));
  /** @param {string[]} names @param {number} chosen */
  const show = (names, chosen) => {
    if (
      names.some((name, i) => select.options[i]?.text !== name) ||
      names.length !== select.options.length
    )
      select.replaceChildren(...names.map((name, i) => make("option", { value: i }, name)));
    if (select.value !== String(chosen)) select.value = String(chosen);
  };
  return { element, show };
}

/**
 * @param {string} sign what is seen
 * @param {string} name what assistive tools call it: what is seen is part of it
 * @param {string} title
 * @param {() => void} press
 */
export function makeButton(sign, name, title, press) {
  const button = make("button", { type: "button" }, sign);
  if (title) button.title = title;
  if (name !== sign) button.setAttribute("aria-label", name);
  button.addEventListener("click", press);
  return button;
}

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

/**
 * The handle of the start, on the surface.
 *
 * @param {(event: PointerEvent) => void} follow a hand that holds it
 * @param {(dx: number, dy: number) => void} push it by hundredths of the picture
 */
export function makeStart(follow, push) {
  const element = make("div", {
    class: "optim-start",
    role: "slider",
    tabindex: 0,
    "aria-label": "Start",
    title: "Drag the start, click where it shall be, or use the arrow keys",
  });
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener(
    "pointermove",
    (event) => element.hasPointerCapture(event.pointerId) && follow(event),
  );
  element.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    keep(event);
    const size = event.shiftKey ? 0.1 : 1;
    push(size * way[0], size * way[1]);
  });
  return element;
}
