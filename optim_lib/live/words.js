// What happened, in words, and numbers written as Python writes them.

/** @typedef {import("./paths.js").Path} Path */
/** @typedef {import("./paths.js").Surface} Surface */

/**
 * A number as Python's format `z.{digits}g` writes it.
 *
 * @param {number} value
 * @param {number} digits
 */
export function general(value, digits) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return "0";
  const [mantissa, exponent] = evenExponential(Math.abs(value), digits).split("e");
  const power = Number(exponent);
  const sign = value < 0 ? "-" : "";
  /** @param {string} text */
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0*$/, "") : text);
  if (power < -4 || power >= digits) {
    const size = String(Math.abs(power)).padStart(2, "0");
    return `${sign}${trimmed(mantissa)}e${power < 0 ? "-" : "+"}${size}`;
  }
  const figures = mantissa.replace(".", "");
  const whole = power < 0 ? "0" : figures.slice(0, power + 1);
  const rest = power < 0 ? "0".repeat(-power - 1) + figures : figures.slice(power + 1);
  return sign + trimmed(`${whole}.${rest}`);
}

/**
 * Exponential notation. Of two numbers equally near JavaScript takes the larger, Python the even.
 *
 * @param {number} size
 * @param {number} digits
 */
function evenExponential(size, digits) {
  const text = size.toExponential(digits - 1);
  const [exact] = size.toExponential(100).replace(".", "").split("e");
  const [figures, exponent] = text.split("e");
  const last = Number(figures.at(-1));
  const tie = /^50*$/.test(exact.slice(digits));
  return tie && last % 2 ? `${figures.slice(0, -1)}${last - 1}e${exponent}` : text;
}

/**
 * Say how a path ended.
 *
 * @param {string} label
 * @param {Path} path
 * @param {Surface} surface
 */
export function wordsOf(label, path, surface) {
  if (path.divergedAt >= 0) return `${label} diverged at step ${path.divergedAt}`;
  const { steps } = path;
  const [x, y] = path.x.subarray(2 * steps);
  const [[left, right], [bottom, top]] = surface.bounds;
  const after = `after ${steps} step${steps === 1 ? "" : "s"}`;
  const near = 1e-3 * Math.hypot(right - left, top - bottom);
  const saddle = surface.saddles.find((p) => Math.hypot(x - p[0], y - p[1]) < near);
  if (saddle) {
    const [x0, y0] = saddle.map((c) => general(c, 3));
    return `${label} sits at the saddle (${x0}, ${y0}) ${after}`;
  }
  const inside = left <= x && x <= right && bottom <= y && y <= top;
  const where = inside ? "" : ", outside the picture";
  return `${label}: f = ${general(path.f[steps], 4)} ${after}${where}`;
}

/**
 * A number for an axis, a table or a tool: up to seven digits.
 *
 * @param {number} value
 */
export function brief(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "–";
}

/**
 * A power of ten with raised digits.
 *
 * @param {number} exponent
 */
export function powerOfTen(exponent) {
  const raised = Array.from(String(exponent), (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]));
  return `10${raised.join("")}`;
}
