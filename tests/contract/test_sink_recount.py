"""A sink's server is asked what it holds: 2.7.12, 1.8.10 and 1.6.7, and servers that lie."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.errors import Unavailable
from edge.model import HOUR_NS, Batch, Row
from edge.sinks.influxdb import Config
from tests.contract.sink_gateway import HOUR, HOURS, PATHS, gateway
from tests.servers.influxdb import VERSIONS
from tests.servers.influxdb_server import Server, serving
from tests.servers.ports import free_port


@pytest.fixture(scope="module", params=VERSIONS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server of each version for all tests; each test has a bucket of its own."""
    with serving(request.param, tmp_path_factory.mktemp("influxdb")) as started:
        yield started


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


@pytest.mark.peer
async def test_of_two_rows_of_one_time_the_later_is_kept_and_counted_once(
    server: Server, tmp_path: Path
) -> None:
    """Also when the earlier one is written again: a recount ends with the same value."""
    bucket = server.make_bucket("twice")
    async with gateway(tmp_path, Config.model_validate(server.keys(bucket))) as site:
        for value in (1.0, 2.0):
            site.commit(Batch.of([Row(1, HOUR * HOUR_NS, 0, value, 0)]))
        await site.drained()
        forget(server, bucket, HOUR)
        (hour,) = await site.recounter.recount(PATHS, range(HOUR, HOUR + 1))
        assert (hour.points, hour.missing, hour.left) == (1, {PATHS[0]: 1}, {})
        (point,) = server.points("mask-1", bucket)
        assert point.value == 2.0
