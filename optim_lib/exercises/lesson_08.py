"""Checks for the exercises of lesson 08."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend, sweep
from optim_lib.exercises.checks import exercise, one_number
from optim_lib.optimizers import SGD, Adam


@exercise("08.1", "what is the ratio of the heights at 90 degrees and at 0 degrees?")
def _quarter_turn(answer):
    ratio = one_number(answer)
    if ratio is None:
        return "one number, please: the height at 90 degrees divided by that at 0 degrees."
    if abs(ratio - 1) <= 1e-3:
        return None
    if ratio > 1e30:
        return "that is about the ratio at 45 degrees. At 90 the ravine lies along an axis again."
    if ratio == 0:
        return "a ratio of 0 would mean that the height at 90 degrees is 0."
    return "a quarter turn puts the ravine along an axis again. Does AdaGrad prefer one of the two?"


@exercise("08.2", "how many standard errors are left with the correction?")
def _corrected(answer):
    errors = one_number(answer)
    if errors is None:
        return "one number, please: the 4.0, corrected."
    if abs(errors - 1.6307) <= 0.0315:
        return None
    if abs(errors - 9.81) < 0.1:
        return "the wrong way round: a larger error makes fewer of them."
    if abs(errors - 0.665) < 0.01:
        return "the correction stands under a root."
    if abs(errors - 2.45) < 0.01:
        return "that is the factor. By it the 4.0 is to be divided."
    if abs(errors - 4) < 0.01:
        return "that is without the correction."
    if abs(errors - 1.789) < 0.01:
        return "that is with 360/1797. The second term is test digits over *training* digits."
    return "s * sqrt(1/20) becomes s * sqrt(1/20 + 360/1437): divide 4.0 by their ratio."


@exercise("08.3", "which rate is the middle of Adam's valley after 60 steps?")
def _valley_after_60(answer):
    lr = one_number(answer)
    if lr is None:
        return "one number, please: a learning rate."
    rates = np.geomspace(1e-3, 10, 161)

    def worst(steps):
        height = sweep(surfaces.ravine, Adam, (-7, 2), steps, lr=rates).f[-1]
        return height, np.lib.stride_tricks.sliding_window_view(height, 5).max(axis=1)

    height, fives = worst(60)
    i = fives.argmin() + 2
    if abs(lr / rates[i] - 1) <= 0.02:
        return None
    if abs(lr / rates[height.argmin()] - 1) <= 0.02:
        return "there f is smallest: a needle. Take the worst height of five rates in a row."
    if abs(lr / rates[worst(30)[1].argmin() + 2] - 1) <= 0.02:
        return "that is the middle after 30 steps. Here there are 60."
    if rates[i - 2] / 1.02 < lr < rates[i + 2] * 1.02:
        return "close: that rate is in the valley. Its middle is the third of the five."
    if lr == i or lr == i - 2:
        return "that is a place in the array. The rate there is rates[...]."
    if abs(lr / fives.min() - 1) < 0.02:
        return "that is a height. Which rate is the middle of the five?"
    return "make the sweep with 60 steps; of all fives in a row, take that with the least max."


class _UnitStep(SGD):
    def step(self, x, g, state):
        return x - self.lr * g / np.linalg.norm(g, axis=0), state


@exercise(
    "08.4",
    "a rule whose path does not change when the surface is scaled or turned",
    rule="UnitStep",
)
def _invariant_rule(rule):
    rates = np.array([0.05, 0.3])
    for surface, start in ((surfaces.ravine, (-7, 2)), (surfaces.rosenbrock, (0.5, 2))):
        path, right = (descend(surface, R(lr=rates), start, steps=12).x for R in (rule, _UnitStep))
        if np.allclose(path, right, rtol=1e-6, atol=1e-9):
            continue
        if np.array_equal(path[-1], path[0]):
            return "this rule does not move at all."
        first, length = path[1] - path[0], np.linalg.norm(path[1] - path[0], axis=0)
        if np.allclose(first, path[0] - right[1], rtol=1e-6):
            return "it walks uphill."
        if not np.allclose(descend(surface.scaled(1024), rule(lr=rates), start, 12).x, path):
            return f"on {surface.name} scaled by 1024 it walks another path."
        if np.allclose(length, rates):
            return "the steps are lr long, but they do not lead straight down the slope."
        if np.allclose(length, length[0]):
            return "the length of the steps does not depend on lr, or not on each walk's own."
        return (
            "its first step is not lr long, straight down the slope. Is g divided by its own "
            "length, np.linalg.norm(g, axis=0), for each walk apart and in the same step?"
        )
    return None
