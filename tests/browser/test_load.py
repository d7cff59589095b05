"""The live figure on a slow page and over a slow line, after a restart and after an interrupt."""

import random

CELLS = [
    "from optim_lib import *\nfrom optim_lib.explorer import Explorer\nimport numpy as np",
    "explorer = Explorer(surfaces.ravine, [SGD(lr=0.9), Momentum(lr=0.1)])\nexplorer",
    "print(explorer.words)",
    "while True:\n    sweep(surfaces.ravine, Adam, steps=2000, lr=np.linspace(0.1, 1, 999))",
    "explorer.surface = surfaces.beale",
]
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
GIVEN_UP = "[anywidget] Failed to initialize model."
STATUS = "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.status"
KERNEL = "window.jupyterapp.shell.currentWidget.context.sessionContext"
ENDED = "The kernel has ended: run the cell again"


def start(browse, **context):
    notebook = browse("lab", CELLS, **context)
    for index in (0, 1):
        notebook.run(index)
    return notebook, notebook.figure()


def said(notebook):
    notebook.run(2)
    return notebook.output(2).strip()


def test_a_figure_that_was_late_to_load_hears_the_kernel(browse):
    notebook, figure = start(browse, init_script=LATE)
    notebook.run(4)
    state = figure.wait("state => state.surface === 'beale' && !state.computing")
    assert state["words"] == said(notebook)
    figure.slider("SGD lr").press("Home")
    assert figure.settle()["words"] == said(notebook) != state["words"]
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
            state = figure.state()
            assert state["tracks"][0]["source"] in ("table", "path")
            seen.add(state["words"])
    mouse.up()
    assert len(seen) > 5
    assert figure.settle()["words"] == said(notebook) == state["words"]
    assert notebook.errors == []


def test_after_a_restart_the_figure_says_so_and_its_cell_brings_it_back(browse):
    notebook, figure = start(browse)
    notebook.page.evaluate(f"async () => {{ await {KERNEL}.restartKernel(); }}")
    busy = figure.box.get_by_text(ENDED)
    busy.wait_for()
    before = figure.state()["tracks"][0]["x"]
    figure.slider("SGD lr").press("ArrowLeft")  # the table is still in the browser
    assert figure.wait("state => state.tracks[0].source === 'table'")["tracks"][0]["x"] != before
    for index in (0, 1):
        notebook.run(index)
    figure = notebook.figure()
    assert figure.box.get_by_text(ENDED).count() == 0
    figure.slider("SGD lr").press("ArrowLeft")
    assert figure.settle()["words"] == said(notebook)


def test_an_interrupt_in_a_long_sweep_leaves_the_figure_alive(browse):
    notebook, figure = start(browse)
    notebook.run(3, wait=False)
    notebook.page.wait_for_function(f"{STATUS} === 'busy'")
    figure.slider("SGD lr").press("Home")
    notebook.page.evaluate(f"async () => {{ await {KERNEL}.session.kernel.interrupt(); }}")
    notebook.wait_until_run()
    figure.slider("Momentum lr").press("ArrowRight")
    assert figure.settle()["words"] == said(notebook)
