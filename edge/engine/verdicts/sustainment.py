"""What is left of a proven gain after 3, 6 and 12 months (`kpi` calls it sustainment).

The look after k months is a window as long as the one that proved the gain, in planned production
days, begun k months later, and judged by the same days, baseline and prices. In between a one-sided
CUSUM on the level of the reporting window tells when it began to fall.
"""

from calendar import monthrange
from datetime import date
from math import isfinite, log
from typing import Any

import numpy as np

from edge.engine.figures.days import Days, number
from edge.engine.verdicts.judging import Judged
from edge.engine.verdicts.windows import end_ns, end_of
from edge.engine.view import View
from kpi.patterns import cusum
from kpi.verdict import LEAST_COVERED, MIN_DAYS, covered_share, mean_coverage, sustainment

Document = dict[str, Any]  # JSON
MONTHS = (3, 6, 12)
PROVEN = ("improved", "improved_at_least_target")


def looks(view: View, body: Document, judged: Judged) -> list[Document]:
    """The three looks of a target; a figure only where its window has passed and has enough days.

    Args:
        view: the site.
        body: the target as it was agreed.
        judged: what its days prove.

    Returns:
        Of each look its window, its state (`no_gain`, `waiting`, `insufficient_data` or
        `computed`), and where it was computed the share of the gain that is left, with its word.
    """
    wanted, found = (judged.windows.report[0], judged.windows.wanted_to), []
    for months in MONTHS:
        first, as_long = (later(day, months) for day in wanted)
        end = end_of(view, body, first, as_long)
        is_over = view.clock.wall_ns() >= end_ns(view, body, end)
        found.append(look(judged, months, (first, end), is_over=is_over))
    return found


def look(judged: Judged, months: int, window: tuple[str, str], *, is_over: bool) -> Document:
    """One look; whether the last night of its window is over."""
    windows, (first, end) = judged.windows, window
    days = judged.since_days.between(first, end)
    found = {
        "months": months,
        "from": first,
        "to": end,
        "state": "computed",
        "n": len(days.usable()),
        "value": None,
        "coverage": number(mean_coverage(days.coverage)),
        "share": None,
        "label": None,
    }
    if judged.verdict.verdict not in PROVEN:
        return {**found, "state": "no_gain"}
    if not (windows.complete and is_over) or windows.mature_to < end:
        return {**found, "state": "waiting"}
    theta = thetas(judged, days)
    if (
        len(days.usable()) < MIN_DAYS
        or covered_share(days.coverage) < LEAST_COVERED
        or theta is None
    ):
        return {**found, "state": "insufficient_data"}
    share, label = sustainment(*theta)
    return {**found, "value": number(days.usable().ratio()), "share": number(share), "label": label}


def thetas(judged: Judged, days: Days) -> tuple[float, float] | None:
    """The change now and the change that was claimed, on the log scale; None without either."""
    before, claimed, now = (
        part.usable().ratio() for part in (judged.before_days, judged.after_days, days)
    )
    if not all(isfinite(value) and value > 0 for value in (before, claimed, now)):
        return None
    return log(now / before), log(claimed / before)


def later(day: str, months: int) -> str:
    """The same day so many months later; the last of a month that is shorter."""
    known = date.fromisoformat(day)
    year, month = divmod(known.year * 12 + known.month - 1 + months, 12)
    return date(year, month + 1, min(known.day, monthrange(year, month + 1)[1])).isoformat()


def falls_from(judged: Judged) -> str | None:
    """The day on which the figure was seen to fall from the level of the reporting window.

    One-sided CUSUM of the days behind the window, k = 0.5 and h = 5 of their standard deviation.
    """
    level, behind = judged.after_days.usable(), judged.since_days.usable()
    since = behind.between(judged.windows.report[1], "9999")
    if len(level) < MIN_DAYS or not len(since):
        return None
    shown = level.numerator / level.denominator
    sigma = float(np.std(shown, ddof=1))
    if not sigma > 0:
        return None
    found = cusum(since.numerator / since.denominator, center=float(shown.mean()), sigma=sigma)
    signals = found.signals_low if judged.higher else found.signals_high
    return since.day[int(signals[0])] if len(signals) else None
