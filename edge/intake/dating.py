"""What the clock of this box is worth, and the times of rows that came while it was worth nothing.

What always holds: `dated` undoes `undated` by a clock that is right, to the nanosecond; the times
that a source told itself are never touched.
"""

from typing import NamedTuple, Self

import numpy as np

from edge.clock import Clock, boot_id
from edge.model import I64, SECOND_NS, STATUS_UNCERTAIN, STATUS_UNCERTAIN_CLOCK, Batch

BY_ARRIVAL = np.uint32(0x1000)  # of a waiting row's status, where no OPC UA code has a bit
NEAR_NS = 10 * SECOND_NS  # our clock tells no later times than now, and a little
STEP_NS = 2 * SECOND_NS  # less is no move, but how clocks are kept right


class Dating(NamedTuple):
    """What the clock of this box is worth at one moment."""

    wall_ns: int
    since_boot_ns: int
    boot: str
    is_trusted: bool
    moved_ns: int = 0  # how far the wall clock was moved last

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


class Moves:
    """How far the wall clock was moved last, for times that were told right before that."""

    def __init__(self) -> None:
        self._offset_ns: int | None = None
        self._moved_ns = 0

    def seen(self, now: Dating) -> Dating:
        """A look at the clock, which now knows how far it was moved."""
        by_ns = 0 if self._offset_ns is None else now.offset_ns - self._offset_ns
        if abs(by_ns) > STEP_NS:
            self._moved_ns = by_ns
        self._offset_ns = now.offset_ns
        return now._replace(moved_ns=self._moved_ns)


def undated(batch: Batch, doubt: Dating) -> Batch:
    """A batch that has just come, by the time since boot; the source's own times stay.

    A time that is the one of arrival, to the nanosecond, is our clock's. Once that is believed,
    and rows wait behind others only, it is as right as any.
    """
    by_arrival = (batch.received_ns == batch.source_ns) & (not doubt.is_trusted)
    received_ns = arrived(batch.received_ns, doubt)
    return Batch(
        batch.signal,
        np.where(by_arrival, received_ns, batch.source_ns),
        received_ns,
        batch.value,
        np.where(by_arrival, batch.status | BY_ARRIVAL, batch.status & ~BY_ARRIVAL),
    )


def arrived(received_ns: I64, doubt: Dating) -> I64:
    """Times of arrival since the boot; rows came a moment ago, maybe before the clock was moved."""
    now = received_ns - doubt.offset_ns
    before = now + doubt.moved_ns
    is_older = np.abs(before - doubt.since_boot_ns) < np.abs(now - doubt.since_boot_ns)
    return np.where(is_older, before, now)


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
