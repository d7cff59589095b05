"""The paths are those of torch and of optax, which were stored once: see golden/make.py."""

import numpy as np
import pytest
from golden.make import (
    FILE,
    NETWORK,
    SCHEDULES,
    SETTINGS,
    STEPS,
    SURFACES,
    network,
    newer,
    page,
)

from optim_lib import SGD, AdamW, descend
from optim_lib.schedules import Linear, rates
from optim_lib.training import train

GOLDEN = np.load(FILE)
AGREED = 1e-5  # of the largest weight; torch clips by the norm plus 1e-6
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


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", ["NAdam", "RAdam", "Lion"])
def test_a_newer_rule_of_the_page_is_that_of_optax(name, surface):
    rule = newer()[name]
    golden = GOLDEN[f"newer | {surface} | {rule!r}"]
    path = descend(SURFACES[surface], rule, steps=STEPS).x
    np.testing.assert_allclose(path, golden, rtol=1e-10, atol=1e-10 * np.abs(golden).max())


@pytest.mark.parametrize("peer", ["torch", "optax"])
def test_the_loops_of_the_page_train_as_train_does(peer):
    """Batch by batch alike for an epoch; after ten, tiny differences have grown."""
    names = page()
    options = {"schedule": Linear(warmup=34), "clip": 1.0, "validation": names["validation"]}
    rule = AdamW(lr=0.03, weight_decay=0.01)
    first = train(names["model"], names["training"], rule, **options, stop_after=1)
    for name, value in first.params.items():
        golden = GOLDEN[f"loop | {peer} | 1 | {name}"]
        np.testing.assert_allclose(value, golden, rtol=0, atol=AGREED * np.abs(golden).max())
    last = train(names["model"], names["training"], rule, **options, resume=first)
    weights = {name: GOLDEN[f"loop | {peer} | 10 | {name}"] for name in first.params}
    loss = names["model"].loss(weights, *names["validation"])
    assert abs(last.validation_losses[-1] - loss) < 0.005
