"""Surfaces to descend: a function of (x, y) with its exact gradient.

A point is an array of shape `(2,)`, many points `(2, ...)`: the coordinate comes first, so that
`x, y = p` unpacks one point and ten thousand alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path

import numpy as np

__all__ = ["CATALOGUE", "Quadratic", "Surface", "from_function", "quadratic"]


@dataclass(frozen=True, repr=False)
class Surface:
    """A function of (x, y) to descend on, and what is known of it.

    Parameters
    ----------
    name : str
        How pictures and menus call it.
    f : callable, (2, ...) -> (...)
        The height.
    grad : callable, (2, ...) -> (2, ...)
        The exact gradient of `f`.
    bounds : ((x_min, x_max), (y_min, y_max))
        The part of the plane to draw.
    start : (x, y)
        Where a descent starts unless told otherwise.
    minima, saddles : tuples of (x, y)
        The known points where the gradient is zero.
    source : str
        Where it comes from.

    Examples
    --------
    >>> rosenbrock.f((1.0, 1.0)), rosenbrock.grad((0.0, 0.0))
    (0.0, array([-2.,  0.]))
    >>> rosenbrock.f(np.meshgrid([0, 1, 2], [0, 1])).shape
    (2, 3)
    """

    name: str
    f: Callable
    grad: Callable
    bounds: tuple
    start: tuple
    minima: tuple = ()
    saddles: tuple = ()
    source: str = ""

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}>"

    @property
    def lowest(self):
        """The height of the lowest known minimum, or None where none is known."""
        return min((float(self.f(p)) for p in self.minima), default=None)

    def grid(self, n=101):
        """Return n x n points that fill the bounds.

        Parameters
        ----------
        n : int
            Points along each side.

        Returns
        -------
        ndarray, (2, n, n)
            x grows along the last axis, y along the one before, as `numpy.meshgrid` has it.

        Examples
        --------
        >>> bowl.grid(3)[0]
        array([[-3.,  0.,  3.],
               [-3.,  0.,  3.],
               [-3.,  0.,  3.]])
        """
        return np.array(np.meshgrid(*(np.linspace(*b, n) for b in self.bounds)))

    def rotated(self, angle):
        """Return the same surface turned about the origin.

        Its start, minima and saddles turn with it; its bounds are the box around the turned box.

        Parameters
        ----------
        angle : float
            Counterclockwise, in radians.

        Raises
        ------
        ValueError
            If the angle is not finite.

        Examples
        --------
        >>> turned = ravine.rotated(np.pi / 2)
        >>> print(np.round(turned.start, 12), turned.f(turned.start))
        [-2. -7.] 6.45
        """
        angle = _finite(angle, "angle")
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

        def f(p):
            return self.f(_matmul(turn.T, p))

        def grad(p):
            return _matmul(turn, self.grad(_matmul(turn.T, p)))

        corners = _matmul(turn, np.meshgrid(*self.bounds))
        return replace(
            self,
            name=f"{self.name} turned {np.degrees(angle):g}°",
            f=f,
            grad=grad,
            bounds=tuple((float(c.min()), float(c.max())) for c in corners),
            start=_as_point(turn @ self.start),
            minima=tuple(_as_point(turn @ p) for p in self.minima),
            saddles=tuple(_as_point(turn @ p) for p in self.saddles),
        )

    def scaled(self, factor):
        """Return the same surface with its height, and so its gradient, times `factor`.

        Parameters
        ----------
        factor : float, greater than 0

        Raises
        ------
        ValueError
            If the factor is not finite and greater than 0.

        Examples
        --------
        >>> ravine.scaled(1024).f((0, 1))
        1024.0
        """
        factor = _finite(factor, "factor")
        if factor <= 0:
            raise ValueError(
                f"factor must be greater than 0, got {factor}: 0 is flat, less is upside down"
            )
        return replace(
            self,
            name=f"{self.name} times {factor:g}",
            f=lambda p: factor * self.f(p),
            grad=lambda p: factor * self.grad(p),
        )


@dataclass(frozen=True, repr=False)
class Quadratic(Surface):
    """A surface of constant curvature; `eigenvalues` are those of its Hessian.

    Examples
    --------
    >>> mu, L = ravine.eigenvalues
    >>> L / mu
    20.0
    """

    eigenvalues: tuple = ()

    def scaled(self, factor):
        surface = super().scaled(factor)
        return replace(surface, eigenvalues=tuple(float(factor) * e for e in self.eigenvalues))


def quadratic(curvatures, angle=0):
    r"""Return the quadratic surface with two given curvatures.

    .. math:: f(x, y) = \tfrac12 (a x^2 + b y^2), \quad (a, b) = \mathrm{curvatures}

    Parameters
    ----------
    curvatures : (float, float)
        The second derivatives along x and y: both positive for a bowl, of two signs for a saddle.
    angle : float
        Turns the surface counterclockwise, in radians.

    Raises
    ------
    ValueError
        If the curvatures are not two finite numbers.

    Examples
    --------
    >>> stretched = quadratic((1, 100))
    >>> stretched.f((1, 1)), stretched.grad((1, 1)), stretched.eigenvalues
    (50.5, array([  1., 100.]), (1.0, 100.0))
    """
    array = np.asarray(curvatures)
    if array.shape != (2,) or array.dtype.kind not in "iuf" or not np.all(np.isfinite(array)):
        raise ValueError(f"curvatures must be two finite numbers, got {curvatures!r}; try (0.1, 2)")
    a, b = map(float, array)
    slopes = np.array((a, b))

    def f(p):
        x, y = p
        return (a * x**2 + b * y**2) / 2

    def grad(p):
        p = np.asarray(p)
        return slopes.reshape(2, *(1,) * (p.ndim - 1)) * p

    origin = ((0.0, 0.0),)
    surface = Quadratic(
        name=f"quadratic({a:g}, {b:g})",
        f=f,
        grad=grad,
        bounds=((-8.0, 8.0), (-3.0, 3.0)),
        start=(-7.0, 2.0),
        minima=origin if min(a, b) >= 0 else (),
        saddles=origin if a * b < 0 else (),
        eigenvalues=(a, b),
    )
    return surface.rotated(angle) if angle else surface


def from_function(f, grad=None, bounds=((-3, 3), (-3, 3)), start=None, name=None):
    """Return a surface made of your own function of x and y.

    Without `grad` the gradient is made by central differences, good to about nine digits.
    With it, it is compared with them at 100 points of the bounds.

    Parameters
    ----------
    f : callable, f(x, y) -> height
        Written with NumPy, so that arrays x and y of any shape give heights of that shape.
    grad : callable, grad(x, y) -> (df/dx, df/dy), optional
    bounds : ((x_min, x_max), (y_min, y_max))
    start : (x, y), optional
        By default a point near a corner of the bounds.
    name : str, optional
        By default the function's name.

    Raises
    ------
    TypeError
        If `f` or `grad` is not a function, or cannot take arrays.
    ValueError
        If one of them returns another shape than it was given, or `grad` is not the gradient.

    Examples
    --------
    >>> waves = from_function(lambda x, y: np.sin(x) + y**2, name="waves")
    >>> print(waves.grad((0.0, 1.0)).round(6))
    [1. 2.]
    """
    (x_min, x_max), (y_min, y_max) = bounds = _checked_bounds(bounds)
    sample = np.random.default_rng(0).uniform((x_min, y_min), (x_max, y_max), (100, 2)).T
    height = _call(f, "f", sample)
    if height.shape != sample.shape[1:]:
        raise ValueError(
            f"f returned shape {height.shape} for x and y of shape {sample.shape[1:]}; it must "
            "return one height for each point"
        )

    def surface_f(p):
        x, y = p
        return f(x, y)

    def differences(p):
        x, y = np.asarray(p, dtype=float)
        hx, hy = (np.cbrt(np.finfo(float).eps) * np.maximum(1, np.abs(c)) for c in (x, y))
        return np.array(
            [
                (f(x + hx, y) - f(x - hx, y)) / (2 * hx),
                (f(x, y + hy) - f(x, y - hy)) / (2 * hy),
            ]
        )

    def surface_grad(p):
        x, y = p
        return _pair(grad(x, y), x)

    if start is None:
        start = x_min + 0.1 * (x_max - x_min), y_min + 0.8 * (y_max - y_min)
    if np.shape(start) != (2,):
        raise ValueError(f"start must be a point (x, y), got {start!r}")
    if grad is not None:
        _check_gradient(_call(grad, "grad", sample), differences(sample), sample)
    return Surface(
        name=name or getattr(f, "__name__", "my surface"),
        f=surface_f,
        grad=differences if grad is None else surface_grad,
        bounds=bounds,
        start=_as_point(start),
        source="your own function",
    )


def checked_surface(surface):
    """Return the surface, or say how to make one of what was given instead."""
    if not isinstance(surface, Surface):
        raise TypeError(
            f"surface must be a Surface, got {surface!r}; make one of a function of (x, y) with "
            "surfaces.from_function"
        )
    return surface


def _call(function, role, sample):
    """Call a learner's function on sample points; turn a failure into advice."""
    if not callable(function):
        raise TypeError(f"{role} must be a function of x and y, got {function!r}")
    try:
        value = function(*sample)
        is_pair = role == "grad" and np.iterable(value) and len(value) == 2
        return _pair(value, sample[0]) if is_pair else np.asarray(value)
    except Exception as error:
        raise TypeError(
            f"{role} failed on arrays x and y of shape {sample.shape[1:]} ({error}); write it with "
            "NumPy: np.sin for math.sin, np.where for if"
        ) from error


def _pair(value, x):
    """Return the two components of a gradient, each of the shape of x."""
    along_x, along_y = value
    return np.array(np.broadcast_arrays(along_x, along_y, x)[:2])


def _check_gradient(given, expected, sample):
    """Raise unless the given gradient agrees with the central differences."""
    if given.shape != expected.shape:
        raise ValueError(
            f"grad returned shape {given.shape} for x and y of shape {sample.shape[1:]}; it must "
            "return the pair (df/dx, df/dy)"
        )
    gap = np.abs(given - expected) - 1e-5 * np.maximum(1, np.abs(expected).max())
    if not np.all(gap <= 0):
        worst = np.unravel_index(np.argmax(np.where(np.isnan(gap), np.inf, gap)), gap.shape)
        x, y = sample[:, worst[1]]
        raise ValueError(
            f"grad is not the gradient of f: at ({x:.4g}, {y:.4g}) its {'xy'[worst[0]]} component "
            f"is {given[worst]:.6g}, but f rises by {expected[worst]:.6g}"
        )


def _checked_bounds(bounds):
    array = np.asarray(bounds)
    if (
        array.shape != (2, 2)
        or array.dtype.kind not in "iuf"
        or not np.all(np.isfinite(array))
        or np.any(array[:, 0] >= array[:, 1])
    ):
        raise ValueError(f"bounds must be ((x_min, x_max), (y_min, y_max)), got {bounds!r}")
    return tuple((float(low), float(high)) for low, high in array)


def _finite(value, name):
    if not (isinstance(value, Real) and np.isfinite(value)):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return float(value)


def _as_point(p):
    return tuple(float(c) for c in p)


def _matmul(matrix, p):
    """Apply a 2x2 matrix to points of shape (2, ...)."""
    x, y = p
    (a, b), (c, d) = matrix
    return np.array([a * x + b * y, c * x + d * y])


# The catalogue. Points with no closed form were found by Newton's method; the tests check them all.

bowl = replace(
    quadratic((2, 2)),
    name="bowl",
    bounds=((-3.0, 3.0), (-3.0, 3.0)),
    start=(-2.0, 1.5),
    source="x^2 + y^2",
)

ravine = replace(
    quadratic((0.1, 2)),
    name="ravine",
    source="x^2 / 20 + y^2: Saito, Deep Learning from Scratch, 2016, section 6.1",
)

saddle = replace(
    quadratic((2, -2)),
    name="saddle",
    bounds=((-1.5, 1.5), (-1.5, 1.5)),
    start=(1.0, 0.01),
    source="x^2 - y^2",
)


def _two_valleys():
    """A quartic in x whose valleys lie along the bent line y = x / 2 + x^2 / 4."""

    def f(p):
        x, y = p
        off = y - x / 2 - x**2 / 4
        return x**4 / 4 - x**3 / 3 - x**2 + 8 / 3 + off**2

    def grad(p):
        x, y = p
        off = y - x / 2 - x**2 / 4
        return np.array([x**3 - x**2 - 2 * x - (1 + x) * off, 2 * off])

    return Surface(
        name="two valleys",
        f=f,
        grad=grad,
        bounds=((-3.0, 4.0), (-3.0, 4.0)),
        start=(-2.0, 3.0),
        minima=((2.0, 2.0), (-1.0, -0.25)),
        saddles=((0.0, 0.0),),
        source="made for these lessons: f = 0 at (2, 2) and 9/4 at (-1, -1/4)",
    )


two_valleys = _two_valleys()


def _himmelblau():
    def f(p):
        x, y = p
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def grad(p):
        x, y = p
        a, b = x**2 + y - 11, x + y**2 - 7
        return np.array([4 * x * a + 2 * b, 2 * a + 4 * y * b])

    return Surface(
        name="himmelblau",
        f=f,
        grad=grad,
        bounds=((-5.0, 5.0), (-5.0, 5.0)),
        start=(-0.5, -4.0),
        minima=(
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286169),
            (3.5844283403304917, -1.8481265269644034),
        ),
        saddles=(
            (-0.12796134673068005, -1.9537149802445766),
            (0.08667750455539634, 2.884254701174776),
            (3.385154183607021, 0.07385187983774928),
            (-3.0730257507643897, -0.08135304428796751),
        ),
        source="Himmelblau, Applied Nonlinear Programming, 1972",
    )


himmelblau = _himmelblau()


def _beale():
    def f(p):
        x, y = p
        return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2

    def grad(p):
        x, y = p
        a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
        return np.array(
            [
                2 * a * (y - 1) + 2 * b * (y**2 - 1) + 2 * c * (y**3 - 1),
                2 * a * x + 4 * b * x * y + 6 * c * x * y**2,
            ]
        )

    return Surface(
        name="beale",
        f=f,
        grad=grad,
        bounds=((-4.5, 4.5), (-4.5, 4.5)),
        start=(1.0, 1.5),
        minima=((3.0, 0.5),),
        saddles=((0.0, 1.0),),
        source="Beale, On an Iterative Method for Finding a Local Minimum, 1958",
    )


beale = _beale()


def _rosenbrock():
    def f(p):
        x, y = p
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def grad(p):
        x, y = p
        off = y - x**2
        return np.array([-2 * (1 - x) - 400 * x * off, 200 * off])

    return Surface(
        name="rosenbrock",
        f=f,
        grad=grad,
        bounds=((-2.0, 2.0), (-1.0, 3.0)),
        start=(-1.2, 1.0),
        minima=((1.0, 1.0),),
        source="Rosenbrock, An Automatic Method for Finding the Greatest or Least Value, 1960",
    )


rosenbrock = _rosenbrock()


def _styblinski_tang():
    def f(p):
        x, y = p
        return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2

    def grad(p):
        x, y = p
        return np.array([2 * x**3 - 16 * x + 2.5, 2 * y**3 - 16 * y + 2.5])

    # The three roots of 2 z^3 - 16 z + 5/2: two valleys and the ridge between them.
    low, ridge, high = -2.903534027771177, 0.1567312567803401, 2.746802770990837
    return Surface(
        name="styblinski-tang",
        f=f,
        grad=grad,
        bounds=((-5.0, 5.0), (-5.0, 5.0)),
        start=(4.0, -0.5),
        minima=((low, low), (low, high), (high, low), (high, high)),
        saddles=((low, ridge), (ridge, low), (high, ridge), (ridge, high)),
        source="Styblinski and Tang, Experiments in Nonconvex Optimization, 1990",
    )


styblinski_tang = _styblinski_tang()


def _monkey_saddle():
    def f(p):
        x, y = p
        return x**3 - 3 * x * y**2

    def grad(p):
        x, y = p
        return np.array([3 * x**2 - 3 * y**2, -6 * x * y])

    return Surface(
        name="monkey saddle",
        f=f,
        grad=grad,
        bounds=((-1.5, 1.5), (-1.5, 1.5)),
        start=(1.0, 0.01),
        saddles=((0.0, 0.0),),
        source="x^3 - 3 x y^2: three valleys and three ridges meet where all curvature is zero",
    )


monkey_saddle = _monkey_saddle()


def _plateau():
    def f(p):
        x, y = p
        r2 = x**2 + y**2
        return r2 / (1 + r2)

    def grad(p):
        x, y = p
        slope = 2 / (1 + x**2 + y**2) ** 2
        return np.array([slope * x, slope * y])

    return Surface(
        name="plateau",
        f=f,
        grad=grad,
        bounds=((-5.0, 5.0), (-5.0, 5.0)),
        start=(-4.0, 3.0),
        minima=((0.0, 0.0),),
        source="r^2 / (1 + r^2): nearly flat but for one hole",
    )


plateau = _plateau()


def _terrain():
    """A cubic B-spline over a grid of heights, mirrored at the edges of the map."""
    with np.load(Path(__file__).parent / "data" / "terrain.npz") as data:
        heights, spacing = data["height"] / 1000, float(data["spacing"])
        minima, saddles = (tuple(map(_as_point, data[key])) for key in ("minima", "saddles"))
    rows, columns = heights.shape
    control = np.pad(heights, 1, mode="reflect")
    half_x, half_y = (columns - 1) / 2 * spacing, (rows - 1) / 2 * spacing

    def locate(coordinate, half, count):
        """Return the cell, the place within it, and the mirror's sign, for one coordinate."""
        period = 2 * (count - 1)
        s = np.mod((np.asarray(coordinate, dtype=float) + half) / spacing, period)
        sign = np.where(s > count - 1, -1.0, 1.0)
        s = np.where(s > count - 1, period - s, s)
        cell = np.clip(np.nan_to_num(np.floor(s)), 0, count - 2).astype(int)
        return cell, s - cell, sign

    def weights(t):
        return (
            (1 - t) ** 3 / 6,
            (3 * t**3 - 6 * t**2 + 4) / 6,
            (3 * t * (1 + t - t**2) + 1) / 6,
            t**3 / 6,
        )

    def slopes(t):
        return (-((1 - t) ** 2) / 2, (3 * t**2 - 4 * t) / 2, (1 + 2 * t - 3 * t**2) / 2, t**2 / 2)

    def blend(column, row, along_x, along_y):
        return sum(
            wy * sum(wx * control[row + j, column + i] for i, wx in enumerate(along_x))
            for j, wy in enumerate(along_y)
        )

    def f(p):
        x, y = p
        column, s, _ = locate(x, half_x, columns)
        row, t, _ = locate(y, half_y, rows)
        return blend(column, row, weights(s), weights(t))

    def grad(p):
        x, y = p
        column, s, sign_x = locate(x, half_x, columns)
        row, t, sign_y = locate(y, half_y, rows)
        return np.array(
            [
                sign_x * blend(column, row, slopes(s), weights(t)) / spacing,
                sign_y * blend(column, row, weights(s), slopes(t)) / spacing,
            ]
        )

    return Surface(
        name="terrain",
        f=f,
        grad=grad,
        bounds=((-half_x, half_x), (-half_y, half_y)),
        start=(-0.5, -3.0),
        minima=minima,
        saddles=saddles,
        source="the Jacksboro fault, Tennessee: SRTM elevations (public domain), all lengths in km",
    )


terrain = _terrain()

CATALOGUE = (
    bowl,
    ravine,
    saddle,
    two_valleys,
    himmelblau,
    beale,
    rosenbrock,
    styblinski_tang,
    monkey_saddle,
    plateau,
    terrain,
)
