"""How long a gradient is, and whether it is the gradient of its function at all."""

from collections.abc import Mapping

import numpy as np

__all__ = ["gradient_error", "gradient_norm"]


def gradient_norm(grads):
    r"""Return the length of a gradient, all parameters taken together.

    .. math:: \lVert g \rVert = \sqrt{\textstyle\sum_i g_i^2}

    Parameters
    ----------
    grads : ndarray, or dict of str to ndarray

    Returns
    -------
    float

    Examples
    --------
    >>> gradient_norm({"W1": np.array([[3.0], [0.0]]), "b1": np.array([4.0])})
    5.0
    """
    arrays = grads.values() if isinstance(grads, Mapping) else [grads]
    return float(np.sqrt(sum(np.sum(np.square(array)) for array in arrays)))


def gradient_error(f, grad, at, h=1e-5):
    r"""Compare a gradient with central differences and return the relative error.

    .. math:: d_i = \frac{f(x + h e_i) - f(x - h e_i)}{2h}, \qquad
              \mathrm{error} = \frac{\lVert g - d \rVert}{\lVert g \rVert + \lVert d \rVert}

    In float64 and with h = 1e-5, a right gradient has an error below 1e-7, where `f` is smooth; a
    wrong one mostly above 1e-5. Where `f` has a kink within h of `at`, the differences are wrong.

    Parameters
    ----------
    f : function
        Of a point; returns a number.
    grad : function
        Of a point; returns the gradient, shaped like the point.
    at : array_like, or dict of str to array_like
        The point: one array, or the parameters of a model by name. Not written to.
    h : float, greater than 0
        The step of the differences, in units of x.

    Returns
    -------
    float
        From 0 to 1; 0 where both are 0.

    Raises
    ------
    TypeError
        If the point does not hold real numbers, or `f` returns no number.
    ValueError
        If the gradient has other keys or shapes than the point, `h` is not greater than 0, or a
        value or a gradient is not finite.

    References
    ----------
    Karpathy, "CS231n: Gradient checks", Stanford University, 2016.

    Examples
    --------
    >>> from optim_lib import surfaces
    >>> beale = surfaces.beale
    >>> gradient_error(beale.f, beale.grad, beale.start) < 1e-7
    True

    A model, on the first images:

    >>> from optim_lib.training import MLP, load_digits
    >>> model, (images, labels) = MLP(64, 8, 10), load_digits()
    >>> batch = images[:32], labels[:32]
    >>> params = model.init(np.random.default_rng(0))
    >>> loss = lambda params: model.loss(params, *batch)
    >>> gradient = lambda params: model.gradient(params, *batch)[1]
    >>> gradient_error(loss, gradient, params) < 1e-7
    True
    """
    if not 0 < h < np.inf:
        raise ValueError(f"h must be greater than 0 and finite, got {h!r}; try 1e-5")
    named = isinstance(at, Mapping)
    point = {key: _floats(value, _name(key)) for key, value in (at if named else {"": at}).items()}

    def at_point():
        copies = {key: value.copy() for key, value in point.items()}
        return copies if named else copies[""]

    def value():
        number = np.asarray(f(at_point()))
        if number.ndim or number.dtype.kind not in "iuf":
            raise TypeError(f"f must return one number, got {number!r}; try its sum or its mean")
        return float(_finite(number, "f"))

    given = grad(at_point())
    if named and not isinstance(given, Mapping):
        raise TypeError(f"grad must return a dictionary like the point, got {type(given).__name__}")
    gradient = _checked_gradient(given if named else {"": given}, point)
    differences = {key: np.empty(array.shape) for key, array in point.items()}
    for key, array in point.items():
        for i in np.ndindex(array.shape):
            here = array[i].copy()
            array[i] = here + h
            above = value()
            array[i] = here - h
            differences[key][i] = (above - value()) / (2 * h)
            array[i] = here
    wrong = gradient_norm({key: gradient[key] - differences[key] for key in point})
    size = gradient_norm(gradient) + gradient_norm(differences)
    return wrong / size if size else 0.0


def _name(key, of="at"):
    return f"{of}[{key!r}]" if key != "" else of


def _floats(value, name):
    """Return a copy of an array of real numbers, as floats."""
    array = np.array(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got {value!r}")
    return _finite(array if array.dtype.kind == "f" else array.astype(float), name)


def _finite(array, name):
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} is not finite there; choose another point")
    return array


def _checked_gradient(given, point):
    """Return the gradient as arrays shaped like those of the point."""
    if given.keys() != point.keys():
        raise ValueError(f"grad returns the keys {sorted(given)}, the point has {sorted(point)}")
    gradient = {key: _floats(given[key], _name(key, "grad")) for key in point}
    for key, array in point.items():
        if gradient[key].shape != array.shape:
            raise ValueError(
                f"{_name(key, 'grad')} has the shape {gradient[key].shape}, but "
                f"{_name(key)} has {array.shape}"
            )
    return gradient
