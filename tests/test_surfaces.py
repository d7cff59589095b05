"""Every surface: its gradient, its listed points, its shapes, its turned and scaled forms."""

import numpy as np
import pytest

from optim_lib import descend, surfaces
from optim_lib.optimizers import SGD

CATALOGUE = surfaces.CATALOGUE
DERIVED = (
    surfaces.beale.rotated(0.7),
    surfaces.himmelblau.scaled(1e-3),
    surfaces.quadratic((1, 100), angle=0.3),
    surfaces.terrain.rotated(1.0),
    surfaces.ravine.rotated(-0.4).scaled(7),
)
every_surface = pytest.mark.parametrize("surface", CATALOGUE + DERIVED, ids=lambda s: s.name)


def random_points(surface, n=500):
    low, high = np.transpose(surface.bounds)
    return np.random.default_rng(0).uniform(low, high, (n, 2)).T


def differences(surface, p, h):
    """Return central differences of fourth order, so that h may be large and rounding small."""
    shifts = np.eye(2).reshape(2, 2, *(1,) * (p.ndim - 1)) * h
    return np.array(
        [
            (
                8 * (surface.f(p + s) - surface.f(p - s))
                - surface.f(p + 2 * s)
                + surface.f(p - 2 * s)
            )
            / (12 * h)
            for s in shifts
        ]
    )


def hessian(surface, point, h=1e-4):
    columns = [(surface.grad(point + s) - surface.grad(point - s)) / (2 * h) for s in np.eye(2) * h]
    return np.array(columns)


@every_surface
def test_gradient_against_central_differences(surface):
    p = random_points(surface)
    size = min(high - low for low, high in surface.bounds)
    g = surface.grad(p)
    error = np.linalg.norm(g - differences(surface, p, 2e-5 * size), axis=0)
    # relative to the slope there or, where it is nearly flat, to a thousandth of the steepest
    scale = np.linalg.norm(g, axis=0)
    assert np.all(error < 1e-6 * np.maximum(scale, 1e-3 * scale.max()))


@every_surface
def test_listed_points_are_flat_and_of_their_kind(surface):
    p = random_points(surface)
    steep = np.linalg.norm(surface.grad(p), axis=0).max()
    for kind in ("minima", "saddles"):
        for point in getattr(surface, kind):
            assert np.linalg.norm(surface.grad(point)) < 1e-11 * steep
            low, high = np.linalg.eigvalsh(hessian(surface, np.array(point)))
            if surface.name == "monkey saddle":
                assert max(abs(low), abs(high)) < 1e-3
            else:
                assert low > 0 if kind == "minima" else low < 0 < high


def test_monkey_saddle_has_three_ways_up_and_three_down():
    angle = np.arange(6) * np.pi / 3
    heights = surfaces.monkey_saddle.f(np.array([np.cos(angle), np.sin(angle)]))
    assert np.allclose(heights, [1, -1, 1, -1, 1, -1])


@every_surface
def test_shapes(surface):
    p = random_points(surface, 12).reshape(2, 3, 4)
    assert surface.f(p).shape == (3, 4)
    assert surface.grad(p).shape == (2, 3, 4)
    assert np.allclose(surface.f(p)[1, 2], surface.f(p[:, 1, 2]), rtol=1e-13)
    assert np.shape(surface.f(surface.start)) == ()
    assert surface.grad(list(surface.start)).shape == (2,)


@every_surface
def test_start_and_points_lie_within_the_bounds(surface):
    low, high = np.transpose(surface.bounds)
    for point in (surface.start, *surface.minima, *surface.saddles):
        assert np.all((low <= point) & (point <= high))
    grid = surface.grid(5)
    assert grid.shape == (2, 5, 5)
    assert np.array_equal(grid.min(axis=(1, 2)), low)
    assert np.array_equal(grid.max(axis=(1, 2)), high)


KNOWN_HEIGHTS = [
    (surfaces.bowl, (1, 2), 5),
    (surfaces.ravine, (-7, 2), 6.45),
    (surfaces.saddle, (1, 2), -3),
    (surfaces.two_valleys, (2, 2), 0),
    (surfaces.two_valleys, (-1, -0.25), 2.25),
    (surfaces.two_valleys, (0, 0), 8 / 3),
    (surfaces.two_valleys, (1, 2.75), 1 / 4 - 1 / 3 - 1 + 8 / 3 + 4),
    (surfaces.himmelblau, (3, 2), 0),
    (surfaces.himmelblau, (0, 0), 170),
    (surfaces.beale, (3, 0.5), 0),
    (surfaces.beale, (0, 1), 1.5**2 + 2.25**2 + 2.625**2),
    (surfaces.beale, (1, 2), 2.5**2 + 5.25**2 + 9.625**2),
    (surfaces.rosenbrock, (1, 1), 0),
    (surfaces.rosenbrock, (-1.2, 1), 24.2),
    (surfaces.styblinski_tang, (-2.903534027771177,) * 2, -78.33233140754282),
    (surfaces.styblinski_tang, (1, 2), (1 - 16 + 5 + 16 - 64 + 10) / 2),
    (surfaces.monkey_saddle, (2, 1), 2),
    (surfaces.plateau, (3, 4), 25 / 26),
]


@pytest.mark.parametrize(("surface", "point", "height"), KNOWN_HEIGHTS)
def test_published_heights(surface, point, height):
    assert surface.f(point) == pytest.approx(height, rel=1e-13, abs=1e-13)


def test_global_minimum_of_two_valleys_is_listed_first():
    heights = [surfaces.two_valleys.f(p) for p in surfaces.two_valleys.minima]
    assert heights == [0, 2.25]


def test_rotation_turns_counterclockwise():
    turned = surfaces.ravine.rotated(np.pi / 2)
    assert turned.start == pytest.approx((-2, -7))
    assert np.allclose(turned.bounds, [[-3, 3], [-8, 8]])
    assert turned.f((0, 7)) == pytest.approx(surfaces.ravine.f((7, 0)))
    back = surfaces.beale.rotated(0.7).rotated(-0.7)
    p = random_points(surfaces.beale)
    assert np.allclose(back.f(p), surfaces.beale.f(p), rtol=1e-9)
    assert np.allclose(back.minima, surfaces.beale.minima)
    assert np.allclose(back.saddles, surfaces.beale.saddles)
    assert surfaces.ravine.rotated(np.pi / 4).name == "ravine turned 45°"


def test_scaling_scales_height_and_gradient():
    p, high = random_points(surfaces.beale), surfaces.beale.scaled(3)
    assert np.array_equal(high.f(p), 3 * surfaces.beale.f(p))
    assert np.array_equal(high.grad(p), 3 * surfaces.beale.grad(p))
    assert (high.minima, high.name) == (surfaces.beale.minima, "beale times 3")


@pytest.mark.parametrize("angle", [0, 0.5, -2])
def test_a_quadratic_knows_its_eigenvalues(angle):
    surface = surfaces.quadratic((0.5, 3), angle).scaled(2)
    assert surface.eigenvalues == (1, 6)
    assert np.allclose(np.linalg.eigvalsh(hessian(surface, np.array([0.3, 0.4]))), (1, 6))


@pytest.mark.parametrize(
    ("curvatures", "minima", "saddles"),
    [((1, 2), 1, 0), ((0, 1), 1, 0), ((1, -1), 0, 1), ((-1, 1), 0, 1), ((-1, -2), 0, 0)],
)
def test_the_origin_of_a_quadratic(curvatures, minima, saddles):
    surface = surfaces.quadratic(curvatures)
    assert (len(surface.minima), len(surface.saddles)) == (minima, saddles)


def test_terrain_is_a_mountain_side_in_kilometres():
    terrain = surfaces.terrain
    heights = terrain.f(terrain.grid(101))
    assert 0.236 < heights.min() < heights.max() < 1.076  # within those of the source
    assert np.allclose(terrain.bounds, ((-9, 9), (-9, 9)))
    with np.load(surfaces.Path(surfaces.__file__).parent / "data" / "terrain.npz") as data:
        stored, spacing = data["height"], float(data["spacing"])
    assert (stored.shape, spacing) == ((61, 61), 0.3)
    # a spline smooths each grid height with its neighbours', by 1/6, 4/6, 1/6 along each axis
    around = stored[29:32, 9:12] / 1000
    weights = np.array([1, 4, 1]) / 6
    x, y = (10 - 30) * spacing, (30 - 30) * spacing
    assert terrain.f((x, y)) == pytest.approx(weights @ around @ weights, rel=1e-12)


def test_terrain_is_mirrored_at_its_edges():
    terrain, inside = surfaces.terrain, np.array([8.3, -2.0])
    outside = np.array([18 - 8.3, -2.0])
    assert terrain.f(outside) == pytest.approx(terrain.f(inside), rel=1e-12)
    assert np.allclose(terrain.grad(outside), terrain.grad(inside) * [-1, 1])
    with np.errstate(invalid="ignore"):
        assert np.isnan(terrain.f((np.inf, 0)))
        assert np.isnan(terrain.grad((0, np.nan))).any()


def test_a_function_of_ones_own():
    surface = surfaces.from_function(lambda x, y: np.sin(x) * y**2, name="mine")
    p = random_points(surface)
    exact = np.array([np.cos(p[0]) * p[1] ** 2, 2 * np.sin(p[0]) * p[1]])
    assert np.allclose(surface.grad(p), exact, atol=1e-8)
    assert surface.f(p).shape == (500,)
    assert surface.start == pytest.approx((-2.4, 1.8))
    assert (surface.name, repr(surface)) == ("mine", "<Surface mine>")
    assert descend(surface, SGD(lr=0.01), steps=3).f.shape == (4,)


def test_a_gradient_of_ones_own_is_used():
    def cube(x, y):
        return x**3 + y

    surface = surfaces.from_function(cube, lambda x, y: (3 * x**2, 1.0), start=(1, 2))
    assert surface.grad(np.ones((2, 5))).tolist() == [[3.0] * 5, [1.0] * 5]
    assert (surface.name, surface.start) == ("cube", (1.0, 2.0))


def plane(x, y):
    return x + y


BAD = [
    (lambda: surfaces.from_function(3), TypeError, "f must be a function of x and y, got 3"),
    (lambda: surfaces.from_function(lambda x, y: 1.0), ValueError, r"f returned shape \(\) for"),
    (
        lambda: surfaces.from_function(lambda x, y: np.stack([x, y])),
        ValueError,
        r"shape \(2, 100\)",
    ),
    (lambda: surfaces.from_function(lambda x, y: x if x > 0 else y), TypeError, "np.where for if"),
    (lambda: surfaces.from_function(plane, lambda x, y: x), ValueError, "grad returned shape"),
    (lambda: surfaces.from_function(plane, 3), TypeError, "grad must be a function"),
    (
        lambda: surfaces.from_function(plane, lambda x, y: (1.0, 2.0)),
        ValueError,
        r"grad is not the gradient of f: at \(.*\) its y component is 2, but f rises by 1",
    ),
    (
        lambda: surfaces.from_function(plane, lambda x, y: (np.nan * x, 1.0)),
        ValueError,
        "its x component is nan",
    ),
    (lambda: surfaces.from_function(plane, bounds=(0, 1)), ValueError, "bounds must be"),
    (lambda: surfaces.from_function(plane, bounds=((1, 0), (0, 1))), ValueError, "bounds must be"),
    (lambda: surfaces.from_function(plane, start=1), ValueError, r"start must be a point \(x, y\)"),
    (lambda: surfaces.quadratic((1, 2, 3)), ValueError, "curvatures must be two finite numbers"),
    (lambda: surfaces.quadratic((1, np.inf)), ValueError, "curvatures must be two finite numbers"),
    (lambda: surfaces.quadratic("ab"), ValueError, r"try \(0.1, 2\)"),
    (lambda: surfaces.bowl.rotated(np.nan), ValueError, "angle must be a finite number, got nan"),
    (lambda: surfaces.bowl.rotated("x"), ValueError, "angle must be a finite number"),
    (lambda: surfaces.bowl.scaled(0), ValueError, "factor must be greater than 0"),
    (lambda: surfaces.bowl.scaled(-1), ValueError, "factor must be greater than 0"),
    (lambda: surfaces.bowl.scaled(np.inf), ValueError, "factor must be a finite number"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[b[2] for b in BAD])
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
