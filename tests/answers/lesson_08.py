"""Answers to the exercises of lesson 08: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction

import numpy as np

from optim_lib import SGD, Adagrad, surfaces, sweep
from optim_lib import Adam as _Adam


def unit_step(move):
    """Return a rule that walks by what `move` makes of lr, the gradient and x."""

    class UnitStep(SGD):
        def step(self, x, g, state):
            return x - move(self.lr, g, x), state

    return UnitStep


def length(g):
    return np.linalg.norm(g, axis=0)


class ForgetsLr(SGD):
    def step(self, x, g, state):
        return x - 0.1 * g / length(g), state


RATES = np.geomspace(1e-3, 10, 161)


def after(steps):
    """Return the place of the lowest height, and that of the middle of the valley."""
    height = sweep(surfaces.ravine, _Adam, (-7, 2), steps, lr=RATES).f[-1]
    worst = [height[k : k + 5].max() for k in range(157)]
    return int(height.argmin()), int(np.argmin(worst)) + 2, min(worst)


NEEDLE, MIDDLE, HEIGHT = after(60)

RIGHT = [
    ("08.1", 1.0),
    ("08.1", Fraction(1)),
    ("08.1", np.array([1])),
    ("08.2", 1.63),
    ("08.2", 1.6),
    ("08.2", np.array([1.631])),
    ("08.2", 4 * np.sqrt((1 / 20) / (1 / 20 + 360 / 1437))),
    ("08.3", RATES[MIDDLE]),
    ("08.3", np.array([RATES[MIDDLE]])),
    ("08.3", float(f"{RATES[MIDDLE]:.2g}")),
    ("08.4", unit_step(lambda lr, g, x: lr * g / length(g))),
    ("08.4", unit_step(lambda lr, g, x: lr * (g / np.sqrt((g**2).sum(axis=0))))),
    ("08.4", unit_step(lambda lr, g, x: lr * g / np.hypot(g[0], g[1]))),
    ("08.4", unit_step(lambda lr, g, x: lr * g / (length(g) + 1e-12))),
]

WRONG = [
    ("08.1", 2, "quarter turn"),
    ("08.1", 0.5, "quarter turn"),
    ("08.1", -1, "quarter turn"),
    ("08.1", 90, "quarter turn"),
    ("08.1", 1.41, "quarter turn"),
    ("08.1", 1.1, "quarter turn"),
    ("08.1", 3e36, "at 45 degrees"),
    ("08.1", 0, "would mean"),
    ("08.1", [1, 1], "one number"),
    ("08.2", 9.81, "wrong way round"),
    ("08.2", 0.665, "under a root"),
    ("08.2", 2.45, "the factor"),
    ("08.2", 4.0, "without the correction"),
    ("08.2", 1.789, "training"),
    ("08.2", -1.63, "divide 4.0"),
    ("08.2", 2.09, "divide 4.0"),
    ("08.2", 0, "divide 4.0"),
    ("08.2", [4, 2.45], "one number"),
    ("08.3", RATES[NEEDLE], "a needle"),
    ("08.3", RATES[after(30)[1]], "after 30 steps"),
    ("08.3", RATES[MIDDLE - 2], "third of the five"),
    ("08.3", RATES[MIDDLE + 1], "third of the five"),
    ("08.3", MIDDLE, "place in the array"),
    ("08.3", HEIGHT, "that is a height"),
    ("08.3", 0.001, "60 steps"),
    ("08.3", -0.5, "60 steps"),
    ("08.3", [0.1, 0.2], "one number"),
    ("08.4", SGD, "scaled by 1024"),
    ("08.4", Adagrad, "straight down"),
    ("08.4", unit_step(lambda lr, g, x: -lr * g / length(g)), "uphill"),
    ("08.4", unit_step(lambda lr, g, x: lr * x), "not lr long"),
    ("08.4", unit_step(lambda lr, g, x: lr * g[::-1] / length(g)), "straight down"),
    ("08.4", unit_step(lambda lr, g, x: lr * g / np.linalg.norm(g)), "for each walk"),
    ("08.4", unit_step(lambda lr, g, x: lr * np.sign(g)), "not lr long"),
    ("08.4", unit_step(lambda lr, g, x: 0 * g), "does not move"),
    ("08.4", unit_step(lambda lr, g, x: lr * g / length(g) ** 2), "scaled by 1024"),
    ("08.4", ForgetsLr, "does not depend on lr"),
]
