"""Fresh rows go ahead of a backlog, and neither points nor accounts end otherwise for it."""

import asyncio
from collections.abc import Container, Mapping
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edge.sinks.influxdb as sink
from edge.errors import Unavailable
from edge.model import SECOND_NS, Batch, Row
from edge.sinks.influxdb.ahead import Ahead
from edge.sinks.influxdb.door import Door
from edge.sinks.influxdb.lineprotocol import LineProtocol
from edge.sinks.influxdb.link import Answer
from edge.sinks.influxdb.writer import Writer
from edge.site import Kind, Signal
from tests.servers.influxdb_fake import CursorOf, FakeClock, FakeInfluxDB, FakeLink

SIGNALS = {
    1: Signal("hanbit/mask-1/body/good", "good", Kind.COUNTER, "{piece}", "plc"),
    2: Signal("hanbit/taken/body/temperature", "temperature", Kind.GAUGE, "Cel", "plc"),
}
GOOD, CONFLICTING = 1, 2
CONFIG = sink.Config.model_validate({"url": "http://fake:8086", "bucket": "line", "gzip": False})


class Growing:
    """A feed of few blocks a time; with every question for fresh ones the sources send another."""

    def __init__(self, backlog: list[Batch], coming: list[Batch], at_once: int = 9) -> None:
        self.blocks, self.coming, self.at_once = list(backlog), list(coming), at_once
        self.drained = asyncio.Event()

    async def take(self, after: int) -> list[tuple[int, Batch]]:
        if not (found := self._numbered()[after : after + self.at_once]):
            self.drained.set()
            await asyncio.Event().wait()
        return found

    async def fresh(self, after: int, most: int) -> list[tuple[int, Batch]]:
        assert most > 0
        self.blocks += self.coming[:1]
        del self.coming[:1]
        return self._numbered()[max(after, len(self.blocks) - 1) :]

    def signal(self, signal: int) -> Signal | None:
        return SIGNALS.get(signal)

    def symbol(self, symbol: int) -> str:
        return str(symbol)

    def _numbered(self) -> list[tuple[int, Batch]]:
        return list(enumerate(self.blocks, start=1))


class HastyClock(FakeClock):
    """Whoever looks at it finds a second gone."""

    def monotonic_ns(self) -> int:
        self.now_ns += SECOND_NS
        return self.now_ns


def block(*rows: tuple[int, int, int]) -> Batch:
    """Rows of a signal, a time and a value each."""
    return Batch.of([Row(signal, at, at, float(value), 0) for signal, at, value in rows])


def times(body: bytes) -> list[int]:
    """The times of the lines of a body, in their order."""
    return [int(line.rpartition(b" ")[2]) for line in body.splitlines()]


def connected(
    patch: pytest.MonkeyPatch, server: FakeInfluxDB, broken: Container[int] = ()
) -> list[FakeLink]:
    """The links that the sink will open; some answers are lost after the rows were stored."""
    opened, posts = list[FakeLink](), count()

    class Breaking(FakeLink):
        async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
            answer = await super().post(path, headers, body)
            if next(posts) in broken:
                raise Unavailable("influxdb http://fake: the link broke; is the server up?")
            return answer

        def close(self) -> None:
            """There is nothing to hang up."""

    def opening(*_: object) -> FakeLink:
        opened.append(Breaking(server))
        return opened[-1]

    patch.setattr(sink, "Link", opening)
    return opened


async def until_drained(feed: Growing, cursor: CursorOf) -> None:
    """Drain and, whenever the link breaks, drain again, as the service does."""

    async def again() -> None:
        while True:
            try:
                await sink.drain(CONFIG, feed, cursor, HastyClock())
            except Unavailable:
                await asyncio.sleep(0)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        task = group.create_task(again())
        await feed.drained.wait()
        task.cancel()


async def test_what_is_new_is_there_before_what_has_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first blocks of the backlog comes the newest one; the cursor does not skip."""
    links = connected(monkeypatch, FakeInfluxDB())
    feed = Growing([block((GOOD, at, at)) for at in range(100)], [block((GOOD, 1_000, 5))])
    cursor = CursorOf()
    await until_drained(feed, cursor)
    bodies = [times(body) for body in links[0].bodies]
    assert bodies[:2] == [list(range(9)), [1_000]]  # at its first chance
    assert [at for body in bodies[2:] for at in body] == [*range(9, 100), 1_000]  # and in its turn
    assert (cursor.position, cursor.rows) == (101, 101)


async def test_without_a_backlog_nothing_goes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sink that keeps up sends every row once."""
    links = connected(monkeypatch, FakeInfluxDB())
    feed = Growing([block((GOOD, at, at)) for at in range(50)], [block((GOOD, 99, 5))], at_once=7)
    await until_drained(feed, CursorOf())
    sent = [at for body in links[0].bodies for at in times(body)]
    assert sent == list(range(50))
    assert feed.coming  # nobody asked


async def test_of_five_rows_at_most_one_goes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources that are as fast as the server cannot keep a backlog from becoming shorter."""
    links = connected(monkeypatch, FakeInfluxDB())
    feed = Growing(
        [block((GOOD, at, at)) for at in range(400)],
        [block(*[(GOOD, 1_000 * more + at, 0) for at in range(10)]) for more in range(1, 40)],
        at_once=8,
    )
    await until_drained(feed, CursorOf())
    sent = [at for body in links[0].bodies for at in times(body)]
    there = {at for batch in feed.blocks for at in batch.source_ns.tolist()}
    ahead = len(sent) - len(there)
    assert 0 < ahead <= len(there) // 4 + 10  # and the rest of a block
    assert set(sent) == there


async def test_what_goes_ahead_is_sent_in_bodies_of_the_usual_size() -> None:
    """And once, whatever the server says: its turn will come."""
    server = FakeInfluxDB(types={("taken", "value"): "integer"})
    link, cursor, clock = FakeLink(server), CursorOf(), FakeClock()
    large = block(*[(GOOD + at % 2, at, at) for at in range(12_000)], (9, 1, 1))
    feed = Growing([], [large])
    lines = LineProtocol(feed.signal, feed.symbol)
    await Ahead(Door(link, CONFIG, cursor, clock), lines, feed, clock).show(0, 40)
    sizes = [len(times(body)) for body in link.bodies]
    assert (sizes, cursor.refused) == ([3_000] * 4, [])
    assert sorted(at for _, _, at in server.points) == list(range(0, 12_000, 2))
    link.close()


async def test_what_goes_ahead_is_no_longer_than_the_server_was_found_to_take() -> None:
    """The backlog has found it out; nothing that goes ahead is refused for its length."""
    server = FakeInfluxDB(most_bytes=20_000)
    link, cursor, clock = FakeLink(server), CursorOf(), FakeClock()
    feed = Growing([], [block(*[(GOOD, at, at) for at in range(1_000)])])
    lines, door = LineProtocol(feed.signal, feed.symbol), Door(link, CONFIG, cursor, clock)
    backlog = block(*[(GOOD, at, at) for at in range(1_000, 2_000)])
    assert await Writer(door, lines, cursor, clock).write(backlog) == 1_000
    before = len(link.bodies)
    await Ahead(door, lines, feed, clock).show(0, 4_000)
    ahead = link.bodies[before:]
    assert max(map(len, ahead)) <= 20_000
    assert sorted(at for body in ahead for at in times(body)) == list(range(1_000))
    assert len(server.points) == 2_000
    link.close()


ROW = st.tuples(st.sampled_from([GOOD, GOOD, CONFLICTING, 9]), st.integers(0, 5), st.integers(0, 9))
BLOCKS = st.lists(st.lists(ROW, max_size=4), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(BLOCKS, BLOCKS, st.sets(st.integers(0, 20)), st.integers(8, 12))
def test_points_and_accounts_are_those_of_the_order(
    before: list[list[tuple[int, int, int]]],
    coming: list[list[tuple[int, int, int]]],
    broken: set[int],
    at_once: int,
) -> None:
    """Times that come twice, rows that are refused, links that break: all as if in one row."""
    server = FakeInfluxDB(types={("taken", "value"): "integer"})
    backlog, later = ([block(*rows) for rows in some] for some in (before, coming))
    feed, cursor = Growing(backlog, later, at_once), CursorOf()
    with pytest.MonkeyPatch.context() as patch:
        connected(patch, server, broken)
        asyncio.run(until_drained(feed, cursor))
    sent = [row for batch in feed.blocks for row in zip(*columns(batch), strict=True)]
    good = [(at, value) for signal, at, value in sent if signal == GOOD]
    assert (cursor.position, cursor.rows) == (len(feed.blocks), len(good))
    assert {at: fields["value"] for (_, _, at), fields in server.points.items()} == dict(good)


def columns(batch: Batch) -> tuple[list[int], list[int], list[float]]:
    """Signals, times and values."""
    return batch.signal.tolist(), batch.source_ns.tolist(), batch.value.tolist()
