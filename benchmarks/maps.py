"""How soon a map is whole in the browser's replayer, beside NumPy and jitted optax. Prints ratios.

Run: python benchmarks/maps.py        (needs Node.js and Chromium; optax takes part if installed)

A map is 64 x 64 settings of the first hyperparameter of a rule and its next, 100 steps; of a rule
with one alone, 64 settings 64 times. A ratio is the time of the other divided by that of Node.js:
above 1 Node.js is faster. Times are the processor's, so that other work on the machine counts
little; medians of rounds that take turns. Then a slider is dragged on a page with no map open, one,
and both, and the frames that were drawn are counted.
"""

import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces
from optim_lib.explorer import Explorer

ROOT = Path(__file__).parents[1]
ROUNDS, SIDE, STEPS = 5, 64, 100
RULES = SGD(lr=0.01), Momentum(lr=0.01), Adagrad(lr=0.1), RMSProp(lr=0.01), Adam(lr=0.1)
NEXT = {"Momentum": "momentum", "RMSProp": "decay_rate", "Adam": "beta1"}
# One process for all rounds, as a page is: "surface rule" on a line, answered by milliseconds of
# the coarse map and of the whole one.
NODE = """
import { createInterface } from "node:readline";
import { makeDescents } from "./optim_lib/live/descents.js";
import { passesOf } from "./optim_lib/live/survey.js";
let data;
for await (const line of createInterface({ input: process.stdin })) {
  if (!data) { data = JSON.parse(line); continue; }
  const [s, r] = line.split(" ").map(Number);
  const [surface, rule] = [data.surfaces[s], data.rules[r]];
  const [first, second] = data.lanes[r];
  const start = process.cpuUsage();
  const varied = [...surface.start, ...rule.hyperparameters].map((_, k) => k === first);
  const settings = { steps: data.steps, noise: 0, seed: 0 };
  const take = makeDescents(surface, rule, settings, varied);
  const times = passesOf(data.rates.length, data.next.length).map(({ jobs }) => {
    for (const { row, cells } of jobs) {
      const own = rule.hyperparameters.map(({ value }) => value);
      const given = [...surface.start, ...own].map((value, k) => Float64Array.from(cells, (cell) =>
        k === first ? data.rates[cell] : k === second ? data.next[row] : value));
      take(given);
    }
    return process.cpuUsage(start).user / 1000;
  });
  console.log(JSON.stringify([times[0], times.at(-1)]));
}
"""


class Node:
    """Maps in Node.js."""

    def __init__(self, given):
        command = ["node", "--input-type=module", "-e", NODE]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        self.write(json.dumps(given))

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def times(self, surface, rule):
        """Return the milliseconds until a map is coarse, and until it is whole."""
        self.write(f"{surface} {rule}")
        return json.loads(self.process.stdout.readline())


def numpy_map(surface, rule, rates, following):
    """Take the descents of a map with the library."""
    name = NEXT.get(type(rule).__name__)
    if name is None:  # so that all maps have as many cells
        start = np.broadcast_to(np.reshape(surface.start, (2, 1, 1)), (2, SIDE, 1))
        return descend(surface, type(rule)(lr=rates), start, STEPS).f[-1]
    settings = {**rule.hyperparameters, "lr": rates, name: following[:, None]}
    return descend(surface, type(rule)(**settings), surface.start, STEPS).f[-1]


def optax_maps():
    """Return a function that takes the descents of a map with optax, compiled beforehand."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    compiled = {}

    def make(surface, rule):
        name = type(rule).__name__

        def run(x, lr, second):
            scale = {
                "SGD": lambda: optax.identity(),
                "Momentum": lambda: optax.trace(decay=second),
                "Adagrad": lambda: optax.scale_by_rss(initial_accumulator_value=0.0, eps=0.0),
                "RMSProp": lambda: optax.scale_by_rms(decay=second, eps=1e-8, eps_in_sqrt=False),
                "Adam": lambda: optax.scale_by_adam(b1=second, eps=1e-8),
            }[name]()

            def step(carry, _):
                x, state = carry
                update, state = scale.update(surface(x, jnp), state)
                return (x - lr * update, state), None

            (last, _), _ = jax.lax.scan(step, (x, scale.init(x)), length=STEPS)
            return last

        return jax.jit(run)

    def take(surface, rule, rates, following):
        key = surface.name, type(rule).__name__
        start = np.broadcast_to(np.reshape(surface.start, (2, 1, 1)), (2, SIDE, SIDE))
        if key not in compiled:
            compiled[key] = make(GRADIENTS[surface.name], rule)
        return np.asarray(compiled[key](start.copy(), rates, following[:, None]))

    return take


# Written again, for optax.
GRADIENTS = {
    "ravine": lambda p, np: np.stack([p[0] / 10, 2 * p[1]]),
    "rosenbrock": lambda p, np: np.stack(
        [-400 * p[0] * (p[1] - p[0] ** 2) - 2 * (1 - p[0]), 200 * (p[1] - p[0] ** 2)]
    ),
    "himmelblau": lambda p, np: np.stack(
        [
            4 * p[0] * (p[0] ** 2 + p[1] - 11) + 2 * (p[0] + p[1] ** 2 - 7),
            2 * (p[0] ** 2 + p[1] - 11) + 4 * p[1] * (p[0] + p[1] ** 2 - 7),
        ]
    ),
}


def milliseconds(act, *given):
    """Return how long something takes a processor."""
    before = time.process_time()
    act(*given)
    return 1000 * (time.process_time() - before)


def drag_frames():
    """Count the frames a second of a drag of a slider, with no map open, one, and both."""
    sys.path.insert(0, str(ROOT / "tests"))
    from browser import engines, plain
    from browser.hand import Hand

    figure = Explorer(surfaces.himmelblau, RULES)
    with tempfile.TemporaryDirectory() as folder, engines.chromium() as browser:
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.goto(plain.write_page(Path(folder), figure).as_uri())
        hand = Hand(engines.Chromium(page))
        hand.ready()
        presses = {
            "no map": [],
            "map of settings": ["Map of settings"],
            "both maps": ["Map of starts"],
        }
        for open_now, pressed in presses.items():
            for name in pressed:
                hand.button(name)
                hand.choose("Map of" if name == "Map of settings" else "Starts of", 4)  # Adam's
            for name in ("Adam beta2", "Noise"):  # all of both maps depends on either
                print(f"{open_now}, {name} dragged: {frames(hand, name):.0f} frames/s")
    figure.close()


def frames(hand, name):
    """Drag a slider for two seconds and return the frames a second that were drawn."""
    time.sleep(1)  # until what opens has moved the slider
    x, y = hand.at(f'[role=slider][aria-label="{name}"]', 0.2)
    mouse = hand.page.page.mouse
    mouse.move(x, y)
    mouse.down()
    first, begun, i = hand.js("return canvas.explorerState.drawn;"), time.perf_counter(), 0
    while time.perf_counter() < begun + 2:
        i += 1
        mouse.move(x + 40 + 40 * np.sin(i / 9), y)
    last, ended = hand.js("return canvas.explorerState.drawn;"), time.perf_counter()
    mouse.up()
    return (last - first) / (ended - begun)


def main():
    """Measure all rules on all surfaces of the catalogue."""
    rates, following = np.geomspace(1e-4, 1.0, SIDE), np.linspace(0, 0.99, SIDE)
    figure = Explorer(surfaces.bowl, RULES)
    names = [[h["name"] for h in rule["hyperparameters"]] for rule in figure.rules]
    lanes = [
        [2, 2 + own.index(NEXT[rule["label"]]) if rule["label"] in NEXT else 1]
        for own, rule in zip(names, figure.rules, strict=True)
    ]
    given = {"surfaces": figure.surfaces, "rules": figure.rules, "lanes": lanes, "steps": STEPS}
    node = Node({**given, "rates": rates.tolist(), "next": following.tolist()})
    optax = optax_maps() if importlib.util.find_spec("optax") else None
    print("ms until coarse / whole in Node.js; NumPy and optax divided by whole")
    for s, surface in enumerate(surfaces.CATALOGUE):
        said = []
        for r, rule in enumerate(RULES):
            ways = {"NumPy": numpy_map}
            if optax and surface.name in GRADIENTS:
                ways["optax"] = optax
            found, others = [], {name: [] for name in ways}
            for _ in range(ROUNDS + 1):
                found.append(node.times(s, r))
                for name, way in ways.items():
                    others[name].append(milliseconds(way, surface, rule, rates, following))
            coarse, whole = (statistics.median(times) for times in zip(*found[1:], strict=True))
            ratios = " ".join(
                f"{name} {statistics.median(times[1:]) / whole:.2f}x"
                for name, times in others.items()
            )
            said.append(f"{type(rule).__name__} {coarse:.1f}/{whole:.0f} {ratios}")
        print(f"{surface.name:16} {' | '.join(said)}", flush=True)
    node.process.stdin.close()
    figure.close()
    drag_frames()


if __name__ == "__main__":
    main()
