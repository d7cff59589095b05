"""Answers to the exercises of lesson 11: right ones, and wrong ones with a word of the hint."""

import math
from fractions import Fraction

import numpy as np

from optim_lib import SGD
from optim_lib.schedules import Constant, Cosine, Linear


def loop_with(ahead=0, pile=False, copies=True, sign=1, peak_kept=True, late=False, first=True):
    """Return a loop of exercise 11.3, with some of the bugs that it may have."""

    def loop(params, gradient, rule, schedule, steps):
        peak, path, total = rule.lr, [], {key: 0.0 for key in params}
        start = gradient(params)
        for t in range(steps):
            if not late:
                rule.lr = (peak if peak_kept else rule.lr) * max(schedule(t + ahead, steps), 1e-9)
            grads = gradient(params) if first else start
            if pile:
                grads = total = {key: total[key] + g for key, g in grads.items()}
            rule.update(params, {key: sign * g for key, g in grads.items()})
            if late:
                rule.lr = peak * schedule(t, steps)
            path.append({key: v.copy() for key, v in params.items()} if copies else params)
        return path

    return loop


def short_loop(params, gradient, rule, schedule, steps):
    """One step less."""
    return loop_with()(params, gradient, rule, schedule, steps)[:-1]


def loop_of_rates(params, gradient, rule, schedule, steps):
    """Right: the rates are made beforehand."""
    rates = [rule.lr * schedule(t, steps) for t in range(steps)]
    path = []
    for rate in rates:
        rule.lr = rate
        rule.update(params, gradient(params))
        path.append({"a": np.array(params["a"]), "b": np.array(params["b"])})
    return path


def loop_that_empties(params, gradient, rule, schedule, steps):
    """Right: the sum is emptied at each step, as in PyTorch."""
    peak, path = rule.lr, []
    for t in range(steps):
        grads = {key: np.zeros_like(value) for key, value in params.items()}
        for key, g in gradient(params).items():
            grads[key] += g
        rule.lr = float(schedule(t, steps)) * peak
        rule.update(params, grads)
        path.append({key: value + 0 for key, value in params.items()})
    return path


def by_branch(t, steps, warmup):
    """Right: two cases."""
    if t < warmup:
        return (t + 1) / (warmup + 1)
    return 1 - (t - warmup) / (steps - warmup)


def by_interp(t, steps, warmup):
    """Right: straight lines between three points."""
    return np.interp(t, [-1, warmup, steps], [0, 1, 0])


RIGHT = [
    ("11.1", 200),
    ("11.1", Fraction(200)),
    ("11.1", np.array([200.0])),
    ("11.1", "200"),
    ("11.2", 3.0 / math.sqrt(1 + 30 * 360 / 1437)),
    ("11.2", 1.03),
    ("11.2", np.float32(1.028)),
    ("11.2", [1.0279]),
    ("11.3", loop_with()),
    ("11.3", loop_of_rates),
    ("11.3", loop_that_empties),
    ("11.4", by_branch),
    ("11.4", by_interp),
    ("11.4", lambda t, steps, warmup: Linear(warmup=warmup)(t, steps)),
]

WRONG = [
    ("11.1", 2, "limit of lr times sharpness"),
    ("11.1", 0.005, "upside down"),
    ("11.1", 100, "1 / lr"),
    ("11.1", 0.02, "do not multiply"),
    ("11.1", 3800, "Adam's limit"),
    ("11.1", 20, "hundredth"),
    ("11.1", 400, "4 / lr"),
    ("11.1", -200, "positive"),
    ("11.1", 6.7, "lr times sharpness is 2"),
    ("11.1", "200 or so", "one number"),
    ("11.2", 3.0, "before the correction"),
    ("11.2", 2.918, "factor by which the error grows"),
    ("11.2", 8.76, "divide"),
    ("11.2", 0.352, "under a root"),
    ("11.2", 0.273, "upside down"),
    ("11.2", 2.68, "number of splits"),
    ("11.2", 1.094, "1 is missing"),
    ("11.2", 1.133, "not all 1797"),
    ("11.2", -1.028, "stays ahead"),
    ("11.2", 1.62, "root of 1 + splits"),
    ("11.3", loop_with(pile=True, ahead=1), "gradient of its own point alone"),
    ("11.3", loop_with(pile=True), "gradient of its own point alone"),
    ("11.3", loop_with(ahead=1), "t = 0 steps are over"),
    ("11.3", loop_with(late=True), "kept from before the loop"),
    ("11.3", loop_with(peak_kept=False), "kept from before the loop"),
    ("11.3", loop_with(copies=False), "Keep a copy"),
    ("11.3", loop_with(sign=-1), "first step is wrong already"),
    ("11.3", loop_with(first=False), "gradient of its own point alone"),
    ("11.3", short_loop, "one entry for each"),
    ("11.3", SGD, "without brackets"),
    ("11.3", 3, "without brackets"),
    ("11.4", lambda t, steps, warmup: 1 - t / steps, "rise in equal parts"),
    ("11.4", lambda t, steps, warmup: 1.0, "fall in equal parts"),
    ("11.4", lambda t, steps, warmup: 1 - (t + 1) / steps, "should be 1, the peak"),
    (
        "11.4",
        lambda t, steps, warmup: min(t / max(warmup, 1), (steps - t) / (steps - warmup)),
        "should be 1, the peak",
    ),
    (
        "11.4",
        lambda t, steps, warmup: min((t + 1) / (warmup + 1), 1 - t / steps),
        "rise in equal parts",
    ),
    (
        "11.4",
        lambda t, steps, warmup: max((t + 1) / (warmup + 1), (steps - t) / (steps - warmup)),
        "no factor is above 1",
    ),
    (
        "11.4",
        lambda t, steps, warmup: min((t + 1) / (warmup + 1), (steps - t - 1) / (steps - warmup)),
        "should be 1, the peak",
    ),
    (
        "11.4",
        lambda t, steps, warmup: min((t + 1) / (warmup + 1), 1.0),
        "fall in equal parts",
    ),
    ("11.4", lambda t, steps, warmup: Cosine(warmup=warmup)(t, steps), "fall in equal parts"),
    ("11.4", Linear, "without brackets"),
    ("11.4", 0.5, "without brackets"),
]


def sloping(params):
    """A gradient that changes from point to point."""
    return {"a": params["a"] - 1}


CALLS = {
    "11.3": [
        ({"a": np.array([3.0])}, sloping, SGD(lr=0.3), plan, 6) for plan in (Constant(), Cosine())
    ],
    "11.4": [(t, 20, warmup) for warmup in (0, 5) for t in (0, 3, 5, 12, 19)],
}
