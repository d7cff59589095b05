"""Checks for the exercises of lesson 09."""

import numpy as np

from optim_lib.exercises.checks import exercise, nearest_hint
from optim_lib.optimizers import AdamState


@exercise("09.1", "up to which effective rate times curvature is Adam stable with beta1 = 0.8?")
def _limit_of_adam(answer):
    hints = {
        18: None,
        38: "that is the limit for beta1 = 0.9.",
        3.6: "that is the limit for a sum. Adam takes a mean: divide by 1 - beta1.",
        2: "that is the limit without momentum, at beta1 = 0.",
        1 / 18: "upside down.",
        0.72: "divide by 1 - beta1; do not multiply.",
        9: "that is (1 + beta1) / (1 - beta1). The jump is from one wall to the other: twice that.",
        -18: "the size is right; the limit is positive.",
    }
    return nearest_hint(answer, hints, "put beta1 = 0.8 into (2 + 2 * beta1) / (1 - beta1).", 0.01)


@exercise("09.2", "how small may the root of v_hat become?")
def _smallest_root(answer):
    hints = {
        0.004 / 38: None,
        0.001 / 38: "do not forget the curvature, 4.",
        (0.004 / 38) ** 2: "that is v_hat itself; the question is about its root.",
        0.004 / 2: "that is the limit of gradient descent, 2. Adam's is 38.",
        0.001 / 38 / 4: "multiply lr by the curvature; do not divide.",
        38 / 0.004: "upside down.",
        0.001 * 38 / 4: "solve lr * curvature / root = 38 for the root: it is no root of 38 * lr.",
        0.004 * 38: "divide by 38; do not multiply.",
    }
    return nearest_hint(answer, hints, "solve lr * curvature / root = 38 for the root.", 0.01)


@exercise("09.3", "an Adam whose effective rate has a bound", rule="BoundedAdam")
def _bounded_adam(rule):
    usual = {"lr": 0.5, "beta1": 0.9, "beta2": 0.9, "eps": 1e-3}
    for bound, others in (
        (1e3, {}),
        (0.4, {}),
        (0.8, {"beta1": 0.5}),
        (0.8, {"beta2": 0.5}),
        (0.8, {"lr": 0.9}),
        (0.8, {"eps": 0.2}),
        (0.3, {"lr": np.array([0.1, 0.5, 2.0])}),
    ):
        settings = usual | others
        opt, right = rule(**settings, bound=bound), _Bounded(**settings, bound=bound)
        path, expected = (_path(one, np.size(settings["lr"])) for one in (opt, right))
        if not np.allclose(path, expected, rtol=1e-6, atol=1e-9):
            return _fault_of_bounded(path, expected, bound, others)
    return None


def _fault_of_bounded(path, expected, bound, others):
    """Say what is wrong with a path, in a setting that shows it."""
    if bound == 1e3:
        return (
            "with a bound of 1000, which is never met here, it should walk as Adam does. It does "
            "not: from (2, -4) with the gradient (1, -0.1) the first step goes to "
            f"({path[0, 0, 0]:.4g}, {path[0, 1, 0]:.4g}), Adam's to ({expected[0, 0, 0]:.4g}, "
            f"{expected[0, 1, 0]:.4g})."
        )
    if others:
        return f"it is right for one setting, but not with bound = {bound} and {others}."
    if np.allclose(path, _path(_Bounded(0.5, 0.9, 0.9, 1e-3, bound=np.inf), 1)):
        return "the effective rate is not bounded."
    if np.allclose(path[0], expected[0]):
        return "the first step is right, a later one is not. Return the new t, m and v."
    return (
        f"with bound = {bound}, lr = 0.5 and the gradient (1, -0.1) the effective rates "
        "0.5 and 5 should become 0.4 and 0.4, so that the first step goes to (1.6, -3.96); it "
        f"goes to ({path[0, 0, 0]:.4g}, {path[0, 1, 0]:.4g}). Bound the effective rate s, not "
        "the step, from above."
    )


class _Bounded:
    """The rule as it should be, without any checks."""

    def __init__(self, lr, beta1, beta2, eps, bound):
        self.lr, self.beta1, self.beta2, self.eps, self.bound = lr, beta1, beta2, eps, bound

    def init(self, x):
        return AdamState(0, np.zeros_like(x), np.zeros_like(x))

    def step(self, x, g, state):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        rate = self.lr / (np.sqrt(v / (1 - self.beta2**t)) + self.eps)
        x = x - np.minimum(rate, self.bound) * m / (1 - self.beta1**t)
        return x, AdamState(t, m, v)


GRADIENTS = (1.0, -0.1), (0.5, 2.0), (-1.5, 0.3), (0.2, -0.02), (0.05, 0.9)


def _path(rule, many):
    """Return the points that a rule reaches under these gradients, for so many learning rates."""
    x = np.tile([[2.0], [-4.0]], many)
    state, points = rule.init(x), []
    for g in GRADIENTS:
        x, state = rule.step(x, np.tile(np.array(g)[:, None], many), state)
        points.append(x)
    return np.array(points)
