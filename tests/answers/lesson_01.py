"""Answers to the exercises of lesson 01: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction

import numpy as np

from optim_lib import SGD, surfaces


def length(g):
    return np.linalg.norm(g, axis=0)


def turned(g, degrees):
    a = np.radians(degrees)
    return np.array([np.cos(a) * g[0] - np.sin(a) * g[1], np.sin(a) * g[0] + np.cos(a) * g[1]])


class Sideways(SGD):
    """Steps of length lr along the contours, which are the right length and the wrong way."""

    def step(self, x, g, state):
        return x - self.lr * turned(g, 90) / length(g), state


class Askew(SGD):
    def step(self, x, g, state):
        return x - self.lr * turned(g, 23) / length(g), state


class Uphill(SGD):
    def step(self, x, g, state):
        return x + self.lr * g / length(g), state


class OneLengthForAll(SGD):
    def step(self, x, g, state):
        return x - self.lr * g / np.linalg.norm(g), state


class Corners(SGD):
    def step(self, x, g, state):
        return x - self.lr * np.sign(g), state


class LengthOne(SGD):
    def step(self, x, g, state):
        return x - g / length(g), state


class Eighth(SGD):
    def step(self, x, g, state):
        return x - 0.125 * g / length(g), state


class Clipped(SGD):
    """Shortens long steps, and leaves short ones as they are."""

    def step(self, x, g, state):
        return x - self.lr * g / np.maximum(length(g), 1), state


class Squared(SGD):
    def step(self, x, g, state):
        return x - self.lr * g / (g * g).sum(axis=0), state


class ByHypot(SGD):
    def step(self, x, g, state):
        return x - self.lr / np.hypot(g[0], g[1]) * g, state


class NeverByZero(SGD):
    def step(self, x, g, state):
        return x - self.lr * g / (length(g) + 1e-12), state


class WhereThereIsASlope(SGD):
    def step(self, x, g, state):
        size = np.sqrt(g[0] ** 2 + g[1] ** 2)
        return x - self.lr * g / np.where(size > 0, size, 1), state


def nudged(h, scale=1.0, both_sides=True):
    """Return a function that measures slopes in a way that may be wrong."""

    def slopes(f, p):
        x, y = p
        below = h if both_sides else 0
        along_x = f((x + h, y)) - f((x - below, y))
        along_y = f((x, y + h)) - f((x, y - below))
        return np.array([along_x, along_y]) * scale / (h + below)

    return slopes


def one_by_one(f, p):
    found = []
    for k in range(2):
        step = np.zeros(2)
        step[k] = 1e-6
        found.append((f(p + step) - f(p - step)) / 2e-6)
    return found


def all_at_once(f, p):
    slope = (f(p + 1e-5) - f(p - 1e-5)) / 2e-5
    return slope, slope


def swapped(f, p):
    return nudged(1e-5)(f, p)[::-1]


def one_slope(f, p):
    return nudged(1e-5)(f, p)[0]


def along_x_alone(f, p):
    return nudged(1e-5)(f, p)[0], 0.0


def of_the_ravine(f, p):
    return surfaces.ravine.grad(p)


RIGHT = [
    ("01.1", 0.333),
    ("01.1", 0.33),
    ("01.1", Fraction(1, 3)),
    ("01.1", np.array([1 / 3])),
    ("01.1", np.float32(0.33333)),
    ("01.2", "0.03"),
    ("01.2", np.array([0.03])),
    ("01.2", Fraction(3, 100)),
    ("01.2", np.float32(0.03)),
    ("01.3", ByHypot),
    ("01.3", NeverByZero),
    ("01.3", WhereThereIsASlope),
    ("01.4", nudged(1e-6)),
    ("01.4", nudged(1e-4)),
    ("01.4", nudged(1e-7, both_sides=False)),
    ("01.4", one_by_one),
    ("01.4", lambda f, p: tuple(one_by_one(f, p))),
]

WRONG = [
    ("01.1", 0.5, "grow"),
    ("01.1", 0.1, "shrink"),
    ("01.1", 1 / 6, "shrink"),  # the best along x alone
    ("01.1", 0.3, "shrink"),
    ("01.1", 0.34, "grow"),
    ("01.1", 2, "grow"),  # the border of y
    ("01.1", 6, "grow"),  # the curvature
    ("01.1", 2 / 3, "grow"),  # 3 taken for the curvature
    ("01.1", 2 / 7, "shrink"),  # the best rate
    ("01.1", "a third", "one number"),
    ("01.1", (1 / 3, 2), "one number"),
    ("01.2", 0.003, "lower on another rung"),
    ("01.2", 0.01, "lower on another rung"),
    ("01.2", 0.1, "diverges"),
    ("01.2", 0.3, "diverges"),
    ("01.2", 1, "diverges"),
    ("01.2", 2, "one of the rates 0.003, 0.01, 0.03"),  # its place in the array
    ("01.2", 0.02, "one of the rates"),
    ("01.2", 2.8e-6, "one of the rates"),  # the height
    ("01.2", "the third", "one of the rates"),
    ("01.3", SGD, "on ravine step 1 has length 0.5004, not lr = 0.125"),
    ("01.3", Sideways, "straight down"),
    ("01.3", Askew, "straight down"),
    ("01.3", Uphill, "straight down"),
    ("01.3", OneLengthForAll, "axis=0"),
    ("01.3", Corners, "has length 0.1768"),
    ("01.3", LengthOne, "has length 1,"),
    ("01.3", Eighth, "has length 0.125, not lr = 0.4"),
    ("01.3", Clipped, "not lr = 0.125"),
    ("01.3", Squared, "not lr = 0.125"),
    ("01.3", SGD(lr=0.1), "the class itself"),
    ("01.4", nudged(1e-5, scale=2), "twice"),
    ("01.4", nudged(1e-5, scale=0.5), "half"),
    ("01.4", nudged(1e-5, scale=-1), "wrong sign"),
    ("01.4", nudged(0.1), "only nearly right"),
    ("01.4", nudged(0.01, both_sides=False), "only nearly right"),
    ("01.4", nudged(1e-17), "nothing has changed"),
    ("01.4", nudged(1e-5, scale=2e-5), "is not that of f"),  # the change alone
    ("01.4", all_at_once, "one coordinate at a time"),
    ("01.4", swapped, "wrong order"),
    ("01.4", one_slope, "two numbers"),
    ("01.4", along_x_alone, "the slope along y"),
    ("01.4", of_the_ravine, "on rosenbrock"),
    ("01.4", (1.0, 2.0), "the function itself"),
]

CALLS = {
    "01.4": [
        (surfaces.ravine.f, np.array([-7.0, 2.0])),
        (surfaces.himmelblau.f, np.array([-0.5, -4.0])),
        (surfaces.beale.f, np.array([1.0, 1.5])),
    ],
}

EQUIVALENT = {
    # A nudge may be twice as long, or go first to the other side.
    "01.4": ["1e-05: doubled", "1e-05: the sign"],
}
