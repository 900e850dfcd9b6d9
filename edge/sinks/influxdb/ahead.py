"""Fresh rows go ahead of a backlog: who looks at the database sees today at once, not in its turn.

What always holds:
1. The cursor knows nothing of it. What went ahead is written once more in its turn, and counted or
   set aside only then: a crash loses and miscounts nothing, and of two rows of one time the server
   ends with the later one, as ever.
2. Of five rows that are sent at most one went ahead, so a backlog becomes shorter at any speed.
3. Without a backlog nothing goes ahead. What a server refuses here is left to its turn.
"""

from edge.clock import Clock
from edge.model import SECOND_NS, Batch, Feed
from edge.sinks.influxdb.door import Door
from edge.sinks.influxdb.drafts import MOST_LINES
from edge.sinks.influxdb.lineprotocol import LineProtocol

LOOK_NS = SECOND_NS // 4
SHARE = 4  # rows of the backlog for each one that goes ahead
MOST_ROWS = 20_000  # of which the newest go ahead at a time


class Ahead:
    """Sends the newest blocks between the pieces of a backlog."""

    def __init__(self, door: Door, lines: LineProtocol, feed: Feed, clock: Clock) -> None:
        self._door = door
        self._lines = lines
        self._feed = feed
        self._clock = clock
        self._shown = 0  # the last block that went ahead
        self._room = 0  # rows that may go ahead by now
        self._due_ns = 0

    async def show(self, after: int, written: int) -> None:
        """Send what is newest behind block `after`, if it is time.

        Args:
            after: the last block that is under way in its turn.
            written: how many rows of the backlog were written since the last call.

        Raises:
            Unavailable: the server cannot be reached.
        """
        self._room = min(self._room + written // SHARE, MOST_ROWS)
        if self._room <= 0 or self._clock.monotonic_ns() < self._due_ns:
            return
        for number, batch in await self._feed.fresh(max(after, self._shown), self._room):
            await self._send(self._lines.sift(batch)[0])
            self._room -= len(batch)
            self._shown = number
        self._due_ns = self._clock.monotonic_ns() + LOOK_NS

    async def _send(self, rows: Batch) -> None:
        """Send rows once, whatever the server says of them."""
        body, half = self._lines.body(rows), (len(rows) + 1) // 2
        if len(rows) > 1 and (len(body) > self._door.most_bytes or len(rows) > MOST_LINES):
            await self._send(rows.take(slice(half)))
            await self._send(rows.take(slice(half, None)))
        elif len(rows):
            await self._door.ask(body)
