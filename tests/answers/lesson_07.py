"""Answers to the exercises of lesson 07: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction

import numpy as np

from optim_lib import Adam


class OneLine(Adam):
    """AdaMax with the hat written into the last line, and u by `np.where`."""

    def step(self, x, g, state):
        t, m = state.t + 1, state.m + (1 - self.beta1) * (g - state.m)
        faded = self.beta2 * state.v
        u = np.where(faded > abs(g), faded, abs(g))
        x = x - self.lr / (1 - self.beta1**t) * m / (u + self.eps)
        return x, state._replace(t=t, m=m, v=u)


class Stacked(Adam):
    """AdaMax by the maximum over a stack."""

    def step(self, x, g, state):
        t = 1 + state.t
        m = (1 - self.beta1) * g + self.beta1 * state.m
        u = np.max(np.stack([self.beta2 * state.v, np.abs(g)]), axis=0)
        return x - self.lr * (m / (1 - self.beta1**t)) / (self.eps + u), type(state)(t, m, u)


class ByRoots(Adam):
    """AdaMax that takes the size as the root of the square."""

    def step(self, x, g, state):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        u = np.fmax(self.beta2 * state.v, np.sqrt(g**2))
        m_hat = m / (1 - self.beta1**t)
        return x - self.lr * m_hat / (u + self.eps), type(state)(t=t, m=m, v=u)


def adamax(size=np.abs, fade=lambda b, v: b * v, hat=True, root=False, eps=True, keep=True):
    """Return AdaMax, or one of its misreadings."""

    class AdaMax(Adam):
        def step(self, x, g, state):
            t = state.t + 1
            m = self.beta1 * state.m + (1 - self.beta1) * g
            u = np.maximum(fade(self.beta2, state.v), size(g))
            m_hat = m / (1 - self.beta1**t) if hat else m
            below = np.sqrt(u) if root else u
            x = x - self.lr * m_hat / (below + (self.eps if eps else 1e-300))
            return x, type(state)(t, m, u if keep else state.v)

    return AdaMax


class MaximumOfAll(Adam):
    """One maximum over both coordinates."""

    def step(self, x, g, state):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        u = np.maximum(self.beta2 * state.v, np.abs(g).max(axis=0))
        return x - self.lr * m / (1 - self.beta1**t) / (u + self.eps), type(state)(t, m, u)


class Still(Adam):
    def step(self, x, g, state):
        return x, state


RIGHT = [
    ("07.1", 0.4),
    ("07.1", Fraction(2, 5)),
    ("07.1", np.array([0.4])),
    ("07.1", 0.1 / 0.25),
    ("07.2", 1751),
    ("07.2", 1751.0),
    ("07.2", np.array([1751])),
    ("07.3", adamax()),
    ("07.3", OneLine),
    ("07.3", Stacked),
    ("07.3", ByRoots),
]

WRONG = [
    ("07.1", 1, "both corrections"),
    ("07.1", 1.6, "under a root"),
    ("07.1", 2.5, "upside down"),
    ("07.1", -0.4, "a length is positive"),
    ("07.1", 3.162, "divide m by the root"),
    ("07.1", 0.1, "divide m by the root"),
    ("07.1", 0.25, "divide m by the root"),
    ("07.1", [0.1, 0.25], "one number"),
    ("07.2", 5, "for many t"),
    ("07.2", 1, "for many t"),
    ("07.2", 1750, "index 0"),
    ("07.2", 1752, "index 0"),
    ("07.2", 1750.39, "Round up"),
    ("07.2", 3925, "another percentage"),
    ("07.2", 1000, "for many t"),
    ("07.2", [1750, 1751], "one number"),
    ("07.3", Adam, "larger of beta2"),
    ("07.3", adamax(root=True), "is the root gone"),
    ("07.3", adamax(size=np.square), "larger of beta2"),
    ("07.3", adamax(hat=False), "leads elsewhere"),
    ("07.3", adamax(eps=False), "is eps added"),
    ("07.3", adamax(keep=False), "are t, m and u kept"),
    ("07.3", adamax(fade=lambda b, v: v), "larger of beta2"),
    ("07.3", adamax(size=lambda g: g), "larger of beta2"),
    ("07.3", MaximumOfAll, "larger of beta2"),
    ("07.3", Still, "does not move"),
]
