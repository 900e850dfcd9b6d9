"""Rows and names that no server takes: each is there as it is, or set aside with a reason."""

import asyncio
import math
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.clock import SystemClock
from edge.model import HOUR_NS, SECOND_NS, Batch, Row
from edge.sinks.influxdb import Config, drain, recounting
from edge.site import Kind, Signal
from tests.contract.sink_desk import START_NS, blocks_of, counted, run
from tests.servers.feed_fake import FeedOf
from tests.servers.influxdb_fake import CursorOf
from tests.servers.influxdb_server import Server, serving

pytestmark = pytest.mark.peer

RESERVED = ["time", "_field", "_measurement", "_value", "status", "null", "true", "-1", ""]
PUNCTUATED = [
    "a,b",
    "a b",
    "a=b",
    'a"b',
    "#a",
    "a\\",
    "a\\n",
    "a\nb",
    "a\tb",
    "\x00",
    "'",
    "%s %d %",
]
NAMES = st.sampled_from([*RESERVED, *PUNCTUATED, "용접 ☃", "%s %d %", "a" * 300])
NUMBERS = st.sampled_from(
    [math.nan, math.inf, -math.inf, 2.0**63, -(2.0**63) - 1024, 2.0**64, 1.8e308, 5e-324, -0.0, 0.1]
) | st.floats(allow_nan=True, allow_infinity=True)
ROWS = st.lists(st.tuples(st.integers(0, 2), NUMBERS), min_size=1, max_size=12)
PLACE = count(1)


@pytest.fixture(scope="module", params=["2.7.12", "1.8.10"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server of each version; each example has a bucket of its own."""
    with serving(request.param, tmp_path_factory.mktemp("influxdb")) as started:
        yield started


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(NAMES, min_size=3, max_size=3, unique=True), NAMES, ROWS)
def test_what_is_said_to_be_stored_is_there_and_the_rest_is_set_aside(
    server: Server, names: list[str], machine: str, cells: list[tuple[int, float]]
) -> None:
    """NaN, infinity, 2^63, line feeds, reserved words, empty tags: sent right or told of."""
    bucket = server.make_bucket(f"b{next(PLACE)}")
    config = Config.model_validate(server.keys(bucket))
    signals = {
        at: Signal(f"s/mask-1/{machine}/{name}", name, Kind.GAUGE, "1", "plc")
        for at, name in enumerate(names)
    }
    rows = [
        Row(signal, START_NS + at * SECOND_NS, at, value, 0)
        for at, (signal, value) in enumerate(cells)
    ]
    cursor = CursorOf()
    stored = asyncio.run(written(config, FeedOf([], signals, {}), cursor, Batch.of(rows)))

    aside = {at for batch, _ in cursor.refused for at in batch.received_ns.tolist()}
    there = {
        (point.machine, point.signal, point.time_ns): (point.value, point.status)
        for point in server.points("mask-1", bucket)
    }
    wanted = {
        (machine, names[row.signal], row.source_ns): (
            None if math.isnan(row.value) else row.value + 0.0,  # servers keep no sign of zero
            0,
        )
        for row in rows
        if row.received_ns not in aside
    }
    assert there == wanted
    assert stored == len(wanted) == len(rows) - len(aside)
    assert all(reason for _, reason in cursor.refused)


async def written(config: Config, feed: FeedOf, cursor: CursorOf, batch: Batch) -> int:
    """How many rows the sink says the server has."""
    async with recounting(config, feed, cursor, SystemClock()) as recount:
        return await recount.write(batch)


async def test_a_server_with_too_many_series_keeps_what_it_has_and_tells(tmp_path: Path) -> None:
    """Its limit refuses new ones; they are set aside by name, and the series it has go on."""
    setting = {"INFLUXDB_DATA_MAX_VALUES_PER_TAG": "2", "INFLUXDB_DATA_INDEX_VERSION": "inmem"}
    with serving("1.8.10", tmp_path, setting) as server:
        first, cursor = counted(200), CursorOf()
        first = [row._replace(signal=1 + at % 2) for at, row in enumerate(first)]
        config = Config.model_validate(server.keys())
        await run(drain, config, blocks_of(first, 100), cursor)
        assert cursor.refused == []
        later = [row._replace(signal=3 if at % 2 else 1, value=1.0) for at, row in
                 enumerate(counted(200, START_NS + HOUR_NS))]  # fmt: skip
        cursor = CursorOf()
        await run(drain, config, blocks_of(later, 100), cursor)
        there = server.points("mask-1")
    assert len({(point.machine, point.signal) for point in there}) == 2
    assert len(there) == 300
    assert sum(len(batch) for batch, _ in cursor.refused) == 100
    assert all("max-values-per-tag limit exceeded" in answer for _, answer in cursor.refused)
