"""The five rules, simplest first: SGD, Momentum, Adagrad, RMSProp, Adam; and AdamW.

Each rule is a few hyperparameters and two pure methods, `init` and `step`. The body of `step` is
the equation, line for line. Everything else that an optimizer needs (checked hyperparameters, the
dictionary form `update`) is written once, in `Optimizer`.

Symbols: `x` parameters, `g` gradient at `x`, `lr` learning rate, `v` velocity (Momentum) or mean of
squared gradients (Adam), `h` sum or mean of squared gradients, `m` mean of gradients.
"""

import copy
import functools
import inspect
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, fields
from numbers import Real
from typing import NamedTuple

import numpy as np
from numpy.lib.array_utils import byte_bounds

from optim_lib.recording import Recorded

__all__ = [
    "RANGES",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Momentum",
    "Optimizer",
    "RMSProp",
    "Range",
    "checked_optimizer",
    "numeric",
]


class Range(NamedTuple):
    """The values that a hyperparameter may take: in words, and as a test."""

    words: str
    contains: Callable[[np.ndarray], np.ndarray]


POSITIVE = Range("greater than 0", lambda value: value > 0)
NONNEGATIVE = Range("0 or greater", lambda value: value >= 0)
FRACTION = Range("at least 0 and less than 1", lambda value: (value >= 0) & (value < 1))

RANGES = {
    "lr": POSITIVE,
    "momentum": FRACTION,
    "decay_rate": FRACTION,
    "beta1": FRACTION,
    "beta2": FRACTION,
    "eps": NONNEGATIVE,
    "weight_decay": NONNEGATIVE,
}


@dataclass(eq=False, repr=False)
class Optimizer:
    """A rule that turns a point and its gradient into the next point.

    To write a rule of your own, name its hyperparameters as fields and give it a `step`; a subclass
    becomes a dataclass by itself. A rule that remembers something also gives an `init`. A field
    named as in `RANGES` is checked against that range, any other for being a finite number. A field
    annotated as `bool`, `int` or `str` is an option, and keeps that kind.

    Hyperparameters are numbers or arrays; an array gives one path for each of its values. They
    can be reassigned, and are checked then too.

    A `step` of your own gets copies of the point, the gradient and the state, so that it may as
    well work in place; it must return the new point and the new state.

    Examples
    --------
    >>> class SignDescent(Optimizer):
    ...     lr: float = 0.1
    ...
    ...     def step(self, x, g, state):
    ...         x = x - self.lr * np.sign(g)
    ...         return x, state
    >>> opt = SignDescent(lr=0.5)
    >>> opt.step(np.array([1.0, -2.0]), np.array([3.0, -4.0]), opt.init(np.zeros(2)))[0]
    array([ 0.5, -1.5])
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        dataclass(eq=False, repr=False)(cls)
        if "step" in vars(cls) and cls.__module__ != __name__:
            cls.step = _guarded(cls.step)

    def __new__(cls, *args, **kwargs):
        optimizer = super().__new__(cls)
        optimizer.reset()  # here, since a subclass may have an __init__ of its own
        return optimizer

    def __setattr__(self, name, value):
        known = [f.name for f in fields(self)]
        if name in known:
            value = _checked_hyperparameter(type(self), name, value)
        elif name != "_states":
            raise AttributeError(
                f"{type(self).__name__} has no hyperparameter {name!r}; it has "
                f"{', '.join(known) or 'none'}. A setting is a field of the class, written above "
                f"its methods (for example {name}: float = 0.1), and needs no __init__; what a "
                "rule remembers from step to step belongs in its state."
            )
        object.__setattr__(self, name, value)

    def __repr__(self):
        shown = [
            f"{f.name}={_number(getattr(self, f.name))}"
            for f in fields(self)
            if f.name == "lr" or not np.array_equal(getattr(self, f.name), f.default)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    @property
    def hyperparameters(self):
        """The hyperparameters by name, as they are now (a new dict)."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def init(self, x):
        """Return the state before the first step; a rule without memory has an empty one.

        Parameters
        ----------
        x : ndarray, any shape
            The point where the descent starts.

        Returns
        -------
        NamedTuple of arrays shaped like `x` (and step counts)
        """
        return ()

    def step(self, x, g, state):
        """Return the next point and the next state; `x`, `g` and `state` are not written to.

        Parameters
        ----------
        x : ndarray, any shape
            The point.
        g : ndarray, shaped like `x`
            The gradient at `x`.
        state : NamedTuple
            What `init` or the previous `step` returned.

        Returns
        -------
        x : ndarray
        state : NamedTuple
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method step(self, x, g, state)")

    def update(self, params, grads):
        """Move every parameter by one step, in place.

        A state is remembered for each key, so that the next call goes on where this one stopped;
        `reset` forgets. Either every parameter moves or, if anything is wrong, none does.

        Parameters in float16 are moved in float32 and stored in their own kind: in float16 the
        squares of most gradients, and `eps`, are 0 or infinite.

        Parameters
        ----------
        params : dict of str to float ndarray or number
            Arrays are written to; plain numbers are replaced in the dictionary.
        grads : dict of str to ndarray or number
            The gradients, with the keys and the shapes of `params`.

        Raises
        ------
        TypeError
            If a parameter is not a float array or a number, or a gradient is not numeric.
        ValueError
            If a key is missing or extra, a shape does not match (the gradient's, or that of what
            is remembered), an array cannot be written to, or two parameters share memory.

        Examples
        --------
        >>> params = {"w": np.array([1.0, 2.0]), "b": 0.5}
        >>> SGD(lr=0.1).update(params, {"w": np.array([10.0, 0.0]), "b": 1.0})
        >>> params
        {'w': array([0., 2.]), 'b': 0.4}
        """
        pairs = _checked_pairs(params, grads)
        known = self._states
        moved = {}
        for key, (x, g) in pairs.items():
            wide = x if x.dtype == g.dtype else x.astype(g.dtype)
            _, shape, state = known[key] if key in known else (x, x.shape, self.init(wide.copy()))
            if shape != x.shape:
                raise ValueError(
                    f"params[{key!r}] has shape {x.shape}, but this optimizer remembers "
                    f"{shape} for it; call reset() to start afresh"
                )
            new, state = self.step(wide, g, state)
            new = numeric(new, "the step for params[{!r}]", key=key)
            if new.shape != shape:
                raise ValueError(
                    f"the step for params[{key!r}] has shape {new.shape}, not {shape}: does "
                    f"a hyperparameter of {self!r} hold an array?"
                )
            moved[key] = new, (x, shape, state)
        if not all([key in known and known[key][0] is x for key, (x, _) in pairs.items()]):
            _refuse_shared_memory({key: x for key, (x, _) in pairs.items()})
        for key, (new, remembered) in moved.items():
            if isinstance(params[key], np.ndarray):
                params[key][...] = new
            else:
                params[key] = float(new)
            known[key] = remembered

    def reset(self):
        """Forget what `update` remembers, so that the next call is a first one."""
        self._states = {}  # by key: the array, the shape that it had, and the state


class SGDState(NamedTuple):
    """SGD remembers nothing."""


class SGD(Optimizer):
    r"""Gradient descent: a step against the gradient.

    .. math:: x_{t+1} = x_t - \mathrm{lr}\, g_t

    It is called stochastic when `g` comes from a random part of the data; the rule is the same.

    Parameters
    ----------
    lr : float or ndarray, greater than 0
        Learning rate, in units of x^2 / f.

    References
    ----------
    Robbins and Monro, "A Stochastic Approximation Method", 1951.

    Examples
    --------
    >>> opt = SGD(lr=0.1)
    >>> x, state = opt.step(np.array([1.0, 2.0]), np.array([2.0, 4.0]), SGDState())
    >>> x
    array([0.8, 1.6])
    """

    lr: float = 0.01

    def init(self, x):
        return SGDState()

    def step(self, x, g, state):
        x = x - self.lr * g
        return x, state


class MomentumState(NamedTuple):
    """v: the velocity, a decaying sum of past steps."""

    v: np.ndarray


class Momentum(Optimizer):
    r"""Gradient descent with a velocity that remembers past steps.

    .. math:: v_{t+1} &= \mathrm{momentum}\, v_t - \mathrm{lr}\, g_t \\
              x_{t+1} &= x_t + v_{t+1}

    Parameters
    ----------
    lr : float or ndarray, greater than 0
        Learning rate, in units of x^2 / f.
    momentum : float or ndarray, at least 0 and less than 1
        The part of the velocity that survives a step. At 0 the rule is `SGD`.

    References
    ----------
    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.

    Examples
    --------
    >>> opt = Momentum(lr=0.1, momentum=0.5)
    >>> x, g = np.array([1.0]), np.array([2.0])
    >>> x, state = opt.step(x, g, opt.init(x))
    >>> x, state = opt.step(x, g, state)
    >>> x, state.v
    (array([0.5]), array([-0.3]))
    """

    lr: float = 0.01
    momentum: float = 0.9

    def init(self, x):
        return MomentumState(v=np.zeros_like(x))

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        x = x + v
        return x, MomentumState(v)


class AdagradState(NamedTuple):
    """h: the sum of squared gradients."""

    h: np.ndarray


class Adagrad(Optimizer):
    r"""A learning rate for each coordinate, divided by the root of its summed squared gradients.

    .. math:: h_{t+1} &= h_t + g_t^2 \\
              x_{t+1} &= x_t - \mathrm{lr}\, \frac{g_t}{\sqrt{h_{t+1}} + \mathrm{eps}}

    Parameters
    ----------
    lr : float or ndarray, greater than 0
        Learning rate, in units of x: the length of the first step along each coordinate.
    eps : float or ndarray, 0 or greater
        Keeps the division from being 0 / 0, in units of the gradient.

    References
    ----------
    Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", 2011.

    Examples
    --------
    >>> opt = Adagrad(lr=0.1)
    >>> x, state = opt.step(np.array([1.0]), np.array([3.0]), AdagradState(h=np.array([7.0])))
    >>> x, state.h
    (array([0.925]), array([16.]))
    """

    lr: float = 0.01
    eps: float = 1e-8

    def init(self, x):
        return AdagradState(h=np.zeros_like(x))

    def step(self, x, g, state):
        h = state.h + g**2
        x = x - self.lr * g / (np.sqrt(h) + self.eps)
        return x, AdagradState(h)


class RMSPropState(NamedTuple):
    """h: the moving mean of squared gradients."""

    h: np.ndarray


class RMSProp(Optimizer):
    r"""Adagrad with a memory that fades: a moving mean of squared gradients, not their sum.

    .. math:: h_{t+1} &= \mathrm{decay\_rate}\, h_t + (1 - \mathrm{decay\_rate})\, g_t^2 \\
              x_{t+1} &= x_t - \mathrm{lr}\, \frac{g_t}{\sqrt{h_{t+1}} + \mathrm{eps}}

    The mean starts at 0 and is not corrected, so the first step is lr / sqrt(1 - decay_rate).

    Parameters
    ----------
    lr : float or ndarray, greater than 0
        Learning rate, in units of x.
    decay_rate : float or ndarray, at least 0 and less than 1
        The part of the mean that survives a step; it looks back about 1 / (1 - decay_rate) steps.
    eps : float or ndarray, 0 or greater
        Keeps the division from being 0 / 0, in units of the gradient.

    References
    ----------
    Tieleman and Hinton, "Lecture 6.5: RMSProp", Coursera, 2012.

    Examples
    --------
    >>> opt = RMSProp(lr=0.1, decay_rate=0.75)
    >>> x, state = opt.step(np.array([1.0]), np.array([4.0]), RMSPropState(h=np.array([0.0])))
    >>> x, state.h
    (array([0.8]), array([4.]))
    """

    lr: float = 0.01
    decay_rate: float = 0.99
    eps: float = 1e-8

    def init(self, x):
        return RMSPropState(h=np.zeros_like(x))

    def step(self, x, g, state):
        h = self.decay_rate * state.h + (1 - self.decay_rate) * g**2
        x = x - self.lr * g / (np.sqrt(h) + self.eps)
        return x, RMSPropState(h)


class AdamState(NamedTuple):
    """t: steps taken; m: the moving mean of gradients; v: the moving mean of their squares."""

    t: int
    m: np.ndarray
    v: np.ndarray


class Adam(Optimizer):
    r"""A mean of gradients over the root of a mean of squared gradients, both corrected for bias.

    .. math:: m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
              v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
              \hat m_t &= m_t / (1 - \beta_1^t), \quad \hat v_t = v_t / (1 - \beta_2^t) \\
              x_t &= x_{t-1} - \mathrm{lr}\, \hat m_t / (\sqrt{\hat v_t} + \mathrm{eps})

    Parameters
    ----------
    lr : float or ndarray, greater than 0
        Learning rate, in units of x: the length of the first step along each coordinate.
    beta1, beta2 : float or ndarray, at least 0 and less than 1
        The parts of the two means that survive a step.
    eps : float or ndarray, 0 or greater
        Keeps the division from being 0 / 0, in units of the gradient.

    References
    ----------
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, Algorithm 1.

    Examples
    --------
    >>> opt = Adam(lr=0.1)
    >>> x = np.array([1.0, 1.0])
    >>> x, state = opt.step(x, np.array([1000.0, -0.001]), opt.init(x))
    >>> print(x.round(4), state.t)
    [0.9 1.1] 1
    """

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def init(self, x):
        return AdamState(t=0, m=np.zeros_like(x), v=np.zeros_like(x))

    def step(self, x, g, state):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        x = x - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        return x, AdamState(t, m, v)


class AdamW(Adam):
    r"""Adam, and each weight shrinks by a fixed part at each step, whatever its gradients were.

    .. math:: x_t = x_{t-1} - \mathrm{lr}\, \hat m_t / (\sqrt{\hat v_t} + \mathrm{eps})
              - \mathrm{lr}\, \mathrm{weight\_decay}\, x_{t-1}

    The decay is *decoupled*: a penalty on x in the function itself would go through both means.

    Parameters
    ----------
    lr, beta1, beta2, eps
        As for `Adam`.
    weight_decay : float or ndarray, 0 or greater
        In units of 1 / x; lr times this is the part that each step takes away. At 0 the rule is
        `Adam`.

    References
    ----------
    Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019, in PyTorch's form (the
    paper's decay is not multiplied by lr).

    Examples
    --------
    >>> opt = AdamW(lr=0.1, weight_decay=0.5)
    >>> x = np.array([1.0, 1.0])
    >>> x, state = opt.step(x, np.array([1000.0, 0.0]), opt.init(x))
    >>> print(x.round(4))
    [0.85 0.95]
    """

    weight_decay: float = 0.01

    def step(self, x, g, state):
        moved, state = super().step(x, g, state)
        x = moved - self.lr * self.weight_decay * x
        return x, state


def _number(value):
    """Write a hyperparameter as a learner would, an array as its size and ends."""
    if np.ndim(value) == 0:
        return repr(value)
    return f"<{value.size} values from {value.min():g} to {value.max():g}>"


def _guarded(step):
    """Return a learner's `step` as one that writes to nothing of ours and forgets no state."""
    try:
        inspect.signature(step).bind("self", "x", "g", "state")
        takes_four = True
    except TypeError:
        takes_four = False

    @functools.wraps(step)
    def guarded(self, x, g, state):
        name = f"{type(self).__name__}.step"
        if not takes_four:
            raise TypeError(f"{name} must take x, g and state: def step(self, x, g, state)")
        result = step(self, *map(copy.deepcopy, (x, g, state)))
        advice = "it must return the new point and the new state: return x, state"
        if not isinstance(result, tuple) or len(result) != 2:
            found = "nothing" if result is None else f"a {type(result).__name__} alone"
            raise TypeError(f"{name} returned {found}; {advice}")
        if np.ndim(result[0]) < np.ndim(x):
            raise TypeError(
                f"{name} returned a first value of shape {np.shape(result[0])} for a point of "
                f"shape {np.shape(x)}; {advice}"
            )
        return result

    return guarded


def checked_optimizer(optimizer):
    """Return the optimizer, or say how to make one of what was given instead."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an optimizer such as SGD(lr=0.1), got {optimizer!r}")
    return optimizer


MASKED = np.ma.MaskedArray


def numeric(value, name, must="numbers", remedy="use an array of floats", key=None):
    """Return `value` as an array of real numbers, or say what it is instead, and the remedy.

    Masked arrays are refused, since their mask would be dropped, and unsigned ones, since a
    difference of two of them is never below 0. The name may hold a place for `key`.
    """
    array = np.asarray(value)
    kind = array.dtype.kind if array.ndim or array.dtype.kind != "u" else "i"
    if kind in "if" and not isinstance(value, MASKED):
        return array
    if isinstance(value, MASKED):
        got, remedy = "a masked array", "fill it first, for example with .filled(0.0)"
    elif kind == "u":
        got, remedy = f"unsigned numbers ({array.dtype})", "use .astype(float)"
    else:
        got = repr(value)
    raise TypeError(f"{name.format(key)} must be {must}, got {got}; {remedy}")


OPTIONS = {"bool": "True or False", "int": "a whole number", "str": "a text"}


def _checked_hyperparameter(cls, name, value):
    """Return `value` as a float, a float array or what its field is, or say what is wrong."""
    if isinstance(value, Recorded):  # a step that makes another rule of its own hyperparameters
        return value
    field = next(f for f in fields(cls) if f.name == name)
    if value is field.default:
        remedy = f"give the field {name} of the class another default"
    elif isinstance(field.default, Real):
        remedy = f"try {cls.__name__}({name}={field.default!r})"
    else:
        remedy = "change it"
    kind = getattr(field.type, "__name__", field.type)
    if kind in OPTIONS:
        return _checked_option(f"{cls.__name__}: {name}", kind, value, remedy)
    array = numeric(value, f"{cls.__name__}: {name}", "a number or an array of numbers", remedy)
    if array.size == 0:
        raise TypeError(
            f"{cls.__name__}: {name} must be a number or an array of numbers, got {value!r}; "
            + remedy
        )
    allowed = RANGES.get(name, Range("any", np.isfinite))
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{cls.__name__}: {name} must be finite, got {value!r}; {remedy}")
    if not np.all(allowed.contains(array)):
        raise ValueError(f"{cls.__name__}: {name} must be {allowed.words}, got {value!r}; {remedy}")
    return float(array) if array.ndim == 0 else array.astype(float)


def _checked_option(name, kind, value, remedy):
    """Return the value of a field annotated as bool, int or str, in that kind."""
    array = np.asarray(value)
    if kind == "str" and isinstance(value, str):
        return value
    if kind == "bool" and array.dtype.kind == "b" and array.ndim == 0:
        return bool(value)
    whole = array.dtype.kind in "iuf" and array.size and np.all(np.isfinite(array))
    if kind == "int" and whole and np.all(array == np.rint(array)):
        return int(value) if array.ndim == 0 else array.astype(int)
    raise TypeError(f"{name} must be {OPTIONS[kind]}, got {value!r}; {remedy}")


def _checked_pairs(params, grads):
    """Pair each parameter with its gradient as arrays, or name the key that is wrong."""
    if not isinstance(params, MutableMapping):
        raise TypeError(f"params must be a dictionary of arrays, got {type(params).__name__}")
    if not isinstance(grads, Mapping):
        raise TypeError(f"grads must be a dictionary of arrays, got {type(grads).__name__}")
    missing = [key for key in params if key not in grads]
    if missing:
        raise ValueError(f"grads has no key {missing[0]!r}; every key of params needs its gradient")
    extra = [key for key in grads if key not in params]
    if extra:
        raise ValueError(f"grads has a key {extra[0]!r} that params does not have; remove it")
    pairs = {}
    for key, param in params.items():
        x = _checked_param(key, param)
        grad = grads[key]
        g = numeric(grad, "grads[{!r}]", "an array of numbers", "was it computed?", key)
        if g.shape != x.shape:
            raise ValueError(
                f"grads[{key!r}] has shape {g.shape}, but params[{key!r}] has {x.shape}"
            )
        pairs[key] = x, g.astype(np.float32 if x.dtype.char == "e" else x.dtype)
    return pairs


def _refuse_shared_memory(arrays):
    """Raise if two parameters, or two entries of one, lie in the same memory: one would be lost."""
    spans = sorted((*byte_bounds(x), key) for key, x in arrays.items() if x.size)
    for i, (_, end, key) in enumerate(spans):
        x = arrays[key]
        if not x.flags.forc and len(np.unique(_addresses(x))) < x.size:
            raise ValueError(
                f"entries of params[{key!r}] share memory, so that the step of one would undo that "
                f"of another; give update a copy, params[{key!r}].copy()"
            )
        for begin, _, other in spans[i + 1 :]:
            if begin >= end:
                break
            if np.shares_memory(x, arrays[other]):
                raise ValueError(
                    f"params[{key!r}] and params[{other!r}] share memory, so that the step of one "
                    "would undo that of the other; keep one of the keys, with the sum of both "
                    "gradients"
                )


def _addresses(x):
    """Return where each entry of an array lies, in bytes from its first."""
    return sum(
        (np.reshape(np.arange(n) * stride, (n,) + (1,) * (x.ndim - axis - 1)))
        for axis, (n, stride) in enumerate(zip(x.shape, x.strides, strict=True))
    )


def _checked_param(key, param):
    """Return the parameter as a float array that `update` may move."""
    if isinstance(param, Real) and not isinstance(param, (bool, np.bool_)):
        return np.asarray(float(param))
    if not isinstance(param, np.ndarray):
        raise TypeError(f"params[{key!r}] must be a float array, got {param!r}; use np.array(...)")
    if isinstance(param, MASKED):
        raise TypeError(
            f"params[{key!r}] is a masked array, whose mask a step would pass over; "
            f"use params[{key!r}].filled(0.0)"
        )
    if param.dtype.kind != "f":
        raise TypeError(
            f"params[{key!r}] holds {param.dtype}, where a step would be rounded away; "
            f"use params[{key!r}].astype(float)"
        )
    if not param.flags.writeable:
        raise ValueError(f"params[{key!r}] is read-only; give update a copy of it")
    return param if type(param) is np.ndarray else np.asarray(param)
