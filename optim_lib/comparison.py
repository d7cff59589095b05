"""Is one setting better than another, or was it luck? Splits of one data set overlap."""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

__all__ = ["Comparison", "compare_splits"]


class Comparison(NamedTuple):
    """Two settings on the same splits.

    difference: the mean of a - b; naive_t: it in standard errors, as if the splits were
    independent; t: it in standard errors that allow for their overlap; needed_t: what `t` must
    exceed at 5%, for this number of splits.
    """

    difference: float
    naive_t: float
    t: float
    needed_t: float

    @property
    def tie(self):
        """Whether the difference may well be luck."""
        return not abs(self.t) > self.needed_t


def compare_splits(a, b, trained_on, judged_on):
    r"""Compare two settings that were judged on the same random splits of one data set.

    Each split trains on most of the same examples as the others, so that its result is worth less
    than a new one. The correction is that of Nadeau and Bengio:

    .. math:: t = \frac{\bar d}{s \sqrt{1 / J + \mathrm{judged\_on} / \mathrm{trained\_on}}}
              \quad \text{instead of} \quad \frac{\bar d}{s \sqrt{1 / J}}

    with the mean and the standard deviation s of the J differences d = a - b.

    Parameters
    ----------
    a, b : array_like, (J,)
        The losses, or errors, of the settings, one for each split, in the same order.
    trained_on, judged_on : int, greater than 0
        How many examples each split trained on, and on how many it was judged.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If `a` and `b` are not one number for each of at least two splits, or a number of examples
        is not greater than 0.

    References
    ----------
    Nadeau and Bengio, "Inference for the Generalization Error", 2003.

    Examples
    --------
    >>> a, b = [0.22, 0.25, 0.21, 0.24], [0.20, 0.22, 0.20, 0.22]
    >>> found = compare_splits(a, b, trained_on=1437, judged_on=360)
    >>> print(found.naive_t.round(1), found.t.round(1), found.needed_t.round(1), found.tie)
    4.9 3.5 3.2 False
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise ValueError(
            f"a and b must have one number for each of two or more splits, got the shapes "
            f"{a.shape} and {b.shape}"
        )
    if not np.isfinite(a - b).all():
        raise ValueError("a and b must be finite; leave out the splits on which one diverged")
    for name, number in (("trained_on", trained_on), ("judged_on", judged_on)):
        if not number > 0:
            raise ValueError(f"{name} must be a number of examples greater than 0, got {number!r}")
    d = a - b
    with np.errstate(divide="ignore", invalid="ignore"):
        naive = d.mean() / (d.std(ddof=1) * np.sqrt(1 / len(d)))
        t = d.mean() / (d.std(ddof=1) * np.sqrt(1 / len(d) + judged_on / trained_on))
    return Comparison(d.mean(), naive, t, stdtrit(len(d) - 1, 0.975))
