"""Many deliveries become one commit, and nobody is told of it before it is on the disk."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.catalog import Catalog
from edge.catalog import create as create_catalog
from edge.clock import SYSTEM
from edge.errors import JournalFull, JournalUnwritable, LineproofError, Occupied
from edge.intake.commit import Intake
from edge.intake.door import ENOUGH_ROWS
from edge.intake.parcels import Counts, Gap
from edge.intake.unheard import FOREVER_NS
from edge.intake.writing import IntakeStores
from edge.journal import Journal, connect
from edge.ledger import Gap as LedgerGap
from edge.ledger import Ledger
from edge.ledger import create as create_ledger
from edge.model import SECOND_NS, Batch, Row
from edge.status import State, Status


def rows(*numbers: int, signal: int = 1) -> Batch:
    """One row of a signal for each number, which is its time and its value."""
    return Batch.of([Row(signal, n, n, float(n), 0) for n in numbers])


@contextmanager
def opener(path: Path) -> Iterator[tuple[IntakeStores, Batch]]:
    """Stores in a new file."""
    with closing(connect(path)) as db:
        create_catalog(db)
        create_ledger(db)
        yield IntakeStores(Journal(db), Catalog(db), Ledger(db)), Batch.of([])


@asynccontextmanager
async def running(path: Path, every_ms: int = 10) -> AsyncIterator[Intake]:
    """An intake at work."""
    intake = Intake(lambda: opener(path), SYSTEM, Status(), every_ms)
    await intake.open({})
    async with asyncio.TaskGroup() as group:
        task = group.create_task(intake.run())
        yield intake
        task.cancel()
    intake.close()  # where the task had not begun


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


@pytest.mark.parametrize("error", [JournalFull, JournalUnwritable, Occupied])
async def test_a_failed_commit_acknowledges_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[LineproofError]
) -> None:
    """A full disk is a call that does not return; the rows are in flight, then stored once.

    So is a disk that takes nothing for another reason, and a lock that somebody holds.
    """
    monkeypatch.setattr("edge.intake.commit.AGAIN_S", 0.05)
    path, full, failed = tmp_path / "journal.db", [True, True], asyncio.Event()
    async with running(path) as intake:
        loop = asyncio.get_running_loop()
        append = intake.stores.journal.append

        def failing(batch: Batch) -> int:
            if full:
                full.pop()
                loop.call_soon_threadsafe(failed.set)
                raise error("not now")
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


async def test_a_gap_that_a_full_disk_left_unnamed_is_named_by_the_first_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, with the first rows that the disk takes, however often it took none before."""
    monkeypatch.setattr("edge.intake.commit.AGAIN_S", 0.05)
    path, full = tmp_path / "journal.db", [True, True]

    @contextmanager
    def owing() -> Iterator[tuple[IntakeStores, Batch]]:
        with opener(path) as (stores, newest):
            append = stores.journal.append

            def failing(batch: Batch) -> int:
                if full:
                    full.pop()
                    raise JournalFull("no room")
                return append(batch)

            monkeypatch.setattr(stores.journal, "append", failing)
            yield stores._replace(owed=(("service", Gap("was away", 3, 7)),)), newest

    intake = Intake(owing, SYSTEM, Status(), 10)
    await intake.open({})
    async with asyncio.TaskGroup() as group:
        task = group.create_task(intake.run())
        door = intake.door("plc1")
        await door(rows(1))
        await door(rows(2))
        task.cancel()
    found = Ledger(connect(path, readonly=True)).gaps(0, 10)
    assert found == [LedgerGap("service", "was away", 3, 7)]


async def test_every_row_ends_in_one_place(tmp_path: Path) -> None:
    """Stored, filtered as a repeat, or quarantined: the sum is what came."""
    path = tmp_path / "journal.db"
    async with running(path) as intake:
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
    aside = Ledger(connect(path, readonly=True)).quarantined()
    assert [one.excerpt for one in aside] == [b"{", b"9.0, 0x0, 9 ns"]


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
        door = intake.door("plc1")
        door.window(10)
        await door(rows(1))
        async with asyncio.timeout(5):
            await door(rows(*range(2, 7)))


async def test_a_key_holds_though_nobody_waits_for_it(tmp_path: Path) -> None:
    """A collector that dies while its rows are committed must not ask for them again."""
    async with running(tmp_path / "journal.db", every_ms=100) as intake:
        door = intake.door("plc1")
        await door(rows(1), b"key 1")
        async with asyncio.TaskGroup() as group:
            task = group.create_task(door(rows(2), b"key 2"))
            await asyncio.sleep(0)
            task.cancel()
        assert door.key == b"key 1"
        await intake.door("plc1").settled()
        assert intake.door("plc1").key == door.key == b"key 2"
        assert intake.accounting()["plc1"] == Counts(stored=2, received=2)


async def test_a_source_without_a_past_need_not_wait(tmp_path: Path) -> None:
    """Nothing was handed over, so nothing is waited for and nothing is written."""
    async with running(tmp_path / "journal.db", every_ms=60_000) as intake:
        await intake.door("other")(rows(1))
        async with asyncio.timeout(1):
            await intake.door("plc1").settled()
        assert not intake.holds("plc1")


async def test_a_delivery_without_a_key_leaves_the_key(tmp_path: Path) -> None:
    """None is not another one."""
    path = tmp_path / "journal.db"
    async with running(path) as intake:
        door = intake.door("plc1")
        await door(rows(1), b"key 1")
        await door(rows(2))
        assert door.key == b"key 1"
    assert Ledger(connect(path, readonly=True)).key("plc1") == b"key 1"


async def test_a_locked_journal_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process that holds the lock too long costs time, and no row; people are told."""
    monkeypatch.setattr("edge.intake.commit.AGAIN_S", 0.05)
    path, told = tmp_path / "journal.db", list[str]()
    async with running(path) as intake:
        append, locked = intake.stores.journal.append, [True]

        def failing(batch: Batch) -> int:
            if locked:
                locked.pop()
                raise Occupied("journal.db was locked for 10 s")
            told.extend(finding.text for finding in intake.status.findings())
            return append(batch)

        monkeypatch.setattr(intake.stores.journal, "append", failing)
        await intake.door("plc1")(rows(1, 2))
        assert told == ["journal.db was locked for 10 s"]
        assert list(intake.status.findings()) == []
    assert stored(path) == [1.0, 2.0]


async def test_rows_of_all_sources_together_do_not_wait(tmp_path: Path) -> None:
    """10,000 rows are a commit, whoever brought them."""
    async with running(tmp_path / "journal.db", every_ms=60_000) as intake:
        doors = [intake.door("a"), intake.door("b")]
        async with asyncio.timeout(5):
            for n, door in enumerate(doors, 1):
                await door(rows(0, signal=n))
        half = ENOUGH_ROWS // 2
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            for n, door in enumerate(doors, 1):
                batch = rows(*range(n * half, (n + 1) * half), signal=n)
                group.create_task(door(batch))
    assert len(stored(tmp_path / "journal.db")) == 2 * half + 2


async def test_who_asks_is_told_when_a_commit_begins(tmp_path: Path) -> None:
    """A minute after the last one, or as many minutes as it takes to be late enough."""
    async with running(tmp_path / "journal.db", every_ms=60_000) as intake:
        door = intake.door("plc1")
        assert 30 <= door.next_s(30) <= 90  # nothing was committed yet: one begins at once
        await door(rows(1))
        assert 59 < door.next_s(0.05) <= 60
        assert 119 < door.next_s(60.05) <= 120


async def test_who_is_back_does_not_wait_for_the_turn(tmp_path: Path) -> None:
    """The first rows of a run are committed at once, and no others are."""
    async with running(tmp_path / "journal.db", every_ms=60_000) as intake:
        door = intake.door("plc1")
        async with asyncio.timeout(5):
            await door(rows(1))
            for run in (2, 3):
                await door.settled()
                async with asyncio.TaskGroup() as group:
                    group.create_task(door(Batch.of([]), b"no rows yet"))
                    group.create_task(door(rows(run)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await door(rows(4))
    assert stored(tmp_path / "journal.db") == [1.0, 2.0, 3.0]


async def test_deliveries_that_wait_end_with_their_collectors(tmp_path: Path) -> None:
    """Shutdown is cancellation: nobody is acknowledged, no task and no thread is left."""
    path = tmp_path / "journal.db"
    async with running(path, every_ms=60_000) as intake:
        door = intake.door("plc1")
        await door(rows(1))
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(door(rows(n))) for n in (2, 3)]
            await asyncio.sleep(0.01)
            for task in waiting:
                task.cancel()
        assert all(task.cancelled() for task in waiting)
    assert stored(path) == [1.0]


async def test_an_intake_that_never_ran_can_be_closed(tmp_path: Path) -> None:
    """Where the rest of the service could not be opened; closing twice does no harm."""
    intake = Intake(lambda: opener(tmp_path / "journal.db"), SYSTEM, Status(), 1000)
    assert await intake.open({"s/l/a/x": ("gauge", "1", "plc1")}) == {"s/l/a/x": 1}
    intake.close()
    intake.close()


async def test_a_source_runs_when_it_is_heard(tmp_path: Path) -> None:
    """A proof of life is enough; a finding or a refusal is none."""
    async with running(tmp_path / "journal.db") as intake:
        door = intake.door("plc1")
        intake.status.set("plc1", State.WAITING, "gone")
        door.finding("absent node/x", "load it")
        assert intake.status.of("plc1").state is State.WAITING
        door.alive(1)
        assert intake.status.of("plc1").state is State.RUNNING


class Watched(Intake):
    """An intake at which somebody looks after each step of a commit, or in the middle of a look."""

    def watch(self, *, moving: bool) -> None:
        """Begin to look; `moving`: parcels leave their room while we look there."""
        object.__setattr__(self, "looks", list[int]())
        object.__setattr__(self, "moving", moving)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in {"_parcels", "_committing"} and "looks" in self.__dict__:
            self.looks.append(len(self.uncommitted_life("plc1")))

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - any attribute
        found = super().__getattribute__(name)
        if name in {"_parcels", "_committing"} and self.__dict__.get("moving"):
            room = self.__dict__
            room["moving"], room["_committing"], room["_parcels"] = False, room["_parcels"], {}
        return found


async def test_life_is_in_one_room_or_the_other(tmp_path: Path) -> None:
    """Another thread sees it at every moment, until the commit that holds it has ended."""
    intake = Watched(lambda: opener(tmp_path / "journal.db"), SYSTEM, Status(), 10)
    await intake.open({})
    intake.door("plc1").alive(SECOND_NS)
    intake.watch(moving=True)
    assert set(intake.uncommitted_life("plc1")) == {(SECOND_NS, SECOND_NS)}

    intake._committing = {}
    intake.door("plc1").alive(SECOND_NS)
    intake.watch(moving=False)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(intake.run())
        await intake.door("plc1").settled()
        task.cancel()
    *during, after = intake.looks
    assert len(during) == 2
    assert all(during)
    assert after == 0


STEP = st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.booleans())


@given(st.lists(STEP, max_size=15))
@settings(max_examples=15)
def test_accounts_are_exact_at_every_instant(steps: list[tuple[str, int, bool]]) -> None:
    """Whatever is delivered, refused, repeated or nobody's, waited for or not."""

    async def scene(path: Path) -> None:
        async with running(path, every_ms=1) as intake, asyncio.TaskGroup() as group:
            doors = {name: intake.door(name) for name in "ab"}
            for at, (name, kind, waits) in enumerate(steps):
                if kind == 0:
                    doors[name].refuse("not JSON", b"{", at)
                    continue
                signal = 0 if kind == 1 else ord(name) - 96  # nobody's, or its own
                number = 0 if kind == 2 else 1000 + at  # a repeat, or new
                task = group.create_task(doors[name](rows(number, signal=signal)))
                if waits:
                    await task
                await asyncio.sleep(0)
                assert all(counts.balanced for counts in intake.accounting().values())
        for source, counts in intake.accounting().items():
            assert counts.balanced
            assert counts.received == sum(name == source for name, _, _ in steps)

    with TemporaryDirectory() as folder:
        asyncio.run(scene(Path(folder) / "journal.db"))


# ── after a loss ──────────────────────────────────────────────────────────────────────────────────


async def test_a_gap_of_a_damaged_journal_goes_on_until_the_source_is_heard(tmp_path: Path) -> None:
    """Once, and for sources alone that begin anew: one with its key goes on where it stood."""
    path = tmp_path / "journal.db"
    with opener(path) as (stores, _), stores.journal.transaction():
        for source in ("plc1", "plc2", "heard"):
            stores.ledger.gap(source, "journal damaged: blocks 1 to 9", 10, 20)
        stores.ledger.set_key("plc2", b"kept")
        stores.ledger.alive("heard", 15, 25)
        stores.ledger.gap("plc3", "the server's queue overflowed", 10, 20)
    for n in range(2):
        async with running(path) as intake:
            for source in ("plc1", "plc2", "plc3", "heard"):
                await intake.door(source)(rows(30 + n), b"key")
    with opener(path) as (stores, _):
        later = [gap for gap in stores.ledger.gaps(0, FOREVER_NS) if gap.from_ns == 20]

    assert [(gap.source, gap.reason) for gap in later] == [
        ("plc1", "journal damaged: blocks 1 to 9")
    ]
    assert later[0].to_ns > 20
