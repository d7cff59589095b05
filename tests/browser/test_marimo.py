"""The live figure in marimo, another kind of notebook, without a network."""

import os
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec

import pytest

from browser import engines, parts
from browser.conftest import free_port
from browser.hand import CONTROLS, Hand, try_out

APP = """
import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import marimo as mo
    from optim_lib import SGD, Momentum, surfaces
    from optim_lib.explorer import Explorer

    explorer = Explorer(surfaces.ravine, [SGD(lr=0.9), Momentum(lr=0.1)])
    figure = mo.ui.anywidget(explorer)
    figure
    return explorer, figure, mo


@app.cell
def _(explorer, figure, mo):
    figure.value
    mo.Html(f"<pre id='python'>{explorer.words}</pre>")
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture(scope="module")
def hand(browser, tmp_path_factory):
    """A hand on the figure in a running marimo app."""
    parts.need(find_spec("marimo"), "PyPI's marimo")
    home = tmp_path_factory.mktemp("marimo")
    app, log, port = home / "app.py", home / "log", free_port()
    app.write_text(APP)
    command = [sys.executable, "-m", "marimo", "run", app, "--headless", "--no-token"]
    environment = {**os.environ, "HOME": str(home), "MARIMO_SKIP_UPDATE_CHECK": "1"}
    address = f"http://127.0.0.1:{port}"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*command, "--host=127.0.0.1", f"--port={port}"],
            env=environment,
            cwd=home,
            stdout=file,
            stderr=file,
        )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/health", timeout=2)
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.25)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(address)
        page.locator("canvas").wait_for(timeout=60_000)
        yield Shadow(engines.Chromium(page))
        page.close()
    finally:
        process.terminate()
        process.wait(20)


class Shadow(Hand):
    """A hand that reaches into the shadow roots in which marimo keeps what it shows."""

    FIGURES = """[...(function* all(root) {
        for (const element of root.querySelectorAll("*")) {
            if (element.matches(".optim-explorer")) yield element;
            if (element.shadowRoot) yield* all(element.shadowRoot);
        }
    })(document)]"""

    def python(self):
        """Return what the cell below says."""
        return self.page.page.locator("#python").inner_text().strip()


@pytest.mark.parametrize("control", CONTROLS)
def test_each_kind_of_control_answers(hand, control):
    try_out(hand, control)


def test_python_hears_the_figure(hand):
    before = hand.ready()["words"]
    hand.type("SGD lr", "0.5")
    words = hand.wait(lambda state: state["words"] != before, "an answer")["words"]
    hand.wait(lambda _: hand.python() == words, "the same words from Python")
    hand.reset()
