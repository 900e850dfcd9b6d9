"""A backlog drained into the real InfluxDB 2.7 beside live data, all in one run.

As in the service: the sink has stores and a thread of its own, and shares the loop with the intake.
Half of the backlog is in the archive, half in the journal. Live are ten rows every 50 ms; how long
each of them waits until it is on the disk is measured while the backlog is drained, and how old the
newest one is that the server tells when it is asked.

`python -m tests.bench.draining` prints one line for each figure; `measure` returns them.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge import sealing
from edge.clock import SYSTEM
from edge.intake.commit import Intake
from edge.intake.door import Door
from edge.intake.writing import IntakeStores
from edge.model import SECOND_NS, Batch
from edge.service.desk import Desk
from edge.service.feed import Shelf, SinkCursor, SinkFeed
from edge.sinks.influxdb import Config, drain
from edge.site import Kind, Signal
from edge.status import Status
from edge.stores import Stores
from tests.servers.influxdb import MissingError
from tests.servers.influxdb_server import BUCKET, Server, running

VERSION = "2.7.12"
ROWS = 2_000_000
BLOCK = 1_000
LIVE_ROWS, LIVE_S = 10, 0.05
ASKED_S = 0.5
COMMIT_MS = 1_000  # as a service is set where nobody says otherwise
SIGNALS = {
    path: Signal(path, path.rpartition("/")[2], Kind.GAUGE, "1", "plc")
    for path in (f"hanbit/mask-{at % 3}/machine-{at % 7}/signal-{at}" for at in range(60))
}


def measure() -> dict[str, float]:
    """Rows a second and the waits of live rows; nothing where the server is not built."""
    with TemporaryDirectory() as folder:
        try:
            with running(VERSION, Path(folder)) as server:
                data = Path(folder) / "data"
                fill(data)
                config = Config.model_validate(server.keys())
                took_s, waits_s, ages_s = asyncio.run(drained(data, config, server))
        except MissingError:
            return {}
    p95_s, longest_s = np.percentile(waits_s, [95, 100]).tolist()
    return {
        "draining: rows per second beside live data": ROWS / took_s,
        "draining: newest row that the server tells, p95 s": float(np.percentile(ages_s, 95)),
        "draining: live rows until on the disk, p95 s": p95_s,
        "draining: live rows until on the disk, longest s": longest_s,
    }


def fill(data: Path) -> None:
    """Blocks of a factory that were made while its sink was away, half of them sealed."""
    random = np.random.default_rng(7)
    with Stores.open(data) as stores:
        with stores.journal.transaction():
            stores.catalog.ids(dict.fromkeys(SIGNALS, ("gauge", "1", "plc")))
        for half in (0, ROWS // 2):
            with stores.journal.transaction():
                for first in range(half, half + ROWS // 2, BLOCK):
                    value = random.normal(50, 9, BLOCK).round(3)
                    stores.journal.append(rows_of(first, BLOCK, value))
            if not half:
                sealing.seal(stores)


def rows_of(first: int, count: int, value: np.typing.NDArray[np.float64]) -> Batch:
    """Rows of sixty signals in turn, 200 a second."""
    at = np.arange(first, first + count)
    times = at_ns(0) + at * (SECOND_NS // 200)
    return Batch((1 + at % 60).astype(np.uint32), times, times, value, np.zeros(count, np.uint32))


def at_ns(row: int) -> int:
    """The time of a row."""
    return 1_785_000_000 * SECOND_NS + row * (SECOND_NS // 200)


@contextmanager
def for_intake(data: Path) -> Iterator[tuple[IntakeStores, Batch]]:
    """As the root opens them."""
    with Stores.open(data) as stores:
        yield IntakeStores(stores.journal, stores.catalog, stores.ledger), Batch.of([])


@contextmanager
def shelf(data: Path) -> Iterator[Shelf]:
    """As the root opens it."""
    with Stores.open(data) as stores:
        yield Shelf(stores)


async def drained(
    data: Path, config: Config, server: Server
) -> tuple[float, list[float], list[float]]:
    """Seconds until the server has all of the backlog.

    With them how long live rows waited meanwhile, and how old the newest was that the server told.
    """
    intake = Intake(partial(for_intake, data), SYSTEM, Status(), COMMIT_MS)
    await intake.open({})
    desk, waits_s, ages_s = Desk(partial(shelf, data), "sink"), list[float](), list[float]()
    cursor = SinkCursor(desk, "influx", Status(), SYSTEM)
    feed = SinkFeed(desk, SIGNALS, cursor, SYSTEM)
    await cursor.begin()
    started_s = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(intake.run()),
            group.create_task(live(intake.door("plc"), waits_s)),
            group.create_task(drain(config, feed, cursor)),
            group.create_task(asked(server, ages_s)),
        ]
        while cursor.position * BLOCK < ROWS:  # noqa: ASYNC110 - the cursor sets no event
            await asyncio.sleep(0.05)
        took_s = time.perf_counter() - started_s
        for task in tasks:
            task.cancel()
    desk.close()
    return took_s, waits_s, ages_s


async def asked(server: Server, ages_s: list[float]) -> None:
    """Note again and again how old the newest row is that a dashboard would show."""
    began_s = time.perf_counter()
    while True:
        await asyncio.sleep(ASKED_S)
        live = (
            f"SELECT status FROM /mask-.*/ WHERE time >= {at_ns(ROWS)} ORDER BY time DESC LIMIT 1"
        )
        found = await asyncio.to_thread(server.query, live, BUCKET)
        newest_ns = max([one["values"][0][0] for one in found], default=at_ns(ROWS))
        sent_s = (newest_ns - at_ns(ROWS)) / (at_ns(LIVE_ROWS) - at_ns(0)) * LIVE_S
        ages_s.append(time.perf_counter() - began_s - sent_s)


async def live(door: Door, waits_s: list[float]) -> None:
    """Deliver a few rows again and again, whether or not the last ones are on the disk."""
    async with asyncio.TaskGroup() as group:
        for first in range(ROWS, 2 * ROWS, LIVE_ROWS):
            group.create_task(timed(door, rows_of(first, LIVE_ROWS, ONES), waits_s))
            await asyncio.sleep(LIVE_S)


async def timed(door: Door, batch: Batch, waits_s: list[float]) -> None:
    """Note how long a delivery took."""
    began_s = time.perf_counter()
    await door(batch)
    waits_s.append(time.perf_counter() - began_s)


ONES = np.ones(LIVE_ROWS)


if __name__ == "__main__":
    for name, figure in measure().items():
        sys.stdout.write(f"{name}: {figure:,.2f}\n")
