"""Checks for the exercises of lesson 01."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise, one_number
from optim_lib.optimizers import SGD

ROUNDED = 0.011  # an answer may be rounded to two digits
LADDER = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


@exercise("01.1", "at which learning rate does x bounce for ever?")
def _bounces_for_ever(lr):
    lr = one_number(lr)
    if lr is None or lr <= 0:
        return "the answer is one number greater than 0, such as 0.1."
    factor = 1 - 6 * lr
    if abs(lr * 3 - 1) <= ROUNDED:
        return None
    goes = "grow" if abs(factor) > 1 else "shrink"
    return (
        f"at lr = {lr:.4g} the jumps of x {goes}. For which factor 1 - lr * curvature do they stay?"
    )


@exercise("01.2", "which rung of the ladder has the lowest f after 500 steps?")
def _best_rung(lr):
    lr = one_number(lr)
    rung = [r for r in LADDER if lr is not None and np.isclose(lr, r)]
    if not rung:
        return f"the answer is one of the rates {', '.join(f'{r:g}' for r in LADDER)}."
    f = descend(surfaces.beale, SGD(lr=np.array(LADDER)), steps=500).f[-1]
    mine, best = f[LADDER.index(rung[0])], np.nanmin(f)
    if mine == best:
        return None
    if np.isfinite(mine):
        return f"after 500 steps f is {mine:.1e} there, and lower on another rung."
    return "this rung diverges, so that its f is not a number; np.nanargmin leaves such values out."


@exercise("01.3", "a rule whose every step has length lr", rule="UnitStep")
def _unit_step(rule):
    for lr, surface in (
        (0.125, surfaces.ravine),
        (0.125, surfaces.rosenbrock),
        (0.4, surfaces.saddle),
    ):
        run = descend(surface, rule(lr=lr), start=(-1.5, 2), steps=20)
        moves, g = np.diff(run.x, axis=0), run.g[:-1]
        lengths = np.linalg.norm(moves, axis=1)
        wrong = ~np.isclose(lengths, lr, rtol=1e-5)
        if wrong.any():
            t = int(wrong.argmax())
            return f"on {surface.name} step {t + 1} has length {lengths[t]:.4g}, not lr = {lr}."
        cosines = (moves * g).sum(axis=1) / lengths / np.linalg.norm(g, axis=1)
        if np.any(cosines > -1 + 1e-9):
            return "the steps have the right length, but they do not go straight down the slope."
    rates, starts = np.array([0.125, 0.05, 0.4]), np.array([[-1.5, 1.0, 0.3], [2.0, -0.5, 1.2]])
    run = descend(surfaces.ravine, rule(lr=rates), starts, steps=1)
    if not np.allclose(np.linalg.norm(run.x[1] - run.x[0], axis=0), rates):
        return (
            "one walk is right, but several at once are not: "
            "with axis=0, np.linalg.norm gives each walk a length of its own."
        )
    return None


@exercise("01.4", "a function slopes(f, p) that returns the two slopes of f at p")
def _measured_slopes(slopes):
    if not callable(slopes) or isinstance(slopes, type):
        return "the answer is the function itself, without brackets: answer = slopes"
    places = (
        (surfaces.rosenbrock, (-1.2, 1.0)),
        (surfaces.two_valleys, (1.0, -2.0)),
        (surfaces.ravine, (-7.0, 2.0)),
    )
    for surface, place in places:
        found, right = np.array(slopes(surface.f, np.array(place)), float), surface.grad(place)
        if found.shape != (2,):
            return f"slopes(f, p) should return two numbers, but their shape is {found.shape}."
        close = np.isclose(found, right, rtol=1e-3)
        if not close.all():
            return _what_is_wrong(found, right, f"on {surface.name} at {place}")
    return None


def _what_is_wrong(found, right, where):
    """Return a hint for slopes that are not right, from the ways in which they differ."""
    said = f"{where} you get ({found[0]:.4g}, {found[1]:.4g})"
    if np.allclose(found, 2 * right, rtol=1e-3):
        return f"{said}, which is twice too much. How far are the two nudged points apart?"
    if np.allclose(found, right / 2, rtol=1e-3):
        return f"{said}, which is half of it. How far are the two nudged points apart?"
    if np.allclose(found, -right, rtol=1e-3):
        return f"{said}, which has the wrong sign."
    if np.allclose(found, right[::-1], rtol=1e-3):
        return f"{said}, in the wrong order: the slope along x comes first."
    if np.allclose(found, right.sum(), rtol=1e-3):
        return f"{said}: nudge one coordinate at a time."
    if np.allclose(found, 0):
        return f"{said}: nothing has changed. A nudge of 1e-5 is small, and not lost in rounding."
    if np.allclose(found, right, rtol=0.3):
        return f"{said}, which is only nearly right. Nudge less, and to both sides."
    k = int(np.argmax(~np.isclose(found, right, rtol=1e-3)))
    return f"{said}, and the slope along {'xy'[k]} is not that of f."
