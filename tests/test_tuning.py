"""A range test says where to begin, and a search goes on until both neighbours are worse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim_lib import SGD, Adam
from optim_lib.training import MLP, load_digits, split, train
from optim_lib.tuning import range_test, search_rate


@given(st.floats(-4, 1), st.floats(-4, 1))
def test_a_search_ends_at_the_bottom_of_a_valley_with_both_neighbours(bottom, start):
    found = search_rate(lambda lr: (np.log10(lr) - bottom) ** 2, 10**start)
    rates = list(found)
    best = min(found, key=found.get)
    assert abs(np.log10(best) - bottom) <= 0.25 + 1e-9
    assert min(rates) < best < max(rates)
    assert np.allclose(np.diff(np.log10(rates)), 0.5)


def test_a_search_stops_when_no_more_may_be_tried():
    tried = []
    found = search_rate(lambda lr: tried.append(lr) or -lr, 1.0, most=4)
    assert len(found) == len(tried) == 4


@pytest.mark.parametrize(("start", "most"), [(0, 9), (-1, 9), (np.inf, 9), (0.1, 0)])
def test_a_search_that_makes_no_sense_is_refused(start, most):
    with pytest.raises(ValueError, match="start must be a learning rate greater than 0"):
        search_rate(abs, start, most)


def test_a_third_of_the_lowest_is_near_the_best_rate():
    training, validation, _ = split(load_digits())
    model, rule = MLP(64, 16, 10), Adam()
    found = range_test(model, training, rule)
    assert rule.lr == 0.001, "the rule is copied"
    assert found.rates[0] == pytest.approx(1e-5)
    assert found.rates[-1] == pytest.approx(10)
    assert found.first == pytest.approx(found.rates[found.losses.argmin()] / 3)
    losses = [
        train(model, training, Adam(lr=lr), validation=validation).validation_losses[-1]
        for lr in (found.first / 10, found.first, 10 * found.first)
    ]
    assert losses[1] == min(losses)


def test_it_takes_its_steps_whatever_the_batches_and_ends_where_the_loss_does():
    data = load_digits()
    assert len(range_test(MLP(64, 10), data, Adam(), batch_size=1797).rates) == 340
    wild = range_test(MLP(64, 10), (1e200 * data[0], data[1]), SGD())
    assert len(wild.rates) == len(wild.losses) < 340
    assert np.isfinite(wild.losses).all()
