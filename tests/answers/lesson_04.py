"""Answers to the exercises of lesson 04: right ones, and wrong ones with a word of the hint."""

from optim_lib import Momentum


class MoveAsVelocity(Momentum):
    """The right first step of Nesterov, with the move in the place of the velocity."""

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        move = self.momentum * v - self.lr * g
        return x + move, state._replace(v=move)


RIGHT = []

WRONG = [
    ("04.1", 0.1, "first step"),
    ("04.1", -0.5, "without a sign"),
    ("04.1", 3, "1 + momentum"),
    ("04.2", 19 / 21, "that is the rate"),
    ("04.2", (399 / 401) ** 2, "root of kappa, which is 20"),
    ("04.2", 0.3, "put the root"),
    ("04.3", Momentum, "-0.1"),
    ("04.3", MoveAsVelocity, "Keep v itself"),
]
