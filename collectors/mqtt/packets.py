"""MQTT packets as bytes: those that we send, and the fields of those that come.

Versions 3.1.1 and 5, for a client that reads. All it can publish is what a host of Sparkplug has to
say of itself and to ask for; nothing else has a will. No socket, no clock, no state.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

PINGREQ = b"\xc0\x00"
PUBACK = 0x40020000  # with two bytes left it means success, in both versions
MORE = 128  # a byte of a length that is not its last
LONGEST_LENGTH = 4  # bytes
U16, U32 = struct.Struct(">H"), struct.Struct(">I")
SESSION_EXPIRY, KEEP_ALIVE, RECEIVE_MAXIMUM, REASON, ALIAS, LARGEST = (
    0x11,
    0x13,
    0x21,
    0x1F,
    0x23,
    0x27,
)
SUBSCRIPTION_ID, USER = 0x0B, 0x26  # the only ones that may come twice
MALFORMED, PROTOCOL_ERROR, NO_ALIAS, TOO_LARGE, NO_QOS_2 = 0x81, 0x82, 0x94, 0x95, 0x9B

# What a property's value is: bytes of a number, "v" a length of seven bits a byte, "s" a text or
# bytes with their length, "p" two texts. MQTT 5, section 2.2.2.2.
SHAPES: dict[int, int | str] = (
    dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 1)
    | dict.fromkeys((0x13, 0x21, 0x22, 0x23), 2)
    | dict.fromkeys((0x02, 0x11, 0x18, 0x27), 4)
    | dict.fromkeys((0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F), "s")
    | {SUBSCRIPTION_ID: "v", USER: "p"}
)


class Malformed(ValueError):
    """Bytes that no broker may send; `code` is what MQTT 5 calls it."""

    def __init__(self, text: str, code: int = MALFORMED) -> None:
        super().__init__(text)
        self.code = code


class Will(NamedTuple):
    """What the broker says for us when the link is lost; or what we say ourselves."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class Login(NamedTuple):
    """What CONNECT says of us."""

    client_id: str
    user: str | None
    password: bytes | None
    keep_alive_s: int
    session_s: int  # how long the broker keeps our session; MQTT 5 only, as what follows
    max_in_flight: int
    largest: int  # packet that we take, bytes
    will: Will | None = None
    clean: bool = False  # begin a new session, and keep none


def connect(login: Login, *, five: bool) -> bytes:
    """CONNECT to go on with the session that the broker has of us."""
    body = bytearray(b"\x00\x04MQTT")
    body += bytes([5 if five else 4, flags_of(login)])
    body += U16.pack(login.keep_alive_s)
    if five:
        wishes = bytes([SESSION_EXPIRY]) + U32.pack(login.session_s)
        wishes += bytes([RECEIVE_MAXIMUM]) + U16.pack(login.max_in_flight)
        wishes += bytes([LARGEST]) + U32.pack(login.largest)
        body += length(len(wishes)) + wishes
    body += text(login.client_id.encode())
    if login.will is not None:
        body += b"\x00" if five else b""
        body += text(login.will.topic.encode()) + text(login.will.payload)
    for one in (login.user, login.password):
        if one is not None:
            body += text(one.encode() if isinstance(one, str) else one)
    return b"\x10" + length(len(body)) + body


def flags_of(login: Login) -> int:
    """The flags of CONNECT: who we are, our will, and whether the session begins anew."""
    flags = (login.user is not None) << 7 | (login.password is not None) << 6
    if login.will is not None:
        flags |= login.will.retain << 5 | login.will.qos << 3 | 4
    return flags | (login.clean or login.session_s == 0) << 1


def publish(message: Will, packet_id: int, *, five: bool) -> bytes:
    """PUBLISH; QoS 0 has no packet id."""
    body = text(message.topic.encode())
    body += U16.pack(packet_id) if message.qos else b""
    body += (b"\x00" if five else b"") + message.payload
    return bytes([0x30 | message.qos << 1 | message.retain]) + length(len(body)) + body


def subscribe(packet_id: int, topics: Sequence[str], *, five: bool, qos: int = 1) -> bytes:
    """SUBSCRIBE to these.

    At QoS 1 a broker of MQTT 5 sends retained messages for new subscriptions only; one of 3.1.1
    sends them each time.
    """
    options = bytes([0x10 | qos if five and qos else qos])
    body = U16.pack(packet_id) + (b"\x00" if five else b"")
    body += b"".join(text(topic.encode()) + options for topic in topics)
    return b"\x82" + length(len(body)) + body


def unsubscribe(packet_id: int, topics: Sequence[str], *, five: bool) -> bytes:
    """UNSUBSCRIBE from these; what was never subscribed to may be among them."""
    body = U16.pack(packet_id) + (b"\x00" if five else b"")
    body += b"".join(text(topic.encode()) for topic in topics)
    return b"\xa2" + length(len(body)) + body


def pubacks(packet_ids: Sequence[int]) -> bytes:
    """PUBACK for each of these, in this order."""
    return (np.array(packet_ids, ">u4") | PUBACK).astype(">u4").tobytes()


def disconnect(code: int, *, five: bool) -> bytes:
    """DISCONNECT; 3.1.1 has no code to give."""
    return bytes([0xE0, 1, code]) if five and code else b"\xe0\x00"


def text(content: bytes) -> bytes:
    """Bytes with their length before them."""
    return U16.pack(len(content)) + content


def length(number: int) -> bytes:
    """A number of seven bits a byte, the lowest first.

    >>> length(0).hex(), length(321).hex()
    ('00', 'c102')
    """
    found = bytearray()
    while number >= MORE:
        found.append(number % MORE | MORE)
        number >>= 7
    found.append(number)
    return bytes(found)


def length_at(data: bytes, at: int) -> tuple[int, int] | None:
    """The number of seven bits a byte that begins here, and where it ends; None if cut off.

    Raises:
        Malformed: it has more than four bytes.
    """
    number = 0
    for i, byte in enumerate(data[at : at + LONGEST_LENGTH]):
        number |= byte % MORE << 7 * i
        if byte < MORE:
            return number, at + i + 1
    if len(data) - at >= LONGEST_LENGTH:
        raise Malformed(f"a length of more than four bytes: {data[at : at + 5]!r}")
    return None


def properties_at(data: bytes, at: int) -> tuple[dict[int, bytes], int]:
    """The properties that begin here, the bytes of each last value by its id, and where they end.

    Raises:
        Malformed: cut off, unknown, or given twice.
    """
    found: dict[int, bytes] = {}
    size = length_at(data, at)
    if size is None or size[1] + size[0] > len(data):
        raise Malformed("properties are cut off")
    stop, at = size[1] + size[0], size[1]
    while at < stop:
        name, value_at = data[at], at + 1
        at = value_end(data, name, value_at)
        if at > stop:
            raise Malformed(f"property {name:#04x} is cut off")
        if name in found and name not in {SUBSCRIPTION_ID, USER}:
            raise Malformed(f"property {name:#04x} is given twice", PROTOCOL_ERROR)
        found[name] = data[value_at:at]
    return found, stop


def value_end(data: bytes, name: int, at: int) -> int:
    """Where the value of this property ends, maybe beyond the data."""
    shape = SHAPES.get(name)
    if isinstance(shape, int):
        return at + shape
    if shape == "v":
        size = length_at(data, at)
        return len(data) + 1 if size is None else size[1]
    if shape is None:
        raise Malformed(f"property {name:#04x} is unknown")
    for _ in range(2 if shape == "p" else 1):
        at += 2 + int.from_bytes(data[at : at + 2], "big") if at + 2 <= len(data) else 3
    return at
