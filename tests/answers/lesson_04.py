"""Answers to the exercises of lesson 04: right ones, and wrong ones with a word of the hint."""

from fractions import Fraction

import numpy as np

from optim_lib import Momentum


class SumTimesWeight(Momentum):
    """The velocity is a sum, and the move takes its part."""

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        return x + (1 - self.momentum) * v, state._replace(v=v)


class MeanOfGradients(Momentum):
    """The state keeps the mean of the gradients, without lr."""

    def step(self, x, g, state):
        v = state.v + (1 - self.momentum) * (g - state.v)
        return x - self.lr * v, state._replace(v=v)


class InPlace(Momentum):
    """The same with work in place."""

    def step(self, x, g, state):
        v = state.v * self.momentum
        v -= self.lr * g * (1 - self.momentum)
        x += v
        return x, state._replace(v=v)


class OldVelocity(Momentum):
    """The state never changes."""

    def step(self, x, g, state):
        v = self.momentum * state.v - (1 - self.momentum) * self.lr * g
        return x + v, state


class NoPoint(Momentum):
    """The velocity in the place of the point."""

    def step(self, x, g, state):
        v = self.momentum * state.v - (1 - self.momentum) * self.lr * g
        return v, state._replace(v=v)


class Uphill(Momentum):
    """The push goes along the gradient."""

    def step(self, x, g, state):
        v = self.momentum * state.v + (1 - self.momentum) * self.lr * g
        return x + v, state._replace(v=v)


class Signs(Momentum):
    """The sign of the gradient."""

    def step(self, x, g, state):
        v = self.momentum * state.v - (1 - self.momentum) * self.lr * np.sign(g)
        return x + v, state._replace(v=v)


class FixedMomentum(Momentum):
    """A momentum of 0.75, whatever was asked for."""

    def step(self, x, g, state):
        v = 0.75 * state.v - 0.25 * self.lr * g
        return x + v, state._replace(v=v)


class FixedRate(Momentum):
    """A learning rate of 0.1, whatever was asked for."""

    def step(self, x, g, state):
        v = self.momentum * state.v - (1 - self.momentum) * 0.1 * g
        return x + v, state._replace(v=v)


class WeightOnAll(Momentum):
    """The weight stands before the old velocity, too."""

    def step(self, x, g, state):
        v = (1 - self.momentum) * (self.momentum * state.v - self.lr * g)
        return x + v, state._replace(v=v)


class Divided(Momentum):
    """The push is divided by the weight."""

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g / (1 - self.momentum)
        return x + v, state._replace(v=v)


class FirstRate(Momentum):
    """The first of many learning rates for all."""

    def step(self, x, g, state):
        v = self.momentum * state.v - (1 - self.momentum) * np.ravel(self.lr)[0] * g
        return x + v, state._replace(v=v)


RIGHT = [
    ("04.1", 0.5),
    ("04.1", Fraction(1, 2)),
    ("04.1", np.array([0.5])),
    ("04.1", 0.499993),  # a simulation of fifty steps
    ("04.2", 0.82),
    ("04.2", 0.8198),  # the best of a grid
    ("04.2", 0.8186),
    ("04.2", np.array([361 / 441])),
    ("04.2", Fraction(361, 441)),
    ("04.3", 0.01),
    ("04.3", Fraction(1, 100)),
    ("04.3", [0.2 * (1 - 0.95)]),
    ("04.4", SumTimesWeight),
    ("04.4", MeanOfGradients),
    ("04.4", InPlace),
]

WRONG = [
    ("04.1", 0.1, "first step"),
    ("04.1", -0.5, "without a sign"),
    ("04.1", 3, "1 + momentum"),
    ("04.1", 5, "pushes are lr long"),
    ("04.1", 0.0556, "flips its sign"),
    ("04.1", 0.02, "divide lr by 1 - momentum"),
    ("04.1", 0.125, "divide lr by 1 - momentum"),
    ("04.1", 0.18, "and multiply by lr"),
    ("04.1", 0, "and multiply by lr"),
    ("04.2", 19 / 21, "that is the rate"),
    ("04.2", (399 / 401) ** 2, "root of kappa, which is 20"),
    ("04.2", 399 / 401, "rate of gradient descent"),
    ("04.2", 0.3, "put the root"),
    ("04.2", 0.9025, "careful pair"),
    ("04.2", (21 / 19) ** 2, "upside down"),
    ("04.2", 21 / 19, "upside down"),
    ("04.2", 20, "put the root"),
    ("04.2", 0.4026, "put the root"),
    ("04.3", 0.2, "effective rate is 0.2"),
    ("04.3", 4, "twenty times too large"),
    ("04.3", 0.02, "momentum 0.9"),
    ("04.3", 0.19, "not to 1 / momentum"),
    ("04.3", 0.2105, "not to 1 / momentum"),
    ("04.3", 0.39, "flips its sign"),
    ("04.3", -0.01, "positive"),
    ("04.3", 0.001, "solve"),
    ("04.4", Momentum, "weight 1 - momentum"),
    ("04.4", OldVelocity, "What must the state keep"),
    ("04.4", NoPoint, "It needs x, g"),
    ("04.4", Uphill, "uphill"),
    ("04.4", Signs, "It needs x, g"),
    ("04.4", FixedMomentum, "self.momentum"),
    ("04.4", FixedRate, "self.lr"),
    ("04.4", WeightOnAll, "a later one is not"),
    ("04.4", Divided, "It needs x, g"),
    ("04.4", FirstRate, "array of learning rates"),
]
