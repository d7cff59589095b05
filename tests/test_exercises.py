"""Every exercise has a starter that runs, a check that answers, and a solution that is right."""

import itertools
import re
from pathlib import Path

import nbformat
import pytest

from optim_lib.exercises import EXERCISES, check

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
NUMBER = re.compile(r'check\("([^"]+)"')
SOLUTION = re.compile(r"<details>.*?```python\n(.*?)```.*?</details>", re.DOTALL)


def exercises_of(path):
    """Yield the number, the imports, the starter and the solution of each exercise of a lesson."""
    cells = nbformat.read(path, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    for cell, after in itertools.pairwise(cells):
        number = NUMBER.search(cell.source)
        if cell.cell_type == "code" and number:
            solution = SOLUTION.search(after.source)
            yield number[1], code[0], cell.source, solution[1] if solution else ""


ALL = [(path.stem, *parts) for path in NOTEBOOKS for parts in exercises_of(path)]
each = pytest.mark.parametrize(
    ("lesson", "number", "imports", "starter", "solution"), ALL, ids=[a[1] for a in ALL]
)


def verdict(imports, code):
    """Run a lesson's imports and an exercise's code; return what its last line says."""
    *lines, last = code.strip().splitlines()
    names = {}
    exec("\n".join([imports, *lines]), names)
    return eval(last, names)


def test_every_exercise_stands_in_one_lesson_that_bears_its_number():
    assert sorted(number for _, number, *_ in ALL) == sorted(EXERCISES)
    assert all(number.startswith(lesson[:2]) for lesson, number, *_ in ALL)


@each
def test_the_starter_is_not_answered_yet(lesson, number, imports, starter, solution):
    assert verdict(imports, starter).status == "open"


@each
def test_the_solution_is_right(lesson, number, imports, starter, solution):
    assert NUMBER.search(solution)[1] == number
    assert verdict(imports, solution).status == "right"


@pytest.mark.parametrize("number", sorted(EXERCISES))
@pytest.mark.parametrize(
    "answer", [None, "x", -1, object(), [], lambda: 0, int], ids=lambda a: type(a).__name__
)
def test_a_wrong_answer_gets_a_hint(number, answer):
    found = check(number, answer)
    assert found.status == "wrong"
    assert len(found.message) > len("Not yet: ")


def test_an_unknown_exercise_is_named():
    with pytest.raises(KeyError, match=r"no exercise '99\.9'; there are 00\.1, "):
        check("99.9", 1)
