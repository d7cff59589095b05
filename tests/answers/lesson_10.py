"""Answers to the exercises of lesson 10: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction

import numpy as np

from optim_lib import Adam, Momentum, descend, surfaces
from optim_lib.exercises import Mystery
from optim_lib.exercises.lesson_10 import SUSPECTS, Folded


def found(move):
    """Return a Momentum that moves by a function of itself, g, the old and the new velocity."""

    class Found(Momentum):
        def step(self, x, g, state):
            v = self.momentum * state.v - self.lr * g
            return x + move(self, g, state.v, v), state._replace(v=v)

    return Found


class Unrolled(Momentum):
    """Mystery, with the point written before the velocity."""

    def step(self, x, g, state):
        x = x + 2 * self.momentum * state.v - self.lr * g
        return x, state._replace(v=self.momentum * state.v - self.lr * g)


class Kept(Momentum):
    """A Mystery that stores what it moved by."""

    def step(self, x, g, state):
        v = 2 * self.momentum * state.v - self.lr * g
        return x + v, state._replace(v=v)


class Frozen(Momentum):
    """A Mystery that never stores its velocity."""

    def step(self, x, g, state):
        return x + 2 * self.momentum * state.v - self.lr * g, state


def walks(surface=surfaces.rosenbrock, start=(-2, 2), steps=300, **settings):
    """Return a test that compares two walks."""

    def test(make):
        rules = make(lr=0.1, **settings), Adam(lr=0.1, **settings)
        return np.allclose(*(descend(surface, rule, start, steps).x for rule in rules))

    return test


OTHER = {"beta1": 0.5, "beta2": 0.9}


def by_hand(make):
    """Step through gradients of many sizes."""
    rng, same = np.random.default_rng(0), True
    rules = make(lr=1.0, **OTHER), Adam(lr=1.0, **OTHER)
    states, points = [rule.init(np.zeros(2)) for rule in rules], [np.zeros(2)] * 2
    for _ in range(200):
        g = rng.standard_normal(2) * 10.0 ** rng.integers(-2, 5)
        for i, rule in enumerate(rules):
            points[i], states[i] = rule.step(points[i], g, states[i])
        same = same and np.allclose(*points, rtol=1e-6)
    return bool(same)


RIGHT = [
    ("10.1", "6"),
    ("10.1", 6.0),
    ("10.1", "NoPower"),
    ("10.1", "exhibit 6"),
    ("10.1", np.array([6])),
    ("10.2", (1, 1.134)),
    ("10.2", ["1", "1.13"]),
    ("10.2", np.array([1.0, 3 / np.sqrt(7)])),
    ("10.2", [Fraction(1), Fraction(567, 500)]),
    ("10.3", Mystery),
    ("10.3", Unrolled),
    ("10.3", found(lambda self, g, old, v: 2 * v + self.lr * g)),
    ("10.4", walks(**OTHER)),
    ("10.4", by_hand),
    ("10.4", lambda make: walks(beta1=0.0)(make) and by_hand(make)),
]

WRONG = [
    ("10.1", 1, "put t = 1"),
    ("10.1", 2, "put t = 1"),
    ("10.1", 3, "put t = 1"),
    ("10.1", 7, "put t = 1"),
    ("10.1", "8", "put t = 1"),
    ("10.1", 9.5, "put t = 1"),
    ("10.1", "SquaredBetas", "put t = 1"),
    ("10.1", [6, 7], "put t = 1"),
    ("10.1", Adam, "put t = 1"),
    ("10.2", 1, "two numbers"),
    ("10.2", [1, 1.134, 1.08], "two numbers"),
    ("10.2", [2, 1.134], "under a root"),
    ("10.2", [5, 5], "at the first gradient"),
    ("10.2", [3.162, 4.25], "the usual betas"),
    ("10.2", [0.5, 0.75], "at the first gradient"),
    ("10.2", [1, 1], "keep a part"),
    ("10.2", [1, 1.714], "keep a part"),
    ("10.2", [-1, -1.134], "without a minus"),
    ("10.3", Momentum, "part at step 2"),
    ("10.3", Kept, "part at step 3"),
    ("10.3", Frozen, "part at step 2"),
    ("10.3", found(lambda self, g, old, v: v + old), "part at step 2"),
    ("10.3", found(lambda self, g, old, v: v + 0.9 * old), "part at step 2"),
    ("10.3", found(lambda self, g, old, v: v - self.momentum * old), "part at step 2"),
    ("10.3", found(lambda self, g, old, v: 2 * v), "part at step 1"),
    ("10.3", found(lambda self, g, old, v: v + self.momentum * v), "part at step 1"),
    ("10.3", found(lambda self, g, old, v: v + self.momentum * old.sum()), "part at step 2"),
    ("10.4", True, "without brackets"),
    ("10.4", Adam, "without brackets"),
    ("10.4", walks(steps=10), "Deaf still passes"),
    ("10.4", walks(surfaces.ravine, (-7, 2), 200, **OTHER), "Clipped still passes"),
    ("10.4", walks(steps=50, **OTHER), "Tired still passes"),
    ("10.4", lambda make: make is Adam, "False of a right Adam"),
    ("10.4", lambda make: True, "Deaf still passes"),
    ("10.4", lambda make: False, "False of a right Adam"),
    ("10.4", lambda make: None, "True or False"),
    ("10.4", lambda make: descend(surfaces.ravine, make(lr=0.1)).f, "True or False"),
]

CALLS = {"10.4": [(rule,) for rule in (Adam, Folded, *SUSPECTS)]}
