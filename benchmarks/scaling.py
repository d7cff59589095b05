"""How the cost of a descent grows, and what it costs to begin. Prints slopes and times.

Run: python benchmarks/scaling.py

A slope is that of the time against the size, both in logarithms: 1 means twice the size takes twice
the time, 0 that size does not matter. Each time is the median of seven. Imports are timed in fresh
interpreters, in turns.
"""

import statistics
import subprocess
import sys
import time

import numpy as np

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces

RULES = SGD, Momentum, Adagrad, RMSProp, Adam
SIZES = {
    "steps, one start": ([100, 300, 1000, 3000], lambda n: (0.1, (-7, 2), n)),
    "starts, 100 steps": ([1, 10, 100, 1000, 10_000], lambda n: (0.1, np.ones((2, n)), 100)),
    "slider positions, 100 steps": (
        [2, 10, 50, 100, 200],
        lambda n: (np.geomspace(0.01, 0.9, n), (-7, 2), 100),
    ),
}


def median_time(action, rounds=7):
    """Return the median of the times that an action takes, in seconds."""
    times = []
    for _ in range(rounds):
        before = time.perf_counter()
        action()
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def five_rules(lr, start, steps):
    """Descend the ravine with all five rules."""
    for rule in RULES:
        descend(surfaces.ravine, rule(lr=lr), start, steps)


def import_time(module):
    """Return how long a fresh interpreter takes to import a module, the interpreter included."""
    return median_time(lambda: subprocess.run([sys.executable, "-c", f"import {module}"]), 5)


def main():
    """Print how cost grows, and the import times."""
    for name, (sizes, scene) in SIZES.items():
        times = [median_time(lambda scene=scene, n=n: five_rules(*scene(n))) for n in sizes]
        slopes = np.diff(np.log(times)) / np.diff(np.log(sizes))
        shown = ", ".join(f"{n}: {1000 * t:.1f} ms" for n, t in zip(sizes, times, strict=True))
        print(f"{name:28} {shown}   slopes {', '.join(f'{s:.2f}' for s in slopes)}")
    bare = import_time("numpy")
    for module in ("optim_lib", "optim_lib.figures", "optim_lib.explorer"):
        print(f"import {module:20} {import_time(module) / bare:.2f} times as long as import numpy")


if __name__ == "__main__":
    main()
