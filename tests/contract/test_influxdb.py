"""The InfluxDB sink against the real servers: 2.7.12, 1.8.10 and 1.6.7."""

import asyncio
import math
import os
import signal
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.clock import SystemClock
from edge.errors import Unavailable
from edge.model import SECOND_NS, STATUS_BAD_OUT_OF_RANGE, Batch, Row
from edge.sinks.influxdb import Config, drain
from edge.sinks.influxdb.lineprotocol import LineProtocol
from edge.site import Kind, Signal
from tests.servers.influxdb import VERSIONS, MissingError
from tests.servers.influxdb_fake import CursorOf, FeedOf
from tests.servers.influxdb_server import BUCKET, SECRET, Point, Server, running

pytestmark = pytest.mark.peer
SIGNALS = {
    1: Signal("hanbit/mask-1/body/good", "good", Kind.COUNTER, "{piece}", "plc"),
    2: Signal('hanbit/mask-1/용접 "1,=%/"=온도 %r', '"=온도 %r', Kind.GAUGE, "Cel", "plc"),
    3: Signal("hanbit/mask-1/body/product", "product", Kind.TEXT, "", "plc"),
}
SYMBOLS = {0: "", 1: "KF94-L", 2: 'a "b", c=d', 3: "back\\slash\\", 4: "two\nlines", 5: "한글 ☃"}
START_NS = 1_785_000_000 * SECOND_NS


class HastyClock(SystemClock):
    """Waits that are minutes in a factory are moments in a test."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))


@pytest.fixture(scope="module", params=VERSIONS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server of each version for all tests; each test has a bucket of its own."""
    try:
        with running(request.param, tmp_path_factory.mktemp("influxdb")) as started:
            yield started
    except MissingError as error:
        missing(error)


def missing(error: MissingError) -> None:
    """Skip loudly at a desk; fail where the server has to be."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(error))
    pytest.skip(str(error))


async def run(config: Config, feed: FeedOf, cursor: CursorOf) -> None:
    """Drain until the feed has no more blocks and the last is confirmed."""
    async with asyncio.timeout(50), asyncio.TaskGroup() as group:
        task = group.create_task(drain(config, feed, cursor, HastyClock()))
        await feed.drained.wait()
        task.cancel()


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


async def test_every_sample_arrives_as_it_was(server: Server) -> None:
    """Values to the last bit, times to the nanosecond, status and texts, sample for sample."""
    bucket = server.make_bucket("whole")
    random = np.random.default_rng(94)
    bits = random.integers(0, 2**64, 3_000, np.uint64).view(np.float64)
    values = [*bits[np.isfinite(bits)].tolist(), 0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e22]
    rows = [Row(1 + at % 2, START_NS + at * 1_000_003, 0, it, 0) for at, it in enumerate(values)]
    rows += [Row(3, START_NS + at, 0, float(at), 0) for at in SYMBOLS]
    rows += [Row(1, START_NS - 1, 0, float("nan"), STATUS_BAD_OUT_OF_RANGE)]
    rows += [Row(2, START_NS - 2, 0, 7.0, 2**32 - 1)]
    feed, cursor = blocks_of(rows, 700), CursorOf()
    await run(Config.model_validate(server.keys(bucket)), feed, cursor)

    found = server.points("mask-1", bucket)
    assert [bitwise(it) for it in found] == [
        bitwise(it) for it in sorted(map(point_of, rows), key=lambda it: it[:3])
    ]
    assert (cursor.rows, cursor.refused, cursor.waits) == (len(rows), [], [""])


def bitwise(point: Point) -> tuple[object, ...]:
    """A point whose value compares bit by bit; servers keep no sign of zero."""
    value = None if point.value is None else struct.pack("<d", point.value + 0.0)
    return (*point[:3], value, *point[4:])


async def test_a_repeat_is_the_same_points(server: Server) -> None:
    """A cursor that forgot half of its way, as after a crash, leads to the same points again."""
    bucket = server.make_bucket("again")
    config, rows = Config.model_validate(server.keys(bucket)), counted(9_000)
    for position in [0, 1, 4]:
        cursor = CursorOf()
        cursor.position = position
        await run(config, blocks_of(rows, 1_000), cursor)
    assert server.points("mask-1", bucket) == list(map(point_of, rows))


async def test_bad_lines_go_to_quarantine_and_their_neighbours_are_stored(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Garbage, which 2.7 answers by storing nothing, and a type that somebody else chose."""
    monkeypatch.setattr(LineProtocol, "sift", lambda _, batch: (batch, []))  # infinity gets through
    bucket = server.make_bucket("mixed")
    server.write(f"mask-1,site=x,machine=x,signal=x text=1i {START_NS}", bucket)
    rows = counted(1_000)
    for at in [0, 1, 500, 999]:
        rows[at] = rows[at]._replace(value=float("inf"))
    for at in [77, 78]:
        rows[at] = rows[at]._replace(signal=3, value=1.0)
    cursor = CursorOf()
    await run(Config.model_validate(server.keys(bucket)), blocks_of(rows, 250), cursor)

    bad = [0, 1, 77, 78, 500, 999]
    good = [point_of(row) for at, row in enumerate(rows) if at not in bad]
    assert [point for point in server.points("mask-1", bucket) if point.signal != "x"] == good
    aside = [(at, reason) for batch, reason in cursor.refused for at in batch.source_ns.tolist()]
    assert [at for at, _ in aside] == [rows[at].source_ns for at in bad]
    assert all(
        "unable to parse" in reason
        for at, reason in aside
        if at not in (rows[77].source_ns, rows[78].source_ns)
    )
    assert cursor.rows == 994


async def test_points_older_than_retention_go_to_quarantine(server: Server) -> None:
    """They would vanish at once; the answer says why, and what is young enough is stored."""
    bucket = server.make_bucket("short", keeps_s=3_600)
    now_ns = time.time_ns() // SECOND_NS * SECOND_NS
    old, young = counted(600, now_ns - 90_000 * SECOND_NS), counted(600, now_ns - 900 * SECOND_NS)
    cursor = CursorOf()
    await run(Config.model_validate(server.keys(bucket)), blocks_of(old + young, 300), cursor)
    assert server.points("mask-1", bucket) == list(map(point_of, young))
    assert sum(len(batch) for batch, _ in cursor.refused) == 600
    assert all("retention policy" in reason for _, reason in cursor.refused)


async def test_a_wrong_secret_parks_the_sink_until_it_is_replaced(
    server: Server, tmp_path: Path
) -> None:
    """Nothing is set aside meanwhile, and nobody has to restart anything."""
    bucket, secret = server.make_bucket("locked"), tmp_path / "secret"
    secret.write_text("not this one")
    keys = server.keys(bucket)
    keys["token_file" if server.is_newer else "password_file"] = secret
    feed, cursor = blocks_of(counted(500), 100), CursorOf()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(Config.model_validate(keys), feed, cursor))
        await cursor.parking()
        assert cursor.waits[0].startswith("answers 401 ")
        assert (cursor.position, server.points("mask-1", bucket)) == (0, [])
        secret.write_text(SECRET)
    assert (cursor.position, cursor.rows, cursor.refused, cursor.waits[-1]) == (5, 500, [], "")
    assert len(server.points("mask-1", bucket)) == 500


async def test_a_missing_bucket_parks_the_sink_until_it_is_made(server: Server) -> None:
    """The reason names the bucket."""
    name = "later" if server.is_newer else "later/kept"
    feed, cursor = blocks_of(counted(500), 100), CursorOf()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(Config.model_validate(server.keys(name)), feed, cursor))
        await cursor.parking()
        assert f"create bucket '{name}' there" in cursor.waits[0]
        server.make_bucket("later")
    assert (cursor.rows, cursor.refused, cursor.waits[-1]) == (500, [], "")
    assert len(server.points("mask-1", name)) == 500


async def test_a_missing_retention_policy_parks_the_sink(server: Server) -> None:
    """InfluxDB 1.x answers it with 500, which is no reason to try for ever in silence."""
    if server.is_newer:
        pytest.skip("InfluxDB 2.x has buckets instead")
    feed, cursor = blocks_of(counted(50), 10), CursorOf()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(Config.model_validate(server.keys(f"{BUCKET}/weekly")), feed, cursor))
        await cursor.parking()
        assert f"create the retention policy of '{BUCKET}/weekly'" in cursor.waits[0]
        server.query(f"CREATE RETENTION POLICY weekly ON {BUCKET} DURATION INF REPLICATION 1")
    assert (cursor.rows, cursor.refused) == (50, [])


@pytest.mark.parametrize("harshly", [False, True])
async def test_a_server_that_was_down_gets_everything(server: Server, *, harshly: bool) -> None:
    """Stopped or killed in mid-backlog and back later: nothing is missing or doubled."""
    bucket = server.make_bucket(f"down{harshly:d}")
    config, rows = Config.model_validate(server.keys(bucket)), counted(20_000)
    feed, cursor = blocks_of(rows, 200), CursorOf()

    async def retried() -> None:
        while not feed.drained.is_set():
            try:
                await drain(config, feed, cursor, HastyClock())
            except Unavailable:
                await asyncio.sleep(0.05)

    async with asyncio.timeout(50), asyncio.TaskGroup() as group:
        task = group.create_task(retried())
        await cursor.moved.wait()
        await asyncio.to_thread(
            server.signal, signal.SIGKILL
        ) if harshly else await asyncio.to_thread(server.stop)
        assert cursor.position < 100
        await asyncio.sleep(0.2)
        await asyncio.to_thread(server.start)
        await feed.drained.wait()
        task.cancel()
    assert cursor.position == 100
    assert cursor.refused == []
    assert server.points("mask-1", bucket) == list(map(point_of, rows))


async def test_a_server_that_hangs_is_given_up_and_holds_nobody(server: Server) -> None:
    """A stopped process answers nothing: the deadline ends the call, and so does a shutdown."""
    keys = server.keys(server.make_bucket("hanging")) | {"timeout_s": 1.0}
    server.signal(signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable, match="no answer within 1 s"):
            await drain(Config.model_validate(keys), blocks_of(counted(9), 9), CursorOf())
        long = Config.model_validate(keys | {"timeout_s": 30.0})
        started_s = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await drain(long, blocks_of(counted(9), 9), CursorOf())
        assert time.monotonic() - started_s < 1
    finally:
        server.signal(signal.SIGCONT)


async def test_a_token_without_the_right_parks_the_sink(server: Server, tmp_path: Path) -> None:
    """The reason says which right is missing."""
    if not server.is_newer:
        pytest.skip("InfluxDB 1.x has no tokens")
    secret = tmp_path / "token"
    secret.write_text(server.make_reader())
    keys = server.keys(server.make_bucket("guarded")) | {"token_file": secret}
    cursor = CursorOf()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await drain(Config.model_validate(keys), blocks_of(counted(9), 9), cursor)
    assert "give the token the right to write to bucket 'guarded'" in cursor.waits[0]
    assert cursor.refused == []


@pytest.mark.parametrize("version", ["1.8.10"])
async def test_a_body_that_the_server_finds_too_long_is_halved(
    version: str, tmp_path: Path
) -> None:
    """413, or the reset that hides it: all rows arrive, in bodies that it takes."""
    try:
        with running(version, tmp_path, {"INFLUXDB_HTTP_MAX_BODY_SIZE": "50000"}) as small:
            rows, cursor = counted(10_000), CursorOf()
            keys = small.keys() | {"gzip": False}
            await run(Config.model_validate(keys), blocks_of(rows, 5_000), cursor)
            assert small.points("mask-1") == list(map(point_of, rows))
            assert (cursor.rows, cursor.refused) == (10_000, [])
    except MissingError as error:
        missing(error)
