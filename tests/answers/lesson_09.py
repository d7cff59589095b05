"""Answers to the exercises of lesson 09: right ones, and wrong ones with a word of the hint."""

from optim_lib import Adam


class Shrinking(Adam):
    """Weight decay as it should be where the gradient is not zero, and none where it is."""

    weight_decay: float = 0.01

    def step(self, x, g, state):
        new, state = super().step(x, g, state)
        return new - self.lr * self.weight_decay * x * (g != 0), state


RIGHT = []

WRONG = [
    ("09.1", 38, "beta1 = 0.9"),
    ("09.1", 3.6, "divide by 1 - beta1"),
    ("09.1", 7, "put beta1"),
    ("09.2", 0.001 / 38, "the curvature, 4"),
    ("09.2", (0.004 / 38) ** 2, "its root"),
    ("09.2", 1, "solve"),
    ("09.3", Shrinking, "gradient is zero"),
]
