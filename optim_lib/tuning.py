"""Where to look for a learning rate: a range test to begin, a search to go on."""

import copy
from typing import NamedTuple

import numpy as np

from optim_lib.training import train

__all__ = ["RangeTest", "range_test", "search_rate"]

LOWEST, HIGHEST, STEPS = 1e-5, 10.0, 340  # of a range test
MEMORY = 0.9  # of its smoothed loss


class RangeTest(NamedTuple):
    """What a range test saw.

    rates: the learning rate of each update; losses: the smoothed loss of the batches; first: a
    third of the rate at which that is lowest, where a search may begin.
    """

    rates: np.ndarray
    losses: np.ndarray
    first: float


def range_test(model, data, rule, batch_size=32, seed=0):
    r"""Train once while the learning rate grows from 1e-5 to 10, and watch the loss.

    .. math:: \mathrm{lr}_t = 10^{-5} \cdot 10^{6 t / 339}, \qquad t = 0, \dots, 339

    Parameters
    ----------
    model, data, batch_size, seed
        As for `train`.
    rule : Optimizer
        Its own `lr` does not matter.

    Returns
    -------
    RangeTest
        Ends early where the loss is no longer finite.

    Raises
    ------
    TypeError, ValueError
        As `train` does.

    References
    ----------
    Smith, "Cyclical Learning Rates for Training Neural Networks", 2017.

    Examples
    --------
    >>> from optim_lib import Adam
    >>> from optim_lib.training import MLP, load_digits
    >>> found = range_test(MLP(64, 10), load_digits(), Adam())
    >>> len(found.rates), 0.001 < found.first < 1
    (340, True)
    """
    rule = copy.deepcopy(rule)
    rule.lr = LOWEST
    rates = LOWEST * (HIGHEST / LOWEST) ** (np.arange(STEPS) / (STEPS - 1))
    updates = -(-len(data[0]) // batch_size)
    losses = train(
        model,
        data,
        rule,
        epochs=-(-STEPS // updates),
        batch_size=batch_size,
        seed=seed,
        schedule=lambda t, steps: (HIGHEST / LOWEST) ** (t / (STEPS - 1)),
    ).losses[:STEPS]
    losses = losses[np.isfinite(losses)]
    weights = MEMORY ** np.arange(len(losses))
    smooth = np.convolve(losses, weights)[: len(losses)] / np.cumsum(weights)
    rates = rates[: len(losses)]
    return RangeTest(rates, smooth, float(rates[smooth.argmin()] / 3))


def search_rate(measure, start, most=99):
    r"""Try learning rates outward from `start` until both neighbours of the best one are worse.

    .. math:: \mathrm{lr} = \mathrm{start} \cdot \sqrt{10}^{\,k}, \qquad k = 0, \pm 1, \pm 2, \dots

    Parameters
    ----------
    measure : function
        Of a learning rate; returns what shall be low, for example a mean validation loss.
    start : float, greater than 0
    most : int
        How many rates may be tried.

    Returns
    -------
    dict of float to float
        What was measured, by learning rate, in ascending order.

    Raises
    ------
    ValueError
        If `start` is not greater than 0, or `most` is less than 1.

    Examples
    --------
    >>> tried = search_rate(lambda lr: abs(float(np.log10(lr)) + 2), start=0.1)
    >>> {round(lr, 4): round(value, 1) for lr, value in tried.items()}
    {0.0032: 0.5, 0.01: 0.0, 0.0316: 0.5, 0.1: 1.0, 0.3162: 1.5}
    """
    if not 0 < start < np.inf or most < 1:
        raise ValueError(
            f"start must be a learning rate greater than 0 and most 1 or more, got {start!r} and "
            f"{most!r}"
        )
    found, best, last = {}, 0, None
    while best != last and len(found) < most:
        for k in (best, best + 1, best - 1):
            if k not in found and len(found) < most:
                found[k] = measure(start * 10 ** (k / 2))
        last, best = best, min(found, key=found.get)
    return {start * 10 ** (k / 2): found[k] for k in sorted(found)}
