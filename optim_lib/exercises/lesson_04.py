"""Checks for the exercises of lesson 04."""

import numpy as np

from optim_lib.exercises.checks import exercise, nearest_hint


@exercise("04.1", "how long is the step after a long walk under the gradient 1?")
def _effective_rate(answer):
    hints = {
        0.5: None,
        0.1: "that is the first step. The velocity has grown since.",
        -0.5: "the length is right; give it without a sign.",
        5: "that is the sum of the weights. The pushes are lr long, not 1.",
        0.1 / 1.8: "that is for a gradient that flips its sign. Here it stays 1.",
        0.1 * 0.2: "divide lr by 1 - momentum.",
        0.1 / 0.8: "divide lr by 1 - momentum.",
    }
    return nearest_hint(
        answer, hints, "sum up 1 + momentum + momentum^2 + ..., and multiply by lr."
    )


@exercise("04.2", "what is the momentum of the best pair for kappa = 400?")
def _best_momentum(answer):
    hints = {
        (19 / 21) ** 2: None,
        19 / 21: "that is the rate, the root of the best momentum.",
        (399 / 401) ** 2: "the formula takes the root of kappa, which is 20.",
        399 / 401: "that is the rate of gradient descent. Take the root of kappa, which is 20.",
        0.95**2: "that is the momentum of the careful pair.",
        (21 / 19) ** 2: "upside down: a momentum is below 1.",
        21 / 19: "upside down: a momentum is below 1.",
    }
    return nearest_hint(answer, hints, "put the root of kappa into ((root - 1)/(root + 1))^2.")


@exercise("04.3", "which lr has the effective rate 0.2 at momentum 0.95?")
def _same_effective_rate(answer):
    hints = {
        0.01: None,
        0.2: "then the effective rate is 0.2 / (1 - 0.95) = 4.",
        4: "that is the effective rate of Momentum(lr=0.2, momentum=0.95): twenty times too large.",
        0.02: "that is for momentum 0.9.",
        0.19: "the steps add up to 1 / (1 - momentum), and not to 1 / momentum.",
        0.2 / 0.95: "the steps add up to 1 / (1 - momentum), and not to 1 / momentum.",
        0.2 * 1.95: "that keeps the steps equal under a gradient that flips its sign.",
        -0.01: "the size is right; a learning rate is positive.",
    }
    return nearest_hint(answer, hints, "solve lr / (1 - 0.95) = 0.2 for lr.")


@exercise("04.4", "a momentum with a mean in the place of the sum", rule="MeanMomentum")
def _mean_momentum(rule):
    start, gradients = np.array([2.0, -4.0]), [(1.0, -3.0), (2.0, 0.5), (-4.0, 0.25), (0.0, 1.0)]
    for lr, momentum in ((0.1, 0.75), (0.1, 0.5), (0.4, 0.75)):
        path = _path(rule(lr=lr, momentum=momentum), start, gradients)
        right = _path(_Mean(lr, momentum), start, gradients)
        if not np.allclose(path, right):
            return _fault_of_mean(path - start, right - start, lr, momentum)
    many, points = np.array([0.1, 0.3, 0.5]), np.tile(start[:, None], 3)
    path = _path(rule(lr=many, momentum=0.9), points, np.array(gradients)[..., None])
    if not np.allclose(path, _path(_Mean(many, 0.9), points, np.array(gradients)[..., None])):
        return "it is right for one lr, but not for an array of learning rates."
    return None


def _fault_of_mean(moved, right, lr, momentum):
    """Say what is wrong with where a rule has moved, in a setting that shows it."""
    setting = f"with lr = {lr} and momentum = {momentum}"
    if np.allclose(moved[0], right[0]):
        return f"{setting} the first step is right, a later one is not. What must the state keep?"
    if np.allclose(moved[0], -right[0]):
        return "it walks uphill: the new push goes against the gradient."
    if np.allclose(moved[0], right[0] / (1 - momentum)):
        return "the first step is lr * g long; the push should have the weight 1 - momentum."
    first = moved[0] + (2.0, -4.0)
    return (
        f"{setting}, from (2, -4) with the gradient (1, -3) the first step goes to "
        f"({first[0]:.4g}, {first[1]:.4g}); it should go to ({right[0, 0] + 2:.4g}, "
        f"{right[0, 1] - 4:.4g}). It needs x, g, self.lr and self.momentum."
    )


class _Mean:
    """The rule as it should be, without any checks."""

    def __init__(self, lr, momentum):
        self.lr, self.momentum = lr, momentum

    def init(self, x):
        return np.zeros_like(x)

    def step(self, x, g, v):
        v = self.momentum * v - (1 - self.momentum) * self.lr * g
        return x + v, v


def _path(rule, x, gradients):
    """Return the points that a rule reaches under these gradients, whatever the point."""
    state, points = rule.init(x), []
    for g in gradients:
        x, state = rule.step(x, np.broadcast_to(g, np.shape(x)).astype(float), state)
        points.append(x)
    return np.array(points)
