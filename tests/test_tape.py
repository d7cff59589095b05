"""A tape does what it was recorded from does, or there is no tape."""

import ast
import copy
import copyreg
import itertools
import json
import math
import random
import re
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from optim_lib import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    Optimizer,
    RMSProp,
    Surface,
    descend,
    exercises,
    recording,
    surfaces,
)
from optim_lib.surfaces import CATALOGUE, from_function, quadratic
from optim_lib.tape import (
    NotRecordable,
    Tape,
    look_up,
    record,
    record_init,
    record_rule,
    record_surface,
    state_layout,
)

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
RULES = [
    SGD(lr=0.05),
    Momentum(lr=0.02, momentum=0.8),
    Adagrad(lr=0.5),
    RMSProp(lr=0.05, decay_rate=0.9),
    Adam(lr=0.1, beta1=0.8, beta2=0.99),
    AdamW(lr=0.1, beta1=0.8, beta2=0.99, weight_decay=0.2),
]
SURFACES = [
    *CATALOGUE,
    *(surface.rotated(0.7) for surface in CATALOGUE),
    *(surface.scaled(3) for surface in CATALOGUE),
    quadratic((1, 100), angle=0.7),
]
EXACT = {"add", "subtract", "multiply", "divide", "sqrt", "negative"}


def replayed(surface, optimizer, start, steps):
    """The path of a rule, by its tapes."""
    step, init = record_rule(optimizer), record_init(optimizer)
    values = list(optimizer.hyperparameters.values())
    path, state = [np.array(start, dtype=float)], init.replay(*start, *values)
    for _ in range(steps):
        with np.errstate(all="ignore"):
            g = surface.grad(path[-1].copy())
        x, y, *state = step.replay(*path[-1], *g, *values, *state)
        path.append(np.array([x, y]))
    return np.array(path)


def pair(x, y):
    return np.stack([x, y])


# The five rules and the catalogue


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("surface", [surfaces.ravine, surfaces.beale, surfaces.plateau], ids=repr)
def test_a_replayed_rule_walks_as_descend_does(rule, surface):
    path = replayed(surface, rule, surface.start, 60)
    wanted = descend(surface, rule, steps=60).x
    if {name for name, *_ in record_rule(rule).operations} <= EXACT:
        assert_array_equal(path, wanted)
    else:
        assert_allclose(path, wanted, rtol=1e-12)


def test_all_rules_but_adam_are_exact():
    names = [{name for name, *_ in record_rule(rule).operations} for rule in RULES]
    assert [used <= EXACT for used in names] == [True] * 4 + [False] * 2
    assert names[4] - EXACT == {"power"}


@pytest.mark.parametrize("surface", SURFACES, ids=repr)
def test_a_replayed_surface_is_the_surface(surface):
    tape = record_surface(surface)
    points = 1.7 * surface.grid(23)
    f, along_x, along_y = tape.replay(*points)
    if {name for name, *_ in tape.operations} <= EXACT:
        assert_array_equal(f, surface.f(points))
        assert_array_equal([along_x, along_y], surface.grad(points))
    assert_allclose(f, surface.f(points), rtol=1e-12)
    assert_allclose([along_x, along_y], surface.grad(points), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("surface", SURFACES, ids=repr)
def test_the_gradient_of_a_tape_is_that_of_the_surface(surface):
    tape = record(lambda x, y: surface.f((x, y)), 2).gradient()
    points = np.random.default_rng(1).uniform(*np.transpose(surface.bounds), (500, 2)).T
    f, *slopes = tape.replay(*points)
    wanted = surface.grad(points)
    assert_array_equal(f, record_surface(surface).replay(*points)[0])
    assert_allclose(slopes, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())


def test_a_tape_broadcasts_like_descend():
    rates = np.array([0.01, 0.1, 0.5])
    run = descend(surfaces.ravine, Adam(lr=rates), (-7, 2), steps=1)
    step, init = record_rule(Adam()), record_init(Adam())
    values = [rates, 0.9, 0.999, 1e-8]
    moved = step.replay(-7, 2, -0.7, 4, *values, *init.replay(-7, 2, *values))
    assert_allclose(moved[:2], run.x[1], rtol=1e-15)
    assert [part.shape for part in moved] == [(3,)] * 7


def test_sizes():
    """What the browser loads: not more operations than it takes."""
    assert [len(record_rule(rule).operations) for rule in RULES] == [4, 8, 14, 19, 35, 40]
    assert [record_rule(rule).inputs for rule in RULES] == [5, 8, 8, 9, 13, 14]
    assert len(record_surface(surfaces.ravine).operations) == 8
    assert len(record_surface(surfaces.beale).operations) == 36
    assert len(record_surface(surfaces.terrain).operations) < 240


def test_states_of_the_rules():
    layouts = [state_layout(rule) for rule in RULES]
    adam = (("t", 1), ("m", 2), ("v", 2))
    assert layouts == [(), (("v", 2),), (("h", 2),), (("h", 2),), adam, adam]
    starts = [len(record_init(rule).outputs) for rule in RULES]
    assert starts == [0, 2, 2, 2, 5, 5]


# What a tape is


def test_json_keeps_a_tape_whole():
    for tape in (record_rule(Adam()), record_surface(surfaces.terrain), record_init(Momentum())):
        text = json.dumps(tape.to_json(), allow_nan=False)
        assert Tape.from_json(json.loads(text)) == tape


def test_json_as_the_browser_reads_it():
    tape = record(lambda x, y: np.where(x > 0, np.inf, -np.inf) * y + 2, 2).to_json()
    assert tape == {
        "inputs": 2,
        "constants": [0.0, "Infinity", "-Infinity", 2.0],
        "operations": [
            ["greater", 0, 2],
            ["where", 6, 3, 4],
            ["multiply", 1, 7],
            ["add", 8, 5],
        ],
        "outputs": [9],
    }
    assert record(lambda x: x + math.nan, 1).to_json()["constants"] == ["NaN"]


def test_a_table_travels_once():
    def f(x):
        i = np.clip(np.nan_to_num(np.floor(x)), 0, 1).astype(int)
        return look_up([5.0, 7.0, 9.0], i) + look_up([5.0, 7.0, 9.0], i + 1)

    tape = record(f, 1)
    assert tape.to_json()["tables"] == [[5.0, 7.0, 9.0]]
    assert_array_equal(tape.replay([-3.0, 0.5, 1.5])[0], [12, 12, 16])
    assert [o[1] for o in tape.operations if o[0] == "lookup"] == [0, 0]


def test_what_is_done_twice_is_recorded_once_and_what_is_not_used_is_dropped():
    def f(x, y):
        np.exp(x) * 17
        return (x * y + 1) * (y * x + 1)

    assert record(f, 2).operations == (("multiply", 0, 1), ("add", 3, 2), ("multiply", 4, 4))


@pytest.mark.parametrize(
    ("power", "operations"),
    [
        (2, (("multiply", 0, 0),)),
        (2.0, (("multiply", 0, 0),)),
        (1, ()),
        (0.5, (("sqrt", 0),)),
        (-1, (("divide", 1, 0),)),
        (3, (("power", 0, 1),)),
        (0, (("power", 0, 1),)),
    ],
)
def test_powers_are_those_of_numpy(power, operations):
    assert record(lambda x: x**power, 1).operations == operations
    assert record(lambda x: np.power(x, power), 1).operations == operations


def test_replay_counts_its_inputs():
    with pytest.raises(TypeError, match="takes 2 inputs, got 1"):
        record(lambda x, y: x + y, 2).replay(1.0)


def test_outputs_are_writable_floats_of_the_common_shape():
    tape = record(lambda x, y: (x > y, 3.0, y), 2)
    for out in tape.replay(1, np.zeros((4, 1))):
        assert (out.shape, out.dtype) == ((4, 1), float)
        out[...] = 5


def test_a_tape_can_be_recorded():
    inner = record(lambda x, y: np.where(x > y, x * y, np.sqrt(x * x + y)), 2)
    outer = record(lambda x, y: inner.replay(x, 2 * y)[0] + 1, 2)
    assert_array_equal(outer.replay(3.0, 1.0)[0], 7.0)
    assert_array_equal(outer.replay(1.0, 4.0)[0], 4.0)
    again = record(lambda x, y: inner.replay(x, y)[0], 2)
    assert again == inner


# NumPy


def in_place(x, y):
    p = pair(x, y)
    p -= 1
    p *= p
    p[0] /= 2
    return p[0] + p[1]


def in_a_view(x, y):
    p = pair(x, y)
    q = p[::-1]
    q[0] = 7 * x
    q += 1
    return p[0] * p[1]


def where_it_is_large(x, y):
    p = pair(x, y)
    p[p > 1] = 1
    p[p < -1] = -2
    return p[0] + p[1]


def into_out(x, y):
    p, q = pair(x, y), pair(y, x)
    return np.divide(p, q, out=np.zeros_like(p), where=q != 0)[0]


def of_objects(x, y):
    p = np.array([x, y])
    p -= pair(y, x)
    return np.sqrt(p * p)[0] + np.arctan2(p, p[::-1])[1] + abs(p)[0] + np.floor(p)[1]


EXPRESSIONS = {
    "sum": lambda x, y: np.sum(pair(x, y) ** 2, axis=0),
    "sum method": lambda x, y: pair(x, y).sum(axis=0),
    "sum of a list": lambda x, y: np.sum([x, y], axis=0) + sum([x, y]),
    "mean": lambda x, y: np.mean(pair(x, y), axis=0) + pair(x, y).mean(0),
    "extremes": lambda x, y: (
        np.max(pair(x, y), axis=0) * np.min(pair(x, y), 0) + np.ptp(pair(x, y), 0)
    ),
    "prod": lambda x, y: np.prod(pair(x, y), axis=0) + pair(x, y).prod(axis=0),
    "var": lambda x, y: np.var(pair(x, y), axis=0) + np.std(pair(x, y), axis=0, ddof=1),
    "cumsum": lambda x, y: np.cumsum(pair(x, y), axis=0)[1] + np.diff(pair(x, y), axis=0)[0],
    "norm": lambda x, y: np.linalg.norm(pair(x, y), axis=0),
    "norms": lambda x, y: np.linalg.norm([x, y], axis=0) + np.linalg.norm(pair(x, y), 1, axis=0),
    "largest": lambda x, y: np.linalg.norm(pair(x, y), np.inf, axis=0),
    "unit": lambda x, y: (pair(x, y) / np.linalg.norm(pair(x, y), axis=0, keepdims=True))[0],
    "matrix": lambda x, y: (np.array([[1.0, 2.0], [3.0, 4.0]]) @ pair(x, y))[1],
    "rows": lambda x, y: (pair(x, y).T @ np.array([[1.0, 2.0], [3.0, 4.0]])).T[1],
    "outer": lambda x, y: np.multiply.outer(x, np.arange(3.0)).sum(axis=-1) + y,
    "truths add": lambda x, y: ((x > 0) + (y > 0)) * x,
    "truths count": lambda x, y: np.sum(pair(x, y) > 0, axis=0) * x,
    "truths join": lambda x, y: np.where((x > 0) & (y < 1) | ~(x < -1) ^ (y > 2), x, y),
    "any and all": lambda x, y: np.where(
        np.any(pair(x, y) > 1, axis=0), x, (pair(x, y) > 0).all(0)
    ),
    "truth of numbers": lambda x, y: np.where(np.logical_and(x, y), x, np.logical_not(y)),
    "clip": lambda x, y: np.clip(x, -1, y) + y.clip(0, None),
    "maximum": lambda x, y: np.maximum(x, y) - np.fmin(x, 0.5) * np.fmax(y, 1),
    "whole": lambda x, y: np.floor(x) + np.ceil(y) - np.trunc(x) * np.rint(y) + np.round(x, 1),
    "divide": lambda x, y: x // y + x % y + np.fmod(x, y) - sum(divmod(y, 0.3)),
    "powers": lambda x, y: abs(x) ** y + 2**x + x**3 + x**-2 + np.float_power(2.0, y),
    "exponentials": lambda x, y: (
        np.exp(-x * x) + np.log1p(abs(y)) + np.expm1(x / 9) + np.exp2(y / 9)
    ),
    "logarithms": lambda x, y: (
        np.log(abs(x)) + np.log2(abs(y)) * np.log10(abs(x)) + np.logaddexp(x, y)
    ),
    "angles": lambda x, y: np.sin(x) * np.cos(y) + np.tan(x) + np.arctan2(y, x) + np.arctan(x),
    "inverses": lambda x, y: np.arcsin(np.tanh(x)) + np.arccos(np.tanh(y)),
    "hyperbolic": lambda x, y: (
        np.sinh(x / 9) + np.cosh(y / 9) + np.arcsinh(x) + np.arctanh(np.sin(y))
    ),
    "degrees": lambda x, y: np.radians(x) + np.degrees(y) + np.arccosh(1 + x * x),
    "signs": lambda x, y: np.sign(x) * np.copysign(y, x) + np.heaviside(x, 0.5) + np.signbit(y),
    "roots": lambda x, y: np.sqrt(abs(x)) + np.cbrt(y) + np.reciprocal(1 + x * x) + np.hypot(x, y),
    "not numbers": lambda x, y: np.nan_to_num(np.log(x)) + np.where(np.isfinite(y / x), x, 1),
    "is": lambda x, y: np.isnan(np.log(x)) + 2.0 * np.isinf(1 / x) + np.isclose(x, y),
    "compare": lambda x, y: 1.0 * (x == y) + 2 * (x != y) + 4 * (x <= y) + 8 * (x >= y) + (x < 1),
    "select": lambda x, y: np.select([x > 1, x > 0], [y, 2 * y], -1.0),
    "interp": lambda x, y: np.interp(x, [0, 1, 2.5], [5, 6, 9]) + y,
    "polyval": lambda x, y: np.polyval([1, -2, 3], x) * np.sinc(y),
    "like": lambda x, y: x * np.ones_like(x) + np.full_like(y, 0.3) + np.zeros_like(x),
    "move": lambda x, y: np.flip(pair(x, y), axis=0)[0] + 2 * np.roll(pair(x, y), 1, axis=0)[0],
    "join": lambda x, y: (
        np.concatenate([pair(x, y), pair(2 * y, x)], axis=0)[2] + np.vstack([[x], [y]])[0]
    ),
    "spread": lambda x, y: (
        np.broadcast_to(x, (3, *np.shape(x)))[1] * np.broadcast_arrays(x, 2.0)[1]
    ),
    "take": lambda x, y: np.take(pair(x, y), [1, 0], axis=0)[0] - pair(x, y)[[1, 0]][1],
    "reduce": lambda x, y: np.add.reduce([x, y]) + np.maximum.reduce(pair(x, y)),
    "of whole numbers": lambda x, y: np.clip(np.nan_to_num(x), -9, 9).astype(int) // 2 * y,
    "rounded toward zero": lambda x, y: (
        np.full_like(np.clip(np.nan_to_num(x), 0, 3).astype(int), 0.7) + y
    ),
    "copy": lambda x, y: copy.deepcopy(pair(x, y))[0] + copy.copy(y) + x.copy(),
    "in place": in_place,
    "in a view": in_a_view,
    "into out": into_out,
    "of objects": of_objects,
    "constant": lambda x, y: 7.0 + 0 * x,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_numpy_does_is_recorded(name):
    f = EXPRESSIONS[name]
    tape = record(f, 2)
    rng = np.random.default_rng(5)
    points = np.hstack([rng.normal(0, 2, (2, 300)), rng.integers(-3, 4, (2, 100))]).astype(float)
    found = tape.replay(*points)[0]
    assert_allclose(found, f(*points), rtol=1e-11, atol=1e-300)
    for i in range(0, 400, 7):
        assert_allclose(found[i], f(*points[:, i]), rtol=1e-9)


ONE_POINT = {
    "sum": lambda x, y: np.sum(pair(x, y) ** 2),
    "norm": lambda x, y: np.linalg.norm(pair(x, y)) + np.linalg.norm([x, y]),
    "dot": lambda x, y: np.dot(pair(x, y), [2.0, 3.0]) + pair(x, y) @ pair(y, x),
    "vdot": lambda x, y: np.vdot(pair(x, y), pair(x, y)) + np.inner(pair(x, y), [1.0, 2.0]),
    "outer": lambda x, y: np.sum(np.outer(pair(x, y), pair(x, y))),
    "matrix": lambda x, y: pair(x, y) @ np.array([[2.0, 1.0], [1.0, 3.0]]) @ pair(x, y),
    "extremes": lambda x, y: pair(x, y).max() - pair(x, y).min() + abs(pair(x, y)).mean(),
    "all": lambda x, y: np.where((pair(x, y) > 0).all(), x, np.any(pair(x, y) > 1)),
    "where it is large": where_it_is_large,
    "each": lambda x, y: sum(c * c for c in pair(x, y)) + len(pair(x, y)) + pair(x, y).shape[0],
    "unpacked": lambda x, y: np.hypot(*pair(x, y)),
}


@pytest.mark.parametrize("name", ONE_POINT)
def test_what_takes_one_point_is_recorded(name):
    f = ONE_POINT[name]
    tape = record(f, 2)
    for p in np.random.default_rng(6).normal(0, 2, (100, 2)):
        assert_allclose(tape.replay(*p)[0], f(*p), rtol=1e-13)


def test_norms_are_rounded_as_numpy_rounds_them():
    points = (
        np.random.default_rng(7).normal(0, 1, (2000, 2))
        * 10.0 ** np.arange(-100, 100).repeat(10)[:, None]
    )
    for f in (lambda x, y: np.linalg.norm(pair(x, y)), lambda x, y: np.linalg.norm([x, y], axis=0)):
        found = record(f, 2).replay(*points.T)[0]
        assert_array_equal(found, [f(*p) for p in points])


SIGNS = {
    "sum": lambda x, y: np.sum(pair(x, y), axis=0),
    "dot": lambda x, y: (np.array([[1.0, 2.0], [3.0, 4.0]]) @ pair(x, y))[0],
    "squares": lambda x, y: np.sum(pair(x, y) ** 2, axis=0),
    "divide": lambda x, y: x // y,
    "mod": lambda x, y: x % y,
    "whole": lambda x, y: (x / 8).astype(int) + 0 * y,
    "product of whole": lambda x, y: (x.astype(int) * y.astype(int)) / 1.0,
    "minus whole": lambda x, y: (-x.astype(int)) * 1.0 + 0 * y,
    "mod of whole": lambda x, y: (x.astype(int) % -3) * 1.0 + 0 * y,
    "round": lambda x, y: np.round(x / 100, 1) * abs(y),
    "floor": lambda x, y: np.ceil(x / 100) * abs(y),
}


@pytest.mark.parametrize("name", SIGNS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_zeros_have_the_sign_that_numpy_gives_them(name):
    f, values = SIGNS[name], [-3.0, -0.5, -0.0, 0.0, 0.5, 3.0]
    x, y = np.array(list(itertools.product(values, values))).T
    tape = record(f, 2, np.array([x, y])[:, x * y != 0])
    found, wanted = tape.replay(x, y)[0], f(x, y)
    assert_array_equal(found, wanted)
    known = ~np.isnan(wanted)
    assert_array_equal(np.signbit(found[known]), np.signbit(wanted[known]))


# Derivatives


SLOPES = {
    "abs": (abs, [-2, 0, 3], [-1, 0, 1]),
    "maximum": (lambda x: np.maximum(x, 0), [-2, 0, 3], [0, 0.5, 1]),
    "minimum": (lambda x: np.minimum(3 * x, x), [-2, 0, 3], [3, 2, 1]),
    "of itself": (lambda x: np.maximum(x, x), [-2, 0, 3], [1, 1, 1]),
    "clip": (lambda x: np.clip(x, -1, 1), [-2, -1, 0, 1, 2], [0, 0.5, 1, 0.5, 0]),
    "sqrt": (np.sqrt, [0, 4], [0, 0.25]),
    "norm": (lambda x: np.sqrt(x * x), [-2, 0, 4], [-1, 0, 1]),
    "hypot": (lambda x: np.hypot(x, 0.0), [-2, 0, 4], [-1, 0, 1]),
    "cbrt": (np.cbrt, [-8, 0, 8], [1 / 12, 0, 1 / 12]),
    "root of abs": (lambda x: abs(x) ** 0.75, [-1, 0, 1], [-0.75, 0, 0.75]),
    "where": (lambda x: np.where(x > 0, x**3, -x), [-2, 0, 2], [-1, -1, 12]),
    "where root": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), [-4, 0, 4], [0, 0, 0.25]),
    "where log": (lambda x: np.where(x > 0, x * np.log(x), 0.0), [-4, 0, 1], [0, 0, 1]),
    "where divide": (lambda x: np.where(x == 0, 1.0, np.sin(x) / x), [0], [0]),
    "where inner": (lambda x: np.where(x < 1, 1.0, np.exp(np.arccosh(x)) ** 2), [0.5], [0]),
    "relu of log": (lambda x: np.fmax(np.log(x), -1.0), [-1, np.e], [0, 1 / np.e]),
    "floor": (lambda x: np.floor(x) + np.sign(x) + np.rint(x), [0.3, 2], [0, 0]),
    "mod": (lambda x: x % 3 + np.fmod(x, 2), [0.5, 7.5, -1.5], [2, 2, 2]),
    "mod by x": (lambda x: 7.0 % x, [2.0, 3.0], [-3, -2]),
    "power": (lambda x: x**3 + x**-2, [1, -2], [1, 12.25]),
    "exponent": (lambda x: 2.0**x, [0, 3], [np.log(2), 8 * np.log(2)]),
    "self power": (lambda x: x**x, [1, 2], [1, 4 * (np.log(2) + 1)]),
    "constant": (lambda x: 5.0, [1], [0]),
    "identity": (lambda x: x, [1], [1]),
}


@pytest.mark.parametrize("name", SLOPES)
def test_derivatives_at_kinks_and_elsewhere(name):
    f, at, wanted = SLOPES[name]
    with np.errstate(all="ignore"):
        tape = record(f, 1, [[0.25, 1.5, 3.0]])
    assert_allclose(tape.gradient().replay(at)[1], wanted, rtol=1e-14)


SMOOTH = [
    np.exp, np.expm1, np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh,
    np.tanh, np.sqrt, np.cbrt, np.log, np.log1p, np.log2, np.log10, np.negative, np.square,
    np.reciprocal, np.arcsinh, np.arctanh, np.exp2, np.sinc,
]  # fmt: skip


@pytest.mark.parametrize("f", SMOOTH, ids=lambda f: f.__name__)
def test_derivatives_of_one_number(f):
    x, h = np.linspace(0.1, 0.9, 33), 1e-3
    # The five-point formula, whose error is of the order h^4.
    wanted = (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)
    assert_allclose(record(f, 1, [x]).gradient().replay(x)[1], wanted, rtol=2e-7)


@pytest.mark.parametrize(
    "f", [np.divide, np.arctan2, np.hypot, np.power, np.logaddexp, np.multiply]
)
def test_derivatives_of_two_numbers(f):
    x, y = np.random.default_rng(8).uniform(0.5, 2, (2, 50))
    h = 1e-3
    slopes = record(f, 2, [x, y]).gradient().replay(x, y)[1:]
    for slope, a, b in ((slopes[0], h, 0), (slopes[1], 0, h)):
        one, two = (
            f(x + a, y + b) - f(x - a, y - b),
            f(x + 2 * a, y + 2 * b) - f(x - 2 * a, y - 2 * b),
        )
        assert_allclose(slope, (8 * one - two) / (12 * h), rtol=1e-6)


def test_a_gradient_on_narrow_bounds_far_out():
    """Central differences have no digit left there."""
    x, y = np.random.default_rng(9).uniform(1e6, 1e6 + 1e-6, (2, 100))

    def f(x, y):
        return (1e6 * (x - 1e6)) ** 2 + np.sin(1e6 * (y - 1e6))

    _, along_x, along_y = record(f, 2, [x, y]).gradient().replay(x, y)
    assert_allclose(along_x, 2e12 * (x - 1e6), rtol=1e-14)
    assert_allclose(along_y, 1e6 * np.cos(1e6 * (y - 1e6)), rtol=1e-14)


def test_a_second_derivative():
    slope = record(lambda x: x**4, 1).gradient()
    curvature = Tape(1, slope.constants, slope.operations, slope.outputs[1:]).gradient()
    assert_array_equal(curvature.replay(2.0), [32.0, 48.0])


# The lessons


def lessons():
    """Yield every rule and every surface of one's own of the lessons, solutions included."""
    for path in sorted(NOTEBOOKS.rglob("*.ipynb")):
        body, space = [], {}
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                text = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
            body += ast.parse(re.sub(r"^%.*", "", text, flags=re.MULTILINE)).body  # no %timeit
        for number, node in enumerate(needed(body)):
            exec(compile(ast.Module([node], []), path.name, "exec"), space)
            for name in bound(node) if is_wanted(node) else ():
                thing = space[name]
                if isinstance(thing, Surface) or (
                    isinstance(thing, type) and issubclass(thing, Optimizer)
                ):
                    yield pytest.param(thing, id=f"{path.stem}-{number}-{name}")


def is_wanted(node):
    return isinstance(node, ast.ClassDef) or (
        isinstance(node, ast.Assign) and "from_function" in ast.unparse(node)
    )


def bound(node):
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}


def needed(body):
    """The statements that the classes and the surfaces need, no others."""
    names, kept = set(), []
    for node in reversed(body):
        if is_wanted(node) or bound(node) & names:
            kept.append(node)
            names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return kept[::-1]


LESSONS = list(lessons())
OWN_RULES = [p for p in LESSONS if isinstance(p.values[0], type)]
OWN_SURFACES = [p for p in LESSONS if isinstance(p.values[0], Surface)]
# They ask whether there was a velocity, how late it is, and which part to round.
REFUSED = {"IndentedLoop", "Tired", "Half"}


def test_the_lessons_were_read():
    assert len(OWN_RULES) > 50
    assert len(OWN_SURFACES) >= 2
    assert {p.values[0].__name__ for p in OWN_RULES} > REFUSED


@pytest.mark.parametrize("rule", OWN_RULES)
@pytest.mark.parametrize("surface", [surfaces.ravine, surfaces.himmelblau], ids=repr)
def test_every_rule_of_the_lessons_is_recorded(rule, surface):
    if rule.__name__ in REFUSED:
        with pytest.raises(NotRecordable):
            record_rule(rule())
        return
    path = replayed(surface, rule(), surface.start, 40)
    assert_allclose(path, descend(surface, rule(), steps=40).x, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("surface", OWN_SURFACES)
def test_every_surface_of_the_lessons_is_recorded(surface):
    points = surface.grid(9)
    f, *slopes = record_surface(surface).replay(*points)
    assert_allclose(f, surface.f(points), rtol=1e-12)
    assert_allclose(slopes, surface.grad(points), rtol=1e-9, atol=1e-12)


def test_the_mystery_is_recorded():
    rule = exercises.Mystery(lr=0.1, momentum=0.5)
    path = replayed(surfaces.ravine, rule, (-7, 2), 30)
    assert_array_equal(path, descend(surfaces.ravine, rule, steps=30).x)


# What is refused


def swallowed(x):
    try:
        return float(x)
    except TypeError:
        return x


def into_zeros(x):
    made = np.zeros(2)
    made[0] = x
    return made[0]


def into_whole_numbers(x):
    made = np.zeros_like(pair(x, x), dtype=int)
    made[0] = x
    return made[0]


REFUSALS = {
    "if": (lambda x: x if x > 0 else -x, "depends on whether it is true"),
    "and": (lambda x: x and 1.0, "depends on whether it is true"),
    "not": (lambda x: 1.0 * (not x), "depends on whether it is true"),
    "chain": (lambda x: np.where(0 < x < 1, x, 0), "depends on whether it is true"),
    "max": (lambda x: max(x, 0), "depends on whether it is true"),
    "in": (lambda x: 1.0 * (x in [1.0, 2.0]), "depends on whether it is true"),
    "loop": (lambda x: sum(x for _ in range(x)), "index or a count"),
    "list": (lambda x: [1, 2][x], "index or a count"),
    "table": (lambda x: np.arange(3)[x], "index or a count"),
    "look-up outside": (lambda x: look_up([1, 2], x.astype(int)), "may leave the table"),
    "look-up of no whole number": (lambda x: look_up([1, 2], np.clip(x, 0, 1)), "no whole number"),
    "float": (lambda x: float(x), "plain number"),
    "math": (lambda x: math.sin(x), "plain number"),
    "asarray": (lambda x: np.asarray(x, dtype=float) + 1, "plain number"),
    "zeros": (into_zeros, "plain number"),
    "into whole numbers": (into_whole_numbers, "array of whole numbers"),
    "caught": (swallowed, "plain number"),
    "int": (lambda x: int(x), "whole number"),
    "round": (lambda x: round(x), "round"),
    "format": (lambda x: f"{x:.3f}" and x, "digits"),
    "str": (lambda x: str(x) and x, "digits"),
    "key": (lambda x: {x: 1}[x], "key"),
    "iterate": (lambda x: sum(x), "not iterable"),
    "len": (lambda x: len(x) * x, "no len"),
    "dtype": (lambda x: x.dtype.type(x), ".dtype is not known"),
    "hasattr": (lambda x: x if hasattr(x, "dtype") else -x, ".dtype is not known"),
    "view": (lambda x: x.view(np.int64), ".view is not known"),
    "item": (lambda x: x.item(), ".item is not known"),
    "float32": (lambda x: x.astype(np.float32), "rounded to float32"),
    "half": (lambda x: np.exp(x > 0), "float16"),
    "sort": (lambda x: np.sort(np.stack([x, -x]))[0], "np.sort is not known"),
    "complex": (lambda x: (x * 1j).real, "not a number"),
    "text": (lambda x: x == "a", "not a number"),
    "mask": (lambda x: np.stack([x, -x])[np.stack([x, -x]) > 0].sum(), "depends on a value"),
    "out of a move": (lambda x: np.take(pair(x, x), [1], out=np.zeros(1))[0], "np.take"),
    "kind of a join": (lambda x: np.concatenate([pair(x, x)], dtype=int)[0], "np.concatenate"),
    "in place": (lambda x: np.nan_to_num(x, copy=False), "in place"),
    "some of a sum": (lambda x: np.add.reduce(pair(x, x), where=[True, False]), "where="),
    "gaps": (lambda x: np.sqrt(x, where=x > 0), "leaves gaps"),
    "minus of truths": (lambda x: (x > 0) - (x < 0), "boolean subtract"),
    "kind": (lambda x: x if isinstance(x, float) else -x, "replayed"),
    "too long": (lambda x: sum(np.sin(i * x) for i in range(30_000)), "more than 20000"),
    "own mistake": (lambda x: x + undefined, "NameError"),  # noqa: F821
    "numpy.random": (lambda x: x + np.random.rand(), "outside"),  # noqa: NPY002
    "random": (lambda x: x + random.random(), "outside"),
    "fresh generator": (lambda x: x + np.random.default_rng().random(), "something else"),
    "time": (lambda x: x + time.perf_counter(), "something else"),
    "coin": (lambda x: x if random.random() < 2 else -x, "outside"),
    "fresh coin": (lambda x: x if np.random.default_rng().random() < 0.5 else -x, "."),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_recorded_is_refused(name):
    f, reason = REFUSALS[name]
    with pytest.raises(NotRecordable) as caught:
        record(f, 1)
    assert re.search(reason, caught.value.reason)  # the message holds the line, and so this text
    assert isinstance(caught.value, TypeError)
    assert " in test_tape.py" in caught.value.place


class Clipped(SGD):
    def step(self, x, g, state):
        length = np.linalg.norm(g)
        if length > 1:
            g = g / length
        return x - self.lr * g, state


def test_a_refusal_names_the_line():
    with pytest.raises(NotRecordable) as caught:
        record_rule(Clipped())
    assert caught.value.place.endswith("of step in test_tape.py: if length > 1:")
    assert str(caught.value) == f"{caught.value.reason} ({caught.value.place})"
    assert "np.where" in caught.value.reason


class Count(NamedTuple):
    t: int


class Flag(NamedTuple):
    first: bool
    v: np.ndarray


class Point(NamedTuple):
    p: np.ndarray


calls, times, rates = [0], 0, itertools.count()
generator = np.random.default_rng(0)


def helper():
    helper.calls += 1
    return 1.0 if helper.calls < 10**6 else 0.5


helper.calls = 0


def halving():
    n = 0
    while True:
        n += 1
        yield 1.0 if n < 10**6 else 0.5


halves = halving()


def with_closure():
    count = 0

    def step(self, x, g, state):
        nonlocal count
        count += 1
        return x - self.lr * (1 if count < 10**6 else 2) * g, state

    return step


class InAList(SGD):
    def step(self, x, g, state):
        calls[0] += 1
        return x - self.lr * (1 if calls[0] < 10**6 else 2) * g, state


class InAGlobal(SGD):
    def step(self, x, g, state):
        global times
        times += 1
        return x - self.lr * 0.5 ** (times // 10**6) * g, state


class OnItself(SGD):
    _t = 0

    def step(self, x, g, state):
        self._t += 1
        return x - self.lr * 0.5 ** (self._t // 10**6) * g, state


class InItsDict(SGD):
    def step(self, x, g, state):
        vars(self)["_t"] = vars(self).get("_t", 0) + 1
        return x - self.lr * 0.5 ** (vars(self)["_t"] // 10**6) * g, state


class OnItsClass(SGD):
    n = 0

    def step(self, x, g, state):
        type(self).n += 1
        return x - self.lr * 0.5 ** (self.n // 10**6) * g, state


class InADefault(SGD):
    def step(self, x, g, state, memory=[0]):  # noqa: B006
        memory[0] += 1
        return x - self.lr * 0.5 ** (memory[0] // 10**6) * g, state


class InAFunction(SGD):
    def step(self, x, g, state):
        return x - self.lr * helper() * g, state


class InAClosure(SGD):
    step = with_closure()


class Iterating(SGD):
    def step(self, x, g, state):
        return x - self.lr * (1 if next(rates) < 10**6 else 2) * g, state


class Generating(SGD):
    def step(self, x, g, state):
        return x - self.lr * next(halves) * g, state


class Random(SGD):
    def step(self, x, g, state):
        return x - self.lr * (g if generator.random() < 2 else -g), state


class InInit(SGD):
    def init(self, x):
        self._seen = []
        return ()

    def step(self, x, g, state):
        self._seen.append(g)
        return x - self.lr * sum(self._seen), state


class Keeping(SGD):
    def step(self, x, g, state):
        calls.append(g) if len(calls) < 2 else None
        return x - self.lr * calls[1], state


class Itself(SGD):
    """Writes to what it gets, of which its state would be a part if it were not given copies."""

    def init(self, x):
        return Point(x)

    def step(self, x, g, state):
        x -= self.lr * (g + 0.1 * state.p)
        return x, state


@pytest.mark.parametrize(
    "rule",
    [InAList, InAGlobal, OnItself, InItsDict, OnItsClass, InADefault, InAFunction, InAClosure,
     Iterating, Generating, Random, InInit, Keeping],
)  # fmt: skip
def test_what_is_kept_outside_the_state_is_refused(rule):
    with pytest.raises(NotRecordable) as caught:
        record_rule(rule())
    assert " in test_tape.py" in caught.value.place
    del calls[1:]


class ByHyperparameter(SGD):
    def step(self, x, g, state):
        return (x - self.lr * g if self.lr > 0.5 else x), state


class ByState(SGD):
    def init(self, x):
        return Count(0)

    def step(self, x, g, state):
        return x - self.lr * g * (2 if state.t == 0 else 1), Count(state.t + 1)


class OfNone(SGD):
    def init(self, x):
        return Point(None)

    def step(self, x, g, state):
        return x - self.lr * g, state


class OfThree(OfNone):
    def init(self, x):
        return Point(np.zeros(3))


class OfATuple(OfNone):
    def init(self, x):
        return (np.zeros(2),)


class OfADict(OfNone):
    def init(self, x):
        return {"p": np.zeros(2)}


class Growing(SGD):
    def init(self, x):
        return Point(0.0)

    def step(self, x, g, state):
        return x - self.lr * g, Point(state.p + g)


class Changing(Growing):
    def step(self, x, g, state):
        return x - self.lr * g, Count(0)


class OneNumber(SGD):
    def step(self, x, g, state):
        return x[0] - self.lr * g[0], state


class TwoPoints(SGD):
    def step(self, x, g, state):
        return np.stack([x, x - self.lr * g]), state


class OfAnOption(Momentum):
    nesterov: bool = False

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        return x + (self.momentum * v - self.lr * g if self.nesterov else v), state._replace(v=v)


class OfAText(SGD):
    kind: str = "plain"

    def step(self, x, g, state):
        return x - self.lr * g, state


class AtOnce(SGD):
    """Python's own numbers do not divide by 0."""

    def init(self, x):
        return Count(0)

    def step(self, x, g, state):
        return x - self.lr / state.t * g, Count(state.t + 1)


class Abstract(Optimizer):
    lr: float = 0.1


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (ByHyperparameter, "depends on whether it is true"),
        (ByState, "depends on whether it is true"),
        (OfNone, "p of the state is neither a number nor a pair: None"),
        (OfThree, "p of the state is neither a number nor a pair"),
        (OfATuple, "a state must be a NamedTuple, got tuple"),
        (OfADict, "a state must be a NamedTuple, got dict"),
        (Growing, r"p of the state gets the shape \(2,\)"),
        (Changing, "the state becomes a Count, and was a Point"),
        (OneNumber, r"first value of shape \(\)"),
        (TwoPoints, r"a point of shape \(2, 2\)"),
        (OfAnOption, "depends on whether it is true"),
        (OfAText, "the hyperparameter kind is not a number: 'plain'"),
        (AtOnce, "ZeroDivisionError"),
        (Abstract, "needs a method step"),
    ],
)
def test_rules_that_are_refused(rule, reason):
    with pytest.raises(NotRecordable, match=reason):
        record_rule(rule())


class Flagged(Momentum):
    def init(self, x):
        return Flag(True, np.zeros_like(x))

    def step(self, x, g, state):
        v = np.where(state.first, g, self.momentum * state.v + g)
        return x - self.lr * v, Flag(False, v)


class InPlace(Momentum):
    def step(self, x, g, state):
        g *= self.lr
        state.v[...] = self.momentum * state.v - g
        x += state.v
        return x, state


class Remembering(SGD):
    def init(self, x):
        return Point(x.copy())

    def step(self, x, g, state):
        new = x - self.lr * (g + 0.1 * (x - state.p))
        return new, Point(x)


class Halved(SGD):
    """Counts in halves, though it starts with a whole number."""

    def init(self, x):
        return Count(0)

    def step(self, x, g, state):
        return x - self.lr * g / (1 + state.t), Count(state.t + 0.5)


class Scheduled(SGD):
    def init(self, x):
        return Count(0)

    def step(self, x, g, state):
        rate = look_up([1.0, 0.5, 0.25], np.clip(state.t, 0, 2))
        return x - self.lr * rate * np.interp(state.t, [0, 10], [1, 0]) * g, Count(state.t + 1)


class WithOptions(Momentum):
    nesterov: bool = True
    every: int = 3

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g * self.every
        return x + np.where(self.nesterov, self.momentum * v, v), state._replace(v=v)


class EachAlone(SGD):
    def step(self, x, g, state):
        new = x.copy()
        for i in range(len(x)):
            new[i] -= (i + 1) * self.lr * g[i]
        return new, state


class ShortSteps(SGD):
    limit: float = 0.2

    def step(self, x, g, state):
        return x - self.lr * g * np.minimum(1, self.limit / np.linalg.norm(g)), state


@pytest.mark.parametrize(
    "rule",
    [
        Flagged,
        InPlace,
        Itself,
        Remembering,
        Halved,
        Scheduled,
        WithOptions,
        EachAlone,
        ShortSteps,
    ],
)
def test_rules_of_other_shapes(rule):
    path = replayed(surfaces.beale, rule(), surfaces.beale.start, 40)
    assert_allclose(path, descend(surfaces.beale, rule(), steps=40).x, rtol=1e-12)


def test_a_cache_that_is_filled_once_is_no_state():
    known = {}

    def f(x):
        if "powers" not in known:
            known["powers"] = np.arange(3.0)
        return np.sum(x ** known["powers"])

    assert record(f, 1).replay(2.0)[0] == 7


def test_caches_of_installed_code_are_no_state():
    """A copy leads to the table of how to copy, which other code adds to."""

    def f(x):
        copyreg.pickle(type("New", (), {}), str)
        return copy.deepcopy(x) * 2

    assert record(f, 1).replay(2.0)[0] == 4


def test_a_surface_may_be_made_of_a_tape_with_a_table():
    def steps(x, y):
        i = np.clip(np.nan_to_num(np.floor(x)), -3, 2).astype(int) + 3
        return look_up([0.0, 1.0, 4.0, 2.0, 3.0, 1.0], i) * y

    surface = from_function(steps)
    assert_array_equal(record_surface(surface).replay(0.5, 2.0), [4, 0, 2])


def test_a_tape_is_believed_only_after_it_agreed(monkeypatch):
    """With a wrong operation in the replay, nothing is believed."""
    record_rule(SGD())
    monkeypatch.setitem(recording.REPLAY, "subtract", lambda a, b: (a - b) * (1 + 1e-8))
    with pytest.raises(NotRecordable, match="replayed"):
        record_rule(SGD())
    with pytest.raises(NotRecordable, match="replayed"):
        record_surface(surfaces.beale)
    with pytest.raises(NotRecordable, match="replayed"):
        record(lambda x: x - 1, 1)
    record_surface(surfaces.bowl)


class OfItsKind(SGD):
    """Takes another way for an array of NumPy, and is lost at the first gradient of 0."""

    def step(self, x, g, state):
        a = x if isinstance(x, np.ndarray) else 2 * x
        return x - self.lr * (a + x / g), state


class AlwaysLost(SGD):
    def step(self, x, g, state):
        return x / 0.0 * np.ones_like(g), state


def test_a_rule_that_is_lost_is_compared_all_the_same():
    with pytest.raises(NotRecordable, match="replayed"):
        record_rule(OfItsKind())
    assert record_rule(AlwaysLost()).replay(1.0, -1.0, 0.0, 0.0, 0.1) == [np.inf, -np.inf]


def test_a_surface_whose_gradient_stands_alone_is_verified():
    def grad(p):
        return np.stack([p[0], p[1] * isinstance(p, np.ndarray)])

    bounds = ((-1, 1), (-1, 1))
    surface = Surface("split", lambda p: p[0], grad, bounds, start=(0.5, 0.5))
    with pytest.raises(NotRecordable, match="replayed"):
        record_surface(surface)


def test_recording_leaves_the_optimizer_as_it_was():
    rule = Adam(lr=0.3)
    params = {"w": np.ones(2)}
    rule.update(params, {"w": np.ones(2)})
    remembered = copy.deepcopy(rule._states)
    record_rule(rule)
    record_init(rule)
    assert rule.hyperparameters == Adam(lr=0.3).hyperparameters
    assert repr(rule._states) == repr(remembered)


def test_recording_draws_no_number():
    before, other = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    record_rule(Adam())
    record_surface(surfaces.beale)
    assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert random.getstate() == other


def test_hyperparameters_that_are_arrays_are_inputs_like_others():
    assert record_rule(Adam(lr=[0.1, 0.2])) == record_rule(Adam())


def test_from_function_is_recorded():
    surface = from_function(lambda x, y: np.sin(x) + y**2, lambda x, y: (np.cos(x), 2 * y))
    assert_allclose(record_surface(surface).replay(0.5, 2.0), [np.sin(0.5) + 4, np.cos(0.5), 4])


def test_look_up_without_a_recorder_is_an_index():
    table = np.arange(12.0).reshape(3, 4)
    assert look_up(table, 1, 2) == 6
    assert_array_equal(look_up(table, np.array([0, 2]), np.array([3, 0])), [3, 8])
    found = record(
        lambda x: look_up(table, *np.clip(np.nan_to_num(pair(x, x)), 0, 2).astype(int)), 1
    )
    assert_array_equal(found.replay([0.0, 1.0, 2.0])[0], [0, 5, 10])
