"""Surfaces to descend: a function of (x, y) with its exact gradient.

A point is an array of shape `(2,)`, many points `(2, ...)`: the coordinate comes first, so that
`x, y = p` unpacks one point and ten thousand alike.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path

import numpy as np

from optim_lib.optimizers import numeric
from optim_lib.tape import NotRecordable, look_up, record

__all__ = ["CATALOGUE", "Quadratic", "Surface", "from_function", "quadratic"]


@dataclass(frozen=True, repr=False)
class Surface:
    """A function of (x, y) to descend on, and what is known of it.

    Parameters
    ----------
    name : str
        How pictures and menus call it.
    f : callable, (2, ...) -> (...)
        The height. A function of your own gets a copy of the points.
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

    def __post_init__(self):
        for role in ("f", "grad"):
            function = getattr(self, role)
            if getattr(function, "__module__", None) != __name__:  # ours write to nothing they get
                object.__setattr__(self, role, _guarded(function))

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}>"

    @property
    def lowest(self):
        """The height of the lowest known minimum, or None where none is known and finite."""
        heights = (float(self.f(p)) for p in self.minima)
        return min((height for height in heights if np.isfinite(height)), default=None)

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
    a, b = map(
        float, _finite_numbers(curvatures, (2,), "curvatures", "two finite numbers", "try (0.1, 2)")
    )
    slopes = np.array((a, b))

    def f(p):
        x, y = p
        return (a * x**2 + b * y**2) / 2

    def grad(p):
        return slopes.reshape(2, *(1,) * (np.ndim(p) - 1)) * p

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

    Without `grad` the gradient is that of the tape which `f` leaves (see `optim_lib.tape`); of a
    function that leaves none, by central differences, extrapolated to a step of zero and good to
    about ten digits. With it, it is compared with such differences at 100 points of the bounds.

    Both functions get copies of x and y. They are tried on points alone, in a row and on a grid,
    and must say the same of a point each time.

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
        If `f` or `grad` is not a function, cannot take arrays as well as numbers, or returns
        anything but real numbers.
    ValueError
        If one of them returns another shape than it was given or says of a point alone another
        thing than of that point among others, or if `grad` is not the gradient.

    References
    ----------
    Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", 1982.

    Examples
    --------
    >>> waves = from_function(lambda x, y: np.sin(x) + y**2, name="waves")
    >>> print(waves.grad((0.0, 1.0)).round(6))
    [1. 2.]
    """
    (x_min, x_max), (y_min, y_max) = bounds = _checked_bounds(bounds)
    if start is None:
        start = x_min + 0.1 * (x_max - x_min), y_min + 0.8 * (y_max - y_min)
    start = _finite_numbers(start, (2,), "start", "a point (x, y)")
    sample = np.random.default_rng(0).uniform((x_min, y_min), (x_max, y_max), (100, 2)).T
    for role, function in (("f", f), ("grad", f if grad is None else grad)):
        if not callable(function):
            raise TypeError(f"{role} must be a function of x and y, got {function!r}")
    height, slopes = _height_of(f), _slopes_of(grad)
    _try(height, "f", sample, "one height for each point")
    if grad is None:
        slopes = _made_gradient(f, height, bounds, sample)
    else:
        given = _try(slopes, "grad", sample, "the pair (df/dx, df/dy)")
        _check_gradient(given, *_ridders(height, bounds, sample), sample)
    return Surface(
        name=name or getattr(f, "__name__", "my surface"),
        f=height,
        grad=slopes,
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


def _guarded(function):
    """Return a learner's function of points as one that cannot write to ours."""
    return lambda p: function(deepcopy(p))


def _height_of(f):
    """Return a learner's f(x, y) as a function of points, whose heights are floats."""

    def height(p):
        x, y = p
        value = f(deepcopy(x), deepcopy(y))
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "iub":
            return value.astype(float)  # else a difference of two may overflow
        return value

    return height


def _slopes_of(grad):
    """Return a learner's grad(x, y) as a function of points."""

    def slopes(p):
        x, y = p
        value = grad(deepcopy(x), deepcopy(y))
        if not np.iterable(value) or len(value) != 2:
            return value
        return np.array(np.broadcast_arrays(*value, x)[:2])

    return slopes


def _try(function, role, sample, must):
    """Return what a learner's function says of the sample; refuse it if that is not to be trusted.

    It is asked twice, then for points alone, then for a grid that is not square.
    """
    count = sample.shape[1]
    advice = "write it with NumPy: np.sin for math.sin, np.where for if"
    value = _called(function, role, sample, f"arrays x and y of shape ({count},)", advice)
    if value.shape != (sample.shape[1:] if role == "f" else sample.shape):
        raise ValueError(
            f"{role} returned shape {value.shape} for x and y of shape ({count},); it must "
            f"return {must}"
        )
    if value.dtype.kind not in "iufb":
        raise TypeError(f"{role} must return real numbers, got an array of {value.dtype}")
    again = _called(function, role, sample, "the same points again", advice)
    if not _agree(again, value, value):
        raise ValueError(
            f"{role} says another thing each time it is asked for the same points; it must depend "
            "on x and y alone (for noise on the gradient, use descend(..., noise=...))"
        )
    advice = "it must take two numbers as well as two arrays"
    for i in range(0, count, 10):
        alone = _called(function, role, sample[:, i], "x and y of one point", advice)
        _refuse_mixing(role, sample[:, i], alone, value[..., i], value, "alone")
    advice = "it must take x and y of any shape"
    grid = sample[:, :15].reshape(2, 3, 5)
    on_grid = _called(function, role, grid, "x and y of shape (3, 5)", advice)
    in_a_row = value[..., :15].reshape(*value.shape[:-1], 3, 5)
    _refuse_mixing(role, sample[:, 0], on_grid, in_a_row, value, "on a grid")
    return value


def _called(function, role, points, what, advice):
    """Call a learner's function; turn a failure into advice."""
    try:
        with np.errstate(all="ignore"):
            value = function(points)
        array = np.asarray(value)
    except Exception as error:
        raise TypeError(f"{role} failed on {what} ({error}); {advice}") from error
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{role} returned a masked array; fill it, for example with np.nan")
    return array


def _refuse_mixing(role, point, found, expected, all_values, how):
    if found.shape == expected.shape and _agree(found, expected, all_values):
        return
    x, y = point
    raise ValueError(
        f"{role} mixes points: asked for ({x:.6g}, {y:.6g}) and others in a row it says something "
        f"else than {how}. It must treat each point for itself and return the shape of x: no .T, "
        "and sums, means and norms over the two coordinates alone (x**2 + y**2, or axis=0)"
    )


def _agree(one, other, all_values):
    """Whether two answers are the same but for rounding."""
    size = np.max(np.abs(all_values), initial=0.0, where=np.isfinite(all_values))
    with np.errstate(all="ignore"):
        close = np.abs(one - other) <= 1e-10 * size
    return np.all(close | (one == other) | (np.isnan(one) & np.isnan(other)))


RATIO, LEVELS = 1.6, 42  # of the steps of the differences; no wave has both for its period


def _ridders(f, bounds, p):
    """Return the gradient of `f` at points by central differences, and how far off it may be.

    The differences are taken at steps from an eighth of the bounds (or of the distance to their
    middle) downwards, and twice extrapolated to a step of zero. From the first step on at which
    neighbours agree to a thousandth, the best is kept, until rounding lets them part again: so the
    bounds and the heights may have any scale, and the heights may be coarse.
    """
    p = np.asarray(p, dtype=float)
    slopes, errors = np.empty_like(p), np.empty_like(p)
    for axis, (low, high) in enumerate(bounds):
        reach = np.maximum(high - low, np.abs(p[axis] - (low + high) / 2)) / 8
        h = reach * RATIO ** -np.arange(LEVELS).reshape(LEVELS, *(1,) * (p.ndim - 1))
        ahead, behind = (np.repeat(p[:, None], LEVELS, axis=1) for _ in range(2))
        ahead[axis] += h
        behind[axis] -= h
        with np.errstate(all="ignore"):
            slopes[axis], errors[axis] = _extrapolated(
                f(ahead), f(behind), ahead[axis] - behind[axis]
            )
    return slopes, errors


def _extrapolated(above, below, width):
    """Return the limit of (above - below) / width along axis 0, and how far off it may be."""
    raw = (above - below) / width
    once = raw[1:] + (raw[1:] - raw[:-1]) / (RATIO**2 - 1)
    twice = once[1:] + (once[1:] - once[:-1]) / (RATIO**4 - 1)
    value = twice[:-1]
    rounding = np.finfo(float).eps * np.maximum(np.abs(above), np.abs(below)) / width
    doubt = np.abs(twice[1:] - value) + np.abs(value - once[1:-1]) + rounding[2:-1]
    doubt = np.where(np.isfinite(doubt), doubt, np.inf)
    begun = np.logical_or.accumulate(doubt <= 1e-3 * np.abs(value))
    least = np.minimum.accumulate(np.where(begun, doubt, np.inf))
    ended = np.logical_or.accumulate(begun & (doubt > 4 * least))
    searched = np.where(begun.any(axis=0), begun & ~ended, True)
    best = np.where(searched, doubt, np.inf).argmin(axis=0)[None]
    return (np.take_along_axis(part, best, axis=0)[0] for part in (value, doubt))


def _made_gradient(f, height, bounds, sample):
    """Return the gradient of a learner's function as a function of points."""
    try:
        tape = record(f, 2, sample).gradient()
    except NotRecordable:
        return lambda p: _differences(height, bounds, p)

    def slopes(p):
        value, *along = tape.replay(*p)
        return np.array([np.where(np.isnan(value), np.nan, part) for part in along])

    return slopes


def _differences(f, bounds, p):
    """Return the gradient of `f` at points; where no two differences agree it is not a number."""
    slopes, errors = _ridders(f, bounds, p)
    return np.where(np.isfinite(errors), slopes, np.nan)


def _check_gradient(given, expected, errors, sample):
    """Raise unless the given gradient agrees with the differences, where these are known."""
    known = np.isfinite(errors)
    size = np.max(np.abs(expected), axis=1, keepdims=True, initial=0.0, where=known)
    allowed = 1e-5 * size + 1e-12 * size.max() + 100 * errors
    with np.errstate(all="ignore"):
        gap = np.where(known, np.abs(given - expected) - allowed, -np.inf)
    if not np.all(gap <= 0):
        worst = np.unravel_index(np.argmax(np.where(np.isnan(gap), np.inf, gap)), gap.shape)
        x, y = sample[:, worst[1]]
        raise ValueError(
            f"grad is not the gradient of f: at ({x:.6g}, {y:.6g}) its {'xy'[worst[0]]} component "
            f"is {given[worst]:.6g}, but f rises by {expected[worst]:.6g}"
        )


def _checked_bounds(bounds):
    must = "((x_min, x_max), (y_min, y_max))"
    array = _finite_numbers(bounds, (2, 2), "bounds", must)
    if np.any(array[:, 0] >= array[:, 1]):
        raise ValueError(f"bounds must be {must}, got {bounds!r}; the smaller number comes first")
    return tuple((float(low), float(high)) for low, high in array)


def _finite_numbers(value, shape, name, must, remedy="all numbers must be finite"):
    """Return `value` as an array of finite numbers of this shape, or say what it must be."""
    try:
        array = numeric(value, name, must, remedy)
    except (TypeError, ValueError) as error:  # NumPy's own, where the rows differ in length
        known = str(error).startswith(name)
        raise ValueError(str(error) if known else f"{name} must be {must}, got {value!r}") from None
    if array.shape != shape or not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be {must}, got {value!r}; {remedy}")
    return array


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
# Gradients have products for squares: NumPy takes the square of a single number by `pow`, whose
# last bit may differ from that of x * x, and a path should be the same alone and among others.

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
    source="x^2 / 20 + y^2: Saitoh, Deep Learning from Scratch, 2016, section 6.1",
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
        a, b = x * x + y - 11, x + y * y - 7
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
        off = y - x * x
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
        return np.array([3 * (x * x - y * y), -6 * x * y])

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
        away = 1 + x * x + y * y
        slope = 2 / (away * away)
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

    def total(parts):
        first, *others = parts
        return sum(others, start=first)  # without 0 + first

    def locate(coordinate, half, count):
        """Return the cell, the place within it, and the mirror's sign, for one coordinate."""
        period = 2 * (count - 1)
        s = np.mod((coordinate + half) / spacing, period)
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
        rows = (
            total(wx * look_up(control, row + j, column + i) for i, wx in enumerate(along_x))
            for j in range(4)
        )
        return total(wy * along for wy, along in zip(along_y, rows, strict=True))

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
