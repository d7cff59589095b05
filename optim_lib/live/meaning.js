// What an expression means: the operations that a tape keeps, and the same text for Python.

import { Mistake } from "./grammar.js";

/** @typedef {import("./grammar.js").Expression} Expression */
/** @typedef {import("./recorder.js").Recorder} Recorder */

/**
 * @typedef {object} Value
 * @property {number[]} slots one, or two where it is a number for each coordinate
 * @property {boolean} truth whether it is a comparison, and no number
 */

/**
 * @typedef {object} Scope
 * @property {string} text
 * @property {Recorder} recorder
 * @property {(name: Expression) => Value} valueOf a name
 */

/**
 * @typedef {object} Meaning of a function
 * @property {number} count of arguments
 * @property {(r: Recorder, ...slots: number[]) => number} emit
 * @property {number} truths how many arguments, from the first, are comparisons
 * @property {boolean} truth whether a comparison comes out
 */

/** @param {string} name @returns {Meaning["emit"]} */
const doing =
  (name) =>
  (r, ...slots) =>
    r.emit(name, ...slots);

/** @type {Map<string, Meaning>} */
const FUNCTIONS_OF_NUMPY = new Map();

/**
 * @param {string} names as NumPy calls them; behind a colon what a tape calls it, if not so
 * @param {number} count
 * @param {number} [truths]
 * @param {boolean} [truth]
 */
function addFunctions(names, count, truths = 0, truth = false) {
  for (const pair of names.split(" ")) {
    const [name, operation = name] = pair.split(":");
    FUNCTIONS_OF_NUMPY.set(name, { count, emit: doing(operation), truths, truth });
  }
}

addFunctions("sin cos tan exp log sqrt abs:absolute absolute fabs:absolute sign tanh arctan", 1);
addFunctions("cbrt expm1 log1p log2 log10 arcsin arccos sinh cosh floor ceil trunc rint", 1);
addFunctions("maximum minimum fmax fmin hypot arctan2 remainder mod:remainder fmod", 2);
addFunctions("isnan isfinite", 1, 0, true);
addFunctions("logical_not", 1, 1, true);
addFunctions("logical_and logical_or", 2, 2, true);
addFunctions("where", 3, 1);
for (const [name, count, emit] of /** @type {[string, number, Meaning["emit"]][]} */ ([
  ["square", 1, (r, a) => r.emit("multiply", a, a)],
  ["power", 2, (r, a, b) => r.power(a, b)],
  ["clip", 3, (r, a, low, high) => r.emit("minimum", r.emit("maximum", a, low), high)],
]))
  FUNCTIONS_OF_NUMPY.set(name, { count, emit, truths: 0, truth: false });

/** What others call it. */
const HINTS = new Map([
  ["max", "for the larger of two write maximum(a, b)"],
  ["min", "for the smaller of two write minimum(a, b)"],
  ["pow", "a power is written **, as in x**2"],
  ["ln", "the natural logarithm is log"],
  ["round", "write rint"],
  ["asin", "NumPy calls it arcsin"],
  ["acos", "NumPy calls it arccos"],
  ["atan", "NumPy calls it arctan"],
  ["atan2", "NumPy calls it arctan2"],
  ["float", "numbers are floats anyway; leave it out"],
  ...["sum", "mean", "dot", "norm", "linalg", "prod"].map(
    (name) => /** @type {[string, string]} */ ([name, "nothing goes over both coordinates here"]),
  ),
]);

const CONSTANTS_OF_NUMPY = new Map([
  ["pi", Math.PI],
  ["e", Math.E],
]);

/** Whether a name is one of NumPy's that may stand without np. @param {string} name */
export const isNumPys = (name) =>
  FUNCTIONS_OF_NUMPY.has(name) || name === "pi" || ["np", "numpy", "math"].includes(name);

/**
 * Round down a quotient, in the steps that NumPy takes.
 *
 * @param {Recorder} r
 * @param {number} x
 * @param {number} y
 */
function floorDivide(r, x, y) {
  const zero = r.constant(0);
  const rest = r.emit("fmod", x, y);
  const sides = r.emit("not_equal", r.emit("less", rest, zero), r.emit("less", y, zero));
  const over = r.emit("logical_and", r.emit("not_equal", rest, zero), sides);
  const part = r.emit("divide", x, y);
  const exact = r.emit("divide", r.emit("subtract", x, rest), y);
  const whole = r.emit("rint", r.emit("subtract", exact, over));
  const low = r.emit("where", r.emit("equal", whole, zero), r.emit("multiply", zero, part), whole);
  return r.emit("where", r.emit("equal", y, zero), part, low);
}

/** @type {Map<string, Meaning["emit"]>} */
const ARITHMETIC = new Map([
  ["+", doing("add")],
  ["-", doing("subtract")],
  ["*", doing("multiply")],
  ["/", doing("divide")],
  ["%", doing("remainder")],
  ["//", floorDivide],
  ["**", (r, a, b) => r.power(a, b)],
]);
const COMPARING = new Map([
  ["<", doing("less")],
  ["<=", doing("less_equal")],
  [">", doing("greater")],
  [">=", doing("greater_equal")],
  ["==", doing("equal")],
  ["!=", doing("not_equal")],
]);
const JOINING = new Map([
  ["&", doing("logical_and")],
  ["|", doing("logical_or")],
]);

/**
 * Record an expression.
 *
 * @param {Expression} expression
 * @param {Scope} scope
 * @returns {Value}
 */
export function evaluate(expression, scope) {
  const made = meant(expression, scope);
  const values = made.slots.map((slot) => scope.recorder.valueOf(slot));
  if (values.every((value) => value === null || Number.isFinite(value))) return made;
  throw new Mistake(scope.text, expression.at, "what begins here is no finite number");
}

/** @param {Expression} expression @param {Scope} scope @returns {Value} */
function meant(expression, scope) {
  const { kind, name, parts } = expression;
  if (kind === "number")
    return { slots: [scope.recorder.constant(expression.value)], truth: false };
  if (kind === "name") return named(expression, scope);
  if (kind === "call") return called(expression, scope);
  const operands = parts.map((part) => evaluate(part, scope));
  if (kind === "unary") {
    needs(operands[0], false, parts[0], scope);
    if (name === "+") return operands[0];
    return { slots: each(scope, doing("negative"), operands), truth: false };
  }
  const joins = JOINING.get(name);
  const oneTruth = name === "*" && operands[0].truth !== operands[1].truth; // (x > 0) * y
  if (!oneTruth) operands.forEach((operand, i) => needs(operand, Boolean(joins), parts[i], scope));
  const compares = COMPARING.get(name);
  const emit = /** @type {Meaning["emit"]} */ (joins ?? compares ?? ARITHMETIC.get(name));
  return { slots: each(scope, emit, operands), truth: Boolean(joins ?? compares) };
}

/**
 * @param {Value} value
 * @param {boolean} truth
 * @param {Expression} part
 * @param {Scope} scope
 */
function needs(value, truth, part, { text }) {
  if (value.truth === truth) return;
  const reason = truth
    ? "here must be a comparison in brackets, such as (x > 0)"
    : "a comparison is no number: write np.where(x > 0, 1, 0)";
  throw new Mistake(text, part.at, reason);
}

/**
 * Record an operation, for both coordinates where one of the operands is a pair.
 *
 * @param {Scope} scope
 * @param {Meaning["emit"]} emit
 * @param {Value[]} operands
 */
function each({ recorder }, emit, operands) {
  const count = Math.max(...operands.map(({ slots }) => slots.length));
  return Array.from({ length: count }, (_, i) =>
    emit(recorder, ...operands.map(({ slots }) => slots[slots.length > 1 ? i : 0])),
  );
}

/** @param {Expression} expression @param {Scope} scope @returns {Value} */
function named(expression, scope) {
  const { name, of, at } = expression;
  if (of !== "np" && (of || !isNumPys(name))) return scope.valueOf(expression);
  const known = CONSTANTS_OF_NUMPY.get(name);
  if (known !== undefined) return { slots: [scope.recorder.constant(known)], truth: false };
  const reason = FUNCTIONS_OF_NUMPY.has(name)
    ? `${name} is a function: write ${name}(…)`
    : `${name} is no number that is known here; np.pi is`;
  throw new Mistake(scope.text, at, reason);
}

/** @param {Expression} expression @param {Scope} scope @returns {Value} */
function called({ name, parts, at, end }, scope) {
  const meaning = FUNCTIONS_OF_NUMPY.get(name);
  if (!meaning) {
    const known = [...FUNCTIONS_OF_NUMPY.keys()].slice(0, 12).join(", ");
    const hint = HINTS.get(name) ?? `known are ${known} and others of NumPy`;
    throw new Mistake(scope.text, at, `${name} is no function that is known here; ${hint}`);
  }
  const { count, emit, truths, truth } = meaning;
  if (parts.length !== count) {
    const wanted = `${count} argument${count > 1 ? "s" : ""}`;
    throw new Mistake(scope.text, end, `${name} takes ${wanted}, and got ${parts.length}`);
  }
  const operands = parts.map((part) => evaluate(part, scope));
  operands.forEach((operand, i) => needs(operand, i < truths, parts[i], scope));
  return { slots: each(scope, emit, operands), truth };
}

/**
 * All names in an expression, those of functions too.
 *
 * @param {Expression} expression
 * @returns {Expression[]}
 */
export function namesIn(expression) {
  const own = ["name", "call"].includes(expression.kind) ? [expression] : [];
  return [...own, ...expression.parts.flatMap(namesIn)];
}

/**
 * A part of a text as Python has it: its names are written in full.
 *
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {Expression} expression that stands there
 * @param {(name: Expression) => string} write a name that is none of NumPy's
 */
export function written(text, from, to, expression, write) {
  let [made, end] = ["", from];
  for (const name of namesIn(expression).sort((one, other) => one.at - other.at)) {
    if (name.at < from) continue;
    const numpys = name.kind === "call" || name.of === "np" || (!name.of && name.name === "pi");
    made += text.slice(end, name.at) + (numpys ? `np.${name.name}` : write(name));
    end = name.end;
  }
  return made + text.slice(end, to);
}
