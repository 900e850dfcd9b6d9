"""From the bytes of a notification to rows; asyncua's encoder makes the bytes."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from collectors.opcua import wire
from collectors.opcua.columns import Columns
from collectors.opcua.decode import Decoder, overflowed, vanished
from edge.errors import Unavailable
from edge.model import NOBODY, STATUS_UNCERTAIN_CLOCK, Row
from edge.site import Kind
from tests.unit.collectors.opcua_kept import rows_of

NOW = datetime(2026, 11, 20, 8, 0, 0, 123456, UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = {1: Kind.COUNTER, 2: Kind.STATE, 3: Kind.GAUGE, 4: Kind.TEXT}
RANGES = {
    "SByte": (-(2**7), 2**7 - 1),
    "Byte": (0, 2**8 - 1),
    "Int16": (-(2**15), 2**15 - 1),
    "UInt16": (0, 2**16 - 1),
    "Int32": (-(2**31), 2**31 - 1),
    "UInt32": (0, 2**32 - 1),
    "Int64": (-(2**53), 2**53),
    "UInt64": (0, 2**53),
}
WHOLE = st.sampled_from(sorted(RANGES)).flatmap(
    lambda name: st.tuples(st.just(name), st.integers(*RANGES[name]))
)
NUMBER = (
    WHOLE
    | st.tuples(st.just("Double"), st.floats(allow_nan=False))
    | st.tuples(st.just("Float"), st.floats(width=32, allow_nan=False))
    | st.tuples(st.just("Boolean"), st.booleans())
)
MOMENT = st.integers(31_000_000_000_000, 848_000_000_000_000).map(
    lambda since_2000_us: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=since_2000_us)
)
STATUS = st.sampled_from([0, 0x4000_0000, 0x808C_0000, 0x0480, 0x80000480])


def ns(moment: datetime) -> int:
    """Nanoseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def value(sent: object, kind: str | None = None, status: int = 0, **times: Any) -> Any:  # noqa: ANN401 - asyncua
    """A data value as a server sends it, at NOW unless said otherwise."""
    variant = ua.Variant(sent, getattr(ua.VariantType, kind)) if kind else ua.Variant(sent)
    times = times or {"SourceTimestamp": NOW, "ServerTimestamp": NOW}
    return ua.DataValue(variant, ua.StatusCode(status), **times)


def encoded(*items: tuple[int, Any]) -> bytes:
    """A DataChangeNotification with these handles and values."""
    notification = ua.DataChangeNotification()
    notification.MonitoredItems = [ua.MonitoredItemNotification(*item) for item in items]
    return bytes(struct_to_binary(notification))


def decoded(*items: tuple[int, Any], trusted: bool = True) -> list[Row]:
    """The rows that come of them, received at NOW; by columns the same."""
    raw = encoded(*items)
    rows = rows_of(
        Decoder(KINDS, len).decode(raw, ns(NOW), trusted=trusted)
    )  # a symbol is a length
    columns = Columns.of(KINDS, len).decode(raw, ns(NOW), trusted=trusted)
    assert repr(rows_of(columns)) == repr(rows)
    return rows


@given(st.lists(st.tuples(NUMBER, MOMENT, STATUS), max_size=20))
def test_a_number_of_any_type_keeps_value_status_and_time(
    sent: list[tuple[tuple[str, float], datetime, int]],
) -> None:
    """One row per notified value, in order, each as it was sent."""
    items = [
        (3, value(number, kind, status, SourceTimestamp=at)) for (kind, number), at, status in sent
    ]
    assert decoded(*items) == [
        Row(3, ns(at), ns(NOW), float(number), status) for (_, number), at, status in sent
    ]


@pytest.mark.parametrize(
    ("signal", "sent", "expected", "status"),
    [
        (1, value("12"), math.nan, 0x8074_0000),
        (1, value([1.0, 2.0], "Double"), math.nan, 0x8074_0000),
        (1, value(None), math.nan, 0x809B_0000),
        (1, value(None, status=0x80310000), math.nan, 0x8031_0000),
        (1, value(math.nan, "Double"), math.nan, 0x803C_0000),
        (1, value(math.nan, "Double", 0x808C0000), math.nan, 0x808C_0000),
        (1, value(math.inf, "Double"), math.inf, 0),
        (1, value(NOW, "DateTime"), math.nan, 0x8074_0000),
        (2, value("run"), 3.0, 0),
        (2, value(b"run", "ByteString"), math.nan, 0x8074_0000),
        (4, value("KF94-L"), 6.0, 0),
        (4, value("x" * 1025), math.nan, 0x803C_0000),
        (4, value(ua.LocalizedText("대형")), 2.0, 0),
        (4, value(1204, "Int32"), 4.0, 0),
        (9, value(1.0, "Double"), 1.0, 0),
    ],
)
def test_what_is_no_number_of_its_kind_says_why(
    signal: int, sent: object, expected: float, status: int
) -> None:
    """Arrays, texts, nothing, NaN and what nobody wants: a row each, never a zero."""
    (row,) = decoded((signal, sent))
    assert row.signal == (signal if signal in KINDS else NOBODY)
    assert row.value == expected or (math.isnan(expected) and math.isnan(row.value))
    assert row.status == status


@pytest.mark.parametrize(
    ("times", "at", "status"),
    [
        ({"ServerTimestamp": NOW - timedelta(seconds=1)}, NOW - timedelta(seconds=1), 0),
        ({}, NOW, STATUS_UNCERTAIN_CLOCK),
        ({"SourceTimestamp": datetime(1601, 1, 1, tzinfo=UTC)}, NOW, STATUS_UNCERTAIN_CLOCK),
        ({"SourceTimestamp": NOW + timedelta(hours=9)}, NOW, STATUS_UNCERTAIN_CLOCK),
        ({"SourceTimestamp": NOW + timedelta(minutes=2)}, NOW + timedelta(minutes=2), 0),
        (
            {"SourceTimestamp": NOW + timedelta(hours=9), "ServerTimestamp": NOW},
            NOW,
            STATUS_UNCERTAIN_CLOCK,
        ),
    ],
)
def test_a_time_that_cannot_be_is_replaced_and_flagged(
    times: dict[str, datetime], at: datetime, status: int
) -> None:
    """The source's time, else the server's, else ours; drift is kept, a wrong zone is not."""
    sent = ua.DataValue(ua.Variant(1.0, ua.VariantType.Double), ua.StatusCode(0), **times)
    (row,) = decoded((1, sent))
    assert (row.source_ns, row.status) == (ns(at), status)


def test_a_clock_of_ours_that_nobody_trusts_judges_no_other() -> None:
    """Before our first sync a source may be hours ahead of us, and right."""
    ahead = NOW + timedelta(days=4000)
    (row,) = decoded((1, value(1.0, "Double", SourceTimestamp=ahead)), trusted=False)
    assert (row.source_ns, row.status) == (ns(ahead), 0)


def test_overflow_and_absence_are_seen() -> None:
    """The bits that say that values or the node itself are gone."""
    decoder = Decoder(KINDS, len)
    items = [(1, value(1.0, "Double", status)) for status in (0, 0x0480, 0x80340000, 0x80330480)]
    batch = decoder.decode(encoded(*items), ns(NOW))
    assert overflowed(batch).tolist() == [False, True, False, True]
    assert vanished(batch).tolist() == [False, False, True, True]


@given(st.binary(max_size=200))
def test_hostile_bytes_are_an_error_that_is_caught(raw: bytes) -> None:
    """Anything may come: rows, or one of the errors that set a message aside."""
    try:
        Decoder(KINDS, len).decode(raw, ns(NOW))
    except wire.UNREADABLE:
        return


def message(sequence: int, *parts: Any) -> Any:  # noqa: ANN401 - asyncua
    """A notification message."""
    return ua.NotificationMessage(sequence, NOW, list(parts))


@given(
    st.integers(1, 2**32 - 1), st.integers(0, 2**32 - 1), st.lists(st.integers(1, 9), max_size=5)
)
def test_the_envelope_is_read_as_it_was_written(
    subscription: int, sequence: int, available: list[int]
) -> None:
    """Numbers and undecoded notifications, of a PublishResponse and of a repeated one."""
    change = ua.DataChangeNotification()
    change.MonitoredItems = [ua.MonitoredItemNotification(1, value(1.0, "Double"))]
    ended = ua.StatusChangeNotification(ua.StatusCode(ua.StatusCodes.BadTimeout))
    response = ua.PublishResponse()
    response.Parameters = ua.PublishResult(
        subscription, available, NotificationMessage=message(sequence, change, ended)
    )
    read = wire.published(memoryview(struct_to_binary(response)))
    assert read[:2] == (subscription, sequence)
    assert read.parts == (
        (wire.DATA_CHANGE, struct_to_binary(change)),
        (wire.STATUS_CHANGE, struct_to_binary(ended)),
    )
    again = ua.RepublishResponse(NotificationMessage=message(sequence, change, ended))
    assert wire.republished(Buffer(struct_to_binary(again)), subscription) == read


def test_a_torn_envelope_is_a_lost_link() -> None:
    """Half a response is nothing to go on with."""
    whole = struct_to_binary(ua.PublishResponse())
    with pytest.raises(Unavailable, match="cannot be read"):
        wire.published(memoryview(whole)[: len(whole) // 2])
