"""Splits of one data set overlap, and a difference counts for less than it seems."""

import numpy as np
import pytest
from scipy import stats

from optim_lib.comparison import compare_splits

ONES = np.ones(5)


def test_the_naive_t_is_that_of_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.2, 0.02, (2, 20))
    found = compare_splits(a, b, 1437, 360)
    assert found.naive_t == pytest.approx(stats.ttest_rel(a, b).statistic, rel=1e-12)
    assert found.difference == pytest.approx(np.mean(a - b))
    assert found.needed_t == pytest.approx(stats.t.ppf(0.975, 19))


@pytest.mark.parametrize(
    ("splits", "trained_on", "judged_on", "factor"),
    [(20, 1437, 360, 2.452), (30, 1437, 360, 2.918)],
)
def test_the_correction_is_that_of_the_paper(splits, trained_on, judged_on, factor):
    a = np.random.default_rng(1).normal(0.3, 0.1, splits)
    found = compare_splits(a, np.zeros(splits), trained_on, judged_on)
    assert found.naive_t / found.t == pytest.approx(factor, abs=5e-4)


def test_it_covers_what_it_claims():
    """Means of overlapping samples of one pool differ from 0 too often, if counted naively."""
    rng = np.random.default_rng(2)
    naive = corrected = 0
    for _ in range(400):
        pool = rng.standard_normal(100)
        a = np.array([pool[rng.permutation(100)[:20]].mean() for _ in range(15)])
        found = compare_splits(a, np.zeros(15), 80, 20)
        naive += abs(found.naive_t) > found.needed_t
        corrected += not found.tie
    assert naive > 0.3 * 400
    assert corrected < 0.08 * 400


def test_ties_and_differences():
    assert compare_splits(ONES, ONES, 80, 20).tie
    assert not compare_splits(ONES + 1, ONES, 80, 20).tie
    assert compare_splits([1, 2, 3.0], [3, 2, 1.0], 80, 20).t == 0


@pytest.mark.parametrize(
    ("a", "b", "sizes", "words"),
    [
        ([1.0], [1.0], (80, 20), "two or more splits"),
        (ONES, ONES[:3], (80, 20), r"the shapes \(5,\) and \(3,\)"),
        (np.ones((5, 2)), np.ones((5, 2)), (80, 20), "one number for each"),
        (ONES * np.nan, ONES, (80, 20), "leave out the splits on which one diverged"),
        (ONES, ONES, (0, 20), "trained_on must be a number of examples"),
        (ONES, ONES, (80, -1), "judged_on must be a number of examples"),
    ],
)
def test_what_cannot_be_compared_is_named(a, b, sizes, words):
    with pytest.raises(ValueError, match=words):
        compare_splits(a, b, *sizes)
