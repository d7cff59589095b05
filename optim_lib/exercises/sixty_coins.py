"""The sealed box of the final project, and a checker for what can be checked of a report."""

import copy
from typing import NamedTuple

import numpy as np

from optim_lib.comparison import compare_splits
from optim_lib.optimizers import Adam, Optimizer
from optim_lib.schedules import Linear
from optim_lib.training import MLP, History, load_digits, train

__all__ = ["Box", "Opened", "Try", "grade"]

BATCH = 16
JUDGES = range(1000, 1010)  # the seeds of the envelope
NEAR = 4.0  # a neighbour of a rate is at most so many times larger or smaller
FULL, HALF = 4 / 3, 3 / 2  # the bands of the test loss, in units of the reference


class Try(NamedTuple):
    """What one coin bought.

    number: which coin, from 1; rule, seed, schedule, clip: what was tried; loss, error: the
    validation loss at the end, and the share of validation digits that are read wrong, infinite and
    1 where the training diverged; history: the whole training, as `train` returns it.
    """

    number: int
    rule: Optimizer
    seed: int
    schedule: object
    clip: float | None
    loss: float = np.inf
    error: float = 1.0
    history: History | None = None

    def __repr__(self):
        return f"<{self.setting}, seed {self.seed}: loss {self.loss:.2f}>"

    @property
    def setting(self):
        """What was tried, but for the seed, in words."""
        return _words(self.rule, self.schedule, self.clip)

    def akin(self, other):
        """Whether another try differs in its learning rate and its seed at most."""
        mine, others = self.rule.hyperparameters, other.rule.hyperparameters
        same = (type(self.rule), self.schedule, self.clip)
        return same == (type(other.rule), other.schedule, other.clip) and all(
            mine[key] == others[key] for key in mine if key != "lr"
        )

    def like(self, other):
        """Whether another try differs in its seed at most."""
        return self.akin(other) and self.rule.lr == other.rule.lr


class Opened(NamedTuple):
    """What was in the envelope.

    chosen: the last try of the setting for which it was opened; losses, errors: of the test digits,
    for each of ten seeds; reference: the mean test loss of a setting that a careful plan finds.
    """

    chosen: Try
    losses: np.ndarray
    errors: np.ndarray
    reference: float

    def __repr__(self):
        spread = f"{self.loss:.2f} ± {self.losses.std(ddof=1):.2f}"
        return f"<{self.chosen.setting}: test loss {spread}, wrong {self.error:.1%}>"

    @property
    def loss(self):
        """The mean test loss."""
        return float(self.losses.mean())

    @property
    def error(self):
        """The mean share of test digits that are read wrong."""
        return float(self.errors.mean())


class Box:
    """Digits and a network that can be tried, for a coin each, and tested once.

    The digits have pixels from 0 to 16, and are cut into three parts at random: 600 to train on,
    600 to choose by, 597 in the envelope. The network is MLP(64, 48, 24, 10), the batches have 16.

    Parameters
    ----------
    seed : int, 0 or greater
        Decides which digit goes where; another seed makes another box.
    epochs : int, 1 or greater
        Of every training.
    coins : int, 0 or greater
        How many trainings may be tried.

    Attributes
    ----------
    model : MLP
    sample : (ndarray, ndarray)
        A hundred of the digits to train on, with their labels: for a gradient check, or to count
        dead units.
    coins : int
        What is left.
    planned : str or None
        The plan, if one was written before the first coin.
    log : tuple of Try
        What was tried, in order.
    opened : Opened or None
        What was in the envelope.

    Raises
    ------
    TypeError
        If an argument is not a whole number.
    ValueError
        If it is too small.

    Examples
    --------
    >>> from optim_lib import Adam
    >>> box = Box(epochs=1)
    >>> one = box.valid(Adam(lr=0.01), seed=0)
    >>> box, one.loss < 2.3
    (<Box of 1 try, 59 coins left>, True)
    """

    def __init__(self, seed=2024, epochs=15, coins=60):
        _check_whole("seed", seed)
        _check_whole("epochs", epochs, least=1)
        _check_whole("coins", coins)
        self.model, self.coins, self._spent = MLP(64, 48, 24, 10), coins, ()
        self.planned = self.opened = None
        self.sample, self._train, self._judge = _sealed(self.model, seed, epochs)

    def __repr__(self):
        tries = f"{len(self.log)} {'try' if len(self.log) == 1 else 'tries'}"
        return f"<Box of {tries}, {'closed' if self.opened else f'{self.coins} coins left'}>"

    @property
    def log(self):
        """What was tried, in order."""
        return self._spent

    def plan(self, text):
        """Write down what you are going to do, before the first coin.

        Parameters
        ----------
        text : str
            Yardstick, grid, seeds, and when to stop.

        Raises
        ------
        RuntimeError
            If a coin is spent already.
        TypeError, ValueError
            If the plan is no text, or an empty one.
        """
        if self.log:
            raise RuntimeError("a plan is written before the first coin; make another box")
        if not isinstance(text, str):
            raise TypeError(f"a plan is a text, got a {type(text).__name__}")
        if not text.strip():
            raise ValueError("the plan is empty; write yardstick, grid, seeds, and when to stop")
        self.planned = text.strip()

    def valid(self, rule, seed, schedule=None, clip=None):
        """Train once for a coin; what was tried before is answered from the log, for nothing.

        Parameters
        ----------
        rule : Optimizer
            With one number for each hyperparameter. It is copied.
        seed : int, 0 to 999
            Of the first weights and the batches.
        schedule, clip
            As for `train`. A function counts as known only if it is the same object.

        Returns
        -------
        Try

        Raises
        ------
        RuntimeError
            If no coin is left, or the envelope has been opened.
        TypeError, ValueError
            If an argument is wrong, here or for `train`; no coin is lost then.
        """
        self._check_open()
        _check_rule(rule)
        _check_whole("seed", seed)
        if seed >= JUDGES.start:
            raise ValueError(
                f"seeds from {JUDGES.start} on belong to the envelope, got {seed}; try 0"
            )
        wanted = Try(len(self.log) + 1, copy.deepcopy(rule), int(seed), schedule, clip)
        for known in self.log:
            if known.seed == seed and known.like(wanted):
                return known
        if self.coins == 0:
            raise RuntimeError("no coin is left: open the envelope for what you have chosen")
        history, loss, error = self._train(wanted)
        found = wanted._replace(loss=loss, error=error, history=history)
        self._spent, self.coins = (*self.log, found), self.coins - 1
        return found

    def test(self, rule, schedule=None, clip=None):
        """Open the envelope: train with ten seeds, judge by the test digits, and close the box.

        Parameters
        ----------
        rule, schedule, clip
            A setting that was tried before. The ten seeds are the envelope's own.

        Returns
        -------
        Opened

        Raises
        ------
        RuntimeError
            If the envelope has been opened already.
        TypeError, ValueError
            If an argument is wrong, or the setting was never tried. The box stays open then.
        """
        self._check_open()
        _check_rule(rule)
        wanted = Try(0, rule, 0, schedule, clip)
        tries = [known for known in self.log if known.like(wanted)]
        if not tries:
            raise ValueError(
                f"{wanted.setting} was never tried: the envelope is for what you have chosen by "
                "validation"
            )
        chosen = tries[-1]
        warmup = -(-600 // BATCH)
        careful = chosen._replace(rule=Adam(lr=0.01), schedule=Linear(warmup), clip=None)
        losses, errors = self._judge(chosen)
        self.opened = Opened(chosen, losses, errors, float(self._judge(careful)[0].mean()))
        return self.opened

    def report(self):
        """Print what was tried: a line for each setting, with its seeds and validation losses."""
        for group in _groups(self.log):
            losses = np.array([t.loss for t in group])
            spread = f" ± {losses.std(ddof=1):.2f}" if len(group) > 1 else ""
            seeds = ", ".join(str(t.seed) for t in group)
            mean = f"{losses.mean():.2f}{spread}" if np.isfinite(losses).all() else "diverged"
            print(f"{mean:12}  {group[0].setting}, seed{'s' * (len(group) > 1)} {seeds}")

    def _check_open(self):
        if self.opened:
            raise RuntimeError("the envelope has been opened, and the box is closed; make another")


def _sealed(model, seed, epochs):
    """Cut the digits, and return a sample of them, and two functions that keep the rest inside."""
    images, labels = load_digits()
    order = np.random.default_rng(seed).permutation(len(labels))
    training, validation, test = (
        (16 * images[part], labels[part]) for part in np.split(order, (600, 1200))
    )

    def run(wanted, seed, validation=None):
        options = {"schedule": wanted.schedule, "clip": wanted.clip, "validation": validation}
        return train(model, training, wanted.rule, epochs, BATCH, seed, **options)

    def score(history, data):
        if history.diverged:
            return np.inf, 1.0
        return model.loss(history.params, *data), 1 - model.accuracy(history.params, *data)

    def tried(wanted):
        history = run(wanted, wanted.seed, validation)
        return history, *score(history, validation)

    def judge(wanted):
        return np.transpose([score(run(wanted, seed), test) for seed in JUDGES])

    return tuple(part[:100].copy() for part in training), tried, judge


def _check_whole(name, value, least=0):
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number, got {value!r}; try {max(least, 7)}")
    if value < least:
        raise ValueError(f"{name} must be {least} or greater, got {value}; try {max(least, 7)}")


def _check_rule(rule):
    """Raise unless the rule is an optimizer with one number for each hyperparameter."""
    if not isinstance(rule, Optimizer):
        raise TypeError(f"rule must be an optimizer such as SGD(lr=0.1), got {rule!r}")
    if not hasattr(rule, "lr"):
        raise TypeError(f"{rule!r} has no learning rate lr; give its class a field of that name")
    many = [key for key, value in rule.hyperparameters.items() if np.ndim(value)]
    if many:
        raise ValueError(f"{many[0]} must be one number, got {rule!r}; each value costs a coin")


def _words(rule, schedule, clip):
    """Write a setting as a learner would."""
    name = getattr(schedule, "__name__", repr(schedule))
    parts = (f"{rule!r}", schedule and f"schedule {name}", clip and f"clip {clip}")
    return ", ".join(part for part in parts if part)


def _groups(tries):
    """Return the tries of each setting together, in the order in which the settings came."""
    groups = []
    for one in tries:
        known = next((group for group in groups if group[0].like(one)), None)
        if known is None:
            groups.append([one])
        else:
            known.append(one)
    return groups


def grade(box):
    """Print the points that a program can give, and the questions that a reader has to answer.

    Parameters
    ----------
    box : Box
        Whose envelope has been opened.

    Raises
    ------
    RuntimeError
        If it has not.
    """
    if box.opened is None:
        raise RuntimeError("open the envelope first: box.test(...)")
    groups = _groups(box.log)
    chosen = next(group for group in groups if group[0].like(box.opened.chosen))
    rivals = _rivals(chosen, groups)
    rows = [_neighbours(chosen, rivals, groups), *_judged(chosen, rivals, groups)]
    rows.append(_envelope(box.opened))
    print(f"{len(box.log)} of {len(box.log) + box.coins} coins spent, on {len(groups)} settings")
    for points, most, words in rows:
        print(f"{points:2} of {most:2}: {words}")
    print(f"{sum(points for points, _, _ in rows)} of {sum(most for _, most, _ in rows)}, and")
    if box.planned is None:
        print(" 0 of 25: no plan was written before the first coin")
    for most, question in QUESTIONS[box.planned is None :]:
        print(f" ? of {most:2}: {question}")


QUESTIONS = (
    (25, "Does the plan say yardstick, grid, seeds, when to stop? Was it kept?"),
    (15, "Is there one diagnosis: norms, dead units, a fingerprint or a gradient check?"),
    (10, "Does the last sentence name budget, network, data, trials, and what is not shown?"),
    (5, "Are spread and pairs shown, and is a tie called a tie? Was no other envelope opened?"),
)


def _losses(group):
    """Return the validation losses of a setting by seed."""
    return {t.seed: t.loss for t in group}


def _family(group, groups):
    """Return the settings that differ from one in the learning rate alone."""
    return [g for g in groups if g is not group and g[0].akin(group[0])]


def _fresh(group, groups):
    """Return the seeds of a setting that did not choose its rate.

    Those on which no more than one other rate of the family was tried (none, if there is but one),
    and which came when all of these were known.
    """
    family = _family(group, groups)
    others = [_losses(g) for g in family]
    beside = {t.seed: sum(t.seed in losses for losses in others) for t in group}
    if family and not any(beside.values()):
        return set()  # then every seed had a part in the choice
    last = max((g[0].number for g in family), default=0)
    allowed = 1 if len(family) > 1 else 0
    return {t.seed for t in group if beside[t.seed] <= allowed and t.number > last}


def _rivals(chosen, groups):
    """Return the settings of other families that were judged by three or more of the same seeds."""
    fresh, family = _fresh(chosen, groups), _family(chosen, groups)
    shared = {
        i: len(fresh & _fresh(group, groups))
        for i, group in enumerate(groups)
        if group is not chosen and not any(group is g for g in family)
    }
    return [groups[i] for i in sorted(shared, key=shared.get, reverse=True) if shared[i] >= 3]


def _edges(group, groups):
    """Return 0, 10 or 20 points for the neighbours of a rate, and what to say of them."""
    lr, name, family = group[0].rule.lr, group[0].setting, _family(group, groups)
    below = [g for g in family if lr / NEAR <= g[0].rule.lr < lr]
    above = [g for g in family if lr < g[0].rule.lr <= lr * NEAR]
    if not below or not above:
        side = "above" if below else "below"
        return 0, f"{name}: no rate just {side} it was tried"
    own = _losses(group)
    for neighbour in below + above:
        its = _losses(neighbour)
        shared = own.keys() & its.keys()
        if not shared:
            return 10, f"{name}: its neighbour {neighbour[0].rule.lr:g} has no seed in common"
        if sum(its[seed] for seed in shared) <= sum(own[seed] for seed in shared):
            return 10, f"{name}: its neighbour {neighbour[0].rule.lr:g} is no worse"
    return 20, f"{name}: both neighbours were tried, and are worse"


def _neighbours(chosen, rivals, groups):
    """Return the points for the neighbours of the chosen rate, of which a rival's can cost half."""
    points, words = _edges(chosen, groups)
    worst = min((_edges(rival, groups) for rival in rivals), default=(20, ""))
    if points == 20 and worst[0] < 20:
        return 10, 20, f"of a rival, {worst[1]}"
    return points, 20, words


def _judged(chosen, rivals, groups):
    """Yield the points for fresh seeds, and for a rival on the same ones."""
    fresh = _fresh(chosen, groups)
    yield 5 * (len(fresh) >= 3), 5, f"{len(fresh)} seeds that did not choose it (3 are asked)"
    if not rivals:
        yield 0, 5, "no other rule or schedule was judged by the same fresh seeds (5 are asked)"
        return
    both = sorted(fresh & _fresh(rivals[0], groups))
    words = f"{len(both)} of them shared with {rivals[0][0].setting}"
    own, its = ([_losses(group)[seed] for seed in both] for group in (chosen, rivals[0]))
    if np.isfinite([own, its]).all():
        found = compare_splits(own, its, trained_on=600, judged_on=600)
        verdict = "a tie" if abs(found.naive_t) <= found.needed_t else "no tie"
        lower = sum(a < b for a, b in zip(own, its, strict=True))
        words += f": lower on {lower}, {verdict}"
    yield 5 * (len(both) >= 5), 5, f"{words} (5 are asked)"


def _envelope(opened):
    """Return the points for the test loss."""
    ratio = opened.loss / opened.reference
    points = 15 if ratio <= FULL else 8 if ratio <= HALF else 0
    words = f"test loss {opened.loss:.2f}, where {opened.reference:.2f} can be had"
    return points, 15, f"{words} (a third more: 15, a half more: 8)"
