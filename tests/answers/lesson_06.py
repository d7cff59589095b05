"""Answers to the exercises of lesson 06: right ones, and wrong ones with a word of the hint."""

import numpy as np

from optim_lib import SGD, RMSProp, descend, surfaces


class Sign(RMSProp):
    """Steps of lr under a constant gradient, by another rule."""

    def step(self, x, g, state):
        return x - self.lr * np.sign(g), state


def another(lr, steps):
    return descend(surfaces.bowl, SGD(lr=lr), (-7, 2), steps).x


RIGHT = []

WRONG = [
    ("06.1", 4.8, "Which way is downhill"),
    ("06.1", 9, "step of gradient descent"),
    ("06.1", 5.1, "Put that into the rule"),
    ("06.2", 0.1, "In the bounce"),
    ("06.3", RMSProp, "under a constant gradient"),
    ("06.3", Sign, "another one"),
]
