"""A Jupyter server and a browser, in which notebooks run as a learner runs them.

One server serves both JupyterLab and Notebook 7. Plain pages without any kernel are in `plain.py`,
other browsers than Chromium in `engines.py`. Use it so:

    def test_something(browse):
        notebook = browse("lab", ["print(1)"])          # or a path to a notebook
        notebook.run_all()
        assert "1" in notebook.output(0)
        assert notebook.errors == []
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import nbformat
import pytest

from browser import engines, javascript

TOKEN = "lessons"
# A workspace of its own for each page of JupyterLab, else it opens what an earlier one had open.
APPS = {"lab": "lab/workspaces/{0}/tree/{0}.ipynb", "notebook": "notebooks/{0}.ipynb"}
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


class Notebook:
    """A notebook open in JupyterLab or Notebook 7."""

    def __init__(self, page, address):
        self.page, self.errors = page, []
        page.on("pageerror", lambda error: self.errors.append(f"{error}"))
        page.on("console", self._hear)
        page.goto(address)
        page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.context?.isReady")
        page.wait_for_function(
            "window.jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel?.status"
            " === 'idle'",
            timeout=60_000,
        )
        self.errors.clear()  # what the application says while it starts is not ours
        self._profiler = javascript.watch(page)

    def _hear(self, line):
        """Note an error, but for a picture of another host: the tests run without a network."""
        elsewhere = line.text.startswith("Failed to load resource") and not line.location[
            "url"
        ].startswith("http://127.0.0.1")
        if line.type == "error" and not elsewhere:
            self.errors.append(line.text)

    def run_all(self, timeout=60):
        """Run all cells from the top and wait for the last one."""
        self._execute("notebook:run-all-cells", True, timeout)

    def run(self, index, wait=True, timeout=60):
        """Run one cell; without `wait`, return while it runs."""
        self.page.evaluate(
            """index => {
                const content = window.jupyterapp.shell.currentWidget.content;
                content.activeCellIndex = index;
                content.deselectAll();
            }""",
            index,
        )
        self._execute("notebook:run-cell", wait, timeout)

    def _execute(self, command, wait, timeout):
        self.page.evaluate(
            """command => {
                window.ran = false;
                window.jupyterapp.commands.execute(command).then(() => (window.ran = true));
            }""",
            command,
        )
        if wait:
            self.wait_until_run(timeout)

    def wait_until_run(self, timeout=60):
        """Wait for what was run last to end."""
        self.page.wait_for_function("window.ran", timeout=1000 * timeout)

    def output(self, index):
        """Return the text that a cell printed."""
        return self.page.evaluate(
            """index => window.jupyterapp.shell.currentWidget.content.widgets[index].model.outputs
                .toJSON().map(o => o.text ?? o.data?.["text/plain"] ?? "").flat().join("")""",
            index,
        )

    def figure(self, number=0):
        """Return the live figure with this number in the open tab, once it is drawn."""
        box = self.page.locator(".optim-explorer:visible").nth(number)
        box.locator("canvas").wait_for()
        figure = Figure(box)
        figure.settle()
        return figure

    def close(self):
        """End every kernel that the page has started, and the page."""
        javascript.note(self._profiler)
        self.page.evaluate(
            """() => Promise.all([...window.jupyterapp.shell.widgets("main")]
                .map(panel => panel.sessionContext?.shutdown()))"""
        )
        self.page.context.close()


class Figure:
    """A live figure on a page."""

    def __init__(self, box):
        self.box, self.canvas = box, box.locator("canvas")

    def state(self):
        """Return what is drawn; what JSON cannot hold is None."""
        return self.canvas.evaluate("canvas => JSON.parse(JSON.stringify(canvas.explorerState))")

    def wait(self, condition, timeout=15_000):
        """Wait for a condition, JavaScript of `state`, and return the state."""
        self.box.page.wait_for_function(
            f"canvas => canvas.explorerState && ({condition})(canvas.explorerState)",
            arg=self.canvas.element_handle(),
            timeout=timeout,
        )
        return self.state()

    def frame(self):
        """Wait until all that a hand has done is drawn, and return the state."""
        # Two frames: one that was asked for before this call, and the one that follows it.
        self.canvas.evaluate(
            """async () => {
                for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
            }"""
        )
        return self.state()

    def settle(self):
        """Wait until all is drawn and nothing is waited for."""
        self.frame()
        return self.wait("state => !state.computing")

    def slider(self, name):
        return self.box.get_by_role("slider", name=name, exact=True)

    def typed(self, name):
        return self.box.get_by_role("spinbutton", name=f"{name}, typed", exact=True)

    def type(self, name, value):
        """Type a number where `name` is set."""
        self.typed(name).fill(f"{value}")
        self.typed(name).press("Enter")

    def button(self, name):
        return self.box.get_by_role("button", name=name, exact=True)

    def menu(self, name="Surface"):
        return self.box.get_by_role("combobox", name=name, exact=True)


def agree(figure, said):
    """Wait until Python says the words that are on the page, and return them.

    What a hand does travels to the kernel at its own pace, beside the running of cells.
    """
    words, end = figure.settle()["words"], time.monotonic() + 60
    while (python := said()) != words:
        assert time.monotonic() < end, f"Python: {python!r}, the page: {words!r}"
    return words


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def jupyter_server(home):
    """Run a Jupyter server that keeps all it writes in `home`; give its address and its folder."""
    folder = home / "notebooks"
    folder.mkdir()
    for name, settings in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    port = free_port()
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
        ),
        *(f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True"),
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]
    log = (home / "server.log").open("w")
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=2)
                break
            except OSError:
                assert process.poll() is None, (home / "server.log").read_text()
                time.sleep(0.25)
        yield address, folder
    finally:
        process.terminate()
        process.wait(20)
        log.close()


launched = engines.chromium  # the benchmarks run it too


def open_in(browser, address, folder, app, source, init_script="", **context):
    """Open a notebook, from its path or from the code of its cells, in a page of its own."""
    number = 1 + len(list(folder.glob("*.ipynb")))
    path = folder / f"{number}.ipynb"
    if isinstance(source, str | Path):
        shutil.copy(source, path)
    else:
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code) for code in source],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, path)
    context.setdefault("viewport", {"width": 1366, "height": 768})
    page = browser.new_context(**context).new_page()
    page.add_init_script(init_script)
    return Notebook(page, f"{address}/{APPS[app].format(number)}?token={TOKEN}")


@pytest.fixture(scope="package")
def server(tmp_path_factory):
    """A Jupyter server in a temporary folder: its address and its folder."""
    with jupyter_server(tmp_path_factory.mktemp("jupyter")) as started:
        yield started


@pytest.fixture(scope="package")
def browser():
    """Chromium or Chrome, as installed; in CI it must be there.

    It ends with the tests of this folder: while Playwright lives, its event loop runs in this
    thread, and every other test would meet it.
    """
    with engines.chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def open_notebook(server, browser):
    """A function that opens a notebook; its pages stay open until the browser closes."""
    return partial(open_in, browser, *server)


@pytest.fixture
def browse(open_notebook):
    """The same for one test: the pages and their kernels end with it."""
    opened = []

    def open_(*args, **kwargs):
        opened.append(open_notebook(*args, **kwargs))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()
