"""Checks for the exercises of lesson 04."""

import numpy as np

from optim_lib.exercises.checks import exercise


@exercise("04.1", "how long is the step after a long walk under the gradient 1?")
def _effective_rate(step):
    if abs(step - 0.5) < 1e-6:
        return None
    if abs(step - 0.1) < 1e-6:
        return "that is the first step. The velocity has grown since."
    if abs(step + 0.5) < 1e-6:
        return "the length is right; give it without a sign."
    return "sum up 1 + momentum + momentum^2 + ..., and multiply by lr."


@exercise("04.2", "which momentum is best for kappa = 400?")
def _best_momentum(momentum):
    if abs(momentum - (19 / 21) ** 2) < 1e-4:
        return None
    if abs(momentum - 19 / 21) < 1e-3:
        return "that is the rate, the root of the best momentum."
    if abs(momentum - (399 / 401) ** 2) < 1e-4:
        return "the formula takes the root of kappa, which is 20."
    return "put the root of kappa into ((root - 1) / (root + 1))^2."


@exercise("04.3", "a momentum that looks ahead", rule="Nesterov")
def _nesterov(rule):
    opt = rule(lr=0.1, momentum=0.5)
    x, state = opt.step(np.zeros(1), np.ones(1), opt.init(np.zeros(1)))
    if not np.allclose(x, -0.15):
        return (
            f"with lr = 0.1, momentum = 0.5 and the gradient 1, the first step goes to {x[0]:.4g}; "
            "it should go to momentum * v - lr * g = -0.15."
        )
    x, state = opt.step(np.zeros(1), np.ones(1), state)
    if not np.allclose(x, -0.175):
        return "the first step is right. Keep v itself, not the move, in the state."
    return None
