// Paths and words are those of Python; make_paths.py makes the numbers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { alike, keyOf, numbersOf, partsOf, takePath } from "../../optim_lib/live/paths.js";
import { factors } from "../../optim_lib/live/schedule.js";
import { makeTracker } from "../../optim_lib/live/tracks.js";
import { brief, general, powerOfTen, wordsOf } from "../../optim_lib/live/words.js";

const data = JSON.parse(readFileSync(new URL("paths.json", import.meta.url), "utf8"));
/** @param {string} name @returns {import("../../optim_lib/live/paths.js").Surface} */
const surfaceOf = (name) =>
  data.surfaces.find((/** @type {any} */ surface) => surface.name === name);
/** @param {string} label @returns {import("../../optim_lib/live/paths.js").Rule} */
const ruleOf = (label) => data.rules.find((/** @type {any} */ rule) => rule.label === label);
/** @param {any} run */
const settingsOf = ({ surface, rule, steps, noise, schedule }) => ({
  start: surfaceOf(surface).start,
  steps,
  noise,
  seed: 3,
  values: ruleOf(rule).hyperparameters.map(({ value }) => value),
  factors: factors({ schedules: data.schedules, schedule, steps }),
});

/**
 * Whether numbers agree; those of single points that NumPy squares by C's pow may be a digit apart.
 * @param {ArrayLike<number>} found
 * @param {number[]} wanted
 * @param {boolean} exact
 */
const agree = (found, wanted, exact) =>
  Array.from(found).every((v, i) =>
    exact ? v === wanted[i] : Math.abs(v - wanted[i]) <= 1e-11 * (1 + Math.abs(wanted[i])),
  );

test("every descent ends where Python's ends and is told in the same words", () => {
  assert.ok(data.runs.length >= 60);
  for (const run of data.runs) {
    const [surface, rule] = [surfaceOf(run.surface), ruleOf(run.rule)];
    const path = takePath(surface, rule, settingsOf(run));
    const schedule = run.schedule && data.schedules[run.schedule[0]].name;
    const about = `${run.rule} on ${run.surface}, ${run.steps} steps, ${run.noise}, ${schedule}`;
    const { x, f, g, states, steps } = path;
    const width = states.length / (steps + 1);
    assert.equal(path.divergedAt, run.diverged_at, about);
    assert.equal(wordsOf(rule.label, path, surface), run.words, about);
    if (run.diverged_at >= 0) continue;
    // No power in their gradients, no cosine in the schedule.
    const exact = ["ravine", "saddle"].includes(run.surface) && schedule !== "cosine";
    assert.ok(agree(x.subarray(-2), run.x, exact), about);
    assert.ok(agree(g.subarray(-2), run.g, exact), about);
    assert.ok(agree(states.subarray(width * steps), run.state, exact), about);
    assert.ok(agree(f.subarray(-1), [run.f], false), about);
  }
});

test("numbers are written as Python writes them", () => {
  for (const [value, four, three] of data.formats)
    assert.deepEqual([general(value, 4), general(value, 3)], [four, three], String(value));
  assert.deepEqual(
    [NaN, Infinity, -Infinity].map((v) => general(v, 4)),
    ["nan", "inf", "-inf"],
  );
  assert.deepEqual([brief(0.1 + 0.2), brief(NaN), brief(123456789)], ["0.3", "–", "123456800"]);
  assert.equal(powerOfTen(-12), "10⁻¹²");
});

test("internals are the gradient, the memory, the step and its rate", () => {
  const [surface, rule] = [surfaceOf("ravine"), ruleOf("Adam")];
  const path = takePath(surface, rule, {
    start: [-7, 2],
    steps: 3,
    noise: 0,
    seed: 0,
    values: [0.3, 0.9, 0.999, 1e-8],
  });
  const parts = partsOf(path, rule);
  assert.deepEqual(
    parts.map(({ name, width, arrow }) => [name, width, arrow]),
    [
      ["g", 2, -1],
      ["t", 1, 0],
      ["m", 2, -1],
      ["√v", 2, 0],
      ["step", 2, 1],
      ["rate", 2, 0],
    ],
  );
  const [g, t, m, v, step, rate] = parts.map((part) => part.values);
  assert.deepEqual([...t], [0, 1, 2, 3]);
  assert.ok(Math.abs(m[2] - 0.1 * g[0]) < 1e-15);
  assert.ok(Math.abs(v[2] - Math.sqrt(0.001) * Math.abs(g[0])) < 1e-12);
  assert.equal(step[0], path.x[2] - path.x[0]);
  assert.equal(rate[6], -step[6] / g[6]);
  assert.equal(step.length, 8); // one beyond the last point
});

/** @param {object} changes @returns {import("../../optim_lib/live/tracks.js").State} */
function stateWith(changes) {
  const rules = [ruleOf("SGD"), { ...ruleOf("Momentum"), label: "Own", step: null, init: null }];
  return {
    surfaces: data.surfaces,
    rules,
    schedules: data.schedules,
    schedule: null,
    surface: 0,
    start: [-7, 2],
    steps: 2,
    noise: 0,
    seed: 0,
    step: -1,
    values: [[0.9], [0.1, 0.9]],
    shown: [true, true],
    computed: {},
    ...changes,
  };
}

test("what has no tape waits for Python's answer for just these settings", () => {
  const find = makeTracker();
  const answer = {
    made_for: [0, -7, 2, 2, 0, 0, 0.1, 0.9],
    words: "Own: f = 1",
    failed: false,
    x: new DataView(Float64Array.of(-7, 2, 1, 1, 3, 4).buffer),
    f: [6, 5, 4],
    parts: [{ name: "g", arrow: -1, width: 2, values: [1, 2, 3, 4, 5, 6] }],
  };
  assert.deepEqual(
    find(stateWith({})).map(({ source, f }) => [source, f.length]),
    [
      ["replay", 3],
      ["stale", 0],
    ],
  );
  const found = find(stateWith({ computed: { Own: answer } }))[1];
  assert.deepEqual(
    [found.source, found.words, Array.from(found.x), Array.from(found.f)],
    ["python", "Own: f = 1", [-7, 2, 1, 1, 3, 4], [6, 5, 4]],
  );
  assert.deepEqual([...found.parts()[0].values], [1, 2, 3, 4, 5, 6]);
  const late = find(stateWith({ computed: { Own: answer }, seed: 1 }))[1];
  assert.deepEqual(
    [late.source, late.words, Array.from(late.f), late.parts()],
    ["stale", "Own: f = 1", [6, 5, 4], []],
  );
  const elsewhere = find(stateWith({ computed: { Own: answer }, surface: 1, start: [1, 1] }))[1];
  assert.deepEqual([elsewhere.source, elsewhere.f.length], ["stale", 0]); // not on another surface
});

test("a schedule is the factor of the rate that the internals show", () => {
  /** @param {import("../../optim_lib/live/tracks.js").State["schedule"]} schedule */
  const lrOf = (schedule) => {
    const [{ parts, words }] = makeTracker()(stateWith({ schedule, rules: [ruleOf("SGD")] }));
    return { lr: parts().find(({ name }) => name === "lr")?.values, words };
  };
  assert.equal(lrOf(null).lr, undefined);
  const linear = data.schedules.findIndex((/** @type {any} */ { name }) => name === "linear");
  assert.deepEqual([...(lrOf([linear, 0]).lr ?? [])], [0.9, 0.45, 0.45]); // the last one goes on
  assert.notEqual(lrOf([linear, 0]).words, lrOf(null).words);
});

test("a rule without a rate stays as it is and says so; what has no tape waits for Python", () => {
  const [sgd] = stateWith({}).rules;
  const [lr] = sgd.hyperparameters;
  const fixed = { ...sgd, label: "Fixed", hyperparameters: [{ ...lr, name: "k" }] };
  const untaped = { ...data.schedules[0], tape: null };
  const both = { rules: [sgd, fixed], schedules: [untaped], values: [[0.9], [0.9]] };
  const plain = makeTracker()(stateWith(both))[1];
  const [waits, found] = makeTracker()(stateWith({ ...both, schedule: [0, 0] }));
  assert.equal(waits.source, "stale");
  assert.deepEqual([found.source, found.x], ["replay", plain.x]);
  assert.equal(found.words, `${plain.words}; no lr to schedule`);
});

test("only what changed is computed again", () => {
  const find = makeTracker();
  const rules = [ruleOf("SGD"), ruleOf("Momentum")];
  const [sgd, momentum] = find(stateWith({ rules }));
  const [again, other] = find(
    stateWith({ rules, values: [[0.9], [0.2, 0.9]], shown: [false, true], step: 1 }),
  );
  assert.equal(again.x, sgd.x);
  assert.equal(again.shown, false);
  assert.notEqual(other.x, momentum.x);
  assert.notDeepEqual(Array.from(other.x), Array.from(momentum.x));
});

test("bytes come as a view, as a buffer, as base64 or as numbers", () => {
  const numbers = Float64Array.of(1.5, -2, NaN);
  const inside = new Uint8Array(40);
  inside.set(new Uint8Array(numbers.buffer), 8);
  const forms = [
    numbers.buffer,
    new DataView(inside.buffer, 8, 24),
    Buffer.from(numbers.buffer).toString("base64"),
    [...numbers],
  ];
  for (const form of forms) assert.deepEqual([...numbersOf(form, 8)], [1.5, -2, NaN]);
  assert.deepEqual([...numbersOf(Float32Array.of(0.5, 3), 4)], [0.5, 3]);
});

test("settings are compared number by number", () => {
  const key = keyOf(1, { start: [0, 2], steps: 5, noise: 0, seed: 0, values: [0.1] });
  assert.deepEqual(key, [1, 0, 2, 5, 0, 0, 0.1]);
  assert.ok(alike([1, -0, 2, 5, 0, 0, 0.1], key));
  assert.ok(
    !alike(key.slice(1), key) && !alike(undefined, key) && !alike([1, 0, 2, 5, 0, 1, 0.1], key),
  );
});
