"""Checks for the exercises of the lessons.

In a lesson, an exercise is a cell that starts with `answer = ...` and ends with
`check("01.1", answer)`. The check says whether the answer is right, and gives a hint if it is not.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optim_lib import surfaces
from optim_lib.descent import descend, sweep
from optim_lib.optimizers import SGD, Adagrad, Adam, Momentum, Optimizer, RMSProp

__all__ = ["EXERCISES", "Exercise", "Mystery", "Verdict", "check"]


class Exercise(NamedTuple):
    """What an exercise asks, and the function that finds fault with an answer."""

    question: str
    fault: Callable


class Verdict(NamedTuple):
    """What a check says: `status` is "open", "right" or "wrong"."""

    status: str
    message: str

    def __repr__(self):
        return self.message


EXERCISES = {}


def check(exercise, answer):
    """Say whether an answer is right, and give a hint if it is not.

    Parameters
    ----------
    exercise : str
        The number of the exercise, for example "01.1".
    answer : object
        A number, an array, a function or a class, as the exercise asks; `...` if there is none yet.

    Returns
    -------
    Verdict

    Raises
    ------
    KeyError
        If there is no such exercise.

    Examples
    --------
    >>> check("01.1", ...)
    Not answered yet: at which learning rate does x bounce for ever?
    >>> check("01.1", 1 / 3)
    Right.
    """
    if exercise not in EXERCISES:
        raise KeyError(f"there is no exercise {exercise!r}; there are {', '.join(EXERCISES)}")
    question, fault = EXERCISES[exercise]
    if answer is ...:
        return Verdict("open", f"Not answered yet: {question}")
    try:
        hint = fault(answer)
    except Exception as error:  # a learner's answer may be anything, and the lesson goes on
        hint = f"this answer could not be tried ({type(error).__name__}: {error})"
    if hint is None:
        return Verdict("right", "Right.")
    return Verdict("wrong", f"Not yet: {hint}")


def exercise(number, question, rule=None):
    """Enter the decorated function as the check of an exercise: it returns a hint, or None.

    Where the answer is a rule, `rule` is the name that the lesson gives it; anything that is no
    class of optimizers gets a hint without being tried.
    """

    def enter(fault):
        def fault_of_rule(answer):
            if isinstance(answer, type) and issubclass(answer, Optimizer):
                return fault(answer)
            return f"the answer is the class itself, without brackets: answer = {rule}"

        EXERCISES[number] = Exercise(question, fault_of_rule if rule else fault)
        return fault

    return enter


# Lesson 00


@exercise("00.1", "what is x[1] now?")
def _whole_number(value):
    if value == 0:
        return None
    return "an array that was made of whole numbers cannot hold 0.9. Try it in a cell of your own."


@exercise("00.2", "a function walk(lr, steps) that returns every point of the path")
def _mended_path(walk):
    path = np.array(walk(0.1, 30))
    right = descend(surfaces.ravine, SGD(lr=0.1), start=(-7, 2), steps=30).x
    if path.shape != right.shape:
        return f"walk(0.1, 30) should return 31 points; as an array it has shape {path.shape}."
    if len(np.unique(path, axis=0)) == 1:
        return "all points are still the same array. Which line changes it in place?"
    if not np.allclose(path, right):
        return "the points differ now, but they are not those of gradient descent from (-7, 2)."
    return None


@exercise("00.3", "which of the five rules has the lowest f after 30 steps?")
def _lowest_of_five(name):
    rules = SGD(lr=0.95), Momentum(lr=0.1), Adagrad(lr=1.5), RMSProp(lr=0.1), Adam(lr=0.3)
    best = min(rules, key=lambda rule: descend(surfaces.ravine, rule, (-7, 2), 30).f[-1])
    if name == type(best).__name__:
        return None
    return 'compare the last entries of run.f, and answer with a name such as "SGD".'


# Lesson 01


@exercise("01.1", "at which learning rate does x bounce for ever?")
def _bounces_for_ever(lr):
    surface = surfaces.quadratic((6, 1))
    x = descend(surface, SGD(lr=lr), start=(2, 0), steps=50).x[:, 0]
    if np.allclose(np.abs(x), 2):
        return None
    goes = "grows" if abs(x[-1]) > 2 else "shrinks"
    return (
        f"at lr = {lr:.4g} the jumps of x {goes}. For which factor 1 - lr * curvature do they stay?"
    )


@exercise("01.2", "how many steps does it take at kappa = 400?")
def _steps_at_400(steps):
    run = descend(surfaces.quadratic((1, 400)), SGD(lr=2 / 401), start=(1, 1), steps=3000)
    needed = run.steps_to(1e-6)
    if steps == needed:
        return None
    if abs(steps - needed) <= 50:
        return "very close. Now let descend and steps_to(1e-6) count exactly."
    return "the steps grow in proportion to kappa, and at kappa = 100 there were 691."


@exercise("01.3", "a rule whose every step has length lr", rule="UnitStep")
def _unit_step(rule):
    for surface in (surfaces.ravine, surfaces.rosenbrock):
        run = descend(surface, rule(lr=0.125), start=(-1.5, 2), steps=20)
        moves = np.diff(run.x, axis=0)
        lengths = np.linalg.norm(moves, axis=1)
        if not np.allclose(lengths, 0.125):
            return (
                f"on {surface.name} the first steps have length {lengths[0]:.3g}, not lr = 0.125."
            )
        if np.any(
            (moves * run.g[:-1]).sum(axis=1) > -0.9 * 0.125 * np.linalg.norm(run.g[:-1], axis=1)
        ):
            return "the steps have the right length, but they do not go straight down the slope."
    return None


# Lesson 02


@exercise("02.1", "at which step is |y| > 1 for the first time?")
def _leaves_the_saddle(step):
    if step == 21:
        return None
    if abs(step - 21) < 1:
        return "close. The answer is a whole number: the first step that is far enough."
    return "at lr = 0.2 a step multiplies y by 1.4. How many such factors lead from 0.001 to 1?"


@exercise("02.2", "how short does the gradient get?")
def _shortest_gradient(length):
    run = descend(surfaces.saddle, SGD(lr=0.1), start=(1, 1e-3), steps=60)
    if np.isclose(length, np.linalg.norm(run.g, axis=1).min(), rtol=0.01):
        return None
    if np.isclose(length, np.abs(run.g).min(), rtol=0.01):
        return "that is the smallest component. The length takes both together."
    return "take the run of 60 steps, the length of each row of run.g, and the smallest of these."


@exercise("02.3", "a rule that leaves the saddle even from the exact line", rule="PushedSGD")
def _pushed(rule):
    far = descend(surfaces.bowl, rule(lr=0.1), start=(2, 1), steps=10).x
    if not np.allclose(far, descend(surfaces.bowl, SGD(lr=0.1), start=(2, 1), steps=10).x):
        return "where the gradient is long, the steps should be those of gradient descent."
    run = descend(surfaces.saddle, rule(lr=0.1), start=(1, 0), steps=100)
    if not np.any(np.abs(run.x[:, 1]) > 1):
        return "from (1, 0) it is still near the saddle after 100 steps."
    pushed, _ = rule(lr=0.1).step(np.array([0.0, 0.0]), np.array([0.0, 0.0]), ())
    if not np.allclose(np.abs(pushed), 0.01):
        return "it leaves. But where g = 0 the step should be a push of 0.01 in each coordinate."
    return None


@exercise("02.4", "a function arrived(surface, p) that no saddle deceives")
def _arrived(arrived):
    for surface in (surfaces.bowl, surfaces.saddle, surfaces.two_valleys, surfaces.himmelblau):
        for kind, points in (("minimum", surface.minima), ("saddle", surface.saddles)):
            for point in points:
                if bool(arrived(surface, np.array(point))) != (kind == "minimum"):
                    return (
                        f"on {surface.name} it is wrong at the {kind} ({point[0]:g}, {point[1]:g})."
                    )
        if bool(arrived(surface, np.add(surface.start, 0.5))):
            return f"on {surface.name} it says True where the gradient is long."
    return None


# Lesson 03


@exercise("03.1", "how many updates are 10 epochs over 60 000 images with B = 128?")
def _updates(count):
    if count == 4690:
        return None
    if abs(count - 4687.5) < 1:
        return "nearly. There is no half batch: count the updates of one epoch first."
    if abs(count - 469) < 1:
        return "that is one epoch."
    return "one epoch is N / B updates, rounded up."


@exercise("03.2", "what is the largest learning rate whose floor is not above 0.01?")
def _rate_of_the_floor(lr):
    if not 0 < lr < 2:
        return "the floor lr / (2 - lr) exists for learning rates between 0 and 2."
    floor = lr / (2 - lr)
    if np.isclose(floor, 0.01, rtol=0.005):
        return None
    return f"at this rate the floor is {floor:.4g}. Solve lr / (2 - lr) = 0.01 for lr."


@exercise("03.3", "by which factor must the batch grow?")
def _four_times_lower(factor):
    if factor == 4:
        return None
    if factor in (2, 16):
        return "the floor is a mean of squares, so it follows the variance, not its root."
    return "the floor is proportional to sigma^2. How does that depend on B?"


@exercise("03.4", "a rule whose learning rate falls like 1/t", rule="FallingSGD")
def _falling_rate(rule):
    opt = rule(lr=0.5)
    x, g = np.zeros(2), np.array([1.0, -2.0])
    state = opt.init(x)
    for t in range(1, 21):
        new, state = opt.step(x, g, state)
        if not np.allclose(new - x, -0.5 / t * g):
            used = (x - new)[0]
            return f"step {t} used the rate {used:.4g}; with lr = 0.5 it should be {0.5 / t:.4g}."
        x = new
    return None


# Lesson 04


@exercise("04.1", "how long is the step after a long walk under the gradient 1?")
def _effective_rate(step):
    if abs(step - 0.5) < 1e-6:
        return None
    if abs(step - 0.1) < 1e-6:
        return "that is the first step. The velocity has grown since."
    if abs(step + 0.5) < 1e-6:
        return "the length is right; give it without a sign."
    return "sum up 1 + momentum + momentum^2 + ..., and multiply by lr."


@exercise("04.2", "which momentum is best for kappa = 400?")
def _best_momentum(momentum):
    if abs(momentum - (19 / 21) ** 2) < 1e-4:
        return None
    if abs(momentum - 19 / 21) < 1e-3:
        return "that is the rate, the root of the best momentum."
    if abs(momentum - (399 / 401) ** 2) < 1e-4:
        return "the formula takes the root of kappa, which is 20."
    return "put the root of kappa into ((root - 1) / (root + 1))^2."


@exercise("04.3", "a momentum that looks ahead", rule="Nesterov")
def _nesterov(rule):
    opt = rule(lr=0.1, momentum=0.5)
    x, state = opt.step(np.zeros(1), np.ones(1), opt.init(np.zeros(1)))
    if not np.allclose(x, -0.15):
        return (
            f"with lr = 0.1, momentum = 0.5 and the gradient 1, the first step goes to {x[0]:.4g}; "
            "it should go to momentum * v - lr * g = -0.15."
        )
    x, state = opt.step(np.zeros(1), np.ones(1), state)
    if not np.allclose(x, -0.175):
        return "the first step is right. Keep v itself, not the move, in the state."
    return None


# Lesson 05


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


# Lesson 06


@exercise("06.1", "where is x after the first step?")
def _first_step_of_rmsprop(x):
    step = abs(x - 5)
    if abs(x - 5.2) < 1e-6:
        return None
    if abs(step - 0.2) < 1e-6:
        return "the length is right. Which way is downhill when the gradient is -40?"
    if abs(step - 4) < 1e-6:
        return "that is lr * g, the step of gradient descent. RMSProp divides it by the root of h."
    return "after one step h = (1 - decay_rate) * g^2. Put that into the rule."


@exercise("06.2", "which learning rate ends the walk bouncing at f = 0.00042?")
def _rate_of_the_bounce(lr):
    end = descend(surfaces.ravine, RMSProp(lr=lr, decay_rate=0.9), (-7, 2), 3000).f[-1]
    if abs(end / 0.00042 - 1) < 0.01:
        return None
    return (
        f"at lr = {lr:.4g} the walk is at f = {end:.3g} after 3000 steps. In the bounce, "
        "|x| = |y| = lr / 2; put that into f = x^2 / 20 + y^2."
    )


@exercise("06.3", "an RMSProp whose mean is warmed up", rule="WarmRMSProp")
def _warm_rmsprop(rule):
    opt = rule(lr=0.1, decay_rate=0.75)
    state, g = opt.init(np.zeros(1)), np.array([3.0])
    for t in range(1, 31):
        x, state = opt.step(np.zeros(1), g, state)
        if not np.allclose(-x, 0.1, rtol=1e-6):
            return (
                f"under a constant gradient, step {t} is {-x[0] / 0.1:.4g} lr, not lr. Divide h by "
                "1 - decay_rate**t, and keep the h that is not divided in the state."
            )
    right = descend(surfaces.ravine, Adam(lr=0.1, beta1=0, beta2=0.75), (-7, 2), 30).x
    if not np.allclose(descend(surfaces.ravine, opt, (-7, 2), 30).x, right, atol=1e-9):
        return "a constant gradient is right now, but on the ravine the path is another one."
    return None


# Lesson 07


@exercise("07.1", "how long is the first step without corrections, in units of lr?")
def _first_step_without_correction(step):
    if abs(step - 0.4) < 1e-6:
        return None
    if abs(step - 1) < 1e-6:
        return "that is the step with both corrections. Here there are none."
    if abs(step - 1.6) < 1e-6:
        return "that is 0.1 / 0.0625. The second moment stands under a root."
    return "at the first gradient m = (1 - beta1) * g, v = (1 - beta2) * g^2; divide m by the root."


@exercise("07.2", "from which t on are steps without corrections at most 1.1 lr?")
def _within_ten_percent(t):
    times = np.arange(1, 10_001)
    steps = (1 - 0.9**times) / np.sqrt(1 - 0.999**times)
    right = times[steps <= 1.1][0]
    if t == right:
        return None
    if abs(t - right) <= 5:
        return "very close. Count from t = 1: the first step has index 0 in an array."
    return "evaluate (1 - 0.9**t) / sqrt(1 - 0.999**t) for many t, and find the first at most 1.1."


@exercise("07.3", "AdaMax: a fading maximum in place of a mean of squares", rule="AdaMax")
def _adamax(rule):
    opt = rule(lr=0.1, beta1=0.5, beta2=0.75)
    x, state = np.zeros(1), opt.init(np.zeros(1))
    m = u = 0.0
    for t, g in enumerate((4.0, -1.0, 2.0, 0.0, -8.0, 0.5), start=1):
        move, state = opt.step(x, np.array([g]), state)
        m, u = 0.5 * m + 0.5 * g, max(0.75 * u, abs(g))
        right = -0.1 * m / (1 - 0.5**t) / u
        if not np.allclose(move, right, rtol=1e-6):
            return (
                f"at beta1 = 0.5 and beta2 = 0.75, gradient number {t} should move x by "
                f"{right / 0.1:.4f} lr, but moves it by {move[0] / 0.1:.4f} lr. Has u become the "
                "larger of beta2 * u and |g|, and is the root gone?"
            )
    return None


# Lesson 08


@exercise("08.1", "what is the ratio of the heights at 90 degrees and at 0 degrees?")
def _quarter_turn(ratio):
    if np.isclose(ratio, 1, rtol=1e-3):
        return None
    return "a quarter turn puts the ravine along an axis again. Does AdaGrad prefer one of the two?"


@exercise("08.2", "which of the 161 rates is best for Adam after 60 steps?")
def _best_rate_after_60(lr):
    rates = np.geomspace(1e-3, 10, 161)
    best = rates[sweep(surfaces.ravine, Adam, (-7, 2), 60, lr=rates).f[-1].argmin()]
    if np.isclose(lr, best, rtol=1e-3):
        return None
    return "make the sweep with 60 steps, and take the rate where run.f[-1] is smallest."


@exercise(
    "08.3",
    "a rule whose path does not change when the surface is scaled or turned",
    rule="UnitStep",
)
def _invariant_rule(rule):
    ravine, opt = surfaces.ravine, rule(lr=0.3)
    path = descend(ravine, opt, steps=20).x
    if np.allclose(path[-1], path[0]):
        return "this rule does not move at all."
    if not np.allclose(descend(ravine.scaled(1024), opt, steps=20).x, path):
        return "on a surface scaled by 1024 it walks another path."
    quarter = ravine.rotated(np.pi / 4)
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    if not np.allclose(descend(quarter, opt, steps=20).x, path @ turn.T):
        return "on a surface turned by 45 degrees it walks another path."
    return None


# Lesson 09


@exercise("09.1", "up to which effective rate times curvature is Adam stable with beta1 = 0.8?")
def _limit_of_adam(limit):
    if abs(limit - 18) < 1e-6:
        return None
    if abs(limit - 38) < 1e-6:
        return "that is the limit for beta1 = 0.9."
    if abs(limit - 3.6) < 1e-6:
        return "that is the limit for a sum. Adam takes a mean: divide by 1 - beta1."
    return "put beta1 = 0.8 into (2 + 2 * beta1) / (1 - beta1)."


@exercise("09.2", "how small may the root of v_hat become?")
def _smallest_root(root):
    if abs(root / (0.004 / 38) - 1) < 1e-3:
        return None
    if abs(root / (0.001 / 38) - 1) < 1e-3:
        return "do not forget the curvature, 4."
    if abs(root / (0.004 / 38) ** 2 - 1) < 1e-3:
        return "that is v_hat itself; the question is about its root."
    return "solve lr * curvature / root = 38 for the root."


@exercise("09.3", "an Adam with decoupled weight decay", rule="AdamW")
def _adamw(rule):
    opt = rule(lr=0.1, weight_decay=0.5)
    x, g = np.array([2.0, -4.0]), np.array([1.0, -1.0])
    moved, _ = opt.step(x, g, opt.init(x))
    if not np.allclose(moved, (1.8, -3.7), atol=1e-6):
        return (
            "from (2, -4) with the gradient (1, -1), lr = 0.1 and weight_decay = 0.5 the step goes "
            f"to ({moved[0]:.4g}, {moved[1]:.4g}); it should go to (1.8, -3.7)."
        )
    still, _ = opt.step(x, np.zeros(2), opt.init(x))
    if not np.allclose(still, 0.95 * x):
        return "where the gradient is zero, x should shrink by the factor 1 - lr * weight_decay."
    return None


# Lesson 10


@exercise("10.1", "which exhibit has the fingerprint of an Adam whose t is always 1?")
def _t_is_always_one(number):
    if number == 2:
        return None
    return "put t = 1 into 1 - beta**t, and look for an exhibit with that correction."


@exercise("10.2", "what is the first step without corrections, in units of lr?")
def _two_wrongs(step):
    if abs(step - 1) < 1e-6:
        return None
    if abs(step - 2) < 1e-6:
        return "the second moment stands under a root."
    return "at the first gradient m = (1 - beta1) * g and v = (1 - beta2) * g^2."


class Mystery(Momentum):
    """The wrong Momentum of exercise 10.3: it moves on by the old velocity a second time."""

    def step(self, x, g, state):
        v = self.momentum * state.v - self.lr * g
        x = x + v + self.momentum * state.v
        return x, state._replace(v=v)


@exercise("10.3", "a rule that walks as Mystery does", rule="Found")
def _found(rule):
    settings = [(0.1, 0.5), (0.05, 0.9)]
    for lr, momentum in settings:
        wanted = descend(surfaces.ravine, Mystery(lr=lr, momentum=momentum), steps=30).x
        path = descend(surfaces.ravine, rule(lr=lr, momentum=momentum), steps=30).x
        apart = np.flatnonzero(~np.isclose(path, wanted).all(axis=1))
        if apart.size:
            return (
                f"with lr = {lr} and momentum = {momentum} the paths part at step {apart[0]}. How "
                "much of the old velocity is in the second step of the fingerprint?"
            )
    return None
