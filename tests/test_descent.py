"""The loop and what it leaves behind: shapes, batches, noise, divergence, errors."""

from typing import NamedTuple

import numpy as np
import pytest

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces, sweep

RAVINE = surfaces.ravine
RULES = [SGD(lr=0.3), Momentum(lr=0.1), Adagrad(lr=1.5), RMSProp(lr=0.1), Adam(lr=0.3)]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_descent_is_its_steps(rule):
    run = descend(RAVINE, rule, start=(-7, 2), steps=10)
    x = np.array([-7.0, 2.0])
    state = rule.init(x)
    for t in range(11):
        assert np.array_equal(run.x[t], x)
        assert np.array_equal(run.g[t], RAVINE.grad(x))
        assert run.f[t] == RAVINE.f(x)
        for kept, part in zip(run.state, state, strict=True):
            assert np.array_equal(kept[t], part)
        x, state = rule.step(x, RAVINE.grad(x), state)
    assert type(run.state) is type(state)
    assert run.steps == 10


def test_shapes_of_many_paths():
    run = descend(RAVINE, Adam(lr=np.full((3, 1), 0.1)), start=np.ones((2, 4)), steps=5)
    assert (run.x.shape, run.f.shape, run.g.shape) == ((6, 2, 3, 4), (6, 3, 4), (6, 2, 3, 4))
    assert (run.state.m.shape, run.state.t.tolist()) == ((6, 2, 3, 4), list(range(6)))
    assert (run.diverged.shape, run.steps_to(0.5).shape) == ((3, 4), (3, 4))


def test_the_defaults_are_the_start_of_the_surface_and_100_steps():
    run = descend(RAVINE, SGD())
    assert (run.steps, run.x[0].tolist()) == (100, [-7, 2])


def test_no_steps_leave_the_start():
    run = descend(RAVINE, SGD(), start=(1, 2), steps=0)
    assert (run.x.tolist(), run.steps) == ([[1, 2]], 0)


def test_a_descent_keeps_nothing_of_the_callers():
    rule, start = Adam(lr=np.array([0.1, 0.2])), np.array([-7.0, 2.0])
    params = {"w": np.ones(2)}
    Adam.update(memory := Adam(), params, {"w": np.ones(2)})
    run = descend(RAVINE, rule, start, steps=3)
    rule.lr[0] = 5
    start[:] = 0
    assert run.optimizer.lr.tolist() == [0.1, 0.2]
    assert run.x[0, :, 0].tolist() == [-7, 2]
    descend(RAVINE, memory, steps=2)
    assert list(memory._states) == ["w"]


def test_steps_to_a_millionth():
    for kappa, expected in {20: 139, 100: 691, 1000: 6908}.items():
        surface = surfaces.quadratic((2 / kappa, 2))
        assert descend(surface, SGD(2 / (2 + 2 / kappa)), steps=7000).steps_to(1e-6) == expected


def test_steps_to_counts_for_each_path_and_to_the_nearest_minimum():
    run = descend(surfaces.bowl, SGD(lr=[0.25, 0.5, 1.0, 1e-9]), start=(1, 1), steps=20)
    assert run.steps_to(0.1).tolist() == [4, 1, np.inf, np.inf]
    assert descend(surfaces.bowl, SGD(), (0, 0), 3).steps_to(1e-6) == 0
    assert descend(surfaces.bowl, SGD(1e-9), (1, 1), 3).steps_to(0.1) == float("inf")
    valleys = surfaces.two_valleys
    for start in ((2.1, 2.1), (-1.1, -0.3)):
        assert descend(valleys, SGD(lr=0.05), start, 300).steps_to(1e-3) < 300


def test_divergence_is_marked_without_a_warning(recwarn):
    run = descend(RAVINE, SGD(lr=[0.9, 1.5, 1e200]), start=(-7, 2), steps=2000)
    assert run.diverged.tolist() == [False, True, True]
    first = [-1 if np.isfinite(f).all() else np.argmin(np.isfinite(f)) for f in run.f.T]
    assert run.diverged_at.tolist() == first
    assert np.isinf(run.f[run.diverged_at[1], 1])
    assert not recwarn.list


def test_exactly_on_the_ridge_no_rule_leaves_the_saddle_and_noise_frees_them_all():
    for rule in (SGD(0.1), Momentum(0.1), Adagrad(0.1), RMSProp(0.1), Adam(0.1)):
        stuck = descend(surfaces.saddle, rule, start=(1, 0), steps=200)
        assert not stuck.x[:, 1].any()
        noise = (1e-3, np.random.default_rng(0))
        freed = descend(surfaces.saddle, rule, start=(1, 0), steps=200, noise=noise)
        assert abs(freed.x[:, 1]).max() > 1


def test_steps_to_leave_a_saddle():
    y0 = np.array([1e-2, 1e-6, 1e-10])
    run = descend(surfaces.saddle, SGD(lr=0.1), np.array([np.ones(3), y0]), steps=150)
    left = (np.abs(run.x[:, 1]) > 1).argmax(axis=0)
    assert left.tolist() == np.ceil(np.log(1 / y0) / np.log(1.2)).tolist() == [26, 76, 127]


def test_noise_leaves_a_floor():
    lr, sigma, curvature = 0.1, 1.0, 1.0
    surface = surfaces.quadratic((curvature, curvature))
    noise = (sigma, np.random.default_rng(0))
    run = descend(surface, SGD(lr=lr), np.zeros((2, 2000)), steps=300, noise=noise)
    floor = lr * sigma**2 / (curvature * (2 - lr * curvature))
    # 4000 independent coordinates, 5 times far apart: a deviation of about 1%
    assert np.mean(run.x[100::50] ** 2) == pytest.approx(floor, rel=0.05)
    assert floor == pytest.approx(0.0526, abs=1e-4)


def test_noise_is_what_the_rule_saw_and_a_seed_repeats():
    def walk(steps):
        noise = (0.5, np.random.default_rng(3))
        return descend(RAVINE, SGD(lr=0.1), start=(-7, 2), steps=steps, noise=noise)

    run = walk(20)
    assert np.allclose(run.x[1:], run.x[:-1] - 0.1 * run.g[:-1], rtol=1e-13)
    assert not np.allclose(run.g, np.moveaxis(RAVINE.grad(run.x.T), 0, -1))
    assert np.array_equal(walk(50).x[:21], run.x)


def test_a_scale_of_noise_may_be_an_array():
    noise = (np.array([0.0, 1.0]), np.random.default_rng(0))
    run = descend(RAVINE, SGD(lr=0.1), steps=10, noise=noise)
    assert np.array_equal(run.x[:, :, 0], descend(RAVINE, SGD(lr=0.1), steps=10).x)
    assert not np.array_equal(run.x[:, :, 1], run.x[:, :, 0])


def test_a_sweep_is_single_runs():
    lr, momentum = [0.1, 0.5, 1.0], [0.0, 0.9]
    run = sweep(RAVINE, Momentum, (-7, 2), 30, lr=lr, momentum=momentum)
    assert run.f.shape == (31, 3, 2)
    for i, a in enumerate(lr):
        for j, b in enumerate(momentum):
            one = descend(RAVINE, Momentum(a, b), (-7, 2), 30)
            assert np.allclose(run.x[:, :, i, j], one.x, rtol=1e-12, atol=0)


def test_a_sweep_keeps_plain_numbers_and_puts_starts_last():
    starts = np.array([[1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, 1.0]])
    run = sweep(RAVINE, Adam, starts, 5, beta1=[0.5, 0.9], lr=0.1, beta2=[0.9, 0.99, 0.999])
    assert run.x.shape == (6, 2, 2, 3, 4)
    one = descend(RAVINE, Adam(0.1, 0.9, 0.99), starts[:, 3], 5)
    assert np.allclose(run.x[:, :, 1, 1, 3], one.x, rtol=1e-12)
    assert sweep(RAVINE, SGD, lr=[0.1]).x[0, :, 0].tolist() == [-7, 2]


def test_repr_says_what_it_is():
    assert repr(descend(RAVINE, SGD(lr=0.1), steps=7)) == "<SGD(lr=0.1) on ravine: 7 steps>"
    assert repr(descend(RAVINE, SGD(lr=[1, 2]), steps=7)).endswith(": 7 steps, paths (2,)>")


BAD = [
    (lambda: descend(lambda x: x, SGD()), TypeError, "surface must be a Surface, .*from_function"),
    (lambda: descend(RAVINE, SGD), TypeError, r"optimizer must be an optimizer such as SGD\(lr"),
    (lambda: descend(RAVINE, SGD(), steps=-1), ValueError, "steps must be 0 or greater, got -1"),
    (lambda: descend(RAVINE, SGD(), steps=1.5), TypeError, "steps must be a whole number, got 1.5"),
    (lambda: descend(RAVINE, SGD(), steps="3"), TypeError, "steps must be a whole number"),
    (lambda: descend(RAVINE, SGD(), (1, 2, 3)), ValueError, "coordinates come first, so transpose"),
    (lambda: descend(RAVINE, SGD(), 1.0), ValueError, r"start must be a point \(x, y\)"),
    (lambda: descend(RAVINE, SGD(), (5.0,)), ValueError, "start must be a point .*got \\(5.0,"),
    (lambda: descend(RAVINE, SGD(), "ab"), ValueError, "start must be a point"),
    (lambda: descend(RAVINE, SGD(), np.ma.ones(2)), ValueError, "start .* masked array; fill it"),
    (lambda: descend(RAVINE, SGD(), np.ones(2, "u1")), ValueError, "start .*unsigned .*astype"),
    (lambda: descend(RAVINE, SGD(), (1, 1j)), ValueError, "start must be a point"),
    (lambda: descend(RAVINE, SGD(), steps=True), TypeError, "steps must be a whole number"),
    (lambda: SGD(lr=np.ma.ones(2)), TypeError, "lr must be .* a masked array; fill it"),
    (lambda: sweep(RAVINE, SGD, lr=np.ones(2, "u2")), TypeError, "lr must be .* unsigned"),
    (lambda: descend(RAVINE, SGD(), (np.nan, 1)), ValueError, "start must be finite"),
    (
        lambda: descend(RAVINE, SGD(lr=[1, 2, 3]), np.ones((2, 4))),
        ValueError,
        r"points of start \(4,\) and lr \(3,\) do not broadcast",
    ),
    (lambda: descend(RAVINE, SGD(), noise=1.0), TypeError, r"noise must be a pair \(scale, gen"),
    (lambda: descend(RAVINE, SGD(), noise=(1.0, 3)), TypeError, "noise must be a pair"),
    (lambda: descend(RAVINE, SGD(), noise=("x", 3)), TypeError, "noise must be a pair"),
    (
        lambda: descend(RAVINE, SGD(), noise=(-1.0, np.random.default_rng(0))),
        ValueError,
        "scale of the noise must be finite and 0 or greater, got -1.0",
    ),
    (lambda: sweep(RAVINE, SGD(), lr=[1]), TypeError, "Optimizer must be a class such as SGD"),
    (lambda: sweep(RAVINE, int, lr=[1]), TypeError, "Optimizer must be a class such as SGD"),
    (lambda: sweep(RAVINE, SGD, rate=[1]), TypeError, "rate"),
    (lambda: sweep(RAVINE, SGD, lr=[[1]]), ValueError, "lr must be a number or a 1-D array"),
    (lambda: descend(RAVINE, SGD()).steps_to(0), ValueError, "tol must be greater than 0, got 0"),
    (lambda: descend(RAVINE, SGD()).steps_to(-1), ValueError, "tol must be greater than 0, got -1"),
    (lambda: descend(surfaces.saddle, SGD()).steps_to(0.1), ValueError, "lists no minimum"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[b[2] for b in BAD])
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_trajectory_is_frozen_and_equal_to_itself_alone():
    run, again = (descend(RAVINE, SGD(), steps=1) for _ in range(2))
    with pytest.raises(AttributeError):
        run.x = np.zeros((2, 2))
    assert run == run
    assert run != again
    assert len({run, again}) == 2


def test_the_state_made_afterwards_begins_where_the_walk_began():
    class Started(Momentum):
        def init(self, x):
            return super().init(x)._replace(v=x.copy())

    run = descend(RAVINE, Started(lr=0.1), start=(-7, 2), steps=3)
    assert run.state.v[0].tolist() == [-7, 2]
    np.testing.assert_array_equal(run.state.v[1], 0.9 * run.x[0] - 0.1 * run.g[0])


def test_a_walk_may_be_lost_at_its_start():
    run = descend(RAVINE, SGD(), start=(1e200, 0), steps=2)
    assert run.diverged_at == 0
    assert run.diverged


def test_a_sweep_has_the_defaults_of_a_descent_and_plain_numbers_make_no_axis():
    assert sweep(RAVINE, SGD, lr=0.1).x.shape == (101, 2)


def test_the_copy_that_a_descent_keeps_has_forgotten_other_walks():
    used = Momentum(lr=0.1)
    used.update({"x": 0.0}, {"x": 1.0})
    kept, params = descend(RAVINE, used, steps=1).optimizer, {"x": 0.0}
    kept.update(params, {"x": 1.0})
    assert params == {"x": -0.1}


def test_scales_of_noise_may_be_a_list():
    noise = [0.0, 1.0], np.random.default_rng(0)
    run = descend(RAVINE, SGD(), steps=1, noise=noise)
    assert np.array_equal(run.g[0, :, 0], RAVINE.grad(run.x[0, :, 0]))
    assert not np.array_equal(run.g[0, :, 1], RAVINE.grad(run.x[0, :, 1]))


# A learner's rule: what it writes to, returns and remembers


class Plain(NamedTuple):
    v: object


class Noted(NamedTuple):
    inner: Plain
    count: int


STATES = [
    (lambda x: 0, lambda state, g: state + 1, lambda state: state[3] == 3),
    (lambda x: x, lambda state, g: state + g, lambda state: state.shape == (6, 2)),
    (lambda x: {"v": x}, lambda state, g: {"v": g}, lambda state: state["v"].shape == (6, 2)),
    (lambda x: [x, 0], lambda s, g: [g, s[1] + 1], lambda state: state[1].tolist() == [*range(6)]),
    (lambda x: (x,), lambda state, g: (state[0] * 2,), lambda state: state[0].shape == (6, 2)),
    (lambda x: None, lambda state, g: None, lambda state: True),
    (
        lambda x: Noted(Plain(x), 0),
        lambda state, g: Noted(Plain(g), state.count + 1),
        lambda state: state.inner.v.shape == (6, 2) and state.count[-1] == 5,
    ),
]


@pytest.mark.parametrize(("begin", "go_on", "holds"), STATES)
def test_a_state_may_be_of_any_kind(begin, go_on, holds):
    class Own(SGD):
        def init(self, x):
            return begin(x)

        def step(self, x, g, state):
            return x - self.lr * g, go_on(state, g)

    run = descend(RAVINE, Own(lr=0.1), steps=5)
    assert np.array_equal(run.x, descend(RAVINE, SGD(lr=0.1), steps=5).x)
    assert holds(run.state)
    params = {"w": np.ones(2)}
    opt = Own(lr=0.1)
    opt.update(params, {"w": np.ones(2)})
    opt.update(params, {"w": np.ones(2)})
    np.testing.assert_allclose(params["w"], 0.8)


def test_a_step_and_a_first_state_in_place_change_nothing_but_themselves():
    class Ruinous(Momentum):
        def init(self, x):
            state = super().init(x)
            x += 100
            return state

        def step(self, x, g, state):
            g *= self.lr
            state.v[:] = self.momentum * state.v - g
            x += state.v
            return x, state

    run, right = (descend(RAVINE, rule(lr=0.1), steps=9) for rule in (Ruinous, Momentum))
    assert np.array_equal(run.x, right.x)
    assert np.array_equal(run.g, right.g)
    assert np.array_equal(run.state.v, right.state.v)


@pytest.mark.parametrize(
    "step",
    [
        lambda self, x, g, state: x - self.lr * g,
        lambda self, x, g, state: tuple(x - self.lr * g),
    ],
)
def test_a_step_that_forgets_its_state_is_no_path(step):
    Forgetful = type("Forgetful", (SGD,), {"step": step, "__module__": "lesson"})
    for start in (None, np.ones((2, 2))):  # one point, and as many points as coordinates
        with pytest.raises(TypeError, match=r"Forgetful.step returned .*return x, state"):
            descend(RAVINE, Forgetful(lr=0.1), start, steps=3)


def test_a_step_that_loses_the_shape_of_x_is_told_so():
    class Flat(SGD):
        def step(self, x, g, state):
            return x.sum(axis=0, keepdims=True), state

    with pytest.raises(ValueError, match=r"Flat.step returned points of shape \(1,\) for .*\(2,\)"):
        descend(RAVINE, Flat(), steps=3)
