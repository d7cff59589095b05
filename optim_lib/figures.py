"""Pictures of surfaces and descents, drawn by Matplotlib.

Every function draws into the axes it is given or makes a figure of its own, and returns a
`Picture`, which a notebook shows. Figures are made without pyplot and drawn under one lock, so
that a picture may be drawn in one thread while another thread draws a second one.

A group of runs is a dictionary from a label to a `Trajectory`; the label may be the optimizer.

What is finite is drawn, whatever it is; where a surface has no finite height it is grey.
"""

import io
import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from PIL import Image

from optim_lib.descent import Trajectory
from optim_lib.optimizers import SGD, Adagrad, Adam, Momentum, RMSProp

__all__ = [
    "DRAWING",
    "Picture",
    "Style",
    "animate",
    "basins",
    "compare",
    "contours",
    "curves",
    "loss_curves",
    "panels",
    "paths",
    "phase_diagram",
    "slice_1d",
    "style_of",
]

DRAWING = threading.RLock()  # Matplotlib's text and log axes are not safe in two threads at once
DPI = 100
HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#f7f9fb", "#cbd6e0", "#93a7ba"])
NO_COLOUR = "#d9d4cc"  # where a path went nowhere or diverged, or a height is not finite


class Style(NamedTuple):
    """How an optimizer looks in every picture."""

    color: str
    marker: str
    linestyle: str


# Okabe and Ito's colours, which readers with any colour vision can tell apart.
STYLES = {
    SGD: Style("#000000", "o", "-"),
    Momentum: Style("#0072B2", "s", "-"),
    Adagrad: Style("#009E73", "^", "-"),
    RMSProp: Style("#CC79A7", "D", "-"),
    Adam: Style("#D55E00", "v", "-"),
}
WRONG = Style("#9B1B30", "X", "-")  # of a class called Wrong: a bug beside the right rule
OTHERS = (Style("#56B4E9", "P", "-"), Style("#E69F00", "X", "-"), Style("#8A6D00", "*", "-"))
LINESTYLES = ("-", "--", ":", "-.")  # tell two optimizers of one class apart


def style_of(optimizer):
    """Return the colour, marker and line style of an optimizer, the same in every picture.

    Parameters
    ----------
    optimizer : Optimizer
        A rule of your own gets one of three other colours, chosen by its class's name; a class
        called `Wrong` gets a dark red that no other rule has.

    Examples
    --------
    >>> style_of(Adam())
    Style(color='#D55E00', marker='v', linestyle='-')
    """
    cls = type(optimizer)
    if cls.__name__ == "Wrong":
        return WRONG
    return STYLES.get(cls, OTHERS[sum(map(ord, cls.__name__)) % len(OTHERS)])


@dataclass(eq=False)
class Picture:
    """A figure that a notebook shows, with its parts at hand.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
    artists : dict
        What was drawn, by label: lines, images, collections.
    alt : str
        What the picture shows, in words.
    """

    figure: Figure
    axes: list
    artists: dict
    alt: str

    def png(self):
        """Return the picture as the bytes of a PNG file."""
        return _png(self.figure)

    def save(self, path):
        """Write the picture to a PNG file."""
        data = self.png()
        with open(path, "wb") as file:
            file.write(data)

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": self.png(), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}


def panels(columns=2, rows=1, width=9.0, height=3.8):
    """Return an empty picture with a grid of axes to draw into.

    Parameters
    ----------
    columns, rows : int
    width, height : float
        Size in inches, at 100 pixels an inch.

    Returns
    -------
    Picture
        Its `axes` are in reading order.

    Examples
    --------
    >>> from optim_lib import surfaces
    >>> picture = panels(2)
    >>> for ax, surface in zip(picture.axes, [surfaces.bowl, surfaces.saddle]):
    ...     _ = contours(surface, ax=ax)
    """
    with DRAWING:
        figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    return Picture(figure, axes, {}, "A picture with several panels.")


def contours(surface, ax=None):
    """Draw the heights of a surface, its minima as stars and its saddles as crosses.

    Around up to four known minima the contour lines are spaced evenly in the logarithm of the
    height above the lowest, so that the floor of a valley shows; elsewhere, and where the surface
    goes below the minima it lists, evenly in height. Where no height is finite it is grey.

    Parameters
    ----------
    surface : Surface
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    Picture
        `artists["heights"]` are the filled contours, if any height is finite.
    """
    with DRAWING:
        picture, ax = _canvas(ax, width=5.2, height=4.2)
        x, y, heights, levels = landscape = _landscape(surface)
        if heights.mask.any():
            ax.add_patch(_frame(surface))
        if heights.count():
            depth = np.linspace(0, 1, len(levels) + 1)  # one band below, one above
            picture.artists["heights"] = ax.contourf(
                x, y, heights, levels, colors=HEIGHTS(depth), extend="both"
            )
        _lines(ax, *landscape)
        marks = {"color": "#33424f", "linestyle": "none", "zorder": 2}
        small = 0.5 if len(surface.minima) > FEW else 1.0
        _points(ax, surface.minima, marker="*", markersize=10 * small, **marks)
        _points(ax, surface.saddles, marker="x", markersize=7 * small, **marks)
        ax.set(xlim=surface.bounds[0], ylim=surface.bounds[1], xlabel="x", ylabel="y")
        ax.set_title(surface.name, fontsize="medium")
    holes = "" if not heights.mask.any() else ", grey where no height is finite"
    picture.alt = f"Contour lines of {surface.name}{holes}."
    return picture


def paths(surface, runs, ax=None, colors=None):
    """Draw the path of each run on the surface, from a ring at its start to a dot at its end.

    Parameters
    ----------
    surface : Surface
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.
    ax : matplotlib.axes.Axes, optional
    colors : sequence of str, optional
        One for each run, in place of those of the rules: to tell walks of one rule apart.

    Returns
    -------
    Picture
        `artists` has a line for each label, and a marker for the end of each.

    Raises
    ------
    ValueError
        If a run holds more than one path.
    """
    runs = _labelled(runs)
    with DRAWING:
        picture = contours(surface, ax)
        ax = picture.axes[0]
        for label, run, style in _styled(runs, colors):
            line, end = _path(ax, surface, run, label, style)
            picture.artists |= {label: line, f"end of {label}": end}
        if len(ax.figure.axes) == 1 and len(runs) > 1:
            _legend(picture, runs)
    picture.alt = f"Paths on {surface.name}: {_list(runs)}."
    return picture


def loss_curves(runs, ax=None, colors=None):
    """Draw the height of each run against the step.

    Where the surface knows a minimum, the height is counted from the lowest one and drawn on a
    log scale; heights of zero are drawn at the lower edge. Elsewhere, and where a run goes below
    that minimum, it is drawn as it is. A curve has gaps where the height is not finite.

    Parameters
    ----------
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.
    ax : matplotlib.axes.Axes, optional
    colors : sequence of str, optional
        One for each run, in place of those of the rules: to tell walks of one rule apart.

    Returns
    -------
    Picture
        `artists` has a line for each label.

    Raises
    ------
    ValueError
        If a run holds more than one path.
    """
    runs = _labelled(runs)
    with DRAWING:
        picture, ax = _canvas(ax, width=5.2, height=3.6)
        heights = _height_axis(ax, runs)
        for label, run, style in _styled(runs, colors):
            (line,) = ax.plot(
                heights[label],
                color=style.color,
                linestyle=style.linestyle,
                marker=style.marker,
                markevery=max(1, run.steps // 10),
                markersize=4,
                linewidth=1.4,
                label=label,
            )
            picture.artists[label] = line
        ax.set_xlabel("step")
        ax.grid(color="#dddddd", linewidth=0.6)
        if len(ax.figure.axes) == 1 and len(runs) > 1:
            _legend(picture, runs)
    picture.alt = f"Height against step: {_list(runs)}."
    return picture


def curves(series, xlabel, ylabel, log="", ax=None):
    """Draw one line for each entry of a dictionary.

    Parameters
    ----------
    series : dict of label to y, or to (x, y)
        A label is a text, or a class of optimizers, which gets its colour and its name. Without x
        the values are counted from 0.
    xlabel, ylabel : str
    log : str
        The axes with a logarithmic scale: "", "x", "y" or "xy".
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    Picture
        `artists` has a line for each label.

    Examples
    --------
    >>> picture = curves({"a square": ([1, 2, 3], [1, 4, 9])}, "x", "x^2", log="xy")
    >>> list(picture.artists)
    ['a square']
    """
    with DRAWING:
        picture, ax = _canvas(ax, width=6.4, height=3.8)
        for label, values in series.items():
            x, y = values if isinstance(values, tuple) else (range(len(values)), values)
            name, style = label, {}
            if isinstance(label, type):
                color, marker, _ = style_of(label())
                name, style = label.__name__, {"color": color, "marker": marker}
            every = max(1, len(y) // 12)  # so that the markers leave the line to be seen
            (line,) = ax.plot(x, y, label=name, markersize=4, markevery=every, **style)
            picture.artists[name] = line
        ax.set(xlabel=xlabel, ylabel=ylabel)
        ax.set(**{f"{axis}scale": "log" for axis in log})
        ax.grid(color="#dddddd", linewidth=0.6)
        if len(series) > 1:
            columns = min(3, len(series))
            ax.figure.legend(loc="outside lower center", ncols=columns, frameon=False)
    picture.alt = f"{ylabel} against {xlabel}: {', '.join(picture.artists)}."
    return picture


def compare(surface, runs, colors=None):
    """Draw the paths of several runs on the surface, and their heights beside it.

    Parameters
    ----------
    surface : Surface
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.
    colors : sequence of str, optional
        One for each run, in place of those of the rules: to tell walks of one rule apart.

    Returns
    -------
    Picture

    Examples
    --------
    >>> from optim_lib import descend, surfaces
    >>> runs = {opt: descend(surfaces.ravine, opt) for opt in (SGD(lr=0.9), Adam(lr=0.3))}
    >>> compare(surfaces.ravine, runs)
    Paths on ravine and heights against step: SGD(lr=0.9), Adam(lr=0.3).
    """
    runs = _labelled(runs)
    with DRAWING:
        picture = panels(2, height=3.7 + 0.22 * ((len(runs) + 1) // 2))
        left, right = picture.axes
        on_surface = paths(surface, runs, left, colors)
        _legend(on_surface, runs)
        picture.artists["paths"] = on_surface.artists
        picture.artists["heights"] = loss_curves(runs, right, colors).artists
    picture.alt = f"Paths on {surface.name} and heights against step: {_list(runs)}."
    return picture


def slice_1d(surface, runs, along="x", ax=None, colors=None):
    """Draw the surface cut along one axis through the start of the runs, with their points on it.

    Parameters
    ----------
    surface : Surface
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.
    along : "x" or "y"
        The coordinate that varies; the other keeps its starting value.
    ax : matplotlib.axes.Axes, optional
    colors : sequence of str, optional
        One for each run, in place of those of the rules: to tell walks of one rule apart.

    Returns
    -------
    Picture
        `artists` has a line for each label.

    Raises
    ------
    ValueError
        If `along` is neither "x" nor "y", or a run holds more than one path.
    """
    if along not in ("x", "y"):
        raise ValueError(f'along must be "x" or "y", got {along!r}')
    axis = "xy".index(along)
    runs = _labelled(runs)
    start = next(iter(runs.values())).x[0]
    low, high = surface.bounds[axis]

    def height(values):
        point = [np.full_like(values, c) for c in start]
        point[axis] = values
        return _heights(surface, point)

    values = np.linspace(low, high, 401)
    cut = height(values)
    unit = _unit(cut)
    with DRAWING:
        picture, ax = _canvas(ax, width=5.6, height=3.6)
        (curve,) = ax.plot(values, cut / unit, color="#71889f", linewidth=1.5)
        picture.artists["curve"] = curve
        if np.isnan(cut).any():
            whole = ax.get_xaxis_transform()  # from the lower edge to the upper
            holes = {"where": np.isnan(cut), "color": NO_COLOUR, "linewidth": 0, "zorder": 0}
            ax.fill_between(values, 0, 1, transform=whole, **holes)
        for label, run, style in _styled(runs, colors):
            x = _bounded(run.x[:, axis], surface.bounds[axis])
            f = np.clip(height(x) / unit, -FAR, FAR)
            (line,) = ax.plot(
                x,
                f,
                color=style.color,
                linestyle=style.linestyle,
                marker=style.marker,
                markersize=4.5,
                linewidth=0.8,
                label=label,
            )
            ax.plot(x[:1], f[:1], "o", markersize=10, mfc="none", mec=style.color)
            picture.artists[label] = line
        bottom, top = _limits(cut / unit)
        room = 0.06 * (top - bottom)
        ylim = (bottom - room, top + room)
        ax.set(xlim=(low, high), ylim=ylim, xlabel=along, ylabel=_counted("f", unit))
        if len(ax.figure.axes) == 1:
            _legend(picture, runs)
    picture.alt = f"{surface.name} cut along {along}, with the points of {_list(runs)}."
    return picture


def phase_diagram(run, values=None, label="height after the last step", ax=None):
    """Draw a sweep of two hyperparameters as a heat map.

    Parameters
    ----------
    run : Trajectory
        From `sweep` with two arrays: the first goes up, the second to the right.
    values : ndarray, shaped like the grid, optional
        What the colours show; by default the height after the last step, above the lowest
        minimum where it is known. Values that are not finite, and diverged paths, are left in grey.
    label : str
        What the colours mean.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    Picture
        `artists["map"]` is the mesh; `get_array()` gives its values.

    Raises
    ------
    ValueError
        If the run is not a sweep of two arrays.
    """
    axes = {n: np.ravel(v) for n, v in run.optimizer.hyperparameters.items() if np.size(v) > 1}
    axes = dict(sorted(axes.items(), key=lambda item: -np.ndim(getattr(run.optimizer, item[0]))))
    if len(axes) != 2 or run.f.ndim != 3:
        raise ValueError(
            f"phase_diagram needs a sweep of two arrays from one start, got {run!r}; "
            "use sweep(surface, Momentum, lr=..., momentum=...)"
        )
    with np.errstate(all="ignore"):
        if values is None:
            values = run.f[-1] - (_lowest(run.surface) or 0.0)
        values = np.where(run.diverged | ~np.isfinite(values), np.nan, values)
    positive = values[values > 0]
    wide = positive.size and np.nanmin(values) >= 0 and positive.max() / 100 > positive.min()
    unit = _unit(np.clip(1.0, positive.min(), positive.max()) if wide else values)
    values, positive = values / unit, positive / unit
    (up, up_values), (right, right_values) = axes.items()
    with DRAWING:
        picture, ax = _canvas(ax, width=6.0, height=4.2)
        if wide:  # what is very high or low is only shown to be so, where there is anything else
            floor = FLOOR if positive.max() > FLOOR else positive.min()
            ceiling = 1e4 if positive.min() < 1e4 else positive.max()
            norm = LogNorm(max(positive.min(), floor), min(positive.max(), ceiling))
        else:
            norm = Normalize(*_limits(values))
        mesh = ax.pcolormesh(
            right_values,
            up_values,
            np.maximum(values, floor) if wide else values,
            norm=norm,
            cmap="viridis",
            shading="nearest",
        )
        ax.set_facecolor(NO_COLOUR)
        for set_scale, spaced in ((ax.set_xscale, right_values), (ax.set_yscale, up_values)):
            if spaced.min() > 0 and np.allclose(np.diff(np.log(spaced), 2), 0, atol=1e-6):
                set_scale("log")
        ax.set(xlabel=right, ylabel=up)
        ax.set_title(f"{type(run.optimizer).__name__} on {run.surface.name}", fontsize="medium")
        extend = "both" if wide else "neither"
        ax.figure.colorbar(mesh, ax=ax, label=_counted(label, unit), extend=extend)
    picture.artists["map"] = mesh
    picture.alt = f"Heat map of {up} and {right} on {run.surface.name}: {label}."
    return picture


def basins(surface, run, within=0.1, ax=None):
    """Colour each start by the minimum that its path reached.

    Parameters
    ----------
    surface : Surface
        With at least one known minimum.
    run : Trajectory
        From starts on a grid, `start=surface.grid(n)`.
    within : float
        How near a path must end to count as having reached a minimum, in units of x.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    Picture
        `artists["basins"]` is the image: the index of the minimum, or -1 for none.

    Raises
    ------
    ValueError
        If the surface knows no minimum or the starts are not a grid.
    """
    if not surface.minima:
        raise ValueError(f"{surface.name} lists no minimum, so it has no basins to colour")
    if run.x.ndim != 4:
        raise ValueError(f"basins needs starts on a grid, start=surface.grid(201); got {run!r}")
    end = run.x[-1]
    with np.errstate(all="ignore"):
        distance = np.array([np.hypot(end[0] - x, end[1] - y) for x, y in surface.minima])
        distance = np.where(np.isfinite(distance), distance, np.inf)
    reached = np.where(distance.min(axis=0) <= within, distance.argmin(axis=0), -1)
    palette = list(itertools.islice(itertools.cycle(BASIN_COLOURS), len(surface.minima)))
    with DRAWING:
        picture, ax = _canvas(ax, width=5.2, height=4.4)
        image = ax.imshow(
            reached,
            origin="lower",
            extent=(*surface.bounds[0], *surface.bounds[1]),
            aspect="auto",
            cmap=ListedColormap([NO_COLOUR, *palette]),
            vmin=-1.5,
            vmax=len(palette) - 0.5,
            interpolation="nearest",
        )
        _lines(ax, *_landscape(surface))
        for (px, py), color in zip(surface.minima, palette, strict=True):
            ax.plot(px, py, "*", markersize=13, mfc=color, mec="black")
        ax.set(xlim=surface.bounds[0], ylim=surface.bounds[1], xlabel="x", ylabel="y")
        ax.set_title(f"{run.optimizer}", fontsize="medium")
        if -1 in reached:
            nowhere = Patch(facecolor=NO_COLOUR, label=f"no minimum after {run.steps} steps")
            ax.figure.legend(handles=[nowhere], loc="outside lower center", frameon=False)
    picture.artists["basins"] = image
    picture.alt = f"Starts on {surface.name} coloured by the minimum that {run.optimizer} reaches."
    return picture


def animate(surface, runs, path, seconds=6.0, fps=12):
    """Write an animation of the runs racing down the surface to a GIF file.

    Parameters
    ----------
    surface : Surface
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.
    path : str or path
        The file to write, ending in .gif.
    seconds : float
        How long one round takes; the last frame stays for two seconds more.
    fps : int
        Frames a second at the most; there is at most one for each step.

    Raises
    ------
    ValueError
        If the path does not end in .gif, or a run holds more than one path.
    """
    if not str(path).endswith(".gif"):
        raise ValueError(f"path must end in .gif, got {str(path)!r}")
    runs = _labelled(runs)
    with DRAWING:
        picture = compare(surface, runs)
        on_surface, beside = picture.artists["paths"], picture.artists["heights"]
        growing = [
            (line, *line.get_data()) for d in (on_surface, beside) for line in map(d.get, runs)
        ]
        ends = [(on_surface[f"end of {label}"], *on_surface[label].get_data()) for label in runs]
        last = max(run.steps for run in runs.values())
        steps = np.unique(np.rint(np.linspace(0, last, round(seconds * fps))).astype(int))
        picture.figure.canvas.draw()
        picture.figure.set_layout_engine("none")  # the axes stay where the whole picture puts them
        whole = Image.open(io.BytesIO(picture.png()))
        frames = []
        for step in steps:
            for line, x, y in growing:
                line.set_data(x[: step + 1], y[: step + 1])
            for end, x, y in ends:
                end.set_data(x[: step + 1][-1:], y[: step + 1][-1:])
            frames.append(_image(picture.figure).quantize(palette=whole, dither=Image.Dither.NONE))
    durations = [1000 * seconds / len(frames)] * (len(frames) - 1) + [2000]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0)


FEW = 4  # up to so many known minima, a landscape is read by its valleys, else as a map
FLOOR = 1e-16  # heights below are rounding; a log axis starts here
FAR = 1e100  # Matplotlib draws lines to points this far outside, and counts in numbers this large
BASIN_COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00")


def _image(figure):
    """Draw a figure and return it as an image in full colour."""
    with DRAWING:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
    return Image.open(buffer).convert("RGB")


def _png(figure):
    """Return a figure as a PNG of at most 256 colours, which is a third of the size."""
    buffer = io.BytesIO()
    _image(figure).quantize(256).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def _canvas(ax, width, height):
    """Return a picture round the given axes, or round new ones."""
    if ax is None:
        picture = panels(1, width=width, height=height)
        return picture, picture.axes[0]
    return Picture(ax.figure, [ax], {}, ""), ax


def _labelled(runs):
    """Return the runs by label, each of one path."""
    if isinstance(runs, Trajectory):
        runs = {runs.optimizer: runs}
    if not isinstance(runs, Mapping) or not runs:
        raise ValueError(f"runs must be a Trajectory or a dictionary of them, got {runs!r}")
    for label, run in runs.items():
        if run.f.ndim != 1:
            raise ValueError(f"{label} holds paths of shape {run.f.shape[1:]}; draw one at a time")
    labelled = {str(label): run for label, run in runs.items()}
    if len(labelled) < len(runs):
        raise ValueError(f"two runs have the same label in {list(runs)}; give each its own")
    return labelled


def _styled(runs, colors=None):
    """Yield each run with its style; runs of one rule differ in their line."""
    seen = {}
    for i, (label, run) in enumerate(runs.items()):
        style = style_of(run.optimizer)
        count = seen[style] = seen.get(style, -1) + 1
        style = style._replace(linestyle=LINESTYLES[count % len(LINESTYLES)])
        yield label, run, style if colors is None else style._replace(color=colors[i])


def _path(ax, surface, run, label, style):
    x, y = (_bounded(c, b) for c, b in zip(run.x.T, surface.bounds, strict=True))
    (line,) = ax.plot(
        x,
        y,
        color=style.color,
        linestyle=style.linestyle,
        marker=style.marker,
        markersize=3.5,
        markevery=max(1, run.steps // 50),
        linewidth=1.3,
        label=label,
        zorder=3,
    )
    ax.plot(x[:1], y[:1], "o", markersize=9, mfc="none", mec="black", zorder=4)
    (end,) = ax.plot(
        x[-1:], y[-1:], style.marker, markersize=8, mfc=style.color, mec="white", zorder=4
    )
    return line, end


def _bounded(values, bounds):
    """Keep a diverging coordinate within what Matplotlib can draw, far outside the axes."""
    low, high = bounds
    far = 100 * (high - low)
    return np.clip(np.where(np.isfinite(values), values, np.nan), low - far, high + far)


def _points(ax, points, **style):
    if points:
        ax.plot(*np.array(points).T, **style)


def _heights(surface, points):
    """Return the heights at the points, NaN where they are not finite."""
    with np.errstate(all="ignore"):
        return _finite(surface.f(np.array(points)))


def _finite(values):
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values), values, np.nan)


def _lowest(surface):
    """Return the height of the lowest known minimum; None where none is known and finite."""
    heights = [float(_heights(surface, p)) for p in surface.minima]
    return min((h for h in heights if np.isfinite(h)), default=None)


def _above(heights, lowest):
    """Return the heights above the lowest minimum; None if they cannot be counted from it.

    That is so if one is below it by more than rounding, or farther above it than numbers go.
    """
    with np.errstate(all="ignore"):
        above = _finite(heights - lowest)
        below = above < -1e-9 * (abs(lowest) + _greatest(above))
    lost = np.isnan(above) & ~np.isnan(heights)
    return None if np.any(below | lost) else above


def _greatest(values):
    return float(np.fmax.reduce(np.abs(values), axis=None, initial=0.0))  # NaN does not count


def _unit(values):
    """Return the power of ten in which to count the values: 1, if Matplotlib can draw them so."""
    largest = _greatest(values)
    if largest == 0 or 1 / FAR <= largest <= FAR:
        return 1.0
    return 10.0 ** max(np.floor(np.log10(largest)), -307)


def _counted(label, unit):
    return label if unit == 1 else f"{label}, in units of {unit:.0e}"


def _limits(values):
    """Return the least and the greatest of the values, or two numbers around them if all are one.

    NaN does not count; without any number the limits are 0 and 1.
    """
    values = values[~np.isnan(values)]
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if high - low > 1e-12 * max(abs(low), abs(high)):
        return low, high
    return low - max(1.0, abs(low)) / 2, high + max(1.0, abs(high)) / 2


def _view(heights):
    """Return the limits of the heights, but for the tips of poles, which would flatten the rest."""
    known = heights[~np.isnan(heights)]
    if known.size:
        most = np.percentile(known, (2, 98))
        if 0 < 1e4 * np.ptp(most) < np.ptp(known):
            return tuple(most)
    return _limits(known)


def _landscape(surface):
    """Return x, y and heights on a grid, and the contour levels of these heights.

    Heights that are not finite are masked. Where the levels are spaced in the logarithm, heights
    are counted from the lowest minimum. Their unit is one in which Matplotlib can draw them.
    """
    x, y = points = surface.grid(201)
    heights = _heights(surface, points)
    unit = _unit(heights)
    heights, lowest = heights / unit, _lowest(surface)
    above = None
    if lowest is not None and len(surface.minima) <= FEW:
        above = _above(heights, lowest / unit)
    if above is None or not np.any(above > 0):
        levels = np.linspace(*_view(heights), 22)
    else:
        heights = above
        top = float(np.nanmax(heights))
        bottom = max(float(np.nanpercentile(heights, 0.3)), 1e-4 * top)
        levels = np.geomspace(bottom, top, 16) if bottom < top else np.array(_limits(heights))
    return x, y, np.ma.masked_invalid(heights), levels


def _frame(surface):
    """Return a grey patch that fills the bounds of the surface, to lie below its heights."""
    (left, right), (low, high) = surface.bounds
    place = (left, low), right - left, high - low
    return Rectangle(*place, facecolor=NO_COLOUR, linewidth=0, zorder=0)


def _legend(picture, runs):
    """Name the runs below all axes, in the order in which they were given."""
    picture.figure.legend(
        handles=[picture.artists[label] for label in runs],
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize="small",
    )


def _height_axis(ax, runs):
    """Choose scale, limits and unit of an axis of heights, and return what to draw in it."""
    surfaces = [run.surface for run in runs.values()]
    heights = {label: _finite(run.f) for label, run in runs.items()}
    lowest = [_lowest(surface) for surface in surfaces]
    above = [None]
    if None not in lowest:
        above = [_above(f, zero) for f, zero in zip(heights.values(), lowest, strict=True)]
    known = [] if any(f is None for f in above) else [f[~np.isnan(f)] for f in above]
    first = [f[0] for f in known if f.size]
    if first:
        unit = _unit(first)
        heights = {k: np.clip(f / unit, FLOOR, FAR) for k, f in zip(heights, above, strict=True)}
        low, high = _limits(np.clip(np.concatenate(known) / unit, FLOOR, FAR))
        ax.set_yscale("log")
        ax.set_ylim(max(low / 2, FLOOR), min(2 * high, 1e3 * max(max(first) / unit, FLOOR)))
        name = "f above the lowest minimum" if any(zero != 0 for zero in lowest) else "f"
    else:
        view = np.concatenate([_heights(s, s.grid(21)).ravel() for s in surfaces])
        if np.isnan(view).all():
            view = np.concatenate(list(heights.values()))
        unit = _unit(view)
        heights = {label: np.clip(f / unit, -FAR, FAR) for label, f in heights.items()}
        ax.set_ylim(_view(view / unit))
        name = "f"
    ax.set_ylabel(_counted(name, unit))
    if any(np.isnan(f[0]) for f in heights.values()):  # these steps were taken, too
        steps = max(1, *(run.steps for run in runs.values()))
        ax.set_xlim(-0.05 * steps, 1.05 * steps)
    if all(np.isnan(f).all() for f in heights.values()):
        ax.set_facecolor(NO_COLOUR)
    return heights


def _lines(ax, x, y, heights, levels):
    if heights.count():
        style = {"colors": "#4d6377", "linewidths": 0.5, "linestyles": "solid", "alpha": 0.6}
        ax.contour(x, y, heights, levels, **style)


def _list(runs):
    return ", ".join(runs)
