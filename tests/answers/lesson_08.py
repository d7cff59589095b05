"""Answers to the exercises of lesson 08: right ones, and wrong ones with a word of the hint."""

from optim_lib import SGD

RIGHT = []

WRONG = [
    ("08.1", 2, "quarter turn"),
    ("08.2", 0.5, "60 steps"),
    ("08.3", SGD, "scaled by 1024"),
]
