// Read what was typed, for tests that compare it with Python. JSON comes in, and JSON goes out.

import { readFileSync } from "node:fs";

import { takePath } from "../../optim_lib/live/paths.js";
import { replay } from "../../optim_lib/live/replay.js";
import { pythonOf } from "../../optim_lib/live/sharing.js";
import { makeTypist, typedRule, typedSurface } from "../../optim_lib/live/typed.js";

const { surfaces = [], rules = [], points, figure } = JSON.parse(readFileSync(0, "utf-8"));

/** @param {() => any} make */
function attempt(make) {
  try {
    return make();
  } catch (error) {
    return { error: String(error), excerpt: /** @type {any} */ (error).excerpt ?? null };
  }
}

/** A figure with what was typed: its lines of Python, and the last points of its paths. */
function whole() {
  const state = makeTypist()(figure);
  const { start, steps, noise, seed } = state;
  const place = state.surfaces[state.surface];
  const paths = state.rules.map((rule, i) =>
    takePath(place, rule, { start, steps, noise, seed, values: state.values[i] }),
  );
  return { python: pythonOf(state), ends: paths.map(({ x }) => Array.from(x.slice(-2), String)) };
}

process.stdout.write(
  JSON.stringify({
    surfaces: surfaces.map((/** @type {any} */ one) =>
      attempt(() => {
        const surface = typedSurface(one);
        const tape = /** @type {import("../../optim_lib/live/replay.js").Tape} */ (surface.tape);
        const values = points && replay(tape, points).map((row) => Array.from(row, String));
        return { ...surface, tape: null, values };
      }),
    ),
    rules: rules.map((/** @type {any} */ one) => attempt(() => typedRule(one, []))),
    figure: figure && attempt(whole),
  }),
);
