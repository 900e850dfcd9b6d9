"""What has to be known to bring rows again that were set aside, and what was found at a sink.

Rows that a sink's server refused are stored: kept here is which signals and hours they belong to.
Every write belongs to the transaction of the caller.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

TABLES = """
create table if not exists refused (entry integer not null, signal integer not null,
    hour integer not null, sink text not null, rows integer not null,
    primary key (entry, signal, hour)) strict, without rowid;
create index if not exists refused_hour on refused (sink, hour);
create table if not exists recounted (sink text primary key, through_ns integer not null,
    at_ns integer not null, points integer not null, missing integer not null,
    rewritten integer not null) strict, without rowid;
"""
REFUSE = """insert into refused values (?, ?, ?, ?, ?)
    on conflict (entry, signal, hour) do update set rows = rows + excluded.rows"""
THERE = "select name from sqlite_master where name in ('refused', 'message')"
BOTH = 2  # tables that an older version has not made
RECOUNT = """insert into recounted values (?, ?, ?, ?, ?, ?) on conflict (sink) do update set
    through_ns = max(through_ns, excluded.through_ns), at_ns = excluded.at_ns,
    points = excluded.points, missing = excluded.missing, rewritten = excluded.rewritten"""


class Spot(NamedTuple):
    """An hour of a signal in which a sink's server refused rows; the hour counts from 1970."""

    signal: int
    hour: int
    rows: int


class Recounted(NamedTuple):
    """How far a sink was last compared with what is stored, and what was found."""

    through_ns: int = 0
    at_ns: int = 0
    points: int = 0
    missing: int = 0
    rewritten: int = 0


def create(db: sqlite3.Connection) -> None:
    """Make the tables where they are missing."""
    db.executescript(TABLES)


class Again:
    """What can be brought again, in the database that the journal shares."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def refused(self, entry: int, sink: str, spots: Iterable[Spot]) -> None:
        """Note which rows an entry stands for."""
        self._db.executemany(REFUSE, [(entry, s.signal, s.hour, sink, s.rows) for s in spots])

    def spots(self, entry: int) -> list[Spot]:
        """The signals and hours of an entry."""
        found = self._db.execute(
            "select signal, hour, rows from refused where entry = ? order by 2, 1", (entry,)
        )
        return [Spot(*row) for row in found.fetchall()]

    def kept(self) -> set[int]:
        """The entries of the quarantine whose rows are known, or whose whole message is kept."""
        found = self._db.execute(THERE)
        if len(found.fetchall()) < BOTH:
            return set()  # a file that an older version wrote, only to be read
        rows = self._db.execute("select entry from refused union select id from message")
        return {entry for (entry,) in rows.fetchall()}

    def forgive(self, entry: int) -> None:
        """The rows of an entry are at their sink now."""
        self._db.execute("delete from refused where entry = ?", (entry,))

    def excused(self, sink: str, hour: int) -> dict[int, int]:
        """How many rows of each signal a sink's server refused in an hour and has not."""
        found = self._db.execute(
            "select signal, sum(rows) from refused where sink = ? and hour = ? group by 1",
            (sink, hour),
        )
        return dict(found.fetchall())

    def recounted(self, sink: str) -> Recounted:
        """What was found at a sink last."""
        found = self._db.execute(
            "select through_ns, at_ns, points, missing, rewritten from recounted where sink = ?",
            (sink,),
        ).fetchone()
        return Recounted(*found) if found else Recounted()

    def note(self, sink: str, found: Recounted) -> None:
        """Write down what was found; what was compared once is not taken back."""
        self._db.execute(RECOUNT, (sink, *found))
