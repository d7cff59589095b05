"""Every surface: its heights at known points, its gradient, and what it lists of itself."""

import ast
import dataclasses
import functools
import math
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib import cbook
from numpy.testing import assert_allclose, assert_array_equal

import optim_lib
from optim_lib import Surface, surfaces
from optim_lib.surfaces import CATALOGUE, from_function, quadratic
from optim_lib.tape import record

TURN = 0.7
VARIANTS = [s.rotated(TURN) for s in CATALOGUE] + [s.scaled(3) for s in CATALOGUE]
MADE = [
    quadratic((1, 100)),
    quadratic((1, 100), angle=TURN),
    quadratic((-3, 0.5)).rotated(-1).scaled(0.1),
    from_function(lambda x, y: np.sin(x) * np.exp(y), name="differences"),
    from_function(
        lambda x, y: x**2 * y, lambda x, y: (2 * x * y, x**2), ((1, 2), (-4, 4)), name="gradient"
    ),
]
each = pytest.mark.parametrize("surface", CATALOGUE, ids=lambda s: s.name)
everyone = pytest.mark.parametrize(
    "surface", [*CATALOGUE, *VARIANTS, *MADE], ids=lambda s: s.name.replace("°", " degrees")
)


def sample(surface, count):
    rng = np.random.default_rng(0)
    return rng.uniform(*np.transpose(surface.bounds), (count, 2)).T


def slopes(function, p, h):
    """Return the central differences of a function along x and along y, stacked in front."""
    ahead = h * np.eye(2).reshape(2, 2, *(1,) * (np.ndim(p) - 1))
    return np.array([(function(p + step) - function(p - step)) / (2 * h) for step in ahead])


def curvatures(surface, p):
    """Return the eigenvalues of the Hessian, smallest first, from differences of the gradient."""
    return np.linalg.eigvalsh(slopes(surface.grad, np.array(p, dtype=float), 1e-5))


# The catalogue


FACTS = [  # name, bounds, start, how many minima and saddles; the lessons' numbers rest on them
    ("bowl", ((-3, 3), (-3, 3)), (-2, 1.5), 1, 0),
    ("ravine", ((-8, 8), (-3, 3)), (-7, 2), 1, 0),
    ("saddle", ((-1.5, 1.5), (-1.5, 1.5)), (1, 0.01), 0, 1),
    ("two valleys", ((-3, 4), (-3, 4)), (-2, 3), 2, 1),
    ("himmelblau", ((-5, 5), (-5, 5)), (-0.5, -4), 4, 4),
    ("beale", ((-4.5, 4.5), (-4.5, 4.5)), (1, 1.5), 1, 1),
    ("rosenbrock", ((-2, 2), (-1, 3)), (-1.2, 1), 1, 0),
    ("styblinski-tang", ((-5, 5), (-5, 5)), (4, -0.5), 4, 4),
    ("monkey saddle", ((-1.5, 1.5), (-1.5, 1.5)), (1, 0.01), 0, 1),
    ("plateau", ((-5, 5), (-5, 5)), (-4, 3), 1, 0),
    ("terrain", ((-9, 9), (-9, 9)), (-0.5, -3), 20, 48),
]


def test_the_catalogue_is_what_the_lessons_build_on():
    assert [(s.name, s.bounds, s.start, len(s.minima), len(s.saddles)) for s in CATALOGUE] == FACTS


@each
def test_a_surface_says_where_it_comes_from_and_bears_the_name_of_its_variable(surface):
    assert surface.source
    assert getattr(surfaces, surface.name.replace(" ", "_").replace("-", "_")) is surface
    assert repr(surface) == f"<{type(surface).__name__} {surface.name}>"


HEIGHTS = [  # printed in the sources, or worked out on paper
    ("bowl", (3, 4), 25),
    ("ravine", (-7, 2), 6.45),
    ("saddle", (3, 2), 5),
    ("two valleys", (2, 2), 0),
    ("two valleys", (-1, -0.25), 9 / 4),
    ("two valleys", (0, 0), 8 / 3),
    ("himmelblau", (3, 2), 0),
    ("himmelblau", (0, 0), 170),
    ("himmelblau", (-0.270845, -0.923039), 181.617),
    ("beale", (3, 0.5), 0),
    ("beale", (0, 0), 14.203125),
    ("rosenbrock", (1, 1), 0),
    ("rosenbrock", (-1.2, 1), 24.2),
    ("styblinski-tang", (0, 0), 0),
    ("styblinski-tang", (-2.903534, -2.903534), 2 * -39.16617),
    ("monkey saddle", (2, 1), 2),
    ("plateau", (-4, 3), 25 / 26),
]


@pytest.mark.parametrize(("name", "point", "height"), HEIGHTS)
def test_height_at_a_known_point(name, point, height):
    (surface,) = [s for s in CATALOGUE if s.name == name]
    assert surface.f(point) == pytest.approx(height, rel=1e-5, abs=1e-12)


@everyone
def test_gradient_equals_central_differences(surface):
    """At each of 500 points the error is below 1e-6 of the length of the gradient there."""
    p = sample(surface, 500)
    g = surface.grad(p)
    error = np.hypot(*(g - slopes(surface.f, p, 1e-5)))
    assert np.all(error < 1e-6 * np.hypot(*g))


@everyone
def test_shapes(surface):
    p = sample(surface, 12).reshape(2, 3, 4)
    assert surface.f(p).shape == (3, 4)
    assert surface.grad(p).shape == (2, 3, 4)
    assert np.shape(surface.f(p[:, 1, 2])) == ()
    assert surface.grad(tuple(p[:, 1, 2])).shape == (2,)
    assert_allclose(surface.f(p)[1, 2], surface.f(p[:, 1, 2]), rtol=1e-12)
    assert_allclose(surface.grad(p)[:, 1, 2], surface.grad(p[:, 1, 2]), rtol=1e-12)


@everyone
def test_listed_points_are_flat_and_curve_as_they_should(surface):
    steepest = np.hypot(*surface.grad(sample(surface, 500))).max()
    (left, right), (low, high) = surface.bounds
    for kind, points in (("minimum", surface.minima), ("saddle", surface.saddles)):
        assert len(set(points)) == len(points)
        for x, y in points:
            assert left <= x <= right
            assert low <= y <= high
            assert np.hypot(*surface.grad((x, y))) < 1e-13 * steepest
            if not surface.name.startswith("monkey"):
                least, most = np.sign(curvatures(surface, (x, y)))
                assert (least, most) == ((1, 1) if kind == "minimum" else (-1, 1))


@each
def test_start_lies_on_a_slope_inside_the_bounds(surface):
    (left, right), (low, high) = surface.bounds
    x, y = surface.start
    assert left < x < right
    assert low < y < high
    assert np.hypot(*surface.grad(surface.start)) > 0


def test_monkey_saddle_has_three_ways_down_and_three_up():
    """Its curvature is zero, so the round tour tells what it is: +1 at 0, 120, 240 degrees."""
    angle = np.radians([0, 60, 120, 180, 240, 300])
    circle = 0.01 * np.array([np.cos(angle), np.sin(angle)])
    assert_allclose(surfaces.monkey_saddle.f(circle), 1e-6 * np.array([1, -1] * 3), rtol=1e-9)


def test_a_surface_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        surfaces.bowl.start = (0, 0)


def test_grid_fills_the_bounds_with_x_along_the_last_axis():
    x, y = surfaces.rosenbrock.grid(5)
    assert_array_equal(x[0], [-2, -1, 0, 1, 2])
    assert_array_equal(y[:, 0], [-1, 0, 1, 2, 3])
    assert x.shape == y.shape == (5, 5)
    assert surfaces.bowl.grid().shape == (2, 101, 101)


# Turned and stretched


def turned(p, angle):
    """Turn points about the origin, as complex numbers do it."""
    z = np.exp(1j * angle) * (p[0] + 1j * np.array(p[1]))
    return np.array([z.real, z.imag])


@each
def test_rotated(surface):
    other, p = surface.rotated(TURN), sample(surface, 50)
    q = turned(p, TURN)
    size = np.abs(surface.f(p)).max(), np.abs(surface.grad(p)).max()
    assert_allclose(other.f(q), surface.f(p), rtol=0, atol=1e-12 * size[0])
    assert_allclose(other.grad(q), turned(surface.grad(p), TURN), rtol=0, atol=1e-12 * size[1])
    assert_allclose(other.start, turned(surface.start, TURN))
    for listed in ("minima", "saddles"):
        for before, after in zip(getattr(surface, listed), getattr(other, listed), strict=True):
            assert_allclose(after, turned(before, TURN), atol=1e-12)
    corners = turned(np.meshgrid(*surface.bounds), TURN)
    assert_allclose(other.bounds, [(c.min(), c.max()) for c in corners])
    assert other.name == f"{surface.name} turned {math.degrees(TURN):g}°"
    assert other.source == surface.source


@each
def test_scaled(surface):
    other, p = surface.scaled(8), sample(surface, 50)
    assert_array_equal(other.f(p), 8 * surface.f(p))
    assert_array_equal(other.grad(p), 8 * surface.grad(p))
    kept = ("bounds", "start", "minima", "saddles", "source")
    assert all(getattr(other, name) == getattr(surface, name) for name in kept)
    assert other.name == f"{surface.name} times 8"


@pytest.mark.parametrize(
    "surface",
    [surfaces.bowl, surfaces.ravine, surfaces.saddle]
    + [quadratic(c, angle) for c in ((1, 100), (100, 1), (-2, -3)) for angle in (0, 0.5, -2)]
    + [quadratic((0.1, 2)).scaled(7), quadratic((-3, 2), angle=1).scaled(7).rotated(0.4)],
    ids=lambda s: s.name.replace("°", " degrees"),
)
def test_eigenvalues_are_those_of_the_hessian(surface):
    assert_allclose(sorted(surface.eigenvalues), curvatures(surface, surface.start), rtol=1e-8)


@pytest.mark.parametrize(
    ("curvature", "minima", "saddles"),
    [((1, 2), 1, 0), ((0, 2), 1, 0), ((1, -2), 0, 1), ((-1, 2), 0, 1), ((-1, -2), 0, 0)],
)
def test_quadratic_knows_what_the_origin_is(curvature, minima, saddles):
    surface = quadratic(curvature)
    assert (len(surface.minima), len(surface.saddles)) == (minima, saddles)
    assert {*surface.minima, *surface.saddles} <= {(0, 0)}


def test_quadratic_is_the_ravine_but_for_its_name():
    assert quadratic((0.1, 2)).f((-7, 2)) == surfaces.ravine.f((-7, 2))
    assert quadratic((0.1, 2)).name == "quadratic(0.1, 2)"
    assert quadratic((0.1, 2), angle=math.pi).name == "quadratic(0.1, 2) turned 180°"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: surfaces.bowl.rotated(math.nan), "angle must be a finite number, got nan"),
        (lambda: surfaces.bowl.rotated("x"), "angle must be a finite number, got 'x'"),
        (lambda: surfaces.bowl.rotated([1, 2]), "angle must be a finite number"),
        (lambda: surfaces.bowl.scaled(math.inf), "factor must be a finite number, got inf"),
        (lambda: surfaces.bowl.scaled(0), "factor must be greater than 0, got 0.*flat"),
        (lambda: surfaces.ravine.scaled(-1), "factor must be greater than 0, got -1"),
        (lambda: quadratic(3), r"curvatures must be two finite numbers, got 3; try \(0.1, 2\)"),
        (lambda: quadratic((1, 2, 3)), "curvatures must be two finite numbers"),
        (lambda: quadratic((1, math.nan)), "curvatures must be two finite numbers"),
        (lambda: quadratic(("a", "b")), "curvatures must be two finite numbers"),
        (lambda: quadratic((1, 2), angle=math.inf), "angle must be a finite number, got inf"),
    ],
)
def test_bad_transformations_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# A learner's own function


def waves(x, y):
    return np.sin(x) * np.cos(2 * y)


def slopes_of_waves(x, y):
    return np.cos(x) * np.cos(2 * y), -2 * np.sin(x) * np.sin(2 * y)


def test_from_function_makes_a_gradient_good_to_nine_digits():
    surface = from_function(waves)
    p = sample(surface, 200)
    assert_array_equal(surface.f(p), waves(*p))
    assert_allclose(surface.grad(p), slopes_of_waves(*p), rtol=0, atol=1e-9)
    assert_allclose(surface.grad((1, 0)), [math.cos(1), 0], atol=1e-9)  # whole numbers too


def test_from_function_takes_wider_differences_far_out():
    far = np.array([1e8, -1e8])
    surface = from_function(lambda x, y: x**2 + y**2)
    assert_allclose(surface.grad(far), 2 * far, rtol=1e-9)


def test_from_function_uses_the_gradient_it_is_given():
    surface = from_function(waves, slopes_of_waves)
    p = sample(surface, 20)
    assert_array_equal(surface.grad(p), slopes_of_waves(*p))


def test_a_constant_partial_derivative_is_spread_over_the_points():
    surface = from_function(lambda x, y: 3 * x + y**2, lambda x, y: (3, 2 * y))
    assert surface.grad(np.ones((2, 4))).tolist() == [[3.0] * 4, [2.0] * 4]


def test_from_function_fills_in_the_rest():
    surface = from_function(waves)
    assert surface.name == "waves"
    assert surface.bounds == ((-3, 3), (-3, 3))
    assert isinstance(surface, Surface)
    assert surface.source == "your own function"
    assert (surface.minima, surface.saddles) == ((), ())
    other = from_function(waves, bounds=((0, 10), (100, 200)), name="other")
    assert (other.name, other.start) == ("other", (1, 180))
    near_a_corner = from_function(waves, bounds=((1, 3), (0, 10)))
    assert near_a_corner.start == pytest.approx((1.2, 8))
    assert from_function(waves, start=np.array([1, 2])).start == (1, 2)
    assert from_function(functools.partial(waves)).name == "my surface"


def test_from_function_tries_points_of_the_bounds_alone():
    seen = []
    from_function(lambda x, y: seen.append((x, y)) or x + y, bounds=((5, 6), (-1, 0)))
    tried = [(x, y) for x, y in seen if isinstance(x, float | np.ndarray)]
    assert {np.shape(x) for x, _ in tried} == {(100,), (), (3, 5)}
    for x, y in tried:
        assert np.shape(x) == np.shape(y)
        assert np.min(x) >= 5
        assert np.max(x) <= 6
        assert np.min(y) >= -1
        assert np.max(y) <= 0
        if np.size(x) == 100:
            assert np.ptp(x) > 0.9
            assert np.ptp(y) > 0.9


@pytest.mark.parametrize("error", [1e-6, -1e-6])
@pytest.mark.parametrize("steep", [1, 1000])
def test_a_gradient_right_to_a_millionth_passes(steep, error):
    from_function(
        lambda x, y: steep * waves(x, y),
        lambda x, y: [steep * (d + error) for d in slopes_of_waves(x, y)],
    )


@pytest.mark.parametrize(
    ("grad", "message"),
    [
        (lambda x, y: (9, slopes_of_waves(x, y)[1]), "its x component is 9, but f rises by -0"),
        (lambda x, y: (slopes_of_waves(x, y)[0], -slopes_of_waves(x, y)[1]), "its y component is"),
        (lambda x, y: [d + 1e-4 for d in slopes_of_waves(x, y)], "is not the gradient of f"),
        (lambda x, y: slopes_of_waves(x, y)[::-1], "is not the gradient of f"),
        (lambda x, y: np.where(y > 2.9, np.nan, slopes_of_waves(x, y)), r"2\.9\d*\) its . .* nan"),
        (lambda x, y: np.cos(x), r"returned shape \(100,\) .*\(100,\); .*the pair \(df"),
        (lambda x, y: (x, y, x), r"grad returned shape \(3, 100\)"),
        (lambda x, y: None, r"grad returned shape \(\)"),
    ],
)
def test_a_wrong_gradient_is_shown_where_it_is_wrong(grad, message):
    with pytest.raises(ValueError, match=message):
        from_function(waves, grad)


def test_the_worst_point_of_a_wrong_gradient_is_told_with_both_values():
    def grad(x, y):
        return 2 * x + np.where(x > 2.9, 1000, 0), 2 * y

    with pytest.raises(ValueError, match="its x component") as caught:
        from_function(lambda x, y: x**2 + y**2, grad)
    told = re.search(
        r"\((.*), .*\) its x component is (.*), but f rises by (.*)", str(caught.value)
    )
    x, given, rises = map(float, told.groups())
    assert x > 2.9
    assert rises == pytest.approx(2 * x, rel=1e-3)
    assert given == pytest.approx(rises + 1000, rel=1e-3)


BAD_FUNCTIONS = [
    (3, {}, TypeError, "f must be a function of x and y, got 3"),
    (waves, {"grad": 3}, TypeError, "grad must be a function of x and y, got 3"),
    (lambda x, y: math.sin(x), {}, TypeError, r"f failed .*np\.sin for math\.sin"),
    (lambda x, y: math.sin(x), {}, TypeError, r"f failed .*of shape \(100,\) \("),
    (lambda x: x, {}, TypeError, "f failed on arrays x and y"),
    (waves, {"grad": lambda x, y: math.sin(x)}, TypeError, r"grad failed .*np\.where for if"),
    (waves, {"grad": lambda x, y: (x[:3], y)}, TypeError, "grad failed"),
    (lambda x, y: 1.0, {}, ValueError, r"f returned shape \(\) .*\(100,\); .*one height"),
    (lambda x, y: np.array([x, y]), {}, ValueError, r"f returned shape \(2, 100\)"),
    (lambda x, y: None, {}, ValueError, r"f returned shape \(\)"),
    (lambda x, y: np.zeros(50), {}, ValueError, r"f returned shape \(50,\)"),
    (lambda x, y: np.zeros(200), {}, ValueError, r"f returned shape \(200,\)"),
    (waves, {"grad": lambda x, y: (x,)}, ValueError, "must return the pair"),
    (waves, {"bounds": (0, 1)}, ValueError, r"bounds must be \(\(x_min, x_max\), .* \(0, 1\)"),
    (waves, {"bounds": ((0, 1), (1, 1))}, ValueError, "bounds must be"),
    (waves, {"bounds": ((1, 1), (0, 1))}, ValueError, "bounds must be"),
    (waves, {"bounds": ((3, -3), (-3, 3))}, ValueError, "bounds must be"),
    (waves, {"bounds": ((0, 1),) * 3}, ValueError, "bounds must be"),
    (waves, {"bounds": ((0, math.inf), (0, 1))}, ValueError, "bounds must be"),
    (waves, {"bounds": (("a", "b"), ("c", "d"))}, ValueError, "bounds must be"),
    (waves, {"start": (1, 2, 3)}, ValueError, r"start must be a point \(x, y\), got \(1, 2, 3\)"),
    (waves, {"start": 1}, ValueError, r"start must be a point \(x, y\), got 1"),
    (waves, {"start": np.ma.ones(2)}, ValueError, "start must be a point .*masked array; fill it"),
    (waves, {"bounds": np.ones((2, 2), "u1")}, ValueError, "bounds must be .*unsigned .*astype"),
    (waves, {"bounds": ((0, 1), (0, 1j))}, ValueError, "bounds must be"),
    (waves, {"bounds": ((0, 1), (0, 1, 2))}, ValueError, "bounds must be"),
    (lambda x, y: x + 1j * y, {}, TypeError, "f must return real numbers, got .*complex"),
    (lambda x, y: np.ma.masked_less(x, 0), {}, TypeError, "f returned a masked array; fill it"),
    (lambda x, y: np.array([str(v) for v in np.ravel(x)]), {}, TypeError, "real numbers, got .*U"),
    (lambda x, y: x[:] + y[:], {}, TypeError, "f failed on x and y of one point .*two numbers"),
    (lambda x, y: [a * b for a, b in zip(x, y, strict=True)], {}, TypeError, "f failed on x and y"),
    (waves, {"grad": lambda x, y: (x[:] * 0, y[:])}, TypeError, "grad failed on x and y of one"),
    (lambda x, y: 1 / 0 if np.ndim(x) > 1 else x + y, {}, TypeError, r"5\) .* take .* any shape"),
]


@pytest.mark.parametrize(("f", "options", "error", "message"), BAD_FUNCTIONS)
def test_a_bad_function_is_refused_with_advice(f, options, error, message):
    with pytest.raises(error, match=message):
        from_function(f, **options)


# A learner's function that writes into what it gets


def in_place(x, y):
    x -= 1
    y *= 2
    return x**2 + y**2


def slopes_in_place(x, y):
    x -= 1
    x *= 2
    y *= 8
    return x, y


@pytest.mark.parametrize("grad", [None, slopes_in_place])
def test_a_function_that_writes_into_what_it_gets_moves_no_point(grad):
    surface = from_function(in_place, grad)
    right = from_function(lambda x, y: (x - 1) ** 2 + 4 * y**2)
    p = sample(surface, 20)
    before = p.copy()
    assert_allclose(surface.f(p), right.f(p), rtol=1e-12)
    assert_allclose(surface.grad(p), right.grad(p), rtol=1e-7, atol=1e-7)
    assert_array_equal(p, before)
    run = optim_lib.descend(surface, optim_lib.SGD(lr=0.1), start=(-2, 1), steps=5)
    assert_allclose(run.x, optim_lib.descend(right, run.optimizer, (-2, 1), 5).x, atol=1e-8)
    assert_allclose(run.f, right.f(np.moveaxis(run.x, 1, 0)), rtol=1e-12)
    assert_array_equal(run.x[0], (-2, 1))


def test_a_surface_of_ones_own_gets_copies_of_its_points():
    def f(p):
        p -= 1
        return (p**2).sum(axis=0)

    def grad(p):
        p -= 1
        p *= 2
        return p

    mine = Surface("mine", f, grad, ((-3, 3), (-3, 3)), (2, 2))
    for surface in (mine, mine.scaled(2), mine.rotated(0.5), dataclasses.replace(mine, name="b")):
        p = np.array([[2.0, 0.0], [1.0, 1.0]])
        surface.f(p)
        surface.grad(p)
        assert_array_equal(p, [[2, 0], [1, 1]])
    run = optim_lib.descend(mine, optim_lib.SGD(lr=0.25), start=(3, 1), steps=2)
    assert_array_equal(run.x, [[3, 1], [2, 1], [1.5, 1]])
    assert_array_equal(run.f, [4, 1, 0.25])


# A learner's function that mixes points

CENTRE = [2, -1]
MIXING = [  # each gives a height for each point of a row
    lambda x, y: ((np.array([x, y]).T - CENTRE) ** 2).sum(-1),
    lambda x, y: (x - np.mean(x)) ** 2 + y**2,
    lambda x, y: x**2 / np.max(np.abs(x)) + y**2,
    lambda x, y: x**2 + y**2 + np.linalg.norm(x),
    lambda x, y: np.cumsum(np.ones_like(x)) + y,
    lambda x, y: np.sort(np.atleast_1d(x)).reshape(np.shape(x)) + y,
    lambda x, y: x * np.size(x) + y,
    lambda x, y: x[::-1] + y if np.ndim(x) else x + y,
    lambda x, y: x + y.T if np.ndim(x) < 2 else (x + y).reshape(x.shape[::-1]).T[::-1],
]
APART = [  # and these treat each for itself
    lambda x, y: ((np.array([x, y]).T - CENTRE) ** 2).sum(-1).T,
    lambda x, y: np.linalg.norm([x, y], axis=0),
    lambda x, y: np.where(x > 1, np.nan, x**2) + y,
    lambda x, y: np.where(x > 1, np.inf, x**2) + y,
    lambda x, y: np.float32(x) * np.float32(y),
    lambda x, y: np.floor(x).astype(int) + np.floor(y).astype(int),
    lambda x, y: (x > 0) & (y > 0),
    np.vectorize(lambda x, y: math.sin(x) if x > 0 else y),
    lambda x, y: np.zeros_like(x),
    lambda x, y: np.sum([x**2, y**2], axis=0),
]


@pytest.mark.parametrize("f", MIXING)
def test_a_function_that_mixes_points_is_refused_with_advice(f):
    with pytest.raises(ValueError, match=r"f mixes points: .* for itself .*no \.T.*axis=0"):
        from_function(f)
    with pytest.raises(
        (TypeError, ValueError), match=r"grad (mixes points|failed on x and y of shape)"
    ):
        from_function(lambda x, y: x * y, lambda x, y: (f(x, y), y * 0))


@pytest.mark.parametrize("f", APART)
def test_a_function_that_treats_each_point_for_itself_is_taken(f):
    surface = from_function(f)
    p = sample(surface, 6)
    assert_allclose(surface.f(p.reshape(2, 3, 2)).ravel(), [surface.f(one) for one in p.T])


def test_a_function_that_rolls_dice_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"another thing each time .*noise="):
        from_function(lambda x, y: x**2 + y**2 + rng.normal(size=np.shape(x)))


# Any bounds and any scale

SCALES = [  # f, its gradient, bounds
    (
        lambda x, y: np.sin(2 * np.pi * x) + y**2,
        lambda x, y: (2 * np.pi * np.cos(2 * np.pi * x), 2 * y),
        ((2020, 2024), (-1, 1)),
    ),
    (
        lambda x, y: np.sin(2 * np.pi * x) * np.float32(1) + np.float32(y) ** 2,
        lambda x, y: (2 * np.pi * np.cos(2 * np.pi * x), 2 * y),
        ((-2, 2), (-1, 1)),
    ),
    (lambda x, y: (x**2 + y**2).astype("f4"), lambda x, y: (2 * x, 2 * y), ((-3, 3), (-3, 3))),
    (lambda x, y: 1e-12 * (x**2 + y**2), lambda x, y: (2e-12 * x, 2e-12 * y), ((-3, 3), (-3, 3))),
    (lambda x, y: 1e300 * (x**2 + y), lambda x, y: (2e300 * x, 1e300), ((-3, 3), (-3, 3))),
    (lambda x, y: x**2 + 1e-7 * y**2, lambda x, y: (2 * x, 2e-7 * y), ((-3, 3), (-3, 3))),
    (
        lambda x, y: np.where(x > 2.5, np.nan, x**2 + y**2),
        lambda x, y: (np.where(x > 2.5, np.nan, 2 * x), np.where(x > 2.5, np.nan, 2 * y)),
        ((-3, 3), (-3, 3)),
    ),
    (
        lambda x, y: np.cos((x - 1e6) * 1e6) + ((y - 1e6) * 1e6) ** 2,
        lambda x, y: (-1e6 * np.sin((x - 1e6) * 1e6), 2e6 * ((y - 1e6) * 1e6)),
        ((1e6, 1e6 + 1e-6), (1e6, 1e6 + 1e-6)),
    ),
    (
        lambda x, y: (x / 1e8) ** 4 + np.exp(y / 1e8),
        lambda x, y: (4 * (x / 1e8) ** 3 / 1e8, np.exp(y / 1e8) / 1e8),
        ((-1e8, 1e8), (-1e8, 1e8)),
    ),
    (lambda x, y: x * 0 + 5.0, lambda x, y: (0, 0), ((-1, 1), (-1, 1))),
    (lambda x, y: np.abs(x) + y, lambda x, y: (np.sign(x), 1), ((-1, 1), (-1, 1))),
]


@pytest.mark.parametrize(("f", "grad", "bounds"), SCALES)
def test_a_right_gradient_passes_at_any_scale_and_a_wrong_one_does_not(f, grad, bounds):
    from_function(f, grad, bounds)
    for axis in (0, 1):

        def wrong(x, y, axis=axis):
            pair = [part + 0 * x for part in grad(x, y)]
            pair[axis] = 1.01 * pair[axis] + (0 if np.any(pair[axis]) else 1e-3)
            return pair

        with pytest.raises(ValueError, match=f"its {'xy'[axis]} component"):
            from_function(f, wrong, bounds)


@pytest.mark.parametrize(("f", "grad", "bounds"), SCALES)
def test_the_gradient_that_is_made_is_right_at_any_scale(f, grad, bounds):
    made = from_function(f, bounds=bounds)
    p = sample(made, 200)
    right = np.array(np.broadcast_arrays(*grad(*p), p[0])[:2])
    size = np.nanmax(np.abs(right), axis=1, keepdims=True)
    coarse = np.asarray(f(*p)).dtype == np.float32
    with np.errstate(all="ignore"):
        error = np.abs(made.grad(p) - right)
    assert np.nanmax(error / np.where(size == 0, 1, size)) < (1e-2 if coarse else 1e-5)
    assert_array_equal(np.isnan(made.grad(p)).any(axis=0), np.isnan(right).any(axis=0))


def test_the_gradient_of_a_recorded_function_is_exact():
    made = from_function(lambda x, y: np.sin(x) * y**3 + x / y, bounds=((1, 2), (1, 2)))
    x, y = p = sample(made, 50)
    right = np.array([np.cos(x) * y**3 + 1 / y, 3 * np.sin(x) * y**2 - x / y**2])
    assert_allclose(made.grad(p), right, rtol=1e-13)


@pytest.mark.parametrize(("f", "grad", "bounds"), SCALES)
def test_the_gradient_of_what_leaves_no_tape_is_right_at_any_scale(f, grad, bounds):
    def unrecordable(x, y):
        return f(np.asarray(x, dtype=float), np.asarray(y, dtype=float))

    with pytest.raises(TypeError):
        record(unrecordable, 2)
    made = from_function(unrecordable, bounds=bounds)
    assert_array_equal(made.grad(made.start), made.grad(np.array(made.start)))
    test_the_gradient_that_is_made_is_right_at_any_scale(unrecordable, grad, bounds)


# The mountain side

TOOL = Path(__file__).parents[1] / "tools" / "build_terrain.py"
PACKAGE = Path(optim_lib.__file__).parent


def said_by_the_tool():
    """Return the constants of the tool that made the data (it needs SciPy, the tests do not)."""
    return {
        line.targets[0].id: ast.literal_eval(line.value)
        for line in ast.parse(TOOL.read_text(encoding="utf-8")).body
        if isinstance(line, ast.Assign) and not isinstance(line.value, ast.BinOp)
    }


@pytest.fixture(scope="module")
def terrain_data():
    with np.load(PACKAGE / "data" / "terrain.npz") as data:
        return dict(data)


@pytest.fixture(scope="module")
def source():
    with cbook.get_sample_data("jacksboro_fault_dem.npz") as data:
        return dict(data)


def test_terrain_data_is_what_the_tool_says(terrain_data, source):
    tool, heights = said_by_the_tool(), terrain_data["height"]
    assert heights.shape == (tool["SIZE"], tool["SIZE"])
    assert terrain_data["spacing"] == tool["SPACING"]
    assert source["elevation"].min() <= heights.min() < heights.max() <= source["elevation"].max()
    side = (tool["SIZE"] - 1) * tool["SPACING"] / 2
    assert surfaces.terrain.bounds == ((-side, side), (-side, side))


def test_terrain_data_is_the_smoothed_source(terrain_data, source):
    """Weighted means of the source round 40 points of the map; a whole metre is rounding there."""
    tool = said_by_the_tool()
    km = tool["KM_PER_DEGREE"]
    latitude = math.radians((source["ymin"] + source["ymax"]) / 2)
    north_south, east_west = float(source["dy"]) * km, float(source["dx"]) * km * math.cos(latitude)
    rows, columns = np.indices(source["elevation"].shape)
    middle = tool["SIZE"] // 2
    for i, j in np.random.default_rng(0).integers(15, tool["SIZE"] - 15, (40, 2)):
        south = (rows - tool["CENTRE"][0]) * north_south + (i - middle) * tool["SPACING"]
        east = (columns - tool["CENTRE"][1]) * east_west - (j - middle) * tool["SPACING"]
        weight = np.exp(-(south**2 + east**2) / (2 * tool["SMOOTHING"] ** 2))
        mean = np.average(source["elevation"], weights=weight)
        assert terrain_data["height"][i, j] == pytest.approx(mean, abs=1.5)


def test_terrain_at_a_point_of_the_grid_is_the_weighted_mean_of_its_neighbours(terrain_data):
    """A cubic B-spline has the weights 1/6, 4/6, 1/6 there; x runs along columns, y along rows."""
    heights, spacing = terrain_data["height"] / 1000, terrain_data["spacing"]
    weights = np.outer([1, 4, 1], [1, 4, 1]) / 36
    middle = (len(heights) - 1) // 2
    for row, column in [(1, 1), (20, 47), (30, 30), (59, 2)]:
        expected = np.sum(weights * heights[row - 1 : row + 2, column - 1 : column + 2])
        point = (column - middle) * spacing, (row - middle) * spacing
        assert surfaces.terrain.f(point) == pytest.approx(expected, rel=1e-12)


def test_terrain_mirrors_at_its_edges():
    p = sample(surfaces.terrain, 200)
    span = 18.0
    for axis in (0, 1):
        for edge in (-span / 2, span / 2):
            image = p.copy()
            image[axis] = 2 * edge - p[axis]
            away = surfaces.terrain.grad(image)
            away[axis] *= -1
            assert_allclose(surfaces.terrain.f(image), surfaces.terrain.f(p), rtol=1e-12)
            assert_allclose(away, surfaces.terrain.grad(p), rtol=0, atol=1e-12)
            on_edge = p.copy()
            on_edge[axis] = edge
            assert_allclose(surfaces.terrain.grad(on_edge)[axis], 0, atol=1e-12)
    assert_allclose(surfaces.terrain.f(p + 2 * span), surfaces.terrain.f(p), rtol=1e-12)


def test_terrain_is_smooth_across_its_cells():
    """Heights and slopes just left and right of every grid line agree."""
    line = np.arange(-30, 31) * 0.3
    for axis in (0, 1):
        p = np.full((2, line.size), 1.234)
        p[axis] = line
        step = np.zeros((2, 1))
        step[axis] = 1e-9
        before, after = p - step, p + step
        assert_allclose(surfaces.terrain.f(before), surfaces.terrain.f(after), atol=1e-8)
        assert_allclose(surfaces.terrain.grad(before), surfaces.terrain.grad(after), atol=1e-7)


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
def test_terrain_far_from_any_map_is_not_a_number(lost):
    with np.errstate(invalid="ignore"):
        assert math.isnan(surfaces.terrain.f((lost, 0.0)))
        assert np.isnan(surfaces.terrain.grad((0.0, lost))).all()


def test_the_lowest_height_is_that_of_the_lowest_minimum():
    assert surfaces.two_valleys.lowest == 0
    assert surfaces.saddle.lowest is None


@pytest.mark.parametrize("curvatures", [(0.1, -0.1), (-0.1, 0.1)])
def test_a_shallow_saddle_is_one(curvatures):
    assert quadratic(curvatures).saddles == ((0.0, 0.0),)


@pytest.mark.parametrize("curvatures", [(1, 0), (0, 1)])
def test_a_gutter_is_no_saddle(curvatures):
    assert quadratic(curvatures).saddles == ()
