"""Checks for the exercises of lesson 07."""

import numpy as np

from optim_lib.exercises.checks import exercise


@exercise("07.1", "how long is the first step without corrections, in units of lr?")
def _first_step_without_correction(step):
    if abs(step - 0.4) < 1e-6:
        return None
    if abs(step - 1) < 1e-6:
        return "that is the step with both corrections. Here there are none."
    if abs(step - 1.6) < 1e-6:
        return "that is 0.1 / 0.0625. The second moment stands under a root."
    return "at the first gradient m = (1 - beta1) * g, v = (1 - beta2) * g^2; divide m by the root."


@exercise("07.2", "from which t on are steps without corrections at most 1.1 lr?")
def _within_ten_percent(t):
    times = np.arange(1, 10_001)
    steps = (1 - 0.9**times) / np.sqrt(1 - 0.999**times)
    right = times[steps <= 1.1][0]
    if t == right:
        return None
    if abs(t - right) <= 5:
        return "very close. Count from t = 1: the first step has index 0 in an array."
    return "evaluate (1 - 0.9**t) / sqrt(1 - 0.999**t) for many t, and find the first at most 1.1."


@exercise("07.3", "AdaMax: a fading maximum in place of a mean of squares", rule="AdaMax")
def _adamax(rule):
    opt = rule(lr=0.1, beta1=0.5, beta2=0.75)
    x, state = np.zeros(1), opt.init(np.zeros(1))
    m = u = 0.0
    for t, g in enumerate((4.0, -1.0, 2.0, 0.0, -8.0, 0.5), start=1):
        move, state = opt.step(x, np.array([g]), state)
        m, u = 0.5 * m + 0.5 * g, max(0.75 * u, abs(g))
        right = -0.1 * m / (1 - 0.5**t) / u
        if not np.allclose(move, right, rtol=1e-6):
            return (
                f"at beta1 = 0.5 and beta2 = 0.75, gradient number {t} should move x by "
                f"{right / 0.1:.4f} lr, but moves it by {move[0] / 0.1:.4f} lr. Has u become the "
                "larger of beta2 * u and |g|, and is the root gone?"
            )
    return None
