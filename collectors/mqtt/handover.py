"""Bursts on their way to the disk: handed over in order, acknowledged in order, and only then.

A burst does not wait for the commit of the one before it, so that a commit takes in all that came
until it begins. Receive Maximum bounds what is under way; `MOST_BYTES` bounds it where messages
are large or need no acknowledgement (QoS 0).
"""

import asyncio
from collections import deque
from typing import NamedTuple

from collectors.mqtt.columns import Burst, decode
from collectors.mqtt.guest import Guest
from collectors.mqtt.repeats import Repeats
from collectors.mqtt.topics import Topics
from collectors.mqtt.wire import Wire
from edge.clock import Clock
from edge.model import SECOND_NS, Batch, Deliver

AT_ONCE_NS = SECOND_NS // 4  # a queue comes at once, half a window and more; the present does not
MOST_BYTES = 67_108_864
LOOK_S = 0.25
NOTHING = Batch.of([])


class Receipt(NamedTuple):
    """What to acknowledge once it is on the disk."""

    burst: int
    packet_ids: list[int]
    size: int  # bytes
    received_ns: int


class Handover:
    """What one connection has delivered and not acknowledged yet."""

    def __init__(
        self,
        wire: Wire,
        repeats: Repeats,
        deliver: Deliver,
        readers: tuple[Topics, Guest | None],
        half: float,
    ) -> None:
        """Nothing is under way yet.

        Args:
            wire: takes the acknowledgements.
            repeats: knows what is on the disk already.
            deliver: the way to the disk.
            readers: which points read what, and the protocol on top where signals read one.
            half: of the messages that the broker sends without an acknowledgement.
        """
        self.backlog = False  # what comes was queued while we were away: arrival tells no time
        self.ready = False  # the broker sends what we read
        self._wire, self._repeats, self._deliver = wire, repeats, deliver
        (self._topics, self._guest), self._half = readers, half
        self._tasks = deque[asyncio.Task[None]]()  # the oldest that is not done, and later ones
        self._flying = self._bytes = 0  # messages and bytes under way
        self._newest_ns = 0  # when the last of them came

    @property
    def few(self) -> bool:
        """Whether the broker could send more at once than it does: then it has no queue."""
        return self._flying < self._half

    async def store(self, group: asyncio.TaskGroup, burst: Burst) -> None:
        """Decode a burst and hand it over; returns before it is on the disk.

        Where a message before it is missing it waits, with all that comes after it.
        """
        whole = burst if self._guest is None else self._guest.take(burst)
        if whole is not None:
            await self._store(group, whole)

    def unread(self, burst: Burst) -> list[bytes]:
        """The topics of a burst that nobody reads."""
        found = self._topics.unread(burst.messages.topics)
        return [one for one in found if self._guest is None or not self._guest.mine(one)]

    async def tend(self, group: asyncio.TaskGroup, clock: Clock) -> None:
        """Do what is due from time to time, as long as there is a link."""
        while self._guest is not None:
            await clock.sleep(LOOK_S)
            if (overdue := self._guest.overdue()) is not None:
                await self._store(group, overdue)
            batch = self._guest.look()
            if len(batch):
                self._repeats.memory = self._guest.memory
                await self.commit(group, batch)

    async def _store(self, group: asyncio.TaskGroup, burst: Burst) -> None:
        messages = burst.messages
        fresh = self._repeats.fresh(messages)
        batch = self._decoded(burst, fresh) if fresh else None
        size = sum(map(len, messages.payloads))
        receipt = Receipt(self._repeats.bursts, messages.ids, size, burst.received_ns)
        self._flying += len(messages)
        self._bytes += size
        self._newest_ns = burst.received_ns
        task = await self._begin(group, batch, receipt)
        if self._bytes > MOST_BYTES:
            await task

    def _decoded(self, burst: Burst, fresh: list[int]) -> Batch:
        """The rows of the messages that are news."""
        if self._guest is None:
            return decode(burst, fresh, self._topics, self._deliver)
        part = self._guest.part(burst, fresh)
        self._repeats.memory = self._guest.memory
        rest = [i for i in fresh if not self._guest.mine(burst.messages.topics[i])]
        return decode(burst, rest, self._topics, self._deliver, [part])

    def abandon(self) -> None:
        """The link is gone: nobody waits for the disk any more."""
        for task in self._tasks:
            task.cancel()

    async def begin(self, group: asyncio.TaskGroup, gap: tuple[str, int, int] | None) -> None:
        """Hand over what is missing, then the key with its marks; returns before they are kept."""
        if gap is not None:
            self._tasks.append(group.create_task(self._deliver.gap(*gap)))
        await self._begin(group, NOTHING, None)

    async def commit(self, group: asyncio.TaskGroup, batch: Batch = NOTHING) -> None:
        """Return when the key, with its marks, is on the disk, and all that was handed over."""
        await (await self._begin(group, batch, None))

    async def _begin(
        self, group: asyncio.TaskGroup, batch: Batch | None, receipt: Receipt | None
    ) -> asyncio.Task[None]:
        """Hand over; what is handed over later cannot overtake it."""
        while self._tasks and self._tasks[0].done():
            self._tasks.popleft()
        before = self._tasks[-1] if self._tasks else None
        task = group.create_task(self._keep(batch, self._repeats.key, before, receipt))
        self._tasks.append(task)
        await asyncio.sleep(0)  # it takes its place in the next commit before we go on
        return task

    async def _keep(
        self,
        batch: Batch | None,
        key: bytes,
        before: asyncio.Task[None] | None,
        receipt: Receipt | None,
    ) -> None:
        """Wait for the disk, then for those before us, then acknowledge."""
        if batch is not None:
            await self._deliver(batch, key)
        if before is not None and not before.done():
            await before
        if receipt is None:
            return
        spread_ns = self._newest_ns - receipt.received_ns
        if self.ready and (self.few or spread_ns > AT_ONCE_NS):
            self.backlog = False
        self._wire.acknowledge(receipt.packet_ids, receipt.burst)
        self._flying -= len(receipt.packet_ids)
        self._bytes -= receipt.size
