"""Every bug of the museum, put in the place of the right rule, turns the tests red."""

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import nbformat
import pytest

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp

ROOT = Path(__file__).parents[1]
LESSON = nbformat.read(ROOT / "notebooks" / "10_the_bug_museum.ipynb", as_version=4)
CODE = [cell for cell in LESSON.cells if cell.cell_type == "code"]
BUGS = {
    node.name: ast.get_source_segment(cell.source, node)
    for cell in CODE
    if "bug" in cell.metadata.get("tags", [])
    for node in ast.parse(cell.source).body
    if isinstance(node, ast.ClassDef)
}
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
    for source in [cell.source for cell in CODE[:rooms]] + list(BUGS.values()):
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
    assert names["is_right"](base(), base)
    assert not names["is_right"](wrong(), base)
