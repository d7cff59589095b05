"""Checks for the exercises of lesson 00."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise
from optim_lib.optimizers import SGD, Adagrad, Adam, Momentum, RMSProp


@exercise("00.1", "what is x[1] now?")
def _whole_number(value):
    if value == 0:
        return None
    return "an array that was made of whole numbers cannot hold 0.9. Try it in a cell of your own."


@exercise("00.2", "a function walk(lr, steps) that returns every point of the path")
def _mended_path(walk):
    path = np.array(walk(0.1, 30))
    right = descend(surfaces.ravine, SGD(lr=0.1), start=(-7, 2), steps=30).x
    if path.shape != right.shape:
        return f"walk(0.1, 30) should return 31 points; as an array it has shape {path.shape}."
    if len(np.unique(path, axis=0)) == 1:
        return "all points are still the same array. Which line changes it in place?"
    if not np.allclose(path, right):
        return "the points differ now, but they are not those of gradient descent from (-7, 2)."
    return None


@exercise("00.3", "which of the five rules has the lowest f after 30 steps?")
def _lowest_of_five(name):
    rules = SGD(lr=0.95), Momentum(lr=0.1), Adagrad(lr=1.5), RMSProp(lr=0.1), Adam(lr=0.3)
    best = min(rules, key=lambda rule: descend(surfaces.ravine, rule, (-7, 2), 30).f[-1])
    if name == type(best).__name__:
        return None
    return 'compare the last entries of run.f, and answer with a name such as "SGD".'
