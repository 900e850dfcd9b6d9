"""The intake's hand at the stores: one transaction a call, in the thread that has them open."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from edge.catalog import Catalog
from edge.crash import crash_point
from edge.intake.parcels import Counts, Gap, Last, Parcel, Refusal, note
from edge.journal import Journal
from edge.ledger import Ledger
from edge.model import NOBODY, Batch


class Stores(NamedTuple):
    """The three that one connection carries, and a witness."""

    journal: Journal
    catalog: Catalog
    ledger: Ledger
    note: Callable[[int], None] = lambda _: None  # keeps the newest block's number elsewhere too
    owed: tuple[tuple[str, Gap], ...] = ()  # gaps by source that the first commit is to name


class Written(NamedTuple):
    """What one commit did."""

    counts: dict[str, Counts]  # by source, what became of its rows
    newest_block: int


class Writer:
    """Journal, catalog and ledger, and what is known of the newest rows."""

    def __init__(self, stores: Stores, newest: Batch) -> None:
        """A writer over open stores.

        Args:
            stores: of the calling thread.
            newest: the newest stored row of every signal, by which a repeat is known.
        """
        self.stores = stores
        self._owed = stores.owed
        self._last = Last()
        self._last.learn(newest)
        self._newest_block = stores.journal.newest()

    def ids(self, signals: Mapping[str, tuple[str, str, str]]) -> dict[str, int]:
        """The number of every signal; kind, unit and source by path."""
        with self.stores.journal.transaction():
            return self.stores.catalog.ids(signals)

    def counts(self) -> dict[str, Counts]:
        """What became of every source's rows in processes before us; nothing flies between them."""
        kept = self.stores.ledger.counts()
        return {source: Counts(*counts, 0, sum(counts)) for source, counts in kept.items()}

    def write(self, parcels: list[Parcel]) -> Written:
        """All there is, in one transaction.

        Raises:
            JournalFull: nothing is written; do it again when there is room.
            Occupied: nothing is written; another process holds the lock.
        """
        journal, catalog, ledger, note_newest, _ = self.stores
        done: dict[str, Counts] = {}
        kept: list[Batch] = []
        with journal.transaction():
            catalog.write()
            for source, gap in self._owed:
                ledger.gap(source, *gap)
            for parcel in parcels:
                rows, refusals, repeats = self._sorted_out(parcel)
                kept.append(rows)
                done[parcel.source] = Counts(len(rows), repeats, len(refusals))
                note(ledger, parcel, refusals, done[parcel.source])
            block = Batch.concat(kept)
            if len(block):
                self._newest_block = journal.append(block)
            crash_point("commit.before")
        crash_point("commit.after")
        self._owed = ()
        note_newest(self._newest_block)
        self._last.learn(block)
        return Written(done, self._newest_block)

    def _sorted_out(self, parcel: Parcel) -> tuple[Batch, list[Refusal], int]:
        """The rows to be stored, all that is set aside, and how many rows were repeats."""
        batch, refusals = Batch.concat(parcel.batches), list(parcel.refusals)
        nobodys = batch.signal == NOBODY
        if nobodys.any():
            refusals += nameless(batch.take(nobodys))
            batch = batch.take(~nobodys)
        repeats = self._last.repeats(batch)
        return batch.take(~repeats), refusals, int(repeats.sum())


def nameless(batch: Batch) -> list[Refusal]:
    """Rows of no signal, each with what it held.

    A loop over rows: only a server that tells what nobody asked for makes any.
    """
    columns = (batch.value, batch.status, batch.source_ns, batch.received_ns)
    return [
        Refusal("a row of no signal", f"{value!r}, {status:#x}, {source_ns} ns".encode(), at_ns)
        for value, status, source_ns, at_ns in zip(*(c.tolist() for c in columns), strict=True)
    ]
