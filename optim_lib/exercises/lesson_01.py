"""Checks for the exercises of lesson 01."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise
from optim_lib.optimizers import SGD


@exercise("01.1", "at which learning rate does x bounce for ever?")
def _bounces_for_ever(lr):
    surface = surfaces.quadratic((6, 1))
    x = descend(surface, SGD(lr=lr), start=(2, 0), steps=50).x[:, 0]
    if np.allclose(np.abs(x), 2):
        return None
    goes = "grows" if abs(x[-1]) > 2 else "shrinks"
    return (
        f"at lr = {lr:.4g} the jumps of x {goes}. For which factor 1 - lr * curvature do they stay?"
    )


@exercise("01.2", "how many steps does it take at kappa = 400?")
def _steps_at_400(steps):
    run = descend(surfaces.quadratic((1, 400)), SGD(lr=2 / 401), start=(1, 1), steps=3000)
    needed = run.steps_to(1e-6)
    if steps == needed:
        return None
    if abs(steps - needed) <= 50:
        return "very close. Now let descend and steps_to(1e-6) count exactly."
    return "the steps grow in proportion to kappa, and at kappa = 100 there were 691."


@exercise("01.3", "a rule whose every step has length lr", rule="UnitStep")
def _unit_step(rule):
    for surface in (surfaces.ravine, surfaces.rosenbrock):
        run = descend(surface, rule(lr=0.125), start=(-1.5, 2), steps=20)
        moves = np.diff(run.x, axis=0)
        lengths = np.linalg.norm(moves, axis=1)
        if not np.allclose(lengths, 0.125):
            return (
                f"on {surface.name} the first steps have length {lengths[0]:.3g}, not lr = 0.125."
            )
        if np.any(
            (moves * run.g[:-1]).sum(axis=1) > -0.9 * 0.125 * np.linalg.norm(run.g[:-1], axis=1)
        ):
            return "the steps have the right length, but they do not go straight down the slope."
    return None
