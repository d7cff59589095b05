// The noise is NumPy's, bit for bit; tests/test_noise_numbers.py makes the numbers and checks them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { normals } from "../../optim_lib/live/noise.js";

/** @type {[number, number, number[], string][]} */
const GOLDEN = JSON.parse(readFileSync(new URL("noise.json", import.meta.url), "utf8"));

/**
 * A fingerprint of numbers; those of the tail, which need a logarithm, as float32.
 * @param {Float64Array} numbers
 */
function digest(numbers) {
  const told = numbers.map((z) => (Math.abs(z) > 3.654152885361009 ? Math.fround(z) : z));
  return createHash("sha256").update(new Uint8Array(told.buffer)).digest("hex").slice(0, 16);
}

test("normal numbers are those of numpy.random.default_rng(seed)", () => {
  for (const [seed, count, first, whole] of GOLDEN) {
    const numbers = normals(seed, count);
    assert.deepEqual([...numbers.subarray(0, 3)], first, `seed ${seed}`);
    assert.equal(digest(numbers), whole, `seed ${seed}`);
  }
});

test("more numbers of a seed go on where the earlier ones ended", () => {
  const whole = [...normals(5, 300)];
  normals(6, 1);
  const few = [...normals(5, 7)];
  assert.deepEqual(few, whole.slice(0, 7));
  assert.deepEqual([...normals(5, 300)], whole);
  assert.deepEqual([...normals(5, 12)], whole.slice(0, 12));
  assert.equal(normals(5, 0).length, 0);
});
