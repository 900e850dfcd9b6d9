"""Blocks in their order to a server, and the cursor behind them.

While one body is at the server the next is written; the cursor moves five times a second, for each
move is a transaction, and at once where rows were set aside. A crash between repeats at most these
rows, which are the same points.
"""

from collections.abc import Iterator
from itertools import chain

from edge.clock import Clock
from edge.model import SECOND_NS, Batch, Cursor
from edge.sinks.influxdb.ahead import Ahead
from edge.sinks.influxdb.drafts import MOST_LINES, Drafts
from edge.sinks.influxdb.writer import Writer

BACKLOG = 8  # blocks at once: the server was away, or is slower than the sources
CONFIRM_NS = SECOND_NS // 5


class Bringing:
    """One sink at work."""

    def __init__(
        self, writer: Writer, drafts: Drafts, ahead: Ahead, cursor: Cursor, clock: Clock
    ) -> None:
        self._writer = writer
        self._drafts = drafts
        self._ahead = ahead
        self._cursor = cursor
        self._clock = clock
        self._moved_ns = -CONFIRM_NS  # when the cursor moved last; the first body is told at once

    async def bring(self, blocks: list[tuple[int, Batch]]) -> None:
        """Return when the cursor is behind the last of these blocks.

        Raises:
            Unavailable: the server cannot be reached or fails; bring what follows the cursor again.
        """
        newest, rest = blocks[-1][0], joined(blocks)
        last, batch = next(rest)
        drafting = self._drafts.begin(batch)
        rows = 0
        for following in chain(rest, [None]):
            drafted = await drafting
            if following is not None:
                drafting = self._drafts.begin(following[1])
            written = await self._writer.send(drafted)
            rows, now_ns = rows + written, self._clock.monotonic_ns()
            if following is None or written < len(batch) or now_ns - self._moved_ns >= CONFIRM_NS:
                await self._cursor.confirm(last, rows)
                rows, self._moved_ns = 0, now_ns
            if following is None and len(blocks) < BACKLOG:
                return
            await self._ahead.show(newest, len(batch))
            last, batch = following or (last, batch)


def joined(blocks: list[tuple[int, Batch]]) -> Iterator[tuple[int, Batch]]:
    """Neighbouring blocks as one batch each, large enough for a body; with their last number."""
    waiting = list[Batch]()
    for number, batch in blocks:
        waiting.append(batch)
        if sum(map(len, waiting)) >= MOST_LINES or number == blocks[-1][0]:
            yield number, Batch.concat(waiting)
            waiting.clear()
