"""What node-opcua recorded while we were away, and what the gap says of the rest."""

import asyncio
import time
from pathlib import Path

import pytest

from collectors.opcua import collect
from collectors.opcua.mark import Mark
from collectors.opcua.settings import Point
from edge.model import SECOND_NS
from edge.site import Kind
from tests.contract.test_opcua import GOOD, config, gateway, options
from tests.servers.node_opcua import Peer
from tests.unit.collectors.opcua_kept import Kept

pytestmark = pytest.mark.peer


async def test_the_time_away_is_read_back_where_the_server_recorded_it(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A nameless user, for whom nothing is kept: all that the server recorded comes, once."""
    kept = Kept()
    with Peer(tmp_path, **options(tmp_path_factory, history=True)) as historian:
        historian.do("ramp", name="Body.Good", every_ms=7)
        for _ in range(3):
            seen = len(kept.rows)
            async with asyncio.TaskGroup() as tasks:
                task = tasks.create_task(collect(config(historian, GOOD), kept))
                await kept.until(lambda seen=seen: len(kept.rows) > seen + 20)  # type: ignore[misc]  # mypy wants no default in a lambda
                task.cancel()
            await asyncio.sleep(0.5)
    found = [row for i, row in enumerate(kept.rows) if not i or row.value != kept.rows[i - 1].value]
    assert [row.value for row in found] == [found[0].value + i for i in range(len(found))]
    assert [reason for reason, _, _ in kept.gaps] == [
        "nothing is kept for a nameless user; 1 of 1 nodes read back from its history"
    ] * 2
    assert all(to_ns - from_ns <= 1e8 for _, from_ns, to_ns in kept.gaps)


@pytest.mark.parametrize("why", ["clock", "absent"])
async def test_the_time_away_is_a_gap_where_nothing_was_read_back(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, why: str
) -> None:
    """The server's clock was set back meanwhile, or it has none of our nodes just now."""
    kept = Kept()
    with Peer(tmp_path, **options(tmp_path_factory, history=True)) as historian:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(collect(config(historian, GOOD), kept))
            await kept.until(lambda: bool(kept.rows))
            task.cancel()
        left = Mark.unpack(kept.key)
        assert left is not None
        if why == "clock":
            kept.key = left._replace(newest_ns=left.newest_ns + 1_800 * SECOND_NS).pack()
        await asyncio.sleep(0.5)
        back_ns = time.time_ns()
        late = GOOD.model_copy(update={"node": "nsu=urn:mask;s=Body.Late"})
        wanted = GOOD if why == "clock" else late
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(collect(config(historian, wanted), kept))
            await kept.until(lambda: bool(kept.gaps))
            task.cancel()
    ((_, from_ns, to_ns),) = kept.gaps
    assert from_ns <= left.seen_ns
    assert to_ns >= back_ns


async def test_what_was_kept_is_not_read_back_once_more(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After a full disk, with other nodes: messages that waited come, then only newer history."""
    kept, security = Kept(), gateway(tmp_path, policy="None")
    state = Point(signal=2, kind=Kind.STATE, node="nsu=urn:mask;s=Body.State")
    with Peer(tmp_path, **options(tmp_path_factory, history=True)) as historian:
        historian.do("ramp", name="Body.Good", every_ms=7)
        for points in ([GOOD], [GOOD, state]):
            seen = len(kept.rows)
            async with asyncio.TaskGroup() as tasks:
                task = tasks.create_task(
                    collect(config(historian, *points, security=security), kept)
                )
                await kept.until(lambda seen=seen: len(kept.rows) > seen + 20)  # type: ignore[misc]  # mypy wants no default in a lambda
                kept.room.clear()
                await kept.until(lambda: kept.waiting > 3)
                task.cancel()
            kept.room.set()
    found = kept.values(1)
    again = sorted({value for value in found if found.count(value) > 1})
    assert again == []
    assert max(found) - min(found) + 1 == len(found)
