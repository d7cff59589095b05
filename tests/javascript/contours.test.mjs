// Contours of heights of every kind; none may throw.

import assert from "node:assert/strict";
import { test } from "node:test";

import { HOLE_BAND, bandImage, contourLevels, contourLines, gridPoints, heightRange } from "../../optim_lib/live/contours.js";

/** @param {(x: number, y: number) => number} f */
function gridOf(f, longer = 41) {
  const { columns, rows, x, y } = gridPoints(
    [
      [-2, 2],
      [-1, 1],
    ],
    2,
    longer,
  );
  return { columns, rows, heights: x.map((v, i) => f(v, y[i])) };
}

/** @param {object} changes @returns {any} */
const surfaceWith = (changes) => ({ minima: [], lowest: null, ...changes });

test("a grid has cells that are about square and reaches the ends", () => {
  const { columns, rows, x, y } = gridPoints(
    [
      [-8, 8],
      [-3, 3],
    ],
    16 / 6,
    121,
  );
  assert.deepEqual(
    [columns, rows, x[0], x[columns - 1], y[0], y[y.length - 1]],
    [121, 45, -8, 8, -3, 3],
  );
  assert.equal(
    gridPoints(
      [
        [0, 1],
        [0, 4],
      ],
      0.5,
      100,
    ).columns,
    50,
  );
});

test("a picture of bands counts the levels that each pixel has reached, y upwards", () => {
  const grid = gridOf((x, y) => x + 10 * y);
  const [width, height] = [30, 20];
  const levels = [-8, -1, 0.5, 4];
  const image = bandImage(grid, levels, width, height);
  for (let py = 0; py < height; py++) {
    for (let px = 0; px < width; px++) {
      const [x, y] = [-2 + (4 * (px + 0.5)) / width, 1 - (2 * (py + 0.5)) / height];
      assert.equal(image[py * width + px], levels.filter((level) => level <= x + 10 * y).length);
    }
  }
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
  assert.equal(
    contourLines(
      gridOf((x, y) => x * y, 40),
      0.1,
    ).length,
    2,
  ); // two branches
});

test("levels are even in the logarithm around few known minima, else in height", () => {
  const bowl = gridOf((x, y) => x * x + y * y);
  const levels = contourLevels(bowl.heights, surfaceWith({ minima: [[0, 0]], lowest: 0 }));
  assert.ok(levels.length >= 15);
  assert.ok(Math.abs(levels[3] / levels[2] - levels[9] / levels[8]) < 1e-9);
  const even = contourLevels(bowl.heights, surfaceWith({}));
  assert.ok(Math.abs(even[3] - even[2] - (even[9] - even[8])) < 1e-9);
  assert.equal(
    contourLevels(bowl.heights, surfaceWith({ minima: Array(5).fill([0, 0]), lowest: 0 })).length,
    22,
  );
});

test("no heights make it fail", () => {
  /** @type {((x: number, y: number) => number)[]} */
  const kinds = [
    () => NaN,
    () => Infinity,
    () => 3,
    () => 0,
    () => 1e300,
    (x) => (x > 0 ? NaN : x),
    (x) => 1 / (x * x),
    (x) => Math.log(x),
    (x, y) => 1e300 * x * y,
    (x) => 1.7e308 * Math.sign(x),
    (x) => 5e-324 * Math.round(3 * x),
    (x, y) => (x > 1 ? Infinity : y),
    (x) => (Math.abs(x) < 0.01 ? 1e300 : x),
  ];
  for (const f of kinds) {
    for (const known of [
      surfaceWith({}),
      surfaceWith({ minima: [[0, 0]], lowest: 0 }),
      surfaceWith({ minima: [[0, 0]], lowest: 1e308 }),
    ]) {
      const grid = gridOf(f);
      const levels = contourLevels(grid.heights, known);
      assert.ok(
        levels.every((level, i) => Number.isFinite(level) && (!i || level > levels[i - 1])),
        String(f),
      );
      assert.ok(
        bandImage(grid, levels, 20, 10).every(
          (band) => band <= levels.length || band === HOLE_BAND,
        ),
        String(f),
      );
      for (const level of levels)
        assert.ok(
          contourLines(grid, level)
            .flat()
            .every((v) => v >= 0 && v <= grid.columns),
          String(f),
        );
    }
  }
});

test("heights that are not finite are holes, and left out of the range", () => {
  const grid = gridOf((x, y) => (x > 0 ? NaN : y));
  const image = bandImage(grid, [0], 40, 20);
  for (let i = 0; i < image.length; i++)
    assert.equal(image[i] === HOLE_BAND, i % 40 >= 20, String(i));
  assert.deepEqual(heightRange(grid.heights), [-1, 1]);
  assert.equal(heightRange([NaN, Infinity]), null);
});
