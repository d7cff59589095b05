"""Answers to the exercises of lesson 06: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from optim_lib import Adam, RMSProp


class Sign(RMSProp):
    """Steps of lr under a constant gradient, by another rule."""

    def step(self, x, g, state):
        return x - self.lr * np.sign(g), state


class Counted(NamedTuple):
    """The number of steps, and the mean."""

    t: int
    h: np.ndarray


def variant(divisor=None, decay=None, lr=None, inside=False, hat=False, move=np.subtract):
    """Return a WarmRMSProp with a part of it changed."""

    class Variant(RMSProp):
        def init(self, x):
            return Counted(0, np.zeros_like(x))

        def step(self, x, g, state):
            t, d = state.t + 1, self.decay_rate if decay is None else decay
            h = d * state.h + (1 - d) * g**2
            warm = h / (divisor(d, t) if divisor else 1 - d**t)
            root = np.sqrt(warm + self.eps) if inside else np.sqrt(warm) + self.eps
            step = (lr or self.lr) * g / root
            return move(x, step), Counted(t, warm if hat else h)

    return Variant


class Folded(RMSProp):
    """The correction pulled out of the root."""

    def init(self, x):
        return Counted(0, np.zeros_like(x))

    def step(self, x, g, state):
        t = state.t + 1
        h = self.decay_rate * state.h + (1 - self.decay_rate) * g**2
        factor = np.sqrt(1 - self.decay_rate**t)
        return x - self.lr * factor * g / (np.sqrt(h) + factor * self.eps), Counted(t, h)


class HalfOfAdam(RMSProp):
    """Adam's own step, without a mean of gradients."""

    def init(self, x):
        return Adam(beta1=0).init(x)

    def step(self, x, g, state):
        adam = Adam(lr=self.lr, beta1=0, beta2=self.decay_rate, eps=self.eps)
        return adam.step(x, g, state)


RIGHT = [
    ("06.1", 5.2),
    ("06.1", Fraction(26, 5)),
    ("06.1", np.array([5.2])),
    ("06.2", 0.04),
    ("06.2", Fraction(1, 25)),
    ("06.2", 0.04000001),
    ("06.2", np.array([0.04])),
    ("06.3", variant()),
    ("06.3", Folded),
    ("06.3", HalfOfAdam),
]

WRONG = [
    ("06.1", 4.8, "Which way is downhill"),
    ("06.1", 9, "step of gradient descent"),
    ("06.1", 1, "step of gradient descent"),
    ("06.1", 5.1, "with a warm mean"),
    ("06.1", 0.2, "starts at x = 5"),
    ("06.1", 5.4, "not by h"),
    ("06.1", 5.1155, "Put that into the rule"),
    ("06.1", 45, "Put that into the rule"),
    ("06.2", 0.1, "In the bounce"),
    ("06.2", 0.02, "In the bounce"),
    ("06.2", 0.08, "In the bounce"),
    ("06.2", 0.0016, "In the bounce"),
    ("06.2", 0.041, "In the bounce"),
    ("06.2", 0.0205, "In the bounce"),
    ("06.2", -0.04, "greater than 0"),
    ("06.2", np.array([0.4]), "In the bounce"),
    ("06.3", RMSProp, "under a constant gradient"),
    ("06.3", Sign, "another one"),
    ("06.3", variant(hat=True), "not divided"),
    ("06.3", variant(lambda d, t: 1 - d), "under a constant gradient"),
    ("06.3", variant(lambda d, t: 1 + d**t), "under a constant gradient"),
    ("06.3", variant(lambda d, t: np.sqrt(1 - d**t)), "under a constant gradient"),
    ("06.3", variant(decay=0.75), "another one"),
    ("06.3", variant(lr=0.1), "another one"),
    ("06.3", variant(inside=True), "after the root"),
    ("06.3", variant(move=lambda x, step: -step), "another one"),
    ("06.3", variant(move=np.add), "under a constant gradient"),
]
