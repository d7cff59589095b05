"""A schedule scales the learning rate of each step, in a descent and in a training alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim_lib import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    Optimizer,
    RMSProp,
    descend,
    schedules,
    surfaces,
    sweep,
)
from optim_lib.schedules import Constant, Cosine, InverseRoot, Linear, Schedule, StepDecay, rates

KINDS = [Constant, Linear, Cosine, StepDecay, InverseRoot]
RULES = [
    SGD(lr=0.01),
    Momentum(lr=0.001),
    Adagrad(lr=1),
    RMSProp(lr=0.1),
    Adam(lr=0.3),
    AdamW(lr=0.3),
]


@given(st.sampled_from(KINDS), st.integers(1, 60), st.integers(0, 70))
def test_it_rises_to_the_peak_once_and_never_rises_again(kind, steps, warmup):
    factors = rates(kind(warmup=warmup), SGD(lr=1.0), steps)
    rise = factors[: warmup + 1]
    np.testing.assert_allclose(rise, np.arange(1, len(rise) + 1) / (warmup + 1), rtol=1e-12)
    assert np.all(np.diff(factors[warmup:]) <= 0)
    assert np.all((factors > 0) & (factors <= 1))
    assert (factors.max() == 1) == (warmup < steps)


def test_linear_has_the_sum_of_an_arithmetic_series():
    assert rates(Linear(), SGD(lr=1.0), 100).sum() == pytest.approx(50.5, rel=1e-14)


def test_all_steps_at_once_are_each_step_alone():
    for kind in KINDS:
        schedule = kind(warmup=7)
        together = np.broadcast_to(schedule(np.arange(50), 50), 50)
        assert np.array_equal(together, [schedule(t, 50) for t in range(50)])


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_descent_with_a_schedule_is_the_rule_with_its_lr_changed_by_hand(rule):
    schedule = Cosine(warmup=5)
    run = descend(surfaces.beale, rule, steps=40, schedule=schedule)
    by_hand, peak = type(rule)(**rule.hyperparameters), rule.lr
    x, state = surfaces.beale.start, by_hand.init(np.array(surfaces.beale.start))
    for t in range(40):
        by_hand.lr = peak * float(schedule(t, 40))
        assert run.lr[t] == by_hand.lr
        x, state = by_hand.step(np.array(x), surfaces.beale.grad(np.array(x)), state)
        assert np.array_equal(run.x[t + 1], x)
        for found, part in zip(run.state, state, strict=True):
            assert np.array_equal(found[t + 1], part)
    assert run.optimizer.lr == rule.lr == peak


def test_without_a_schedule_the_rate_is_the_rule_s_own():
    run = descend(surfaces.ravine, SGD(lr=[0.1, 0.2]), steps=3)
    assert np.array_equal(run.lr, [[0.1, 0.2]] * 3)
    assert np.array_equal(
        run.x, descend(surfaces.ravine, run.optimizer, None, 3, None, Constant()).x
    )


def test_a_sweep_has_its_schedule_at_every_place():
    lr, momentum = [0.1, 0.2, 0.3], [0.0, 0.9]
    both = sweep(surfaces.ravine, Momentum, None, 20, schedule=Linear(), lr=lr, momentum=momentum)
    assert both.lr.shape == (20, 3, 1)
    for i, a in enumerate(lr):
        for j, b in enumerate(momentum):
            one = descend(surfaces.ravine, Momentum(a, b), steps=20, schedule=Linear())
            np.testing.assert_allclose(both.x[:, :, i, j], one.x, rtol=1e-13)


def test_a_function_of_ones_own_may_branch():
    run = descend(
        surfaces.bowl, SGD(lr=0.1), steps=4, schedule=lambda t, steps: 1 if t < steps / 2 else 0.5
    )
    assert run.lr.tolist() == [0.1, 0.1, 0.05, 0.05]


def test_a_class_of_ones_own_gets_its_warmup_and_its_fields():
    class Power(Schedule):
        exponent: float = 2.0

        def fall(self, t, steps):
            return (1 - t / steps) ** self.exponent

    assert rates(Power(), SGD(lr=1.0), 2).tolist() == [1, 0.25]
    assert rates(Power(warmup=1, exponent=1.0), SGD(lr=1.0), 3).tolist() == [0.5, 1, 0.5]
    assert repr(Power(warmup=1)) == "Power(warmup=1)"


class NoRate(Optimizer):
    """A rule without a learning rate."""

    size: float = 0.1

    def step(self, x, g, state):
        return x - self.size * g, state


@pytest.mark.parametrize(
    ("rule", "schedule", "error", "words"),
    [
        (NoRate(), Linear(), TypeError, r"NoRate\(\) has none; give its class a field lr"),
        (SGD(), Linear, TypeError, "schedule must be a schedule such as schedules.Linear()"),
        (SGD(), 0.99, TypeError, "or a function of t and steps, got 0.99"),
        (SGD(), lambda t, steps: t, ValueError, "gives 0 at t = 0 of 9 steps"),
        (SGD(), lambda t, steps: -1.0, ValueError, "finite number greater than 0"),
        (SGD(), lambda t, steps: np.nan, ValueError, "gives nan"),
        (SGD(), lambda t, steps: [1, 2], ValueError, "finite number greater than 0"),
        (SGD(), lambda t, steps: None, ValueError, "gives None"),
        (SGD(), lambda t, steps: 5 - t, ValueError, "gives 0 at t = 5"),
    ],
)
def test_what_is_no_schedule_is_refused(rule, schedule, error, words):
    with pytest.raises(error, match=words):
        descend(surfaces.bowl, rule, steps=9, schedule=schedule)


@pytest.mark.parametrize("warmup", [0.5, True, None, "3"])
def test_a_warmup_is_a_number_of_steps(warmup):
    with pytest.raises(TypeError, match="Linear: warmup must be a whole number of steps"):
        Linear(warmup=warmup)
    with pytest.raises(ValueError, match="Cosine: warmup must be 0 or greater, got -1"):
        Cosine(warmup=-1)


def test_a_schedule_reads_as_it_is_typed():
    assert repr([Linear(), schedules.Cosine(warmup=3)]) == "[Linear(), Cosine(warmup=3)]"
    with pytest.raises(NotImplementedError, match="Schedule needs a method fall"):
        Schedule()(0, 10)
