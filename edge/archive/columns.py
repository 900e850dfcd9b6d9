"""Rows with the number of their block, as they lie in parts and as they are read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edge.archive.manifest import Part
from edge.model import BOOL, I64, U32, Batch, Samples


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of many blocks."""

    batch: Batch
    block: I64

    def __len__(self) -> int:
        return len(self.block)

    def take(self, rows: BOOL | I64 | slice) -> Self:
        """The chosen rows: a mask, positions or a slice."""
        return type(self)(self.batch.take(rows), self.block[rows])

    @classmethod
    def concat(cls, columns: list[Self]) -> Self:
        """All rows, in the order given."""
        if len(columns) == 1:
            return columns[0]
        blocks = [np.empty(0, np.int64), *(some.block for some in columns)]
        return cls(Batch.concat([some.batch for some in columns]), np.concatenate(blocks))

    def pick(self, signals: U32 | None, from_ns: int, to_ns: int) -> Self:
        """The rows of some signals, or of all, with from_ns <= source_ns < to_ns."""
        times = self.batch.source_ns
        wanted = (times >= from_ns) & (times < to_ns)
        if signals is not None:
            wanted &= np.isin(self.batch.signal, signals)
        return self if wanted.all() else self.take(wanted)

    def arranged(self) -> Self:
        """By signal, source time, block and place: the reading order, whatever the store."""
        order = stable(self.batch.signal)
        signal, times = self.batch.signal[order], self.batch.source_ns[order]
        block, step = self.block[order], np.diff(times)
        back = (step < 0) | ((step == 0) & (np.diff(block) < 0))
        if (back & (np.diff(signal) == 0)).any():  # blocks come by arrival, parts may be late
            order = order[np.lexsort((block, times, signal))]
        return self.take(order)

    def split(self) -> dict[int, Samples]:
        """Arranged rows as samples of each signal."""
        batch = self.batch
        starts = np.flatnonzero(np.diff(batch.signal, prepend=0)).tolist()  # 0 is nobody's
        ends = [*starts[1:], len(self)][: len(starts)]  # none where there are no rows
        return {
            number: Samples(
                batch.source_ns[start:end], batch.value[start:end], batch.status[start:end]
            )
            for number, start, end in zip(batch.signal[starts].tolist(), starts, ends, strict=True)
        }


def stable(numbers: I64 | U32) -> NDArray[np.intp]:
    """Positions in stable order; as 16-bit numbers, where they fit, they sort in linear time."""
    small = numbers.max(initial=0) < 1 << 16
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")


NOTHING = Columns(Batch.of([]), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a part to be, in the order in which they shall lie."""

    stem: str  # 2026-11-20/08
    rows: Columns
    signals: U32  # dense ids in the order of their paths
    counts: U32
    paths: list[str]
    text: I64  # 1 for the first of `texts`, 0 for none
    texts: list[str]

    def part(self, path: str, sha256: bytes, size: int) -> Part:
        """The record of the file that holds this sheet."""
        return Part(
            path=path,
            sha256=sha256,
            size=size,
            rows=len(self.rows),
            first_block=int(self.rows.block.min()),
            last_block=int(self.rows.block.max()),
            first_ns=int(self.rows.batch.source_ns.min()),
            last_ns=int(self.rows.batch.source_ns.max()),
            layout=self.signals.astype("<u4").tobytes() + self.counts.astype("<u4").tobytes(),
        )

    def about(self, facts: Mapping[str, object], catalog: Mapping[str, object]) -> str:
        """What makes the file explain itself: where it comes from, and its signals."""
        entries = {path: catalog.get(path) for path in self.paths}
        return json.dumps({**facts, "signals": entries}, ensure_ascii=False, separators=(",", ":"))
