"""A kill in the first moment of a database, before it is in WAL mode."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.mending.examining import examined
from edge.mending.looking import records_examined
from edge.records.database import Records
from edge.records.files import NAME
from edge.stores import Stores

PAGE = 4_096
HEADER = bytes.fromhex("d9d505f920a163d7 00000000 add8343e 00000000 00000200 00001000")
"""Of a journal that undoes the first page; as SQLite's file format has it, and as one was found."""


@pytest.mark.parametrize("name", [NAME, "journal.db"])
def test_a_kill_while_a_database_is_made_hinders_no_start(tmp_path: Path, name: str) -> None:
    """SQLite undoes the page that was being written; what is left is as good as no file."""
    with closing(sqlite3.connect(tmp_path / "other")) as db:
        db.execute("pragma journal_mode = wal")
    page = (tmp_path / "other").read_bytes()
    assert len(page) == PAGE
    (tmp_path / name).write_bytes(page)
    (tmp_path / f"{name}-journal").write_bytes(HEADER.ljust(512, b"\0"))
    reader = sqlite3.connect(f"{(tmp_path / name).as_uri()}?mode=ro", uri=True)
    with closing(reader), pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("select 1 from sqlite_master")
    assert records_examined(tmp_path) == []
    assert examined(tmp_path) == []
    with Stores.open(tmp_path) as stores:
        Records.open(tmp_path / NAME)
        assert list(stores.journal.read(0)) == []
