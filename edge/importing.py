"""Importing: files of samples go the way of all samples, through journal and archive.

An import is a source that ends. What always holds: a file is stored only once all of it was
checked; a row that is there already (signal, source time, value, status) is not stored again, so a
second import, or one that was killed and repeated, adds what is missing and nothing else. Rows are
journalled in source-time order, or an hour's rows would scatter over many parts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from edge import sealing
from edge.archive.foreign import kinds_of, read_pieces
from edge.clock import SYSTEM, Clock
from edge.errors import ImportInvalid
from edge.history import History
from edge.model import BOOL, Batch
from edge.packing import pack
from edge.site import Signal
from edge.stores import Stores
from edge.tables.check import AHEAD_NS, Checker
from edge.tables.raw import TEXT, Raw, coded, meant, missing
from edge.tables.read import read_csv, read_npz

SOURCE = "import"
BLOCK_ROWS = 100_000
BLOCKS = 5  # in one transaction: a live service beside us waits 200 ms at most
PACKERS = 4


class Imported(NamedTuple):
    """What became of the rows of an import so far: received = stored + filtered."""

    received: int = 0
    stored: int = 0
    filtered: int = 0
    local: int = 0  # of those received, with a time that had no offset
    future: int = 0  # of those received: their time had not come, so no figure uses them


Progress = Callable[[Imported], None]


def import_files(
    stores: Stores,
    files: Iterable[Path],
    signals: Mapping[str, Signal],
    progress: Progress = lambda _: None,
    clock: Clock = SYSTEM,
    zone: ZoneInfo | None = None,
) -> Imported:
    """Store the samples of files, each checked as a whole first.

    Several files given as a sequence are all checked before the first is stored, and go by their
    first source time. Those of an iterator go as they come, so they can be made meanwhile.

    Args:
        stores: of the calling thread.
        files: CSV, Parquet or npz.
        signals: of the site, by path.
        progress: told after every transaction.
        clock: labels the rows as received.
        zone: of times without an offset; None = there must be none.

    Raises:
        ImportInvalid: a file has faults; nothing of it is stored.
        JournalFull: no room on the disk; repeat the import once there is.
    """
    with stores.journal.transaction():
        facts = {path: (one.kind.value, one.unit, one.source) for path, one in signals.items()}
        reader = Files(signals, stores.catalog.ids(facts), stores.catalog.symbol, clock, zone)
    if isinstance(files, Sequence) and len(files) > 1:
        files = sorted(files, key=reader.first_ns)
    work = Import(stores, progress)
    for batch in ahead(files, reader.rows):
        work.store(batch)
    work.finish()
    return work.done._replace(local=sum(reader.local.values()))


@dataclass(frozen=True, slots=True)
class Files:
    """Turns files into rows."""

    signals: Mapping[str, Signal]
    ids: Mapping[str, int]
    symbol: Callable[[str], int]
    clock: Clock
    zone: ZoneInfo | None = None
    local: dict[Path, int] = field(default_factory=dict)  # rows with times of that zone

    def rows(self, path: Path) -> Batch:
        """All rows of a file by source time; those of one instant as they stand there.

        Raises:
            ImportInvalid: what is wrong with it, by row and column.
        """
        checker = Checker(path, self.signals, self.ids, self.symbol, self.zone)
        now_ns = self.clock.wall_ns()
        rows = Batch.concat([checker.rows(raw, now_ns) for raw in read(path)])
        checker.close()
        self.local[path] = checker.local
        return rows.take(np.argsort(rows.source_ns, kind="stable"))

    def first_ns(self, path: Path) -> int:
        """The first source time of a file that is otherwise found right."""
        return int(self.rows(path).source_ns[:1].sum())


def read(path: Path) -> Iterator[Raw]:
    """The raw columns of a file of any kind.

    Raises:
        ImportInvalid: it is of no kind that we know, or not readable as what it seems.
    """
    readers = {".csv": read_csv, ".npz": read_npz, ".parquet": read_parquet}
    if path.suffix.lower() not in readers:
        raise ImportInvalid(
            f"{path}: {path.suffix!r} is no kind of file for samples; use {', '.join(readers)}"
        )
    if not path.is_file():
        raise ImportInvalid(f"{path}: there is no such file")
    return readers[path.suffix.lower()](path)


def read_parquet(path: Path) -> Iterator[Raw]:
    """The rows of a Parquet file.

    Raises:
        ImportInvalid: no such columns, columns of kinds that cannot be meant, or damage.
    """
    kinds, first_row = kinds_of(path), 1
    named = dict(zip(meant(list(kinds)), kinds, strict=True))
    if what := missing(set(named)):
        raise ImportInvalid(f"{path}: {what}")
    for found in read_pieces(path, kinds, named):
        columns = {name: plain(column) for name, column in found.items()}
        names, signal = coded(columns["signal"].tolist())
        time, value = columns["source_time"], columns["value"]
        quality, text = columns.get("quality"), columns.get(TEXT)
        yield Raw(first_row, names, signal, time, value, quality, text=text)
        first_row += len(signal)


def plain(column: Any) -> Any:  # noqa: ANN401 - as DuckDB hands it over, and without nulls or objects
    """A column with nulls as NaN and texts as NumPy has them."""
    if np.ma.isMaskedArray(column):
        column = column.filled(np.nan)
    return column.astype(np.str_) if column.dtype.kind == "O" else column


class Import:
    """Where the rows go: filtered, journalled in short transactions, sealed on the way."""

    def __init__(self, stores: Stores, progress: Progress) -> None:
        self._stores = stores
        self._history = History(stores)
        self._progress = progress
        self._waiting = sum(head.rows for _, head in stores.journal.heads(self._boundary()))
        self._sealed = False
        self.done = Imported()

    def store(self, batch: Batch) -> None:
        """Make the rows of a file durable."""
        fresh = batch.take(~self._repeats(batch))
        filtered = len(batch) - len(fresh)
        cuts = [fresh.take(slice(at, at + BLOCK_ROWS)) for at in range(0, len(fresh), BLOCK_ROWS)]
        with ThreadPoolExecutor(PACKERS, "pack") as pool:
            bodies = list(pool.map(lambda cut: pack(cut, history=True), cuts))
        ahead_ns = batch.source_ns - batch.received_ns
        self.done = self.done._replace(future=self.done.future + int((ahead_ns > AHEAD_NS).sum()))
        for first in range(0, max(1, len(cuts)), BLOCKS):
            rows = sum(map(len, cuts[first : first + BLOCKS]))
            self._commit(bodies[first : first + BLOCKS], rows, filtered)
            filtered = 0

    def finish(self) -> None:
        """Seal what is left of an import that was large enough to be sealed at all."""
        if self._sealed:
            sealing.seal(self._stores)

    def _commit(self, bodies: list[bytes], rows: int, filtered: int) -> None:
        stores = self._stores
        with stores.journal.transaction():
            stores.catalog.write()
            for body in bodies:
                stores.journal.add(body)
            stores.ledger.count(SOURCE, rows, filtered, 0)
        sums = zip(self.done, (rows + filtered, rows, filtered, 0, 0), strict=True)
        self.done = Imported(*(old + new for old, new in sums))
        self._progress(self.done)
        self._waiting += rows
        if self._waiting >= sealing.ENOUGH_ROWS:
            sealing.seal(stores)
            self._waiting, self._sealed = 0, True

    def _boundary(self) -> int:
        return self._stores.archive.manifest.state().through

    def _repeats(self, batch: Batch) -> BOOL:
        """Which rows are stored already, or stand in the file a second time."""
        if not len(batch):
            return np.zeros(0, np.bool_)
        paths = self._stores.catalog.paths()
        names = [paths[number] for number in np.unique(batch.signal).tolist()]
        span = int(batch.source_ns[0]), int(batch.source_ns[-1]) + 1
        return repeats(self._history.stored(names, *span), batch)


def ahead(files: Iterable[Path], rows: Callable[[Path], Batch]) -> Iterator[Batch]:
    """The rows of each file; the next one is read while this one is stored."""
    coming = iter(files)

    def read_next() -> Batch | None:
        path = next(coming, None)
        return None if path is None else rows(path)

    with ThreadPoolExecutor(1, "read") as pool:
        waiting = pool.submit(read_next)
        while (batch := waiting.result()) is not None:
            waiting = pool.submit(read_next)
            yield batch


def repeats(stored: Batch, batch: Batch) -> BOOL:
    """Which rows equal a stored one, or one before them in the batch, to the bit of the value."""
    order = np.argsort(batch.source_ns, kind="stable")
    order = order[np.argsort(batch.signal[order], kind="stable")]
    signal, times = batch.signal[order], batch.source_ns[order]
    found = np.zeros(len(batch), np.bool_)
    if not len(stored) and not ((np.diff(signal) == 0) & (np.diff(times) == 0)).any():
        return found
    both = Batch.concat([stored, batch])
    bits = np.where(np.isnan(both.value), np.nan, both.value).view(np.int64)
    order = np.lexsort(
        (both.status, bits, both.source_ns, both.signal)
    )  # stable: stored ones first
    same = np.ones(len(order) - 1, np.bool_)
    for column in (both.signal, both.source_ns, bits, both.status):
        same &= column[order][1:] == column[order][:-1]
    again = order[1:][same]
    found[again[again >= len(stored)] - len(stored)] = True
    return found
