"""The rules one step at a time: the equations, the hyperparameters and the dictionary form."""

import ast
import copy
import inspect
import math
import textwrap
from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from optim_lib import SGD, Adagrad, Adam, AdamW, Momentum, Optimizer, RMSProp

RULES = [SGD, Momentum, Adagrad, RMSProp, Adam, AdamW]
ADAPTIVE = [Adagrad, RMSProp, Adam, AdamW]
each_rule = pytest.mark.parametrize("Rule", RULES)


def moves(opt, gradients):
    """Return the moves that a rule makes under the given gradients, and its last state."""
    origin = np.zeros_like(gradients[0])
    state, made = opt.init(origin), []
    for g in gradients:
        move, state = opt.step(origin, g, state)
        made.append(move)
    return np.array(made), state


# The equations


@each_rule
def test_step_is_the_equation_and_nothing_else(Rule):
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(Rule.step))).body
    *lines, last = function.body
    assert all(isinstance(line, ast.Assign) for line in lines)
    assert isinstance(last, ast.Return)
    forbidden = (ast.IfExp, ast.BoolOp, ast.Compare, ast.comprehension, ast.Lambda, ast.NamedExpr)
    assert not [node for node in ast.walk(function) if isinstance(node, forbidden)]


FINGERPRINTS = {
    SGD: lambda t: 1,
    Momentum: lambda t: (1 - 0.9**t) / (1 - 0.9),
    Adagrad: lambda t: 1 / math.sqrt(t),
    RMSProp: lambda t: 1 / math.sqrt(1 - 0.99**t),
    Adam: lambda t: 1,
    AdamW: lambda t: 1,  # at 0, where there is nothing to decay
}


@pytest.mark.parametrize("slope", [1.0, 10.0, -1.0])
@each_rule
def test_fingerprint_under_a_constant_gradient(Rule, slope):
    """Step / lr; the adaptive rules do not see how steep the slope is, only which way it falls."""
    lr, T = 0.5, 100
    opt = Rule(lr=lr, eps=0) if Rule in ADAPTIVE else Rule(lr=lr)
    size = math.copysign(1, slope) if Rule in ADAPTIVE else slope
    expected = [-lr * size * FINGERPRINTS[Rule](t) for t in range(1, T + 1)]
    made, _ = moves(opt, np.full((T, 1), slope))
    assert_allclose(made[:, 0], expected, rtol=1e-12)


def test_adagrad_walks_about_two_lr_root_t_on_a_constant_slope():
    T = 1000
    walked = -moves(Adagrad(lr=1.0, eps=0), np.ones((T, 1)))[0].sum()
    assert 2 * (math.sqrt(T + 1) - 1) < walked < 2 * math.sqrt(T)


def _weighted(decay, values):
    """Return the sum of decay^(age) * value, the newest value having age 0."""
    age = np.arange(len(values))[::-1]
    return np.tensordot(decay**age, values, axes=1)


def _adam_unrolled(g, beta1=0.8, beta2=0.95, eps=0.1):
    ages = np.ones(len(g))
    m_hat = _weighted(beta1, g) / _weighted(beta1, ages)
    v_hat = _weighted(beta2, g**2) / _weighted(beta2, ages)
    state = (len(g), 0.2 * _weighted(beta1, g), 0.05 * _weighted(beta2, g**2))
    return m_hat / (np.sqrt(v_hat) + eps), state


UNROLLED = [
    (SGD(lr=0.3), lambda g: (g[-1], ())),
    (
        Momentum(lr=0.3, momentum=0.8),
        lambda g: (_weighted(0.8, g), (-0.3 * _weighted(0.8, g),)),
    ),
    (
        Adagrad(lr=0.3, eps=0.1),
        lambda g: (g[-1] / (np.sqrt(sum(g**2)) + 0.1), (sum(g**2),)),
    ),
    (
        RMSProp(lr=0.3, decay_rate=0.8, eps=0.1),
        lambda g: (
            g[-1] / (np.sqrt(0.2 * _weighted(0.8, g**2)) + 0.1),
            (0.2 * _weighted(0.8, g**2),),
        ),
    ),
    (Adam(lr=0.3, beta1=0.8, beta2=0.95, eps=0.1), _adam_unrolled),
]


@pytest.mark.parametrize(("opt", "unrolled"), UNROLLED, ids=lambda part: str(part)[:8])
def test_recurrence_equals_its_sum_over_all_past_gradients(opt, unrolled):
    gradients = np.random.default_rng(1).standard_normal((12, 3))
    made, state = moves(opt, gradients)
    for t in range(1, len(gradients) + 1):
        assert_allclose(made[t - 1], -0.3 * unrolled(gradients[:t])[0], rtol=1e-12)
    for part, expected in zip(state, unrolled(gradients)[1], strict=True):
        assert_allclose(part, expected, rtol=1e-12)


@pytest.mark.parametrize(("Rule", "root"), [(Adagrad, 1e-6), (RMSProp, 1e-7), (Adam, 1e-6)])
def test_eps_stands_outside_the_root(Rule, root):
    """On a slope of 1e-6 an eps of 1e-8 costs 1% outside the root; inside it would cost 99%."""
    made, _ = moves(Rule(lr=0.5), np.full((1, 1), 1e-6))
    assert made[0, 0] == pytest.approx(-0.5 * 1e-6 / (root + 1e-8), rel=1e-12)


@pytest.mark.parametrize("decay_rate", [0.9, 0.99])
def test_rmsprop_starts_cold(decay_rate):
    made, _ = moves(RMSProp(lr=1.0, decay_rate=decay_rate, eps=0), np.full((1, 1), 7.0))
    assert made[0, 0] == pytest.approx(-1 / math.sqrt(1 - decay_rate), rel=1e-12)


def test_adam_first_step_is_lr_times_the_sign():
    gradients = np.array([[1e-150, -1e-150, 3.0, -1e150]])
    assert_allclose(moves(Adam(lr=0.1, eps=0), gradients)[0], -0.1 * np.sign(gradients), rtol=1e-12)


def test_adam_folded_form_differs_only_in_eps():
    """The form with one folded lr_t is Algorithm 1 with eps / sqrt(1 - beta2^t) in place of eps."""
    g = np.random.default_rng(2).standard_normal((2000, 1))
    lr, beta1, beta2, eps, m, v = 0.1, 0.9, 0.999, 1e-3, 0.0, 0.0
    opt, worst = Adam(lr=lr), 0.0
    state = opt.init(g[0])
    for t in range(1, len(g) + 1):
        opt.eps = eps / math.sqrt(1 - beta2**t)
        move, state = opt.step(np.zeros(1), g[t - 1], state)
        m = beta1 * m + (1 - beta1) * g[t - 1]
        v = beta2 * v + (1 - beta2) * g[t - 1] ** 2
        folded = -lr * math.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps)
        worst = max(worst, abs(move - folded)[0] / abs(folded)[0])
    assert worst < 1e-14


@each_rule
def test_a_zero_gradient_at_the_start_moves_nothing(Rule):
    assert_array_equal(moves(Rule(), np.zeros((3, 2)))[0], 0)


def test_a_step_starts_from_x():
    x = np.array([5.0, -3.0])
    for Rule in RULES:
        g, opt = np.array([1.0, 2.0]), Rule(lr=0.25)
        moved, _ = opt.step(x, g, opt.init(x))
        decayed = 0.25 * 0.01 * x if Rule is AdamW else 0
        assert_allclose(moved - x + decayed, moves(opt, g[None])[0][0], rtol=1e-12)


@pytest.mark.parametrize("size", [0.01, 0.1, 1.0, 10.0])
def test_decay_does_not_see_the_gradient(size):
    """A weight, and each step of Adam, shrinks by 1 - lr * weight_decay at each later step."""
    opt, x = AdamW(lr=0.01, weight_decay=0.1), np.ones(1)
    state, gradients = opt.init(x), np.random.default_rng(0).normal(0, size, (1000, 1))
    for g in gradients:
        x, state = opt.step(x, g, state)
    steps, _ = moves(Adam(lr=0.01), gradients)
    kept = 0.999 ** np.arange(999, -1, -1)
    assert x == pytest.approx(0.999**1000 + kept @ steps, rel=1e-9)


STATES = {
    SGD: (),
    Momentum: ("v",),
    Adagrad: ("h",),
    RMSProp: ("h",),
    Adam: ("t", "m", "v"),
    AdamW: ("t", "m", "v"),
}


@each_rule
def test_state_starts_at_zero_and_is_shaped_like_x(Rule):
    x = np.ones((2, 3), dtype=np.float32)
    state = Rule().init(x)
    assert state._fields == STATES[Rule]
    for name, part in state._asdict().items():
        assert_array_equal(part, 0 if name == "t" else np.zeros_like(x), strict=name != "t")


# The hyperparameters

DEFAULTS = {
    SGD: {"lr": 0.01},
    Momentum: {"lr": 0.01, "momentum": 0.9},
    Adagrad: {"lr": 0.01, "eps": 1e-8},
    RMSProp: {"lr": 0.01, "decay_rate": 0.99, "eps": 1e-8},
    Adam: {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    AdamW: {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
}
FIELDS = [(Rule, name, default) for Rule in RULES for name, default in DEFAULTS[Rule].items()]
each_field = pytest.mark.parametrize(("Rule", "name", "default"), FIELDS)

NOT_NUMBERS = ["0.1", None, True, 1j, [], [True], ["0.1"], np.array(None)]
NOT_FINITE = [math.nan, math.inf, [0.1, math.nan]]
FRACTION = (r"at least 0 and less than 1", [1, 1.5, -0.1, [0.5, 1.0]])
OUT_OF_RANGE = {
    "lr": (r"greater than 0", [0, -0.1, [0.1, 0.0]]),
    "momentum": FRACTION,
    "decay_rate": FRACTION,
    "beta1": FRACTION,
    "beta2": FRACTION,
    "eps": (r"0 or greater", [-1e-300, [-1.0, 1.0]]),
    "weight_decay": (r"0 or greater", [-1e-300, [-1.0, 1.0]]),
}


@each_rule
def test_defaults(Rule):
    assert Rule().hyperparameters == DEFAULTS[Rule]


@each_field
def test_a_bad_hyperparameter_is_refused_and_nothing_changes(Rule, name, default):
    words, outside = OUT_OF_RANGE[name]
    bad = (
        [(TypeError, "a number or an array of numbers", value) for value in NOT_NUMBERS]
        + [(ValueError, "finite", value) for value in NOT_FINITE]
        + [(ValueError, words, value) for value in outside]
    )
    for error, must, value in bad:
        remedy = rf"{Rule.__name__}\({name}={default!r}\)"
        message = rf"^{Rule.__name__}: {name} must be {must}, got .*; try {remedy}$"
        with pytest.raises(error, match=message):
            Rule(**{name: value})
        opt = Rule()
        with pytest.raises(error, match=message):
            setattr(opt, name, value)
        assert opt.hyperparameters == DEFAULTS[Rule]


@each_field
def test_the_ends_of_the_range_are_allowed(Rule, name, default):
    ends = {"lr": [5e-324, 1e308], "eps": [0, 1e308]}.get(name, [0, 1 - 2**-53])
    for value in ends:
        assert getattr(Rule(**{name: value}), name) == value


@pytest.mark.parametrize("value", [1, np.int64(1), np.uint8(1), np.float32(0.5), np.array(0.25)])
def test_a_number_of_any_kind_becomes_a_float(value):
    assert type(SGD(lr=value).lr) is float
    assert SGD(lr=value).lr == value


def test_an_array_of_hyperparameters_is_a_copy():
    given = np.array([1, 2])
    opt = SGD(lr=given)
    given[0] = 7
    assert_array_equal(opt.lr, np.array([1.0, 2.0]), strict=True)


def test_hyperparameters_can_be_reassigned():
    opt = Momentum(lr=0.5)
    opt.lr *= 0.5
    opt.momentum = [0, 0.5]
    assert opt.lr == 0.25
    assert_array_equal(opt.momentum, [0.0, 0.5])


def test_the_table_of_hyperparameters_is_not_a_back_door():
    opt = SGD()
    opt.hyperparameters["lr"] = -1
    assert opt.lr == 0.01


def test_an_unknown_hyperparameter_is_named():
    with pytest.raises(AttributeError, match=r"Momentum has no hyperparameter 'beta'; .*lr, mom"):
        Momentum().beta = 0.9
    with pytest.raises(TypeError, match="beta"):
        Momentum(beta=0.9)


@pytest.mark.parametrize(
    "opt",
    [Rule(**changed) for Rule in RULES for changed in ({}, {"lr": 1 / 3})]
    + [RMSProp(lr=1e-300, decay_rate=0, eps=0), Adam(beta1=0.1, beta2=0.2, eps=1)],
    ids=repr,
)
def test_repr_is_the_line_that_makes_it(opt):
    again = eval(repr(opt))
    assert type(again) is type(opt)
    assert again.hyperparameters == opt.hyperparameters


@pytest.mark.parametrize(
    ("opt", "line"),
    [
        (Adam(), "Adam(lr=0.001)"),
        (Adam(lr=0.1, beta2=0.9), "Adam(lr=0.1, beta2=0.9)"),
        (SGD(lr=[0.5, 0.25, 2.0]), "SGD(lr=<3 values from 0.25 to 2>)"),
    ],
)
def test_repr_shows_the_rate_and_what_was_changed(opt, line):
    assert repr(opt) == line


def test_two_optimizers_are_two_keys():
    assert len({SGD(): 1, SGD(): 2}) == 2


# The dictionary form


def example():
    """Return parameters of many kinds, and gradients for them."""
    params = {
        "w": np.array([[1.0, -2.0, 3.0], [4.0, 5.0, 6.0]]),
        "b": 0.5,
        "n": 3,
        "z": np.array([1.0, 2.0, 3.0]),
    }
    grads = {"w": np.full((2, 3), 0.5), "b": -1.0, "n": 2, "z": np.array([3, -1, 2])}
    return params, grads


def read_only(array):
    array.flags.writeable = False
    return array


BAD_PAIRS = {
    "missing key": (..., None, ValueError, r"grads has no key 'z'; every key"),
    "extra key": (..., {"y": 1.0}, ValueError, r"grads has a key 'y' that .*; remove it"),
    "gradient None": (..., {"z": None}, TypeError, r"grads\['z'\] must .* got None; was it"),
    "gradient text": (..., {"z": "abc"}, TypeError, r"grads\['z'\] must be an array of numbers"),
    "gradient bool": (..., {"z": np.ones(3, bool)}, TypeError, r"grads\['z'\] must be an array"),
    "gradient complex": (..., {"z": np.ones(3) * 1j}, TypeError, r"grads\['z'\] must be an arr"),
    "gradient shape": (..., {"z": np.ones(2)}, ValueError, r"'z'\] has shape \(2,\), .* \(3,\)"),
    "gradient not spread": (..., {"z": 1.0}, ValueError, r"grads\['z'\] has shape \(\), but"),
    "integers": (np.arange(3), {}, TypeError, r"params\['z'\] holds int.*\.astype\(float\)"),
    "complex array": (np.ones(3) * 1j, {}, TypeError, r"params\['z'\] holds complex"),
    "bool array": (np.ones(3, bool), {}, TypeError, r"params\['z'\] holds bool"),
    "list": ([1.0, 2.0, 3.0], {}, TypeError, r"params\['z'\] must .*; use np\.array"),
    "bool": (True, {"z": 1.0}, TypeError, r"params\['z'\] must be a float array, got True"),
    "complex": (1j, {"z": 1.0}, TypeError, r"params\['z'\] must be a float array, got 1j"),
    "None": (None, {"z": 1.0}, TypeError, r"params\['z'\] must be a float array, got None"),
    "read-only": (read_only(np.ones(3)), {}, ValueError, r"params\['z'\] is read-only; .*copy"),
    "masked": (np.ma.ones(3), {}, TypeError, r"params\['z'\] is a masked array.*\.filled\(0\.0\)"),
    "gradient masked": (..., {"z": np.ma.ones(3)}, TypeError, r"'z'\].* a masked array; fill it"),
    "unsigned": (np.ones(3, np.uint8), {}, TypeError, r"params\['z'\] holds uint8, .*astype"),
    "gradient unsigned": (..., {"z": np.ones(3, "u4")}, TypeError, r"'z'\].*unsigned .*astype"),
    "zero stride": (
        np.lib.stride_tricks.as_strided(np.ones(1), (3,), (0,)),
        {},
        ValueError,
        "copy",
    ),
}  # what stands in params["z"] (... for the right thing), what is changed in grads, the error


def snapshot(params):
    return {key: (type(value), np.array(value)) for key, value in params.items()}


def assert_same(params, before):
    assert list(params) == list(before)
    for key, (kind, value) in before.items():
        assert type(params[key]) is kind
        assert_array_equal(params[key], value, strict=True)


@pytest.mark.parametrize("case", BAD_PAIRS)
@pytest.mark.parametrize("warm", [False, True], ids=["first call", "second call"])
def test_update_moves_all_or_nothing(case, warm):
    """After a refused call, parameters and memory are as if there had been no call."""
    value, changes, error, message = BAD_PAIRS[case]
    (params, grads), (twins, _) = example(), example()
    opt, twin = Adam(lr=0.1), Adam(lr=0.1)
    if warm:
        opt.update(params, grads)
        twin.update(twins, grads)
    bad_params = params if value is ... else {**params, "z": value}
    bad_grads = {**grads, **changes} if changes is not None else {k: grads[k] for k in "wbn"}
    before = snapshot(bad_params)
    with pytest.raises(error, match=message):
        opt.update(bad_params, bad_grads)
    assert_same(bad_params, before)
    opt.update(params, grads)
    twin.update(twins, grads)
    assert_same(params, snapshot(twins))


@pytest.mark.parametrize(
    ("params", "grads", "message"),
    [
        ([1.0], {}, "params must be a dictionary of arrays, got list"),
        ({}, [1.0], "grads must be a dictionary of arrays, got list"),
        (None, {}, "params must be a dictionary of arrays, got NoneType"),
    ],
)
def test_update_wants_dictionaries(params, grads, message):
    with pytest.raises(TypeError, match=message):
        SGD().update(params, grads)


def test_update_refuses_another_shape_than_it_remembers():
    opt, params = Momentum(), {"a": np.ones(2), "w": np.ones(3)}
    opt.update(params, {"a": np.ones(2), "w": np.ones(3)})
    params["w"] = np.ones((1, 3))
    before = snapshot(params)
    with pytest.raises(
        ValueError, match=r"params\['w'\] has shape \(1, 3\), .* \(3,\) for it; call reset\(\)"
    ):
        opt.update(params, {"a": np.ones(2), "w": np.ones((1, 3))})
    assert_same(params, before)
    opt.reset()
    opt.update(params, {"a": np.ones(2), "w": np.ones((1, 3))})
    assert_array_equal(params["w"], 1 - 0.01)


def test_update_refuses_a_step_of_another_shape():
    params = {"a": np.ones(2), "b": 1.0}
    before = snapshot(params)
    with pytest.raises(
        ValueError, match=r"the step for params\['b'\] has shape \(2,\), not \(\): .*SGD\(lr=<2 val"
    ):
        SGD(lr=[0.1, 0.2]).update(params, {"a": np.ones(2), "b": 1.0})
    assert_same(params, before)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4), (0,)])
@each_rule
def test_update_writes_the_step_into_the_array(Rule, shape, dtype):
    rng = np.random.default_rng(3)
    opt, w = Rule(lr=0.1), rng.standard_normal(shape).astype(dtype)
    wide = np.float32 if dtype == np.float16 else dtype
    params, x, state = {"w": w}, w.copy(), opt.init(w.astype(wide))
    for _ in range(3):
        g = rng.standard_normal(shape)  # float64: update brings it to the kind of the parameter
        x, state = opt.step(x.astype(wide), g.astype(wide), state)
        x = np.asarray(x).astype(dtype)
        opt.update(params, {"w": g})
    assert params["w"] is w
    assert w.dtype == dtype
    assert_allclose(w, x, rtol=2 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)


def test_update_computes_in_the_kind_of_the_parameter():
    w = np.full(5, 0.1, dtype=np.float32)
    g = np.random.default_rng(4).standard_normal(5)
    expected = w - 0.3 * g.astype(np.float32)
    SGD(lr=0.3).update({"w": w}, {"w": g})
    assert_array_equal(w, expected)


@pytest.mark.parametrize("number", [0.5, 2, np.float64(0.5), np.float32(0.5), np.int64(2)])
def test_update_rebinds_plain_numbers(number):
    params = {"b": number}
    SGD(lr=0.25).update(params, {"b": 2})
    assert params["b"] == number - 0.5
    assert type(params["b"]) is float


def test_update_writes_through_a_view():
    whole = np.zeros((4, 4))
    SGD(lr=1.0).update({"w": whole[::2, ::-2]}, {"w": -np.array([[1.0, 2.0], [3.0, 4.0]])})
    assert_array_equal(whole[::2, ::-2], [[1.0, 2.0], [3.0, 4.0]])
    assert whole.sum() == 10


def test_update_remembers_each_key_for_itself():
    """Adam's correction depends on the count of steps, so a wrong count shows at once."""
    opt, params = Adam(lr=1.0, eps=0), {"a": 0.0}
    opt.update(params, {"a": 1.0})
    params["b"] = 0.0
    opt.update(params, {"a": 1.0, "b": -5.0})
    assert params == {"a": pytest.approx(-2.0), "b": pytest.approx(1.0)}
    del params["a"]
    opt.update(params, {"b": -5.0})
    params["a"] = 0.0
    opt.update(params, {"a": 0.0, "b": -5.0})
    third = moves(opt, np.array([1.0, 1.0, 0.0]))[0][2]
    assert params["a"] == pytest.approx(third)


def test_reset_makes_the_next_call_a_first_one():
    opt, params = Momentum(lr=0.1), {"b": 0.0}
    for _ in range(3):
        opt.update(params, {"b": 1.0})
    opt.reset()
    params["b"] = 0.0
    opt.update(params, {"b": 1.0})
    assert params["b"] == -0.1


def test_two_optimizers_share_no_memory():
    params = {"b": 0.0}
    Momentum(lr=0.1).update(params, {"b": 1.0})
    Momentum(lr=0.1).update(params, {"b": 1.0})
    assert params["b"] == -0.2


# A learner's own rule


class UncorrectedAdam(Adam):
    """Adam without its corrections, the variant that every lesson on Adam warns of."""

    def step(self, x, g, state):
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        x = x - self.lr * m / (np.sqrt(v) + self.eps)
        return x, state._replace(m=m, v=v)


def test_a_variant_overrides_step_alone():
    made, _ = moves(UncorrectedAdam(lr=1.0, eps=0), np.ones((100, 1)))
    assert_allclose(-made[[0, 1, 2, 9, 99], 0], [3.162, 4.250, 4.950, 6.528, 3.241], rtol=2e-4)
    assert repr(UncorrectedAdam(lr=0.1)) == "UncorrectedAdam(lr=0.1)"
    assert UncorrectedAdam().hyperparameters == Adam().hyperparameters


class CountState(NamedTuple):
    count: np.ndarray


class Patient(Optimizer):
    """A rule with fields and a state of its own: no move before `wait` steps."""

    lr: float = 0.1
    wait: float = 2.0

    def init(self, x):
        return CountState(np.zeros_like(x))

    def step(self, x, g, state):
        x = x - self.lr * g * (state.count >= self.wait)
        return x, CountState(state.count + 1)


def test_a_rule_of_ones_own_is_checked_shown_and_updated():
    opt = Patient(lr=0.5, wait=1)
    assert repr(opt) == "Patient(lr=0.5, wait=1.0)"
    params = {"b": 0.0}
    seen = [opt.update(params, {"b": 1.0}) or params["b"] for _ in range(3)]
    assert seen == [0.0, -0.5, -1.0]
    assert Patient(wait=-3).wait == -3  # no range is known for it
    with pytest.raises(ValueError, match=r"Patient: wait must be finite, .* try Patient\(wait=2"):
        opt.wait = math.nan
    with pytest.raises(ValueError, match="Patient: lr must be greater than 0"):
        opt.lr = 0


def test_a_field_without_a_default():
    class Fixed(Optimizer):
        size: float

    assert Fixed(size=2).size == 2
    with pytest.raises(TypeError, match=r"Fixed: size must be a number .* got 'x'; change it"):
        Fixed(size="x")


def test_a_rule_without_a_step_says_what_is_missing():
    class Idle(Optimizer):
        lr: float = 0.1

    assert Idle().init(np.zeros(2)) == ()
    with pytest.raises(NotImplementedError, match=r"Idle needs a method step\(self, x, g, state\)"):
        Idle().update({"b": 0.0}, {"b": 1.0})


@pytest.mark.parametrize("size", [1, 3])
def test_update_refuses_any_other_shape_than_the_remembered(size):
    opt, params = Momentum(), {"w": np.zeros(2)}
    opt.update(params, {"w": np.ones(2)})
    with pytest.raises(ValueError, match="remembers"):
        opt.update({"w": np.zeros(size)}, {"w": np.ones(size)})


@pytest.mark.parametrize("shape", [(1,), (3,), (2, 2)])
def test_update_refuses_a_gradient_or_a_step_of_any_other_shape(shape):
    class Reshaping(SGD):
        def step(self, x, g, state):
            return np.zeros(shape), state

    with pytest.raises(ValueError, match=r"grads\['w'\] has shape"):
        SGD().update({"w": np.zeros(2)}, {"w": np.zeros(shape)})
    with pytest.raises(ValueError, match=r"step for params\['w'\] has shape"):
        Reshaping().update({"w": np.zeros(2)}, {"w": np.zeros(2)})


def test_update_names_the_first_of_several_wrong_keys():
    one, three = {"a": 0.0}, {"a": 0.0, "b": 0.0, "c": 0.0}
    with pytest.raises(ValueError, match="no key 'b'"):
        SGD().update(three, one)
    with pytest.raises(ValueError, match="a key 'b'"):
        SGD().update(one, three)


def test_a_rule_takes_no_keyword_of_its_class():
    with pytest.raises(TypeError, match="keyword"):
        type("Odd", (SGD,), {}, speed=1)


# Memory that is shared


def tied():
    w = np.zeros(4)
    return w, w


def halves_that_meet():
    whole = np.zeros(6)
    return whole[:4], whole[2:]


def a_matrix_and_its_transpose():
    w = np.zeros((2, 2))
    return w, w.T


def an_array_inside_another():
    whole = np.zeros((3, 3))
    return whole, whole[1]


def a_step_of_two_and_one_of_three():
    whole = np.zeros(12)
    return whole[::2], whole[::3]


@pytest.mark.parametrize(
    "make",
    [
        tied,
        halves_that_meet,
        a_matrix_and_its_transpose,
        an_array_inside_another,
        a_step_of_two_and_one_of_three,
    ],
)
@pytest.mark.parametrize("Rule", [SGD, Adam])
def test_parameters_that_share_memory_are_refused_before_anything_is_written(Rule, make):
    one, other = make()
    params = {"enc": one, "between": np.zeros(2), "dec": other}
    grads = {key: np.ones(x.shape) for key, x in params.items()}
    opt = Rule(lr=0.1)
    message = r"params\['(enc|dec)'\] and params\['(enc|dec)'\] share memory.*sum of both gradients"
    for _ in range(2):
        with pytest.raises(ValueError, match=message):
            opt.update(params, grads)
    assert_array_equal(one, 0)
    assert_array_equal(other, 0)
    assert_array_equal(params["between"], 0)
    assert opt._states == {}


def test_a_key_that_comes_to_share_memory_later_is_refused_then():
    opt, params = SGD(lr=1.0), {"a": np.zeros(3), "b": np.zeros(3)}
    opt.update(params, {"a": np.ones(3), "b": np.ones(3)})
    params["b"] = params["a"]
    with pytest.raises(ValueError, match="share memory"):
        opt.update(params, {"a": np.ones(3), "b": np.ones(3)})
    assert_array_equal(params["a"], -1)


def test_parts_of_one_array_that_do_not_meet_are_moved():
    whole = np.zeros((2, 6))
    params = {"even": whole[:, ::2], "odd": whole[:, 1::2], "row": np.zeros(0)}
    SGD(lr=1.0).update(params, {"even": np.ones((2, 3)), "odd": np.full((2, 3), 2), "row": []})
    assert_array_equal(whole, [[-1, -2] * 3] * 2)


def test_a_gradient_may_be_the_parameter_itself():
    w = np.array([1.0, 2.0])
    Momentum(lr=0.5).update({"w": w}, {"w": w})
    assert_array_equal(w, [0.5, 1.0])


# A step of a learner's that writes into what it gets


class InPlaceState(NamedTuple):
    v: np.ndarray


class InPlace(Momentum):
    """Momentum as textbooks write it, every line in place; it may end in an error."""

    fail: bool = False

    def step(self, x, g, state):
        state.v[...] *= self.momentum
        g *= self.lr
        state.v[...] -= g
        x += state.v
        if self.fail and np.all(g == 0):
            raise RuntimeError("no gradient")
        return x, state


def test_a_step_in_place_is_the_step():
    x, g = np.array([1.0, -2.0]), np.array([3.0, 4.0])
    mine, theirs = InPlace(lr=0.1), Momentum(lr=0.1)
    state, expected = mine.init(x), theirs.init(x)
    for _ in range(3):
        kept = x.copy(), g.copy(), state.v.copy()
        new, after = mine.step(x, g, state)
        for part, before in zip((x, g, state.v), kept, strict=True):
            assert_array_equal(part, before)
        right, expected = theirs.step(x, g, expected)
        assert_array_equal(new, right)
        x, state = new, after


def test_a_step_in_place_that_fails_leaves_all_as_it_was():
    opt, twin = InPlace(lr=0.1, fail=True), Momentum(lr=0.1)
    params, twins = ({"a": np.ones(2), "b": np.ones(2)} for _ in range(2))
    good = {"a": np.ones(2), "b": np.ones(2)}
    for known, values in ((opt, params), (twin, twins)):
        known.update(values, good)
    with pytest.raises(RuntimeError):
        opt.update(params, {"a": np.ones(2), "b": np.zeros(2)})
    for known, values in ((opt, params), (twin, twins)):
        known.update(values, good)
    assert_array_equal(params["a"], twins["a"])
    assert_array_equal(params["b"], twins["b"])


def test_a_state_that_is_made_of_x_does_not_follow_the_parameter():
    class Anchored(SGD):
        def init(self, x):
            return InPlaceState(x)

        def step(self, x, g, state):
            return x - self.lr * (x - state.v) - self.lr * g, state

    x = np.ones(2)
    new, _ = InPlace(lr=0.5).step(x, x, InPlaceState(x))  # three times the same array
    assert_array_equal(new, 1 + (0.9 - 0.5))
    params = {"w": np.ones(2)}
    opt = Anchored(lr=0.5)
    for expected in (0.5, 0.25):
        opt.update(params, {"w": np.ones(2)})
        assert_array_equal(params["w"], expected)
    assert_array_equal(opt._states["w"][2].v, 1)


def test_a_step_that_is_no_number_is_refused_before_anything_is_written():
    class Complex(SGD):
        def step(self, x, g, state):
            return x - self.lr * g * (1j if np.all(g == 2) else 1), state

    params = {"a": np.ones(2), "b": np.ones(2)}
    with pytest.raises(TypeError, match=r"step for params\['b'\] must be numbers"):
        Complex().update(params, {"a": np.ones(2), "b": np.full(2, 2)})
    assert_array_equal(params["a"], 1)


# A step that forgets its state


FORGETFUL = [
    (lambda self, x, g, state: x - self.lr * g, "returned a ndarray alone"),
    (lambda self, x, g, state: tuple(x - self.lr * g), r"returned a first value of shape \(\)"),
    (lambda self, x, g, state: [x - self.lr * g, state], "returned a list alone"),
    (lambda self, x, g, state: None, "returned nothing"),
    (lambda self, x, g, state: (x, g, state), "returned a tuple alone"),
]


@pytest.mark.parametrize(("step", "found"), FORGETFUL)
def test_a_step_that_forgets_its_state_is_told_what_is_missing(step, found):
    Forgetful = type("Forgetful", (SGD,), {"step": step, "__module__": "lesson"})
    message = f"Forgetful.step {found}.*return x, state"
    with pytest.raises(TypeError, match=message):
        Forgetful().step(np.zeros(2), np.ones(2), ())
    with pytest.raises(TypeError, match=message):
        Forgetful().update({"w": np.zeros(2)}, {"w": np.ones(2)})


def test_a_step_that_takes_too_little_is_told_so():
    class Short(SGD):
        def step(self, x, g):
            return x - self.lr * g

    with pytest.raises(TypeError, match=r"Short.step must take .*def step\(self, x, g, state\)"):
        Short().update({"w": np.zeros(2)}, {"w": np.ones(2)})


def test_a_state_of_another_kind_is_copied_too():
    class Listed(SGD):
        def init(self, x):
            return {"seen": []}

        def step(self, x, g, state):
            state["seen"].append(g)
            return x - self.lr * g, state

    opt = Listed()
    first = opt.init(np.zeros(2))
    _, second = opt.step(np.zeros(2), np.ones(2), first)
    assert first == {"seen": []}
    assert len(second["seen"]) == 1


# Fields and constructors of other kinds


class Optioned(SGD):
    nesterov: bool = True
    every: int = 3
    norm: "str" = "inf"

    def step(self, x, g, state):
        assert self.every in range(10)
        return x - self.lr * (np.sign(g) if self.nesterov and self.norm == "inf" else g), state


def test_options_keep_their_kind():
    opt = Optioned(every=4.0, nesterov=np.bool_(False))
    assert (opt.nesterov, opt.every, opt.norm) == (False, 4, "inf")
    assert (type(opt.nesterov), type(opt.every)) == (bool, int)
    assert repr(opt) == "Optioned(lr=0.01, nesterov=False, every=4)"
    params = {"w": np.ones(2)}
    Optioned(lr=1.0).update(params, {"w": np.full(2, 7.0)})
    assert_array_equal(params["w"], 0)
    assert_array_equal(Optioned(every=[1, 2]).every, np.array([1, 2]), strict=True)


@pytest.mark.parametrize(
    ("name", "value", "must"),
    [
        ("nesterov", 1, "True or False"),
        ("nesterov", "no", "True or False"),
        ("every", 2.5, "a whole number"),
        ("every", True, "a whole number"),
        ("every", math.inf, "a whole number"),
        ("norm", 2, "a text"),
    ],
)
def test_an_option_of_the_wrong_kind_is_named(name, value, must):
    with pytest.raises(TypeError, match=f"Optioned: {name} must be {must}, got"):
        Optioned(**{name: value})


def test_no_advice_to_write_what_was_just_refused():
    class Half(SGD):
        clip: float = None

    with pytest.raises(TypeError) as refused:
        Half()
    assert "give the field clip of the class another default" in str(refused.value)
    assert "clip=None" not in str(refused.value)


def test_a_rule_may_have_a_constructor_of_its_own():
    class Halved(SGD):
        def __init__(self, lr):
            self.lr = lr / 2

    params = {"w": np.ones(1)}
    opt = Halved(lr=1.0)
    opt.update(params, {"w": np.ones(1)})
    assert params["w"] == 0.5
    assert copy.deepcopy(opt).lr == 0.5


@pytest.mark.parametrize("name", ["mu", "_t"])
def test_a_constructor_that_sets_what_is_no_field_is_told_what_to_write(name):
    class Own(SGD):
        def __init__(self, lr=0.1):
            self.lr = lr
            setattr(self, name, 0.9)

    with pytest.raises(AttributeError, match=rf"'{name}'.*{name}: float = 0\.1.*in its state"):
        Own()


# float16


@each_rule
@pytest.mark.parametrize("size", [0.0, 6e-8, 1e-4, 1.0, 1e3, 6e4])
def test_float16_moves_as_the_rule_says(Rule, size):
    """At any gradient that float16 can hold, the path is that of float64, but for its rounding."""
    opt, wide = Rule(lr=0.05), Rule(lr=0.05)
    small, big = {"w": np.full(3, 2.0, np.float16)}, {"w": np.full(3, 2.0)}
    g = np.array([size, -size, size], np.float16)
    for t in range(1, 11):
        opt.update(small, {"w": g})
        wide.update(big, {"w": g.astype(float)})
        assert small["w"].dtype == np.float16
        limit = np.clip(big["w"], -65504, 65504)
        if np.all(np.abs(big["w"]) < 6e4):
            assert_allclose(small["w"], limit, rtol=2e-3 * t, atol=2e-3 * t)
