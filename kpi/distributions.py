"""Quantiles and tails of the normal, t and chi-square distributions.

The only place that knows `scipy.special`, and it imports it on first use: a service that never
asks for an interval does not pay for it. Degrees of freedom may be fractional.
"""

from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64


@overload
def normal_ppf(p: float) -> float: ...
@overload
def normal_ppf(p: F64) -> F64: ...
def normal_ppf(p: ArrayLike) -> float | F64:
    """The z below which a standard normal value lies with probability `p`.

    Raises:
        ValueError: p outside (0, 1), where there is no finite quantile.
    """
    from scipy.special import ndtri  # noqa: PLC0415 - on first use, 60 ms

    return _plain(ndtri(_probability(p)))


@overload
def t_ppf(p: float, df: float) -> float: ...
@overload
def t_ppf(p: ArrayLike, df: F64) -> F64: ...
def t_ppf(p: ArrayLike, df: ArrayLike) -> float | F64:
    """The value below which Student's t with `df` degrees of freedom lies with probability `p`.

    Raises:
        ValueError: p outside (0, 1) or df not positive.
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - on first use

    return _plain(stdtrit(_degrees(df), _probability(p)))


@overload
def t_sf(t: float, df: float) -> float: ...
@overload
def t_sf(t: ArrayLike, df: F64) -> F64: ...
def t_sf(t: ArrayLike, df: ArrayLike) -> float | F64:
    """Probability that Student's t with `df` degrees of freedom exceeds `t`.

    Raises:
        ValueError: df not positive.
    """
    from scipy.special import stdtr  # noqa: PLC0415 - on first use

    return _plain(stdtr(_degrees(df), -np.asarray(t, dtype=np.float64)))


@overload
def chi2_ppf(p: float, df: float) -> float: ...
@overload
def chi2_ppf(p: ArrayLike, df: F64) -> F64: ...
def chi2_ppf(p: ArrayLike, df: ArrayLike) -> float | F64:
    """The value below which chi-square with `df` degrees of freedom lies with probability `p`.

    Raises:
        ValueError: p outside (0, 1) or df not positive.
    """
    from scipy.special import gammaincinv  # noqa: PLC0415 - on first use

    return _plain(2 * gammaincinv(_degrees(df) / 2, _probability(p)))


@overload
def chi2_sf(x: float, df: float) -> float: ...
@overload
def chi2_sf(x: ArrayLike, df: F64) -> F64: ...
def chi2_sf(x: ArrayLike, df: ArrayLike) -> float | F64:
    """Probability that chi-square with `df` degrees of freedom exceeds `x`; 1 below zero.

    Raises:
        ValueError: df not positive.
    """
    from scipy.special import chdtrc  # noqa: PLC0415 - on first use

    return _plain(chdtrc(_degrees(df), np.maximum(np.asarray(x, dtype=np.float64), 0)))


def tail(confidence: float) -> float:
    """What a two-sided interval leaves out on each side.

    Raises:
        ValueError: a confidence outside (0, 1).
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}; it lies strictly between 0 and 1")
    return (1 - confidence) / 2


def _probability(p: ArrayLike) -> F64:
    """`p`, all of it strictly between 0 and 1."""
    values = np.asarray(p, dtype=np.float64)
    if not bool(((values > 0) & (values < 1)).all()):
        raise ValueError(f"a probability lies strictly between 0 and 1; p is {p!r}")
    return values


def _degrees(df: ArrayLike) -> F64:
    """`df`, all of it positive."""
    values = np.asarray(df, dtype=np.float64)
    if not bool((values > 0).all()):
        raise ValueError(f"df must be positive; it is {df!r}")
    return values


def _plain(result: ArrayLike) -> float | F64:
    """A float where all arguments were scalars, else the array."""
    array = np.asarray(result, dtype=np.float64)
    return array if array.ndim else float(array)
