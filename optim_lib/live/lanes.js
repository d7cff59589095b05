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
 * @property {Float64Array} a an operand, as are b and c
 * @property {Float64Array} b
 * @property {Float64Array} c
 * @property {boolean} same whether one lane is enough
 */

export const BLOCK = 256; // lanes at once: what a loop works on stays in the processor's cache
const TURN = 8; // lanes at each turn of a loop, which costs more than what is done in it; the last
// turn may go beyond the lanes that are asked for

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
 * @param {Float64Array} out
 * @param {Float64Array} a
 * @param {number} lanes
 */
export function copyLanes(out, a, lanes) {
  for (let i = 0; i < lanes; i += TURN) {
    out[i] = a[i];
    out[i + 1] = a[i + 1];
    out[i + 2] = a[i + 2];
    out[i + 3] = a[i + 3];
    out[i + 4] = a[i + 4];
    out[i + 5] = a[i + 5];
    out[i + 6] = a[i + 6];
    out[i + 7] = a[i + 7];
  }
}

/** @type {Kernel} */
const copy = (out, a, _, __, lanes) => copyLanes(out, a, lanes);

/**
 * Loops for the operations that take most of the time; each other one calls its function.
 *
 * @type {Record<string, Kernel>}
 */
const KERNELS = {
  add(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i += TURN) {
      out[i] = a[i] + b[i];
      out[i + 1] = a[i + 1] + b[i + 1];
      out[i + 2] = a[i + 2] + b[i + 2];
      out[i + 3] = a[i + 3] + b[i + 3];
      out[i + 4] = a[i + 4] + b[i + 4];
      out[i + 5] = a[i + 5] + b[i + 5];
      out[i + 6] = a[i + 6] + b[i + 6];
      out[i + 7] = a[i + 7] + b[i + 7];
    }
  },
  subtract(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i += TURN) {
      out[i] = a[i] - b[i];
      out[i + 1] = a[i + 1] - b[i + 1];
      out[i + 2] = a[i + 2] - b[i + 2];
      out[i + 3] = a[i + 3] - b[i + 3];
      out[i + 4] = a[i + 4] - b[i + 4];
      out[i + 5] = a[i + 5] - b[i + 5];
      out[i + 6] = a[i + 6] - b[i + 6];
      out[i + 7] = a[i + 7] - b[i + 7];
    }
  },
  multiply(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i += TURN) {
      out[i] = a[i] * b[i];
      out[i + 1] = a[i + 1] * b[i + 1];
      out[i + 2] = a[i + 2] * b[i + 2];
      out[i + 3] = a[i + 3] * b[i + 3];
      out[i + 4] = a[i + 4] * b[i + 4];
      out[i + 5] = a[i + 5] * b[i + 5];
      out[i + 6] = a[i + 6] * b[i + 6];
      out[i + 7] = a[i + 7] * b[i + 7];
    }
  },
  divide(out, a, b, _, lanes) {
    for (let i = 0; i < lanes; i += TURN) {
      out[i] = a[i] / b[i];
      out[i + 1] = a[i + 1] / b[i + 1];
      out[i + 2] = a[i + 2] / b[i + 2];
      out[i + 3] = a[i + 3] / b[i + 3];
      out[i + 4] = a[i + 4] / b[i + 4];
      out[i + 5] = a[i + 5] / b[i + 5];
      out[i + 6] = a[i + 6] / b[i + 6];
      out[i + 7] = a[i + 7] / b[i + 7];
    }
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

/** A product and a sum, each rounded. @type {Kernel} */
const multiplyAdd = (out, a, b, c, lanes) => {
  for (let i = 0; i < lanes; i += TURN) {
    out[i] = a[i] * b[i] + c[i];
    out[i + 1] = a[i + 1] * b[i + 1] + c[i + 1];
    out[i + 2] = a[i + 2] * b[i + 2] + c[i + 2];
    out[i + 3] = a[i + 3] * b[i + 3] + c[i + 3];
    out[i + 4] = a[i + 4] * b[i + 4] + c[i + 4];
    out[i + 5] = a[i + 5] * b[i + 5] + c[i + 5];
    out[i + 6] = a[i + 6] * b[i + 6] + c[i + 6];
    out[i + 7] = a[i + 7] * b[i + 7] + c[i + 7];
  }
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
  const lookups = tables.map((table) => lookupIn(Float64Array.from(table, Number)));
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
      kernel: lookup ? lookups[Number(operands[0])] : kernelOf(String(name)),
      out: register.values,
      a,
      b,
      c,
      same: register.same,
    });
  });
  const results = outputs.map((slot) => {
    if (slot >= given.length) return registers[slot];
    const { values, same } = registers[slot]; // an input is written to before it is read again
    const result = makeRegister(same);
    const all = { a: values, b: values, c: values };
    instructions.push({ kernel: copy, out: result.values, ...all, same });
    return result;
  });
  const kept = results.map(({ values }) => values);
  return { instructions: withSumsOfProducts(instructions, kept), results };
}

/**
 * The same instructions, where a product that one sum alone reads is made in the loop of the sum.
 *
 * @param {Instruction[]} instructions
 * @param {Float64Array[]} kept what is read afterwards
 */
function withSumsOfProducts(instructions, kept) {
  /** @type {Map<Float64Array, number>} */
  const readers = new Map(kept.map((values) => [values, Infinity]));
  for (const { a, b, c } of instructions)
    for (const read of new Set([a, b, c])) readers.set(read, (readers.get(read) ?? 0) + 1);
  /** @param {Instruction} instruction */
  const isReadOnce = ({ kernel, out, same }) =>
    kernel === KERNELS.multiply && !same && readers.get(out) === 1;
  const found = instructions.filter(isReadOnce);
  const products = new Map(found.map((product) => [product.out, product]));
  const taken = new Set();
  const joined = instructions.map((sum) => {
    const { kernel, a, b } = sum;
    const product = products.get(a) ?? products.get(b);
    if (kernel !== KERNELS.add || !product || a === b) return sum;
    taken.add(product);
    const other = product.out === a ? b : a;
    return { ...sum, kernel: multiplyAdd, a: product.a, b: product.b, c: other };
  });
  return joined.filter((instruction) => !taken.has(instruction));
}

/**
 * @param {Instruction[]} instructions
 * @param {number} lanes
 */
export function runLanes(instructions, lanes) {
  for (let k = 0; k < instructions.length; k++) {
    const { kernel, out, a, b, c, same } = instructions[k];
    kernel(out, a, b, c, same ? 1 : lanes);
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
