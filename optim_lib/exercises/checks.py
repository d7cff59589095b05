"""What the checks of all lessons share: how one is entered, and how an answer is tried."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optim_lib.optimizers import Optimizer

__all__ = ["EXERCISES", "Exercise", "Verdict", "check", "exercise", "nearest_hint", "one_number"]


class Exercise(NamedTuple):
    """What an exercise asks, and the function that finds fault with an answer."""

    question: str
    fault: Callable


class Verdict(NamedTuple):
    """What a check says: `status` is "open", "right" or "wrong"."""

    status: str
    message: str

    def __repr__(self):
        return self.message


EXERCISES = {}


def check(exercise, answer):
    """Say whether an answer is right, and give a hint if it is not.

    Parameters
    ----------
    exercise : str
        The number of the exercise, for example "01.1".
    answer : object
        A number, an array, a function or a class, as the exercise asks; `...` if there is none yet.

    Returns
    -------
    Verdict

    Raises
    ------
    KeyError
        If there is no such exercise.

    Examples
    --------
    >>> check("01.1", ...)
    Not answered yet: at which learning rate does x bounce for ever?
    >>> check("01.1", 1 / 3)
    Right.
    """
    if exercise not in EXERCISES:
        raise KeyError(
            f"there is no exercise {exercise!r}; there are {', '.join(sorted(EXERCISES))}"
        )
    question, fault = EXERCISES[exercise]
    if answer is ...:
        return Verdict("open", f"Not answered yet: {question}")
    try:
        hint = fault(answer)
    except Exception as error:  # a learner's answer may be anything, and the lesson goes on
        hint = f"this answer could not be tried ({type(error).__name__}: {error})"
    if hint is None:
        return Verdict("right", "Right.")
    return Verdict("wrong", f"Not yet: {hint}")


def exercise(number, question, rule=None):
    """Enter the decorated function as the check of an exercise: it returns a hint, or None.

    Where the answer is a rule, `rule` is the name that the lesson gives it; anything that is no
    class of optimizers gets a hint without being tried.
    """

    def enter(fault):
        def fault_of_rule(answer):
            if isinstance(answer, type) and issubclass(answer, Optimizer):
                return fault(answer)
            return f"the answer is the class itself, without brackets: answer = {rule}"

        EXERCISES[number] = Exercise(question, fault_of_rule if rule else fault)
        return fault

    return enter


def one_number(value):
    """Return a number, also if it is a fraction or stands alone in an array; else None.

    Examples
    --------
    >>> one_number(np.array([0.5])), one_number("0.5"), one_number((1, 2))
    (0.5, 0.5, None)
    """
    try:
        value = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    return float(value.ravel()[0]) if value.size == 1 else None


def nearest_hint(answer, hints, otherwise, tolerance=0.003):
    """Return what is to be said of the expected number next to an answer, if it is near enough.

    Examples
    --------
    >>> hints = {0.5: None, 5.0: "divide by ten."}
    >>> nearest_hint(4.99, hints, "no."), nearest_hint(3, hints, "no.")
    ('divide by ten.', 'no.')
    """
    number = one_number(answer)
    if number is None:
        return "the answer is one number."
    nearest = min(hints, key=lambda expected: abs(number - expected))
    near = abs(number - nearest) <= tolerance * abs(nearest)
    return hints[nearest] if near else otherwise
