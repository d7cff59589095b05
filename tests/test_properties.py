"""What must hold for any shape, any scale and any hyperparameters: tried on random ones."""

from operator import neg

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from optim_lib import SGD, Adagrad, Adam, AdamW, Momentum, RMSProp, descend, surfaces, sweep
from optim_lib.surfaces import from_function

# The same examples on every run, and no clock decides whether one passes.
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("steady")

RULES = [SGD, Momentum, Adagrad, RMSProp, Adam, AdamW]
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
fractions = st.floats(0, 0.9999)
sizes = st.floats(0.0625, 8, width=32)
HYPERPARAMETERS = {
    "lr": st.floats(1e-6, 1e3),
    "momentum": fractions,
    "decay_rate": fractions,
    "beta1": fractions,
    "beta2": fractions,
    "eps": st.floats(0, 1e-3),
    "weight_decay": st.floats(0, 1),
}


@st.composite
def rules(draw):
    """One of the rules with any hyperparameters."""
    rule = draw(st.sampled_from(RULES))
    return rule(**{name: draw(HYPERPARAMETERS[name]) for name in rule().hyperparameters})


@st.composite
def arrays(draw, shape=None, dtype=None):
    """An array of any shape, kind and scale; perhaps read-only, or a view with gaps."""
    shape = draw(SHAPES) if shape is None else shape
    dtype = draw(st.sampled_from([np.float32, np.float64])) if dtype is None else dtype
    largest = 15 if dtype == np.float32 else 150
    values = draw(hnp.arrays(dtype, shape, elements=st.just(0.0) | sizes | sizes.map(neg)))
    scale = 10.0 ** draw(st.integers(-largest, largest))
    values = np.asarray(values * scale).astype(dtype)
    kind = draw(st.sampled_from(["plain", "read-only", "gaps", "Fortran"]))
    if kind == "gaps" and values.ndim:
        wide = np.zeros((2 * shape[0], *shape[1:]), dtype)
        wide[::2] = values
        values = wide[::2]
    if kind == "Fortran":
        values = np.asfortranarray(values).reshape(shape)
    if kind == "read-only":
        values.flags.writeable = False
    return values


@st.composite
def points(draw):
    """A point and two gradients there, all alike."""
    x = draw(arrays())
    return x, [draw(arrays(x.shape, x.dtype)) for _ in range(2)]


def two_steps(rule, x, gradients):
    state = rule.init(x)
    with np.errstate(all="ignore"):
        for g in gradients:
            x, state = rule.step(x, g, state)
    return x, state


@given(rules(), points())
def test_a_step_writes_to_nothing_and_repeats(rule, point):
    x, gradients = point
    before = x.copy(), [g.copy() for g in gradients]
    first, state = two_steps(rule, x, gradients)
    remembered = [np.copy(part) for part in state]
    with np.errstate(all="ignore"):
        rule.step(first, gradients[0], state)
    assert_array_equal(x, before[0])
    for g, copy in zip(gradients, before[1], strict=True):
        assert_array_equal(g, copy)
    for part, copy in zip(state, remembered, strict=True):
        assert_array_equal(part, copy)
    assert_array_equal(two_steps(rule, x, gradients)[0], first)


@given(rules(), points())
def test_a_step_keeps_shape_and_kind(rule, point):
    x, gradients = point
    after, state = two_steps(rule, x, gradients)
    assert np.shape(after) == x.shape
    assert np.asarray(after).dtype == x.dtype
    for name, part in state._asdict().items():
        if name != "t":
            assert (np.shape(part), np.asarray(part).dtype) == (x.shape, x.dtype)


@given(rules(), points())
def test_a_batch_is_the_loop_over_its_members(rule, point):
    x, gradients = point
    whole, _ = two_steps(rule, x, gradients)
    tolerance = 1e-12 if x.dtype == np.float64 else 1e-5
    for where in np.ndindex(x.shape):
        alone, _ = two_steps(rule, x[where], [g[where] for g in gradients])
        assert_allclose(np.asarray(whole)[where], alone, rtol=tolerance)


@given(rules(), points())
def test_update_is_the_step(rule, point):
    x, gradients = point
    params = {"w": np.array(x)}
    with np.errstate(all="ignore"):
        for g in gradients:
            rule.update(params, {"w": g})
    assert_array_equal(params["w"], two_steps(rule, x, gradients)[0])
    assert params["w"].dtype == x.dtype


@given(
    st.sampled_from([Adagrad, RMSProp, Adam]),
    hnp.arrays(float, (3, 4), elements=sizes | sizes.map(neg)),
    st.integers(-465, 465),
)
def test_adaptive_steps_do_not_see_the_scale_of_the_gradient(Rule, gradients, power):
    """From about 1e-140 to 1e140, where the squares are still numbers."""
    rule, origin = Rule(lr=0.1, eps=0), np.zeros(4)
    plain, _ = two_steps(rule, origin, gradients)
    scaled, _ = two_steps(rule, origin, 2.0**power * gradients)
    assert_allclose(scaled, plain, rtol=1e-9)


BAD = {
    "a missing key": lambda params, grads, key: grads.pop(key),
    "an extra key": lambda params, grads, key: grads.update({"extra": 1.0}),
    "no gradient": lambda params, grads, key: grads.update({key: None}),
    "text": lambda params, grads, key: grads.update({key: "1.0"}),
    "a complex gradient": lambda params, grads, key: grads.update({key: grads[key] * 1j}),
    "another shape": lambda params, grads, key: grads.update({key: np.zeros((1, 2, 3, 4, 5))}),
    "integers": lambda params, grads, key: params.update({key: np.zeros(3, int)}),
    "a list": lambda params, grads, key: params.update({key: [1.0, 2.0]}),
    "None": lambda params, grads, key: params.update({key: None}),
    "truth values": lambda params, grads, key: params.update({key: True}),
}


@given(rules(), st.data(), st.sampled_from(sorted(BAD)))
def test_update_moves_all_or_nothing(rule, data, kind):
    keys = data.draw(st.lists(st.text(max_size=3), min_size=1, max_size=4, unique=True))
    shapes = {key: data.draw(SHAPES) for key in keys}
    good = {key: np.ones(shape) for key, shape in shapes.items()}
    grads = {key: np.ones(shape) for key, shape in shapes.items()}
    twin, other = type(rule)(**rule.hyperparameters), {key: v.copy() for key, v in good.items()}
    params, wrong = dict(good), dict(grads)
    BAD[kind](params, wrong, data.draw(st.sampled_from(keys)))
    before = {key: (value, np.copy(value)) for key, value in params.items()}
    with pytest.raises((TypeError, ValueError)):
        rule.update(params, wrong)
    assert list(params) == list(before)
    for key, (value, copy) in before.items():
        assert params[key] is value
        assert_array_equal(value, copy)
    rule.update(good, grads)  # and nothing is remembered of the refused call
    twin.update(other, grads)
    for key in keys:
        assert_array_equal(good[key], other[key])


@given(
    st.sampled_from(RULES),
    st.sampled_from([surfaces.ravine, surfaces.himmelblau, surfaces.saddle, surfaces.plateau]),
    st.data(),
)
def test_a_sweep_is_its_single_runs(Rule, surface, data):
    names = list(Rule().hyperparameters)
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    small = {**HYPERPARAMETERS, "lr": st.floats(1e-4, 0.02)}
    values = {n: data.draw(st.lists(small[n], min_size=1, max_size=3)) for n in chosen}
    run = sweep(surface, Rule, steps=8, **values)
    assert run.f.shape == (9, *map(len, values.values()))
    for where in np.ndindex(run.f.shape[1:]):
        settings = {n: v[i] for (n, v), i in zip(values.items(), where, strict=True)}
        alone = descend(surface, Rule(**settings), steps=8)
        assert_allclose(run.x[(..., *where)], alone.x, rtol=1e-9, atol=1e-12)
        for part, one in zip(run.state, alone.state, strict=True):
            if part.ndim > 1:
                assert_allclose(part[(..., *where)], one, rtol=1e-9, atol=1e-12)


# A learner's functions of x and y, at any centre and any scale. Each is a shape of height 1 or so
# over u = (x - centre) / scale and v alike, with its slopes, and written in many ways.

SHAPES_OF_HEIGHT = {
    "bowl": (lambda u, v: u**2 + v**2, lambda u, v: (2 * u, 2 * v)),
    "waves": (
        lambda u, v: np.sin(3 * u) + np.cos(2 * v),
        lambda u, v: (3 * np.cos(3 * u), -2 * np.sin(2 * v)),
    ),
    "hill": (
        lambda u, v: np.exp(-(u**2) - v**2 / 2),
        lambda u, v: (
            -2 * u * np.exp(-(u**2) - v**2 / 2),
            -v * np.exp(-(u**2) - v**2 / 2),
        ),
    ),
    "saddle": (lambda u, v: u * v, lambda u, v: (v, u)),
}
WAYS_TO_MIX = {
    "transposed": lambda u, v: (np.array([u, v]).T ** 2).sum(-1),
    "by the mean": lambda u, v: (u - np.mean(u)) ** 2 + v**2,
    "by the norm": lambda u, v: u**2 + v**2 + np.linalg.norm(u),
    "by the sum": lambda u, v: u**2 + v**2 * np.sum(u**2),
    "by the largest": lambda u, v: np.abs(u) / np.max(np.abs(u)) + v**2,
    "by the count": lambda u, v: (u**2 + v**2) / np.size(u),
}
centres = st.floats(-1e6, 1e6)
widths = st.integers(-8, 8).map(lambda power: 10.0**power)
heights = st.integers(-8, 8).map(lambda power: 10.0**power)


@st.composite
def places(draw):
    """A centre and a width that are still told apart by float64, and a height."""
    width = draw(widths)
    return draw(centres) if width > 1e-4 else draw(centres) * width, width, draw(heights)


def placed(shape, place):
    """Return f(x, y) of a shape at a place, and its bounds."""
    centre, width, height = place

    def f(x, y):
        return height * shape((x - centre) / width, (y - centre) / width)

    return f, ((centre - 2 * width, centre + 2 * width),) * 2


def in_place(f):
    """Write the same function so that it ruins what it gets."""

    def ruining(x, y):
        value = f(np.copy(x), np.copy(y))
        x *= 0
        y += 1e9
        return value

    return ruining


@given(st.sampled_from(sorted(SHAPES_OF_HEIGHT)), places(), st.booleans())
def test_a_learners_function_is_taken_at_any_scale_and_writes_to_nothing(name, place, ruins):
    (shape, slopes), (centre, width, height) = SHAPES_OF_HEIGHT[name], place
    f, bounds = placed(shape, place)

    def grad(x, y):
        u, v = (x - centre) / width, (y - centre) / width
        return [height / width * part for part in slopes(u, v)]

    write = in_place if ruins else lambda function: function
    given_slopes = from_function(write(f), write(grad), bounds)
    made = from_function(write(f), bounds=bounds)
    p = made.grid(5)
    before = p.copy()
    size = np.abs(given_slopes.grad(p)).max()
    assert_allclose(made.grad(p), given_slopes.grad(p), rtol=1e-4, atol=1e-4 * size)
    run = descend(given_slopes, SGD(lr=0.1 * width**2 / height), steps=5)
    assert_array_equal(run.f, [f(x, y) for x, y in run.x])
    assert_array_equal(run.x[0], given_slopes.start)
    assert_array_equal(p, before)


@given(st.sampled_from(sorted(SHAPES_OF_HEIGHT)), places(), st.sampled_from([0, 1]))
def test_a_wrong_gradient_is_refused_at_any_scale(name, place, axis):
    (shape, slopes), (centre, width, height) = SHAPES_OF_HEIGHT[name], place
    f, bounds = placed(shape, place)

    def wrong(x, y):
        pair = [
            height / width * part for part in slopes((x - centre) / width, (y - centre) / width)
        ]
        pair[axis] = 1.01 * pair[axis]
        return pair

    with pytest.raises(ValueError, match=f"its {'xy'[axis]} component"):
        from_function(f, wrong, bounds)


@given(st.sampled_from(sorted(WAYS_TO_MIX)), places())
def test_a_function_that_mixes_points_is_refused_at_any_scale(name, place):
    f, bounds = placed(WAYS_TO_MIX[name], place)
    with pytest.raises(ValueError, match="f mixes points"):
        from_function(f, bounds=bounds)
