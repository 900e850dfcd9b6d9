"""The ledger: what became of everything a source sent, and of the time in which it sent nothing.

What always holds: every write belongs to the transaction of the caller, so counts, gaps, spans of
life, redelivery keys and blocks are on the disk together or not at all. Intervals are half-open;
the spans of life of one source neither overlap nor touch.
"""

import sqlite3
from typing import NamedTuple

import numpy as np

from edge.held import TABLE, Held
from edge.model import HOUR_NS, I64, SECOND_NS

LIFE_STEP_NS = 5 * SECOND_NS  # proofs this close are one span
EXCERPT_BYTES = 1024
LISTED_AN_HOUR = 300  # messages of one source; further ones are counted together, without excerpts
HOURS_KNOWN = 1_000  # of all sources, of which the number of messages is kept in mind
MORE = "more of this hour, counted only"
WHOLE = "insert into message select id, ? from quarantine where id = ? and reason <> ?"
ADD_ROWS = "update quarantine set rows = rows + ? where id = ?"
TABLES = """
create table if not exists gap (id integer primary key, source text not null,
    reason text not null, from_ns integer not null, to_ns integer not null) strict;
create index if not exists gap_to on gap (to_ns);
create table if not exists life (source text not null, from_ns integer not null,
    to_ns integer not null, primary key (source, from_ns)) strict, without rowid;
create table if not exists quarantine (id integer primary key, source text not null,
    signal integer, reason text not null, excerpt blob not null, received_ns integer not null,
    rows integer not null) strict;
create table if not exists discarded (id integer primary key, at_ns integer not null) strict;
create table if not exists message (id integer primary key, origin text not null) strict;
create table if not exists account (source text primary key, stored integer not null,
    filtered integer not null, quarantined integer not null) strict, without rowid;
create table if not exists redelivery (source text primary key, key blob not null)
    strict, without rowid;
create table if not exists cursor (name text primary key, position integer not null,
    confirmed integer not null) strict, without rowid;
"""
NEAR_LIFE = """select from_ns, to_ns from life where source = :source and from_ns <= :high
    and from_ns >= coalesce((select max(from_ns) from life
        where source = :source and from_ns <= :low), :low) and to_ns >= :low order by from_ns"""
OLD_LIFE = "delete from life where source = ? and from_ns between ? and ?"
SPANS = """select from_ns, to_ns from life where source = :source and from_ns < :to_ns
    and from_ns >= coalesce((select max(from_ns) from life
        where source = :source and from_ns <= :from_ns), :from_ns) order by from_ns"""
COUNT = """insert into account values (?, ?, ?, ?) on conflict (source) do update set
    stored = stored + excluded.stored, filtered = filtered + excluded.filtered,
    quarantined = quarantined + excluded.quarantined"""
MOVE = """insert into cursor values (?, ?, ?) on conflict (name) do update set
    position = excluded.position, confirmed = confirmed + excluded.confirmed"""
SET_KEY = """insert into redelivery values (?, ?)
    on conflict (source) do update set key = excluded.key"""


class Counts(NamedTuple):
    """What became of the rows of one source, since ever."""

    stored: int = 0
    filtered: int = 0
    quarantined: int = 0


class Gap(NamedTuple):
    """Time in which a source lost something, and why."""

    source: str
    reason: str
    from_ns: int
    to_ns: int


class Quarantined(NamedTuple):
    """Rows set aside: whose, why, and the first KiB of what came."""

    id: int
    source: str
    reason: str
    excerpt: bytes
    received_ns: int
    signal: int | None
    rows: int


class Listed(NamedTuple):
    """How many messages of one source and hour are listed, and what counts the rest."""

    messages: int = 0
    others: int = 0  # id of that entry


class SetAside(NamedTuple):
    """Rows of one source set aside for one reason."""

    source: str
    reason: str
    rows: int


class Position(NamedTuple):
    """How far a sink has come: its last block, and its rows confirmed since ever."""

    block: int = 0
    rows: int = 0


def create(db: sqlite3.Connection) -> None:
    """Make the ledger's tables where they are missing."""
    db.executescript(TABLES + TABLE)


class Ledger:
    """Accounts of the sources and sinks, in the database that the journal shares."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.held = Held(db)
        self._listed = dict[tuple[str, int], Listed]()

    def count(self, source: str, stored: int, filtered: int, quarantined: int) -> None:
        """Add to what became of a source's rows."""
        self._db.execute(COUNT, (source, stored, filtered, quarantined))

    def counts(self) -> dict[str, Counts]:
        """What became of the rows of every source that ever sent any."""
        rows = self._db.execute("select source, stored, filtered, quarantined from account")
        return {source: Counts(*counts) for source, *counts in rows.fetchall()}

    def gap(self, source: str, reason: str, from_ns: int, to_ns: int) -> None:
        """Write down a gap."""
        self._db.execute(
            "insert into gap (source, reason, from_ns, to_ns) values (?, ?, ?, ?)",
            (source, reason, from_ns, to_ns),
        )

    def gaps(self, from_ns: int, to_ns: int, source: str | None = None) -> list[Gap]:
        """The gaps that touch an interval, by their beginning; of one source, or of all."""
        rows = self._db.execute(
            """select source, reason, from_ns, to_ns from gap
            where to_ns > ? and from_ns < ? and source = coalesce(?, source)
            order by from_ns, id""",
            (from_ns, to_ns, source),
        )
        return [Gap(*row) for row in rows.fetchall()]

    def alive(self, source: str, from_ns: int, to_ns: int | None = None) -> None:
        """Note proof of life at an instant or for a span, joined to spans 5 s away or nearer."""
        first, last = from_ns, from_ns if to_ns is None else to_ns
        reach = {"source": source, "low": first - LIFE_STEP_NS, "high": last + LIFE_STEP_NS}
        near = self._db.execute(NEAR_LIFE, reach).fetchall()
        if near:
            self._db.execute(OLD_LIFE, (source, near[0][0], near[-1][0]))
            first, last = min(first, near[0][0]), max(last, near[-1][1])
        self._db.execute("insert into life values (?, ?, ?)", (source, first, last))

    def last_life(self, before_ns: int = (1 << 63) - 1) -> int | None:
        """The latest proof of life of any source, up to then; None where there was none.

        Who knows what time it is says so: a clock that once ran ahead has left some of tomorrow.
        """
        query = "select max(min(to_ns, :before)) from life where from_ns < :before"
        (last_ns,) = self._db.execute(query, {"before": before_ns}).fetchone()
        return None if last_ns is None else int(last_ns)

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        """Proofs of life with from_ns <= t < to_ns, sorted: the ends of spans, and every 5 s."""
        span = {"source": source, "from_ns": from_ns, "to_ns": to_ns}
        spans = np.array(self._db.execute(SPANS, span).fetchall(), np.int64).reshape(-1, 2)
        first, last = spans.T  # a year of unbroken life is six million instants: few are asked for
        skipped = np.maximum(0, -((first - from_ns) // LIFE_STEP_NS))
        first = np.minimum(last, first + skipped * LIFE_STEP_NS)
        proofs = proofs_of(first, np.maximum(first, np.minimum(last, to_ns)))
        return proofs[(proofs >= from_ns) & (proofs < to_ns)]

    def quarantine(
        self,
        source: str,
        reason: str,
        excerpt: bytes,
        received_ns: int,
        *,
        signal: int | None = None,
        rows: int = 1,
    ) -> int:
        """Set rows aside: whose, why, and the first KiB of what came.

        Of a flood the first 300 messages of an hour are listed, the rest only counted.

        Returns:
            The id of the entry; of the one that counts the rest, where it is no more listed.
        """
        key = source, received_ns // HOUR_NS
        if len(self._listed) >= HOURS_KNOWN:
            self._listed.clear()
        listed = self._listed.get(key, Listed())
        if listed.others and self._db.execute(ADD_ROWS, (rows, listed.others)).rowcount:
            return listed.others
        is_one_too_many = listed.messages >= LISTED_AN_HOUR
        if is_one_too_many:
            reason, excerpt, signal = MORE, b"", None
        made = self._db.execute(
            """insert into quarantine (source, reason, excerpt, received_ns, signal, rows)
            values (?, ?, ?, ?, ?, ?)""",
            (source, reason, excerpt[:EXCERPT_BYTES], received_ns, signal, rows),
        ).lastrowid
        made = made or 0  # None only where nothing was inserted
        self._listed[key] = Listed(listed.messages + 1, made if is_one_too_many else 0)
        return made

    def entry(self, number: int) -> Quarantined | None:
        """One entry that nobody has discarded."""
        found = self.quarantined(1, number + 1)
        return found[0] if found and found[0].id == number else None

    def quarantined(self, limit: int = 100, before: int | None = None) -> list[Quarantined]:
        """What was set aside and not discarded, newest first; `before` an id, to read on."""
        rows = self._db.execute(
            """select id, source, reason, excerpt, received_ns, signal, rows from quarantine
            where id < coalesce(?, 9223372036854775807)
            and id not in (select id from discarded) order by id desc limit ?""",
            (before, limit),
        )
        return [Quarantined(*row) for row in rows.fetchall()]

    def whole(self, number: int, origin: str) -> None:
        """Note that the excerpt of an entry is the whole message, and where that came from."""
        self._db.execute(WHOLE, (origin, number, MORE))

    def origin(self, number: int) -> str:
        """Where the message of an entry came from; empty where not all of it is kept."""
        found = self._db.execute("select origin from message where id = ?", (number,)).fetchone()
        return str(found[0]) if found else ""

    def discard(self, number: int, at_ns: int) -> bool:
        """Take an entry off the list, and its excerpt off the disk; its rows stay counted.

        Whether there was one to discard; in the caller's transaction.
        """
        query = "update quarantine set excerpt = x'' where id = ?"
        if not self._db.execute(query, (number,)).rowcount:
            return False
        done = self._db.execute("insert or ignore into discarded values (?, ?)", (number, at_ns))
        return bool(done.rowcount)

    def waiting(self) -> list[SetAside]:
        """How many rows wait for somebody to look at them, by source and reason."""
        rows = self._db.execute(
            """select source, reason, sum(rows) from quarantine
            where id not in (select id from discarded) group by 1, 2 order by 3 desc, 1, 2"""
        )
        return [SetAside(*row) for row in rows.fetchall()]

    def set_aside(self, from_ns: int, to_ns: int) -> list[SetAside]:
        """How many rows were set aside that came in an interval, by source and reason."""
        rows = self._db.execute(
            """select source, reason, sum(rows) from quarantine
            where received_ns >= ? and received_ns < ? group by 1, 2 order by 1, 2""",
            (from_ns, to_ns),
        )
        return [SetAside(*row) for row in rows.fetchall()]

    def key(self, source: str) -> bytes:
        """The redelivery key that was committed last; empty at first."""
        row = self._db.execute("select key from redelivery where source = ?", (source,)).fetchone()
        return bytes(row[0]) if row else b""

    def keys(self) -> dict[str, bytes]:
        """The redelivery keys of all sources that have one."""
        return dict(self._db.execute("select source, key from redelivery").fetchall())

    def set_key(self, source: str, key: bytes) -> None:
        """Commit a source's redelivery key with its rows."""
        self._db.execute(SET_KEY, (source, key))

    def cursor(self, name: str) -> Position:
        """How far a sink has come."""
        row = self._db.execute(
            "select position, confirmed from cursor where name = ?", (name,)
        ).fetchone()
        return Position(*row) if row else Position()

    def move(self, name: str, block: int, rows: int) -> None:
        """Note that a sink's server has all up to a block, `rows` of them newly."""
        self._db.execute(MOVE, (name, block, rows))


def proofs_of(first_ns: I64, last_ns: I64) -> I64:
    """Spans of life as instants, sorted: their ends, and every 5 s between them."""
    steps = (last_ns - first_ns) // LIFE_STEP_NS + 1
    nth = np.arange(steps.sum()) - np.repeat(np.cumsum(steps) - steps, steps)
    return np.union1d(np.repeat(first_ns, steps) + nth * LIFE_STEP_NS, last_ns)


def spans_of(proofs: I64) -> tuple[I64, I64]:
    """The first and last instants of the spans that `proofs_of` gave these instants for."""
    begins = np.diff(proofs, prepend=proofs[:1] - 2 * LIFE_STEP_NS) > LIFE_STEP_NS
    ends = np.diff(proofs, append=proofs[-1:] + 2 * LIFE_STEP_NS) > LIFE_STEP_NS
    return proofs[begins], proofs[ends]
