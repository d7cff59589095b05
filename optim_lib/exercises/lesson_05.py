"""Checks for the exercises of lesson 05."""

import numpy as np

from optim_lib.exercises.checks import exercise


@exercise("05.1", "how long is step 25 under the gradient 3 with lr = 0.5?")
def _step_25_of_adagrad(step):
    if abs(step - 0.1) < 5e-4:
        return None
    if abs(step + 0.1) < 5e-4:
        return "the size is right. How long a step is has no sign."
    if abs(step - 0.3) < 1e-6:
        return "the gradient cancels: h grows by its square at each step."
    if abs(step - 0.02) < 1e-6:
        return "h grows like t, and the step is divided by its root."
    if abs(step - 0.5) < 1e-6:
        return "that is the first step. By step 25 the sum h has grown."
    return "after t equal gradients h = t * g^2. Put that into the rule."


@exercise("05.2", "how many steps of lr = 0.1 walk a distance of 10?")
def _steps_for_a_distance(count):
    needed = np.searchsorted(np.cumsum(0.1 / np.sqrt(np.arange(1, 4001))), 10) + 1
    if abs(count / needed - 1) < 0.05:
        return None
    if abs(count - 100) < 1:
        return "that is the number of steps if they did not shrink."
    if abs(count - 50) < 1:
        return "that is the root of T. Square it."
    if abs(count - 25) < 1:
        return "the distance is 10, in units of x. In units of lr it is 100."
    return "T steps walk about 2 * lr * sqrt(T)."


def _walk(opt, x, gradients):
    """Return the points of a rule under given gradients, the start first."""
    points, state = [x], opt.init(x)
    for g in gradients:
        x, state = opt.step(x, g, state)
        points.append(x)
    return points


def _norm_walk(x, gradients, lr, eps):
    """Return the points of AdaGrad with one h for all coordinates."""
    points, h = [x], 0.0
    for g in gradients:
        h = h + (g * g).sum(axis=0)
        x = x - lr * g / (np.sqrt(h) + eps)
        points.append(x)
    return points


@exercise("05.3", "an AdaGrad that turning does not hurt", rule="AdagradNorm")
def _adagrad_norm(rule):
    gradients = np.array([[3.0, -4.0], [0.0, 12.0], [-1.0, 2.0], [0.5, 0.0]])
    first, second = _walk(rule(lr=1.0, eps=0.0), np.zeros(2), gradients[:2])[1:]
    if not np.allclose(first, (-0.6, 0.8)):
        return (
            f"with lr = 1 and the gradient (3, -4), the first step goes to ({first[0]:.4g}, "
            f"{first[1]:.4g}); with one h = 25 for both it goes to (-0.6, 0.8)."
        )
    far = np.array([5.0, -3.0])
    moved = _walk(rule(lr=1.0, eps=0.0), far, gradients[:1])[1]
    if not np.allclose(moved, far + first):
        return "right from (0, 0). From (5, -3) the same step must start at x, not at 0."
    if not np.allclose(second - first, (0, -12 / 13)):
        return "the first step is right. Add up the squares of all steps, too."
    for lr, eps in ((1.0, 0.0), (0.3, 0.0), (0.3, 2.0)):
        right = _norm_walk(far, gradients, lr, eps)
        if not np.allclose(_walk(rule(lr=lr, eps=eps), far, gradients), right):
            return (
                f"right for two steps with lr = 1 and eps = 0. With lr = {lr} and eps = {eps} the "
                "path is another one. Use self.lr and self.eps, and no numbers in their place."
            )
    many = np.array([[[3.0, 1.0, 0.0], [-4.0, 2.0, 5.0]], [[0.0, 2.0, 1.0], [12.0, 0.0, -2.0]]])
    lr, start = np.array([1.0, 0.5, 0.1]), np.ones((2, 3))
    try:
        found = _walk(rule(lr=lr, eps=0.1), start, many)
        same = np.allclose(found, _norm_walk(start, many, lr, 0.1))
    except ValueError:
        same = False
    if not same:
        return (
            "right for one point. With several points or learning rates at once, each point needs "
            "an h of its own: add over the first axis alone, (g**2).sum(axis=0)."
        )
    return None
