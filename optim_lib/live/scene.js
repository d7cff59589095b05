// What the canvas shows: the surface with its paths beside their heights against the step.

import { contourLevels, gridPoints, heightRange } from "./contours.js";
import { drawAxes, drawCursor, drawForces, drawPaper, drawTrack, drawWedge, heightMarks, holds, paintSurface, pointsOnHeights, pointsOnSurface } from "./draw.js";
import { replayLanes } from "./lanes.js";
import { numbersOf } from "./paths.js";
import { heightLimits, panelPlaces } from "./scales.js";

/** @typedef {import("./contours.js").Grid} Grid */
/** @typedef {import("./paths.js").Surface} Surface */
/** @typedef {import("./scales.js").Panel} Panel */
/** @typedef {import("./tracks.js").Track} Track */

/**
 * @typedef {object} View what is to be drawn
 * @property {Surface} surface
 * @property {Track[]} tracks
 * @property {[[number, number], [number, number]]} bounds of what is seen
 * @property {((ctx: CanvasRenderingContext2D, panel: Panel) => void) | null} under the paths
 * @property {number} step under the cursor
 * @property {number} last step
 * @property {boolean} forces whether to draw arrows
 * @property {number} width of the canvas
 * @property {number} room its height, if there is no need for more
 * @property {string} ink
 */

/**
 * @typedef {object} Backdrop a painted surface
 * @property {string} key its size and place, for which it was painted
 * @property {HTMLCanvasElement} canvas
 */

const GRID = 161; // heights along the longer side

/**
 * The heights of a surface: replayed within bounds, or as Python sent them.
 *
 * @param {Surface} surface
 * @param {Surface["bounds"]} bounds
 * @param {number} aspect
 * @returns {Grid}
 */
function surfaceGrid({ tape, heights }, bounds, aspect) {
  if (tape) {
    const { columns, rows, x, y } = gridPoints(bounds, aspect, GRID);
    return {
      columns,
      rows,
      heights: replayLanes({ ...tape, outputs: tape.outputs.slice(0, 1) }, [x, y])[0],
    };
  }
  if (heights)
    return { columns: heights.n, rows: heights.n, heights: numbersOf(heights.values, 4) };
  return { columns: 2, rows: 2, heights: [NaN, NaN, NaN, NaN] };
}

/** The canvas of a figure. */
export class Scene {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {WeakMap<Surface, Backdrop>} */
    this.backdrops = new WeakMap();
    /** @type {WeakMap<Surface, [number, number]>} */
    this.ranges = new WeakMap();
    /** @type {Panel} */
    const nowhere = { x: 0, y: 0, w: 0, h: 0, xs: [0, 1], ys: [0, 1] };
    this.surface = nowhere;
    this.heights = nowhere;
  }

  /**
   * The painted surface, painted anew when its size or the screen is another one.
   *
   * @param {Surface} surface
   * @param {number} dots
   */
  backdropOf(surface, dots) {
    const panel = this.surface;
    const bounds = /** @type {Surface["bounds"]} */ ([panel.xs, panel.ys]);
    const key = [panel.x, panel.y, panel.w, panel.h, dots, bounds].join();
    const known = this.backdrops.get(surface);
    if (known?.key === key) return known;
    const grid = surfaceGrid(surface, bounds, panel.w / panel.h);
    const levels = contourLevels(grid.heights, surface);
    const canvas = paintSurface(grid, levels, surface, panel, dots);
    const backdrop = { key, canvas };
    this.backdrops.set(surface, backdrop);
    return backdrop;
  }

  /**
   * The lowest and the highest height of the whole surface.
   *
   * @param {Surface} surface
   * @returns {[number, number]}
   */
  rangeOf(surface) {
    const known = this.ranges.get(surface);
    if (known) return known;
    const range = heightRange(surfaceGrid(surface, surface.bounds, 1).heights) ?? [0, 1];
    this.ranges.set(surface, range);
    return range;
  }

  /** @param {View} view */
  draw({ surface, bounds, tracks, under, step, last, forces, width, room, ink }) {
    const places = panelPlaces(width, room, surface.bounds);
    const dots = window.devicePixelRatio;
    this.surface = { ...places.surface, xs: bounds[0], ys: bounds[1] };
    const backdrop = this.backdropOf(surface, dots);
    const shown = tracks.filter((track) => track.shown && track.f.length);
    const log = surface.lowest !== null;
    const limits = heightLimits(
      log,
      this.rangeOf(surface),
      shown.map((track) => track.f),
    );
    this.heights = {
      ...places.heights,
      xs: /** @type {[number, number]} */ ([0, last]),
      ys: limits,
    };
    const ctx = this.prepare(width, places.height, dots);
    if (!ctx) return;

    const [left, right] = [this.surface, this.heights];
    ctx.drawImage(backdrop.canvas, left.x, left.y, left.w, left.h);
    under?.(ctx, left);
    drawAxes(ctx, ink, left, ["x", "y"], heightMarks(false, left.ys, left.h));
    const marks = heightMarks(log, limits, right.h);
    drawPaper(ctx, right, marks);
    drawAxes(ctx, ink, right, ["step", surface.lowest ? "f above the lowest" : "f"], marks);
    for (const track of shown) {
      const onSurface = pointsOnSurface(left, track);
      drawTrack(ctx, left, track, onSurface, step, 50);
      drawTrack(ctx, right, track, pointsOnHeights(right, track, log), step, 10);
      drawWedge(ctx, left, onSurface[step], track.rule.color);
    }
    drawCursor(ctx, right, step);
    if (forces) for (const track of shown) drawForces(ctx, left, track, step);
  }

  /**
   * An empty canvas of this size, in pixels.
   *
   * @param {number} width
   * @param {number} height
   * @param {number} dots
   */
  prepare(width, height, dots) {
    const { canvas } = this;
    const [across, down] = [Math.round(width * dots), Math.round(height * dots)];
    if (canvas.width !== across || canvas.height !== down)
      [canvas.width, canvas.height] = [across, down];
    canvas.style.height = `${height}px`;
    const ctx = canvas.getContext("2d");
    ctx?.setTransform(dots, 0, 0, dots, 0, 0);
    ctx?.clearRect(0, 0, width, height);
    return ctx;
  }

  /**
   * Where an event is on the canvas.
   *
   * @param {{clientX: number, clientY: number}} event
   * @returns {[number, number]}
   */
  at({ clientX, clientY }) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const scale = this.canvas.clientWidth / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  }

  /** @param {{clientX: number, clientY: number}} event */
  onSurface(event) {
    return holds(this.surface, ...this.at(event));
  }

  /** @param {MouseEvent} event */
  onHeights(event) {
    return holds(this.heights, ...this.at(event));
  }

  /**
   * The point of the plane under an event.
   *
   * @param {{clientX: number, clientY: number}} event
   * @returns {[number, number]}
   */
  pointAt(event) {
    const [px, py] = this.at(event);
    const { x, y, w, h, xs, ys } = this.surface;
    return [xs[0] + ((px - x) / w) * (xs[1] - xs[0]), ys[0] + ((y + h - py) / h) * (ys[1] - ys[0])];
  }

  /** The step under an event. @param {MouseEvent} event */
  stepAt(event) {
    const { x, w, xs } = this.heights;
    return ((this.at(event)[0] - x) / w) * xs[1];
  }
}
