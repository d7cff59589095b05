"""The book: made twice it is the same, its links lead somewhere, and its cover is the README's."""

import importlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import ROOT, make_book

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """What a page links to, what it fetches, and the anchors that it has."""

    def __init__(self, path):
        super().__init__()
        self.links, self.fetched, self.anchors, self.pictures = [], [], {""}, []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors.add(found.get("id"))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "img":
            self.pictures.append(found)
        if FETCHED.get(tag) in found and found.get("rel") != "canonical":
            self.fetched.append(found[FETCHED[tag]])


@pytest.fixture
def lessons(monkeypatch):
    """The book's own extension of Sphinx."""
    monkeypatch.syspath_prepend(ROOT / "book")
    return importlib.import_module("lessons")


def pages_of(book):
    paths = (path for path in book.rglob("*.html") if "_static" not in path.parts)
    return {path.resolve(): Page(path) for path in paths}


def test_the_same_bytes_come_out_twice(book, tmp_path):
    files = {path.relative_to(book) for path in book.rglob("*") if path.is_file()}
    again = make_book(tmp_path / "again")
    assert files == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    assert [
        name for name in files if (book / name).read_bytes() != (again / name).read_bytes()
    ] == []


def test_each_lesson_has_its_page_and_its_notebook(book, lessons):
    for path in LESSONS:
        assert (book / f"{path.stem}.html").exists()
        own = path.read_text("utf-8").replace(lessons.committed_repository(), lessons.repository())
        assert (book / "_sources" / path.name).read_text("utf-8") == own


def test_links_and_anchors_lead_somewhere(book):
    pages, lost = pages_of(book), []
    for path, page in pages.items():
        for link in page.links + page.fetched:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = pages[target].anchors if target in pages else {""}
            if not target.exists() or unquote(parts.fragment) not in anchors:
                lost.append((path.name, link))
    assert lost == []


def test_nothing_is_fetched_from_another_host(book):
    for page in pages_of(book).values():
        assert [link for link in page.fetched if urlsplit(link).netloc] == []
    for sheet in book.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//", sheet.read_text("utf-8")) == []


def test_the_cover_lists_the_lessons_as_the_readme_does():
    rows = re.compile(r"^\| \[.*$", re.MULTILINE)
    readme = (ROOT / "README.md").read_text("utf-8").split("## The library")[0]
    cover = (ROOT / "book" / "index.md").read_text("utf-8")
    assert rows.findall(readme.replace("(notebooks/", "(")) == rows.findall(cover)


def test_links_lead_to_the_repository_that_publishes(lessons, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/theirs")
    assert lessons.repository() == "someone/theirs"
    link = lessons.UPWARDS.match("](../../benchmarks/README.md)")
    assert lessons.leave("deeper", link) == (
        "](https://github.com/someone/theirs/blob/HEAD/benchmarks/README.md"
    )
    inside = lessons.UPWARDS.match("](../04_momentum.ipynb)")
    assert lessons.leave("deeper", inside) == "](../04_momentum.ipynb"
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert lessons.repository() == lessons.committed_repository()
    project = Path(ROOT / "pyproject.toml").read_text("utf-8")
    assert f"https://github.com/{lessons.repository()}" in project


def test_every_picture_says_what_it_shows(book):
    unsaid = [
        (path.name, picture)
        for path, page in pages_of(book).items()
        for picture in page.pictures
        if not picture.get("alt", "").strip() or picture["alt"] == picture["src"]
    ]
    assert unsaid == []


def test_every_exercise_says_how_to_run_it(book, lessons):
    for path in LESSONS:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        exercises = list(filter(lessons.CHECK.search, code))
        page = (book / f"{path.stem}.html").read_text("utf-8")
        assert page.count("To answer, run this lesson: ") == len(exercises)


def test_a_table_that_a_cell_makes_is_a_table(book):
    sheet = (book / "deeper" / "11_cheat_sheet.html").read_text()
    assert sheet.count("<table") == 3
    assert sheet.count("<math") >= 12
    assert "| Adagrad |" not in sheet
