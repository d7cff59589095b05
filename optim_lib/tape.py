"""Record what a rule or a surface computes, so that it can be replayed where there is no Python.

A rule's `step` is called once with recording values in place of numbers. They answer NumPy and the
operators of Python, and note each operation: a `Tape`. A browser replays it for whatever the
sliders say, and `Tape.gradient` differentiates it.

Nothing is recorded wrongly. What depends on a value (`if`, `float()`, the length of a loop), on
chance or on something kept outside the state is refused with the line at fault, and a tape is
believed only after it gave what the function itself gives, at many points and settings.

A recording value holds the numbers of its slots in an integer array. So whatever only moves numbers
about (indexing, flipping, stacking, writing into a view) is left to NumPy, applied to that array.
"""

import copy
import functools
import itertools
import linecache
import math
import operator
import random
import sys
import traceback
import types
from dataclasses import dataclass
from pathlib import Path

import numpy as np

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
MOST = 20_000  # operations; beyond it a tape is too heavy to travel


def _words(text):
    return tuple(text.split())


TRUTHS = _words(
    "less less_equal greater greater_equal equal not_equal logical_and logical_or logical_not "
    "isfinite isnan"
)
UNARY = _words(
    "negative absolute sign sqrt cbrt exp expm1 log log1p log2 log10 sin cos tan arcsin arccos "
    "arctan sinh cosh tanh floor ceil trunc rint"
)
BINARY = _words(
    "add subtract multiply divide power arctan2 hypot maximum minimum fmax fmin remainder fmod"
)
NAMES = {getattr(np, name): name for name in (*TRUTHS, *UNARY, *BINARY)}
KINDS = {np.dtype(kind) for kind in (bool, np.int64, np.float64)}
FLOAT, WHOLE, TRUTH = np.dtype(float), np.dtype(np.int64), np.dtype(bool)


class NotRecordable(TypeError):  # noqa: N818
    """Says why a function cannot be recorded, and where: the line of the code that is at fault.

    Attributes
    ----------
    reason : str
    place : str
        The line, its number, its function and its file; "" where no single line is at fault.
    """

    def __init__(self, reason, place=""):
        super().__init__(f"{reason} ({place})" if place else reason)
        self.reason, self.place = reason, place


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
                    slots.append(_entry(self._arrays[at[0]], slots[at[1]]))
                else:
                    slots.append(_REPLAY[name](*(slots[i] for i in at)))
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
        recorder = _Recorder(self.inputs)
        values = recorder.numbers() + [recorder.lift(c) for c in self.constants]
        varies = [i < self.inputs for i in range(len(values))]
        for name, *at in self.operations:
            if name == "lookup":
                values.append(_entry(self._arrays[at[0]], values[at[1]]))
                varies.append(False)
            else:
                slots = [int(values[i]._slots) for i in at]
                values.append(recorder.wrap(recorder.emit(name, *slots), FLOAT))
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
        return recorder.tape([values[self.outputs[0]], *slopes])

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


def _entry(table, index):
    """Return the entry of a flat table, NaN where there is none."""
    if isinstance(index, Recorded):
        return index._recorder.look_up(table, index)
    inside = (index >= 0) & (index < table.size)
    return np.where(inside, table[np.where(inside, index, 0).astype(int)], np.nan)


def _truth(ufunc):
    """Return a ufunc that gives its truth as 1.0 and 0.0."""
    return lambda *values: ufunc(*values) * 1.0


_REPLAY = {name: getattr(np, name) for name in (*UNARY, *BINARY)}
_REPLAY |= {name: _truth(getattr(np, name)) for name in TRUTHS}
_REPLAY["where"] = np.where


# Recording


class _Recorder:
    """Notes operations on slots: the same operation on the same slots once."""

    def __init__(self, inputs):
        self.inputs, self.refusal = inputs, None
        self.nodes = [("input", i) for i in range(inputs)]
        self.slots, self.values, self.tables = {}, {}, {}

    def numbers(self, kinds=None):
        """Return the inputs as recording values."""
        kinds = kinds or [FLOAT] * self.inputs
        return [self.wrap(i, kind) for i, kind in enumerate(kinds)]

    def wrap(self, slots, dtype):
        slots = np.asarray(slots, dtype=int)
        return (RecordedArray if slots.ndim else Recorded)(self, slots, dtype)

    def refuse(self, reason):
        """Refuse, and remember it in case that somebody catches the error."""
        error = NotRecordable(reason, _place_of_call())
        self.refusal = self.refusal or error
        raise error

    def lift(self, value):
        """Return anything of numbers as a recording value."""
        if isinstance(value, Recorded):
            if value._recorder is not self:
                self.refuse("a value from an earlier call was kept outside the state")
            return value
        array = np.asarray(value)
        if array.dtype == object:
            parts = [value if isinstance(value, Recorded) else _real(value) for value in array.flat]
            if any(part is None or np.ndim(part) for part in parts):
                self.refuse(f"{value!r} is not a number")
            parts = [self.lift(part) for part in parts]
            slots = np.array([part._slots for part in parts], dtype=int).reshape(array.shape)
            return self.wrap(slots, np.result_type(*(part._dtype for part in parts)))
        if array.dtype.kind not in "biuf":
            self.refuse(f"{value!r} is not a number")
        slots = [self.constant(float(c)) for c in array.ravel().tolist()]
        return self.wrap(np.array(slots, dtype=int).reshape(array.shape), array.dtype)

    def constant(self, number):
        slot = self.node("constant", number.hex())
        self.values[slot] = number
        return slot

    def node(self, *node):
        if node not in self.slots:
            self.slots[node] = len(self.nodes)
            self.nodes.append(node)
            if len(self.nodes) > MOST:
                self.refuse(f"it takes more than {MOST} operations")
        return self.slots[node]

    def emit(self, name, *slots):
        """Return the slot of an operation, that of its value if it is the same for all inputs."""
        known = [self.values.get(slot) for slot in slots]
        if None not in known:
            return self.constant(float(_REPLAY[name](*map(np.float64, known))))
        if name == "where" and known[0] is not None:
            return slots[1 if known[0] else 2]
        if name in ("multiply", "divide") and known[1] == 1:
            return slots[0]
        if name in ("multiply", "add"):
            if name == "multiply" and known[0] == 1:
                return slots[1]
            slots = sorted(slots)
        return self.node(name, *slots)

    def power(self, base, exponent):
        """Record a power as NumPy computes it."""
        short = {
            2: lambda: self.emit("multiply", base, base),
            1: lambda: base,
            0.5: lambda: self.emit("sqrt", base),
            -1: lambda: self.emit("divide", self.constant(1.0), base),
        }
        return short.get(self.values.get(exponent), lambda: self.emit("power", base, exponent))()

    def each(self, emit, *operands):
        """Record an operation for each number of operands that broadcast; return the slots."""
        slots = np.broadcast_arrays(*(value._slots for value in operands))
        made = [emit(*each) for each in zip(*(s.ravel().tolist() for s in slots), strict=True)]
        return np.array(made, dtype=int).reshape(slots[0].shape)

    def truth(self, value):
        """Return a value as truth: whether it is not 0."""
        if value._dtype == TRUTH:
            return value
        zero = self.constant(0.0)

        def emit(slot):
            return slot if self.nodes[slot][0] in TRUTHS else self.emit("not_equal", slot, zero)

        return self.wrap(self.each(emit, value), TRUTH)

    def call(self, ufunc, *operands):
        """Record a ufunc; NumPy itself says of which kind the result is."""
        operands = [self.lift(value) for value in operands]
        try:
            kinds = _kinds(ufunc, *(value._dtype for value in operands))
        except TypeError as error:
            self.refuse(str(error))
        if not KINDS.issuperset(kinds):
            self.refuse(f"np.{ufunc.__name__} computes in {kinds[0]} here; use .astype(float)")
        if ufunc in _COMPOSED_UFUNCS:
            made = _COMPOSED_UFUNCS[ufunc](*operands)
            if isinstance(made, tuple):
                return tuple(self.lift(part) for part in made)
            made = self.lift(made)
            return self.wrap(made._slots, kinds[0])
        if ufunc not in NAMES:
            self.refuse(f"np.{ufunc.__name__} is not known to the recorder")
        name = NAMES[ufunc]
        if name.startswith("logical"):
            operands = [self.truth(value) for value in operands]
        if name == "add" and kinds[0] == TRUTH:
            name = "logical_or"
        emit = self.power if name == "power" else functools.partial(self.emit, name)
        return self.wrap(self.each(emit, *operands), kinds[0])

    def look_up(self, table, index):
        """Record a look-up in a flat table."""
        number = self.tables.setdefault(tuple(table.tolist()), len(self.tables))
        return self.wrap(self.each(lambda slot: self.node("lookup", number, slot), index), FLOAT)

    def limits(self, slot):
        """Return numbers between which the value of a slot must be, NaN aside."""
        name, *at = self.nodes[slot]
        if slot in self.values:
            return self.values[slot], self.values[slot]
        if name in ("floor", "trunc"):
            return tuple(map(_REPLAY[name], self.limits(at[0])))
        if name == "where":
            ends = [self.limits(i) for i in at[1:]]
            return min(low for low, _ in ends), max(high for _, high in ends)
        if name in ("minimum", "maximum", "add", "subtract", "multiply"):
            with np.errstate(invalid="ignore"):
                one, two = (self.limits(i) for i in at)
                ends = [_REPLAY[name](*pair) for pair in itertools.product(one, two)]
            return (-np.inf, np.inf) if np.isnan(ends).any() else (min(ends), max(ends))
        return (0.0, 1.0) if name in TRUTHS else (-np.inf, np.inf)

    def tape(self, outputs):
        """Return the tape of what leads to the outputs."""
        ends = [int(slot) for value in outputs for slot in self.lift(value)._slots.ravel()]
        needed, queue = set(), list(ends)
        while queue:
            slot = queue.pop()
            if slot not in needed:
                needed.add(slot)
                queue.extend(self._operands(slot))
        constants = sorted(slot for slot in needed if slot in self.values)
        operations = sorted(needed - {*constants, *range(self.inputs)})
        order = [*range(self.inputs), *constants, *operations]
        place = {slot: i for i, slot in enumerate(order)}
        tables = list(self.tables)
        used = sorted({self.nodes[slot][1] for slot in operations if self._looks_up(slot)})

        def renumbered(slot):
            name, *at = self.nodes[slot]
            if self._looks_up(slot):
                return name, used.index(at[0]), place[at[1]]
            return name, *(place[i] for i in at)

        return Tape(
            self.inputs,
            tuple(self.values[slot] for slot in constants),
            tuple(renumbered(slot) for slot in operations),
            tuple(place[slot] for slot in ends),
            tuple(tables[i] for i in used),
        )

    def _looks_up(self, slot):
        return self.nodes[slot][0] == "lookup"

    def _operands(self, slot):
        name, *at = self.nodes[slot]
        return () if name in ("input", "constant") else at[1:] if name == "lookup" else at


@functools.cache
def _kinds(ufunc, *dtypes):
    return ufunc.resolve_dtypes((*dtypes, *(None,) * ufunc.nout))[ufunc.nin :]


def _real(value):
    """Return a number of an object array, None if it is none."""
    return value if isinstance(value, (bool, int, float, np.generic)) else None


class Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """A number that records what is done to it; `RecordedArray` holds several.

    A scalar must not look like a sequence, so that NumPy takes it for one object in an array.
    """

    shape = property(lambda self: self._slots.shape)
    ndim = property(lambda self: self._slots.ndim)
    size = property(lambda self: self._slots.size)
    T = property(lambda self: self._recorder.wrap(self._slots.T, self._dtype))
    real = property(lambda self: self)

    def __init__(self, recorder, slots, dtype):
        self._recorder, self._slots, self._dtype = recorder, slots, dtype

    def __repr__(self):
        return f"<recorded {self.shape}>" if self.ndim else "<recorded>"

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, where=True, **options):
        recorder = self._recorder
        if method == "reduce":
            made = _reduce(recorder, ufunc, *inputs, **{"axis": 0, **options})
        elif method == "accumulate":
            made = _accumulate(recorder, ufunc, *inputs, **options)
        elif method == "outer" and not options:
            a, b = map(recorder.lift, inputs)
            made = recorder.call(ufunc, recorder.wrap(_column(a._slots, b.ndim), a._dtype), b)
        elif method != "__call__" or options:
            recorder.refuse(f"np.{ufunc.__name__} with {', '.join(options) or method}")
        else:
            made = recorder.call(ufunc, *inputs)
        if out is None:
            if where is not True:
                recorder.refuse(f"np.{ufunc.__name__} with where= leaves gaps without out=")
            return made
        (target,) = out
        if where is not True:
            made = np.where(where, made, target)
        if isinstance(target, Recorded) and not target.ndim:
            return made
        if made.shape != target.shape:
            recorder.refuse(f"the result has shape {made.shape}, not {target.shape}")
        target[...] = made
        return target

    def __array_function__(self, func, _types, args, kwargs):
        recorder, name = self._recorder, f"np.{func.__name__}"
        try:
            if func in _FUNCTIONS:
                return _FUNCTIONS[func](recorder, *args, **kwargs)
            if func in _ONE:
                value = recorder.lift(args[0])
                return _wrapped(recorder, func(value._slots, *args[1:], **kwargs), value._dtype)
            if func in _MANY:
                single = func in (np.broadcast_arrays,)
                values = [recorder.lift(value) for value in (args if single else args[0])]
                dtype = np.result_type(*(value._dtype for value in values))
                slots = [value._slots for value in values]
                made = func(*slots) if single else func(slots, *args[1:], **kwargs)
                return _wrapped(recorder, made, None if single else dtype, values)
        except NotRecordable:
            raise
        except Exception as error:
            recorder.refuse(f"{name}: {error}")
        return recorder.refuse(f"{name} is not known to the recorder")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _METHODS:
            return functools.partial(getattr(np, name), self)
        return self._recorder.refuse(f"its .{name} is not known to the recorder")

    def copy(self, order="C"):
        return self._recorder.wrap(self._slots.copy(), self._dtype)

    __copy__ = copy

    def __deepcopy__(self, memo):
        return self.copy()

    def flatten(self):
        return self.ravel().copy()

    def reshape(self, *shape, **options):
        return self._recorder.wrap(self._slots.reshape(*shape, **options), self._dtype)

    def transpose(self, *axes):
        return self._recorder.wrap(self._slots.transpose(*axes), self._dtype)

    def fill(self, value):
        self[...] = value

    def astype(self, dtype, copy=True):
        recorder, dtype = self._recorder, np.dtype(dtype)
        if dtype not in KINDS:
            recorder.refuse(f"it is rounded to {dtype}")
        if dtype == TRUTH:
            return recorder.truth(self).copy()
        slots = self._slots.copy()
        if dtype == WHOLE and self._dtype == FLOAT:
            slots = recorder.each(functools.partial(recorder.emit, "trunc"), self)
        return recorder.wrap(slots, dtype)

    def __pos__(self):
        return self.copy()

    def __floor__(self):
        return np.floor(self)

    def __ceil__(self):
        return np.ceil(self)

    def __trunc__(self):
        return np.trunc(self)


def _refusing(reason):
    def refuse(self, *_):
        return self._recorder.refuse(reason)

    return refuse


_REFUSED = {
    "__bool__": "what happens next depends on whether it is true; use np.where",
    "__float__": "it is made a plain number, as float(), math.sin, np.asarray(..., dtype=float) "
    "and writing into an array of np.zeros do; use NumPy's functions and np.zeros_like",
    "__int__": "it is made a whole number; use np.floor or np.rint",
    "__index__": "it is used as an index or a count; tape.look_up looks up in a table",
    "__complex__": "it is made a complex number",
    "__round__": "it is rounded by round(); use np.rint",
    "__format__": "its digits are asked for",
    "__str__": "its digits are asked for",
    "__hash__": "it is used as a key",
}
for _name, _reason in _REFUSED.items():
    setattr(Recorded, _name, _refusing(_reason))


class RecordedArray(Recorded):
    """Several recorded numbers; like an array of NumPy it has views and is written to in place."""

    def __len__(self):
        return len(self._slots)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key):
        return self._recorder.wrap(self._slots[key], self._dtype)

    def __setitem__(self, key, value):
        recorder = self._recorder
        value = recorder.lift(value)
        if value._dtype != self._dtype and self._dtype != FLOAT:
            recorder.refuse("it is written into an array of whole numbers or truths")
        if isinstance(key, Recorded):
            if key._dtype != TRUTH or key.shape != self.shape or value.ndim:
                recorder.refuse("where it is written to depends on a value; use np.where")
            key, value = ..., np.where(key, value, self)
        self._slots[key] = value._slots


# NumPy's functions


def _wrapped(recorder, made, dtype, values=None):
    """Return slots that NumPy moved about as recording values."""
    if isinstance(made, (tuple, list)):
        kinds = [value._dtype for value in values] if values else [dtype] * len(made)
        return tuple(recorder.wrap(m, kind) for m, kind in zip(made, kinds, strict=True))
    return recorder.wrap(made, dtype)


def _column(slots, count):
    return slots.reshape(slots.shape + (1,) * count)


def _reduce(recorder, ufunc, a, axis=None, keepdims=False, dtype=None, out=None):
    """Reduce along one axis, several or all, in order."""
    a = recorder.lift(a)
    axes = range(a.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = [operator.index(i) % a.ndim if -a.ndim <= i < a.ndim else a.shape[i] for i in axes]
    if dtype is not None or out is not None:
        recorder.refuse(f"np.{ufunc.__name__} with dtype= or out=")
    if a._dtype == TRUTH and ufunc in (np.add, np.multiply):
        a = a.astype(int)
    if ufunc in (np.logical_or, np.logical_and):
        a = recorder.truth(a)
    rest = [i for i in range(a.ndim) if i not in axes]
    slots = a._slots.transpose(*axes, *rest).reshape(-1, *(a.shape[i] for i in rest))
    rows = [recorder.wrap(row, a._dtype) for row in slots]
    made = functools.reduce(functools.partial(recorder.call, ufunc), rows)
    if keepdims:
        shape = [1 if i in axes else n for i, n in enumerate(a.shape)]
        return recorder.wrap(made._slots.reshape(shape), made._dtype)
    return made


def _accumulate(recorder, ufunc, a, axis=0, dtype=None, out=None):
    """Reduce along an axis and keep what there was on the way."""
    a = recorder.lift(a)
    if a._dtype == TRUTH or dtype is not None or out is not None:
        recorder.refuse(f"np.{ufunc.__name__}.accumulate of truths, or with dtype= or out=")
    rows = [recorder.wrap(row, a._dtype) for row in np.moveaxis(a._slots, axis, 0)]
    made = itertools.accumulate(rows, functools.partial(recorder.call, ufunc))
    return np.stack(list(made), axis=axis)


def _reducing(ufunc):
    return lambda recorder, a, axis=None, **options: _reduce(recorder, ufunc, a, axis, **options)


def _accumulating(ufunc):
    def accumulate(recorder, a, axis=None):
        a = recorder.lift(a)
        return _accumulate(recorder, ufunc, a.ravel() if axis is None else a, axis or 0)

    return accumulate


def _where(recorder, condition, a, b):
    condition, a, b = recorder.truth(recorder.lift(condition)), recorder.lift(a), recorder.lift(b)
    slots = recorder.each(functools.partial(recorder.emit, "where"), condition, a, b)
    return recorder.wrap(slots, np.result_type(a._dtype, b._dtype))


def _full_like(recorder, a, value, dtype=None):
    a, value = recorder.lift(a), recorder.lift(value)
    slots = np.broadcast_to(value._slots, a.shape).copy()
    return recorder.wrap(slots, value._dtype).astype(a._dtype if dtype is None else dtype)


def _mean(recorder, a, axis=None, keepdims=False):
    total = np.sum(recorder.lift(a), axis=axis, keepdims=keepdims)
    return total / (np.size(a) / np.size(total))


def _var(recorder, a, axis=None, ddof=0, keepdims=False):
    off = recorder.lift(a) - np.mean(a, axis=axis, keepdims=True)
    total = np.sum(off * off, axis=axis, keepdims=keepdims)
    return total / (np.size(a) / np.size(total) - ddof)


def _norm(recorder, x, ord=None, axis=None, keepdims=False):
    x = recorder.lift(x)
    if ord is not None and x.ndim != 1 and not isinstance(axis, int):
        recorder.refuse("np.linalg.norm of a matrix")
    if ord in (None, 2):
        return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    return recorder.refuse(f"np.linalg.norm with ord={ord!r}")


def _dot(a, b):
    if not (a.ndim and b.ndim):
        return a * b
    if a.ndim > 2 or b.ndim > 2 or a.shape[-1] != b.shape[0]:
        a._recorder.refuse(f"a product of shapes {a.shape} and {b.shape}")
    if b.ndim == 1:
        return np.sum(a * b, axis=-1)
    return np.sum(np.expand_dims(a, -1) * b, axis=-2)


def _clip(recorder, a, a_min=None, a_max=None, *, min=None, max=None):
    a = recorder.lift(a)
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _nan_to_num(recorder, x, copy=True, nan=0.0, posinf=None, neginf=None):
    x, most = recorder.lift(x), np.finfo(float).max
    x = np.where(np.isnan(x), nan, x)
    if posinf is None and neginf is None:
        return np.minimum(np.maximum(x, -most), most)
    x = np.where(x == np.inf, most if posinf is None else posinf, x)
    return np.where(x == -np.inf, -most if neginf is None else neginf, x)


def _select(recorder, condlist, choicelist, default=0):
    made = recorder.lift(default)
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        made = np.where(condition, choice, made)
    return made


def _round(recorder, a, decimals=0):
    a, power = recorder.lift(a), 10.0 ** abs(decimals)
    if not decimals:
        return np.rint(a)
    return np.rint(a * power) / power if decimals > 0 else np.rint(a / power) * power


def _sinc(recorder, x):
    y = np.pi * np.where(recorder.lift(x) == 0, 1.0e-20, x)
    return np.sin(y) / y


def _polyval(recorder, p, x):
    made = np.zeros_like(x)
    for coefficient in p:
        made = made * x + coefficient
    return made


def _diff(recorder, a, n=1, axis=-1):
    for _ in range(n):
        rows = np.moveaxis(recorder.lift(a), axis, 0)
        a = np.moveaxis(rows[1:] - rows[:-1], 0, axis)
    return a


_FUNCTIONS = {
    np.sum: _reducing(np.add),
    np.prod: _reducing(np.multiply),
    np.max: _reducing(np.maximum),
    np.min: _reducing(np.minimum),
    np.any: _reducing(np.logical_or),
    np.all: _reducing(np.logical_and),
    np.cumsum: _accumulating(np.add),
    np.cumprod: _accumulating(np.multiply),
    np.mean: _mean,
    np.average: _mean,
    np.var: _var,
    np.std: lambda recorder, a, **options: np.sqrt(np.var(a, **options)),
    np.ptp: lambda recorder, a, axis=None: np.max(a, axis=axis) - np.min(a, axis=axis),
    np.diff: _diff,
    np.count_nonzero: lambda recorder, a, axis=None: np.sum(recorder.lift(a) != 0, axis=axis),
    np.linalg.norm: _norm,
    np.dot: lambda recorder, a, b: _dot(recorder.lift(a), recorder.lift(b)),
    np.vdot: lambda recorder, a, b: np.sum(np.ravel(a) * np.ravel(b)),
    np.inner: lambda recorder, a, b: np.dot(a, recorder.lift(b).T),
    np.outer: lambda recorder, a, b: np.multiply.outer(np.ravel(a), np.ravel(b)),
    np.where: _where,
    np.select: _select,
    np.clip: _clip,
    np.nan_to_num: _nan_to_num,
    np.round: _round,
    np.around: _round,
    np.fix: lambda recorder, x: np.trunc(x),
    np.sinc: _sinc,
    np.polyval: _polyval,
    np.isclose: lambda recorder, a, b, rtol=1e-5, atol=1e-8: (
        np.abs(recorder.lift(a) - b) <= atol + rtol * np.abs(b)
    ),
    np.full_like: _full_like,
    np.zeros_like: lambda recorder, a, dtype=None: np.full_like(a, 0, dtype),
    np.ones_like: lambda recorder, a, dtype=None: np.full_like(a, 1, dtype),
    np.copy: lambda recorder, a: recorder.lift(a).copy(),
    np.real: lambda recorder, a: a,
    np.shape: lambda recorder, a: recorder.lift(a).shape,
    np.ndim: lambda recorder, a: recorder.lift(a).ndim,
    np.size: lambda recorder, a, axis=None: (
        recorder.lift(a).size if axis is None else recorder.lift(a).shape[axis]
    ),
}
_FUNCTIONS |= {np.amax: _FUNCTIONS[np.max], np.amin: _FUNCTIONS[np.min]}

# What only moves numbers about: of one array, or of several.
_ONE = {
    getattr(np, name)
    for name in _words(
        "atleast_1d atleast_2d broadcast_to diagonal expand_dims flip fliplr flipud moveaxis "
        "ravel repeat reshape roll rollaxis rot90 squeeze swapaxes take tile transpose"
    )
}
_MANY = {
    np.concatenate,
    np.stack,
    np.vstack,
    np.hstack,
    np.dstack,
    np.column_stack,
    np.broadcast_arrays,
}

_METHODS = {
    *_words("all any clip cumprod cumsum diagonal dot max mean min prod ravel repeat round"),
    *_words("squeeze std sum swapaxes take var"),
    # NumPy's loops over objects call these.
    *(name for name in NAMES.values() if name not in TRUTHS),
    *_words("conjugate conj square reciprocal exp2 radians degrees deg2rad rad2deg"),
    *_words("arcsinh arccosh arctanh"),
}


def _floor_divide(x, y):
    whole = np.rint((x - np.remainder(x, y)) / y)
    return np.where(y == 0, np.divide(x, y), whole)


def _negative(x):
    """Whether a number has the sign -, that of -0.0 too."""
    return (x < 0) | ((x == 0) & (np.divide(1.0, x) < 0))


def _of_truths(name):
    def call(*values):
        if any(value._dtype != TRUTH for value in values):
            values[0]._recorder.refuse(f"np.bitwise_{name} of numbers")
        return getattr(np, f"logical_{name}")(*values)

    return call


def _logaddexp(x, y):
    gap = x - y
    return np.where(x == y, x + np.log(2), np.maximum(x, y) + np.log1p(np.exp(-np.abs(gap))))


_COMPOSED_UFUNCS = {
    np.square: lambda x: x * x,
    np.reciprocal: lambda x: 1.0 / x,
    np.positive: lambda x: x.copy(),
    np.conjugate: lambda x: x.copy(),
    np.fabs: lambda x: np.abs(x),
    np.float_power: lambda x, y: x**y,
    np.exp2: lambda x: np.power(2.0, x),
    np.radians: lambda x: x * (np.pi / 180),
    np.deg2rad: lambda x: x * (np.pi / 180),
    np.degrees: lambda x: x * (180 / np.pi),
    np.rad2deg: lambda x: x * (180 / np.pi),
    np.floor_divide: _floor_divide,
    np.divmod: lambda x, y: (x // y, x % y),
    np.matmul: lambda a, b: _dot(a, b) if a.ndim and b.ndim else None,
    np.logical_xor: lambda x, y: np.not_equal(x != 0, y != 0),
    np.bitwise_and: _of_truths("and"),
    np.bitwise_or: _of_truths("or"),
    np.bitwise_xor: _of_truths("xor"),
    np.invert: _of_truths("not"),
    np.isinf: lambda x: np.abs(x) == np.inf,
    np.signbit: _negative,
    np.copysign: lambda x, y: np.where(_negative(y), -np.abs(x), np.abs(x)),
    np.heaviside: lambda x, h: np.where(x == 0, h, np.where(np.isnan(x), x, 1.0 * (x > 0))),
    np.logaddexp: _logaddexp,
    np.arcsinh: lambda x: np.sign(x) * np.log1p(np.abs(x) + x * x / (1 + np.sqrt(x * x + 1))),
    np.arccosh: lambda x: np.log1p((x - 1) + np.sqrt((x - 1) * (x + 1))),
    np.arctanh: lambda x: (np.log1p(x) - np.log1p(-x)) / 2,
}


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


def look_up(table, *index):
    """Return `table[index]`, in a way that can be recorded.

    Parameters
    ----------
    table : array_like
    *index : int arrays
        One for each axis of the table. While recording they must be kept inside the table, by
        `np.clip` for example.

    Returns
    -------
    ndarray, or a recording value

    Examples
    --------
    >>> rates = [0.5, 0.2, 0.1]
    >>> tape = record(lambda t: look_up(rates, np.clip(t, 0, 2).astype(int)), 1)
    >>> tape.replay([0.0, 1.0, 7.0])[0]
    array([0.5, 0.2, 0.1])
    """
    table = np.asarray(table)
    recorders = [i._recorder for i in index if isinstance(i, Recorded)]
    if not recorders:
        return table[index]
    (recorder,) = set(recorders)
    if len(index) != table.ndim or table.dtype.kind not in "biuf":
        recorder.refuse("a look-up needs an index for each axis, and a table of numbers")
    flat = 0
    for i, size in zip(map(recorder.lift, index), table.shape, strict=True):
        if i._dtype != WHOLE:
            recorder.refuse("an index is no whole number; use .astype(int)")
        ends = [recorder.limits(slot) for slot in i._slots.ravel().tolist()]
        if not all(low >= 0 and high <= size - 1 for low, high in ends):
            recorder.refuse(f"an index may leave the table; use np.clip(..., 0, {size - 1})")
        flat = flat * size + i
    return recorder.look_up(np.ravel(table).astype(float), flat)


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
    >>> record(lambda x: x if x > 0 else -x, 1)
    Traceback (most recent call last):
    optim_lib.tape.NotRecordable: what happens next depends on whether it is true; use np.where ...
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
        numbers = recorder.numbers()
        trial = rule.trial(numbers[2:])
        outputs = rule.flat(recorder, trial.init(np.stack(numbers[:2])))
        rule.check_unchanged(recorder, trial)
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
        numbers = recorder.numbers([FLOAT] * ahead + rule.kinds)
        x, g, trial = np.stack(numbers[:2]), np.stack(numbers[2:4]), rule.trial(numbers[4:ahead])
        x, state = trial.step(x, g, rule.state(numbers[ahead:]))
        x, outputs = recorder.lift(x), rule.flat(recorder, state)
        if x.shape != (2,):
            recorder.refuse(f"step returns a point of shape {x.shape}")
        rule.check_unchanged(recorder, trial)
        rule.kinds = [part._dtype for part in outputs]
        return [*x, *outputs]

    tape = _recorded(step, ahead + len(rule.kinds), type(optimizer).step, rule.original)
    moves = [move for real, values in rule.settings() for move in rule.moves(real, values)]
    given, wanted = zip(*moves, strict=True)
    _compare(tape.replay(*np.transpose(given)), np.transpose(wanted), type(optimizer).step)
    return tape


# What is believed, and why

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
        self.present = [float(np.ravel(v)[0]) for v in optimizer.hyperparameters.values()]
        self.first = self._first_state()
        self.layout = _layout(self.first)
        self.kinds = [
            np.result_type(np.asarray(part).dtype, TRUTH)
            for part, (_, count) in zip(self.first, self.layout, strict=True)
            for _ in range(count)
        ]

    def _first_state(self):
        try:
            with np.errstate(all="ignore"):
                return copy.deepcopy(self.original).init(np.array(_STARTS[0]))
        except Exception as error:
            raise NotRecordable(f"{type(error).__name__}: {error}", _place_of(error)) from error

    def trial(self, numbers):
        """Return the rule with recorded hyperparameters, past the check of their values."""
        trial = copy.copy(self.original)
        for name, number in zip(self.names, numbers, strict=True):
            object.__setattr__(trial, name, number)
        return trial

    def check_unchanged(self, recorder, trial):
        before = vars(self.original)
        for name, value in vars(trial).items():
            if name not in self.names and value is not before.get(name, NotRecordable):
                recorder.refuse(
                    f"self.{name} is changed; what a rule remembers belongs in its state"
                )

    def state(self, numbers):
        """Return the state made of its recorded numbers."""
        numbers = iter(numbers)
        parts = [
            next(numbers) if count == 1 else np.stack([next(numbers), next(numbers)])
            for _, count in self.layout
        ]
        return type(self.first)(*parts) if parts else self.first

    def flat(self, recorder, state):
        """Return the numbers of a state."""
        if type(state) is not type(self.first):
            recorder.refuse(
                f"the state becomes a {type(state).__name__}, and was a {type(self.first).__name__}"
            )
        parts = [recorder.lift(part) for part in state]
        for part, (name, count) in zip(parts, self.layout, strict=True):
            if part.shape != (2,) * (count - 1):
                recorder.refuse(f"{name} of the state gets the shape {part.shape}")
        return [number for part in parts for number in (part if part.ndim else [part])]

    def settings(self):
        """Yield copies of the rule with hyperparameters that it allows, the present ones first."""
        rng = np.random.default_rng(0)
        for spread in (0, 1, 1, 1, 1, 1):
            real, values = copy.deepcopy(self.original), []
            for name, value in zip(self.names, self.present, strict=True):
                near = [0.5 * value, 1.5 * value, 10 * value, value + 1, -value, 0.0, 0.3, 0.95]
                for candidate in (*rng.permuted(near)[: 8 * spread], value):
                    try:
                        setattr(real, name, candidate)
                    except (TypeError, ValueError):
                        continue
                    break
                values.append(float(getattr(real, name)))
            yield real, values

    def moves(self, real, values):
        """Return what a rule gets and what it gives, step after step, as `descend` calls it."""
        moves = []
        for start, order in zip(_STARTS, (1, -1, 1, -1), strict=True):
            try:
                with np.errstate(all="ignore"):
                    x = np.array(start)
                    state = real.init(x)
                    for g in _GRADIENTS[::order]:
                        given = [*x, *g, *values, *_numbers(state)]
                        x, state = real.step(x, np.array(g), state)
                        moves.append((given, [*x, *_numbers(state)]))
            except Exception as error:  # Python's own numbers may raise where NumPy's go on
                if values == [
                    float(np.ravel(v)[0]) for v in self.original.hyperparameters.values()
                ]:
                    reason = f"the rule itself fails, {type(error).__name__}: {error}"
                    raise NotRecordable(reason, _place_of(error)) from error
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
    return [float(number) for part in state for number in np.ravel(part)]


def _recorded(build, count, function, *others):
    """Record twice, and refuse what is not the same again or leaves something changed."""
    before = _surroundings(function, *others)
    tapes = [_run(_Recorder(count), build) for _ in range(2)]
    if _surroundings(function, *others) != before:
        raise NotRecordable("it changes something that is kept outside", _place_of(function))
    if tapes[0] != tapes[1]:
        raise NotRecordable(
            "called again it does something else, by chance, by the clock or by what it remembers",
            _place_of(function),
        )
    return tapes[0]


def _run(recorder, build):
    try:
        with np.errstate(all="ignore"):
            tape = recorder.tape(build(recorder))
    except Exception as error:
        if recorder.refusal:
            raise recorder.refusal from None
        if isinstance(error, NotRecordable):
            raise
        raise NotRecordable(f"{type(error).__name__}: {error}", _place_of(error)) from error
    if recorder.refusal:
        raise recorder.refusal
    return tape


def _points(count):
    """Return points of many sizes, whole numbers and 0 among them: (count, n)."""
    rng = np.random.default_rng(0)
    special = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0])
    wild = rng.standard_normal((count, 16)) * 10 ** rng.uniform(-3, 3, 16)
    lost = rng.choice([0.5, np.inf, -np.inf, np.nan], (count, 8))
    return np.hstack([np.zeros((count, 1)), rng.choice(special, (count, 24)), wild, lost])


def _verify(tape, function, points):
    """Compare a tape with its function, at all points at once and at some of them alone."""
    found, count = np.array(tape.replay(*points)), points.shape[1]
    alone = range(0, count, 5)
    with np.errstate(all="ignore"):
        try:
            together = _rows(tape, function(*points.copy()), count)
        except Exception:  # a function of single numbers
            alone = range(count)
        else:
            _compare(found, together, function)
        try:
            wanted = np.transpose([_rows(tape, function(*points[:, i]))[:, 0] for i in alone])
        except Exception as error:
            reason = f"the function itself fails, {type(error).__name__}: {error}"
            raise NotRecordable(reason, _place_of(error)) from error
        # One number alone may be rounded otherwise: its power, for example, is the C library's.
        some = points[:, list(alone)]
        grain = some * 4 * np.finfo(float).eps
        ends = [np.array(tape.replay(*(some + s))) for s in (grain, -grain)]
        slack = np.abs(ends[0] - ends[1])
    _compare(found[:, list(alone)], wanted, function, slack)


def _rows(tape, value, count=1):
    values = [value] if len(tape.outputs) == 1 and np.ndim(value) < 2 else list(value)
    if len(values) != len(tape.outputs):
        raise ValueError(f"{len(values)} results, not {len(tape.outputs)}")
    return np.array([np.broadcast_to(np.asarray(v, dtype=float), count) for v in values])


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
            _place_of(function),
        )


def _surroundings(*roots):
    """Return what code can reach and change outside its arguments, in a form to compare."""
    found = [random.getstate(), str(np.random.get_state())]  # noqa: NPY002
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
            reached = (thing.__globals__.get(name) for name in thing.__code__.co_names)
            cells = (cell.cell_contents for cell in thing.__closure__ or () if _is_full(cell))
            queue.extend((*reached, *cells, thing.__defaults__, thing.__kwdefaults__))
        elif isinstance(thing, np.random.Generator):
            found.append(str(thing.bit_generator.state))
        elif isinstance(thing, types.GeneratorType):
            found.append(repr(thing.gi_frame and thing.gi_frame.f_lasti))
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
    return cls.__module__.partition(".")[0] not in ("builtins", "numpy", "optim_lib", "typing")


def _place_of_call():
    """Return the line of the learner's code that is at work now."""
    frames, frame = [], sys._getframe(1)
    while frame is not None and frame.f_code is not _run.__code__:
        frames.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return _place(frames)


def _place_of(thing):
    """Return the line where an error came from, or where a function starts."""
    if isinstance(thing, Exception):
        frames = traceback.extract_tb(thing.__traceback__)
        return _place([(frame.filename, frame.lineno, frame.name) for frame in reversed(frames)])
    code = getattr(thing, "__code__", None)
    return _place([(code.co_filename, code.co_firstlineno, code.co_name)]) if code else ""


def _place(frames):
    """Name the innermost line that is a learner's, of this library if there is none."""
    inner = str(Path(np.__file__).parent), __file__, "<__array_function__", "<frozen"
    outer = [frame for frame in frames if not frame[0].startswith(inner)]
    theirs = [frame for frame in outer if Path(frame[0]).parent != Path(__file__).parent]
    for file, number, function in (theirs or outer)[:1]:
        text = linecache.getline(file, number).strip()
        return f"line {number} of {function} in {Path(file).name}: {text}"
    return ""
