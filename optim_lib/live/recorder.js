// Write a tape, as `optim_lib/recording.py` does, and differentiate it, as `Tape.gradient` does.

import { operate } from "./replay.js";

/** @typedef {import("./replay.js").Tape} Tape */

/** Notes operations on slots: the same operation on the same slots once. */
export class Recorder {
  /** @param {number} inputs */
  constructor(inputs) {
    this.inputs = inputs;
    /** @type {{name: string, operands: number[], value: number | null}[]} */
    this.nodes = [];
    /** @type {Map<string, number>} */
    this.known = new Map();
    for (let i = 0; i < inputs; i++) this.node("input", [i], null);
  }

  /**
   * @param {string} name
   * @param {number[]} operands
   * @param {number | null} value that it has whatever the inputs are
   */
  node(name, operands, value) {
    const sign = Object.is(value, -0) ? "-0" : value;
    const key = [name, sign, ...operands].join(" ");
    const slot = this.known.get(key) ?? this.nodes.length;
    if (slot === this.nodes.length) {
      this.known.set(key, slot);
      this.nodes.push({ name, operands, value });
    }
    return slot;
  }

  /** @param {number} value */
  constant(value) {
    return this.node("constant", [], value);
  }

  /** The value of a slot, if it is the same for all inputs, or null. @param {number} slot */
  valueOf(slot) {
    return this.nodes[slot].value;
  }

  /**
   * Record an operation and return its slot, that of its value if it is the same for all inputs.
   *
   * @param {string} name
   * @param {number[]} slots
   * @returns {number}
   */
  emit(name, ...slots) {
    const [a, b] = slots.map((slot) => this.valueOf(slot));
    const values = slots.map((slot) => this.valueOf(slot) ?? NaN);
    if (slots.every((slot) => this.valueOf(slot) !== null))
      return this.constant(operate(name, values));
    if (name === "where" && a !== null) return slots[a ? 1 : 2];
    if ((name === "multiply" || name === "divide") && b === 1) return slots[0];
    if (name === "multiply" && a === 1) return slots[1];
    if (name === "multiply" || name === "add") slots.sort((one, other) => one - other);
    return this.node(name, slots, null);
  }

  /**
   * A power as NumPy computes it.
   *
   * @param {number} base
   * @param {number} exponent
   */
  power(base, exponent) {
    const known = this.valueOf(exponent);
    if (known === 1) return base;
    if (known === 2) return this.emit("multiply", base, base);
    if (known === 0.5) return this.emit("sqrt", base);
    if (known === -1) return this.emit("divide", this.constant(1), base);
    return this.emit("power", base, exponent);
  }

  /** The slots that others depend on, in order. @param {number[]} ends */
  neededFor(ends) {
    const needed = new Set(ends);
    for (let slot = this.nodes.length - 1; slot >= this.inputs; slot--)
      if (needed.has(slot)) for (const operand of this.nodes[slot].operands) needed.add(operand);
    return [...needed].sort((one, other) => one - other);
  }

  /**
   * What leads to the outputs, and no more.
   *
   * @param {number[]} outputs
   * @returns {Tape}
   */
  tape(outputs) {
    const needed = this.neededFor(outputs).filter((slot) => slot >= this.inputs);
    const constants = needed.filter((slot) => this.valueOf(slot) !== null);
    const operations = needed.filter((slot) => this.valueOf(slot) === null);
    const order = [...Array(this.inputs).keys(), ...constants, ...operations];
    const place = new Map(order.map((slot, i) => [slot, i]));
    /** @param {number} slot */
    const placeIn = (slot) => Number(place.get(slot));
    return {
      inputs: this.inputs,
      constants: constants.map((slot) => Number(this.valueOf(slot))),
      operations: operations.map((slot) => {
        const { name, operands } = this.nodes[slot];
        return [name, ...operands.map(placeIn)];
      }),
      outputs: outputs.map(placeIn),
    };
  }

  /**
   * The slots of the derivatives of a slot with respect to each input, in reverse mode.
   *
   * @param {number} end
   * @returns {number[]}
   */
  gradient(end) {
    /** @type {Map<number, number>} */
    const adjoints = new Map([[end, this.constant(1)]]);
    /** @type {Set<number>} behind a choice, where what was not chosen gives nothing */
    const masked = new Set();
    for (const slot of this.neededFor([end]).reverse()) {
      const { name, operands } = this.nodes[slot];
      const adjoint = adjoints.get(slot);
      if (slot < this.inputs || adjoint === undefined) continue;
      operands.forEach((operand, i) => {
        const slope = SLOPES[name]?.[i];
        if (!slope || this.valueOf(operand) !== null) return;
        let part = slope(this, adjoint, slot, operands);
        if (masked.has(slot) && !KEEPS_ZERO.has(name)) part = this.unlessZero(adjoint, part);
        if (masked.has(slot) || CHOOSES.has(name)) masked.add(operand);
        const before = adjoints.get(operand);
        adjoints.set(operand, before === undefined ? part : this.emit("add", before, part));
      });
    }
    return Array.from({ length: this.inputs }, (_, i) => adjoints.get(i) ?? this.constant(0));
  }

  /** A slope, 0 in place of the endless or missing one where something is 0.
   *
   * @param {number} length
   * @param {number} part
   */
  unlessZero(length, part) {
    const zero = this.constant(0);
    return this.emit("where", this.emit("equal", length, zero), zero, part);
  }
}

// Derivatives: for each operand, from the recorder, the adjoint, the slot of the value and those of
// the operands.

/** @typedef {(r: Recorder, a: number, value: number, operands: number[]) => number} Slope */

/**
 * Half of each for the larger of two equals.
 *
 * @param {number} mine which operand
 * @returns {Slope}
 */
const chosen = (mine) => (r, a, value, operands) => {
  const [own, other] = [operands[mine], operands[1 - mine]];
  const taken = r.emit("where", r.emit("equal", own, value), a, r.constant(0));
  const half = r.emit("divide", a, r.constant(2));
  return r.emit("where", r.emit("equal", own, other), half, taken);
};

/** @type {Slope} */
function ofBase(r, a, _, [x, y]) {
  const lower = r.power(x, r.emit("subtract", y, r.constant(1)));
  const part = r.emit("multiply", r.emit("multiply", a, y), lower);
  return Number(r.valueOf(y)) >= 1 ? part : r.unlessZero(x, part);
}

/** @type {Slope} */
function ofExponent(r, a, value, [x]) {
  const part = r.emit("multiply", r.emit("multiply", a, value), r.emit("log", x));
  return r.unlessZero(value, part);
}

/**
 * Of arctan2 and hypot, 0 where both sides are.
 *
 * @param {(r: Recorder, a: number, squares: number, operands: number[], value: number) => number} f
 * @returns {Slope}
 */
const ofSides =
  (f) =>
  (r, a, value, [y, x]) => {
    const squares = r.emit("add", r.emit("multiply", x, x), r.emit("multiply", y, y));
    return r.unlessZero(squares, f(r, a, squares, [y, x], value));
  };

/** 1 - x * x @param {Recorder} r @param {number} x */
const besideSquare = (r, x) => r.emit("subtract", r.constant(1), r.emit("multiply", x, x));

/** Divided by x times a number. @param {number} factor @returns {Slope} */
const overMultiple =
  (factor) =>
  (r, a, _, [x]) =>
    r.emit("divide", a, r.emit("multiply", x, r.constant(factor)));

/** Less the quotient, made whole. @param {"floor" | "trunc"} whole @returns {Slope} */
const lessWhole =
  (whole) =>
  (r, a, _, [x, y]) =>
    r.emit("multiply", r.emit("negative", a), r.emit(whole, r.emit("divide", x, y)));

/** @type {Slope} */
const passes = (_, a) => a;
/** @type {Slope} */
const opposite = (r, a) => r.emit("negative", a);

const CHOOSES = new Set(["where", "maximum", "minimum", "fmax", "fmin"]);
const KEEPS_ZERO = new Set(["add", "subtract", "negative", ...CHOOSES]);

/** @type {Record<string, (Slope | null)[]>} */
const SLOPES = {
  add: [passes, passes],
  subtract: [passes, opposite],
  negative: [opposite],
  multiply: [
    (r, a, _, [, y]) => r.emit("multiply", a, y),
    (r, a, _, [x]) => r.emit("multiply", a, x),
  ],
  divide: [
    (r, a, _, [, y]) => r.emit("divide", a, y),
    (r, a, v, [, y]) => r.emit("divide", r.emit("multiply", r.emit("negative", a), v), y),
  ],
  power: [ofBase, ofExponent],
  absolute: [(r, a, _, [x]) => r.emit("multiply", a, r.emit("sign", x))],
  sqrt: [(r, a, v) => r.unlessZero(v, r.emit("divide", a, r.emit("multiply", r.constant(2), v)))],
  cbrt: [
    (r, a, v) => {
      const thrice = r.emit("multiply", r.emit("multiply", r.constant(3), v), v);
      return r.unlessZero(v, r.emit("divide", a, thrice));
    },
  ],
  exp: [(r, a, v) => r.emit("multiply", a, v)],
  expm1: [(r, a, v) => r.emit("multiply", a, r.emit("add", v, r.constant(1)))],
  log: [(r, a, _, [x]) => r.emit("divide", a, x)],
  log1p: [(r, a, _, [x]) => r.emit("divide", a, r.emit("add", r.constant(1), x))],
  log2: [overMultiple(Math.LN2)],
  log10: [overMultiple(Math.LN10)],
  sin: [(r, a, _, [x]) => r.emit("multiply", a, r.emit("cos", x))],
  cos: [(r, a, _, [x]) => r.emit("multiply", r.emit("negative", a), r.emit("sin", x))],
  tan: [(r, a, v) => r.emit("multiply", a, r.emit("add", r.constant(1), r.emit("multiply", v, v)))],
  arcsin: [(r, a, _, [x]) => r.emit("divide", a, r.emit("sqrt", besideSquare(r, x)))],
  arccos: [
    (r, a, _, [x]) => r.emit("divide", r.emit("negative", a), r.emit("sqrt", besideSquare(r, x))),
  ],
  arctan: [
    (r, a, _, [x]) => r.emit("divide", a, r.emit("add", r.constant(1), r.emit("multiply", x, x))),
  ],
  arctan2: [
    ofSides((r, a, squares, [, x]) => r.emit("divide", r.emit("multiply", a, x), squares)),
    ofSides((r, a, squares, [y]) =>
      r.emit("divide", r.emit("multiply", r.emit("negative", a), y), squares),
    ),
  ],
  sinh: [(r, a, _, [x]) => r.emit("multiply", a, r.emit("cosh", x))],
  cosh: [(r, a, _, [x]) => r.emit("multiply", a, r.emit("sinh", x))],
  tanh: [(r, a, v) => r.emit("multiply", a, besideSquare(r, v))],
  hypot: [
    (r, a, v, [x]) => r.unlessZero(v, r.emit("divide", r.emit("multiply", a, x), v)),
    (r, a, v, [, y]) => r.unlessZero(v, r.emit("divide", r.emit("multiply", a, y), v)),
  ],
  remainder: [passes, lessWhole("floor")],
  fmod: [passes, lessWhole("trunc")],
  where: [
    null,
    (r, a, _, [c]) => r.emit("where", c, a, r.constant(0)),
    (r, a, _, [c]) => r.emit("where", c, r.constant(0), a),
  ],
  maximum: [chosen(0), chosen(1)],
  minimum: [chosen(0), chosen(1)],
  fmax: [chosen(0), chosen(1)],
  fmin: [chosen(0), chosen(1)],
};
