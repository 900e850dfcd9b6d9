"""What the greatest power of a site costs in a period, beside what its energy costs.

It is a fixed cost of the whole site and of a month, whatever was made: the month's charge comes
evenly over the month, and a line's part of it is its part of the metered energy. What is not known
of a quarter hour can only raise it: such a charge says that it is *at least* that much.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from math import fsum, isnan, nan
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.days import number
from edge.engine.figures.figures import totals
from edge.engine.figures.metering import MonthPeak, meters_of, month_peak, read_month
from edge.engine.figures.pricing import holding
from edge.engine.view import View
from edge.site import Demand
from kpi.arrays import quotient
from kpi.dated import midnight_ns
from kpi.demand import billing_kw, counted_months, month_ns, months_of

Document = dict[str, Any]  # JSON
Window = tuple[int, int]


class Own(NamedTuple):
    """What a line or machine used and made in the period."""

    kwh: float  # NaN where it has no meter
    good: float


class Power(NamedTuple):
    """The greatest power of one month, and what stands against it."""

    month: int
    kw: float  # NaN where nothing is known
    because: tuple[str, ...]  # why it may have been more
    measured: MonthPeak | None
    by_hand: float | None


def demand_charge(view: View, window: Window, own: Own) -> Document | None:
    """The demand charge of a period and a line's part of it; None where the site has none.

    Args:
        view: the site.
        window: the period, as far as it is over.
        own: energy and good pieces of the line or machine that is asked for.
    """
    if not view.site.demands or window[1] <= window[0]:
        return None
    months = [month_document(view, *part) for part in parts_of(view, window)]
    charge = fsum(nan if one["charge_krw"] is None else one["charge_krw"] for one in months)
    share = energy_share(view, window, own.kwh)
    because = list(dict.fromkeys(code for one in months for code in one["because"]))
    return {
        "charge_krw": number(charge),
        "at_least": any(one["at_least"] for one in months),
        "because": because,
        "energy_share": number(share),
        "own_krw": number(charge * share),
        "per_good_piece_krw": number(quotient(charge * share, own.good)),
        "months": months,
    }


def read_ahead(view: View, window: Window) -> Iterator[int]:
    """Read the months that a demand charge looks at, some of one at a time; others may ask between.

    A charge that is asked for afterwards finds them read, until the hour is over.
    """
    if not view.site.demands or window[1] <= window[0]:
        return
    for span, rate in parts_of(view, window):
        if rate is not None:
            (month,) = months_of(span[0]).tolist()
            for one in counted_months(month, rate.months):
                yield from read_month(view, meters_of(view.site, rate.meter), one)


def parts_of(view: View, window: Window) -> Iterator[tuple[Window, Demand | None]]:
    """The period, cut where a month ends by the tariff's clock and where another rate begins."""
    rates = view.site.demands
    days = {day for rate in rates for day in (rate.valid_from, rate.valid_to) if day}
    months = months_of(list(window)).tolist()
    cuts = {month_ns(month) for month in range(months[0], months[1] + 1)}
    cuts |= {midnight_ns(day, view.zone) for day in days}
    ends = sorted({*window, *(cut for cut in cuts if window[0] < cut < window[1])})
    places = holding(view, rates, np.array(ends[:-1], np.int64)).tolist()
    for span, place in zip(pairwise(ends), places, strict=True):
        yield span, rates[place] if place >= 0 else None


def month_document(view: View, span: Window, rate: Demand | None) -> Document:
    """What a part of a month costs, and the peaks that say so."""
    (month,) = months_of(span[0]).tolist()
    share = (span[1] - span[0]) / (month_ns(month + 1) - month_ns(month))
    found: Document = {
        "month": named(month),
        "from": view.time(span[0]),
        "to": view.time(span[1]),
        "share_of_month": share,
    }
    if rate is None:
        blank = dict.fromkeys(("kw", "of_month", "floor_kw", "contract_kw", "rate", "valid_from"))
        rest = {"at_least": True, "because": ["no_rate"], "charge_krw": None, "peaks": []}
        return {**found, **blank, **rest}
    powers = [power_of(view, rate, one) for one in counted_months(month, rate.months)]
    floor_kw = rate.floor * rate.contract_kw
    kw, of_month = billing_kw({one.month: one.kw for one in powers}, floor_kw)
    is_known = kw > 0 or not all(isnan(one.kw) for one in powers)
    because = list(dict.fromkeys(code for one in powers for code in one.because))
    return {
        **found,
        "kw": kw if is_known else None,
        "of_month": None if of_month is None else named(of_month),
        "floor_kw": floor_kw,
        "contract_kw": rate.contract_kw,
        "rate": rate.rate,
        "valid_from": rate.valid_from.isoformat(),
        "at_least": bool(because),
        "because": because,
        "charge_krw": rate.rate * kw * share if is_known else None,
        "peaks": [power_document(view, one) for one in powers],
    }


def power_of(view: View, rate: Demand, month: int) -> Power:
    """The greatest power of a month: what the bill says once it is over, else what meters told."""
    told = {months_since_1970(peak.month): peak.value for peak in view.site.peaks}
    by_hand, measured = told.get(month), month_peak(view, meters_of(view.site, rate.meter), month)
    is_over = month_ns(month + 1) <= view.clock.wall_ns()
    if by_hand is not None and is_over:
        return Power(month, by_hand, (), measured, by_hand)
    seen = nan if measured is None else measured.of.kw
    doubts = {
        "month_running": not is_over,
        "month_missing": is_over and isnan(seen),
        "quarters_unknown": measured is not None and not isnan(seen) and measured.of.unknown > 0,
        "machines_alone": not (isnan(seen) or rate.meter),
    }
    kw = float(np.fmax(seen, nan if by_hand is None else by_hand))
    return Power(month, kw, tuple(c for c, holds in doubts.items() if holds), measured, by_hand)


def power_document(view: View, of: Power) -> Document:
    """One month's peak: where it is from, when it was, and how much is not known of it."""
    measured = of.measured if of.measured and not isnan(of.measured.of.kw) else None
    is_billed = of.by_hand is not None and of.kw == of.by_hand
    return {
        "month": named(of.month),
        "kw": number(of.kw),
        "origin": "bill" if is_billed else None if isnan(of.kw) else "measured",
        "at_least": bool(of.because),
        "because": list(of.because),
        "measured_kw": measured.of.kw if measured else None,
        "measured_at": instant(view, measured.at_ns) if measured else None,
        "unknown_quarters": measured.of.unknown if measured else None,
        "quarters": measured.covers if measured else None,
    }


def instant(view: View, at_ns: int | None) -> str | None:
    """An instant as text, if there is one."""
    return None if at_ns is None else view.time(at_ns)


def energy_share(view: View, window: Window, own_kwh: float) -> float:
    """A part of the energy that all lines metered; NaN where nothing was."""
    every = []
    for line in view.site.lines:
        found = totals(view, line, window, "interval")
        every += [float(found.sums.elements["energy_kwh"][group]) for group in found.of(None)]
    return quotient(own_kwh, fsum(kwh for kwh in every if not isnan(kwh)))


def months_since_1970(day: date) -> int:
    """The month of a day, as `kpi.demand` counts months."""
    return 12 * (day.year - 1970) + day.month - 1


def named(month: int) -> str:
    """A month as people write it: 2026-03."""
    return str(np.datetime64(month, "M"))
