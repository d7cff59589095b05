"""Checks for the exercises of lesson 09."""

import numpy as np

from optim_lib.exercises.checks import exercise


@exercise("09.1", "up to which effective rate times curvature is Adam stable with beta1 = 0.8?")
def _limit_of_adam(limit):
    if abs(limit - 18) < 1e-6:
        return None
    if abs(limit - 38) < 1e-6:
        return "that is the limit for beta1 = 0.9."
    if abs(limit - 3.6) < 1e-6:
        return "that is the limit for a sum. Adam takes a mean: divide by 1 - beta1."
    return "put beta1 = 0.8 into (2 + 2 * beta1) / (1 - beta1)."


@exercise("09.2", "how small may the root of v_hat become?")
def _smallest_root(root):
    if abs(root / (0.004 / 38) - 1) < 1e-3:
        return None
    if abs(root / (0.001 / 38) - 1) < 1e-3:
        return "do not forget the curvature, 4."
    if abs(root / (0.004 / 38) ** 2 - 1) < 1e-3:
        return "that is v_hat itself; the question is about its root."
    return "solve lr * curvature / root = 38 for the root."


@exercise("09.3", "an Adam with decoupled weight decay", rule="AdamW")
def _adamw(rule):
    opt = rule(lr=0.1, weight_decay=0.5)
    x, g = np.array([2.0, -4.0]), np.array([1.0, -1.0])
    moved, _ = opt.step(x, g, opt.init(x))
    if not np.allclose(moved, (1.8, -3.7), atol=1e-6):
        return (
            "from (2, -4) with the gradient (1, -1), lr = 0.1 and weight_decay = 0.5 the step goes "
            f"to ({moved[0]:.4g}, {moved[1]:.4g}); it should go to (1.8, -3.7)."
        )
    still, _ = opt.step(x, np.zeros(2), opt.init(x))
    if not np.allclose(still, 0.95 * x):
        return "where the gradient is zero, x should shrink by the factor 1 - lr * weight_decay."
    return None
