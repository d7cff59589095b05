"""Answers to the exercises of lesson 01: right ones, and wrong ones with a word of the hint."""

import numpy as np

from optim_lib import SGD


class Sideways(SGD):
    """Steps of length lr along the contours, which are the right length and the wrong way."""

    def step(self, x, g, state):
        across = np.array([-g[1], g[0]])
        return x - self.lr * across / np.linalg.norm(g, axis=0), state


RIGHT = []

WRONG = [
    ("01.1", 0.5, "grows"),
    ("01.1", 0.1, "shrinks"),
    ("01.2", 2770, "very close"),
    ("01.2", 100, "in proportion to kappa"),
    ("01.3", SGD, "length"),
    ("01.3", Sideways, "straight down"),
]
