// Contours of heights of every kind; none may throw.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bandAbove, contourLevels, contourLines, gridPoints, heightRange } from "../../optim_lib/live/contours.js";

/** @param {(x: number, y: number) => number} f */
function gridOf(f, longer = 41) {
  const { columns, rows, x, y } = gridPoints([[-2, 2], [-1, 1]], 2, longer);
  return { columns, rows, heights: x.map((v, i) => f(v, y[i])) };
}

/** @param {object} changes @returns {any} */
const surfaceWith = (changes) => ({ minima: [], lowest: null, ...changes });

/** The area of polygons in cells. @param {number[][]} polygons */
const areaOf = (polygons) => polygons.reduce((sum, p) => {
  let area = 0;
  for (let i = 0; i < p.length; i += 2) {
    const k = (i + 2) % p.length;
    area += (p[i] * p[k + 1] - p[k] * p[i + 1]) / 2;
  }
  assert.ok(area > -1e-9); // all turn the same way, so that they fill as one
  return sum + area;
}, 0);

test("a grid has cells that are about square and reaches the ends", () => {
  const { columns, rows, x, y } = gridPoints([[-8, 8], [-3, 3]], 16 / 6, 121);
  assert.deepEqual([columns, rows, x[0], x[columns - 1], y[0], y[y.length - 1]], [121, 45, -8, 8, -3, 3]);
  assert.equal(gridPoints([[0, 1], [0, 4]], 0.5, 100).columns, 50);
});

test("the band above a level has the area of what is above it", () => {
  const grid = gridOf((x, y) => x + 0 * y);
  const all = (grid.columns - 1) * (grid.rows - 1);
  assert.ok(Math.abs(areaOf(bandAbove(grid, -Infinity)) - all) < 1e-9);
  assert.ok(Math.abs(areaOf(bandAbove(grid, 0.33)) - all * (2 - 0.33) / 4) < 1e-6);
  assert.equal(bandAbove(grid, 5).length, 0);
  assert.equal(bandAbove(grid, -Infinity).length, grid.rows - 1); // a rectangle for each row
});

test("a contour line is where the height is, in one piece", () => {
  const grid = gridOf((x, y) => x * x + 4 * y * y, 161);
  const lines = contourLines(grid, 0.5);
  assert.equal(lines.length, 1);
  const [line] = lines;
  assert.deepEqual(line.slice(0, 2), line.slice(-2)); // a ring
  for (let i = 0; i < line.length; i += 2) {
    const [x, y] = [(4 * line[i]) / 160 - 2, (2 * line[i + 1]) / (grid.rows - 1) - 1];
    assert.ok(Math.abs(x * x + 4 * y * y - 0.5) < 2e-3);
  }
  const slope = gridOf((x) => x);
  assert.equal(contourLines(slope, 0.33)[0].length, 2 * slope.rows); // from edge to edge, open
  assert.equal(contourLines(gridOf((x, y) => x * y, 40), 0.1).length, 2); // two branches
});

test("levels are even in the logarithm around few known minima, else in height", () => {
  const bowl = gridOf((x, y) => x * x + y * y);
  const levels = contourLevels(bowl.heights, surfaceWith({ minima: [[0, 0]], lowest: 0 }));
  assert.ok(levels.length >= 15);
  assert.ok(Math.abs(levels[3] / levels[2] - levels[9] / levels[8]) < 1e-9);
  const even = contourLevels(bowl.heights, surfaceWith({}));
  assert.ok(Math.abs(even[3] - even[2] - (even[9] - even[8])) < 1e-9);
  assert.equal(contourLevels(bowl.heights, surfaceWith({ minima: Array(5).fill([0, 0]), lowest: 0 })).length, 22);
});

test("no heights make it fail", () => {
  /** @type {((x: number, y: number) => number)[]} */
  const kinds = [
    () => NaN, () => Infinity, () => 3, () => 0, () => 1e300, (x) => (x > 0 ? NaN : x), (x) => 1 / (x * x), (x) => Math.log(x),
    (x, y) => 1e300 * x * y, (x) => 1.7e308 * Math.sign(x), (x) => 5e-324 * Math.round(3 * x), (x, y) => (x > 1 ? Infinity : y),
    (x) => (Math.abs(x) < 0.01 ? 1e300 : x),
  ];
  for (const f of kinds) {
    for (const known of [surfaceWith({}), surfaceWith({ minima: [[0, 0]], lowest: 0 }), surfaceWith({ minima: [[0, 0]], lowest: 1e308 })]) {
      const grid = gridOf(f);
      const levels = contourLevels(grid.heights, known);
      assert.ok(levels.every((level, i) => Number.isFinite(level) && (!i || level > levels[i - 1])), String(f));
      for (const level of [-Infinity, ...levels]) {
        const numbers = [...bandAbove(grid, level), ...contourLines(grid, level)].flat();
        assert.ok(numbers.every((v) => v >= 0 && v <= grid.columns), String(f));
      }
    }
  }
});

test("heights that are not finite are holes, and left out of the range", () => {
  const grid = gridOf((x, y) => (x > 0 ? NaN : y));
  assert.ok(areaOf(bandAbove(grid, -Infinity)) <= ((grid.columns - 1) / 2) * (grid.rows - 1));
  assert.deepEqual(heightRange(grid.heights), [-1, 1]);
  assert.equal(heightRange([NaN, Infinity]), null);
});
