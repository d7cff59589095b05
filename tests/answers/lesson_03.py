"""Answers to the exercises of lesson 03: right ones, and wrong ones with a word of the hint."""

from optim_lib import SGD

RIGHT = []

WRONG = [
    ("03.1", 4687.5, "no half batch"),
    ("03.1", 469, "one epoch"),
    ("03.1", 7, "rounded up"),
    ("03.2", 3, "between 0 and 2"),
    ("03.2", 0.1, "the floor is"),
    ("03.3", 2, "not its root"),
    ("03.3", 5, "proportional to sigma"),
    ("03.4", SGD, "step 2 used the rate 0.5"),
]
