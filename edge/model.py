"""The vocabulary of samples: the columns that move from socket to store, and who hands them on.

Nothing here behaves beyond construction and slicing. Times are integer nanoseconds UTC, intervals
half-open, ratios fractions. NaN is an unknown value whose status says why.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from edge.site import Signal

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
U32 = NDArray[np.uint32]
BOOL = NDArray[np.bool_]

SECOND_NS = 1_000_000_000
HOUR_NS = 3_600 * SECOND_NS
QUARTER_NS = HOUR_NS // 4
DAY_NS = 24 * HOUR_NS
STATUS_GOOD = 0x0000_0000
STATUS_UNCERTAIN = 0x4000_0000
STATUS_BAD = 0x8000_0000
STATUS_BAD_NO_COMMUNICATION = 0x8031_0000
STATUS_BAD_OUT_OF_RANGE = 0x803C_0000
STATUS_UNCERTAIN_ROUNDED = 0x4093_0000  # UncertainSensorNotAccurate: no double is this number
STATUS_UNCERTAIN_CLOCK = 0x4096_0000  # source time not to be believed
AS_PAST = 0x2000  # on its way into the journal only, where no code has a bit: marked as of the past

NOBODY = 0  # the signal id that belongs to no signal; its rows are quarantined


class Quality(IntEnum):
    """How far a value can be trusted: the top two bits of an OPC UA StatusCode."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2

    @classmethod
    def of(cls, status: int) -> "Quality":
        """The quality of one StatusCode; the reserved fourth code counts as bad."""
        return cls(min(status >> 30, 2))


class Row(NamedTuple):
    """One row of a batch, for tests and messages; samples never move as rows."""

    signal: int
    source_ns: int
    received_ns: int
    value: float
    status: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples as columns of one length; a column, once made, is never written."""

    signal: U32  # dense id of the catalog; 0 is nobody's
    source_ns: I64  # when the source says the value was true
    received_ns: I64  # when it came to us
    value: F64  # as the source sent it; of a text its symbol's integer; NaN = unknown
    status: U32  # OPC UA StatusCode

    def __len__(self) -> int:
        return len(self.signal)

    def take(self, rows: BOOL | I64 | slice) -> Self:
        """The chosen rows: a mask, positions or a slice."""
        return type(self)(
            self.signal[rows],
            self.source_ns[rows],
            self.received_ns[rows],
            self.value[rows],
            self.status[rows],
        )

    @classmethod
    def of(cls, rows: list[Row]) -> Self:
        """A batch from rows, where a library hands over one object at a time."""
        signal, source_ns, received_ns, value, status = (
            zip(*rows, strict=True) if rows else [()] * 5
        )
        return cls(
            np.array(signal, np.uint32),
            np.array(source_ns, np.int64),
            np.array(received_ns, np.int64),
            np.array(value, np.float64),
            np.array(status, np.uint32),
        )

    @classmethod
    def concat(cls, batches: list[Self]) -> Self:
        """All rows of all batches, in the order given."""
        if len(batches) < 2:  # noqa: PLR2004 - nothing to put together
            return batches[0] if batches else cls.of([])
        return cls(
            np.concatenate([batch.signal for batch in batches]),
            np.concatenate([batch.source_ns for batch in batches]),
            np.concatenate([batch.received_ns for batch in batches]),
            np.concatenate([batch.value for batch in batches]),
            np.concatenate([batch.status for batch in batches]),
        )


class Deliver(Protocol):
    """A collector's one way out. Every collector is handed one of its own.

    The engine of retries is not the collector's business: it raises and is started again.
    """

    @property
    def key(self) -> bytes:
        """The redelivery key committed last, also by a process before us; empty at first."""
        ...

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        """Return when the batch and the key are on the disk; only then acknowledge upstream.

        A full disk is a call that does not return yet. The batch may be empty: the key alone is
        committed then.
        """
        ...

    def symbol(self, text: str) -> int:
        """The integer that stands for a text value; durable with the next batch."""
        ...

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        """Write down what the source itself lost, in the interval [from_ns, to_ns)."""
        ...

    def alive(self, at_ns: int) -> None:
        """Note a proof of life of the source; durable with the next batch or within seconds."""
        ...

    def refuse(self, reason: str, excerpt: bytes, received_ns: int, origin: str = "") -> None:
        """Set one message aside that could not be made into rows; counted, listed, never lost.

        It counts as one received and one quarantined; durable with the next batch. With `origin`,
        such as its topic, `excerpt` is the whole message, and a person may have it tried again.
        """
        ...

    def window(self, messages: int) -> None:
        """Say how many messages the source sends before one is acknowledged.

        Half of them are committed at once: at the last one it would fall silent.
        """
        ...

    def next_s(self, after_s: float) -> float:
        """In how many seconds, `after_s` or more, a commit may begin, as things stand.

        What is handed over just before that is on the disk no later than what came long before.
        """
        ...

    def finding(self, code: str, text: str) -> None:
        """Tell people what is wrong though the source goes on; an empty text takes it back.

        Args:
            code: names the matter and, where there are several, the thing: `absent node/Body.Good`.
            text: where, what was seen, what to do.
        """
        ...


class Samples(NamedTuple):
    """One signal's samples in reading order: by source time, equal times by block and place."""

    source_ns: I64
    value: F64
    status: U32


class Reader(Protocol):
    """The one path of reading: archive and journal tail, each sample exactly once."""

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        """Samples with from_ns <= source_ns < to_ns of each named path; absent ones are empty."""
        ...

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        """The last sample before `at_ns` of each path, one row or none."""
        ...

    def symbols(self) -> dict[int, str]:
        """The texts behind the values of text signals."""
        ...

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        """Proofs of life of a source as instants, sorted.

        A span of proven life gives its two ends and, between them, an instant every 5 s.
        """
        ...


class Feed(Protocol):
    """What a sink reads: committed blocks, oldest first, from journal or archive alike."""

    async def take(self, after: int) -> list[tuple[int, Batch]]:
        """The blocks that follow number `after`, at least one; waits until there is one."""
        ...

    async def fresh(self, after: int, most: int) -> list[tuple[int, Batch]]:
        """The newest blocks after number `after`, oldest first; none where there are none.

        At most about `most` rows, or one block; what was imported is history and never fresh.
        """
        ...

    def signal(self, signal: int) -> Signal | None:
        """What a dense id stands for; None where the configuration no longer knows it."""
        ...

    def symbol(self, symbol: int) -> str:
        """The text behind a symbol; empty where there is none."""
        ...


class Cursor(Protocol):
    """How far a sink has come, durably; every sink is handed one of its own."""

    @property
    def position(self) -> int:
        """The last block whose rows the sink's server has confirmed or refused for good."""
        ...

    async def confirm(self, block: int, rows: int) -> None:
        """All rows up to this block are confirmed (`rows` of them newly) or set aside."""
        ...

    async def refuse(self, batch: Batch, answer: str) -> None:
        """Set rows aside that the server refuses for good, with its answer; they stay stored."""
        ...

    def parked(self, reason: str) -> None:
        """Tell people that the sink waits for one of them; empty once it goes on."""
        ...


class Recount(NamedTuple):
    """What a sink can be asked beside its draining; each raises Unavailable where it cannot.

    `points` takes lines, an instant and the first instant that is no more meant; `write` is the
    sink's own way, so what is refused goes to the cursor that was handed over.
    """

    points: Callable[[Collection[str], int, int], Awaitable[dict[str, int]]]  # by signal path
    keeps_s: Callable[[], Awaitable[int]]  # how far back the server keeps points; 0 for ever
    write: Callable[[Batch], Awaitable[int]]  # how many rows the server has confirmed
