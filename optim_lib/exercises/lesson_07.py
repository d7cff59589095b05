"""Checks for the exercises of lesson 07."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise, one_number
from optim_lib.optimizers import Adam


@exercise("07.1", "how long is the first step without corrections, in units of lr?")
def _first_step_without_correction(answer):
    step = one_number(answer)
    if step is None:
        return "one number, please: how many times lr is the step long?"
    if abs(step - 0.4) <= 0.002:
        return None
    if abs(step + 0.4) <= 0.002:
        return "right but for the sign: a length is positive."
    if abs(step - 1) < 0.01:
        return "that is the step with both corrections. Here there are none."
    if abs(step - 1.6) < 0.01:
        return "that is 0.1 / 0.0625. The second moment stands under a root."
    if abs(step - 2.5) < 0.01:
        return "upside down: m stands above the line, and the root of v below it."
    return "at the first gradient m = (1 - beta1) * g, v = (1 - beta2) * g^2; divide m by the root."


@exercise("07.2", "from which t on are steps without corrections at most 1.1 lr?")
def _within_ten_percent(answer):
    times = np.arange(1, 10_001)
    steps = (1 - 0.9**times) / np.sqrt(1 - 0.999**times)
    right = times[steps <= 1.1][0]
    t = one_number(answer)
    if t is None:
        return "one number, please: the first t from which it holds."
    if t == right:
        return None
    if right - 1 < t < right:
        return "nearly: there is no such step. Round up to a whole number."
    if abs(t - right) <= 2:
        return "very close. Count from t = 1: the first step has index 0 in an array."
    if 2390 < t < 2400 or abs(t - 3925) < 5:
        return "that is for another percentage: within 10% means at most 1.1 lr."
    return "evaluate (1 - 0.9**t) / sqrt(1 - 0.999**t) for many t, and find the first at most 1.1."


class _AdaMax(Adam):
    def step(self, x, g, state):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        u = np.maximum(self.beta2 * state.v, np.abs(g))
        x = x - self.lr * m / (1 - self.beta1**t) / (u + self.eps)
        return x, type(state)(t, m, u)


@exercise("07.3", "AdaMax: a fading maximum in place of a mean of squares", rule="AdaMax")
def _adamax(rule):
    rates = np.array([0.03, 0.2])
    for surface, start in ((surfaces.ravine, (-7, 2)), (surfaces.saddle, (1, -0.5))):
        for beta1, beta2, eps in ((0.5, 0.75, 1e-8), (0.9, 0.6, 0.3), (0.3, 0.95, 0.05)):
            settings = {"lr": rates, "beta1": beta1, "beta2": beta2, "eps": eps}
            moved = descend(surface, rule(**settings), start, steps=12).x
            right = descend(surface, _AdaMax(**settings), start, steps=12).x
            wrong = ~np.isclose(moved, right, rtol=1e-6, atol=1e-12).all(axis=(1, 2))
            if not wrong.any():
                continue
            if np.array_equal(moved[0], moved[-1]):
                return "this rule does not move at all."
            return (
                f"on {surface.name} at beta1 = {beta1}, beta2 = {beta2}, eps = {eps:g}, step "
                f"number {wrong.argmax()} leads elsewhere. Has u become the larger of beta2 * u "
                "and |g|, is the root gone, is eps added to u, and are t, m and u kept?"
            )
    return None
