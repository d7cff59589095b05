"""Checks for the exercises of lesson 02."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise
from optim_lib.optimizers import SGD


@exercise("02.1", "at which step is |y| > 1 for the first time?")
def _leaves_the_saddle(step):
    if step == 21:
        return None
    if abs(step - 21) < 1:
        return "close. The answer is a whole number: the first step that is far enough."
    return "at lr = 0.2 a step multiplies y by 1.4. How many such factors lead from 0.001 to 1?"


@exercise("02.2", "how short does the gradient get?")
def _shortest_gradient(length):
    run = descend(surfaces.saddle, SGD(lr=0.1), start=(1, 1e-3), steps=60)
    if np.isclose(length, np.linalg.norm(run.g, axis=1).min(), rtol=0.01):
        return None
    if np.isclose(length, np.abs(run.g).min(), rtol=0.01):
        return "that is the smallest component. The length takes both together."
    return "take the run of 60 steps, the length of each row of run.g, and the smallest of these."


@exercise("02.3", "a rule that leaves the saddle even from the exact line", rule="PushedSGD")
def _pushed(rule):
    far = descend(surfaces.bowl, rule(lr=0.1), start=(2, 1), steps=10).x
    if not np.allclose(far, descend(surfaces.bowl, SGD(lr=0.1), start=(2, 1), steps=10).x):
        return "where the gradient is long, the steps should be those of gradient descent."
    run = descend(surfaces.saddle, rule(lr=0.1), start=(1, 0), steps=100)
    if not np.any(np.abs(run.x[:, 1]) > 1):
        return "from (1, 0) it is still near the saddle after 100 steps."
    pushed, _ = rule(lr=0.1).step(np.array([0.0, 0.0]), np.array([0.0, 0.0]), ())
    if not np.allclose(np.abs(pushed), 0.01):
        return "it leaves. But where g = 0 the step should be a push of 0.01 in each coordinate."
    return None


@exercise("02.4", "a function arrived(surface, p) that no saddle deceives")
def _arrived(arrived):
    for surface in (surfaces.bowl, surfaces.saddle, surfaces.two_valleys, surfaces.himmelblau):
        for kind, points in (("minimum", surface.minima), ("saddle", surface.saddles)):
            for point in points:
                if bool(arrived(surface, np.array(point))) != (kind == "minimum"):
                    return (
                        f"on {surface.name} it is wrong at the {kind} ({point[0]:g}, {point[1]:g})."
                    )
        if bool(arrived(surface, np.add(surface.start, 0.5))):
            return f"on {surface.name} it says True where the gradient is long."
    return None
