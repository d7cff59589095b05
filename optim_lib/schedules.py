"""Schedules: how the learning rate changes from step to step.

A schedule is a function of two numbers, `t` and `steps`: how many steps are over, and how many are
planned. It returns the factor of the learning rate at the next step. The rule's own `lr` is the
peak, and the rule knows nothing of the schedule, so that each works with all of the other kind.
Those below count `warmup` steps first, on which the rate rises in equal parts; a function of your
own, such as `lambda t, steps: 0.99**t`, will do as well.
"""

from dataclasses import dataclass, fields

import numpy as np

__all__ = ["Constant", "Cosine", "InverseRoot", "Linear", "Schedule", "StepDecay", "rates"]


@dataclass(frozen=True, repr=False)
class Schedule:
    r"""A schedule that begins with a warmup; its subclasses say how the rate falls after it.

    .. math:: \mathrm{factor}(t) = \min\Bigl(\frac{t + 1}{\mathrm{warmup} + 1},\
              \mathrm{fall}(t - \mathrm{warmup},\ \mathrm{steps} - \mathrm{warmup})\Bigr)

    Parameters
    ----------
    warmup : int, 0 or greater
        Steps below the peak at the beginning. Step number `warmup` is at the peak.

    Raises
    ------
    TypeError
        If `warmup` is not a whole number.
    ValueError
        If it is negative.

    References
    ----------
    Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017 (the warmup).

    Examples
    --------
    >>> class Exponential(Schedule):
    ...     def fall(self, t, steps):
    ...         return 0.5**t
    >>> schedule = Exponential(warmup=1)
    >>> [float(schedule(t, 4)) for t in range(4)]
    [0.5, 1.0, 0.5, 0.25]
    """

    warmup: int = 0

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        dataclass(frozen=True, repr=False)(cls)

    def __post_init__(self):
        name = type(self).__name__
        if isinstance(self.warmup, bool) or not hasattr(self.warmup, "__index__"):
            raise TypeError(
                f"{name}: warmup must be a whole number of steps, got {self.warmup!r}; try 10"
            )
        if self.warmup < 0:
            raise ValueError(f"{name}: warmup must be 0 or greater, got {self.warmup}; try 10")

    def __repr__(self):
        changed = (f for f in fields(self) if getattr(self, f.name) != f.default)
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in changed)
        return f"{type(self).__name__}({shown})"

    def __call__(self, t, steps):
        """Return the factor of the learning rate when `t` of `steps` steps are over."""
        rise = (t + 1) / (self.warmup + 1)
        after = np.maximum(t - self.warmup, 0)
        return np.minimum(rise, self.fall(after, np.maximum(steps - self.warmup, 1)))

    def fall(self, t, steps):
        """Return the factor when `t` of `steps` steps are over, not counting the warmup's."""
        raise NotImplementedError(f"{type(self).__name__} needs a method fall(self, t, steps)")


class Constant(Schedule):
    r"""The peak at every step after the warmup.

    .. math:: \mathrm{fall}(t) = 1

    Examples
    --------
    >>> [float(Constant(warmup=3)(t, 6)) for t in range(6)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    """

    def fall(self, t, steps):
        return 1.0


class Linear(Schedule):
    r"""From the peak in equal parts towards 0, which is one step beyond the last.

    .. math:: \mathrm{fall}(t) = 1 - t / \mathrm{steps}

    Examples
    --------
    >>> [float(Linear()(t, 4)) for t in range(4)]
    [1.0, 0.75, 0.5, 0.25]
    """

    def fall(self, t, steps):
        return 1 - t / steps


class Cosine(Schedule):
    r"""Half a wave of the cosine: slow at the peak, fast in the middle, slow near 0.

    .. math:: \mathrm{fall}(t) = \tfrac12 \bigl(1 + \cos(\pi t / \mathrm{steps})\bigr)

    References
    ----------
    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.

    Examples
    --------
    >>> [round(float(Cosine()(t, 4)), 3) for t in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """

    def fall(self, t, steps):
        return (1 + np.cos(np.pi * t / steps)) / 2


class StepDecay(Schedule):
    r"""A tenth of the peak after half of the steps, a hundredth after three quarters.

    .. math:: \mathrm{fall}(t) = 1,\ 0.1,\ 0.01 \quad \text{from}\ t / \mathrm{steps} = 0,\
              \tfrac12,\ \tfrac34

    References
    ----------
    He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2016.

    Examples
    --------
    >>> [float(StepDecay()(t, 8)) for t in range(8)]
    [1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.01, 0.01]
    """

    def fall(self, t, steps):
        return np.where(4 * t >= 3 * steps, 0.01, np.where(2 * t >= steps, 0.1, 1.0))


class InverseRoot(Schedule):
    r"""The rate of the classical theory: it falls for ever, and knows no end.

    .. math:: \mathrm{fall}(t) = 1 / \sqrt{t + 1}

    References
    ----------
    Nemirovski, Juditsky, Lan and Shapiro, "Robust Stochastic Approximation Approach to Stochastic
    Programming", 2009.

    Examples
    --------
    >>> [float(InverseRoot()(t, 100)) for t in (0, 3, 99)]
    [1.0, 0.5, 0.1]
    """

    def fall(self, t, steps):
        return 1 / np.sqrt(t + 1)


def rates(schedule, optimizer, steps):
    """Return the learning rate of each step.

    Parameters
    ----------
    schedule : Schedule, or a function of (t, steps); None for a rate that stays as it is
    optimizer : Optimizer, or anything with a learning rate `lr`
        Its `lr` is the peak; an array gives a row of rates for each step.
    steps : int
        How many are planned.

    Returns
    -------
    ndarray, (steps, ...)

    Raises
    ------
    TypeError
        If the schedule cannot be called, or the optimizer has no `lr`.
    ValueError
        If a factor is not one finite number greater than 0.

    Examples
    --------
    >>> from optim_lib import SGD
    >>> rates(Linear(), SGD(lr=2.0), 4)
    array([2. , 1.5, 1. , 0.5])
    """
    if not hasattr(optimizer, "lr"):
        raise TypeError(
            f"a schedule changes the learning rate lr, but {optimizer!r} has none; give its class "
            "a field lr, or leave the schedule out"
        )
    checked_schedule(schedule)
    factors = np.array([_factor(schedule, t, steps) for t in range(steps)])
    return factors.reshape(-1, *(1,) * np.ndim(optimizer.lr)) * optimizer.lr


def checked_schedule(schedule):
    """Return a schedule as it is, or raise a TypeError that says what one is."""
    if isinstance(schedule, type) or not callable(schedule):
        raise TypeError(
            "schedule must be a schedule such as schedules.Linear(), or a function of t and steps, "
            f"got {schedule!r}"
        )
    return schedule


def _factor(schedule, t, steps):
    """Return a schedule's factor at one step, or say why it is none."""
    factor = np.asarray(schedule(t, steps))
    if factor.ndim or factor.dtype.kind not in "if" or not 0 < factor < np.inf:
        raise ValueError(
            f"{schedule!r} gives {factor} at t = {t} of {steps} steps, where a finite number "
            "greater than 0 must stand; t counts the steps that are over, from 0"
        )
    return float(factor)
