"""Checks for the exercises of lesson 03."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise, one_number


@exercise("03.1", "how many updates are 10 epochs over 60 000 images with B = 128?")
def _updates(count):
    count = one_number(count)
    if count is None:
        return "the answer is one number."
    if count == 4690:
        return None
    if count in (4687.5, 4687, 4688):
        return "nearly. There is no half batch: count the updates of one epoch first."
    if count == 4680:
        return "the last, smaller batch of each epoch counts too."
    if 468 <= count <= 469:
        return "that is one epoch."
    return "one epoch is N / B updates, rounded up."


@exercise("03.2", "what is the largest learning rate whose floor is not above 0.01?")
def _rate_of_the_floor(lr):
    lr = one_number(lr)
    if lr is None:
        return "the answer is one number."
    if not 0 < lr < 2:
        return "the floor lr / (2 - lr) exists for learning rates between 0 and 2."
    if 0.01975 < lr < 0.01985:  # 0.0198 in three digits
        return None
    floor = lr / (2 - lr)
    if 0.0195 < lr < 0.0205:
        side = "above" if floor > 0.01 else "below"
        return f"very close: at this rate the floor is {floor:.5f}, a little {side} 0.01."
    return f"at this rate the floor is {floor:.4g}. Solve lr / (2 - lr) = 0.01 for lr."


@exercise("03.3", "which learning rate keeps the floor at B = 256?")
def _rate_of_the_larger_batch(lr):
    lr = one_number(lr)
    if lr is None:
        return "the answer is one number."
    if np.isclose(lr, 0.8):
        return None
    if lr == 8:
        return "that is how much the batch grows. The rate was 0.1."
    if np.isclose(lr, 0.1):
        return "at the same rate the larger batch has a lower floor."
    if np.isclose(lr, 0.1 * np.sqrt(8), rtol=0.05):
        return "the floor goes with the variance of the batch, not with its root."
    if 0 < lr < 0.1:
        return "the larger batch has less noise, so the rate may grow."
    return "the floor goes with lr / B. Which lr makes lr / 256 equal to 0.1 / 32?"


@exercise("03.4", "a rule whose learning rate falls like 1/t", rule="FallingSGD")
def _falling_rate(rule):
    for lr in (0.5, 0.3):
        opt = rule(lr=lr)
        for walk, g in enumerate(np.array([[1.0, -2.0], [-3.0, 0.5]])):
            x = np.array([4.0, -1.0])
            state = opt.init(x)
            for t in range(1, 21):
                new, state = opt.step(x, g * t, state)
                moved = np.asarray(new) - x
                if not np.allclose(moved, -lr * g, rtol=1e-9):
                    used = -moved[0] / (g[0] * t)
                    if walk and t == 1 and used < 0.99 * lr:
                        return (
                            f"a second walk begins with the rate {used:.4g}, not with lr = {lr}; "
                            "keep the count in the state, not in the rule."
                        )
                    return (
                        f"step {t} used the rate {used:.4g}; with lr = {lr} it should be "
                        f"{lr / t:.4g}."
                    )
                x = new
    several = descend(surfaces.ravine, rule(lr=np.array([0.2, 0.4])), (-7, 2), steps=5).x
    for k, lr in enumerate((0.2, 0.4)):
        if not np.allclose(several[..., k], descend(surfaces.ravine, rule(lr=lr), (-7, 2), 5).x):
            return "with an array of learning rates the walks are not those of the single rates."
    return None
