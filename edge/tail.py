"""The tail: what the journal holds behind the archive, read once and kept in memory.

The newest rows are kept unpacked, older ones packed as blocks are, some 50,000 together: of single
blocks most of the time would go into their number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from edge.archive.columns import Columns
from edge.journal import Journal
from edge.model import I64, U32
from edge.packing import head, pack, unpack

EVER_NS = (1 << 63) - 1
MOST_ROWS = 1_000_000  # kept: 9 MB, packed
OPEN_ROWS = 100_000  # of them kept unpacked: 4 MB
JOINED_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows as a block's body, with the numbers of their blocks."""

    body: bytes
    blocks: I64
    counts: I64
    signals: U32  # which they are of

    @classmethod
    def of(cls, rows: Columns) -> "Packed":
        """These rows packed."""
        starts = np.flatnonzero(np.diff(rows.block, prepend=rows.block[0] - 1))
        counts = np.diff(starts, append=len(rows))
        return cls(pack(rows.batch), rows.block[starts], counts, np.unique(rows.batch.signal))

    def rows(self) -> Columns:
        """The same rows."""
        return Columns(unpack(self.body), np.repeat(self.blocks, self.counts))


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring blocks; their rows, or None while nobody asked for them."""

    first_block: int
    last_block: int
    first_ns: int
    last_ns: int
    size: int
    rows: Columns | Packed | None = None

    @property
    def seen(self) -> Columns | None:
        """Its rows, where they are in memory in whatever form."""
        return self.rows.rows() if isinstance(self.rows, Packed) else self.rows

    def touches(self, from_ns: int, to_ns: int) -> bool:
        """Whether it may have source times in an interval."""
        return self.first_ns < to_ns and self.last_ns >= from_ns

    def after(self, through: int) -> "Run":
        """What of it lies behind a boundary."""
        if self.first_block > through:
            return self
        seen = self.seen
        rows = None if seen is None else seen.take(seen.block > through)
        size = self.size if rows is None else len(rows)
        return replace(self, first_block=through + 1, size=size, rows=rows)

    def joined(self, next_one: "Run") -> "Run":
        """Both as one."""
        rows = [seen for run in (self, next_one) if (seen := run.seen) is not None]
        return Run(
            self.first_block,
            next_one.last_block,
            min(self.first_ns, next_one.first_ns),
            max(self.last_ns, next_one.last_ns),
            self.size + next_one.size,
            Columns.concat(rows),
        )


class Tail:
    """The blocks behind the boundary; what is sealed is forgotten.

    All methods run inside the reader's transaction.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._runs = list[Run]()
        self._newest = 0

    def refresh(self, through: int) -> None:
        """Follow the boundary and the newest block; new blocks are not yet unpacked."""
        self._runs = [run.after(through) for run in self._runs if run.last_block > through]
        for seq, facts in self._journal.heads(max(self._newest, through)):
            self._newest = seq
            if facts.rows:
                self._runs.append(Run(seq, seq, facts.first_ns, facts.last_ns, facts.rows))

    def between(self, signals: U32 | None, from_ns: int, to_ns: int) -> list[Columns]:
        """Rows of some signals, or of all, in an interval, oldest block first."""
        self._keep(from_ns, to_ns)
        near = [run for run in self._runs if run.touches(from_ns, to_ns)]
        return [self._rows(run).pick(signals, from_ns, to_ns) for run in near]

    def latest(self, signals: U32, at_ns: int) -> Iterator[tuple[int, Columns]]:
        """Rows of some signals before an instant, by run, with the latest time each may have.

        The times fall, so that a reader may stop.
        """
        for run in sorted(self._runs, key=lambda run: run.last_ns, reverse=True):
            known = run.rows.signals if isinstance(run.rows, Packed) else signals
            if run.first_ns < at_ns and np.isin(signals, known).any():
                yield min(run.last_ns, at_ns - 1), self._rows(run).pick(signals, -EVER_NS, at_ns)

    def _rows(self, run: Run) -> Columns:
        """The rows of a run, from memory or from the journal."""
        if (seen := run.seen) is not None:
            return seen
        bodies = self._journal.bodies(run.first_block - 1, run.last_block - run.first_block + 1)
        blocks = np.array([seq for seq, _ in bodies], np.int64)
        counts = [head(body).rows for _, body in bodies]
        return Columns(unpack(*(body for _, body in bodies)), np.repeat(blocks, counts))

    def _keep(self, from_ns: int, to_ns: int) -> None:
        """Read what an interval needs, newest first while there is room, and join neighbours.

        Joined, for an hour is thousands of blocks; only to a neighbour of like size, so that a row
        is copied a few times, not once for each new block.
        """
        wanted = [run.rows is not None or run.touches(from_ns, to_ns) for run in self._runs]
        left = sum(run.size for run, wants in zip(self._runs, wanted, strict=True) if wants)
        runs, self._runs = self._runs, []
        for run, wants in zip(runs, wanted, strict=True):
            self._runs.append(self._kept(run, left) if wants else run)
            while len(self._runs) > 1 and alike(*self._runs[-2:]):
                last = self._runs.pop()
                self._runs[-1] = self._runs[-1].joined(last)
            left -= run.size if wants else 0
            if left > OPEN_ROWS and self._runs[-1].size > JOINED_ROWS // 2:
                self._runs[-1] = packed(self._runs[-1])

    def _kept(self, run: Run, left: int) -> Run:
        """A run with its rows in memory, or without where so many from it on are too many."""
        if left > MOST_ROWS:
            return replace(run, rows=None)
        return run if run.rows is not None else replace(run, rows=self._rows(run))


def alike(one: Run, two: Run) -> bool:
    """Whether two neighbours, both unpacked, had better be one."""
    unpacked = isinstance(one.rows, Columns) and isinstance(two.rows, Columns)
    return unpacked and one.size <= 2 * two.size and one.size + two.size <= JOINED_ROWS


def packed(run: Run) -> Run:
    """A run with its rows packed, where it has any that are not."""
    if not isinstance(run.rows, Columns) or not len(run.rows):
        return run
    return replace(run, rows=Packed.of(run.rows))
