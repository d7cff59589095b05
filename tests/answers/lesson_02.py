"""Answers to the exercises of lesson 02: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction

import numpy as np

from optim_lib import SGD, descend, surfaces
from optim_lib.exercises.lesson_02 import PLACES


def length(g):
    return np.linalg.norm(g, axis=0)


class Pushed(SGD):
    """Gradient descent with a push, which may be wrong."""

    def push(self, g):
        """Return what is added to x."""
        return np.where(length(g) < 0.01, 0.01, 0.0)

    def step(self, x, g, state):
        return x - self.lr * g + self.push(g), state


class ByHypot(Pushed):
    def push(self, g):
        return 0.01 * (np.hypot(g[0], g[1]) < 0.01)


class BySquares(SGD):
    def step(self, x, g, state):
        short = (g * g).sum(axis=0) < 1e-4
        return np.where(short, x - self.lr * g + 0.01, x - self.lr * g), state


class InTheGradient(SGD):
    def step(self, x, g, state):
        g = np.where(length(g) < 0.01, g - 0.01 / self.lr, g)
        return x - self.lr * g, state


class Still(SGD):
    """A rule that does not move."""

    def step(self, x, g, state):
        return x, state


class Later(Pushed):
    def push(self, g):
        return np.where(length(g) < 1e-3, 0.01, 0.0)


class Sooner(Pushed):
    def push(self, g):
        return np.where(length(g) < 0.4, 0.01, 0.0)


class Larger(Pushed):
    def push(self, g):
        return np.where(length(g) < 0.01, 0.5, 0.0)


class Backward(Pushed):
    def push(self, g):
        return -super().push(g)


class TimesRate(Pushed):
    def push(self, g):
        return self.lr * super().push(g)


class Always(Pushed):
    def push(self, g):
        return 0.01


class EachComponent(Pushed):
    def push(self, g):
        return np.where(abs(g) < 0.01, 0.01, 0.0)


class AllTogether(Pushed):
    def push(self, g):
        return np.where(np.linalg.norm(g) < 0.01, 0.01, 0.0)


class AlongYAlone(Pushed):
    def push(self, g):
        return np.array([0 * g[0], super().push(g)])


class PushAlone(SGD):
    def step(self, x, g, state):
        return np.where(length(g) < 0.01, x + 0.01, x - self.lr * g), state


class AtZeroAlone(Pushed):
    def push(self, g):
        return np.where(length(g) == 0, 0.01, 0.0)


def hessian(surface, p, h=1e-4):
    return np.array([(surface.grad(p + d) - surface.grad(p - d)) / (2 * h) for d in h * np.eye(2)])


def short(surface, p):
    return np.linalg.norm(surface.grad(p)) < 0.01


def arrived_by(test, flat=short):
    """Return a stop rule that asks a test of the matrix of second derivatives."""
    return lambda surface, p: bool(flat(surface, p) and test(hessian(surface, p)))


def by_determinant_and_corner(surface, p):
    (a, b), (_, d) = hessian(surface, p, 1e-5)
    return np.hypot(*surface.grad(p)) < 0.01 and a > 0 and a * d - b * b > 0


def by_neighbours(surface, p):
    angle = np.linspace(0, 2 * np.pi, 400)
    ring = np.asarray(p)[:, None] + 1e-3 * np.array([np.cos(angle), np.sin(angle)])
    g = surface.grad(ring) - surface.grad(np.asarray(p))[:, None]
    return short(surface, p) and bool(np.all((g * (ring - np.asarray(p)[:, None])).sum(axis=0) > 0))


def positive(H):
    return np.linalg.eigvalsh(H).min() > 0


g = descend(surfaces.saddle, SGD(lr=0.1), start=(1, 1e-3), steps=60).g
SHORTEST, COMPONENT = np.linalg.norm(g, axis=1).min(), abs(g).min()

RIGHT = [
    ("02.1", 21),
    ("02.1", 21.0),
    ("02.1", np.array([21])),
    ("02.1", "21"),
    ("02.1", Fraction(21)),
    ("02.2", float(f"{SHORTEST:.2g}")),
    ("02.2", float(f"{SHORTEST:.3g}")),
    ("02.2", np.array([SHORTEST])),
    ("02.2", np.float32(SHORTEST)),
    ("02.3", Pushed),
    ("02.3", ByHypot),
    ("02.3", BySquares),
    ("02.3", InTheGradient),
    ("02.4", arrived_by(positive)),
    ("02.4", by_determinant_and_corner),
    ("02.4", by_neighbours),
]

WRONG = [
    ("02.1", 20.5, "whole number"),
    ("02.1", 20, "multiplies y by 1.4"),
    ("02.1", 22, "multiplies y by 1.4"),
    ("02.1", 5, "multiplies y by 1.4"),
    ("02.1", 38, "for lr = 0.1"),
    ("02.1", 1000, "multiplies y by 1.4"),
    ("02.1", 35, "multiplies y by 1.4"),  # 1 + lr taken for the factor: 37.9 is 38
    ("02.1", "twenty-one", "one number"),
    ("02.1", [20, 21], "one number"),
    ("02.2", 7.0, "smallest of these"),
    ("02.2", 0.01, "smallest of these"),
    ("02.2", 1e-3, "smallest of these"),
    ("02.2", COMPONENT, "smallest component"),
    ("02.2", SHORTEST**2, "square"),
    ("02.2", SHORTEST / 2, "not its gradient"),
    ("02.2", 1.1 * SHORTEST, "smallest of these"),
    ("02.2", -SHORTEST, "smallest of these"),
    ("02.2", "short", "one number"),
    ("02.3", Still, "stays there"),
    ("02.3", SGD, "stays there"),
    ("02.3", Later, "stays there"),
    ("02.3", Sooner, "without a push"),
    ("02.3", Larger, "each coordinate should get 0.01"),
    ("02.3", Backward, "each coordinate should get 0.01"),
    ("02.3", TimesRate, "each coordinate should get 0.01"),
    ("02.3", Always, "without a push"),
    ("02.3", EachComponent, "without a push"),
    ("02.3", AllTogether, "axis=0"),
    ("02.3", AlongYAlone, "each coordinate should get 0.01"),
    ("02.3", PushAlone, "push alone"),
    ("02.3", AtZeroAlone, "stays there"),
    ("02.4", lambda surface, p: True, "that is a saddle"),
    ("02.4", short, "that is a saddle"),
    ("02.4", lambda surface, p: False, "that is a minimum"),
    ("02.4", lambda surface, p: p in surface.minima, "that is a minimum"),
    ("02.4", lambda s, p: short(s, p) and tuple(p) not in s.saddles, "that is a saddle"),
    ("02.4", arrived_by(lambda H: np.linalg.det(H) > 0), "that is a maximum"),
    ("02.4", arrived_by(lambda H: np.all(np.diag(H) > 0)), "that is a saddle"),
    ("02.4", arrived_by(lambda H: np.linalg.eigvalsh(H).max() > 0), "that is a saddle"),
    ("02.4", arrived_by(lambda H: np.trace(H) > 0), "that is a saddle"),
    ("02.4", lambda s, p: positive(hessian(s, p)), "gradient there is long"),
    ("02.4", arrived_by(positive, lambda s, p: np.hypot(*s.grad(p)) < 2), "is long"),
    ("02.4", arrived_by(positive, lambda s, p: np.all(abs(s.grad(p)) < 0.01)), "is long"),
    ("02.4", arrived_by(positive, lambda s, p: np.hypot(*s.grad(p)) < 1e-6), "shorter than 0.01"),
    ("02.4", arrived_by(lambda H: np.linalg.eigvalsh(H).min() > 0.1), "that is a minimum"),
    ("02.4", True, "the function itself"),
]

CALLS = {"02.4": [(surface, np.array(point, dtype=float)) for surface, point, _ in PLACES]}
