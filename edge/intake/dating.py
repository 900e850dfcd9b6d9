"""What the clock of this box is worth, and the times of rows that came while it was worth nothing.

What always holds: `dated` undoes `undated` by a clock that is right, to the nanosecond; the times
that a source told itself are never touched.
"""

from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np

from edge.clock import Clock, boot_id
from edge.model import SECOND_NS, STATUS_UNCERTAIN, STATUS_UNCERTAIN_CLOCK, Batch

BY_ARRIVAL = np.uint32(0x1000)  # of a waiting row's status, where no OPC UA code has a bit
NEAR_NS = 10 * SECOND_NS  # our clock tells no later times than now, and a little
AHEAD_NS = 60 * SECOND_NS  # no sample comes before it was true


class Dating(NamedTuple):
    """What the clock of this box is worth at one moment."""

    wall_ns: int
    since_boot_ns: int
    boot: str
    is_trusted: bool

    @classmethod
    def of(cls, clock: Clock) -> Self:
        """At this moment."""
        is_trusted = clock.trusted()  # first: it notices a step
        return cls(clock.wall_ns(), clock.monotonic_ns(), boot_id(), is_trusted)

    @property
    def offset_ns(self) -> int:
        """The wall time of this boot."""
        return self.wall_ns - self.since_boot_ns

    def since_boot(self, at_ns: int) -> tuple[int, bool]:
        """An instant, and whether it was told by this clock as it stands: then since the boot."""
        is_ours = self.offset_ns <= at_ns <= self.wall_ns + NEAR_NS
        return at_ns - self.offset_ns if is_ours else at_ns, is_ours


def judged(batch: Batch) -> Batch:
    """The same, with times that lie more than a minute ahead of their arrival flagged, and kept."""
    ahead = (batch.source_ns - batch.received_ns > AHEAD_NS) & (batch.status < STATUS_UNCERTAIN)
    if not ahead.any():
        return batch
    status = np.where(ahead, batch.status | np.uint32(STATUS_UNCERTAIN_CLOCK), batch.status)
    return replace(batch, status=status)


def undated(batch: Batch, doubt: Dating) -> Batch:
    """A batch that has just come, by the time since boot; the source's own times stay.

    A time that is the one of arrival, to the nanosecond, is our clock's. Once that is believed,
    and rows wait behind others only, it is as right as any.
    """
    by_arrival = (batch.received_ns == batch.source_ns) & (not doubt.is_trusted)
    return Batch(
        batch.signal,
        np.where(by_arrival, batch.source_ns - doubt.offset_ns, batch.source_ns),
        batch.received_ns - doubt.offset_ns,
        batch.value,
        np.where(by_arrival, batch.status | BY_ARRIVAL, batch.status & ~BY_ARRIVAL),
    )


def dated(batch: Batch, offset_ns: int) -> Batch:
    """What `undated` made of a batch, by a clock that is right now."""
    by_arrival = (batch.status & BY_ARRIVAL) != 0
    return Batch(
        batch.signal,
        np.where(by_arrival, batch.source_ns + offset_ns, batch.source_ns),
        batch.received_ns + offset_ns,
        batch.value,
        batch.status & ~BY_ARRIVAL,
    )


def adrift(batch: Batch, known_ns: int, now_ns: int) -> Batch:
    """The same where that boot is over: after one time, before another, and no more is known."""
    by_source = (batch.status & BY_ARRIVAL) == 0
    batch = dated(batch, known_ns)  # as if the boot had begun there: it did not before
    credible = by_source & (batch.source_ns >= known_ns) & (batch.source_ns <= now_ns)
    doubted = ~credible & (batch.status < STATUS_UNCERTAIN)
    return Batch(
        batch.signal,
        batch.source_ns,
        np.where(credible, np.maximum(batch.received_ns, batch.source_ns), batch.received_ns),
        batch.value,
        np.where(doubted, batch.status | np.uint32(STATUS_UNCERTAIN_CLOCK), batch.status),
    )
