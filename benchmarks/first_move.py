"""How long from opening a lesson to the first moved slider: the book beside JupyterLab.

Run: python benchmarks/first_move.py    (needs tests/requirements.txt and Chromium)

The book is served by a plain server, JupyterLab by its own, which runs already; its time to start
is printed apart. Both open lesson 01 in a browser that has not seen it; in JupyterLab the cells
must run before there is a figure to move. A time ends when the figure's words have changed. Ways
take turns.
"""

import functools
import http.server
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser import conftest as harness

ROOT = Path(__file__).parents[1]
ROUNDS = 5
LESSON = "01_gradient_descent"
MOVED = "words => document.querySelector('canvas').explorerState.words !== words"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A plain server of files that says nothing."""

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def book_server(folder):
    """Make the book and serve it; give its address."""
    subprocess.run([sys.executable, ROOT / "book" / "build.py", folder], check=True)
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def move(page):
    """Move the first slider of a rule by a key, and wait for the words."""
    page.wait_for_function("document.querySelector('canvas')?.explorerState?.words")
    alive = time.perf_counter()
    words = page.evaluate("document.querySelector('canvas').explorerState.words")
    page.locator("[role=slider][aria-label='SGD lr']").first.press("ArrowLeft")
    page.wait_for_function(MOVED, arg=words)
    return alive


def by_book(browser, address):
    """Return the seconds to a figure that lives, and to its first move."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    begin = time.perf_counter()
    page.goto(f"{address}/{LESSON}.html", wait_until="commit")
    alive = move(page)
    end = time.perf_counter()
    context.close()
    return alive - begin, end - begin


def by_lab(browser, address, folder):
    """Return the same for JupyterLab."""
    lesson = ROOT / "notebooks" / f"{LESSON}.ipynb"
    begin = time.perf_counter()
    notebook = harness.open_in(browser, address, folder, "lab", lesson)
    notebook.run_all(timeout=300)
    alive = move(notebook.page)
    end = time.perf_counter()
    notebook.close()
    return alive - begin, end - begin


def main():
    """Measure both ways and print medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        home, site = Path(folder, "jupyter"), Path(folder, "site")
        home.mkdir()
        begin = time.perf_counter()
        with (
            harness.jupyter_server(home) as (address, notebooks),
            book_server(site) as book,
            harness.launched() as browser,
        ):
            print(f"JupyterLab, the book and Chromium ready: {time.perf_counter() - begin:.1f} s")
            times = {"book": [], "JupyterLab": []}
            for _ in range(ROUNDS):
                times["book"].append(by_book(browser, book))
                times["JupyterLab"].append(by_lab(browser, address, notebooks))
    medians = {}
    for name, found in times.items():
        alive, moved = (statistics.median(part) for part in zip(*found, strict=True))
        medians[name] = moved
        print(f"{name:12} figure alive {alive:6.2f} s   first slider moved {moved:6.2f} s")
    print(f"the book is {medians['JupyterLab'] / medians['book']:.0f} times as fast")


if __name__ == "__main__":
    main()
