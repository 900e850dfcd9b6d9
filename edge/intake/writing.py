"""The intake's hand at the stores: one transaction a call, in the thread that has them open."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from edge.catalog import Catalog
from edge.crash import crash_point
from edge.intake.dating import Dating
from edge.intake.holding import Holding
from edge.intake.lateness import Judge, Lateness
from edge.intake.parcels import Counts, Gap, Last, Parcel, Refusal, note
from edge.journal import Journal
from edge.ledger import Ledger
from edge.model import BOOL, NOBODY, Batch


class IntakeStores(NamedTuple):
    """The three stores of one connection, and what goes with a commit to them."""

    journal: Journal
    catalog: Catalog
    ledger: Ledger
    note: Callable[[int], None] = lambda _: None  # keeps the newest block's number elsewhere too
    owed: tuple[tuple[str, Gap], ...] = ()  # gaps by source that the first commit is to name


class Written(NamedTuple):
    """What one commit did."""

    counts: dict[str, Counts]  # by source, what became of its rows
    newest_block: int
    holds: bool = False  # whether rows wait for a clock that can be believed
    ahead_ns: Mapping[str, int] = MappingProxyType({})  # by source: source time less arrival
    doubted: Mapping[str, int] = MappingProxyType({})  # by source: rows of a time not believed


class Writer:
    """Journal, catalog and ledger, and what is known of the newest rows."""

    def __init__(self, stores: IntakeStores, newest: Batch) -> None:
        """A writer over open stores.

        Args:
            stores: of the calling thread.
            newest: the newest stored row of every signal, by which a repeat is known.
        """
        self.stores = stores
        self._owed = stores.owed
        self._last = Last()
        self._last.learn(newest)
        self._judge = Judge()
        self._judge.learn(newest)
        self._holding = Holding(stores.journal, stores.ledger, self._judge)
        for batch in self._holding.waiting():
            self._last.learn(batch)

    def ids(
        self,
        signals: Mapping[str, tuple[str, str, str]],
        lateness: Mapping[str, Lateness],
    ) -> dict[str, int]:
        """The number of every signal; kind, unit and source by path, and how late a source is."""
        with self.stores.journal.transaction():
            found = self.stores.catalog.ids(signals)
        self._judge.allow({n: signals[path][2] for path, n in found.items()}, lateness)
        return found

    def counts(self) -> dict[str, Counts]:
        """What became of every source's rows in processes before us; nothing flies between them."""
        kept = self.stores.ledger.counts()
        return {source: Counts(*counts, 0, sum(counts)) for source, counts in kept.items()}

    def write(self, parcels: list[Parcel], dating: Dating) -> Written:
        """All there is, in one transaction.

        Args:
            parcels: what the sources have handed over.
            dating: what the clock is worth.

        Raises:
            JournalFull: nothing is written; do it again when there is room.
            Occupied: nothing is written; another process holds the lock.
        """
        journal, catalog, ledger, note_newest, _ = self.stores
        done: dict[str, Counts] = {}
        kept, undated = list[Batch](), list[Batch]()
        with self._judge.trying(), journal.transaction():
            catalog.write()
            for source, gap in self._owed:
                ledger.gap(source, *gap)
            for parcel in parcels:
                refusals = list(parcel.refusals)
                kept.append(self._sorted_out(parcel.batches, refusals))
                undated.append(self._sorted_out(parcel.undated, refusals))
                done[parcel.source] = counted(parcel, refusals, len(kept[-1]) + len(undated[-1]))
                note(ledger, parcel, refusals, done[parcel.source])
            block, later = Batch.concat(kept), Batch.concat(undated)
            ahead_ns = ahead(parcels, kept)
            self._holding.keep(parcels, later, dating)
            self._holding.settle(dating)
            block, doubtful = self._judge.judged(block)
            if len(block):
                journal.append(block)
            newest, holds = journal.newest(), ledger.held.waits()
            crash_point("commit.before")
        crash_point("commit.after")
        self._owed = ()
        note_newest(newest)
        self._last.learn(block)
        self._last.learn(later)
        return Written(done, newest, holds, ahead_ns, doubted(parcels, kept, doubtful))

    def _sorted_out(self, batches: list[Batch], refusals: list[Refusal]) -> Batch:
        """The rows to be stored; those of nobody are added to what is set aside."""
        batch = Batch.concat(batches)
        if not len(batch):
            return batch
        nobodys = batch.signal == NOBODY
        if nobodys.any():
            refusals += nameless(batch.take(nobodys))
            batch = batch.take(~nobodys)
        repeats = self._last.repeats(batch)
        return batch.take(~repeats) if repeats.any() else batch


def ahead(parcels: list[Parcel], kept: list[Batch]) -> dict[str, int]:
    """By source, how far the latest of its times is ahead of its arrival."""
    return {
        parcel.source: int((rows.source_ns - rows.received_ns).max())
        for parcel, rows in zip(parcels, kept, strict=True)
        if len(rows)
    }


def doubted(parcels: list[Parcel], kept: list[Batch], doubtful: BOOL | None) -> dict[str, int]:
    """By source, how many rows have a time that is not believed.

    Args:
        parcels: of the sources.
        kept: the rows of each.
        doubtful: which of all of them, one after the other; None = not one.
    """
    if doubtful is None:
        return {}
    ends = np.cumsum([len(rows) for rows in kept])[:-1]
    parts = zip(parcels, np.split(doubtful, ends), strict=True)
    return {parcel.source: n for parcel, part in parts if (n := int(part.sum()))}


def counted(parcel: Parcel, refusals: list[Refusal], stored: int) -> Counts:
    """What becomes of the rows of a parcel: what is neither stored nor set aside was a repeat."""
    rows = parcel.rows - stored - len(refusals)
    return Counts(stored, rows, len(refusals))


def nameless(batch: Batch) -> list[Refusal]:
    """Rows of no signal, each with what it held.

    A loop over rows: only a server that tells what nobody asked for makes any.
    """
    columns = (batch.value, batch.status, batch.source_ns, batch.received_ns)
    return [
        Refusal("a row of no signal", f"{value!r}, {status:#x}, {source_ns} ns".encode(), at_ns)
        for value, status, source_ns, at_ns in zip(*(c.tolist() for c in columns), strict=True)
    ]
