"""What goes on beside collecting, look by look."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from edge.model import Batch
from edge.sealing import ENOUGH_ROWS
from edge.service.keeping import due, keep_light
from edge.stores import Stores
from tests.unit.edge.fake_clock import FakeClock
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
    assert due(clock, stores) == last
    clock.is_trusted = False
    assert due(clock, stores) is None
    with stores.journal.transaction():
        last = stores.journal.append(Batch.of([row(1, 1, n) for n in range(ENOUGH_ROWS)]))
    assert due(clock, stores) == last
