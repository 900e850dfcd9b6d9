"""What goes on beside collecting, look by look."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from edge import sealing
from edge.history import History
from edge.model import SECOND_NS, Batch, Row
from edge.sealing import ENOUGH_ROWS
from edge.service import keeping
from edge.service.desk import Desk
from edge.service.keeping import FURTHER, Turns, keep_light, keep_sealed
from edge.status import Status
from edge.stores import Stores
from tests.unit.edge.fake_clock import FakeClock, ToldClock
from tests.unit.edge.test_archive import HOUR_NS, START_NS, row, sealed
from tests.unit.edge.test_archive import stores as stores  # noqa: PLC0414 - a fixture


@dataclass
class Looked(FakeClock):
    """A clock that tells before which look it is, and ends after the last."""

    before: Callable[[int], None] = print
    looks: int = 6

    async def sleep(self, seconds: float) -> None:
        """Let something happen, then move time on."""
        if len(self.slept_s) == self.looks:
            raise StopAsyncIteration
        self.before(len(self.slept_s))
        await super().sleep(seconds)


async def test_a_database_is_closed_once_nobody_asked_it_between_two_looks(stores: Stores) -> None:
    """Whether it is the same that was opened at first: a mark made in it is still there, or not."""
    (part,) = sealed(stores, [row(1, 0, 1)])
    marked = list[bool]()

    def asked(at: int) -> None:
        """Ask before some of the looks, and see what became of the database since."""
        if at in {0, 1, 4}:
            stores.archive.vault.fetch([part.path], None)
            tables = stores.archive.vault.cursor().execute("show tables").fetchall()
            marked.append(("mark",) in tables)
            stores.archive.vault.cursor().execute("create table if not exists mark as select 1")

    with Stores.open(stores.data, readonly=True) as idle, pytest.raises(StopAsyncIteration):
        await keep_light([idle.archive, stores.archive], Looked(before=asked))
    assert marked == [False, True, False]


def test_no_hour_is_full_while_the_clock_is_not_believed(stores: Stores) -> None:
    """One that runs ahead would seal what is still coming; so many rows are sealed all the same."""
    with stores.journal.transaction():
        last = stores.journal.append(Batch.of([row(1, 0, 1)]))
    clock = FakeClock(now_ns=0, wall_at_ns=START_NS + 2 * HOUR_NS)
    assert sealing.due(stores, Turns().at_ns(clock)) == last
    clock.is_trusted = False
    assert sealing.due(stores, Turns().at_ns(clock)) is None
    with stores.journal.transaction():
        last = stores.journal.append(Batch.of([row(1, 1, n) for n in range(ENOUGH_ROWS)]))
    assert sealing.due(stores, Turns().at_ns(clock)) == last


@dataclass
class Hours(ToldClock):
    """Before every look but the first two rows come: one on time, one that is two hours late."""

    until_ns: int = 0
    stores: Stores | None = None
    sent: int = 0

    async def sleep(self, seconds: float) -> None:
        """The next look."""
        await super().sleep(seconds)
        if self.now_ns >= self.until_ns or self.stores is None:
            raise StopAsyncIteration
        self.sent += 1
        times = (self.now_ns, self.now_ns - 2 * HOUR_NS)
        rows = [Row(1, at_ns, self.now_ns, float(self.sent), 0) for at_ns in times]
        with self.stores.journal.transaction():
            self.stores.journal.append(Batch.of(rows))


async def test_a_clock_that_is_hours_behind_does_not_fill_the_archive_with_parts(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late rows are due at every look; each seal is two files for ever, and all lists hold them."""
    monkeypatch.setattr(keeping, "SEAL_LOOK_S", 120.0)
    clock = Hours(START_NS + 3 * HOUR_NS, START_NS + 7 * HOUR_NS, stores)
    desk = Desk(lambda: Stores.open(stores.data), "sealer")
    try:
        with pytest.raises(StopAsyncIteration):
            await keep_sealed(desk, Status(), clock)
    finally:
        desk.close()
    assert clock.sent == 4 * 30 - 1
    assert 4 <= stores.archive.manifest.state().changes <= 4 + 1 + FURTHER
    path = stores.catalog.paths()[1]
    found = History(stores).samples([path], 0, clock.now_ns + 1)[path]
    assert sorted(found.value.tolist()) == sorted([n + 1.0 for n in range(clock.sent)] * 2)


def test_each_hour_has_its_turn_and_each_day_a_few_more() -> None:
    """Whatever came late the day before."""
    clock, turns = ToldClock(START_NS + 10 * 60 * SECOND_NS), Turns()
    for after_ns, seals in ((0, FURTHER + 1), (HOUR_NS, 1), (24 * HOUR_NS, FURTHER + 1)):
        clock.now_ns += after_ns
        for _ in range(seals):
            assert turns.at_ns(clock) == clock.now_ns
            turns.took(clock.now_ns)
        assert turns.at_ns(clock) == 0
