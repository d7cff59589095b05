"""Checks for the exercises of lesson 02."""

from dataclasses import replace

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise, one_number
from optim_lib.optimizers import SGD


@exercise("02.1", "at which step is |y| > 1 for the first time?")
def _leaves_the_saddle(step):
    step = one_number(step)
    if step is None:
        return "the answer is one number."
    if step == 21:
        return None
    if abs(step - 21) < 1:
        return "close. The answer is a whole number: the first step that is far enough."
    if step == 38:
        return "that is for lr = 0.1. Here lr is 0.2."
    return "at lr = 0.2 a step multiplies y by 1.4. How many such factors lead from 0.001 to 1?"


@exercise("02.2", "how short does the gradient get?")
def _shortest_gradient(length):
    length = one_number(length)
    if length is None:
        return "the answer is one number."
    run = descend(surfaces.saddle, SGD(lr=0.1), start=(1, 1e-3), steps=60)
    lengths = np.linalg.norm(run.g, axis=1)
    if np.isclose(length, lengths.min(), rtol=0.01):
        return None
    if np.isclose(length, lengths.argmin()):
        return "that is the step at which it is shortest. How long is it there?"
    if np.isclose(length, np.abs(run.g).min(), rtol=0.01):
        return "that is the smallest component. The length takes both together."
    if np.isclose(length, lengths.min() ** 2, rtol=0.01):
        return "that is the square of the length."
    if np.isclose(length, np.linalg.norm(run.x, axis=1).min(), rtol=0.01):
        return "that is how near the walk comes to the saddle, not its gradient."
    return "take the run of 60 steps, the length of each row of run.g, and the smallest of these."


# Gradients on both sides of the length 0.01: some have one or two components that are shorter.
GRADIENTS = np.array(
    [
        [0.0, 0.0099, -0.006, 0.0075, 0.0101, -0.008, 0.0, -3.0, 0.5, 0.002],
        [0.0, 0.0, 0.007, 0.0075, 0.0, -0.0081, -0.0095, 1.0, 0.0, -0.3],
    ]
)


@exercise("02.3", "a rule that leaves the saddle even from the exact line", rule="PushedSGD")
def _pushed(rule):
    x = np.array([0.3, -0.7])
    short = np.linalg.norm(GRADIENTS, axis=0) < 0.01
    for lr in (0.1, 0.35):
        opt = rule(lr=lr)
        for g, push in zip(GRADIENTS.T, 0.01 * short, strict=True):
            new, _ = opt.step(x.copy(), g.copy(), opt.init(x))
            wrong = ~np.isclose(new, x - lr * g + push, rtol=0, atol=1e-9)
            if wrong.any():
                return _what_is_wrong(np.asarray(new) - x, g, lr, push)
    rates, starts = np.linspace(0.1, 0.5, GRADIENTS.shape[1]), np.ones_like(GRADIENTS)
    opt = rule(lr=rates)
    new, _ = opt.step(starts, GRADIENTS.copy(), opt.init(starts))
    right = starts - rates * GRADIENTS + 0.01 * short
    if np.shape(new) != right.shape or not np.allclose(new, right, rtol=0, atol=1e-9):
        return (
            "one walk is right, but several at once are not: "
            "with axis=0, np.linalg.norm gives each walk a length of its own."
        )
    return None


def _what_is_wrong(moved, g, lr, push):
    """Return a hint for a step that is not the one asked for."""
    where = f"for g = ({g[0]:g}, {g[1]:g}), of length {np.hypot(*g):.4f}, and lr = {lr:g}"
    if push == 0:
        return f"{where} the step should be that of gradient descent, without a push."
    if np.allclose(moved, -lr * g, rtol=0, atol=1e-9):
        return f"{where} there is no push, so that a walk on the line stays there."
    if np.any(g) and np.allclose(moved, push, rtol=0, atol=1e-9):
        return f"{where} there is the push alone; it comes besides the step."
    return f"{where} each coordinate should get 0.01, besides the step of gradient descent."


def _cosines(p):
    x, y = p
    return -np.cos(4 * x) - np.cos(4 * y)


def _slopes_of_cosines(p):
    return 4 * np.sin(4 * np.asarray(p))


COSINES = surfaces.Surface(
    name="cosines",
    f=_cosines,
    grad=_slopes_of_cosines,
    bounds=((-2.0, 2.0), (-2.0, 2.0)),
    start=(0.5, 0.2),
)
PEAK = (-0.270844590667, -0.923038522151)  # Himmelblau's maximum
SHALLOW = surfaces.quadratic((0.05, 0.5))
CROOKED = surfaces.quadratic((3, -1), angle=np.pi / 4)  # each axis alone has the curvature 1
PLACES = [
    (surfaces.bowl, (0, 0), "minimum"),
    (surfaces.saddle, (0, 0), "saddle"),
    (SHALLOW, (0, 0), "minimum"),
    (COSINES, (0, 0), "minimum"),
    (surfaces.two_valleys, (2, 2), "minimum"),
    (surfaces.two_valleys, (0, 0), "saddle"),
    *((surfaces.himmelblau, p, "minimum") for p in surfaces.himmelblau.minima),
    *((surfaces.himmelblau, p, "saddle") for p in surfaces.himmelblau.saddles),
    (surfaces.himmelblau, PEAK, "maximum"),
    (CROOKED, (0, 0), "saddle"),
    (surfaces.bowl, (0.003, -0.003), "short"),
    (SHALLOW, (0.1, 0.01), "short"),
    (surfaces.bowl, (0.004, 0.004), "long"),  # each component is short
    (surfaces.bowl, (-0.0075, 0.0), "long"),
    (surfaces.bowl, (0.3, -0.6), "long"),
    (SHALLOW, (-7, 2), "long"),
    (SHALLOW, (0.0, -0.024), "long"),
]


@exercise("02.4", "a function arrived(surface, p) that no saddle deceives")
def _arrived(arrived):
    if not callable(arrived) or isinstance(arrived, type):
        return "the answer is the function itself, without brackets: answer = arrived"
    for surface, point, kind in PLACES:
        bare = replace(surface, minima=(), saddles=())  # as a real loss, it lists none
        said = arrived(bare, np.array(point, dtype=float))
        if np.shape(said) != () or said is None:
            return "it should return one value, True or False."
        if bool(said) == (kind in ("minimum", "short")):
            continue
        where = f"on {surface.name} at ({point[0]:g}, {point[1]:g})"
        if kind == "long":
            length = np.linalg.norm(surface.grad(point))
            return f"{where} it says True, but the gradient there is long: {length:.4f}."
        if kind == "short":
            return f"{where} it says False. The gradient is shorter than 0.01, beside a minimum."
        return f"{where} it is wrong: that is a {kind}."
    return None
