"""Real data, mini-batches and a small network, for any optimizer that updates a dictionary.

An example is a row: images have shape `(n, 64)`, labels `(n,)`. Parameters and gradients are
dictionaries of arrays with the same keys.

Inputs and labels are NumPy arrays or lists. What would be read in another sense than it was meant
(a table with an index of its own, a mask, labels that are no class numbers) is refused with advice.
"""

import copy
from collections.abc import Mapping
from functools import partial, wraps
from operator import index
from pathlib import Path
from typing import NamedTuple

import numpy as np

from optim_lib.gradients import gradient_norm
from optim_lib.schedules import rates

__all__ = ["MLP", "History", "load_digits", "minibatches", "progress", "split", "train"]


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


def split(data, seed=11):
    """Cut data into three parts at random: to train on, to choose by, and to judge by in the end.

    The second and the third part have a fifth each, rounded up.

    Parameters
    ----------
    data : (ndarray, ndarray)
        Inputs and labels, as many of these as of those, at least three.
    seed : int, 0 or greater
        Decides which example goes where. The order within a part is random, too.

    Returns
    -------
    training, validation, test : (ndarray, ndarray)
        Inputs and labels of each part; copies, no example in two of them.

    Raises
    ------
    TypeError
        If the data are no pair of arrays or lists.
    ValueError
        If the lengths differ, an input is not finite, or there are fewer than three examples.

    Examples
    --------
    >>> training, validation, test = split(load_digits())
    >>> [len(labels) for _, labels in (training, validation, test)]
    [1077, 360, 360]
    """
    x, labels = _checked_data(None, *_pair(data, "data"))
    if len(x) < 3:
        raise ValueError(f"three parts need at least three examples, but data has {len(x)}")
    order = np.random.default_rng(_whole(seed, "seed", 11)).permutation(len(x))
    fifth = -(-len(x) // 5)
    parts = np.split(order, (len(x) - 2 * fifth, len(x) - fifth))
    return tuple((x[part], labels[part]) for part in parts)


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
    TypeError
        If `n` or `size` is no whole number, `rng` no generator, or `replace` neither True nor
        False.
    ValueError
        If `n` is not positive, or `size` is not between 1 and `n`.

    Examples
    --------
    >>> [len(batch) for batch in minibatches(10, 4, np.random.default_rng(0))]
    [4, 4, 2]
    """
    n = _whole(n, "n", 1797, least=1)
    size = _whole(size, "the size of a batch", 32, least=1, most=n)
    _check_rng(rng)
    if not isinstance(replace, (bool, np.bool_)):
        raise TypeError(f"replace must be True or False, got {replace!r}")
    return _minibatches(n, size, rng, replace)


def _minibatches(n, size, rng, replace=False):
    order = rng.permutation(n)
    for first in range(0, n, size):
        batch = order[first : first + size]
        yield rng.integers(n, size=len(batch)) if replace else batch


def _checked(method):
    """Let a method of `MLP` check its arguments; the method itself stays at hand for `train`."""

    @wraps(method)
    def checked(self, params, x, labels):
        params = _checked_params(params, self)
        return method(self, params, *_checked_data(self, x, labels))

    checked.unchecked = method
    return checked


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
    TypeError
        If a size is not a whole number. `loss`, `gradient` and `accuracy` raise it for params, x
        or labels of the wrong kind.
    ValueError
        If fewer than two sizes are given, or one is not positive. `loss`, `gradient` and
        `accuracy` raise it for params, x or labels of the wrong shape, length or range.

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
        wrong = f"sizes must be two or more positive numbers, got {sizes}; try 64, 10"
        if not all(map(_is_whole, sizes)):
            raise TypeError(wrong)
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(wrong)
        self.sizes = tuple(map(index, sizes))

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
        _check_rng(rng)
        params = {}
        for k, (inputs, outputs) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 1):
            params[f"W{k}"] = rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
            params[f"b{k}"] = np.zeros(outputs)
        return params

    @_checked
    def loss(self, params, x, labels):
        """Return the mean cross-entropy: how surprised the model is by the right labels.

        Parameters
        ----------
        params : dict of str to ndarray
        x : ndarray, (n, inputs)
        labels : ndarray of int, (n,)
            The class of each example, counted from 0.

        Returns
        -------
        float
        """
        log_p = _log_softmax(self._forward(params, x)[-1])
        return -float(np.mean(log_p[np.arange(len(x)), labels]))

    @_checked
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

    @_checked
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
    """What a training left behind, and what it needs to go on.

    params: the parameters at the end; losses: of each mini-batch before its update; epoch_losses:
    of all data before training and after each epoch; diverged: whether a loss was not finite, at
    which training stopped; validation_losses: of the validation data, when epoch_losses are; None
    if there were no such data; norms: of the gradient of each mini-batch, all parameters taken
    together, before it was clipped; optimizer: with what it remembers; rng: the state of the random
    numbers.
    """

    params: dict
    losses: np.ndarray
    epoch_losses: np.ndarray
    diverged: bool
    validation_losses: np.ndarray | None = None
    norms: np.ndarray | None = None
    optimizer: object = None
    rng: dict | None = None


def train(
    model,
    data,
    optimizer,
    epochs=10,
    batch_size=32,
    seed=0,
    params=None,
    bar=False,
    validation=None,
    schedule=None,
    clip=None,
    stop_after=None,
    resume=None,
):
    r"""Train a model on mini-batches and return its history.

    The optimizer and the given parameters are copied, not written to: two trainings share nothing.

    .. math:: g \leftarrow g \min\bigl(1, \mathrm{clip} / \lVert g \rVert\bigr)
              \quad \text{(with clip, before each update)}

    Parameters
    ----------
    model : MLP, or anything with its `init`, `loss` and `gradient`
    data : (ndarray, ndarray)
        Inputs and labels, as many of these as of those. Lists will do; a table (pandas) will not,
        since it has an order of its own: `table.to_numpy()`.
    optimizer : Optimizer, or anything with its `update(params, grads)`
    epochs : int, 0 or greater
        How often all data are seen, in all.
    batch_size : int, 1 to the number of examples
    seed : int, 0 or greater
        Decides the first parameters and the batches.
    params : dict of str to ndarray, optional
        Parameters to start from; by default the model's own, random.
    bar : bool
        Whether to print a progress bar.
    validation : (ndarray, ndarray), optional
        Inputs and labels that are never trained on; their loss is noted after each epoch.
    schedule : Schedule or function of (t, steps), optional
        The factor of the optimizer's `lr` when `t` of the `steps` updates of all epochs are over,
        for example `schedules.Linear(warmup=34)`.
    clip : float, greater than 0, optional
        The largest norm of a gradient, all parameters taken together; a longer one is shortened.
    stop_after : int, 0 to `epochs`, optional
        Stop after this many of the epochs, to go on later.
    resume : History, optional
        A training to go on with: with its parameters, its random numbers and what its optimizer
        remembers, as if it had never stopped. Everything else must be given as it was; `optimizer`
        may be the history's own, with another `lr` if you like.

    Returns
    -------
    History
        A training that diverges is stopped and marked; there is no warning.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind, for example a class where an object is due.
    ValueError
        If an argument is of the wrong shape, length or range, or `resume` does not fit the others.
        Nothing has been trained then.

    References
    ----------
    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013
    (the clipping).

    Examples
    --------
    >>> from optim_lib import SGD
    >>> history = train(MLP(64, 10), load_digits(), SGD(lr=0.5), epochs=3)
    >>> history.losses.shape, history.epoch_losses.shape, history.diverged
    ((171,), (4,), False)

    Half of it, and the rest:

    >>> half = train(MLP(64, 10), load_digits(), SGD(lr=0.5), epochs=3, stop_after=1)
    >>> whole = train(MLP(64, 10), load_digits(), SGD(lr=0.5), epochs=3, resume=half)
    >>> bool(np.all(whole.losses == history.losses))
    True
    """
    if isinstance(model, type) or not all(hasattr(model, m) for m in ("init", "loss", "gradient")):
        raise TypeError(f"model must be a model such as MLP(64, 10), got {model!r}")
    if isinstance(optimizer, type) or not hasattr(optimizer, "update"):
        raise TypeError(f"optimizer must be an optimizer such as SGD(lr=0.1), got {optimizer!r}")
    x, labels = _checked_data(model, *_pair(data, "data"))
    if validation is not None:
        validation = _checked_data(model, *_pair(validation, "validation"))
    epochs, seed = _whole(epochs, "epochs", 10), _whole(seed, "seed", 0)
    last = epochs if stop_after is None else _whole(stop_after, "stop_after", 5, most=epochs)
    batch_size = _whole(batch_size, "batch_size", 32, least=1, most=len(x))
    clip = _checked_clip(clip)
    if params is not None:
        params = copy.deepcopy(_checked_params(params, model, to_train=True))
    updates = -(-len(x) // batch_size)
    planned = None if schedule is None else rates(schedule, optimizer, epochs * updates)
    if resume is None:
        rng = np.random.default_rng(seed)
        start = _untrained(model, x, labels, optimizer, validation, params, rng)
    else:
        start = _checked_resume(resume, updates, last, optimizer, validation, params)
        rng = np.random.default_rng(seed)
        rng.bit_generator.state = start.rng
    params, optimizer = copy.deepcopy((start.params, start.optimizer))
    loss_of, gradient = _unchecked(model.loss), _unchecked(model.gradient)
    losses, norms, epoch_losses = list(start.losses), list(start.norms), list(start.epoch_losses)
    validation_losses = list(start.validation_losses) if validation else None
    peak = getattr(optimizer, "lr", None)
    left = range(len(epoch_losses) - 1, last)
    diverged = False
    with np.errstate(all="ignore"):
        for _ in progress(left) if bar else left:
            for batch in _minibatches(len(x), batch_size, rng):
                loss, grads = gradient(params, x[batch], labels[batch])
                losses.append(loss)
                norms.append(gradient_norm(grads))
                if not np.isfinite(loss):
                    break
                if clip is not None and norms[-1] > clip:
                    grads = {key: g * (clip / norms[-1]) for key, g in grads.items()}
                if planned is not None:
                    optimizer.lr = planned[len(losses) - 1]
                optimizer.update(params, grads)
            epoch_losses.append(loss_of(params, x, labels))
            if validation:
                validation_losses.append(loss_of(params, *validation))
            diverged = not np.isfinite(epoch_losses[-1])
            if diverged:
                break
    if planned is not None:
        optimizer.lr = peak
    return History(
        params,
        np.array(losses),
        np.array(epoch_losses),
        diverged,
        np.array(validation_losses) if validation else None,
        np.array(norms),
        optimizer,
        rng.bit_generator.state,
    )


def _untrained(model, x, labels, optimizer, validation, params, rng):
    """Return the history of a training before its first update."""
    optimizer = copy.deepcopy(optimizer)
    if hasattr(optimizer, "reset"):
        optimizer.reset()
    params = model.init(rng) if params is None else params
    loss_of = _unchecked(model.loss)
    with np.errstate(all="ignore"):
        first = [loss_of(params, x, labels)]
        noted = [loss_of(params, *validation)] if validation else None
    return History(params, [], first, False, noted, [], optimizer, rng.bit_generator.state)


def _checked_resume(history, updates, last, optimizer, validation, params):
    """Return the history if a training can go on from it with the other arguments."""
    if not isinstance(history, History):
        raise TypeError(f"resume must be the History that train returned, got {_what(history)}")
    done = len(history.epoch_losses) - 1
    own = history.optimizer
    if history.diverged:
        wrong = "diverged; train again with a smaller learning rate"
    elif params is not None:
        wrong = "has parameters of its own; leave params out"
    elif len(history.losses) != done * updates:
        wrong = (
            f"took {len(history.losses)} updates in {done} epochs, where these data and this "
            f"batch_size make {done * updates}; give both as they were"
        )
    elif done > last:
        wrong = f"has {done} epochs behind it, more than the {last} asked for; count all of them"
    elif (history.validation_losses is None) != (validation is None):
        wrong = "was made with validation data or without; give or leave them out as then"
    elif repr(optimizer) != repr(own):
        wrong = f"belongs to {own!r}, not to {optimizer!r}; give history.optimizer, changed or not"
    else:
        return history
    raise ValueError(f"the training to resume {wrong}")


def _checked_clip(clip):
    if clip is None:
        return None
    number = np.asarray(clip)
    if number.ndim or number.dtype.kind not in "iuf":
        raise TypeError(f"clip must be a number, the largest norm, got {_what(clip)}; try 3.0")
    if not 0 < number < np.inf:
        raise ValueError(f"clip must be greater than 0 and finite, got {clip!r}; try 3.0")
    return float(number)


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


def _is_whole(value):
    is_bool = isinstance(value, (bool, np.bool_))
    return hasattr(value, "__index__") and not is_bool and np.ndim(value) == 0


def _whole(value, name, example, least=0, most=None):
    """Return a whole number within its limits, or name what was given instead."""
    if not _is_whole(value):
        raise TypeError(f"{name} must be a whole number, got {_what(value)}; try {example}")
    value = index(value)
    if value < least or (most is not None and value > most):
        limits = f"{least} or greater" if most is None else f"from {least} to {most}"
        raise ValueError(
            f"{name} must be {limits}, got {value}; try {min(example, most or example)}"
        )
    return value


def _check_rng(rng):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng must be a numpy.random.Generator, got {_what(rng)}; try np.random.default_rng(0)"
        )


def _what(value):
    """Describe a value in a few words: large ones by their kind and shape."""
    shape = getattr(value, "shape", None)
    if isinstance(value, (list, tuple, Mapping)) and len(repr(value)) > 60:
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__} of shape {shape}" if shape else repr(value)


def _unchecked(method):
    """Return the method without the checks of `MLP`, which `train` has made once for all."""
    if hasattr(method, "unchecked"):
        return partial(method.unchecked, method.__self__)
    return method


def _numbers(values, name):
    """Return an array of real numbers, or say what is given instead and how to make one of it."""
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, and what it masks would be used like the rest; leave those "
            f"examples out, or use {name}.filled(0)"
        )
    if not isinstance(values, (np.ndarray, list, tuple, range)):
        ways = {
            "to_numpy": f"{name}.to_numpy(), which has the rows in the order in which they stand",
            "detach": f"{name}.detach().cpu().numpy()",
            "numpy": f"{name}.numpy()",
            "__array__": f"np.array({name})",
        }
        remedy = next((f"; use {way}" for has, way in ways.items() if hasattr(values, has)), "")
        kind = type(values).__name__
        raise TypeError(f"{name} must be a NumPy array or a list, got a {kind}{remedy}")
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} has rows of different lengths; make them alike") from None
    if array.dtype.kind in "if" or array.size == 0:
        return array
    dtype, way = array.dtype, f"np.array({name}, dtype={'int' if name == 'labels' else 'float'})"
    if dtype.kind == "u":
        dtype = f"{dtype}, in which 0 - 1 is a large number"
    elif dtype.kind == "c":
        way = f"np.real({name}), if the imaginary parts mean nothing"
    raise TypeError(f"{name} must hold plain numbers, but holds {dtype}; use {way}")


def _pair(data, name):
    """Return data if it is a pair; raise otherwise."""
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise TypeError(f"{name} must be a pair (x, labels), got {_what(data)}")
    return data


def _checked_data(model, x, labels):
    """Return inputs and labels as arrays that fit each other, and the model if it is an `MLP`."""
    x, labels = _numbers(x, "x"), _numbers(labels, "labels")
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"x must hold at least one example, but its shape is {x.shape}")
    if isinstance(model, MLP):
        _check_inputs(x, labels, model)
    if labels.ndim == 0 or len(labels) != len(x):
        raise ValueError(
            f"x has {len(x)} examples, but labels has the shape {labels.shape}; each example needs "
            "one label"
        )
    if not np.isfinite(x).all():
        at = tuple(map(int, np.argwhere(~np.isfinite(x))[0]))
        raise ValueError(f"x is {x[at]} at {list(at)}; leave that example out, or fill in a number")
    if isinstance(model, MLP):
        labels = _checked_labels(labels, model)
    return x, labels


def _check_inputs(x, labels, model):
    """Raise unless x has a row of the model's width for each example."""
    inputs = model.sizes[0]
    if x.ndim == 2 and x.shape[1] == inputs:
        return
    remedy = f"one row of {inputs} numbers for each example"
    if x.ndim == 1 and labels.ndim == 2:
        remedy = "is data the pair (x, labels), in this order?"
    elif x.shape == (inputs,):
        remedy = "for a single example use x[None]"
    elif x.ndim == 2 and x.shape[0] == inputs:
        remedy = "use x.T"
    elif x.ndim > 2 and np.prod(x.shape[1:]) == inputs:
        remedy = "use x.reshape(len(x), -1)"
    raise ValueError(f"x must have the shape (n, {inputs}) for {model}, got {x.shape}; {remedy}")


def _checked_labels(labels, model):
    """Return the labels as class numbers of the model, from 0."""
    classes = model.sizes[-1]
    if labels.ndim != 1:
        remedy = "one class number for each example"
        if labels.shape == (len(labels), 1):
            remedy = "use labels.ravel()"
        elif labels.shape == (len(labels), classes):
            remedy = "they look one-hot: use labels.argmax(axis=1)"
        raise ValueError(f"labels must have the shape (n,), got {labels.shape}; {remedy}")
    whole = np.isfinite(labels) & (labels == np.rint(labels))
    if not whole.all():
        at = int(np.argmin(whole))
        raise ValueError(f"labels must be whole numbers, got {labels[at]} at {[at]}")
    outside = (labels < 0) | (labels >= classes)
    if outside.any():
        at = int(np.argmax(outside))
        raise ValueError(
            f"labels must be from 0 to {classes - 1} for {model}, got {labels[at]:g} at {[at]}; "
            "classes are counted from 0, and the last size of the model is their number"
        )
    return labels.astype(int)


def _checked_params(params, model, to_train=False):
    """Return the parameters if they are those of the model."""
    if not isinstance(params, Mapping):
        raise TypeError(f"params must be a dictionary of arrays, got {_what(params)}")
    if not isinstance(model, MLP):
        return params
    shapes = {}
    for k, (inputs, outputs) in enumerate(zip(model.sizes, model.sizes[1:], strict=False), 1):
        shapes |= {f"W{k}": (inputs, outputs), f"b{k}": (outputs,)}
    if params.keys() != shapes.keys():
        missing = [key for key in shapes if key not in params]
        extra = [key for key in params if key not in shapes]
        wrong = f"has no key {missing[0]!r}" if missing else f"has a key {extra[0]!r} too many"
        raise ValueError(f"params {wrong}; {model} has the keys {', '.join(shapes)}")
    for key, shape in shapes.items():
        value, name = params[key], f"params[{key!r}]"
        odd = isinstance(value, (np.ma.MaskedArray, np.matrix))
        if not isinstance(value, np.ndarray) or odd:
            raise TypeError(
                f"{name} must be a float array, got a {type(value).__name__}; use np.array(...)"
            )
        if value.dtype.kind != "f":
            raise TypeError(f"{name} holds {value.dtype}, not floats; use {name}.astype(float)")
        if value.shape != shape:
            raise ValueError(f"{name} has the shape {value.shape}, but {model} needs {shape}")
        if to_train and not np.isfinite(value).all():
            raise ValueError(f"{name} is not finite; did an earlier training diverge?")
    return params
