"""Which blocks of a damaged journal are proven to be what was written.

Each block has its link, which depends on the block before it. So a block is proven by its own bytes
and the link of its neighbour, however much is broken elsewhere; and where a link itself is broken,
the one that should stand there is proven by the next block.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from edge.journal import chain
from edge.mending.reading import Cells
from edge.model import U32, Batch
from edge.packing import FORMAT, HEAD, head, pack, unpack

LOST = 2  # flag of a body: this block stands for one that was damaged
NEAR = 1_000  # numbers above all that is proven that may have been; a broken number is any
NEVER_NS = -(1 << 63)


class Span(NamedTuple):
    """Blocks from one number to another, both included."""

    first: int
    last: int


def proven(rows: Iterable[Cells], anchors: Mapping[int, bytes]) -> dict[int, bytes]:
    """The bodies of all blocks that are what was written.

    Args:
        rows: (seq, link, body) as they were found, in any order.
        anchors: links of blocks that others have written down.
    """
    found = {row[0]: row[1:] for row in rows if is_block(row)}
    sound: dict[int, bytes] = {}
    hooks: list[tuple[bytes, int | None]] = []  # links the last block may have; what each proves
    last = None
    for seq in sorted(found):
        link, body = found[seq]
        if seq - 1 != last:
            hooks = [(anchors[seq - 1], None)] if seq - 1 in anchors else []
        if follows := [also for hook, also in hooks if chain(hook, seq, body) == link]:
            sound |= {also: found[also][1] for also in follows if also is not None}
            sound[seq] = body
            hooks = [(link, None)]
        else:
            ought = [(chain(hook, seq, body), seq) for hook, also in hooks if also is None]
            hooks = [(link, None), *ought]
        if seq in anchors:
            hooks.append((anchors[seq], None))
        last = seq
    return {seq: body for seq, body in sound.items() if body}


def is_block(row: Cells) -> bool:
    """Whether a row has what a block has."""
    seq, link, body = row
    return isinstance(seq, int) and isinstance(link, bytes) and isinstance(body, bytes)


def newest_of(numbers: Iterable[int], at_least: int) -> int:
    """The newest number that may have been given out, of all that were seen."""
    newest = at_least
    for number in sorted(numbers):
        if newest < number <= newest + NEAR:
            newest = number
    return newest


def missing(sound: Mapping[int, bytes], after: int, newest: int) -> list[Span]:
    """The numbers after one up to another that no proven block has."""
    edges = [after, *sorted(seq for seq in sound if after < seq <= newest), newest + 1]
    return [
        Span(before + 1, behind - 1) for before, behind in pairwise(edges) if behind > before + 1
    ]


def stand_in() -> bytes:
    """A body without rows in place of a lost one, so that no number means two things."""
    body = pack(Batch.of([]))
    return HEAD.pack(FORMAT, LOST, 0, 0, 0, NEVER_NS) + body[HEAD.size :]


def around(
    sound: Mapping[int, bytes], span: Span, signals: U32, ever: tuple[int, int]
) -> tuple[int, int]:
    """The time in which the rows of a source in lost blocks were made.

    Its own rows before and behind them tell: those of another source may have come with none of the
    delay that a restart brings.

    Args:
        sound: proven blocks.
        span: the lost ones.
        signals: of the source.
        ever: what holds where there is no neighbour.
    """
    before = next_of(sound, sorted((n for n in sound if n < span.first), reverse=True), signals)
    behind = next_of(sound, sorted(n for n in sound if n > span.last), signals)
    from_ns, to_ns = ever
    if before is not None:
        from_ns = min(int(before.received_ns.max()), int(before.source_ns.max()))
    if behind is not None:
        to_ns = max(int(behind.received_ns.min()), int(behind.source_ns.min()))
    return from_ns, max(to_ns, from_ns + 1)


def next_of(sound: Mapping[int, bytes], numbers: list[int], signals: U32) -> Batch | None:
    """The rows of these signals in the first of the blocks that has any."""
    for body in (sound[number] for number in numbers):
        if (rows := live(body)) is not None and (own := np.isin(rows.signal, signals)).any():
            return rows.take(own)
    return None


def live(body: bytes) -> Batch | None:
    """The rows of a block that did not come from a file; None where there are none."""
    facts = head(body)
    return unpack(body) if facts.rows and not facts.history else None
