"""The manifest: which parts live, what they hold, and how far the journal is sealed.

What always holds:
1. A record, once committed, is never changed; only its end (why it no longer counts) is added.
2. link(n) = SHA-256(link(n-1), the facts of record n as canonical JSON); link(0) is 32 zero bytes.
3. Blocks up to `sealed_through` are in the parts and only there count; later ones in the journal.
4. A path is used once, also after the part is gone.
"""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edge.errors import ArchiveDamaged
from edge.model import U32

NO_LINK = bytes(32)
TABLES = """
create table if not exists part (n integer primary key, path text not null unique,
    sha256 blob not null, size integer not null, rows integer not null,
    first_block integer not null, last_block integer not null,
    first_ns integer not null, last_ns integer not null,
    layout blob not null, link blob not null, ended_ns integer, ended text) strict;
create table if not exists sealed (one integer primary key check (one = 1),
    through integer not null, changes integer not null) strict;
insert into sealed select 1, 0, 0 where not exists (select 1 from sealed);
"""
RELISTED = """create table if not exists relisted
    (path text primary key, at_ns integer not null) strict, without rowid"""
COLUMNS = "path, sha256, size, rows, first_block, last_block, first_ns, last_ns, layout"
LIVE = f"select {COLUMNS} from part where ended is null order by first_ns, first_block"  # noqa: S608 - a constant
ALL = f"select {COLUMNS}, n, link from part order by n"  # noqa: S608 - a constant
RECORD = "insert into part values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null)"
END = "update part set ended = ?, ended_ns = ? where path = ? and ended is null"


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file of the archive and what it holds; times and blocks are inclusive."""

    path: str  # in the archive folder: 2026-11-20/08.1.parquet
    sha256: bytes
    size: int
    rows: int
    first_block: int
    last_block: int
    first_ns: int
    last_ns: int
    layout: bytes  # u32 little-endian: the ids of `signals`, then their `counts`

    @property
    def signals(self) -> U32:
        """Dense ids in the order of their paths, which is the order of the rows."""
        return np.frombuffer(self.layout, "<u4", len(self.layout) // 8)

    @property
    def counts(self) -> U32:
        """The rows of each of `signals`."""
        return np.frombuffer(self.layout, "<u4", offset=len(self.layout) // 2)

    def facts(self) -> bytes:
        """What the chain of records vouches for."""
        return json.dumps(
            {
                "path": self.path,
                "sha256": self.sha256.hex(),
                "size": self.size,
                "rows": self.rows,
                "blocks": [self.first_block, self.last_block],
                "source_ns": [self.first_ns, self.last_ns],
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()


class State(NamedTuple):
    """Where the boundary between archive and journal lies, and how often the list changed."""

    through: int
    changes: int


def create(db: sqlite3.Connection) -> None:
    """Make the manifest's tables where they are missing; else nobody waits for the write lock."""
    if not db.execute("select 1 from sqlite_master where name = 'sealed'").fetchone():
        db.executescript(f"begin immediate; {TABLES} commit;")


class Manifest:
    """The list of parts, in the database that the journal shares."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def state(self) -> State:
        """The boundary and the age of the list; read it in the transaction that reads blocks."""
        return State(*self._db.execute("select through, changes from sealed").fetchone())

    def live(self) -> list[Part]:
        """The parts that count, by first source time."""
        return [Part(*row) for row in self._db.execute(LIVE).fetchall()]

    def paths(self) -> set[str]:
        """Every path that was ever recorded."""
        return {path for (path,) in self._db.execute("select path from part").fetchall()}

    def record(self, parts: list[Part], through: int) -> None:
        """Make parts live and move the boundary; in the caller's transaction."""
        newest = "select n, link from part order by n desc limit 1"
        n, link = self._db.execute(newest).fetchone() or (0, NO_LINK)
        for part in parts:
            n, link = n + 1, linked(link, part)
            facts = part.path, part.sha256, part.size, part.rows, part.first_block, part.last_block
            times = part.first_ns, part.last_ns
            self._db.execute(RECORD, (n, *facts, *times, part.layout, link))
        self._db.execute("update sealed set through = ?, changes = changes + 1", (through,))

    def end(self, paths: list[str], why: str, at_ns: int) -> None:
        """Say why parts no longer count; their records and hashes stay for ever."""
        self._db.executemany(END, [(why, at_ns, path) for path in paths])
        self._db.execute("update sealed set changes = changes + 1")

    def relisted(self) -> dict[str, int]:
        """Parts whose record was made anew from what they say of themselves, and when.

        Nobody vouches that their bytes are those that were written.
        """
        if not self._db.execute("select 1 from sqlite_master where name = 'relisted'").fetchone():
            return {}
        return dict(self._db.execute("select path, at_ns from relisted").fetchall())

    def relist(self, paths: list[str], at_ns: int) -> None:
        """Say that the records of these parts were made anew; in the caller's transaction."""
        self._db.execute(RELISTED)
        self._db.executemany("insert into relisted values (?, ?)", [(p, at_ns) for p in paths])

    def check(self) -> None:
        """Follow the chain through every record.

        Raises:
            ArchiveDamaged: a record was changed, or one is missing.
        """
        expected = NO_LINK
        for nth, (*facts, n, link) in enumerate(self._db.execute(ALL).fetchall(), 1):
            expected = linked(expected, Part(*facts))
            if (n, link) != (nth, expected):
                raise ArchiveDamaged(f"record {n} of the manifest ({facts[0]}) breaks its chain")


def linked(link: bytes, part: Part) -> bytes:
    """The link of a record, from the link of the one before it."""
    return hashlib.sha256(link + part.facts()).digest()
