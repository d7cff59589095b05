"""What Python says of some descents, for the tests of the JavaScript that takes them as well.

Run: python tests/javascript/make_paths.py

It writes paths.json: tapes, the last points and the words of descents, and formatted numbers.
"""

import json
import math
from pathlib import Path

import numpy as np

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, schedules, surfaces
from optim_lib.explorer import Explorer

RULES = [SGD(lr=0.02), Momentum(lr=0.01), Adagrad(lr=1.0), RMSProp(lr=0.1), Adam(lr=0.3)]
PLACES = [surfaces.ravine, surfaces.saddle, surfaces.himmelblau, surfaces.beale, surfaces.plateau]
PLANS = [(30, 0.0, None), (30, 0.5, None), (200, 0.0, None)]  # steps, noise, schedule
SCHEDULES = schedules.Constant, schedules.Linear, schedules.Cosine, schedules.StepDecay
PACED = [(50, 0.0, kind(warmup=7)) for kind in (*SCHEDULES, schedules.InverseRoot)]
FIELDS = "name", "bounds", "start", "minima", "saddles", "lowest", "curvature", "tape"


def main():
    figure = Explorer(surfaces.ravine, RULES)
    runs = []
    for place in PLACES:
        for rule, entry in zip(RULES, figure.rules, strict=True):
            for steps, noise, schedule in PLANS + (PACED if place is surfaces.ravine else []):
                shaken = noise, np.random.default_rng(3)
                run = descend(place, rule, steps=steps, noise=shaken, schedule=schedule)
                said = words(figure, place, entry["label"], steps, noise, schedule)
                runs.append(
                    {
                        "surface": place.name,
                        "rule": entry["label"],
                        "steps": steps,
                        "noise": noise,
                        "schedule": figure.get_state("schedule")["schedule"],
                        "x": plain(run.x[-1]),
                        "f": plain(run.f[-1])[0],
                        "g": plain(run.g[-1]),
                        "state": [n for part in run.state for n in plain(part[-1])],
                        "diverged_at": int(run.diverged_at),
                        "words": said,
                    }
                )
    known = {surface["name"]: surface for surface in figure.surfaces}
    data = {
        "surfaces": [{key: known[place.name][key] for key in FIELDS} for place in PLACES],
        "rules": figure.rules,
        "schedules": figure.schedules,
        "runs": runs,
        "powers": powers(),
        "formats": [[value, f"{value:z.4g}", f"{value:z.3g}"] for value in numbers()],
    }
    figure.close()
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    Path(__file__).with_name("paths.json").write_text(text.replace("},{", "},\n{") + "\n", "utf-8")


def words(figure, place, label, steps, noise, schedule):
    """Return what the figure says of a rule."""
    figure.surface, figure.steps, figure.noise, figure.seed = place, steps, noise, 3
    figure.schedule = schedule
    lines = figure.words.splitlines()
    return next(line for line in lines if line.startswith((f"{label}:", f"{label} ")))


def powers():
    """Return bases, whole exponents and powers, as C and so Python rounds them."""
    rng = np.random.default_rng(0)
    bases = [0.9, 0.99, 0.999, *(1 - 10.0 ** -rng.uniform(0, 4, 40)), *rng.uniform(-3, 3, 40)]
    pairs = [(float(x), int(n)) for x in bases for n in rng.integers(-60, 500, 4)]
    return [[x, n, x**n] for x, n in pairs if abs(x**n) < 1e250]


def plain(array):
    """Return numbers for JSON, which cannot hold all of them, as a tape writes them."""
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [float(v) if np.isfinite(v) else words[str(float(v))] for v in np.ravel(array)]


def numbers():
    """Return numbers that are awkward to write: ties, ends of a form, tiny and huge ones."""
    rng = np.random.default_rng(0)
    some = [*rng.normal(size=20), *10 ** rng.uniform(-12, 12, 20), *rng.integers(0, 40000, 20) / 2]
    ends = [0.0, -0.0, 9999.5, 99.95, 0.00099995, 1e-4, 1e-5, 12345.0, 12355.0, 1e4, 1e300, 5e-324]
    return [*map(float, some), *ends, 0.5, 2.5, 1234.5, 1235.5, -1234.5, math.pi, -1 / 3]


if __name__ == "__main__":
    main()
