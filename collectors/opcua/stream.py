"""The notifications of one subscription: in order, each acknowledged once it is on the disk.

Several PublishRequests wait at the server; the answers pass one gate in their order. Each message
is delivered at once, so that several share a commit, and its acknowledgement rides in the next
PublishRequest after `deliver` returned. So many deliveries may wait; then we ask no more, and the
server's queues fill. A missing number is asked for again; what the server no longer has is a gap.
"""

import asyncio

import numpy as np
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary

from collectors.opcua import wire
from collectors.opcua.columns import Columns
from collectors.opcua.decode import overflowed, vanished
from collectors.opcua.freshness import Freshness, Overlap, Told
from collectors.opcua.items import Items
from collectors.opcua.link import Answered, Link
from collectors.opcua.mark import Mark, after, ahead
from collectors.opcua.requests import Requests
from edge.clock import Clock
from edge.errors import Unavailable
from edge.model import SECOND_NS, Batch, Deliver

WINDOW = 16  # messages not acknowledged; small servers keep some twenty to repeat
LONGEST_GAP = 1_000  # messages missing in a row that are asked for one by one
EXCERPT_BYTES = 256
QUIET_KEY_NS = 60 * SECOND_NS  # a commit for a key alone costs the card as much as one with rows


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
        self._overlap: Overlap | None = None
        self._gate = asyncio.Lock()  # fair: messages pass in the order they came
        self._room = asyncio.Semaphore(WINDOW)
        self._expected = 1
        self._told_ns = clock.monotonic_ns()  # when a key was last delivered
        self._told = Told(list(kinds))
        self.freshness = Freshness(self._told, self.decoder)
        self.mark = Mark(0, 0, 0, b"", b"")
        self.vanished: set[int] = set()

    def begin(self, mark: Mark) -> None:
        """Go on after this mark."""
        self.mark = mark
        self._expected = after(mark.sequence)

    async def publish(self, tasks: asyncio.TaskGroup) -> None:
        """Keep one PublishRequest at the server, until cancelled.

        Raises:
            Unavailable: the link or the subscription is gone.
        """
        while (response := await self.requests.answered()) is not None:
            received_ns = self._clock.wall_ns()
            self._deliver.alive(received_ns)
            message = wire.published(response)
            if message.subscription == self.mark.subscription:
                async with self._gate:
                    await self._pass(message, received_ns, tasks)

    async def catch_up(self, available: list[int], tasks: asyncio.TaskGroup) -> None:
        """Fetch what the server kept for us after our mark, and acknowledge what we have."""
        fresh = [number for number in available if ahead(number, self._expected) >= 0]
        known = set(available).difference(fresh)
        self.requests.acknowledge(self.mark.subscription, sorted(known))
        async with self._gate:
            for number in sorted(fresh, key=lambda number: ahead(number, self._expected)):
                if ahead(number, self._expected) > LONGEST_GAP:
                    await self._lose(ahead(number, self._expected))
                    self._expected = number
                await self._fill(after(number), tasks)

    def recovered(self, rows: Batch) -> None:
        """Know these rows of the past again: a new subscription begins before they end."""
        self._overlap = Overlap(rows, list(self.decoder.kinds), self._clock)

    def held_up(self) -> bool:
        """Whether what the server tells has to wait for our disk."""
        return self._room.locked() or self._gate.locked()

    async def settle(self) -> None:
        """Return when all that was accepted is on the disk."""
        for _ in range(WINDOW):
            await self._room.acquire()
        for _ in range(WINDOW):
            self._room.release()

    async def _pass(
        self, message: wire.Message, received_ns: int, tasks: asyncio.TaskGroup
    ) -> None:
        """Store a message, and what is missing before it; a repeated one is known."""
        if ahead(message.sequence, self._expected) < 0:
            return
        await self._fill(message.sequence, tasks)
        if message.parts:
            await self._accept(message, received_ns, tasks)
            self._check_end(message)
        elif self._clock.monotonic_ns() - self._told_ns > QUIET_KEY_NS:
            self._hand_over(Batch.of([]), None, received_ns, tasks)

    async def _fill(self, upto: int, tasks: asyncio.TaskGroup) -> None:
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
            message = await republished(self._link, self.mark.subscription, self._expected)
            if message is None:
                lost += 1
                self._expected = after(self._expected)
            else:
                await self._accept(message, self._clock.wall_ns(), tasks)
        if lost:
            await self._lose(lost)

    async def _lose(self, messages: int) -> None:
        """Write down that the server no longer has so many messages."""
        reason = f"source no longer had {messages} notification messages"
        await self._deliver.gap(reason, self.mark.seen_ns, self._clock.wall_ns())

    async def _accept(
        self, message: wire.Message, received_ns: int, tasks: asyncio.TaskGroup
    ) -> None:
        """Decode the next message and hand it over; wait while too many are not stored yet."""
        trusted = self._clock.trusted()
        try:
            batch = decoded(self._columns, message, received_ns, trusted=trusted)
        except wire.UNREADABLE as error:
            await self._check_sent_so(message, error)
            reason = f"notification cannot be decoded: {error}"
            excerpt = b"".join(body for _, body in message.parts)[:EXCERPT_BYTES]
            self._deliver.refuse(reason, excerpt, received_ns)
            batch = Batch.of([])
        await self._room.acquire()
        self._expected = after(message.sequence)
        if self._overlap is not None:
            batch = self._overlap.left_out_of(batch)
        self._note(batch, tasks)
        self._hand_over(batch, message.sequence, received_ns, tasks)

    async def _check_sent_so(self, message: wire.Message, error: Exception) -> None:
        """Ask for a message once more that cannot be decoded: is it the server's, or the line's?

        A server that no longer has it cannot be asked; then it is taken for the server's.

        Raises:
            Unavailable: it is not the same again; the line is not to be trusted.
        """
        again = await republished(self._link, message.subscription, message.sequence)
        if again is not None and again.parts != message.parts:
            raise Unavailable(
                f"{self._link.url}: message {message.sequence} cannot be decoded ({error}) and is "
                "not the same when asked for again; connected anew; check cable, switch and gateway"
            ) from error

    def _note(self, batch: Batch, tasks: asyncio.TaskGroup) -> None:
        """Take note of what the rows tell besides their values."""
        if batch.status.any():
            if overflowed(batch).any():
                self._overflow(batch.take(overflowed(batch)), tasks)
            self.vanished.update(batch.signal[vanished(batch)].tolist())
        self._told.learn(batch)

    def _overflow(self, first_kept: Batch, tasks: asyncio.TaskGroup) -> None:
        """Write down that the server's queues lost what came before these rows."""
        before_ns = self._told.source_ns[first_kept.signal]
        from_ns = np.where(before_ns > 0, before_ns, self.mark.seen_ns).min()
        to_ns = max(int(first_kept.source_ns.max()), int(from_ns) + 1)
        tasks.create_task(self._deliver.gap("source overflow", int(from_ns), to_ns))

    def _hand_over(
        self, batch: Batch, sequence: int | None, received_ns: int, tasks: asyncio.TaskGroup
    ) -> None:
        """Start to deliver; tasks start in the order in which they were made."""
        number = self.mark.sequence if sequence is None else sequence
        self.mark = Mark(
            self.mark.subscription,
            number,
            received_ns,
            self._items.server,
            self._items.watched,
            max(self.mark.newest_ns, int(batch.source_ns.max(initial=0))),
        )
        self._told_ns = self._clock.monotonic_ns()
        tasks.create_task(self._store(batch, self.mark, acknowledge=sequence is not None))

    async def _store(self, batch: Batch, mark: Mark, *, acknowledge: bool) -> None:
        await self._deliver(batch, mark.pack())
        if acknowledge:
            self.requests.acknowledge(mark.subscription, [mark.sequence])
            self._room.release()

    def _check_end(self, message: wire.Message) -> None:
        """Raise if the server says that it ended the subscription.

        In a message that we asked for again it speaks to the session before ours.
        """
        for kind, body in message.parts:
            if kind == wire.STATUS_CHANGE:
                raise ended(self._link.url, body)


async def republished(link: Link, subscription: int, number: int) -> wire.Message | None:
    """The message of that number once more; None if the server no longer has it."""
    request = ua.RepublishRequest()
    request.Parameters.SubscriptionId = subscription
    request.Parameters.RetransmitSequenceNumber = number
    try:
        response = await link.ask_raw(request)
    except Answered as error:
        if error.code != ua.StatusCodes.BadMessageNotAvailable:
            raise
        return None
    return wire.republished(response, subscription)


def decoded(columns: Columns, message: wire.Message, received_ns: int, *, trusted: bool) -> Batch:
    """The rows of all notifications in a message.

    Raises:
        ua.UaError, ValueError, …: one of them is none.
    """
    batches = []
    for kind, body in message.parts:
        if kind == wire.DATA_CHANGE:
            batches.append(columns.decode(body, received_ns, trusted=trusted))
        elif kind != wire.STATUS_CHANGE:
            raise ValueError(f"a notification of type {kind}, which nobody asked for")
    return batches[0] if len(batches) == 1 else Batch.concat(batches)


def ended(url: str, status_change: bytes) -> Unavailable:
    """Why the server ended a subscription."""
    status = struct_from_binary(ua.StatusChangeNotification, Buffer(status_change)).Status
    if status.value == ua.StatusCodes.GoodSubscriptionTransferred:
        return Unavailable(
            f"{url}: another session took our subscription; does a second gateway use our user?"
        )
    return Unavailable(f"{url}: the server ended the subscription: '{status.name}'")
