"""Bytes in, events out: whatever a broker sends, wherever it is cut."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collectors.mqtt import stream as room
from collectors.mqtt.packets import Malformed
from collectors.mqtt.stream import (
    Connack,
    Event,
    Farewell,
    Messages,
    Pong,
    Puback,
    Stream,
    Suback,
    Unsuback,
)


class Sent(NamedTuple):
    """One message of a broker."""

    topic: bytes
    payload: bytes
    packet_id: int  # 0 at QoS 0
    dup: bool
    retain: bool
    more: bytes  # MQTT 5: its properties


def sized(body: bytes) -> bytes:
    """A body with its length before it, by the algorithm of section 1.5.5, word for word."""
    size, found = len(body), b""
    while True:
        digit, size = size % 128, size // 128
        found += bytes([digit | 128 if size else digit])
        if not size:
            return found + body


def publish(sent: Sent, *, five: bool) -> bytes:
    """PUBLISH as section 3.3 has it."""
    first = 0x30 | sent.dup << 3 | bool(sent.packet_id) << 1 | sent.retain
    body = struct.pack(">H", len(sent.topic)) + sent.topic
    body += struct.pack(">H", sent.packet_id) if sent.packet_id else b""
    return bytes([first]) + sized(body + (sent.more if five else b"") + sent.payload)


def paho_properties(user: Sequence[tuple[str, str]], expiry: int | None, kind: str) -> bytes:
    """Properties of a message as paho writes them."""
    made = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's
    if expiry is not None:
        made.MessageExpiryInterval = expiry
    if user:
        made.UserProperty = list(user)
    if kind:
        made.ContentType = kind
        made.CorrelationData = kind.encode()
        made.SubscriptionIdentifier = 268_435_455
    return bytes(made.pack())  # type: ignore[no-untyped-call]  # paho's


LETTERS = st.text("ab/é", max_size=5)
MORE = st.builds(
    paho_properties,
    st.lists(st.tuples(LETTERS, LETTERS), max_size=2),
    st.none() | st.just(9),
    LETTERS,
)
SENT = st.builds(
    Sent,
    st.binary(min_size=1, max_size=9),
    st.binary(max_size=9) | st.binary(min_size=120, max_size=140) | st.just(b"x" * 20_000),
    st.integers(0, 65_535),
    st.booleans(),
    st.booleans(),
    MORE,
)
Answer = Connack | Suback | Unsuback | Puback | Pong | Farewell
Told = Answer | tuple[bytes, int, bytes, int]
VERSION = st.sampled_from([3, 5])
ANSWERS: list[tuple[bytes, bytes, Answer]] = [  # of 3.1.1, of 5, and what both mean
    (b"\xd0\x00", b"\xd0\x00", Pong()),
    (b"\x20\x02\x01\x00", b"\x20\x03\x01\x00\x00", Connack(session_present=True, code=0)),
    (b"\x20\x02\x00\x05", b"\x20\x03\x00\x87\x00", Connack(session_present=False, code=0x87)),
    (b"\x90\x04\x00\x07\x01\x80", b"\x90\x05\x00\x07\x00\x01\x80", Suback(7, (1, 0x80))),
    (b"\xb0\x02\x00\x07", b"\xb0\x04\x00\x07\x00\x11", Unsuback(7)),
]


def told(events: list[Event]) -> list[Told]:
    """Events one by one, messages taken apart."""
    found: list[Told] = []
    for event in events:
        if isinstance(event, Messages):
            columns = (event.topics, event.ids, event.payloads, event.flags)
            found += list(zip(*columns, strict=True))
            assert len(event) > 0
            assert event.marks == max(event.flags) | event.marks
        else:
            found.append(event)
    return found


@given(st.lists(SENT | st.sampled_from(ANSWERS), max_size=12), VERSION, st.data())
def test_what_is_sent_is_told_wherever_it_is_cut(
    sent: list[Sent | tuple[bytes, bytes, Answer]], version: int, data: st.DataObject
) -> None:
    """Every packet, in order, with all it holds, in any pieces."""
    raw, expected = b"", list[Told]()
    for one in sent:
        if isinstance(one, Sent):
            raw += publish(one, five=version == 5)
            flags = one.dup << 3 | bool(one.packet_id) << 1 | one.retain
            expected.append((one.topic, one.packet_id, one.payload, flags))
        else:
            raw += one[1] if version == 5 else one[0]
            expected.append(one[2])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=9)))
    stream, events = Stream(five=version == 5), list[Event]()
    for start, stop in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        events += stream.receive(raw[start:stop])
    assert told(events) == expected


@given(st.lists(SENT, min_size=1, max_size=3), VERSION)
def test_byte_by_byte_is_as_good_as_at_once(sent: list[Sent], version: int) -> None:
    """A slow link changes nothing."""
    five = version == 5
    raw = b"".join(publish(one._replace(payload=b"7"), five=five) for one in sent)
    stream, events = Stream(five=five), list[Event]()
    for i in range(len(raw)):
        events += stream.receive(raw[i : i + 1])
    assert told(events) == told(Stream(five=five).receive(raw))


@pytest.mark.parametrize("size", [127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
def test_lengths_of_any_size_are_read(size: int) -> None:
    """At the edges where they get a byte more: section 1.5.5, table 1-1."""
    sent = Sent(b"ab", b"x" * (size - 4), 0, dup=False, retain=False, more=b"")
    (messages,) = Stream(five=False).receive(publish(sent, five=False))
    assert told([messages]) == [(b"ab", 0, sent.payload, 0)]


@given(st.lists(st.binary(max_size=60), max_size=5), VERSION)
def test_whatever_comes_is_an_event_or_malformed(pieces: list[bytes], version: int) -> None:
    """Nothing else is raised, however hostile the bytes."""
    stream = Stream(five=version == 5)
    try:
        for piece in pieces:
            stream.receive(piece)
    except Malformed as error:
        assert error.code in {0x81, 0x82, 0x94, 0x95, 0x9B}  # noqa: PT017 - or none at all


@given(SENT, VERSION, st.integers(0, 400), st.integers(0, 255))
def test_a_broken_message_is_malformed_or_another_message(
    sent: Sent, version: int, place: int, byte: int
) -> None:
    """One byte wrong, anywhere: no other error, and nothing beyond the bytes that came."""
    five = version == 5
    raw = bytearray(publish(sent, five=five))
    raw[place % len(raw)] = byte
    try:
        events = Stream(five=five).receive(bytes(raw))
    except Malformed:
        return
    for one in told(events):
        if not isinstance(one, Answer):
            assert len(one[0]) + len(one[2]) <= len(raw)


@pytest.mark.parametrize(
    ("raw", "five", "says", "code"),
    [
        (b"\x34\x06\x00\x01a\x00\x01x", False, "QoS 2", 0x9B),
        (b"\x36\x06\x00\x01a\x00\x01x", False, "QoS 3", 0x81),
        (b"\x32\x06\x00\x01a\x00\x00x", False, "without a packet id", 0x82),
        (b"\x30\x03\x00\x00x", False, "without a topic", 0x82),
        (b"\x30\x07\x00\x01a\x03\x23\x00\x01", True, "topic alias", 0x94),
        (b"\x30\x07\x00\x01a\x03\x7e\x00\x01", True, "0x7e is unknown", 0x81),
        (b"\x30\x08\x00\x01a\x04\x01\x00\x01\x00", True, "given twice", 0x82),
        (b"\x30\x05\x00\x01a\x09x", True, "cut off", 0x81),
        (b"\x30\x02\x00\x09", False, "without a topic", 0x82),
        (b"\x30\x03\x00\x09a", False, "shorter", 0x81),
        (b"\x30\x00\x30\x00", False, "without a topic", 0x82),
        (b"\x32\x03\x00\x01a", False, "shorter", 0x81),
        (b"\x30\x05\x00\x04abc\xd0\x00", False, "shorter", 0x81),
        (b"\x30\xff\xff\xff\xff\x01", False, "more than four bytes", 0x81),
        (b"\x62\x02\x00\x01", False, "nobody asked for", 0x82),
        (b"\x40\x02\x00\x01", False, "nobody asked for", 0x82),
        (b"\xf0\x00", True, "nobody asked for", 0x82),
        (b"\xd1\x00", False, "nobody asked for", 0x82),
        (b"\x20\x00", False, "shorter", 0x81),
        (b"\x20\x02\x02\x00", False, "flags", 0x81),
        (b"\x90\x00", True, "cut off", 0x81),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, False, "nobody asked for", 0x82),
    ],
)
def test_what_no_broker_may_send_is_named(
    raw: bytes,
    five: bool,  # noqa: FBT001 - a column of the table above
    says: str,
    code: int,
) -> None:
    """With the code that a broker of MQTT 5 is told."""
    with pytest.raises(Malformed, match=says) as caught:
        Stream(five=five).receive(raw)
    assert caught.value.code == code


def test_the_end_of_a_link_says_why() -> None:
    """Also where the broker sends nothing but the code, or nothing at all."""
    said = b"\xe0\x09\x8e\x07\x1f\x00\x04gone"
    assert Stream(five=True).receive(said) == [Farewell(0x8E, "gone")]
    assert Stream(five=True).receive(b"\xe0\x01\x8b") == [Farewell(0x8B, "")]
    assert Stream(five=True).receive(b"\xe0\x00") == [Farewell(0, "")]


def test_what_the_broker_decides_for_us_is_told() -> None:
    """How long it keeps our session, and how often it wants to hear of us."""
    raw = b"\x20\x0b\x00\x00\x08\x11\x00\x00\x00\x3c\x13\x00\x1e"
    (answer,) = Stream(five=True).receive(raw)
    assert answer == Connack(session_present=False, code=0, session_s=60, keep_alive_s=30)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_of_a_giant_message_the_beginning_is_kept(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """MQTT 3.1.1 cannot forbid 256 MB; what follows it is read as if nothing had been."""
    monkeypatch.setattr(room, "LARGEST", 300)
    giant, after = b"x" * 5_000, Sent(b"b", b"1", 3, dup=False, retain=False, more=b"\0")
    raw = publish(after._replace(topic=b"a", payload=giant), five=False) + publish(
        after, five=False
    )
    stream, events = Stream(five=False), list[Event]()
    for start in range(0, len(raw), step):
        events += stream.receive(raw[start : start + step])
        assert sum(map(len, stream._chunks)) <= 300 + step
    (large,) = [one for one in events if isinstance(one, Messages) and one.topics == [b"a"]]
    assert giant.startswith(large.payloads[0])
    assert 280 < len(large.payloads[0]) < 300
    assert told(events)[1:] == [(b"b", 3, b"1", 2)]


def test_a_broker_of_version_5_was_told_how_much_we_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a larger packet is its fault."""
    monkeypatch.setattr(room, "LARGEST", 300)
    with pytest.raises(Malformed, match="2006 bytes") as caught:
        Stream(five=True).receive(b"\x30" + sized(b"\x00\x01a\x00" + b"x" * 1_999)[:99])
    assert caught.value.code == 0x95
