"""Reading a database that may be broken anywhere: what can be read comes, what cannot is passed by.

Connections are read-only, and such a one does not even bring the WAL file back into the database.
What a file is changed by is SQLite's own undoing of a transaction that was cut off.
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from edge.errors import JournalDamaged

Cells = tuple[Any, ...]  # SQLite's: what a damaged row holds may be of any type

BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
UNREADABLE = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}
DAMAGE = (JournalDamaged, sqlite3.DatabaseError)  # what whoever reads a broken journal meets
MOST_BETWEEN = 100_000  # numbers asked for one by one where a page is gone


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error speaks of the file's contents; a locked or forbidden file is none."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF in BROKEN or code in UNREADABLE


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database at `path`, only to be read; text that is no UTF-8 comes with marks in it."""
    uri = path.absolute().as_uri()
    if path.with_name(f"{path.name}-journal").exists():
        undo(uri)
    db = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None)
    db.text_factory = lambda raw: raw.decode(errors="replace")
    try:
        db.execute("pragma query_only = on")
        yield db
    finally:
        db.close()


def undo(uri: str) -> None:
    """Let SQLite undo what was cut off, as it does for whoever may write; a reader is refused.

    Only a file that is not yet in WAL mode has such a journal beside it: power or process ended in
    its first moment. What hinders this hinders reading too, which tells it.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{uri}?mode=rw", uri=True)) as db:
        db.execute("select 1 from sqlite_master")


def rows_of(db: sqlite3.Connection, table: str, columns: str, key: str) -> Iterator[Cells]:
    """The rows of a table that can be read, by its key: one column, or several with commas.

    From the front up to the first broken page, then from the back down to it, then those between
    one number after the other, where the key is a number.
    """
    seen, backwards = set[Cells](), ", ".join(f"{one} desc" for one in key.split(","))
    query = f"select {key}, {columns} from {table}"  # noqa: S608 - names of our own
    width = len(key.split(","))
    if (yield from unseen(db, f"{query} order by {key}", width, seen)):
        return
    yield from unseen(db, f"{query} order by {backwards}", width, seen)
    for number in between(seen):
        with suppress(sqlite3.DatabaseError):
            found = db.execute(f"{query} where {key} = ?", (number,)).fetchall()
            yield from (row[width:] for row in found)


def unseen(
    db: sqlite3.Connection, query: str, width: int, seen: set[Cells]
) -> Generator[Cells, None, bool]:
    """Rows up to the first that was seen or cannot be read; whether that was all there are."""
    try:
        for row in db.execute(query):
            if row[:width] in seen:
                return False
            seen.add(row[:width])
            yield row[width:]
    except sqlite3.DatabaseError:
        return False
    return True


def between(seen: set[Cells]) -> Iterator[int]:
    """The numbers that are missing among keys that are numbers, if they are not absurdly many."""
    numbers = sorted(key[0] for key in seen if len(key) == 1 and isinstance(key[0], int))
    if numbers and numbers[-1] - numbers[0] - len(numbers) <= MOST_BETWEEN:
        there = set(numbers)
        yield from (n for n in range(numbers[0], numbers[-1]) if n not in there)
