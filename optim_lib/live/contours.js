// Heights on a grid -> levels -> bands and lines. Where a height is not finite there is a hole.

/** @typedef {import("./paths.js").Surface} Surface */

/**
 * @typedef {object} Grid heights, row after row; y grows with the rows
 * @property {number} columns
 * @property {number} rows
 * @property {ArrayLike<number>} heights
 */

const FEW = 4; // up to so many known minima, a landscape is read by its valleys, else as a map
const LOG_LEVELS = 16;
const EVEN_LEVELS = 22;

/**
 * `count` numbers from one end to the other, each at its own rounding and none beyond the numbers.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
const spread = (low, high, count) =>
  Float64Array.from(
    { length: count },
    (_, i) => low * (1 - i / (count - 1)) + high * (i / (count - 1)),
  );

/**
 * The points of a grid over bounds, about square cells, `longer` points along the longer side.
 *
 * @param {[[number, number], [number, number]]} bounds
 * @param {number} aspect width over height, as drawn
 * @param {number} longer
 */
export function gridPoints([[x0, x1], [y0, y1]], aspect, longer) {
  const columns = aspect >= 1 ? longer : Math.max(2, Math.round(longer * aspect));
  const rows = aspect >= 1 ? Math.max(2, Math.round(longer / aspect)) : longer;
  const [xs, ys] = [spread(x0, x1, columns), spread(y0, y1, rows)];
  const [x, y] = [new Float64Array(columns * rows), new Float64Array(columns * rows)];
  for (let i = 0; i < x.length; i++) [x[i], y[i]] = [xs[i % columns], ys[Math.floor(i / columns)]];
  return { columns, rows, x, y };
}

/**
 * The lowest and the highest of the finite heights, or null where there is none.
 *
 * @param {ArrayLike<number>} heights
 * @returns {[number, number] | null}
 */
export function heightRange(heights) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < heights.length; i++) {
    if (!Number.isFinite(heights[i])) continue;
    low = Math.min(low, heights[i]);
    high = Math.max(high, heights[i]);
  }
  return low <= high ? [low, high] : null;
}

/**
 * The heights of the contour lines: around up to four known minima even in the logarithm of the
 * height above the lowest, so that the floor of a valley shows; elsewhere even in height.
 *
 * @param {ArrayLike<number>} heights
 * @param {Surface} surface
 * @returns {number[]}
 */
export function contourLevels(heights, { minima, lowest }) {
  const range = heightRange(heights);
  if (!range || range[0] === range[1]) return [];
  const [low, high] = range;
  const known = minima.length >= 1 && minima.length <= FEW && lowest !== null;
  if (known) {
    const top = high - lowest;
    const above = Float64Array.from(heights, (f) => f - lowest).filter(Number.isFinite).sort();
    const bottom = Math.max(above[Math.floor(0.003 * (above.length - 1))], 1e-4 * top);
    if (bottom > 0 && bottom < top && Number.isFinite(top)) {
      const exponents = spread(Math.log(bottom), Math.log(top), LOG_LEVELS);
      return inside(
        Array.from(exponents, (e) => lowest + Math.exp(e)),
        low,
        high,
      );
    }
  }
  return inside(Array.from(spread(low, high, EVEN_LEVELS)), low, high);
}

/**
 * The levels in ascending order, each once; rounding may have made two of them one.
 *
 * @param {number[]} levels
 * @param {number} low
 * @param {number} high
 */
function inside(levels, low, high) {
  return levels.filter(
    (level, i) => level >= low && level <= high && (!i || level > levels[i - 1]),
  );
}

/**
 * The corners of a cell, counterclockwise, as offsets of column and row.
 */
const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

export const HOLE_BAND = 255;

/**
 * Which band each pixel of a picture is in: how many levels its height has reached. The height
 * between the points of the grid is interpolated; the top row has the largest y.
 *
 * @param {Grid} grid
 * @param {number[]} levels fewer than 255
 * @param {number} width in pixels
 * @param {number} height
 */
export function bandImage({ columns, rows, heights }, levels, width, height) {
  const image = new Uint8Array(width * height);
  const left = Int32Array.from({ length: width }, (_, px) =>
    Math.floor(((px + 0.5) / width) * (columns - 1)),
  );
  const part = Float64Array.from(
    { length: width },
    (_, px) => ((px + 0.5) / width) * (columns - 1) - left[px],
  );
  for (let py = 0; py < height; py++) {
    const v = (1 - (py + 0.5) / height) * (rows - 1);
    const row = Math.floor(v);
    const t = v - row;
    for (let px = 0; px < width; px++) {
      const s = part[px];
      const i = row * columns + left[px];
      const below = (1 - s) * heights[i] + s * heights[i + 1];
      const above = (1 - s) * heights[i + columns] + s * heights[i + columns + 1];
      image[py * width + px] = bandOf((1 - t) * below + t * above, levels);
    }
  }
  return image;
}

/**
 * How many levels a height has reached.
 *
 * @param {number} height
 * @param {number[]} levels
 */
function bandOf(height, levels) {
  if (!Number.isFinite(height)) return HOLE_BAND;
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (levels[middle] <= height) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The lowest and the highest corner of each cell, row after row; NaN where a corner is not finite.
 *
 * @param {Grid} grid
 * @returns {{low: Float64Array, high: Float64Array}}
 */
function cellRanges({ columns, rows, heights }) {
  const count = (columns - 1) * (rows - 1);
  const [low, high] = [new Float64Array(count), new Float64Array(count)];
  for (let cell = 0; cell < count; cell++) {
    const i = cell + Math.floor(cell / (columns - 1));
    const [a, b, c, d] = [
      heights[i],
      heights[i + 1],
      heights[i + columns],
      heights[i + columns + 1],
    ];
    const known =
      Number.isFinite(a) && Number.isFinite(b) && Number.isFinite(c) && Number.isFinite(d);
    low[cell] = known ? Math.min(a, b, c, d) : NaN;
    high[cell] = known ? Math.max(a, b, c, d) : NaN;
  }
  return { low, high };
}

/** @type {WeakMap<Grid, ReturnType<typeof cellRanges>>} */
const ranges = new WeakMap();

/**
 * Call back for each cell that a level crosses, with its corners.
 *
 * @param {Grid} grid
 * @param {number} level
 * @param {(column: number, row: number, corners: number[]) => void} action
 */
function eachCrossed(grid, level, action) {
  const { columns, heights } = grid;
  const { low, high } = ranges.get(grid) ?? cellRanges(grid);
  ranges.set(grid, { low, high });
  for (let cell = 0; cell < low.length; cell++) {
    if (!(high[cell] >= level && low[cell] < level)) continue;
    const row = Math.floor(cell / (columns - 1));
    const i = cell + row;
    action(i - row * columns, row, [
      heights[i],
      heights[i + 1],
      heights[i + columns + 1],
      heights[i + columns],
    ]);
  }
}

/**
 * Where a level crosses the side from one corner to the next, in columns and rows.
 *
 * @param {number[]} corners
 * @param {number} k
 * @param {number} level
 * @returns {[number, number]}
 */
function crossing(corners, k, level) {
  const [a, b] = [corners[k], corners[(k + 1) % 4]];
  const scale = Math.max(Math.abs(a), Math.abs(b), 1e-300); // else b - a may be infinite
  const t = (level / scale - a / scale) / (b / scale - a / scale);
  const [[xa, ya], [xb, yb]] = [CORNERS[k], CORNERS[(k + 1) % 4]];
  return [xa + t * (xb - xa), ya + t * (yb - ya)];
}

/**
 * @typedef {object} Crossing of a level and a side of a cell
 * @property {number} x in columns
 * @property {number} y in rows
 * @property {number[]} next the sides that the line goes on to, by number; up to two
 */

/**
 * Where a level crosses the sides of cells, by the number of the side.
 *
 * @param {Grid} grid
 * @param {number} level
 * @returns {Map<number, Crossing>}
 */
function crossings(grid, level) {
  /** @type {Map<number, Crossing>} */
  const found = new Map();
  eachCrossed(grid, level, (column, row, corners) => {
    /** @type {number[]} */
    const sides = [];
    for (let k = 0; k < 4; k++) {
      if (corners[k] >= level === corners[(k + 1) % 4] >= level) continue;
      const corner = (row + (k === 2 ? 1 : 0)) * grid.columns + column + (k === 1 ? 1 : 0);
      const side = 2 * corner + (k % 2); // even numbers lie along x
      sides.push(side);
      if (found.has(side)) continue;
      const [x, y] = crossing(corners, k, level);
      found.set(side, { x: column + x, y: row + y, next: [] });
    }
    for (let i = 0; i < sides.length; i += 2) {
      // four sides, in a cell like a saddle, are two lines
      found.get(sides[i])?.next.push(sides[i + 1]);
      found.get(sides[i + 1])?.next.push(sides[i]);
    }
  });
  return found;
}

/**
 * The contour lines of a level in columns and rows, each x, y, x, y, ...
 * A ring ends where it began.
 *
 * @param {Grid} grid
 * @param {number} level
 * @returns {number[][]}
 */
export function contourLines(grid, level) {
  const left = crossings(grid, level);
  /** @type {number[][]} */
  const lines = [];
  /** @param {number} side */
  const follow = (side) => {
    /** @type {number[]} */
    const line = [];
    for (let here = left.get(side); here; here = left.get(side)) {
      line.push(here.x, here.y);
      left.delete(side);
      side = here.next.find((next) => left.has(next)) ?? -1;
    }
    return line;
  };
  for (const [side, { next }] of [...left])
    if (next.length === 1 && left.has(side)) lines.push(follow(side));
  for (const side of [...left.keys()]) {
    if (!left.has(side)) continue;
    const ring = follow(side);
    lines.push([...ring, ring[0], ring[1]]);
  }
  return lines;
}
