"""The five rules: their equations, their closed forms, their dictionary form, their errors."""

import ast
import copy
import inspect
import textwrap

import numpy as np
import pytest

from optim_lib import SGD, Adagrad, Adam, Momentum, Optimizer, RMSProp, descend, surfaces
from optim_lib.optimizers import AdamState, MomentumState

RULES = [SGD, Momentum, Adagrad, RMSProp, Adam]
each_rule = pytest.mark.parametrize("Rule", RULES)


def constant_gradient(optimizer, g, steps):
    """Return the lengths of the steps under a constant gradient, in units of lr."""
    x, lengths = np.array(0.0), []
    state = optimizer.init(x)
    for _ in range(steps):
        new, state = optimizer.step(x, np.array(float(g)), state)
        lengths.append(abs(new - x) / optimizer.lr)
        x = new
    return np.array(lengths)


# The equations


@each_rule
def test_step_is_the_equation_and_nothing_else(Rule):
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(Rule.step))).body
    *lines, last = function.body
    assert all(isinstance(line, ast.Assign) for line in lines)
    assert isinstance(last, ast.Return)
    branches = ast.IfExp | ast.BoolOp | ast.Compare | ast.Lambda | ast.comprehension
    assert not any(isinstance(node, branches) for node in ast.walk(function))


@each_rule
def test_two_steps_by_hand(Rule):
    """One coordinate, gradients 2 and -1, every hyperparameter unlike its default."""
    by_hand = {
        SGD: (SGD(lr=0.5), [0.0, 0.5]),
        # v = -1, then .8 * -1 + .5
        Momentum: (Momentum(lr=0.5, momentum=0.8), [0.0, -0.3]),
        # h = 4, then 5
        Adagrad: (Adagrad(lr=0.5, eps=0.5), [1 - 1 / 2.5, 1 - 1 / 2.5 + 0.5 / (5**0.5 + 0.5)]),
        # h = 1, then .75 + .25
        RMSProp: (RMSProp(lr=0.5, decay_rate=0.75, eps=0.25), [0.2, 0.2 + 0.5 / 1.25]),
        # m = 1, v = 1; then m = 0, v = .75 + .25, hats m / .75 and v / (1 - .5625)
        Adam: (Adam(lr=0.5, beta1=0.5, beta2=0.75, eps=0.5), [1 - 0.5 * 2 / 2.5] * 2),
    }
    optimizer, expected = by_hand[Rule]
    x = np.array(1.0)
    state = optimizer.init(x)
    for g, after in zip((2.0, -1.0), expected, strict=True):
        x, state = optimizer.step(x, np.array(g), state)
        assert x == pytest.approx(after, rel=1e-15, abs=1e-15)


def test_the_states_after_two_steps_by_hand():
    x, g = np.array(0.0), np.array(2.0)
    _, state = Momentum(lr=0.5).step(x, g, MomentumState(v=np.array(3.0)))
    assert state.v == pytest.approx(0.9 * 3 - 1)
    _, state = Adam(beta1=0.5, beta2=0.75).step(x, g, AdamState(4, np.array(1.0), np.array(8.0)))
    assert state == AdamState(5, 1.5, 7.0)


@each_rule
def test_step_writes_to_nothing(Rule):
    optimizer = Rule()
    x, g = np.array([1.0, -2.0]), np.array([0.3, 0.7])
    state = optimizer.init(x)
    for array in (x, g, *(part for part in state if isinstance(part, np.ndarray))):
        array.setflags(write=False)
    new, after = optimizer.step(x, g, state)
    again, _ = optimizer.step(x, g, state)
    assert new is not x
    assert np.array_equal(new, again)
    assert [np.shape(part) for part in after] == [np.shape(part) for part in state]


@each_rule
def test_the_first_state_is_zero_and_shaped_like_x(Rule):
    state = Rule().init(np.ones((2, 3)))
    arrays = [part for part in state if np.ndim(part)]
    assert len(arrays) == {SGD: 0, Momentum: 1, Adagrad: 1, RMSProp: 1, Adam: 2}[Rule]
    assert all(part.shape == (2, 3) and not part.any() for part in arrays)


def test_defaults_are_those_of_the_field():
    assert [repr(Rule().hyperparameters) for Rule in RULES] == [
        "{'lr': 0.01}",
        "{'lr': 0.01, 'momentum': 0.9}",
        "{'lr': 0.01, 'eps': 1e-08}",
        "{'lr': 0.01, 'decay_rate': 0.99, 'eps': 1e-08}",
        "{'lr': 0.001, 'beta1': 0.9, 'beta2': 0.999, 'eps': 1e-08}",
    ]


# Closed forms


@pytest.mark.parametrize("g", [1, 10, -10])
def test_fingerprints_under_a_constant_gradient(g):
    t = np.arange(1, 101)
    expected = {
        SGD(): abs(g) * np.ones(100),
        Momentum(): abs(g) * (1 - 0.9**t) / (1 - 0.9),
        Adagrad(): 1 / np.sqrt(t),
        RMSProp(): 1 / np.sqrt(1 - 0.99**t),
        Adam(): np.ones(100),
    }
    for optimizer, lengths in expected.items():
        assert np.allclose(constant_gradient(optimizer, g, 100), lengths, rtol=1e-6), optimizer


def test_sgd_on_a_quadratic_is_a_power():
    a, b, lr, t = 0.7, 1.9, 0.3, np.arange(51)
    run = descend(surfaces.quadratic((a, b)), SGD(lr=lr), start=(3, -2), steps=50)
    exact = np.array([3 * (1 - lr * a) ** t, -2 * (1 - lr * b) ** t]).T
    assert np.allclose(run.x, exact, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("Rule", "limit"), [(SGD, 2 / 2), (lambda lr: Momentum(lr=lr), 2 * (1 + 0.9) / 2)]
)
def test_stability_limit_on_both_sides(Rule, limit):
    below, above = (
        np.abs(descend(surfaces.ravine, Rule(lr=lr), (-7, 2), 3000).x[-1, 1])
        for lr in (0.99 * limit, 1.01 * limit)
    )
    assert below < 1e-6 < 1e6 < above


def test_sgd_at_its_limit_bounces_for_ever():
    assert np.all(np.abs(descend(surfaces.ravine, SGD(lr=1.0), (-7, 2), 500).x[:, 1]) == 2)


def test_momentum_without_momentum_is_sgd():
    with_, without = (
        descend(surfaces.beale, rule, steps=50)
        for rule in (Momentum(lr=0.01, momentum=0), SGD(lr=0.01))
    )
    assert np.array_equal(with_.x, without.x)


@pytest.mark.parametrize(("lr", "momentum"), [(1.3358, 0.4026), (0.1, 0.9), (0.5, 0.6)])
def test_momentum_decays_as_its_eigenvalues_say(lr, momentum):
    run = descend(surfaces.ravine, Momentum(lr, momentum), (-7, 2), 200)
    for axis, curvature in enumerate((0.1, 2.0)):
        matrix = np.array([[1 + momentum - lr * curvature, -momentum], [1, 0]])
        pair = run.x[0, axis] * np.array([1.0, 1.0])  # x_0 and x_-1: it starts at rest
        for t in range(200):
            assert run.x[t, axis] == pytest.approx(pair[0], rel=1e-9, abs=1e-12)
            pair = matrix @ pair


def test_the_best_momentum_for_the_ravine():
    mu, L = np.sqrt(surfaces.ravine.eigenvalues)
    lr, rate = 4 / (mu + L) ** 2, (L - mu) / (L + mu)
    assert (lr, rate**2, rate) == pytest.approx((1.3358, 0.4026, 0.634512), rel=1e-4)
    run = descend(surfaces.ravine, Momentum(lr, rate**2), (-7, 2), 60)
    assert np.ceil(np.log(1e-6) / np.log(rate)) == 31
    assert run.steps_to(1e-6) < 45 < 139


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_adam_starts_with_the_sign(scale):
    x, g = np.zeros(4), scale * np.array([3.0, -0.2, 1e-3, -70.0])
    optimizer = Adam(lr=0.1, eps=0)
    assert np.allclose(optimizer.step(x, g, optimizer.init(x))[0], -0.1 * np.sign(g), rtol=1e-14)


def test_eps_stands_outside_the_root():
    g = 1e-6
    for optimizer in (Adagrad(lr=1.0), Adam(lr=1.0), RMSProp(lr=1.0, decay_rate=0)):
        assert constant_gradient(optimizer, g, 1)[0] == pytest.approx(g / (g + 1e-8), rel=1e-9)


@pytest.mark.parametrize(
    "rule", [Adagrad(0.5, eps=0), RMSProp(0.1, eps=0), Adam(0.1, eps=0)], ids=str
)
@pytest.mark.parametrize("surface", [surfaces.ravine, surfaces.beale], ids=lambda s: s.name)
def test_scaling_leaves_adaptive_paths_as_they_are(rule, surface):
    before, after = (descend(s, rule, steps=100).x for s in (surface, surface.scaled(1024)))
    assert np.array_equal(before, after)  # a power of two is exact
    odd = descend(surface.scaled(3.7), rule, steps=10).x
    assert np.allclose(odd, before[:11], rtol=1e-10)


@pytest.mark.parametrize("rule", [SGD(lr=0.05), Momentum(lr=0.02)], ids=str)
def test_turning_turns_the_path_of_sgd_and_momentum(rule):
    angle = 0.6
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    path = descend(surfaces.ravine, rule, steps=50).x
    turned = descend(surfaces.ravine.rotated(angle), rule, steps=50).x
    assert np.allclose(turned, path @ turn.T, rtol=1e-10, atol=1e-12)


def test_rmsprop_ends_bouncing_at_half_the_learning_rate():
    run = descend(surfaces.ravine, RMSProp(lr=0.1), (-7, 2), 3000)
    assert np.allclose(np.abs(run.x[-10:]), 0.05, rtol=2e-3)
    assert np.all(run.x[-10:-1] * run.x[-9:] < 0)


def test_adagrad_does_not_stop_learning_on_the_ravine():
    run = descend(surfaces.ravine, Adagrad(lr=1.5), (-7, 2), 300)
    assert 1.5 / np.sqrt(run.state.h[-1]) == pytest.approx([1.17633, 0.36295], rel=1e-5)
    assert run.f[-1] < 1e-32


def test_adam_without_correction_would_start_too_fast():
    m_bias, v_bias = 1 - 0.9 ** np.arange(1, 5000), 1 - 0.999 ** np.arange(1, 5000)
    length = m_bias / np.sqrt(v_bias)  # of the uncorrected rule, in units of lr
    assert length[0] == pytest.approx(3.162, rel=1e-3)
    assert (length.argmax() + 1, length.max()) == (12, pytest.approx(6.569, rel=1e-4))
    assert np.allclose(constant_gradient(Adam(), 2.0, 4999), 1, rtol=1e-6)


# Broadcasting


@each_rule
def test_a_batch_is_the_loop_over_its_members(Rule):
    starts = np.random.default_rng(0).uniform(-2, 2, (2, 3, 4))
    batch = descend(surfaces.rosenbrock, Rule(lr=1e-4), starts, 30)
    assert not batch.diverged.any()
    for place in np.ndindex(3, 4):
        one = descend(surfaces.rosenbrock, Rule(lr=1e-4), starts[(slice(None), *place)], 30)
        assert np.allclose(batch.x[(..., *place)], one.x, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("Rule", "name", "values"),
    [
        (SGD, "lr", [0.1, 0.5, 0.9]),
        (Momentum, "momentum", [0.0, 0.5, 0.99]),
        (Adagrad, "eps", [0.0, 1e-8, 1.0]),
        (RMSProp, "decay_rate", [0.0, 0.5, 0.999]),
        (Adam, "beta1", [0.0, 0.5, 0.99]),
        (Adam, "beta2", [0.0, 0.9, 0.9999]),
        (Adam, "eps", [0.0, 1e-8, 1.0]),
    ],
)
def test_an_array_of_values_is_one_call_for_each(Rule, name, values):
    many = descend(surfaces.ravine, Rule(**{"lr": 0.1, name: values}), (-7, 2), 40)
    for i, value in enumerate(values):
        one = descend(surfaces.ravine, Rule(**{"lr": 0.1, name: value}), (-7, 2), 40)
        assert np.allclose(many.x[..., i], one.x, rtol=1e-12, atol=1e-300)


# Hyperparameters


BAD_VALUES = [
    ({"lr": 0}, ValueError, r"SGD: lr must be greater than 0, got 0; try SGD\(lr=0.01\)"),
    ({"lr": -0.1}, ValueError, "lr must be greater than 0"),
    ({"lr": float("nan")}, ValueError, "lr must be finite, got nan"),
    ({"lr": float("inf")}, ValueError, "lr must be finite"),
    ({"lr": "0.1"}, TypeError, r"SGD: lr must be a number or an array of numbers, got '0.1'; try"),
    ({"lr": None}, TypeError, "lr must be a number"),
    ({"lr": True}, TypeError, "lr must be a number"),
    ({"lr": 1j}, TypeError, "lr must be a number"),
    ({"lr": []}, TypeError, "lr must be a number"),
    ({"lr": [0.1, -0.1]}, ValueError, "lr must be greater than 0"),
    ({"momentum": 1}, ValueError, "Momentum: momentum must be at least 0 and less than 1, got 1"),
    ({"momentum": -0.1}, ValueError, r"try Momentum\(momentum=0.9\)"),
    ({"decay_rate": 1.0}, ValueError, "decay_rate must be at least 0 and less than 1"),
    ({"beta1": 1.5}, ValueError, "beta1 must be at least 0 and less than 1"),
    ({"beta2": -1e-9}, ValueError, "beta2 must be at least 0 and less than 1"),
    ({"eps": -1e-8}, ValueError, r"Adagrad: eps must be 0 or greater, got -1e-08"),
]
RULE_OF = {
    "lr": SGD,
    "momentum": Momentum,
    "decay_rate": RMSProp,
    "beta1": Adam,
    "beta2": Adam,
    "eps": Adagrad,
}


@pytest.mark.parametrize(
    ("bad", "error", "message"), BAD_VALUES, ids=[str(b[0]) for b in BAD_VALUES]
)
def test_a_bad_hyperparameter_is_named_and_changes_nothing(bad, error, message):
    ((name, value),) = bad.items()
    Rule = RULE_OF[name]
    with pytest.raises(error, match=message):
        Rule(**bad)
    optimizer = Rule()
    with pytest.raises(error, match=message):
        setattr(optimizer, name, value)
    assert optimizer.hyperparameters == Rule().hyperparameters


@pytest.mark.parametrize(
    "edge", [{"eps": 0}, {"momentum": 0}, {"decay_rate": 0}, {"beta1": 0}, {"beta2": 0}]
)
def test_the_edges_of_the_ranges_belong_to_them(edge):
    ((name, value),) = edge.items()
    assert RULE_OF[name](**edge).hyperparameters[name] == value


def test_hyperparameters_can_be_reassigned():
    optimizer = SGD(lr=0.5)
    optimizer.lr *= 0.5
    assert (optimizer.lr, repr(optimizer)) == (0.25, "SGD(lr=0.25)")


def test_an_array_is_copied():
    lr = np.array([0.1, 0.2])
    optimizer = SGD(lr=lr)
    lr[0] = -1
    assert optimizer.lr.tolist() == [0.1, 0.2]


def test_a_misspelt_hyperparameter_is_named():
    with pytest.raises(
        AttributeError, match="SGD has no hyperparameter 'learning_rate'; it has lr"
    ):
        SGD().learning_rate = 0.1


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (SGD(), "SGD(lr=0.01)"),
        (Momentum(0.1, 0.5), "Momentum(lr=0.1, momentum=0.5)"),
        (Momentum(0.1), "Momentum(lr=0.1)"),
        (Adagrad(1, 0), "Adagrad(lr=1.0, eps=0.0)"),
        (RMSProp(np.float64(2 / 2.1)), "RMSProp(lr=0.9523809523809523)"),
        (Adam(lr=np.array(0.3), beta2=0.9), "Adam(lr=0.3, beta2=0.9)"),
    ],
)
def test_repr_is_the_line_that_makes_it(optimizer, text):
    assert repr(optimizer) == text
    assert eval(text).hyperparameters == optimizer.hyperparameters


def test_repr_of_many_values():
    assert repr(SGD(lr=np.linspace(0.1, 1, 101))) == "SGD(lr=<101 values from 0.1 to 1>)"


@each_rule
def test_optimizers_are_keys_by_identity(Rule):
    one, other = Rule(), Rule()
    assert len({one: 1, other: 2}) == 2


# A rule of one's own


class Nesterov(Momentum):
    nudge: float = 2.0

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        x = x + self.nudge * (self.momentum * v - self.lr * g)
        return x, state._replace(v=v)


def test_a_rule_of_ones_own_has_its_fields_and_its_checks():
    optimizer = Nesterov(lr=0.1, nudge=1)
    assert repr(optimizer) == "Nesterov(lr=0.1, nudge=1.0)"
    optimizer.nudge = -3
    assert optimizer.nudge == -3
    with pytest.raises(ValueError, match="Nesterov: nudge must be finite"):
        optimizer.nudge = float("nan")
    with pytest.raises(ValueError, match="momentum must be at least 0 and less than 1"):
        optimizer.momentum = 2
    assert len({optimizer: 1, Nesterov(): 2}) == 2


def test_a_field_without_a_default_is_checked_too():
    class Bare(Optimizer):
        power: float

    with pytest.raises(TypeError, match=r"Bare: power must be a number .*change it"):
        Bare("x")
    assert repr(Bare(2)) == "Bare(power=2.0)"


def test_a_rule_without_a_step_says_so():
    class Nothing(Optimizer):
        lr: float = 0.1

    assert Nothing().init(np.zeros(2)) == ()
    with pytest.raises(NotImplementedError, match="Nothing needs a method step"):
        Nothing().step(np.zeros(2), np.zeros(2), ())


def test_a_rule_of_ones_own_updates_dictionaries():
    params, x = {"w": np.array([1.0, 2.0])}, np.array([1.0, 2.0])
    optimizer, state = Nesterov(lr=0.1), Nesterov(lr=0.1).init(x)
    for _ in range(3):
        optimizer.update(params, {"w": params["w"]})
        x, state = Nesterov(lr=0.1).step(x, x, state)
    assert np.array_equal(params["w"], x)


# The dictionary form


def dictionaries():
    rng = np.random.default_rng(0)
    params = {
        "W": rng.standard_normal((2, 3, 4)),
        "b": rng.standard_normal(3).astype(np.float32),
        "zero-dimensional": np.array(1.5),
        "empty": np.zeros(0),
        "strided": rng.standard_normal((4, 6))[::2, ::3],
        "number": 0.5,
    }
    return params, {key: rng.standard_normal(np.shape(value)) for key, value in params.items()}


@each_rule
def test_update_is_step_for_each_key(Rule):
    params, grads = dictionaries()
    arrays = dict(params)
    optimizer, states, expected = Rule(), {}, {}
    for key, value in params.items():
        expected[key] = np.array(value)
        states[key] = optimizer.init(expected[key])
    for _ in range(3):
        assert optimizer.update(params, grads) is None
        for key, x in expected.items():
            g = np.asarray(grads[key]).astype(x.dtype)
            new, states[key] = optimizer.step(x, g, states[key])
            expected[key] = np.asarray(new).astype(x.dtype)
    for key, value in params.items():
        assert np.array_equal(value, expected[key]), key
        if isinstance(value, np.ndarray):
            assert value is arrays[key]
            assert value.dtype == expected[key].dtype
    assert type(params["number"]) is float


def test_whole_numbers_are_rebound_as_floats():
    params = {"a": 1, "b": np.float64(2.0)}
    SGD(lr=0.5).update(params, {"a": 1, "b": 1})
    assert params == {"a": 0.5, "b": 1.5}


def test_gradients_may_be_whole_numbers_or_the_parameters_themselves():
    params = {"w": np.array([1.0, 2.0])}
    SGD(lr=0.5).update(params, {"w": np.array([1, 2])})
    SGD(lr=0.5).update(params, params)
    assert params["w"].tolist() == [0.25, 0.5]


def test_reset_forgets():
    first, second = ({"w": np.array([1.0])} for _ in range(2))
    optimizer, grads = Adam(lr=0.1), {"w": np.array([2.0])}
    optimizer.update(first, grads)
    optimizer.reset()
    optimizer.update(second, grads)
    assert first == second
    optimizer.update(second, {"w": np.array([-50.0])})
    optimizer.reset()
    assert not optimizer._states


def test_each_optimizer_remembers_for_itself():
    a, b = Momentum(lr=0.1), Momentum(lr=0.1)
    params = {"w": np.array([1.0])}
    a.update(params, {"w": np.array([1.0])})
    assert "w" in a._states
    assert not b._states


BAD_DICTIONARIES = {
    "missing": (lambda p, g: g.pop("b"), ValueError, "grads has no key 'b'; every key of params"),
    "extra": (lambda p, g: g.update(c=1.0), ValueError, "grads has a key 'c' that params does not"),
    "None": (lambda p, g: g.update(b=None), TypeError, r"grads\['b'\] must be .* got None; was it"),
    "text": (lambda p, g: g.update(b="x"), TypeError, r"grads\['b'\] must be an array of numbers"),
    "complex": (lambda p, g: g.update(b=1j * np.ones(3)), TypeError, r"grads\['b'\] must be"),
    "boolean": (lambda p, g: g.update(b=np.ones(3, bool)), TypeError, r"grads\['b'\] must be"),
    "shape": (
        lambda p, g: g.update(b=np.ones(4)),
        ValueError,
        r"grads\['b'\] has shape \(4,\), but params\['b'\] has \(3,\)",
    ),
    "scalar": (lambda p, g: g.update(b=1.0), ValueError, r"grads\['b'\] has shape \(\)"),
    "integers": (
        lambda p, g: p.update(b=np.arange(3)),
        TypeError,
        r"params\['b'\] holds int.*use params\['b'\]\.astype\(float\)",
    ),
    "list": (
        lambda p, g: p.update(b=[1.0, 2.0, 3.0]),
        TypeError,
        r"params\['b'\] must be a float array, .* use np\.array",
    ),
    "flag": (
        lambda p, g: p.update(b=True),
        TypeError,
        r"params\['b'\] must be a float array, got True",
    ),
    "nothing": (
        lambda p, g: p.update(b=None),
        TypeError,
        r"params\['b'\] must be a float array, got None",
    ),
    "complex x": (
        lambda p, g: p.update(b=1j * np.ones(3)),
        TypeError,
        r"params\['b'\] holds complex",
    ),
    "read-only": (
        lambda p, g: p["b"].setflags(write=False),
        ValueError,
        r"params\['b'\] is read-only; give update a copy",
    ),
    "new shape": (
        lambda p, g: (p.update(b=np.ones(5)), g.update(b=np.ones(5))),
        ValueError,
        r"params\['b'\] has shape \(5,\), but .* remembers \(3,\) for it; call reset",
    ),
}


@pytest.mark.parametrize("spoil", BAD_DICTIONARIES)
@pytest.mark.parametrize("Rule", [SGD, Adam])
def test_update_is_all_or_nothing(spoil, Rule):
    change, error, message = BAD_DICTIONARIES[spoil]
    params = {"a": np.array([1.0, 2.0]), "n": 0.5, "b": np.ones(3), "z": np.array([3.0])}
    grads = {key: np.ones(np.shape(value)) for key, value in params.items()}
    optimizer = Rule(lr=0.1)
    optimizer.update(params, grads)
    change(params, grads)
    before, states = copy.deepcopy(params), copy.deepcopy(optimizer._states)
    with pytest.raises(error, match=message):
        optimizer.update(params, grads)
    assert repr(params) == repr(before)
    assert repr(optimizer._states) == repr(states)


@pytest.mark.parametrize(("params", "grads", "name"), [([1.0], {}, "params"), ({}, [1.0], "grads")])
def test_update_wants_dictionaries(params, grads, name):
    with pytest.raises(TypeError, match=f"{name} must be a dictionary of arrays, got list"):
        SGD().update(params, grads)


def test_an_array_of_learning_rates_cannot_update_one_parameter():
    params = {"w": np.ones(2), "b": np.ones(1)}
    with pytest.raises(ValueError, match=r"step for params\['b'\] has shape \(2,\).*hold an array"):
        SGD(lr=[0.1, 0.2]).update(params, {"w": np.ones(2), "b": np.ones(1)})
    assert params["w"].tolist() == [1, 1]


def test_a_step_that_fails_half_way_writes_nothing():
    class Fails(SGD):
        def step(self, x, g, state):
            if x.size == 3:
                raise RuntimeError("half way")
            return super().step(x, g, state)

    params = {"a": np.ones(2), "b": np.ones(3)}
    with pytest.raises(RuntimeError, match="half way"):
        Fails().update(params, {"a": np.ones(2), "b": np.ones(3)})
    assert params["a"].tolist() == [1, 1]
