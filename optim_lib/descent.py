"""Descend a surface with a rule and keep the whole path. The only loop of the library is here."""

import copy
from dataclasses import dataclass
from functools import cached_property
from operator import index

import numpy as np

from optim_lib.optimizers import Optimizer, checked_optimizer, numeric
from optim_lib.schedules import rates
from optim_lib.surfaces import Surface, checked_surface

__all__ = ["Trajectory", "descend", "sweep"]


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory:
    """What a descent left behind: every point, with time on axis 0.

    A descent keeps its points alone. The rest is made from them when it is first asked for: the
    rules are pure, so that taking the steps again gives the same gradients and the same state.

    Attributes
    ----------
    surface : Surface
    optimizer : Optimizer
        A copy, with the hyperparameters of this descent.
    x : ndarray, (steps + 1, 2, ...)
        The points, the start first.
    f : ndarray, (steps + 1, ...)
        The heights at `x`.
    g : ndarray, (steps + 1, 2, ...)
        The gradients at `x` as the rule saw them, noise included.
    state : NamedTuple of ndarrays
        What the rule remembered at `x`, each field with time on axis 0. A state of another kind (a
        number, an array, a dictionary) comes as one of its own kind.

    Examples
    --------
    >>> from optim_lib import SGD, surfaces
    >>> run = descend(surfaces.ravine, SGD(lr=[0.9, 1.0]), start=(-7, 2), steps=3)
    >>> run.x.shape, run.f.shape
    ((4, 2, 2), (4, 2))
    >>> run.x[:, 1, 1]
    array([ 2., -2.,  2., -2.])
    """

    surface: Surface
    optimizer: Optimizer
    x: np.ndarray
    _noise: np.ndarray | None = None
    _rates: np.ndarray | None = None

    @cached_property
    def f(self):
        with np.errstate(all="ignore"):
            return np.asarray(self.surface.f(np.moveaxis(self.x, 1, 0)))

    @cached_property
    def g(self):
        g = np.empty_like(self.x)
        with np.errstate(all="ignore"):
            for t, x in enumerate(self.x):
                g[t] = self.surface.grad(x.copy())
            return g if self._noise is None else g + self._noise

    @cached_property
    def state(self):
        with np.errstate(all="ignore"):
            state = self.optimizer.init(self.x[0].copy())
            states = [copy.deepcopy(state)]
            optimizer = copy.copy(self.optimizer)
            for t in range(self.steps):
                if self._rates is not None:
                    optimizer.lr = self._rates[t]
                _, state = optimizer.step(self.x[t].copy(), self.g[t].copy(), state)
                states.append(copy.deepcopy(state))
        return _stacked(states)

    def __repr__(self):
        many = f", paths {self.x.shape[2:]}" if self.x.ndim > 2 else ""
        return f"<{self.optimizer} on {self.surface.name}: {self.steps} steps{many}>"

    @property
    def steps(self):
        """How many steps were taken."""
        return len(self.x) - 1

    @property
    def lr(self):
        """The learning rate of each step; float (steps, ...)."""
        if self._rates is not None:
            return self._rates
        return np.repeat(np.asarray(self.optimizer.lr)[None], self.steps, axis=0)

    @property
    def diverged_at(self):
        """The step at which a path left the finite numbers, -1 where it never did; int (...)."""
        lost = ~(np.isfinite(self.x).all(axis=1) & np.isfinite(self.f))
        return np.where(lost.any(axis=0), lost.argmax(axis=0), -1)

    @property
    def diverged(self):
        """Whether a path left the finite numbers; bool (...)."""
        return self.diverged_at >= 0

    def steps_to(self, tol):
        """Count the steps until the distance to a minimum is `tol` times what it was at the start.

        Parameters
        ----------
        tol : float, greater than 0
            The fraction of the starting distance, for example 1e-6.

        Returns
        -------
        int or inf for a single path, float ndarray (...) for many
            The first step at or below `tol`; inf where there is none. The distance is that to the
            nearest of the surface's minima.

        Raises
        ------
        ValueError
            If `tol` is not greater than 0, or the surface lists no minimum.

        Examples
        --------
        >>> from optim_lib import SGD, surfaces
        >>> mu, L = surfaces.ravine.eigenvalues
        >>> descend(surfaces.ravine, SGD(lr=2 / (L + mu)), steps=200).steps_to(1e-6)
        139
        """
        if not tol > 0:
            raise ValueError(f"tol must be greater than 0, got {tol!r}; try 1e-6")
        if not self.surface.minima:
            raise ValueError(f"{self.surface.name} lists no minimum to measure the distance to")
        with np.errstate(all="ignore"):
            distance = np.min([self._distance(p) for p in self.surface.minima], axis=0)
            reached = distance <= tol * distance[0]
        steps = np.where(reached.any(axis=0), reached.argmax(axis=0), np.inf)
        if steps.ndim:
            return steps
        return int(steps) if np.isfinite(steps) else float("inf")

    def _distance(self, point):
        return np.hypot(self.x[:, 0] - point[0], self.x[:, 1] - point[1])


def descend(surface, optimizer, start=None, steps=100, noise=None, schedule=None):
    """Take `steps` steps of a rule on a surface and return the whole path.

    Parameters
    ----------
    surface : Surface
    optimizer : Optimizer
        Its hyperparameters may be arrays: one path for each value.
    start : array_like, (2, ...), optional
        One start or many; by default the surface's own. It broadcasts with the hyperparameters.
    steps : int, 0 or greater
    noise : (scale, numpy.random.Generator), optional
        Adds normal noise of this standard deviation to each component of each gradient. The scale
        may be an array that broadcasts like a hyperparameter.
    schedule : Schedule or function of (t, steps), optional
        The factor of the optimizer's `lr` when `t` of the `steps` steps are over, for example
        `schedules.Linear()`.

    Returns
    -------
    Trajectory
        A path that overflows is kept as it is and marked as diverged; there is no warning.

    Raises
    ------
    TypeError
        If the surface, the optimizer, the steps, the noise or the schedule are of the wrong kind.
    ValueError
        If `start` has the wrong shape or is not finite, `steps` is negative, or the schedule gives
        a factor that is not a finite number greater than 0.

    Examples
    --------
    >>> from optim_lib import SGD, surfaces
    >>> run = descend(surfaces.ravine, SGD(lr=0.1), start=(-7, 2), steps=2)
    >>> print(run.x.round(4))
    [[-7.      2.    ]
     [-6.93    1.6   ]
     [-6.8607  1.28  ]]
    """
    surface = checked_surface(surface)
    optimizer = copy.deepcopy(checked_optimizer(optimizer))
    steps = _checked_steps(steps)
    scale, rng = _checked_noise(noise)
    optimizer.reset()
    planned = None if schedule is None else rates(schedule, optimizer, steps)
    spread = {"the scale of the noise": scale, **optimizer.hyperparameters}
    x = _broadcast_start(surface.start if start is None else start, spread)

    path = np.empty((steps + 1, *x.shape))
    path[0] = x
    shaken = None if rng is None else scale * rng.standard_normal(path.shape)
    with np.errstate(all="ignore"):
        state = optimizer.init(x.copy())
        rule = copy.copy(optimizer)
        for t in range(steps):
            if planned is not None:
                rule.lr = planned[t]
            g = surface.grad(x) if shaken is None else surface.grad(x) + shaken[t]
            x, state = rule.step(x, g, state)
            if t == 0 and np.shape(x) != path[0].shape:
                raise ValueError(
                    f"{type(optimizer).__name__}.step returned points of shape {np.shape(x)} for "
                    f"points of shape {path[0].shape}; it must keep the shape of x"
                )
            path[t + 1] = x
    return Trajectory(surface, optimizer, path, shaken, planned)


def sweep(surface, Optimizer, start=None, steps=100, schedule=None, **arrays):
    """Descend once for every combination of the given hyperparameters.

    Parameters
    ----------
    surface : Surface
    Optimizer : class
        The rule, for example `Momentum`.
    start : array_like, (2, ...), optional
        One start or many.
    steps : int, 0 or greater
    schedule : Schedule or function of (t, steps), optional
        As for `descend`.
    **arrays : float or 1-D array_like
        Values of the hyperparameters. Each array is an axis of the grid, in the order given;
        plain numbers are held fixed.

    Returns
    -------
    Trajectory
        With the axes of the grid after time and coordinate, and those of `start` last.

    Raises
    ------
    TypeError
        If `Optimizer` is not a class of optimizers or has no such hyperparameter.
    ValueError
        If an array has more than one dimension.

    Examples
    --------
    >>> from optim_lib import Momentum, surfaces
    >>> run = sweep(surfaces.ravine, Momentum, (-7, 2), 50, lr=[0.1, 1.0, 2.0], momentum=[0, 0.9])
    >>> run.f.shape
    (51, 3, 2)
    """
    is_rule = isinstance(Optimizer, type) and hasattr(Optimizer, "step")
    if not is_rule:
        raise TypeError(f"Optimizer must be a class such as SGD, got {Optimizer!r}")
    axes = [name for name, values in arrays.items() if np.ndim(values)]
    grid = {}
    for name, values in arrays.items():
        if np.ndim(values) > 1:
            raise ValueError(
                f"{name} must be a number or a 1-D array, got {np.ndim(values)} dimensions"
            )
        after = len(axes) - axes.index(name) - 1 + max(np.ndim(start) - 1, 0) if name in axes else 0
        grid[name] = np.reshape(values, np.shape(values) + (1,) * after)
    return descend(surface, Optimizer(**grid), start, steps, schedule=schedule)


def _stacked(states):
    """Return a sequence of states as one state, with time on axis 0 of each of its parts."""
    first = states[0]
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(_stacked(part) for part in zip(*states, strict=True)))
    if isinstance(first, tuple | list):
        return type(first)(_stacked(part) for part in zip(*states, strict=True))
    if isinstance(first, dict):
        return {key: _stacked([state[key] for state in states]) for key in first}
    return np.array(states)


def _broadcast_start(start, others):
    """Return the start as floats, spread over the shapes of the hyperparameters and the noise."""
    must = "a point (x, y) or points of shape (2, ...)"
    remedy = "coordinates come first, so transpose an array of shape (n, 2)"
    try:
        x = numeric(start, "start", must, remedy)
    except TypeError as error:
        raise ValueError(str(error)) from None
    if x.ndim == 0 or x.shape[0] != 2:
        raise ValueError(f"start must be {must}, got {start!r}; {remedy}")
    if not np.all(np.isfinite(x)):
        raise ValueError(f"start must be finite, got {start!r}")
    trailing = x.shape[1:]
    shapes = {name: np.shape(value) for name, value in others.items()}
    try:
        batch = np.broadcast_shapes(trailing, *shapes.values())
    except ValueError:
        given = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
        raise ValueError(
            f"the points of start {trailing} and {given} do not broadcast; add axes of length 1"
        ) from None
    aligned = x.reshape(2, *(1,) * (len(batch) - len(trailing)), *trailing)
    return np.array(np.broadcast_to(aligned, (2, *batch)), dtype=float)


def _checked_steps(steps):
    try:
        count = index(None if isinstance(steps, bool) else steps)
    except TypeError:
        raise TypeError(f"steps must be a whole number, got {steps!r}; try 100") from None
    if count < 0:
        raise ValueError(f"steps must be 0 or greater, got {steps}; try 100")
    return count


def _checked_noise(noise):
    if noise is None:
        return 0.0, None
    try:
        scale, rng = noise
        scale = numeric(scale, "the scale of the noise").astype(float)
        rng.standard_normal  # noqa: B018
    except (TypeError, ValueError, AttributeError):
        raise TypeError(
            f"noise must be a pair (scale, generator), got {noise!r}; "
            "try (1.0, np.random.default_rng(0))"
        ) from None
    if not np.all(np.isfinite(scale)) or np.any(scale < 0):
        raise ValueError(
            f"the scale of the noise must be finite and 0 or greater, got {noise[0]!r}"
        )
    return scale, rng
