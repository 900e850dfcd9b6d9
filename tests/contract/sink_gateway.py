"""Stores with rows, a sink that drains them into a real server, and what counts there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from edge.clock import SystemClock
from edge.model import HOUR_NS, SECOND_NS, Batch, Row
from edge.service.aside import finish
from edge.service.desk import Desk
from edge.service.feed import Shelf, SinkCursor, SinkFeed
from edge.service.recounting import Recounter
from edge.sinks.influxdb import Config, drain, recounting
from edge.site import Kind, Signal
from edge.status import Status
from edge.stores import Stores

PATHS = ("s/mask-1/a/good", 's/mask-1/용접 "1"/=온도', "s/loop,2/a/product")
KINDS = (Kind.COUNTER, Kind.GAUGE, Kind.TEXT)
SIGNALS = {
    path: Signal(path, path.rpartition("/")[2], kind, "1", "plc")
    for path, kind in zip(PATHS, KINDS, strict=True)
}
HOUR = 495_833  # from 1970: 2026-07-25
HOURS = range(HOUR - 1, HOUR + 3)


class QuickClock(SystemClock):
    """Waits that are minutes in a factory are moments in a test."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


@contextmanager
def shelf(folder: Path) -> Iterator[Shelf]:
    """As the root opens it."""
    with Stores.open(folder) as stores:
        yield Shelf(stores)


class Gateway:
    """Stores with rows, a sink that drains them, and what counts at its server."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.stores, self.config, self.clock = Stores.open(folder), config, QuickClock()
        with self.stores.journal.transaction():
            kinds = [(kind.value, "1", "plc") for kind in KINDS]
            self.stores.catalog.ids(dict(zip(PATHS, kinds, strict=True)))
            self.text = self.stores.catalog.symbol("KF94-L")
            self.stores.catalog.write()
        self.desks = [Desk(partial(shelf, folder), name) for name in ("sink", "recount")]
        self.cursor = SinkCursor(self.desks[0], "influx", Status(), self.clock)
        self.feed = SinkFeed(self.desks[0], SIGNALS, self.cursor, self.clock)
        again = SinkFeed(self.desks[1], SIGNALS, self.cursor, self.clock)
        ask = partial(recounting, config, clock=self.clock)
        self.recounter = Recounter("influx", self.desks[1], again, ask, self.clock)

    def deliver(self, hour: int, rows: int, value: float = 1.0) -> None:
        """Commit a block of so many rows of each signal, a second apart, the first one twice."""
        at = [hour * HOUR_NS + n * SECOND_NS for n in [0, *range(rows)]]
        values = {1: value, 2: float("nan"), 3: float(self.text)}
        batch = Batch.of([Row(signal, t, t, values[signal], 0) for signal in values for t in at])
        self.commit(batch)

    def commit(self, batch: Batch) -> None:
        """Make it a block."""
        with self.stores.journal.transaction():
            self.stores.journal.append(batch)

    async def drained(self) -> None:
        """Drain until the newest block is confirmed."""
        await self.cursor.begin()
        async with asyncio.timeout(50), asyncio.TaskGroup() as group:
            task = group.create_task(drain(self.config, self.feed, self.cursor, self.clock))
            while self.cursor.position < self.stores.journal.newest():  # noqa: ASYNC110 - nobody sets an event
                await asyncio.sleep(0.02)
            task.cancel()

    async def retried(self, entry: int) -> tuple[int, int]:
        """Try an entry again, and end it."""
        done = await self.recounter.retry(entry)
        finish(self.stores, entry, 1)
        return done

    def close(self) -> None:
        """End the threads and let go of the stores."""
        for desk in self.desks:
            desk.close()
        self.stores.close()


@asynccontextmanager
async def gateway(folder: Path, config: Config) -> AsyncIterator[Gateway]:
    """A gateway until the end of the block."""
    made = Gateway(folder, config)
    try:
        yield made
    finally:
        made.close()
