"""Strips: what one part, or the tail, holds of one signal; and how a reader joins them.

What always holds: the rows of a strip lie by source time, block and place. Where the times of
parts do not meet, strips are joined as they are; nothing is sorted that is sorted already.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from edge.archive.columns import Columns
from edge.archive.manifest import Part
from edge.model import BOOL, I64, Samples

ENOUGH_ROWS = 500_000  # of one answer of the vault: 20 MB and more
NO_SAMPLES = Samples(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint32))


class Strip(NamedTuple):
    """The rows of one signal."""

    samples: Samples
    block: I64 | None  # None where nobody has to ask: no other strip shares its time

    def take(self, rows: slice) -> "Strip":
        """Neighbouring rows; nothing is copied."""
        source_ns, value, status = self.samples
        samples = Samples(source_ns[rows], value[rows], status[rows])
        return Strip(samples, None if self.block is None else self.block[rows])

    @property
    def blocks(self) -> I64:
        """The number of each row's block; 0 where it does not matter."""
        return np.zeros(len(self.samples.source_ns), np.int64) if self.block is None else self.block

    def between(self, from_ns: int, to_ns: int) -> "Strip":
        """The rows with from_ns <= source_ns < to_ns."""
        return self.take(slice(*self.samples.source_ns.searchsorted([from_ns, to_ns]).tolist()))


def samples_of(
    strips: dict[int, list[Strip]], tail: Columns, from_ns: int, to_ns: int
) -> dict[int, Samples]:
    """The samples of an interval by signal.

    Args:
        strips: of parts by signal, in the order of the parts.
        tail: arranged rows that are newer than all parts.
        from_ns: begin.
        to_ns: end.
    """
    for number, strip in cut(tail).items():
        strips[number].append(strip)
    return {
        number: joined([strip.between(from_ns, to_ns) for strip in some])
        for number, some in strips.items()
    }


def cut(rows: Columns) -> dict[int, Strip]:
    """Arranged rows as a strip for each signal."""
    found, place = dict[int, Strip](), 0
    for number, samples in rows.split().items():
        end = place + len(samples.source_ns)
        found[number] = Strip(samples, rows.block[place:end])
        place = end
    return found


def joined(strips: list[Strip]) -> Samples:
    """Samples in reading order; strips come in the order of parts, the tail last."""
    strips = [strip for strip in strips if len(strip.samples.source_ns)]
    if len(strips) < 2:  # noqa: PLR2004 - nothing to put together
        return strips[0].samples if strips else NO_SAMPLES
    every = [strip.samples for strip in strips]
    source_ns = np.concatenate([samples.source_ns for samples in every])
    value = np.concatenate([samples.value for samples in every])
    status = np.concatenate([samples.status for samples in every])
    if all(one.source_ns[-1] < two.source_ns[0] for one, two in pairwise(every)):
        return Samples(source_ns, value, status)
    order = np.lexsort((np.concatenate([strip.blocks for strip in strips]), source_ns))
    return Samples(source_ns[order], value[order], status[order])


def meeting(parts: list[Part], tail_ns: I64) -> BOOL:
    """Which parts may share an instant with another one or with the tail.

    Args:
        parts: by first source time.
        tail_ns: times of the tail.
    """
    first = np.array([part.first_ns for part in parts], np.int64)
    last = np.array([part.last_ns for part in parts], np.int64)
    meets = np.zeros(len(parts), np.bool_)
    meets[1:] = first[1:] <= np.maximum.accumulate(last)[:-1]
    meets[:-1] |= first[1:] <= last[:-1]
    if len(tail_ns):
        meets |= (first <= tail_ns.max()) & (last >= tail_ns.min())
    return meets


def batches(rows: list[int], meets: BOOL, cut: list[bool]) -> Iterator[tuple[slice, bool]]:
    """Neighbouring parts that are read together: alike in whether they meet others, and not large.

    Args:
        rows: wanted of each part.
        meets: whether a part may share an instant with another one.
        cut: whether a part is read alone, for little of its time is wanted.
    """
    start, room = 0, ENOUGH_ROWS
    for place, wanted in enumerate(rows):
        alone = cut[place] or cut[start]
        if place > start and (alone or wanted > room or meets[place] != meets[start]):
            yield slice(start, place), bool(meets[start])
            start, room = place, ENOUGH_ROWS
        room -= wanted
    if rows:
        yield slice(start, len(rows)), bool(meets[start])
