"""Which tables of `records.db` a new file takes over: all that cannot be computed again."""

import pkgutil
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.types import Boolean, Float, Integer, LargeBinary

from edge import records
from edge.mending.decided import ANEW, KEPT, mend_records
from edge.mending.mend import reports
from edge.records.database import Records, metadata

NOW_NS = 1_795_000_000 * 10**9
ROWS = 3
SAID = sorted(KEPT.keys() - {"audit", "audit_head"})  # these are chained: see test_decided

for module in pkgutil.iter_modules(records.__path__):
    import_module(f"{records.__name__}.{module.name}")


def cell(column: str, kind: object, n: int) -> object:
    """Something that a column may hold, another in each row."""
    match kind:
        case Boolean():
            return bool(n % 2)
        case Integer():
            return n
        case Float():
            return n / 2
        case LargeBinary():
            return bytes([0, n])
    return f"{column} {n}"


def test_every_table_is_taken_over_or_named_as_computed_anew() -> None:
    """Whoever adds a table has to say which it is."""
    assert not KEPT.keys() & ANEW
    assert metadata.tables.keys() == KEPT.keys() | ANEW


@pytest.mark.parametrize("name", SAID)
def test_what_people_said_outlives_a_broken_page_of_the_fold(tmp_path: Path, name: str) -> None:
    """Cell by cell, in every table, whatever its columns are called."""
    table = metadata.tables[name]
    rows = [{c.name: cell(c.name, c.type, n) for c in table.columns} for n in range(1, ROWS + 1)]
    before = Records.open(tmp_path / "records.db")
    with before.writing() as db:
        db.execute(insert(table), rows)
    with closing(sqlite3.connect(tmp_path / "records.db")) as raw:
        raw.execute("pragma wal_checkpoint(truncate)")
        (page,) = raw.execute(
            "select rootpage from sqlite_master where name = 'fold_state'"
        ).fetchone()
    with (tmp_path / "records.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    assert mend_records(tmp_path, NOW_NS)
    with Records.open(tmp_path / "records.db").reading() as db:
        found = [dict(row) for row in db.execute(select(table)).mappings()]
    assert found == rows
    (told,) = reports(tmp_path, "records").values()
    assert f"{name}: {ROWS} kept" in told
