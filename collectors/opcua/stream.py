"""The notifications of one subscription: in order, each acknowledged once it is on the disk.

Several PublishRequests wait at the server. What one read of the socket brings is delivered as one,
and acknowledged in the next PublishRequest after `deliver` returned. So many messages may wait for
the disk or at the server; then we ask no more, and the server's queues fill. A missing number is
asked for again; what the server no longer has is a gap.
"""

import asyncio
from collections import deque

from collectors.opcua import wire
from collectors.opcua.chunks import Message
from collectors.opcua.columns import Columns
from collectors.opcua.freshness import Overlap
from collectors.opcua.items import Items
from collectors.opcua.keeping import Keeping
from collectors.opcua.link import Link
from collectors.opcua.mark import Mark, after, ahead
from collectors.opcua.notified import (
    check_goes_on,
    check_sent_so,
    decoded,
    made_ns,
    republished,
    together,
)
from collectors.opcua.requests import Requests
from collectors.opcua.upto import Upto
from edge.clock import Clock
from edge.errors import Unavailable
from edge.model import Batch, Deliver

WINDOW = 16  # messages not acknowledged; small servers keep some twenty to repeat
LONGEST_GAP = 1_000  # messages missing in a row that are asked for one by one
EXCERPT_BYTES = 256


class Stream:
    """One subscription on one link."""

    def __init__(self, link: Link, items: Items, deliver: Deliver, clock: Clock) -> None:
        self.requests = Requests(link, clock)
        self._link = link
        self._items = items
        self._deliver = deliver
        self._clock = clock
        kinds = {point.signal: point.kind for point in items.absent.values()}
        self._columns = Columns.of(kinds, deliver.symbol)
        self.decoder = self._columns.single
        self.keeping = Keeping(items, deliver, clock, self.decoder, self._acknowledge)
        self._listening = False  # before that, nobody would take what the server answers
        self._upto = Upto()
        self._held: deque[tuple[list[wire.Message], int]] = deque()  # come, and not looked at yet
        self._more = asyncio.Event()  # there is something in it, or this:
        self._failed: Unavailable | None = None
        self._tasks: asyncio.TaskGroup
        self._expected = 1

    def begin(self, mark: Mark, answered_ns: int = 0) -> None:
        """Go on after this mark, made when the server answered at that time by its clock."""
        self._upto.told(answered_ns, mark.seen_ns)
        self.keeping.mark = mark
        self._expected = after(mark.sequence)

    async def publish(self, tasks: asyncio.TaskGroup) -> None:
        """Keep PublishRequests at the server and store what it answers, until cancelled.

        What comes in order is handed over where it arrives, in one turn of the loop; here waits
        what needs a question to the server first.

        Raises:
            Unavailable: the link or the subscription is gone.
        """
        self._tasks, self._listening = tasks, True
        self._link.listen(self._arrive, self._deliver.next_s)
        self.ask()
        while True:
            await self._more.wait()
            self._more.clear()
            if self._failed is not None:
                raise self._failed
            while self._held:
                await self._take(*self._held[0])
                self._held.popleft()
            self.ask()

    def _arrive(self, answers: list[Message]) -> None:
        """Take in what one read has brought."""
        try:
            responses = self.requests.answered(answers)
            if responses:
                self._sort_out(responses)
            if not self._held:
                self.ask()
        except Unavailable as error:
            self._failed = error
            self._more.set()

    def _sort_out(self, responses: list[memoryview]) -> None:
        """Hand over what can be; hold what must be asked for first, and what comes after it."""
        received_ns = self._clock.wall_ns()
        self._deliver.alive(received_ns)
        messages = [wire.published(response) for response in responses]
        ours = [one for one in messages if one.subscription == self.keeping.mark.subscription]
        if self._held or not self._at_once(ours, received_ns):
            self._held.append((ours, received_ns))
            self._more.set()

    def _at_once(self, messages: list[wire.Message], received_ns: int) -> bool:
        """Hand over messages of the usual kind, none of which is missing; whether they are."""
        expected = self._expected
        for message in messages:
            if message.sequence != expected or not message.parts:
                return False
            expected = after(expected)
        try:
            batch = together(self._columns, messages, received_ns, trusted=self._clock.trusted())
        except wire.UNREADABLE:
            return False
        if batch is None:
            return False
        self._expected = expected
        upto_ns = self._upto.told(made_ns(messages[-1], batch), received_ns)
        self.keeping.keep(batch, [one.sequence for one in messages], upto_ns, self._tasks)
        return True

    def ask(self) -> None:
        """Let the server send as much as there is room for."""
        if self._listening:
            self.requests.ask(WINDOW - self.keeping.flying)

    def expire(self) -> None:
        """Ask anew in the place of requests that were lost.

        Raises:
            Unavailable: none was answered, so the link is dead.
        """
        self.requests.expire()
        self.ask()

    async def catch_up(self, available: list[int], tasks: asyncio.TaskGroup) -> None:
        """Fetch what the server kept for us after our mark, and acknowledge what we have."""
        self._tasks = tasks
        fresh = [number for number in available if ahead(number, self._expected) >= 0]
        known = set(available).difference(fresh)
        self.requests.acknowledge(self.keeping.mark.subscription, sorted(known))
        for number in sorted(fresh, key=lambda number: ahead(number, self._expected)):
            if ahead(number, self._expected) > LONGEST_GAP:
                await self._lose(ahead(number, self._expected))
                self._expected = number
            await self._fill(after(number))

    def recovered(self, rows: Batch) -> None:
        """Know these rows of the past again: a new subscription begins before they end."""
        self.keeping.overlap = Overlap(rows, list(self.decoder.kinds), self._clock)

    def held_up(self) -> bool:
        """Whether what the server tells has to wait for our disk."""
        return self.keeping.flying >= WINDOW or bool(self._held)

    def leaving(self, *, announced: bool) -> None:
        """Note, durably, whether the server has said that it shuts down."""
        if announced != self.keeping.announced:
            self.keeping.announced = announced
            self.keeping.keep(Batch.of([]), [], self.keeping.mark.seen_ns, self._tasks)

    async def settle(self) -> None:
        """Return when all that was accepted is on the disk."""
        await self.keeping.until_fewer_than(1)

    def _acknowledge(self, subscription: int, sequences: list[int]) -> None:
        """These are on the disk: tell the server, and let it send more."""
        self.requests.acknowledge(subscription, sequences)
        self.ask()

    async def _take(self, messages: list[wire.Message], received_ns: int) -> None:
        """Store messages one by one, and what is missing before each; repeated ones are known."""
        for message in messages:
            if ahead(message.sequence, self._expected) < 0:
                continue
            await self._fill(message.sequence)
            if message.parts:
                self._expected = after(message.sequence)
                await self._accept(message, received_ns)
                check_goes_on(self._link.url, message)
            elif self.keeping.quiet:
                upto_ns = self._upto.told(message.made_ns, received_ns)
                self.keeping.keep(Batch.of([]), [], upto_ns, self._tasks)

    async def _fill(self, upto: int) -> None:
        """Fetch the messages before number `upto` that have not come.

        Raises:
            Unavailable: no server would have so many; a wrong number must not be gone after.
        """
        if ahead(upto, self._expected) > LONGEST_GAP:
            raise Unavailable(
                f"{self._link.url}: message {upto} came where {self._expected} was due; connected "
                "anew; check cable, switch and gateway if it comes again"
            )
        lost = 0
        while ahead(upto, self._expected) > 0:
            message = await republished(self._link, self.keeping.mark.subscription, self._expected)
            self._expected = after(self._expected)
            lost += message is None
            if message is not None:
                await self._accept(message, self._clock.wall_ns(), late=True)
        if lost:
            await self._lose(lost)

    async def _lose(self, messages: int) -> None:
        """Write down that the server no longer has so many messages."""
        reason = f"source no longer had {messages} notification messages"
        await self._deliver.gap(reason, self.keeping.mark.seen_ns, self._clock.wall_ns())

    async def _accept(self, message: wire.Message, received_ns: int, *, late: bool = False) -> None:
        """Decode the next message and hand it over; wait while too many are not stored yet.

        One that was asked for again is late by our own doing.
        """
        batch = await self._understood(message, received_ns)
        upto_ns = self.keeping.mark.seen_ns
        if not late:
            upto_ns = self._upto.told(made_ns(message, batch), received_ns)
        await self.keeping.until_fewer_than(WINDOW)
        self.keeping.keep(batch, [message.sequence], upto_ns, self._tasks)

    async def _understood(self, message: wire.Message, received_ns: int) -> Batch:
        """The rows of a message; what cannot be decoded is set aside, if the server sent it so."""
        try:
            return decoded(self._columns, message, received_ns, trusted=self._clock.trusted())
        except wire.UNREADABLE as error:
            await check_sent_so(self._link, message, error)
            reason = f"notification cannot be decoded: {error}"
            excerpt = b"".join(body for _, body in message.parts)[:EXCERPT_BYTES]
            self._deliver.refuse(reason, excerpt, received_ns)
            return Batch.of([])
