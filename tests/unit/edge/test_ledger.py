"""The ledger accounts for every row and for every second without one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import ledger
from edge.journal import connect
from edge.ledger import Counts, Gap, Ledger, Position, create, proofs_of, spans_of
from edge.model import SECOND_NS

STEP_NS = 5_000_000_000
INSTANT = st.integers(0, 60).map(lambda s: s * 1_000_000_000)
SPAN = st.tuples(INSTANT, INSTANT).map(sorted)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    database = connect(tmp_path / "journal.db")
    ledger.create(database)
    yield Ledger(database)
    database.close()


def joined(spans: list[list[int]]) -> list[list[int]]:
    """Spans of life as a person would join them: 5 s apart or less is one."""
    found = list[list[int]]()
    for first, last in sorted(spans):
        if found and first - found[-1][1] <= STEP_NS:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return found


@given(st.lists(SPAN, max_size=12), SPAN)
def test_life_is_the_union_of_its_proofs(spans: list[list[int]], asked: list[int]) -> None:
    """In any order, overlapping or not: ends of spans, and in between no more than 5 s apart."""
    with TemporaryDirectory() as folder:
        database = connect(Path(folder, "journal.db"))
        ledger.create(database)
        book = Ledger(database)
        for first, last in spans:
            book.alive("plc", first, last)
        book.alive("other", 0, 10**12)
        expected = {
            at for first, last in joined(spans) for at in [*range(first, last, STEP_NS), last]
        }
        assert book.life("plc", 0, 10**12).tolist() == sorted(expected)
        inside = sorted(at for at in expected if asked[0] <= at < asked[1])
        assert book.life("plc", *asked).tolist() == inside
        rows = database.execute("select from_ns, to_ns from life where source = 'plc'").fetchall()
        assert [list(row) for row in rows] == joined(spans)
        database.close()


def test_counts_add_up_for_each_source(book: Ledger) -> None:
    """Since ever, and not only since the start."""
    book.count("plc", 10, 2, 1)
    book.count("broker", 1, 0, 0)
    book.count("plc", 5, 0, 4)
    assert book.counts() == {"plc": Counts(15, 2, 5), "broker": Counts(1, 0, 0)}


def test_gaps_are_found_by_the_time_they_touch(book: Ledger) -> None:
    """Half-open: what ends where the question begins is not in it."""
    book.gap("plc", "queue overflow", 10, 20)
    book.gap("broker", "session expired", 5, 15)
    assert book.gaps(15, 16) == [Gap("plc", "queue overflow", 10, 20)]
    assert book.gaps(14, 15) == [Gap("broker", "session expired", 5, 15), book.gaps(15, 16)[0]]
    assert book.gaps(20, 99) == book.gaps(0, 5) == []
    assert book.gaps(0, 99, "broker") == [Gap("broker", "session expired", 5, 15)]


def test_quarantine_lists_the_newest_first_and_cuts_what_came(book: Ledger) -> None:
    """A KiB is enough to see what it was; a hostile message does not fill the card."""
    book.quarantine("broker", "no JSON", b"x" * 5000, 7)
    book.quarantine("plc", "nobody's", b"", 8, signal=0, rows=3)
    newest = 2, "plc", "nobody's", b"", 8, 0, 3
    oldest = 1, "broker", "no JSON", b"x" * 1024, 7, None, 1
    assert book.quarantined() == [newest, oldest]
    assert book.quarantined(before=2) == book.quarantined()[1:]


def test_keys_and_cursors_keep_their_last_word(book: Ledger) -> None:
    """What a source repeats and how far a sink came is known after a restart."""
    assert (book.key("plc"), book.cursor("influx")) == (b"", Position(0, 0))
    for key, block in ((b"7:1", 3), (b"7:2", 9)):
        book.set_key("plc", key)
        book.move("influx", block, 100)
    assert (book.key("plc"), book.keys()) == (b"7:2", {"plc": b"7:2"})
    assert book.cursor("influx") == Position(9, 200)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=5),
    st.integers(-5, 90),
    st.integers(-5, 90),
)
def test_life_is_told_the_same_whatever_part_of_it_is_asked_for(
    spans: list[tuple[int, int]], from_s: int, to_s: int
) -> None:
    """A question is a window on all instants, and spans are found again from their instants."""
    db = sqlite3.connect(":memory:")
    create(db)
    book = Ledger(db)
    for first, length in spans:
        book.alive("plc", first * SECOND_NS, (first + length) * SECOND_NS)
    whole = book.life("plc", -(10**12), 10**12)
    asked = book.life("plc", from_s * SECOND_NS, to_s * SECOND_NS)
    kept = db.execute("select from_ns, to_ns from life order by from_ns").fetchall()
    db.close()

    inside = [t for t in whole.tolist() if from_s * SECOND_NS <= t < to_s * SECOND_NS]
    assert asked.tolist() == inside
    assert list(zip(*(one.tolist() for one in spans_of(whole)), strict=True)) == kept
    assert proofs_of(*spans_of(asked)).tolist() == inside
