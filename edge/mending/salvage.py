"""A new journal out of what can be read of a damaged one, and of the archive beside it.

What always holds: no block number, signal id or symbol comes to mean another thing. A lost block is
replaced by one without rows, and its time is a named gap of every source, in which nobody is taken
for alive.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edge import again, catalog, ledger, rowsums
from edge.archive import manifest
from edge.archive.manifest import Manifest
from edge.held import Held
from edge.journal import chain, connect
from edge.ledger import Ledger
from edge.mending.accounts import balanced
from edge.mending.blocks import Span, around, missing, newest_of, proven, stand_in
from edge.mending.examining import last_known
from edge.mending.listing import Listing, listed
from edge.mending.names import Names, names_of
from edge.mending.reading import Cells, opened, rows_of
from edge.model import HOUR_NS
from edge.rowsums import ROWS, Rows, key_of

MARGIN = 10_000  # numbers left out where nobody knows the newest one
SPREAD_NS = 60_000_000_000  # how far sources may have been apart when last sealed
LEDGER = {**ROWS, "held": Rows("n, boot, rows, body, aside, digest", "n")}


@dataclass(slots=True)
class Salvage:
    """One rescue: what is read, and what is told of it."""

    data: Path
    now_ns: int
    sources: Collection[str] = ()  # as configured; those that the journal knows are told as well
    notes: list[str] = field(default_factory=list)

    def write(self, draft: Path) -> None:
        """Make a whole journal at `draft`, on the disk when this returns."""
        with ExitStack() as stack:
            old = stack.enter_context(whatever(self.data / "journal.db"))
            new = connect(draft)
            stack.callback(new.close)
            for room in (catalog, ledger, again, manifest):
                room.create(new)
            new.execute("begin immediate")
            self._fill(old, new)
            new.execute("commit")
            rowsums.create(new)
            new.execute("pragma wal_checkpoint(truncate)")

    def _fill(self, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
        rows = {row[0]: row for row in rows_of(old, "block", "seq, link, body", "seq")}
        unsound = unlike(old)
        doubted = {key for table, key in unsound if table == "part"}
        whole = listed(old, self.data / "archive", rows, doubted)
        self.notes += whole.notes
        sound = proven(rows.values(), whole.anchors)
        self._list_parts(new, whole)
        names = names_of(old, whole.told)
        self.notes += names.notes
        put_names(new, names)
        for table, (columns, key) in LEDGER.items():
            width, found = len(key.split(",")), rows_of(old, table, f"{key}, {columns}", key)
            kept = (row[width:] for row in found if (table, key_of(row[:width])) not in unsound)
            copied(new, table, columns, kept)
        self.notes += [
            f"{table} {key} was changed and is {'left out' if table in LEDGER else 'made anew'}"
            for table, key in unsound
        ]
        self._put_blocks(new, rows, sound, whole)
        if any(table == "account" for table, _ in unsound):
            self._balance(new, sound, whole)

    def _list_parts(self, new: sqlite3.Connection, whole: Listing) -> None:
        """The manifest, its chain made anew, with what was known of parts that ended."""
        records = Manifest(new)
        records.record(whole.parts, whole.through)
        for path, (why, at_ns) in whole.ended.items():
            records.end([path], why, at_ns)
        if whole.relisted:
            records.relist(whole.relisted, self.now_ns)
            self.notes.append(
                f"{len(whole.relisted)} parts of the archive were listed anew from what they say of"
                " themselves; nobody vouches that they are unchanged"
            )

    def _put_blocks(
        self,
        new: sqlite3.Connection,
        rows: dict[int, Cells],
        sound: dict[int, bytes],
        whole: Listing,
    ) -> None:
        """All blocks behind the boundary under their numbers, and a gap for those that are lost."""
        through, known = whole.through, last_known(self.data)
        newest = newest_of([*rows, *sound], max(through, known))
        link = whole.anchors.get(through) or next(iter(rows.get(through, ())[1:2]), None)
        if not rows:
            lost, newest = [Span(through + 1, newest)], newest + MARGIN
            Manifest(new).record([], newest)
            through = newest
        else:
            lost = missing(sound, through, newest)
        link = link if isinstance(link, bytes) and len(link) == len(bytes(32)) else bytes(32)
        new.execute("delete from block")
        new.execute("insert into block values (?, ?, x'')", (through, link))
        for seq in range(through + 1, newest + 1):
            body = sound.get(seq) or stand_in()
            link = chain(link, seq, body)
            new.execute("insert into block values (?, ?, ?)", (seq, link, body))
        for span in lost:
            self._name(new, span, sound)
        if lost:
            rows_lost = self._balance(new, sound, whole)
            self.notes.append(f"{rows_lost:,} rows are lost, by the accounts that could be read")

    def _balance(self, new: sqlite3.Connection, sound: dict[int, bytes], whole: Listing) -> int:
        """Let the accounts say what is there; how many rows they said more."""
        (through,) = new.execute("select min(seq) from block").fetchone()
        live = [part for part in whole.parts if part.path not in whole.ended]
        behind = [body for seq, body in sound.items() if seq > through]
        behind += [one.body for one in Held(new).all() if one.aside is not None]
        return balanced(new, live, behind, self._nobodys())

    def _name(self, new: sqlite3.Connection, span: Span, sound: dict[int, bytes]) -> None:
        """Write down that blocks are lost, as a gap of every source."""
        sealed_ns = self._last_sealed_ns(new) - SPREAD_NS
        ever = max(sealed_ns, self.now_ns - HOUR_NS), self.now_ns
        blocks = f"{span.first} to {span.last}" if span.last >= span.first else f"{span.first} on"
        reason = f"journal damaged: blocks {blocks}"
        accounts, known = Ledger(new), new.execute("select source, id from signal").fetchall()
        others = new.execute("select source from account").fetchall()
        for source in sorted({*self.sources, *(one for one, *_ in [*known, *others] if one)}):
            signals = np.array([number for one, number in known if one == source], np.uint32)
            from_ns, to_ns = around(sound, span, signals, ever)
            cut_life(new, source, from_ns, to_ns)
            accounts.gap(source, reason, from_ns, to_ns)
        self.notes.append(f"{reason} are lost and recorded as a gap")

    def _nobodys(self) -> str:
        """The account of rows whose source is not known any more: the only source's, or a new."""
        return next(iter(self.sources)) if len(self.sources) == 1 else "unknown"

    def _last_sealed_ns(self, new: sqlite3.Connection) -> int:
        """The last source time of the archive that is not ahead of now; 0 without one."""
        query = "select coalesce(max(last_ns), 0) from part where last_ns < ?"
        return int(new.execute(query, (self.now_ns,)).fetchone()[0])


@contextmanager
def whatever(path: Path) -> Iterator[sqlite3.Connection]:
    """The damaged database; an empty one where it is no database at all."""
    with ExitStack() as stack:
        try:
            db = stack.enter_context(opened(path))
            db.execute("pragma writable_schema = on")  # passes over a table that is not understood
            db.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.Error:
            db = stack.enter_context(closing(sqlite3.connect(":memory:", isolation_level=None)))
        yield db


def unlike(old: sqlite3.Connection) -> list[tuple[str, str]]:
    """Rows of the ledger that are not what was written, as far as they can be read."""
    found = list[tuple[str, str]]()
    with suppress(sqlite3.DatabaseError):
        found.extend(rowsums.changed(old))
    return found


def put_names(new: sqlite3.Connection, names: Names) -> None:
    """Signals and texts under the numbers they had."""
    copied(new, "signal", "id, path, kind, unit, source", iter(names.signals))
    copied(new, "symbol", "symbol, text", iter(names.symbols.items()))
    if names.next_id:
        new.execute("delete from sqlite_sequence where name = 'signal'")
        new.execute("insert into sqlite_sequence values ('signal', ?)", (names.next_id - 1,))


def copied(new: sqlite3.Connection, table: str, columns: str, rows: Iterator[Cells]) -> None:
    """Write rows; what a damaged row holds may not fit any more, and is left out."""
    places = ", ".join("?" * len(columns.split(",")))
    query = f"insert or ignore into {table} ({columns}) values ({places})"  # noqa: S608 - names of our own
    for row in rows:
        try:
            new.execute(query, row)
        except (sqlite3.DatabaseError, OverflowError):
            continue


def cut_life(new: sqlite3.Connection, source: str, from_ns: int, to_ns: int) -> None:
    """Leave no proof of life in an interval."""
    touching = "source = ? and from_ns < ? and to_ns > ?"
    query = f"select from_ns, to_ns from life where {touching}"  # noqa: S608 - a constant
    spans = new.execute(query, (source, to_ns, from_ns)).fetchall()
    new.execute(f"delete from life where {touching}", (source, to_ns, from_ns))  # noqa: S608 - a constant
    for first, last in spans:
        if first <= from_ns:
            new.execute("insert or ignore into life values (?, ?, ?)", (source, first, from_ns))
        if last >= to_ns:
            new.execute("insert or ignore into life values (?, ?, ?)", (source, to_ns, last))
