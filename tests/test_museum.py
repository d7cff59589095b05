"""Every bug of the museum, put in the place of the right rule, turns the tests red."""

import ast
import itertools
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import nbformat
import pytest

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp
from optim_lib.exercises.lesson_10 import ONE_FOR_EVER

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
LESSON = nbformat.read(NOTEBOOKS / "10_the_bug_museum.ipynb", as_version=4)
CODE = [cell for cell in LESSON.cells if cell.cell_type == "code"]
PROSE = "\n".join(cell.source for cell in LESSON.cells if cell.cell_type == "markdown")
ARTICLE = (NOTEBOOKS / "the_article.md").read_text()
EXHIBIT = re.compile(r"\*\*(\d+)\. ")


def tagged(tag):
    """Return the source of each class that stands in a cell with the tag, by its name."""
    return {
        node.name: ast.get_source_segment(cell.source, node)
        for cell in CODE
        if tag in cell.metadata.get("tags", [])
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.ClassDef)
    }


BUGS = tagged("bug")
UPDATES = tagged("update-bug")  # whose `step` is right, if it has one
RULES = (SGD, Momentum, Adagrad, RMSProp, Adam)

# Takes the place of a rule by one of its subclasses, under the rule's own name, and runs the tests
# of what a rule computes. (Those of its source, its name and its bad input would judge the dress.)
RUN = """
import sys
import pytest
import optim_lib
from optim_lib import *
import numpy as np

exec(sys.argv[1])
bug = locals().get(sys.argv[2])
if bug:
    (rule,) = [base for base in bug.__mro__[1:] if base.__module__ == "optim_lib.optimizers"][:1]
    bug.__name__ = bug.__qualname__ = rule.__name__
    for module in (optim_lib, optim_lib.optimizers):
        setattr(module, rule.__name__, bug)
behaviour = "fingerprint or recurrence or walks or first_step or starts_cold or outside_the_root"
sys.exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-k", behaviour,
                      "tests/test_optimizers.py"]))
"""


def run_tests(source, name):
    """Run the tests of the rules with a bug in place; return the exit code and the report."""
    command = [sys.executable, "-c", RUN, source, name]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True)
    return ended.returncode, ended.stdout + ended.stderr


@cache
def lesson_names():
    """Run the lesson up to its first room, and then the bugs; return the names that it defines."""
    names = {}
    rooms = next(i for i, cell in enumerate(CODE) if "def exhibit(" in cell.source)
    for source in [cell.source for cell in CODE[:rooms]] + [*BUGS.values(), *UPDATES.values()]:
        exec(source, names)
    return names


def test_there_are_at_least_twelve():
    assert len(BUGS) >= 12


def test_the_right_rules_stay_green():
    code, report = run_tests("", "")
    assert code == pytest.ExitCode.OK, report
    assert " passed" in report


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_turns_the_tests_red(bug):
    code, report = run_tests(BUGS[bug], bug)
    assert code == pytest.ExitCode.TESTS_FAILED, report
    assert "AssertionError" in report


@pytest.mark.parametrize("bug", BUGS)
def test_the_fingerprint_sees_the_bug(bug):
    names = lesson_names()
    wrong = names[bug]
    (base,) = [rule for rule in RULES if issubclass(wrong, rule)]
    assert names["is_right"](base, base)
    assert not names["is_right"](wrong, base)


@pytest.mark.parametrize(
    ("bug", "base"), [("SharedCounter", Adam), ("NotZeroed", SGD), ("EarlySchedule", SGD)]
)
def test_the_fingerprint_of_update_sees_what_that_of_step_does_not(bug, base):
    names = lesson_names()
    assert bug in UPDATES
    assert not names["is_right"](names[bug], base)


def exhibits():
    """Return the prose and the classes of each exhibit, by its number."""
    found = {}
    for prose, code in itertools.pairwise(LESSON.cells):
        exhibit = prose.source[prose.source.find("**") :]
        for number in map(int, EXHIBIT.findall(exhibit)):
            if "bug" in str(code.metadata.get("tags", [])):
                found[number] = exhibit.split("\n\n")[-1], re.findall(r"class (\w+)", code.source)
    return found


def test_each_exhibit_has_a_number_and_the_answer_of_exercise_1_is_one_of_them():
    found = exhibits()
    assert sorted(found) == list(range(1, 20))
    assert {name for _, names in found.values() for name in names} <= {*BUGS, *UPDATES}
    number, name = ONE_FOR_EVER
    assert name in found[number][1]


def test_the_museum_leads_to_the_article_and_back():
    assert "](the_article.md)" in PROSE
    assert "](10_the_bug_museum.ipynb)" in ARTICLE


def test_each_row_of_the_article_says_where_it_is_shown():
    rows = [
        [part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in ARTICLE.splitlines()
        if re.match(r"\| \d+ \|", line)
    ]
    assert [int(number) for number, *_ in rows] == list(range(1, 24))
    for _, said, so, shown in rows:
        assert said
        assert so
        named = [int(number) for number in re.findall(r"exhibit (\d+)", shown)]
        assert set(named) <= set(exhibits())
        assert named or "](" in shown or shown == "every lesson that runs"


def test_the_exhibits_that_come_from_the_article_are_those_that_it_names():
    named = {int(number) for number in re.findall(r"exhibit (\d+)", ARTICLE)}
    taken = {n for n, (prose, _) in exhibits().items() if "](the_article.md)" in prose}
    assert len(taken) >= 4
    assert taken <= named


PAGES = sorted(NOTEBOOKS.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target
