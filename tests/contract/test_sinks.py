"""What every sink promises, against databases that we did not write: one list for all kinds."""

import asyncio
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest
from pydantic import BaseModel

from edge.errors import Unavailable
from edge.model import STATUS_BAD_OUT_OF_RANGE, Row
from edge.service.kinds import sink
from tests.contract.peer import Sink
from tests.contract.peers import SINKS
from tests.contract.sink_desk import (
    START_NS,
    SYMBOLS,
    Drain,
    bitwise,
    blocks_of,
    counted,
    drained,
    point_of,
    run,
)
from tests.servers.influxdb import MissingError
from tests.servers.influxdb_fake import CursorOf
from tests.servers.ready import missing

pytestmark = pytest.mark.peer
KINDS = {peer: kind for kind, peers in SINKS.items() for peer in peers}


@pytest.fixture(scope="module", params=[pytest.param(peer, id=peer.__name__) for peer in KINDS])
def peer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sink]:
    """One database for all tests; each test has a place of its own in it."""
    started: Sink = request.param(tmp_path_factory.mktemp("sink"))
    try:
        started.start()
    except MissingError as error:
        missing(str(error))
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def drain(peer: Sink) -> Drain[BaseModel]:
    """The sink whose peer it is."""
    found: Drain[BaseModel] = sink(KINDS[type(peer)]).drain
    return found


async def test_every_sample_arrives_as_it_was(peer: Sink, drain: Drain[BaseModel]) -> None:
    """Values to the last bit, times to the nanosecond, status and texts, sample for sample."""
    random = np.random.default_rng(94)
    bits = random.integers(0, 2**64, 3_000, np.uint64).view(np.float64)
    values = [*bits[np.isfinite(bits)].tolist(), 0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e22]
    rows = [Row(1 + at % 2, START_NS + at * 1_000_003, 0, it, 0) for at, it in enumerate(values)]
    rows += [Row(3, START_NS + at, 0, float(at), 0) for at in SYMBOLS]
    rows += [Row(1, START_NS - 1, 0, float("nan"), STATUS_BAD_OUT_OF_RANGE)]
    rows += [Row(2, START_NS - 2, 0, 7.0, 2**32 - 1)]
    feed, cursor = blocks_of(rows, 700), CursorOf()
    await run(drain, peer.config("whole"), feed, cursor)

    assert [bitwise(it) for it in peer.found("whole")] == [
        bitwise(it) for it in sorted(map(point_of, rows), key=lambda it: it[:3])
    ]
    assert (cursor.rows, cursor.refused, cursor.waits) == (len(rows), [], [""])


async def test_a_repeat_is_the_same_points(peer: Sink, drain: Drain[BaseModel]) -> None:
    """A cursor that forgot half of its way, as after a crash, leads to the same points again."""
    config, rows = peer.config("again"), counted(9_000)
    for position in [0, 1, 4]:
        cursor = CursorOf()
        cursor.position = position
        await run(drain, config, blocks_of(rows, 1_000), cursor)
    assert peer.found("again") == list(map(point_of, rows))


async def test_what_is_confirmed_is_there(peer: Sink, drain: Drain[BaseModel]) -> None:
    """Whenever the cursor moves, a reader finds all rows up to it: a crash then loses nothing."""
    rows, faults = counted(2_000), list[int]()

    class Looking(CursorOf):
        async def confirm(self, block: int, rows: int) -> None:
            await super().confirm(block, rows)
            if len(peer.found("sure")) < block * 100:
                faults.append(block)

    await run(drain, peer.config("sure"), blocks_of(rows, 100), Looking())
    assert faults == []


@pytest.mark.parametrize("harshly", [False, True])
async def test_a_server_that_was_down_gets_everything(
    peer: Sink, drain: Drain[BaseModel], *, harshly: bool
) -> None:
    """Stopped or killed in mid-backlog and back later: nothing is missing or doubled."""
    place = f"down{harshly:d}"
    config, rows = peer.config(place), counted(20_000)
    feed, cursor = blocks_of(rows, 200), CursorOf()
    lost, told = asyncio.Event(), set[bool]()

    async def retried() -> None:
        while not feed.drained.is_set():
            try:
                await drained(drain, config, feed, cursor)
            except Unavailable as error:
                told.add("is the server up" in str(error))
                lost.set()
                await asyncio.sleep(0.05)

    async with asyncio.timeout(50), asyncio.TaskGroup() as group:
        task = group.create_task(retried())
        await cursor.moved.wait()
        await asyncio.to_thread(
            peer.signal, signal.SIGKILL
        ) if harshly else await asyncio.to_thread(peer.stop)
        assert cursor.position < 100
        await lost.wait()
        await asyncio.to_thread(peer.start)
        await feed.drained.wait()
        task.cancel()
    assert (cursor.position, told) == (100, {True})
    assert cursor.refused == []
    assert peer.found(place) == list(map(point_of, rows))


async def test_a_server_that_hangs_is_given_up_and_holds_nobody(
    peer: Sink, drain: Drain[BaseModel]
) -> None:
    """A stopped process answers nothing: the deadline ends the call, and so does a shutdown."""
    brief, patient = peer.config("hanging", 1.0), peer.config("hanging", 30.0)
    peer.signal(signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable, match="no answer within 1 s"):
            await drained(drain, brief, blocks_of(counted(9), 9), CursorOf())
        started_s = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await drained(drain, patient, blocks_of(counted(9), 9), CursorOf())
        assert time.monotonic() - started_s < 1
    finally:
        peer.signal(signal.SIGCONT)
