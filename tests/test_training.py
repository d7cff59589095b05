"""The data are scikit-learn's, the gradients are exact, trainings share nothing."""

import copy
import hashlib
import inspect
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim_lib import SGD, Adagrad, Adam, AdamW, Momentum, RMSProp
from optim_lib.schedules import Cosine, Linear
from optim_lib.training import MLP, load_digits, minibatches, progress, split, train

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


@pytest.mark.parametrize("sizes", [(64.0, 10), ("64", 10), (True, 10), ((64, 10),), (64, None)])
def test_sizes_of_the_wrong_kind_are_named(sizes):
    with pytest.raises(TypeError, match="sizes must be two or more positive numbers, got"):
        MLP(*sizes)


# What was given in place of valid data: four examples of two numbers, in three classes.
X = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.5]])
LABELS = np.array([0, 1, 2, 1])
ONE_HOT = np.eye(3)[LABELS]


class Series:
    """A stand-in for a column of pandas: it has an order of its own and finds rows by name."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, names):
        return Series(self.values[::-1][names])

    def __array__(self, dtype=None, copy=None):
        return self.values

    def to_numpy(self):
        return self.values


class Tensor:
    """A stand-in for a tensor of torch."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        return self.values

    def detach(self):
        return self

    def numpy(self):
        return self.values


def masked(values):
    return np.ma.MaskedArray(values, mask=np.eye(*np.shape(np.atleast_2d(values)))[0, 0])


BAD_LABELS = [
    (Series(LABELS), TypeError, r"labels must be .* got a Series; use labels\.to_numpy\(\)"),
    (Tensor(LABELS), TypeError, r"got a Tensor; use labels\.detach\(\)\.cpu\(\)\.numpy\(\)"),
    (SimpleNamespace(numpy=None), TypeError, r"use labels\.numpy\(\)"),
    (memoryview(LABELS), TypeError, "labels must be a NumPy array or a list, got a memoryview$"),
    ({0: 1}, TypeError, "labels must be a NumPy array or a list, got a dict$"),
    (None, TypeError, "labels must be a NumPy array or a list, got a NoneType$"),
    ("0121", TypeError, "labels must be a NumPy array or a list, got a str$"),
    (masked(LABELS), TypeError, r"labels is a masked array.*labels\.filled\(0\)"),
    (LABELS.astype(np.uint8), TypeError, r"labels .* holds uint8.*np\.array\(labels, dtype=int\)"),
    (LABELS.astype(complex), TypeError, r"holds complex128; use np\.real\(labels\)"),
    (LABELS.astype(object), TypeError, r"holds object; use np\.array\(labels, dtype=int\)"),
    (LABELS > 0, TypeError, r"holds bool; use np\.array\(labels, dtype=int\)"),
    (["0", "1", "2", "1"], TypeError, "labels must hold plain numbers, but holds <U1"),
    (ONE_HOT, ValueError, r"got \(4, 3\); they look one-hot: use labels\.argmax\(axis=1\)"),
    (LABELS[:, None], ValueError, r"got \(4, 1\); use labels\.ravel\(\)"),
    (np.zeros((4, 7)), ValueError, r"must have the shape \(n,\), got \(4, 7\); one class number"),
    ([[0], [1, 2], [1], [2]], ValueError, "labels has rows of different lengths"),
    ([0, 1, 1.5, 2], ValueError, r"labels must be whole numbers, got 1\.5 at \[2\]"),
    ([0, 1, np.nan, 2], ValueError, r"labels must be whole numbers, got nan at \[2\]"),
    ([0, 1, 2, np.inf], ValueError, r"labels must be whole numbers, got inf at \[3\]"),
    ([0, -1, 2, 1], ValueError, r"from 0 to 2 for MLP\(2, 3\), got -1 at \[1\]"),
    ([0, 1, 2, 3], ValueError, r"from 0 to 2 for MLP\(2, 3\), got 3 at \[3\]"),
    ([0, 1e30, 2, 1], ValueError, r"got 1e\+30 at \[1\]"),
    ([0, 1, 2], ValueError, r"x has 4 examples, but labels has the shape \(3,\)"),
    ([0, 1, 2, 1, 0], ValueError, r"x has 4 examples, but labels has the shape \(5,\)"),
    ([], ValueError, r"x has 4 examples, but labels has the shape \(0,\)"),
    (np.array(1), ValueError, r"x has 4 examples, but labels has the shape \(\)"),
]
BAD_X = [
    (Series(X), TypeError, r"x must be .* got a Series; use x\.to_numpy\(\)"),
    (Tensor(X), TypeError, r"got a Tensor; use x\.detach\(\)"),
    (None, TypeError, "x must be a NumPy array or a list, got a NoneType$"),
    (masked(X), TypeError, "x is a masked array"),
    ((X * 2).astype(np.uint8), TypeError, r"x .* holds uint8.*np\.array\(x, dtype=float\)"),
    (X + 0j, TypeError, r"holds complex128; use np\.real\(x\)"),
    (X.astype(object), TypeError, r"holds object; use np\.array\(x, dtype=float\)"),
    (X.astype(str), TypeError, "x must hold plain numbers, but holds <U"),
    (X > 0, TypeError, "x must hold plain numbers, but holds bool"),
    (np.where(X == 0.5, np.nan, X), ValueError, r"x is nan at \[3, 0\]; leave that example out"),
    (np.where(X == 0, -np.inf, X), ValueError, r"x is -inf at \[0, 0\]"),
    (X[:, :1], ValueError, r"shape \(n, 2\) for MLP\(2, 3\), got \(4, 1\); one row of 2 numbers"),
    (X.T, ValueError, r"got \(2, 4\); use x\.T"),
    (X[0], ValueError, r"got \(2,\); for a single example use x\[None\]"),
    (X[:, :, None], ValueError, r"got \(4, 2, 1\); use x\.reshape\(len\(x\), -1\)"),
    ([[1, 2], [3]], ValueError, "x has rows of different lengths"),
    (X[:0], ValueError, r"x must hold at least one example, but its shape is \(0, 2\)"),
    (1.0, TypeError, "x must be a NumPy array or a list, got a float"),
]
BAD_DATA = [(X, labels, error, words) for labels, error, words in BAD_LABELS]
BAD_DATA += [(x, LABELS, error, words) for x, error, words in BAD_X]
BAD_DATA += [
    (LABELS, X, ValueError, r"got \(4,\); is data the pair \(x, labels\), in this order\?")
]
SMALL = MLP(2, 3)
PARAMS = SMALL.init(np.random.default_rng(0))


@pytest.mark.parametrize(("x", "labels", "error", "words"), BAD_DATA, ids=[d[3] for d in BAD_DATA])
def test_bad_data_are_refused_with_advice(x, labels, error, words):
    calls = [
        lambda: train(SMALL, (x, labels), SGD()),
        lambda: SMALL.loss(PARAMS, x, labels),
        lambda: SMALL.gradient(PARAMS, x, labels),
        lambda: SMALL.accuracy(PARAMS, x, labels),
    ]
    for call in calls:
        with pytest.raises(error, match=words):
            call()


GOOD_DATA = {
    "lists": (X.tolist(), LABELS.tolist()),
    "tuples": (tuple(map(tuple, X)), tuple(LABELS)),
    "whole floats": (X, LABELS.astype(float)),
    "short integers": (X, LABELS.astype(np.int8)),
    "a transposed view": (np.asfortranarray(X), LABELS[::-1][::-1]),
    "what pandas gives": (Series(X).to_numpy(), Series(LABELS).to_numpy()),
}


@pytest.mark.parametrize("data", GOOD_DATA.values(), ids=GOOD_DATA)
def test_what_can_be_read_in_one_way_only_is_read(data):
    expected = train(SMALL, (X, LABELS), SGD(lr=0.1), epochs=2, batch_size=2)
    history = train(SMALL, data, SGD(lr=0.1), epochs=2, batch_size=2)
    assert np.array_equal(history.losses, expected.losses)
    assert SMALL.loss(PARAMS, *data) == SMALL.loss(PARAMS, X, LABELS)
    assert SMALL.accuracy(PARAMS, *data) == SMALL.accuracy(PARAMS, X, LABELS)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=9), st.integers(-9, 9), st.integers(0, 8))
def test_a_label_is_accepted_if_and_only_if_it_is_a_class(labels, label, place):
    place %= len(labels)
    labels = [*labels[:place], label, *labels[place + 1 :]]
    x = np.ones((len(labels), 2))
    if 0 <= label <= 2:
        assert SMALL.loss(PARAMS, x, labels) == SMALL.loss(PARAMS, x, np.array(labels))
    else:
        with pytest.raises(ValueError, match=re.escape(f"got {label} at [{place}]")):
            SMALL.loss(PARAMS, x, labels)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4))
def test_lengths_must_agree(n, m, width):
    x, labels = np.zeros((n, width)), np.zeros(m, int)
    if (n, width) == (m, 2):
        assert SMALL.loss(PARAMS, x, labels) == pytest.approx(np.log(3))
    else:
        with pytest.raises(ValueError, match=r"x has|x must"):
            SMALL.loss(PARAMS, x, labels)


SENSIBLE = {"model": SMALL, "data": (X, LABELS), "optimizer": SGD(), "batch_size": 4}
BAD_TRAINING = [
    ({"model": MLP}, TypeError, r"model must be a model such as MLP\(64, 10\), got <class"),
    ({"model": "MLP"}, TypeError, "model must be a model such as .* got 'MLP'"),
    (
        {"optimizer": SGD},
        TypeError,
        r"optimizer must be an optimizer such as SGD\(lr=0\.1\), got <c",
    ),
    ({"optimizer": 0.1}, TypeError, "optimizer must be an optimizer such as .* got 0.1"),
    ({"data": X}, TypeError, r"data must be a pair \(x, labels\), got a ndarray of shape \(4, 2\)"),
    ({"data": (X,)}, TypeError, r"data must be a pair \(x, labels\), got a tuple of 1|\(array"),
    ({"data": (X, LABELS, X)}, TypeError, "data must be a pair"),
    ({"data": {"x": X, "labels": LABELS}}, TypeError, "data must be a pair"),
    ({"data": None}, TypeError, r"data must be a pair \(x, labels\), got None"),
    ({"epochs": 2.0}, TypeError, r"epochs must be a whole number, got 2\.0; try 10"),
    ({"epochs": True}, TypeError, "epochs must be a whole number, got True"),
    ({"epochs": "3"}, TypeError, "epochs must be a whole number, got '3'"),
    ({"epochs": [3]}, TypeError, r"epochs must be a whole number, got \[3\]"),
    ({"epochs": np.array([3])}, TypeError, r"epochs must be .* got a ndarray of shape \(1,\)"),
    ({"epochs": -1}, ValueError, "epochs must be 0 or greater, got -1; try 10"),
    ({"batch_size": 2.0}, TypeError, "batch_size must be a whole number"),
    ({"batch_size": True}, TypeError, "batch_size must be a whole number"),
    ({"batch_size": None}, TypeError, "batch_size must be a whole number, got None; try 32"),
    ({"batch_size": 0}, ValueError, "batch_size must be from 1 to 4, got 0; try 4"),
    ({"batch_size": 5}, ValueError, "batch_size must be from 1 to 4, got 5"),
    ({"seed": 1.0}, TypeError, "seed must be a whole number"),
    ({"seed": False}, TypeError, "seed must be a whole number"),
    ({"seed": None}, TypeError, "seed must be a whole number, got None"),
    ({"seed": -1}, ValueError, "seed must be 0 or greater, got -1; try 0"),
    ({"seed": np.random.default_rng(0)}, TypeError, "seed must be a whole number, got Generator"),
    ({"params": [1]}, TypeError, r"params must be a dictionary of arrays, got \[1\]"),
    ({"params": {"W1": PARAMS["W1"]}}, ValueError, r"no key 'b1'; MLP\(2, 3\) has the keys W1, b1"),
    ({"params": PARAMS | {"W2": X}}, ValueError, "params has a key 'W2' too many"),
    (
        {"params": PARAMS | {"b1": np.zeros(2)}},
        ValueError,
        r"b1'\] has the shape \(2,\), but .*\(3,\)",
    ),
    ({"params": PARAMS | {"b1": np.zeros(3, int)}}, TypeError, r"b1'\]\.astype\(float\)"),
    ({"params": PARAMS | {"b1": np.zeros(3) + 0j}}, TypeError, r"params\['b1'\] holds complex128"),
    ({"params": PARAMS | {"b1": [0.0, 0.0, 0.0]}}, TypeError, r"must be a float array, got a list"),
    ({"params": PARAMS | {"b1": masked(np.zeros(3))}}, TypeError, "got a MaskedArray"),
    ({"params": PARAMS | {"b1": np.full(3, np.nan)}}, ValueError, r"b1'\] is not finite; did"),
]


@pytest.mark.parametrize(
    ("given", "error", "words"), BAD_TRAINING, ids=[b[2] for b in BAD_TRAINING]
)
def test_a_training_that_makes_no_sense_is_refused(given, error, words):
    with pytest.raises(error, match=words):
        train(**SENSIBLE | given)


@pytest.mark.parametrize("value", [np.int64(2), np.array(2), 2])
def test_any_whole_number_will_do(value):
    history = train(SMALL, (X, LABELS), SGD(), epochs=value, batch_size=value, seed=value)
    assert len(history.losses) == 4


def test_no_epochs_leave_the_first_loss_alone():
    history = train(SMALL, (X, LABELS), SGD(), epochs=0, batch_size=4, params=PARAMS)
    assert history.epoch_losses.tolist() == [SMALL.loss(PARAMS, X, LABELS)]
    assert history.losses.size == 0


def test_a_diverged_training_can_still_be_measured():
    lost = {key: np.full_like(p, np.nan) for key, p in PARAMS.items()}
    assert np.isnan(SMALL.loss(lost, X, LABELS))


def test_a_refused_training_has_touched_nothing():
    opt, params = Adam(lr=0.1), copy.deepcopy(PARAMS)
    bad = X.copy()
    bad[-1, -1] = np.nan  # the last example: by then others would have been seen
    with pytest.raises(ValueError, match=r"x is nan at \[3, 1\]"):
        train(SMALL, (bad, LABELS), opt, batch_size=1, params=params)
    assert opt._states == {}
    assert all(np.array_equal(params[key], PARAMS[key]) for key in PARAMS)


BAD_RNG = [0, None, np.random, np.random.RandomState(0)]


@pytest.mark.parametrize("rng", BAD_RNG, ids=["0", "None", "the module", "RandomState"])
def test_a_generator_is_asked_for_by_name(rng):
    for call in (lambda: minibatches(10, 5, rng), lambda: SMALL.init(rng)):
        with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator, got"):
            call()


@pytest.mark.parametrize(
    ("n", "size", "replace", "error", "words"),
    [
        (10.0, 5, False, TypeError, "n must be a whole number, got 10.0"),
        (0, 1, False, ValueError, "n must be 1 or greater, got 0"),
        (True, 1, False, TypeError, "n must be a whole number"),
        (10, 2.5, False, TypeError, "the size of a batch must be a whole number, got 2.5; try 32"),
        (10, "5", False, TypeError, "the size of a batch must be a whole number, got '5'"),
        (10, 5, "no", TypeError, "replace must be True or False, got 'no'"),
    ],
)
def test_batches_that_make_no_sense_are_refused_at_the_call(n, size, replace, error, words):
    with pytest.raises(error, match=words):
        minibatches(n, size, np.random.default_rng(0), replace)


class Line:
    """A model of one's own that is no classifier: its targets are any numbers."""

    def init(self, rng):
        return {"w": np.zeros(1)}

    def loss(self, params, x, targets):
        return float(np.mean((params["w"] * x - targets) ** 2) / 2)

    def gradient(self, params, x, targets):
        error = params["w"] * x - targets
        return float(np.mean(error**2) / 2), {"w": np.array([np.mean(error * x)])}


def test_a_model_of_ones_own_may_have_any_numbers_for_labels():
    x = np.linspace(-1, 1, 20)
    history = train(Line(), (x, -1.5 * x), SGD(lr=0.5), epochs=50, batch_size=5)
    assert history.params["w"] == pytest.approx([-1.5], abs=1e-6)
    for data, words in [((x, Series(x)), "labels.to_numpy"), ((x, x[1:]), "20 examples")]:
        with pytest.raises((TypeError, ValueError), match=words):
            train(Line(), data, SGD())


def test_an_overridden_gradient_is_the_one_that_trains():
    class Still(MLP):
        def gradient(self, params, x, labels):
            loss, grads = super().gradient(params, x, labels)
            return loss, {key: 0 * g for key, g in grads.items()}

    history = train(Still(2, 3), (X, LABELS), SGD(lr=1.0), batch_size=2)
    assert np.ptp(history.epoch_losses) == 0


def test_training_checks_its_data_once(digits, monkeypatch):
    checked = []
    finite = np.isfinite
    monkeypatch.setattr(np, "isfinite", lambda a: (checked.append(np.size(a)), finite(a))[1])
    train(MLP(64, 10), digits, SGD(), epochs=2)
    assert sum(size >= 32 * 64 for size in checked) == 1


def test_the_checks_hide_no_signature():
    assert list(inspect.signature(MLP.loss).parameters) == ["self", "params", "x", "labels"]
    assert "cross-entropy" in MLP.loss.__doc__


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


# Data to train on, to choose by and to judge by


def test_split_cuts_into_three_parts_that_share_nothing():
    x, labels = np.arange(23.0)[:, None], np.arange(23)
    parts = split((x, labels), seed=4)
    assert [len(labels) for _, labels in parts] == [13, 5, 5]
    assert sorted(np.concatenate([labels for _, labels in parts])) == list(range(23))
    assert all(np.array_equal(x[:, 0], labels) for x, labels in parts)
    parts[0][0][:] = -1
    assert x.min() == 0
    order = np.random.default_rng(4).permutation(23)
    assert np.concatenate([labels for _, labels in parts]).tolist() == order.tolist()


def test_what_cannot_be_split_is_refused():
    with pytest.raises(TypeError, match="data must be a pair"):
        split(np.ones((5, 2)))
    with pytest.raises(ValueError, match="one label"):
        split((np.ones((5, 2)), np.ones(4)))
    with pytest.raises(ValueError, match="at least three examples, but data has 2"):
        split((np.ones((2, 2)), np.ones(2)))


def test_validation_is_noted_after_each_epoch_and_never_trained_on():
    training, validation, _ = split(load_digits())
    model = MLP(64, 10)
    alone = train(model, training, SGD(lr=0.5), epochs=3)
    noted = train(model, training, SGD(lr=0.5), epochs=3, validation=validation)
    assert alone.validation_losses is None
    assert np.array_equal(alone.losses, noted.losses)
    assert noted.validation_losses.shape == noted.epoch_losses.shape == (4,)
    assert noted.validation_losses[-1] == model.loss(noted.params, *validation)
    first = train(model, training, SGD(lr=0.5), epochs=0, validation=validation)
    assert noted.validation_losses[0] == first.validation_losses[0]
    with pytest.raises(TypeError, match="validation must be a pair"):
        train(model, training, SGD(lr=0.5), validation=validation[0])


# Schedules, clipping, going on

PRACTICE = [*RULES, AdamW(lr=0.01, weight_decay=0.1)]


def short(digits, rule, **options):
    """Train a small network on 200 images: 7 updates an epoch."""
    images, labels = digits
    data = images[:200], labels[:200]
    return train(MLP(64, 8, 10), data, rule, **{"epochs": 4, "seed": 3} | options)


def alike(one, other):
    """Return whether two histories agree in each bit."""
    numbers = ("losses", "epoch_losses", "validation_losses", "norms")
    return (
        all(np.array_equal(getattr(one, name), getattr(other, name)) for name in numbers)
        and all(np.array_equal(one.params[key], other.params[key]) for key in one.params)
        and one.rng == other.rng
        and repr(one.optimizer) == repr(other.optimizer)
    )


@pytest.mark.parametrize("schedule", [None, Cosine(warmup=5)], ids=repr)
@pytest.mark.parametrize("rule", PRACTICE, ids=repr)
def test_a_training_resumed_is_one_that_never_stopped(digits, rule, schedule):
    options = {"schedule": schedule, "clip": 0.8, "validation": split(digits)[1]}
    whole = short(digits, rule, **options)
    half = short(digits, rule, **options, stop_after=1)
    before = copy.deepcopy(half)
    more = short(digits, rule, **options, stop_after=3, resume=half)
    assert alike(whole, short(digits, rule, **options, resume=more))
    assert alike(whole, short(digits, more.optimizer, **options, resume=more))
    assert alike(half, before), "a history is not written to"
    assert not alike(whole, half)
    assert len(whole.norms) == len(whole.losses) == 28


def test_the_history_s_own_optimizer_may_go_on_at_another_rate(digits):
    half = short(digits, Adam(lr=0.01), stop_after=2)
    half.optimizer.lr = 0.001
    more = short(digits, half.optimizer, resume=half)
    assert np.array_equal(more.losses[:14], half.losses)
    assert not np.array_equal(more.losses, short(digits, Adam(lr=0.01)).losses)
    assert more.optimizer.lr == 0.001


def test_an_optimizer_of_another_library_resumes_as_well(digits):
    class Heavy:
        def __init__(self):
            self.v = {}

        def update(self, params, grads):
            for key, g in grads.items():
                self.v[key] = 0.9 * self.v.get(key, 0) - 0.1 * g
                params[key] += self.v[key]

    half = short(digits, Heavy(), stop_after=2)
    more = short(digits, half.optimizer, resume=half)
    assert np.allclose(more.losses, short(digits, Momentum(lr=0.1)).losses, rtol=1e-9)
    with pytest.raises(ValueError, match="give history"):
        short(digits, Heavy(), resume=half)


@pytest.mark.parametrize("rule", PRACTICE, ids=repr)
def test_a_training_with_a_schedule_is_updates_with_lr_changed_by_hand(digits, rule):
    images, labels = digits
    model, rng = MLP(64, 8, 10), np.random.default_rng(3)
    params, by_hand, done = model.init(rng), copy.deepcopy(rule), 0
    for _ in range(4):
        for batch in minibatches(200, 32, rng):
            by_hand.lr = rule.lr * float(Linear(warmup=7)(done, 28))
            by_hand.update(params, model.gradient(params, images[batch], labels[batch])[1])
            done += 1
    history = short(digits, rule, schedule=Linear(warmup=7))
    assert all(np.array_equal(history.params[key], params[key]) for key in params)
    assert history.optimizer.lr == rule.lr


def test_clipping_shortens_the_long_gradients_and_no_others(digits):
    free = short(digits, SGD(lr=0.1))
    assert alike(free, short(digits, SGD(lr=0.1), clip=free.norms.max()))
    clipped = short(digits, SGD(lr=0.1), clip=0.5, epochs=1)
    longest = np.sqrt(sum(np.sum(g**2) for g in first_gradient(digits).values()))
    assert clipped.norms[0] == pytest.approx(longest) == free.norms[0]
    before = MLP(64, 8, 10).init(np.random.default_rng(3))
    one = short(digits, SGD(lr=0.1), clip=0.5, epochs=1, batch_size=200)
    step = {key: one.params[key] - before[key] for key in before}
    assert np.sqrt(sum(np.sum(s**2) for s in step.values())) == pytest.approx(0.1 * 0.5)


def first_gradient(digits):
    """Return the gradient of the first batch of `short`."""
    images, labels = digits
    model, rng = MLP(64, 8, 10), np.random.default_rng(3)
    params = model.init(rng)
    batch = next(minibatches(200, 32, rng))
    return model.gradient(params, images[batch], labels[batch])[1]


def test_norms_are_noted_before_a_divergence_stops_the_training(digits):
    history = short(digits, SGD(lr=1e200), epochs=2)
    assert history.diverged
    assert len(history.norms) == len(history.losses) < 14
    with pytest.raises(ValueError, match="diverged; train again with a smaller learning rate"):
        short(digits, SGD(lr=1e200), resume=history)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"clip": 0}, ValueError, "clip must be greater than 0"),
        ({"clip": np.inf}, ValueError, "clip must be greater than 0 and finite"),
        ({"clip": "3"}, TypeError, "clip must be a number"),
        ({"clip": [1, 2]}, TypeError, "clip must be a number"),
        ({"schedule": 0.9}, TypeError, "schedule must be a schedule such as"),
        ({"schedule": lambda t, steps: 27 - t}, ValueError, "gives 0 at t = 27 of 28 steps"),
        ({"stop_after": 5}, ValueError, "stop_after must be from 0 to 4"),
        ({"stop_after": 0.5}, TypeError, "stop_after must be a whole number"),
        ({"resume": {}}, TypeError, "resume must be the History that train returned"),
    ],
)
def test_what_a_training_cannot_follow_is_refused(digits, options, error, words):
    with pytest.raises(error, match=words):
        short(digits, SGD(), **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 16}, "took 14 updates in 2 epochs, where these data"),
        ({"epochs": 1}, "has 2 epochs behind it, more than the 1 asked for"),
        ({"stop_after": 1}, "has 2 epochs behind it"),
        ({"validation": ([[0.0] * 64], [1])}, "was made with validation data or without"),
        ({"params": MLP(64, 8, 10).init(np.random.default_rng(0))}, "leave params out"),
        ({"optimizer": SGD(lr=0.2)}, r"belongs to SGD\(lr=0.1\), not to SGD\(lr=0.2\)"),
        ({"optimizer": Momentum(lr=0.1)}, r"belongs to SGD\(lr=0.1\), not to Momentum"),
    ],
)
def test_a_history_that_does_not_fit_is_refused(digits, options, words):
    half = short(digits, SGD(lr=0.1), stop_after=2)
    rule = options.pop("optimizer", SGD(lr=0.1))
    with pytest.raises(ValueError, match=words):
        short(digits, rule, resume=half, **options)
