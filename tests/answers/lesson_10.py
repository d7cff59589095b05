"""Answers to the exercises of lesson 10: right ones, and wrong ones with a word of the hint."""

from optim_lib import Momentum

RIGHT = []

WRONG = [
    ("10.1", 3, "put t = 1"),
    ("10.2", 2, "under a root"),
    ("10.2", 5, "at the first gradient"),
    ("10.3", Momentum, "part at step 2"),
]
