"""Checks for the exercises of lesson 10."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise
from optim_lib.optimizers import Momentum


@exercise("10.1", "which exhibit has the fingerprint of an Adam whose t is always 1?")
def _t_is_always_one(number):
    if number == 2:
        return None
    return "put t = 1 into 1 - beta**t, and look for an exhibit with that correction."


@exercise("10.2", "what is the first step without corrections, in units of lr?")
def _two_wrongs(step):
    if abs(step - 1) < 1e-6:
        return None
    if abs(step - 2) < 1e-6:
        return "the second moment stands under a root."
    return "at the first gradient m = (1 - beta1) * g and v = (1 - beta2) * g^2."


class Mystery(Momentum):
    """The wrong Momentum of exercise 10.3: it moves on by the old velocity a second time."""

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        x = x + v + self.momentum * state.v
        return x, state._replace(v=v)


@exercise("10.3", "a rule that walks as Mystery does", rule="Found")
def _found(rule):
    settings = [(0.1, 0.5), (0.05, 0.9)]
    for lr, momentum in settings:
        wanted = descend(surfaces.ravine, Mystery(lr=lr, momentum=momentum), steps=30).x
        path = descend(surfaces.ravine, rule(lr=lr, momentum=momentum), steps=30).x
        apart = np.flatnonzero(~np.isclose(path, wanted).all(axis=1))
        if apart.size:
            return (
                f"with lr = {lr} and momentum = {momentum} the paths part at step {apart[0]}. How "
                "much of the old velocity is in the second step of the fingerprint?"
            )
    return None
