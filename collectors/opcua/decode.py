"""From one DataChangeNotification to rows, value by value: slow, and right about everything.

What always holds: one row per notified value, in order; a value that cannot be a number of its
signal's kind is NaN with a status that says why; a whole number too large to be kept exactly is
rounded and flagged; a source time that cannot be is replaced and flagged. Values are read by
asyncua. What stands around them is not: it looks for picoseconds in the wrong place, cuts times to
microseconds, and follows a negative length backwards.
"""

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import variant_from_binary

from collectors.opcua.layout import (
    FIRST,
    HAS_SERVER,
    HAS_SERVER_PICOSECONDS,
    HAS_SOURCE,
    HAS_SOURCE_PICOSECONDS,
    HAS_STATUS,
    HAS_VALUE,
    NOTHING,
)
from edge.doubles import is_rounded
from edge.model import (
    BOOL,
    NOBODY,
    SECOND_NS,
    STATUS_BAD_OUT_OF_RANGE,
    STATUS_UNCERTAIN_CLOCK,
    STATUS_UNCERTAIN_ROUNDED,
    Batch,
    Quality,
    Row,
)
from edge.site import Kind

STATUS_BAD_NO_DATA = 0x809B_0000  # the server sent no value
STATUS_BAD_TYPE_MISMATCH = 0x8074_0000  # a text where a number was wanted, or an array
STATUS_BAD_NODE_ID_INVALID = 0x8033_0000  # the node is gone, says node-opcua
STATUS_BAD_NODE_ID_UNKNOWN = 0x8034_0000  # the node is gone, says the specification
OVERFLOW = 0x0480  # data value info, overflow: the server's queue lost what came before this one
CODE = 0xFFFF_0000  # a status without its info bits

LONGEST_TEXT = 1_024  # characters; a text value names something, it is no document
EPOCH_TICKS = 116_444_736_000_000_000  # 1970 in 100 ns since 1601
TICK_NS = 100
OLDEST_TICKS = EPOCH_TICKS + 946_684_800 * SECOND_NS // TICK_NS  # 2000: no PLC's clock is older
AHEAD_NS = 3_600 * SECOND_NS  # drift is kept and shown; a wrong zone or year is not a time
ENDLESS_TICKS = EPOCH_TICKS + (2**63 - 1) // TICK_NS
LEAST_ITEM = 5  # bytes of a handle and a mask that says nothing follows
NESTED = {23, 24, 25}  # values in values: a few bytes that asyncua would unfold without end


class Bytes(Buffer):  # type: ignore[misc]  # asyncua has no types
    """A cursor over bytes that never goes back."""

    def read(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            ValueError: the size is negative.
        """
        if size < 0:
            raise ValueError(f"a length of {size}")
        return bytes(super().read(size))

    def copy(self, size: int = -1) -> Self:
        """A cursor of its own over the next bytes."""
        return type(self)(self._data, self._cur_pos, size if 0 <= size < len(self) else len(self))


class Sent(NamedTuple):
    """One value as it was notified; a time is in 100 ns since 1601."""

    value: Any  # a variant, None where there is none
    status: int
    source: int | None
    server: int | None


class When(NamedTuple):
    """What a notification's times are judged by."""

    received_ns: int
    latest: int  # ticks

    @classmethod
    def judging(cls, received_ns: int, *, trusted: bool) -> Self:
        """Judged by the time of receipt, if our clock may judge any."""
        ahead = EPOCH_TICKS + (received_ns + AHEAD_NS) // TICK_NS
        return cls(received_ns, ahead if trusted else ENDLESS_TICKS)


class Decoder(NamedTuple):
    """What is needed to understand the values of one source."""

    kinds: Mapping[int, Kind]
    symbol: Callable[[str], int]

    def decode(self, notification: bytes, received_ns: int, *, trusted: bool = True) -> Batch:
        """The rows of one DataChangeNotification.

        Args:
            notification: its encoding, without the header of the extension object.
            received_ns: when it came.
            trusted: whether our clock may judge the source's.

        Raises:
            ua.UaError, struct.error, ValueError, …: the bytes are no such notification.
        """
        when = When.judging(received_ns, trusted=trusted)
        return Batch.of([self.row(handle, sent, when) for handle, sent in items_of(notification)])

    def row(self, handle: int, sent: Sent, when: When) -> Row:
        """The row of one notified value."""
        kind = self.kinds.get(handle)
        value, fault = self._number(sent.value, kind or Kind.GAUGE)
        source_ns, believed = time_of(sent, when)
        status = sent.status
        if fault and Quality.of(status) is not Quality.BAD:
            status = fault | status & ~CODE
        if not believed and Quality.of(status) is Quality.GOOD:
            status |= STATUS_UNCERTAIN_CLOCK
        return Row(handle if kind else NOBODY, source_ns, when.received_ns, value, status)

    def _number(self, variant: Any, kind: Kind) -> tuple[float, int]:  # noqa: ANN401 - untyped library
        """The value as a number, and what is wrong with it; 0 = nothing."""
        value = variant.Value if variant is not None else None
        if value is None:
            return math.nan, STATUS_BAD_NO_DATA
        if isinstance(value, ua.LocalizedText):
            value = value.Text or ""
        if isinstance(value, str):
            return self._text(value, kind)
        if not isinstance(value, bool | int | float):  # an array is a list
            return math.nan, STATUS_BAD_TYPE_MISMATCH
        if kind is Kind.TEXT:
            return self._text(str(value), kind)  # a recipe's number names a product too
        if math.isnan(value):
            return math.nan, STATUS_BAD_OUT_OF_RANGE
        return float(value), STATUS_UNCERTAIN_ROUNDED if is_rounded(value, float(value)) else 0

    def _text(self, text: str, kind: Kind) -> tuple[float, int]:
        if kind not in {Kind.TEXT, Kind.STATE}:
            return math.nan, STATUS_BAD_TYPE_MISMATCH
        if len(text) > LONGEST_TEXT:
            return math.nan, STATUS_BAD_OUT_OF_RANGE
        readable = text.encode(errors="surrogateescape").decode(errors="replace")
        return float(self.symbol(readable)), 0


def items_of(notification: bytes) -> Iterator[tuple[int, Sent]]:
    """Handle and value of every item.

    Raises:
        ValueError: what stands there cannot be so many items and nothing else.
    """
    data = Bytes(notification, FIRST)
    for _ in range(count_of(notification)):
        yield item_at(data)
    check_end(notification, len(notification) - len(data))


def count_of(notification: bytes) -> int:
    """How many items it says it has.

    Raises:
        struct.error, ValueError: it cannot have so many.
    """
    count: int = struct.unpack_from("<i", notification)[0]
    if count * LEAST_ITEM + 8 > len(notification) and count > 0:
        raise ValueError(f"{count} items in {len(notification)} bytes")
    return max(count, 0)  # -1 is a list that is not there


def check_end(notification: bytes, at: int) -> None:
    """See that nothing stands behind the items but what a server may say about them.

    Raises:
        struct.error, ValueError: something else does.
    """
    (diagnostics,) = struct.unpack_from("<i", notification, at)
    left = len(notification) - at - 4
    if left and diagnostics <= 0:
        raise ValueError(f"{left} bytes after the last item")


def item_at(data: Bytes) -> tuple[int, Sent]:
    """Handle and value of the item at which the cursor stands."""
    (handle,) = struct.unpack("<I", data.read(4))
    return handle, sent_at(data)


def sent_at(data: Bytes) -> Sent:
    """The data value at which the cursor stands."""
    (mask,) = data.read(1)
    value = variant_at(data) if mask & HAS_VALUE else None
    status = struct.unpack("<I", data.read(4))[0] if mask & HAS_STATUS else 0
    source = struct.unpack("<q", data.read(8))[0] if mask & HAS_SOURCE else None
    data.skip(2 if mask & HAS_SOURCE_PICOSECONDS else 0)
    server = struct.unpack("<q", data.read(8))[0] if mask & HAS_SERVER else None
    data.skip(2 if mask & HAS_SERVER_PICOSECONDS else 0)
    return Sent(value, status, source, server)


def variant_at(data: Bytes) -> Any:  # noqa: ANN401 - untyped library
    """The value at which the cursor stands."""
    (encoding,) = data.copy(1).read(1)
    kind, is_list = encoding & 0x3F, encoding & 0x80
    if kind in NESTED or (is_list and kind == NOTHING):
        raise ValueError(f"a value of type {encoding:#x}")
    return variant_from_binary(data)


def time_of(sent: Sent, when: When) -> tuple[int, bool]:
    """When the value was true, and whether the source can be believed about it.

    The source's time, else the server's, else ours. A server may leave the source's out; a time
    that cannot be (1601, tomorrow) and one that we had to make up are not believed.
    """
    for ticks in (sent.source, sent.server):
        if ticks is not None and OLDEST_TICKS <= ticks <= when.latest:
            believed = ticks is sent.source or sent.source is None
            return (ticks - EPOCH_TICKS) * TICK_NS, believed
    return when.received_ns, False


def overflowed(batch: Batch) -> BOOL:
    """Which rows follow values that the server's queue had no room for."""
    lost: BOOL = (batch.status & OVERFLOW) == OVERFLOW
    return lost


def vanished(batch: Batch) -> BOOL:
    """Which rows say that their node is gone."""
    code = batch.status & CODE
    gone: BOOL = (code == STATUS_BAD_NODE_ID_UNKNOWN) | (code == STATUS_BAD_NODE_ID_INVALID)
    return gone
