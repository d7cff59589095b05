"""The data are scikit-learn's, the gradients are exact, trainings share nothing."""

import copy
import hashlib

import numpy as np
import pytest

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp
from optim_lib.training import MLP, load_digits, minibatches, progress, train

CHECKSUM = "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
RULES = [SGD(lr=0.3), Momentum(lr=0.1), Adagrad(lr=0.1), RMSProp(lr=0.01), Adam(lr=0.01)]


@pytest.fixture(scope="module")
def digits():
    return load_digits()


def test_digits_are_those_of_the_source(digits):
    images, labels = digits
    assert (images.shape, images.dtype, labels.dtype.kind) == ((1797, 64), float, "i")
    assert (images.min(), images.max()) == (0, 1)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    pixels = (16 * images).astype(np.uint8)
    assert hashlib.sha256(pixels.tobytes()).hexdigest() == CHECKSUM


def test_digits_equal_those_of_scikit_learn(digits):
    source = pytest.importorskip("sklearn.datasets").load_digits()
    assert np.array_equal(16 * digits[0], source.data)
    assert np.array_equal(digits[1], source.target)


@pytest.mark.parametrize("size", [1, 4, 5, 10])
def test_an_epoch_shows_each_example_once(size):
    batches = list(minibatches(10, size, np.random.default_rng(0)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(10))
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert len(batches) == -(-10 // size)


def test_epochs_differ_and_seeds_repeat():
    def epochs(seed):
        rng = np.random.default_rng(seed)
        return [np.concatenate(list(minibatches(50, 7, rng))).tolist() for _ in range(2)]

    first, second = epochs(0)
    assert first != second
    assert epochs(0) == [first, second]
    assert epochs(1) != [first, second]


def test_with_replacement_examples_come_again():
    batches = list(minibatches(100, 10, np.random.default_rng(0), replace=True))
    assert [len(batch) for batch in batches] == [10] * 10
    assert len(np.unique(np.concatenate(batches))) < 100
    assert min(map(min, batches)) >= 0
    assert max(map(max, batches)) < 100


@pytest.mark.parametrize("size", [0, 11, -1])
def test_a_batch_of_impossible_size_is_named(size):
    with pytest.raises(ValueError, match=rf"from 1 to 10, got {size}"):
        list(minibatches(10, size, np.random.default_rng(0)))


@pytest.mark.parametrize("replace", [True, False])
def test_variance_of_the_mean_of_a_batch(replace):
    values = np.random.default_rng(1).standard_normal(40)
    rng = np.random.default_rng(2)
    size, count = 10, 4000
    means = [
        values[batch].mean()
        for _ in range(count)
        for batch in minibatches(len(values), size, rng, replace)
    ]
    correction = 1 if replace else (len(values) - size) / (len(values) - 1)
    expected = values.var() / size * correction
    # 16 000 means: the variance of their variance is about 2 / 16 000, so 5% is over 4 deviations
    assert np.var(means) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("sizes", [(64, 10), (64, 12, 10), (64, 9, 8, 10)])
def test_gradient_against_central_differences(digits, sizes):
    images, labels = digits[0][:50], digits[1][:50]
    model = MLP(*sizes)
    rng = np.random.default_rng(0)
    params = model.init(rng)
    loss, grads = model.gradient(params, images, labels)
    assert loss == pytest.approx(model.loss(params, images, labels), rel=1e-14)
    assert {k: g.shape for k, g in grads.items()} == {k: p.shape for k, p in params.items()}
    for key, grad in grads.items():
        for place in rng.integers(grad.size, size=12):
            at = np.unravel_index(place, grad.shape)
            ends = []
            for h in (1e-7, -1e-7):  # small, so that no unit of max(0, .) switches
                moved = copy.deepcopy(params)
                moved[key][at] += h
                ends.append(model.loss(moved, images, labels))
            assert grad[at] == pytest.approx((ends[0] - ends[1]) / 2e-7, rel=1e-6, abs=2e-8)


def test_softmax_regression_of_equal_scores():
    model = MLP(3, 4)
    params = {"W1": np.zeros((3, 4)), "b1": np.zeros(4)}
    x, labels = np.array([[1.0, 2.0, 3.0]]), np.array([1])
    loss, grads = model.gradient(params, x, labels)
    assert loss == pytest.approx(np.log(4))
    assert np.allclose(grads["b1"], [0.25, -0.75, 0.25, 0.25])
    assert np.allclose(grads["W1"], np.outer(x, [0.25, -0.75, 0.25, 0.25]))


def test_huge_scores_do_not_overflow(recwarn):
    model = MLP(1, 2)
    params = {"W1": np.array([[1000.0, -1000.0]]), "b1": np.zeros(2)}
    assert model.loss(params, np.array([[1.0]]), np.array([1])) == 2000
    assert model.accuracy(params, np.array([[1.0], [-1.0]]), np.array([0, 0])) == 0.5
    assert not recwarn.list


def test_first_weights_have_the_variance_that_they_should():
    params = MLP(200, 300, 2).init(np.random.default_rng(0))
    assert params["W1"].var() == pytest.approx(2 / 200, rel=0.02)
    assert params["W2"].var() == pytest.approx(2 / 300, rel=0.2)
    assert not params["b1"].any()


@pytest.mark.parametrize("sizes", [(), (64,), (64, 0), (-1, 10)])
def test_impossible_sizes_are_named(sizes):
    with pytest.raises(ValueError, match="sizes must be two or more positive numbers"):
        MLP(*sizes)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_rule_learns_the_digits(digits, rule):
    model = MLP(64, 32, 10)
    history = train(model, digits, rule, epochs=10)
    assert history.epoch_losses[-1] < 0.25 < 2 < history.epoch_losses[0]
    assert model.accuracy(history.params, *digits) > 0.93
    assert not history.diverged


def test_history_counts_updates_and_epochs(digits):
    history = train(MLP(64, 10), digits, SGD(lr=0.1), epochs=2, batch_size=100)
    assert len(history.losses) == 2 * 18
    assert len(history.epoch_losses) == 3
    assert history.epoch_losses[-1] == MLP(64, 10).loss(history.params, *digits)


def test_a_seed_repeats_and_another_differs(digits):
    def losses(seed):
        return train(MLP(64, 10), digits, SGD(lr=0.1), epochs=1, seed=seed).losses

    assert np.array_equal(losses(3), losses(3))
    assert not np.array_equal(losses(3), losses(4))


def test_trainings_share_nothing(digits):
    model, rule = MLP(64, 10), Adam(lr=0.01)
    params = model.init(np.random.default_rng(0))
    kept = copy.deepcopy(params)
    first, second = (train(model, digits, rule, epochs=1, params=params) for _ in range(2))
    assert all(np.array_equal(params[key], kept[key]) for key in kept)
    assert np.array_equal(first.losses, second.losses)
    assert not any(np.shares_memory(first.params[key], second.params[key]) for key in kept)


def test_full_batches_are_gradient_descent(digits):
    model = MLP(64, 10)
    params = model.init(np.random.default_rng(0))
    history = train(model, digits, SGD(lr=0.5), epochs=3, batch_size=1797, params=params)
    for _ in range(3):
        SGD(lr=0.5).update(params, model.gradient(params, *digits)[1])
    assert all(np.allclose(history.params[key], params[key], rtol=1e-10) for key in params)


def test_a_training_that_diverges_is_marked_without_a_warning(digits, recwarn):
    history = train(MLP(64, 32, 10), digits, SGD(lr=1e200), epochs=5)
    assert history.diverged
    assert len(history.epoch_losses) == 2
    assert not np.isfinite(history.losses[-1])
    assert np.isfinite(history.losses[0])
    assert not recwarn.list


@pytest.mark.parametrize("count", [0, 1, 7, 40, 100])
def test_progress_prints_a_full_bar_in_the_end(count, capsys):
    assert list(progress(range(count), width=20)) == list(range(count))
    assert capsys.readouterr().out == "|" + "#" * 20 + "|\n"


def test_progress_grows_with_the_work(capsys):
    bar = progress(range(4), width=8)
    seen = [capsys.readouterr().out for _ in bar]
    assert seen == ["|", "##", "##", "##"]


def test_train_shows_a_bar_if_asked(digits, capsys):
    train(MLP(64, 10), digits, SGD(), epochs=2, bar=True)
    assert capsys.readouterr().out == "|" + "#" * 40 + "|\n"
