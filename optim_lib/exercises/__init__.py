"""Checks for the exercises of the lessons, one module a lesson.

In a lesson, an exercise is a cell that starts with `answer = ...` and ends with
`check("01.1", answer)`. The check says whether the answer is right, and gives a hint if it is not.
"""

import importlib
from pathlib import Path

from optim_lib.exercises.checks import EXERCISES, Exercise, Verdict, check
from optim_lib.exercises.lesson_10 import Mystery

__all__ = ["EXERCISES", "Exercise", "Mystery", "Verdict", "check"]

for _path in sorted(Path(__file__).parent.glob("lesson_*.py")):
    importlib.import_module(f"{__name__}.{_path.stem}")  # which enters its exercises
