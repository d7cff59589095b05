"""Answers that learners give, one module a lesson.

- RIGHT: right answers that are written in another way, as (number, answer).
- WRONG: wrong answers, as (number, answer, words of the hint that fits).
- CALLS: arguments on which an answer that is a function is tried, by number.
- EQUIVALENT: breakages of a solution that keep what it does, by number.
"""

import importlib
from pathlib import Path

LESSONS = [
    importlib.import_module(f"{__name__}.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("lesson_*.py"))
]
RIGHT = [answer for lesson in LESSONS for answer in lesson.RIGHT]
WRONG = [answer for lesson in LESSONS for answer in lesson.WRONG]
CALLS = {n: c for lesson in LESSONS for n, c in getattr(lesson, "CALLS", {}).items()}
EQUIVALENT = {n: e for lesson in LESSONS for n, e in getattr(lesson, "EQUIVALENT", {}).items()}
