"""A checksum beside every row of the ledger, so that a row which the disk changed is found.

What always holds: a connection that writes has triggers of its own, which change the checksum of a
row in the transaction that changes the row. A table gets checksums of what it holds when a
connection that writes first sees it, and so does its definition, which nobody changes afterwards.
Blocks and names have chains of their own; of the list of parts a chain holds only what never
changes, so its rows have checksums as well.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Rows(NamedTuple):
    """A table whose rows are summed: all its columns, and those that tell a row from others."""

    columns: str
    key: str


ROWS = {
    "gap": Rows("id, source, reason, from_ns, to_ns", "id"),
    "life": Rows("source, from_ns, to_ns", "source,from_ns"),
    "quarantine": Rows("id, source, signal, reason, excerpt, received_ns, rows", "id"),
    "discarded": Rows("id, at_ns", "id"),
    "account": Rows("source, stored, filtered, quarantined", "source"),
    "redelivery": Rows("source, key", "source"),
    "cursor": Rows("name, position, confirmed", "name"),
    "message": Rows("id, origin", "id"),
    "refused": Rows("entry, signal, hour, sink, rows", "entry,signal,hour"),
    "recounted": Rows("sink, through_ns, at_ns, points, missing, rewritten", "sink"),
}
PARTS = "n, path, sha256, size, rows, first_block, last_block, first_ns, last_ns, layout, link"
LIST = {
    "part": Rows(f"{PARTS}, ended_ns, ended", "n"),
    "sealed": Rows("one, through, changes", "one"),
    "vouched": Rows("name, digest", "name"),
}
SUMMED = ROWS | LIST
DEFINITION = "definition"  # stands for a table, whose rows are those of SQLite's own list
DEFINED = "select name, type, tbl_name, sql from sqlite_master"
KNOWN = f"select key from row_sum where name = '{DEFINITION}'"  # noqa: S608 - a constant
NOTE = f"insert or ignore into row_sum values ('{DEFINITION}', ?, ?)"  # noqa: S608 - a constant
TABLE = """create table row_sum (name text not null, key text not null, sum integer not null,
    primary key (name, key)) strict, without rowid"""
THERE = "select 1 from sqlite_master where name = 'row_sum'"
TAKE = "delete from row_sum where name = '{name}' and key = {key};"
PUT = "insert into row_sum values ('{name}', {key}, sum_of({cells}));"
ON = "create temp trigger {name}_{event} after {event} on main.{name} begin {body} end"
BYTES = 8
VERSION = 1  # of a file that has checksums


def create(db: sqlite3.Connection) -> None:
    """Make the checksums where there are none, and keep them right on this connection.

    Args:
        db: opened to be written, outside a transaction; the tables are there.
    """
    db.create_function("sum_of", -1, sum_of, deterministic=True)
    if not is_summed(db):
        db.execute("begin immediate")
        if not is_summed(db):  # else somebody was faster
            add_new(db)
        db.execute("commit")
    for name, rows in SUMMED.items():
        old, new = joined(rows.key, "old."), joined(rows.key, "new.")
        gone, anew = TAKE.format(name=name, key=old), TAKE.format(name=name, key=new)
        put = PUT.format(name=name, key=new, cells=prefixed(rows.columns, "new."))
        bodies = {"insert": anew + put, "update": gone + anew + put, "delete": gone}
        for event, body in bodies.items():
            db.execute(ON.format(name=name, event=event, body=body))


def is_summed(db: sqlite3.Connection) -> bool:
    """Whether there are checksums, of every table that there is, and the file says so."""
    if not db.execute(THERE).fetchone() or not db.execute("pragma user_version").fetchone()[0]:
        return False
    return definitions(db).keys() <= {key for (key,) in db.execute(KNOWN)}


def add_new(db: sqlite3.Connection) -> None:
    """Sum definitions that nobody knew, and the rows of their tables."""
    if not db.execute(THERE).fetchone():
        db.execute(TABLE)
    db.execute(f"pragma user_version = {VERSION}")
    known = {key for (key,) in db.execute(KNOWN)}
    new = {name: own for name, own in definitions(db).items() if name not in known}
    for name in new.keys() & SUMMED.keys():
        cells, key = SUMMED[name].columns, joined(SUMMED[name].key)
        query = f"insert or ignore into row_sum select '{name}', {key}, sum_of({cells}) from {name}"  # noqa: S608 - names of our own
        db.execute(query)
    db.executemany(NOTE, new.items())


def definitions(db: sqlite3.Connection) -> dict[str, int]:
    """What SQLite's own list says of tables and indices, as checksums by name."""
    return {str(name): sum_of(*cells) for name, *cells in db.execute(DEFINED)}


def changed(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Rows and definitions that are not what was written, or are gone: their table and key.

    Raises:
        sqlite3.DatabaseError: the file cannot be read so far.
    """
    if not db.execute(THERE).fetchone():
        if db.execute("pragma user_version").fetchone()[0]:
            yield DEFINITION, "row_sum"
        return
    told = {(name, key): own for name, key, own in db.execute("select * from row_sum")}
    if not any(name == DEFINITION for name, _ in told):
        return  # of an older version
    for where, own in now(db):
        if told.pop(where, None) != own:
            yield where
    yield from told


def was(db: sqlite3.Connection, name: str, key: str, cells: Iterable[object]) -> bool:
    """Whether a row of a table held just these cells when it was written."""
    query = "select 1 from row_sum where name = ? and key = ? and sum = ?"
    return bool(db.execute(query, (name, key, sum_of(*cells))).fetchone())


def now(db: sqlite3.Connection) -> Iterator[tuple[tuple[str, str], int]]:
    """The checksums of what the file holds at present, by table and key."""
    known = {key for (key,) in db.execute(KNOWN)}
    there = definitions(db)
    for name, own in there.items():
        if name in known:  # else it is newer than the last look of whoever writes
            yield (DEFINITION, name), own
    for name in [name for name in SUMMED if name in there]:  # else of a later version
        rows = SUMMED[name]
        width = len(rows.key.split(","))
        query = f"select {rows.key}, {rows.columns} from {name}"  # noqa: S608 - names of our own
        for row in db.execute(query):
            yield (name, key_of(row[:width])), sum_of(*row[width:])


def key_of(cells: tuple[object, ...]) -> str:
    """What tells a row from others, as the checksum names it."""
    return " ".join(map(str, cells))


def sum_of(*cells: object) -> int:
    """The checksum of a row, in 64 bits."""
    digest = hashlib.blake2b(repr(cells).encode(errors="replace"), digest_size=BYTES).digest()
    return int.from_bytes(digest, "little", signed=True)


def joined(key: str, prefix: str = "") -> str:
    """A key of one or several columns as one text."""
    return " || ' ' || ".join(prefix + one for one in key.split(",")) + " || ''"


def prefixed(columns: str, prefix: str) -> str:
    """Columns of the row that a trigger is told of."""
    return ", ".join(prefix + one.strip() for one in columns.split(","))
