"""Pictures are checked by their data."""

import io
import subprocess
import sys
import threading
import warnings
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces, sweep
from optim_lib.figures import (
    FLOOR,
    NO_COLOUR,
    animate,
    basins,
    compare,
    contours,
    curves,
    loss_curves,
    panels,
    paths,
    phase_diagram,
    slice_1d,
    style_of,
)

RAVINE = surfaces.ravine
RULES = [SGD(lr=0.95), Momentum(lr=0.1), Adagrad(lr=1.5), RMSProp(lr=0.1), Adam(lr=0.3)]


@pytest.fixture(scope="module")
def runs():
    return {rule: descend(RAVINE, rule, start=(-7, 2), steps=30) for rule in RULES}


def size(png):
    image = Image.open(io.BytesIO(png))
    image.load()
    return image.size


def bare(surface, width=480, height=400):
    """Return the pixels of a surface's contours, without title, axes and margin."""
    figure = Figure(figsize=(width / 100, height / 100), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    contours(surface, ax)
    ax.set_title("")
    ax.set_axis_off()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return np.asarray(Image.open(buffer).convert("RGB"))


def test_paths_are_the_points_of_the_runs(runs):
    picture = paths(RAVINE, runs)
    for rule, run in runs.items():
        assert np.array_equal(np.transpose(picture.artists[str(rule)].get_data()), run.x)
        assert np.array_equal(np.ravel(picture.artists[f"end of {rule}"].get_data()), run.x[-1])


def test_loss_curves_are_the_heights_of_the_runs(runs):
    picture = loss_curves(runs)
    for rule, run in runs.items():
        assert np.array_equal(picture.artists[str(rule)].get_ydata(), run.f)
    assert picture.axes[0].get_yscale() == "log"


def test_heights_are_counted_from_the_lowest_minimum():
    surface = surfaces.styblinski_tang
    run = descend(surface, SGD(lr=0.01))
    drawn = loss_curves(run).artists[str(run.optimizer)].get_ydata()
    assert np.allclose(drawn, run.f - surface.f(surface.minima[0]))


def test_a_height_of_zero_is_drawn_at_the_lower_edge():
    run = descend(surfaces.bowl, SGD(lr=0.5), start=(1, 1), steps=3)  # arrives in one step
    picture = loss_curves(run)
    assert picture.artists[str(run.optimizer)].get_ydata().tolist() == [2, FLOOR, FLOOR, FLOOR]
    assert picture.axes[0].get_ylim()[0] == FLOOR


def test_heights_without_a_minimum_are_drawn_as_they_are():
    run = descend(surfaces.saddle, SGD(lr=0.1), steps=60)
    picture = loss_curves(run)
    assert np.array_equal(picture.artists[str(run.optimizer)].get_ydata(), run.f)
    assert picture.axes[0].get_yscale() == "linear"
    assert picture.axes[0].get_ylim() == (-2.25, 2.25)  # the heights within the bounds


def test_one_look_for_each_rule_in_every_picture(runs):
    styles = [style_of(rule) for rule in RULES]
    assert len({style.color for style in styles}) == len({style.marker for style in styles}) == 5
    for picture in (paths(RAVINE, runs), loss_curves(runs), slice_1d(RAVINE, runs)):
        for rule, style in zip(RULES, styles, strict=True):
            line = picture.artists[str(rule)]
            assert (line.get_color(), line.get_marker(), line.get_linestyle()) == style


def test_runs_of_one_rule_differ_in_their_line():
    two = {rule: descend(RAVINE, rule, steps=5) for rule in (SGD(lr=0.1), SGD(lr=0.2))}
    first, second = (paths(RAVINE, two).artists[str(rule)] for rule in two)
    assert first.get_color() == second.get_color()
    assert first.get_linestyle() != second.get_linestyle()


def test_walks_of_one_rule_may_have_colours_of_their_own():
    two = {lr: descend(RAVINE, SGD(lr=lr), steps=5) for lr in (0.1, 0.2)}
    colors = ("black", "orange")
    both = compare(RAVINE, two, colors=colors).artists
    cut = slice_1d(RAVINE, two, colors=colors).artists
    for artists in (both["paths"], both["heights"], cut):
        assert tuple(artists[str(lr)].get_color() for lr in two) == colors
    assert both["paths"]["end of 0.2"].get_markerfacecolor() == "orange"


def test_a_rule_of_ones_own_has_a_colour_that_no_rule_of_the_library_has():
    class Mine(SGD):
        pass

    assert style_of(Mine()) == style_of(Mine(lr=3.0))
    assert style_of(Mine()).color not in {style_of(rule).color for rule in RULES}


def test_a_wrong_rule_has_a_colour_of_its_own():
    class Wrong(Adam):
        pass

    others = {chr(letter): type(chr(letter), (SGD,), {}) for letter in range(65, 68)}
    styles = [style_of(rule) for rule in (*RULES, *(other() for other in others.values()))]
    assert style_of(Wrong()).color not in {style.color for style in styles}
    line = paths(RAVINE, descend(RAVINE, Wrong(), steps=3)).axes[0].get_lines()[-3]
    assert line.get_color() == style_of(Wrong()).color


@pytest.mark.parametrize("surface", surfaces.CATALOGUE, ids=lambda s: s.name)
def test_contours_cover_the_bounds_and_the_heights(surface):
    picture = contours(surface)
    ax = picture.axes[0]
    assert (ax.get_xlim(), ax.get_ylim()) == surface.bounds
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y")
    levels = picture.artists["heights"].levels
    heights = surface.f(surface.grid(50))
    assert np.all(np.diff(levels) > 0)
    assert np.ptp(levels) <= np.ptp(heights) * 1.1
    marked = sum(len(line.get_xdata()) for line in ax.get_lines())
    assert marked == len(surface.minima) + len(surface.saddles)


def test_contours_round_one_minimum_are_evenly_spaced_in_the_logarithm():
    logs = np.log(contours(RAVINE).artists["heights"].levels)
    assert np.allclose(np.diff(logs, 2), 0)


@pytest.mark.parametrize("lr", [1.5, 1e200])
def test_a_diverging_run_is_drawn_within_the_axes_limits(lr, recwarn):
    run = descend(RAVINE, SGD(lr=lr), start=(-7, 2), steps=2000)
    assert run.diverged
    picture = compare(RAVINE, run)
    assert size(picture.png())
    assert (picture.axes[0].get_xlim(), picture.axes[0].get_ylim()) == RAVINE.bounds
    # An old Matplotlib calls what a new pyparsing is about to drop; that is not about the picture.
    assert not [w for w in recwarn if not issubclass(w.category, DeprecationWarning)]


def test_slice_lies_on_the_surface():
    run = descend(surfaces.bowl, SGD(lr=0.9), start=(2.5, 0), steps=10)
    picture = slice_1d(surfaces.bowl, run)
    x, f = picture.artists[str(run.optimizer)].get_data()
    assert np.array_equal(x, run.x[:, 0])
    assert np.allclose(f, x**2)
    x, f = picture.artists["curve"].get_data()
    assert np.allclose(f, x**2)


def test_slice_along_y():
    run = descend(RAVINE, SGD(lr=0.9), start=(0, 2), steps=10)
    y, f = slice_1d(RAVINE, run, along="y").artists[str(run.optimizer)].get_data()
    assert np.array_equal(y, run.x[:, 1])
    assert np.allclose(f, run.f)


def test_phase_diagram_shows_the_sweep():
    lr, momentum = np.geomspace(0.01, 4, 20), np.linspace(0, 0.95, 15)
    run = sweep(RAVINE, Momentum, (-7, 2), 1000, momentum=momentum, lr=lr)
    picture = phase_diagram(run)
    ax, shown = picture.axes[0], picture.artists["map"].get_array()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("lr", "momentum")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert shown.shape == (15, 20)
    assert np.array_equal(np.ma.getmaskarray(shown), run.diverged)
    assert 0 < run.diverged.mean() < 1
    expected = np.maximum(run.f[-1], FLOOR)
    assert np.allclose(shown[~run.diverged], expected[~run.diverged])


def test_phase_diagram_of_given_values():
    run = sweep(RAVINE, Momentum, (-7, 2), 50, lr=[0.1, 0.2, 0.3], momentum=[0.1, 0.5])
    values = np.arange(6.0).reshape(3, 2)
    picture = phase_diagram(run, values, label="a count")
    assert np.array_equal(picture.artists["map"].get_array(), values)
    assert "a count" in picture.alt


@pytest.mark.parametrize("least", [1e-30, 1e6])
def test_phase_diagram_of_values_that_are_all_low_or_all_high(least):
    run = sweep(RAVINE, Momentum, (-7, 2), 5, lr=[0.1, 0.2, 0.3], momentum=[0.1, 0.5])
    values = least * 10.0 ** np.arange(6).reshape(3, 2)
    shown = phase_diagram(run, values).artists["map"]
    assert np.array_equal(shown.get_array(), values)
    assert (shown.norm.vmin, shown.norm.vmax) == (least, 1e5 * least)


def test_basins_colour_each_start_by_its_end():
    surface = surfaces.two_valleys
    run = descend(surface, SGD(lr=0.05), start=surface.grid(21), steps=300)
    shown = basins(surface, run).artists["basins"].get_array()
    for (x, y), index in np.ndenumerate(shown):
        end = run.x[-1, :, x, y]
        assert index == -1 or np.hypot(*(end - surface.minima[index])) <= 0.1
    assert set(np.unique(shown)) == {0, 1}


def test_basins_leave_a_path_that_went_nowhere_grey():
    surface = surfaces.two_valleys
    run = descend(surface, SGD(lr=5.0), start=surface.grid(5), steps=300)
    assert run.diverged.any()
    shown = basins(surface, run).artists["basins"].get_array()
    assert np.all(shown[run.diverged] == -1)


def bowl(x, y):
    return x**2 + y**2


# Heights that are not finite somewhere, or that Matplotlib cannot count in.
ODD = {
    "a hole": lambda x, y: np.where(x > 2.5, np.nan, bowl(x, y)),
    "a hole round the minimum": lambda x, y: np.where(bowl(x, y) < 1, np.nan, bowl(x, y)),
    "holes like a sieve": lambda x, y: np.where(np.sin(9 * x) > 0, np.nan, bowl(x, y)),
    "no finite height": lambda x, y: np.full_like(x, np.nan),
    "one finite height": lambda x, y: np.where((x == 0) & (y == 0), 1.0, np.nan),
    "infinite": lambda x, y: np.where(y > 1, np.inf, bowl(x, y)),
    "minus infinite": lambda x, y: np.where(y > 1, -np.inf, bowl(x, y)),
    "a logarithm": lambda x, y: np.log(x) + y**2,
    "a pole": lambda x, y: 1 / (x + y),
    "zero": lambda x, y: 0 * x,
    "constant": lambda x, y: 0 * x + 3,
    "constant and huge": lambda x, y: 0 * x + 1e308,
    "constant but for rounding": lambda x, y: 1e16 + x,
    "flat but for one point": lambda x, y: np.where((x == 0) & (y == 0), 0.0, 3.0),
    "linear": lambda x, y: x + 2 * y,
    "huge": lambda x, y: 1e300 * bowl(x, y),
    "as large as can be": lambda x, y: 1.7e308 * np.sin(x) * np.sin(y),
    "tiny": lambda x, y: 1e-300 * bowl(x, y),
    "as small as can be": lambda x, y: 5e-324 * np.round(bowl(x, y)),
    "below its minimum": lambda x, y: bowl(x, y) - 5 * (np.abs(x) > 2),
    "all below its minimum": lambda x, y: -bowl(x, y),
}
PICTURES = {
    "compare": lambda surface, run, many: compare(surface, run),
    "slice_1d": lambda surface, run, many: slice_1d(surface, run),
    "phase_diagram": lambda surface, run, many: phase_diagram(many),
}


def odd(name, minima=()):
    """Return a surface with a gradient of its own, so that paths walk where heights are not."""
    f = ODD[name]
    surface = replace(surfaces.bowl, name=name, f=lambda p: f(*np.asarray(p)), minima=minima)
    return replace(surface, bounds=((-3.0, 3.0), (-2.0, 2.0)), start=(2.8, 1.5))


def draw_strictly(picture):
    """Draw a picture and let no warning pass, nor axes without finite limits."""
    picture.figure.set_layout_engine("none")  # half the time
    picture.figure.canvas.draw()
    for ax in picture.figure.axes:
        assert np.isfinite([ax.get_xlim(), ax.get_ylim()]).all()


@pytest.fixture
def _strict():
    # An old Matplotlib calls what a new pyparsing is about to drop; that is not about the picture.
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", DeprecationWarning)  # some of them are UserWarnings, too
        yield


MINIMUM = ((0.0, 0.0),)
SCENES = [(name, draw, MINIMUM) for name in ODD for draw in PICTURES]
SCENES += [(name, "compare", ()) for name in ODD]


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize(("name", "draw", "minima"), SCENES)
def test_odd_heights_are_drawn(name, draw, minima):
    surface = odd(name, minima)
    run = descend(surface, Momentum(lr=0.2), steps=6)
    many = sweep(surface, Momentum, steps=6, lr=[0.1, 0.2, 0.3], momentum=[0.1, 0.5])
    draw_strictly(PICTURES[draw](surface, run, many))


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize("name", ODD)
def test_basins_of_odd_heights(name):
    surface = odd(name, ((0.0, 0.0), (1.0, 1.0)))
    picture = basins(surface, descend(surface, SGD(lr=0.2), surface.grid(5), steps=30))
    draw_strictly(picture)
    assert np.all(picture.artists["basins"].get_array() == 0)


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize("name", ["no finite height", "a hole"])
def test_animation_of_odd_heights(name, tmp_path):
    surface = odd(name, MINIMUM)
    animate(surface, descend(surface, SGD(lr=0.2), steps=2), tmp_path / "race.gif", fps=1)
    with Image.open(tmp_path / "race.gif") as film:
        assert film.n_frames == 3


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize("minima", [(), MINIMUM], ids=["no minimum", "a minimum"])
@pytest.mark.parametrize("name", ODD)
def test_grey_is_where_no_height_is_finite(name, minima):
    surface = odd(name, minima)
    pixels = bare(surface, width=300, height=200)[::-1] / 255
    grey = np.all(np.abs(pixels - to_rgb(NO_COLOUR)) < 0.02, axis=-1)
    x, y = np.meshgrid((np.arange(300) + 0.5) / 50 - 3, (np.arange(200) + 0.5) / 50 - 2)
    with np.errstate(all="ignore"):
        hole = ~np.isfinite(surface.f((x, y)))
    if name == "one finite height":  # a point has no area
        assert grey.mean() > 0.95
        return
    # Cells of the grid at the edge of a hole, and the marks, may be either.
    near = np.zeros_like(hole)
    for dx in range(-4, 5):
        for dy in range(-4, 5):
            near |= np.roll(hole, (dx, dy), (0, 1)) != hole
    near |= np.hypot(x, y) < 0.2
    assert (near | (grey == hole)).all()
    assert near.mean() < 0.9


@pytest.mark.parametrize("name", ["huge", "tiny"])
def test_a_unit_changes_no_picture(name):
    """A surface scaled by a power of ten looks as it did, in another unit."""
    plain, scaled = (replace(odd(n, MINIMUM), name="") for n in ("below its minimum", name))
    plain = replace(plain, f=lambda p: bowl(*np.asarray(p)))
    first, second = map(bare, (plain, scaled))
    assert np.mean(first != second) < 0.01
    unit = {"huge": 1e301, "tiny": 1e-299}[name]
    for draw in (loss_curves, lambda run: slice_1d(run.surface, run)):
        runs = [descend(surface, SGD(lr=0.1), steps=5) for surface in (plain, scaled)]
        ours, theirs = (draw(run) for run in runs)
        expected = ours.artists["SGD(lr=0.1)"].get_ydata()
        assert np.allclose(theirs.artists["SGD(lr=0.1)"].get_ydata() * 10, expected)
        assert np.allclose(np.multiply(theirs.axes[0].get_ylim(), 10), ours.axes[0].get_ylim())
        assert f"in units of {unit:.0e}" in theirs.axes[0].get_ylabel()
        assert "unit" not in ours.axes[0].get_ylabel()
    grids = [sweep(s, Momentum, steps=3, lr=[0.1, 0.2], momentum=[0, 0.5]) for s in (plain, scaled)]
    ours, theirs = (phase_diagram(grid).artists["map"] for grid in grids)
    assert np.allclose(theirs.get_array(), ours.get_array())
    factor = {"huge": "1e+300", "tiny": "1e-300"}[name]
    assert theirs.figure.axes[1].get_ylabel().endswith(f"in units of {factor}")


def test_an_unknown_lowest_height_is_not_subtracted():
    surface = odd("a hole round the minimum", MINIMUM)
    run = descend(surface, SGD(lr=0.01), steps=5)
    picture = loss_curves(run)
    assert np.array_equal(picture.artists["SGD(lr=0.01)"].get_ydata(), run.f)
    assert picture.axes[0].get_yscale() == "linear"
    levels = contours(surface).artists["heights"].levels
    assert np.allclose(np.diff(levels, 2), 0)
    many = sweep(surface, Momentum, steps=3, lr=[0.1, 0.2], momentum=[0, 0.5])
    shown = phase_diagram(many).artists["map"].get_array()
    assert np.array_equal(shown.filled(np.nan), np.where(many.diverged, np.nan, many.f[-1]), True)
    assert shown.count()


def test_of_two_minima_the_finite_one_counts():
    surface = odd("a hole", ((2.9, 0.0), (1.0, 0.0)))
    run = descend(surface, SGD(lr=0.1), start=(2, 1), steps=3)
    drawn = loss_curves(run).artists["SGD(lr=0.1)"].get_ydata()
    assert np.allclose(drawn, run.f - 1)


def test_heights_below_the_listed_minimum_are_drawn_as_they_are():
    surface = odd("below its minimum", MINIMUM)
    run = descend(surface, SGD(lr=0.01), start=(2.2, 0), steps=20)
    assert run.f.min() < 0
    picture = loss_curves(run)
    assert picture.axes[0].get_yscale() == "linear"
    assert np.array_equal(picture.artists["SGD(lr=0.01)"].get_ydata(), run.f)
    levels = contours(surface).artists["heights"].levels
    assert levels.min() == pytest.approx(surface.f(surface.grid(201)).min())


def test_runs_share_one_axis_of_heights():
    """One surface knows its minimum and one does not: then no height is counted from it."""
    raised = replace(surfaces.bowl, f=lambda p: surfaces.bowl.f(p) + 1)
    runs = {
        "known": descend(raised, SGD(), steps=3),
        "unknown": descend(surfaces.saddle, SGD(), steps=3),
    }
    picture = loss_curves(runs)
    for label, run in runs.items():
        assert np.array_equal(picture.artists[label].get_ydata(), run.f)


def test_a_curve_has_a_gap_where_the_height_is_not_finite():
    surface = odd("a hole", MINIMUM)
    run = descend(surface, SGD(lr=0.05), steps=20)  # begins in the hole
    picture = loss_curves(run)
    drawn = picture.artists["SGD(lr=0.05)"].get_ydata()
    assert 0 < np.isnan(run.f).sum() < 20
    assert np.array_equal(drawn, run.f, equal_nan=True)
    assert picture.axes[0].get_yscale() == "log"
    assert picture.axes[0].get_ylim()[1] >= np.nanmax(run.f)
    assert picture.axes[0].get_xlim() == (-1, 21)  # the steps in the hole were taken, too


@pytest.mark.parametrize(("name", "grey"), [("no finite height", True), ("zero", False)])
def test_curves_without_any_finite_height_are_grey(name, grey):
    ax = loss_curves(descend(odd(name), SGD(), steps=3)).axes[0]
    assert (ax.get_facecolor()[:3] == to_rgb(NO_COLOUR)) == grey
    assert ax.get_xlim()[1] >= 3


def test_a_pole_does_not_flatten_the_rest():
    surface = odd("a pole")
    levels = contours(surface).artists["heights"].levels
    with np.errstate(all="ignore"):
        heights = np.abs(surface.f(surface.grid(201)))
    assert np.nanmax(heights) > 1e10
    assert np.median(heights) < levels.max() < 100
    assert loss_curves(descend(surface, SGD(), steps=3)).axes[0].get_ylim()[1] < 100


def test_pictures_give_a_learners_function_a_copy():
    def greedy(p):
        x, y = p
        heights = x**2 + y**2
        x *= 0
        return heights

    own, honest = (replace(surfaces.saddle, f=f) for f in (greedy, surfaces.bowl.f))
    assert contours(own).png() == contours(honest).png()


def test_heights_too_far_apart_to_subtract_are_drawn():
    surface = odd("as large as can be", ((1.5, -1.5),))
    run = descend(surface, SGD(lr=0.05), start=(1.5, 1.5), steps=40)
    with np.errstate(over="ignore"):
        far = np.isinf(run.f - surface.lowest)
    assert 0 < far.sum() < 40
    drawn = loss_curves(run).artists["SGD(lr=0.05)"].get_ydata()
    assert np.allclose(drawn, run.f / 1e308)


def test_functions_draw_into_the_axes_they_are_given(runs):
    figure = Figure()
    ax = figure.subplots()
    assert paths(RAVINE, runs, ax=ax).figure is figure
    assert loss_curves(runs, ax=panels(2).axes[1]).axes[0].get_xlabel() == "step"


def test_a_notebook_gets_a_picture_with_words(runs):
    data, metadata = compare(RAVINE, runs)._repr_mimebundle_()
    assert size(data["image/png"]) == (900, 436)
    assert data["text/plain"] == metadata["image/png"]["alt"]
    assert all(str(rule) in data["text/plain"] for rule in RULES)


def test_the_same_picture_is_the_same_file(runs):
    assert compare(RAVINE, runs).png() == compare(RAVINE, runs).png()


def test_save_writes_the_png(runs, tmp_path):
    picture = paths(RAVINE, runs)
    picture.save(tmp_path / "paths.png")
    assert (tmp_path / "paths.png").read_bytes() == picture.png()


def test_animation_shows_each_step_once(runs, tmp_path):
    animate(RAVINE, runs, tmp_path / "race.gif", seconds=3)
    film = Image.open(tmp_path / "race.gif")
    assert film.n_frames == 31
    film.seek(30)
    assert film.info["duration"] == 2000


BAD = [
    (lambda run, many: paths(RAVINE, many), r"holds paths of shape \(3,\); draw one at a time"),
    (lambda run, many: paths(RAVINE, {}), "runs must be a Trajectory or a dictionary"),
    (lambda run, many: compare(RAVINE, {SGD(): run, repr(SGD()): run}), "the same label"),
    (lambda run, many: slice_1d(RAVINE, run, along="z"), 'along must be "x" or "y"'),
    (lambda run, many: phase_diagram(many), "needs a sweep of two arrays"),
    (lambda run, many: basins(RAVINE, many), "needs starts on a grid"),
    (lambda run, many: basins(surfaces.saddle, run), "lists no minimum"),
    (lambda run, many: animate(RAVINE, run, "race.mp4"), r"must end in \.gif"),
]


@pytest.mark.parametrize(("call", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_is_named(call, message):
    run = descend(RAVINE, SGD(), steps=5)
    many = descend(RAVINE, SGD(lr=[0.1, 0.2, 0.3]), steps=5)
    with pytest.raises(ValueError, match=message):
        call(run, many)


def test_two_threads_may_draw_at_once(runs):
    errors = []

    def draw():
        try:
            for _ in range(5):
                assert size(loss_curves(runs).png())
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=draw) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_figures_never_load_pyplot():
    code = "import sys, optim_lib.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_curves_have_the_numbers_the_names_and_the_colours_of_the_rules():
    picture = curves({Adam: ([1, 10], [2, 3]), "own": [5, 6, 7]}, "lr", "loss", log="x")
    lines = picture.artists
    assert list(lines) == ["Adam", "own"]
    assert lines["Adam"].get_xydata().tolist() == [[1, 2], [10, 3]]
    assert lines["own"].get_xydata().tolist() == [[0, 5], [1, 6], [2, 7]]
    assert lines["Adam"].get_color() == style_of(Adam()).color
    assert (picture.axes[0].get_xscale(), picture.axes[0].get_yscale()) == ("log", "linear")
    assert picture.alt == "loss against lr: Adam, own."
