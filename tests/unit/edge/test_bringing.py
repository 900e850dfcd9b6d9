"""A backlog is brought in few moves of the cursor, and each body holds a signal's rows together."""

import asyncio
from contextlib import closing

from edge.model import SECOND_NS, Batch, Row
from edge.sinks.influxdb.address import Address
from edge.sinks.influxdb.ahead import Ahead
from edge.sinks.influxdb.bringing import Bringing
from edge.sinks.influxdb.door import Door
from edge.sinks.influxdb.drafts import MOST_LINES, Drafts
from edge.sinks.influxdb.lineprotocol import LineProtocol
from edge.sinks.influxdb.writer import Writer
from edge.site import Kind, Signal
from tests.servers.feed_fake import FeedOf
from tests.servers.influxdb_fake import CursorOf, FakeClock, FakeInfluxDB, FakeLink

SIGNALS = {
    1: Signal("hanbit/mask-1/body/good", "good", Kind.COUNTER, "{piece}", "plc"),
    2: Signal("hanbit/mask-1/body/bad", "bad", Kind.COUNTER, "{piece}", "plc"),
}
FORGOTTEN = 9


class Rig:
    """What brings blocks, the server in memory at its other end, and how the cursor moved."""

    def __init__(self) -> None:
        self.link, self.clock, self.cursor = FakeLink(FakeInfluxDB()), FakeClock(), CursorOf()
        self.moves = list[tuple[int, int]]()
        self.per_body_s = 0.0

    async def bring(self, *batches: Batch) -> None:
        feed, lines = FeedOf(list(batches), SIGNALS, {}), LineProtocol(SIGNALS.get, str)
        door = Door(self.link, Address(bucket="line", gzip=False), self.cursor, self.clock)
        ahead = Ahead(door, lines, feed, self.clock)
        with closing(self.link), closing(Drafts(lines)) as drafts:
            writer = Writer(door, lines, self.cursor, self.clock)
            posted, confirmed = self.link.post, self.cursor.confirm

            async def post(path: str, headers: dict[str, str], body: bytes) -> object:
                self.clock.now_ns += int(self.per_body_s * SECOND_NS)
                return await posted(path, headers, body)

            async def confirm(block: int, rows: int) -> None:
                self.moves.append((block, rows))
                await confirmed(block, rows)

            self.link.post, self.cursor.confirm = post, confirm  # type: ignore[method-assign,assignment] # spies
            await Bringing(writer, drafts, ahead, self.cursor, self.clock).bring(await feed.take(0))


def block(first: int, rows: int, *signals: int) -> Batch:
    """Rows of signals in turn, a nanosecond apart."""
    return Batch.of(
        [Row(signals[at % len(signals)], at, at, 1.0, 0) for at in range(first, first + rows)]
    )


def blocks(count: int) -> list[Batch]:
    """So many blocks of a body each."""
    return [block(MOST_LINES * at, MOST_LINES, 1, 2) for at in range(count)]


def test_the_cursor_moves_five_times_a_second_and_at_the_end() -> None:
    """Each move is a transaction on the disk that intake shares."""
    rig = Rig()
    rig.per_body_s = 0.05
    asyncio.run(rig.bring(*blocks(11)))
    assert rig.moves == [(1, 5_000), (5, 20_000), (9, 20_000), (11, 10_000)]


def test_a_slow_server_is_confirmed_body_by_body() -> None:
    """What took long is not brought again."""
    rig = Rig()
    rig.per_body_s = 1.0
    asyncio.run(rig.bring(*blocks(3)))
    assert rig.moves == [(1, 5_000), (2, 5_000), (3, 5_000)]


def test_rows_set_aside_are_listed_at_once() -> None:
    """With their own answers, of which a confirmation keeps but so many."""
    rig = Rig()
    odd = block(MOST_LINES, MOST_LINES, 1, FORGOTTEN)
    asyncio.run(rig.bring(blocks(1)[0], odd, *blocks(4)[2:]))
    assert rig.moves == [(1, 5_000), (2, 2_500), (4, 10_000)]
    assert sum(len(rows) for rows, _ in rig.cursor.refused) == 2_500


def test_a_body_holds_the_rows_of_a_signal_together_and_in_order() -> None:
    """Of two rows of one time the server keeps the later, so their order must stay."""
    rig = Rig()
    asyncio.run(rig.bring(block(0, 7, 2, 1), block(3, 4, 2)))
    (body,) = rig.link.bodies
    lines = [(b"signal=good" in line, int(line.split()[-1])) for line in body.splitlines()]
    assert lines == [
        *[(True, at) for at in (1, 3, 5)],
        *[(False, at) for at in (0, 2, 4, 6, 3, 4, 5, 6)],
    ]
