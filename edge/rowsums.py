"""A checksum beside every row of the ledger, so that a row which the disk changed is found.

What always holds: a connection that writes has triggers of its own, which change the checksum of a
row in the transaction that changes the row. A file of an older version gets checksums of what it
holds when it is first opened to be written. Blocks, names and parts have chains of their own.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
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
}
TABLE = """create table row_sum (name text not null, key text not null, sum integer not null,
    primary key (name, key)) strict, without rowid"""
THERE = "select 1 from sqlite_master where name = 'row_sum'"
TAKE = "delete from row_sum where name = '{name}' and key = {key};"
PUT = "insert into row_sum values ('{name}', {key}, sum_of({cells}));"
ON = "create temp trigger {name}_{event} after {event} on main.{name} begin {body} end"
BYTES = 8


def create(db: sqlite3.Connection) -> None:
    """Make the checksums where there are none, and keep them right on this connection.

    Args:
        db: opened to be written, outside a transaction; the tables are there.
    """
    db.create_function("sum_of", -1, sum_of, deterministic=True)
    if not db.execute(THERE).fetchone():
        db.execute("begin immediate")
        if not db.execute(THERE).fetchone():  # somebody was faster
            db.execute(TABLE)
            for name, rows in ROWS.items():
                cells, key = rows.columns, joined(rows.key)
                query = f"insert into row_sum select '{name}', {key}, sum_of({cells}) from {name}"  # noqa: S608 - names of our own
                db.execute(query)
        db.execute("commit")
    for name, rows in ROWS.items():
        old, new = joined(rows.key, "old."), joined(rows.key, "new.")
        gone, anew = TAKE.format(name=name, key=old), TAKE.format(name=name, key=new)
        put = PUT.format(name=name, key=new, cells=prefixed(rows.columns, "new."))
        bodies = {"insert": anew + put, "update": gone + anew + put, "delete": gone}
        for event, body in bodies.items():
            db.execute(ON.format(name=name, event=event, body=body))


def changed(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Rows that are not what was written, or are gone: their table and key.

    Raises:
        sqlite3.DatabaseError: the file cannot be read so far.
    """
    if not db.execute(THERE).fetchone():
        return
    told = {(name, key): own for name, key, own in db.execute("select * from row_sum")}
    for name, rows in ROWS.items():
        width = len(rows.key.split(","))
        query = f"select {rows.key}, {rows.columns} from {name}"  # noqa: S608 - names of our own
        for row in db.execute(query):
            where = name, key_of(row[:width])
            if told.pop(where, None) != sum_of(*row[width:]):
                yield where
    yield from told


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
