"""Any rule and any surface, made of random lines: recorded as it is, or refused."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from optim_lib import SGD, Optimizer, descend, surfaces
from optim_lib.tape import NotRecordable, record, record_init, record_rule

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
# The same examples on every run, and no clock decides whether one passes.
STEADY = settings(derandomize=True, deadline=None, max_examples=80)

CONSTANTS = st.sampled_from(["0.5", "-1.5", "2", "3.0", "0.1"])
OPERATORS = st.sampled_from(["+", "-", "*", "/", "%", "//"])
COMPARISONS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
SHAPERS = [  # for one number and for many alike
    "-{}",
    "abs({})",
    "{} ** 2",
    "{} ** 3",
    "np.sqrt(np.abs({}))",
    "np.sign({})",
    "np.sin({})",
    "np.exp(-np.abs({}))",
    "np.tanh({})",
    "np.floor({})",
    "np.rint({})",
    "np.log1p(np.abs({}))",
    "np.clip({}, -1, 1)",
    "np.nan_to_num({})",
    "np.square({})",
    "np.round({}, 1)",
]
PAIRERS = ["np.maximum({}, {})", "np.minimum({}, {})", "np.hypot({}, {})", "np.arctan2({}, {})"]


@st.composite
def truths(draw, of, depth):
    kind = draw(st.sampled_from(["compare", "compare", "is", "not", "and", "or"]))
    if kind == "compare" or depth <= 0:
        return f"({draw(of(depth - 1))} {draw(COMPARISONS)} {draw(of(depth - 1))})"
    if kind == "is":
        return f"np.isfinite({draw(of(depth - 1))})"
    if kind == "not":
        return f"~{draw(truths(of, depth - 1))}"
    both = draw(truths(of, depth - 1)), draw(truths(of, depth - 1))
    return "({} {} {})".format(both[0], "&" if kind == "and" else "|", both[1])


@st.composite
def numbers(draw, depth, leaves, vectors=None):
    """The text of one number; or of many alike, if the leaves are arrays."""
    again = lambda d: numbers(d, leaves, vectors)  # noqa: E731
    kinds = ["leaf"] if depth <= 0 else ["shape", "operate", "operate", "pair", "where", "count"]
    kind = draw(st.sampled_from(kinds + ["reduce"] * (2 * bool(vectors) if depth > 0 else 0)))
    if kind == "leaf":
        return draw(st.sampled_from(leaves) | CONSTANTS)
    if kind == "shape":
        return draw(st.sampled_from(SHAPERS)).format(f"({draw(again(depth - 1))})")
    if kind == "operate":
        return f"({draw(again(depth - 1))} {draw(OPERATORS)} {draw(again(depth - 1))})"
    if kind == "pair":
        return draw(st.sampled_from(PAIRERS)).format(draw(again(depth - 1)), draw(again(depth - 1)))
    if kind == "where":
        truth = draw(truths(again, depth - 1))
        return f"np.where({truth}, {draw(again(depth - 1))}, {draw(again(depth - 1))})"
    if kind == "count":
        some = draw(truths(again, depth - 1)), draw(truths(again, depth - 1))
        return "({} {} {})".format(some[0], draw(st.sampled_from("+*&")), some[1])
    reducers = ["np.sum({})", "np.linalg.norm({})", "{}[0]", "{}[1]", "np.max({})", "{}.mean()"]
    reducers += ["({0} @ {0})", "np.dot({0}, {0})", "np.sum({} > 0)", "np.ptp({})", "len({})"]
    return draw(st.sampled_from(reducers)).format(f"({draw(vectors(depth - 1))})")


SCALARS = ["self.lr", "self.k", "t", "state.t"]


def some_number(depth):
    return numbers(depth, SCALARS, some_vector)


@st.composite
def some_vector(draw, depth):
    """The text of a pair of numbers."""
    kinds = (
        ["leaf"] if depth <= 0 else ["shape", "operate", "scale", "pair", "where", "move", "make"]
    )
    kind = draw(st.sampled_from(kinds))
    one = lambda: draw(some_vector(depth - 1))  # noqa: E731
    if kind == "leaf":
        return draw(st.sampled_from(["x", "g", "state.m", "a", "np.array([1.5, -2.0])"]))
    if kind == "shape":
        return draw(st.sampled_from(SHAPERS)).format(f"({one()})")
    if kind == "operate":
        return f"({one()} {draw(OPERATORS)} {one()})"
    if kind == "scale":
        return f"({one()} {draw(OPERATORS)} {draw(some_number(depth - 1))})"
    if kind == "pair":
        return draw(st.sampled_from(PAIRERS)).format(one(), one())
    if kind == "where":
        truth = draw(truths(some_vector, depth - 1) | truths(some_number, depth - 1))
        return f"np.where({truth}, {one()}, {one()})"
    if kind == "move":
        movers = ["({})[::-1]", "np.flip({})", "np.roll({}, 1)", "np.cumsum({})", "({}).copy()"]
        return draw(st.sampled_from(movers)).format(one())
    makers = ["np.stack([{}, {}])", "np.array([{}, {}])", "np.array([{}, {}]) * 1.0"]
    return draw(st.sampled_from(makers)).format(
        draw(some_number(depth - 1)), draw(some_number(depth - 1))
    )


STATEMENTS = [
    "a = {v}",
    "a = {v}",
    "a = a * 0.5 + {v}",
    "a -= {v}",
    "a *= {s}",
    "a[0] = {s}",
    "a[1] += {s}",
    "a[a > {s}] = 0.25",
    "b = a[::-1]; b *= 0.5",
    "a = np.where({s} > {s}, {v}, a)",
    "for i in range(len(x)): a[i] = a[i] * (i + 1)",
    "g *= 0.5",
    "x -= 0.01 * g",
    "state.m[0] += {s}",
    "state.m[...] = {v}",
    "np.add(a, g, out=a)",
    "a = a if isinstance(a, np.ndarray) else 2 * a",
]
REFUSED = ["if t > {s}: a = {v}", "a = a * float(t)", "a = a * max(t, {s})", "a = np.sort(g)"]
OUTSIDE = [
    "calls[0] += 1; a = a * (calls[0] < 10**9)",
    "self._calls = 1",
    "calls.append(a)",
    "a = a + generator.standard_normal(2)",
    "a = a * next(forever)",
]
ENDS = ["m = {v}", "m = 0.9 * state.m + g", "m = a", "m = state.m", "m = x"]


@st.composite
def programs(draw, more=()):
    """The lines of a step."""

    def filled(template):
        while "{" in template:
            kind = template[template.index("{") + 1]
            text = draw((some_vector if kind == "v" else some_number)(draw(st.integers(0, 3))))
            template = template.replace("{" + kind + "}", text, 1)
        return template

    lines = ["t = state.t + 1", draw(st.sampled_from(["a = g.copy()", "a = g", "a = 0.1 * x"]))]
    statements = draw(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4))
    if more:
        statements.insert(draw(st.integers(0, len(statements))), draw(st.sampled_from(more)))
    lines += [filled(statement) for statement in statements]
    lines += [filled(draw(st.sampled_from(ENDS)))]
    lines += [draw(st.sampled_from(["x = x - self.lr * a", "x -= self.lr * a", "x = a"]))]
    return "\n".join([*lines, "return x, State(t, m)"])


class State(NamedTuple):
    t: int
    m: np.ndarray


def rule_of(program):
    """A rule whose step has these lines."""
    lines = "\n    ".join(("def step(self, x, g, state):\n" + program).split("\n"))
    forever = iter(range(1, 10**9))
    space = {"np": np, "State": State, "calls": [0], "forever": forever}
    space["generator"] = np.random.default_rng(0)
    exec(lines, space)

    class Random(Optimizer):
        lr: float = 0.1
        k: float = 1.25
        step = space["step"]

        def init(self, x):
            return State(0, np.zeros_like(x))

    return Random()


def replayed(surface, rule, start, steps):
    step, values = record_rule(rule), list(rule.hyperparameters.values())
    path, state = [np.array(start, dtype=float)], record_init(rule).replay(*start, *values)
    for _ in range(steps):
        with np.errstate(all="ignore"):
            g = surface.grad(path[-1].copy())
        x, y, *state = step.replay(*path[-1], *g, *values, *state)
        path.append(np.array([x, y]))
    return np.array(path)


def outcome(program):
    """Refused, or recorded and then the path of `descend`."""
    rule = rule_of(program)
    try:
        path = replayed(surfaces.himmelblau, rule, (-0.75, 1.5), 8)
    except NotRecordable:
        return "refused"
    wanted = descend(surfaces.himmelblau, rule, (-0.75, 1.5), 8).x
    assert_allclose(path, wanted, rtol=1e-9, atol=1e-300, err_msg=program)
    return "recorded"


def test_random_rules_are_recorded_right_or_refused():
    outcomes = []

    @STEADY
    @given(programs())
    def each(program):
        outcomes.append(outcome(program))

    each()
    assert outcomes.count("recorded") > 0.5 * len(outcomes)


@STEADY
@given(programs(REFUSED))
def test_random_rules_that_depend_on_a_value_are_refused(program):
    assert outcome(program) == "refused"


@STEADY
@given(programs(OUTSIDE))
def test_random_rules_that_keep_something_outside_are_refused(program):
    assert outcome(program) == "refused"


@STEADY
@given(numbers(4, ["x", "y"]))
def test_random_surfaces_are_recorded_right_or_refused(text):
    f = eval(f"lambda x, y: {text}", {"np": np})
    points = np.random.default_rng(3).normal(0, 1.5, (2, 60))
    try:
        tape = record(f, 2)
    except NotRecordable:
        return
    found = tape.replay(*points)[0]
    assert_allclose(found, f(*points) * np.ones(60), rtol=1e-9, atol=1e-300)
    for i in range(0, 60, 9):
        assert_allclose(found[i], f(*points[:, i]), rtol=1e-6, atol=1e-9)


def test_most_random_surfaces_are_recorded():
    outcomes = []

    @STEADY
    @given(numbers(3, ["x", "y"]))
    def each(text):
        try:
            outcomes.append(bool(record(eval(f"lambda x, y: {text}", {"np": np}), 2)))
        except NotRecordable:
            outcomes.append(False)

    each()
    assert np.mean(outcomes) > 0.6


@STEADY
@given(numbers(4, ["x", "y"]))
def test_random_gradients_are_those_of_differences(text):
    """Where three differences agree there is no kink between them, and the tape must agree, too.

    What comes back from infinity is left out: there a derivative is 0 times infinity.
    """
    f = eval(f"lambda x, y: 1.0 * ({text}) + 0 * x", {"np": np})
    points = np.random.default_rng(4).normal(0, 1.5, (2, 80))
    try:
        tape = record(f, 2)
    except NotRecordable:
        return
    _, *slopes = tape.gradient().replay(*points)
    every = range(tape.inputs + len(tape.constants) + len(tape.operations))
    passed = np.isfinite(replace(tape, outputs=(*every,)).replay(*points)).all(axis=0)
    with np.errstate(all="ignore"):
        for axis, slope in enumerate(slopes):
            *coarse, fine = (difference(f, points, axis, h) for h in (1e-4, 1e-5, 1e-6))
            smooth = np.all(np.abs(coarse - fine) <= 1e-6 * (1 + np.abs(fine)), axis=0)
            smooth &= passed & (np.abs(f(*points)) < 1e3)
            assert_allclose(slope[smooth], fine[smooth], rtol=1e-4, atol=1e-4, err_msg=text)


def difference(f, points, axis, h):
    step = h * np.eye(2)[axis][:, None]
    return (f(*(points + step)) - f(*(points - step))) / (2 * h)


@given(st.floats(1e-3, 1), st.floats(0, 0.99), st.integers(1, 30))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_any_setting_of_a_recorded_rule(lr, k, steps):
    """One tape holds for all hyperparameters: it is recorded at others."""
    rule = rule_of("t = state.t + 1\nm = self.k * state.m + (1 - self.k) * g\n"
                   "x = x - self.lr * m / (1 - self.k**t)\nreturn x, State(t, m)")  # fmt: skip
    tape = record_rule(rule)
    rule.lr, rule.k = lr, k
    run = descend(surfaces.ravine, rule, (-7, 2), steps)
    x, state = np.array([-7.0, 2.0]), [0, 0, 0]
    for _ in range(steps):
        *x, t, m, n = tape.replay(*x, *surfaces.ravine.grad(x), lr, k, *state)
        state = [t, m, n]
    assert_allclose(x, run.x[-1], rtol=1e-9)
    assert SGD(lr=lr).lr == lr
