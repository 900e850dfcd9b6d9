"""Rows of the ledger that the disk changed: found, named, and not used."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import rowsums
from edge.errors import JournalDamaged
from edge.mending.examining import examined
from edge.mending.mend import mend, reports
from edge.model import SECOND_NS
from edge.rowsums import ROWS
from edge.service.desk import Desk
from edge.service.keeping import keep_sealed
from edge.status import Status
from edge.stores import Stores
from tests.unit.edge.fake_clock import FakeClock
from tests.unit.edge.mending import wreck

NOW_NS = 1_795_000_000 * SECOND_NS
FLIPS = 60
TABLES = sorted(ROWS)
Cells = dict[str, list[tuple[object, ...]]]
Does = dict[str, Callable[[int], object]]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal whose ledger has rows in every table; the log is in the file."""
    data = tmp_path_factory.mktemp("past") / "data"
    wreck.build(data)
    wreck.fill_ledger(data, NOW_NS)
    return data


def cells(data: Path) -> Cells:
    """All rows of the ledger as SQLite has them, with their types."""
    with closing(sqlite3.connect(data / "journal.db")) as db:
        return {
            name: sorted(db.execute(f"select {rows.columns} from {name}"), key=repr)
            for name, rows in ROWS.items()
        }


def test_no_flipped_bit_of_a_row_stays_unseen(past: Path, tmp_path: Path) -> None:
    """Wherever it is: what is not found wrong reads as it was written."""
    data, chance, seen = wreck.copied(past, tmp_path / "data"), random.Random(7), 0
    file, before = data / "journal.db", cells(past)
    raw = file.read_bytes()
    places = [raw.find(b"gap 1"), raw.find(b"reason 1"), raw.find(b"topic/1")]
    for nth in range(FLIPS):
        near = places[nth % len(places)] // 4096 * 4096
        wreck.flip(file, near * 8 + chance.randrange(4096 * 8))
        if not examined(data):
            assert cells(data) == before
        else:
            seen += 1
        file.write_bytes(raw)
    assert seen > FLIPS // 10


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_row_is_named_and_left_out(past: Path, tmp_path: Path, table: str) -> None:
    """The others are kept as they were; the file that was changed is set aside."""
    data, before = wreck.copied(past, tmp_path / "data"), cells(past)
    column = ROWS[table].columns.split(", ")[-1]
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        changed = "x'ff'" if table == "redelivery" else "7000"
        (key,) = db.execute(f"select {rowsums.joined(ROWS[table].key)} from {table}").fetchone()
        where = f"{rowsums.joined(ROWS[table].key)} = ?"
        db.execute(f"update {table} set {column} = {changed} where {where}", (key,))
    assert examined(data) == [f"{table} {key}: changed since it was written"]
    assert mend(data, NOW_NS, ["plc"])
    (told,) = reports(data).values()
    assert f"{table} {key} was changed and is left out" in told
    after = cells(data)
    if table == "account":
        assert after == before  # counted anew from the rows that are there
    else:
        assert len(after[table]) == len(before[table]) - 1
        assert set(after[table]) < set(before[table])
        assert {name: after[name] for name in after if name != table} == {
            name: before[name] for name in before if name != table
        }
    assert examined(data) == []


CHANGES = [
    ("part 1", "update part set layout = zeroblob(length(layout))"),
    ("part 1", "update part set ended = 'merged', ended_ns = 5"),
    ("vouched signal", "delete from vouched"),
    ("sealed 1", "update sealed set changes = changes + 64"),
    ("definition gap_to", "update sqlite_master set sql = sql || ' ' where name = 'gap_to'"),
    ("definition row_sum", "drop table row_sum"),
]


@pytest.mark.parametrize(("changed", "change"), CHANGES)
def test_a_change_of_the_list_or_of_a_definition_is_found_and_mended(
    past: Path, tmp_path: Path, changed: str, change: str
) -> None:
    """A flipped bit there is no damage to SQLite, and a part would be misread or passed over."""
    data = wreck.copied(past, tmp_path / "data")
    before, listed = wreck.found(data), parts(data)
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        db.execute("pragma writable_schema = on")
        assert db.execute(change).rowcount
    assert examined(data) == [f"{changed}: changed since it was written"]
    assert mend(data, NOW_NS, ["plc"])
    (told,) = reports(data).values()
    assert f"{changed} was changed and is made anew" in told
    assert examined(data) == []
    assert (wreck.found(data), parts(data)) == (before, listed)


@pytest.mark.parametrize(
    "change", ["layout = zeroblob(length(layout))", "ended = 'mergee'", "ended_ns = ended_ns + 64"]
)
def test_a_part_that_had_ended_does_not_come_back(past: Path, tmp_path: Path, change: str) -> None:
    """Its rows are in other parts, or gone for good; whatever of its record was changed."""
    data = wreck.copied(past, tmp_path / "data")
    with Stores.open(data) as stores, stores.journal.transaction():
        live = stores.archive.manifest.live()
        stores.archive.manifest.end([part.path for part in live], "merged", 5)
    wreck.whole_file(data)
    before = wreck.found(data)
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        assert db.execute(f"update part set {change}").rowcount
    assert mend(data, NOW_NS, ["plc"])
    assert wreck.found(data) == before
    assert all(row[-1] is not None for row in parts(data))
    assert examined(data) == []


def parts(data: Path) -> list[tuple[object, ...]]:
    """The list of parts as it is written down."""
    with closing(sqlite3.connect(data / "journal.db")) as db:
        return db.execute("select * from part order by n").fetchall()


def test_a_row_that_went_is_missed_and_one_that_came_is_found(past: Path, tmp_path: Path) -> None:
    """A page that shows an older state passes SQLite's own check."""
    data = wreck.copied(past, tmp_path / "data")
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        db.execute("delete from gap where id = 4")
        db.execute("insert into discarded values (9, 1)")
    (told,) = examined(data)
    assert told == "discarded 9, gap 4: changed since it was written"


def test_a_file_of_an_older_version_gets_its_checksums(past: Path, tmp_path: Path) -> None:
    """What it holds is taken as it is, and from then on a change is found."""
    data = wreck.copied(past, tmp_path / "data")
    with closing(sqlite3.connect(data / "journal.db")) as db:
        db.execute("drop table row_sum")
        db.execute("pragma user_version = 0")
    assert examined(data) == []
    Stores.open(data).close()
    assert examined(data) == []
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        db.execute("update gap set to_ns = 9 where id = 4")
    assert examined(data) == ["gap 4: changed since it was written"]
    with Stores.open(data) as stores, pytest.raises(JournalDamaged, match="gap 4 was changed"):
        stores.check()


@pytest.mark.parametrize("summed", [ROWS, rowsums.SUMMED | {rowsums.DEFINITION: None}])
def test_a_file_that_does_not_say_that_it_has_checksums_is_brought_up(
    past: Path, tmp_path: Path, summed: dict[str, object]
) -> None:
    """Of the ledger alone or of all: afterwards they cannot go without a word."""
    data = wreck.copied(past, tmp_path / "data")
    names = ", ".join(f"'{name}'" for name in summed)
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        db.execute(f"delete from row_sum where name not in ({names})")
        db.execute("pragma user_version = 0")
    assert examined(data) == []
    Stores.open(data).close()
    assert examined(data) == []
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        db.execute("drop table row_sum")
        db.execute("update gap set to_ns = 9 where id = 4")
    assert examined(data) == ["definition row_sum: changed since it was written"]


def test_a_table_of_a_later_version_is_not_missed(past: Path, tmp_path: Path) -> None:
    """A file from before it is whole: what it has is held against its checksums."""
    data = wreck.copied(past, tmp_path / "data")
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        db.execute("drop table recounted")
        db.execute("delete from row_sum where name = 'recounted'")
        db.execute("delete from row_sum where name = 'definition' and key like '%recounted%'")
    assert examined(data) == []
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        db.execute("update gap set to_ns = 9 where id = 4")
    assert examined(data) == ["gap 4: changed since it was written"]
    Stores.open(data).close()


@dataclass
class HourLater(FakeClock):
    """A clock on which the first wait takes an hour, and the second is the last."""

    async def sleep(self, seconds: float) -> None:
        """Move time on, once."""
        if self.slept_s:
            raise StopAsyncIteration(seconds)
        await super().sleep(3_600.0)


async def test_a_running_service_looks_once_an_hour(past: Path, tmp_path: Path) -> None:
    """What changes after the start is found, and told as damage, which mends it."""
    data = wreck.copied(past, tmp_path / "data")
    sealer, status = Desk(lambda: Stores.open(data), "sealer"), Status()
    with pytest.raises(StopAsyncIteration):
        await keep_sealed(sealer, status, HourLater())
    with closing(sqlite3.connect(data / "journal.db")) as db, db:
        db.execute("update gap set to_ns = 9 where id = 4")
    with pytest.raises(JournalDamaged, match="gap 4 was changed"):
        await keep_sealed(sealer, status, HourLater())
    sealer.close()
    assert [finding.code for finding in status.findings()] == ["damaged journal"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("gap", "alive", "count", "set", "discard", "move")), st.integers(1, 9)
    )
)


@settings(max_examples=12, deadline=None)
@given(STEPS)
def test_whatever_is_written_the_checksums_agree(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Rows that come, change, are joined and go, also in a transaction that is undone."""
    data = tmp_path_factory.mktemp("data")
    with Stores.open(data) as stores:
        ledger = stores.ledger
        does: Does = {
            "gap": lambda n: ledger.gap("plc", "lost", n, n + 1),
            "alive": lambda n: ledger.alive("plc", n * 4 * SECOND_NS),
            "count": lambda n: ledger.count(f"plc{n % 2}", n, 0, n),
            "set": lambda n: ledger.quarantine("plc", "odd", b"\x00", n),
            "discard": lambda n: ledger.discard(n, n),
            "move": lambda n: ledger.move("influx", n, n),
        }
        for what, n in steps:
            stores.db.execute("begin immediate")
            does[what](n)
            stores.db.execute("rollback" if n == 5 else "commit")
        assert list(rowsums.changed(stores.db)) == []
        summed = ["sqlite_master", "part", "sealed", "vouched", *ROWS]
        rows = sum(
            stores.db.execute(f"select count(*) from {name}").fetchone()[0] for name in summed
        )
        assert stores.db.execute("select count(*) from row_sum").fetchone() == (rows,)
