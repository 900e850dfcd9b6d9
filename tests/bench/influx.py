"""The InfluxDB sink's speed: rows formatted, and rows drained into each real server that is there.

`python -m tests.bench.influx` prints one line for each figure; `measure` returns them.
"""

import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge.model import SECOND_NS, Batch
from edge.sinks.influxdb import Config, drain
from edge.sinks.influxdb.lineprotocol import LineProtocol
from edge.site import Kind, Signal
from tests.servers.feed_fake import FeedOf
from tests.servers.influxdb import VERSIONS, MissingError
from tests.servers.influxdb_fake import CursorOf
from tests.servers.influxdb_server import running

ROWS = 200_000
BLOCK = 200  # rows: a second of a factory
SIGNALS = {
    at: Signal(f"hanbit/mask-{at % 3}/machine-{at % 7}/signal-{at}", "", Kind.GAUGE, "", "plc")
    for at in range(1, 61)
}


def measure() -> dict[str, float]:
    """Rows per second by what was done; a server that is not built is left out."""
    batch = rows_of_a_factory()
    lines = LineProtocol(SIGNALS.get, str)
    found = {"influxdb: rows formatted per second": ROWS / seconds_to_format(lines, batch)}
    for version in VERSIONS:
        with TemporaryDirectory() as folder:
            try:
                with running(version, Path(folder)) as server:
                    config = Config.model_validate(server.keys())
                    took_s = asyncio.run(seconds_to_drain(config, batch))
            except MissingError:
                continue
            found[f"influxdb: rows drained per second into {version}"] = ROWS / took_s
    return found


def rows_of_a_factory() -> Batch:
    """Sixty signals in turn, a tenth of the values unknown, half of them whole numbers."""
    random = np.random.default_rng(7)
    at = np.arange(ROWS)
    times = 1_785_000_000 * SECOND_NS + at * (SECOND_NS // BLOCK)
    value = np.where(at % 2, random.normal(50, 9, ROWS).round(3), random.integers(0, 9_999, ROWS))
    value[random.random(ROWS) < 0.1] = np.nan
    status = np.where(np.isnan(value), 0x8000_0000, 0).astype(np.uint32)
    return Batch((1 + at % 60).astype(np.uint32), times, times, value, status)


def seconds_to_format(lines: LineProtocol, batch: Batch) -> float:
    """The best of five, in bodies of 5,000 rows."""
    best_s = float("inf")
    for _ in range(5):
        started_s = time.perf_counter()
        for at in range(0, len(batch), 5_000):
            lines.body(batch.take(slice(at, at + 5_000)))
        best_s = min(best_s, time.perf_counter() - started_s)
    return best_s


async def seconds_to_drain(config: Config, batch: Batch) -> float:
    """A backlog of blocks of one second each, until the server has confirmed the last."""
    blocks = [batch.take(slice(at, at + BLOCK)) for at in range(0, len(batch), BLOCK)]
    feed, cursor = FeedOf(blocks, SIGNALS, {}), CursorOf()
    started_s = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(drain(config, feed, cursor))
        await feed.drained.wait()
        took_s = time.perf_counter() - started_s
        task.cancel()
    assert cursor.rows == len(batch)
    return took_s


if __name__ == "__main__":
    for name, rate in measure().items():
        sys.stdout.write(f"{name}: {rate:,.0f}\n")
