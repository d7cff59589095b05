"""The live figure: sliders, a start to drag, paths that follow the hand.

The figure is one model whose state is a few plain values: the surface, the start, the steps, the
hyperparameters. Each rule and each surface travels to the browser as a tape (`optim_lib.tape`), and
the browser takes the steps; so every control is answered there, with a kernel or without.
The words, the results and the still picture come from `descend`, for the same state.

What no tape can hold, say a rule with an `if` on a number, is computed here whenever the state
changes, and sent for exactly the settings that it was made for.
"""

import asyncio
import base64
import contextlib
import copy
import functools
import math
import operator
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path

import ipywidgets
import numpy as np
import traitlets
from anywidget import AnyWidget
from IPython import get_ipython

from optim_lib import live, schedule_menu
from optim_lib.descent import Trajectory, descend
from optim_lib.figures import LINESTYLES, compare, style_of
from optim_lib.optimizers import RANGES, SGD, Optimizer, checked_optimizer
from optim_lib.schedules import checked_schedule
from optim_lib.surfaces import CATALOGUE, Surface, checked_surface
from optim_lib.tape import NotRecordable, record_init, record_rule, record_surface, state_layout
from optim_lib.typed import typed_rule, typed_surface

__all__ = ["Explorer"]

MOST_STEPS = 500
SEEDS = 2**53  # those that JavaScript can count
HEIGHTS = 61  # along each side, of a surface that the browser cannot replay
# What a reset restores.
STATE = ("surface", "schedule", "start", "steps", "noise", "seed", "values", "shown")
NO_RATE = "; no lr to schedule"  # said of a rule that a schedule leaves as it is
NOTHING_TYPED = {"surfaces": [], "rules": []}
MOST_TYPED = 8  # surfaces, and rules
FIGURE = "application/vnd.optim-lib.figure+json"  # a figure in a notebook, for pages without kernel


@dataclass(eq=False)
class Rule:
    """One optimizer of the figure, what the browser knows of it, and its last descent."""

    label: str
    optimizer: Optimizer
    entry: dict
    made_for: tuple = ()
    run: Trajectory | None = None
    words: str = ""

    def at(self, values):
        """Return the optimizer with other values, or name the slider that cannot have its own."""
        optimizer = copy.copy(self.optimizer)
        for name, value in zip(optimizer.hyperparameters, values, strict=True):
            try:
                if np.ndim(value):
                    raise ValueError(f"{name} must be one number, got {value!r}")
                setattr(optimizer, name, value)
            except (TypeError, ValueError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(f"slider {self.label}.{name}: {error}") from None
        return optimizer


class Control:
    """A slider or a switch of a live figure, as Python sees it: set its `value` to move it."""

    def __init__(self, figure, trait, row, column=None):
        self._figure, self._trait, self._row, self._column = figure, trait, row, column

    @property
    def value(self):
        """The number under a slider; whether a switch is on."""
        row = getattr(self._figure, self._trait)[self._row]
        return row if self._column is None else row[self._column]

    @value.setter
    def value(self, value):
        with self._figure._lock:  # else another control may lose what it says
            rows = list(getattr(self._figure, self._trait))
            if self._column is not None:
                row, rows[self._row] = value, list(rows[self._row])
                rows[self._row][self._column] = row
            else:
                rows[self._row] = value
            setattr(self._figure, self._trait, rows)

    def __repr__(self):
        return f"<{self._trait} {self.value!r}>"


# The state: what Python may set, and the browser send


class Told(traitlets.TraitType):
    """A part of the state that Python and the browser tell each other, checked when it is set."""

    def __init__(self, check, **metadata):
        super().__init__()
        self.check = check
        # The browser is not told again what it has just said: its hand may be further by then.
        self.tag(sync=True, echo_update=False, **metadata)

    def validate(self, figure, value):
        return self.check(figure, value)

    def set(self, figure, value):
        with figure._lock:  # the browser is heard in another thread
            super().set(figure, value)


def _placed(figure, surface):
    """Put a surface that is not in the menu at its end."""
    surface = checked_surface(surface)
    if figure._place(surface) is None:
        known = _described(surface)
        figure._menu.append(surface)
        figure.surfaces = [*figure.surfaces, known]
    return surface


def _checked_start(_, start):
    point = np.asarray(start)
    if point.shape != (2,) or point.dtype.kind not in "iuf" or not np.all(np.isfinite(point)):
        raise ValueError(f"start must be one point (x, y) of finite numbers, got {start!r}")
    return tuple(float(c) for c in point)


def _whole(name, low, high, remark=""):
    """Return a check for whole numbers."""

    def check(_, value):
        with contextlib.suppress(TypeError):
            if not isinstance(value, bool) and low <= operator.index(value) <= high:
                return operator.index(value)
        raise ValueError(
            f"{name} must be a whole number from {low} to {high}{remark}, got {value!r}"
        )

    return check


def _checked_noise(_, noise):
    number = np.asarray(noise)
    if number.ndim or number.dtype.kind not in "iuf" or not 0 <= number < np.inf:
        raise ValueError(f"noise must be a finite number, 0 or greater, got {noise!r}")
    return float(number)


def _listed(figure, schedule):
    """Put a schedule that is not in the menu at its end."""
    if schedule is not None and not schedule_menu.told(
        figure._schedules, checked_schedule(schedule)
    ):
        figure._schedules.append(schedule)
        figure.schedules = [*figure.schedules, schedule_menu.described(schedule, MOST_STEPS)]
    return schedule


def _schedule_of(figure, told):
    """Return the schedule that the browser tells."""
    return None if told is None else schedule_menu.chosen(figure._schedules, *told)


def _checked_values(figure, rows):
    rules = (rule.at(row) for rule, row in zip(figure._rules, rows, strict=True))
    return tuple(tuple(rule.hyperparameters.values()) for rule in rules)


def _checked_shown(figure, shown):
    for _, value in zip(figure._rules, shown, strict=True):
        if not isinstance(value, bool | np.bool_):
            raise TypeError(f"a switch is True or False, got {value!r}")
    return tuple(map(bool, shown))


def _checked_typed(figure, typed):
    """Make what was typed; what is known already stays the same object."""
    surfaces = [(one["text"], _as_bounds(one["bounds"])) for one in typed["surfaces"]]
    rules = [(one["name"], one["settings"], one["step"]) for one in typed["rules"]]
    labels = [rule.label for rule in figure._own_rules] + [name for name, _, _ in rules]
    twice = len({*labels}) < len(labels) or len({*surfaces}) < len(surfaces)
    if twice or max(len(surfaces), len(rules)) > MOST_TYPED:
        raise ValueError(f"{MOST_TYPED} surfaces and rules at most can be typed, each once")
    known = figure._typed
    made = {key: known.get(key) or typed_surface(*key) for key in surfaces}
    made |= {key: known.get(key) or typed_rule(*key) for key in rules}
    figure._typed = made
    return {
        "surfaces": [{"text": text, "bounds": bounds} for text, bounds in surfaces],
        "rules": [dict(zip(("name", "settings", "step"), key, strict=True)) for key in rules],
    }


def _as_bounds(bounds):
    return tuple((float(low), float(high)) for low, high in bounds)


class Explorer(AnyWidget):
    """A live figure of optimizers on a surface: every control is answered under the hand.

    Parameters
    ----------
    surface : Surface
    optimizers : Optimizer or list of Optimizer
        Each gets a slider for each of its hyperparameters. Rules of your own work too.
    start : (x, y), optional
        Where the descents start; by default the surface's own start.
    steps : int, 1 to 500
    noise : float, 0 or greater
        Standard deviation of the noise in each component of each gradient.
    eps : bool
        Whether to show sliders for `eps` as well.
    schedule : Schedule or function of (t, steps), optional
        How the learning rate of every rule changes along its path, for example
        `schedules.Linear(warmup=10)`; the sliders of `lr` set the peak.

    Attributes
    ----------
    sliders : dict of str to Control
        By name, for example `explorer.sliders["Momentum.lr"].value = 0.1`.
    switches : dict of str to Control
        By label; `explorer.switches["Momentum"].value = False` hides a path.
    surface : Surface
        Set it to one of the menu or to one of your own; it brings its own start.
    start, steps, noise, schedule
        As the parameters; set them at any time.
    seed : int, 0 or greater
        Of the noise: `descend` with `noise=(noise, np.random.default_rng(seed))` takes this path.
    step : int
        The step under the cursor; -1 is the last one.
    typed : dict
        The texts that were typed in the figure: "surfaces", of which each has a "text" and
        "bounds", and "rules", each with a "name", "settings" and a "step".

    Raises
    ------
    TypeError
        If the surface or an optimizer is none.
    ValueError
        If there is no optimizer, a hyperparameter is an array, the start is not a point, or a
        number is out of its range.

    Examples
    --------
    >>> from optim_lib import SGD, Momentum, surfaces
    >>> explorer = Explorer(surfaces.ravine, [SGD(lr=0.9), Momentum(lr=0.1)], steps=50)
    >>> explorer.sliders["SGD.lr"].value = 1.0
    >>> print(explorer.words)
    SGD: f = 4 after 50 steps
    Momentum: f = 0.01209 after 50 steps
    >>> explorer.result["SGD"]
    <SGD(lr=1.0) on ravine: 50 steps>
    >>> explorer.close()
    """

    # As text: given a path, anywidget watches the file and never lets go of a widget.
    _esm = live.javascript("anywidget")
    _css = live.css()
    # None, where other widgets make a second model.
    layout = traitlets.Instance(ipywidgets.Layout, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )

    surfaces = traitlets.List().tag(sync=True)
    rules = traitlets.List().tag(sync=True)
    schedules = traitlets.List().tag(sync=True)
    first = traitlets.Dict().tag(sync=True)
    computed = traitlets.Dict().tag(sync=True)
    typed = Told(_checked_typed)
    surface = Told(
        _placed,
        to_json=lambda surface, figure: figure._place(surface),
        from_json=lambda index, figure: figure._places[range(len(figure._places)).index(index)],
    )
    start = Told(_checked_start)
    steps = Told(_whole("steps", 1, MOST_STEPS, " in a live figure (descend takes any number)"))
    noise = Told(_checked_noise)
    seed = Told(_whole("seed", 0, SEEDS - 1))
    schedule = Told(
        _listed,
        to_json=lambda schedule, figure: schedule_menu.told(figure._schedules, schedule),
        from_json=lambda told, figure: _schedule_of(figure, told),
    )
    values = Told(_checked_values)
    shown = Told(_checked_shown)
    step = Told(_whole("step", -1, MOST_STEPS))

    _closed = False

    def __init__(
        self, surface, optimizers, start=None, steps=100, *, noise=0.0, eps=False, schedule=None
    ):
        surface, optimizers = checked_surface(surface), _checked_optimizers(optimizers)
        self._lock = threading.RLock()
        own = [] if _in_catalogue(surface) else [surface]
        self._menu = [*own, *CATALOGUE]
        self._schedules = [*schedule_menu.LIBRARY]
        self._rules = [_rule(i, optimizers, eps) for i in range(len(optimizers))]
        self._own_rules, self._typed = self._rules, {}
        super().__init__(
            surfaces=[*map(_described, own), *_catalogue()],
            rules=[rule.entry for rule in self._rules],
            typed=NOTHING_TYPED,
            surface=surface,
            start=surface.start if start is None else start,
            steps=steps,
            noise=noise,
            seed=0,
            schedules=schedule_menu.known_schedules(MOST_STEPS),
            schedule=schedule,
            values=[rule.optimizer.hyperparameters.values() for rule in self._rules],
            shown=[True] * len(self._rules),
            step=-1,
        )
        self._make_controls()
        self.observe(self._typed_taken, "typed")
        self.observe(self._surface_chosen, "surface")
        self.observe(self._changed, list(STATE))
        self._send_paths()
        _replace_earlier(self)

    def _make_controls(self):
        self.sliders = {
            f"{rule.label}.{known['name']}": Control(self, "values", row, column)
            for row, rule in enumerate(self._rules)
            for column, known in enumerate(rule.entry["hyperparameters"])
            if known["slider"]
        }
        self.switches = {
            rule.label: Control(self, "shown", i) for i, rule in enumerate(self._rules)
        }

    @traitlets.default("first")
    def _first(self):
        return self.get_state(STATE)

    # What a learner reads

    @property
    def words(self):
        """What happened, a line for each optimizer that is switched on."""
        return "\n".join(rule.words for rule in self._walked())

    @property
    def result(self):
        """The present trajectories by label; an optimizer that failed or is off is left out."""
        return {rule.label: rule.run for rule in self._walked() if rule.run is not None}

    def reset(self):
        """Go back to the settings that the figure began with."""
        with self._lock, self.hold_sync():
            self.typed = NOTHING_TYPED
            self.surface = self._menu[self.first["surface"]]  # before the start, which it moves
            self.schedule = _schedule_of(self, self.first["schedule"])
            for name in STATE[2:]:
                setattr(self, name, self.first[name])

    def close(self):
        """Take the figure off the page and free what it holds."""
        self._closed = True
        self.unobserve_all()
        super().close()

    def __repr__(self):
        return f"<Explorer on {self.surface.name}: {', '.join(self.switches)}>"

    def _repr_mimebundle_(self, **kwargs):
        data, _ = super()._repr_mimebundle_(**kwargs)
        words, result = self.words, self.result
        data["text/plain"] = words
        data[FIGURE] = self._as_json()
        runs = {self._legend(label, run): run for label, run in result.items()}
        if not runs:
            return data, {}
        try:
            with np.errstate(all="ignore"):
                picture = compare(self.surface, runs)
            data["image/png"] = base64.b64encode(picture.png()).decode()
        except Exception as error:  # a learner's surface may fail where no path went
            data["text/plain"] += f"\n{_explain(error)}"
            return data, {}
        return data, {"image/png": {"alt": f"{picture.alt} {words}"}}

    def _legend(self, label, run):
        """Return what the still picture says of a path."""
        rule = str(run.optimizer)
        said = rule if label == type(run.optimizer).__name__ else f"{label}: {rule}"
        if run._rates is None:
            return said
        place, warmup = self._told_schedule()
        warm = f" (warmup {warmup})" if warmup else ""
        return f"{said} with {self.schedules[place]['name']}{warm}"

    def _as_json(self):
        """Return the whole figure as JSON; a surface of the catalogue by its name alone.

        The schedules of the library and what is not set are left out.

        All of it is settings and tapes, so that a notebook holds the same on every machine. Of a
        figure that cannot live without Python, only the labels of the rules that need it.
        """
        if needs := [rule.label for rule in self._rules if self._untaped(rule)]:
            return {"needs_python": needs}
        return {
            "surfaces": [known["name"] if known["python"] else known for known in self.surfaces],
            **_set({"schedules": [known for known in self.schedules if known["own"]] or None}),
            "rules": self.rules,
            "first": _set(self.first),
            **_set(self.get_state((*STATE, "step", *(["typed"] if self._typed else [])))),
            "computed": {},
        }

    # Keeping up with the state

    def _place(self, surface):
        """Return the place of a surface in the menu, or None."""
        return next((i for i, known in enumerate(self._places) if known is surface), None)

    @property
    def _places(self):
        """The surfaces of the menu: what was typed comes last."""
        return [*self._menu, *(made for made in self._typed.values() if isinstance(made, Surface))]

    def set_state(self, sync_data):
        """Take what the browser sends, and answer nonsense with what holds."""
        taken = set()
        with self._lock, self.hold_sync():
            # What is typed first of all, and the surface before the start, which it moves.
            for name in ("typed", *STATE, "step"):
                if name in sync_data:
                    try:
                        super().set_state({name: sync_data[name]})
                        taken.add(name)
                    except Exception:  # whatever it is
                        self.send_state(name)
            self._states_to_send -= taken  # else a hand that is further by now would be called back

    def _typed_taken(self, change):
        """Put each rule that was typed behind the others; what is gone leaves."""
        with self._lock:
            if self._place(self.surface) is None:
                self.surface = self._menu[self.first["surface"]]
            rows = list(zip(self._rules, self.values, self.shown, strict=True))
            own = len(self._own_rules)
            known = {type(row[0].optimizer): row for row in rows[own:]}
            del rows[own:]
            for made in self._typed.values():
                if isinstance(made, Optimizer):
                    optimizers = [*(rule.optimizer for rule, _, _ in rows), made]
                    new = _rule(len(rows), optimizers, True), made.hyperparameters.values(), True
                    rows.append(known.get(type(made), new))
            self._rules = [rule for rule, _, _ in rows]
            with self.hold_trait_notifications():  # else one is heard before the other is there
                self.values = [values for _, values, _ in rows]
                self.shown = [shown for _, _, shown in rows]
            self._make_controls()

    def _surface_chosen(self, change):
        self.start = self.surface.start

    def _changed(self, change):
        """Return at once, and compute when the messages that are here have been read.

        In JupyterLab this is called in a thread of its own, whose loop runs on while a cell is
        busy. What is computed then follows the newest state, so that nothing queues up.
        """
        if self.computed or any(map(self._untaped, self._rules)):
            try:
                asyncio.get_running_loop().call_soon(self._send_paths)
            except RuntimeError:  # no loop: a plain Python program
                self._send_paths()

    def _untaped(self, rule):
        """Whether the browser cannot take the path of a rule itself."""
        needed, place = [rule.entry["step"]], self._place(self.surface)
        if place < len(self.surfaces):  # what was typed always has a tape
            needed.append(self.surfaces[place]["tape"])
        if self._paces(rule):
            needed.append(self.schedules[self._told_schedule()[0]]["tape"])
        return None in needed

    def _told_schedule(self):
        """Return the schedule as the browser knows it: its place in the menu and its warmup."""
        return schedule_menu.told(self._schedules, self.schedule)

    def _paces(self, rule):
        """Whether there is a schedule, and a rate for it to change."""
        return self.schedule is not None and "lr" in rule.optimizer.hyperparameters

    def _send_paths(self):
        """Send the paths that the browser cannot take itself."""
        with self._lock:
            if self._closed:
                return
            self.computed = {
                rule.label: known
                if (known := self.computed.get(rule.label, {})).get("made_for") == rule.made_for
                else _packed(rule, self.steps)
                for rule in self._walked(self._untaped)
            }

    def _walked(self, wanted=lambda rule: True):
        """Return the rules that are shown and wanted, their descents as the state has them."""
        with self._lock:
            common = self._place(self.surface), *self.start, self.steps, self.noise, self.seed
            common += tuple(self._told_schedule() or ())
            walked = []
            for rule, values, shown in zip(self._rules, self.values, self.shown, strict=True):
                if shown and wanted(rule):
                    walked.append(rule)
                    if rule.made_for != (*common, *values):
                        rule.run, rule.words = self._walk(rule, values)
                        rule.made_for = (*common, *values)
            return walked

    def _walk(self, rule, values):
        """Return a trajectory, or None, and what is to be said of it."""
        noise = (self.noise, np.random.default_rng(self.seed)) if self.noise else None
        try:
            schedule = self.schedule if self._paces(rule) else None
            run = descend(self.surface, rule.at(values), self.start, self.steps, noise, schedule)
            left = self.schedule is not None and schedule is None
            return run, _words(rule.label, run) + (NO_RATE if left else "")
        except Exception as error:  # whatever a learner's code raises belongs in the figure
            return None, f"{rule.label}: {_explain(error)}"


def _set(state):
    """Return what of a state is set."""
    return {name: value for name, value in state.items() if value is not None}


def _words(label, run):
    """Say how a path ended; the browser says the same."""
    (x, y), height, lost = run.x[-1], run.f[-1], run.diverged_at
    if lost >= 0:
        return f"{label} diverged at step {lost}"
    (left, right), (bottom, top) = run.surface.bounds
    near = 1e-3 * np.hypot(right - left, top - bottom)
    after = f"after {run.steps} step{'s' if run.steps != 1 else ''}"
    for x0, y0 in run.surface.saddles:
        if np.hypot(x - x0, y - y0) < near:
            return f"{label} sits at the saddle ({x0:z.3g}, {y0:z.3g}) {after}"
    inside = left <= x <= right and bottom <= y <= top
    return f"{label}: f = {height:z.4g} {after}{'' if inside else ', outside the picture'}"


def _explain(error):
    """Say what went wrong, with the line of the learner's code where it did."""
    frames = traceback.extract_tb(error.__traceback__)
    installed = (str(Path(__file__).parent), str(Path(np.__file__).parent))
    own = [frame for frame in frames if not frame.filename.startswith(installed)]
    where = f" (line {own[-1].lineno} of {own[-1].name}: {own[-1].line})" if own else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())}{where}"


# What the browser knows of a rule


def _rule(i, optimizers, eps):
    """Return the i-th optimizer with what the browser needs of it."""
    optimizer = copy.copy(optimizers[i])
    optimizer.reset()
    style, earlier = style_of(optimizer), optimizers[:i]
    line = LINESTYLES[sum(style_of(other) == style for other in earlier) % len(LINESTYLES)]
    entry = {
        "label": _label(i, optimizers),
        "python": type(optimizer).__name__,
        "own": type(optimizer).__module__ != SGD.__module__,
        "color": style.color,
        "marker": style.marker,
        "line": line,
        "hyperparameters": [
            {"name": name, "value": value, **_span(name), "slider": eps or name != "eps"}
            for name, value in optimizer.hyperparameters.items()
        ],
        **_growth(optimizer),
        **_tapes(optimizer),
    }
    return Rule(entry["label"], optimizer, entry)


def _label(i, optimizers):
    """Return the name of the class, numbered where it comes more than once."""
    names = [type(optimizer).__name__ for optimizer in optimizers]
    return f"{names[i]} {names[: i + 1].count(names[i])}" if names.count(names[i]) > 1 else names[i]


def _span(name):
    """Return which values a hyperparameter may have, and how its slider spaces them."""
    inside = RANGES[name].contains if name in RANGES else np.isfinite
    below, zero, one, above = (bool(inside(np.array(v))) for v in (-1.0, 0.0, 1.0, 2.0))
    return {
        "kind": "linear" if below else "log" if above else "fraction",
        "zero": zero,
        "range": {
            "low": None if below else 0.0,
            "high": None if above else 1.0,
            "low_open": not (below or zero),
            "high_open": not (above or one),
        },
    }


@functools.cache
def _known_tapes(cls):
    """Return the tapes of a rule of the library, recorded once."""
    return _recorded(cls())


def _tapes(optimizer):
    """Return the tapes of a rule; or none, and why."""
    cls = type(optimizer)
    return _known_tapes(cls) if cls.__module__ == SGD.__module__ else _recorded(optimizer)


def _recorded(optimizer):
    try:
        return {
            "step": record_rule(optimizer).to_json(),
            "init": record_init(optimizer).to_json(),
            "state": [list(field) for field in state_layout(optimizer)],
            "reason": "",
        }
    except Exception as error:
        return {"step": None, "init": None, "state": [], "reason": _reason(error)}


def _reason(error):
    return str(error) if isinstance(error, NotRecordable) else _explain(error)


def _growth(optimizer):
    """Ask a rule how its step and its memory grow with the gradient, which says how to show them.

    A step of power 0 has the length of the learning rate, whatever the gradient. What grows with
    the gradient itself (a velocity, a mean of gradients) is shown as an arrow, turned to where it
    pushes the point; what grows with its square is shown by its root.
    """
    x, g = np.array([1.0, -1.0]), np.array([0.3, 0.7])
    try:
        with np.errstate(all="ignore"):
            (x1, once), (x2, twice) = (optimizer.step(x, k * g, optimizer.init(x)) for k in (1, 2))
            power, _ = _power(x1 - x, x2 - x, g)
            names = getattr(once, "_fields", ())
            shown = {n: _power(getattr(once, n), getattr(twice, n), g) for n in names}
    except Exception:  # the descent will meet it too, and the figure show it
        power, shown = None, {}
    return {
        "power": power if power in (0, 1) else None,
        "shown_as": {
            name: {"root": grows == 2, "arrow": -sign if grows == 1 else 0}
            for name, (grows, sign) in shown.items()
        },
    }


def _power(once, twice, g):
    """Return the power of the gradient with which something grows, and its sign along it."""
    once, twice = np.asarray(once), np.asarray(twice)
    if once.shape != g.shape or not np.all(once):
        return None, 0
    ratio = twice / once
    power = next((p for p in (0, 1, 2) if np.allclose(ratio, 2.0**p, rtol=1e-3)), None)
    return power, int(np.sign(np.sum(once * g)))


def _packed(rule, steps):
    """Return what the browser needs of a path that it cannot take itself."""
    packed = {"made_for": rule.made_for, "words": rule.words, "failed": rule.run is None}
    if rule.run is None:
        x, f, parts = np.full((steps + 1, 2), np.nan), np.full(steps + 1, np.nan), []
    else:
        x, f, parts = rule.run.x, rule.run.f, _internals(rule)
    return {**packed, "x": x.tobytes(), "f": np.asarray(f, float).tobytes(), "parts": parts}


def _internals(rule):
    """Return what drives each step of a path: the gradient, the memory, the step, its rate."""
    run, shown_as = rule.run, rule.entry["shown_as"]
    optimizer, paced = copy.copy(run.optimizer), run._rates is not None
    try:
        if paced:
            optimizer.lr = run.lr[-1]
        memory = type(run.state)(*(part[-1] for part in run.state)) if run.state else run.state
        with np.errstate(all="ignore"):
            after, _ = optimizer.step(run.x[-1].copy(), run.g[-1].copy(), memory)
            move = np.diff(np.concatenate([run.x, after[None]]), axis=0)
            rate = -move / run.g
            parts = [_part("g", run.g, -1)]
            for name in getattr(run.state, "_fields", ()):
                values, shown = getattr(run.state, name), shown_as.get(name, {})
                if shown.get("root"):
                    parts.append(_part(f"√{name}", np.sqrt(np.maximum(values, 0))))
                else:
                    parts.append(_part(name, values, shown.get("arrow", 0)))
            if paced:
                parts.append(_part("lr", np.append(run.lr, run.lr[-1])))
            return [*parts, _part("step", move, 1), _part("rate", rate)]
    except Exception:  # the path went well; what a learner's code does beyond its end is no matter
        return []


def _part(name, values, arrow=0):
    values = np.asarray(values, float)
    return {"name": name, "arrow": arrow, "width": values[0].size, "values": values.tobytes()}


# What the browser knows of a surface


@functools.cache
def _catalogue():
    return [_described(surface) for surface in CATALOGUE]


def _in_catalogue(surface):
    return any(surface is known for known in CATALOGUE)


def _described(surface):
    """Return a surface as the browser knows it: its tape, or its heights and why there is none."""
    known = {
        "name": surface.name,
        "python": f"surfaces.{surface.name}" if _in_catalogue(surface) else "",
        "bounds": [[float(end) for end in side] for side in surface.bounds],
        "start": list(_checked_start(None, surface.start)),
        "minima": [[float(c) for c in point] for point in surface.minima],
        "saddles": [[float(c) for c in point] for point in surface.saddles],
        "lowest": None,
        "curvature": float(f"{_curvature(surface):.6g}"),  # the same on every processor
        "tape": None,
        "reason": "",
        "heights": None,
        "problem": "",
    }
    try:
        known["tape"] = record_surface(surface).to_json()
    except Exception as error:
        known["reason"] = _reason(error)
    try:
        with np.errstate(all="ignore"):
            lowest = surface.lowest
            known["lowest"] = lowest if lowest is not None and math.isfinite(lowest) else None
            if known["tape"] is None:
                heights = np.asarray(surface.f(surface.grid(HEIGHTS)), np.float32)
                values = np.broadcast_to(heights, (HEIGHTS, HEIGHTS)).tobytes()
                known["heights"] = {"n": HEIGHTS, "values": values}
    except Exception as error:
        known["problem"] = _explain(error)
    return known


def _curvature(surface):
    """Return the largest curvature at the minima, or at the start where none is known.

    Gradient descent is stable up to 2 / curvature; a learning rate that suits the surface is below.
    Where a surface is as good as flat or linear, what comes out lets a step cross the picture.
    """
    size = min(high - low for low, high in surface.bounds)
    found = []
    for points in (surface.minima, (surface.start,)):
        # What fails here is met by the descent, too, and shown in words.
        with contextlib.suppress(Exception), np.errstate(all="ignore"):
            found.append(_bend(surface, np.array(points, dtype=float).T, 1e-4 * size))
    crossing = max((slope / size for _, slope in found if np.isfinite(slope)), default=0.0)
    for curvature, _ in found:
        if np.isfinite(curvature) and curvature > 1e-4 * crossing:
            return curvature
    return crossing or 1.0


def _bend(surface, points, h):
    """Return the largest curvature and the steepest slope at some points, by differences."""
    pairs = [(surface.grad(points + d), surface.grad(points - d)) for d in h * np.eye(2)[..., None]]
    hessians = np.moveaxis([(after - before) / (2 * h) for after, before in pairs], -1, 0)
    return float(np.abs(np.linalg.eigvals(hessians)).max()), float(np.abs(pairs).max())


def _checked_optimizers(optimizers):
    many = np.iterable(optimizers) and not isinstance(optimizers, Optimizer)
    optimizers = list(optimizers) if many else [optimizers]
    if not optimizers:
        raise ValueError("Explorer needs an optimizer to show; try [SGD(lr=0.1)]")
    for optimizer in map(checked_optimizer, optimizers):
        for name, value in optimizer.hyperparameters.items():
            if np.ndim(value):
                raise ValueError(
                    f"{type(optimizer).__name__}: {name} is an array, but a slider holds one "
                    "number; give a single value"
                )
    return optimizers


# The end of a figure


_MADE = {}  # by cell of a notebook: the run of the cell, and the figures that it made


def _replace_earlier(figure):
    """Close the figures that an earlier run of the same cell made: they have left the page."""
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    cell = kernel.get_parent().get("metadata", {}).get("cellId") if kernel else None
    if cell is None:
        return
    run, figures = _MADE.get(cell, (None, []))
    if run != shell.execution_count:
        for earlier in figures:
            earlier.close()
        figures = []
    _MADE[cell] = shell.execution_count, [*figures, figure]
