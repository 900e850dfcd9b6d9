"""A sink that was away for three days gets from the archive what it would have got live."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge import sealing
from edge.model import HOUR_NS, SECOND_NS, Batch, Row
from edge.sinks.influxdb import Config, drain
from tests.contract.sink_gateway import HOUR, PATHS, Gateway, gateway
from tests.servers.influxdb_server import Server, serving

pytestmark = pytest.mark.peer

AWAY_H, STEP_S = 72, 4
FROM_NS = HOUR * HOUR_NS
NOW_NS = FROM_NS + AWAY_H * HOUR_NS


@pytest.fixture(scope="module", params=["2.7.12", "1.8.10"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server of each version for all tests; each test has a bucket of its own."""
    with serving(request.param, tmp_path_factory.mktemp("influxdb")) as started:
        yield started


def fill(site: Gateway) -> int:
    """Three days of two signals in blocks of a minute, sealed up to the last hour; how many rows.

    Every hundredth row has the time of the one before it and another value.
    """
    rows, random = 0, np.random.default_rng(72)
    for hour in range(HOUR, HOUR + AWAY_H):
        with site.stores.journal.transaction():
            for minute in range(60):
                batch = a_minute(hour * HOUR_NS + minute * 60 * SECOND_NS, random)
                site.stores.journal.append(batch)
                rows += len(batch)
        if hour == HOUR + AWAY_H - 2:
            sealing.seal(site.stores)
    return rows


def a_minute(from_ns: int, random: np.random.Generator) -> Batch:
    """A counter and a gauge every four seconds; of the fourteenth gauge value there are two."""
    at = from_ns + np.arange(0, 60, STEP_S) * SECOND_NS
    times = np.concatenate([at, at, at[-1:]])
    signal = np.array([1] * len(at) + [2] * (len(at) + 1), np.uint32)
    value = np.concatenate([at / 1e9, random.normal(60, 5, len(at) + 1).round(3)])
    return Batch(signal, times, times + 5, value, np.zeros(len(times), np.uint32))


async def test_three_days_without_a_sink_come_from_the_archive(
    server: Server, tmp_path: Path
) -> None:
    """Missing 0, extra 0, of two rows of one time the later."""
    bucket = server.make_bucket("away")
    async with gateway(tmp_path, Config.model_validate(server.keys(bucket))) as site:
        rows = fill(site)
        await site.drained()
        assert site.cursor.confirmed_rows == rows
        hours = await site.recounter.recount(PATHS, range(HOUR, HOUR + AWAY_H))
        assert [one.points for one in hours] == [2 * 3_600 // STEP_S] * AWAY_H
        assert not any(one.missing for one in hours)

        (told,) = asked(server, bucket, "count(status), sum(value)")
        ((_, points, total),) = told["values"]
        assert points == 2 * AWAY_H * 3_600 // STEP_S  # nothing is there that nobody stored
        assert total == pytest.approx(expected_sum(), rel=1e-12)


async def test_what_comes_while_three_days_are_brought_is_there_at_once(
    server: Server, tmp_path: Path
) -> None:
    """Whoever asks the server finds it before its turn, and at the end it is there once."""
    bucket = server.make_bucket("ahead")
    async with gateway(tmp_path, Config.model_validate(server.keys(bucket))) as site:
        rows = fill(site)
        await site.cursor.begin()
        async with asyncio.timeout(50), asyncio.TaskGroup() as group:
            task = group.create_task(drain(site.config, site.feed, site.cursor, site.clock))
            while not site.cursor.position:  # noqa: ASYNC110 - nobody sets an event
                await asyncio.sleep(0.01)
            site.commit(Batch.of([Row(1, NOW_NS, NOW_NS, 7.0, 0)]))
            while not await asyncio.to_thread(asked, server, bucket, "value", NOW_NS):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
            there_at, newest = site.cursor.position, site.stores.journal.newest()
            task.cancel()
        assert there_at < newest - 64  # farther than one answer of the feed
        await site.drained()
        assert site.cursor.confirmed_rows == rows + 1
        (told,) = asked(server, bucket, "count(status)")
        assert told["values"][0][1] == 2 * AWAY_H * 3_600 // STEP_S + 1


def asked(server: Server, bucket: str, what: str, since_ns: int = 0) -> list[dict[str, Any]]:
    """What a reader is told of the line since an instant."""
    database, _, policy = bucket.partition("/")
    place = f'"{policy}"."mask-1"' if policy else '"mask-1"'
    return server.query(f"SELECT {what} FROM {place} WHERE time >= {since_ns}", database)


def expected_sum() -> float:
    """The values as a plain loop knows them; of two of one time the later."""
    random, total = np.random.default_rng(72), list[float]()
    for minute in range(AWAY_H * 60):
        from_s = FROM_NS // SECOND_NS + 60 * minute
        total += [float(from_s + step) for step in range(0, 60, STEP_S)]
        gauge = random.normal(60, 5, 60 // STEP_S + 1).round(3).tolist()
        total += [*gauge[:-2], gauge[-1]]
    return float(np.sum(total))
