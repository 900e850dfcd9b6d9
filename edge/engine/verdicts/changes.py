"""The change from one window to another and its interval, by the method that its data allow."""

from dataclasses import replace
from math import exp, expm1, inf, isnan, log, nan
from typing import NamedTuple

import numpy as np

from edge.engine.figures.days import Days, comparable
from kpi.inference import ratio_change_interval, risk_ratio_interval
from kpi.regression import ols_hac, usual_lags
from kpi.spc import overdispersion

LEAST_DAYS = 6  # a side; with fewer an interval says nothing
FEW_EVENTS = 30  # a side; below, events are compared exactly and not by their logarithm
DRIFT_RHO = 0.85
DRIFT_N_EFF = 5
TREND_T = 2.0  # of the slope; above it the window has not settled
FIXED_B = (1.9600, 2.9694, 0.4160, -0.5324)
"""Critical values at 5 % of a t with Bartlett weights over the share b of the series, in powers of
b: Kiefer, Vogelsang 2005, table 1. The usual 1.96 finds a slope in every sixth series without."""


class Change(NamedTuple):
    """θ = ln(after/before) with its interval, and what the method says of itself."""

    theta: float
    low: float
    high: float
    method: str
    n_eff: tuple[float, float] = (nan, nan)
    rho: tuple[float, float] = (nan, nan)
    p_value: float = nan

    @property
    def bounds(self) -> tuple[float, float]:
        """The interval as fractions of change."""
        return expm1(self.low), expm1(self.high)

    def around(self, before: float) -> tuple[float, float]:
        """The interval of the figure itself, seen from the one before."""
        return before * exp(self.low), before * exp(self.high)


def change(before: Days, after: Days, measure: str) -> Change | None:
    """The change of a measure; None where its days do not allow an interval.

    Args:
        before: usable days of the baseline.
        after: usable days of the reporting window.
        measure: their measure.
    """
    if min(len(before), len(after)) < LEAST_DAYS:
        return None
    before, after = evened(before), evened(after)
    if min(before.numerator.min(), after.numerator.min()) < 0:
        return None
    events = before.numerator.sum(), after.numerator.sum()
    if comparable(measure).counts_events and min(events) < FEW_EVENTS:
        return of_few_events(before, after)
    if not min(events) > 0:
        return None
    sides = before.numerator, before.denominator, after.numerator, after.denominator
    found = ratio_change_interval(*sides)
    return Change(
        found.theta,
        found.low,
        found.high,
        found.method,
        (found.n_eff0, found.n_eff1),
        (found.rho0, found.rho1),
        found.p_value,
    )


def evened(days: Days) -> Days:
    """Days of the same sum of which none is below zero, as far as the others have enough.

    Scrap that was found later is taken from the good pieces of the day on which it was found, which
    may have made fewer; and two counters part a piece at midnight. What a day lacks is taken from
    the nearest ones, the earlier first.
    """
    left = days.numerator.copy()
    for at in np.flatnonzero(left < 0).tolist():  # rare
        for other in np.argsort(np.abs(np.arange(len(left)) - at), kind="stable").tolist():
            more = min(max(left[other], 0.0), -left[at])
            left[other], left[at] = left[other] - more, left[at] + more
    return replace(days, numerator=left)


def of_few_events(before: Days, after: Days) -> Change | None:
    """The change where a side has few events: Koopman, or Katz where they come in clusters."""
    counts = [float(part.sum()) for part in (after.numerator, after.denominator)]
    counts += [float(part.sum()) for part in (before.numerator, before.denominator)]
    if not counts[2] or counts[0] > counts[1] or counts[2] > counts[3]:
        return None
    dispersion = max(1.0, scatter(before), scatter(after))
    method = "katz" if dispersion > 1 and counts[0] else "koopman"
    found = risk_ratio_interval(
        *counts, method=method, dispersion=dispersion if method == "katz" else 1.0
    )
    if any(isnan(one) for one in found):
        return None
    theta, low, high = (logarithm(one) for one in found)
    return Change(theta, low, high, method)


def scatter(days: Days) -> float:
    """By how much daily events scatter more than chance would make them; 1 without any."""
    found = float(overdispersion(days.numerator).ratio)
    return 1.0 if isnan(found) else found


def logarithm(ratio: float) -> float:
    """ln, with its limits at zero and infinity."""
    return -inf if ratio == 0 else ratio if ratio == inf else log(ratio)


def slope(days: Days) -> tuple[float, float]:
    """T of the slope of a window's daily figures, and the share of it over which errors correlate.

    0 where there are too few days to tell.
    """
    n = len(days)
    if n < 2 * LEAST_DAYS:
        return 0.0, 0.0
    lags = usual_lags(n)
    x = np.stack([np.ones(n), np.arange(n, dtype=np.float64)], axis=1)
    fit = ols_hac(days.numerator / days.denominator, x, maxlags=lags)
    share = (lags + 1) / n
    return (float(fit.coef[1] / fit.se[1]) if fit.se[1] > 0 else 0.0), share


def is_moving(days: Days, good: int) -> bool:
    """Whether the reporting window is still getting better."""
    return good * slope(days)[0] > TREND_T


def wanders(days: Days) -> bool:
    """Whether the days of a baseline themselves rise or fall."""
    t, share = slope(days)
    return abs(t) > sum(weight * share**power for power, weight in enumerate(FIXED_B))


def drifts(found: Change | None, before: Days) -> bool:
    """Whether a side is too correlated, or the baseline itself was moving."""
    if found is None:
        return False
    return wanders(before) or max(found.rho) >= DRIFT_RHO or min(found.n_eff) < DRIFT_N_EFF
