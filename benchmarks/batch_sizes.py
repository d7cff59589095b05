"""How long an epoch takes, by the size of its batches. Prints ratios.

Run: python benchmarks/batch_sizes.py

One epoch of softmax regression on the 1797 digits, as in lesson 03, less what `train` spends on the
loss of all data before and after it. Ratios are against batches of 64; times are medians of rounds
in which the sizes take turns.
"""

import statistics
import time

import numpy as np

from optim_lib import SGD
from optim_lib.training import MLP, load_digits, minibatches

SIZES = 1, 8, 64, 512, 1797
ROUNDS = 15


def epoch(model, images, labels, size):
    """Return how long one epoch with batches of this size takes, in seconds."""
    rng = np.random.default_rng(0)
    params, opt = model.init(rng), SGD(lr=0.1)
    before = time.perf_counter()
    for batch in minibatches(len(images), size, rng):
        opt.update(params, model.gradient(params, images[batch], labels[batch])[1])
    return time.perf_counter() - before


def main():
    """Print the time of an epoch for each size of the batch, and its ratio to that of 64."""
    model, (images, labels) = MLP(64, 10), load_digits()
    times = {size: [] for size in SIZES}
    for _ in range(ROUNDS):
        for size in SIZES:
            times[size].append(epoch(model, images, labels, size))
    medians = {size: statistics.median(values) for size, values in times.items()}
    for size, median in medians.items():
        ratio = median / medians[64]
        print(
            f"B = {size:4}   {-(-1797 // size):4} updates   {1000 * median:7.2f} ms   {ratio:6.2f}"
        )


if __name__ == "__main__":
    main()
