"""A reader finds every stored sample exactly once, at every moment, wherever it lies."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import sealing, tail
from edge.archive.columns import Columns
from edge.archive.store import Archive, Held
from edge.archive.vault import Found
from edge.history import History
from edge.model import Batch, Row, Samples
from edge.stores import Stores

HOUR_NS = 3_600_000_000_000
START_NS = 490_000 * HOUR_NS
CAME_NS = START_NS + 4 * HOUR_NS
PATHS = {"s/l/b/state": "state", "s/l/a/good": "counter", "s/l/b/product": "text"}
VALUE = st.sampled_from([0.0, -0.0, 1.5, float("inf"), float("nan")]) | st.floats(allow_nan=False)
ROW = st.tuples(st.integers(1, 3), st.integers(0, 15), VALUE, st.integers(0, 2**32 - 1))
STEP = st.one_of(
    st.lists(ROW, max_size=8),  # deliver
    st.lists(ROW, max_size=8),
    st.tuples(st.just("seal"), st.integers(0, 20)),
    st.sampled_from(["look", "restart"]),
)

Line = tuple[int, bytes, int]  # source_ns, value as kept, status


def opened(folder: Path) -> Stores:
    """Stores with the three signals, ids in the order above."""
    stores = Stores.open(folder)
    with stores.journal.transaction():
        stores.catalog.ids({path: (kind, "1", "plc") for path, kind in PATHS.items()})
    return stores


def batch_of(rows: list[tuple[int, int, float, int]]) -> Batch:
    """Rows at quarter hours, some of them late, some at the same time."""
    return Batch.of(
        [
            Row(signal, START_NS + quarter * HOUR_NS // 4, CAME_NS, value, status)
            for signal, quarter, value, status in rows
        ]
    )


def lines(samples: Samples) -> list[Line]:
    """What a reader was given; every NaN is the same unknown."""
    values = np.where(np.isnan(samples.value), np.nan, samples.value)
    kept = [value.tobytes() for value in values]
    return list(zip(samples.source_ns.tolist(), kept, samples.status.tolist(), strict=True))


class Oracle:
    """Plain lists: what was delivered, in order."""

    def __init__(self) -> None:
        self.rows = list[tuple[int, Row]]()
        self.blocks = 0

    def deliver(self, batch: Batch) -> None:
        self.blocks += 1
        columns = batch.signal, batch.source_ns, batch.received_ns, batch.value, batch.status
        rows = [Row(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        self.rows += [(self.blocks, row) for row in rows]

    def samples(self, signal: int, from_ns: int, to_ns: int) -> list[Line]:
        found = [
            (row.source_ns, np.float64(row.value).tobytes(), row.status)
            for _, row in self.rows
            if row.signal == signal and from_ns <= row.source_ns < to_ns
        ]
        return sorted(found, key=lambda line: line[0])  # stable: equal times as delivered

    def check(self, history: History, low: int = 0, high: int = 16) -> None:
        """Hold everything a reader can ask against the lists."""
        span = START_NS + low * HOUR_NS // 4, START_NS + high * HOUR_NS // 4
        found = history.samples([*PATHS, "no/such/signal"], *span)
        before = history.before([*PATHS, "no/such/signal"], span[1])
        for signal, path in enumerate(PATHS, 1):
            assert lines(found[path]) == self.samples(signal, *span)
            assert lines(before[path]) == self.samples(signal, 0, span[1])[-1:]
        assert not len(found["no/such/signal"].value)
        newest = history.newest()
        expected = [self.samples(signal, 0, 2**62)[-1:] for signal in (1, 2, 3)]
        assert newest.source_ns.tolist() == [last[0][0] for last in expected if last]
        self.check_blocks(history)

    def check_blocks(self, history: History) -> None:
        """Every block once and in order, whether the journal still has it or not."""
        after, seen = 0, list[tuple[int, tuple[int, int, int]]]()
        while found := history.blocks(after, limit=3):
            assert [seq for seq, _ in found] == list(range(after + 1, after + 1 + len(found)))
            for after, batch in found:
                columns = batch.signal.tolist(), batch.source_ns.tolist(), batch.status.tolist()
                seen += [(after, row) for row in zip(*columns, strict=True)]
        assert after == self.blocks
        rows = [(seq, (row.signal, row.source_ns, row.status)) for seq, row in self.rows]
        assert seen == sorted(rows, key=lambda one: (one[0], one[1][:2]))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(STEP, max_size=14),
    st.tuples(st.integers(0, 16), st.integers(0, 16)),
    st.sampled_from([0, 3, tail.OPEN_ROWS]),
)
def test_each_sample_is_read_once(
    steps: list[list[tuple[int, int, float, int]] | tuple[str, int] | str],
    span: tuple[int, int],
    room: int,
) -> None:
    """Deliver, seal, trim and restart in any order; rows that wait may lie packed in memory."""
    with TemporaryDirectory() as folder, opened(Path(folder)) as reading, packing(room):
        oracle, stores, history = Oracle(), opened(Path(folder)), History(reading)
        for step in steps:
            match step:
                case list(rows):
                    oracle.deliver(batch_of(rows))
                    with stores.journal.transaction():
                        stores.journal.append(batch_of(rows))
                case ("seal", upto):
                    sealing.seal(stores, min(int(upto), stores.journal.newest()))
                case "look":
                    oracle.check(history, *span)
                case _:
                    stores.close()
                    stores = opened(Path(folder))
                    sealing.tidy(stores)
        oracle.check(history, *span)
        oracle.check(History(stores))
        stores.close()


@contextmanager
def packing(room: int) -> Iterator[None]:
    """Keep so many rows unpacked, and put a few together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tail, "OPEN_ROWS", room)
        patch.setattr(tail, "JOINED_ROWS", 4 if room < tail.JOINED_ROWS else tail.JOINED_ROWS)
        yield


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """Stores with 40 blocks over four hours."""
    with opened(tmp_path) as made:
        for nth in range(40):
            with made.journal.transaction():
                made.journal.append(batch_of([(nth % 3 + 1, nth % 16, nth, 0)]))
        yield made


def test_a_reader_in_the_middle_of_a_seal_sees_nothing_twice(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every step: staged, linked, recorded, half trimmed."""
    oracle, points = Oracle(), list[str]()
    for nth in range(40):
        oracle.deliver(batch_of([(nth % 3 + 1, nth % 16, nth, 0)]))
    with Stores.open(tmp_path, readonly=True) as reading:
        history = History(reading)

        def look(point: str) -> None:
            points.append(point)
            if point in {"seal.1", "seal.5", "seal.6", "seal.7", "trim.1"}:  # others: other threads
                oracle.check(history)

        monkeypatch.setattr(sealing, "crash_point", look)
        monkeypatch.setattr(sealing, "TRIM_BLOCKS", 7)
        sealing.seal(stores, 30)
        sealing.seal(stores)
    assert set(points) == {*(f"seal.{n}" for n in range(1, 8)), "trim.1"}
    assert stores.journal.oldest() == stores.journal.newest() == 40


def test_a_damaged_part_is_named_and_the_rest_is_read(stores: Stores, tmp_path: Path) -> None:
    """One flipped bit, one missing file: two hours are gaps, two are read."""
    sealing.seal(stores)
    one, two, *_ = sorted((tmp_path / "archive").glob("2*/*.parquet"))
    raw = bytearray(one.read_bytes())
    raw[len(raw) // 2] ^= 1
    one.write_bytes(raw)
    two.unlink()
    with Stores.open(tmp_path) as reading:
        history = History(reading)
        found = history.samples(list(PATHS), 0, 2**62)
        hours = {at // HOUR_NS for one in found.values() for at in one.source_ns.tolist()}
        assert hours == {START_NS // HOUR_NS + 2, START_NS // HOUR_NS + 3}
        said = [history.damaged[f"{file.parent.name}/{file.name}"] for file in (one, two)]
        assert said[0].startswith("SHA-256 is")
        assert said[1] == "cannot be read: No such file or directory"


def test_a_part_that_changes_while_we_run_is_noticed(stores: Stores, tmp_path: Path) -> None:
    """Hashed at its first use, found again when it can no longer be read."""
    sealing.seal(stores)
    history = History(stores)
    whole = history.samples(list(PATHS), 0, 2**62)
    file = min((tmp_path / "archive").glob("2*/*.parquet"))
    file.write_bytes(file.read_bytes()[:100])
    found = history.samples(list(PATHS), 0, 2**62)
    assert [len(one.value) for one in found.values()] < [len(one.value) for one in whole.values()]
    assert list(history.damaged) == [f"{file.parent.name}/{file.name}"]


@pytest.mark.parametrize("question", ["samples", "before", "blocks", "rows"])
def test_a_part_replaced_while_we_read_is_read_where_it_went(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    """Its file goes after the list was taken: with the new list the answer is the same."""
    sealing.seal(stores)
    history = History(stores)

    def ask() -> object:
        match question:
            case "samples":
                return {
                    path: lines(one) for path, one in history.samples(list(PATHS), 0, 2**62).items()
                }
            case "before":
                return {
                    path: lines(one) for path, one in history.before(list(PATHS), 2**62).items()
                }
            case "blocks":
                return [(seq, batch.source_ns.tolist()) for seq, batch in history.blocks(0)]
            case _:
                return [sheet.rows.block.tolist() for sheet in history.rows(None, 0, 2**62)]

    expected = ask()
    original, archive = Archive._found, tmp_path / "archive"

    def found(self: Archive, *question: Any) -> tuple[list[Held], Found]:  # noqa: ANN401 - handed on as it is
        monkeypatch.setattr(Archive, "_found", original)
        with Stores.open(tmp_path) as other, other.journal.transaction():
            old = other.archive.manifest.live()[-1]
            (archive / "day").mkdir()
            (archive / old.path).rename(archive / "day/1.parquet")
            other.archive.manifest.end([old.path], "merged", 1)
            other.archive.manifest.record([replace(old, path="day/1.parquet")], 40)
        self._sound.clear()
        return original(self, *question)

    monkeypatch.setattr(Archive, "_found", found)
    assert ask() == expected
    assert not history.damaged
    assert (archive / "day").exists()


def test_an_export_has_every_row_by_path_and_time(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From archive and journal alike, texts beside their symbols, cut into tables by signal."""
    monkeypatch.setattr("edge.history.TABLE_ROWS", 1)
    symbol = stores.catalog.symbol("KF94-대형")
    with stores.journal.transaction():
        stores.catalog.write()
        stores.journal.append(batch_of([(3, 2, symbol, 0)]))
    sealing.seal(stores, 20)
    tables = list(History(stores).rows(None, START_NS, START_NS + 2 * HOUR_NS))
    rows = [
        (path, int(at_ns), int(block))
        for table in tables
        for path, at_ns, block in zip(
            np.repeat(table.paths, table.counts),
            table.rows.batch.source_ns,
            table.rows.block,
            strict=True,
        )
    ]
    signals = list(PATHS)
    expected = [
        (signals[nth % 3], START_NS + nth % 16 * HOUR_NS // 4, nth + 1)
        for nth in range(40)
        if nth % 16 < 8
    ]
    expected.append(("s/l/b/product", START_NS + HOUR_NS // 2, 41))
    assert rows == sorted(expected)
    texts = [table.texts[code - 1] for table in tables for code in table.text.tolist() if code]
    assert texts == ["KF94-대형"]


def test_the_tail_is_unpacked_once_and_kept_small(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked every two seconds, a reader unpacks only what is new; and forgets what is too much."""
    unpacked = list[int]()
    original = stores.journal.bodies

    def bodies(after: int, limit: int = 64) -> list[tuple[int, bytes]]:
        unpacked.extend(range(after + 1, after + 1 + limit))
        return original(after, limit)

    monkeypatch.setattr(stores.journal, "bodies", bodies)
    history = History(stores)
    for _ in range(3):
        history.samples(list(PATHS), 0, 2**62)
    assert sorted(unpacked) == list(range(1, 41))
    monkeypatch.setattr("edge.tail.MOST_ROWS", 10)
    found = history.samples(list(PATHS), 0, 2**62)
    assert sum(len(one.value) for one in found.values()) == 40
    assert sum(run.size for run in history._tail._runs if run.rows) <= 10


def test_older_rows_that_wait_are_packed(stores: Stores) -> None:
    """Asked again they are unpacked, not read again; a boundary in the middle of them holds."""
    with packing(8):
        history, whole = History(stores), History(stores).samples(list(PATHS), 0, 2**62)
        history.samples(list(PATHS), 0, 2**62)
        unpacked = [run.size for run in history._tail._runs if isinstance(run.rows, Columns)]
        assert sum(unpacked) <= 8 + tail.JOINED_ROWS
        for upto in (1, 2, 5, 9):
            sealing.seal(stores, upto)
            again = history.samples(list(PATHS), 0, 2**62)
            assert {p: lines(one) for p, one in again.items()} == {
                p: lines(one) for p, one in whole.items()
            }


def test_life_is_read_from_the_ledger(stores: Stores) -> None:
    """Spans become instants at most 5 s apart."""
    with stores.journal.transaction():
        stores.ledger.alive("plc", 0, 7 * 10**9)
    found = History(stores).life("plc", 10**9, 2**62)
    assert found.tolist() == [5 * 10**9, 7 * 10**9]


READERS, SEALS = 3, 20


def test_three_readers_find_every_row_once_while_it_seals(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In threads of their own, over and over, while blocks become parts and leave the journal."""
    monkeypatch.setattr(sealing, "TRIM_BLOCKS", 1)
    ended, wanted = Event(), sorted(float(nth) for nth in range(40))

    def look() -> int:
        with Stores.open(tmp_path, readonly=True) as own:
            history, times = History(own), 0
            while not ended.is_set() or times == 0:
                found = history.samples(list(PATHS), 0, 2**62)
                values = [value for one in found.values() for value in one.value.tolist()]
                assert sorted(values) == wanted, f"at the {times}th look"
                times += 1
        return times

    with ThreadPoolExecutor(READERS) as pool:
        looking = [pool.submit(look) for _ in range(READERS)]
        try:
            for upto in range(2, 2 * SEALS + 1, 2):
                sealing.seal(stores, upto)
        finally:
            ended.set()
        assert all(one.result() for one in looking)
    assert stores.journal.oldest() == 2 * SEALS
