"""Rows that came before the clock was set are dated once it is, and never by a wrong time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.intake.commit import Intake
from edge.intake.dating import Dating, Moves, dated, undated
from edge.intake.holding import Holding
from edge.intake.lateness import Judge
from edge.intake.parcels import Counts
from edge.intake.writing import IntakeStores
from edge.journal import connect
from edge.ledger import Gap
from edge.model import (
    SECOND_NS,
    STATUS_BAD,
    STATUS_GOOD,
    STATUS_UNCERTAIN_CLOCK,
    Batch,
    Row,
)
from edge.packing import pack
from edge.service.absence import name_absence
from edge.status import Status
from edge.stores import Stores

HOUR_NS = 3_600 * SECOND_NS
RIGHT_NS = 1_795_000_000 * SECOND_NS  # when the box began, by the right clock
WRONG_NS = 1_479_000_000 * SECOND_NS  # what its clock said then
EVER = -(1 << 62), 1 << 62


@dataclass
class Clock:
    """A clock that is wrong until it is set."""

    up_ns: int = 100 * SECOND_NS
    offset_ns: int = WRONG_NS
    is_trusted: bool = False

    def wall_ns(self) -> int:
        """What it shows."""
        return self.offset_ns + self.up_ns

    def monotonic_ns(self) -> int:
        """Time since the boot."""
        return self.up_ns

    async def sleep(self, seconds: float) -> None:
        """Wait as the test does."""
        await asyncio.sleep(seconds)

    def trusted(self) -> bool:
        """As the test has it."""
        return self.is_trusted

    def set(self) -> None:
        """Somebody sets it."""
        self.offset_ns, self.is_trusted = RIGHT_NS, True


@asynccontextmanager
async def running(folder: Path, clock: Clock, newest: Batch | None = None) -> AsyncIterator[Intake]:
    """An intake at work, which finds these as the newest rows that are stored."""

    @contextmanager
    def opener() -> Iterator[tuple[IntakeStores, Batch]]:
        with Stores.open(folder) as own:
            yield IntakeStores(own.journal, own.catalog, own.ledger), newest or Batch.of([])

    intake = Intake(opener, clock, Status(), 10)
    await intake.open({})
    async with asyncio.TaskGroup() as group:
        task = group.create_task(intake.run())
        yield intake
        task.cancel()
    intake.close()


def stored(folder: Path) -> list[Row]:
    """The rows of the journal, in their order."""
    with Stores.open(folder, readonly=True) as stores:
        batches = [batch for _, batch in stores.journal.read(0)]
    return [
        Row(*row)
        for batch in batches
        for row in zip(
            batch.signal.tolist(),
            batch.source_ns.tolist(),
            batch.received_ns.tolist(),
            batch.value.tolist(),
            batch.status.tolist(),
            strict=True,
        )
    ]


def gaps(folder: Path) -> list[Gap]:
    """The gaps of the ledger."""
    with Stores.open(folder, readonly=True) as stores:
        return stores.ledger.gaps(*EVER)


def came(clock: Clock, value: float, source_ns: int | None = None, status: int = 0) -> Batch:
    """A row that comes now; without a time of its source it has that of arrival."""
    now_ns = clock.wall_ns()
    return Batch.of([Row(1, now_ns if source_ns is None else source_ns, now_ns, value, status)])


async def test_rows_before_the_clock_is_set_are_dated_by_the_time_since_boot(
    tmp_path: Path,
) -> None:
    """Acknowledged at once, no block until then, then exact; the PLC's own time stays its own."""
    clock = Clock()
    plc_ns = RIGHT_NS + 102 * SECOND_NS - 7
    async with running(tmp_path, clock) as intake:
        door = intake.door("plc1")
        await door(came(clock, 1.0), b"key 1")
        clock.up_ns += 2 * SECOND_NS
        await door(came(clock, 2.0, plc_ns))
        await door(came(clock, 3.0, status=STATUS_BAD))
        assert (stored(tmp_path), door.key) == ([], b"key 1")
        assert intake.accounting()["plc1"] == Counts(stored=3, received=3)
        clock.set()
        clock.up_ns += SECOND_NS
        await door(came(clock, 4.0))
    at_ns = [RIGHT_NS + s * SECOND_NS for s in (100, 102, 103)]
    assert stored(tmp_path) == [
        Row(1, at_ns[0], at_ns[0], 1.0, STATUS_GOOD),
        Row(1, plc_ns, at_ns[1], 2.0, STATUS_GOOD),
        Row(1, at_ns[1], at_ns[1], 3.0, STATUS_BAD),
        Row(1, at_ns[2], at_ns[2], 4.0, STATUS_GOOD),
    ]
    assert gaps(tmp_path) == []


async def test_a_restart_before_the_clock_is_set_forgets_nothing(tmp_path: Path) -> None:
    """The next process of the same boot dates what the first one held, and knows its repeats."""
    clock, plc_ns = Clock(), RIGHT_NS + 90 * SECOND_NS
    async with running(tmp_path, clock) as intake:
        await intake.door("plc1")(came(clock, 1.0, plc_ns), b"key")
        intake.door("plc1").alive(clock.wall_ns())
        await intake.door("plc1").gap("source overflow", RIGHT_NS, clock.wall_ns())
    clock.up_ns += 60 * SECOND_NS
    async with running(tmp_path, clock) as intake:
        door = intake.door("plc1")
        assert door.key == b"key"
        await door(came(clock, 1.0, plc_ns))  # the server sends its present value again
        assert intake.accounting()["plc1"] == Counts(stored=1, filtered=1, received=2)
        clock.set()
        await door(came(clock, 2.0))
    assert [row.value for row in stored(tmp_path)] == [1.0, 2.0]
    assert gaps(tmp_path) == [Gap("plc1", "source overflow", RIGHT_NS, RIGHT_NS + 100 * SECOND_NS)]
    with Stores.open(tmp_path, readonly=True) as stores:
        life = stores.ledger.life("plc1", *EVER).tolist()
    assert life == [RIGHT_NS + 100 * SECOND_NS]


def test_days_of_commits_that_wait_are_read_many_at_a_time(tmp_path: Path) -> None:
    """Three days are 259,200 of them, and nobody collects while a start reads them one by one."""
    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            for n in range(250):
                rows = Batch.of([Row(signal, n, n, 10.0 * n + signal, 0) for signal in (1, 2)])
                stores.ledger.held.put("a boot", 2, pack(rows), {})
            stores.db.execute("update held set body = zeroblob(9) where n = 100")  # damaged
        found = list(Holding(stores.journal, stores.ledger, Judge()).waiting())
    assert len(found) <= 3
    values = [10.0 * n + signal for n in range(250) if n != 99 for signal in (1, 2)]
    assert Batch.concat(found).value.tolist() == values


@pytest.mark.parametrize("ahead_ns", [0, 9_000 * HOUR_NS])
async def test_of_another_boot_no_time_is_invented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead_ns: int
) -> None:
    """Values stay, flagged; what the PLC dated itself stays good; the stretch is a named gap.

    Also where the box once had a clock that ran ahead, and kept what lived then.
    """
    known_ns = RIGHT_NS - HOUR_NS
    with Stores.open(tmp_path) as stores, stores.journal.transaction():
        stores.ledger.alive("plc1", known_ns)
        stores.ledger.alive("plc1", known_ns + ahead_ns)
    clock = Clock()
    good_ns, odd_ns = RIGHT_NS - 60 * SECOND_NS, RIGHT_NS + 9 * HOUR_NS
    async with running(tmp_path, clock) as intake:
        door = intake.door("plc1")
        await door(came(clock, 1.0))
        await door(came(clock, 2.0, good_ns))
        await door(came(clock, 3.0, odd_ns))
    monkeypatch.setattr("edge.intake.dating.boot_id", lambda: "the next one")
    clock.set()
    async with running(tmp_path, clock) as intake:
        await intake.door("plc1")(came(clock, 4.0))
    first, second, third, last = stored(tmp_path)
    assert first.status == third.status == STATUS_UNCERTAIN_CLOCK
    assert known_ns <= first.source_ns <= RIGHT_NS
    assert (second.source_ns, second.status, third.source_ns) == (good_ns, STATUS_GOOD, odd_ns)
    assert (last.source_ns, last.status) == (clock.wall_ns(), STATUS_GOOD)
    (gap,) = gaps(tmp_path)
    assert gap == Gap("plc1", "came before the clock was set", known_ns, clock.wall_ns())


async def test_a_clock_that_is_moved_and_moved_back_dates_nothing_wrongly(tmp_path: Path) -> None:
    """Two hundred days ahead for a while: those rows wait, and get the times they came at."""
    clock = Clock(offset_ns=RIGHT_NS, is_trusted=True)
    async with running(tmp_path, clock) as intake:
        door = intake.door("plc1")
        for n in range(6):
            clock.is_trusted = n not in {2, 3}
            clock.offset_ns = RIGHT_NS + (0 if clock.is_trusted else 4_800 * HOUR_NS)
            await door(came(clock, float(n)))
            clock.up_ns += SECOND_NS
    began_ns = RIGHT_NS + 100 * SECOND_NS
    assert [(row.value, row.source_ns - began_ns) for row in stored(tmp_path)] == [
        (float(n), n * SECOND_NS) for n in range(6)
    ]


async def test_what_waits_is_dated_though_nothing_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All sources may be silent when the clock is set."""
    monkeypatch.setattr("edge.intake.commit.LIFE_ALONE_S", 0.05)
    clock = Clock()
    async with running(tmp_path, clock) as intake:
        await intake.door("plc1")(came(clock, 1.0))
        clock.set()
        async with asyncio.timeout(2):
            while not stored(tmp_path):  # noqa: ASYNC110 - what is polled is a file
                await asyncio.sleep(0.02)


async def test_a_changed_entry_is_a_named_gap_and_stops_nobody(tmp_path: Path) -> None:
    """One flipped bit: those rows are told as lost, what comes is stored."""
    clock = Clock()
    async with running(tmp_path, clock) as intake:
        await intake.door("plc1")(came(clock, 1.0))
    with closing(connect(tmp_path / "journal.db")) as db:
        (body,) = db.execute("select body from held").fetchone()
        db.execute("update held set body = ?", (body[:-1] + bytes([body[-1] ^ 1]),))
    clock.set()
    async with running(tmp_path, clock) as intake:
        await intake.door("plc1")(came(clock, 2.0))
    assert [row.value for row in stored(tmp_path)] == [2.0]
    assert [gap.reason for gap in gaps(tmp_path)] == ["rows that waited for the clock are damaged"]


def absent(folder: Path, dating: Dating) -> None:
    """A start at this moment."""
    with Stores.open(folder) as stores:
        name_absence(stores, dating)


async def test_the_time_away_is_named_once_the_clock_is_set(tmp_path: Path) -> None:
    """From the last life before to the start, by the right clock; never by the wrong one."""
    known_ns, clock = RIGHT_NS - HOUR_NS, Clock()
    with Stores.open(tmp_path) as stores, stores.journal.transaction():
        stores.ledger.alive("plc1", known_ns)
    absent(tmp_path, Dating.of(clock))
    assert gaps(tmp_path) == []
    began_ns = RIGHT_NS + clock.up_ns
    async with running(tmp_path, clock) as intake:
        await intake.door("plc1")(came(clock, 1.0))
        intake.door("plc1").alive(clock.wall_ns())
        await intake.door("plc1")(came(clock, 2.0))
    clock.up_ns += 60 * SECOND_NS
    absent(tmp_path, Dating.of(clock))  # a second start of this boot, a minute after
    again_ns = RIGHT_NS + clock.up_ns
    clock.set()
    async with running(tmp_path, clock) as intake:
        await intake.door("plc1")(came(clock, 3.0))
    assert gaps(tmp_path) == [
        Gap("service", "service was not running", known_ns, began_ns),
        Gap("service", "service was not running", began_ns, again_ns),
    ]


@given(
    st.lists(st.tuples(st.integers(-(10**18), 10**18) | st.just(0), st.integers(0, 10**15))),
    st.integers(0, 2 * 10**18),
    st.integers(-(10**18), 10**18),
    st.booleans(),
)
def test_only_what_our_clock_told_is_dated_anew(
    rows: list[tuple[int, int]],
    offset_ns: int,
    by_ns: int,
    is_trusted: bool,  # noqa: FBT001 - drawn
) -> None:
    """The oracle is Python's integers; what a source told itself stays to the nanosecond."""
    batch = Batch.of(
        [Row(1, offset_ns + up - age, offset_ns + up, 1.0, 0x8031_0480) for age, up in rows]
    )
    doubt = Dating(offset_ns, 0, "one", is_trusted)
    found = dated(undated(batch, doubt), offset_ns + by_ns)
    moved = [by_ns if age == 0 and not is_trusted else 0 for age, _ in rows]
    assert found.received_ns.tolist() == [offset_ns + by_ns + up for _, up in rows]
    assert found.source_ns.tolist() == [
        offset_ns + up - age + by for (age, up), by in zip(rows, moved, strict=True)
    ]
    assert found.status.tolist() == batch.status.tolist()


@pytest.mark.parametrize("by_s", [-30 * 86_400, 10 * 365 * 86_400, 7])
def test_rows_on_their_way_while_the_clock_is_moved_keep_when_they_came(by_s: int) -> None:
    """Read by the clock of before, handed over by that of now: they came a second ago."""
    moves, right_ns = Moves(), 1_795_000_000 * SECOND_NS
    moves.seen(Dating(right_ns + 100 * SECOND_NS, 100 * SECOND_NS, "one", is_trusted=True))
    moved_ns = right_ns + by_s * SECOND_NS
    for offset_ns in (moved_ns, right_ns):  # moved, and set right again
        other_ns = moved_ns + right_ns - offset_ns
        now = Dating(offset_ns + 102 * SECOND_NS, 102 * SECOND_NS, "one", is_trusted=False)
        seen = moves.seen(now)
        times = np.array([other_ns, offset_ns], np.int64) + 101 * SECOND_NS
        columns = np.zeros(2, np.uint32), times, times, np.zeros(2), np.zeros(2, np.uint32)
        kept = undated(Batch(*columns), seen)

        assert kept.received_ns.tolist() == kept.source_ns.tolist() == [101 * SECOND_NS] * 2
