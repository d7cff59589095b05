"""The live figure without a browser: what it computes, sends, says, and frees."""

import asyncio
import base64
import gc
import re
import subprocess
import sys
import threading
import tracemalloc
import weakref
from pathlib import Path
from typing import NamedTuple

import ipywidgets
import nbformat
import numpy as np
import pytest

from optim_lib import SGD, Adagrad, Adam, Momentum, Optimizer, RMSProp, Surface, descend, surfaces
from optim_lib import explorer as module
from optim_lib.explorer import MOST_STEPS, Explorer
from optim_lib.figures import compare

TOOLS = Path(__file__).parents[1] / "tools"
RULES = (SGD, Momentum, Adagrad, RMSProp, Adam)


class ClippedState(NamedTuple):
    last: np.ndarray


class Clipped(Optimizer):
    """A learner's rule with a state, and with a norm that mixes the paths of a broadcast."""

    lr: float = 0.1
    limit: float = 1.0

    def init(self, x):
        return ClippedState(np.zeros_like(x))

    def step(self, x, g, state):
        g = g * np.minimum(1, self.limit / np.linalg.norm(g))
        return x - self.lr * g, ClippedState(g)


class OneAtATime(Optimizer):
    """A learner's rule that cannot take an array of learning rates."""

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
    """The messages that go to the browser: (widget, names, bytes)."""
    messages = []

    def record(widget, message, buffers=None):
        size = len(repr(message)) + sum(map(len, buffers or []))
        messages.append((widget, set(message.get("state", {})), size))

    monkeypatch.setattr(ipywidgets.Widget, "_send", record)
    return messages


def rows(slider, explorer):
    """Return the points and the heights that a slider's table holds."""
    shape = len(slider.values), explorer.steps + 1
    x = np.frombuffer(slider.table["x"], np.float32).reshape(*shape, 2)
    return x, np.frombuffer(slider.table["f"], np.float32).reshape(shape)


def alone(explorer, label, name, value):
    """Return the path for one position, computed alone."""
    rule = next(rule for rule in explorer._rules if rule.label == label)
    run = descend(explorer.surface, rule.at(**{name: value}), explorer.start, explorer.steps)
    with np.errstate(over="ignore"):
        return run.x.astype(np.float32), run


# What it computes


@pytest.mark.parametrize("rule", [*RULES, Clipped, OneAtATime])
def test_every_row_of_a_table_is_the_path_for_its_position(figure, rule):
    explorer = figure(surfaces.ravine, rule(lr=0.3), steps=25)
    for key, slider in explorer.sliders.items():
        label, name = key.split(".")
        x, f = rows(slider, explorer)
        assert len(slider.values) > 20
        for i, value in enumerate(slider.values):
            expected, run = alone(explorer, label, name, value)
            # A chaotic path turns the last bit of a power into another path: compare its begin.
            known = 8 if rule is Adam else len(expected)
            np.testing.assert_allclose(x[i, :known], expected[:known], rtol=1e-5, atol=1e-6)
            assert slider.table["words"][i].startswith(label)
            with np.errstate(over="ignore"):
                heights = run.f.astype(np.float32)
            np.testing.assert_allclose(f[i, :known], heights[:known], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_the_internals_are_the_state_of_the_optimizer(figure, rule):
    explorer = figure(surfaces.himmelblau, rule(lr=0.01), steps=30)
    (run,) = explorer.result.values()
    parts = {
        part["name"]: np.frombuffer(part["values"], np.float32).reshape(31, part["width"]).squeeze()
        for part in next(iter(explorer.switches.values())).path["parts"]
    }
    np.testing.assert_array_equal(parts["g"], run.g.astype(np.float32))
    roots = {Adagrad: "h", RMSProp: "h", Adam: "v"}
    for name in getattr(run.state, "_fields", ()):
        state = getattr(run.state, name)
        if roots.get(rule) == name:
            np.testing.assert_array_equal(parts[f"√{name}"], np.sqrt(state).astype(np.float32))
        else:
            np.testing.assert_array_equal(parts[name], state.astype(np.float32))
    longer = descend(run.surface, run.optimizer, explorer.start, 31)
    np.testing.assert_allclose(parts["step"], np.diff(longer.x, axis=0), rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(parts["rate"] * -parts["g"], parts["step"], rtol=1e-5, atol=1e-12)


def test_arrows_push_the_point_the_way_it_goes(figure):
    explorer = figure(surfaces.bowl, [Momentum(lr=0.01), Adam(lr=0.01)], steps=5)
    for switch in explorer.switches.values():
        parts = {part["name"]: part for part in switch.path["parts"]}
        step = np.frombuffer(parts["step"]["values"], np.float32).reshape(-1, 2)
        for name, part in parts.items():
            if part["arrow"]:
                pushes = part["arrow"] * np.frombuffer(part["values"], np.float32).reshape(-1, 2)
                assert np.all(pushes[2:] * step[2:] > 0), name


def test_fractions_reach_their_landmarks_and_rates_pass_the_limit(figure):
    explorer = figure(surfaces.ravine, [SGD(lr=0.1), RMSProp(lr=0.1), Adam(lr=0.1)])
    for steps in (1, 100, MOST_STEPS):
        explorer.steps = steps
        for key in ("RMSProp.decay_rate", "Adam.beta1", "Adam.beta2"):
            assert {0, 0.9, 0.99, 0.999} <= set(explorer.sliders[key].values)
        rates = explorer.sliders["SGD.lr"].values
        assert min(rates) < 0.01
        assert max(rates) > 2 / max(surfaces.ravine.eigenvalues)


@pytest.mark.parametrize("surface", surfaces.CATALOGUE, ids=lambda s: s.name)
def test_the_ends_of_the_sliders_suit_the_surface(figure, surface):
    explorer = figure(surface, [SGD(), Adam()], steps=200)
    for key in ("SGD.lr", "Adam.lr"):
        x, f = rows(explorer.sliders[key], explorer)
        moved = np.abs(x - x[:, :1]) / np.ptp(surface.bounds, axis=1)
        assert moved[0, 1].max() < 0.01  # the slow end creeps
        assert np.nanmax(moved[-1]) > 0.3  # the fast end goes far
        assert np.nanmin(f[:, -1]) < f[0, 0]  # and between them something descends


def test_heights_are_counted_from_the_lowest_minimum(figure):
    explorer = figure(surfaces.styblinski_tang, SGD(lr=0.02))
    _, f = rows(explorer.sliders["SGD.lr"], explorer)
    assert explorer._stage.scene["log"]
    assert explorer._stage.scene["axis"] == "f above the lowest minimum"
    assert np.nanmin(f) > -1e-6


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
    looks = [tuple(switch.look) for switch in explorer.switches.values()]
    assert len(set(looks)) == 3
    assert base64.b64decode(explorer._repr_mimebundle_()[0]["image/png"]).startswith(b"\x89PNG")


def test_an_optimizer_that_is_off_is_neither_said_nor_returned(figure):
    explorer = figure(surfaces.ravine, [SGD(), Adam()])
    explorer.switches["SGD"].value = False
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


def test_reset_goes_back_to_the_beginning(figure):
    explorer = figure(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)], start=(-6, 1), steps=70)
    words = explorer.words
    explorer.surface, explorer.steps = surfaces.beale, 20
    explorer.sliders["Adam.beta1"].value = 0.5
    explorer.switches["SGD"].value = False
    assert explorer.words != words
    explorer._stage._handle_custom_msg("reset", [])  # what the button sends
    assert explorer.words == words
    assert explorer.start == (-6, 1)


def test_a_surface_brings_its_own_start_and_may_be_ones_own(figure):
    explorer = figure(surfaces.ravine, SGD(lr=0.001))
    explorer.surface = surfaces.rosenbrock
    assert explorer.start == surfaces.rosenbrock.start
    bump = surfaces.from_function(lambda x, y: np.sin(x) + y**2, name="bump")
    explorer.surface = bump
    assert explorer.result["SGD"].surface is bump
    assert explorer._stage.surfaces[-1] == "bump"
    assert figure(bump, SGD()).surface is bump


def test_a_typed_value_need_not_be_a_position(figure):
    explorer = figure(surfaces.ravine, Adam(lr=0.3))
    explorer.sliders["Adam.lr"].value = 0.123456
    assert explorer.result["Adam"].optimizer.lr == 0.123456
    assert 0.123456 not in explorer.sliders["Adam.lr"].values


def test_eps_has_a_slider_where_it_is_asked_for(figure):
    assert "Adam.eps" not in figure(surfaces.bowl, Adam()).sliders
    values = figure(surfaces.bowl, Adam(), eps=True).sliders["Adam.eps"].values
    assert {0.0, 1e-8} <= set(values)


def test_the_still_picture_is_that_of_the_present_paths(figure):
    explorer = figure(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)])
    explorer.sliders["SGD.lr"].value = 0.5
    data, metadata = explorer._repr_mimebundle_()
    runs = {str(run.optimizer): run for run in explorer.result.values()}
    assert base64.b64decode(data["image/png"]) == compare(surfaces.ravine, runs).png()
    assert "SGD(lr=0.5)" in metadata["image/png"]["alt"]
    assert data["text/plain"] == explorer.words
    assert "application/vnd.jupyter.widget-view+json" in data
    assert explorer._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    assert repr(explorer) == "<Explorer on ravine: SGD, Adam>"


# What it sends


def test_letting_go_of_a_slider_sends_only_the_other_tables_of_its_optimizer(figure, sent):
    explorer = figure(surfaces.ravine, [RMSProp(lr=0.1), Adam(lr=0.3)])
    sent.clear()
    slider = explorer.sliders["Adam.lr"]
    slider.value = slider.values[3]
    tables = [widget for widget, names, _ in sent if "table" in names]
    assert tables == [explorer.sliders["Adam.beta1"], explorer.sliders["Adam.beta2"]]
    assert [w for w, names, _ in sent if "path" in names] == [explorer.switches["Adam"]]


def test_a_held_slider_is_served_by_its_table_alone(figure, sent):
    explorer = figure(surfaces.ravine, [RMSProp(lr=0.1), Adam(lr=0.3)])
    slider = explorer.sliders["Adam.lr"]

    async def drag():
        slider.held = True
        sent.clear()
        for value in slider.values:
            slider.value = value
            await asyncio.sleep(0)
        await asyncio.sleep(0.02)
        assert not any({"path", "table"} & names for _, names, _ in sent)
        slider.held = False
        await asyncio.sleep(3 * module.PAUSE)

    asyncio.run(drag())
    assert explorer.switches["Adam"].path["made_for"][4] == slider.value
    assert any("path" in names for _, names, _ in sent)


def test_a_burst_of_changes_is_answered_once_with_the_newest(figure, sent):
    explorer = figure(surfaces.ravine, [RMSProp(lr=0.1), Adam(lr=0.3)])

    async def burst():
        sent.clear()
        for value in np.linspace(-7, 7, 100):
            explorer.start = (value, 1)
        await asyncio.sleep(3 * module.PAUSE)

    asyncio.run(burst())
    assert sum("path" in names for _, names, _ in sent) == 2
    assert sum("table" in names for _, names, _ in sent) == 5
    assert explorer.result["Adam"].x[0, 0] == 7


@pytest.mark.parametrize("steps", [1, 20, 100, 250, MOST_STEPS])
@pytest.mark.parametrize("rules", [(RMSProp, Adam), (SGD, Momentum), (Adam, Adam)])
def test_an_update_of_two_optimizers_stays_under_500_kb(figure, sent, steps, rules):
    explorer = figure(surfaces.ravine, [rule() for rule in rules], steps=steps, eps=True)
    sent.clear()
    explorer.surface = surfaces.terrain  # all tables, and the largest picture
    size = sum(size for _, _, size in sent)
    assert explorer._stage.scene["name"] == "terrain"
    assert 50_000 < size < 500_000


def test_contours_are_drawn_once_a_surface(figure, monkeypatch):
    drawn = []
    monkeypatch.setattr(module, "_PICTURES", type(module._PICTURES)())
    monkeypatch.setattr(module, "backdrop", lambda *a, **k: drawn.append(a[0]) or b"PNG")
    explorer = figure(surfaces.ravine, SGD())
    for surface in (surfaces.bowl, surfaces.ravine, surfaces.bowl):
        explorer.surface = surface
    figure(surfaces.ravine, Adam())
    assert drawn == [surfaces.ravine, surfaces.bowl]


# A learner's own code


def test_an_exception_is_shown_with_its_line_and_the_figure_lives_on(figure):
    explorer = figure(surfaces.ravine, [Fragile(lr=0.5), SGD(lr=0.5)])
    table = explorer.sliders["Fragile.lr"].table["words"]
    assert "ZeroDivisionError" in table[-1]
    assert "ZeroDivisionError" not in table[0]
    explorer.sliders["Fragile.lr"].value = 2.0
    failed, fine = explorer.words.splitlines()
    assert re.fullmatch(
        r"Fragile: ZeroDivisionError: too fast \(line \d+ of step: raise Zero.*\)", failed
    )
    assert fine.startswith("SGD: f =")
    assert list(explorer.result) == ["SGD"]
    assert explorer.switches["Fragile"].path["failed"]
    explorer.sliders["Fragile.lr"].value = 0.5
    assert explorer.words.startswith("Fragile: f =")


def test_a_failing_surface_is_shown_too(figure):
    def f(p):
        if np.any(np.abs(p[0]) > 2.5):
            raise RuntimeError("off the map")
        return p[0] ** 2 + p[1] ** 2

    edge = Surface("edge", f, lambda p: 2 * np.asarray(p), ((-3, 3), (-3, 3)), (1, 1))
    explorer = figure(edge, SGD(lr=0.1))
    assert "off the map" in explorer._stage.scene["problem"]
    assert explorer.words.startswith("SGD: f =")
    assert "off the map" in explorer._repr_mimebundle_()[0]["text/plain"]
    explorer.start = (2.9, 0)
    assert "RuntimeError: off the map (line" in explorer.words


def test_a_value_out_of_range_is_shown(figure):
    explorer = figure(surfaces.ravine, Momentum())
    explorer.sliders["Momentum.momentum"].value = 1.0
    assert "momentum must be at least 0 and less than 1, got 1.0" in explorer.words
    explorer.sliders["Momentum.momentum"].value = 0.5
    assert "f =" in explorer.words


BAD = [
    (lambda: Explorer("ravine", SGD()), TypeError, "surface must be a Surface"),
    (lambda: Explorer(surfaces.bowl, [SGD]), TypeError, r"one such as SGD\(lr=0.1\)"),
    (lambda: Explorer(surfaces.bowl, []), ValueError, "needs an optimizer"),
    (lambda: Explorer(surfaces.bowl, SGD(lr=[0.1, 0.2])), ValueError, "SGD: lr is an array"),
    (lambda: Explorer(surfaces.bowl, SGD(), start=(1, 2, 3)), ValueError, "start must be one"),
    (lambda: Explorer(surfaces.bowl, SGD(), start=(1, np.nan)), ValueError, "start must be one"),
    (lambda: Explorer(surfaces.bowl, SGD(), steps=0), ValueError, "steps must be a whole number"),
    (lambda: Explorer(surfaces.bowl, SGD(), steps=501), ValueError, "descend takes any number"),
]


@pytest.mark.parametrize(("make", "error", "message"), BAD)
def test_bad_input_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


# Many settings, many threads, many figures


def test_300_random_settings(figure):
    rng = np.random.default_rng(3)
    explorer = figure(surfaces.ravine, [rule() for rule in RULES], steps=30)
    for i in range(300):
        if i % 5 == 0:
            explorer.surface = surfaces.CATALOGUE[i // 5 % len(surfaces.CATALOGUE)]
        (left, right), (bottom, top) = explorer.surface.bounds
        explorer.start = (rng.uniform(left, right), rng.uniform(bottom, top))
        explorer.steps = int(rng.choice([1, 2, 10, 30]))
        for slider in explorer.sliders.values():
            end = rng.choice([0, -1, rng.integers(len(slider.values))], p=[0.25, 0.25, 0.5])
            slider.value = slider.values[end]
        said = dict(line.split(" ", 1) for line in explorer.words.replace(":", "").splitlines())
        for label, run in explorer.result.items():
            path = explorer.switches[label].path
            x = np.frombuffer(path["x"], np.float32).reshape(-1, 2)
            with np.errstate(all="ignore"):
                np.testing.assert_array_equal(x, run.x.astype(np.float32))
            if run.diverged:
                assert said[label] == f"diverged at step {run.diverged_at}"
            elif "saddle" not in said[label]:
                assert said[label].startswith(f"f = {run.f[-1]:z.4g} after {run.steps} step")
        assert len(said) == len(explorer.result) == 5
        assert np.isfinite(explorer._stage.scene["heights"]).all()


def test_drawing_in_a_cell_while_a_slider_is_dragged(figure):
    explorer = figure(surfaces.ravine, [SGD(lr=0.5), Momentum(lr=0.1)], steps=30)
    runs = {opt: descend(surfaces.ravine, opt, steps=10) for opt in (SGD(lr=0.9), Adam(lr=0.3))}
    problems, done = [], threading.Event()

    def drag():
        async def moves():
            values = explorer.sliders["SGD.lr"].values
            while not done.is_set():
                for value in values:
                    explorer.sliders["SGD.lr"].value = value
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
        for i in range(200):
            picture = compare(surfaces.ravine, runs)
            if i % 20 == 0:
                assert picture.png() == first
    finally:
        done.set()
        thread.join()
    assert problems == []


def test_closing_leaves_nothing_behind():
    Explorer(surfaces.ravine, SGD()).close()
    gc.collect()
    before = set(ipywidgets.widgets.widget._instances)
    explorer = Explorer(surfaces.ravine, [SGD(), Adam()])
    gone = weakref.ref(explorer)
    slider = explorer.sliders["SGD.lr"]
    explorer.close()
    slider.value = 0.5  # an observer left behind would compute
    del explorer
    gc.collect()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert gone() is None


def test_a_hundred_figures_leave_memory_flat():
    def make(count):
        for _ in range(count):
            Explorer(surfaces.ravine, [SGD(), Adam()], steps=50).close()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first, second = make(100), make(100)  # in the first, Python's caches of names fill up
    finally:
        tracemalloc.stop()
    assert second < 1.1 * first


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
