"""The sealed box takes its coins, keeps its envelope, and is graded by what it saw."""

import numpy as np
import pytest

from optim_lib import SGD, Adam, Momentum
from optim_lib.exercises.sixty_coins import Box, grade
from optim_lib.schedules import Linear


@pytest.fixture
def box():
    return Box(epochs=1, coins=12)


def points(box, capsys):
    """Return the points of each line that a program gives."""
    grade(box)
    lines = capsys.readouterr().out.splitlines()[:4]
    return [int(line.split(" of ")[0]) for line in lines]


def test_a_coin_buys_one_training_and_a_known_one_costs_nothing(box):
    first = box.valid(Adam(lr=0.01), seed=3, schedule=Linear())
    assert box.coins == 11
    assert box.valid(Adam(lr=0.01), 3, Linear()) is first
    assert box.coins == 11
    assert first.loss == first.history.validation_losses[-1]
    box.valid(Adam(lr=0.01), 3)
    assert (box.coins, len(box.log)) == (10, 2)


def test_the_parts_are_as_said_and_another_seed_cuts_anew():
    one, two = Box(), Box(seed=7)
    assert [len(part[1]) for part in (one._training, one._validation, one._test)] == [600, 600, 597]
    assert one._training[0].max() == 16
    assert not np.array_equal(one._test[1], two._test[1])


def test_a_wrong_call_costs_no_coin(box):
    with pytest.raises(TypeError, match="optimizer must be an optimizer"):
        box.valid(Adam, 0)
    with pytest.raises(ValueError, match="seeds from 1000 on are those of the envelope"):
        box.valid(Adam(), 1003)
    with pytest.raises(ValueError, match="clip must be greater than 0"):
        box.valid(Adam(), 0, clip=0)
    assert (box.coins, box.log) == (12, [])


def test_a_training_that_diverges_is_an_infinite_loss(box):
    assert box.valid(SGD(lr=1e200), 0).loss == np.inf


def test_no_coin_no_training():
    box = Box(epochs=0, coins=1)
    box.valid(Adam(), 0)
    with pytest.raises(RuntimeError, match="no coin is left"):
        box.valid(Adam(), 1)


def test_the_envelope_opens_once_and_for_what_was_tried(box):
    with pytest.raises(RuntimeError, match="open the envelope first"):
        grade(box)
    with pytest.raises(ValueError, match=r"Momentum\(lr=0.01\) with None was never tried"):
        box.test(Momentum())
    box.valid(Momentum(), 0)
    loss = box.test(Momentum())
    assert box.opened[1] == loss
    assert repr(box) == "<Box of 1 tries, closed>"
    for again in (lambda: box.test(Momentum()), lambda: box.valid(Momentum(), 1)):
        with pytest.raises(RuntimeError, match="the box is closed"):
            again()


def test_a_careful_report_gets_its_points(capsys):
    box = Box(epochs=3)
    for lr in (0.0001, 0.003, 0.0003, 0.001):
        box.valid(Adam(lr=lr), 0)
    best = min(box.log, key=lambda t: t.loss).rule.lr
    for lr in (best / 3, best * 3):
        box.valid(Adam(lr=lr), 0)
    best = min(box.log, key=lambda t: t.loss).rule
    for lr in (best.lr / 3, best.lr * 3):
        box.valid(Adam(lr=lr), 0)
    for seed in range(10, 15):
        box.valid(best, seed)
        box.valid(Momentum(lr=0.003), seed)
    box.test(best)
    assert points(box, capsys)[:3] == [20, 8, 7]


def test_a_rate_at_the_edge_and_no_fresh_seed_get_none(box, capsys):
    for lr in (0.0001, 0.01):
        box.valid(Adam(lr=lr), 0)
    box.test(Adam(lr=0.01))
    assert points(box, capsys)[:3] == [0, 0, 0]


def test_a_neighbour_that_is_better_is_seen(box, capsys):
    for lr in (3e-6, 1e-5, 3e-5):
        box.valid(Adam(lr=lr), 0)
    box.test(Adam(lr=1e-5))
    assert points(box, capsys)[0] == 10
