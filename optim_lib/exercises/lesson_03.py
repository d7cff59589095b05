"""Checks for the exercises of lesson 03."""

import numpy as np

from optim_lib.exercises.checks import exercise


@exercise("03.1", "how many updates are 10 epochs over 60 000 images with B = 128?")
def _updates(count):
    if count == 4690:
        return None
    if abs(count - 4687.5) < 1:
        return "nearly. There is no half batch: count the updates of one epoch first."
    if abs(count - 469) < 1:
        return "that is one epoch."
    return "one epoch is N / B updates, rounded up."


@exercise("03.2", "what is the largest learning rate whose floor is not above 0.01?")
def _rate_of_the_floor(lr):
    if not 0 < lr < 2:
        return "the floor lr / (2 - lr) exists for learning rates between 0 and 2."
    floor = lr / (2 - lr)
    if np.isclose(floor, 0.01, rtol=0.005):
        return None
    return f"at this rate the floor is {floor:.4g}. Solve lr / (2 - lr) = 0.01 for lr."


@exercise("03.3", "by which factor must the batch grow?")
def _four_times_lower(factor):
    if factor == 4:
        return None
    if factor in (2, 16):
        return "the floor is a mean of squares, so it follows the variance, not its root."
    return "the floor is proportional to sigma^2. How does that depend on B?"


@exercise("03.4", "a rule whose learning rate falls like 1/t", rule="FallingSGD")
def _falling_rate(rule):
    opt = rule(lr=0.5)
    x, g = np.zeros(2), np.array([1.0, -2.0])
    state = opt.init(x)
    for t in range(1, 21):
        new, state = opt.step(x, g, state)
        if not np.allclose(new - x, -0.5 / t * g):
            used = (x - new)[0]
            return f"step {t} used the rate {used:.4g}; with lr = 0.5 it should be {0.5 / t:.4g}."
        x = new
    return None
