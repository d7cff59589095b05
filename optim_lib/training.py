"""Real data, mini-batches and a small network, for any optimizer that updates a dictionary.

An example is a row: images have shape `(n, 64)`, labels `(n,)`. Parameters and gradients are
dictionaries of arrays with the same keys.
"""

import copy
from operator import index
from pathlib import Path
from typing import NamedTuple

import numpy as np

__all__ = ["MLP", "History", "load_digits", "minibatches", "progress", "train"]


def load_digits():
    """Return 1797 hand-written digits as 8 x 8 images, with the digit that each shows.

    Returns
    -------
    images : ndarray, (1797, 64)
        Darkness of the pixels, row after row, from 0 to 1.
    labels : ndarray of int, (1797,)
        0 to 9.

    References
    ----------
    Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998.

    Examples
    --------
    >>> images, labels = load_digits()
    >>> images.shape, labels[:5].tolist()
    ((1797, 64), [0, 1, 2, 3, 4])
    """
    with np.load(Path(__file__).parent / "data" / "digits.npz") as data:
        return data["images"] / 16, data["labels"].astype(int)


def minibatches(n, size, rng, replace=False):
    """Yield the numbers of the examples in each mini-batch of one epoch.

    Without replacement, each example comes once, in random order, and the last batch is smaller
    where `size` does not divide `n`. With replacement, each batch is drawn from all examples.

    Parameters
    ----------
    n : int
        How many examples there are.
    size : int, 1 to n
        How many make a batch.
    rng : numpy.random.Generator
    replace : bool

    Yields
    ------
    ndarray of int, (size,)

    Raises
    ------
    ValueError
        If `size` is not between 1 and `n`.

    Examples
    --------
    >>> [len(batch) for batch in minibatches(10, 4, np.random.default_rng(0))]
    [4, 4, 2]
    """
    if not 1 <= index(size) <= n:
        raise ValueError(f"the size of a batch must be from 1 to {n}, got {size}")
    order = rng.permutation(n)
    for first in range(0, n, size):
        batch = order[first : first + size]
        yield rng.integers(n, size=len(batch)) if replace else batch


class MLP:
    r"""A multilayer perceptron that sorts into classes; without a hidden layer, softmax regression.

    .. math:: a_0 &= x, \quad a_k = \max(0, a_{k-1} W_k + b_k) \\
              p &= \mathrm{softmax}(a_{K-1} W_K + b_K) \\
              f &= -\mathrm{mean} \log p_\mathrm{label}

    Parameters
    ----------
    *sizes : int
        The numbers of inputs, of units in each hidden layer, and of classes.

    Raises
    ------
    ValueError
        If fewer than two sizes are given, or one is not positive.

    Examples
    --------
    >>> images, labels = load_digits()
    >>> model = MLP(64, 10)
    >>> params = model.init(np.random.default_rng(0))
    >>> loss, grads = model.gradient(params, images, labels)
    >>> sorted(grads), grads["W1"].shape
    (['W1', 'b1'], (64, 10))
    """

    def __init__(self, *sizes):
        if len(sizes) < 2 or min(map(index, sizes)) < 1:
            raise ValueError(f"sizes must be two or more positive numbers, got {sizes}; try 64, 10")
        self.sizes = sizes

    def __repr__(self):
        return f"MLP({', '.join(map(str, self.sizes))})"

    def init(self, rng):
        """Return random parameters: weights with variance 2 / inputs (He et al., 2015), biases 0.

        Parameters
        ----------
        rng : numpy.random.Generator

        Returns
        -------
        dict of str to ndarray
            W1, b1, W2, b2, ... for each layer.
        """
        params = {}
        for k, (inputs, outputs) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 1):
            params[f"W{k}"] = rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
            params[f"b{k}"] = np.zeros(outputs)
        return params

    def loss(self, params, x, labels):
        """Return the mean cross-entropy: how surprised the model is by the right labels.

        Parameters
        ----------
        params : dict of str to ndarray
        x : ndarray, (n, inputs)
        labels : ndarray of int, (n,)

        Returns
        -------
        float
        """
        log_p = _log_softmax(self._forward(params, x)[-1])
        return -float(np.mean(log_p[np.arange(len(x)), labels]))

    def gradient(self, params, x, labels):
        """Return the loss and its gradient, by backpropagation.

        Parameters
        ----------
        params, x, labels
            As for `loss`.

        Returns
        -------
        loss : float
        grads : dict of str to ndarray
            With the keys and shapes of `params`.
        """
        activations = self._forward(params, x)
        log_p = _log_softmax(activations[-1])
        rows = np.arange(len(x))
        delta = np.exp(log_p)  # softmax minus one-hot is the slope at the last layer
        delta[rows, labels] -= 1
        delta /= len(x)
        grads = {}
        for k in range(len(self.sizes) - 1, 0, -1):
            below = activations[k - 1]
            grads[f"W{k}"] = below.T @ delta
            grads[f"b{k}"] = delta.sum(axis=0)
            delta = (delta @ params[f"W{k}"].T) * (below > 0)  # through the max(0, .) below
        return -float(np.mean(log_p[rows, labels])), grads

    def accuracy(self, params, x, labels):
        """Return the share of examples whose likeliest class is their label."""
        return float(np.mean(self._forward(params, x)[-1].argmax(axis=1) == labels))

    def _forward(self, params, x):
        """Return the activations of all layers, the input first and the scores last."""
        activations = [x]
        for k in range(1, len(self.sizes)):
            z = activations[-1] @ params[f"W{k}"] + params[f"b{k}"]
            activations.append(z if k == len(self.sizes) - 1 else np.maximum(z, 0))
        return activations


def _log_softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


class History(NamedTuple):
    """What a training left behind.

    params: the parameters at the end; losses: of each mini-batch before its update; epoch_losses:
    of all data before training and after each epoch; diverged: whether a loss was not finite, at
    which training stopped.
    """

    params: dict
    losses: np.ndarray
    epoch_losses: np.ndarray
    diverged: bool


def train(model, data, optimizer, epochs=10, batch_size=32, seed=0, params=None, bar=False):
    """Train a model on mini-batches and return its history.

    The optimizer and the given parameters are copied, not written to: two trainings share nothing.

    Parameters
    ----------
    model : MLP, or anything with its `init`, `loss` and `gradient`
    data : (ndarray, ndarray)
        Inputs and labels.
    optimizer : Optimizer, or anything with its `update(params, grads)`
    epochs : int
        How often all data are seen.
    batch_size : int
    seed : int
        Decides the first parameters and the batches.
    params : dict of str to ndarray, optional
        Parameters to start from; by default the model's own, random.
    bar : bool
        Whether to print a progress bar.

    Returns
    -------
    History
        A training that diverges is stopped and marked; there is no warning.

    Examples
    --------
    >>> from optim_lib import SGD
    >>> history = train(MLP(64, 10), load_digits(), SGD(lr=0.5), epochs=3)
    >>> history.losses.shape, history.epoch_losses.shape, history.diverged
    ((171,), (4,), False)
    """
    x, labels = data
    rng = np.random.default_rng(seed)
    optimizer = copy.deepcopy(optimizer)
    if hasattr(optimizer, "reset"):
        optimizer.reset()
    params = model.init(rng) if params is None else copy.deepcopy(params)
    losses, diverged = [], False
    with np.errstate(all="ignore"):
        epoch_losses = [model.loss(params, x, labels)]
        for _ in progress(range(epochs)) if bar else range(epochs):
            for batch in minibatches(len(x), batch_size, rng):
                loss, grads = model.gradient(params, x[batch], labels[batch])
                losses.append(loss)
                if not np.isfinite(loss):
                    break
                optimizer.update(params, grads)
            epoch_losses.append(model.loss(params, x, labels))
            diverged = not np.isfinite(epoch_losses[-1])
            if diverged:
                break
    return History(params, np.array(losses), np.array(epoch_losses), diverged)


def progress(items, width=40):
    """Yield the items, and print a bar that grows as they are used up.

    What it has printed in the end is always the same, so that a notebook's output can be compared.

    Parameters
    ----------
    items : iterable
    width : int
        How many characters the full bar has.

    Examples
    --------
    >>> sum(progress(range(5), width=10))
    |##########|
    10
    """
    items = list(items)
    shown = 0
    print("|", end="", flush=True)
    for done, item in enumerate(items, 1):
        yield item
        print("#" * (width * done // len(items) - shown), end="", flush=True)
        shown = width * done // len(items)
    print("#" * (width - shown) + "|")
