"""What the tests of sinks write: signals, rows in blocks, and what a reader must find of them."""

import asyncio
import math
import struct
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel

from edge.clock import Clock, SystemClock
from edge.model import SECOND_NS, Batch, Cursor, Feed, Row
from edge.site import Kind, Signal
from tests.servers.feed_fake import FeedOf
from tests.servers.influxdb_fake import CursorOf
from tests.servers.influxdb_server import Point

SIGNALS = {
    1: Signal("hanbit/mask-1/body/good", "good", Kind.COUNTER, "{piece}", "plc"),
    2: Signal('hanbit/mask-1/용접 "1,=%/"=온도 %r', '"=온도 %r', Kind.GAUGE, "Cel", "plc"),
    3: Signal("hanbit/mask-1/body/product", "product", Kind.TEXT, "", "plc"),
}
SYMBOLS = {0: "", 1: "KF94-L", 2: 'a "b", c=d', 3: "back\\slash\\", 4: "two\nlines", 5: "한글 ☃"}
START_NS = 1_785_000_000 * SECOND_NS
Configured = TypeVar("Configured", bound=BaseModel)
Drain = Callable[[Configured, Feed, Cursor, Clock], Awaitable[None]]


class HastyClock(SystemClock):
    """Waits that are minutes in a factory are moments in a test."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))


async def run(drain: Drain[Configured], config: Configured, feed: FeedOf, cursor: CursorOf) -> None:
    """Drain until the feed has no more blocks and the last is confirmed."""
    async with asyncio.timeout(50), asyncio.TaskGroup() as group:
        task = group.create_task(drained(drain, config, feed, cursor))
        await feed.drained.wait()
        task.cancel()


async def drained(
    drain: Drain[Configured], config: Configured, feed: FeedOf, cursor: CursorOf
) -> None:
    """Drain for ever, in a hurry."""
    await drain(config, feed, cursor, HastyClock())


def blocks_of(rows: list[Row], length: int) -> FeedOf:
    """The rows in blocks of one length."""
    blocks = [Batch.of(rows[at : at + length]) for at in range(0, len(rows), length)]
    return FeedOf(blocks, SIGNALS, SYMBOLS)


def counted(rows: int, first_ns: int = START_NS) -> list[Row]:
    """A counter's rows, a second apart."""
    times = [first_ns + at * SECOND_NS for at in range(rows)]
    return [Row(1, at, at, float(value), 0) for value, at in enumerate(times)]


def point_of(row: Row) -> Point:
    """What a reader of the database must find of a row."""
    known = not math.isnan(row.value)
    _, _, machine, name = SIGNALS[row.signal].path.split("/")
    value = row.value if known and row.signal != 3 else None
    text = SYMBOLS[int(row.value)] if known and row.signal == 3 else None
    return Point(machine, name, row.source_ns, value, text, row.status)


def bitwise(point: Point) -> tuple[object, ...]:
    """A point whose value compares bit by bit; servers keep no sign of zero."""
    value = None if point.value is None else struct.pack("<d", point.value + 0.0)
    return (*point[:3], value, *point[4:])
