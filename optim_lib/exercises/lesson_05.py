"""Checks for the exercises of lesson 05."""

import numpy as np

from optim_lib.exercises.checks import exercise


@exercise("05.1", "how long is step 25 under the gradient 3 with lr = 0.5?")
def _step_25_of_adagrad(step):
    if abs(step - 0.1) < 1e-6:
        return None
    if abs(step - 0.3) < 1e-6:
        return "the gradient cancels: h grows by its square at each step."
    if abs(step - 0.02) < 1e-6:
        return "h grows like t, and the step is divided by its root."
    return "after t equal gradients h = t * g^2. Put that into the rule."


@exercise("05.2", "how many steps of lr = 0.1 walk a distance of 10?")
def _steps_for_a_distance(count):
    needed = np.searchsorted(np.cumsum(0.1 / np.sqrt(np.arange(1, 4001))), 10) + 1
    if abs(count / needed - 1) < 0.05:
        return None
    if abs(count - 100) < 1:
        return "that is the number of steps if they did not shrink."
    return "T steps walk about 2 * lr * sqrt(T)."


@exercise("05.3", "an AdaGrad that turning does not hurt", rule="AdagradNorm")
def _adagrad_norm(rule):
    opt = rule(lr=1.0)
    x, state = opt.step(np.zeros(2), np.array([3.0, -4.0]), opt.init(np.zeros(2)))
    if not np.allclose(x, (-0.6, 0.8)):
        return (
            f"with lr = 1 and the gradient (3, -4), the first step goes to ({x[0]:.4g}, "
            f"{x[1]:.4g}); with one h = 25 for both it goes to (-0.6, 0.8)."
        )
    x, _ = opt.step(np.zeros(2), np.array([0.0, 12.0]), state)
    if not np.allclose(x, (0, -12 / 13)):
        return "the first step is right. Add up the squares of all steps, too."
    return None
