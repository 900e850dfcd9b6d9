"""History: every stored sample exactly once, from the archive and the journal behind it.

What always holds: list of parts, boundary and blocks are read in one short transaction, so a seal,
a trim or a merge at any moment neither hides a sample nor shows it twice. The boundary is the
number `sealed_through`, never the presence of rows or files.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from edge.archive.columns import NOTHING, Columns, Sheet
from edge.archive.manifest import Part
from edge.archive.sheets import Names, sheet_of
from edge.archive.store import PartEnded
from edge.archive.strips import NO_SAMPLES, samples_of
from edge.latest import Latest
from edge.ledger import Gap, SetAside
from edge.model import I64, U32, Batch, Samples
from edge.stores import Stores
from edge.tail import EVER_NS, Tail

ENOUGH_ROWS = 200_000  # in one answer to a sink
TABLE_ROWS = 1_000_000  # in one table of an export


class Scanned(NamedTuple):
    """What blocks were last cut from: who goes forward reads a part once."""

    after: int
    parts: list[Part]
    rows: Columns


UNREAD = Scanned(-1, [], NOTHING)


class History:
    """The `Reader` of one thread: over stores that this thread opened."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._archive = stores.archive
        self._tail = Tail(stores.journal)
        self._ids = dict[str, int]()
        self._scanned = UNREAD

    @property
    def damaged(self) -> Mapping[str, str]:
        """Parts that could not be read and why; their rows are missing from every answer."""
        return self._archive.damaged

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        """Samples with from_ns <= source_ns < to_ns of each path; unknown ones are empty."""
        known = self._known(signals)
        while True:
            with self._moment():
                parts = self._archive.touching(from_ns, to_ns)
                tail = Columns.concat(self._tail.between(ids(known), from_ns, to_ns)).arranged()
            try:
                strips = self._archive.strips(parts, known, tail.batch.source_ns, (from_ns, to_ns))
            except PartEnded:
                continue
            by_id = samples_of(strips, tail, from_ns, to_ns)
            return {path: by_id.get(self._ids.get(path, 0), NO_SAMPLES) for path in signals}

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        """The last sample before an instant of each path, one row or none."""
        by_id = self._last(self._known(signals), at_ns).split()
        return {path: by_id.get(self._ids.get(path, 0), NO_SAMPLES) for path in signals}

    def stored(self, signals: list[str], from_ns: int, to_ns: int) -> Batch:
        """The rows of an interval in no particular order: what an import compares with."""
        return self._between(self._known(signals), from_ns, to_ns).batch

    def written(self, signals: list[str], from_ns: int, to_ns: int) -> Columns:
        """The rows of an interval with their blocks, in reading order.

        So a sink that writes them once more ends with the same of two rows of one time.
        """
        return self._between(self._known(signals), from_ns, to_ns).arranged()

    def newest(self) -> Batch:
        """The last row of every signal that has any: what a source's repeat would equal."""
        return self._last(self._stores.catalog.paths(), EVER_NS).batch

    def paths(self) -> dict[int, str]:
        """Signal paths by dense id."""
        return self._stores.catalog.known()

    def symbols(self) -> dict[int, str]:
        """The texts behind the values of text signals."""
        return self._stores.catalog.symbols()

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        """Proofs of life of a source as instants, sorted; a span gives one every 5 s.

        While its rows are missing, because a part is damaged, nobody knows what it did: none there.
        """
        proofs = self._stores.ledger.life(source, from_ns, to_ns)
        for gap in self._damages(from_ns, to_ns):
            if gap.source == source:
                proofs = proofs[(proofs < gap.from_ns) | (proofs >= gap.to_ns)]
        return proofs

    def gaps(self, from_ns: int, to_ns: int) -> list[Gap]:
        """What the sources themselves lost in an interval, and what damaged parts lack."""
        kept = self._stores.ledger.gaps(from_ns, to_ns)
        return sorted(kept + self._damages(from_ns, to_ns), key=lambda gap: gap.from_ns)

    def _damages(self, from_ns: int, to_ns: int) -> list[Gap]:
        """The times of damaged parts, for each source that has rows there."""
        with self._moment():
            try:
                unsound = self._archive.unsound(from_ns, to_ns)
            except PartEnded:  # the next question takes the new list
                return []
        if not unsound:
            return []
        sources = self._stores.catalog.sources()
        return [
            Gap(source, f"archive damaged: {part.path}", part.first_ns, part.last_ns + 1)
            for part in unsound
            for source in sorted({sources.get(signal, "") for signal in part.signals.tolist()})
        ]

    def set_aside(self, from_ns: int, to_ns: int) -> list[SetAside]:
        """How many rows were set aside that came in an interval, by source and reason."""
        return self._stores.ledger.set_aside(from_ns, to_ns)

    def rows(self, signals: list[str] | None, from_ns: int, to_ns: int) -> Iterator[Sheet]:
        """All that is known of the rows of an interval, by signal path and source time.

        In tables of some million rows with whole signals each; all of one moment, whatever is
        sealed while they are read.
        """
        known = self._stores.catalog.paths() if signals is None else self._known(signals)
        with self._moment() as through:
            parts = self._archive.touching(from_ns, to_ns)
            tail = Columns.concat(self._tail.between(ids(known), from_ns, to_ns))
        catalog = self._stores.catalog
        names = Names(catalog.paths(), catalog.kinds(), catalog.symbols())
        for group in groups(known, parts, tail):
            found = self._still(parts, group, from_ns, to_ns)
            some = found.take(found.block <= through), tail  # newer ones are in the tail
            rows = Columns.concat([one.pick(ids(group), from_ns, to_ns) for one in some])
            if len(rows):
                yield sheet_of(0, rows.arranged(), names)

    def blocks(self, after: int, limit: int = 64) -> list[tuple[int, Batch]]:
        """The blocks that follow number `after`, oldest first, at most about 200,000 rows.

        From the journal or, once trimmed, from the archive. Either way a block's rows come by
        signal and source time, so that a sink sends the same whichever it was.
        """
        with self._moment() as through:
            if after >= self._stores.journal.oldest():
                self._scanned = UNREAD
                heads = self._stores.journal.heads(after, limit)
                found = self._stores.journal.read(after, enough([head.rows for _, head in heads]))
                return [(seq, in_order(seq, batch)) for seq, batch in found]
        try:
            return self._archived(self._archive.parts, after, min(through, after + limit))
        except PartEnded:
            return self.blocks(after, limit)

    @contextmanager
    def _moment(self) -> Iterator[int]:
        """One short transaction in which list, boundary and blocks agree; the boundary."""
        database, mine = self._stores.db, not self._stores.db.in_transaction
        if mine:
            database.execute("begin")
        try:
            state = self._archive.manifest.state()
            self._archive.refresh(state)
            self._tail.refresh(state.through)
            yield state.through
        finally:
            if mine:
                database.execute("commit")

    def _known(self, signals: list[str]) -> dict[int, str]:
        """The dense ids of those paths that have one."""
        if not self._ids.keys() >= set(signals):
            self._ids = {path: number for number, path in self._stores.catalog.paths().items()}
        return {self._ids[path]: path for path in signals if path in self._ids}

    def _between(self, known: dict[int, str], from_ns: int, to_ns: int) -> Columns:
        """The rows of an interval, older parts first."""
        while True:
            with self._moment():
                parts = self._archive.touching(from_ns, to_ns)
                tail = self._tail.between(ids(known), from_ns, to_ns)
            try:
                found = self._archive.read(parts, known).pick(None, from_ns, to_ns)
            except PartEnded:
                continue
            return Columns.concat([found, *tail])

    def _still(self, parts: list[Part], known: dict[int, str], from_ns: int, to_ns: int) -> Columns:
        """The rows of parts listed a while ago, or of those that took their place."""
        try:
            return self._archive.read(parts, known)
        except PartEnded:
            with self._moment():
                parts = self._archive.touching(from_ns, to_ns)
            return self._still(parts, known, from_ns, to_ns)

    def _last(self, known: dict[int, str], at_ns: int) -> Columns:
        """The last row of each signal before an instant, by signal."""
        while True:
            latest = Latest(known)
            with self._moment():
                for bound_ns, rows in self._tail.latest(ids(known), at_ns):
                    if not latest.wants(bound_ns):
                        break
                    latest.add(rows)
            try:
                while parts := latest.candidates(self._archive.holding, at_ns):
                    latest.add(self._archive.read(parts, known).pick(None, -EVER_NS, at_ns))
            except PartEnded:
                continue
            return latest.rows

    def _archived(self, parts: list[Part], after: int, last: int) -> list[tuple[int, Batch]]:
        """The blocks after one number up to another, gathered from the parts they went into."""
        near = [part for part in parts if part.last_block > after and part.first_block <= last]
        while last > after + 1 and expected(near, after, last) > ENOUGH_ROWS:
            last = after + (last - after) // 2
        near = [part for part in near if part.first_block <= last]
        kept = self._scanned
        is_next = after > kept.after and near == kept.parts
        rows = kept.rows if is_next else self._archive.read(near)
        self._scanned = Scanned(after, near, rows) if len(rows) <= TABLE_ROWS else UNREAD
        rows = rows.take((rows.block > after) & (rows.block <= last)).arranged()
        rows = rows.take(np.argsort(rows.block, kind="stable"))
        return cut(rows, after, last)


def cut(rows: Columns, after: int, last: int) -> list[tuple[int, Batch]]:
    """The blocks after one number up to another, out of rows in their order."""
    numbers = np.arange(after + 1, last + 2)
    places = np.searchsorted(rows.block, numbers).tolist()
    return [
        (number, rows.batch.take(slice(start, end)))
        for number, (start, end) in zip(numbers.tolist(), pairwise(places), strict=False)
    ]


def in_order(seq: int, batch: Batch) -> Batch:
    """A block's rows as the archive has them: by signal and source time."""
    return Columns(batch, np.full(len(batch), seq)).arranged().batch


def ids(known: Mapping[int, str]) -> U32:
    """The dense ids alone."""
    return np.array(list(known), np.uint32)


def groups(known: Mapping[int, str], parts: list[Part], tail: Columns) -> Iterator[dict[int, str]]:
    """The signals in the order of their paths, in groups of about a million rows."""
    sizes = np.zeros(max(known, default=0) + 1, np.int64)
    numbers = [tail.batch.signal, *(part.signals for part in parts)]
    counts = [np.ones(len(tail), np.uint32), *(part.counts for part in parts)]
    number, count = np.concatenate(numbers), np.concatenate(counts)
    inside = number < len(sizes)
    np.add.at(sizes, number[inside], count[inside])
    group, room = dict[int, str](), TABLE_ROWS
    for path, signal in sorted((path, signal) for signal, path in known.items()):
        if group and sizes[signal] > room:
            yield group
            group, room = {}, TABLE_ROWS
        group[signal] = path
        room -= int(sizes[signal])
    if group:
        yield group


def expected(parts: list[Part], after: int, last: int) -> float:
    """About how many rows of parts belong to the blocks after one number up to another."""
    shares = [
        part.rows
        * (min(part.last_block, last) - max(part.first_block, after + 1) + 1)
        / (part.last_block - part.first_block + 1)
        for part in parts
        if part.first_block <= last
    ]
    return sum(shares)


def enough(rows: list[int]) -> int:
    """How many blocks, at least one, make an answer to a sink."""
    return max(1, int(np.searchsorted(np.cumsum(rows), ENOUGH_ROWS, side="right")))
