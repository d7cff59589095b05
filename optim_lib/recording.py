"""Values that record what is done to them, in place of numbers.

They answer NumPy's protocols and Python's operators. A recording value keeps the numbers of its
slots in an array of whole numbers, so that whatever only moves numbers about (indexing, flipping,
stacking, writing into a view) is left to NumPy, applied to that array. NumPy says, too, of which
kind a result is, so that truths add as NumPy's do.

What cannot be recorded is refused, with the line that is at fault; that a learner's code catches
the error does not help.
"""

import functools
import inspect
import itertools
import linecache
import math
import operator
import sys
import traceback
from pathlib import Path

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

__all__ = ["NotRecordable", "Recorded", "Recorder", "look_up"]

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


def entry(table, index):
    """Return the entry of a flat table, NaN where there is none."""
    if isinstance(index, Recorded):
        return index._recorder.look_up(table, index)
    inside = (index >= 0) & (index < table.size)
    return np.where(inside, table[np.where(inside, index, 0).astype(int)], np.nan)


def _truth(ufunc):
    """Return a ufunc that gives its truth as 1.0 and 0.0."""
    return lambda *values: ufunc(*values) * 1.0


REPLAY = {name: getattr(np, name) for name in (*UNARY, *BINARY)}
REPLAY |= {name: _truth(getattr(np, name)) for name in TRUTHS}
REPLAY["where"] = np.where


# Recording


# Largest and smallest where their operands are; in numbers of Python, which are fast alone.
_MONOTONE = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "minimum": min,
    "maximum": max,
}


class Recorder:
    """Notes operations on slots: the same operation on the same slots once."""

    def __init__(self, inputs):
        self.inputs, self.refusal = inputs, None
        self.nodes = [("input", i) for i in range(inputs)]
        self.slots, self.values, self.tables, self.known_limits = {}, {}, {}, []

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
        number = number if number == number else math.nan  # one NaN, which is equal to itself
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
            return self.constant(float(REPLAY[name](*map(np.float64, known))))
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
        if not any(value.ndim for value in operands):
            return emit(*(int(value._slots) for value in operands))
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
            made = self.wrap(self.lift(made)._slots, kinds[0])
            return self.unsigned(made) if kinds[0] == WHOLE else made
        if ufunc not in NAMES:
            self.refuse(f"np.{ufunc.__name__} is not known to the recorder")
        name = NAMES[ufunc]
        if name.startswith("logical"):
            operands = [self.truth(value) for value in operands]
        if name == "add" and kinds[0] == TRUTH:
            name = "logical_or"
        emit = self.power if name == "power" else functools.partial(self.emit, name)
        made = self.wrap(self.each(emit, *operands), kinds[0])
        signed = kinds[0] == WHOLE and name in ("multiply", "negative", "remainder", "fmod")
        return self.unsigned(made) if signed else made

    def unsigned(self, value):
        """Return a value whose zeros are 0.0 and not -0.0, as those of whole numbers are."""

        def emit(slot):
            return self.emit("add", slot, self.constant(0.0)) if self._may_be_minus(slot) else slot

        return self.wrap(self.each(emit, value), value._dtype)

    def _may_be_minus(self, slot, depth=3):
        """Whether a value may be -0.0, as far as the last few operations tell."""
        name, *at = self.nodes[slot]
        if slot in self.values:
            return math.copysign(1, self.values[slot]) < 0
        if name == "add":  # -0.0 only if both are
            return depth == 0 or all(self._may_be_minus(i, depth - 1) for i in at)
        if name == "multiply":
            above = depth > 0 and all(self._is_above_zero(i, depth - 1) for i in at)
            return at[0] != at[1] and not above
        return name not in (*TRUTHS, "absolute", "exp", "cosh")

    def _is_above_zero(self, slot, depth):
        low, _ = self.limits(slot)
        return low > 0 or (low == 0 and not self._may_be_minus(slot, depth))

    def again(self, name, *numbers):
        """Record an operation of a tape on recorded numbers."""
        return self.wrap(self.emit(name, *(int(number._slots) for number in numbers)), FLOAT)

    def look_up(self, table, index):
        """Record a look-up in a flat table."""
        key = table.tobytes()
        if key not in self.tables:
            self.tables[key] = len(self.tables), table
        number, _ = self.tables[key]
        return self.wrap(self.each(lambda slot: self.node("lookup", number, slot), index), FLOAT)

    def limits(self, slot):
        """Return numbers between which the value of a slot must be, NaN aside."""
        for earlier in range(len(self.known_limits), slot + 1):
            self.known_limits.append(self._limits(earlier))
        return self.known_limits[slot]

    def _limits(self, slot):
        name, *at = self.nodes[slot]
        if slot in self.values:
            ends = [self.values[slot]]
        elif name in ("floor", "trunc"):
            ends = REPLAY[name](self.known_limits[at[0]]).tolist()
        elif name == "where":
            ends = [end for i in at[1:] for end in self.known_limits[i]]
        elif name in _MONOTONE:
            one, two = (self.known_limits[i] for i in at)
            ends = [_MONOTONE[name](*pair) for pair in itertools.product(one, two)]
        else:
            ends = [0.0, 1.0] if name in TRUTHS else [-math.inf, math.inf]
        return (-math.inf, math.inf) if any(map(math.isnan, ends)) else (min(ends), max(ends))

    def parts(self, outputs):
        """Return the parts of a tape: what leads to the outputs, and no more."""
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
        tables = [tuple(table.tolist()) for _, table in self.tables.values()]
        used = sorted({self.nodes[slot][1] for slot in operations if self._looks_up(slot)})

        def renumbered(slot):
            name, *at = self.nodes[slot]
            if self._looks_up(slot):
                return name, used.index(at[0]), place[at[1]]
            return name, *(place[i] for i in at)

        return (
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
        if method != "__call__" and (where is not True or out is not None):
            recorder.refuse(f"np.{ufunc.__name__}.{method} with where= or out=")
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
            if func in _MOVING and not _has_recorded(args[1:], kwargs):
                value = recorder.lift(args[0])
                return recorder.wrap(func(value._slots, *args[1:], **kwargs), value._dtype)
            if func in _JOINING and not _has_recorded(args[1:], kwargs):
                values = [recorder.lift(value) for value in args[0]]
                made = func([value._slots for value in values], *args[1:], **kwargs)
                return recorder.wrap(made, np.result_type(*(value._dtype for value in values)))
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
            return recorder.unsigned(recorder.wrap(np.trunc(self)._slots, WHOLE))
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
    "__bool__": "what happens next depends on whether it is true; use np.where, or np.maximum for "
    "max",
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
        if isinstance(key, Recorded) and key._dtype == TRUTH:
            self._recorder.refuse("how many numbers are taken depends on a value; use np.where")
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


def _has_recorded(args, kwargs):
    """Whether a function that moves numbers is asked to do more than that."""
    unfit = {"out", "dtype", "casting"} & kwargs.keys()
    return bool(unfit) or any(isinstance(arg, Recorded) for arg in (*args, *kwargs.values()))


def _column(slots, count):
    return slots.reshape(slots.shape + (1,) * count)


def _reduce(recorder, ufunc, a, axis=None, *, keepdims=False):
    """Reduce along one axis, several or all, in order."""
    a = recorder.lift(a)
    axes = normalize_axis_tuple(range(a.ndim) if axis is None else axis, a.ndim)
    if a._dtype == TRUTH and ufunc in (np.add, np.multiply):
        a = a.astype(int)
    if ufunc in (np.logical_or, np.logical_and):
        a = recorder.truth(a)
    rest = [i for i in range(a.ndim) if i not in axes]
    slots = a._slots.transpose(*axes, *rest).reshape(-1, *(a.shape[i] for i in rest))
    rows = [recorder.wrap(row, a._dtype) for row in slots]
    made = functools.reduce(functools.partial(recorder.call, ufunc), rows)
    made = recorder.unsigned(made) if ufunc is np.add else made  # NumPy starts at 0.0
    return np.expand_dims(made, axes) if keepdims else made


def _accumulate(recorder, ufunc, a, axis=0):
    """Reduce along an axis and keep what there was on the way."""
    a = recorder.lift(a)
    if a._dtype == TRUTH:
        recorder.refuse(f"np.{ufunc.__name__}.accumulate of truths")
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


def _mean(recorder, a, axis=None, *, keepdims=False):
    total = np.sum(recorder.lift(a), axis=axis, keepdims=keepdims)
    return total / (np.size(a) / np.size(total))


def _var(recorder, a, axis=None, *, ddof=0, keepdims=False):
    off = recorder.lift(a) - np.mean(a, axis=axis, keepdims=True)
    total = np.sum(off * off, axis=axis, keepdims=keepdims)
    return total / (np.size(a) / np.size(total) - ddof)


def _broadcast_arrays(recorder, *values):
    values = [recorder.lift(value) for value in values]
    slots = np.broadcast_arrays(*(value._slots for value in values))
    return tuple(recorder.wrap(s, v._dtype) for s, v in zip(slots, values, strict=True))


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
    if not copy:
        recorder.refuse("np.nan_to_num in place")
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


def _isclose(recorder, a, b, rtol=1e-5, atol=1e-8):
    a, b = recorder.lift(a), recorder.lift(b)
    return (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b) | (a == b)


def _interp(recorder, x, xp, fp):
    x = recorder.lift(x)
    made = recorder.lift(fp[-1])
    for i in reversed(range(len(xp) - 1)):
        slope = (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i])
        made = np.where(x < xp[i + 1], slope * (x - xp[i]) + fp[i], made)
    return np.where(np.isnan(x), x, np.where(x < xp[0], fp[0], made))


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
    np.var: _var,
    np.std: lambda recorder, a, axis=None, **options: np.sqrt(np.var(a, axis, **options)),
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
    np.interp: _interp,
    np.isclose: _isclose,
    np.full_like: _full_like,
    np.zeros_like: lambda recorder, a, dtype=None: np.full_like(a, 0, dtype),
    np.ones_like: lambda recorder, a, dtype=None: np.full_like(a, 1, dtype),
    np.copy: lambda recorder, a: recorder.lift(a).copy(),
    np.real: lambda recorder, a: a,
    np.broadcast_arrays: _broadcast_arrays,
    np.shape: lambda recorder, a: recorder.lift(a).shape,
    np.ndim: lambda recorder, a: recorder.lift(a).ndim,
    np.size: lambda recorder, a, axis=None: (
        recorder.lift(a).size if axis is None else recorder.lift(a).shape[axis]
    ),
}
_FUNCTIONS |= {np.amax: _FUNCTIONS[np.max], np.amin: _FUNCTIONS[np.min]}

# What only moves numbers about: of one array, or of several that it joins.
_MOVING = {
    getattr(np, name)
    for name in _words(
        "broadcast_to diagonal expand_dims flip fliplr flipud moveaxis ravel repeat reshape roll "
        "rollaxis rot90 squeeze swapaxes take tile transpose"
    )
}
_JOINING = {
    getattr(np, name) for name in _words("concatenate stack vstack hstack dstack column_stack")
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
    """Divide and round down, in the steps that NumPy takes."""
    rest = np.fmod(x, y)
    over = (rest != 0) & ((rest < 0) != (y < 0))
    part, whole = np.divide(x, y), np.rint((x - rest) / y - 1.0 * over)
    return np.where(y == 0, part, np.where(whole == 0, 0.0 * part, whole))


def _arcsinh(x):
    size = np.abs(x)
    part = np.fmin(size / (1 + np.hypot(1.0, size)), 1)  # 1, too, where both are infinite
    return np.sign(x) * np.log1p(size + size * part)


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
    np.arcsinh: _arcsinh,
    np.arccosh: lambda x: np.log1p((x - 1) + np.sqrt((x - 1) * (x + 1))),
    np.arctanh: lambda x: (np.log1p(x) - np.log1p(-x)) / 2,
}


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
    >>> from optim_lib.tape import record
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


def run(recorder, build, function):
    """Return the parts of the tape of what `build` does with `function`, or say what is wrong."""
    try:
        with np.errstate(all="ignore"):
            parts = recorder.parts(build(recorder))
    except Exception as error:
        if recorder.refusal:
            raise recorder.refusal from None
        raise not_recordable(error, function) from error
    if recorder.refusal:
        raise recorder.refusal
    return parts


def not_recordable(error, function):
    """Return what to raise for an error in a learner's function."""
    if isinstance(error, NotRecordable):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    frames = [(frame.filename, frame.lineno, frame.name) for frame in reversed(frames)]
    return NotRecordable(f"{type(error).__name__}: {error}", _place(frames, start_of(function)))


def start_of(function):
    """Return the line where a function starts: its file, number and name; "" where unknown."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return (code.co_filename, code.co_firstlineno, code.co_name) if code else None


def place_of(function):
    """Name the line where a function starts."""
    return _place([], start_of(function))


def _place_of_call():
    """Name the line of the learner's code that is at work now."""
    frames, frame = [], sys._getframe(1)
    while frame is not None and frame.f_code is not run.__code__:
        frames.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return _place(frames)


def _place(frames, start=None):
    """Name the innermost line that is a learner's, else the start, else one of this library."""
    home, numpy = Path(__file__).parent, str(Path(np.__file__).parent)
    inner = numpy, __file__, str(home / "tape.py"), "<__array", "<frozen"
    outer = [frame for frame in frames if not frame[0].startswith(inner)]
    theirs = [frame for frame in outer if Path(frame[0]).parent != home]
    for file, number, function in [*theirs[:1], *filter(None, [start]), *outer][:1]:
        text = linecache.getline(file, number).strip()
        return f"line {number} of {function} in {Path(file).name}" + (f": {text}" if text else "")
    return ""
