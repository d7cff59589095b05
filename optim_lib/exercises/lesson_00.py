"""Checks for the exercises of lesson 00."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise, one_number
from optim_lib.optimizers import SGD, Adagrad, Adam, Momentum, RMSProp

RULES = {rule.__name__.lower(): rule for rule in (SGD, Momentum, Adagrad, RMSProp, Adam)}


@exercise("00.1", "what is x[1] now?")
def _whole_number(value):
    value = one_number(value)
    if value is None:
        return "the answer is one number: the entry x[1] alone."
    if value == 0:
        return None
    if value == 1:
        return "what stands behind the point is cut off, and nothing is rounded."
    return "an array that was made of whole numbers cannot hold 0.9. Try it in a cell of your own."


@exercise("00.2", "a function walk(lr, steps) that returns every point of the path")
def _mended_path(walk):
    if not callable(walk) or isinstance(walk, type):
        return "the answer is the function itself, without brackets: answer = walk"
    for lr, steps in ((0.1, 30), (0.9, 5), (0.3, 1)):
        path = walk(lr, steps)
        if path is None:
            return "walk returns nothing. Does its last line say return path?"
        path = np.array(path, dtype=float)
        right = descend(surfaces.ravine, SGD(lr=lr), start=(-7, 2), steps=steps).x
        if path.shape == right.shape and np.allclose(path, right):
            continue
        return _what_is_wrong(path, right, f"walk({lr}, {steps})")
    return None


def _what_is_wrong(path, right, call):
    """Return a hint for a path that is not right, from the ways in which it differs."""
    if path.shape == right[1:].shape and np.allclose(path, right[1:]):
        return f"{call} leaves out the start."
    if path.shape != right.shape:
        points = f"{len(right)} points of two numbers"
        return f"{call} should return {points}; as an array it has shape {path.shape}."
    if len(np.unique(path, axis=0)) == 1:
        return "all points are still the same array. Which line changes it in place?"
    if np.allclose(path[1:], right[1:]):
        if np.allclose(path[0], path[-1]):
            return (
                "all points are right but the first, which is the last one again: "
                "path = [x] still holds the array that -= changes."
            )
        return "all points are right but the first, which should be (-7, 2)."
    return f"the points of {call} differ, but they are not those of gradient descent from (-7, 2)."


@exercise("00.3", "which of the five rules has the lowest f after 30 steps at lr = 0.05?")
def _lowest_of_five(name):
    name = name.strip().strip("()").lower() if isinstance(name, str) else ""
    if name not in RULES:
        return 'answer with the name of one of the five rules as text, such as "SGD".'
    heights = {
        known: descend(surfaces.ravine, rule(lr=0.05), (-7, 2), 30).f[-1]
        for known, rule in RULES.items()
    }
    if heights[name] == min(heights.values()):
        return None
    return f"it ends at f = {heights[name]:.2f}, and another is lower."
