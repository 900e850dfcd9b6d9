"""The notifications of one subscription: in order, each acknowledged once it is on the disk.

Several PublishRequests wait at the server; the answers pass one gate in their order. Each message
is delivered at once, so that several share a commit, and its acknowledgement rides in the next
PublishRequest after `deliver` returned. So many deliveries may wait; then we ask no more, and the
server's queues fill. A missing number is asked for again; what the server no longer has is a gap.
"""

import asyncio
from typing import Any

import numpy as np
import structlog
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary

from collectors.opcua import wire
from collectors.opcua.columns import Columns
from collectors.opcua.decode import overflowed, vanished
from collectors.opcua.items import Items
from collectors.opcua.link import Answered, Link
from collectors.opcua.mark import Mark, after, ahead
from edge.clock import Clock
from edge.errors import Unavailable
from edge.model import SECOND_NS, Batch, Deliver

PUBLISHERS = 3
WINDOW = 16  # messages not acknowledged; small servers keep some twenty to repeat
EXCERPT_BYTES = 256
QUIET_KEY_NS = 60 * SECOND_NS  # a commit for a key alone costs the card as much as one with rows

log = structlog.get_logger()


class Stream:
    """One subscription on one link."""

    def __init__(self, link: Link, items: Items, deliver: Deliver, clock: Clock) -> None:
        self._link = link
        self._items = items
        self._deliver = deliver
        self._clock = clock
        kinds = {point.signal: point.kind for point in items.absent.values()}
        self._columns = Columns.of(kinds, deliver.symbol)
        self._gate = asyncio.Lock()  # fair: messages pass in the order they came
        self._room = asyncio.Semaphore(WINDOW)
        self._acks: list[tuple[int, int]] = []  # subscription, sequence number
        self._expected = 1
        self._publishers = PUBLISHERS
        self._asked = 0  # PublishRequests that wait at the server
        self._heard_ns = clock.monotonic_ns()
        self._told_ns = self._heard_ns  # when a key was last delivered
        self._last_ns = np.zeros(max(kinds, default=0) + 1, np.int64)  # source time by signal
        self.mark = Mark(0, 0, 0, b"", b"")
        self.patience_s = 60.0  # how long a PublishRequest may wait at a server that lives
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
        while True:
            try:
                response = await self._next()
            except Answered as error:
                if self._publishers == 1 or error.code != ua.StatusCodes.BadTooManyPublishRequests:
                    raise
                self._publishers -= 1
                log.warning("server takes fewer publish requests", publishers=self._publishers)
                return
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
        self._acks += [(self.mark.subscription, number) for number in known]
        async with self._gate:
            for number in sorted(fresh, key=lambda number: ahead(number, self._expected)):
                await self._fill(after(number), tasks)

    async def settle(self) -> None:
        """Return when all that was accepted is on the disk."""
        for _ in range(WINDOW):
            await self._room.acquire()
        for _ in range(WINDOW):
            self._room.release()

    def silent_s(self) -> float:
        """For how long a server that was asked has said nothing."""
        waited_ns = self._clock.monotonic_ns() - self._heard_ns
        return waited_ns / SECOND_NS if self._asked else 0.0

    async def _next(self) -> Any:  # noqa: ANN401 - untyped library
        """The next PublishResponse; acknowledges on the way what is stored."""
        request = ua.PublishRequest()
        acks, self._acks = self._acks, []
        request.Parameters.SubscriptionAcknowledgements = [
            ua.SubscriptionAcknowledgement(*ack) for ack in acks
        ]
        if not self._asked:
            self._heard_ns = self._clock.monotonic_ns()
        self._asked += 1
        try:
            return await self._link.ask_raw(request, self.patience_s)
        finally:
            self._asked -= 1
            self._heard_ns = self._clock.monotonic_ns()

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
        """Fetch the messages before number `upto` that have not come."""
        lost = 0
        while ahead(upto, self._expected) > 0:
            message = await self._republished(self._expected)
            if message is None:
                lost += 1
                self._expected = after(self._expected)
            else:
                await self._accept(message, self._clock.wall_ns(), tasks)
        if lost:
            reason = f"source no longer had {lost} notification messages"
            await self._deliver.gap(reason, self.mark.seen_ns, self._clock.wall_ns())

    async def _republished(self, number: int) -> wire.Message | None:
        """The message of that number once more; None if the server no longer has it."""
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = self.mark.subscription
        request.Parameters.RetransmitSequenceNumber = number
        try:
            response = await self._link.ask_raw(request)
        except Answered as error:
            if error.code != ua.StatusCodes.BadMessageNotAvailable:
                raise
            return None
        return wire.republished(response, self.mark.subscription)

    async def _accept(
        self, message: wire.Message, received_ns: int, tasks: asyncio.TaskGroup
    ) -> None:
        """Decode the next message and hand it over; wait while too many are not stored yet."""
        batches = [
            self._decoded(body, received_ns, tasks)
            for kind, body in message.parts
            if kind == wire.DATA_CHANGE
        ]
        await self._room.acquire()
        self._expected = after(message.sequence)
        self._hand_over(Batch.concat(batches), message.sequence, received_ns, tasks)

    def _decoded(self, body: bytes, received_ns: int, tasks: asyncio.TaskGroup) -> Batch:
        """The rows of one notification; one that is none is set aside whole."""
        trusted = self._clock.trusted()
        try:
            batch = self._columns.decode(body, received_ns, trusted=trusted)
        except wire.UNREADABLE as error:
            reason = f"notification cannot be decoded: {error}"
            self._deliver.refuse(reason, body[:EXCERPT_BYTES], received_ns)
            return Batch.of([])
        if overflowed(batch).any():
            self._overflow(batch.take(overflowed(batch)), tasks)
        self.vanished.update(batch.signal[vanished(batch)].tolist())
        self._last_ns[batch.signal] = batch.source_ns
        return batch

    def _overflow(self, first_kept: Batch, tasks: asyncio.TaskGroup) -> None:
        """Write down that the server's queues lost what came before these rows."""
        before_ns = self._last_ns[first_kept.signal]
        from_ns = np.where(before_ns > 0, before_ns, self.mark.seen_ns).min()
        to_ns = max(int(first_kept.source_ns.max()), int(from_ns) + 1)
        tasks.create_task(self._deliver.gap("source overflow", int(from_ns), to_ns))

    def _hand_over(
        self, batch: Batch, sequence: int | None, received_ns: int, tasks: asyncio.TaskGroup
    ) -> None:
        """Start to deliver; tasks start in the order in which they were made."""
        number = self.mark.sequence if sequence is None else sequence
        self.mark = Mark(
            self.mark.subscription, number, received_ns, self._items.server, self._items.watched
        )
        self._told_ns = self._clock.monotonic_ns()
        tasks.create_task(self._store(batch, self.mark, acknowledge=sequence is not None))

    async def _store(self, batch: Batch, mark: Mark, *, acknowledge: bool) -> None:
        await self._deliver(batch, mark.pack())
        if acknowledge:
            self._acks.append((mark.subscription, mark.sequence))
            self._room.release()

    def _check_end(self, message: wire.Message) -> None:
        """Raise if the server says that it ended the subscription.

        In a message that we asked for again it speaks to the session before ours.
        """
        for kind, body in message.parts:
            if kind == wire.STATUS_CHANGE:
                raise ended(self._link.url, body)


def ended(url: str, status_change: bytes) -> Unavailable:
    """Why the server ended a subscription."""
    status = struct_from_binary(ua.StatusChangeNotification, Buffer(status_change)).Status
    if status.value == ua.StatusCodes.GoodSubscriptionTransferred:
        return Unavailable(
            f"{url}: another session took our subscription; does a second gateway use our user?"
        )
    return Unavailable(f"{url}: the server ended the subscription: '{status.name}'")
