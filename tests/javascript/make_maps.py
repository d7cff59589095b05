"""What Python says of cells of maps, for the tests of the JavaScript that draws them.

Run: python tests/javascript/make_maps.py

It writes maps.json: for each rule and some surfaces, with noise and without, the ends of descents
over a coarse grid of settings and of starts. The tapes are those of paths.json.
"""

import json
from pathlib import Path

import numpy as np
from make_paths import PLACES, RULES, plain

from optim_lib import descend, sweep

SIDE, STEPS, SEED = 6, 30, 3


class Alike:
    """Noise that is the same for every descent of a map, as the figure draws it for each path."""

    def standard_normal(self, shape):
        numbers = np.random.default_rng(SEED).standard_normal(shape[:2])
        return np.broadcast_to(numbers.reshape(*shape[:2], *(1,) * (len(shape) - 2)), shape)


def main():
    """Write the ends of all descents."""
    data = [
        {
            "surface": place.name,
            "rule": type(rule).__name__,
            "calm": settings(place, rule, 0.0),
            "shaken": settings(place, rule, 0.5),
            "starts": starts(place, rule, 0.5),
        }
        for place in PLACES
        for rule in RULES
    ]
    data = {"side": SIDE, "steps": STEPS, "seed": SEED, "noise": 0.5, "maps": data}
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    Path(__file__).with_name("maps.json").write_text(text.replace("},{", "},\n{") + "\n", "utf-8")


def settings(place, rule, noise):
    """Return the ends over a grid of the first hyperparameter and its next, if it has a slider."""
    fixed = rule.hyperparameters
    names = [name for name in fixed if name != "eps"][:2]
    axes = [np.geomspace(1e-4, 3.0, SIDE), np.linspace(0.0, 0.95, SIDE)][: len(names)]
    arrays = dict(zip(names, axes, strict=True))
    if noise:
        grid = np.meshgrid(*axes, indexing="ij")
        varied = type(rule)(**fixed | dict(zip(names, grid, strict=True)))
        run = descend(place, varied, steps=STEPS, noise=(noise, Alike()))
    else:
        run = sweep(place, type(rule), place.start, STEPS, **fixed | arrays)
    return {"names": names, "values": [plain(axis) for axis in axes], **ends(run, f=run.f[-1])}


def starts(place, rule, noise):
    """Return the ends over a grid of starts, x by x."""
    axes = [np.linspace(low, high, SIDE) for low, high in place.bounds]
    points = np.array(np.meshgrid(*axes, indexing="ij"))
    run = descend(place, rule, points, STEPS, (noise, Alike()) if noise else None)
    return {"values": [plain(axis) for axis in axes], **ends(run, x=run.x[-1, 0], y=run.x[-1, 1])}


def ends(run, **parts):
    """Return parts of the ends in their order, None where a path diverged."""
    lost = np.ravel(run.diverged)
    return {
        name: [
            None if gone else float(f"{v:.11g}")
            for v, gone in zip(np.ravel(values), lost, strict=True)
        ]
        for name, values in parts.items()
    }


if __name__ == "__main__":
    main()
