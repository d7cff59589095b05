"""Tapes: what a rule or a surface computes, to be replayed where there is no Python.

A rule's `step` is called with recording values in place of numbers, which note each operation. A
browser replays the tape for whatever the sliders say, and `Tape.gradient` differentiates it.

Nothing is recorded wrongly. What depends on a value (`if`, `float()`, the length of a loop), on
chance or on something kept outside the state is refused with the line at fault, and a tape is
believed only after it gave what the function itself gives, at many points and settings.
"""

import contextlib
import copy
import functools
import math
import operator
import random
import sys
import sysconfig
import types
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optim_lib.recording import (
    FLOAT,
    REPLAY,
    TRUTH,
    NotRecordable,
    Recorded,
    Recorder,
    entry,
    look_up,
    not_recordable,
    place_of,
    run,
)

__all__ = [
    "NotRecordable",
    "Recorded",
    "Tape",
    "look_up",
    "record",
    "record_init",
    "record_rule",
    "record_surface",
    "state_layout",
]

TOLERANCE = 1e-9  # relative, between a tape and the function that it was recorded from


@dataclass(frozen=True)
class Tape:
    """A list of operations on numbered slots.

    The slots are the inputs, then the constants, then one for each operation in order. An operation
    is a name and the slots that it works on; a look-up names its table first.

    Examples
    --------
    >>> tape = record(lambda x, y: x**2 + 3 * y, 2)
    >>> tape.operations
    (('multiply', 0, 0), ('multiply', 1, 2), ('add', 3, 4))
    >>> tape.replay(2.0, np.array([0.0, 1.0]))
    [array([4., 7.])]
    >>> tape.gradient().replay(2.0, 1.0)
    [array(7.), array(4.), array(3.)]
    """

    inputs: int
    constants: tuple
    operations: tuple
    outputs: tuple
    tables: tuple = ()

    @functools.cached_property
    def _arrays(self):
        return [np.array(table) for table in self.tables]

    def replay(self, *inputs):
        """Do the operations on other numbers.

        Parameters
        ----------
        *inputs : array_like
            They broadcast. Recording values are taken, too, and are recorded on.

        Returns
        -------
        list of float64 ndarrays
            The outputs, each of the shape that the inputs have together.

        Raises
        ------
        TypeError
            If there are more inputs, or fewer, than were recorded.
        """
        if len(inputs) != self.inputs:
            raise TypeError(f"this tape takes {self.inputs} inputs, got {len(inputs)}")
        inputs = [x if isinstance(x, Recorded) else np.asarray(x, dtype=float) for x in inputs]
        shape = np.broadcast_shapes(*(x.shape for x in inputs))
        slots = [*inputs, *self.constants]
        with np.errstate(all="ignore"):
            for name, *at in self.operations:
                if name == "lookup":
                    slots.append(entry(self._arrays[at[0]], slots[at[1]]))
                else:
                    slots.append(REPLAY[name](*(slots[i] for i in at)))
        outputs = [slots[i] for i in self.outputs]
        if any(isinstance(x, Recorded) for x in inputs):
            return outputs
        return [np.array(np.broadcast_to(x, shape), dtype=float) for x in outputs]

    def gradient(self):
        """Differentiate the first output with respect to every input, in reverse mode.

        Where a derivative does not exist it is one of the slopes that meet there: 0 for `abs` and
        `sqrt` at 0, half of each for the larger of two equals. A branch of `where` that is not
        taken gives nothing, though its own derivative be infinite.

        Returns
        -------
        Tape
            Its outputs are the first output, then its derivatives, one for each input.

        Examples
        --------
        >>> slope = record(lambda x: np.where(x > 0, np.sqrt(x), 0.0), 1).gradient()
        >>> slope.replay([-1.0, 0.0, 4.0])[1]
        array([0.  , 0.  , 0.25])
        """
        recorder = Recorder(self.inputs)
        values = recorder.numbers() + [recorder.lift(c) for c in self.constants]
        varies = [i < self.inputs for i in range(len(values))]
        for name, *at in self.operations:
            if name == "lookup":
                values.append(entry(self._arrays[at[0]], values[at[1]]))
                varies.append(False)
            else:
                values.append(recorder.again(name, *(values[i] for i in at)))
                varies.append(any(varies[i] for i in at))
        adjoints, masked = {self.outputs[0]: recorder.lift(1.0)}, set()
        first = self.inputs + len(self.constants)
        for slot in range(len(values) - 1, first - 1, -1):
            name, *at = self.operations[slot - first]
            if slot not in adjoints or not varies[slot]:
                continue
            adjoint, operands = adjoints[slot], [values[i] for i in at]
            for i, slope in zip(at, _SLOPES.get(name, ()), strict=False):
                if slope is None or not varies[i]:
                    continue
                part = slope(adjoint, values[slot], *operands)
                if slot in masked and name not in _KEEPS_ZERO:
                    part = np.where(adjoint == 0, 0.0, part)
                if slot in masked or name in _CHOOSES:
                    masked.add(i)
                adjoints[i] = adjoints[i] + part if i in adjoints else part
        slopes = [adjoints.get(i, recorder.lift(0.0)) for i in range(self.inputs)]
        return Tape(*recorder.parts([values[self.outputs[0]], *slopes]))

    def to_json(self):
        """Return the tape as a dict of what JSON holds; "NaN" and "Infinity" are strings."""
        made = {
            "inputs": self.inputs,
            "constants": [_plain(c) for c in self.constants],
            "operations": [list(operation) for operation in self.operations],
            "outputs": list(self.outputs),
        }
        if self.tables:
            made["tables"] = [[_plain(c) for c in table] for table in self.tables]
        return made

    @classmethod
    def from_json(cls, made):
        """Return the tape that `to_json` wrote."""
        tables = tuple(tuple(map(float, t)) for t in made.get("tables", ()))
        operations = tuple(map(tuple, made["operations"]))
        constants = tuple(map(float, made["constants"]))
        return cls(made["inputs"], constants, operations, tuple(made["outputs"]), tables)


def _plain(number):
    """Return a number as JSON holds it."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


# Derivatives: for each operand, from the adjoint, the value and the operands


def _chosen(adjoint, value, mine, other):
    return np.where(mine == other, adjoint / 2, np.where(mine == value, adjoint, 0.0))


def _unless_zero(length, part):
    """Return a slope, 0 in place of the endless or missing one where the length is 0."""
    return np.where(length == 0, 0.0, part)


def _power_of_base(a, _, x, y):
    return _unless_zero(x, a * y * x ** (y - 1)) if _may_be_below(y, 1) else a * y * x ** (y - 1)


def _may_be_below(value, bound):
    return not value._recorder.limits(int(value._slots))[0] >= bound


_CHOOSES = {"where", "maximum", "minimum", "fmax", "fmin"}
_KEEPS_ZERO = {"add", "subtract", "negative", *_CHOOSES}
_SLOPES = {
    "add": (lambda a, r, x, y: a, lambda a, r, x, y: a),
    "subtract": (lambda a, r, x, y: a, lambda a, r, x, y: -a),
    "multiply": (lambda a, r, x, y: a * y, lambda a, r, x, y: a * x),
    "divide": (lambda a, r, x, y: a / y, lambda a, r, x, y: -a * r / y),
    "power": (_power_of_base, lambda a, r, x, y: _unless_zero(r, a * r * np.log(x))),
    "negative": (lambda a, r, x: -a,),
    "absolute": (lambda a, r, x: a * np.sign(x),),
    "sqrt": (lambda a, r, x: _unless_zero(r, a / (2 * r)),),
    "cbrt": (lambda a, r, x: _unless_zero(r, a / (3 * r * r)),),
    "exp": (lambda a, r, x: a * r,),
    "expm1": (lambda a, r, x: a * (r + 1),),
    "log": (lambda a, r, x: a / x,),
    "log1p": (lambda a, r, x: a / (1 + x),),
    "log2": (lambda a, r, x: a / (x * math.log(2)),),
    "log10": (lambda a, r, x: a / (x * math.log(10)),),
    "sin": (lambda a, r, x: a * np.cos(x),),
    "cos": (lambda a, r, x: -a * np.sin(x),),
    "tan": (lambda a, r, x: a * (1 + r * r),),
    "arcsin": (lambda a, r, x: a / np.sqrt(1 - x * x),),
    "arccos": (lambda a, r, x: -a / np.sqrt(1 - x * x),),
    "arctan": (lambda a, r, x: a / (1 + x * x),),
    "arctan2": (
        lambda a, r, y, x: _unless_zero(x * x + y * y, a * x / (x * x + y * y)),
        lambda a, r, y, x: _unless_zero(x * x + y * y, -a * y / (x * x + y * y)),
    ),
    "sinh": (lambda a, r, x: a * np.cosh(x),),
    "cosh": (lambda a, r, x: a * np.sinh(x),),
    "tanh": (lambda a, r, x: a * (1 - r * r),),
    "hypot": (
        lambda a, r, x, y: _unless_zero(r, a * x / r),
        lambda a, r, x, y: _unless_zero(r, a * y / r),
    ),
    "remainder": (lambda a, r, x, y: a, lambda a, r, x, y: -a * np.floor(x / y)),
    "fmod": (lambda a, r, x, y: a, lambda a, r, x, y: -a * np.trunc(x / y)),
    "where": (
        None,
        lambda a, r, c, x, y: np.where(c, a, 0.0),
        lambda a, r, c, x, y: np.where(c, 0.0, a),
    ),
    **{
        name: (_chosen, lambda a, r, x, y: _chosen(a, r, y, x))
        for name in ("maximum", "minimum", "fmax", "fmin")
    },
}


# What a learner calls


def record(function, count, points=None):
    """Record a function of numbers.

    Parameters
    ----------
    function : callable
        Takes `count` numbers and returns a number, or a sequence of numbers.
    count : int
    points : array_like, (count, n), optional
        Where the tape is compared with the function; by default points of many sizes.

    Returns
    -------
    Tape

    Raises
    ------
    NotRecordable
        If what the function does depends on a value or on chance, is unknown, or if its tape gives
        other numbers.

    Examples
    --------
    >>> tape = record(lambda x, y: (x + y, x - y), 2)
    >>> tape.replay(5.0, 3.0)
    [array(8.), array(2.)]
    >>> record(lambda x: x if x > 0 else -x, 1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    optim_lib.recording.NotRecordable: what happens next depends on whether it is true; use ...
    """
    tape = _recorded(lambda recorder: [function(*recorder.numbers())], count, function)
    _verify(tape, function, np.array(_points(count) if points is None else points, dtype=float))
    return tape


def record_surface(surface):
    """Record the height and the gradient of a surface.

    Parameters
    ----------
    surface : Surface

    Returns
    -------
    Tape
        Of the inputs x, y; its outputs are f, df/dx, df/dy.

    Raises
    ------
    NotRecordable
        As `record` does.

    Examples
    --------
    >>> from optim_lib import surfaces
    >>> record_surface(surfaces.ravine).replay(-7.0, 2.0)
    [array(6.45), array(-0.7), array(4.)]
    """

    def both(*p):
        pair = np.stack(p)
        along_x, along_y = surface.grad(pair.copy())
        return surface.f(pair), along_x, along_y

    tape = _recorded(lambda r: [both(*r.numbers())], 2, surface.f, surface.grad)
    low, high = np.transpose(surface.bounds)
    rng = np.random.default_rng(0)
    inside = rng.uniform(low, high, (40, 2)).T
    middle = ((low + high) / 2)[:, None]
    known = np.transpose([surface.start, *surface.minima, *surface.saddles])
    _verify(tape, both, np.hstack([inside, middle + 3 * (inside - middle), known, _points(2)]))
    return tape


def state_layout(optimizer):
    """Return the name of each field of a rule's state, and of how many numbers it is: 1 or 2.

    Raises
    ------
    NotRecordable
        If a field is no number and no pair, or the state is no NamedTuple.

    Examples
    --------
    >>> from optim_lib import Adam
    >>> state_layout(Adam())
    (('t', 1), ('m', 2), ('v', 2))
    """
    with np.errstate(all="ignore"):
        return _layout(copy.deepcopy(optimizer).init(np.array([-7.0, 2.0])))


def record_init(optimizer):
    """Record how a rule starts.

    Parameters
    ----------
    optimizer : Optimizer

    Returns
    -------
    Tape
        Of the inputs x, y and the hyperparameters in the order of the fields; its outputs are the
        numbers of the first state, field after field.

    Raises
    ------
    NotRecordable
        As `record` does; or if the state is of no shape that travels.

    Examples
    --------
    >>> from optim_lib import Momentum
    >>> record_init(Momentum()).replay(-7.0, 2.0, 0.1, 0.9)
    [array(0.), array(0.)]
    """
    rule = _Rule(optimizer)

    def init(recorder):
        numbers = recorder.numbers([FLOAT, FLOAT, *rule.options])
        trial = rule.trial(numbers[2:])
        outputs = rule.flat("init", recorder, trial.init(np.stack(numbers[:2])))
        rule.check_unchanged("init", trial)
        return outputs

    tape = _recorded(init, 2 + len(rule.names), type(optimizer).init, rule.original)
    given, wanted = [], []
    for real, values in rule.settings():
        for start in _STARTS:
            given.append([*start, *values])
            wanted.append(_numbers(real.init(np.array(start))))
    if tape.outputs:
        _compare(tape.replay(*np.transpose(given)), np.transpose(wanted), type(optimizer).init)
    return tape


def record_rule(optimizer):
    """Record one step of a rule, as it is for all points, gradients and hyperparameters.

    Parameters
    ----------
    optimizer : Optimizer
        Neither it nor its state is changed.

    Returns
    -------
    Tape
        Of the inputs x, y, their two gradients, the hyperparameters in the order of the fields and
        the numbers of the state; its outputs are x, y and the numbers of the new state.

    Raises
    ------
    NotRecordable
        As `record` does; or if the state is of no shape that travels.

    Examples
    --------
    >>> from optim_lib import SGD
    >>> tape = record_rule(SGD(lr=0.1))
    >>> tape.operations
    (('multiply', 2, 4), ('multiply', 3, 4), ('subtract', 0, 5), ('subtract', 1, 6))
    >>> tape.replay(1.0, 2.0, 10.0, 0.0, 0.1)
    [array(0.), array(2.)]
    """
    rule = _Rule(optimizer)
    ahead = 4 + len(rule.names)

    def step(recorder):
        numbers = recorder.numbers([*[FLOAT] * 4, *rule.options, *rule.kinds])
        x, g, trial = np.stack(numbers[:2]), np.stack(numbers[2:4]), rule.trial(numbers[4:ahead])
        x, state = trial.step(x, g, rule.state(numbers[ahead:]))
        x, outputs = recorder.lift(x), rule.flat("step", recorder, state)
        if x.shape != (2,):
            rule.refuse("step", f"step returns a point of shape {x.shape}")
        rule.check_unchanged("step", trial)
        rule.kinds = [part._dtype for part in outputs]
        return [*x, *outputs]

    tape = _recorded(step, ahead + len(rule.kinds), type(optimizer).step, rule.original)
    moves = []
    for i, (real, values) in enumerate(rule.settings()):
        moves += rule.moves(real, values, _STARTS[:2] if i % 2 else _STARTS[2:])
    given, wanted = zip(*moves, strict=True)
    _compare(tape.replay(*np.transpose(given)), np.transpose(wanted), type(optimizer).step)
    return tape


# What is believed, and why

_FAR = 1e12
_STARTS = ((-7.0, 2.0), (0.0, 0.0), (1.5, -0.25), (1e3, -1e-3))
_GRADIENTS = (
    *((0.0, 0.0), (1.0, -2.0), (0.5, 3.0), (-1e3, 1e-3), (1e-8, -1e-8), (0.0, 1.0), (1.0, 0.0)),
    *((-0.003, -0.02), (2.0, 2.0), (1e6, -1e6), (0.0, 0.0), (-1e-170, 1e160)),
)


class _Rule:
    """A rule to record, and copies of it to compare with: what was given stays as it is."""

    def __init__(self, optimizer):
        self.original = copy.deepcopy(optimizer)
        self.original.reset()
        self.names = list(optimizer.hyperparameters)
        self.present = self._present()
        self.options = [np.asarray(value).dtype for value in self.present]
        self.first = self._first_state()
        self.layout = _layout(self.first)
        self.kinds = [
            np.result_type(np.asarray(part).dtype, TRUTH)
            for part, (_, count) in zip(self.first, self.layout, strict=True)
            for _ in range(count)
        ]

    def _present(self):
        """Return the hyperparameters as numbers, of an array the first."""
        for name, value in self.original.hyperparameters.items():
            if np.asarray(value).dtype.kind not in "biuf":
                raise NotRecordable(f"the hyperparameter {name} is not a number: {value!r}")
        return [np.ravel(v)[0].item() for v in self.original.hyperparameters.values()]

    def _first_state(self):
        trial = self.trial(self.present)
        try:
            with np.errstate(all="ignore"):
                state = trial.init(np.array(_STARTS[0]))
        except Exception as error:
            raise not_recordable(error, type(trial).init) from error
        self.check_unchanged("init", trial)
        return state

    def trial(self, numbers):
        """Return the rule with other hyperparameters, past the check of their values."""
        trial = copy.copy(self.original)
        for name, number in zip(self.names, numbers, strict=True):
            object.__setattr__(trial, name, number)
        return trial

    def refuse(self, method, reason):
        raise NotRecordable(reason, place_of(getattr(type(self.original), method)))

    def check_unchanged(self, method, trial):
        """Refuse a method that left something on the optimizer."""
        before = vars(self.original)
        for name, value in vars(trial).items():
            if name not in self.names and value is not before.get(name, NotRecordable):
                reason = f"self.{name} is changed; what a rule remembers goes in its state"
                self.refuse(method, reason)

    def state(self, numbers):
        """Return the state made of its recorded numbers."""
        numbers = iter(numbers)
        parts = [
            next(numbers) if count == 1 else np.stack([next(numbers), next(numbers)])
            for _, count in self.layout
        ]
        return type(self.first)(*parts) if parts else self.first

    def flat(self, method, recorder, state):
        """Return the numbers of the state that a method returned."""
        if type(state) is not type(self.first):
            kinds = type(state).__name__, type(self.first).__name__
            self.refuse(method, "the state becomes a {}, and was a {}".format(*kinds))
        parts = [recorder.lift(part) for part in state]
        for part, (name, count) in zip(parts, self.layout, strict=True):
            if part.shape != (2,) * (count - 1):
                self.refuse(method, f"{name} of the state gets the shape {part.shape}")
        return [number for part in parts for number in (part if part.ndim else [part])]

    def settings(self):
        """Yield copies of the rule with hyperparameters that it allows, the present ones first.

        At 0, the second setting where it is allowed, much goes another way.
        """
        rng = np.random.default_rng(0)
        for turn in range(6):
            real = copy.deepcopy(self.original)
            for name, value in zip(self.names, self.present, strict=True):
                near = [value / 2, 1.5 * value, 10 * value, value + 1, -value, 0.3, 0.95]
                near = [True, False] if isinstance(value, bool) else near
                others = [] if turn == 0 else [0.0] if turn == 1 else rng.permuted(near).tolist()
                for candidate in [*others, value]:
                    with contextlib.suppress(TypeError, ValueError):
                        setattr(real, name, candidate)
                        break
            yield real, [float(value) for value in real.hyperparameters.values()]

    def moves(self, real, values, starts):
        """Return what a rule gets and what it gives, step after step, as `descend` calls it.

        Where it is lost it starts again: what is infinite agrees with too much.
        """
        moves = []
        for start, order in zip(starts, (1, -1), strict=True):
            try:
                with np.errstate(all="ignore"):
                    x = np.array(start)
                    state = real.init(x.copy())
                    for g in _GRADIENTS[::order]:
                        given = [*x, *g, *values, *_numbers(state)]
                        x, state = real.step(x, np.array(g), state)
                        moves.append((given, [*x, *_numbers(state)]))
                        if not np.all(np.abs(moves[-1][1]) < _FAR):
                            x = np.array(start)
                            state = real.init(x.copy())
            except Exception as error:  # Python's own numbers may raise where NumPy's go on
                if values == self.present:
                    raise not_recordable(error, type(real).step) from error
        return moves


def _layout(state):
    if not isinstance(state, tuple) or (state and not hasattr(state, "_fields")):
        raise NotRecordable(f"a state must be a NamedTuple, got {type(state).__name__}")
    layout = []
    for name, part in zip(getattr(state, "_fields", ()), state, strict=True):
        array = np.asarray(part)
        if array.dtype.kind not in "biuf" or array.shape not in ((), (2,)):
            raise NotRecordable(f"{name} of the state is neither a number nor a pair: {part!r}")
        layout.append((name, array.size))
    return tuple(layout)


def _numbers(state):
    return [float(n) for part in state for n in (part if np.ndim(part) else (part,))]


def _recorded(build, count, function, *others):
    """Record twice, and refuse what is not the same again or leaves something changed.

    What is outside is compared around the second time: a cache may be filled at the first.
    """

    def tape():
        return Tape(*run(Recorder(count), build, function))

    first, before = tape(), _surroundings(function, *others)
    second, after = tape(), _surroundings(function, *others)
    if after != before:
        raise NotRecordable("it changes something that is kept outside", place_of(function))
    if second != first:
        reason = "called again it does something else, by chance, by the clock or by what it keeps"
        raise NotRecordable(reason, place_of(function))
    return second


def _points(count):
    """Return points of many sizes, whole numbers and 0 among them: (count, n)."""
    rng = np.random.default_rng(0)
    special = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0])
    wild = rng.standard_normal((count, 16)) * 10 ** rng.uniform(-3, 3, 16)
    return np.hstack([np.zeros((count, 1)), rng.choice(special, (count, 24)), wild])


def _verify(tape, function, points):
    """Compare a tape with its function, at all points at once and at some of them alone."""
    lost = np.random.default_rng(0).choice([0.5, np.inf, -np.inf, np.nan], (len(points), 8))
    every, count = np.hstack([points, lost]), points.shape[1]
    found, some = np.array(tape.replay(*every)), range(0, count, 5)
    with np.errstate(all="ignore"):
        try:
            _compare(found, _rows(found, function(*every.copy())), function)
        except Exception:  # a function of single numbers, or one that fails on NaN
            some = range(count)
        try:
            wanted = [_rows(found[:, i], function(*points[:, i])) for i in some]
        except Exception as error:
            raise not_recordable(error, function) from error
        # One number alone may be rounded otherwise: its power, for example, is the C library's.
        alone = points[:, list(some)]
        grain = alone * 4 * np.finfo(float).eps
        above, below = (np.array(tape.replay(*(alone + part))) for part in (grain, -grain))
        slack = np.abs(above - below)
    _compare(found[:, list(some)], np.transpose(wanted), function, slack)


def _rows(found, value):
    """Return what a function gave, output by output, or raise if it is not of the shape found."""
    values = [value] if len(found) == 1 and np.ndim(value) < max(found.ndim, 1) else list(value)
    rows = []
    for row, one in zip(found, values, strict=True):
        same = row.ndim == 0 or np.array_equal(row, np.full_like(row, row[0]), equal_nan=True)
        if np.shape(one) != row.shape and not (same and np.ndim(one) == 0):
            raise ValueError(f"shape {np.shape(one)}, not {row.shape}")
        rows.append(np.broadcast_to(np.asarray(one, dtype=float), row.shape))
    return np.array(rows)


def _compare(found, wanted, function, slack=0.0):
    found, wanted = np.asarray(found), np.asarray(wanted)
    with np.errstate(all="ignore"):
        near = TOLERANCE * np.maximum(np.abs(found), np.abs(wanted)) + slack
        right = (np.abs(found - wanted) <= near) | (found == wanted)
        right |= np.isnan(found) & np.isnan(wanted)
    if found.shape != wanted.shape or not right.all():
        at = tuple(np.argwhere(~right)[0])
        raise NotRecordable(
            f"replayed, what was recorded gives {found[at]:.9g} where it gives {wanted[at]:.9g}",
            place_of(function),
        )


# Code that may fill caches of its own, and knows a learner's only by its closures.
_INSTALLED = (
    str(Path(__file__).parent),
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    "<frozen",
)


def _surroundings(*roots):
    """Return what code can reach and change outside its arguments, in a form to compare."""
    _, numbers, *rest = np.random.get_state()  # noqa: NPY002
    found = [random.getstate(), numbers.tobytes(), rest]
    queue, seen, kept = list(roots), set(), []
    while queue and len(kept) < 3000:
        thing = queue.pop()
        if isinstance(thing, (bool, int, float, complex, str, bytes, np.generic, type(None))):
            found.append(repr(thing))
            continue
        found.append(id(thing))
        if id(thing) in seen or isinstance(thing, types.ModuleType):
            continue
        seen.add(id(thing))
        kept.append(thing)
        if isinstance(thing, np.ndarray):
            found.append(thing.ravel()[:: thing.size // 1000 + 1].tobytes())
        elif isinstance(thing, dict):
            queue.extend(thing.values())
        elif isinstance(thing, (list, tuple, set, frozenset)):
            queue.extend(thing)
        elif isinstance(thing, types.FunctionType):
            code = thing.__code__
            names = () if code.co_filename.startswith(_INSTALLED) else code.co_names
            reached = (thing.__globals__.get(name) for name in names)
            cells = (cell.cell_contents for cell in thing.__closure__ or () if _is_full(cell))
            queue.extend((*reached, *cells, vars(thing)))
            queue.extend((thing.__defaults__, thing.__kwdefaults__))
        elif isinstance(thing, np.random.Generator):
            found.append(str(thing.bit_generator.state))
        elif isinstance(thing, types.GeneratorType):
            found.append(thing.gi_frame and thing.gi_frame.f_lasti)
            queue.extend(thing.gi_frame.f_locals.values() if thing.gi_frame else ())
        elif type(thing).__module__ == "itertools":
            found.append(repr(thing))
        elif isinstance(thing, type):
            queue.extend(vars(thing).values() if _is_learners(thing) else ())
        else:
            found.append(operator.length_hint(thing, 0))
            queue.extend(getattr(thing, "__dict__", {}).values())
            queue.extend((getattr(thing, "__func__", None), getattr(thing, "__self__", None)))
            queue.append(type(thing))
    return found


def _is_full(cell):
    try:
        return cell.cell_contents is not None
    except ValueError:  # it gets its value later
        return False


def _is_learners(cls):
    installed = {*sys.stdlib_module_names, "numpy", "optim_lib"}
    return cls.__module__.partition(".")[0] not in installed
