"""Pictures are checked by their data."""

import io
import subprocess
import sys
import threading

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces, sweep
from optim_lib.figures import (
    FLOOR,
    animate,
    backdrop,
    basins,
    compare,
    contours,
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


def test_a_rule_of_ones_own_has_a_colour_that_no_rule_of_the_library_has():
    class Mine(SGD):
        pass

    assert style_of(Mine()) == style_of(Mine(lr=3.0))
    assert style_of(Mine()).color not in {style_of(rule).color for rule in RULES}


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


def test_backdrop_fills_its_frame():
    image = Image.open(io.BytesIO(backdrop(RAVINE, width=300, height=200, scale=2)))
    assert image.size == (600, 400)
    corners = [image.convert("RGB").getpixel(p) for p in ((0, 0), (599, 0), (0, 399), (599, 399))]
    assert (255, 255, 255) not in corners  # no margin


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
