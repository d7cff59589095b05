// The canvas: contours, paths, heights against the step, arrows.

import { HOLE_BAND, bandImage, contourLines } from "./contours.js";
import { clamp, ticks } from "./scales.js";
import { brief, powerOfTen } from "./words.js";

/** @typedef {import("./contours.js").Grid} Grid */
/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./paths.js").Surface} Surface */
/** @typedef {import("./scales.js").Panel} Panel */
/** @typedef {import("./tracks.js").Track} Track */
/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {[number, number]} Point */

/**
 * Lengths of dashes and gaps, by the name that Matplotlib gives a line.
 *
 * @type {Record<string, number[]>}
 */
export const DASHES = { "-": [], "--": [6, 3], ":": [2, 3], "-.": [7, 3, 2, 3] };
export const FLOOR = 1e-16; // heights below are rounding, and drawn at the lower edge

const FAR = 1e5; // pixels; further out a line looks the same
const MANY = 250; // points, which a thick line would smear
const SEEN = 0.5; // pixels; a shorter piece of a line is drawn with the next one
const PAPER = "#fbfcfd"; // light in every theme, since the first rule's line is black
const SLOPE = [
  [247, 249, 251],
  [203, 214, 224],
  [147, 167, 186],
]; // from low to high
const HOLE = [217, 212, 204]; // where the height is not a number
const CONTOUR = "rgb(77 99 119 / 60%)";
const KNOWN_POINT = "#33424f";
export const FONT = "12px sans-serif";

/**
 * Outlines of markers that are not round, by the name that Matplotlib gives them.
 *
 * @type {Record<string, Point[]>}
 */
const OUTLINES = {
  s: [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ],
  D: [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
  "^": [
    [0, -1.2],
    [1.2, 1],
    [-1.2, 1],
  ],
  v: [
    [0, 1.2],
    [1.2, -1],
    [-1.2, -1],
  ],
  "*": Array.from({ length: 10 }, (_, i) => [
    (i % 2 ? 0.6 : 1.4) * Math.sin((i * Math.PI) / 5),
    (i % 2 ? -0.6 : -1.4) * Math.cos((i * Math.PI) / 5),
  ]),
  P: [
    [-0.4, -1.2],
    [0.4, -1.2],
    [0.4, -0.4],
    [1.2, -0.4],
    [1.2, 0.4],
    [0.4, 0.4],
    [0.4, 1.2],
    [-0.4, 1.2],
    [-0.4, 0.4],
    [-1.2, 0.4],
    [-1.2, -0.4],
    [-0.4, -0.4],
  ],
  X: [
    [-1.2, -0.6],
    [-0.6, -1.2],
    [0, -0.6],
    [0.6, -1.2],
    [1.2, -0.6],
    [0.6, 0],
    [1.2, 0.6],
    [0.6, 1.2],
    [0, 0.6],
    [-0.6, 1.2],
    [-1.2, 0.6],
    [-0.6, 0],
  ],
};

/**
 * Where a value of x stands in a panel, in pixels.
 *
 * @param {Panel} panel
 * @param {number} v
 */
const acrossOf = ({ x, w, xs: [a, b] }, v) => clamp(x + ((v - a) / (b - a)) * w, -FAR, FAR);

/**
 * Where a value of y stands in a panel, in pixels.
 *
 * @param {Panel} panel
 * @param {number} v
 */
const downOf = ({ y, h, ys: [a, b] }, v) =>
  clamp(y + h - ((v - a) / (b - a)) * h, -FAR, FAR);

/**
 * Where a point stands in a panel, in pixels.
 *
 * @param {Panel} panel
 * @param {number} x
 * @param {number} y
 * @returns {Point}
 */
export const placeOf = (panel, x, y) => [acrossOf(panel, x), downOf(panel, y)];

/**
 * @param {Panel} panel
 * @param {number} px
 * @param {number} py
 */
export const holds = ({ x, y, w, h }, px, py) => px >= x && px <= x + w && py >= y && py <= y + h;

/**
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {() => void} action
 */
function clipped(ctx, { x, y, w, h }, action) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
  action();
  ctx.restore();
}

/**
 * Fill markers at points, all at once; what is not a number is left out.
 *
 * @param {Context} ctx
 * @param {string} kind
 * @param {Point[]} places
 * @param {number} r
 */
function fillMarkers(ctx, kind, places, r) {
  const outline = OUTLINES[kind];
  ctx.beginPath();
  for (const [x, y] of places) {
    if (Number.isNaN(x + y)) continue;
    if (outline) {
      ctx.moveTo(x + outline[0][0] * r, y + outline[0][1] * r);
      for (const [a, b] of outline) ctx.lineTo(x + a * r, y + b * r);
    } else {
      ctx.moveTo(x + r, y);
      ctx.arc(x, y, r, 0, 2 * Math.PI);
    }
    ctx.closePath();
  }
  ctx.fill();
}

// The surface

/**
 * The colour of a height, from 0 for the lowest to 1.
 *
 * @param {number} depth
 */
function slopeColor(depth) {
  const i = Math.min(Math.floor(2 * depth), 1);
  const t = 2 * depth - i;
  return SLOPE[i].map((c, k) => Math.round(c + t * (SLOPE[i + 1][k] - c)));
}

/**
 * Paint the heights of a surface, as bands with thin lines between them.
 *
 * @param {Context} ctx
 * @param {Grid} grid
 * @param {number[]} levels
 * @param {number} dots the width of a line
 */
function paintHeights(ctx, grid, levels, dots) {
  const { width, height } = ctx.canvas;
  const colors = Array.from({ length: levels.length + 1 }, (_, i) =>
    slopeColor(i / Math.max(1, levels.length)),
  );
  const picture = ctx.createImageData(width, height);
  bandImage(grid, levels, width, height).forEach((band, i) => {
    const [red, green, blue] = band === HOLE_BAND ? HOLE : colors[band];
    picture.data[4 * i] = red;
    picture.data[4 * i + 1] = green;
    picture.data[4 * i + 2] = blue;
    picture.data[4 * i + 3] = 255;
  });
  ctx.putImageData(picture, 0, 0);
  const [sx, sy] = [width / (grid.columns - 1), height / (grid.rows - 1)];
  ctx.beginPath();
  for (const level of levels) {
    for (const line of contourLines(grid, level)) {
      ctx.moveTo(sx * line[0], height - sy * line[1]);
      for (let k = 2; k < line.length; k += 2) ctx.lineTo(sx * line[k], height - sy * line[k + 1]);
    }
  }
  [ctx.strokeStyle, ctx.lineWidth, ctx.lineJoin] = [CONTOUR, 0.6 * dots, "round"];
  ctx.stroke();
}

/**
 * Paint a surface once: its heights, its minima as stars, its saddles as crosses.
 *
 * @param {Grid} grid
 * @param {number[]} levels
 * @param {Surface} surface
 * @param {Panel} panel
 * @param {number} dots of the screen for each pixel
 */
export function paintSurface(grid, levels, { minima, saddles }, panel, dots) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(panel.w * dots));
  canvas.height = Math.max(1, Math.round(panel.h * dots));
  const ctx = canvas.getContext("2d");
  if (!ctx) return canvas;
  paintHeights(ctx, grid, levels, dots);
  ctx.setTransform(dots, 0, 0, dots, -panel.x * dots, -panel.y * dots);
  [ctx.fillStyle, ctx.strokeStyle, ctx.lineWidth] = [KNOWN_POINT, KNOWN_POINT, 1.5];
  const small = minima.length > 4 ? 0.6 : 1;
  const stars = minima.map(([x, y]) => placeOf(panel, x, y));
  fillMarkers(ctx, "*", stars, 5 * small);
  const r = 3.5 * small;
  for (const [x, y] of saddles) {
    const [px, py] = placeOf(panel, x, y);
    ctx.beginPath();
    for (const side of [r, -r]) {
      ctx.moveTo(px - r, py - side);
      ctx.lineTo(px + r, py + side);
    }
    ctx.stroke();
  }
  return canvas;
}

// Axes

/**
 * The marks of an axis of heights.
 *
 * @param {boolean} log
 * @param {[number, number]} limits
 * @param {number} length in pixels
 * @returns {[number, string][]}
 */
export function heightMarks(log, [low, high], length) {
  const most = Math.max(2, Math.floor(length / 34));
  if (!log) return ticks(low, high, Math.min(5, most)).map((v) => [v, brief(v).replace("e+", "e")]);
  const gap = Math.ceil((high - low) / Math.min(6, most));
  return Array.from({ length: Math.floor((high - low) / gap) + 1 }, (_, i) => [
    low + i * gap,
    powerOfTen(low + i * gap),
  ]);
}

/**
 * @param {Context} ctx
 * @param {string} ink
 * @param {Panel} panel
 * @param {[string, string]} names of x and y
 * @param {[number, string][]} marks along y
 */
export function drawAxes(ctx, ink, panel, [xName, yName], marks) {
  const { x, y, w, h } = panel;
  [ctx.fillStyle, ctx.lineWidth, ctx.textBaseline, ctx.font] = [ink, 1, "middle", FONT];
  ctx.textAlign = "center";
  const across = ticks(...panel.xs, w / 60).filter((v) => xName !== "step" || Number.isInteger(v));
  for (const v of across) ctx.fillText(brief(v), acrossOf(panel, v), y + h + 11);
  ctx.fillText(xName, x + w / 2, y + h + 27);
  ctx.textAlign = "right";
  for (const [v, label] of marks) ctx.fillText(label, x - 6, downOf(panel, v));
  const widest = Math.max(0, ...marks.map(([, label]) => ctx.measureText(label).width));
  ctx.save();
  ctx.textAlign = "center";
  ctx.translate(x - Math.max(42, Math.min(widest + 14, 56)), y + h / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.fillText(yName, 0, 0);
  ctx.restore();
  ctx.strokeStyle = "#8895a2";
  ctx.strokeRect(x, y, w, h);
}

/**
 * Paint the paper below the heights, with a thin line for each mark.
 *
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {[number, string][]} marks
 */
export function drawPaper(ctx, panel, marks) {
  const { x, y, w, h } = panel;
  ctx.fillStyle = PAPER;
  ctx.fillRect(x, y, w, h);
  [ctx.strokeStyle, ctx.lineWidth] = ["#e2e6ea", 1];
  ctx.beginPath();
  for (const [v] of marks) {
    ctx.moveTo(x, downOf(panel, v));
    ctx.lineTo(x + w, downOf(panel, v));
  }
  ctx.stroke();
}

// Paths

/**
 * A line through points in pixels, broken where a coordinate is not a number, with markers.
 *
 * @param {Context} ctx
 * @param {Point[]} points
 * @param {Rule} rule
 * @param {number} every how many points a marker stands
 */
function trace(ctx, points, { color, marker, line }, every) {
  ctx.strokeStyle = ctx.fillStyle = color;
  ctx.setLineDash(DASHES[line] ?? []);
  ctx.beginPath();
  const last = points[points.length - 1];
  /** @type {Point | null} where the line has come to */
  let from = null;
  for (const point of points) {
    const [x, y] = point;
    if (Number.isNaN(x + y)) from = null;
    else if (!from || point === last || Math.abs(x - from[0]) + Math.abs(y - from[1]) >= SEEN) {
      if (from) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
      from = point;
    }
  }
  ctx.stroke();
  ctx.setLineDash([]);
  fillMarkers(ctx, marker, points.filter((_, i) => i % every === 0), 2.1);
}

/**
 * The points of a track in a panel of the surface.
 *
 * @param {Panel} panel
 * @param {Track} track
 * @returns {Point[]}
 */
export function pointsOnSurface(panel, { x, f }) {
  return Array.from(f, (_, i) => placeOf(panel, x[2 * i], x[2 * i + 1]));
}

/**
 * The points of a track in a panel of heights.
 *
 * @param {Panel} panel
 * @param {Track} track
 * @param {boolean} log
 * @returns {Point[]}
 */
export function pointsOnHeights(panel, { f }, log) {
  return Array.from(f, (v, i) => placeOf(panel, i, log ? Math.log10(Math.max(v, FLOOR)) : v));
}

/**
 * Draw a track up to a step in full, and faintly what lies behind it.
 *
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {Track} track
 * @param {Point[]} points
 * @param {number} t
 * @param {number} markers about how many
 */
export function drawTrack(ctx, panel, { rule, source }, points, t, markers) {
  if (!points.length) return;
  const here = Math.min(t, points.length - 1); // an old path may have fewer steps
  const stale = source === "stale";
  const every = Math.max(1, Math.floor(points.length / markers));
  clipped(ctx, panel, () => {
    [ctx.lineWidth, ctx.lineJoin] = [points.length > MANY ? 1 : 1.7, "round"];
    ctx.globalAlpha = stale ? 0.15 : 0.25;
    if (here < points.length - 1) trace(ctx, points, rule, every);
    ctx.globalAlpha = stale ? 0.25 : 1;
    trace(ctx, points.slice(0, here + 1), rule, every);
  });
  const [x, y] = points[here];
  if (!holds(panel, x, y)) return;
  ctx.globalAlpha = stale ? 0.25 : 1;
  ctx.fillStyle = rule.color;
  [ctx.strokeStyle, ctx.lineWidth] = ["#fff", 1.5];
  fillMarkers(ctx, rule.marker, [[x, y]], 4.5);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

/**
 * A wedge on the border of the surface that points to where a path has left.
 *
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {Point | undefined} place
 * @param {string} color
 */
export function drawWedge(ctx, panel, place, color) {
  if (!place || Number.isNaN(place[0] + place[1]) || holds(panel, ...place)) return;
  const [bx, by] = [
    clamp(place[0], panel.x + 9, panel.x + panel.w - 9),
    clamp(place[1], panel.y + 9, panel.y + panel.h - 9),
  ];
  ctx.save();
  ctx.translate(bx, by);
  ctx.rotate(Math.atan2(place[1] - by, place[0] - bx));
  ctx.fillStyle = color;
  ctx.beginPath();
  for (const [x, y] of [
    [8, 0],
    [-5, -6],
    [-5, 6],
  ])
    ctx.lineTo(x, y);
  ctx.fill();
  ctx.restore();
}

/**
 * The line of the step under the cursor.
 *
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {number} t
 */
export function drawCursor(ctx, panel, t) {
  [ctx.strokeStyle, ctx.lineWidth] = ["#555", 1];
  ctx.beginPath();
  ctx.moveTo(acrossOf(panel, t), panel.y);
  ctx.lineTo(acrossOf(panel, t), panel.y + panel.h);
  ctx.stroke();
}

// Arrows

/**
 * @param {Context} ctx
 * @param {Point} from
 * @param {Point} move
 * @param {string} label
 * @param {number} width
 * @param {number[]} dash
 */
function drawArrow(ctx, [x, y], [dx, dy], label, width, dash) {
  const [length, angle] = [Math.hypot(dx, dy), Math.atan2(dy, dx)];
  if (!(length > 2)) return;
  const tip = Math.min(9, length / 2);
  ctx.setLineDash(dash);
  for (const [style, extra] of /** @type {[string, number][]} */ ([
    ["#fff", 2.5],
    [ctx.fillStyle, 0],
  ])) {
    [ctx.strokeStyle, ctx.lineWidth] = [style, width + extra];
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x + dx, y + dy);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(x + dx, y + dy);
  for (const side of [2.7, -2.7])
    ctx.lineTo(x + dx + tip * Math.cos(angle + side), y + dy + tip * Math.sin(angle + side));
  ctx.fill();
  [ctx.font, ctx.textAlign, ctx.textBaseline] = [`bold ${FONT}`, "center", "middle"];
  [ctx.strokeStyle, ctx.lineWidth] = ["#fff", 3];
  const [tx, ty] = [x + dx + 12 * Math.cos(angle), y + dy + 12 * Math.sin(angle)];
  ctx.strokeText(label, tx, ty);
  ctx.fillText(label, tx, ty);
}

const ARROW = 52; // pixels of what shows a direction alone

/**
 * Draw what drives the step under the cursor: the step at its length, all else as a direction.
 *
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {Track} track
 * @param {number} t
 */
export function drawForces(ctx, panel, { rule, x, parts }, t) {
  const { w, h, xs, ys } = panel;
  const from = placeOf(panel, x[2 * t], x[2 * t + 1]);
  clipped(ctx, panel, () => {
    for (const { name, arrow, values } of parts().filter(
      (part) => part.arrow && part.width === 2,
    )) {
      const scale = [(arrow * w) / (xs[1] - xs[0]), (-arrow * h) / (ys[1] - ys[0])];
      let move = /** @type {Point} */ (
        [0, 1].map((i) => clamp(scale[i] * values[2 * t + i], -FAR, FAR))
      );
      if (name !== "step")
        move = /** @type {Point} */ (move.map((d) => (ARROW * d) / Math.hypot(...move)));
      ctx.fillStyle = rule.color;
      const sign = arrow < 0 ? "−" : "";
      drawArrow(
        ctx,
        from,
        move,
        sign + name,
        name === "step" ? 3 : 1.6,
        name === "g" ? [4, 3] : [],
      );
    }
  });
}
