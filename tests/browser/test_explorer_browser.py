"""The live figure in a real browser, in JupyterLab and in Notebook 7."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from browser import conftest
from optim_lib import SGD, descend, surfaces

STATUS = "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.status"
TOOLS = Path(__file__).parents[2] / "tools"
SETUP = """
import json, time
import numpy as np
import ipywidgets
from optim_lib import *
from optim_lib.explorer import Explorer
from optim_lib.figures import compare

class Fragile(Optimizer):  # an `if` on a number: Python computes it
    lr: float = 0.1
    def step(self, x, g, state):
        if self.lr > 1:
            raise ZeroDivisionError("too fast")
        return x - self.lr * g, state

class Own(Optimizer):  # a learner's rule that travels
    lr: float = 0.1
    def step(self, x, g, state):
        return x - self.lr * np.sign(g) * np.minimum(np.abs(g), 1), state

well = surfaces.from_function(lambda x, y: np.log1p(x**2 + 3 * y**2), name="well")
def stairs(x, y):  # an `if` on a number
    return np.vectorize(lambda v: v**2 if v > 0 else 2 * v**2)(x) + y**2
"""
FIRST = """first = Explorer(surfaces.ravine, [SGD(lr=0.9), Momentum(lr=0.1)])
first"""
SECOND = """second = Explorer(surfaces.himmelblau, [Fragile(lr=0.01), Adam(lr=0.3)])
second"""
THIRD = """third = Explorer(well, [Own(lr=0.3), SGD(lr=0.1)], steps=30)
third"""
SLEEP = "time.sleep(10)"
CONTROLS = "slider", "spinbutton", "checkbox", "button", "combobox", "image", "DisclosureTriangle"
AT_FIRST = f"SGD: f = {descend(surfaces.ravine, SGD(lr=0.9)).f[-1]:.4g} after 100 steps"
TELL = """def told(figure):
    momentum = figure.result.get("Momentum")
    return {
        "words": figure.words,
        "values": {name: slider.value for name, slider in figure.sliders.items()},
        "start": figure.start,
        "steps": figure.steps,
        "noise": [figure.noise, figure.seed],
        "surface": figure.surface.name,
        "widgets": len(ipywidgets.widgets.widget._instances),
        "v": momentum and momentum.state.v.tolist(),
        "g": momentum and momentum.g.tolist(),
    }
print(json.dumps([told(first), told(second), told(third)]))"""
DRAW = """runs = {opt: descend(surfaces.bowl, opt, steps=5) for opt in (SGD(lr=0.1), Adam(lr=0.3))}
for _ in range(20):
    compare(surfaces.bowl, runs).png()"""
CELLS = [SETUP, FIRST, SECOND, THIRD, SLEEP, TELL, DRAW]


@pytest.fixture(scope="module", params=["lab", "notebook"])
def live(open_notebook, request):
    """One notebook with three live figures, for all tests of one application."""
    notebook = open_notebook(request.param, CELLS)
    notebook.app = request.param
    for index in range(4):
        notebook.run(index)
    yield notebook
    notebook.close()


@pytest.fixture
def first(live):
    """The first figure as it began; when the test ends the console must have stayed silent."""
    live.page.mouse.up()
    live.errors.clear()
    figure = live.figure(0)
    figure.button("Reset").click()
    state = figure.wait(f"state => state.words.startsWith('{AT_FIRST}')")
    assert state["step"] == 100
    yield figure
    assert live.errors == []


def tell(live, number=0):
    """Return what the kernel says of a figure."""
    live.run(CELLS.index(TELL))
    return json.loads(live.output(CELLS.index(TELL)))[number]


def agree(live, figure, number=0):
    """Wait until the kernel says the words that are on the page, and return all that it says."""
    conftest.agree(figure, lambda: tell(live, number)["words"])
    return tell(live, number)


def pixels(figure):
    """Return a fingerprint of what is on the canvas."""
    return hashlib.sha256(figure.canvas.screenshot()).hexdigest()


def track(state, label):
    return next(track for track in state["tracks"] if track["label"] == label)


def centre(locator, across=0.5):
    box = locator.bounding_box()
    return box["x"] + across * box["width"], box["y"] + box["height"] / 2


def drag(page, locator, stops):
    """Press at the first stop, visit the others; the hand still holds on when this returns."""
    locator.scroll_into_view_if_needed()
    page.mouse.move(*centre(locator, stops[0]))
    page.mouse.down()
    for stop in stops[1:]:
        page.mouse.move(*centre(locator, stop))
        page.wait_for_timeout(16)


def test_a_slider_by_mouse_moves_the_path_at_once_and_the_kernel_agrees(live, first):
    before, picture = first.state(), pixels(first)
    drag(live.page, first.slider("SGD lr"), [0.5, 0.6, 0.7])
    held = first.frame()
    live.page.mouse.up()
    assert track(held, "SGD")["source"] == "replay"
    assert track(held, "SGD")["x"] != track(before, "SGD")["x"]
    assert track(held, "Momentum") == track(before, "Momentum")
    assert pixels(first) != picture
    told = agree(live, first)
    assert told["words"] == first.box.locator("[aria-live=polite]").inner_text()
    assert str(told["values"]["SGD.lr"]) == first.slider("SGD lr").get_attribute("aria-valuenow")
    (lr,) = (value for name, value in told["values"].items() if name == "SGD.lr")
    np.testing.assert_allclose(
        track(held, "SGD")["x"], descend(surfaces.ravine, SGD(lr=lr)).x.ravel(), rtol=1e-12
    )


def test_a_path_of_python_is_dim_while_it_is_of_other_settings(live, first):
    second = live.figure(1)
    # In one breath, so that no answer of the kernel comes between.
    seen = second.slider("Fragile lr").evaluate(
        """async (slider) => {
            const figure = slider.closest(".optim-explorer");
            slider.dispatchEvent(new KeyboardEvent("keydown", { key: "PageUp" }));
            await new Promise(requestAnimationFrame);
            const { tracks, computing } = figure.querySelector("canvas").explorerState;
            const said = figure.querySelector(".optim-words [data-track=Fragile]").className;
            const busy = figure.querySelector(".optim-busy");
            return [tracks[0].source, said, computing, tracks[1].source, busy.textContent];
        }"""
    )
    assert seen == ["stale", "waiting", True, "replay", "computing in Python…"]
    assert track(second.settle(), "Fragile")["source"] == "python"
    agree(live, second, 1)
    assert second.box.locator(".optim-busy").is_hidden()
    second.button("Reset").click()
    agree(live, second, 1)


def test_a_slider_by_keyboard(live, first):
    slider, typed = first.slider("Momentum momentum"), first.typed("Momentum momentum")
    values = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home"):
        slider.press(key)
        values.append(float(slider.get_attribute("aria-valuenow")))
        assert float(typed.input_value()) == values[-1]
    slider.press("a")  # no key of a slider
    slider.click(button="right")
    assert float(slider.get_attribute("aria-valuenow")) == values[-1]
    assert 0.9 < values[0] == values[2] < values[1] < values[3]
    assert values[3:] == [0.9999, 0]
    assert agree(live, first)["values"]["Momentum.momentum"] == 0


def test_a_number_can_be_typed(live, first):
    typed, note = first.typed("SGD lr"), first.box.locator(".optim-note")
    first.type("SGD lr", 0.123456)
    expected = descend(surfaces.ravine, SGD(lr=0.123456)).f[-1]
    first.wait(f"state => state.words.startsWith('SGD: f = {expected:.4g} ')")
    assert agree(live, first)["values"]["SGD.lr"] == 0.123456
    assert first.slider("SGD lr").get_attribute("aria-valuenow") == "0.123456"
    first.type("SGD lr", "")
    assert typed.input_value() == "0.123456"
    first.type("SGD lr", -1)
    assert typed.input_value() == "0.123456"
    assert note.inner_text() == "SGD lr must be greater than 0; -1 is not taken"
    first.type("SGD lr", 0.5)
    assert note.inner_text() == ""
    assert agree(live, first)["values"]["SGD.lr"] == 0.5


def test_the_surface_menu_steps_and_reset(live, first):
    menu = first.menu()
    menu.select_option("saddle")
    state = first.wait("state => state.surface === 'saddle'")
    assert track(state, "SGD")["x"][:2] == pytest.approx([1, 0.01])
    assert state["limits"] == pytest.approx([-2.25, 2.25])
    for key in ("Space", "ArrowDown", "Enter"):
        menu.press(key)
    first.wait("state => state.surface === 'two valleys'")
    first.slider("Steps").press("ArrowLeft")
    state = first.wait("state => state.tracks[0].f.length === 100")
    assert "after 99 steps" in state["words"]
    told = agree(live, first)
    assert (told["surface"], told["steps"]) == ("two valleys", 99)
    first.button("Reset").press("Enter")
    first.wait("state => state.surface === 'ravine'")
    told = agree(live, first)
    assert (told["surface"], told["steps"], told["start"]) == ("ravine", 100, [-7, 2])


@pytest.mark.parametrize("press", [lambda box: box.click(), lambda box: box.press("Space")])
def test_an_optimizer_is_switched_off_and_on(live, first, press):
    picture, box = pixels(first), first.box.get_by_role("checkbox", name="Momentum")
    press(box)
    state = first.wait("state => !state.tracks[1].shown")
    assert "Momentum" not in state["words"]
    agree(live, first)
    assert pixels(first) != picture
    press(box)
    assert "Momentum" in first.wait("state => state.tracks[1].shown")["words"]
    agree(live, first)


def test_noise_and_another_draw_of_it(live, first):
    assert first.button("New noise").is_disabled()
    calm = first.state()
    first.slider("Noise").press("End")
    shaken = first.wait("state => state.words", 15_000)
    assert track(shaken, "SGD")["x"] != track(calm, "SGD")["x"]
    told = agree(live, first)
    assert told["noise"][0] > 0
    first.button("New noise").click()
    again = first.frame()
    assert track(again, "SGD")["x"] not in (track(shaken, "SGD")["x"], track(calm, "SGD")["x"])
    assert agree(live, first)["noise"] == [told["noise"][0], told["noise"][1] + 1]
    first.type("Noise", 0)
    assert track(first.frame(), "SGD")["x"] == track(calm, "SGD")["x"]
    agree(live, first)


def test_the_start_is_dragged_by_mouse(live, first):
    handle = first.box.get_by_role("slider", name="Start")
    handle.scroll_into_view_if_needed()
    panel = first.state()["panels"][0]
    box = first.canvas.bounding_box()
    live.page.mouse.move(*centre(handle))
    live.page.mouse.down()
    for part in (0.3, 0.4, 0.5):
        live.page.mouse.move(
            box["x"] + panel["x"] + part * panel["w"], box["y"] + panel["y"] + part * panel["h"]
        )
        live.page.wait_for_timeout(16)
    live.page.mouse.up()
    told = agree(live, first)
    np.testing.assert_allclose(told["start"], (0, 0), atol=0.05)
    assert track(first.state(), "SGD")["x"][:2] == told["start"]


def test_a_click_on_the_surface_or_a_typed_number_places_the_start(live, first):
    panel = first.state()["panels"][0]
    first.canvas.scroll_into_view_if_needed()
    box = first.canvas.bounding_box()
    x, y = box["x"] + panel["x"] + 0.75 * panel["w"], box["y"] + panel["y"] + 0.25 * panel["h"]
    live.page.mouse.click(x, y)
    first.wait("state => state.tracks[0].x[0] > 0")
    np.testing.assert_allclose(agree(live, first)["start"], (4, 1.5), atol=0.1)
    first.type("Start x", -3.25)
    first.type("Start y", 1)
    assert agree(live, first)["start"] == [-3.25, 1]


def test_the_start_is_moved_by_keyboard_and_says_where_it_is(live, first):
    handle = first.box.get_by_role("slider", name="Start")
    assert handle.get_attribute("aria-valuetext") == "x = -7, y = 2"
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        handle.press(key)
    told = agree(live, first)
    assert told["start"] == pytest.approx([-6.84, 2.054])  # Shift is finer
    assert handle.get_attribute("aria-valuetext") == "x = -6.84, y = 2.054"


def test_the_start_is_dragged_by_touch(live, first):
    handle = first.box.get_by_role("slider", name="Start")
    handle.scroll_into_view_if_needed()
    x, y = centre(handle)
    touch = live.page.context.new_cdp_session(live.page)
    for kind, dx in (("touchStart", 0), ("touchMove", 30), ("touchMove", 60), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y + dx / 3}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    first.wait("state => state.tracks[0].x[0] > -6.9")
    assert agree(live, first)["start"] == track(first.state(), "SGD")["x"][:2]


def test_playback(live, first):
    """By hand; what the clock does to it is tested where the clock is ours."""
    scrub = first.slider("Step shown")
    first.button("First step").click()
    first.wait("state => state.step === 0")
    first.button("+1 step forwards").click()
    first.button("+1 step forwards").press("Enter")
    first.wait("state => state.step === 2")
    first.button("\N{MINUS SIGN}1 step back").click()
    first.wait("state => state.step === 1")
    assert scrub.get_attribute("aria-valuetext") == "step 1 of 100"
    at_one = pixels(first)
    scrub.fill("40")
    first.wait("state => state.step === 40")
    assert pixels(first) != at_one
    scrub.press("ArrowRight")
    first.wait("state => state.step === 41")
    first.menu("Speed").select_option("4")
    first.button("Play").press("Enter")
    first.wait("state => state.step > 41")
    first.wait("state => state.step === 100")  # where it stops by itself
    first.button("Play").click()  # at the end it begins again


def test_the_step_follows_the_pointer_on_the_curve(live, first):
    panel = first.state()["panels"][1]
    first.canvas.scroll_into_view_if_needed()
    box = first.canvas.bounding_box()
    live.page.mouse.click(box["x"] + panel["x"] + panel["w"] / 4, box["y"] + panel["y"] + 50)
    assert first.wait("state => state.step === 25")["step"] == 25


def test_the_internals_are_the_numbers_of_the_kernel(live, first):
    first.box.locator(".optim-internals summary").focus()
    first.box.locator(".optim-internals summary").press("Enter")
    without = pixels(first)
    first.slider("Step shown").fill("7")
    first.wait("state => state.step === 7")
    assert pixels(first) != without
    table = first.box.get_by_role("table", name="Momentum")
    told = agree(live, first)
    for name in ("g", "v"):
        row = table.locator("tr").filter(
            has=live.page.get_by_role("rowheader", name=name, exact=True)
        )
        shown = [float(text) for text in row.locator("td").all_inner_texts()]
        np.testing.assert_allclose(shown, told[name][7], rtol=2e-7)
    first.slider("SGD lr").press("End")  # far beyond the largest number
    first.type("Steps", 500)
    first.frame()  # else the slider of the step ends where it did
    first.slider("Step shown").fill("500")
    first.frame()
    assert "\N{EN DASH}" in first.box.get_by_role("table", name="SGD").inner_text()
    first.box.locator(".optim-internals summary").click()


def test_the_internals_of_a_path_of_python(live, first):
    second = live.figure(1)
    second.box.locator(".optim-internals summary").click()
    second.slider("Step shown").fill("3")
    table = second.box.get_by_role("table", name="Fragile")
    table.get_by_role("rowheader", name="step", exact=True).wait_for()
    assert len(table.locator("tr").all()) == 4  # a head, g, the step, the rate
    second.box.locator(".optim-internals summary").click()


def test_a_busy_kernel_does_not_stop_the_hand(live, first):
    live.run(CELLS.index(SLEEP), wait=False)
    live.page.wait_for_function(f"{STATUS} === 'busy'")
    seen = set()
    drag(live.page, first.slider("Momentum momentum"), [0.3])
    for part in np.linspace(0.31, 0.7, 20):
        live.page.mouse.move(*centre(first.slider("Momentum momentum"), part))
        state = first.frame()
        assert track(state, "Momentum")["source"] == "replay"
        seen.add(state["words"])
    live.page.mouse.up()
    assert len(seen) > 10
    live.wait_until_run()
    agree(live, first)


def test_a_fast_drag_leaves_nothing_behind(live, first):
    """A hundred moves of the mouse in a row; how many frames a second is for the benchmark."""
    slider = first.slider("SGD lr")
    drag(live.page, slider, [0.2])
    drawn = first.state()["drawn"]
    for i in range(1, 101):
        live.page.mouse.move(*centre(slider, 0.2 + 0.6 * (i % 50) / 50))
    last = slider.get_attribute("aria-valuenow")
    expected = descend(surfaces.ravine, SGD(lr=float(last))).f[-1]
    late = first.frame()
    assert late["words"].startswith(f"SGD: f = {expected:.4g} ")
    assert late["drawn"] > drawn
    live.page.mouse.up()
    assert agree(live, first)["words"] == late["words"]


def test_two_figures_do_not_touch_each_other(live, first):
    second = live.figure(1)
    before = second.state()
    first.slider("SGD lr").press("End")
    first.slider("Step shown").fill("3")
    first.box.get_by_role("combobox", name="Surface").select_option("beale")
    first.wait("state => state.surface === 'beale'")
    agree(live, first)
    after = second.state()
    assert {**after, "drawn": 0} == {**before, "drawn": 0}


def test_a_failure_of_the_learners_code_is_shown_and_the_figure_lives_on(live, first):
    second = live.figure(1)
    second.type("Fragile lr", 3)
    second.wait("state => state.tracks[0].failed")
    failed = second.box.locator(".optim-words .failed")
    line = SETUP.strip().splitlines().index('            raise ZeroDivisionError("too fast")') + 1
    said = f"Fragile: ZeroDivisionError: too fast (line {line} of step: raise ZeroDivisionError("
    assert failed.inner_text().startswith(said)
    assert track(second.state(), "Adam")["source"] == "replay"
    second.slider("Fragile lr").press("Home")
    second.wait("state => state.tracks[0].source === 'python' && !state.tracks[0].failed")
    assert "Fragile: f =" in agree(live, second, 1)["words"]
    assert failed.count() == 0


def test_a_learners_own_rule_and_surface_travel(live, first):
    third = live.figure(2)
    third.slider("Own lr").press("PageUp")
    state = third.frame()
    assert [t["source"] for t in state["tracks"]] == ["replay", "replay"]
    assert state["surface"] == "well"
    agree(live, third, 2)
    third.menu().select_option("rosenbrock")
    third.wait("state => state.surface === 'rosenbrock'")
    agree(live, third, 2)
    third.button("Reset").click()
    third.wait("state => state.surface === 'well'")
    agree(live, third, 2)


def test_python_sets_the_figure_and_a_surface_that_does_not_travel(browse):
    setting = (
        "stairs = surfaces.from_function(stairs, name='stairs')\n"
        "first.surface = stairs\nfirst.start = (-2, 1)\nfirst.steps = 7\n"
        "first.sliders['SGD.lr'].value = 0.05\nfirst.switches['Momentum'].value = False\n"
        "first.step = 3"
    )
    notebook = browse("lab", [SETUP, FIRST, setting, "print(first.words)"])
    for index in range(3):
        notebook.run(index)
    figure = notebook.figure()
    figure.wait("state => state.surface === 'stairs'")
    state = figure.wait("state => state.tracks[0].source === 'python' && state.step === 3")
    assert len(state["tracks"][0]["f"]) == 8
    assert state["tracks"][0]["x"][:2] == [-2, 1]
    assert [t["shown"] for t in state["tracks"]] == [True, False]
    notebook.run(3)
    assert notebook.output(3).strip() == state["words"]
    corner = figure.canvas.evaluate(
        """canvas => {
            const { x, y, w, h } = canvas.explorerState.panels[0], dots = window.devicePixelRatio;
            const { data } = canvas.getContext("2d").getImageData(x * dots, y * dots, w, h);
            return new Set(Array.from({ length: data.length / 4 }, (_, i) => data[4 * i])).size;
        }"""
    )
    assert corner > 20  # shades: its heights are drawn
    assert notebook.errors == []


def test_running_a_cell_again_leaves_no_dead_widgets(live, first):
    tell(live)
    counts = []
    for _ in range(2):
        live.run(CELLS.index(FIRST))
        live.figure(0)
        counts.append(tell(live)["widgets"])
    assert counts[0] == counts[1]
    live.figure(0).slider("SGD lr").press("ArrowRight")
    agree(live, live.figure(0))


def test_every_control_has_a_name_and_says_its_value(live, first):
    session = live.page.context.new_cdp_session(live.page)
    session.send("DOM.enable")
    remote = session.send(
        "Runtime.evaluate", {"expression": "document.querySelector('.optim-explorer')"}
    )
    nodes = session.send("Accessibility.queryAXTree", {"objectId": remote["result"]["objectId"]})
    found = {}
    for node in nodes["nodes"]:
        role = node.get("role", {}).get("value")
        if not node["ignored"] and role in CONTROLS:
            name = node.get("name", {}).get("value", "")
            assert name, node
            found.setdefault((role, name), node.get("value", {}).get("value"))
    assert found["slider", "SGD lr"] == pytest.approx(0.9)
    assert found["slider", "Momentum momentum"] == pytest.approx(0.9)
    assert found["slider", "Steps"] == 100
    assert found["slider", "Step shown"] == 100
    assert found["slider", "Start"] == -7
    assert found["combobox", "Surface"] == "ravine"
    assert ("spinbutton", "Momentum lr, typed") in found
    assert ("checkbox", "SGD") in found
    buttons = {
        "Reset",
        "Play",
        "New noise",
        "First step",
        "\N{MINUS SIGN}1 step back",
        "+1 step forwards",
    }
    assert buttons <= {name for role, name in found if role == "button"}
    image = first.canvas.get_attribute("aria-label")
    assert all(line in image for line in first.state()["words"].splitlines())


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1024, 768), (683, 384)])
def test_nothing_is_cut_off_at_small_sizes(live, first, width, height):
    # 683 x 384 is a laptop's 1366 x 768 at 200% zoom.
    live.page.set_viewport_size({"width": width, "height": height})
    try:
        first.settle()
        outside = first.box.evaluate(
            """box => [...box.querySelectorAll("input, button, select, canvas")].filter(e => {
                const [r, b] = [e.getBoundingClientRect(), box.getBoundingClientRect()];
                // A checkbox takes a finger 4 pixels further than it is seen.
                return r.width && (r.left < b.left - 4.5 || r.right > b.right + 1);
            }).map(e => e.ariaLabel ?? e.outerHTML)"""
        )
        assert outside == []
        assert first.box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")
        for panel in first.state()["panels"]:
            assert min(panel["w"], panel["h"]) > 90
    finally:
        live.page.set_viewport_size({"width": 1366, "height": 768})


def test_drawing_in_a_cell_while_a_slider_is_dragged(live, first):
    live.run(CELLS.index(DRAW), wait=False)
    slider = first.slider("SGD lr")
    while not live.page.evaluate("window.ran"):
        slider.press("ArrowLeft")
        first.frame()
    assert live.output(CELLS.index(DRAW)) == ""
    agree(live, first)


def test_the_dark_theme_is_legible(live, first):
    ink = "canvas => getComputedStyle(canvas).color"
    light = first.canvas.evaluate(ink)
    theme = "name => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name })"
    live.page.evaluate(theme, "JupyterLab Dark")
    live.page.wait_for_function(
        "([canvas, light]) => getComputedStyle(canvas).color !== light",
        arg=[first.canvas.element_handle(), light],
    )
    dark = first.canvas.evaluate(ink)
    # The labels are on the page's own background, the lines on a light one in both themes.
    paper = first.canvas.evaluate(
        """canvas => {
            const { x, y } = canvas.explorerState.panels[1], dots = window.devicePixelRatio;
            const corner = [(x + 4) * dots, (y + 4) * dots];
            return [...canvas.getContext("2d").getImageData(...corner, 1, 1).data];
        }"""
    )
    live.page.evaluate(theme, "JupyterLab Light")
    live.page.wait_for_function(
        "([canvas, light]) => getComputedStyle(canvas).color === light",
        arg=[first.canvas.element_handle(), light],
    )
    brightness = [max(map(float, re.findall(r"[\d.]+", color)[:3])) for color in (light, dark)]
    assert brightness[0] < 100 < 200 < brightness[1]
    assert min(paper) > 230


def test_the_canvas_is_sharp_on_a_dense_screen(browse):
    notebook = browse("lab", [SETUP, FIRST], device_scale_factor=2)
    notebook.run_all()
    figure = notebook.figure()
    wide, shown = figure.canvas.evaluate("canvas => [canvas.width, canvas.clientWidth]")
    assert wide == 2 * shown
    assert notebook.errors == []


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_a_copy_that_was_never_run_shows_the_still_picture(browse, tmp_path, app):
    path = tmp_path / "still.ipynb"
    cells = [nbformat.v4.new_code_cell(cell) for cell in (SETUP, FIRST)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    subprocess.run([sys.executable, TOOLS / "notebooks.py", path], check=True)
    notebook = browse(app, path)
    picture = notebook.page.locator(".jp-OutputArea-output img")
    picture.wait_for()
    assert picture.evaluate("image => image.naturalWidth") > 600
    assert notebook.page.locator(".jp-OutputArea-output").count() == 1
    assert notebook.page.locator(".optim-explorer").count() == 0
