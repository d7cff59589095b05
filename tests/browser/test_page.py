"""A figure on a plain page in Chromium: its words, the clock, its width, what axe-core finds."""

import json

import numpy as np
import pytest

from browser import engines, javascript, parts, plain
from browser.hand import Hand
from optim_lib import SGD, Adagrad, Adam, Momentum, Optimizer, RMSProp, schedules, surfaces
from optim_lib.explorer import Explorer
from optim_lib.live import css
from optim_lib.live import javascript as joined

RULES = SGD(lr=0.9), Momentum(lr=0.1), Adagrad(lr=1.0), RMSProp(lr=0.1), Adam(lr=0.3)
SETTINGS = 300


class Own(Optimizer):
    """A learner's rule that travels."""

    lr: float = 0.1

    def step(self, x, g, state):
        return x - self.lr * np.clip(g, -1, 1), state


class Choosy(Optimizer):
    """A learner's rule that only Python can compute."""

    lr: float = 0.1

    def step(self, x, g, state):
        if self.lr > 1:
            raise ZeroDivisionError("too fast")
        return x - self.lr * g, state


class Rateless(Optimizer):
    """A learner's rule that has no learning rate."""

    k: float = 0.1

    def step(self, x, g, state):
        return x - self.k * g, state


def halved(t, steps):
    """A learner's schedule that travels."""
    return 0.5 ** (t // 10)


@pytest.fixture
def show(browser, tmp_path):
    """A function that opens a page with figures and gives a hand for the first; pages close."""
    opened = []

    def show_(*explorers, prepare=None, **context):
        context.setdefault("viewport", {"width": 1200, "height": 900})
        page = browser.new_context(**context).new_page()
        opened.append((page, javascript.watch(page)))
        if prepare:
            prepare(page)
        page.goto(plain.write_page(tmp_path, *explorers).as_uri())
        hand = Hand(engines.Chromium(page))
        hand.ready()
        return hand

    yield show_
    for page, profiler in opened:
        heard = page.evaluate("window.heard")
        javascript.note(profiler)
        page.context.close()
        assert heard == []


def test_the_words_are_those_of_python(browser):
    """In random settings, through the module and the model of notebooks, without a kernel."""
    explorer = Explorer(surfaces.ravine, RULES)
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    profiler = javascript.watch(page)
    page.add_style_tag(content=css())
    page.evaluate(plain.MODEL, [joined("anywidget"), json.loads(plain.state_of(explorer))])
    rng, settings, words = np.random.default_rng(3), [], []
    for i in range(SETTINGS):
        explorer.surface = surfaces.CATALOGUE[i % len(surfaces.CATALOGUE)]
        chosen = plain.random_settings(rng, explorer, int(rng.integers(1, 60)))
        chosen["shown"] = [bool(shown) for shown in rng.random(len(RULES)) < 0.8]
        for name, value in chosen.items():
            setattr(explorer, name, value)
        settings.append(explorer.get_state(["surface", *chosen]))
        words.append(explorer.words)
    said = page.evaluate(
        """async (settings) => {
            const said = [], canvas = document.querySelector("canvas");
            for (const setting of settings) {
                for (const [name, value] of Object.entries(setting)) window.model.set(name, value);
                await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
                said.push(canvas.explorerState.words);
            }
            return said;
        }""",
        settings,
    )
    javascript.note(profiler)
    page.close()
    explorer.close()
    differ = [
        (a, b)
        for ours, theirs in zip(words, said, strict=True)
        for a, b in zip(ours.splitlines(), theirs.splitlines(), strict=True)
        if a != b
    ]
    assert differ == []


def test_a_figure_that_ends_leaves_nothing(browser):
    explorer = Explorer(surfaces.ravine, RULES[:2])
    page = browser.new_page()
    page.evaluate(plain.MODEL, [joined("anywidget"), json.loads(plain.state_of(explorer))])
    page.wait_for_function("document.querySelector('canvas')?.explorerState")
    assert page.evaluate("Object.values(callbacks).flat().length") > 5
    page.evaluate("window.end()")
    assert page.evaluate("Object.values(callbacks).flat().length") == 0
    assert page.locator("canvas").count() == 0
    page.close()
    explorer.close()


def test_playback_follows_the_clock(show):
    explorer = Explorer(surfaces.ravine, RULES[:2])
    hand = show(explorer, prepare=lambda page: page.clock.install(time=0))
    page = hand.page.page
    hand.button("First step")
    page.clock.run_for(50)
    assert hand.state()["step"] == 0
    hand.button("Play")
    page.clock.run_for(1000)
    assert hand.state()["step"] == pytest.approx(15, abs=1)  # 15 steps a second
    hand.button("Pause")
    page.clock.run_for(50)
    paused = hand.state()["step"]
    page.clock.run_for(5000)
    assert hand.state()["step"] == paused
    hand.choose("Speed", 4)
    hand.button("Play")
    page.clock.run_for(1000)
    assert hand.state()["step"] == pytest.approx(paused + 60, abs=3)
    page.clock.run_for(1000)
    assert hand.state()["step"] == 100
    hand.button("Play")  # at the end it begins again
    page.clock.run_for(500)
    assert 20 < hand.state()["step"] < 40
    explorer.close()


def test_playback_for_those_who_asked_for_less_motion(show):
    explorer = Explorer(surfaces.ravine, RULES[:2])
    hand = show(
        explorer,
        prepare=lambda page: page.clock.install(time=0),
        reduced_motion="reduce",
    )
    page = hand.page.page
    hand.button("Play")
    page.clock.run_for(100)
    assert hand.state()["step"] == 0
    page.clock.run_for(2000)
    assert 4 <= hand.state()["step"] <= 7
    hand.button("Pause")
    explorer.close()


def test_what_needs_python_says_so_where_there_is_none(show):
    explorer = Explorer(surfaces.ravine, [Choosy(lr=0.1), Own(lr=0.1)])
    hand = show(explorer)
    state = hand.state()
    assert [track["source"] for track in state["tracks"]] == ["python", "replay"]
    assert state["words"] == explorer.words
    hand.press('[role=slider][aria-label="Choosy lr"]', "ArrowRight")
    hand.wait(lambda state: state["tracks"][0]["source"] == "stale", "stale")
    asked = "This needs Python: is a kernel running? Run the cell again."
    hand.wait(
        lambda _: hand.js("return figure.querySelector('.optim-busy').innerText;") == asked, asked
    )
    hand.press('[role=slider][aria-label="Own lr"]', "ArrowRight")
    hand.wait(lambda now: now["tracks"][1]["x"] != state["tracks"][1]["x"], "an answer")
    hand.button("Reset")
    hand.wait(lambda now: now["words"] == state["words"], "the path that Python had computed")
    explorer.close()


def test_a_schedule_by_hand(show):
    explorer = Explorer(surfaces.ravine, [*RULES[:2], Rateless()], steps=40)
    explorer.schedule = halved  # joins the menu
    explorer.schedule = None
    hand = show(explorer)
    without = hand.state()["words"]
    hand.click(".optim-schedule summary")
    for place, schedule in ((2, schedules.Linear()), (6, halved), (3, schedules.Cosine())):
        hand.choose("Schedule", place)
        explorer.schedule = schedule
        hand.wait(lambda state: state["words"] == explorer.words, explorer.words)
    hand.type("Warmup", "5")
    explorer.schedule = schedules.Cosine(warmup=5)
    state = hand.wait(lambda state: state["words"] == explorer.words, explorer.words)
    lr = next(part["values"] for part in state["tracks"][0]["parts"] if part["name"] == "lr")
    np.testing.assert_allclose(lr[:-1], explorer.result["SGD"].lr, rtol=1e-12)
    said = hand.js("return figure.querySelector('.optim-schedule').innerText;")
    assert "Schedule of lr: cosine, warmup 5" in said
    assert "lr times 0.167 at step 0, 1 at step 5" in said
    hand.press('[role=slider][aria-label="SGD peak lr"]', "ArrowLeft")
    hand.type("Warmup", "-1")
    hand.click(".optim-sharing summary")
    python = "schedule=schedules.Cosine(warmup=5)"
    hand.wait(
        lambda _: python in hand.js("return figure.querySelector('.optim-copied pre').innerText;"),
        python,
    )
    hand.button("Reset")
    hand.wait(lambda state: state["words"] == without, "no schedule")
    explorer.close()


def test_an_error_that_python_met_is_shown_with_its_line(show):
    explorer = Explorer(surfaces.ravine, [Choosy(lr=0.1), Own(lr=0.1)])
    explorer.sliders["Choosy.lr"].value = 2.0
    hand = show(explorer)
    failed = hand.js("return figure.querySelector('.failed').innerText;")
    assert failed == explorer.words.splitlines()[0]
    assert "ZeroDivisionError: too fast (line " in failed
    assert 'raise ZeroDivisionError("too fast")' in failed
    explorer.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390, 320])
def test_axe_finds_nothing(show, width, scheme):
    source = parts.npm_package("axe-core") / "axe.min.js"
    explorer = Explorer(surfaces.ravine, [*RULES, Own(lr=0.1)])
    hand = show(explorer, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = hand.page.page
    hand.js("for (const details of figure.querySelectorAll('details')) details.open = true;")
    hand.wait(lambda _: hand.js("return figure.querySelectorAll('td').length > 10;"), "numbers")
    # By the debugger, which the policy of the page does not bind.
    page.evaluate(source.read_text("utf-8") + "; 0")
    found = page.evaluate(
        """async () => (await axe.run(".optim-explorer", { runOnly: { type: "tag", values: [
            "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } })
        ).violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])"""
    )
    assert found == []
    explorer.close()


@pytest.mark.parametrize("width", [1200, 700, 390, 320])
def test_nothing_is_cut_off(show, width):
    explorer = Explorer(surfaces.ravine, RULES)
    hand = show(explorer, viewport={"width": width, "height": 700})
    assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = hand.js(
        """return [...figure.querySelectorAll("button, input, select, summary, [tabindex]")].filter(
            (element) => {
                const { width, height } = element.getBoundingClientRect();
                return width && Math.min(width, height) < 24;
            }).map((element) => element.outerHTML);"""
    )
    assert small == []  # for a finger
    for panel in hand.state()["panels"]:
        assert min(panel["w"], panel["h"]) > 90
    explorer.close()


def test_lengths_along_x_and_y_are_alike_on_the_surface(show):
    explorer = Explorer(surfaces.ravine, RULES)
    hand = show(explorer)
    for number, surface in enumerate(surfaces.CATALOGUE):
        hand.choose("Surface", number)
        state = hand.wait(lambda state, s=surface: state["surface"] == s.name, surface.name)
        (left, right), (bottom, top) = surface.bounds
        panel = state["panels"][0]
        if 0.5 <= (right - left) / (top - bottom) <= 2.7:
            across, down = panel["w"] / (right - left), panel["h"] / (top - bottom)
            assert across == pytest.approx(down), surface.name
    explorer.close()


def test_two_figures_on_a_page_live_apart(show):
    explorers = [Explorer(surfaces.bowl, RULES[:1]), Explorer(surfaces.beale, RULES[1:2])]
    first = show(*explorers)
    second = Hand(first.page, 1)
    before, words = second.ready(), first.ready()["words"]
    first.type("SGD lr", "0.05")
    words = first.wait(lambda state: state["words"] != words, "an answer")["words"]
    assert second.state() == before
    second.type("Momentum lr", "0.001")
    second.wait(lambda state: state["words"] != before["words"], "an answer")
    assert first.state()["words"] == words
    for explorer in explorers:
        explorer.close()
