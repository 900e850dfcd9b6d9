"""When sinks are recounted, and what people are told of it.

Once a day in the small hours; as soon as the service has settled where a day was missed; after a
server was away, for it may have lost what it had taken; and whenever somebody asks. What was
missing is a finding until the next recount that finds nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from edge.again import Recounted
from edge.clock import Clock
from edge.errors import NotFound, Unavailable
from edge.model import DAY_NS, HOUR_NS, SECOND_NS
from edge.moment import rfc3339
from edge.service.recounting import Hour, Recounter
from edge.status import State, Status

Document = dict[str, Any]  # JSON
LOOK_S = 60.0
QUIET_HOUR = 3  # local
LATE_NS = 26 * HOUR_NS
SETTLED_NS = 600 * SECOND_NS  # after our start, and after a server is back
MOST_HOURS = 7 * 24
SHOWN = 5  # hours that a finding names
UNREAD, REPAIRED, MISSING = "recount unread", "recount repaired", "recount missing"

log = structlog.get_logger()


@dataclass(slots=True)
class Watch:
    """What is remembered of one sink between two looks."""

    recounter: Recounter
    tried_ns: int = 0
    away_ns: int = 0  # since when its server is away, or was; 0 once that is recounted
    back_ns: int = 0


@dataclass(slots=True)
class Recounts:
    """All sinks that can be counted."""

    paths: Collection[str]  # of the configured signals
    zone: ZoneInfo
    status: Status
    clock: Clock
    watches: dict[str, Watch] = field(default_factory=dict)

    def add(self, recounter: Recounter) -> None:
        """A sink to be looked at."""
        self.watches[recounter.name] = Watch(recounter)

    async def run(self) -> None:
        """Recount what is due, until cancelled."""
        began_ns = self.clock.monotonic_ns()
        while True:
            await self.clock.sleep(LOOK_S)
            settled = self.clock.monotonic_ns() - began_ns >= SETTLED_NS
            for watch in self.watches.values():
                hours = await self._due(watch, self.clock.wall_ns(), settled=settled)
                if hours and self.clock.trusted():
                    await self._tried(watch, hours)

    async def recount(self, name: str, hours: int) -> Document:
        """Look at the last hours of one sink at once.

        Raises:
            NotFound: there is no such sink, or it cannot be counted.
            Unavailable: its server cannot be reached, or does not tell what it holds.
        """
        newest = self.clock.wall_ns() // HOUR_NS
        found = await self._looked(self._watch(name), range(newest - hours, newest + 1))
        return self._told(name, found)

    async def retry(self, name: str, entry: int) -> tuple[int, int]:
        """Bring the rows of an entry of the quarantine to their sink once more.

        Returns:
            How many rows its server has confirmed, and how many it refused.

        Raises:
            NotFound: there is no such sink, or nobody knows which rows those were.
            Unavailable: its server cannot be reached; nothing has changed.
        """
        return await self._watch(name).recounter.retry(entry)

    def _watch(self, name: str) -> Watch:
        if name not in self.watches:
            there = ", ".join(self.watches) or "none"
            raise NotFound(f"no sink '{name}' that can be asked what it holds; there are: {there}")
        return self.watches[name]

    async def _due(self, watch: Watch, now_ns: int, *, settled: bool) -> range:
        """The hours to look at now, none if it is not the time."""
        newest = (now_ns - SETTLED_NS // 2) // HOUR_NS
        if now_ns - watch.tried_ns < HOUR_NS // 2 or not self._reachable(watch, now_ns):
            return range(0)
        if watch.away_ns and now_ns - watch.back_ns >= SETTLED_NS:
            first = watch.away_ns // HOUR_NS - 1
            watch.away_ns = 0
            return range(max(first, newest - MOST_HOURS), newest)
        before = await watch.recounter.before()
        quiet = datetime.fromtimestamp(now_ns / 1e9, self.zone).hour == QUIET_HOUR
        since_ns = now_ns - before.at_ns
        if (quiet and since_ns > DAY_NS // 2) or (settled and since_ns > LATE_NS):
            return range(max(before.through_ns // HOUR_NS, newest - MOST_HOURS), newest)
        return range(0)

    def _reachable(self, watch: Watch, now_ns: int) -> bool:
        """Whether the sink runs; when it went away and came back is noted."""
        runs = self.status.of(watch.recounter.name).state is State.RUNNING
        if not runs:
            watch.away_ns, watch.back_ns = watch.away_ns or now_ns, 0
        elif watch.away_ns and not watch.back_ns:
            watch.back_ns = now_ns
        return runs

    async def _tried(self, watch: Watch, hours: range) -> None:
        watch.tried_ns = self.clock.wall_ns()
        try:
            await self._looked(watch, hours)
        except Unavailable as error:
            log.warning("sink not recounted", sink=watch.recounter.name, reason=str(error))

    async def _looked(self, watch: Watch, hours: range) -> list[Hour]:
        """Recount, write down what was found, and tell."""
        recounter, now_ns = watch.recounter, self.clock.wall_ns()
        try:
            found = await recounter.recount(self.paths, hours)
        except Unavailable as error:
            self.status.find(recounter.name, UNREAD, str(error), now_ns)
            raise
        self.status.find(recounter.name, UNREAD, "", now_ns)
        totals = Recounted(
            through_ns=through(hours, found, now_ns),
            at_ns=now_ns,
            points=sum(one.points for one in found),
            missing=sum(sum(one.left.values()) for one in found),
            rewritten=sum(sum(one.missing.values()) - sum(one.left.values()) for one in found),
        )
        log.info("sink recounted", sink=recounter.name, **totals._asdict())
        if joined := goes_on(hours, await recounter.before(), now_ns):
            await recounter.note(totals)
        whole = [one for one in found if one.missing and not one.left]
        still = [one for one in found if one.left]
        for code, those in ((REPAIRED, whole), (MISSING, still)):
            if those or joined:  # else what was found before is told on
                self.status.find(recounter.name, code, self._listed(those), now_ns)
        return found

    def _listed(self, hours: list[Hour]) -> str:
        """The hours and lines in which points were missing, for people; empty where none were."""
        told = [
            f"{self._time(one.hour)}: {n:,} of {line}"
            for one in hours
            for line, n in by_line((one.left or one.missing).items()).items()
        ]
        more = f"; {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        return "; ".join(told[:SHOWN]) + more

    def _told(self, name: str, found: list[Hour]) -> Document:
        """What a recount found, for programs."""
        return {
            "sink": name,
            "points": sum(one.points for one in found),
            "hours": [
                {
                    "from": self._time(one.hour),
                    "points": one.points,
                    "missing": one.missing,
                    "left": one.left,
                }
                for one in found
                if one.points
            ],
        }

    def _time(self, hour: int) -> str:
        return rfc3339(hour * HOUR_NS, self.zone)


def goes_on(hours: range, before: Recounted, now_ns: int) -> bool:
    """Whether hours begin no later than the last recount ended.

    Others, as after an outage, are looked at besides: to note them would pass over what lies
    between, and nobody would come back to it.
    """
    newest = (now_ns - SETTLED_NS // 2) // HOUR_NS
    return hours.start <= max(before.through_ns // HOUR_NS, newest - MOST_HOURS)


def through(hours: range, found: list[Hour], now_ns: int) -> int:
    """Up to when all was looked at; what is missing or was not sent yet is looked at again."""
    newest = (now_ns - SETTLED_NS // 2) // HOUR_NS
    waiting = [one.hour for one in found if one.left or one.unsent]
    return min([newest, hours.stop, *waiting]) * HOUR_NS


def by_line(missing: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Points by line, from points by signal path."""
    found = dict[str, int]()
    for path, n in missing:
        line = path.split("/")[1]
        found[line] = found.get(line, 0) + n
    return found
