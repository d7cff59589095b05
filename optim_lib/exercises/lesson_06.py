"""Checks for the exercises of lesson 06."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise
from optim_lib.optimizers import Adam, RMSProp


@exercise("06.1", "where is x after the first step?")
def _first_step_of_rmsprop(x):
    step = abs(x - 5)
    if abs(x - 5.2) < 1e-3:
        return None
    if abs(x - 0.2) < 1e-3:
        return "that is how far the step goes. It starts at x = 5."
    if abs(step - 0.2) < 1e-3:
        return "the length is right. Which way is downhill when the gradient is -40?"
    if abs(step - 4) < 1e-3:
        return "that is lr * g, the step of gradient descent. RMSProp divides it by the root of h."
    if abs(step - 0.1) < 1e-3:
        return "that is a step of lr, as with a warm mean. Here h_0 = 0. Put that into the rule."
    if abs(step - 0.4) < 1e-3:
        return "divide by the root of h, not by h."
    return "after one step h = (1 - decay_rate) * g^2. Put that into the rule."


@exercise("06.2", "which learning rate ends the walk bouncing at f = 0.00042?")
def _rate_of_the_bounce(lr):
    if lr <= 0:
        return "a learning rate is greater than 0. In the bounce, |x| = |y| = lr / 2."
    if abs(lr - 0.04) < 2e-4:
        return None
    lr = float(np.ravel(lr)[0])
    end = descend(surfaces.ravine, RMSProp(lr=lr, decay_rate=0.9), (-7, 2), 3000).f[-1]
    return (
        f"at lr = {lr:.4g} the walk is at f = {end:.3g} after 3000 steps. "
        "In the bounce, |x| = |y| = lr / 2; put that into f = x^2 / 20 + y^2."
    )


SETTINGS = [  # lr, decay_rate, eps
    (0.1, 0.75, 1e-8),
    (0.1, 0.9, 1e-8),
    (0.3, 0.5, 1e-8),
    (0.2, 0.9, 0.5),
    (np.array([0.1, 0.3, 1.0]), np.array([0.5, 0.9, 0.99]), 0.1),
]


@exercise("06.3", "an RMSProp whose mean is warmed up", rule="WarmRMSProp")
def _warm_rmsprop(rule):
    opt = rule(lr=0.1, decay_rate=0.75)
    state, g = opt.init(np.zeros(1)), np.array([3.0])
    for t in range(1, 31):
        x, state = opt.step(np.zeros(1), g, state)
        if not np.allclose(-x, 0.1, rtol=1e-6):
            return (
                f"under a constant gradient, step {t} is {-x[0] / 0.1:.4g} lr, not lr. Divide h by "
                "1 - decay_rate**t, and keep the h that is not divided in the state."
            )
    for lr, decay, eps in SETTINGS:
        right = Adam(lr=lr, beta1=0, beta2=decay, eps=eps)  # without its mean of gradients
        found = rule(lr=lr, decay_rate=decay, eps=eps)
        a, b = (descend(surfaces.rosenbrock, r, (0.5, 2), 30).x for r in (right, found))
        if a.shape != b.shape or not np.allclose(a, b, rtol=1e-9, atol=1e-9):
            return (
                "a constant gradient is right now, but on a surface the path is another one at "
                f"lr = {lr}, decay_rate = {decay}, eps = {eps}. Use x, g and the hyperparameters "
                "of self, and add eps after the root."
            )
    return None
