"""Answers to the exercises of lesson 05: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction

import numpy as np

from optim_lib import Adagrad, RMSProp


class Forgetful(Adagrad):
    """One h for both coordinates, of the last gradient alone."""

    def step(self, x, g, state):
        h = 0 * state.h + (g**2).sum(axis=0)
        return x - self.lr * g / (np.sqrt(h) + self.eps), state._replace(h=h)


class Written(Adagrad):
    """The squares of both components, written out."""

    def step(self, x, g, state):
        h = state.h + g[0] ** 2 + g[1] ** 2
        return x - self.lr * g / (np.sqrt(h) + self.eps), state._replace(h=h)


class OfLengths(Adagrad):
    """The square of the length, and the lr taken to the root."""

    def step(self, x, g, state):
        h = state.h + np.linalg.norm(g, axis=0, keepdims=True) ** 2
        return x - self.lr / (np.sqrt(h) + self.eps) * g, state._replace(h=h)


class Product(Adagrad):
    """A sum of products by Einstein's rule."""

    def step(self, x, g, state):
        h = np.einsum("i...,i...->...", g, g) + state.h
        return x - g * self.lr / (self.eps + np.sqrt(h)), type(state)(h)


def variant(square, move=None):
    """Return an AdagradNorm with one of its lines changed."""

    class Variant(Adagrad):
        def step(self, x, g, state):
            h = state.h + square(g)
            step = self.lr * g / (np.sqrt(h) + self.eps)
            return (move or np.subtract)(x, step), state._replace(h=h)

    return Variant


class FixedRate(Adagrad):
    """Takes the lr of the first test for every lr."""

    def step(self, x, g, state):
        h = state.h + (g**2).sum(axis=0)
        return x - 1.0 * g / (np.sqrt(h) + self.eps), state._replace(h=h)


class WithoutEps(Adagrad):
    """Forgets eps."""

    def step(self, x, g, state):
        h = state.h + (g**2).sum(axis=0)
        return x - self.lr * g / np.sqrt(h), state._replace(h=h)


RIGHT = [
    ("05.1", 0.1),
    ("05.1", Fraction(1, 10)),
    ("05.1", np.array([0.1])),
    ("05.1", 0.1 + 1e-9),
    ("05.2", 2500),
    ("05.2", 2573),
    ("05.2", Fraction(2500)),
    ("05.2", np.array([2500.0])),
    ("05.3", Written),
    ("05.3", OfLengths),
    ("05.3", Product),
]

WRONG = [
    ("05.1", 0.3, "cancels"),
    ("05.1", 0.02, "divided by its root"),
    ("05.1", 3, "t * g"),
    ("05.1", -0.1, "no sign"),
    ("05.1", 0.5, "first step"),
    ("05.1", 1.5, "t * g"),
    ("05.1", 0.2, "t * g"),
    ("05.1", np.array([0.04]), "t * g"),
    ("05.2", 100, "did not shrink"),
    ("05.2", 5, "2 * lr"),
    ("05.2", 50, "Square it"),
    ("05.2", 25, "units of lr"),
    ("05.2", 10_000, "2 * lr"),
    ("05.2", 250, "2 * lr"),
    ("05.2", -2500, "2 * lr"),
    ("05.2", 2200, "2 * lr"),
    ("05.3", Adagrad, "one h = 25"),
    ("05.3", Forgetful, "all steps, too"),
    ("05.3", RMSProp, "one h = 25"),
    ("05.3", variant(lambda g: (g**2).mean(axis=0)), "one h = 25"),
    ("05.3", variant(lambda g: np.abs(g).sum(axis=0) ** 2), "one h = 25"),
    ("05.3", variant(lambda g: (g**2).sum(axis=0), np.add), "one h = 25"),
    ("05.3", variant(lambda g: (g**2).sum(axis=0), lambda x, step: -step), "From (5, -3)"),
    ("05.3", FixedRate, "self.lr"),
    ("05.3", WithoutEps, "self.eps"),
    ("05.3", variant(lambda g: (g**2).sum()), "axis=0"),
    ("05.3", variant(lambda g: (g**2).sum(axis=-1)), "axis=0"),
    ("05.3", variant(lambda g: g @ g), "axis=0"),
]
