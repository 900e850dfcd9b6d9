"""Many deliveries become one commit, and nobody is told of it before it is on the disk."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from edge.catalog import Catalog
from edge.catalog import create as create_catalog
from edge.clock import SYSTEM
from edge.errors import JournalFull
from edge.intake.commit import Intake
from edge.intake.parcels import Counts
from edge.intake.writing import Stores
from edge.journal import Journal, connect
from edge.ledger import Ledger
from edge.ledger import create as create_ledger
from edge.model import Batch, Row
from edge.status import Status


def rows(*numbers: int, signal: int = 1) -> Batch:
    """One row of a signal for each number, which is its time and its value."""
    return Batch.of([Row(signal, n, n, float(n), 0) for n in numbers])


@contextmanager
def opener(path: Path) -> Iterator[tuple[Stores, Batch]]:
    """Stores in a new file."""
    with closing(connect(path)) as db:
        create_catalog(db)
        create_ledger(db)
        yield Stores(Journal(db), Catalog(db), Ledger(db)), Batch.of([])


@asynccontextmanager
async def running(path: Path, every_ms: int = 10) -> AsyncIterator[Intake]:
    """An intake at work."""
    intake = Intake(lambda: opener(path), SYSTEM, Status(), every_ms)
    await intake.open({})
    async with asyncio.TaskGroup() as group:
        task = group.create_task(intake.run())
        yield intake
        task.cancel()


def stored(path: Path) -> list[float]:
    """The values on the disk, read by a connection that shares nothing with the intake."""
    journal = Journal(connect(path, readonly=True))
    return [value for _, batch in journal.read(0) for value in batch.value.tolist()]


async def test_a_delivery_returns_when_it_is_on_the_disk(tmp_path: Path) -> None:
    """Rows and key both, and the next process finds the key."""
    path = tmp_path / "journal.db"
    async with running(path) as intake:
        door = intake.door("plc1")
        await door(rows(1, 2), b"key 7")
        assert stored(path) == [1.0, 2.0]
        assert door.key == b"key 7"
    async with running(path) as intake:
        assert intake.door("plc1").key == b"key 7"
        assert intake.accounting()["plc1"] == Counts(stored=2, received=2)


async def test_deliveries_of_all_sources_share_a_commit(tmp_path: Path) -> None:
    """What comes while a commit waits for its turn goes into the same block, in order."""
    path = tmp_path / "journal.db"
    async with running(path, every_ms=200) as intake:
        doors = [intake.door(name) for name in ("a", "b", "c")]
        await doors[0](rows(1))
        async with asyncio.TaskGroup() as group:
            for n, door in enumerate(doors):
                group.create_task(door(rows(10 + n, signal=2 + n)))
        assert intake.newest_block == 2
    assert stored(path) == [1.0, 10.0, 11.0, 12.0]


async def test_a_failed_commit_acknowledges_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is a call that does not return; the rows are in flight, then stored once."""
    monkeypatch.setattr("edge.intake.commit.AGAIN_S", 0.05)
    path, full, failed = tmp_path / "journal.db", [True, True], asyncio.Event()
    async with running(path) as intake:
        loop = asyncio.get_running_loop()
        append = intake.stores.journal.append

        def failing(batch: Batch) -> int:
            if full:
                full.pop()
                loop.call_soon_threadsafe(failed.set)
                raise JournalFull("no room")
            return append(batch)

        monkeypatch.setattr(intake.stores.journal, "append", failing)
        door = intake.door("plc1")
        async with asyncio.TaskGroup() as group:
            task = group.create_task(door(rows(1, 2)))
            await failed.wait()
            assert not task.done()
            assert intake.accounting()["plc1"] == Counts(in_flight=2, received=2)
            assert stored(path) == []
    assert stored(path) == [1.0, 2.0]


async def test_every_row_ends_in_one_place(tmp_path: Path) -> None:
    """Stored, filtered as a repeat, or quarantined: the sum is what came."""
    async with running(tmp_path / "journal.db") as intake:
        door = intake.door("plc1")
        await door(rows(1, 2))
        await door(rows(2))
        await door(rows(2, 3))
        await door(rows(9, signal=0))
        door.refuse("not JSON: '{'", b"{", 5)
        await door(rows(4))
        counts = intake.accounting()["plc1"]
        assert counts == Counts(stored=4, filtered=2, quarantined=2, received=8)
        assert counts.balanced


async def test_a_gap_and_life_are_kept(tmp_path: Path) -> None:
    """What a source lost is named; proofs of life far apart do not prove what lies between."""
    path, second = tmp_path / "journal.db", 1_000_000_000
    async with running(path) as intake:
        door = intake.door("plc1")
        for at_s in (1, 2, 3, 20):
            door.alive(at_s * second)
        await door.gap("overflow", 4 * second, 6 * second)
    ledger = Ledger(connect(path, readonly=True))
    assert [gap.reason for gap in ledger.gaps(0, 10 * second)] == ["overflow"]
    assert ledger.life("plc1", 0, 100 * second).tolist() == [second, 3 * second, 20 * second]


async def test_a_small_window_is_not_kept_waiting(tmp_path: Path) -> None:
    """Half of what a source may leave unacknowledged does not wait for the next turn."""
    async with running(tmp_path / "journal.db", every_ms=60_000) as intake:
        door = intake.door("plc1", window=10)
        await door(rows(1))
        async with asyncio.timeout(5):
            await door(rows(*range(2, 7)))
