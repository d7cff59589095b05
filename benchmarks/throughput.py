"""How fast `descend` is, against what a learner would use instead. Prints ratios.

Run: python benchmarks/throughput.py        (torch and optax take part where they are installed)

A ratio is the time of the other divided by ours: above 1 we are faster. All compute in float64 and
keep the path of every start. Before anything is timed, all must agree on the path. Times are
medians of rounds that take turns.
"""

import importlib.util
import statistics
import time

import numpy as np

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces

RAVINE = surfaces.ravine
ROUNDS = 5
LR = {"SGD": 0.3, "Momentum": 0.1, "Adagrad": 1.0, "RMSProp": 0.1, "Adam": 0.3}
RULES = {"SGD": SGD, "Momentum": Momentum, "Adagrad": Adagrad, "RMSProp": RMSProp, "Adam": Adam}


class ArticleStyle:
    """The dictionary style of textbooks: one object, a state for each key, in-place updates."""

    def __init__(self, name, lr, momentum=0.9, decay=0.99, beta1=0.9, beta2=0.999):
        self.name, self.lr, self.momentum, self.decay = name, lr, momentum, decay
        self.beta1, self.beta2, self.t, self.memory = beta1, beta2, 0, {}

    def update(self, params, grads):
        """Move all parameters by one step, in place."""
        self.t += 1
        for key, g in grads.items():
            a, b = self.memory.setdefault(key, [np.zeros_like(g), np.zeros_like(g)])
            if self.name == "SGD":
                params[key] -= self.lr * g
            elif self.name == "Momentum":
                a *= self.momentum
                a -= self.lr * g
                params[key] += a
            elif self.name in ("Adagrad", "RMSProp"):
                if self.name == "RMSProp":
                    b *= self.decay
                    b += (1 - self.decay) * g * g
                else:
                    b += g * g
                params[key] -= self.lr * g / (np.sqrt(b) + 1e-8)
            else:
                a += (1 - self.beta1) * (g - a)
                b += (1 - self.beta2) * (g * g - b)
                hat_a, hat_b = a / (1 - self.beta1**self.t), b / (1 - self.beta2**self.t)
                params[key] -= self.lr * hat_a / (np.sqrt(hat_b) + 1e-8)


def article(name, start, steps, **arrays):
    """Descend in the article's style and keep the path."""
    optimizer = ArticleStyle(name, **{"lr": LR[name], **arrays})
    x, y = (c.copy() for c in spread(start, arrays))
    params, path = {"x": x, "y": y}, np.empty((steps + 1, 2, *x.shape))
    path[0] = x, y
    for t in range(steps):
        optimizer.update(params, {"x": params["x"] / 10, "y": 2 * params["y"]})
        path[t + 1] = params["x"], params["y"]
    return path


def ours(name, start, steps, **arrays):
    """Descend with the library."""
    return descend(RAVINE, RULES[name](**{"lr": LR[name], **arrays}), start, steps).x


def torch_path(name, start, steps, **arrays):
    """Descend with torch.optim; an array of settings needs a run for each of its values."""
    if not arrays:
        return torch_run(name, start, steps, {})
    grids = np.broadcast_arrays(*arrays.values())
    combinations = zip(*(grid.ravel().tolist() for grid in grids), strict=True)
    runs = [
        torch_run(name, start, steps, dict(zip(arrays, combination, strict=True)))
        for combination in combinations
    ]
    return np.stack(runs, axis=-1).reshape(steps + 1, 2, *grids[0].shape)


def torch_run(name, start, steps, settings):
    """Make one run of torch.optim, in its fused mode where there is one."""
    import torch

    lr = settings.get("lr", LR[name])
    x = torch.tensor(np.asarray(start, dtype=float), requires_grad=True)
    make = {
        "SGD": lambda: torch.optim.SGD([x], lr=lr, fused=True),
        # torch's velocity is ours divided by -lr; at a constant lr the path is the same
        "Momentum": lambda: torch.optim.SGD(
            [x], lr=lr, momentum=settings.get("momentum", 0.9), fused=True
        ),
        "Adagrad": lambda: torch.optim.Adagrad([x], lr=lr, eps=1e-8, fused=True),
        "RMSProp": lambda: torch.optim.RMSprop([x], lr=lr, alpha=0.99, eps=1e-8),
        "Adam": lambda: torch.optim.Adam([x], lr=lr, betas=(0.9, 0.999), eps=1e-8, fused=True),
    }
    optimizer = make[name]()
    slope = torch.tensor([0.1, 2.0], dtype=torch.float64).reshape(2, *(1,) * (x.ndim - 1))
    path = torch.empty((steps + 1, *x.shape), dtype=torch.float64)
    path[0] = x.detach()
    for t in range(steps):
        x.grad = slope * x.detach()
        optimizer.step()
        path[t + 1] = x.detach()
    return path.numpy()


COMPILED = {}


def optax_path(name, start, steps, **arrays):
    """Descend with optax in one jitted scan, broadcast like ours."""
    import jax
    import jax.numpy as jnp
    import optax

    settings = {"lr": LR[name], **arrays}
    start = np.array(spread(start, arrays))

    def run(x, settings):
        lr, momentum = settings["lr"], settings.get("momentum", 0.9)
        scale = {
            "SGD": lambda: optax.identity(),
            "Momentum": lambda: optax.trace(decay=momentum),
            "Adagrad": lambda: optax.scale_by_rss(initial_accumulator_value=0.0, eps=0.0),
            "RMSProp": lambda: optax.scale_by_rms(decay=0.99, eps=1e-8, eps_in_sqrt=False),
            "Adam": lambda: optax.scale_by_adam(eps=1e-8),
        }[name]()
        slope = jnp.array([0.1, 2.0]).reshape(2, *(1,) * (x.ndim - 1))

        def step(carry, _):
            x, state = carry
            update, state = scale.update(slope * x, state)
            return (x - lr * update, state), x

        (last, _), path = jax.lax.scan(step, (x, scale.init(x)), length=steps)
        return jnp.concatenate([path, last[None]])

    key = name, start.shape, steps, tuple(arrays)
    if key not in COMPILED:
        COMPILED[key] = jax.jit(run)
    return np.asarray(COMPILED[key](start, settings))


def spread(start, arrays):
    """Return the start's coordinates, broadcast with the arrays."""
    return np.broadcast_arrays(*np.asarray(start, dtype=float), *arrays.values())[:2]


def measure(scene, names, start, steps, peers, **arrays):
    """Check that all agree, time all in turns, and print the ratios."""
    runners = {"descend": ours, **peers}
    times = {label: [] for label in runners}
    compile_time = 0.0
    for name in names:
        expected = ours(name, start, steps, **arrays)
        for label, run in peers.items():
            before = time.perf_counter()
            path = run(name, start, steps, **arrays)
            first = time.perf_counter() - before
            before = time.perf_counter()
            run(name, start, steps, **arrays)
            if label == "optax":
                compile_time += first - (time.perf_counter() - before)
            assert np.allclose(path, expected, rtol=1e-6, atol=1e-6), (label, name)
    for _ in range(ROUNDS):
        for label, run in runners.items():
            before = time.perf_counter()
            for name in names:
                run(name, start, steps, **arrays)
            times[label].append(time.perf_counter() - before)
    medians = {label: statistics.median(values) for label, values in times.items()}
    ratios = "   ".join(f"{p} {medians[p] / medians['descend']:6.2f}x" for p in peers)
    note = f"   (optax compiles in {compile_time:.1f} s, apart)" if "optax" in peers else ""
    print(f"{scene:42} descend {1000 * medians['descend']:8.2f} ms   {ratios}{note}", flush=True)


def main():
    """Measure the four scenes."""
    peers = {"article": article}
    for module, label, run in (("torch", "torch", torch_path), ("optax", "optax", optax_path)):
        if importlib.util.find_spec(module):
            peers[label] = run
        else:
            print(f"{module} is not installed and does not take part")
    if "optax" in peers:
        import jax

        jax.config.update("jax_enable_x64", True)
    if "torch" in peers:
        import torch

        torch.set_num_threads(1)  # small arrays: more threads make it slower
    rng = np.random.default_rng(0)
    starts = rng.uniform(1, 5, (2, 10_000))  # where eps, which optax leaves out, does not count
    measure("one start, 200 steps, five rules", RULES, (-7, 2), 200, peers)
    measure("10 000 starts, 200 steps, five rules", RULES, starts, 200, peers)
    rates = np.geomspace(0.01, 0.9, 101)
    measure("101 learning rates, 100 steps, five rules", RULES, (-7, 2), 100, peers, lr=rates)
    grid = {"lr": np.geomspace(0.01, 0.9, 64)[:, None], "momentum": np.linspace(0, 0.9, 64)}
    slow = {label: run for label, run in peers.items() if label != "torch"}
    measure("64 x 64 grid of lr and momentum, 100 steps", ["Momentum"], (-7, 2), 100, slow, **grid)


if __name__ == "__main__":
    main()
