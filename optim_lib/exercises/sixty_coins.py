"""The sealed box of the final project, and a checker for what can be checked of a report."""

from typing import NamedTuple

import numpy as np

from optim_lib.training import MLP, History, load_digits, train

__all__ = ["Box", "Try", "grade"]

NEAR = 4.0  # a neighbour of a rate is at most so many times larger or smaller
JUDGES = range(1000, 1010)  # the seeds of the envelope


class Try(NamedTuple):
    """What one coin bought.

    rule, seed, schedule, clip: what was tried; loss: the validation loss at the end, infinite where
    the training diverged; history: the whole training, as `train` returns it.
    """

    rule: object
    seed: int
    schedule: object
    clip: float | None
    loss: float
    history: History

    @property
    def family(self):
        """What was tried, but for the learning rate and the seed."""
        others = {key: v for key, v in self.rule.hyperparameters.items() if key != "lr"}
        return type(self.rule).__name__, repr(others), repr(self.schedule), self.clip

    @property
    def setting(self):
        """What was tried, but for the seed."""
        return *self.family, self.rule.lr


class Box:
    """Digits and a network that can be tried, for a coin each, and tested once.

    The digits have pixels from 0 to 16, and are cut into three parts at random: 600 to train on,
    600 to choose by, 597 in the envelope. The network is MLP(64, 48, 24, 10), the batches have 16.

    Parameters
    ----------
    seed : int, 0 or greater
        Decides which digit goes where; another seed makes another box.
    epochs : int
        Of every training.
    coins : int
        How many trainings may be tried.

    Attributes
    ----------
    coins : int
        What is left.
    log : list of Try
        What was tried, in order.
    opened : (Try, float) or None
        The setting for which the envelope was opened, as a `Try` of its last coin, and its mean
        test loss.

    Examples
    --------
    >>> from optim_lib import Adam
    >>> box = Box(epochs=1)
    >>> one = box.valid(Adam(lr=0.01), seed=0)
    >>> box.coins, one.loss < 2.3
    (59, True)
    """

    def __init__(self, seed=2024, epochs=15, coins=60):
        images, labels = load_digits()
        order = np.random.default_rng(seed).permutation(len(labels))
        parts = np.split(order, (600, 1200))
        self._training, self._validation, self._test = ((16 * images[p], labels[p]) for p in parts)
        self._model, self._epochs = MLP(64, 48, 24, 10), epochs
        self.coins, self.log, self.opened = coins, [], None

    def __repr__(self):
        state = "closed" if self.opened else f"{self.coins} coins left"
        return f"<Box of {len(self.log)} tries, {state}>"

    def valid(self, rule, seed, schedule=None, clip=None):
        """Train once for a coin; what was tried before is answered from the log, for nothing.

        Parameters
        ----------
        rule : Optimizer
        seed : int, 0 to 999
            Of the first weights and the batches.
        schedule, clip
            As for `train`.

        Returns
        -------
        Try

        Raises
        ------
        RuntimeError
            If no coin is left, or the envelope has been opened.
        TypeError, ValueError
            As `train` does; no coin is lost then.
        """
        self._check_open()
        for known in self.log:
            same = repr(known.rule), known.seed, repr(known.schedule), known.clip
            if same == (repr(rule), seed, repr(schedule), clip):
                return known
        if self.coins == 0:
            raise RuntimeError("no coin is left: open the envelope for what you have chosen")
        if seed in JUDGES:
            raise ValueError(f"seeds from {JUDGES.start} on are those of the envelope, got {seed}")
        history = self._train(rule, seed, schedule, clip, self._validation)
        loss = np.inf if history.diverged else float(history.validation_losses[-1])
        self.log.append(Try(rule, seed, schedule, clip, loss, history))
        self.coins -= 1
        return self.log[-1]

    def test(self, rule, schedule=None, clip=None):
        """Open the envelope: return the mean test loss over ten seeds, and close the box.

        Parameters
        ----------
        rule, schedule, clip
            A setting that was tried before.

        Returns
        -------
        float

        Raises
        ------
        RuntimeError
            If the envelope has been opened already.
        ValueError
            If the setting was never tried. The box stays open then.
        """
        self._check_open()
        wanted = repr(rule), repr(schedule), clip
        tries = [t for t in self.log if (repr(t.rule), repr(t.schedule), t.clip) == wanted]
        if not tries:
            raise ValueError(
                f"{rule!r} with {schedule!r} was never tried: the envelope is for what you have "
                "chosen by validation"
            )
        losses = []
        for seed in JUDGES:
            history = self._train(rule, seed, schedule, clip, None)
            losses.append(np.inf if history.diverged else self._loss(history))
        self.opened = tries[-1], float(np.mean(losses))
        return self.opened[1]

    def _train(self, rule, seed, schedule, clip, validation):
        options = {"seed": seed, "schedule": schedule, "clip": clip, "validation": validation}
        return train(
            self._model, self._training, rule, epochs=self._epochs, batch_size=16, **options
        )

    def _loss(self, history):
        return self._model.loss(history.params, *self._test)

    def _check_open(self):
        if self.opened:
            raise RuntimeError("the envelope has been opened, and the box is closed; make another")


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
    chosen, loss = box.opened
    rows = [_neighbours(box, chosen), *_judges(box, chosen), _envelope(loss)]
    for points, most, words in rows:
        print(f"{points:2} of {most}: {words}")
    print(f"{sum(points for points, _, _ in rows)} of {sum(most for _, most, _ in rows)}, and")
    for most, question in (
        (25, "Was the plan written before the first coin: yardstick, grid, seeds, when to stop?"),
        (15, "Is there one diagnosis: norms, dead units, a fingerprint or a gradient check?"),
        (10, "Does the last sentence name budget, network, data, trials, and what is not shown?"),
    ):
        print(f" ? of {most}: {question}")


def _means(tries):
    """Return the mean loss by learning rate."""
    rates = {t.rule.lr for t in tries}
    return {lr: np.mean([t.loss for t in tries if t.rule.lr == lr]) for lr in rates}


def _neighbours(box, chosen):
    lr, means = chosen.rule.lr, _means([t for t in box.log if t.family == chosen.family])
    below = [rate for rate in means if lr / NEAR <= rate < lr]
    above = [rate for rate in means if lr < rate <= lr * NEAR]
    if not below or not above:
        side = "below" if not below else "above"
        return 0, 20, f"no rate just {side} {lr:g} was tried with this rule and schedule"
    if min(means[rate] for rate in below + above) < means[lr]:
        return 10, 20, f"a neighbour of {lr:g} had a lower mean loss"
    return 20, 20, f"both neighbours of {lr:g} were tried, and are worse"


def _judges(box, chosen):
    """Yield the points for fresh seeds, and for a rival on the same ones."""
    by_setting = {}
    for t in box.log:
        by_setting.setdefault(t.setting, set()).add(t.seed)
    own = by_setting[chosen.setting]
    relatives = [t for t in box.log if t.family == chosen.family and t.setting != chosen.setting]
    fresh = own - {t.seed for t in relatives}
    enough = len(fresh) >= 3
    yield 8 * enough, 8, f"{len(fresh)} seeds that did not choose the rate (3 or more are asked)"
    rivals = [seeds for setting, seeds in by_setting.items() if setting != chosen.setting]
    paired = max((len(own & seeds) for seeds in rivals), default=0)
    yield 7 * (paired >= 5), 7, f"{paired} seeds shared with a rival (5 or more are asked)"


def _envelope(loss):
    points = 15 if loss <= 0.27 else 8 if loss <= 0.33 else 0
    return points, 15, f"test loss {loss:.2f} (0.27 or less: 15, 0.33 or less: 8)"
