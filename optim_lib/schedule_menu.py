"""The schedules that a live figure offers, each as its browser knows it.

A schedule travels as a tape of three numbers, `t`, `steps` and `warmup`, so that the browser has
the factors of any plan. What no tape can hold is computed by Python, as for such a rule.
"""

import copy
import functools
import operator

import numpy as np

from optim_lib.recording import NotRecordable, not_recordable
from optim_lib.schedules import Constant, Cosine, InverseRoot, Linear, Schedule, StepDecay
from optim_lib.tape import record

__all__ = ["LIBRARY", "chosen", "described", "known_schedules", "record_schedule", "told"]

LIBRARY = (Constant(), Linear(), Cosine(), StepDecay(), InverseRoot())
NAMES = ("constant", "linear", "cosine", "step decay", "inverse root")
PLANS = (1, 2, 3, 10, 30, 100, 500)  # numbers of steps for which a tape is compared
WARMUPS = (0, 1, 10, 1000)


def told(menu, schedule):
    """Return a schedule as a browser is told it: its place in a menu, and its warmup.

    Of no schedule, or one that is not in the menu, it is told None.
    """
    warmup = schedule.warmup if isinstance(schedule, Schedule) else 0
    return next(([i, warmup] for i, known in enumerate(menu) if _alike(known, schedule)), None)


def chosen(menu, place, warmup):
    """Return the schedule that a browser tells, with its warmup if it can have one.

    Raises
    ------
    ValueError
        If there is no such place, or the warmup is negative.
    TypeError
        If the place or the warmup is no whole number.
    """
    schedule = menu[range(len(menu)).index(place)]
    if operator.index(warmup) < 0:
        raise ValueError(f"warmup must be 0 or greater, got {warmup}; try 10")
    return _with_warmup(schedule, operator.index(warmup))


@functools.cache
def known_schedules(most_steps):
    """Return the schedules of the library as the browser knows them."""
    return tuple(
        {**known, "name": name, "own": False, "python": f"schedules.{known['python']}"}
        for schedule, name in zip(LIBRARY, NAMES, strict=True)
        for known in [described(schedule, most_steps)]
    )


def described(schedule, most_steps):
    """Return a learner's schedule as the browser knows it: its tape, or why there is none.

    `python` is how Python calls it: a class, to be called with `options` and a warmup, or a
    function as it stands.
    """
    known = {"own": True, "warmup": isinstance(schedule, Schedule), "options": []}
    kind = type(schedule).__name__
    if known["warmup"]:
        known["python"] = kind
        values = {name: value for name, value in vars(schedule).items() if name != "warmup"}
        known["options"] = [f"{name}={value!r}" for name, value in values.items()]
        known["name"] = f"{kind}({', '.join(known['options'])})" if values else kind
    else:
        name = getattr(schedule, "__name__", "")
        known["python"] = name if name.isidentifier() else "schedule"
        known["name"] = name if name.isidentifier() else "own function"
    try:
        return {**known, "tape": record_schedule(schedule, most_steps).to_json(), "reason": ""}
    except Exception as error:  # whatever a learner's code raises; a descent will say it, too
        return {**known, "tape": None, "reason": str(not_recordable(error, schedule))}


def record_schedule(schedule, most_steps):
    """Record a schedule, and compare the tape with what a descent asks it.

    Parameters
    ----------
    schedule : Schedule or function of (t, steps)
    most_steps : int
        The longest plan that it must serve.

    Returns
    -------
    Tape
        Of the inputs t, steps and warmup, which a function of one's own passes over; its output is
        the factor of the learning rate.

    Raises
    ------
    NotRecordable
        As `optim_lib.tape.record` does; or if a factor is not a finite number greater than 0.

    Examples
    --------
    >>> record_schedule(Linear(), 100).replay([0, 1, 2, 3], 4, 1)
    [array([0.5       , 1.        , 0.66666667, 0.33333333])]
    """

    def factor(t, steps, warmup):
        return _with_warmup(schedule, warmup)(t, steps)

    warmups = WARMUPS if isinstance(schedule, Schedule) else (0,)
    plans = [
        (int(t), steps, warmup)
        for warmup in warmups
        for steps in PLANS
        for t in np.unique(np.linspace(0, steps - 1, 12, dtype=int))
    ]
    tape = record(factor, 3, np.transpose(plans))
    for plan, found in zip(plans, tape.replay(*np.transpose(plans))[0], strict=True):
        wanted = float(factor(*plan))  # of whole numbers, as a descent has them
        if not abs(found - wanted) <= 1e-9 * abs(wanted):
            t, steps, _ = plan
            raise NotRecordable(
                f"what was recorded gives {found:.9g} at t = {t} of {steps} steps, where it gives "
                f"{wanted:.9g}"
            )
    steps, t = np.indices((most_steps + 1, most_steps))
    steps, t = steps[t < steps], t[t < steps]
    (factors,) = tape.replay(t, steps, getattr(schedule, "warmup", 0))
    wrong = ~((factors > 0) & (factors < np.inf))
    if wrong.any():
        at = wrong.argmax()
        raise NotRecordable(
            f"it gives {factors[at]:.9g} at t = {t[at]} of {steps[at]} steps, where a finite "
            "number greater than 0 must stand"
        )
    return tape


def _with_warmup(schedule, warmup):
    """Return a schedule with another warmup; a function of one's own has none."""
    if not isinstance(schedule, Schedule):
        return schedule
    schedule = copy.copy(schedule)
    object.__setattr__(schedule, "warmup", warmup)  # past the check, for a number that is recorded
    return schedule


def _alike(one, other):
    """Whether two schedules are one but for the warmup. Their text is compared: arrays may be."""
    if not isinstance(one, Schedule) or type(one) is not type(other):
        return one is other
    return repr(_with_warmup(one, 0)) == repr(_with_warmup(other, 0))
