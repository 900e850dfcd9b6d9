"""What waits for the next commit, and what is known of the last one."""

import asyncio
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from edge.intake.dating import Dating, undated
from edge.ledger import Ledger
from edge.model import AS_PAST, BOOL, SECOND_NS, STATUS_UNCERTAIN_CLOCK, U32, Batch

EXCERPT_BYTES = 1_024
LIFE_STEP_NS = 5 * SECOND_NS  # proofs of life further apart do not prove what lies between


class Gap(NamedTuple):
    """What a source itself lost."""

    reason: str
    from_ns: int
    to_ns: int


class UndatedGap(NamedTuple):
    """The same, told by a clock that is not believed: each end with whether that clock told it."""

    reason: str
    from_: tuple[int, bool]
    to: tuple[int, bool]


class Refusal(NamedTuple):
    """One message that could not be made into rows."""

    reason: str
    excerpt: bytes
    received_ns: int
    origin: str = ""  # where the excerpt is the whole message


@dataclass(slots=True)
class Parcel:
    """What one source hands over between two commits."""

    source: str
    batches: list[Batch] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    key: bytes | None = None
    life: list[tuple[int, int]] = field(default_factory=list)  # spans of proven life
    undated: list[Batch] = field(default_factory=list)  # these three by the time since boot
    undated_life: list[tuple[int, int]] = field(default_factory=list)
    undated_gaps: list[UndatedGap] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows and refused messages that are in flight here."""
        return sum(map(len, self.batches)) + sum(map(len, self.undated)) + len(self.refusals)

    def take(self, batch: Batch, doubt: Dating | None) -> None:
        """Add rows; they wait where the clock is in doubt."""
        if doubt is None:
            self.batches.append(batch)
        else:
            self.undated.append(undated(batch, doubt))

    def lacks(self, gap: Gap, doubt: Dating | None) -> None:
        """Note what the source lost."""
        if doubt is None:
            self.gaps.append(gap)
        else:
            ends = doubt.since_boot(gap.from_ns), doubt.since_boot(gap.to_ns)
            self.undated_gaps.append(UndatedGap(gap.reason, *ends))

    def alive(self, at_ns: int, doubt: Dating | None = None) -> None:
        """Note a proof of life."""
        if doubt is None:
            lengthen(self.life, at_ns)
        else:
            lengthen(self.undated_life, at_ns - doubt.offset_ns)

    @property
    def is_undated(self) -> bool:
        """Whether anything in it waits for a clock that can be believed."""
        return bool(self.undated or self.undated_life or self.undated_gaps)


def lengthen(life: list[tuple[int, int]], at_ns: int) -> None:
    """Add a proof of life; near ones make a span."""
    if life and 0 <= at_ns - life[-1][1] <= LIFE_STEP_NS:
        life[-1] = life[-1][0], at_ns
    else:
        life.append((at_ns, at_ns))


class Counts(NamedTuple):
    """What became of the rows of one source, since ever."""

    stored: int = 0
    filtered: int = 0
    quarantined: int = 0
    in_flight: int = 0
    received: int = 0  # counted where they come in, apart from the others

    @property
    def balanced(self) -> bool:
        """Whether every row that came in is somewhere."""
        return self.received == self.stored + self.filtered + self.quarantined + self.in_flight


class Last:
    """The newest row of every signal: the same row again is a repeat and not stored twice.

    After a reconnect an OPC UA server sends its present values once more, MQTT brokers their
    retained ones.
    """

    def __init__(self) -> None:
        self._source_ns = np.full(1, np.iinfo(np.int64).min)
        self._bits = np.zeros(1, np.uint64)
        self._status = np.zeros(1, np.uint32)

    def repeats(self, batch: Batch) -> BOOL:
        """Which rows are equal to the newest one stored of their signal."""
        self._grow(int(batch.signal.max(initial=0)))
        at = batch.signal.astype(np.intp)  # numpy goes to places of its own width twice as fast
        same_time: BOOL = self._source_ns.take(at) == batch.source_ns
        if not same_time.any():
            return same_time
        same_value = self._bits.take(at) == batch.value.view(np.uint64)
        same_status = self._status.take(at) == as_sent(batch.status)
        repeats: BOOL = same_time & same_value & same_status
        return repeats

    def learn(self, batch: Batch) -> None:
        """Take note of rows that are stored; of several of one signal the last one counts."""
        self._grow(int(batch.signal.max(initial=0)))
        at = batch.signal.astype(np.intp)
        self._source_ns[at] = batch.source_ns
        self._bits[at] = batch.value.view(np.uint64)
        self._status[at] = as_sent(batch.status)

    def _grow(self, signal: int) -> None:
        more = signal + 1 - len(self._source_ns)
        if more > 0:
            unknown = np.full(more, np.iinfo(np.int64).min)
            self._source_ns = np.concatenate([self._source_ns, unknown])
            self._bits = np.concatenate([self._bits, np.zeros(more, np.uint64)])
            self._status = np.concatenate([self._status, np.zeros(more, np.uint32)])


def as_sent(status: U32) -> U32:
    """Without our own flag of a doubtful time and mark of the past: the row may come without."""
    status = status & np.uint32(0xFFFF_FFFF ^ AS_PAST)
    doubtful = status & np.uint32(0xFFFF_0000) == STATUS_UNCERTAIN_CLOCK
    return np.where(doubtful, status & np.uint32(0xFFFF), status) if doubtful.any() else status


def note(ledger: Ledger, parcel: Parcel, refusals: list[Refusal], counts: Counts) -> None:
    """Write what belongs beside the rows: key, counts, gaps, life and what was set aside."""
    source = parcel.source
    ledger.count(source, counts.stored, counts.filtered, counts.quarantined)
    if parcel.key is not None:
        ledger.set_key(source, parcel.key)
    for gap in parcel.gaps:
        ledger.gap(source, gap.reason, gap.from_ns, gap.to_ns)
    for reason, excerpt, received_ns, origin in refusals:
        entry = ledger.quarantine(source, reason, excerpt, received_ns)
        if origin:
            ledger.whole(entry, origin)
    for span in parcel.life:
        ledger.alive(source, *span)
