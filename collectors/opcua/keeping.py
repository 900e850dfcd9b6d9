"""Rows on their way to the disk, and the mark that says how far we have come at the server.

What always holds: the mark that is committed with rows is that of the message that brought the last
of them; a message counts as kept once `deliver` has returned.
"""

import asyncio
from collections.abc import Callable

import numpy as np

from collectors.opcua.decode import Decoder, overflowed, vanished
from collectors.opcua.freshness import Freshness, Overlap, Told
from collectors.opcua.items import Items
from collectors.opcua.mark import Mark
from edge.clock import Clock
from edge.model import SECOND_NS, Batch, Deliver

QUIET_KEY_NS = 60 * SECOND_NS  # a commit for a key alone costs the card as much as one with rows

Kept = Callable[[int, list[int]], None]  # told the subscription and the numbers on the disk


class Keeping:
    """What one subscription has told."""

    def __init__(
        self, items: Items, deliver: Deliver, clock: Clock, decoder: Decoder, kept: Kept
    ) -> None:
        self.mark = Mark(0, 0, 0, b"", b"")
        self.vanished: set[int] = set()  # signals whose nodes are gone
        self.announced = False  # whether the server has said that it shuts down
        self.flying = 0  # messages that are not on the disk yet
        self.overlap: Overlap | None = None
        self._told = Told(list(decoder.kinds))
        self.freshness = Freshness(self._told, decoder)
        self._items, self._deliver, self._clock, self._kept = items, deliver, clock, kept
        self._delivered_ns = clock.monotonic_ns()
        self._landed = asyncio.Event()  # fewer are flying

    @property
    def quiet(self) -> bool:
        """Whether no key was delivered for so long that one is due without rows."""
        return self._clock.monotonic_ns() - self._delivered_ns > QUIET_KEY_NS

    async def until_fewer_than(self, messages: int) -> None:
        """Return when so few are on their way."""
        while self.flying >= messages:
            self._landed.clear()
            await self._landed.wait()

    def keep(
        self, batch: Batch, sequences: list[int], upto_ns: int, tasks: asyncio.TaskGroup
    ) -> None:
        """Start to deliver the rows of messages, but for those that the past has told.

        Args:
            batch: their rows.
            sequences: their numbers; none for a key alone.
            upto_ns: until when all is told with them.
            tasks: they start in the order in which they were made.
        """
        if self.overlap is not None:
            batch = self.overlap.left_out_of(batch)
        self._note(batch, tasks)
        self.mark = Mark(
            self.mark.subscription,
            sequences[-1] if sequences else self.mark.sequence,
            upto_ns,
            self._items.server,
            self._items.watched,
            max(self.mark.newest_ns, int(batch.source_ns.max(initial=0))),
            self.announced,
        )
        self._delivered_ns = self._clock.monotonic_ns()
        self.flying += len(sequences)
        storing = self._store(batch, self.mark, sequences)
        try:
            tasks.create_task(storing)
        except RuntimeError:  # all is ending: what is not stored is sent again to the next run
            storing.close()

    async def _store(self, batch: Batch, mark: Mark, sequences: list[int]) -> None:
        await self._deliver(batch, mark.pack())
        self.flying -= len(sequences)
        self._landed.set()
        self._kept(mark.subscription, sequences)

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
