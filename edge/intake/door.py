"""One source's way in: what its collector hands over goes into the next commit."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edge.crash import crash_point
from edge.intake.parcels import EXCERPT_BYTES, Gap, Parcel, Refusal
from edge.model import AS_PAST, Batch

if TYPE_CHECKING:
    from edge.intake.commit import Intake

ENOUGH_ROWS = 10_000


class Door:
    """One source's way in; it is the `Deliver` of its collector."""

    def __init__(self, intake: "Intake", source: str) -> None:
        self._intake = intake
        self._source = source
        self._enough = ENOUGH_ROWS
        self._is_back = True  # and has brought no rows yet

    @property
    def key(self) -> bytes:
        """The redelivery key committed last, also by a run or a process before us."""
        return self._intake.keys.get(self._source, b"")

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        """Return when the batch and the key are on the disk."""
        parcel = self._intake.parcel(self._source)
        if len(batch):
            parcel.take(batch, self._intake.doubt())
            self._intake.received(self._source, len(batch))
            self._intake.status.last_sample_ns[self._source] = int(batch.received_ns[-1])
        if key:
            parcel.key = key
        self._intake.heard(self._source)
        first = self._is_back and len(batch) > 0
        self._is_back = self._is_back and not first
        await self._committed(parcel, at_once=first)

    async def again(self, batch: Batch) -> None:
        """Commit rows of a message that came long ago; its source has said nothing now."""
        parcel = self._intake.parcel(self._source)
        parcel.batches.append(replace(batch, status=batch.status | np.uint32(AS_PAST)))
        self._intake.received(self._source, len(batch))
        await self._committed(parcel)

    def symbol(self, text: str) -> int:
        """The integer that stands for a text."""
        return self._intake.stores.catalog.symbol(text)

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        """Write down what the source lost; returns when that is on the disk."""
        parcel = self._intake.parcel(self._source)
        parcel.lacks(Gap(reason, from_ns, to_ns), self._intake.doubt())
        await self._committed(parcel)

    def alive(self, at_ns: int) -> None:
        """Note a proof of life."""
        self._intake.parcel(self._source).alive(at_ns, self._intake.doubt())
        self._intake.heard(self._source)

    def refuse(self, reason: str, excerpt: bytes, received_ns: int, origin: str = "") -> None:
        """Set one message aside."""
        parcel = self._intake.parcel(self._source)
        parcel.refusals.append(Refusal(reason, excerpt[:EXCERPT_BYTES], received_ns, origin))
        self._intake.received(self._source, 1)
        self._intake.wake()

    def window(self, messages: int) -> None:
        """Commit at once what is half of the messages that the source sends ahead."""
        self._enough = min(ENOUGH_ROWS, max(1, messages // 2))

    def next_s(self, after_s: float) -> float:
        """In how many seconds, `after_s` or more, a commit may begin, as things stand."""
        return self._intake.next_s(after_s)

    def finding(self, code: str, text: str) -> None:
        """Tell people what is wrong though the source goes on."""
        self._intake.status.find(self._source, code, text, self._intake.clock.wall_ns())

    async def settled(self) -> None:
        """Return when all that an earlier run handed over is on the disk.

        A run that begins before that would read a key that is about to be replaced, and store rows
        twice. The first rows of a run are committed at once, for people wait for them.
        """
        if self._intake.holds(self._source):
            await self._committed(self._intake.parcel(self._source))
        self._is_back = True

    async def _committed(self, parcel: Parcel, *, at_once: bool = False) -> None:
        done = asyncio.get_running_loop().create_future()
        parcel.waiting.append(done)
        enough = parcel.rows >= self._enough or self._intake.waiting_rows() >= ENOUGH_ROWS
        self._intake.wake(at_once=enough or at_once)
        await done
        crash_point("ack.before")  # the collector acknowledges when this has returned
