"""Checks for the exercises of lesson 06."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise
from optim_lib.optimizers import Adam, RMSProp


@exercise("06.1", "where is x after the first step?")
def _first_step_of_rmsprop(x):
    step = abs(x - 5)
    if abs(x - 5.2) < 1e-6:
        return None
    if abs(step - 0.2) < 1e-6:
        return "the length is right. Which way is downhill when the gradient is -40?"
    if abs(step - 4) < 1e-6:
        return "that is lr * g, the step of gradient descent. RMSProp divides it by the root of h."
    return "after one step h = (1 - decay_rate) * g^2. Put that into the rule."


@exercise("06.2", "which learning rate ends the walk bouncing at f = 0.00042?")
def _rate_of_the_bounce(lr):
    end = descend(surfaces.ravine, RMSProp(lr=lr, decay_rate=0.9), (-7, 2), 3000).f[-1]
    if abs(end / 0.00042 - 1) < 0.01:
        return None
    return (
        f"at lr = {lr:.4g} the walk is at f = {end:.3g} after 3000 steps. In the bounce, "
        "|x| = |y| = lr / 2; put that into f = x^2 / 20 + y^2."
    )


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
    right = descend(surfaces.ravine, Adam(lr=0.1, beta1=0, beta2=0.75), (-7, 2), 30).x
    if not np.allclose(descend(surfaces.ravine, opt, (-7, 2), 30).x, right, atol=1e-9):
        return "a constant gradient is right now, but on the ravine the path is another one."
    return None
