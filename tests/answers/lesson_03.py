"""Answers to the exercises of lesson 03: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from optim_lib import SGD


class Fall(SGD):
    """A right rule: it counts from 1, in an array."""

    def init(self, x):
        return np.array(1)

    def step(self, x, g, state):
        return x - self.lr * g / state, state + 1


class FallInDictionary(SGD):
    """A right rule: its state is a dictionary."""

    def init(self, x):
        return {"t": 0}

    def step(self, x, g, state):
        t = state["t"] + 1
        rate = self.lr / t
        return x - rate * g, {"t": t}


class FallByShrinking(SGD):
    """A right rule: it keeps the step's part and the count."""

    def init(self, x):
        return (1.0, 1)

    def step(self, x, g, state):
        part, t = state
        return x - self.lr * part * g, (1 / (t + 1), t + 1)


class Count(NamedTuple):
    """How many steps were taken."""

    t: int


class Counting(SGD):
    """What the wrong rules below share."""

    def init(self, x):
        return Count(0)

    def rate(self, t):
        """Return the learning rate of step t."""
        return self.lr

    def step(self, x, g, state):
        t = state.t + 1
        return x - self.rate(t) * g, Count(t)


class Root(Counting):
    """Falls like the root."""

    def rate(self, t):
        return self.lr / np.sqrt(t)


class Late(Counting):
    """Is one step late."""

    def rate(self, t):
        return self.lr / (t + 1)


class Halved(Counting):
    """Halves the rate at each step."""

    def rate(self, t):
        return self.lr / 2 ** (t - 1)


class Fixed(Counting):
    """Takes no notice of lr."""

    def rate(self, t):
        return 0.5 / t


class Uphill(Counting):
    """Goes uphill."""

    def rate(self, t):
        return -self.lr / t


class Stuck(Counting):
    """Does not count on."""

    def step(self, x, g, state):
        return x - self.lr / (state.t + 1) * g, state


class Signs(Counting):
    """Takes the sign of the gradient."""

    def step(self, x, g, state):
        t = state.t + 1
        return x - self.lr / t * np.sign(g), Count(t)


class InTheRule(SGD):
    """Counts in the rule and not in the state."""

    def step(self, x, g, state):
        t = self.__dict__.get("_t", 0) + 1
        object.__setattr__(self, "_t", t)
        return x - self.lr / t * g, state


class OneRate(Counting):
    """Uses the first of several rates."""

    def rate(self, t):
        return np.ravel(self.lr)[0] / t


RIGHT = [
    ("03.1", 4690),
    ("03.1", 469 * 10),
    ("03.1", np.array([4690])),
    ("03.1", 10 * -(-60_000 // 128)),
    ("03.2", 0.0198),
    ("03.2", 0.01980),
    ("03.2", Fraction(2, 101)),
    ("03.2", np.array([0.019802])),
    ("03.3", 0.8),
    ("03.3", Fraction(4, 5)),
    ("03.3", np.array(0.1 * 8)),
    ("03.4", Fall),
    ("03.4", FallInDictionary),
    ("03.4", FallByShrinking),
]

WRONG = [
    ("03.1", 4687.5, "no half batch"),
    ("03.1", 4688, "no half batch"),
    ("03.1", 4687, "no half batch"),
    ("03.1", 4680, "smaller batch"),
    ("03.1", 469, "one epoch"),
    ("03.1", 468.75, "one epoch"),
    ("03.1", 7, "rounded up"),
    ("03.1", 600_000, "rounded up"),
    ("03.1", 10, "rounded up"),
    ("03.1", [4690, 469], "one number"),
    ("03.2", 3, "between 0 and 2"),
    ("03.2", 0, "between 0 and 2"),
    ("03.2", 0.1, "the floor is"),
    ("03.2", 0.01, "the floor is"),
    ("03.2", 0.005, "the floor is"),
    ("03.2", 0.0199, "a little above"),
    ("03.2", 0.02, "a little above"),
    ("03.2", 0.0197, "a little below"),
    ("03.2", "0.02 / 1.01", "one number"),
    ("03.3", 8, "0.1"),
    ("03.3", 0.1, "a lower floor"),
    ("03.3", 0.2828, "not with its root"),
    ("03.3", 0.0125, "may grow"),
    ("03.3", 0.035, "may grow"),
    ("03.3", 0.4, "lr / B"),
    ("03.3", 1.6, "lr / B"),
    ("03.3", 6.4, "lr / B"),
    ("03.3", 256, "lr / B"),
    ("03.4", SGD, "step 2 used the rate 0.5"),
    ("03.4", Root, "step 2 used the rate 0.3536"),
    ("03.4", Late, "step 1 used the rate 0.25"),
    ("03.4", Halved, "step 3 used the rate 0.125"),
    ("03.4", Fixed, "with lr = 0.3 it should be 0.3"),
    ("03.4", Uphill, "step 1 used the rate -0.5"),
    ("03.4", Stuck, "step 2 used the rate 0.5"),
    ("03.4", Signs, "used the rate"),
    ("03.4", InTheRule, "in the state"),
    ("03.4", OneRate, "array of learning rates"),
]
