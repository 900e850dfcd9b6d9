"""What every question to the engine starts from: the site, its calendars, its stores."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from edge.clock import Clock
from edge.engine.folding.anew import Refold
from edge.engine.machine.calendars import Calendar
from edge.errors import NotFound
from edge.model import SECOND_NS, Reader
from edge.moment import rfc3339, seconds_since
from edge.records.database import Records
from edge.site import Line, Machine, Site

Document = dict[str, Any]  # JSON
EPOCH_DAY = date(1970, 1, 1)


class PlanCut(NamedTuple):
    """A production day of a line with less planned time than when it was over."""

    line: str
    day: str
    was_ns: int
    is_ns: int

    @classmethod
    def of_document(cls, told: Document) -> "PlanCut":
        """Out of JSON."""
        before_s, now_s = told["planned_before_s"], told["planned_s"]
        return cls(told["line"], told["day"], before_s * SECOND_NS, now_s * SECOND_NS)

    def document(self) -> Document:
        """As JSON."""
        return {
            "line": self.line,
            "day": self.day,
            "planned_before_s": self.was_ns // SECOND_NS,
            "planned_s": self.is_ns // SECOND_NS,
        }


class Explained(NamedTuple):
    """How many stops of a production day somebody explained, and how many behind its shift."""

    line: str
    machine: str
    day: str
    late: int
    of: int


@dataclass(slots=True)
class View:
    """One site, for one thread."""

    site: Site
    reader: Reader
    records: Records
    clock: Clock
    refold: Refold
    configured: Site | None = None  # without the entries of the dated tables; None = as `site`
    counts_unplanned: bool = False  # figures over planned time, as definitions of before had it
    plan_cuts: tuple[PlanCut, ...] | None = None  # as a package tells them; None = as found
    explained: tuple[Explained, ...] | None = None  # the same
    zone: ZoneInfo = field(init=False)
    calendars: dict[str, Calendar] = field(init=False)
    slow: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    """Of each machine when its counters were last asked, and whether it was slow."""
    long_runs: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)
    """Of each machine that does one thing for days: the hour, its state, since when."""
    peaks: dict[tuple[tuple[str, ...], int], tuple[int, Any]] = field(default_factory=dict)
    """Of meters and a month: the hour or day in which they were read, and the greatest power."""

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.site.timezone)
        self.calendars = {line.id: Calendar(self.site, line) for line in self.site.lines}

    def line(self, line: str) -> Line:
        """The line of an id.

        Raises:
            NotFound: with the lines there are.
        """
        for found in self.site.lines:
            if found.id == line:
                return found
        known = ", ".join(line.id for line in self.site.lines)
        raise NotFound(f"there is no line '{line}'; there are {known}")

    def machine(self, line: str, machine: str | None) -> Machine | None:
        """The machine of an id; None stands for the line itself.

        Raises:
            NotFound: with the machines there are.
        """
        if machine is None:
            return None
        machines = {found.id: found for found in self.line(line).machines}
        if machine not in machines:
            raise NotFound(f"{line} has no machine '{machine}'; it has {', '.join(machines)}")
        return machines[machine]

    def day_of(self, at_ns: int) -> date:
        """The production day of an instant outside shifts."""
        calendar = self.calendars[self.site.lines[0].id]
        (day,) = calendar.day_of(np.array([at_ns], np.int64)).tolist()
        return EPOCH_DAY + timedelta(days=day)

    def begin_of(self, day: date) -> int:
        """The instant at which a production day begins."""
        hour, minute = map(int, self.site.production_day_starts.split(":"))
        return seconds_since(datetime.combine(day, time(hour, minute), self.zone)) * SECOND_NS

    def local_day(self, at_ns: int) -> date:
        """The day on the wall calendar of an instant."""
        return date.fromisoformat(self.time(at_ns)[:10])

    def time(self, at_ns: int) -> str:
        """An instant as the site writes it."""
        return rfc3339(at_ns, self.zone)

    def time_or_none(self, at_ns: int | None) -> str | None:
        """An instant as the site writes it; None stays None."""
        return None if at_ns is None else self.time(at_ns)


@lru_cache(maxsize=1024)
def day_text(day: int) -> str:
    """A day, in days since 1970, as text."""
    return (EPOCH_DAY + timedelta(days=day)).isoformat()
