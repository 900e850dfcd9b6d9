"""The windows of a comparison, in whole production days (`kpi.md` 9.2).

The reporting window begins after go-live and black-out, is as long as the baseline, and ends early
enough for its quality figures to be mature.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from edge.engine.view import View
from edge.model import SECOND_NS
from edge.moment import seconds_since
from kpi.calendar import production_day
from kpi.catalogue.index import MEASURES

BLACKOUT_DAYS = 10
QUALITY = {"gq", "sq", "rq", "ideal_gq_s", "first_good"}


@dataclass(frozen=True, slots=True)
class Windows:
    """Half-open intervals of whole production days."""

    report: tuple[int, int]
    blackout: tuple[int, int]
    complete: bool  # the reporting window has all its days
    today: date


def windows_of(view: View, body: dict[str, Any], frozen: list[dict[str, Any]]) -> Windows:
    """The windows of a target at this moment."""
    today = day_of(view, view.clock.wall_ns())
    waiting = timedelta(days=maturity_days(view, body))
    mature_to = begin_of(view, today - waiting)
    go_live = day_of(view, body["go_live_ns"])
    if body["from_ns"] is not None and body["to_ns"] is not None:
        wanted = (int(body["from_ns"]), int(body["to_ns"]))
        blackout = (int(body["go_live_ns"]), wanted[0])
    else:
        first = go_live + timedelta(days=BLACKOUT_DAYS)
        length = (day_of(view, frozen[0]["to_ns"] - 1) - day_of(view, frozen[0]["from_ns"])).days
        wanted = begin_of(view, first), begin_of(view, first + timedelta(days=length + 1))
        blackout = begin_of(view, go_live), wanted[0]
    report = wanted[0], max(wanted[0], min(wanted[1], mature_to))
    return Windows(report, blackout, complete=report[1] == wanted[1], today=today)


def maturity_days(view: View, body: dict[str, Any]) -> int:
    """How long quality figures may still change; none for a measure that looks at no pieces."""
    if not QUALITY & set(MEASURES[body["measure"]].elements):
        return 0
    return max(view.line(line).maturity_days for line in body["lines"])


def day_of(view: View, at_ns: int) -> date:
    """The production day of an instant."""
    starts = view.site.production_day_starts
    days = production_day(np.array([at_ns]), view.site.timezone, starts=starts)
    return date.fromisoformat(str(days[0]))


def begin_of(view: View, day: date) -> int:
    """The instant at which a production day begins."""
    hour, minute = map(int, view.site.production_day_starts.split(":"))
    return seconds_since(datetime.combine(day, time(hour, minute), view.zone)) * SECOND_NS
