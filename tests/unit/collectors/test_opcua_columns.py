"""The decoder of whole columns against the one that goes value by value."""

import math
import struct
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from asyncua import ua
from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import header_from_binary, nodeid_to_binary, struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from collectors.opcua import wire
from collectors.opcua.columns import NO_MORE, Columns, uniform
from collectors.opcua.decode import Decoder
from collectors.opcua.sending import Sender
from edge.clock import SYSTEM
from edge.model import STATUS_UNCERTAIN_ROUNDED, Batch
from edge.site import Kind
from tests.unit.collectors.opcua_channel import SEALINGS, USUAL, Half, Sealing, cut, halves, ours
from tests.unit.collectors.opcua_kept import rows_of
from tests.unit.collectors.opcua_sent import (
    NOW_NS,
    NUMERIC,
    OTHER,
    Item,
    alike,
    items,
    notification,
    number,
    optional,
    symbols,
    text,
)

KINDS = {1: Kind.COUNTER, 2: Kind.STATE, 3: Kind.GAUGE, 4: Kind.TEXT}
HANDLES = st.integers(0, 6) | st.sampled_from([2**31, 2**32 - 1])
ANY = st.lists(items(HANDLES, optional(NUMERIC | OTHER)), max_size=20)
NUMBERS_ALONE = st.lists(items(HANDLES, optional(NUMERIC)), max_size=20)
ALIKE = alike(HANDLES)


def bits(batch: Batch) -> list[tuple[Any, ...]]:
    """The rows, so that a NaN is equal to a NaN."""
    return [(*row[:3], repr(row.value), row.status) for row in rows_of(batch)]


def slow(raw: bytes, *, trusted: bool = True) -> Batch:
    """The rows, value by value."""
    return Decoder(KINDS, symbols()).decode(raw, NOW_NS, trusted=trusted)


def fast(raw: bytes, *, trusted: bool = True) -> Batch:
    """The rows, by columns."""
    return Columns.of(KINDS, symbols()).decode(raw, NOW_NS, trusted=trusted)


@given(NUMBERS_ALONE | ALIKE | ANY, st.booleans())
def test_columns_are_what_single_values_are(sent: list[Item], trusted: bool) -> None:  # noqa: FBT001 - drawn
    """Every type, with and without times, picoseconds, status: the same rows, to the bit."""
    raw = notification(sent)
    found = fast(raw, trusted=trusted)
    assert bits(found) == bits(slow(raw, trusted=trusted))
    assert len(found) == len(sent)
    dtypes = [column.dtype for column in (found.signal, found.source_ns, found.value, found.status)]
    assert dtypes == [np.uint32, np.int64, np.float64, np.uint32]


@given(ALIKE)
def test_items_alike_are_one_array(sent: list[Item]) -> None:
    """Items of one layout never go value by value."""
    assert not sent or uniform(notification(sent), len(sent)) is not None


@given(NUMBERS_ALONE | ALIKE | ANY, st.data())
def test_hostile_bytes_are_refused_by_both_or_read_alike(
    sent: list[Item], data: st.DataObject
) -> None:
    """Cut, longer, and with bytes changed: an error that sets it aside, or the same rows."""
    raw = bytearray(notification(sent))
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=3)):
        raw[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(raw)))
    tail = data.draw(st.binary(max_size=3))
    for hostile in (bytes(raw), bytes(raw[:end]), bytes(raw) + tail):
        assert outcome(fast, hostile) == outcome(slow, hostile)


def outcome(decode: Any, raw: bytes) -> object:  # noqa: ANN401 - one of the two above
    """The rows, or that it is refused."""
    try:
        return bits(decode(raw))
    except wire.UNREADABLE:
        return None


@given(NUMBERS_ALONE.filter(len), st.integers(1))
def test_a_cut_notification_is_refused(sent: list[Item], cut: int) -> None:
    """No row is made of half a message."""
    raw = notification(sent)
    with pytest.raises(wire.UNREADABLE):
        fast(raw[: -1 - cut % (len(raw) - 1)])


@pytest.mark.parametrize(
    ("kind", "value", "kept", "status"),
    [
        (8, 2**53, 2.0**53, 0),
        (8, 2**53 + 1, 2.0**53, STATUS_UNCERTAIN_ROUNDED),
        (8, -(2**53) - 1, -(2.0**53), STATUS_UNCERTAIN_ROUNDED),
        (8, -(2**63), -(2.0**63), 0),
        (8, 2**63 - 1, 2.0**63, STATUS_UNCERTAIN_ROUNDED),
        (9, 2**64 - 1, 2.0**64, STATUS_UNCERTAIN_ROUNDED),
        (9, 2**63 + 2**11, 2.0**63 + 2**11, 0),
        (1, 1, 1.0, 0),
        (2, -128, -128.0, 0),
        (10, math.inf, math.inf, 0),
    ],
)
def test_a_whole_number_is_kept_exactly_or_flagged(
    kind: int, value: float, kept: float, status: int
) -> None:
    """A double has 53 bits; a number of more is rounded and uncertain, never silently another."""
    for signal in (1, 3):
        (row,) = rows_of(fast(notification([Item(signal, number(kind, value))])))
        assert (row.value, row.status) == (kept, status)


def test_picoseconds_stand_before_the_time_of_the_server() -> None:
    """A source time that cannot be, with picoseconds: the server's is found behind them."""
    server = Item(1, number(11, 1.5)).server
    sent = Item(1, number(11, 1.5), source=0, source_picoseconds=7, server=server)
    (row,) = rows_of(fast(notification([sent])))
    assert row.source_ns == NOW_NS


def test_a_time_is_kept_to_the_hundredth_of_a_microsecond() -> None:
    """Two values a tick apart are two values."""
    sent = [Item(1, number(11, v), source=Item(1, None).source + v) for v in (0, 1)]  # type: ignore[operator]  # an Item has a time
    assert [row.source_ns for row in rows_of(fast(notification(sent)))] == [NOW_NS, NOW_NS + 100]


def test_what_the_queue_lost_is_still_told_with_a_value_that_cannot_be() -> None:
    """The overflow bits stay when the code is ours."""
    (row,) = rows_of(fast(notification([Item(1, number(11, math.nan), status=0x0480)])))
    assert row.status == 0x803C_0480


@pytest.mark.parametrize(
    "value",
    [
        b"\x0c" + struct.pack("<i", -40),  # a text of a negative length
        bytes([0x80]) + struct.pack("<i", 2**31 - 1),  # two billion nulls
        b"\x18" * 5000,  # a value in a value in a value
        bytes([0x98]) + struct.pack("<iBi", 1, 0x80, 2**31 - 1),
        b"\x3f",
    ],
)
@pytest.mark.parametrize("decode", [fast, slow])
def test_values_that_would_never_end_are_refused(decode: Any, value: bytes) -> None:  # noqa: ANN401 - fast or slow
    """A few bytes cannot cost us memory or hold us up."""
    with pytest.raises(wire.UNREADABLE):
        decode(notification([Item(1, number(11, 1.0)), Item(1, value)]))


@pytest.mark.parametrize("sealing", [None, *SEALINGS])
@pytest.mark.parametrize("acks", [[], [(7, 1)], [(7, 2**32 - 1), (8, 5)]])
@pytest.mark.parametrize("token", [ua.NodeId(1234, 1), ua.NodeId(b"0123456789" * 3, 2)])
async def test_ready_made_requests_are_those_of_asyncua(
    acks: list[tuple[int, int]],
    token: Any,  # noqa: ANN401 - asyncua
    sealing: Sealing | None,
) -> None:
    """The same bytes on the channel, plain or sealed in whatever way, for the same request."""
    (server, mine), (_, theirs) = (
        halves(encrypted=sealing is not None, sealing=sealing or USUAL) for _ in "ab"
    )
    sent: list[bytes] = []
    protocol = UASocketProtocol()
    protocol._connection, protocol.authentication_token = mine.connection, token
    protocol.transport = SimpleNamespace(write=sent.append)  # all it needs
    assert Sender(protocol, SYSTEM).send([acks] * 3) == [1, 2, 3]
    time_at = 4 + len(nodeid_to_binary(token))
    (three,) = sent  # in one write
    each = len(three) // 3
    for handle, packet in enumerate((three[at * each :][:each] for at in range(3)), start=1):
        plain = open_one(server, packet)
        request = ua.PublishRequest()
        request.RequestHeader.AuthenticationToken = token
        request.RequestHeader.RequestHandle = handle
        request.RequestHeader.TimeoutHint = 0
        (ticks,) = struct.unpack_from("<q", plain, time_at)
        request.RequestHeader.Timestamp = ua.win_epoch_to_datetime(ticks)
        request.Parameters.SubscriptionAcknowledgements = [
            ua.SubscriptionAcknowledgement(*ack) for ack in acks
        ]
        asked = struct_to_binary(request)
        assert packet == theirs.connection.message_to_binary(asked, request_id=handle)


def open_one(server: Half, packet: bytes) -> bytes:
    """The body of the message in one packet."""
    data = Buffer(packet)
    return bytes(
        server.connection.receive_from_header_and_body(header_from_binary(data), data).body()
    )


@given(
    ALIKE | ANY,
    st.booleans(),
    st.integers(300, 2000),
    st.lists(st.integers(0, 10**6), max_size=5),
)
def test_chunks_and_encryption_change_nothing(
    sent: list[Item],
    encrypted: bool,  # noqa: FBT001 - drawn
    chunk: int,
    cuts: list[int],
) -> None:
    """A message in many chunks and packets, plain or sealed, is the message that was sent."""
    part = ua.ExtensionObject(ua.FourByteNodeId(wire.DATA_CHANGE), notification(sent))
    response = ua.PublishResponse()
    response.Parameters = ua.PublishResult(
        7, MoreNotifications=False, NotificationMessage=ua.NotificationMessage(5, None, [part])
    )
    response.Parameters.NotificationMessage.PublishTime = ua.win_epoch_to_datetime(0)
    raw = bytes(struct_to_binary(response))
    server, client = halves(encrypted=encrypted, chunk=chunk)
    stream = server.connection.message_to_binary(raw, request_id=7)
    ((_, body),) = ours(client, cut(stream, cuts))
    ((kind, found),) = wire.published(body).parts
    assert kind == wire.DATA_CHANGE
    assert bits(fast(bytes(found))) == bits(slow(notification(sent)))


@given(st.lists(ALIKE | NUMBERS_ALONE | ANY, min_size=1, max_size=4), st.booleans())
def test_notifications_that_came_together_are_those_that_came_one_by_one(
    sent: list[list[Item]],
    trusted: bool,  # noqa: FBT001 - drawn
) -> None:
    """All at once only where all have one layout, and then to the bit."""
    columns = Columns.of(KINDS, symbols())
    raw = [notification(items, bytes(4) if len(items) % 2 else NO_MORE) for items in sent]
    try:
        found = columns.together([memoryview(one) for one in raw], NOW_NS, trusted=trusted)
    except wire.UNREADABLE:
        found = None
    if found is not None:
        each = [fast(one, trusted=trusted) for one in raw]
        assert bits(found) == [row for batch in each for row in bits(batch)]
    one_layout = {(item.encoded()[4:6], len(item.encoded())) for items in sent for item in items}
    if all(sent) and len(one_layout) == 1 and uniform(raw[0], len(sent[0])) is not None:
        assert found is not None


def test_one_notification_does_not_make_up_for_another() -> None:
    """One says that it has an item less than it has, the other one more: neither is taken."""
    short, long = (bytearray(notification([Item(3, number(11, 1.0))] * 2)) for _ in "ab")
    short[0], long[0] = 1, 3
    assert Columns.of(KINDS, symbols()).together([bytes(short), bytes(long)], NOW_NS) is None


def test_names_that_are_numbers_are_names() -> None:
    """A recipe's number among gauges of its layout: a symbol, in its place."""
    sent = [Item(3, number(6, 5)), Item(4, number(6, 1204)), Item(3, number(6, 7))]
    found = rows_of(fast(notification(sent)))
    assert [row.value for row in found] == [5, symbols()("1204"), 7]
    (row,) = rows_of(fast(notification([Item(4, text("1204"))])))
    assert row.value == symbols()("1204")
