"""Pictures of surfaces and descents, drawn by Matplotlib.

Every function draws into the axes it is given or makes a figure of its own, and returns a
`Picture`, which a notebook shows. Figures are made without pyplot and drawn under one lock, so
that a picture may be drawn in one thread while another thread draws a second one.

A group of runs is a dictionary from a label to a `Trajectory`; the label may be the optimizer.
"""

import io
import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from optim_lib.descent import Trajectory
from optim_lib.optimizers import SGD, Adagrad, Adam, Momentum, RMSProp

__all__ = [
    "DRAWING",
    "Picture",
    "Style",
    "animate",
    "backdrop",
    "basins",
    "compare",
    "contours",
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
NO_COLOUR = "#d9d4cc"  # where a path went nowhere, or diverged


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
OTHERS = (Style("#56B4E9", "P", "-"), Style("#E69F00", "X", "-"), Style("#8A6D00", "*", "-"))
LINESTYLES = ("-", "--", ":", "-.")  # tell two optimizers of one class apart


def style_of(optimizer):
    """Return the colour, marker and line style of an optimizer, the same in every picture.

    Parameters
    ----------
    optimizer : Optimizer
        A rule of your own gets one of three other colours, chosen by its class's name.

    Examples
    --------
    >>> style_of(Adam())
    Style(color='#D55E00', marker='v', linestyle='-')
    """
    cls = type(optimizer)
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
    height above the lowest, so that the floor of a valley shows; elsewhere evenly in height.

    Parameters
    ----------
    surface : Surface
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    Picture
    """
    with DRAWING:
        picture, ax = _canvas(ax, width=5.2, height=4.2)
        x, y, heights, levels = landscape = _landscape(surface)
        depth = np.linspace(0, 1, len(levels) + 1)  # one band below, one above
        filled = ax.contourf(x, y, heights, levels, colors=HEIGHTS(depth), extend="both")
        _lines(ax, *landscape)
        marks = {"color": "#33424f", "linestyle": "none", "zorder": 2}
        small = 0.5 if len(surface.minima) > FEW else 1.0
        _points(ax, surface.minima, marker="*", markersize=10 * small, **marks)
        _points(ax, surface.saddles, marker="x", markersize=7 * small, **marks)
        ax.set(xlim=surface.bounds[0], ylim=surface.bounds[1], xlabel="x", ylabel="y")
        ax.set_title(surface.name, fontsize="medium")
    picture.artists["heights"] = filled
    picture.alt = f"Contour lines of {surface.name}."
    return picture


def paths(surface, runs, ax=None):
    """Draw the path of each run on the surface, from a ring at its start to a dot at its end.

    Parameters
    ----------
    surface : Surface
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.
    ax : matplotlib.axes.Axes, optional

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
        for label, run, style in _styled(runs):
            line, end = _path(ax, surface, run, label, style)
            picture.artists |= {label: line, f"end of {label}": end}
        if len(ax.figure.axes) == 1 and len(runs) > 1:
            _legend(picture, runs)
    picture.alt = f"Paths on {surface.name}: {_list(runs)}."
    return picture


def loss_curves(runs, ax=None):
    """Draw the height of each run against the step.

    Where the surface knows a minimum, the height is counted from the lowest one and drawn on a
    log scale; heights of zero are drawn at the lower edge. Elsewhere it is drawn as it is.

    Parameters
    ----------
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.
    ax : matplotlib.axes.Axes, optional

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
        for label, run, style in _styled(runs):
            zero = run.surface.lowest
            height = np.where(np.isfinite(run.f), run.f, np.nan) - (zero or 0.0)
            if zero is not None:
                height = np.maximum(height, FLOOR)
            (line,) = ax.plot(
                np.clip(height, -1e100, 1e100),
                color=style.color,
                linestyle=style.linestyle,
                marker=style.marker,
                markevery=max(1, run.steps // 10),
                markersize=4,
                linewidth=1.4,
                label=label,
            )
            picture.artists[label] = line
        _height_axis(ax, runs)
        ax.set_xlabel("step")
        ax.grid(color="#dddddd", linewidth=0.6)
        if len(ax.figure.axes) == 1 and len(runs) > 1:
            _legend(picture, runs)
    picture.alt = f"Height against step: {_list(runs)}."
    return picture


def compare(surface, runs):
    """Draw the paths of several runs on the surface, and their heights beside it.

    Parameters
    ----------
    surface : Surface
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.

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
        on_surface = paths(surface, runs, left)
        _legend(on_surface, runs)
        picture.artists["paths"] = on_surface.artists
        picture.artists["heights"] = loss_curves(runs, right).artists
    picture.alt = f"Paths on {surface.name} and heights against step: {_list(runs)}."
    return picture


def slice_1d(surface, runs, along="x", ax=None):
    """Draw the surface cut along one axis through the start of the runs, with their points on it.

    Parameters
    ----------
    surface : Surface
    runs : Trajectory, or dict of label to Trajectory
        Runs of one path each.
    along : "x" or "y"
        The coordinate that varies; the other keeps its starting value.
    ax : matplotlib.axes.Axes, optional

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
        return surface.f(np.array(point))

    with DRAWING:
        picture, ax = _canvas(ax, width=5.6, height=3.6)
        values = np.linspace(low, high, 401)
        (curve,) = ax.plot(values, height(values), color="#71889f", linewidth=1.5)
        picture.artists["curve"] = curve
        for label, run, style in _styled(runs):
            x = _bounded(run.x[:, axis], surface.bounds[axis])
            (line,) = ax.plot(
                x,
                height(x),
                color=style.color,
                linestyle=style.linestyle,
                marker=style.marker,
                markersize=4.5,
                linewidth=0.8,
                label=label,
            )
            ax.plot(x[:1], height(x[:1]), "o", markersize=10, mfc="none", mec=style.color)
            picture.artists[label] = line
        bottom, top = np.nanmin(curve.get_ydata()), np.nanmax(curve.get_ydata())
        room = 0.06 * (top - bottom)
        ax.set(xlim=(low, high), ylim=(bottom - room, top + room), xlabel=along, ylabel="f")
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
        minimum. Values that are not finite, and diverged paths, are left in grey.
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
    if values is None:
        values = run.f[-1] - (run.surface.lowest or 0.0)
    values = np.where(run.diverged | ~np.isfinite(values), np.nan, values)
    (up, up_values), (right, right_values) = axes.items()
    with DRAWING:
        picture, ax = _canvas(ax, width=6.0, height=4.2)
        positive = values[values > 0]
        wide = positive.size and np.nanmin(values) >= 0 and positive.max() > 100 * positive.min()
        norm = LogNorm(max(positive.min(), FLOOR), min(positive.max(), 1e4)) if wide else None
        mesh = ax.pcolormesh(
            right_values,
            up_values,
            np.maximum(values, FLOOR) if wide else values,
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
        ax.figure.colorbar(mesh, ax=ax, label=label, extend="both" if wide else "neither")
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


def backdrop(surface, bounds=None, width=480, height=400, scale=1):
    """Return the contours of a surface as a PNG that fills its frame, for a live figure.

    Parameters
    ----------
    surface : Surface
    bounds : ((x_min, x_max), (y_min, y_max)), optional
        By default the surface's own.
    width, height : int
        Size in CSS pixels.
    scale : float
        Pixels for each CSS pixel.

    Returns
    -------
    bytes
    """
    with DRAWING:
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI * scale)
        FigureCanvasAgg(figure)
        ax = figure.add_axes((0, 0, 1, 1))
        contours(surface, ax)
        ax.set(xlim=(bounds or surface.bounds)[0], ylim=(bounds or surface.bounds)[1], title="")
        ax.set_axis_off()
        return _png(figure)


FEW = 4  # up to so many known minima, a landscape is read by its valleys, else as a map
FLOOR = 1e-16  # heights below are rounding; a log axis starts here
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


def _styled(runs):
    """Yield each run with its style; runs of one rule differ in their line."""
    seen = {}
    for label, run in runs.items():
        style = style_of(run.optimizer)
        count = seen[style] = seen.get(style, -1) + 1
        yield label, run, style._replace(linestyle=LINESTYLES[count % len(LINESTYLES)])


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


def _landscape(surface):
    """Return x, y and heights on a grid, and the contour levels of these heights.

    Where the levels are spaced in the logarithm, heights are counted from the lowest minimum.
    """
    x, y = points = surface.grid(201)
    heights = surface.f(points)
    if 1 <= len(surface.minima) <= FEW:
        heights = heights - surface.lowest
        top = float(heights.max())
        bottom = max(float(np.percentile(heights, 0.3)), 1e-4 * top)
        return x, y, heights, np.geomspace(bottom, top, 16)
    return x, y, heights, np.linspace(float(heights.min()), float(heights.max()), 22)


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
    """Choose the scale and the limits of an axis of heights."""
    surfaces = [run.surface for run in runs.values()]
    if all(surface.minima for surface in surfaces):
        drawn = [line.get_ydata() for line in ax.get_lines()]
        lowest, highest = min(map(np.nanmin, drawn)), max(map(np.nanmax, drawn))
        start = max(heights[0] for heights in drawn)
        ax.set_yscale("log")
        ax.set_ylim(max(lowest / 2, FLOOR), min(2 * highest, 1e3 * start))
        above = any(surface.lowest != 0 for surface in surfaces)
        ax.set_ylabel("f above the lowest minimum" if above else "f")
    else:
        heights = np.concatenate([surface.f(surface.grid(21)).ravel() for surface in surfaces])
        ax.set_ylim(heights.min(), heights.max())
        ax.set_ylabel("f")


def _lines(ax, x, y, heights, levels):
    style = {"colors": "#4d6377", "linewidths": 0.5, "linestyles": "solid", "alpha": 0.6}
    ax.contour(x, y, heights, levels, **style)


def _list(runs):
    return ", ".join(runs)
