"""The live figure: sliders, a start to drag, paths that follow the hand.

NumPy computes the path for every position of a slider in one broadcast and sends them to the
browser as one table; a drag then draws rows of that table and needs no answer from the kernel.
All arithmetic is the library's: the browser only draws.

What the browser shows is one view; all that it and the kernel tell each other is the state of a few
plain models. A view that is late, on a busy page, then finds everything as it is now.

Nothing is ever drawn that the controls do not say. Each path and each table carries the settings
that it was `made_for`; the kernel makes anew what differs from the controls, and the browser draws
in full only what agrees with them.

What it weighs: a path takes 12 bytes a step (x, y and height in float32) and a line of words, some
60 bytes. A table has a path for each position of its slider. The tables of one optimizer share
`BUDGET` bytes, so that a figure of two optimizers is brought up to date with at most 320 kB of
tables, some 20 kB of paths with their internals, and, on a new surface, its picture (24 to 143 kB).
"""

import asyncio
import base64
import copy
import threading
import traceback
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import ipywidgets
import numpy as np
import traitlets
from anywidget import AnyWidget
from IPython import get_ipython

from optim_lib.descent import Trajectory, descend
from optim_lib.figures import LINESTYLES, backdrop, compare, style_of
from optim_lib.optimizers import RANGES, Optimizer
from optim_lib.surfaces import CATALOGUE, checked_surface

__all__ = ["Explorer"]

HERE = Path(__file__).parent
# As text: given a path, anywidget watches the file and never lets go of a widget.
ESM, CSS = ((HERE / name).read_text("utf-8") for name in ("explorer.js", "explorer.css"))
BUDGET = 160_000  # bytes for the tables of one optimizer
MOST_STEPS = 500
PICTURE = 450, 360  # CSS pixels of the contours, sent at twice the resolution
PAUSE = 0.1  # seconds without a change before the tables are made


class Slider(ipywidgets.Widget):
    """A slider with a number beside it that can be typed; its value may lie between positions."""

    owner = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    value = traitlets.Float().tag(sync=True)
    values = traitlets.List(traitlets.Float()).tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)
    held = traitlets.Bool(False).tag(sync=True)
    table = traitlets.Dict().tag(sync=True)

    @traitlets.validate("value")
    def _whole_and_within(self, proposal):
        if not self.whole or not np.isfinite(proposal["value"]):
            return proposal["value"]
        return float(np.clip(round(proposal["value"]), self.values[0], self.values[-1]))


class Switch(ipywidgets.Widget):
    """Whether an optimizer is shown, how its line looks, and its path."""

    text = traitlets.Unicode().tag(sync=True)
    look = traitlets.List(traitlets.Unicode()).tag(sync=True)
    value = traitlets.Bool(True).tag(sync=True)
    path = traitlets.Dict().tag(sync=True)


class Stage(ipywidgets.Widget):
    """What the optimizers walk on: the menu of surfaces, the one shown, the start, the step."""

    surfaces = traitlets.List(traitlets.Unicode()).tag(sync=True)
    surface = traitlets.Int().tag(sync=True)
    scene = traitlets.Dict().tag(sync=True)
    start = traitlets.List(traitlets.Float()).tag(sync=True)
    step = traitlets.Int(-1, help="the step under the cursor; -1 is the last").tag(sync=True)
    held = traitlets.Bool(False).tag(sync=True)


class View(AnyWidget):
    """All that a learner sees, drawn from the state of the models."""

    _esm = ESM
    _css = CSS
    stage = traitlets.Any().tag(sync=True, **ipywidgets.widget_serialization)
    steps = traitlets.Any().tag(sync=True, **ipywidgets.widget_serialization)
    tracks = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)


@dataclass(eq=False)
class Rule:
    """One optimizer of the figure with its controls, and what was last computed for it."""

    label: str
    optimizer: Optimizer
    switch: Switch
    sliders: dict
    powers: dict
    run: Trajectory | None = None

    def at(self, **values):
        """Return the optimizer as the sliders have it, but for the values given."""
        optimizer = copy.copy(self.optimizer)
        for name, slider in self.sliders.items():
            setattr(optimizer, name, values.get(name, slider.value))
        return optimizer


class Explorer(ipywidgets.VBox):
    """A live figure of optimizers on a surface: every control is answered under the hand.

    Parameters
    ----------
    surface : Surface
    optimizers : Optimizer or list of Optimizer
        Each gets a slider for each of its hyperparameters. Rules of your own work too.
    start : (x, y), optional
        Where the descents start; by default the surface's own start.
    steps : int, 1 to 500
    eps : bool
        Whether to show sliders for `eps` as well.

    Attributes
    ----------
    sliders : dict of str to Slider
        By name, for example `explorer.sliders["Momentum.lr"].value = 0.1`.
    switches : dict of str to Switch
        By label; `explorer.switches["Momentum"].value = False` hides a path.

    Raises
    ------
    TypeError
        If the surface or an optimizer is none.
    ValueError
        If there is no optimizer, a hyperparameter is an array, or the start is not a point.

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

    _parts = ()  # all other widgets that end with this one; none, if it was never finished

    def __init__(self, surface, optimizers, start=None, steps=100, *, eps=False):
        surface, optimizers, start, steps = _checked(surface, optimizers, start, steps)
        self._lock = threading.RLock()
        self._closed = False
        self._due = None
        own = [] if any(surface is known for known in CATALOGUE) else [surface]
        self._surfaces = [*own, *CATALOGUE]
        self._stage = Stage(
            surfaces=[known.name for known in self._surfaces],
            surface=next(i for i, known in enumerate(self._surfaces) if known is surface),
            start=start,
        )
        whole = [float(n) for n in range(1, MOST_STEPS + 1)]
        self._steps = Slider(text="Steps", values=whole, whole=True, value=steps)
        labels = _labels(optimizers)
        self._rules = [
            _rule(label, optimizer, optimizers[:i], eps)
            for i, (label, optimizer) in enumerate(zip(labels, optimizers, strict=True))
        ]
        self.sliders = {
            f"{rule.label}.{name}": slider
            for rule in self._rules
            for name, slider in rule.sliders.items()
        }
        self.switches = {rule.label: rule.switch for rule in self._rules}
        tracks = [
            {"switch": rule.switch, "sliders": list(rule.sliders.values())} for rule in self._rules
        ]
        view = View(stage=self._stage, steps=self._steps, tracks=tracks)
        super().__init__([view])
        models = self._stage, *self._all_sliders(), *self.switches.values()
        self._parts = self.layout, view, view.layout, *models
        self.add_class("optim-explorer")
        self._first = [
            (self._stage, "surface", self._stage.surface),  # before the start, which it moves
            (self._stage, "start", self._stage.start),
            *((slider, "value", slider.value) for slider in self._all_sliders()),
            *((switch, "value", True) for switch in self.switches.values()),
        ]
        self._update_paths()
        self._update_tables()
        self._watch()
        _replace_earlier(self)

    # What a learner reads and sets from Python

    @property
    def words(self):
        """What happened, a line for each optimizer that is switched on."""
        self._update_paths()
        return "\n".join(r.switch.path["words"] for r in self._rules if r.switch.value)

    @property
    def result(self):
        """The present trajectories by label; an optimizer that failed or is off is left out."""
        self._update_paths()
        return {r.label: r.run for r in self._rules if r.switch.value and r.run is not None}

    @property
    def surface(self):
        """The surface; set it to one of the menu or to one of your own."""
        return self._surfaces[self._stage.surface]

    @surface.setter
    def surface(self, surface):
        known = next((i for i, s in enumerate(self._surfaces) if s is surface), None)
        if known is None:
            surface = checked_surface(surface)
            known = len(self._surfaces)
            self._surfaces.append(surface)
            self._stage.surfaces = [s.name for s in self._surfaces]
        self._stage.surface = known

    @property
    def start(self):
        """Where the descents start, (x, y)."""
        return tuple(self._stage.start)

    @start.setter
    def start(self, start):
        self._stage.start = _checked_start(start)

    @property
    def steps(self):
        """How many steps each optimizer takes."""
        return int(self._steps.value)

    @steps.setter
    def steps(self, steps):
        self._steps.value = _checked_steps(steps)

    @property
    def step(self):
        """The step under the cursor as it was last set from Python; -1 is the last one."""
        return self._stage.step

    @step.setter
    def step(self, step):
        self._stage.step = step

    def reset(self):
        """Go back to the settings that the figure began with."""
        for widget, name, value in self._first:
            setattr(widget, name, value)

    def close(self):
        """Take the figure off the page and free what it holds."""
        self._closed = True
        for widget in (self, *self._parts):
            widget.unobserve_all()
            ipywidgets.Widget.close(widget)

    def __repr__(self):
        return f"<Explorer on {self.surface.name}: {', '.join(self.switches)}>"

    def _repr_mimebundle_(self, **kwargs):
        self._update_paths()
        data = super()._repr_mimebundle_(**kwargs) or {}
        data["text/plain"] = self.words
        runs = {
            str(run.optimizer)
            if label == type(run.optimizer).__name__
            else f"{label}: {run.optimizer}": run
            for label, run in self.result.items()
        }
        if not runs:
            return data, {}
        try:
            picture = compare(self.surface, runs)
            data["image/png"] = base64.b64encode(picture.png()).decode()
        except Exception as error:  # a learner's surface may fail where no path went
            data["text/plain"] += f"\n{_explain(error)}"
            return data, {}
        return data, {"image/png": {"alt": f"{picture.alt} {self.words}"}}

    # Keeping up: what differs from the controls is made anew

    def _all_sliders(self):
        return [self._steps, *self.sliders.values()]

    def _watch(self):
        self._stage.observe(self._surface_chosen, "surface")
        self._stage.observe(self._changed, ["start", "held"])
        for slider in self._all_sliders():
            slider.observe(self._changed, ["value", "held"])
        self._stage.on_msg(lambda stage, content, buffers: self.reset())

    def _surface_chosen(self, change):
        self._stage.start = _checked_start(self.surface.start)
        self._changed(change)

    def _changed(self, change):
        """Return at once and do the work when the messages that are here have been read.

        In JupyterLab this is called in a thread of its own, whose loop runs on while a cell is
        busy. What is done then follows the newest values, so that nothing queues up.
        """
        try:
            asyncio.get_running_loop().call_soon(self._work)
        except RuntimeError:  # no loop: a plain Python program
            self._update_paths()
            self._update_tables()

    def _work(self):
        if self._held() and self._served():
            return  # the browser draws from its table; the rest follows when the hand lets go
        self._update_paths()
        loop, (earlier_loop, earlier) = asyncio.get_running_loop(), self._due or (None, None)
        if earlier_loop is loop:
            earlier.cancel()
        self._due = loop, loop.call_later(PAUSE, self._update_tables)

    def _held(self):
        return self._stage.held or any(slider.held for slider in self._all_sliders())

    def _served(self):
        """Whether the browser has a path or a table row for every optimizer as it is set now."""
        return all(
            rule.switch.path["made_for"] == self._made_for(rule)
            or any(
                slider.table.get("made_for") == self._made_for(rule, name)
                and slider.value in slider.values
                for name, slider in rule.sliders.items()
            )
            for rule in self._rules
        )

    def _made_for(self, rule, free=None):
        """Return all settings that a path depends on; for a table, None stands for its slider's."""
        values = [None if name == free else s.value for name, s in rule.sliders.items()]
        return [self._stage.surface, self._steps.value, *self._stage.start, *values]

    def _update_paths(self):
        """Bring the scene and the path of each optimizer up to date with the controls."""
        with self._lock:
            if self._closed:
                return
            if self._stage.scene.get("surface") != self._stage.surface:
                self._stage.scene = {"surface": self._stage.surface, **_scene(self.surface)}
            for rule in self._rules:
                made_for = self._made_for(rule)
                if rule.switch.path.get("made_for") != made_for:
                    rule.run, path = self._path(rule)
                    rule.switch.path = {"made_for": made_for, **path}

    def _descend(self, rule, **values):
        return descend(self.surface, rule.at(**values), self._stage.start, self.steps)

    def _path(self, rule, **values):
        """Return a trajectory, or None, and what the browser needs of it."""
        try:
            run = self._descend(rule, **values)
            (words,) = _words(rule.label, run, 1)
            path = {"words": words, "failed": False, "parts": _internals(run, rule.powers)}
            return run, {**path, **_packed(run, 1)}
        except Exception as error:  # whatever a learner's code raises belongs in the figure
            nowhere = np.full((self.steps + 1, 3), np.nan, np.float32)
            path = {"x": nowhere[:, :2].tobytes(), "f": nowhere[:, 2].tobytes(), "parts": []}
            return None, {"words": f"{rule.label}: {_explain(error)}", "failed": True, **path}

    def _update_tables(self):
        """Bring the tables up to date, unless a hand is on a slider: its table is in use."""
        with self._lock:
            if self._closed or self._held():
                return
            self._update_paths()
            for rule in self._rules:
                for name, slider in rule.sliders.items():
                    made_for = self._made_for(rule, name)
                    if slider.table.get("made_for") != made_for and rule.run is not None:
                        with slider.hold_sync():
                            slider.values, table = self._table(rule, name)
                            slider.table = {"made_for": made_for, **table}

    def _table(self, rule, name):
        """Return the positions of a slider and the path for each of them."""
        values = _positions(rule, name, self.surface, self.steps)
        try:
            run = self._descend(rule, **{name: np.array(values)})
            here = run.x[:, :, values.index(rule.sliders[name].value)]
            # A rule or a surface that mixes the paths of a broadcast, say by the norm of all
            # gradients at once, gives other paths than alone; it shows from the first steps on.
            if np.allclose(here[:6], rule.run.x[:6], rtol=1e-9, equal_nan=True):
                words = _words(rule.label, run, len(values))
                return values, {"words": words, **_packed(run, len(values))}
        except Exception:  # code that takes one point and one value at a time
            pass
        rows = [self._path(rule, **{name: value})[1] for value in values]
        packed = {key: b"".join(row[key] for row in rows) for key in ("x", "f")}
        return values, {"words": [row["words"] for row in rows], **packed}


def _packed(run, count):
    """Return the points and the heights of `count` paths as float32, path after path."""
    zero = run.surface.lowest or 0.0
    with np.errstate(all="ignore"):  # beyond float32 is infinite, and not drawn
        x = run.x.reshape(-1, 2, count).transpose(2, 0, 1).astype(np.float32)
        f = (run.f.reshape(-1, count) - zero).T.astype(np.float32)
    return {"x": x.tobytes(), "f": f.tobytes()}


def _words(label, run, count):
    """Say how each of `count` paths ended."""
    x, y = run.x[-1].reshape(2, count)
    heights, lost = run.f[-1].reshape(count), run.diverged_at.reshape(count)
    (left, right), (bottom, top) = run.surface.bounds
    with np.errstate(all="ignore"):
        outside = ~((left <= x) & (x <= right) & (bottom <= y) & (y <= top))
        near = 1e-3 * np.hypot(right - left, top - bottom)
        at = {p: np.hypot(x - p[0], y - p[1]) < near for p in map(tuple, run.surface.saddles)}
    after = f"after {run.steps} step{'s' if run.steps != 1 else ''}"
    words = []
    for i, (height, t) in enumerate(zip(heights, lost, strict=True)):
        saddle = next((p for p in at if at[p][i]), None)
        if t >= 0:
            words.append(f"{label} diverged at step {t}")
        elif saddle:
            x0, y0 = saddle
            words.append(f"{label} sits at the saddle ({x0:z.3g}, {y0:z.3g}) {after}")
        else:
            where = ", outside the picture" if outside[i] else ""
            words.append(f"{label}: f = {height:z.4g} {after}{where}")
    return words


def _explain(error):
    """Say what went wrong, with the line of the learner's code where it did."""
    frames = traceback.extract_tb(error.__traceback__)
    installed = (str(HERE), str(Path(np.__file__).parent))
    own = [frame for frame in frames if not frame.filename.startswith(installed)]
    where = f" (line {own[-1].lineno} of {own[-1].name}: {own[-1].line})" if own else ""
    return f"{type(error).__name__}: {error}{where}"


def _scene(surface):
    """Return the picture of a surface and what the axes need to know of it."""
    scene = {"name": surface.name, "bounds": [list(side) for side in surface.bounds]}
    lowest = surface.lowest
    try:
        heights = surface.f(surface.grid(21))
        scene["heights"] = [float(np.nanmin(heights)), float(np.nanmax(heights))]
        scene["picture"] = _picture(surface)
    except Exception as error:
        scene |= {"heights": [0.0, 1.0], "picture": b"", "problem": _explain(error)}
    axis = "f above the lowest minimum" if lowest else "f"
    return {**scene, "log": lowest is not None, "axis": axis}


_PICTURES = OrderedDict()  # of the surfaces shown last, so that each is drawn once


def _picture(surface):
    key = id(surface)
    if key not in _PICTURES:
        _PICTURES[key] = surface, backdrop(surface, surface.bounds, *PICTURE, scale=2)
        if len(_PICTURES) > 2 * len(CATALOGUE):
            _PICTURES.popitem(last=False)
    return _PICTURES[key][1]


# What the sliders of a rule are


def _probe(optimizer):
    """Ask a rule how its step and its memory grow with the gradient: name to (power, sign).

    Power 1 is that of the gradient itself (a velocity, a mean of gradients), 2 that of its square;
    a step of power 0 has the length of the learning rate, whatever the gradient. The sign says
    whether it points along the gradient or against it.
    """
    x, g = np.array([1.0, -1.0]), np.array([0.3, 0.7])
    try:
        (x1, once), (x2, twice) = (optimizer.step(x, k * g, optimizer.init(x)) for k in (1, 2))
        names = getattr(once, "_fields", ())
        pairs = {"": (x1 - x, x2 - x), **{n: (getattr(once, n), getattr(twice, n)) for n in names}}
    except Exception:  # the descent will meet it too, and the figure show it
        return {}
    powers = {}
    for name, (a, b) in pairs.items():
        if np.shape(a) == x.shape and np.all(np.asarray(a) != 0):
            ratio = np.asarray(b) / a
            power = next((p for p in (0, 1, 2) if np.allclose(ratio, 2.0**p, rtol=1e-3)), None)
            powers[name] = power, float(np.sign(np.sum(a * g)))
    return powers


def _positions(rule, name, surface, steps):
    """Return the positions of a slider, its present value among them.

    Each costs a path; together the sliders of a rule keep to the budget. Fractions are spaced as
    1 - 10^-k, so that 0, .9, .99 and .999 are among them; what has a range above 0 is spaced
    evenly in its logarithm, any other hyperparameter evenly around the value that it came with.
    """
    paths = BUDGET // (12 * (steps + 1) + 60)
    fractions = sum(map(_is_fraction, rule.sliders))
    per_decade = min(max((paths // len(rule.sliders) - 3) // 4, 1), 15)
    others = len(rule.sliders) - fractions
    count = min((paths - fractions * (4 * per_decade + 3)) // max(others, 1) - 3, 98)
    given, present = getattr(rule.optimizer, name), rule.sliders[name].value
    if _is_fraction(name):
        distances = 10.0 ** (-np.arange(4 * per_decade + 1) / per_decade)
        values = [float(f"{1 - float(f'{distance:.3g}'):.6g}") for distance in distances]
    elif name in RANGES:
        low, high = _span(rule, name, surface)
        low, high = min(low, given / 10) if given > 0 else low, max(high, 3 * given)
        values = [float(f"{value:.3g}") for value in np.geomspace(low, high, count)]
        values += [0.0] * bool(RANGES[name].contains(np.array(0.0)))
    else:
        low, high = sorted((0.0, 2 * given)) if given else (-1.0, 1.0)
        values = [float(f"{value:.4g}") for value in np.linspace(low, high, count)]
    return sorted({*values, given, present} if np.isfinite(present) else {*values, given})


def _is_fraction(name):
    return name in RANGES and not RANGES[name].contains(np.array(1.0))


def _span(rule, name, surface):
    """Return the ends of a logarithmic slider."""
    if name != "lr":
        return 1e-10, 1.0
    (left, right), (bottom, top) = surface.bounds
    power, _ = rule.powers.get("", (None, 0))
    largest = 10 / _curvature(surface) if power == 1 else max(right - left, top - bottom) / 2
    high = float(f"{largest:.1g}")
    return high / 1e4, high


def _curvature(surface):
    """Return the largest curvature at the minima, or at the start where none is known.

    Gradient descent is stable up to 2 / curvature; a learning rate that suits the surface is below.
    """
    points = np.array(surface.minima or (surface.start,), dtype=float).T
    h = 1e-4 * min(high - low for low, high in surface.bounds)
    try:
        columns = [
            (surface.grad(points + d) - surface.grad(points - d)) / (2 * h)
            for d in h * np.eye(2)[:, :, None]
        ]
        hessians = np.moveaxis(np.array(columns), -1, 0)
        largest = float(np.abs(np.linalg.eigvals(hessians)).max())
    except Exception:  # the descent will meet it too, and the figure show it
        return 1.0
    return largest if np.isfinite(largest) and largest > 0 else 1.0


def _internals(run, powers):
    """Return what drives each step of a path: the gradient, the memory, the step itself.

    Squares are shown by their root. An arrow's sign turns it to where it pushes the point.
    """
    memory = type(run.state)(*(part[-1] for part in run.state)) if run.state else run.state
    with np.errstate(all="ignore"):
        after, _ = run.optimizer.step(run.x[-1], run.g[-1], memory)
        move = np.diff(np.concatenate([run.x, after[None]]), axis=0)
        rate = -move / run.g
    parts = [_part("g", run.g, arrow=-1.0)]
    for name in getattr(run.state, "_fields", ()):
        values = getattr(run.state, name)
        power, sign = powers.get(name, (None, 0.0))
        if power == 2:
            parts.append(_part(f"√{name}", np.sqrt(np.maximum(values, 0))))
        else:
            parts.append(_part(name, values, arrow=-sign if power == 1 else 0.0))
    return [*parts, _part("step", move, arrow=1.0), _part("rate", rate)]


def _part(name, values, arrow=0.0):
    with np.errstate(all="ignore"):
        packed = np.asarray(values, np.float32)
    width = packed[0].size
    return {"name": name, "arrow": arrow, "width": width, "values": packed.tobytes()}


def _rule(label, optimizer, earlier, eps):
    """Return an optimizer with its controls."""
    optimizer = copy.copy(optimizer)
    optimizer.reset()
    style = style_of(optimizer)
    line = LINESTYLES[sum(style_of(other) == style for other in earlier) % len(LINESTYLES)]
    names = [name for name in optimizer.hyperparameters if eps or name != "eps"]
    sliders = {
        name: Slider(owner=label, text=name, value=getattr(optimizer, name), values=[0.0])
        for name in names
    }
    switch = Switch(text=label, look=[style.color, style.marker, line])
    return Rule(label, optimizer, switch, sliders, _probe(optimizer))


def _labels(optimizers):
    """Return the names of the classes, numbered where a class comes more than once."""
    names = [type(optimizer).__name__ for optimizer in optimizers]
    return [
        f"{name} {names[: i + 1].count(name)}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]


# Bad input


def _checked(surface, optimizers, start, steps):
    surface = checked_surface(surface)
    optimizers = [optimizers] if isinstance(optimizers, Optimizer) else list(optimizers)
    if not optimizers:
        raise ValueError("Explorer needs an optimizer to show; try [SGD(lr=0.1)]")
    for optimizer in optimizers:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"each optimizer must be one such as SGD(lr=0.1), got {optimizer!r}")
        for name, value in optimizer.hyperparameters.items():
            if np.ndim(value):
                raise ValueError(
                    f"{type(optimizer).__name__}: {name} is an array, but a slider holds one "
                    "number; give a single value"
                )
    start = _checked_start(surface.start if start is None else start)
    return surface, optimizers, start, _checked_steps(steps)


def _checked_start(start):
    point = np.asarray(start)
    if point.shape != (2,) or point.dtype.kind not in "iuf" or not np.all(np.isfinite(point)):
        raise ValueError(f"start must be one point (x, y) of finite numbers, got {start!r}")
    return [float(c) for c in point]


def _checked_steps(steps):
    if not isinstance(steps, int | np.integer) or not 1 <= steps <= MOST_STEPS:
        raise ValueError(
            f"steps must be a whole number from 1 to {MOST_STEPS} in a live figure, got {steps!r}; "
            "descend takes any number"
        )
    return float(steps)


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
