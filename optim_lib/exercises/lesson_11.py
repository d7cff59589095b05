"""Checks for the exercises of lesson 11."""

import numpy as np

from optim_lib.exercises.checks import exercise, nearest_hint
from optim_lib.optimizers import SGD, Adam, Momentum
from optim_lib.schedules import Constant, InverseRoot, Linear


@exercise("11.1", "at which sharpness does gradient descent hover at lr = 0.01?")
def _edge(answer):
    hints = {
        200: None,
        2: "that is the limit of lr times sharpness. Which sharpness has it at lr = 0.01?",
        0.005: "upside down: the limit is 2 / lr.",
        100: "that is 1 / lr, where a step arrives at once. The limit is twice that.",
        0.02: "divide 2 by lr; do not multiply.",
        3800: "that is Adam's limit, 38. Gradient descent has 2.",
        20: "0.01 is a hundredth: divide 2 by it once more.",
        400: "that is 4 / lr. The limit of lesson 01 is 2 / lr.",
        -200: "the size is right; curvature is positive here.",
    }
    return nearest_hint(answer, hints, "the edge is where lr times sharpness is 2.")


@exercise("11.2", "how many standard errors are left after the correction?")
def _corrected(answer):
    factor = np.sqrt(1 + 30 * 360 / 1437)
    hints = {
        3 / factor: None,
        3.0: "that is the number before the correction.",
        factor: "that is the factor by which the error grows. Divide 3.0 by it.",
        3 * factor: "the correction makes the error larger, so fewer are left: divide.",
        3 / factor**2: "the factor stands under a root.",
        3 / np.sqrt(1 + 30 * 1437 / 360): "judged over trained, 360 / 1437, not upside down.",
        3 / np.sqrt(1 + 360 / 1437): "multiply 360 / 1437 by the number of splits, 30.",
        3 / np.sqrt(30 * 360 / 1437): "the 1 is missing: 1 + 30 * 360 / 1437, under the root.",
        3 / np.sqrt(1 + 30 * 360 / 1797): "the training digits are 1437, not all 1797.",
        -3 / factor: "the size is right; a setting that is ahead stays ahead.",
    }
    otherwise = "divide 3.0 by the root of 1 + splits * judged / trained."
    return nearest_hint(answer, hints, otherwise, 0.006)


def _loop(params, gradient, rule, schedule, steps):
    """The loop as it should be."""
    peak, path = rule.lr, []
    for t in range(steps):
        rule.lr = peak * schedule(t, steps)
        rule.update(params, gradient(params))
        path.append({key: value.copy() for key, value in params.items()})
    return path


def _walk(loop, rule, schedule, steps=12):
    """Return the points on which a loop puts two parameters, (steps, 3)."""

    def gradient(params):
        return {"a": 0.5 * params["a"] - 1, "b": np.array([1.0, 0.2]) * params["b"]}

    params = {"a": np.array([2.0]), "b": np.array([-1.0, 4.0])}
    path = loop(params, gradient, rule, schedule, steps)
    return np.array([np.concatenate([at["a"], at["b"]]) for at in path])


RULES = (SGD, 0.3), (Momentum, 0.1), (Adam, 0.2)
PLANS = (Constant(), 12), (InverseRoot(), 12), (Linear(warmup=3), 7)


@exercise("11.3", "the loop without its two bugs")
def _mended(loop):
    if not callable(loop) or isinstance(loop, type):
        return "the answer is the function itself, without brackets: answer = my_loop"
    for schedule, steps in PLANS:
        for Rule, lr in RULES:
            found = _walk(loop, Rule(lr=lr), schedule, steps)
            right = _walk(_loop, Rule(lr=lr), schedule, steps)
            if found.shape != right.shape:
                return f"the path must have one entry for each of {steps} steps."
            if not np.allclose(found, right, rtol=1e-9):
                return _fault_of_loop(found, right, schedule)
    return None


def _fault_of_loop(found, right, schedule):
    """Say what a loop does at a constant rate, or else with a schedule."""
    if isinstance(schedule, Constant):
        if np.ptp(found, axis=0).max() == 0:
            return "all entries of the path are the same. Keep a copy of each array."
        if np.allclose(found[0], right[0], rtol=1e-9):
            return (
                "the first step is right, later ones are not, at a constant rate. Each step needs "
                "the gradient of its own point alone."
            )
        return "at a constant rate the first step is wrong already: rule.update(params, grads)."
    if np.allclose(found[0], right[0], rtol=1e-9):
        return (
            f"with {schedule} the first step is right, later ones are not: the rate is the peak, "
            "kept from before the loop, times the factor."
        )
    return (
        f"at a constant rate it is right; with {schedule} the first step is wrong. Before the "
        "first step t = 0 steps are over, and the rate is set before the update."
    )


@exercise("11.4", "a linear schedule with warmup")
def _warmup_linear(factor):
    if not callable(factor) or isinstance(factor, type):
        return "the answer is the function itself, without brackets: answer = warmup_linear"
    for steps, warmup in ((10, 0), (10, 4), (100, 10), (7, 1), (50, 49)):
        found = np.array([float(factor(t, steps, warmup)) for t in range(steps)])
        right = np.array([Linear(warmup=warmup)(t, steps) for t in range(steps)])
        if not np.allclose(found, right, rtol=1e-9):
            return _fault_of_warmup(found, right, steps, warmup)
    return None


def _fault_of_warmup(found, right, steps, warmup):
    """Say at which step a schedule goes wrong first."""
    t = int(np.argmax(~np.isclose(found, right, rtol=1e-9)))
    told = f"of {steps} steps with a warmup of {warmup}, at t = {t}, it gives {found[t]:.3g}"
    if found[t] > 1:
        return f"{told}; no factor is above 1."
    if t < warmup:
        return f"{told}. It should rise in equal parts, 1 / {warmup + 1} at t = 0."
    if t == warmup:
        return f"{told}. There it should be 1, the peak."
    return f"{told}. From 1 at t = {warmup} it should fall in equal parts, to be 0 at t = {steps}."
