"""The live figure in a real browser, in JupyterLab and in Notebook 7."""

import hashlib
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from optim_lib import SGD, descend, surfaces

TOOLS = Path(__file__).parents[2] / "tools"
SETUP = """
import json, time
import numpy as np
import ipywidgets
from optim_lib import *
from optim_lib.explorer import Explorer
from optim_lib.figures import compare

class Fragile(Optimizer):
    lr: float = 0.1
    def step(self, x, g, state):
        if self.lr > 1:
            raise ZeroDivisionError("too fast")
        return x - self.lr * g, state
"""
FIRST = """first = Explorer(surfaces.ravine, [SGD(lr=0.9), Momentum(lr=0.1)])
first"""
SECOND = """second = Explorer(surfaces.himmelblau, [Fragile(lr=0.01), Adam(lr=0.3)])
second"""
SLEEP = "time.sleep(10)"
CONTROLS = "slider", "spinbutton", "checkbox", "button", "combobox", "image", "DisclosureTriangle"
AT_FIRST = f"SGD: f = {descend(surfaces.ravine, SGD(lr=0.9)).f[-1]:.4g} after 100 steps"
TELL = """print(json.dumps({
    "words": first.words,
    "values": {name: slider.value for name, slider in first.sliders.items()},
    "start": first.start,
    "steps": first.steps,
    "widgets": len(ipywidgets.widgets.widget._instances),
    **{name: {"v": run.state.v.tolist(), "g": run.g.tolist()}
       for name, run in first.result.items() if name == "Momentum"},
}))"""
DRAW = """runs = {opt: descend(surfaces.bowl, opt, steps=5) for opt in (SGD(lr=0.1), Adam(lr=0.3))}
for _ in range(200):
    compare(surfaces.bowl, runs).png()"""
CELLS = [SETUP, FIRST, SECOND, SLEEP, TELL, DRAW]


@pytest.fixture(scope="module", params=["lab", "notebook"])
def live(open_notebook, request):
    """One notebook with two live figures, for all tests of one application."""
    notebook = open_notebook(request.param, CELLS)
    notebook.app = request.param
    for index in (0, 1, 2):
        notebook.run(index)
    yield notebook
    notebook.close()


@pytest.fixture
def first(live):
    """The first figure as it began; when the test ends the console must have stayed silent."""
    live.page.mouse.up()
    live.errors.clear()
    figure = live.figure(0)
    figure.box.get_by_role("button", name="Reset").click()
    figure.slider("Step shown").fill("100")
    state = figure.settle()
    assert state["words"].startswith(AT_FIRST)
    yield figure
    assert live.errors == []


def tell(live):
    """Return what the kernel says of the first figure."""
    live.run(CELLS.index(TELL))
    return json.loads(live.output(CELLS.index(TELL)))


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


def test_a_slider_by_mouse_moves_the_path_at_once_and_the_kernel_agrees_later(live, first):
    before, picture = first.state(), pixels(first)
    drag(live.page, first.slider("SGD lr"), [0.5, 0.6, 0.7])
    held = first.wait("state => state.tracks[0].source === 'table'")
    live.page.mouse.up()
    after = first.settle()
    assert track(held, "SGD")["x"] != track(before, "SGD")["x"]
    assert track(held, "Momentum") == track(before, "Momentum")
    np.testing.assert_allclose(track(held, "SGD")["x"], track(after, "SGD")["x"], rtol=1e-6)
    assert pixels(first) != picture
    told = tell(live)
    assert told["words"] == after["words"] == first.box.locator("[aria-live=polite]").inner_text()
    assert str(told["values"]["SGD.lr"]) == first.slider("SGD lr").get_attribute("aria-valuenow")


def test_a_table_is_not_drawn_for_settings_it_was_not_made_for(live, first):
    lr, momentum = first.slider("Momentum lr"), first.slider("Momentum momentum")
    # In one breath, so that no answer of the kernel comes between.
    seen = first.box.page.evaluate(
        """async ([lr, momentum, canvas]) => {
            for (const slider of [lr, momentum])
                slider.dispatchEvent(new KeyboardEvent("keydown", { key: "PageUp" }));
            await new Promise(requestAnimationFrame);
            const { source, words } = canvas.explorerState.tracks[1];
            const said = document.querySelector(".optim-words [data-track=Momentum]").className;
            return [source, said, canvas.explorerState.computing];
        }""",
        [lr.element_handle(), momentum.element_handle(), first.canvas.element_handle()],
    )
    assert seen == ["stale", "waiting", True]
    assert track(first.settle(), "Momentum")["words"] == tell(live)["words"].splitlines()[1]


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
    assert first.settle()["words"] == tell(live)["words"]
    assert tell(live)["values"]["Momentum.momentum"] == 0


def test_a_number_can_be_typed(live, first):
    typed = first.typed("SGD lr")
    typed.fill("0.123456")
    typed.press("Enter")
    expected = descend(surfaces.ravine, SGD(lr=0.123456)).f[-1]
    first.wait(f"state => state.words.startsWith('SGD: f = {expected:.4g} ')")
    assert tell(live)["values"]["SGD.lr"] == 0.123456
    assert first.slider("SGD lr").get_attribute("aria-valuenow") == "0.123456"
    typed.fill("")
    typed.press("Enter")
    assert typed.input_value() == "0.123456"
    typed.fill("-1")
    typed.press("Enter")
    first.wait("state => state.words.startsWith('SGD: ValueError: SGD: lr must be greater than 0')")
    typed.fill("0.5")
    typed.press("Enter")
    assert first.settle()["words"].startswith("SGD: f =")


def test_the_surface_menu_steps_and_reset(live, first):
    menu = first.box.get_by_role("combobox", name="Surface")
    menu.select_option("saddle")
    state = first.wait("state => state.surface === 'saddle' && !state.computing")
    assert track(state, "SGD")["x"][:2] == pytest.approx([1, 0.01])
    assert state["limits"] == [-2.25, 2.25]
    for key in ("Space", "ArrowDown", "Enter"):
        menu.press(key)
    first.wait("state => state.surface === 'two valleys' && !state.computing")
    first.slider("Steps").press("ArrowLeft")
    state = first.wait("state => state.tracks[0].f.length === 100")
    assert "after 99 steps" in state["words"]
    first.box.get_by_role("button", name="Reset").press("Enter")
    state = first.wait("state => state.surface === 'ravine' && !state.computing")
    assert tell(live)["words"] == state["words"]
    assert tell(live)["steps"] == 100


@pytest.mark.parametrize("press", [lambda box: box.click(), lambda box: box.press("Space")])
def test_an_optimizer_is_switched_off_and_on(live, first, press):
    picture, box = pixels(first), first.box.get_by_role("checkbox", name="Momentum")
    press(box)
    state = first.wait("state => !state.tracks[1].shown")
    assert "Momentum" not in state["words"] + tell(live)["words"]
    assert pixels(first) != picture
    press(box)
    assert "Momentum" in first.wait("state => state.tracks[1].shown")["words"]


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
    state = first.settle()
    np.testing.assert_allclose(tell(live)["start"], (0, 0), atol=0.05)
    np.testing.assert_allclose(track(state, "SGD")["x"][:2], (0, 0), atol=0.05)


def test_the_start_is_moved_by_keyboard_and_says_where_it_is(live, first):
    handle = first.box.get_by_role("slider", name="Start")
    assert handle.get_attribute("aria-valuetext") == "x = -7, y = 2"
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        handle.press(key)
    first.settle()
    assert handle.get_attribute("aria-valuetext") == "x = -6.84, y = 1.46"
    assert tell(live)["start"] == [-6.84, 1.46]


def test_the_start_is_dragged_by_touch(live, first):
    handle = first.box.get_by_role("slider", name="Start")
    handle.scroll_into_view_if_needed()
    x, y = centre(handle)
    touch = live.page.context.new_cdp_session(live.page)
    for kind, dx in (("touchStart", 0), ("touchMove", 30), ("touchMove", 60), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y + 20}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    first.wait("state => state.tracks[0].x[0] > -6.9")
    state = first.settle()
    assert tell(live)["start"] == pytest.approx(track(state, "SGD")["x"][:2], abs=1e-6)


def test_playback(live, first):
    button = lambda name: first.box.get_by_role("button", name=name, exact=True)  # noqa: E731
    scrub = first.slider("Step shown")
    button("First step").click()
    first.wait("state => state.step === 0")
    button("Step forwards").click()
    button("Step forwards").press("Enter")
    first.wait("state => state.step === 2")
    button("Step back").click()
    first.wait("state => state.step === 1")
    assert scrub.get_attribute("aria-valuetext") == "step 1 of 100"
    at_one = pixels(first)
    scrub.fill("40")
    first.wait("state => state.step === 40")
    assert pixels(first) != at_one
    scrub.press("ArrowRight")
    first.wait("state => state.step === 41")
    button("Play").click()
    first.wait("state => state.step > 45")
    button("Pause").click()
    paused = first.wait("state => true")["step"]
    live.page.wait_for_timeout(300)
    assert first.state()["step"] == paused < 100
    first.box.get_by_role("combobox", name="Speed").select_option("4")
    button("Play").press("Enter")
    first.wait("state => state.step === 100")
    button("Play").click()  # at the end it begins again
    first.wait("state => state.step < 50")
    button("Pause").click()


def test_the_step_follows_the_pointer_on_the_curve(live, first):
    panel = first.state()["panels"][1]
    first.canvas.scroll_into_view_if_needed()
    box = first.canvas.bounding_box()
    live.page.mouse.click(box["x"] + panel["x"] + panel["w"] / 4, box["y"] + panel["y"] + 50)
    assert first.wait("state => state.step === 25")["step"] == 25


def test_the_internals_are_the_numbers_of_the_kernel(live, first):
    first.box.locator("summary").focus()
    first.box.locator("summary").press("Enter")
    without = pixels(first)
    first.slider("Step shown").fill("7")
    first.wait("state => state.step === 7")
    assert pixels(first) != without
    table = first.box.get_by_role("table", name="Momentum")
    told = tell(live)
    for name in ("g", "v"):
        row = table.locator("tr").filter(
            has=live.page.get_by_role("rowheader", name=name, exact=True)
        )
        shown = [float(text) for text in row.locator("td").all_inner_texts()]
        np.testing.assert_allclose(shown, told["Momentum"][name][7], rtol=2e-7)
    drag(live.page, first.slider("Momentum lr"), [0.5, 0.6])
    first.wait("state => state.tracks[1].source === 'table'")
    assert "waiting for the kernel" in table.inner_text()
    live.page.mouse.up()
    first.settle()
    assert "waiting" not in table.inner_text()
    first.slider("SGD lr").press("End")  # far beyond float32
    first.slider("Step shown").fill("100")
    first.settle()
    assert "\N{EN DASH}" in first.box.get_by_role("table", name="SGD").inner_text()
    first.box.locator("summary").click()


def test_a_busy_kernel_does_not_stop_the_hand(live, first):
    live.run(CELLS.index(SLEEP), wait=False)
    live.page.wait_for_timeout(300)
    seen = set()
    drag(live.page, first.slider("Momentum momentum"), [0.3])
    for part in np.linspace(0.31, 0.7, 20):
        live.page.mouse.move(*centre(first.slider("Momentum momentum"), part))
        live.page.wait_for_timeout(30)
        state = first.state()
        assert track(state, "Momentum")["source"] == "table"
        seen.add(state["words"])
    live.page.mouse.up()
    assert not live.page.evaluate("window.ran")
    assert len(seen) > 10
    live.wait_until_run()
    assert first.settle()["words"] == tell(live)["words"] == state["words"]


def test_a_fast_drag_leaves_nothing_behind(live, first):
    """A hundred moves of the mouse in a row; how many frames a second is for the benchmark."""
    slider = first.slider("SGD lr")
    drag(live.page, slider, [0.2])
    drawn = first.state()["drawn"]
    for i in range(1, 101):
        live.page.mouse.move(*centre(slider, 0.2 + 0.6 * (i % 50) / 50))
    last = slider.get_attribute("aria-valuenow")
    expected = descend(surfaces.ravine, SGD(lr=float(last))).f[-1]
    late = first.wait(f"state => state.words.startsWith('SGD: f = {expected:.4g} ')")
    assert late["drawn"] - drawn > 1
    live.page.wait_for_timeout(300)
    assert first.state()["words"] == late["words"]
    live.page.mouse.up()
    assert first.settle()["words"] == late["words"] == tell(live)["words"]


def test_two_figures_do_not_touch_each_other(live, first):
    second = live.figure(1)
    before = second.state()
    first.slider("SGD lr").press("End")
    first.slider("Step shown").fill("3")
    first.box.get_by_role("combobox", name="Surface").select_option("beale")
    first.wait("state => state.surface === 'beale' && !state.computing")
    after = second.state()
    assert {**after, "drawn": 0} == {**before, "drawn": 0}


def test_a_failure_of_the_learners_code_is_shown_and_the_figure_lives_on(live, first):
    second = live.figure(1)
    slider = second.slider("Fragile lr")
    second.typed("Fragile lr").fill("3")
    second.typed("Fragile lr").press("Enter")
    second.wait("state => state.tracks[0].failed")
    failed = second.box.locator(".optim-words .failed")
    line = SETUP.strip().splitlines().index('            raise ZeroDivisionError("too fast")') + 1
    said = f"Fragile: ZeroDivisionError: too fast (line {line} of step: raise ZeroDivisionError("
    assert failed.inner_text().startswith(said)
    slider.press("Home")
    second.settle()
    assert "Fragile: f =" in second.state()["words"]
    assert failed.count() == 0


def test_running_a_cell_again_leaves_no_dead_widgets(live, first):
    tell(live)
    counts = []
    for _ in range(2):
        live.run(CELLS.index(FIRST))
        live.figure(0)
        counts.append(tell(live)["widgets"])
    assert counts[0] == counts[1]
    live.figure(0).slider("SGD lr").press("ArrowRight")
    assert live.figure(0).settle()["words"] == tell(live)["words"]


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
    assert {"Reset", "Play", "Step back", "Step forwards", "First step"} <= {n for _, n in found}
    image = first.canvas.get_attribute("aria-label")
    assert all(line in image for line in first.state()["words"].splitlines())


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1024, 768), (683, 384)])
def test_nothing_is_cut_off_at_small_sizes(live, first, width, height):
    # 683 x 384 is a laptop's 1366 x 768 at 200% zoom.
    live.page.set_viewport_size({"width": width, "height": height})
    live.page.wait_for_timeout(300)
    try:
        outside = first.box.evaluate(
            """box => [...box.querySelectorAll("input, button, select, canvas")].filter(e => {
                const [r, b] = [e.getBoundingClientRect(), box.getBoundingClientRect()];
                return r.width && (r.left < b.left - 1 || r.right > b.right + 1);
            }).map(e => e.ariaLabel ?? e.outerHTML)"""
        )
        assert outside == []
        assert first.box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")
        for panel in first.state()["panels"]:
            assert min(panel["w"], panel["h"]) > 90
    finally:
        live.page.set_viewport_size({"width": 1366, "height": 768})
        live.page.wait_for_timeout(200)


def test_150_random_settings(live, first):
    rng = np.random.default_rng({"lab": 1, "notebook": 2}[live.app])
    menu = first.box.get_by_role("combobox", name="Surface")
    names = menu.locator("option").all_inner_texts()
    lowest = {surface.name: surface.lowest or 0 for surface in surfaces.CATALOGUE}
    sliders = [first.slider(name) for name in ("SGD lr", "Momentum lr", "Momentum momentum")]
    for i in range(150):
        if i % 10 == 0:
            menu.select_option(names[i // 10 % len(names)])
        for slider in sliders:
            part = rng.choice([0.0, 1.0, rng.uniform()])
            slider.click(position={"x": part * (slider.bounding_box()["width"] - 1), "y": 10})
        first.typed("Steps").fill(str(rng.integers(1, 150)))
        first.typed("Steps").press("Enter")
        state = first.settle()
        assert all(math.isfinite(v) for v in (*state["limits"], *state["xs"], *state["ys"]))
        assert state["limits"][0] < state["limits"][1]
        lines = dict(line.split(" ", 1) for line in state["words"].replace(":", "").splitlines())
        for t in state["tracks"]:
            said = re.fullmatch(
                r"f = (\S+) after (\d+) steps?(, outside the picture)?", lines[t["label"]]
            )
            if said:
                assert len(t["f"]) == int(said[2]) + 1
                if t["f"][-1] is not None:
                    expected = t["f"][-1] + lowest[state["surface"]]
                    assert float(said[1]) == pytest.approx(expected, rel=1e-3, abs=1e-5)
            else:
                assert re.match("diverged at step|sits at the saddle", lines[t["label"]])
    assert first.state()["words"] == tell(live)["words"]


def test_drawing_in_a_cell_while_a_slider_is_dragged(live, first):
    live.run(CELLS.index(DRAW), wait=False)
    slider = first.slider("SGD lr")
    while not live.page.evaluate("window.ran"):
        slider.press("ArrowLeft")
        live.page.wait_for_timeout(20)
    assert live.output(CELLS.index(DRAW)) == ""
    assert first.settle()["words"] == tell(live)["words"]


def test_the_dark_theme_is_legible(live, first):
    ink = "canvas => getComputedStyle(canvas).color"
    light = first.canvas.evaluate(ink)
    theme = "name => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name })"
    live.page.evaluate(theme, "JupyterLab Dark")
    live.page.wait_for_timeout(800)
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
    live.page.wait_for_timeout(800)
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
