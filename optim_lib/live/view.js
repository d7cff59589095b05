// The part of a surface that is seen: zoomed by wheel, fingers, keys and buttons, moved by hand.

import { make, makeButton } from "./controls.js";
import { clamp } from "./scales.js";

/** @typedef {[[number, number], [number, number]]} Bounds */

const [NEAREST, FARTHEST] = [1e-4, 10]; // sizes of the view, in those of the whole
const STEP = 1.5; // by a button or a key
const PUSH = 0.1; // of the view, by an arrow key

/**
 * A view so many times as large, in which a point stays where it was in the picture.
 *
 * @param {Bounds} view
 * @param {Bounds} whole
 * @param {number} factor
 * @param {number[]} point
 * @returns {Bounds}
 */
export function zoomed(view, whole, factor, point) {
  const size = (view[0][1] - view[0][0]) / (whole[0][1] - whole[0][0]);
  const by = clamp(size * factor, NEAREST, FARTHEST) / size;
  const ends = view.map(([low, high], k) => {
    const at = clamp(point[k], low, high);
    return [at + by * (low - at), at + by * (high - at)];
  });
  return /** @type {Bounds} */ (ends);
}

/**
 * A view moved by parts of its size, as long as the whole is not lost from sight.
 *
 * @param {Bounds} view
 * @param {Bounds} whole
 * @param {number[]} parts
 * @returns {Bounds}
 */
export function moved(view, whole, parts) {
  const ends = view.map(([low, high], k) => {
    const by = parts[k] * (high - low);
    const middle = clamp((low + high) / 2 + by, ...whole[k]) - (low + high) / 2;
    return [low + middle, high + middle];
  });
  return /** @type {Bounds} */ (ends);
}

/**
 * A view as the part of an address, and back; null is the whole.
 *
 * @param {Bounds} view
 */
export const viewText = (view) => view.flat().map((end) => Number(end.toPrecision(8))).join(",");

/**
 * @param {string | null} text
 * @returns {Bounds | null}
 */
export function viewOf(text) {
  const ends = (text ?? "").split(",").map((part) => (part.trim() ? Number(part) : NaN));
  const [left, right, bottom, top] = ends;
  if (ends.length !== 4 || !ends.every(Number.isFinite)) return null;
  return left < right && bottom < top
    ? [
        [left, right],
        [bottom, top],
      ]
    : null;
}

/** @type {Record<string, [number, number]>} */
const PUSHES = {
  ArrowLeft: [-PUSH, 0],
  ArrowRight: [PUSH, 0],
  ArrowDown: [0, -PUSH],
  ArrowUp: [0, PUSH],
};

/**
 * @typedef {object} ViewActions
 * @property {(factor: number, event?: {clientX: number, clientY: number}) => void} zoom
 * @property {(parts: [number, number]) => void} move
 * @property {() => void} whole
 */

/**
 * Buttons for the view, which also take keys.
 *
 * @param {ViewActions} actions
 */
export function makeViewButtons({ zoom, move, whole }) {
  const nearer = makeButton("+", "+ zoom in", "Zoom in; arrow keys move the picture", () =>
    zoom(1 / STEP),
  );
  const farther = makeButton("−", "− zoom out", "Zoom out; arrow keys move the picture", () =>
    zoom(STEP),
  );
  const all = makeButton("Whole", "Whole surface", "Back to the whole surface", () => {
    whole();
    nearer.focus({ preventScroll: true }); // this button is about to go
  });
  const element = make(
    "div",
    { class: "optim-view", role: "group", "aria-label": "View of the surface" },
    nearer,
    farther,
    all,
  );
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      "+": () => zoom(1 / STEP),
      "=": () => zoom(1 / STEP),
      "-": () => zoom(STEP),
      0: whole,
    }[event.key];
    const push = PUSHES[event.key];
    if (!act && !push) return;
    event.preventDefault();
    event.stopPropagation();
    if (push) move(push);
    else act?.();
  });
  return { element, all };
}

/**
 * Let a hand zoom and move: the wheel with Ctrl, which is what a pinch on a touchpad sends, two
 * fingers, a drag with Ctrl. The plain wheel and one finger are left to the page.
 *
 * @param {HTMLElement} canvas
 * @param {(event: {clientX: number, clientY: number}) => boolean} onSurface
 * @param {() => {w: number, h: number}} size of the panel
 * @param {ViewActions} actions
 */
export function listenToView(canvas, onSurface, size, { zoom, move }) {
  /** @param {number} dx @param {number} dy */
  const drag = (dx, dy) => move([-dx / size().w, dy / size().h]);
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!(event.ctrlKey || event.metaKey) || !onSurface(event)) return;
      event.preventDefault();
      zoom(2 ** clamp(event.deltaY / (event.deltaMode ? 6 : 200), -1, 1), event);
    },
    { passive: false },
  );
  let [x, y, apart] = [0, 0, 0]; // where the hand was
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !(event.ctrlKey || event.metaKey) || !onSurface(event)) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    [x, y] = [event.clientX, event.clientY];
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId) || event.pointerType === "touch") return;
    drag(event.clientX - x, event.clientY - y);
    [x, y] = [event.clientX, event.clientY];
  });
  /** @param {TouchEvent} event */
  const fingers = (event) => {
    if (event.touches.length !== 2) return;
    const [one, other] = event.touches;
    const at = {
      clientX: (one.clientX + other.clientX) / 2,
      clientY: (one.clientY + other.clientY) / 2,
    };
    if (!onSurface(at)) return;
    event.preventDefault(); // else the page scrolls
    const now = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    if (event.type === "touchmove" && apart && now) {
      drag(at.clientX - x, at.clientY - y);
      zoom(apart / now, at);
    }
    [x, y, apart] = [at.clientX, at.clientY, now];
  };
  for (const type of /** @type {const} */ (["touchstart", "touchmove"]))
    canvas.addEventListener(type, fingers, { passive: false });
}
