"""The windows of a comparison, in whole production days.

The reporting window begins after go-live and black-out and has as many planned production days as
the baseline; what may be judged ends early enough for its quality figures to be mature. Days are
texts such as `2026-11-20`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from edge.engine.figures.days import whole_days
from edge.engine.view import View, day_text
from edge.model import DAY_NS
from kpi.calendar import production_day
from kpi.catalogue.index import MEASURES

BLACKOUT_DAYS = 10
LOOK_DAYS = 60  # how far the days of a black-out are looked for
LACKING_DAYS = (7, LOOK_DAYS)  # the same of days that a window lacks: at hand, then far
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Windows:
    """Half-open stretches of production days."""

    go_live: str
    report: tuple[str, str]  # what may be judged by now
    wanted_to: str  # where the reporting window will end
    mature_to: str  # up to here figures no longer change for lack of time
    today: str
    is_over: bool = True  # whether the last shift before `wanted_to` has ended

    @property
    def complete(self) -> bool:
        """Whether the reporting window has all its days, and the night of the last one is over."""
        return self.report[1] >= self.wanted_to and self.is_over

    @property
    def waits(self) -> bool:
        """Whether days of the reporting window have passed that are not mature yet."""
        return self.mature_to < min(self.wanted_to, self.today)

    def place(self, day: str) -> str:
        """What a day after the baseline is: report, blackout, or outside."""
        if self.report[0] <= day < self.report[1]:
            return "report"
        return "blackout" if self.go_live <= day < self.report[0] else "outside"


def windows_of(view: View, body: dict[str, Any], frozen: list[dict[str, Any]]) -> Windows:
    """The windows of a target at this moment.

    Raises:
        NotFound: the site no longer has one of its lines, or its machine.
    """
    for line in body["lines"]:
        view.line(line)
        view.machine(line, body["machine"])
    go_live, first = blackout(view, body["lines"][0], body["go_live_ns"])
    if body["from_ns"] is not None and body["to_ns"] is not None:
        first, wanted_to = asked(view, body)
    else:
        days = [date.fromisoformat(row["day"]) for row in frozen[0]["series"]]
        as_long = (date.fromisoformat(first) + (days[-1] - days[0]) + ONE_DAY).isoformat()
        wanted_to = end_of(view, body, first, as_long)
    waiting = timedelta(days=maturity_days(view, body["lines"], body["measure"]))
    today = day_of(view, view.clock.wall_ns())
    mature_to = (today - waiting).isoformat()
    report = first, max(first, min(wanted_to, mature_to))
    over = body.get("report_days") is None or view.clock.wall_ns() >= end_ns(view, body, wanted_to)
    return Windows(go_live, report, wanted_to, mature_to, today.isoformat(), over)


def end_ns(view: View, body: dict[str, Any], day: str) -> int:
    """Where the last shift of a target's lines ends that began before a production day."""
    return max(turn(view, line, date.fromisoformat(day)) for line in body["lines"])


def turn(view: View, line: str, day: date) -> int:
    """Where a production day begins: a shift that reaches over its begin is of the day before."""
    begin_ns = view.begin_of(day)
    hours = view.calendars[line].hours(begin_ns, begin_ns + 1)
    over = (hours.shift_t0_ns < begin_ns) & (hours.shift_t1_ns > begin_ns)
    return int(hours.shift_t1_ns[over].max(initial=begin_ns))


def asked(view: View, body: dict[str, Any]) -> tuple[str, str]:
    """The whole days of a window that somebody named."""
    window = int(body["from_ns"]), int(body["to_ns"])
    days = sorted(whole_days(view, view.line(body["lines"][0]), window))
    if not days:
        day = day_of(view, window[0]).isoformat()
        return day, day
    return day_text(days[0]), day_text(days[-1] + 1)


def end_of(view: View, body: dict[str, Any], first: str, as_long: str) -> str:
    """Where a window ends that has as many planned production days as the baseline.

    Args:
        view: for the line's calendar.
        body: the target; one that was agreed on before such days were counted keeps its window.
        first: the window's first day.
        as_long: where it would end after as many days of the calendar; it ends no earlier where
            fewer days are planned than it wants.
    """
    wanted = body.get("report_days")
    if wanted is None:
        return as_long
    last = as_long
    for beyond in LACKING_DAYS:
        planned = planned_days(view, body["lines"][0], first, as_long, beyond)
        if len(planned) >= wanted:
            return day_text(planned[wanted - 1] + 1)
        last = max([as_long, *(day_text(day + 1) for day in planned[-1:])])
    return last


def planned_days(view: View, line: str, first: str, end: str, beyond: int) -> list[int]:
    """The production days with a shift, since 1970, from a day to so many behind another."""
    begin_ns, end_ns = (view.begin_of(date.fromisoformat(day)) for day in (first, end))
    hours = view.calendars[line].hours(begin_ns, end_ns + beyond * DAY_NS)
    return [day for day in sorted(set(hours.shift_day.tolist())) if day_text(day) >= first]


def blackout(view: View, line: str, go_live_ns: int) -> tuple[str, str]:
    """The first production day that lives with the change, and the first after the black-out.

    Days without a shift do not count; a day whose shifts had ended by then is none of them.
    """
    hours = view.calendars[line].hours(go_live_ns, go_live_ns + LOOK_DAYS * DAY_NS)
    later = hours.shift_day[hours.shift_t1_ns > go_live_ns]
    days = sorted({day_text(int(day)) for day in later.tolist()})
    if len(days) > BLACKOUT_DAYS:
        return days[0], days[BLACKOUT_DAYS]
    day = day_of(view, go_live_ns)
    return day.isoformat(), (day + timedelta(days=LOOK_DAYS)).isoformat()


def maturity_days(view: View, lines: list[str], measure: str) -> int:
    """How long quality figures may still change; 0 for a measure that looks at no pieces."""
    if not MEASURES[measure].matures:
        return 0
    return max(view.line(line).maturity_days for line in lines)


def is_mature(view: View, frozen: dict[str, Any]) -> bool:
    """Whether a baseline was frozen late enough for its quality figures."""
    days = [row["day"] for row in frozen["series"]]
    waiting = timedelta(days=maturity_days(view, [frozen["line"]], frozen["measure"]))
    return bool(date.fromisoformat(days[-1]) + waiting < day_of(view, frozen["frozen_ns"]))


def day_of(view: View, at_ns: int) -> date:
    """The production day of an instant."""
    starts = view.site.production_day_starts
    days = production_day(np.array([at_ns]), view.site.timezone, starts=starts)
    return date.fromisoformat(str(days[0]))
