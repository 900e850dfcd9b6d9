"""Rows that wait for their time: they came while nobody knew what time it was.

What always holds: every write belongs to the transaction of the caller; rows leave in the order in
which they came, in the transaction that makes them blocks. Their times of arrival, and whatever
else was told by our own clock, are nanoseconds since the boot that is named beside them.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

TABLE = """create table if not exists held (n integer primary key autoincrement,
    boot text not null, rows integer not null, body blob not null, aside text not null,
    digest blob not null) strict;"""

AT_ONCE = 100  # read together; a cursor left open keeps the WAL file from shrinking


class Kept(NamedTuple):
    """One commit of such rows."""

    n: int
    boot: str
    body: bytes  # as the journal packs a block
    aside: dict[str, Any] | None  # JSON: what belongs beside the rows; None: it was changed


class Held:
    """The waiting rows, in the database that the journal shares."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def put(self, boot: str, rows: int, body: bytes, aside: dict[str, Any]) -> None:
        """Keep rows, behind all that wait."""
        told = json.dumps(aside)
        self._db.execute(
            "insert into held (boot, rows, body, aside, digest) values (?, ?, ?, ?, ?)",
            (boot, rows, body, told, digest(body, told)),
        )

    def all(self) -> Iterator[Kept]:
        """Everything that waits, in its order."""
        for some in self.together():
            yield from some

    def together(self) -> Iterator[list[Kept]]:
        """The same, some hundred commits at a time."""
        after = 0
        while found := self.first(AT_ONCE, after):
            yield found
            after = found[-1].n

    def first(self, limit: int, after: int = 0) -> list[Kept]:
        """Those that came first, behind number `after`."""
        found = self._db.execute(
            "select n, boot, body, aside, digest from held where n > ? order by n limit ?",
            (after, limit),
        ).fetchall()
        return [
            Kept(n, boot, body, json.loads(told) if whole == digest(body, told) else None)
            for n, boot, body, told, whole in found
        ]

    def drop(self, upto: int) -> None:
        """Forget those up to a number."""
        self._db.execute("delete from held where n <= ?", (upto,))

    def rows(self) -> int:
        """How many rows wait."""
        return int(self._db.execute("select coalesce(sum(rows), 0) from held").fetchone()[0])

    def waits(self) -> bool:
        """Whether anything does, rows or not."""
        return self._db.execute("select 1 from held limit 1").fetchone() is not None


def digest(body: bytes, told: str) -> bytes:
    """What tells a changed entry."""
    return hashlib.sha256(body + told.encode()).digest()
