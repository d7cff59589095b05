// Replay tapes over many lanes at once: each operation is a loop over the lanes of a block.
//
// What is the same in all lanes, say a decay rate to the power of the step, is computed once.
// The numbers are those of `run` in replay.js, bit for bit.

import { OPERATIONS, neededSlots, restOf } from "./replay.js";

/** @typedef {import("./replay.js").Tape} Tape */

/**
 * @typedef {object} Register a number for each lane
 * @property {Float64Array} values
 * @property {boolean} same whether it is one number in all lanes
 */

/**
 * @typedef {(out: Float64Array, a: Float64Array, b: Float64Array, c: Float64Array, lanes: number)
 *   => void} Kernel
 */

/**
 * @typedef {object} Instruction
 * @property {Kernel} kernel
 * @property {Float64Array} out
 * @property {Float64Array[]} operands three of them
 * @property {boolean} same whether one lane is enough
 */

export const BLOCK = 256; // lanes at once: what a loop works on stays in the processor's cache

/**
 * A power as `power` rounds it, with short ways for the exponents of polynomials.
 *
 * @param {number} x
 * @param {number} exponent
 */
function shortPower(x, exponent) {
  const square = x * x;
  let result = NaN;
  if (exponent === 2) result = square;
  else if (exponent === 3) {
    const product = x * square;
    result = product + (restOf(x, square, product) + x * restOf(x, x, square));
  } else if (exponent === 4) {
    const product = square * square;
    const cross = square * restOf(x, x, square);
    result = product + (restOf(square, square, product) + (cross + cross));
  }
  const size = Math.abs(result);
  return size > 1e-280 && size < 1e280 ? result : OPERATIONS.power(x, exponent, 0);
}

/**
 * Loops for the operations that take most of the time; each other one calls its function.
 *
 * @type {Record<string, Kernel>}
 */
const KERNELS = {
  add(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = a[i] + b[i];
  },
  subtract(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = a[i] - b[i];
  },
  multiply(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = a[i] * b[i];
  },
  divide(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = a[i] / b[i];
  },
  sqrt(out, a, _, __, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = Math.sqrt(a[i]);
  },
  negative(out, a, _, __, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = -a[i];
  },
  power(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = shortPower(a[i], b[i]);
  },
  maximum(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = Math.max(a[i], b[i]);
  },
  minimum(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = Math.min(a[i], b[i]);
  },
  floor(out, a, _, __, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = Math.floor(a[i]);
  },
  trunc(out, a, _, __, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = Math.trunc(a[i]);
  },
  remainder(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = OPERATIONS.remainder(a[i], b[i], 0);
  },
  greater(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = a[i] > b[i] ? 1 : 0;
  },
  isnan(out, a, _, __, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = Number.isNaN(a[i]) ? 1 : 0;
  },
  where(out, a, b, c, lanes) {
    for (let i = 0; i < lanes; i++) out[i] = a[i] !== 0 ? b[i] : c[i];
  },
};

/** @param {string} name @returns {Kernel} */
function kernelOf(name) {
  const call = OPERATIONS[name];
  if (!call) throw new Error(`unknown operation ${name}`);
  return (
    KERNELS[name] ??
    ((out, a, b, c, lanes) => {
      for (let i = 0; i < lanes; i++) out[i] = call(a[i], b[i], c[i]);
    })
  );
}

/** @type {Kernel} */
const copy = (out, a, _, __, lanes) => {
  for (let i = 0; i < lanes; i++) out[i] = a[i];
};

/** @param {Float64Array} table @returns {Kernel} */
const lookupIn = (table) => (out, a, _, __, lanes) => {
  for (let i = 0; i < lanes; i++) {
    const at = a[i];
    const index = at | 0; // at once a whole number, which an engine need not look for
    out[i] = index === at && index >= 0 && index < table.length ? table[index] : NaN;
  }
};

/**
 * @param {boolean} same
 * @param {number} [value]
 * @returns {Register}
 */
export const makeRegister = (same, value = 0) => ({
  values: new Float64Array(BLOCK).fill(value),
  same,
});

/**
 * Make a tape ready for lanes: its instructions, and the registers that hold its outputs then.
 *
 * @param {Tape} tape
 * @param {Register[]} given one for each input
 */
export function assemble(tape, given) {
  const { constants, operations, outputs, tables = [] } = tape;
  const registers = [...given, ...constants.map((value) => makeRegister(true, Number(value)))];
  const first = registers.length;
  const needed = neededSlots(tape, first);
  /** @type {Instruction[]} */
  const instructions = [];
  operations.forEach(([name, ...operands], i) => {
    if (!needed.has(first + i)) return;
    const lookup = name === "lookup";
    const from = operands.slice(lookup ? 1 : 0).map((slot) => registers[Number(slot)]);
    const register = makeRegister(from.every(({ same }) => same));
    registers[first + i] = register;
    const [a, b = a, c = a] = from.map(({ values }) => values);
    instructions.push({
      kernel: lookup
        ? lookupIn(Float64Array.from(tables[Number(operands[0])], Number))
        : kernelOf(String(name)),
      out: register.values,
      operands: [a, b, c],
      same: register.same,
    });
  });
  const results = outputs.map((slot) => {
    if (slot >= given.length) return registers[slot];
    const { values, same } = registers[slot]; // an input is written to before it is read again
    const result = makeRegister(same);
    const operands = [values, values, values];
    instructions.push({ kernel: copy, out: result.values, operands, same });
    return result;
  });
  return { instructions, results };
}

/**
 * @param {Instruction[]} instructions
 * @param {number} lanes
 */
export function runLanes(instructions, lanes) {
  for (let k = 0; k < instructions.length; k++) {
    const { kernel, out, operands, same } = instructions[k];
    kernel(out, operands[0], operands[1], operands[2], same ? 1 : lanes);
    if (same) for (let i = 1; i < lanes; i++) out[i] = out[0];
  }
}

/**
 * Replay a tape at many numbers: what `replay` gives, sooner.
 *
 * @param {Tape} tape
 * @param {Float64Array[]} inputs one for each input, all of one length
 * @returns {Float64Array[]} one for each output
 */
export function replayLanes(tape, inputs) {
  const given = inputs.map(() => makeRegister(false));
  const { instructions, results } = assemble(tape, given);
  const found = results.map(() => new Float64Array(inputs[0].length));
  for (let from = 0; from < inputs[0].length; from += BLOCK) {
    const lanes = Math.min(BLOCK, inputs[0].length - from);
    given.forEach(({ values }, k) => values.set(inputs[k].subarray(from, from + lanes)));
    runLanes(instructions, lanes);
    results.forEach(({ values }, k) => found[k].set(values.subarray(0, lanes), from));
  }
  return found;
}
