"""The InfluxDB sink against the real servers: 2.7.12, 1.8.10 and 1.6.7."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.model import SECOND_NS
from edge.sinks.influxdb import Config, drain
from edge.sinks.influxdb.lineprotocol import LineProtocol
from tests.contract.sink_desk import START_NS, blocks_of, counted, drained, point_of, run
from tests.servers.influxdb import VERSIONS
from tests.servers.influxdb_fake import CursorOf
from tests.servers.influxdb_server import BUCKET, SECRET, Server, serving

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module", params=VERSIONS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server of each version for all tests; each test has a bucket of its own."""
    with serving(request.param, tmp_path_factory.mktemp("influxdb")) as started:
        yield started


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
    await run(drain, Config.model_validate(server.keys(bucket)), blocks_of(rows, 250), cursor)

    bad = [0, 1, 77, 78, 500, 999]
    good = [point_of(row) for at, row in enumerate(rows) if at not in bad]
    assert [point for point in server.points("mask-1", bucket) if point.signal != "x"] == good
    aside = [(at, reason) for batch, reason in cursor.refused for at in batch.source_ns.tolist()]
    assert sorted(at for at, _ in aside) == [rows[at].source_ns for at in bad]
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
    await run(
        drain, Config.model_validate(server.keys(bucket)), blocks_of(old + young, 300), cursor
    )
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
        group.create_task(run(drain, Config.model_validate(keys), feed, cursor))
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
        group.create_task(run(drain, Config.model_validate(server.keys(name)), feed, cursor))
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
        group.create_task(
            run(drain, Config.model_validate(server.keys(f"{BUCKET}/weekly")), feed, cursor)
        )
        await cursor.parking()
        assert f"create the retention policy of '{BUCKET}/weekly'" in cursor.waits[0]
        server.query(f"CREATE RETENTION POLICY weekly ON {BUCKET} DURATION INF REPLICATION 1")
    assert (cursor.rows, cursor.refused) == (50, [])


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
            await drained(drain, Config.model_validate(keys), blocks_of(counted(9), 9), cursor)
    assert "give the token the right to write to bucket 'guarded'" in cursor.waits[0]
    assert cursor.refused == []


@pytest.mark.parametrize("version", ["1.8.10"])
async def test_a_body_that_the_server_finds_too_long_is_halved(
    version: str, tmp_path: Path
) -> None:
    """413, or the reset that hides it: all rows arrive, in bodies that it takes."""
    with serving(version, tmp_path, {"INFLUXDB_HTTP_MAX_BODY_SIZE": "50000"}) as small:
        rows, cursor = counted(10_000), CursorOf()
        keys = small.keys() | {"gzip": False}
        await run(drain, Config.model_validate(keys), blocks_of(rows, 5_000), cursor)
        assert small.points("mask-1") == list(map(point_of, rows))
        assert (cursor.rows, cursor.refused) == (10_000, [])
