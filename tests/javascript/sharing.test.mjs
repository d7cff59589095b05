// Settings in an address come back as they were; nonsense in it is as if it were not there.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, pythonOf, settingsOf } from "../../optim_lib/live/sharing.js";
import { makeTypist } from "../../optim_lib/live/typed.js";

const range = { low: 0, high: null, low_open: false, high_open: false };
/** @param {any[]} given */
const rule = (...[label, python, own, names]) => ({
  label,
  python,
  own,
  hyperparameters: names.map((/** @type {string} */ name) => ({ name, range })),
});
/** @param {any[]} given */
const place = (...[name, python, start]) => ({ name, python, start });

/** @type {any} */
const first = {
  surface: 0,
  start: [-7, 2],
  steps: 30,
  noise: 0,
  seed: 0,
  schedule: null,
  values: [[0.9], [0.1, 0.5], [0.3]],
  shown: [true, true, true],
};
const nothing = { surfaces: [], rules: [] };
const began = { ...first, step: -1, typed: nothing };
/** @returns {any} */
const figure = () => ({
  ...structuredClone(began),
  surfaces: [place("ravine", "surfaces.ravine", [-7, 2]), place("my hill", "", [1, 1])],
  rules: [
    rule("SGD", "SGD", false, ["lr"]),
    rule("Momentum 2", "Momentum", false, ["lr", "momentum"]),
    rule("Mine", "Mine", true, ["lr"]),
  ],
  schedules: [
    { name: "linear", python: "schedules.Linear", own: false, warmup: true, options: [] },
    { name: "Mine(a=1)", python: "Mine", own: true, warmup: true, options: ["a=1"] },
    { name: "halve", python: "halve", own: true, warmup: false, options: [] },
  ],
  computed: {},
});
/** @param {any} state @param {string} said */
const back = (state, said) => settingsOf(new URLSearchParams(said), state, first);

test("what a figure began with needs no words", () => {
  assert.equal(addressOf(2, figure(), first), "figure=2");
  assert.deepEqual(back(figure(), "figure=2"), began);
});

test("settings come back from their address", () => {
  const changed = {
    surface: 1,
    start: [0.25, -1e-7],
    steps: 77,
    noise: 0.1,
    seed: 12345678901,
    schedule: [0, 10],
    values: [[1e-5], [0.1, 0.95], [3]],
    shown: [true, false, true],
    step: 12,
    typed: nothing,
  };
  const said = addressOf(1, { ...figure(), ...changed }, first);
  assert.ok(said.includes("start=0.25,-1e-7"));
  assert.deepEqual(back(figure(), said), changed);
});

test("nonsense in an address is not taken", () => {
  for (const said of [
    "surface=nowhere&start=1&steps=0&noise=-1&seed=1.5&step=31&SGD.lr=-1&Other.lr=1",
    "start=1,,2&steps=1e9&noise=NaN&seed=-1&step=x&SGD.lr=&Momentum+2.lr=Infinity",
    "start=,&steps=&noise=&seed=&step=-5&SGD.lr=alert(1)",
    "start=1,2,3&steps=7.5&schedule=no&warmup=3",
  ])
    assert.deepEqual(back(figure(), said), began);
});

test("a schedule may be none again, and only some have a warmup", () => {
  assert.ok(addressOf(1, { ...figure(), schedule: [0, 10] }, first).includes("linear&warmup=10"));
  assert.deepEqual(back(figure(), "schedule=linear&warmup=-1").schedule, [0, 0]);
  assert.deepEqual(back(figure(), "schedule=halve&warmup=3").schedule, [2, 0]);
  const paced = { ...first, schedule: [0, 10] };
  const said = addressOf(1, figure(), paced);
  assert.equal(said, "figure=1&schedule=none");
  assert.equal(settingsOf(new URLSearchParams(said), figure(), paced).schedule, null);
});

test("on another surface the start is that surface's own", () => {
  assert.deepEqual(back(figure(), "surface=my+hill").start, [1, 1]);
  assert.deepEqual(back(figure(), "surface=my+hill&start=3,4").start, [3, 4]);
});

test("Python makes the figure, and says what it needs first", () => {
  const state = { ...figure(), noise: 0.2, seed: 3, shown: [true, false, true], surface: 1 };
  assert.equal(
    pythonOf(state),
    `from optim_lib import Momentum, SGD
from optim_lib.explorer import Explorer

# Define first, as the lesson does: Mine, surface (my hill)
explorer = Explorer(
    surface,
    [
        SGD(lr=0.9),
        Momentum(lr=0.1, momentum=0.5),
        Mine(lr=0.3),
    ],
    start=(-7, 2),
    steps=30,
    noise=0.2,
)
explorer.seed = 3
explorer.switches["Momentum 2"].value = False
explorer`,
  );
});

test("Python makes the schedule, too", () => {
  /** @param {[number, number]} schedule */
  const lines = (schedule) => pythonOf({ ...figure(), schedule }).split("\n");
  assert.ok(lines([0, 10]).includes("    schedule=schedules.Linear(warmup=10),"));
  assert.equal(lines([0, 0])[0], "from optim_lib import Momentum, SGD, schedules, surfaces");
  assert.ok(lines([1, 2]).includes("    schedule=Mine(a=1, warmup=2),"));
  assert.ok(lines([2, 0]).includes("    schedule=halve,"));
  assert.ok(lines([2, 0])[3].endsWith(": Mine, halve"));
});

test("a rule and a surface of one's own need nothing of the library but the figure", () => {
  const state = figure();
  const mine = { ...state, rules: [state.rules[2]], values: [[0.3]], shown: [true], surface: 1 };
  assert.ok(pythonOf(mine).startsWith("from optim_lib.explorer import Explorer\n"));
});

const bounds = [-1, 1, -2, 2];
const typed = {
  surfaces: [{ text: "x**2 + sin(3*y)", bounds: [bounds.slice(0, 2), bounds.slice(2)] }],
  rules: [{ name: "Typed", settings: "lr = 0.5", step: "x -= lr*g" }],
};

test("what was typed comes back from an address, with its own settings", () => {
  const values = [...first.values, [0.25]];
  const shown = [true, true, true, false];
  const changed = { ...began, typed, surface: 2, start: [0.5, 1], values, shown };
  const state = makeTypist()({ ...figure(), ...changed });
  assert.deepEqual(back(figure(), addressOf(1, state, first)), changed);
});

test("a text that only Python reads leaves the figure as it was", () => {
  const surfaces = [{ ...typed.surfaces[0], text: "0x10*x" }];
  const state = makeTypist()({ ...figure(), typed: { surfaces, rules: [] }, surface: 2 });
  assert.deepEqual([state.surfaces, state.surface], [figure().surfaces, 0]);
});

test("nonsense that looks typed is not taken, all of it", () => {
  const [surface] = typed.surfaces;
  const [own] = typed.rules;
  for (const wrong of [
    "{",
    "null",
    "[]",
    '{"surfaces": {"length": 2}, "rules": []}',
    JSON.stringify({ surfaces: [{ ...surface, text: "alert(1)" }], rules: [own] }),
    JSON.stringify({ surfaces: [{ ...surface, text: ["x"] }, {}], rules: [] }),
    JSON.stringify({ surfaces: [{ ...surface, bounds: [bounds, 3] }], rules: [] }),
    JSON.stringify({ surfaces: Array(9).fill(surface), rules: [] }),
    JSON.stringify({ surfaces: [], rules: [own, own] }),
    JSON.stringify({ surfaces: [], rules: [{ ...own, name: "Mine" }] }),
    JSON.stringify({ surfaces: [], rules: [{ ...own, name: "__proto__" }] }),
    JSON.stringify({ surfaces: [surface], rules: [{ ...own, step: "x = ".repeat(99_999) }] }),
  ])
    assert.deepEqual(back(figure(), `typed=${encodeURIComponent(wrong)}`).typed, nothing);
});
