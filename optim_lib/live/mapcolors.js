// The colours and patterns of maps. No two that stand for different things are told apart by hue
// alone: heights run from light to dark, the tints of minima differ in lightness or from yellow to
// blue, what diverges is hatched.

/** @typedef {[number, number, number]} Color */
/** @typedef {{color: Color, pattern: number}} Look of a cell */

/** Viridis, which is even to the eye, from its dark end: ten of its colours. @type {Color[]} */
const VIRIDIS = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37],
];

/** Of minima; they are laid over a surface that shows through. @type {Color[]} */
export const TINTS = [
  [255, 238, 150],
  [205, 232, 255],
  [252, 176, 120],
  [140, 172, 240],
];
export const PATTERNS = 5; // none, then stripes and dots

/** @type {Look} */
export const LOST = { color: [222, 218, 212], pattern: PATTERNS };
/** @type {Look} */
export const CLEAR = { color: [255, 255, 255], pattern: 0 };

const INK = 0.62; // what of the light a pattern leaves

/**
 * The look of a minimum, by its number.
 *
 * @param {number} i
 * @returns {Look}
 */
export const lookOfMinimum = (i) => ({
  color: TINTS[i % TINTS.length],
  pattern: Math.floor(i / TINTS.length) % PATTERNS,
});

/**
 * The colour of a height, from 0 for the lowest, which is light, to 1.
 *
 * @param {number} part
 * @returns {Color}
 */
export function heightColor(part) {
  const place = (1 - Math.min(Math.max(part, 0), 1)) * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const [from, to] = [VIRIDIS[i], VIRIDIS[i + 1]];
  const mixed = from.map((c, k) => Math.round(c + (place - i) * (to[k] - c)));
  return /** @type {Color} */ (mixed);
}

/**
 * A pixel as pictures hold it: four bytes, the first of them the lowest.
 *
 * @param {Color} color
 * @param {number} light
 */
const pixelOf = ([red, green, blue], light) =>
  (0xff << 24) | ((light * blue) << 16) | ((light * green) << 8) | (light * red);

/**
 * Whether a pattern has ink at a pixel.
 *
 * @param {number} pattern
 * @param {number} x
 * @param {number} y
 */
function inked(pattern, x, y) {
  if (!pattern) return false;
  if (pattern === 1) return (x + y) % 9 < 1;
  if (pattern === 2) return (x - y + 9000) % 9 < 1;
  if (pattern === 3) return x % 8 < 2 && y % 8 < 2;
  if (pattern === 4) return y % 8 < 1;
  return (x + y) % 5 < 1; // what diverges: a close hatch
}

/**
 * Paint a picture of cells. The lowest row of cells is at the bottom.
 *
 * @param {CanvasRenderingContext2D} ctx of a canvas to fill
 * @param {number} columns
 * @param {number} rows
 * @param {(column: number, row: number) => Look} look
 * @param {number} dots of the screen for each pixel of the page
 */
export function paintCells(ctx, columns, rows, look, dots) {
  const { width, height } = ctx.canvas;
  const picture = ctx.createImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  const edge = (/** @type {number} */ size, /** @type {number} */ i, /** @type {number} */ parts) =>
    Math.ceil((i / parts) * size);
  for (let band = 0; band < rows; band++) {
    const [top, end] = [edge(height, band, rows), edge(height, band + 1, rows)];
    const hatched = [];
    for (let column = 0; column < columns; column++) {
      const [left, right] = [edge(width, column, columns), edge(width, column + 1, columns)];
      const { color, pattern } = look(column, rows - 1 - band);
      pixels.fill(pixelOf(color, 1), top * width + left, top * width + right);
      if (pattern) hatched.push({ left, right, pattern, dark: pixelOf(color, INK) });
    }
    for (let py = top + 1; py < end; py++)
      pixels.copyWithin(py * width, top * width, (top + 1) * width);
    for (const { left, right, pattern, dark } of hatched)
      for (let py = top; py < end; py++)
        for (let px = left; px < right; px++)
          if (inked(pattern, Math.floor(px / dots), Math.floor(py / dots)))
            pixels[py * width + px] = dark;
  }
  ctx.putImageData(picture, 0, 0);
}

/**
 * A canvas with a picture of cells.
 *
 * @param {number} width in pixels of the page
 * @param {number} height
 * @param {number} columns
 * @param {number} rows
 * @param {(column: number, row: number) => Look} look
 */
export function cellPicture(width, height, columns, rows, look) {
  const canvas = document.createElement("canvas");
  const dots = window.devicePixelRatio;
  canvas.width = Math.max(1, Math.round(width * dots));
  canvas.height = Math.max(1, Math.round(height * dots));
  const ctx = canvas.getContext("2d");
  if (ctx) paintCells(ctx, columns, rows, look, dots);
  return canvas;
}
