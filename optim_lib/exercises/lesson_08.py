"""Checks for the exercises of lesson 08."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend, sweep
from optim_lib.exercises.checks import exercise
from optim_lib.optimizers import Adam


@exercise("08.1", "what is the ratio of the heights at 90 degrees and at 0 degrees?")
def _quarter_turn(ratio):
    if np.isclose(ratio, 1, rtol=1e-3):
        return None
    return "a quarter turn puts the ravine along an axis again. Does AdaGrad prefer one of the two?"


@exercise("08.2", "which of the 161 rates is best for Adam after 60 steps?")
def _best_rate_after_60(lr):
    rates = np.geomspace(1e-3, 10, 161)
    best = rates[sweep(surfaces.ravine, Adam, (-7, 2), 60, lr=rates).f[-1].argmin()]
    if np.isclose(lr, best, rtol=1e-3):
        return None
    return "make the sweep with 60 steps, and take the rate where run.f[-1] is smallest."


@exercise(
    "08.3",
    "a rule whose path does not change when the surface is scaled or turned",
    rule="UnitStep",
)
def _invariant_rule(rule):
    ravine, opt = surfaces.ravine, rule(lr=0.3)
    path = descend(ravine, opt, steps=20).x
    if np.allclose(path[-1], path[0]):
        return "this rule does not move at all."
    if not np.allclose(descend(ravine.scaled(1024), opt, steps=20).x, path):
        return "on a surface scaled by 1024 it walks another path."
    quarter = ravine.rotated(np.pi / 4)
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    if not np.allclose(descend(quarter, opt, steps=20).x, path @ turn.T):
        return "on a surface turned by 45 degrees it walks another path."
    return None
