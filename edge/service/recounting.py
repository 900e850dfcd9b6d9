"""What a sink's server really holds: counted every day, completed, and told.

A server that answers 204 may have lost what it took, may never have kept it, or may be another
server than yesterday's. So its points are counted by hour and signal and held against what is
stored; what is missing is written once more, which is harmless, and counted again.

What always holds: only rows count that lie behind the sink's cursor and in hours that ended five
minutes ago, and none that the server refused. Draining does not wait for any of this: it has a
thread and a link of its own.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

import numpy as np

from edge.again import Recounted
from edge.clock import Clock
from edge.errors import NotFound, Unavailable
from edge.model import HOUR_NS, SECOND_NS, Batch, Cursor, Feed, Recount
from edge.service.desk import Desk
from edge.service.feed import Refused, Shelf, SinkFeed, add

AT_ONCE = 64  # signals whose hour is in memory at a time: at 5 rows a second each 40 MB
SETTLED_NS = 300 * SECOND_NS
PAUSE_S = 0.2  # between two hours, so that nobody else waits for the server
Recounting = Callable[[Feed, Cursor], AbstractAsyncContextManager[Recount]]


@dataclass(slots=True)
class Scribe:
    """A `Cursor` that goes nowhere: it notes what is refused, and waits for nobody."""

    name: str
    refused: dict[str, Refused]
    position: int = 0

    async def confirm(self, block: int, rows: int) -> None:
        """Nobody's cursor moves."""

    async def refuse(self, batch: Batch, answer: str) -> None:
        """Note rows that the server refuses for good."""
        add(self.refused, batch, answer)

    def parked(self, reason: str) -> None:
        """Give up where a person would be waited for: draining tells already."""
        if reason:
            raise Unavailable(f"{self.name}: {reason}")


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a sink: what it should hold, what it lacked, and what it lacks still."""

    hour: int  # from 1970
    points: int
    missing: dict[str, int]  # by signal path
    left: dict[str, int]
    unsent: int = 0  # rows of it that the sink has still to bring, and nobody has looked for


class Recounter:
    """One sink, its server and our stores."""

    def __init__(
        self,
        name: str,
        desk: Desk[Shelf],
        feed: SinkFeed,
        recounting: Recounting,
        clock: Clock,
    ) -> None:
        self.name = name
        self._desk = desk
        self._feed = feed
        self._recounting = recounting
        self._clock = clock
        self._one = asyncio.Lock()

    async def recount(self, paths: Collection[str], hours: range) -> list[Hour]:
        """Count, complete and count again; the hours that hold anything or are to, oldest first.

        Args:
            paths: signals to look at.
            hours: from 1970; what the server forgets by its own rule is left out, and so is what
                has not ended five minutes ago.

        Raises:
            Unavailable: the server cannot be reached, or does not tell what it holds.
        """
        found = list[Hour]()
        async with self._one:
            scribe = Scribe(self.name, {})
            async with self._recounting(self._feed, scribe) as recount:
                await self._feed.learn()
                for hour in self._within(hours, await recount.keeps_s()):
                    one = await self._hour(recount, scribe, hour, paths)
                    found += [one] if one.points or one.unsent else []
                    await self._clock.sleep(PAUSE_S)
        return found

    async def retry(self, entry: int) -> tuple[int, int]:
        """Bring the rows of an entry of the quarantine once more; then it may be ended.

        What is refused again is set aside again, with today's answer.

        Returns:
            How many rows the server has confirmed, and how many it refused.

        Raises:
            NotFound: the entry does not say which rows it stands for.
            Unavailable: the server cannot be reached; nothing has changed.
        """
        spots = await self._desk.ask(lambda shelf: shelf.stores.again.spots(entry))
        if not spots:
            raise NotFound(f"entry {entry} was made before its rows were noted; discard it")
        confirmed = 0
        async with self._one:
            scribe = Scribe(self.name, {})
            async with self._recounting(self._feed, scribe) as recount:
                await self._feed.learn()
                for hour in sorted({spot.hour for spot in spots}):
                    signals = {spot.signal for spot in spots if spot.hour == hour}
                    confirmed += await self._write(recount, hour, await self._paths(signals))
        await self._desk.ask(lambda shelf: set_aside(shelf, self.name, scribe.refused))
        return confirmed, sum(those.rows for those in scribe.refused.values())

    async def note(self, found: Recounted) -> None:
        """Write down what a recount found."""
        await self._desk.ask(lambda shelf: noted(shelf, self.name, found))

    async def before(self) -> Recounted:
        """What the last recount found."""
        return await self._desk.ask(lambda shelf: shelf.stores.again.recounted(self.name))

    def _within(self, hours: range, keeps_s: int) -> range:
        now_ns = self._clock.wall_ns()
        oldest = (now_ns - keeps_s * SECOND_NS) // HOUR_NS + 1 if keeps_s else hours.start
        ended_hours = (now_ns - SETTLED_NS) // HOUR_NS
        return range(max(hours.start, oldest), min(hours.stop, ended_hours))

    async def _hour(
        self, recount: Recount, scribe: Scribe, hour: int, paths: Collection[str]
    ) -> Hour:
        due, unsent = await self._due(hour, paths)
        missing = await self._lacking(recount, hour, due)
        if not missing:
            return Hour(hour, sum(due.values()), {}, {}, unsent)
        await self._write(recount, hour, list(missing))
        refused, scribe.refused = scribe.refused, {}
        await self._desk.ask(lambda shelf: set_aside(shelf, self.name, refused))
        wanted, _ = await self._due(hour, missing)
        left = await self._lacking(recount, hour, wanted)
        return Hour(hour, sum(due.values()), missing, left, unsent)

    async def _due(self, hour: int, paths: Collection[str]) -> tuple[dict[str, int], int]:
        """How many points of each signal the server must have, and how many rows it will get."""
        found, unsent = dict[str, int](), 0
        for some in groups(paths):
            ask = partial(due, name=self.name, paths=some, hour=hour)
            points, later = await self._desk.ask(ask)
            found, unsent = found | points, unsent + later
        return found, unsent

    async def _lacking(
        self, recount: Recount, hour: int, wanted: Mapping[str, int]
    ) -> dict[str, int]:
        if not wanted:
            return {}
        lines = sorted({path.split("/")[1] for path in wanted})
        there = await recount.points(lines, hour * HOUR_NS, (hour + 1) * HOUR_NS)
        return {
            path: n - there.get(path, 0) for path, n in wanted.items() if n > there.get(path, 0)
        }

    async def _write(self, recount: Recount, hour: int, paths: Collection[str]) -> int:
        confirmed = 0
        for some in groups(paths):
            rows, _ = await self._desk.ask(partial(written, name=self.name, paths=some, hour=hour))
            confirmed += await recount.write(rows)
        return confirmed

    async def _paths(self, signals: Collection[int]) -> list[str]:
        paths = await self._desk.ask(lambda shelf: shelf.history.paths())
        return [paths[signal] for signal in signals if signal in paths]


def groups(paths: Collection[str]) -> Iterator[list[str]]:
    """The signals in groups of which an hour may be in memory."""
    names = sorted(paths)
    return (names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE))


def written(shelf: Shelf, name: str, paths: Collection[str], hour: int) -> tuple[Batch, int]:
    """The rows of an hour that a sink has brought to an end, in reading order; how many not."""
    from_ns, upto = hour * HOUR_NS, shelf.cursor(name).block
    rows = shelf.history.written(list(paths), from_ns, from_ns + HOUR_NS)
    brought = rows.take(rows.block <= upto).batch
    return brought, len(rows) - len(brought)


def due(shelf: Shelf, name: str, paths: Collection[str], hour: int) -> tuple[dict[str, int], int]:
    """How many points of each signal a sink's server must have of an hour.

    Two rows of one time are one point; infinite values are never sent; what was refused is not
    asked for. And how many rows of that hour lie behind the cursor still.
    """
    rows, unsent = written(shelf, name, paths, hour)
    rows = rows.take(~np.isinf(rows.value))
    new = np.diff(rows.signal, prepend=0) != 0
    new |= np.diff(rows.source_ns, prepend=-1) != 0
    signals, counts = np.unique(rows.signal[new], return_counts=True)
    excused, names = shelf.stores.again.excused(name, hour), shelf.history.paths()
    left = dict(counted(signals.tolist(), counts.tolist(), excused))
    return {names[signal]: n for signal, n in left.items()}, unsent


def counted(
    signals: list[int], counts: list[int], excused: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """Signals and how many of their points are to be there, where there is one at all."""
    for signal, n in zip(signals, counts, strict=True):
        if n > excused.get(signal, 0):
            yield signal, n - excused.get(signal, 0)


def set_aside(shelf: Shelf, name: str, refused: Mapping[str, Refused]) -> None:
    """List what was refused, in a transaction of its own."""
    if refused:
        with shelf.stores.journal.transaction():
            shelf.set_aside(name, refused)


def noted(shelf: Shelf, name: str, found: Recounted) -> None:
    """Write down what a recount found, in a transaction of its own."""
    with shelf.stores.journal.transaction():
        shelf.stores.again.note(name, found)
