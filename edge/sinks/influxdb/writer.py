"""From rows to stored rows: sends bodies, believes nothing but 204, takes refusals apart.

What always holds:
1. Every row handed to `write` is stored by the server or handed to `Cursor.refuse`; or `write`
   raises and the caller brings all of them again. A row sent twice is the same point.
2. Rows of one series reach the server in the order of the batch, so the last one wins there too.
   A probe may come before its time; it is sent again in its turn.
3. No row is refused for what concerns them all: an address that refuses an empty body as well
   waits for a person, and a server that fails on every line is tried again.
"""

import numpy as np

from edge.clock import Clock
from edge.errors import Unavailable
from edge.model import Batch, Cursor
from edge.sinks.influxdb.answers import Verdict, deserves_repeat, is_too_old, verdict
from edge.sinks.influxdb.door import Door
from edge.sinks.influxdb.drafts import MOST_LINES, Draft, draft
from edge.sinks.influxdb.lineprotocol import LineProtocol
from edge.sinks.influxdb.link import HUNG_UP, Answer

FAILURES = 5  # of one body, before its lines are suspected
LONGEST_REASON = 1_000  # characters of an answer that go to quarantine


class Writer:
    """Writes the rows of batches, in pieces as large as the server takes them."""

    def __init__(self, door: Door, lines: LineProtocol, cursor: Cursor, clock: Clock) -> None:
        self._door = door
        self._lines = lines
        self._cursor = cursor
        self._clock = clock
        self._open = False  # the address took an empty body since `write` was called
        self._witness = Batch.of([])  # a row that the server has: sent again it changes nothing

    async def write(self, batch: Batch) -> int:
        """Bring all rows to an end.

        Returns:
            How many rows the server has confirmed; the rest is refused.

        Raises:
            Unavailable: the server cannot be reached or fails; bring the batch again.
        """
        return await self.send(draft(self._lines, batch))

    async def send(self, drafted: Draft) -> int:
        """As `write`, of a batch whose bodies are written already."""
        self._open = False
        for refused, reason in drafted.unsayable:
            await self._cursor.refuse(refused, reason)
        return sum([await self._send(rows, body) for rows, body in drafted.pieces])

    async def _pieces(self, rows: Batch, length: int) -> int:
        starts = range(0, len(rows), max(length, 1))
        pieces = [rows.take(slice(at, at + length)) for at in starts]
        return sum([await self._send(piece, self._lines.body(piece)) for piece in pieces])

    async def _send(self, rows: Batch, body: bytes) -> int:
        half = (len(rows) + 1) // 2
        if len(body) > self._door.most_bytes and len(rows) > 1:
            return await self._pieces(rows, half)
        answer = await self._answer(rows, body)
        match verdict(answer):
            case Verdict.STORED:
                self._witness = rows.take(slice(-1, None))
                return len(rows)
            case Verdict.TOO_LONG if len(rows) > 1:
                self._door.most_bytes = len(body) // 2
            case Verdict.TOO_LONG if answer.status == HUNG_UP:
                raise Unavailable(f"influxdb {self._door.url}: {answer.text}; is the server up?")
            case Verdict.REFUSED:
                return await self._take_apart(rows, answer)
        if len(rows) == 1:
            return await self._refuse(rows, answer)
        return await self._pieces(rows, half)

    async def _answer(self, rows: Batch, body: bytes) -> Answer:
        """What the server says about a body in the end.

        A failure is returned only where another line is stored meanwhile: the body is to blame.
        """
        answer = await self._door.ask(body)
        for attempt in range(FAILURES - 1):
            if verdict(answer) is not Verdict.FAILING:
                return await self._door.ask(body) if deserves_repeat(answer) else answer
            await self._clock.sleep(2.0**attempt)
            answer = await self._door.ask(body)
        if verdict(answer) is Verdict.FAILING and not await self._works(rows):
            await self._door.despair(answer)
        return answer

    async def _works(self, rows: Batch) -> bool:
        """Whether the server stores a line: one that it has already, else the first or the last."""
        ends = [rows.take(slice(1)), rows.take(slice(-1, None))]
        for probe in [self._witness] if len(self._witness) else ends:
            if verdict(await self._door.ask(self._lines.body(probe))) is Verdict.STORED:
                self._witness = probe
                return True
        return False

    async def _take_apart(self, rows: Batch, answer: Answer) -> int:
        """Store the good rows of a refused body and refuse the others, each with its answer."""
        if not self._open:
            self._open = True
            if await self._door.opened():
                return await self._send(rows, self._lines.body(rows))
        if len(rows) == 1:
            return await self._refuse(rows, answer)
        if is_too_old(answer):
            rest = await self._without_too_old(rows)
            if len(rest) < len(rows):
                return await self._pieces(rest, MOST_LINES)
        return await self._pieces(rows, (len(rows) + 1) // 2)

    async def _without_too_old(self, rows: Batch) -> Batch:
        """Refuse the rows that retention would drop, found by bisecting time; return the others.

        Whatever is older than a point that is too old is too old as well, so a body of 5,000 such
        rows costs 13 requests instead of 10,000.
        """
        times = np.unique(rows.source_ns)
        newest, after, answer = -1, len(times), Answer(0)
        while after - newest > 1:
            middle = (newest + after) // 2
            one = rows.take(np.flatnonzero(rows.source_ns == times[middle])[:1])
            seen = await self._answer(one, self._lines.body(one))
            if verdict(seen) is Verdict.REFUSED and is_too_old(seen):
                newest, answer = middle, seen
            else:
                after = middle
        if newest < 0:
            return rows
        too_old = rows.source_ns <= times[newest]
        await self._refuse(rows.take(too_old), answer)
        return rows.take(~too_old)

    async def _refuse(self, rows: Batch, answer: Answer) -> int:
        reason = f"{answer.status} {answer.text.strip()}"
        await self._cursor.refuse(rows, reason[:LONGEST_REASON])
        return 0
