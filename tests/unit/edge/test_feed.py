"""A sink gets every committed block once, and what its server refuses is listed exactly once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import sealing
from edge.model import Batch, Row
from edge.service.desk import Desk
from edge.service.feed import MOST_ANSWERS, OTHERS, Shelf, SinkCursor, SinkFeed
from edge.site import Kind, Signal
from edge.status import State, Status
from edge.stores import Stores
from tests.unit.edge.fake_clock import FakeClock

PATHS = ("s/l/a/good", "s/l/a/state", "s/l/b/product", "s/l/b/lot")
SIGNALS = {path: Signal(path, path.rpartition("/")[2], Kind.GAUGE, "1", "plc1") for path in PATHS}


def rows(*numbers: int, signal: int = 1) -> Batch:
    """One row of a signal for each number."""
    return Batch.of([Row(signal, n, 100 + n, float(n), 0) for n in numbers])


class Bench:
    """Stores with blocks, and a sink's two ways to them."""

    def __init__(self, folder: Path) -> None:
        self.stores = Stores.open(folder)
        with self.stores.journal.transaction():
            facts = ("gauge", "1", "plc1")
            self.stores.catalog.ids(dict.fromkeys(PATHS, facts))
        self.clock, self.status = FakeClock(), Status()
        self.desk = Desk(lambda: shelf(folder), "sink-influx")
        self.cursor = SinkCursor(self.desk, "influx", self.status, self.clock)
        self.feed = SinkFeed(self.desk, SIGNALS, self.cursor, self.clock)

    def deliver(self, *batches: Batch) -> None:
        """Commit each as a block."""
        for batch in batches:
            with self.stores.journal.transaction():
                self.stores.journal.append(batch)

    def listed(self) -> list[tuple[str, int]]:
        """What is in quarantine, oldest first: answer and number of rows."""
        return [(one.reason, one.rows) for one in reversed(self.stores.ledger.quarantined())]


@contextmanager
def shelf(folder: Path) -> Iterator[Shelf]:
    """As the root opens it."""
    with Stores.open(folder) as stores:
        yield Shelf(stores)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """A bench that is put away at the end."""
    found = Bench(folder)
    try:
        await found.cursor.begin()
        yield found
    finally:
        found.desk.close()
        found.stores.close()


async def test_blocks_come_in_order_from_journal_and_archive(tmp_path: Path) -> None:
    """The same whether they were sealed and trimmed meanwhile or not."""
    async with bench(tmp_path) as at:
        at.deliver(rows(1, 2), rows(3), rows(4))
        sealing.seal(at.stores, 2)
        found, after = list[tuple[int, list[float]]](), 0
        while after < 3:
            blocks = await at.feed.take(after)
            found += [(number, batch.value.tolist()) for number, batch in blocks]
            after = blocks[-1][0]
        assert found == [(1, [1.0, 2.0]), (2, [3.0]), (3, [4.0])]


async def test_fresh_are_the_newest_blocks_of_sources(tmp_path: Path) -> None:
    """So many rows or one block, oldest first; not what was seen, imported or sealed."""

    def numbers(blocks: list[tuple[int, Batch]]) -> list[int]:
        return [number for number, _ in blocks]

    async with bench(tmp_path) as at:
        assert await at.feed.fresh(0, 5) == []
        at.deliver(rows(1, 2), rows(4, 3), rows(5, 6))
        with at.stores.journal.transaction():
            at.stores.journal.append(rows(*range(50)), history=True)
        at.deliver(rows(7, 8, signal=3))
        assert numbers(await at.feed.fresh(0, 1)) == [5]
        assert numbers(await at.feed.fresh(0, 5)) == [3, 5]
        assert numbers(await at.feed.fresh(0, 99)) == [1, 2, 3, 5]
        assert numbers(await at.feed.fresh(3, 99)) == [5]
        assert await at.feed.fresh(5, 99) == []
        ((_, batch),) = (await at.feed.fresh(1, 99))[:1]
        assert batch.value.tolist() == [3.0, 4.0]  # as they come in their turn
        assert at.feed.signal(3) is SIGNALS["s/l/b/product"]
        sealing.seal(at.stores)
        assert await at.feed.fresh(0, 99) == []


async def test_names_and_texts_are_those_of_the_blocks(tmp_path: Path) -> None:
    """A signal that the configuration no longer knows is none; a word is found by its symbol."""
    async with bench(tmp_path) as at:
        with at.stores.journal.transaction():
            word = at.stores.catalog.symbol("KF94-L")
            at.stores.catalog.write()
            old = at.stores.catalog.ids({"s/l/gone/x": ("gauge", "1", "plc1")})["s/l/gone/x"]
        at.deliver(rows(word, signal=3))
        await at.feed.take(0)
        assert at.feed.signal(3) is SIGNALS["s/l/b/product"]
        assert at.feed.signal(old) is None
        assert at.feed.symbol(word) == "KF94-L"
        assert at.feed.symbol(12345) == ""


async def test_who_has_nothing_left_to_do_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks again every half second; what it waited for before is over."""
    async with bench(tmp_path) as at:
        at.status.set("influx", State.WAITING, "connection refused")
        slept = at.clock.sleep

        async def sleep(seconds: float) -> None:
            assert at.status.of("influx").state is State.RUNNING
            at.deliver(rows(7))
            await slept(seconds)

        monkeypatch.setattr(at.clock, "sleep", sleep)
        found = await at.feed.take(0)
        assert [(number, len(batch)) for number, batch in found] == [(1, 1)]
        assert at.clock.slept_s == [0.5]


async def test_a_taken_block_alone_is_no_proof(tmp_path: Path) -> None:
    """Who fails at sending is not said to run because he can read."""
    async with bench(tmp_path) as at:
        at.deliver(rows(1))
        at.status.set("influx", State.WAITING, "connection refused")
        await at.feed.take(0)
        assert at.status.of("influx")[:2] == (State.WAITING, "connection refused")
        await at.cursor.confirm(1, 1)
        assert at.status.of("influx").state is State.RUNNING


async def test_who_waits_for_a_person_says_why(tmp_path: Path) -> None:
    """And goes on by itself."""
    async with bench(tmp_path) as at:
        at.cursor.parked("401: give the token the right to write")
        assert at.status.of("influx")[:2] == (
            State.PARKED,
            "401: give the token the right to write",
        )
        at.cursor.parked("")
        assert at.status.of("influx")[:2] == (State.RUNNING, "")


async def test_refused_rows_are_listed_with_their_signals(tmp_path: Path) -> None:
    """One entry an answer, with the first signals by name; the rows themselves stay stored."""
    async with bench(tmp_path) as at:
        await at.cursor.refuse(rows(1, 2), "422: field type conflict")
        await at.cursor.refuse(rows(), "nothing")
        for signal in (2, 3, 4):
            await at.cursor.refuse(rows(3, signal=signal), "422: field type conflict")
        await at.cursor.refuse(rows(9, signal=77), "400: partial write")
        assert at.listed() == []
        await at.cursor.confirm(5, 10)
        entries = list(reversed(at.stores.ledger.quarantined()))
        assert [(e.source, e.reason, e.rows, e.received_ns) for e in entries] == [
            ("influx", "422: field type conflict", 5, 101),
            ("influx", "400: partial write", 1, 109),
        ]
        assert entries[0].excerpt == b"5 rows of s/l/a/good, s/l/a/state, s/l/b/product"
        assert entries[1].excerpt == b"1 rows of ?"


async def test_answers_without_end_are_bounded(tmp_path: Path) -> None:
    """A server that answers each row differently does not fill our memory."""
    async with bench(tmp_path) as at:
        for n in range(MOST_ANSWERS + 50):
            await at.cursor.refuse(rows(n), f"row {n} is bad")
        await at.cursor.confirm(1, 0)
        listed = at.stores.ledger.quarantined(limit=1000)
        assert len(listed) == MOST_ANSWERS + 1
        assert sum(entry.rows for entry in listed) == MOST_ANSWERS + 50
        assert listed[0].reason == OTHERS


STEP = st.one_of(
    st.tuples(st.just("refuse"), st.integers(1, 3)),
    st.tuples(st.just("confirm"), st.integers(0, 9)),
    st.sampled_from([("fail", 0), ("restart", 0)]),
)


@settings(max_examples=12)
@given(st.lists(STEP, max_size=10))
def test_whatever_fails_when_nothing_is_listed_twice(steps: list[tuple[str, int]]) -> None:
    """What a run refused before it failed comes again; it is listed with the confirmation."""

    async def scene(folder: Path) -> None:
        at = Bench(folder)
        await at.cursor.begin()
        listed, flying, block, confirmed = list[tuple[str, int]](), dict[str, int](), 0, 0
        for step, n in steps:
            match step:
                case "refuse":
                    await at.cursor.refuse(rows(*range(n)), f"answer {n}")
                    flying[f"answer {n}"] = flying.get(f"answer {n}", 0) + n
                case "confirm":
                    block, confirmed = block + 1, confirmed + n
                    await at.cursor.confirm(block, n)
                    listed, flying = [*listed, *flying.items()], {}
                case _:
                    if step == "restart":
                        at.desk.close()
                        at.stores.close()
                        at = Bench(folder)
                    await at.cursor.begin()
                    flying = {}
            assert at.listed() == listed
            assert (at.cursor.position, at.cursor.confirmed_rows) == (block, confirmed)
        at.desk.close()
        at.stores.close()

    with TemporaryDirectory() as folder:
        asyncio.run(scene(Path(folder)))
