"""Checks for the exercises of lesson 10."""

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend
from optim_lib.exercises.checks import exercise
from optim_lib.optimizers import Adam, Momentum

ONE_FOR_EVER = 6, "NoPower"  # the exhibit of exercise 10.1: its number and its name


@exercise("10.1", "which exhibit has the fingerprint of an Adam whose t is always 1?")
def _t_is_always_one(exhibit):
    number, name = ONE_FOR_EVER
    said = getattr(exhibit, "__name__", exhibit)
    if isinstance(said, str):
        said = said.strip().removeprefix("#").removeprefix("exhibit").strip(" .")
        right = said.lower() == name.lower() or said == str(number)
    else:
        right = np.size(said) == 1 and np.asarray(said).item() == number
    if right:
        return None
    return "put t = 1 into 1 - beta**t, and look for an exhibit with that correction."


@exercise("10.2", "what are the first two steps without corrections, in units of lr?")
def _two_wrongs(steps):
    steps = np.array([float(step) for step in np.ravel(steps)])
    if steps.size != 2:
        return "two numbers are asked, as a list: the first step and the second."
    first, second = np.nan_to_num(abs(steps))
    if abs(first - 1) > 0.005:
        if abs(first - 2) < 0.005:
            return "the second moment stands under a root."
        if abs(first - 10**0.5) < 0.005:
            return "these are the usual betas; here they are 0.5 and 0.75."
        return "at the first gradient m = (1 - beta1) * g and v = (1 - beta2) * g^2."
    if abs(second - 0.75 / 0.4375**0.5) > 0.005:
        return (
            "the first is right. At the second, m and v each keep a part of what they were: "
            "m = 0.5 * 0.5 + 0.5, for g = 1."
        )
    if min(steps) < 0:
        return "both are lengths of a step against a positive gradient: without a minus."
    return None


class Mystery(Momentum):
    """The wrong Momentum of exercise 10.3: it moves on by the old velocity a second time."""

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        x = x + v + self.momentum * state.v
        return x, state._replace(v=v)


@exercise("10.3", "a rule that walks as Mystery does", rule="Found")
def _found(rule):
    rates = np.array([0.01, 0.03])
    for surface, lr, momentum in (
        (surfaces.ravine, 0.1, 0.5),
        (surfaces.ravine, 0.05, 0.9),
        (surfaces.himmelblau, 0.003, 0.7),
        (surfaces.ravine, rates, 0.8),
    ):
        wanted = descend(surface, Mystery(lr=lr, momentum=momentum), steps=30).x
        path = descend(surface, rule(lr=lr, momentum=momentum), steps=30).x
        together = np.isclose(path, wanted, rtol=1e-9, atol=1e-12)
        apart = np.flatnonzero(~together.reshape(31, -1).all(axis=1))
        if apart.size:
            return (
                f"with lr = {lr} and momentum = {momentum} the paths part at step {apart[0]}. How "
                "much of the old velocity is in the second step of the fingerprint?"
            )
    return None


class Folded(Adam):
    """A right Adam in another form, which rounds in another way."""

    def step(self, x, g, state):
        t = state.t + 1
        m = state.m + (1 - self.beta1) * (g - state.m)
        v = state.v + (1 - self.beta2) * (g**2 - state.v)
        root = np.sqrt(1 - self.beta2**t)
        x = x - self.lr * root / (1 - self.beta1**t) * m / (np.sqrt(v) + self.eps * root)
        return x, state._replace(t=t, m=m, v=v)


class Deaf(Adam):
    """Betas that are what they are."""

    def step(self, x, g, state):
        return Adam(self.lr).step(x, g, state)


class Clipped(Adam):
    """Gradients beyond 1000 are cut off."""

    def step(self, x, g, state):
        return super().step(x, np.clip(g, -1000, 1000), state)


class Tired(Adam):
    """No corrections after step 100."""

    def step(self, x, g, state):
        return super().step(x, g, state if state.t < 100 else state._replace(t=10**6))


SUSPECTS = {
    Deaf: "use other betas than the defaults.",
    Clipped: "walk where some gradient is larger than 1000.",
    Tired: "go on for more than a hundred steps.",
}


@exercise("10.4", "a function that says whether a class does what Adam does")
def _a_test(test):
    if not callable(test) or isinstance(test, type):
        return "the answer is the function itself, without brackets: answer = is_adam"
    for right in (Adam, Folded):
        said = test(right)
        if not isinstance(said, bool | np.bool_):
            return f"it must return True or False, and returned a {type(said).__name__}."
        if not said:
            return (
                "it says False of a right Adam, in the form that the library has or one that "
                "rounds in another way. Compare with np.allclose, where steps do not grow wild."
            )
    for wrong, advice in SUSPECTS.items():
        if test(wrong):
            return f"{wrong.__name__} still passes: {advice}"
    return None
