"""From one DataChangeNotification to columns, value by value through asyncua's decoder.

What always holds: one row per notified value, in order; a value that cannot be a number of its
signal's kind is NaN with a status that says why; a source time that cannot be is replaced and
flagged.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary

from edge.model import (
    BOOL,
    NOBODY,
    SECOND_NS,
    STATUS_BAD_OUT_OF_RANGE,
    STATUS_UNCERTAIN_CLOCK,
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
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
OLDEST_NS = 946_684_800 * SECOND_NS  # 2000-01-01: before it no PLC's clock was ever set
AHEAD_NS = 3_600 * SECOND_NS  # drift is kept and shown; a wrong zone or year is not a time


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
        items = struct_from_binary(ua.DataChangeNotification, Buffer(notification)).MonitoredItems
        latest_ns = received_ns + AHEAD_NS if trusted else np.iinfo(np.int64).max
        return Batch.of(
            [self._row(item.ClientHandle, item.Value, received_ns, latest_ns) for item in items]
        )

    def _row(self, handle: int, sent: Any, received_ns: int, latest_ns: int) -> Row:  # noqa: ANN401 - untyped library
        kind = self.kinds.get(handle)
        status = sent.StatusCode.value if sent.StatusCode is not None else 0
        value, fault = self._number(sent.Value, kind or Kind.GAUGE)
        source_ns, believed = time_of(sent, received_ns, latest_ns)
        if Quality.of(status) is not Quality.BAD:
            status = fault or status
        if not believed and Quality.of(status) is Quality.GOOD:
            status |= STATUS_UNCERTAIN_CLOCK
        return Row(handle if kind else NOBODY, source_ns, received_ns, value, status)

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
        return float(value), STATUS_BAD_OUT_OF_RANGE if math.isnan(value) else 0

    def _text(self, text: str, kind: Kind) -> tuple[float, int]:
        if kind not in {Kind.TEXT, Kind.STATE}:
            return math.nan, STATUS_BAD_TYPE_MISMATCH
        if len(text) > LONGEST_TEXT:
            return math.nan, STATUS_BAD_OUT_OF_RANGE
        readable = text.encode(errors="surrogateescape").decode(errors="replace")
        return float(self.symbol(readable)), 0


def time_of(sent: Any, received_ns: int, latest_ns: int) -> tuple[int, bool]:  # noqa: ANN401 - untyped library
    """When the value was true, and whether the source can be believed about it.

    The source's time, else the server's, else ours. A server may leave the source's out; a time
    that cannot be (1601, tomorrow) and one that we had to make up are not believed.
    """
    believed = sent.SourceTimestamp is None
    for moment in (sent.SourceTimestamp, sent.ServerTimestamp):
        if moment is None:
            continue
        at_ns = (moment - EPOCH) // MICROSECOND * 1000
        if OLDEST_NS <= at_ns <= latest_ns:
            return at_ns, believed or moment is sent.SourceTimestamp
    return received_ns, False


def overflowed(batch: Batch) -> BOOL:
    """Which rows follow values that the server's queue had no room for."""
    lost: BOOL = (batch.status & OVERFLOW) == OVERFLOW
    return lost


def vanished(batch: Batch) -> BOOL:
    """Which rows say that their node is gone."""
    code = batch.status & CODE
    gone: BOOL = (code == STATUS_BAD_NODE_ID_UNKNOWN) | (code == STATUS_BAD_NODE_ID_INVALID)
    return gone
