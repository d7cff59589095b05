"""An answer gets the verdict, and a wrong one the hint, that fits it."""

from collections import Counter

import pytest
from answers import RIGHT, WRONG

from optim_lib import Adam
from optim_lib.exercises import EXERCISES, check


def ids(answers):
    return [f"{number}-{i}" for i, (number, *_) in enumerate(answers)]


@pytest.mark.parametrize(("number", "answer"), RIGHT, ids=ids(RIGHT))
def test_a_right_answer_may_be_written_in_another_way(number, answer):
    assert check(number, answer).message == "Right."


@pytest.mark.parametrize(("number", "answer", "hint"), WRONG, ids=ids(WRONG))
def test_the_hint_fits_the_answer(number, answer, hint):
    verdict = check(number, answer)
    assert verdict.status == "wrong"
    assert "could not be tried" not in verdict.message
    assert hint in verdict.message


@pytest.mark.parametrize("number", sorted(EXERCISES))
def test_every_exercise_was_tried_with_many_answers(number):
    assert Counter(n for n, _ in RIGHT)[number] >= 3
    assert Counter(n for n, *_ in WRONG)[number] >= 8


RULE_EXERCISES = [n for n, e in EXERCISES.items() if e.fault.__name__ == "fault_of_rule"]


@pytest.mark.parametrize("number", RULE_EXERCISES)
def test_a_rule_that_forgets_its_state_is_told_so_and_not_that_its_formula_is_wrong(number):
    class Forgetful(Adam):
        weight_decay: float = 0.0
        bound: float = 10.0
        momentum: float = 0.9
        decay_rate: float = 0.9

        def step(self, x, g, state):
            return x - self.lr * g

    message = check(number, Forgetful).message
    assert "Forgetful.step returned a ndarray alone" in message
    assert "return x, state" in message


def test_there_are_exercises_whose_answer_is_a_rule():
    assert len(RULE_EXERCISES) > 8
