"""A right gradient passes, and each gradient that a beginner writes instead does not."""

import numpy as np
import pytest

from optim_lib import surfaces
from optim_lib.gradients import gradient_error, gradient_norm
from optim_lib.training import MLP, load_digits

RIGHT = 1e-7


@pytest.mark.parametrize("surface", surfaces.CATALOGUE, ids=lambda s: s.name)
def test_every_surface_of_the_catalogue_passes(surface):
    for point in 0.9 * surface.grid(4).reshape(2, -1).T:
        assert gradient_error(surface.f, surface.grad, point) < RIGHT


@pytest.fixture(scope="module")
def network():
    """A small network, and its loss and its gradient on 32 images."""
    images, labels = load_digits()
    model, batch = MLP(64, 6, 10), (images[:32], labels[:32])
    params = model.init(np.random.default_rng(0))
    return params, lambda p: model.loss(p, *batch), lambda p: model.gradient(p, *batch)[1]


def changed(gradient, **changes):
    """Return a gradient with some of its entries computed in another way."""

    def wrong(params):
        grads = gradient(params)
        return grads | {key: change(grads[key], params[key]) for key, change in changes.items()}

    return wrong


def test_a_network_passes(network):
    params, loss, gradient = network
    before = {key: value.copy() for key, value in params.items()}
    assert gradient_error(loss, gradient, params) < RIGHT
    assert all(np.array_equal(params[key], before[key]) for key in before)


@pytest.mark.parametrize(
    "changes",
    [
        {"W1": lambda g, x: 1.001 * g},
        {"W1": lambda g, x: -g},
        {"W2": lambda g, x: 32 * g},
        {"b1": lambda g, x: g / 32},
        {"b2": lambda g, x: np.zeros_like(g)},
        {"W2": lambda g, x: g + 1e-3 * x},
        {"W1": lambda g, x: np.where(np.arange(6) == 3, 0, g)},
        {"W2": lambda g, x: g[::-1]},
    ],
)
def test_a_wrong_network_does_not(network, changes):
    params, loss, gradient = network
    assert gradient_error(loss, changed(gradient, **changes), params) > 1e-5


def test_the_error_is_that_of_the_definition():
    point = np.array([3.0, -4.0])
    assert gradient_error(lambda x: x @ x / 2, lambda x: 3 * x, point) == pytest.approx(0.5)
    assert gradient_error(lambda x: x @ x / 2, lambda x: -x, point) == pytest.approx(1)
    assert gradient_error(lambda x: 7.0, np.zeros_like, point) == 0
    assert gradient_norm(point) == gradient_norm({"a": 3.0, "b": np.array([[4.0]])}) == 5


def test_the_error_falls_with_the_square_of_h_then_rises():
    wave = {h: gradient_error(np.sin, np.cos, 1.0, h=h) for h in (1e-2, 1e-3, 1e-4, 1e-9)}
    assert wave[1e-2] / wave[1e-3] == pytest.approx(100, rel=1e-2)
    assert wave[1e-3] / wave[1e-4] == pytest.approx(100, rel=1e-2)
    assert wave[1e-9] > wave[1e-4]


@pytest.mark.parametrize(
    ("f", "grad", "at", "error", "words"),
    [
        (np.sum, np.ones_like, ["a"], TypeError, "at must hold real numbers"),
        (lambda p: 1.0, lambda p: {}, {"W1": [1.0]}, ValueError, r"keys \[\], the point has"),
        (lambda p: 1.0, lambda p: 1.0, {"W1": [1.0]}, TypeError, "a dictionary like the point"),
        (np.sum, lambda x: x[:1], [1.0, 2.0], ValueError, r"grad has the shape \(1,\), but at"),
        (lambda x: x, np.ones_like, [1.0, 2.0], TypeError, "f must return one number"),
        (lambda x: np.nan, np.ones_like, [1.0], ValueError, "f is not finite there"),
        (np.sum, np.ones_like, [np.inf], ValueError, "at is not finite"),
        (np.sum, lambda x: x + np.nan, [1.0], ValueError, "grad is not finite"),
    ],
)
def test_what_cannot_be_compared_is_named(f, grad, at, error, words):
    with pytest.raises(error, match=words):
        gradient_error(f, grad, at)


@pytest.mark.parametrize("h", [0, -1e-5, np.inf, np.nan])
def test_a_step_of_differences_is_positive(h):
    with pytest.raises(ValueError, match="h must be greater than 0"):
        gradient_error(np.sum, np.ones_like, [1.0], h=h)
