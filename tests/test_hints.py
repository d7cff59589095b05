"""A wrong answer gets the hint that fits it."""

import numpy as np
import pytest

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces
from optim_lib.exercises import EXERCISES, check


class Still(SGD):
    """A rule that does not move."""

    def step(self, x, g, state):
        return x, state


class Sideways(SGD):
    """Steps of length lr along the contours, which are the right length and the wrong way."""

    def step(self, x, g, state):
        across = np.array([-g[1], g[0]])
        return x - self.lr * across / np.linalg.norm(g, axis=0), state


class Jumpy(SGD):
    """Gradient descent, but for pushes of another size where the gradient is short."""

    def step(self, x, g, state):
        push = np.where(np.linalg.norm(g, axis=0) < 1e-3, 0.5, 0.0)
        return x - self.lr * g + push, state


class MoveAsVelocity(Momentum):
    """The right first step of Nesterov, with the move in the place of the velocity."""

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        move = self.momentum * v - self.lr * g
        return x + move, state._replace(v=move)


class Forgetful(Adagrad):
    """One h for both coordinates, of the last gradient alone."""

    def step(self, x, g, state):
        h = 0 * state.h + (g**2).sum(axis=0)
        return x - self.lr * g / (np.sqrt(h) + self.eps), state._replace(h=h)


class Sign(RMSProp):
    """Steps of lr under a constant gradient, by another rule."""

    def step(self, x, g, state):
        return x - self.lr * np.sign(g), state


class Shrinking(Adam):
    """Weight decay as it should be where the gradient is not zero, and none where it is."""

    weight_decay: float = 0.01

    def step(self, x, g, state):
        new, state = super().step(x, g, state)
        return new - self.lr * self.weight_decay * x * (g != 0), state


def one_array(lr, steps):
    x = np.array([-7.0, 2.0])
    return [x] * (steps + 1)


def short(lr, steps):
    return [np.array([-7.0, 2.0])]


def another(lr, steps):
    return descend(surfaces.bowl, SGD(lr=lr), (-7, 2), steps).x


WRONG = [
    ("00.1", 0.9, "whole numbers"),
    ("00.2", short, "31 points"),
    ("00.2", one_array, "same array"),
    ("00.2", another, "not those of gradient descent"),
    ("00.3", "Nobody", "last entries of run.f"),
    ("01.1", 0.5, "grows"),
    ("01.1", 0.1, "shrinks"),
    ("01.2", 2770, "very close"),
    ("01.2", 100, "in proportion to kappa"),
    ("01.3", SGD, "length"),
    ("01.3", Sideways, "straight down"),
    ("02.1", 20.5, "whole number"),
    ("02.1", 5, "multiplies y by 1.4"),
    ("02.2", 7.0, "smallest of these"),
    ("02.3", Still, "those of gradient descent"),
    ("02.3", SGD, "still near the saddle"),
    ("02.3", Jumpy, "push of 0.01"),
    ("02.4", lambda surface, p: True, "gradient is long"),
    ("02.4", lambda s, p: np.hypot(*s.grad(p)) < 0.01, "at the saddle"),
    ("02.4", lambda surface, p: False, "at the minimum"),
    ("03.1", 4687.5, "no half batch"),
    ("03.1", 469, "one epoch"),
    ("03.1", 7, "rounded up"),
    ("03.2", 3, "between 0 and 2"),
    ("03.2", 0.1, "the floor is"),
    ("03.3", 2, "not its root"),
    ("03.3", 5, "proportional to sigma"),
    ("03.4", SGD, "step 2 used the rate 0.5"),
    ("04.1", 0.1, "first step"),
    ("04.1", -0.5, "without a sign"),
    ("04.1", 3, "1 + momentum"),
    ("04.2", 19 / 21, "that is the rate"),
    ("04.2", (399 / 401) ** 2, "root of kappa, which is 20"),
    ("04.2", 0.3, "put the root"),
    ("04.3", Momentum, "-0.1"),
    ("04.3", MoveAsVelocity, "Keep v itself"),
    ("05.1", 0.3, "cancels"),
    ("05.1", 0.02, "divided by its root"),
    ("05.1", 3, "t * g"),
    ("05.2", 100, "did not shrink"),
    ("05.2", 5, "2 * lr"),
    ("05.3", Adagrad, "one h = 25"),
    ("05.3", Forgetful, "all steps, too"),
    ("06.1", 4.8, "Which way is downhill"),
    ("06.1", 9, "step of gradient descent"),
    ("06.1", 5.1, "Put that into the rule"),
    ("06.2", 0.1, "In the bounce"),
    ("06.3", RMSProp, "under a constant gradient"),
    ("06.3", Sign, "another one"),
    ("07.1", 1, "both corrections"),
    ("07.1", 1.6, "under a root"),
    ("07.1", 3, "divide m by the root"),
    ("07.2", 5, "for many t"),
    ("07.3", Adam, "larger of beta2"),
    ("08.1", 2, "quarter turn"),
    ("08.2", 0.5, "60 steps"),
    ("08.3", SGD, "scaled by 1024"),
    ("09.1", 38, "beta1 = 0.9"),
    ("09.1", 3.6, "divide by 1 - beta1"),
    ("09.1", 7, "put beta1"),
    ("09.2", 0.001 / 38, "the curvature, 4"),
    ("09.2", (0.004 / 38) ** 2, "its root"),
    ("09.2", 1, "solve"),
    ("09.3", Shrinking, "gradient is zero"),
    ("10.1", 3, "put t = 1"),
    ("10.2", 2, "under a root"),
    ("10.2", 5, "at the first gradient"),
    ("10.3", Momentum, "part at step 2"),
]


@pytest.mark.parametrize(
    ("number", "answer", "hint"), WRONG, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(WRONG)]
)
def test_the_hint_fits_the_answer(number, answer, hint):
    verdict = check(number, answer)
    assert verdict.status == "wrong"
    assert "could not be tried" not in verdict.message
    assert hint in verdict.message


def test_every_exercise_has_a_wrong_answer_here():
    assert {number for number, *_ in WRONG} == set(EXERCISES)


RULE_EXERCISES = [n for n, e in EXERCISES.items() if e.fault.__name__ == "fault_of_rule"]


@pytest.mark.parametrize("number", RULE_EXERCISES)
def test_a_rule_that_forgets_its_state_is_told_so_and_not_that_its_formula_is_wrong(number):
    class Forgetful(Adam):
        weight_decay: float = 0.0
        momentum: float = 0.9
        decay_rate: float = 0.9

        def step(self, x, g, state):
            return x - self.lr * g

    message = check(number, Forgetful).message
    assert "Forgetful.step returned a ndarray alone" in message
    assert "return x, state" in message


def test_there_are_exercises_whose_answer_is_a_rule():
    assert len(RULE_EXERCISES) > 8
