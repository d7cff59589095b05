// Sliders: where values stand, which stops there are; panels, ticks and limits.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fractionScale, heightLimits, linearScale, logScale, nextStop, noiseScale, panelPlaces, scaleOf, stopAt, ticks, wholeScale } from "../../optim_lib/live/scales.js";

/** @type {any} */
const SURFACE = {
  bounds: [
    [-8, 8],
    [-3, 3],
  ],
  curvature: 2,
  start: [-7, 2],
};
/** @type {any} */
const RULE = { power: 1 };
/** @param {object} changes @returns {any} */
const rate = (changes = {}) => ({
  name: "lr",
  value: 0.9,
  kind: "log",
  zero: false,
  slider: true,
  ...changes,
});
/** @param {import("../../optim_lib/live/scales.js").Scale} scale */
const ends = ({ stops }) => [stops[0], stops[stops.length - 1]];

test("a scale places its stops in order from 0 to 1, and finds them again", () => {
  const scales = [
    linearScale(-1, 1, 100),
    wholeScale(1, 500),
    logScale(1e-4, 5, false, [0.9]),
    logScale(1e-10, 1, true),
    fractionScale([0.85]),
    noiseScale(4.06),
    scaleOf(rate(), RULE, SURFACE),
  ];
  for (const { stops, place, value } of scales) {
    const places = stops.map(place);
    assert.deepEqual([places[0], places[places.length - 1]], [0, 1]);
    assert.ok(places.every((p, i) => !i || p > places[i - 1]));
    for (const stop of stops) {
      assert.equal(stopAt({ stops, place, value }, place(stop)), stop);
      assert.ok(Math.abs(place(value(place(stop))) - place(stop)) < 2e-3);
    }
    assert.equal(place(-1e9) >= 0 && place(1e9) <= 1, true);
  }
});

test("fractions are spaced in their distance from 1", () => {
  const { stops, place } = fractionScale();
  for (const [i, stop] of [
    [0, 0],
    [15, 0.9],
    [30, 0.99],
    [45, 0.999],
    [60, 0.9999],
  ])
    assert.equal(stops[i], stop);
  assert.ok(Math.abs(place(0.99) - 0.5) < 1e-12);
  assert.equal(place(1), 1);
});

test("round numbers and the value that a rule came with are stops of a learning rate", () => {
  const { stops } = scaleOf(rate({ value: 0.87 }), RULE, SURFACE);
  for (const stop of [0.001, 0.01, 0.1, 0.87, 1]) assert.ok(stops.includes(stop), String(stop));
});

test("a learning rate reaches to what suits the surface, the rule and what was typed", () => {
  assert.deepEqual(ends(scaleOf(rate(), RULE, SURFACE)), [0.0005, 5]); // 10 / curvature
  assert.deepEqual(ends(scaleOf(rate(), { ...RULE, power: 0 }, SURFACE)), [0.0008, 8]);
  assert.deepEqual(ends(scaleOf(rate({ value: 4 }), RULE, SURFACE)), [0.0005, 12]);
  assert.deepEqual(ends(scaleOf(rate({ value: 1e-4 }), RULE, SURFACE)), [1e-5, 1]); // 10 000 times
  assert.deepEqual(ends(scaleOf(rate(), RULE, SURFACE, NaN, 50)), [0.0005, 250]);
  assert.deepEqual(ends(scaleOf(rate(), RULE, SURFACE, 1e-6, NaN)), [2e-7, 5]);
});

test("no curvature makes a slider without ends", () => {
  for (const curvature of [0, -1, NaN, Infinity, 1e-300, 1e300, 5e-324]) {
    const [low, high] = ends(scaleOf(rate(), RULE, { ...SURFACE, curvature }));
    assert.ok(
      low >= 1e-12 && low <= 0.09 && high >= 2.7 && high <= 9000,
      `${curvature}: ${low} to ${high}`,
    );
  }
  for (const value of [1e-300, 1e300, 0]) {
    const { stops } = scaleOf(rate({ value, zero: true }), RULE, SURFACE);
    assert.ok(
      stops.every(Number.isFinite) && stops.length > 2 && stops.length < 20_000,
      String(value),
    );
  }
});

test("other hyperparameters", () => {
  assert.deepEqual(
    ends(scaleOf(rate({ name: "eps", value: 1e-8, zero: true }), RULE, SURFACE)),
    [0, 1],
  );
  assert.equal(
    scaleOf(rate({ name: "eps", value: 1e-8, zero: true }), RULE, SURFACE).stops[1],
    1e-10,
  );
  assert.deepEqual(
    ends(scaleOf(rate({ name: "a", kind: "linear", value: 3 }), RULE, SURFACE)),
    [0, 6],
  );
  assert.deepEqual(
    ends(scaleOf(rate({ name: "a", kind: "linear", value: -3 }), RULE, SURFACE)),
    [-6, 0],
  );
  assert.deepEqual(
    ends(scaleOf(rate({ name: "a", kind: "linear", value: 0 }), RULE, SURFACE)),
    [-1, 1],
  );
  const [low, high] = ends(
    scaleOf(rate({ name: "a", kind: "linear", value: 3 }), RULE, SURFACE, -2, 100),
  );
  assert.ok(low < -2 && high > 100);
  assert.deepEqual(
    [noiseScale(NaN), noiseScale(0), noiseScale(Infinity)].map(ends),
    Array(3).fill([0, 10]),
  );
  assert.deepEqual(ends(noiseScale(0.7, 30)), [0, 200]);
});

test("arrows go from stop to stop, and Shift a tenth of the way", () => {
  const scale = fractionScale();
  assert.equal(nextStop(scale, 0.9, 1, false), 0.9142);
  assert.equal(nextStop(scale, 0.9142, -1, false), 0.9);
  assert.equal(nextStop(scale, 0.905, 1, false), 0.9142); // from between two stops
  assert.equal(nextStop(scale, 0.905, -1, false), 0.9);
  assert.equal(nextStop(scale, 0.9, -10, false), 0.536);
  assert.equal(nextStop(scale, 0.9999, 10, false), 0.9999);
  let value = 0.9;
  for (let i = 0; i < 10; i++) {
    const next = nextStop(scale, value, 1, true);
    assert.ok(next > value && next <= 0.9143);
    value = next;
  }
  assert.ok(Math.abs(value - 0.9142) < 2e-4);
  assert.ok(nextStop(scale, 0.9, -1, true) < 0.9);
  const whole = wholeScale(1, 500);
  assert.deepEqual(
    [
      nextStop(whole, 100, 1, true),
      nextStop(whole, 100, -10, false),
      nextStop(whole, 1, -1, false),
    ],
    [101, 90, 1],
  );
  const log = logScale(0.001, 1, true);
  assert.deepEqual(
    [nextStop(log, 0.001, -1, false), nextStop(log, 0, 1, false), nextStop(log, 5, -1, false)],
    [0, 0.001, 1],
  );
});

test("ticks are round and few, whatever the ends", () => {
  assert.deepEqual(ticks(-8, 8, 8), [-8, -6, -4, -2, 0, 2, 4, 6, 8]);
  assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  for (const [low, high] of [
    [0, 0],
    [1, 0],
    [-1e308, 1e308],
    [0, 5e-324],
    [1e15, 1e15 + 0.25],
    [NaN, 1],
    [0, Infinity],
  ])
    assert.ok(ticks(low, high, 5).length <= 20, `${low} ${high}`);
});

/** @param {number} width @param {[[number, number], [number, number]]} bounds */
const aspects = (width, bounds) => {
  const { surface, heights, height } = panelPlaces(width, 320, bounds);
  for (const panel of [surface, heights]) {
    assert.ok(
      panel.w > 60 &&
        panel.h > 60 &&
        panel.x >= 0 &&
        panel.x + panel.w <= width &&
        panel.y + panel.h < height,
    );
  }
  return surface.w / surface.h;
};

test("lengths along x and y are alike where the bounds allow it", () => {
  for (const width of [320, 390, 620, 960, 1240]) {
    assert.ok(
      Math.abs(
        aspects(width, [
          [-8, 8],
          [-3, 3],
        ]) -
          16 / 6,
      ) < 1e-9,
    );
    assert.ok(
      Math.abs(
        aspects(width, [
          [-3, 3],
          [-3, 3],
        ]) - 1,
      ) < 1e-9,
    );
    assert.ok(
      Math.abs(
        aspects(width, [
          [0, 3],
          [0, 5],
        ]) - 0.6,
      ) < 1e-9,
    );
    assert.ok(
      Math.abs(
        aspects(width, [
          [0, 1000],
          [0, 1],
        ]) - 2.7,
      ) < 1e-9,
    );
    assert.ok(
      Math.abs(
        aspects(width, [
          [0, 1],
          [0, 1000],
        ]) - 0.5,
      ) < 1e-9,
    );
  }
});

test("the axis of heights has ends, whatever the paths", () => {
  assert.deepEqual(heightLimits(false, [-2.25, 2.25], []), [-2.25, 2.25]);
  assert.deepEqual(heightLimits(false, [3, 3], []), [2, 4]);
  assert.deepEqual(heightLimits(true, [0, 1], []), [0, 1]);
  assert.deepEqual(heightLimits(true, [0, 1], [[6.45, 1e-3, 0]]), [-3, 1]);
  assert.deepEqual(heightLimits(true, [0, 1], [[1, 1e300, Infinity, NaN]]), [0, 4]);
  assert.deepEqual(heightLimits(true, [0, 1], [[NaN, NaN]]), [0, 1]);
  assert.deepEqual(heightLimits(true, [0, 1], [[0, 0]]), [-16, -15]);
});
