"""From numbers to a word: whether a figure may be published, and what an interval proves.

The order of the questions is part of the answer: data before drift, drift before direction.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import BOOL, F64, floats

COMPLETE, USABLE, INDICATIVE = 0.98, 0.95, 0.80
SUSTAINED, ERODING = 0.8, 0.5
MIN_DAYS = 20
LEAST_COVERED = 0.9  # the least share of days with enough coverage
MOST_UNEQUAL = 0.05
ROUNDING = 1e-12  # a bound met up to the last bits is met


class Gates(NamedTuple):
    """Whether all gates are open, and the codes of those that are not, in their order."""

    passed: bool
    failed: tuple[str, ...]


class Verdict(NamedTuple):
    """What an interval proves, and the codes of what stood against it."""

    # insufficient_data, inconclusive, worse, maturing, improved, improved_at_least_target
    verdict: str
    reasons: tuple[str, ...]


class Sustainment(NamedTuple):
    """Share of the gain that is left, and its word."""

    share: float
    label: str  # sustained, eroding, lost


def publish_status(coverage: float) -> str:
    """What a coverage allows: complete, usable, indicative, or insufficient.

    Only complete and usable days enter evidence; insufficient ones have bounds but no value, as
    has a coverage of NaN, where nothing was planned.

    Raises:
        ValueError: the coverage is no share.
    """
    if coverage < -ROUNDING or coverage > 1 + ROUNDING:
        raise ValueError(f"coverage is {coverage!r}; it must lie from 0 to 1")
    steps = ((COMPLETE, "complete"), (USABLE, "usable"), (INDICATIVE, "indicative"))
    for least, status in steps:
        if coverage >= least - ROUNDING:
            return status
    return "insufficient"


def gates(  # noqa: PLR0913 - the facts of the specification
    coverage0: ArrayLike,
    coverage1: ArrayLike,
    *,
    reconciled: bool = True,
    tables_equal: bool = True,
    state_map_equal: bool = True,
    matured: bool = True,
    inspection_equal: bool = True,
    events_accounted: bool = True,
    min_days: int = MIN_DAYS,
) -> Gates:
    """Whether two windows may be compared at all.

    Args:
        coverage0: daily coverages of the baseline, thin days included; NaN counts as 0.
        coverage1: daily coverages of the reporting window.
        reconciled: counts agree with pack-out or ERP.
        tables_equal: same cycles, calendar and tariff versions on both sides.
        state_map_equal: same state map.
        matured: quality facts have had their time to come in.
        inspection_equal: no new sensor or inspection method.
        events_accounted: every non-routine event is accounted for.
        min_days: least production days a side.
    """
    before, after = _shares(coverage0, "coverage0"), _shares(coverage1, "coverage1")
    passed = {
        "days_baseline": before.size >= min_days,
        "days_report": after.size >= min_days,
        "coverage_baseline": _covered(before),
        "coverage_report": _covered(after),
        "coverage_unequal": _alike(before, after),
        "reconciliation": reconciled,
        "tables": tables_equal,
        "state_map": state_map_equal,
        "maturity": matured,
        "inspection": inspection_equal,
        "events": events_accounted,
    }
    failed = tuple(code for code, is_open in passed.items() if not is_open)
    return Gates(not failed, failed)


def mean_coverage(coverage: ArrayLike) -> float:
    """Mean daily coverage, a day without any as 0; NaN without days."""
    shares = _shares(coverage, "coverage")
    return float(shares.mean()) if shares.size else math.nan


def covered_share(coverage: ArrayLike) -> float:
    """Share of the days with enough coverage; NaN without days."""
    good = is_usable(_shares(coverage, "coverage"))
    return float(good.mean()) if good.size else math.nan


def is_usable(coverage: ArrayLike) -> BOOL:
    """Which days are known well enough to enter evidence; NaN is not."""
    return np.asarray(np.asarray(coverage, dtype=np.float64) >= USABLE - ROUNDING)


def decide(  # noqa: PLR0913 - what the protocol asks for
    theta: float,
    low: float,
    high: float,
    *,
    higher_is_better: bool,
    target_theta: float | None = None,
    failed_gates: Sequence[str] = (),
    maturing: bool = False,
    drift: bool = False,
) -> Verdict:
    """What the interval of a change on the log scale proves.

    Args:
        theta: the change.
        low: lower bound; a bound of exactly 0 does not exclude 0.
        high: upper bound.
        higher_is_better: the good direction.
        target_theta: the change that was promised, or None.
        failed_gates: codes of `gates`.
        maturing: the reporting window still moves in the good direction.
        drift: a side wanders, so that no interval of a simple comparison holds.

    Raises:
        ValueError: theta does not lie between its bounds.
    """
    if any(math.isnan(value) for value in (theta, low, high)):
        return Verdict("insufficient_data", ("interval",))
    if not low <= theta <= high:
        raise ValueError(f"theta {theta} must lie between low {low} and high {high}")
    if failed_gates:
        return Verdict("insufficient_data", tuple(failed_gates))
    if drift:
        return Verdict("inconclusive", ("drift",))
    return Verdict(_direction(*_turned(low, high, target_theta, up=higher_is_better), maturing), ())


def sustainment(theta_now: float, theta_claim: float) -> Sustainment:
    """How much of a claimed gain is left; `lost` where nothing was claimed."""
    share = theta_now / theta_claim if theta_claim else math.nan
    if share >= SUSTAINED - ROUNDING:
        return Sustainment(share, "sustained")
    return Sustainment(share, "eroding" if share >= ERODING - ROUNDING else "lost")


def _turned(
    low: float, high: float, target: float | None, *, up: bool
) -> tuple[float, float, float | None]:
    """The bounds and the target so that more is better."""
    if up:
        return low, high, target
    return -high, -low, None if target is None else -target


def _direction(low: float, high: float, target: float | None, maturing: bool) -> str:  # noqa: FBT001
    """The verdict of an interval in which more is better."""
    if high < 0:
        return "worse"
    if maturing:
        return "maturing"
    if low <= 0:
        return "inconclusive"
    reached = target is not None and low >= target
    return "improved_at_least_target" if reached else "improved"


def _shares(coverage: ArrayLike, name: str) -> F64:
    """Daily coverages; a day without any is 0."""
    shares = np.nan_to_num(floats(coverage, name), nan=0.0)
    if bool(((shares < -ROUNDING) | (shares > 1 + ROUNDING)).any()):
        raise ValueError(f"{name} must lie from 0 to 1")
    return shares


def _covered(shares: F64) -> bool:
    """Whether nine days of ten are covered well enough."""
    return covered_share(shares) >= LEAST_COVERED - ROUNDING


def _alike(before: F64, after: F64) -> bool:
    """Whether the mean coverages are close to each other."""
    return abs(mean_coverage(before) - mean_coverage(after)) <= MOST_UNEQUAL + ROUNDING
