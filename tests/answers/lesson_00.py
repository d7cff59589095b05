"""Answers to the exercises of lesson 00: right ones, and wrong ones with a word of the hint."""

import numpy as np

from optim_lib import SGD, Adagrad, descend, surfaces


def on(surface, rule=SGD, start=(-7, 2)):
    """Return a walk on a surface, which may be the wrong one."""
    return lambda lr, steps: descend(surface, rule(lr=lr), start, steps).x


right = on(surfaces.ravine)


def one_array(lr, steps):
    x = np.array([-7.0, 2.0])
    return [x] * (steps + 1)


def half_mended(lr, steps):
    x = np.array([-7.0, 2.0])
    path = [x]
    for _ in range(steps):
        x -= lr * surfaces.ravine.grad(x)
        path.append(x.copy())
    return path


def by_copies(lr, steps):
    x = np.array([-7.0, 2.0])
    path = [x.copy()]
    for _ in range(steps):
        x -= lr * surfaces.ravine.grad(x)
        path.append(x.copy())
    return path


def of_whole_numbers(lr, steps):
    x = np.array([-7, 2])
    path = [x.copy()]
    for _ in range(steps):
        x[:] = x - lr * surfaces.ravine.grad(x)
        path.append(x.copy())
    return path


def by_tuples(lr, steps):
    return [tuple(point) for point in by_copies(lr, steps)]


def uphill(lr, steps):
    x = np.array([-7.0, 2.0])
    path = [x]
    for _ in range(steps):
        x = x + lr * surfaces.ravine.grad(x)
        path.append(x)
    return path


RIGHT = [
    ("00.1", 0.0),
    ("00.1", "0"),
    ("00.1", np.array([0])),
    ("00.1", np.array([5, 0])[1]),
    ("00.2", right),
    ("00.2", by_copies),
    ("00.2", by_tuples),
    ("00.3", "momentum"),
    ("00.3", " Momentum"),
    ("00.3", "MOMENTUM"),
    ("00.3", "Momentum()"),
]

WRONG = [
    ("00.1", 0.9, "whole numbers"),
    ("00.1", 5, "whole numbers"),
    ("00.1", -1, "whole numbers"),
    ("00.1", 9, "whole numbers"),
    ("00.1", 1, "nothing is rounded"),
    ("00.1", np.array([1]), "nothing is rounded"),
    ("00.1", np.array([5, 0]), "one number"),
    ("00.1", [5, 0.9], "one number"),
    ("00.1", "zero", "one number"),
    ("00.2", lambda lr, steps: [np.array([-7.0, 2.0])], "31 points"),
    ("00.2", lambda lr, steps: right(lr, steps).T, "31 points"),
    ("00.2", lambda lr, steps: right(lr, steps)[-1], "31 points"),
    ("00.2", lambda lr, steps: right(lr, steps)[1:], "leaves out the start"),
    ("00.2", lambda lr, steps: right(lr, 30), "walk(0.9, 5) should return 6 points"),
    ("00.2", lambda lr, steps: right(0.1, steps), "walk(0.9, 5) differ"),
    ("00.2", lambda lr, steps: None, "return path"),
    ("00.2", one_array, "same array"),
    ("00.2", half_mended, "but the first, which is the last one again"),
    ("00.2", lambda lr, steps: [(0, 0), *right(lr, steps)[1:]], "should be (-7, 2)"),
    ("00.2", of_whole_numbers, "not those of gradient descent"),
    ("00.2", uphill, "not those of gradient descent"),
    ("00.2", on(surfaces.bowl), "not those of gradient descent"),
    ("00.2", on(surfaces.ravine, Adagrad), "not those of gradient descent"),
    ("00.2", on(surfaces.ravine, start=(7, 2)), "not those of gradient descent"),
    ("00.2", right(0.1, 30), "the function itself"),
    ("00.3", "Nobody", "one of the five rules"),
    ("00.3", "", "one of the five rules"),
    ("00.3", 0.28, "one of the five rules"),  # its height
    ("00.3", 1, "one of the five rules"),  # its place in the list
    ("00.3", "SGD", "f = 1.82, and another is lower"),
    ("00.3", "AdaGrad", "f = 4.52, and another is lower"),
    ("00.3", "Adagrad", "f = 4.52, and another is lower"),
    ("00.3", "RMSProp", "f = 0.41, and another is lower"),
    ("00.3", "RMSprop", "f = 0.41, and another is lower"),
    ("00.3", "Adam", "f = 1.94, and another is lower"),
]

CALLS = {"00.2": [(0.1, 30), (0.5, 4)]}
