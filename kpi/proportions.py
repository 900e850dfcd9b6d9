"""Intervals for few events: proportions, their difference and ratio, and rates.

Side 1 is compared with side 0. A bound at no event or at nothing but events is exactly 0 or 1.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from kpi.arrays import quotient
from kpi.distributions import chi2_ppf, normal_ppf, tail

ITERATIONS = 200  # of a bisection on doubles; it ends by itself well before


class Interval(NamedTuple):
    """An estimate and its bounds."""

    value: float
    low: float
    high: float


def proportion_interval(
    count: float, n: float, *, confidence: float = 0.95, method: str = "wilson"
) -> Interval:
    """Wilson's interval of one proportion.

    Args:
        count: events.
        n: trials, positive.
        confidence: of the two-sided interval.
        method: "wilson".

    Raises:
        ValueError: more events than trials, no trials, or an unknown method.
    """
    _known_method(method, ("wilson",))
    _check(count, n, "")
    return _wilson(count, n, _z(confidence))


def difference_interval(
    count1: float,
    n1: float,
    count0: float,
    n0: float,
    *,
    confidence: float = 0.95,
    method: str = "newcombe",
) -> Interval:
    """The difference of two proportions, side 1 less side 0.

    Args:
        count1: events of side 1.
        n1: trials of side 1.
        count0: events of side 0.
        n0: trials of side 0.
        confidence: of the two-sided interval.
        method: "newcombe", "wald" or "agresti-caffo".

    Raises:
        ValueError: more events than trials, no trials, or an unknown method.
    """
    _known_method(method, ("newcombe", "wald", "agresti-caffo"))
    _check(count1, n1, "1")
    _check(count0, n0, "0")
    z, value = _z(confidence), count1 / n1 - count0 / n0
    if method == "newcombe":
        one, zero = _wilson(count1, n1, z), _wilson(count0, n0, z)
        down = math.hypot(one.value - one.low, zero.high - zero.value)
        up = math.hypot(one.high - one.value, zero.value - zero.low)
        return Interval(value, value - down, value + up)
    more = 1 if method == "agresti-caffo" else 0
    p1, m1 = (count1 + more) / (n1 + 2 * more), n1 + 2 * more
    p0, m0 = (count0 + more) / (n0 + 2 * more), n0 + 2 * more
    half = z * math.sqrt(p1 * (1 - p1) / m1 + p0 * (1 - p0) / m0)
    return Interval(value, p1 - p0 - half, p1 - p0 + half)


def risk_ratio_interval(  # noqa: PLR0913 - two sides
    count1: float,
    n1: float,
    count0: float,
    n0: float,
    *,
    confidence: float = 0.95,
    method: str = "koopman",
    dispersion: float = 1.0,
) -> Interval:
    """The ratio of two proportions, side 1 over side 0.

    Args:
        count1: events of side 1.
        n1: trials of side 1.
        count0: events of side 0.
        n0: trials of side 0.
        confidence: of the two-sided interval.
        method: "koopman" (score), "katz" (log), or "katz-adjusted" with ½ added to events and
            trials.
        dispersion: factor of Katz's variance, from `spc.overdispersion`.

    Returns:
        `value` is the ratio of the events as they are, also for "katz-adjusted", whose ½ moves the
        bounds alone. NaN where the ratio or, for Katz, a logarithm is undefined; Koopman's `high`
        is infinite where side 0 has no event.

    Raises:
        ValueError: more events than trials, no trials, an unknown method, or a dispersion that is
            not positive or not for Katz.
    """
    _known_method(method, ("koopman", "katz", "katz-adjusted"))
    _check(count1, n1, "1")
    _check(count0, n0, "0")
    if not dispersion > 0 or (dispersion != 1 and method == "koopman"):
        raise ValueError(f"dispersion {dispersion} must be positive, and is for katz alone")
    value = quotient(count1 / n1, count0 / n0)
    z = _z(confidence)
    if method == "koopman":
        return _koopman((count1, n1, count0, n0), value, z)
    more = 0.5 if method == "katz-adjusted" else 0.0
    x1, m1, x0, m0 = count1 + more, n1 + more, count0 + more, n0 + more
    if x1 == 0 or x0 == 0:
        return Interval(value, math.nan, math.nan)
    centre = (x1 / m1) / (x0 / m0)
    spread = math.exp(z * math.sqrt(dispersion * (1 / x1 - 1 / m1 + 1 / x0 - 1 / m0)))
    return Interval(value, centre / spread, centre * spread)


def poisson_interval(
    count: float, exposure: float, *, confidence: float = 0.95, method: str = "exact"
) -> Interval:
    """The rate of events in an exposure.

    Args:
        count: events.
        exposure: time or pieces, positive.
        confidence: of the two-sided interval.
        method: "exact", "score", "jeffreys" or "wald".

    Raises:
        ValueError: negative events, no exposure, or an unknown method.
    """
    methods: dict[str, Callable[[float, float], tuple[float, float]]] = {
        "exact": _poisson_exact,
        "score": _poisson_score,
        "jeffreys": _poisson_jeffreys,
        "wald": _poisson_wald,
    }
    _known_method(method, tuple(methods))
    _check_rate(count, exposure, "")
    low, high = methods[method](count, confidence)
    return Interval(count / exposure, low / exposure if count else 0.0, high / exposure)


def rate_ratio_interval(
    count1: float, exposure1: float, count0: float, exposure0: float, *, confidence: float = 0.95
) -> Interval:
    """The ratio of two rates: MOVER on score intervals, Li, Tang, Wong 2014.

    Args:
        count1: events of side 1.
        exposure1: exposure of side 1.
        count0: events of side 0.
        exposure0: exposure of side 0.
        confidence: of the two-sided interval.

    Returns:
        `value` NaN and `high` infinite where side 0 has no event.

    Raises:
        ValueError: negative events or no exposure.
    """
    _check_rate(count1, exposure1, "1")
    _check_rate(count0, exposure0, "0")
    one = poisson_interval(count1, exposure1, confidence=confidence, method="score")
    zero = poisson_interval(count0, exposure0, confidence=confidence, method="score")
    product = one.value * zero.value
    fall = one.low * (2 * one.value - one.low)
    rise = one.high * (2 * one.value - one.high)
    beside = zero.high * (2 * zero.value - zero.high)
    below = zero.low * (2 * zero.value - zero.low)
    low = quotient(fall, product + math.sqrt(max(0.0, product**2 - fall * beside)))
    if below == 0:
        return Interval(quotient(one.value, zero.value), low if count1 else 0.0, math.inf)
    high = (product + math.sqrt(max(0.0, product**2 - rise * below))) / below
    return Interval(one.value / zero.value, low if count1 else 0.0, high)


def _wilson(count: float, n: float, z: float) -> Interval:
    """The score interval of a proportion."""
    p = count / n
    centre, scale = p + z * z / (2 * n), 1 + z * z / n
    half = z * math.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
    low = 0.0 if count == 0 else (centre - half) / scale
    high = 1.0 if count == n else (centre + half) / scale
    return Interval(p, low, high)


def _koopman(table: tuple[float, float, float, float], value: float, z: float) -> Interval:
    """The ratios that the score test does not reject."""
    x1, _, x0, _ = table
    limit = z * z

    def excess(log_ratio: float) -> float:
        return _koopman_score(table, math.exp(log_ratio)) - limit

    far = 50.0  # the logarithm of a ratio that is as good as infinite
    low = 0.0 if x1 == 0 else math.exp(_crossing(excess, math.log(value) if x0 else far, -1))
    high = math.inf if x0 == 0 else math.exp(_crossing(excess, math.log(value) if x1 else -far, 1))
    return Interval(value, low, high)


def _koopman_score(table: tuple[float, float, float, float], ratio: float) -> float:
    """Chi-square of the hypothesis p1 = ratio · p0, at its likeliest p0."""
    x1, n1, x0, n0 = table
    a = ratio * (n1 + n0)
    b = ratio * (n1 + x0) + n0 + x1
    root = math.sqrt(max(0.0, b * b - 4 * a * (x1 + x0)))
    p0 = 2 * (x1 + x0) / (b + root)  # the smaller root, without cancellation
    p1 = min(ratio * p0, 1.0)
    return _term(x1, n1, p1) + _term(x0, n0, min(p0, 1.0))


def _term(x: float, n: float, p: float) -> float:
    """One side of the score; nothing where the expected counts are the observed ones."""
    gap, variance = x - n * p, n * p * (1 - p)
    return gap * gap / variance if variance > 0 else 0.0


def _crossing(excess: Callable[[float], float], start: float, direction: int) -> float:
    """Where an increasing excess, seen from `start` outwards, passes zero."""
    inner, step = start, 1.0
    while excess(start + direction * step) < 0:
        inner, step = start + direction * step, 2 * step
    outer = start + direction * step
    for _ in range(ITERATIONS):
        middle = (inner + outer) / 2
        if middle in {inner, outer}:
            break
        if excess(middle) < 0:
            inner = middle
        else:
            outer = middle
    return outer


def _poisson_exact(count: float, confidence: float) -> tuple[float, float]:
    """Garwood's interval of a count."""
    out = tail(confidence)
    low = chi2_ppf(out, 2 * count) / 2 if count else 0.0
    return low, chi2_ppf(1 - out, 2 * count + 2) / 2


def _poisson_score(count: float, confidence: float) -> tuple[float, float]:
    """The score interval of a count."""
    z = _z(confidence)
    centre, half = count + z * z / 2, z * math.sqrt(count + z * z / 4)
    return centre - half, centre + half


def _poisson_jeffreys(count: float, confidence: float) -> tuple[float, float]:
    """Quantiles of the posterior of a count under Jeffreys' prior."""
    out = tail(confidence)
    return chi2_ppf(out, 2 * count + 1) / 2, chi2_ppf(1 - out, 2 * count + 1) / 2


def _poisson_wald(count: float, confidence: float) -> tuple[float, float]:
    """The normal approximation, cut off at 0."""
    half = _z(confidence) * math.sqrt(count)
    return max(0.0, count - half), count + half


def _z(confidence: float) -> float:
    """Normal quantile of a two-sided confidence."""
    return normal_ppf(1 - tail(confidence))


def _known_method(method: str, methods: tuple[str, ...]) -> None:
    """Refuse a method that there is not."""
    if method not in methods:
        raise ValueError(f"method {method!r} is unknown; there are {', '.join(methods)}")


def _check(count: float, n: float, side: str) -> None:
    """Refuse what are no events among trials."""
    if not 0 < n < math.inf or not 0 <= count <= n:
        raise ValueError(f"count{side} must lie from 0 to n{side} > 0: {count} of {n}")


def _check_rate(count: float, exposure: float, side: str) -> None:
    """Refuse what are no events in an exposure."""
    if not 0 < exposure < math.inf or not 0 <= count < math.inf:
        raise ValueError(
            f"count{side} must not be negative, exposure{side} positive: {count}, {exposure}"
        )
