"""A lesson is as long as it promises, and its cells are short."""

import re
import statistics
from pathlib import Path

import nbformat
import pytest

LESSONS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
WORDS = {  # of prose, that a lesson's thread needs
    "00": 900,
    "01": 1900,
    "02": 1700,
    "03": 2000,
    "04": 2300,
    "05": 2200,
    "06": 1800,
    "07": 2250,
    "08": 2200,
    "09": 1900,
    "10": 2200,
    "11": 1900,
}
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
MINUTES = re.compile(r"\b(\d+) minutes\b")


class Length:
    """What a reader of a lesson has to do."""

    def __init__(self, path):
        cells = nbformat.read(path, as_version=4).cells
        prose = FOLDED.sub("", "\n\n".join(c.source for c in cells if c.cell_type == "markdown"))
        code = [c for c in cells if c.cell_type == "code" and c.source.strip()]
        self.promised = int(MINUTES.search(prose)[1])
        self.words = len(prose.split())  # with formulas and code, which have to be read, too
        self.lines = [sum(map(is_code, c.source.splitlines())) for c in code]
        self.predictions = len(re.findall(r"\*\*Predict", prose))
        self.exercises = sum("check(" in c.source for c in code)
        self.pictures = sum("image/png" in o.get("data", {}) for c in code for o in c.outputs)
        self.live = sum("Explorer(" in c.source for c in code)

    @property
    def minutes(self):
        """150 words a minute, 6 s a line of code, 30 s a prediction, 5 minutes an exercise."""
        reading = self.words / 150 + sum(self.lines) / 10
        return reading + self.predictions / 2 + 5 * self.exercises


def is_code(line):
    return bool(line.strip()) and not line.strip().startswith("#")


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem[:2])
def length(request):
    return request.param.stem[:2], Length(request.param)


def test_a_lesson_has_the_words_that_its_thread_needs(length):
    number, found = length
    assert abs(found.words - WORDS[number]) <= 0.1 * WORDS[number]


def test_a_lesson_takes_the_minutes_that_it_promises(length):
    _, found = length
    assert found.minutes / 1.15 <= found.promised <= 1.15 * found.minutes


def test_the_cells_of_a_lesson_are_short(length):
    _, found = length
    assert statistics.median(found.lines) <= 4
    assert max(found.lines) <= 12


def test_a_lesson_shows_what_it_says_and_lets_its_reader_guess_and_play(length):
    number, found = length
    assert found.live >= 1
    assert found.predictions <= 9
    assert found.pictures >= (5 if number > "00" else 1)
