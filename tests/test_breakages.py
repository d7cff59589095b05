"""A solution that is broken on purpose is refused, wherever that changes what it does."""

import copy
import itertools

import numpy as np
from answers import CALLS, EQUIVALENT
from breakages import breakages
from test_exercises import each

from optim_lib import Optimizer, descend, surfaces
from optim_lib.exercises import check

PLACES = [(surfaces.ravine, (-7, 2)), (surfaces.saddle, (1, -0.5)), (surfaces.rosenbrock, (0.5, 2))]
VALUES = [(0.1, 0.5, 0.75, 0.3, 0.2), (0.3, 0.8, 0.4, 0.6, 0.1)]  # of the fields, in their order
STEPS = 8
ROUNDED = 0.02  # a number may be rounded to two digits


def behaviour(answer, calls):
    """Return numbers by which answers that do the same can be known."""
    if isinstance(answer, type) and issubclass(answer, Optimizer):
        fields = list(answer.__dataclass_fields__)
        paths = [
            descend(surface, answer(**dict(zip(fields, values, strict=False))), start, STEPS).x
            for (surface, start), values in itertools.product(PLACES, VALUES)
        ]
        return np.array(paths)
    if callable(answer):
        return [numbers(answer(*copy.deepcopy(arguments))) for arguments in calls]
    return answer


def numbers(result):
    """Return what a function returned as an array; of dictionaries the values, in their order."""
    if isinstance(result, list) and all(isinstance(part, dict) for part in result):
        result = [np.concatenate([np.ravel(v) for v in part.values()]) for part in result]
    return np.asarray(result, dtype=float)


def same(first, second):
    """Whether two answers do the same."""
    if isinstance(first, list | np.ndarray):
        return len(first) == len(second) and all(
            np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-9, atol=0, equal_nan=True)
            for a, b in zip(first, second, strict=True)
        )
    if isinstance(first, str):
        return first == second
    return bool(np.isclose(first, second, rtol=ROUNDED, atol=0))


def answer_of(imports, code):
    """Run a lesson's imports and an exercise's code up to its check; return the answer."""
    names = {}
    exec(f"{imports}\n{code}", names)
    return names["answer"]


@each
def test_a_broken_solution_is_not_right(lesson, number, imports, starter, solution):
    *lines, _ = solution.strip().splitlines()
    code = "\n".join(lines)
    right = behaviour(answer_of(imports, code), CALLS.get(number, ()))
    accepted, equivalent = [], set(EQUIVALENT.get(number, ()))
    unused = set(equivalent)
    with np.errstate(all="ignore"):
        for done, broken in breakages(code):
            try:
                answer = answer_of(imports, broken)
            except Exception:
                continue  # it does not even run
            if check(number, answer).status == "wrong":
                continue
            if done in equivalent:
                unused.discard(done)
                continue
            try:
                kept = same(right, behaviour(answer, CALLS.get(number, ())))
            except Exception:
                kept = False
            if not kept:
                accepted.append(done)
    assert accepted == []
    assert unused == set(), "these are not done any more, or they are refused"


def test_the_breakages_are_those_of_a_learner():
    step = "v = 2 * state.v\n    return x - self.lr * g, state._replace(v=v)"
    source = f"def step(self, x, g, state):\n    {step}"
    found = dict(breakages(source))
    assert len(found) > 20
    for words in ("x: ignored", "self.lr: ignored", "g: ignored", "2: the sign"):
        assert words in found
    assert any("return (x - self.lr * g, state)" in broken for broken in found.values())
