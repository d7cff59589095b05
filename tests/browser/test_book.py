"""The book in browsers of three engines: every page of it, from a plain server and from files."""

import functools
import http.server
import json
import re
import threading
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT

from browser import engines, parts, plain
from browser.hand import Hand, try_out
from browser.test_engines import started

OTHERS = "firefox", "webkit"
FIGURE = "application/vnd.optim-lib.figure+json"
AXE = """async exclude => (await axe.run({ exclude }, {
    preload: false,
    runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
})).violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])"""
WORDS = "[...document.querySelectorAll('canvas')].map((c) => c.explorerState?.words)"
FETCHED = "performance.getEntriesByType('resource').map((entry) => entry.name)"
# What stands uncovered below a prediction before the next heading, prediction or live figure.
SEEN = """[...document.querySelectorAll("form.guess")].map((form) => form.nextElementSibling)
    .filter((next) => next && !next.matches("section, blockquote, .covered")
        && !next.querySelector(".optim-figure")).map((next) => next.outerHTML)"""
CONTROLS = [
    *("a slider by mouse", "a second slider", "a typed number", "the start by mouse"),
    *("the typed steps", "the menu", "the noise", "play"),
    *("the map of settings", "the map of starts", "the zoom", "a typed surface"),
]


class Handler(http.server.SimpleHTTPRequestHandler):
    """A plain server of files, whose pages note what goes wrong on them."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.suffix != ".html":
            return super().do_GET()
        watched = path.read_text("utf-8").replace(
            "<head>", f"<head><script>{plain.WATCH}</script>", 1
        )
        page = watched.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
        return None


@pytest.fixture(scope="module")
def served(book):
    """The address of the book under a sub-path, as a repository's pages have it."""
    handler = functools.partial(Handler, directory=book.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{book.name}"
        server.shutdown()


@pytest.fixture
def visit(browser):
    """A function that opens a page; what it complains of or asks of others fails the test."""
    contexts, faults = [], []

    def visit_(base, **context):
        context.setdefault("viewport", {"width": 1366, "height": 768})
        contexts.append(browser.new_context(**context))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: line.type == "error" and faults.append(line.text))
        page.on("request", lambda r: r.url.startswith((base, "data:")) or faults.append(r.url))
        return page

    yield visit_
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def pages(request):
    """A function that gives the page of another engine, which is started when first asked for."""
    with ExitStack() as stack:
        yield cache(lambda engine: stack.enter_context(started(engine, request)))


def pages_of(book):
    found = (path.relative_to(book) for path in book.rglob("*.html"))
    return sorted(path for path in found if path.parts[0] != "_static")


def committed_words(page):
    """Return what the live figures of a lesson say, as its notebook has it."""
    path = ROOT / "notebooks" / page.with_suffix(".ipynb")
    if not path.exists():
        return []
    cells = json.loads(path.read_text("utf-8"))["cells"]
    found = [o["data"] for c in cells for o in c.get("outputs", []) if FIGURE in o.get("data", {})]
    assert all("rules" in data[FIGURE] for data in found), "a page has no Python"
    return ["".join(data["text/plain"]) for data in found]


def test_every_page_is_quiet_alive_and_open_to_all(book, served, visit):
    source = (parts.npm_package("axe-core") / "axe.min.js").read_text("utf-8")
    page, lost, alive = visit(served), {}, 0
    for i, path in enumerate(pages_of(book)):
        page.goto(f"{served}/{path.as_posix()}")
        if words := committed_words(path):
            page.wait_for_function(f"{WORDS}.every(Boolean)")
            assert page.evaluate(WORDS) == words
            assert not page.locator(".cell_output:has(.optim-live) img").first.is_visible()
            alive += len(words)
        page.evaluate(source + "; 0")
        # A colour on its way from one scheme to the other is neither's.
        page.add_style_tag(content="* { transition: none !important; }")
        scheme = ("light", "dark")[i % 2]  # of one style sheet; each takes seconds
        page.evaluate("scheme => { document.documentElement.dataset.theme = scheme; }", scheme)
        # The words of code have thousands of parts, on all pages alike: two pages try them.
        if found := page.evaluate(AXE, [[".highlight pre"]] if i > 1 else []):
            lost[str(path), scheme] = found
    assert alive >= 10
    assert lost == {}


@pytest.mark.parametrize("engine", OTHERS)
def test_every_page_is_quiet_and_alive_in_another_engine(book, served, pages, engine):
    page = pages(engine)
    for path in pages_of(book):
        page.go(f"{served}/{path.as_posix()}")
        if words := committed_words(path):
            page.wait(f"{WORDS}.every(Boolean)")
            assert page.evaluate(WORDS) == words
        assert page.evaluate("window.heard") == []
        assert [url for url in page.evaluate(FETCHED) if not url.startswith(served)] == []


@pytest.mark.parametrize("engine", OTHERS)
def test_each_kind_of_control_answers_in_another_engine(served, pages, engine):
    page = pages(engine)
    page.go(f"{served}/index.html")
    for control in CONTROLS:
        try_out(Hand(page), control)
    assert page.evaluate("window.heard") == []


def test_a_figure_answers_when_opened_from_a_file_on_a_phone(book, visit):
    page = visit(book.as_uri(), viewport={"width": 390, "height": 800}, color_scheme="dark")
    page.goto((book / "index.html").as_uri())
    hand = Hand(engines.Chromium(page))
    for control in CONTROLS:
        try_out(hand, control)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_link_leads_to_a_setting_and_python_makes_it(served, visit):
    page = visit(served)
    page.goto(f"{served}/index.html")
    hand = Hand(engines.Chromium(page))
    hand.ready()
    hand.choose("Surface", 4)
    hand.type("SGD lr", "0.0123")
    hand.type("Steps", "60")
    hand.click(".optim-group:nth-child(2) input[type=checkbox]")
    hand.click(".optim-sharing summary")
    changed = hand.wait(lambda state: "60 steps" in state["words"], "60 steps")
    link = page.locator(".optim-copied a[href]")  # it has one from the next frame on
    address = link.get_attribute("href")
    assert address == "#" + re.sub(r"^.*#", "", link.inner_text())
    python = page.locator(".optim-copied pre").inner_text()

    page.goto("about:blank")
    page.goto(f"{served}/index.html{address}")
    again = hand.wait(lambda state: state["words"] == changed["words"], "the same words")
    assert [t["x"] for t in again["tracks"]] == [t["x"] for t in changed["tracks"]]
    page.evaluate("location.hash = '#figure=1&steps=7'")
    hand.wait(lambda state: "7 steps" in state["words"], "another address")

    names = {}
    exec(python, names)
    assert names["explorer"].words == changed["words"]
    names["explorer"].close()


def test_an_answer_is_covered_until_it_is_asked_for(served, visit):
    page = visit(served)
    page.goto(f"{served}/04_momentum.html")
    covered = page.locator(".covered")
    guesses = page.locator("form.guess")
    hidden, asked = covered.count(), guesses.count()
    assert asked == page.locator("article blockquote", has_text="Predict.").count() >= 4
    seen = page.evaluate(SEEN)
    assert seen == []  # nothing between a guess and the next heading, prediction or live figure
    assert not covered.first.is_visible()
    guesses.first.get_by_role("textbox").fill("<b>down</b>")
    guesses.first.get_by_role("button", name="Compare").click()
    assert page.locator("p.guess").inner_text() == "You guessed: <b>down</b>"
    fewer = covered.count()
    assert fewer < hidden
    guesses.first.get_by_role("button", name="Show the answer").click()
    assert (covered.count() < fewer, guesses.count()) == (True, asked - 2)
    page.emulate_media(media="print")
    assert covered.first.is_visible()


def test_all_shows_without_a_script_and_on_paper(served, visit):
    page = visit(served, java_script_enabled=False)
    page.goto(f"{served}/01_gradient_descent.html")
    still = page.locator(".cell_output:has(.optim-figure) img")
    assert still.is_visible()
    assert "SGD" in still.get_attribute("alt")
    assert page.locator("form.guess").count() == 0
    page = visit(served)
    page.goto(f"{served}/index.html")
    page.locator("canvas").wait_for()
    page.emulate_media(media="print")
    assert page.locator(".cell_output:has(.optim-figure) img").is_visible()
    assert not page.locator("canvas").is_visible()
