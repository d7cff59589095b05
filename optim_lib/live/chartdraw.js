// The map of settings on its canvas: cells or a curve, axes on the scales of sliders, a legend.

import { FLOOR, FONT, heightMarks, placeOf } from "./draw.js";
import { CLEAR, LOST, cellPicture, heightColor } from "./mapcolors.js";
import { clamp, ticks } from "./scales.js";
import { cellAt } from "./survey.js";
import { brief } from "./words.js";

/** @typedef {import("./maps.js").Axis} Axis */
/** @typedef {import("./scales.js").Panel} Panel */
/** @typedef {import("./survey.js").Chart} Chart */
/** @typedef {CanvasRenderingContext2D} Context */

/**
 * @typedef {object} Heights how heights are told: by their logarithm, between two ends
 * @property {boolean} log
 * @property {[number, number]} limits
 * @property {number} zero what heights are counted from
 * @property {number} ceiling above which a descent counts as diverged
 * @property {string} name
 */

/**
 * @typedef {object} Plot what is to be drawn
 * @property {Chart} chart
 * @property {Axis} across
 * @property {Axis | null} up
 * @property {Heights} heights
 * @property {[number, number]} at where the present setting is, in parts of the sides
 * @property {string} ink
 */

const FRAME = "#8895a2";
const LEGEND = 16; // pixels: the width of the bar of colours

/**
 * Where a height is between the ends, from 0 to 1 and beyond.
 *
 * @param {number} f
 * @param {Heights} heights
 */
export function partOf(f, { log, limits: [low, high], zero }) {
  const value = log ? Math.log10(Math.max(f - zero, FLOOR)) : f;
  return (value - low) / (high - low);
}

/**
 * Places along an axis with the values that stand there.
 *
 * @param {Axis} axis
 * @param {number} length in pixels
 * @returns {[number, string][]}
 */
export function axisMarks({ kind, scale: { stops, place } }, length) {
  const [low, high] = [stops[0], stops[stops.length - 1]];
  let values = [0, 0.9, 0.99, 0.999, 0.9999];
  if (kind === "linear") values = ticks(low, high, length / 60);
  else if (kind === "log") {
    const [first, last] = [low || stops[1], high].map(Math.log10);
    const gap = Math.max(1, Math.ceil((last - first) / (length / 44)));
    values = low ? [] : [0];
    for (let e = Math.ceil(first - 1e-9); e <= last + 1e-9; e += gap) values.push(10 ** e);
  }
  const inside = values.filter((v) => v >= low && v <= high);
  return inside.map((v) => [place(v), v && v < 1e-4 ? v.toExponential(0) : brief(v)]);
}

/**
 * Where the map is on a canvas of this size.
 *
 * @param {number} width
 * @param {number} height
 * @param {Heights} heights
 * @param {boolean} legend whether it needs room for a legend
 * @returns {Panel}
 */
export const chartPanel = (width, height, { limits }, legend) => ({
  x: 58,
  y: 8,
  w: Math.max(40, width - 58 - (legend ? 88 : 14)),
  h: height - 8 - 38,
  xs: [0, 1],
  ys: limits,
});

/**
 * A picture of what is known of a chart.
 *
 * @param {number} width in pixels of the page
 * @param {number} height
 * @param {Chart} chart
 * @param {(cell: number) => import("./mapcolors.js").Look} lookAt
 */
export function chartPicture(width, height, { columns, rows, stride }, lookAt) {
  const [across, up] = [columns, rows].map((cells) => Math.ceil(cells / stride));
  return cellPicture(width, height, across, up, (column, row) =>
    lookAt(stride * (row * columns + column)),
  );
}

/** @param {Context} ctx @param {Panel} panel @param {Plot} plot */
function drawCells(ctx, { x, y, w, h }, { chart, heights }) {
  const picture = chartPicture(w, h, chart, (cell) => {
    const height = chart.f[cell];
    if (!(height <= heights.ceiling)) return LOST;
    return { color: heightColor(partOf(height, heights)), pattern: 0 };
  });
  ctx.drawImage(picture, x, y, w, h);
}

/** @param {Context} ctx @param {Panel} panel @param {Plot} plot */
function drawCurve(ctx, panel, { chart, heights }) {
  const { x, y, w, h } = panel;
  const { columns, f } = chart;
  const lost = (/** @type {number} */ column) =>
    !(f[cellAt(chart, column, 0)] <= heights.ceiling);
  const paper = chartPicture(w, h, chart, (column) => (lost(column) ? LOST : CLEAR));
  ctx.drawImage(paper, x, y, w, h);
  ctx.beginPath();
  for (let i = 0, last = true; i < columns; i += chart.stride) {
    const part = clamp(partOf(f[i], heights), 0, 1);
    const [px, py] = [x + ((i + 0.5) / columns) * w, y + h * (1 - part)];
    if (!lost(i)) ctx[last ? "moveTo" : "lineTo"](px, py);
    last = lost(i);
  }
  [ctx.strokeStyle, ctx.lineWidth, ctx.lineJoin] = ["#31688e", 2, "round"];
  ctx.stroke();
}

/**
 * The bar of colours and the hatch, with what they mean.
 *
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {Heights} heights
 * @param {string} ink
 */
function drawLegend(ctx, { x, y, w, h }, heights, ink) {
  const [left, bar] = [x + w + 12, h - 30];
  const range = { x: left, y, w: LEGEND, h: bar, xs: /** @type {[number, number]} */ ([0, 1]) };
  const panel = { ...range, ys: heights.limits };
  const colors = cellPicture(LEGEND, bar, 1, 64, (_, row) => ({
    color: heightColor((row + 0.5) / 64),
    pattern: 0,
  }));
  ctx.drawImage(colors, left, y, LEGEND, bar);
  ctx.drawImage(
    cellPicture(LEGEND, 16, 1, 1, () => LOST),
    left,
    y + h - 16,
    LEGEND,
    16,
  );
  ctx.strokeStyle = FRAME;
  ctx.strokeRect(left, y, LEGEND, bar);
  ctx.strokeRect(left, y + h - 16, LEGEND, 16);
  [ctx.fillStyle, ctx.textAlign, ctx.textBaseline] = [ink, "left", "middle"];
  for (const [v, label] of heightMarks(heights.log, heights.limits, bar))
    ctx.fillText(label, left + LEGEND + 4, clamp(placeOf(panel, 0, v)[1], y + 5, y + bar - 4));
  ctx.fillText("diverges", left + LEGEND + 4, y + h - 8);
}

/**
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {Plot} plot
 */
function drawSides(ctx, panel, { across, up, heights, ink }) {
  const { x, y, w, h } = panel;
  [ctx.fillStyle, ctx.textAlign, ctx.textBaseline] = [ink, "center", "middle"];
  for (const [place, label] of axisMarks(across, w)) ctx.fillText(label, x + place * w, y + h + 11);
  ctx.fillText(across.name, x + w / 2, y + h + 27);
  ctx.textAlign = "right";
  /** @type {[number, string][]} */
  const marks = up
    ? axisMarks(up, h)
    : heightMarks(heights.log, heights.limits, h).map(([v, label]) => [
        1 - (placeOf(panel, 0, v)[1] - y) / h,
        label,
      ]);
  for (const [place, label] of marks) ctx.fillText(label, x - 6, y + h * (1 - place));
  ctx.save();
  ctx.textAlign = "center";
  ctx.translate(x - 50, y + h / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.fillText(up ? up.name : heights.name, 0, 0);
  ctx.restore();
  ctx.strokeStyle = FRAME;
  ctx.strokeRect(x, y, w, h);
}

/**
 * A cross over a map, or a line over a curve: the present setting.
 *
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {Plot} plot
 */
function drawPresent(ctx, { x, y, w, h }, { up, at }) {
  const [px, py] = [x + at[0] * w, y + h * (1 - at[1])];
  for (const [style, width] of /** @type {[string, number][]} */ ([
    ["#fff", 5],
    ["#111", 2],
  ])) {
    [ctx.strokeStyle, ctx.lineWidth] = [style, width];
    ctx.beginPath();
    ctx.moveTo(px, up ? py - 9 : y);
    ctx.lineTo(px, up ? py + 9 : y + h);
    if (up) {
      ctx.moveTo(px - 9, py);
      ctx.lineTo(px + 9, py);
    }
    ctx.stroke();
  }
}

/**
 * Draw a map of settings.
 *
 * @param {Context} ctx
 * @param {Panel} panel
 * @param {Plot} plot
 */
export function drawChart(ctx, panel, plot) {
  [ctx.font, ctx.lineWidth] = [FONT, 1];
  if (plot.up) {
    drawCells(ctx, panel, plot);
    drawLegend(ctx, panel, plot.heights, plot.ink);
  } else drawCurve(ctx, panel, plot);
  ctx.lineWidth = 1;
  drawSides(ctx, panel, plot);
  drawPresent(ctx, panel, plot);
}
