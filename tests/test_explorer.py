"""The live figure without a browser: what it computes, sends, hears, says, and frees."""

import asyncio
import base64
import gc
import json
import math
import re
import subprocess
import sys
import threading
import time
import tracemalloc
import weakref
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import ipywidgets
import nbformat
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from optim_lib import SGD, Adagrad, Adam, Momentum, Optimizer, RMSProp, Surface, descend, surfaces
from optim_lib import explorer as module
from optim_lib.explorer import FIGURE, MOST_STEPS, STATE, Explorer, _described
from optim_lib.figures import compare
from optim_lib.schedules import Constant, Cosine, InverseRoot, Linear, Schedule, StepDecay, rates
from optim_lib.tape import Tape

TOOLS = Path(__file__).parents[1] / "tools"
RULES = (SGD, Momentum, Adagrad, RMSProp, Adam)


class ClippedState(NamedTuple):
    last: np.ndarray


class Clipped(Optimizer):
    """A learner's rule with a state."""

    lr: float = 0.1
    limit: float = 1.0

    def init(self, x):
        return ClippedState(np.zeros_like(x))

    def step(self, x, g, state):
        g = g * np.minimum(1, self.limit / np.linalg.norm(g, axis=0))
        return x - self.lr * g, ClippedState(g)


class Capped(Optimizer):
    """A learner's rule that no tape can hold: what it does depends on a number."""

    lr: float = 0.1

    def step(self, x, g, state):
        lr = 0.5 if self.lr > 0.5 else self.lr
        return x - lr * g, state


class Fragile(Optimizer):
    """A learner's rule that fails on some settings."""

    lr: float = 0.1

    def step(self, x, g, state):
        if self.lr > 1:
            raise ZeroDivisionError("too fast")
        return x - self.lr * g, state


class Slow(Capped):
    """A rule that counts how often a step was taken."""

    taken = []  # noqa: RUF012

    def step(self, x, g, state):
        self.taken.append(float(self.lr))
        return super().step(x, g, state)


def unrecordable(rule):
    """Return a rule that does the same, and looks at a number, so that no tape can hold it."""

    class Twin(rule):
        def step(self, x, g, state):
            return super().step(x, g, state) if self.lr > 0 else (x, state)

    return Twin


class Many(Optimizer):
    """A rule with a field for each letter, all of which matter."""

    __annotations__ = dict.fromkeys("abcdefghijklmnopqrstuvwxyz", float)
    locals().update(dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 0.001))

    def step(self, x, g, state):
        return x - sum(self.hyperparameters.values()) * g, state


@pytest.fixture
def figure():
    """A function that makes live figures and closes them when the test ends."""
    made = []

    def make(*args, **kwargs):
        made.append(Explorer(*args, **kwargs))
        return made[-1]

    yield make
    for explorer in made:
        explorer.close()


@pytest.fixture
def sent(monkeypatch):
    """The messages that go to the browser: (names, bytes)."""
    messages = []

    def record(widget, message, buffers=None):
        size = len(json.dumps(message)) + sum(map(len, buffers or []))
        messages.append((set(message.get("state", {})), size))

    monkeypatch.setattr(ipywidgets.Widget, "_send", record)
    return messages


@pytest.fixture
def walks(monkeypatch):
    """The descents that are taken in Python: (rule, steps)."""
    taken = []

    def record(surface, rule, start, steps, noise=None, schedule=None):
        taken.append((str(rule), steps))
        return descend(surface, rule, start, steps, noise, schedule)

    monkeypatch.setattr(module, "descend", record)
    return taken


def hear(explorer, **state):
    """Let a figure hear what a browser sends."""
    data = {"method": "update", "state": json.loads(json.dumps(state)), "buffer_paths": []}
    explorer._handle_msg({"content": {"data": data}, "buffers": []})


def arrays(answer):
    """Return the arrays of what was computed for the browser."""
    x, f = (np.frombuffer(answer[key]) for key in "xf")
    parts = {
        part["name"]: np.frombuffer(part["values"]).reshape(len(f), part["width"]).squeeze()
        for part in answer["parts"]
    }
    return x.reshape(-1, 2), f, parts


def replayed(explorer, row):
    """Take the steps of a rule as the browser does, from what was sent."""
    rule, place = explorer.rules[row], explorer.surfaces[explorer.get_state("surface")["surface"]]
    tapes = (rule["step"], rule["init"], place["tape"])
    step, init, surface = (Tape.from_json(json.loads(json.dumps(tape))) for tape in tapes)
    values, noise = explorer.values[row], 0
    if explorer.noise:
        shape = explorer.steps + 1, 2
        noise = explorer.noise * np.random.default_rng(explorer.seed).standard_normal(shape)
    x, state, path, heights = explorer.start, init.replay(*explorer.start, *values), [], []
    with np.errstate(all="ignore"):
        for t in range(explorer.steps + 1):
            f, *g = surface.replay(*x)
            path.append(x)
            heights.append(f)
            g = np.array(g) + (noise[t] if explorer.noise else 0)
            *x, _ = *step.replay(*x, *g, *values, *state), None
            x, state = x[:2], x[2:]
    return np.array(path), np.array(heights)


# One model


def test_a_figure_is_one_model_of_plain_traits(figure, sent):
    before = set(ipywidgets.widgets.widget._instances)
    explorer = figure(surfaces.ravine, [rule() for rule in RULES])
    after = set(ipywidgets.widgets.widget._instances) - before
    assert after == {explorer.model_id}
    state = explorer.get_state()
    assert set(STATE) | {"surfaces", "rules", "step", "computed", "first"} <= set(state)
    assert "IPY_MODEL" not in json.dumps(state, default=len)
    assert state["surface"] == 1
    assert state["first"] == {name: state[name] for name in STATE}
    assert json.loads(json.dumps(state["rules"], allow_nan=False)) == state["rules"]
    assert explorer._esm.count("export") == 1


def test_what_five_rules_on_the_ravine_weigh(figure):
    state = figure(surfaces.ravine, [rule() for rule in RULES]).get_state()
    bytes_ = {name: len(json.dumps(value, default=len)) for name, value in state.items()}
    assert bytes_["surfaces"] < 60_000
    assert bytes_["rules"] < 20_000
    assert sum(bytes_[name] for name in (*STATE, "step", "computed", "first")) < 1000


@pytest.mark.parametrize("rule", RULES)
def test_the_hyperparameters_say_what_they_may_be(figure, rule):
    explorer = figure(surfaces.bowl, rule())
    (known,) = explorer.rules
    assert [h["name"] for h in known["hyperparameters"]] == list(rule().hyperparameters)
    for h in known["hyperparameters"]:
        assert h["value"] == getattr(rule(), h["name"])
        low, high = h["range"]["low"], h["range"]["high"]
        for value in (-1.0, 0.0, 1e-9, 0.5, 1 - 1e-9, 1.0, 2.0, 1e9):
            inside = value >= low if h["range"]["low_open"] is False else value > low
            if high is not None:
                assert h["range"]["high_open"]
                inside = inside and value < high
            try:
                rule(**{h["name"]: value})
            except ValueError:
                assert not inside
            else:
                assert inside
        assert h["zero"] == (not h["range"]["low_open"])
    kinds = {h["name"]: h["kind"] for h in known["hyperparameters"]}
    assert kinds.pop("lr") == "log"
    assert set(kinds.values()) <= {"fraction", "log"}


def test_a_field_of_ones_own_has_no_range(figure):
    limit = figure(surfaces.bowl, Clipped()).rules[0]["hyperparameters"][1]
    assert limit["kind"] == "linear"
    assert limit["range"] == {"low": None, "high": None, "low_open": False, "high_open": False}


# What the browser can do with it


@pytest.mark.parametrize("surface", surfaces.CATALOGUE, ids=lambda s: s.name)
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_tape_takes_the_path_that_descend_takes(figure, surface, noise):
    rules = [SGD(lr=1e-3), Momentum(lr=1e-4), Adagrad(lr=0.3), RMSProp(lr=0.05), Adam(lr=0.1)]
    explorer = figure(surface, [*rules, Clipped(lr=0.05)], steps=60, noise=noise)
    for row, run in enumerate(explorer.result.values()):
        if explorer._untaped(explorer._rules[row]):
            continue
        x, f = replayed(explorer, row)
        known = 25 if noise else len(x)  # noise of this size may throw a path over a ridge
        np.testing.assert_allclose(x[:known], run.x[:known], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(f[:known], run.f[:known], rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("rule", [SGD(lr=0.9), Momentum(lr=0.1), Adagrad(lr=1.5), RMSProp(lr=0.1)])
@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_a_tape_is_exact_where_only_arithmetic_and_roots_occur(figure, rule, noise):
    explorer = figure(surfaces.ravine, rule, steps=MOST_STEPS, noise=noise)
    ((run),) = explorer.result.values()
    x, f = replayed(explorer, 0)
    np.testing.assert_array_equal(x, run.x)
    np.testing.assert_array_equal(f, run.f)


def test_nothing_is_computed_in_python_where_a_tape_exists(figure, walks, sent):
    explorer = figure(surfaces.ravine, [RMSProp(lr=0.1), Adam(lr=0.3)])
    sent.clear()
    explorer.sliders["Adam.lr"].value = 0.5
    explorer.start, explorer.steps, explorer.noise, explorer.seed = (1, 2), 50, 0.5, 9
    explorer.surface = surfaces.beale
    explorer.reset()
    assert walks == []
    assert max(size for _, size in sent) < 500
    assert not any("computed" in names or "rules" in names for names, _ in sent)
    assert explorer.words.startswith("RMSProp: f =")
    assert len(walks) == 2
    assert explorer.words
    assert explorer.result
    assert len(walks) == 2  # once for each rule and setting


@pytest.mark.parametrize("surface", surfaces.CATALOGUE, ids=lambda s: s.name)
def test_the_curvature_of_a_surface_suits_gradient_descent(figure, surface):
    explorer = figure(surface, SGD())
    curvature = explorer.surfaces[explorer.get_state("surface")["surface"]]["curvature"]
    if hasattr(surface, "eigenvalues"):
        assert curvature == pytest.approx(max(map(abs, surface.eigenvalues)))
    run = descend(surface, SGD(lr=0.5 / curvature), surface.start, 200)
    if surface.minima:
        ends = [
            descend(surface, SGD(lr=lr / curvature), np.array(p) + 1e-3, 300)
            for p in surface.minima
            for lr in (1.9, 2.2)
        ]
        assert all(end.f[-1] < end.f[0] for end in ends[::2])
        assert not all(end.f[-1] < end.f[0] for end in ends[1::2])
    else:
        assert run.f[5] < run.f[0]


EDGES = {
    "flat": (lambda x, y: 0 * x, (0.2, 5)),
    "linear": (lambda x, y: 1000 * x - y, (100, 1000)),
    "nearly linear": (lambda x, y: x + 1e-13 * y**2, (0.1, 1)),
    "steep": (lambda x, y: 1e300 * x**2, (1e300, 1e301)),
    "without a number": (lambda x, y: x * np.nan, (0.2, 5)),
    "infinite at the start": (lambda x, y: 1 / (0 * x), (0.2, 5)),
    "flat at its minimum": (lambda x, y: x**4 + y**4, (5, 100)),
}


@pytest.mark.parametrize("name", EDGES)
def test_a_flat_a_linear_and_a_broken_surface_have_sane_hints(figure, name):
    f, (low, high) = EDGES[name]
    with np.errstate(all="ignore"):
        surface = surfaces.from_function(f, name=name)
        if name == "flat at its minimum":
            surface = replace(surface, minima=((0.0, 0.0),))
        explorer = figure(surface, [SGD(lr=0.1), Adam(lr=0.1)], steps=5)
    known = explorer.surfaces[0]
    assert low <= known["curvature"] <= high
    assert known["name"] == name
    assert len(explorer.words.splitlines()) == 2
    json.dumps(explorer.get_state(), default=len, allow_nan=False)
    explorer._repr_mimebundle_()


# What it says


def test_words_tell_how_each_path_ended(figure):
    explorer = figure(surfaces.ravine, [SGD(lr=1.0), Momentum(lr=0.1)])
    assert explorer.words.startswith("SGD: f = 4 after 100 steps\nMomentum: f = 4.952e-05 after")
    explorer.sliders["SGD.lr"].value = 1e30
    lost = int(explorer.result["SGD"].diverged_at)
    assert explorer.words.splitlines()[0] == f"SGD diverged at step {lost}"
    explorer.surface = surfaces.saddle
    explorer.start, explorer.sliders["SGD.lr"].value = (1, 0), 0.1
    assert explorer.words.splitlines()[0] == "SGD sits at the saddle (0, 0) after 100 steps"
    explorer.start, explorer.steps = (1, 0.01), 1
    assert "after 1 step\n" in explorer.words
    explorer.steps = 60
    assert "outside the picture" in explorer.words


def test_two_optimizers_of_one_class_are_told_apart(figure):
    explorer = figure(surfaces.ravine, [SGD(lr=0.9), SGD(lr=0.1), Adam()])
    assert list(explorer.result) == ["SGD 1", "SGD 2", "Adam"]
    assert explorer.sliders["SGD 2.lr"].value == 0.1
    looks = [(rule["color"], rule["marker"], rule["line"]) for rule in explorer.rules]
    assert len(set(looks)) == 3
    assert base64.b64decode(explorer._repr_mimebundle_()[0]["image/png"]).startswith(b"\x89PNG")


def test_an_optimizer_that_is_off_is_neither_said_nor_returned(figure):
    explorer = figure(surfaces.ravine, [SGD(), Adam()])
    explorer.switches["SGD"].value = np.bool_(False)
    assert explorer.get_state("shown")["shown"] == (False, True)
    assert list(explorer.result) == ["Adam"]
    assert "SGD" not in explorer.words
    explorer.switches["Adam"].value = False
    assert explorer.words == ""
    assert "image/png" not in explorer._repr_mimebundle_()[0]


def test_result_follows_the_controls_and_the_callers_optimizer_does_not(figure):
    mine = Momentum(lr=0.1)
    explorer = figure(surfaces.ravine, mine, start=(-5, 1), steps=40)
    explorer.sliders["Momentum.momentum"].value = 0.95
    run = explorer.result["Momentum"]
    assert run.optimizer.momentum == 0.95
    assert run.steps == 40
    assert tuple(run.x[0]) == explorer.start == (-5, 1)
    assert mine.momentum == 0.9


@pytest.mark.parametrize("seed", [0, 1, 77, 2**40])
def test_noise_is_that_of_descend_with_its_seed(figure, seed):
    explorer = figure(surfaces.ravine, [SGD(lr=0.1), Adam(lr=0.3)], steps=50, noise=0.5)
    explorer.seed = seed
    for run in explorer.result.values():
        noise = 0.5, np.random.default_rng(seed)
        expected = descend(surfaces.ravine, run.optimizer, explorer.start, 50, noise=noise)
        np.testing.assert_array_equal(run.x, expected.x)
        np.testing.assert_array_equal(run.g, expected.g)
    explorer.noise = 0
    run = explorer.result["SGD"]
    np.testing.assert_array_equal(
        run.x, descend(surfaces.ravine, run.optimizer, explorer.start, 50).x
    )


@pytest.mark.parametrize("by", ["Python", "the browser"])
def test_reset_goes_back_to_the_beginning(figure, by):
    explorer = figure(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)], start=(-6, 1), steps=70)
    words = explorer.words
    explorer.surface, explorer.steps, explorer.noise = surfaces.beale, 20, 0.1
    explorer.sliders["Adam.beta1"].value = 0.5
    explorer.switches["SGD"].value = False
    assert explorer.words != words
    if by == "Python":
        explorer.reset()
    else:
        hear(explorer, **explorer.first)
    assert explorer.words == words
    assert explorer.start == (-6, 1)
    assert explorer.get_state(STATE) == explorer.first


def test_a_surface_brings_its_own_start_and_may_be_ones_own(figure):
    explorer = figure(surfaces.ravine, SGD(lr=0.001))
    explorer.surface = surfaces.rosenbrock
    assert explorer.start == surfaces.rosenbrock.start
    bump = surfaces.from_function(lambda x, y: np.sin(x) + y**2, name="bump")
    explorer.surface = bump
    assert explorer.result["SGD"].surface is bump
    assert explorer.surfaces[-1]["name"] == "bump"
    assert explorer.get_state("surface")["surface"] == len(surfaces.CATALOGUE)
    explorer.surface, explorer.surface = surfaces.bowl, bump
    assert len(explorer.surfaces) == len(surfaces.CATALOGUE) + 1
    assert figure(bump, SGD()).surface is bump


def test_a_value_from_python_reaches_the_browser_whatever_it_is(figure, sent):
    explorer = figure(surfaces.ravine, [Adam(lr=0.3), SGD(lr=0.1)])
    hear(explorer, values=[[0.5, 0.8, 0.99, 1e-8], [0.7]])
    sent.clear()
    explorer.sliders["Adam.lr"].value = 0.123456
    assert [names for names, _ in sent] == [{"values"}]
    assert explorer.values == ((0.123456, 0.8, 0.99, 1e-8), (0.7,))  # no other is lost
    assert explorer.result["Adam"].optimizer.lr == 0.123456


NUMBERS = [1, 0.5, np.float32(0.5), np.float64(0.25), np.int64(2), np.uint8(3), np.array(0.5)]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_every_kind_of_number_moves_a_slider(figure, number):
    explorer = figure(surfaces.ravine, [Adam(), SGD()], eps=True)
    explorer.sliders["SGD.lr"].value = number
    value = explorer.sliders["SGD.lr"].value
    assert type(value) is float
    assert value == number
    explorer.noise, explorer.start = number, (number, number)
    assert explorer.noise == number
    json.dumps(explorer.get_state(STATE))


WRONG = [
    (True, TypeError),
    (np.bool_(True), TypeError),
    ("0.1", TypeError),
    (None, TypeError),
    (0.1j, TypeError),
    (math.nan, ValueError),
    (math.inf, ValueError),
    (-0.1, ValueError),
    (0, ValueError),
    ([0.1], ValueError),
    (np.array([0.1, 0.2]), ValueError),
]


@pytest.mark.parametrize(("value", "error"), WRONG, ids=repr)
def test_what_no_slider_can_be_is_refused_and_named(figure, value, error):
    explorer = figure(surfaces.ravine, [SGD(lr=0.5), SGD(lr=0.9)])
    with pytest.raises(error, match=r"^slider SGD 2\.lr: .*lr must be"):
        explorer.sliders["SGD 2.lr"].value = value
    assert explorer.values == ((0.5,), (0.9,))
    assert explorer.words.startswith("SGD 1: f")


def test_values_out_of_range_are_refused_with_advice(figure):
    explorer = figure(surfaces.ravine, Momentum())
    message = r"Momentum\.momentum: .* must be at least 0 and less than 1, got 1\.0; try"
    with pytest.raises(ValueError, match=message):
        explorer.sliders["Momentum.momentum"].value = 1.0
    explorer.sliders["Momentum.momentum"].value = 0
    assert "f =" in explorer.words


REFUSED = [
    ("start", (1, math.nan), ValueError, "start must be one point"),
    ("start", (1, 2, 3), ValueError, "start must be one point"),
    ("start", "ab", ValueError, "start must be one point"),
    ("steps", 0, ValueError, "steps must be a whole number from 1 to 500"),
    ("steps", 501, ValueError, "descend takes any number"),
    ("steps", 10.5, ValueError, "steps must be a whole number"),
    ("steps", True, ValueError, "steps must be a whole number"),
    ("noise", -1, ValueError, "noise must be a finite number"),
    ("noise", math.nan, ValueError, "noise must be a finite number"),
    ("noise", "1", ValueError, "noise must be a finite number"),
    ("noise", True, ValueError, "noise must be a finite number"),
    ("seed", -1, ValueError, "seed must be a whole number"),
    ("seed", 2**53, ValueError, "seed must be a whole number"),
    ("step", -2, ValueError, "step must be a whole number"),
    ("surface", "ravine", TypeError, "surface must be a Surface"),
]


@pytest.mark.parametrize(("name", "value", "error", "message"), REFUSED, ids=repr)
def test_what_python_sets_is_checked(figure, name, value, error, message):
    explorer = figure(surfaces.ravine, SGD(lr=0.5))
    state = explorer.get_state(STATE)
    with pytest.raises(error, match=message):
        setattr(explorer, name, value)
    with pytest.raises(TypeError, match="a switch is True or False, got 1"):
        explorer.switches["SGD"].value = 1
    assert explorer.get_state(STATE) == state


def test_eps_has_a_slider_where_it_is_asked_for(figure):
    assert "Adam.eps" not in figure(surfaces.bowl, Adam()).sliders
    explorer = figure(surfaces.bowl, Adam(), eps=True)
    explorer.sliders["Adam.eps"].value = 0
    assert explorer.result["Adam"].optimizer.eps == 0


def test_the_still_picture_is_that_of_the_present_paths(figure):
    explorer = figure(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)])
    explorer.sliders["SGD.lr"].value = 0.5
    data, metadata = explorer._repr_mimebundle_()
    runs = {str(run.optimizer): run for run in explorer.result.values()}
    assert base64.b64decode(data["image/png"]) == compare(surfaces.ravine, runs).png()
    assert "SGD(lr=0.5)" in metadata["image/png"]["alt"]
    assert data["text/plain"] == explorer.words
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert explorer._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    assert repr(explorer) == "<Explorer on ravine: SGD, Adam>"
    assert repr(explorer.sliders["SGD.lr"]) == "<values 0.5>"


# What it hears


def test_what_the_browser_says_is_not_sent_back(figure, sent):
    explorer = figure(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)])
    sent.clear()
    hear(explorer, values=[[0.5], [0.3, 0.8, 0.999, 1e-8]])
    hear(explorer, start=[1, 2], steps=20, noise=0.5, seed=3, shown=[True, False], step=7)
    assert sent == []
    hear(explorer, surface=0, start=[1, 1])
    assert explorer.start == (1, 1)
    assert not any("surface" in names for names, _ in sent)
    assert explorer.surface is surfaces.bowl
    assert list(explorer.result) == ["SGD"]
    assert explorer.result["SGD"].steps == 20


def test_a_surface_that_comes_without_a_start_brings_its_own(figure, sent):
    explorer = figure(surfaces.ravine, SGD(lr=0.9))
    sent.clear()
    hear(explorer, surface=5)
    assert explorer.start == explorer.surface.start == surfaces.beale.start
    assert {"start"} in [names for names, _ in sent]


NONSENSE = [
    {"surface": 99},
    {"surface": -1},
    {"surface": "ravine"},
    {"start": [1, None]},
    {"start": {}},
    {"steps": 0},
    {"steps": 1e9},
    {"noise": -1},
    {"seed": 0.5},
    {"values": [[0.5]]},
    {"values": [[0.5], [0.3, 1.5, 0.999, 1e-8]]},
    {"values": [[None], [0.3, 0.9, 0.999, 1e-8]]},
    {"shown": [True]},
    {"shown": ["yes", "no"]},
    {"step": -5},
    {"surface": [], "start": 3, "steps": "x", "values": {"a": 1}},
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=repr)
def test_nonsense_is_answered_with_what_holds(figure, sent, nonsense):
    explorer = figure(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)])
    state = explorer.get_state((*STATE, "step"))
    sent.clear()
    hear(explorer, **nonsense, rules=[], surfaces=[], computed=0, _esm="", unheard=1)
    assert explorer.get_state((*STATE, "step")) == state
    assert set().union(*(names for names, _ in sent)) == set(nonsense)
    assert len(explorer.rules) == 2


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-3, 600) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)
SENSE = {
    "surface": st.integers(0, 10),
    "start": st.tuples(st.floats(-9, 9), st.floats(-9, 9)).map(list),
    "steps": st.integers(1, 30),
    "noise": st.floats(0, 2),
    "seed": st.integers(0, 2**53 - 1),
    "values": st.tuples(
        st.tuples(st.floats(1e-6, 2)).map(list),
        st.tuples(st.floats(1e-6, 2), *3 * [st.floats(0, 0.9999)]).map(list),
    ).map(list),
    "shown": st.tuples(st.booleans(), st.booleans()).map(list),
    "step": st.integers(-1, 500),
}
MESSAGES = st.fixed_dictionaries(
    {}, optional={name: sense | ANYTHING for name, sense in SENSE.items()}
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(messages=st.lists(MESSAGES, max_size=5))
@example(messages=[{"values": [[1e308], [1e308, 0.9, 0.9, 0]]}])
def test_no_message_harms_the_state(one, messages):
    for message in messages:
        one.set_state(message)
        state = one.get_state((*STATE, "step"))
        assert json.loads(json.dumps(state, allow_nan=False)).keys() == state.keys()
        assert 0 <= state["surface"] < len(one.surfaces)
        assert 1 <= state["steps"] <= MOST_STEPS
        assert np.isfinite([*state["start"], state["noise"], *state["values"][1]]).all()
        for rule, row in zip(one._rules, state["values"], strict=True):
            rule.at(row)  # the rules accept all that is shown
    lines = one.words.splitlines()
    assert len(lines) == sum(one.shown)
    for line, run in zip(lines, one.result.values(), strict=True):
        assert re.match(f"{type(run.optimizer).__name__}( diverged|: f = | sits)", line)


@pytest.fixture(scope="module")
def one():
    explorer = Explorer(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)], steps=30)
    yield explorer
    explorer.close()


# What no tape can hold


def test_a_rule_without_a_tape_is_computed_here(figure):
    explorer = figure(surfaces.ravine, [Capped(lr=0.7), SGD(lr=0.1)], steps=20)
    capped, plain = explorer.rules
    assert plain["step"] is not None is not plain["init"]
    assert capped["step"] is None is capped["init"]
    assert re.search(r"line \d+ of step.*lr = 0\.5 if self\.lr > 0\.5", capped["reason"])
    assert set(explorer.computed) == {"Capped"}
    for value in (0.2, 0.7):
        explorer.sliders["Capped.lr"].value = value
        answer, run = explorer.computed["Capped"], explorer.result["Capped"]
        assert list(answer["made_for"]) == [1, -7, 2, 20, 0, 0, value]
        x, f, _ = arrays(answer)
        np.testing.assert_array_equal(x, run.x)
        np.testing.assert_array_equal(f, run.f)
        assert answer["words"] == explorer.words.splitlines()[0]
        assert not answer["failed"]
    explorer.switches["Capped"].value = False
    assert explorer.computed == {}
    explorer.start = (1, 1)
    explorer.switches["Capped"].value = True
    assert explorer.computed["Capped"]["made_for"][1:3] == (1, 1)


@pytest.mark.parametrize("rule", RULES)
def test_the_internals_are_the_state_of_the_optimizer(figure, rule):
    explorer = figure(surfaces.himmelblau, unrecordable(rule)(lr=0.01), steps=30, noise=0.1)
    (run,), (answer,) = explorer.result.values(), explorer.computed.values()
    _, _, parts = arrays(answer)
    np.testing.assert_array_equal(parts["g"], run.g)
    roots = {Adagrad: "h", RMSProp: "h", Adam: "v"}
    for name in getattr(run.state, "_fields", ()):
        state = getattr(run.state, name)
        if roots.get(rule) == name:
            np.testing.assert_array_equal(parts[f"√{name}"], np.sqrt(state))
        else:
            np.testing.assert_array_equal(parts[name], state)
    longer = descend(
        run.surface, run.optimizer, explorer.start, 31, (0.1, np.random.default_rng(0))
    )
    np.testing.assert_allclose(parts["step"], np.diff(longer.x, axis=0), rtol=1e-9, atol=1e-30)
    np.testing.assert_allclose(parts["rate"] * -parts["g"], parts["step"], rtol=1e-9, atol=1e-15)


def test_arrows_push_the_point_the_way_it_goes(figure):
    rules = [unrecordable(Momentum)(lr=0.01), unrecordable(Adam)(lr=0.01)]
    explorer = figure(surfaces.bowl, rules, steps=5)
    found = set()
    for answer in explorer.computed.values():
        _, _, parts = arrays(answer)
        for part in answer["parts"]:
            if part["arrow"]:
                found.add(part["name"])
                pushes = part["arrow"] * parts[part["name"]]
                assert np.all(pushes[2:] * parts["step"][2:] > 0), part["name"]
    assert found == {"g", "v", "m", "step"}
    for own, library in zip(explorer.rules, (Momentum, Adam), strict=True):
        known = figure(surfaces.bowl, library(lr=0.01)).rules[0]
        assert (own["power"], own["shown_as"]) == (known["power"], known["shown_as"])


def test_a_surface_without_a_tape_sends_its_heights(figure):
    def f(x, y):
        return np.array([math.sin(v) for v in np.ravel(x)]).reshape(np.shape(x)) + y**2

    wavy = surfaces.from_function(f, name="wavy")
    explorer = figure(wavy, [SGD(lr=0.1), Adam(lr=0.1)], steps=20)
    known = explorer.surfaces[0]
    assert known["tape"] is None
    assert "math.sin" in known["reason"]
    n = known["heights"]["n"]
    heights = np.frombuffer(known["heights"]["values"], np.float32).reshape(n, n)
    np.testing.assert_array_equal(heights, wavy.f(wavy.grid(n)).astype(np.float32))
    assert set(explorer.computed) == {"SGD", "Adam"}
    np.testing.assert_array_equal(arrays(explorer.computed["SGD"])[0], explorer.result["SGD"].x)
    explorer.surface = surfaces.bowl
    assert explorer.computed == {}
    assert all(known["heights"] is None or known["tape"] is None for known in explorer.surfaces)


def test_a_burst_of_changes_is_answered_once_with_the_newest(figure, sent):
    Slow.taken.clear()
    explorer = figure(surfaces.ravine, [Slow(lr=0.3), Adam(lr=0.3)], steps=10)

    async def burst():
        sent.clear()
        Slow.taken.clear()
        for value in np.linspace(0.1, 0.4, 100):
            explorer.sliders["Slow.lr"].value = value
        assert Slow.taken == []  # a callback returns at once
        await asyncio.sleep(0.01)

    asyncio.run(burst())
    assert Slow.taken.count(0.4) == len(Slow.taken)
    assert sum("computed" in names for names, _ in sent) == 1
    assert explorer.computed["Slow"]["made_for"][6] == 0.4


def test_many_messages_are_answered_in_their_order(figure, sent):
    explorer = figure(surfaces.ravine, Capped(lr=0.3), steps=10)

    async def drag():
        for value in np.linspace(0.1, 0.4, 30):
            hear(explorer, values=[[float(value)]])
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)

    asyncio.run(drag())
    assert explorer.computed["Capped"]["made_for"][6] == 0.4
    assert not any("values" in names for names, _ in sent)


@pytest.mark.parametrize("steps", [1, 100, MOST_STEPS])
def test_an_answer_of_five_rules_stays_under_400_kb(figure, sent, steps):
    explorer = figure(surfaces.ravine, [unrecordable(rule)() for rule in RULES], steps=steps)
    sent.clear()
    explorer.start = (1, 1)
    (size,) = (size for names, size in sent if "computed" in names)
    assert size < 6000 + 5 * 150 * steps


def test_many_fields_at_500_steps(figure, sent):
    explorer = figure(surfaces.ravine, [Many(), SGD(lr=0.1)], steps=MOST_STEPS)
    assert len(explorer.sliders) == 27
    sent.clear()
    begin = time.perf_counter()
    for name in "abcdefghijklmnopqrstuvwxyz":
        explorer.sliders[f"Many.{name}"].value = 0.01
    assert sum(explorer.values[0]) == pytest.approx(0.26)
    assert all(size < 2000 for names, size in sent if "computed" not in names)
    expected = descend(surfaces.ravine, SGD(lr=0.26), steps=MOST_STEPS)
    np.testing.assert_allclose(explorer.result["Many"].x, expected.x, rtol=1e-9, atol=1e-12)
    assert time.perf_counter() - begin < 60


# A learner's own code


def test_an_exception_is_shown_with_its_line_and_the_figure_lives_on(figure):
    explorer = figure(surfaces.ravine, [Fragile(lr=0.5), SGD(lr=0.5)])
    assert "ZeroDivisionError" not in explorer.words
    explorer.sliders["Fragile.lr"].value = 2.0
    failed, fine = explorer.words.splitlines()
    assert re.fullmatch(
        r"Fragile: ZeroDivisionError: too fast \(line \d+ of step: raise Zero.*\)", failed
    )
    assert fine.startswith("SGD: f =")
    assert list(explorer.result) == ["SGD"]
    answer = explorer.computed["Fragile"]
    assert answer["failed"]
    assert answer["words"] == failed
    x, f, parts = arrays(answer)
    assert np.isnan(x).all()
    assert x.shape == (101, 2)
    assert f.shape == (101,)
    assert parts == {}
    explorer.sliders["Fragile.lr"].value = 0.5
    assert explorer.words.startswith("Fragile: f =")


BROKEN = {
    "an exception": lambda self, x, g, state: 1 / 0,
    "no pair": lambda self, x, g, state: x,
    "another shape": lambda self, x, g, state: (np.zeros(3), state),
    "text": lambda self, x, g, state: ("abc", state),
    "a missing name": lambda self, x, g, state: (x - self.rate * g, state),
    "a message of lines": lambda self, x, g, state: (_ for _ in ()).throw(KeyError("a\nb\n")),
}


@pytest.mark.parametrize("what", BROKEN)
def test_no_rule_keeps_a_figure_from_being_made(figure, what):
    rule = type("Broken", (SGD,), {"step": BROKEN[what]})
    explorer = figure(surfaces.ravine, [rule(lr=0.1), SGD(lr=0.1)], steps=5)
    failed, fine = explorer.words.splitlines()
    assert re.match(r"Broken: \w+Error: ", failed)
    assert fine.startswith("SGD: f = ")
    assert explorer.rules[0]["step"] is None
    assert explorer.rules[0]["reason"]
    assert explorer.computed["Broken"]["failed"]
    assert "image/png" in explorer._repr_mimebundle_()[0]


def test_a_failing_surface_is_shown_too(figure):
    def f(p):
        if np.any(np.abs(p[0]) > 2.5):
            raise RuntimeError("off the map")
        return p[0] ** 2 + p[1] ** 2

    edge = Surface("edge", f, lambda p: 2 * np.asarray(p), ((-3, 3), (-3, 3)), (1, 1))
    explorer = figure(edge, SGD(lr=0.1))
    assert re.match(r"RuntimeError: off the map \(line \d+ of f", explorer.surfaces[0]["problem"])
    assert explorer.surfaces[0]["heights"] is None is explorer.surfaces[0]["tape"]
    assert explorer.words.startswith("SGD: f =")
    assert "off the map" in explorer._repr_mimebundle_()[0]["text/plain"]
    explorer.start = (2.9, 0)
    assert "RuntimeError: off the map (line" in explorer.words
    assert explorer.computed["SGD"]["failed"]


def test_a_surface_that_always_fails_is_shown(figure):
    def broken(p):
        raise OSError("no map")

    surface = Surface("lost", broken, broken, ((-3, 3), (-3, 3)), (1, 1), minima=((0, 0),))
    explorer = figure(surfaces.bowl, SGD(lr=0.1))
    explorer.surface = surface
    assert explorer.words.startswith("SGD: OSError: no map (line")
    assert explorer.surfaces[-1]["problem"].startswith("OSError: no map (line")
    assert explorer.result == {}
    explorer.surface = surfaces.bowl
    assert explorer.words.startswith("SGD: f =")


BAD = [
    (lambda: Explorer("ravine", SGD()), TypeError, "surface must be a Surface"),
    (lambda: Explorer(surfaces.bowl, [SGD]), TypeError, r"an optimizer such as SGD\(lr=0.1\)"),
    (lambda: Explorer(surfaces.bowl, SGD), TypeError, r"an optimizer such as SGD\(lr=0.1\)"),
    (lambda: Explorer(surfaces.bowl, 0.1), TypeError, r"an optimizer such as .*, got 0.1"),
    (lambda: Explorer(surfaces.bowl, []), ValueError, "needs an optimizer"),
    (lambda: Explorer(surfaces.bowl, SGD(lr=[0.1, 0.2])), ValueError, "SGD: lr is an array"),
    (lambda: Explorer(surfaces.bowl, SGD(), start=(1, 2, 3)), ValueError, "start must be one"),
    (lambda: Explorer(surfaces.bowl, SGD(), start=(1, np.nan)), ValueError, "start must be one"),
    (lambda: Explorer(surfaces.bowl, SGD(), steps=0), ValueError, "steps must be a whole number"),
    (lambda: Explorer(surfaces.bowl, SGD(), steps=501), ValueError, "descend takes any number"),
    (lambda: Explorer(surfaces.bowl, SGD(), noise=-1), ValueError, "noise must be a finite"),
]


@pytest.mark.parametrize(("make", "error", "message"), BAD)
def test_bad_input_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


# Many settings, many threads, many figures


def test_300_random_settings(figure):
    rng = np.random.default_rng(3)
    explorer = figure(surfaces.ravine, [*(rule() for rule in RULES), Capped()], steps=30)
    for i in range(300):
        if i % 5 == 0:
            explorer.surface = surfaces.CATALOGUE[i // 5 % len(surfaces.CATALOGUE)]
        (left, right), (bottom, top) = explorer.surface.bounds
        explorer.start = (rng.uniform(left, right), rng.uniform(bottom, top))
        explorer.steps = int(rng.choice([1, 2, 10, 30]))
        explorer.noise = rng.choice([0, 0.5])
        for name, slider in explorer.sliders.items():
            slider.value = 10 ** rng.uniform(-4, 2) if name.endswith("lr") else rng.uniform(0, 1)
        said = dict(line.split(" ", 1) for line in explorer.words.replace(":", "").splitlines())
        for label, run in explorer.result.items():
            if run.diverged:
                assert said[label] == f"diverged at step {run.diverged_at}"
            elif "saddle" not in said[label]:
                assert said[label].startswith(f"f = {run.f[-1]:z.4g} after {run.steps} step")
        assert len(said) == len(explorer.result) == 6
        x, _, _ = arrays(explorer.computed["Capped"])
        np.testing.assert_array_equal(x, explorer.result["Capped"].x)


def test_drawing_in_a_cell_while_a_slider_is_dragged(figure):
    explorer = figure(surfaces.ravine, [Capped(lr=0.5), Momentum(lr=0.1)], steps=30)
    runs = {opt: descend(surfaces.ravine, opt, steps=10) for opt in (SGD(lr=0.9), Adam(lr=0.3))}
    problems, done = [], threading.Event()

    def drag():
        async def moves():
            while not done.is_set():
                for value in np.linspace(0.1, 0.9, 50):
                    hear(explorer, values=[[value], [0.1, 0.9]])
                    await asyncio.sleep(0.001)
                explorer._repr_mimebundle_()

        try:
            asyncio.run(moves())
        except Exception as error:
            problems.append(error)

    thread = threading.Thread(target=drag)
    thread.start()
    try:
        first = compare(surfaces.ravine, runs).png()
        for i in range(40):
            picture = compare(surfaces.ravine, runs)
            explorer.sliders["Momentum.momentum"].value = i / 40
            assert explorer.words
            if i % 10 == 0:
                assert picture.png() == first
    finally:
        done.set()
        thread.join()
    assert problems == []
    settings = explorer.computed["Capped"]["made_for"]
    explorer._send_paths()
    assert explorer.computed["Capped"]["made_for"][6] == explorer.sliders["Capped.lr"].value
    assert len(settings) == 7


def test_closing_leaves_nothing_behind():
    Explorer(surfaces.ravine, SGD()).close()
    gc.collect()
    before = set(ipywidgets.widgets.widget._instances)
    explorer = Explorer(surfaces.ravine, [Capped(), Adam()])
    gone = weakref.ref(explorer)
    slider, computed = explorer.sliders["Capped.lr"], explorer.computed
    explorer.close()
    slider.value = 0.5  # an observer left behind would compute
    assert explorer.computed is computed
    del explorer, slider
    gc.collect()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert gone() is None


def test_a_hundred_closed_figures_leave_less_than_one_holds():
    def make(i):
        own = i % 10 == 0
        place = surfaces.from_function(lambda x, y: x**2 + y) if own else surfaces.ravine
        return Explorer(place, [SGD(), Capped()] if own else [SGD(), Adam()], steps=50)

    def held():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    def close(count):
        for i in range(count):
            make(i).close()

    tracemalloc.start()
    try:
        close(100)  # Python's caches of names fill up
        figure = make(1)
        with_one = held()
        figure.close()
        del figure
        with_none = held()
        close(100)
        after = held()
    finally:
        tracemalloc.stop()
    assert after - with_none < with_one - with_none


# What a notebook carries of it


def carried(figure):
    return json.loads(json.dumps(figure._repr_mimebundle_()[0][FIGURE], allow_nan=False))


def test_a_notebook_carries_the_whole_figure_in_few_bytes(figure):
    explorer = figure(surfaces.ravine, [rule() for rule in RULES])
    explorer.sliders["SGD.lr"].value = 0.75
    explorer.switches["Adam"].value = False
    explorer.start, explorer.noise, explorer.seed = (1, 2), 0.5, 9
    state = carried(explorer)
    size = len(json.dumps(state, separators=(",", ":")))
    assert size < 8000
    held = explorer.get_state(list(state))
    assert held["first"].pop("schedule") is None  # what is not set takes no room
    assert state["surfaces"] == [surface["name"] for surface in held.pop("surfaces")]
    assert {name: state[name] for name in held} == json.loads(json.dumps(held))


def test_a_notebook_carries_a_surface_of_ones_own_as_its_tape(figure):
    own = surfaces.from_function(lambda x, y: x**2 + y**4, name="mine")
    first, *others = carried(figure(own, SGD()))["surfaces"]
    assert (first["name"], first["python"]) == ("mine", "")
    assert first["tape"] is not None
    assert others == [surface.name for surface in surfaces.CATALOGUE]


def test_what_needs_python_says_so_in_the_notebook(figure):
    class Chooses(SGD):
        def step(self, x, g, state):
            return (x - self.lr * g if self.lr < 1 else x), state

    assert carried(figure(surfaces.ravine, [SGD(), Chooses()])) == {"needs_python": ["Chooses"]}


def test_numbers_that_rounding_may_move_are_carried_rounded():
    for surface in surfaces.CATALOGUE:
        curvature = _described(surface)["curvature"]
        assert curvature == float(f"{curvature:.6g}")


# A schedule of the learning rate


def counted(t, steps):
    """A learner's schedule that no tape can hold."""
    return 1.0 if t < steps // 2 else 0.5


class Fixed(Optimizer):
    """A rule that has no learning rate."""

    k: float = 0.1

    def step(self, x, g, state):
        return x - self.k * g, state


@pytest.mark.parametrize(
    "schedule",
    [
        *(kind(warmup=w) for kind in (Linear, Cosine, StepDecay, InverseRoot) for w in (0, 10)),
        Constant(warmup=10),
        lambda t, steps: 0.97**t,
        counted,
    ],
    ids=lambda schedule: getattr(schedule, "__name__", repr(schedule)),
)
def test_every_rule_follows_the_schedule(figure, schedule):
    rules = [SGD(lr=0.9), Adam(lr=0.3), Clipped(lr=0.5)]
    explorer = figure(surfaces.ravine, rules, steps=40, schedule=schedule)
    assert explorer.schedule is schedule
    for rule, run in zip(rules, explorer.result.values(), strict=True):
        expected = descend(surfaces.ravine, rule, steps=40, schedule=schedule)
        np.testing.assert_array_equal(run.x, expected.x)
        np.testing.assert_array_equal(run.lr, expected.lr)
    place, warmup = explorer.get_state("schedule")["schedule"]
    tape = explorer.schedules[place]["tape"]
    assert (tape is None) == (schedule is counted)
    assert set(explorer.computed) == (set(explorer.switches) if tape is None else set())
    if tape:
        (factors,) = Tape.from_json(tape).replay(np.arange(40), 40, warmup)
        np.testing.assert_allclose(factors, rates(schedule, SGD(lr=1.0), 40), rtol=1e-12)


def test_a_schedule_can_be_set_read_heard_and_reset(figure):
    explorer = figure(surfaces.ravine, SGD(lr=0.9), schedule=Linear())
    words = explorer.words
    explorer.schedule = None
    assert explorer.words == figure(surfaces.ravine, SGD(lr=0.9)).words != words
    hear(explorer, schedule=[2, 7])
    assert explorer.schedule == Cosine(warmup=7)
    for nonsense in ([99, 0], [2, -1], [2, 0.5], [2], 3, "x"):
        hear(explorer, schedule=nonsense)
        assert explorer.schedule == Cosine(warmup=7)
    with pytest.raises(TypeError, match="schedule must be a schedule such as"):
        explorer.schedule = Linear
    explorer.reset()
    assert explorer.schedule == Linear()
    assert explorer.words == words


def test_a_schedule_of_ones_own_joins_the_menu_once(figure):
    class Falling(Schedule):
        rate: float = 0.9

        def fall(self, t, steps):
            return self.rate**t

    explorer = figure(surfaces.ravine, SGD(lr=0.9))
    explorer.schedule = Falling(rate=0.8)
    explorer.schedule = Falling(rate=0.8, warmup=3)
    *library, own = explorer.schedules
    assert [known["name"] for known in library] == [
        *("constant", "linear", "cosine", "step decay", "inverse root")
    ]
    assert (own["name"], own["python"], own["own"]) == ("Falling(rate=0.8)", "Falling", True)
    hear(explorer, schedule=[5, 4])
    assert explorer.schedule == Falling(rate=0.8, warmup=4)
    explorer.schedule = lambda t, steps: 1 - t / 20  # in 100 steps it gives 0, and less
    assert "finite number greater than 0" in explorer.schedules[-1]["reason"]
    assert explorer.words.startswith("SGD: ValueError: ")


def test_a_rule_without_a_rate_says_that_it_has_none(figure):
    explorer = figure(surfaces.ravine, [Fixed(), SGD(lr=0.1)])
    fixed, _ = explorer.words.splitlines()
    explorer.schedule = counted
    assert explorer.words.splitlines()[0] == f"{fixed}; no lr to schedule"
    assert list(explorer.computed) == ["SGD"]


def test_the_internals_from_python_show_the_rate(figure):
    explorer = figure(surfaces.ravine, SGD(lr=0.9), steps=4, schedule=counted)
    *_, parts = arrays(explorer.computed["SGD"])
    np.testing.assert_array_equal(parts["lr"], [0.9, 0.9, 0.45, 0.45, 0.45])
    np.testing.assert_allclose(parts["step"], -parts["lr"][:, None] * parts["g"])
    assert explorer.computed["SGD"]["made_for"][6:8] == (5, 0)


def test_a_notebook_carries_a_schedule(figure):
    explorer = figure(surfaces.ravine, SGD(lr=0.9), schedule=Linear(warmup=5))
    state = carried(explorer)
    assert state["schedule"] == state["first"]["schedule"] == [1, 5]
    assert "schedules" not in state  # the library's stand in the page
    assert (
        "SGD(lr=0.9) with linear (warmup 5)" in explorer._repr_mimebundle_()[1]["image/png"]["alt"]
    )
    explorer.schedule = lambda t, steps: 0.9**t
    (own,) = carried(explorer)["schedules"]
    assert own["tape"]
    explorer.schedule = counted
    assert carried(explorer) == {"needs_python": ["SGD"]}


# In a notebook without a browser


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook that shows a figure, moves a slider and prints the words, in committed form."""
    path = tmp_path_factory.mktemp("notebook") / "live.ipynb"
    cells = [
        "from optim_lib import SGD, Adam, surfaces\nfrom optim_lib.explorer import Explorer",
        "explorer = Explorer(surfaces.ravine, [SGD(lr=0.95), Adam(lr=0.3)])\nexplorer",
        "explorer.sliders['SGD.lr'].value = 1.0\nprint(explorer.words)",
        "explorer.start = (3, 1)\nexplorer.result",
        "explorer",
    ]
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    subprocess.run([sys.executable, TOOLS / "notebooks.py", path], check=True)
    return path


def test_nbval_passes_strictly(notebook):
    ran = [cell.execution_count for cell in nbformat.read(notebook, 4).cells]
    assert ran == [1, 2, 3, 4, 5]
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    isolated = ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", notebook.parent]
    result = subprocess.run([*command, *isolated, notebook], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    assert "5 passed" in result.stdout


def test_a_static_page_shows_the_still_picture(notebook):
    shown = nbformat.read(notebook, 4).cells[1].outputs[0]["data"]["image/png"]
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", notebook], check=True)
    page = notebook.with_suffix(".html").read_text()
    assert shown.strip().replace("\n", "") in page.replace("\n", "")
