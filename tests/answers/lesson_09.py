"""Answers to the exercises of lesson 09: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction

import numpy as np

from optim_lib import Adam


class Bounded(Adam):
    """What the answers have in common: Adam's moments, and a bound."""

    bound: float = 10.0

    def moments(self, g, state):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        return m_hat, np.sqrt(v_hat) + self.eps, state._replace(t=t, m=m, v=v)


class ByWhere(Bounded):
    """Right, by np.where."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        s = np.where(self.lr / root > self.bound, self.bound, self.lr / root)
        return x - s * m_hat, state


class ByDivisor(Bounded):
    """Right: a divisor that is not too small."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        return x - self.lr * m_hat / np.maximum(root, self.lr / self.bound), state


class ByClip(Bounded):
    """Right, by np.clip."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        x -= np.clip(self.lr / root, 0, self.bound) * m_hat
        return x, state


class NoBound(Bounded):
    """Adam itself."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        return x - self.lr / root * m_hat, state


class FromBelow(Bounded):
    """The larger of the two."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        return x - np.maximum(self.lr / root, self.bound) * m_hat, state


class ClippedStep(Bounded):
    """A bound on the step."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        return x - np.clip(self.lr / root * m_hat, -self.bound, self.bound), state


class ClippedMean(Bounded):
    """A bound on the step, and far too small in the other coordinate."""

    def step(self, x, g, state):
        m_hat, _, state = self.moments(g, state)
        return x - self.bound * np.sign(m_hat), state


class OldState(Bounded):
    """The state never changes."""

    def step(self, x, g, state):
        m_hat, root, _ = self.moments(g, state)
        return x - np.minimum(self.lr / root, self.bound) * m_hat, state


class Uphill(Bounded):
    """The wrong sign."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        return x + np.minimum(self.lr / root, self.bound) * m_hat, state


class NoPoint(Bounded):
    """The step alone."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        return -np.minimum(self.lr / root, self.bound) * m_hat, state


class WithoutRate(Bounded):
    """The bound holds before lr is multiplied."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        return x - self.lr * np.minimum(1 / root, self.bound) * m_hat, state


class FixedBound(Bounded):
    """A bound of 0.4, whatever was asked for."""

    def step(self, x, g, state):
        m_hat, root, state = self.moments(g, state)
        return x - np.minimum(self.lr / root, 0.4 if self.bound < 1 else 1e3) * m_hat, state


RIGHT = [
    ("09.1", 18),
    ("09.1", 17.999999999999996),
    ("09.1", Fraction(18)),
    ("09.1", np.array([18.0])),
    ("09.2", 0.000105),
    ("09.2", 1.05e-4),
    ("09.2", Fraction(4, 38000)),
    ("09.2", [0.00010526]),
    ("09.3", ByWhere),
    ("09.3", ByDivisor),
    ("09.3", ByClip),
]

WRONG = [
    ("09.1", 38, "beta1 = 0.9"),
    ("09.1", 3.6, "divide by 1 - beta1"),
    ("09.1", 7, "put beta1"),
    ("09.1", 2, "without momentum"),
    ("09.1", 1 / 18, "upside down"),
    ("09.1", 0.72, "do not multiply"),
    ("09.1", 9, "twice that"),
    ("09.1", -18, "positive"),
    ("09.2", 0.001 / 38, "the curvature, 4"),
    ("09.2", (0.004 / 38) ** 2, "its root"),
    ("09.2", 1, "solve"),
    ("09.2", 0.002, "limit of gradient descent"),
    ("09.2", 0.001 / 152, "do not divide"),
    ("09.2", 9500, "upside down"),
    ("09.2", 0.0095, "no root of 38"),
    ("09.2", 0.152, "divide by 38"),
    ("09.2", 0.0001, "solve"),
    ("09.3", NoBound, "not bounded"),
    ("09.3", FromBelow, "as Adam does"),
    ("09.3", ClippedStep, "not the step"),
    ("09.3", ClippedMean, "as Adam does"),
    ("09.3", OldState, "as Adam does"),
    ("09.3", Uphill, "as Adam does"),
    ("09.3", NoPoint, "as Adam does"),
    ("09.3", WithoutRate, "the effective rate s"),
    ("09.3", FixedBound, "right for one setting"),
]
