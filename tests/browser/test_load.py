"""The live figure on a slow page, over a slow line, and with a kernel that is busy or gone."""

import random

import pytest

from browser import engines
from browser.conftest import agree
from browser.hand import CONTROLS, Hand, try_out

SETUP = """from optim_lib import *
from optim_lib.explorer import Explorer
import numpy as np
class Fragile(Optimizer):  # an `if` on a number: Python computes it
    lr: float = 0.1
    def step(self, x, g, state):
        return x - (self.lr if self.lr < 1 else 1.0) * g, state"""
CELLS = [
    SETUP,
    "explorer = Explorer(surfaces.ravine, [SGD(lr=0.9), Momentum(lr=0.1)])\nexplorer",
    "print(explorer.words)",
    "while True:\n    sweep(surfaces.ravine, Adam, steps=2000, lr=np.linspace(0.1, 1, 999))",
    "explorer.surface = surfaces.beale",
]
WITH_PYTHON = [SETUP, CELLS[1].replace("Momentum(lr=0.1)", "Momentum(lr=0.1), Fragile()")]
# Each message of the server arrives 200 ms late, in its order.
SLOW = """
const Native = window.WebSocket;
window.WebSocket = class extends Native {
    set onmessage(action) {
        super.onmessage = action && ((event) => setTimeout(() => action.call(this, event), 200));
    }
    get onmessage() { return super.onmessage; }
};"""
# anywidget gives a view two seconds to load, and then lets no message of the kernel reach it.
LATE = """
const native = AbortSignal.timeout;
AbortSignal.timeout = () => native.call(AbortSignal, 0);"""
UNTOLD = "Could not send widget sync message"
GIVEN_UP = "[anywidget] Failed to initialize model."
STATUS = "window.jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel?.status"
KERNEL = "window.jupyterapp.shell.currentWidget.context.sessionContext"
NEEDS_PYTHON = "This needs Python: is a kernel running? Run the cell again."


def start(browse, cells=CELLS, **context):
    notebook = browse("lab", cells, **context)
    for index in (0, 1):
        notebook.run(index)
    return notebook, notebook.figure()


def said(notebook):
    notebook.run(2)
    return notebook.output(2).strip()


def test_a_figure_that_was_late_to_load_hears_the_kernel(browse):
    notebook, figure = start(browse, init_script=LATE)
    notebook.run(4)
    state = figure.wait("state => state.surface === 'beale'")
    agree(figure, lambda: said(notebook))
    figure.slider("SGD lr").press("Home")
    assert figure.frame()["words"] != state["words"]
    agree(figure, lambda: said(notebook))
    assert set(notebook.errors) == {GIVEN_UP}


def test_a_thousand_moves_over_a_slow_line(browse):
    notebook, figure = start(browse, init_script=SLOW)
    slider, rng = figure.slider("SGD lr"), random.Random(0)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle, mouse = box["y"] + box["height"] / 2, notebook.page.mouse
    mouse.move(box["x"] + 1, middle)
    mouse.down()
    seen = set()
    for i in range(1000):
        mouse.move(box["x"] + rng.random() * box["width"], middle)
        if i % 100 == 99:
            state = figure.frame()
            assert state["tracks"][0]["source"] == "replay"
            seen.add(state["words"])
    mouse.up()
    assert len(seen) > 5
    assert figure.frame()["words"] == state["words"]
    agree(figure, lambda: said(notebook))
    assert notebook.errors == []


def restart(notebook):
    notebook.page.evaluate(f"async () => {{ await {KERNEL}.restartKernel(); }}")


def kill(notebook):
    notebook.page.evaluate(f"async () => {{ await {KERNEL}.shutdown(); }}")


def interrupt(notebook):
    keep_busy(notebook)
    notebook.page.evaluate(f"async () => {{ await {KERNEL}.session.kernel.interrupt(); }}")
    notebook.wait_until_run()


def keep_busy(notebook):
    notebook.run(3, wait=False)
    notebook.page.wait_for_function(f"{STATUS} === 'busy'")


@pytest.mark.parametrize("happen", [restart, kill, interrupt, keep_busy])
def test_each_kind_of_control_answers_whatever_happens_to_the_kernel(browse, happen):
    notebook, _ = start(browse)
    happen(notebook)
    notebook.errors.clear()  # of JupyterLab, whose kernel it was
    hand = Hand(engines.Chromium(notebook.page))
    for control in CONTROLS:
        try_out(hand, control)
    if happen is keep_busy:
        assert not notebook.page.evaluate("window.ran")
        notebook.page.evaluate(f"async () => {{ await {KERNEL}.session.kernel.interrupt(); }}")
        notebook.wait_until_run()
    if happen in (interrupt, keep_busy):
        agree(notebook.figure(), lambda: said(notebook))
    # Of a figure whose kernel is gone, JupyterLab says that it could not tell it.
    assert [error for error in notebook.errors if not error.startswith(UNTOLD)] == []


def test_after_a_restart_what_needs_python_says_so_and_its_cell_brings_it_back(browse):
    notebook, figure = start(browse, WITH_PYTHON)
    restart(notebook)
    figure.slider("Fragile lr").press("ArrowLeft")
    figure.box.get_by_text(NEEDS_PYTHON).wait_for()
    state = figure.state()
    assert [track["source"] for track in state["tracks"]] == ["replay", "replay", "stale"]
    for index in (0, 1):
        notebook.run(index)
    figure = notebook.figure()
    assert figure.box.get_by_text(NEEDS_PYTHON).count() == 0
    figure.slider("Fragile lr").press("ArrowLeft")
    assert figure.settle()["tracks"][2]["source"] == "python"
