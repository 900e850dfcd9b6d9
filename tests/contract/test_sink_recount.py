"""A sink's server is asked what it holds: 2.7.12, 1.8.10 and 1.6.7, and servers that lie."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from edge.again import HOUR_NS
from edge.clock import SystemClock
from edge.errors import Unavailable
from edge.model import SECOND_NS, Batch, Row
from edge.service.aside import finish
from edge.service.desk import Desk
from edge.service.feed import Shelf, SinkCursor, SinkFeed
from edge.service.recounting import Recounter
from edge.sinks.influxdb import Config, drain, recounting
from edge.site import Kind, Signal
from edge.status import Status
from edge.stores import Stores
from tests.servers.influxdb import VERSIONS, MissingError
from tests.servers.influxdb_server import Server, free_port, running
from tests.servers.ready import missing

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
        with self.stores.journal.transaction():
            self.stores.journal.append(batch)

    async def drained(self) -> None:
        """Drain until the newest block is confirmed."""
        await self.cursor.begin()
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
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


@pytest.fixture(scope="module", params=VERSIONS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server of each version for all tests; each test has a bucket of its own."""
    try:
        with running(request.param, tmp_path_factory.mktemp("influxdb")) as started:
            yield started
    except MissingError as error:
        missing(str(error))


@pytest.mark.peer
async def test_what_a_server_lost_is_found_and_written_again(
    server: Server, tmp_path: Path
) -> None:
    """By hour and signal; the second count finds nothing, and the server has every point."""
    bucket = server.make_bucket("recounted")
    config = Config.model_validate(server.keys(bucket))
    async with gateway(tmp_path, config) as site:
        for hour in (HOUR, HOUR + 1):
            site.deliver(hour, 900)
        await site.drained()
        assert all(not one.missing for one in await site.recounter.recount(PATHS, HOURS))
        whole = server.points("mask-1", bucket), server.points("loop,2", bucket)

        forget(server, bucket, HOUR)
        first, second = await site.recounter.recount(PATHS, HOURS)
        assert (first.hour, first.points, first.left) == (HOUR, 2_700, {})
        assert first.missing == {PATHS[0]: 900, PATHS[1]: 900}
        assert (second.hour, second.points, second.missing) == (HOUR + 1, 2_700, {})
        assert (server.points("mask-1", bucket), server.points("loop,2", bucket)) == whole
        assert all(not one.missing for one in await site.recounter.recount(PATHS, HOURS))


def forget(server: Server, bucket: str, hour: int, line: str = "mask-1") -> None:
    """Delete an hour of a line at the server, behind our back."""
    database, _, _ = bucket.partition("/")
    if server.is_newer:
        from_s, to_s = hour * 3_600, (hour + 1) * 3_600
        body: dict[str, object] = {
            "start": rfc(from_s),
            "stop": rfc(to_s - 1),  # which 2.x deletes as well
            "predicate": f'_measurement="{line}"',
        }
        status, said = server.ask("POST", f"/api/v2/delete?org=site&bucket={bucket}", body)
        assert status == 204, said
    else:
        span = f"time >= {hour * HOUR_NS} AND time < {(hour + 1) * HOUR_NS}"
        server.query(f'DELETE FROM "{line}" WHERE {span}', database)


def rfc(at_s: int) -> str:
    """An instant as InfluxDB 2.x takes it."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def lying(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: bytes = b""
) -> None:
    """Take every write with 204 and keep nothing; answer every question with `told`."""
    try:
        while line := await reader.readline():
            length = 0
            while (header := await reader.readline()) not in {b"\r\n", b""}:
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            await reader.readexactly(length)
            answer = b"HTTP/1.1 204 No Content\r\n\r\n"
            if b"/query" in line:
                answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told)
            writer.write(answer)
            await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def liar(told: bytes) -> AsyncIterator[Config]:
    """A server that takes everything and has nothing, and a sink that believes it."""
    port, at_work = free_port(), set[asyncio.Task[None] | None]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_work.add(asyncio.current_task())
        await lying(reader, writer, told)

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        yield Config.model_validate({"url": f"http://127.0.0.1:{port}", "bucket": "line"})
        await asyncio.sleep(0.1)  # the links are closed, so these end
    assert all(task is not None and task.done() for task in at_work)


async def test_a_server_that_takes_everything_and_keeps_nothing_is_found(tmp_path: Path) -> None:
    """Draining believes its 204; the count does not, and writing once more does not help."""
    empty = b'{"results":[{"statement_id":0}]}'
    async with liar(empty) as config, gateway(tmp_path, config) as site:
        site.deliver(HOUR, 600)
        await site.drained()
        assert site.cursor.confirmed_rows == 1_803  # as said
        (one,) = await site.recounter.recount(PATHS, HOURS)
        assert one.missing == one.left == dict.fromkeys(PATHS, 600)


async def test_a_server_that_cannot_be_asked_is_told_of(tmp_path: Path) -> None:
    """Whatever answers 204 and is no InfluxDB does not know what it holds."""
    async with liar(b"404 page not found") as config, gateway(tmp_path, config) as site:
        site.deliver(HOUR, 9)
        await site.drained()
        with pytest.raises(Unavailable, match="asked what it holds"):
            await site.recounter.recount(PATHS, HOURS)


@pytest.mark.peer
async def test_what_was_refused_is_not_asked_for_until_it_is_brought_again(
    server: Server, tmp_path: Path
) -> None:
    """A type that somebody else chose; once that is gone, a retry brings every row of the entry."""
    bucket = server.make_bucket("refused")
    server.write(f"loop\\,2,site=x,machine=x,signal=x text=1i {HOUR * HOUR_NS}", bucket)
    config = Config.model_validate(server.keys(bucket))
    async with gateway(tmp_path, config) as site:
        site.deliver(HOUR, 60)
        await site.drained()
        (entry,) = site.stores.ledger.quarantined()
        assert entry.rows == 61
        (one,) = await site.recounter.recount(PATHS, HOURS)
        assert (one.points, one.missing) == (120, {})
        assert await site.retried(entry.id) == (0, 61)
        (entry,) = site.stores.ledger.quarantined()

        if server.is_newer:
            return  # it keeps the type of a field whose points are deleted
        server.query('DROP MEASUREMENT "loop,2"', bucket.partition("/")[0])
        assert await site.retried(entry.id) == (61, 0)
        assert site.stores.ledger.quarantined() == []
        assert len(server.points("loop,2", bucket)) == 60
        (one,) = await site.recounter.recount(PATHS, HOURS)
        assert (one.points, one.missing) == (180, {})


@pytest.mark.peer
async def test_what_the_server_forgets_by_its_own_rule_is_not_missed(
    server: Server, tmp_path: Path
) -> None:
    """A bucket of an hour: yesterday is not looked at, and nothing is written there."""
    config = Config.model_validate(server.keys(server.make_bucket("short", keeps_s=3_600)))
    async with gateway(tmp_path, config) as site:
        site.deliver(HOUR, 10)
        await site.drained()
        assert sum(one.rows for one in site.stores.ledger.quarantined()) == 33
        assert await site.recounter.recount(PATHS, HOURS) == []
