"""Answers to the exercises of lesson 07: right ones, and wrong ones with a word of the hint."""

from optim_lib import Adam

RIGHT = []

WRONG = [
    ("07.1", 1, "both corrections"),
    ("07.1", 1.6, "under a root"),
    ("07.1", 3, "divide m by the root"),
    ("07.2", 5, "for many t"),
    ("07.3", Adam, "larger of beta2"),
]
