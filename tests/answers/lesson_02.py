"""Answers to the exercises of lesson 02: right ones, and wrong ones with a word of the hint."""

import numpy as np

from optim_lib import SGD


class Still(SGD):
    """A rule that does not move."""

    def step(self, x, g, state):
        return x, state


class Jumpy(SGD):
    """Gradient descent, but for pushes of another size where the gradient is short."""

    def step(self, x, g, state):
        push = np.where(np.linalg.norm(g, axis=0) < 1e-3, 0.5, 0.0)
        return x - self.lr * g + push, state


RIGHT = []

WRONG = [
    ("02.1", 20.5, "whole number"),
    ("02.1", 5, "multiplies y by 1.4"),
    ("02.2", 7.0, "smallest of these"),
    ("02.3", Still, "those of gradient descent"),
    ("02.3", SGD, "still near the saddle"),
    ("02.3", Jumpy, "push of 0.01"),
    ("02.4", lambda surface, p: True, "gradient is long"),
    ("02.4", lambda s, p: np.hypot(*s.grad(p)) < 0.01, "at the saddle"),
    ("02.4", lambda surface, p: False, "at the minimum"),
]
