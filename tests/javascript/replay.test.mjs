// The replayer has NumPy's meaning, and its powers are C's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { compile, replay } from "../../optim_lib/live/replay.js";

const { powers } = JSON.parse(readFileSync(new URL("paths.json", import.meta.url), "utf8"));

/**
 * The result of one operation.
 * @param {string} name
 * @param {number[]} operands
 */
function once(name, ...operands) {
  const slots = operands.map((_, i) => i);
  const tape = {
    inputs: slots.length,
    constants: [],
    operations: [[name, ...slots]],
    outputs: [slots.length],
  };
  return replay(
    tape,
    operands.map((v) => [v]),
  )[0][0];
}

/** @type {[string, number[], number][]} */
const MEANINGS = [
  ["remainder", [-7, 3], 2],
  ["remainder", [7, -3], -2],
  ["remainder", [6, -3], -0],
  ["remainder", [1, 0], NaN],
  ["remainder", [-1, Infinity], Infinity],
  ["fmod", [-7, 3], -1],
  ["sign", [-0], 0],
  ["sign", [-2], -1],
  ["sign", [NaN], NaN],
  ["rint", [0.5], 0],
  ["rint", [1.5], 2],
  ["rint", [-2.5], -2],
  ["rint", [-0.2], -0],
  ["rint", [1e300], 1e300],
  ["rint", [4503599627370495.5], 4503599627370496],
  ["rint", [NaN], NaN],
  ["maximum", [NaN, 1], NaN],
  ["maximum", [1, NaN], NaN],
  ["fmax", [NaN, 1], 1],
  ["fmin", [1, NaN], 1],
  ["fmin", [2, 1], 1],
  ["logical_and", [NaN, 1], 1],
  ["logical_or", [0, 0], 0],
  ["logical_not", [NaN], 0],
  ["where", [NaN, 1, 2], 1],
  ["where", [0, 1, 2], 2],
  ["less", [NaN, 1], 0],
  ["not_equal", [NaN, NaN], 1],
  ["isfinite", [-Infinity], 0],
  ["isnan", [NaN], 1],
  ["power", [NaN, 0], 1],
  ["power", [1, NaN], 1],
  ["power", [-1, -Infinity], 1],
  ["power", [-8, 1 / 3], NaN],
  ["power", [2, 0.5], Math.SQRT2],
  ["power", [0, -1], Infinity],
  ["power", [-2, 3], -8],
  ["power", [1e200, 2], Infinity],
  ["power", [1e-200, 2], 0],
  ["hypot", [3e200, 4e200], 4.9999999999999995e200],
  ["hypot", [Infinity, NaN], Infinity],
  ["hypot", [0, 0], 0],
  ["hypot", [3, 4], 5],
  ["arctan2", [0, -1], Math.PI],
  ["absolute", [-0], 0],
  ["trunc", [-1.5], -1],
  ["negative", [0], -0],
];

test("operations mean what they mean in NumPy", () => {
  for (const [name, operands, result] of MEANINGS)
    assert.ok(Object.is(once(name, ...operands), result), `${name} ${operands}`);
});

test("whole powers are rounded as C rounds them", () => {
  assert.ok(powers.length > 200);
  const wrong = powers.filter(
    (/** @type {number[]} */ [x, n, power]) => once("power", x, n) !== power,
  );
  assert.ok(wrong.length <= 2, JSON.stringify(wrong)); // C's own are off about once in a thousand
});

test("constants and tables hold what JSON cannot", () => {
  const tape = {
    inputs: 1,
    constants: /** @type {any} */ (["NaN", "-Infinity", 2]),
    operations: [
      ["lookup", 0, 0],
      ["maximum", 1, 0],
      ["multiply", 4, 3],
    ],
    outputs: [4, 5, 2, 6, 0],
    tables: /** @type {any} */ ([[5, "Infinity"]]),
  };
  const results = replay(tape, [[0, 1, 2, NaN]]).map((lane) => [...lane]);
  assert.deepEqual(results[0], [5, Infinity, NaN, NaN]);
  assert.deepEqual(results[1], [NaN, NaN, NaN, NaN]);
  assert.deepEqual(results[2], Array(4).fill(-Infinity));
  assert.deepEqual(results[3], [10, Infinity, NaN, NaN]);
  assert.deepEqual(results[4], [0, 1, 2, NaN]);
});

test("what no output needs is left out, and what is not known is refused", () => {
  const tape = {
    inputs: 1,
    constants: [],
    operations: [
      ["sqrt", 0],
      ["negative", 0],
    ],
    outputs: [2],
  };
  assert.equal(compile(tape).code.length, 5);
  assert.deepEqual([...replay(tape, [[4]])[0]], [-4]);
  assert.throws(
    () => compile({ ...tape, operations: [["conjure", 0]], outputs: [1] }),
    /unknown operation conjure/,
  );
});
