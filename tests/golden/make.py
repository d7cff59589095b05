"""Make the golden paths with torch and optax, or verify that the stored ones are theirs.

Run: python tests/golden/make.py            (needs torch, jax and optax; writes golden.npz)
     python tests/golden/make.py --verify   (compares and writes nothing)

Each path has 200 steps in float64. The gradients are those of the surface, so that a difference can
only come from the rule. Where the conventions of a library are others, its path is left out:
optax's AdaGrad has its eps inside the root. The network on the digits has 20 updates by torch, with
torch's own gradients. The schedules are the learning rates of torch's schedulers. The rules
that came after Adam and the loops in torch and optax are those of a deeper page, and run from it.
"""

import argparse
import functools
import importlib.metadata
import itertools
import json
import re
from pathlib import Path

import nbformat
import numpy as np

from optim_lib import SGD, Adagrad, Adam, AdamW, Momentum, RMSProp, schedules, surfaces
from optim_lib.training import MLP, load_digits, minibatches

FILE = Path(__file__).with_name("golden.npz")
PAGE = Path(__file__).parents[2] / "notebooks" / "deeper" / "11_after_adam.ipynb"
STEPS = 200
SURFACES = {
    s.name: s for s in (surfaces.ravine, surfaces.saddle, surfaces.beale, surfaces.rosenbrock)
}
SETTINGS = [
    SGD(lr=1e-3),
    SGD(lr=2e-4),
    Momentum(lr=1e-3),
    Momentum(lr=2e-4, momentum=0.5),
    Adagrad(lr=0.1),
    Adagrad(lr=0.5, eps=1e-3),
    RMSProp(lr=0.01),
    RMSProp(lr=0.003, decay_rate=0.9, eps=1e-3),
    Adam(lr=0.05),
    Adam(lr=0.01, beta1=0.5, beta2=0.9, eps=1e-3),
    AdamW(lr=0.05),
    AdamW(lr=0.003, beta1=0.5, beta2=0.99, eps=1e-3, weight_decay=0.3),
]
NETWORK = [
    SGD(lr=0.1),
    Momentum(lr=0.05),
    Adagrad(lr=0.02),
    RMSProp(lr=0.002),
    Adam(lr=0.005),
    AdamW(lr=0.005, weight_decay=0.1),
]
SCHEDULES = [
    schedules.Linear(),
    schedules.Cosine(),
    schedules.StepDecay(),
    schedules.InverseRoot(),
    *(kind(warmup=10) for kind in (schedules.Constant, schedules.Linear, schedules.Cosine)),
]


def torch_optimizer(rule, parameters):
    """Return torch's optimizer for one of our rules."""
    import torch

    h = rule.hyperparameters
    lr, eps = h["lr"], h.get("eps")
    make = {
        SGD: lambda: torch.optim.SGD(parameters, lr=lr),
        Momentum: lambda: torch.optim.SGD(parameters, lr=lr, momentum=h["momentum"]),
        Adagrad: lambda: torch.optim.Adagrad(parameters, lr=lr, eps=eps),
        RMSProp: lambda: torch.optim.RMSprop(parameters, lr=lr, alpha=h["decay_rate"], eps=eps),
        Adam: lambda: torch.optim.Adam(parameters, lr=lr, betas=(h["beta1"], h["beta2"]), eps=eps),
        AdamW: lambda: torch.optim.AdamW(
            parameters,
            lr=lr,
            betas=(h["beta1"], h["beta2"]),
            eps=eps,
            weight_decay=h["weight_decay"],
        ),
    }
    return make[type(rule)]()


def torch_rates(schedule):
    """Return the learning rates of a schedule of torch with the peak 1."""
    import torch
    from torch.optim import lr_scheduler

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    left = STEPS - schedule.warmup
    make = {
        schedules.Constant: lambda: lr_scheduler.ConstantLR(optimizer, 1.0),
        schedules.Linear: lambda: lr_scheduler.LinearLR(optimizer, 1.0, 0.0, left),
        schedules.Cosine: lambda: lr_scheduler.CosineAnnealingLR(optimizer, left),
        schedules.StepDecay: lambda: lr_scheduler.MultiStepLR(
            optimizer, [left // 2, 3 * left // 4], 0.1
        ),
        schedules.InverseRoot: lambda: lr_scheduler.LambdaLR(optimizer, lambda t: (t + 1) ** -0.5),
    }
    scheduler = make[type(schedule)]()
    if schedule.warmup:
        first = lr_scheduler.LinearLR(optimizer, 1 / (schedule.warmup + 1), 1.0, schedule.warmup)
        scheduler = lr_scheduler.SequentialLR(optimizer, [first, scheduler], [schedule.warmup])
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


def torch_path(surface, rule):
    """Descend with torch.optim."""
    import torch

    x = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
    optimizer, path = torch_optimizer(rule, [x]), [x.detach().numpy().copy()]
    for _ in range(STEPS):
        x.grad = torch.tensor(surface.grad(x.detach().numpy()))
        optimizer.step()
        path.append(x.detach().numpy().copy())
    return np.array(path)


def optax_path(surface, rule):
    """Descend with optax; None where its conventions are others (eps inside the root)."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    h = rule.hyperparameters
    make = {
        SGD: lambda: optax.sgd(h["lr"]),
        Momentum: lambda: optax.sgd(h["lr"], momentum=h["momentum"]),
        RMSProp: lambda: optax.rmsprop(h["lr"], h["decay_rate"], h["eps"], eps_in_sqrt=False),
        Adam: lambda: optax.adam(h["lr"], h["beta1"], h["beta2"], h["eps"]),
        AdamW: lambda: optax.adamw(
            h["lr"], h["beta1"], h["beta2"], h["eps"], weight_decay=h["weight_decay"]
        ),
    }
    if type(rule) not in make:
        return None
    optimizer = make[type(rule)]()
    x = jnp.array(surface.start, dtype=jnp.float64)
    state, path = optimizer.init(x), [np.array(x)]
    for _ in range(STEPS):
        updates, state = optimizer.update(jnp.array(surface.grad(np.array(x))), state, x)
        x = optax.apply_updates(x, updates)
        path.append(np.array(x))
    return np.array(path)


PEERS = {"torch": torch_path, "optax": optax_path}


@functools.cache
def page():
    """Return the names that the page's cells tagged `golden` define."""
    names = {}
    for cell in nbformat.read(PAGE, as_version=4).cells:
        if "golden" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return names


def newer():
    """Return the rules of the page that optax has, too, by name."""
    settings = {"NAdam": 0.05, "RAdam": 0.001, "Lion": 0.01}
    return {name: page()[name](lr=lr) for name, lr in settings.items()}


def newer_path(surface, rule):
    """Descend with optax and a rule of the page."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    h = rule.hyperparameters
    make = {
        "NAdam": lambda: optax.nadam(h["lr"], h["beta1"], h["beta2"], h["eps"]),
        "RAdam": lambda: optax.radam(h["lr"], h["beta1"], h["beta2"], h["eps"]),
        "Lion": lambda: optax.lion(h["lr"], h["beta1"], h["beta2"], weight_decay=0.0),
    }
    optimizer = make[type(rule).__name__]()
    x = jnp.array(surface.start, dtype=jnp.float64)
    state, path = optimizer.init(x), [np.array(x)]
    for _ in range(STEPS):
        updates, state = optimizer.update(jnp.array(surface.grad(np.array(x))), state, x)
        x = optax.apply_updates(x, updates)
        path.append(np.array(x))
    return np.array(path)


def loops():
    """Run the page's loops in torch and optax; return their weights after one epoch and ten."""
    names, weights = page(), {}
    text = "\n".join(c.source for c in nbformat.read(PAGE, as_version=4).cells)
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        peer = re.search(r"import (?:jax, )?(\w+)", block)[1]
        for epochs in (1, 10):
            batches = names["batches"][: 34 * epochs]
            run = names | {"batches": batches, "params": dict(names["params"])}
            exec(block, run)
            for key, w in run["W"].items():
                value = w.detach() if hasattr(w, "detach") else w
                weights[peer, epochs, key] = np.asarray(value)
    return weights


def network():
    """Return a small network, its first weights, and 20 batches of digits: the same for all."""
    images, labels = load_digits()
    model, rng = MLP(64, 16, 10), np.random.default_rng(0)
    params = model.init(rng)
    batches = itertools.islice(minibatches(len(images), 64, rng), 20)
    return model, params, [(images[batch], labels[batch]) for batch in batches]


def torch_network(rule):
    """Return the weights after the updates, with torch's rule and torch's own gradients."""
    import torch

    _, params, batches = network()
    weights = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    optimizer = torch_optimizer(rule, list(weights.values()))
    for images, labels in batches:
        hidden = torch.relu(torch.tensor(images) @ weights["W1"] + weights["b1"])
        scores = hidden @ weights["W2"] + weights["b2"]
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(scores, torch.tensor(labels)).backward()
        optimizer.step()
    return {name: tensor.detach().numpy() for name, tensor in weights.items()}


def made():
    """Make all paths and weights; return them with the versions that made them."""
    arrays = {}
    for peer, descend in PEERS.items():
        for name, surface in SURFACES.items():
            for rule in SETTINGS:
                path = descend(surface, rule)
                if path is not None:
                    arrays[f"{peer} | {name} | {rule!r}"] = path
    for rule in NETWORK:
        for name, value in torch_network(rule).items():
            arrays[f"network | {name} | {rule!r}"] = value
    for schedule in SCHEDULES:
        arrays[f"schedule | {schedule!r}"] = torch_rates(schedule)
    for name, surface in SURFACES.items():
        for rule in newer().values():
            arrays[f"newer | {name} | {rule!r}"] = newer_path(surface, rule)
    for (peer, epochs, name), value in loops().items():
        arrays[f"loop | {peer} | {epochs} | {name}"] = value
    versions = {name: importlib.metadata.version(name) for name in ("torch", "jax", "optax")}
    return arrays, versions


def main():
    """Write the golden file, or compare it with what the libraries compute now."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--verify", action="store_true")
    arrays, versions = made()
    if not arguments.parse_args().verify:
        np.savez_compressed(FILE, versions=json.dumps(versions), **arrays)
        print(f"{len(arrays)} arrays, {FILE.stat().st_size // 1000} kB, made by {versions}")
        return
    with np.load(FILE) as stored:
        assert set(stored.files) == {"versions", *arrays}
        for name, array in arrays.items():
            scale = np.abs(array).max()
            np.testing.assert_allclose(
                stored[name], array, rtol=0, atol=1e-12 * scale, err_msg=name
            )
        print(f"{len(arrays)} arrays made by {stored['versions']} are those of {versions}")


if __name__ == "__main__":
    main()
