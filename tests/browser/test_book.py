"""The book in Chromium: every page of it, opened from a plain server and from a file."""

import functools
import http.server
import json
import re
import threading

import pytest
from conftest import ROOT

from browser import engines, parts
from browser.hand import Hand

FIGURE = "application/vnd.optim-lib.figure+json"
AXE = """async () => (await axe.run(document, { preload: false, runOnly: { type: "tag", values: [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } })
).violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def served(book):
    """The address of the book under a sub-path, as a repository's pages have it."""
    handler = functools.partial(Quiet, directory=book.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{book.name}"
        server.shutdown()


@pytest.fixture
def visit(browser):
    """A function that opens a page; what it complains of or asks of others fails the test."""
    pages, faults = [], []

    def visit_(base, **context):
        context.setdefault("viewport", {"width": 1366, "height": 768})
        page = browser.new_context(**context).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: line.type == "error" and faults.append(line.text))
        page.on("request", lambda r: r.url.startswith((base, "data:")) or faults.append(r.url))
        return page

    yield visit_
    for page in pages:
        page.context.close()
    assert faults == []


def committed_words(name):
    """Return what the live figures of a lesson say, as its notebook has it."""
    path = ROOT / "notebooks" / f"{name}.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    found = [o["data"] for c in cells for o in c.get("outputs", []) if FIGURE in o.get("data", {})]
    return ["".join(data["text/plain"]) for data in found if "rules" in data[FIGURE]]


def test_every_page_is_quiet_alive_and_open_to_all(book, served, visit):
    source = (parts.npm_package("axe-core") / "axe.min.js").read_text("utf-8")
    page, lost, alive = visit(served), {}, 0
    for path in sorted(book.glob("*.html")):
        page.goto(f"{served}/{path.name}")
        if words := committed_words(path.stem) if re.match(r"\d", path.stem) else []:
            page.wait_for_function("document.querySelector('canvas')?.explorerState")
            states = "[...document.querySelectorAll('canvas')].map((c) => c.explorerState.words)"
            assert page.evaluate(states) == words
            assert not page.locator(".cell_output:has(.optim-live) img").first.is_visible()
            alive += len(words)
        page.evaluate(source + "; 0")
        for scheme in ("light", "dark"):
            page.evaluate("scheme => { document.documentElement.dataset.theme = scheme; }", scheme)
            if found := page.evaluate(AXE):
                lost[path.name, scheme] = found
    assert alive >= 10
    assert lost == {}


def test_a_figure_answers_when_opened_from_a_file_on_a_phone(book, visit):
    page = visit(book.as_uri(), viewport={"width": 390, "height": 800}, color_scheme="dark")
    page.goto((book / "index.html").as_uri())
    hand = Hand(engines.Chromium(page))
    before = hand.ready()
    hand.type("SGD lr", "0.5")
    after = hand.wait(lambda state: state["words"] != before["words"], "an answer")
    hand.type("Steps", "60")
    after = hand.wait(lambda state: state["words"] != after["words"], "an answer")
    hand.choose("Surface", 4)
    hand.wait(lambda state: state["surface"] != after["surface"], "another surface")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_still_picture_shows_without_a_script_and_on_paper(served, visit):
    page = visit(served, java_script_enabled=False)
    page.goto(f"{served}/01_gradient_descent.html")
    live = page.locator(".cell_output:has(.optim-figure) img")
    assert live.is_visible()
    assert "SGD" in live.get_attribute("alt")
    page = visit(served)
    page.goto(f"{served}/index.html")
    page.locator("canvas").wait_for()
    page.emulate_media(media="print")
    assert page.locator(".cell_output:has(.optim-figure) img").is_visible()
    assert not page.locator("canvas").is_visible()
