"""What is wrong with `records.db`: asked at every start, and without SQLAlchemy."""

import sqlite3
from pathlib import Path

from edge.errors import JournalDamaged
from edge.mending.reading import is_damage, opened
from edge.records.files import KEY, NAME

STEM = "records"  # of the files that are set aside
WORDS = 3  # of SQLite's own check that are told


def records_examined(data: Path) -> list[str]:
    """What is wrong with `records.db`, as sentences; nothing where it is whole or never was."""
    path = data / NAME
    if not path.exists():
        return [f"{NAME} is missing"] if (data / KEY).exists() else []
    try:
        with opened(path) as db:
            found = [str(word) for (word,) in db.execute(f"pragma integrity_check({WORDS})")]
            names = "select name from sqlite_master where type = 'table'"
            there = {name for (name,) in db.execute(names)}
    except sqlite3.Error as error:
        if not is_damage(error):
            raise JournalDamaged(f"{path} cannot be opened ({error}); look at the disk") from error
        return [f"{NAME} cannot be read: {error}"]
    if found != ["ok"]:
        return [f"{NAME}: SQLite finds {'; '.join(found)}"]
    if there and "alembic_version" not in there:
        return [f"{NAME}: the number of its version is missing"]
    return []
