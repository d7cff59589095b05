// Replay a tape: the operations of a rule or a surface, recorded once in Python, on other numbers.
//
// A tape is compiled into numbered slots and one flat list of operations, and a loop with a switch
// goes through it: as fast as generated source code, and it runs where eval is forbidden.

/** @typedef {number | "NaN" | "Infinity" | "-Infinity"} Constant as JSON can hold it */

/**
 * @typedef {object} Tape
 * @property {number} inputs
 * @property {Constant[]} constants
 * @property {(string | number)[][]} operations
 * @property {number[]} outputs
 * @property {Constant[][]} [tables]
 */

/**
 * @typedef {object} Machine a tape made ready: inputs go into the first slots, `run` fills the rest
 * @property {Float64Array} slots
 * @property {Int32Array} code operation, slot of its result and three operands, one after the other
 * @property {number} inputs
 * @property {Int32Array} outputs
 * @property {Float64Array[]} tables
 */

const SPLITTER = 2 ** 27 + 1; // cuts a number into two halves whose products are exact

let rest = 0; // what the rounding of the last product left out

/**
 * What the rounding of a product leaves out.
 *
 * @param {number} a
 * @param {number} b
 * @param {number} product
 */
export function restOf(a, b, product) {
  const ca = SPLITTER * a;
  const cb = SPLITTER * b;
  const ha = ca - (ca - a);
  const hb = cb - (cb - b);
  const la = a - ha;
  const lb = b - hb;
  return la * lb - (product - ha * hb - la * hb - ha * lb);
}

/**
 * The product of two numbers; `rest` is what its rounding leaves out.
 *
 * @param {number} a
 * @param {number} b
 */
function exactProduct(a, b) {
  const product = a * b;
  rest = restOf(a, b, product);
  return product;
}

/**
 * The product of two numbers that are held in twice the digits, (a + lowA) (b + lowB).
 *
 * @param {number} a
 * @param {number} lowA
 * @param {number} b
 * @param {number} lowB
 */
function doubledProduct(a, lowA, b, lowB) {
  const product = exactProduct(a, b);
  const low = rest + (a * lowB + lowA * b);
  const high = product + low;
  rest = low - (high - product);
  return high;
}

/**
 * x to a whole power, rounded once. JavaScript's own power is off in the last digit now and then,
 * C's nearly never; Adam's words in the browser are to be those of Python.
 *
 * @param {number} x
 * @param {number} exponent
 */
function wholePower(x, exponent) {
  let high = 1;
  let low = 0;
  let square = x;
  let lowSquare = 0;
  for (let n = Math.abs(exponent); n; n = Math.floor(n / 2)) {
    if (n % 2) {
      high = doubledProduct(high, low, square, lowSquare);
      low = rest;
    }
    if (n > 1) {
      square = doubledProduct(square, lowSquare, square, lowSquare);
      lowSquare = rest;
    }
  }
  const size = Math.abs(high);
  if (!(size > 1e-280 && size < 1e280)) return x ** exponent; // halves would over- or underflow
  if (exponent > 0) return high;
  const inverse = 1 / high;
  const product = exactProduct(inverse, high);
  return inverse + (1 - product - rest - inverse * low) / high;
}

/**
 * @param {number} x
 * @param {number} exponent
 */
function power(x, exponent) {
  // As C has it, and NumPy; JavaScript says NaN.
  if (x === 1 || (x === -1 && Math.abs(exponent) === Infinity)) return 1;
  const whole = Number.isInteger(exponent) && Math.abs(exponent) <= 2 ** 31;
  return whole && exponent && x && Number.isFinite(x) ? wholePower(x, exponent) : x ** exponent;
}

/**
 * The length of (a, b), rounded once.
 *
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function hypotenuse(a, b) {
  const length = Math.hypot(a, b);
  if (!length || !Number.isFinite(length)) return length;
  // Else the squares over- or underflow.
  const scale = length > 1e140 ? 2 ** -600 : length < 1e-140 ? 2 ** 600 : 1;
  if (scale !== 1) return hypotenuse(scale * a, scale * b) / scale;
  const aa = exactProduct(a, a);
  let left = rest;
  const bb = exactProduct(b, b);
  left += rest;
  const square = exactProduct(length, length);
  left -= rest;
  return length + (Math.max(aa, bb) - square + Math.min(aa, bb) + left) / (2 * length);
}

/**
 * The nearest whole number, of two the even one.
 *
 * @param {number} x
 */
function nearestWhole(x) {
  const shift = x < 0 ? -(2 ** 52) : 2 ** 52;
  return Math.abs(x) < 2 ** 52 ? x + shift - shift || 0 * x : x;
}

/**
 * The remainder with the sign of the divisor, as NumPy and Python have it.
 *
 * @param {number} a
 * @param {number} b
 */
function remainder(a, b) {
  const part = a % b;
  if (part) return part < 0 !== b < 0 ? part + b : part;
  return Number.isNaN(part) ? part : b < 0 ? -0 : 0;
}

/** @param {boolean} condition */
const truth = (condition) => (condition ? 1 : 0);

/**
 * NumPy's meaning of each operation.
 *
 * @type {Record<string, (a: number, b: number, c: number) => number>}
 */
export const OPERATIONS = {
  add: (a, b) => a + b, // these six stand in the switch below
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  sqrt: Math.sqrt,
  negative: (a) => -a,
  power,
  hypot: hypotenuse,
  remainder,
  rint: nearestWhole,
  fmod: (a, b) => a % b,
  absolute: Math.abs,
  sign: (a) => (a > 0 ? 1 : a < 0 ? -1 : a === 0 ? 0 : a),
  cbrt: Math.cbrt,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  arctan2: Math.atan2,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  maximum: (a, b) => Math.max(a, b), // NaN spreads
  minimum: (a, b) => Math.min(a, b),
  fmax: (a, b) => (a >= b || Number.isNaN(b) ? a : b), // NaN gives way
  fmin: (a, b) => (a <= b || Number.isNaN(b) ? a : b),
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  less: (a, b) => truth(a < b),
  less_equal: (a, b) => truth(a <= b),
  greater: (a, b) => truth(a > b),
  greater_equal: (a, b) => truth(a >= b),
  equal: (a, b) => truth(a === b),
  not_equal: (a, b) => truth(a !== b),
  logical_and: (a, b) => truth(a !== 0 && b !== 0), // NaN is true
  logical_or: (a, b) => truth(a !== 0 || b !== 0),
  logical_not: (a) => truth(a === 0),
  isfinite: (a) => truth(Number.isFinite(a)),
  isnan: (a) => truth(Number.isNaN(a)),
  where: (a, b, c) => (a !== 0 ? b : c),
};

/**
 * Do one operation.
 *
 * @param {string} name
 * @param {number[]} operands
 */
export function operate(name, [a, b, c]) {
  return OPERATIONS[name](a, b, c);
}

const NAMES = Object.keys(OPERATIONS);
const FUNCTIONS = NAMES.map((name) => OPERATIONS[name]);
const LOOKUP = FUNCTIONS.length;

/**
 * The slots that the outputs depend on.
 *
 * @param {Tape} tape
 * @param {number} first the slot of the first operation
 */
export function neededSlots({ operations, outputs }, first) {
  const needed = new Set(outputs);
  for (let i = operations.length - 1; i >= 0; i--) {
    const [name, ...operands] = operations[i];
    if (!needed.has(first + i)) continue;
    for (const slot of name === "lookup" ? operands.slice(1) : operands) needed.add(Number(slot));
  }
  return needed;
}

/**
 * Make a tape ready to run; operations that no output depends on are left out.
 *
 * @param {Tape} tape
 * @returns {Machine}
 */
export function compile(tape) {
  const { inputs, constants, operations, outputs, tables = [] } = tape;
  const first = inputs + constants.length;
  const needed = neededSlots(tape, first);
  /** @type {number[]} */
  const code = [];
  operations.forEach(([name, ...operands], i) => {
    const number = name === "lookup" ? LOOKUP : NAMES.indexOf(String(name));
    if (number < 0) throw new Error(`unknown operation ${name}`);
    const [a = 0, b = 0, c = 0] = operands.map(Number);
    if (needed.has(first + i)) code.push(number, first + i, a, b, c);
  });
  const slots = new Float64Array(first + operations.length);
  slots.set(constants.map(Number), inputs);
  return {
    slots,
    inputs,
    code: Int32Array.from(code),
    outputs: Int32Array.from(outputs),
    tables: tables.map((table) => Float64Array.from(table, Number)),
  };
}

/** @type {WeakMap<Tape, Machine>} */
const machines = new WeakMap();

/**
 * The machine of a tape, compiled when it is first asked for.
 *
 * @param {Tape} tape
 * @returns {Machine}
 */
export function machineOf(tape) {
  const machine = machines.get(tape) ?? compile(tape);
  machines.set(tape, machine);
  return machine;
}

/**
 * Fill the slots of the operations from the inputs that stand in the first slots.
 *
 * @param {Machine} machine
 */
export function run({ slots, code, tables }) {
  for (let i = 0; i < code.length; i += 5) {
    const operation = code[i];
    const slot = code[i + 1];
    const a = slots[code[i + 2]];
    const b = slots[code[i + 3]];
    switch (operation) {
      case 0:
        slots[slot] = a + b;
        break;
      case 1:
        slots[slot] = a - b;
        break;
      case 2:
        slots[slot] = a * b;
        break;
      case 3:
        slots[slot] = a / b;
        break;
      case 4:
        slots[slot] = Math.sqrt(a);
        break;
      case 5:
        slots[slot] = -a;
        break;
      case LOOKUP:
        slots[slot] = tables[code[i + 2]][b] ?? NaN;
        break;
      default:
        slots[slot] = FUNCTIONS[operation](a, b, slots[code[i + 4]]);
    }
  }
}

/**
 * Replay a tape over many lanes at once.
 *
 * @param {Tape} tape
 * @param {ArrayLike<number>[]} inputs an array for each input, all of one length
 * @returns {Float64Array[]} an array for each output
 */
export function replay(tape, inputs) {
  const machine = machineOf(tape);
  const { slots, outputs } = machine;
  const lanes = inputs[0].length;
  const results = Array.from(outputs, () => new Float64Array(lanes));
  for (let lane = 0; lane < lanes; lane++) {
    for (let i = 0; i < inputs.length; i++) slots[i] = inputs[i][lane];
    run(machine);
    for (let i = 0; i < outputs.length; i++) results[i][lane] = slots[outputs[i]];
  }
  return results;
}
