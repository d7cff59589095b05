"""The paths are those of torch and of optax, which were stored once: see golden/make.py."""

import numpy as np
import pytest
from golden.make import FILE, NETWORK, SCHEDULES, SETTINGS, STEPS, SURFACES, network

from optim_lib import SGD, descend
from optim_lib.schedules import rates

GOLDEN = np.load(FILE)
PATHS = [name for name in GOLDEN.files if name.startswith(("torch", "optax"))]


def test_every_rule_has_a_path_by_each_library_on_every_surface():
    torch = {name.split(" | ", 1)[1] for name in PATHS if name.startswith("torch")}
    optax = {name.split(" | ", 1)[1] for name in PATHS if name.startswith("optax")}
    assert torch == {f"{surface} | {rule!r}" for surface in SURFACES for rule in SETTINGS}
    assert torch - optax == {name for name in torch if "Adagrad" in name}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_that_of_the_library(name):
    _, surface, line = name.split(" | ")
    (rule,) = [rule for rule in SETTINGS if repr(rule) == line]
    golden = GOLDEN[name]
    path = descend(SURFACES[surface], rule, steps=STEPS).x
    np.testing.assert_allclose(path, golden, rtol=1e-10, atol=1e-10 * np.abs(golden).max())


@pytest.mark.parametrize("rule", NETWORK, ids=repr)
def test_a_network_is_trained_as_by_torch(rule):
    model, params, batches = network()
    rule.reset()
    for batch in batches:
        rule.update(params, model.gradient(params, *batch)[1])
    for name, value in params.items():
        golden = GOLDEN[f"network | {name} | {rule!r}"]
        np.testing.assert_allclose(value, golden, rtol=1e-9, atol=1e-9 * np.abs(golden).max())


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_a_schedule_is_that_of_torch(schedule):
    found = rates(schedule, SGD(lr=1.0), STEPS)
    np.testing.assert_allclose(found, GOLDEN[f"schedule | {schedule!r}"], rtol=1e-12)
