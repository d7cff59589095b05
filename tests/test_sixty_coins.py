"""The sealed box takes its coins, keeps its envelope, and is graded by what it saw."""

from dataclasses import dataclass

import numpy as np
import pytest

from optim_lib import SGD, Adam, AdamW, Momentum
from optim_lib.exercises.sixty_coins import JUDGES, Box, Opened, Try, grade
from optim_lib.optimizers import Optimizer
from optim_lib.schedules import Cosine, Linear
from optim_lib.training import MLP, load_digits, train

HISTORY = None


@pytest.fixture
def box():
    return Box(epochs=1, coins=12)


# The box


def test_a_coin_buys_one_training_and_a_known_one_costs_nothing(box):
    first = box.valid(Adam(lr=0.01), seed=3, schedule=Linear(), clip=3)
    assert (box.coins, first.number) == (11, 1)
    assert box.valid(Adam(lr=0.01), 3, Linear(), 3.0) is first
    assert box.coins == 11
    for other in ((Adam(lr=0.02), 3, Linear(), 3), (Adam(lr=0.01), 4, Linear(), 3)):
        box.valid(*other)
    for other in ((Adam(lr=0.01), 3, Linear(2), 3), (Adam(lr=0.01), 3, Linear())):
        box.valid(*other)
    box.valid(AdamW(lr=0.01), 3, Linear(), 3)
    box.valid(Adam(lr=0.01, beta2=0.99), 3, Linear(), 3)
    assert (box.coins, len(box.log)) == (5, 7)


def test_a_try_is_the_training_of_the_library():
    order = np.random.default_rng(2024).permutation(1797)
    images, labels = load_digits()
    parts = [(16 * images[p], labels[p]) for p in np.split(order, (600, 1200))]
    model, rule, plan = MLP(64, 48, 24, 10), Momentum(lr=0.001), Linear(5)
    options = {"seed": 4, "schedule": plan, "clip": 2.0, "validation": parts[1]}
    expected = train(model, parts[0], rule, 2, 16, **options)
    box = Box(epochs=2)
    found = box.valid(rule, 4, plan, 2.0)
    np.testing.assert_array_equal(found.history.losses, expected.losses)
    np.testing.assert_array_equal(found.history.norms, expected.norms)
    assert found.loss == expected.validation_losses[-1] == found.history.validation_losses[-1]
    assert found.error == pytest.approx(1 - model.accuracy(expected.params, *parts[1]))
    opened = box.test(rule, plan, 2.0)
    assert len(opened.losses) == len(opened.errors) == 10
    judged = train(model, parts[0], rule, 2, 16, seed=JUDGES[0], schedule=plan, clip=2.0)
    assert opened.losses[0] == model.loss(judged.params, *parts[2])
    assert opened.loss == opened.losses.mean()
    assert opened.error == opened.errors.mean()


def test_the_parts_are_as_said_and_another_seed_cuts_anew():
    one, two = Box(), Box(seed=7)
    assert [part.shape for part in one.sample] == [(100, 64), (100,)]
    assert one.sample[0].max() == 16
    assert not np.array_equal(one.sample[1], two.sample[1])


def arrays_in(thing):
    """Return the arrays in a tuple, a dictionary or an object, and in what they hold."""
    if isinstance(thing, np.ndarray):
        return [thing]
    if isinstance(thing, dict):
        return [a for inner in thing.values() for a in arrays_in(inner)]
    if isinstance(thing, (tuple, list)):
        return [a for inner in thing for a in arrays_in(inner)]
    return arrays_in(vars(thing)) if hasattr(thing, "__dict__") else []


def test_no_attribute_holds_the_digits_of_the_other_parts(box):
    box.valid(Adam(), 0)
    box.test(Adam())
    held = arrays_in(box)
    assert any(a is box.log[0].history.norms for a in held)
    assert [a.shape for a in held if a.shape[1:] == (64,)] == [(100, 64)]


def test_a_sample_that_is_written_to_changes_no_training(box):
    clean = Box(epochs=1).valid(Adam(), 0).loss
    box.sample[0][:] = 0
    assert box.valid(Adam(), 0).loss == clean


def test_a_rule_that_changes_later_is_another_one(box):
    rule = Adam(lr=0.001)
    first = box.valid(rule, 0)
    rule.lr = 0.01
    second = box.valid(rule, 0)
    assert (first.rule.lr, second.rule.lr, box.coins) == (0.001, 0.01, 10)
    assert first.loss != second.loss


def test_a_schedule_may_be_any_function_even_one_without_a_hash(box):
    @dataclass
    class Halves:
        at: int = 10

        def __call__(self, t, steps):
            return 0.5 ** (t // self.at)

    def falling(t, steps):
        return 1 - t / steps

    for schedule in (Halves(), falling):
        assert box.valid(Adam(), 0, schedule) is box.valid(Adam(), 0, schedule)
    assert box.coins == 10
    assert box.log[1].setting == "Adam(lr=0.001), schedule falling"
    box.test(Adam(), Halves())
    grade(box)


class NoRate(Optimizer):
    size: float = 0.1

    def step(self, x, g, state):
        return x - self.size * g, state


WRONG = [
    ((Adam, 0), TypeError, "rule must be an optimizer such as"),
    (("adam", 0), TypeError, "rule must be an optimizer such as"),
    ((NoRate(), 0), TypeError, "has no learning rate lr"),
    ((Adam(lr=np.array([0.1, 0.2])), 0), ValueError, "lr must be one number"),
    ((Adam(lr=np.array([0.1])), 0), ValueError, "lr must be one number"),
    ((Adam(), 1.0), TypeError, "seed must be a whole number"),
    ((Adam(), True), TypeError, "seed must be a whole number"),
    ((Adam(), -1), ValueError, "seed must be 0 or greater"),
    ((Adam(), 1000), ValueError, "seeds from 1000 on belong to the envelope"),
    ((Adam(), 5000), ValueError, "seeds from 1000 on belong to the envelope"),
    ((Adam(), 0, Linear), TypeError, "schedule must be a schedule"),
    ((Adam(), 0, lambda t, steps: -1), ValueError, "greater than 0 must stand"),
    ((Adam(), 0, None, 0), ValueError, "clip must be greater than 0"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=lambda v: None)
def test_a_wrong_call_costs_no_coin(box, call, error, words):
    with pytest.raises(error, match=words):
        box.valid(*call)
    assert (box.coins, box.log) == (12, ())


@pytest.mark.parametrize("wrong", [{"seed": 1.5}, {"epochs": "3"}, {"coins": True}, {"seed": "a"}])
def test_a_box_of_wrong_kind(wrong):
    with pytest.raises(TypeError, match=f"{next(iter(wrong))} must be a whole number"):
        Box(**wrong)


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"epochs": 0}, {"coins": -1}])
def test_a_box_of_wrong_size(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be"):
        Box(**wrong)


def test_a_training_that_diverges_is_an_infinite_loss(box, capsys):
    tried = box.valid(SGD(lr=1e200), 0)
    assert (tried.loss, tried.error) == (np.inf, 1.0)
    box.report()
    assert capsys.readouterr().out == "diverged      SGD(lr=1e+200), seed 0\n"
    assert box.test(SGD(lr=1e200)).loss == np.inf
    grade(box)
    assert "0 of 15: test loss inf" in capsys.readouterr().out


def test_no_coin_no_training():
    box = Box(epochs=1, coins=1)
    known = box.valid(Adam(), 0)
    with pytest.raises(RuntimeError, match="no coin is left"):
        box.valid(Adam(), 1)
    assert box.valid(Adam(), 0) is known
    assert repr(box) == "<Box of 1 try, 0 coins left>"


def test_the_envelope_opens_once_and_for_what_was_tried(box):
    with pytest.raises(RuntimeError, match="open the envelope first"):
        grade(box)
    with pytest.raises(ValueError, match=r"Momentum\(lr=0.01\) was never tried"):
        box.test(Momentum())
    box.valid(Momentum(), 0)
    with pytest.raises(ValueError, match=r"Momentum\(lr=0.01\), schedule Cosine\(\) was never"):
        box.test(Momentum(), Cosine())
    with pytest.raises(TypeError, match="rule must be"):
        box.test(Momentum)
    opened = box.test(Momentum())
    assert opened is box.opened
    assert repr(opened).startswith("<Momentum(lr=0.01): test loss ")
    assert repr(box) == "<Box of 1 try, closed>"
    for again in (lambda: box.test(Momentum()), lambda: box.valid(Momentum(), 0)):
        with pytest.raises(RuntimeError, match="the box is closed"):
            again()
    assert box.opened is opened


def test_a_plan_is_written_before_the_first_coin(box):
    for wrong, error in ((3, TypeError), (" \n", ValueError)):
        with pytest.raises(error, match="plan"):
            box.plan(wrong)
    box.plan("first")
    box.plan("  second ")
    box.valid(Adam(), 0)
    with pytest.raises(RuntimeError, match="before the first coin"):
        box.plan("third")
    assert box.planned == "second"


def test_the_report_has_a_line_for_each_setting(box, capsys):
    losses = [box.valid(Adam(), seed, clip=2).loss for seed in (5, 3)]
    box.valid(Momentum(), 5)
    box.report()
    first, second = capsys.readouterr().out.splitlines()
    assert first == (
        f"{np.mean(losses):.2f} ± {np.std(losses, ddof=1):.2f}   Adam(lr=0.001), clip 2, seeds 5, 3"
    )
    assert second.endswith("Momentum(lr=0.01), seed 5")


# The checker. Its boxes are told what their trainings gave, so that each rule of it is met.


def told(table, loss=0.22, planned="a plan"):
    """Return a closed box: table holds (rule, schedule, {seed: loss}), the first is the chosen."""
    box = Box()
    box.planned, log = planned, []
    for rule, schedule, losses in sorted(table, key=lambda row: row[0].lr):
        log += [(rule, schedule, seed, its) for seed, its in losses.items() if seed < 10]
    for rule, schedule, losses in table:
        log += [(rule, schedule, seed, its) for seed, its in losses.items() if seed >= 10]
    box._spent = tuple(
        Try(i, rule, seed, schedule, None, its, 0.1, HISTORY)
        for i, (rule, schedule, seed, its) in enumerate(log, 1)
    )
    box.coins -= len(log)
    rule, schedule, _ = table[0]
    chosen = Try(0, rule, 0, schedule, None)
    box.opened = Opened(chosen, np.full(10, loss), np.full(10, 0.05), 0.2)
    return box


def at(seeds, loss, noise=0.0):
    return {seed: loss + noise * (-1) ** seed for seed in seeds}


FRESH = range(10, 16)
GOOD = [
    (Adam(lr=0.01), Linear(), at(range(3), 0.20) | at(FRESH, 0.20, 0.01)),
    (Adam(lr=0.003), Linear(), at(range(3), 0.25)),
    (Adam(lr=0.03), Linear(), at(range(3), 0.25)),
    (Momentum(lr=0.01), None, at(range(3), 0.22) | at(FRESH, 0.23, -0.02)),
    (Momentum(lr=0.003), None, at(range(3), 0.25)),
    (Momentum(lr=0.03), None, at(range(3), 0.25)),
]


def graded(box, capsys):
    """Return the points of the four lines that a program gives, and all that was printed."""
    capsys.readouterr()
    grade(box)
    text = capsys.readouterr().out
    return [int(line.split(" of ")[0]) for line in text.splitlines()[1:5]], text


def test_a_careful_report_gets_all_that_a_program_can_give(capsys):
    points, text = graded(told(GOOD), capsys)
    assert points == [20, 5, 5, 15]
    assert text.startswith("30 of 60 coins spent, on 6 settings\n")
    assert "6 of them shared with Momentum(lr=0.01): lower on 3, a tie" in text
    assert "45 of 45, and\n ? of 25: Does the plan say" in text
    assert text.count(" ? of") == 4


def with_row(i, losses):
    rows = list(GOOD)
    rows[i] = (*rows[i][:2], losses)
    return rows


def test_all_points_together_are_a_hundred(capsys):
    _, text = graded(told(GOOD), capsys)
    asked = [int(line.split(" of ")[1].split(":")[0]) for line in text.splitlines() if "?" in line]
    assert 45 + sum(asked) == 100


def test_without_a_plan_its_points_are_lost(capsys):
    _, text = graded(told(GOOD, planned=None), capsys)
    assert " 0 of 25: no plan was written before the first coin" in text
    assert text.count(" ? of") == 3


def test_a_rate_at_the_edge_gets_none(capsys):
    for side, left in (("below", 1), ("above", 2)):
        points, text = graded(told([row for i, row in enumerate(GOOD) if i != left]), capsys)
        assert points[0] == 0
        assert f"no rate just {side} it was tried" in text


def test_a_neighbour_ten_times_away_is_none(capsys):
    rows = [*GOOD[:1], (Adam(lr=0.001), *GOOD[1][1:]), *GOOD[2:]]
    assert graded(told(rows), capsys)[0][0] == 0


def test_another_schedule_or_second_number_is_no_neighbour(capsys):
    for rule, schedule in ((Adam(lr=0.003), Cosine()), (Adam(lr=0.003, beta1=0.8), Linear())):
        rows = [GOOD[0], (rule, schedule, GOOD[1][2]), *GOOD[2:]]
        assert graded(told(rows), capsys)[0][0] == 0


def test_a_neighbour_that_is_no_worse_is_seen(capsys):
    for loss in (0.20, 0.19):
        points, text = graded(told(with_row(1, at(range(3), loss))), capsys)
        assert points[0] == 10
        assert "its neighbour 0.003 is no worse" in text


def test_neighbours_are_compared_on_the_same_seeds(capsys):
    lucky = at(range(3), 0.20) | at(FRESH, 0.30)  # the mean of all nine is above the neighbours'
    assert graded(told(with_row(0, lucky)), capsys)[0][0] == 20
    points, text = graded(told(with_row(1, at(range(4, 7), 0.25))), capsys)
    assert points[0] == 10
    assert "its neighbour 0.003 has no seed in common" in text


def test_a_rival_that_was_not_tuned_costs_half(capsys):
    points, text = graded(told(GOOD[:4]), capsys)
    assert points[:3] == [10, 5, 5]
    assert "of a rival, Momentum(lr=0.01): no rate just below it" in text


def test_seeds_that_chose_the_rate_do_not_judge_it(capsys):
    rows = [(rule, schedule, at(range(6), loss[0])) for rule, schedule, loss in GOOD]
    points, text = graded(told(rows), capsys)
    assert points[1:3] == [0, 0]
    assert "0 seeds that did not choose it" in text


def test_two_rates_of_one_rule_may_meet_on_fresh_seeds(capsys):
    points, _ = graded(told(with_row(1, at(range(3), 0.25) | at(FRESH, 0.22))), capsys)
    assert points[:2] == [20, 5]


def test_a_pair_of_rates_chooses_on_each_seed_that_it_shares(capsys):
    rows = [GOOD[0], (*GOOD[1][:2], at(range(3), 0.25) | at(FRESH, 0.22)), *GOOD[3:]]
    assert graded(told(rows), capsys)[0][:2] == [0, 0]


def test_each_rate_on_seeds_of_its_own_judges_nothing(capsys):
    rows = [
        (Adam(lr=0.03), None, at(range(6, 9), 0.2)),
        (Adam(lr=0.003), None, at(range(3), 0.3)),
        (Adam(lr=0.01), None, at(range(3, 6), 0.3)),
    ]
    assert graded(told(rows), capsys)[0][1] == 0


def test_a_rival_is_of_another_family_and_on_fresh_seeds_of_its_own(capsys):
    points, text = graded(told(GOOD[:3]), capsys)
    assert points[2] == 0
    assert "no other rule or schedule" in text
    rows = [*GOOD[:4], *((rule, None, at([0, 1, 2, *FRESH], 0.25)) for rule, *_ in GOOD[4:])]
    assert graded(told(rows), capsys)[0][2] == 0  # the seeds chose Momentum's rate


def test_three_pairs_are_too_few(capsys):
    points, text = graded(told(with_row(3, at(range(3), 0.22) | at(range(10, 13), 0.23))), capsys)
    assert points[2] == 0
    assert "3 of them shared with Momentum" in text


def test_a_clear_difference_is_no_tie_and_a_diverged_pair_has_no_verdict(capsys):
    clear = with_row(3, at(range(3), 0.22) | at(FRESH, 0.40))
    assert "lower on 6, no tie" in graded(told(clear), capsys)[1]
    broken = with_row(3, at(range(3), 0.22) | at(FRESH, np.inf))
    points, text = graded(told(broken), capsys)
    assert points[2] == 5
    assert "tie" not in text.split("envelope")[0].split("45")[0]


@pytest.mark.parametrize(("loss", "points"), [(0.26, 15), (0.27, 8), (0.29, 8), (0.31, 0)])
def test_the_bands_of_the_test_loss(loss, points, capsys):
    assert graded(told(GOOD, loss), capsys)[0][3] == points


def test_a_report_by_the_real_box(capsys):
    box = Box(epochs=2)
    box.plan("Adam from 0.001 outward by 3, then six fresh seeds against Momentum.")
    for lr in (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03):
        box.valid(Adam(lr=lr), 0)
    best = min(box.log, key=lambda t: t.loss).rule
    for seed in range(10, 15):
        box.valid(best, seed)
        box.valid(Momentum(lr=0.001), seed)
    box.test(best)
    points, text = graded(box, capsys)
    assert points[:3] == [10, 5, 5]
    assert "of a rival, Momentum(lr=0.001): no rate just below it" in text
