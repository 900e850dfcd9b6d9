"""The records database: opened, migrated, packed, read back."""

import sqlite3
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import edge.records.database as records_package
from edge.errors import Misconfigured
from edge.model import DAY_NS, HOUR_NS
from edge.records.database import Records, metadata
from edge.records.elements import ELEMENT, IDENTITY, LAYOUTS, PROVISIONAL, USAGE
from edge.records.parts import Columns, coded, known_at, known_words, load, pack, unpack_all
from edge.records.revisions import Codes, Edition, revise
from tests.unit.edge.fold_desk import empty_records

RECORDS = Path(records_package.__file__).parent
STEPS = st.lists(
    st.tuples(st.booleans(), st.dictionaries(st.integers(0, 3), st.integers(0, 2))), max_size=8
)


def test_the_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    """Nothing is missing in a new file, nothing is too much; opening it again changes nothing."""
    for module in RECORDS.glob("*.py"):
        import_module(f"edge.records.{module.stem}")
    Records.open(tmp_path / "records.db")
    records = Records.open(tmp_path / "records.db")
    with records.reading() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    """After a step back to an older version: refused in words, and not a byte is changed."""
    Records.open(tmp_path / "records.db")
    with sqlite3.connect(tmp_path / "records.db") as db:
        db.execute("update alembic_version set version_num = '9999'")
    db.close()
    before = (tmp_path / "records.db").read_bytes()
    with pytest.raises(Misconfigured, match=r"'9999'.*install the version that ran last"):
        Records.open(tmp_path / "records.db")
    assert (tmp_path / "records.db").read_bytes() == before


def test_every_connection_writes_through_and_beside_readers(tmp_path: Path) -> None:
    """WAL and FULL, read back; a writer does not wait for a reader."""
    records = Records.open(tmp_path / "records.db")
    with records.reading() as reader, records.writing() as writer:
        assert coded(writer, {"one"}) == {"one": 1}
        for db in (reader, writer):
            assert db.exec_driver_sql("pragma journal_mode").scalar() == "wal"
            assert db.exec_driver_sql("pragma synchronous").scalar() == 2


def test_a_file_that_is_held_keeps_its_log(tmp_path: Path) -> None:
    """A card does not take every page twice; what is written is there, and later it is one file."""
    records, log = Records.open(tmp_path / "records.db"), tmp_path / "records.db-wal"
    with records.held():
        before = (tmp_path / "records.db").read_bytes()
        for text in ("one", "two"):
            with records.writing() as db:
                coded(db, {text})
        assert (tmp_path / "records.db").read_bytes() == before
        assert log.stat().st_size
    assert not log.exists()
    with records.reading() as db:
        assert db.exec_driver_sql("select count(*) from word").scalar() == 2


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """All or nothing, whatever was raised."""
    records = Records.open(tmp_path / "records.db")

    def fail() -> NoReturn:
        with records.writing() as db:
            coded(db, {"one"})
            raise sqlite3.OperationalError("stop")

    with pytest.raises(sqlite3.OperationalError, match="stop"):
        fail()
    with records.writing() as db:
        assert coded(db, {"two"}) == {"two": 1}


def test_all_that_is_read_for_one_answer_is_of_one_instant(tmp_path: Path) -> None:
    """What another writes meanwhile belongs to the next answer, also after a look within."""
    records, other = (Records.open(tmp_path / "records.db") for _ in range(2))

    def words() -> set[str]:
        with records.reading() as db:
            return set(known_words(db).values())

    with records.seeing():
        assert words() == set()
        with other.writing() as db:
            coded(db, {"later"})
        with records.seeing():
            assert words() == set()
        assert words() == set()
    assert words() == {"later"}


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_columns_come_back_bit_by_bit(data: st.DataObject) -> None:
    """Packing loses nothing: not the sign of a zero, not the payload of a NaN."""
    bodies, wanted = [], []
    for _ in range(data.draw(st.integers(0, 3))):
        n = data.draw(st.integers(0, 5))
        columns: Columns = {
            name: data.draw(arrays.arrays(np.dtype(kind), n)) for name, kind in USAGE.items()
        }
        bodies.append((n, pack(columns, USAGE)))
        wanted.append(columns)
    found = unpack_all(bodies, USAGE)
    for name, kind in USAGE.items():
        every = np.concatenate([np.empty(0, kind), *(columns[name] for columns in wanted)])
        assert found[name].tobytes() == every.tobytes()


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_every_instant_shows_the_rows_that_were_known_at_it(
    steps: list[tuple[bool, dict[int, int]]],
) -> None:
    """Whatever is restated, taken back and restated again: as-of answers what stood there then.

    The oracle keeps a copy of the table after every step.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "records.db")
        path.write_bytes(empty_records())
        records, oracle = Records.open(path), list[dict[int, float]]()
        for moment, (cold, quarters) in enumerate(steps):
            hot_ns = DAY_NS if cold else 0
            edition = Edition("mask", 0, HOUR_NS, moment, {"body": HOUR_NS}, hot_ns, None)
            with records.writing() as db:
                codes = Codes.of(db, edition, [None, "body"])
                revise(db, "element", edition, rows_of(quarters), codes)
            oracle.append({quarter * 900: float(pieces) for quarter, pieces in quarters.items()})
        for moment, wanted in enumerate(oracle):
            assert shown(records, moment) == wanted


def rows_of(quarters: dict[int, int]) -> Columns:
    """Final rows of an hour: pieces by quarter."""
    columns = {name: np.zeros(len(quarters), kind) for name, kind in ELEMENT.items()}
    starts = np.array(sorted(quarters), np.int64) * 900 * 10**9
    columns["t0_ns"], columns["t1_ns"] = starts, starts + 900 * 10**9
    columns["machine"] = np.ones(len(quarters), np.int32)
    columns["pq"] = np.array([quarters[quarter] for quarter in sorted(quarters)], np.float64)
    return columns


def shown(records: Records, moment: int) -> dict[int, float]:
    """Pieces by start in seconds, as they were known at a moment."""
    with records.reading() as db:
        every = [load(db, kind, "mask", 0, DAY_NS) for kind in ("element", "element_replaced")]
    columns = {name: np.concatenate([each[name] for each in every]) for name in ELEMENT}
    rows = known_at(columns, IDENTITY["element"], moment)
    assert (rows["status"] != PROVISIONAL).all()
    seconds = (rows["t0_ns"] // 10**9).tolist()
    return dict(zip(seconds, rows["pq"].tolist(), strict=True))


def test_every_kind_of_part_has_one_layout() -> None:
    """What is replaced lies in parts of the same columns."""
    for kind in IDENTITY:
        assert LAYOUTS[f"{kind}_replaced"] is LAYOUTS[kind]
