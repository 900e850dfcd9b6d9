"""Bytes from a broker become events: the receiving half of an MQTT client that only reads.

No socket, no thread, no clock: bytes in, events out. Where the bytes are cut does not matter. What
no broker may send raises `Malformed`; afterwards the stream is of no use. Memory is bounded by one
packet of `LARGEST` bytes: of a larger message only the beginning is kept.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from collectors.mqtt.packets import (
    ALIAS,
    KEEP_ALIVE,
    MALFORMED,
    MORE,
    NO_ALIAS,
    NO_QOS_2,
    PROTOCOL_ERROR,
    REASON,
    SESSION_EXPIRY,
    TOO_LARGE,
    Malformed,
    length,
    length_at,
    properties_at,
)
from collectors.mqtt.reasons import of_311

LARGEST = 16_777_216  # bytes; a broker of MQTT 5 keeps larger packets away from us
DUP, QOS, RETAIN = 8, 6, 1  # flags of a message
SMALLEST = 2  # bytes of a packet
CONNACK, PUBLISH, PUBACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 11, 13, 14


@dataclass(slots=True)
class Messages:
    """Messages in the order in which they came, as columns of one length."""

    topics: list[bytes] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)  # 0 at QoS 0
    payloads: list[bytes] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)  # DUP, RETAIN and twice the QoS
    marks: int = 0  # all flags together

    def __len__(self) -> int:
        return len(self.ids)


class Connack(NamedTuple):
    """The broker's answer to CONNECT."""

    session_present: bool
    code: int  # of MQTT 5, also where the broker speaks 3.1.1
    session_s: int | None = None  # how long it keeps our session, where it says so
    keep_alive_s: int | None = None  # instead of ours, where it says so
    text: str = ""  # why it refuses, where it says so


class Suback(NamedTuple):
    """The broker's answer to one SUBSCRIBE: a code for each topic."""

    packet_id: int
    codes: tuple[int, ...]


class Unsuback(NamedTuple):
    """The broker's answer to one UNSUBSCRIBE; that nothing comes any more says what it did."""

    packet_id: int


class Puback(NamedTuple):
    """The broker's answer to a message of ours."""

    code: int


class Pong(NamedTuple):
    """The broker's answer to the oldest ping that has none yet."""


class Farewell(NamedTuple):
    """The broker closes the link and says why."""

    code: int
    text: str


Event = Messages | Connack | Suback | Unsuback | Puback | Pong | Farewell


class Stream:
    """What came of one connection and is not a whole packet yet."""

    def __init__(self, *, five: bool) -> None:
        self._five = five
        self.expects_pubacks = False  # we published something
        self._chunks: list[bytes] = []
        self._have, self._need = 0, SMALLEST  # bytes
        self._skip = 0  # bytes of a message too large that are still to come

    def receive(self, data: bytes) -> list[Event]:
        """The events that end in these bytes, in order; messages side by side are one event.

        Raises:
            Malformed: no broker may send this.
        """
        if self._skip:
            data, self._skip = data[self._skip :], max(0, self._skip - len(data))
        self._chunks.append(data)
        self._have += len(data)
        if self._have < self._need:
            return []
        whole = data if len(self._chunks) == 1 else b"".join(self._chunks)
        events: list[Event] = []
        try:
            at = self._read(whole, events)
        except IndexError as error:
            raise Malformed("a packet is shorter than what it holds") from error
        self._chunks = [whole[at:]] if at < len(whole) else []
        self._have = len(whole) - at
        return events

    def _read(self, data: bytes, events: list[Event]) -> int:
        """Read whole packets, and say where the first begins that is not whole."""
        at, end = 0, len(data)
        while True:
            if end - at >= SMALLEST and data[at] >> 4 == PUBLISH:
                messages = Messages()
                at = self._messages(data, at, messages)
                if messages.ids:
                    events.append(messages)
            size = length_at(data, at + 1) if end - at >= SMALLEST else None
            self._need = SMALLEST if end - at < SMALLEST else end - at + 1
            if size is None:
                return at
            stop = size[0] + size[1]
            if stop > end:
                return self._wait(data, at, (size[1], stop), events)
            if data[at] >> 4 != PUBLISH:
                events.append(self._other(data[at], data[size[1] : stop]))
                at = stop

    def _wait(self, data: bytes, at: int, body: tuple[int, int], events: list[Event]) -> int:
        """Wait for the rest of a packet; of one too large only the beginning is waited for."""
        begin, stop = body
        self._need = stop - at
        if stop - at <= LARGEST:
            return at
        if self._five or data[at] >> 4 != PUBLISH:
            raise Malformed(f"a packet of {stop - at} bytes", TOO_LARGE)
        self._need = LARGEST
        if len(data) - at < LARGEST:
            return at
        messages, kept = Messages(), data[begin : at + LARGEST]
        self._messages(data[at : at + 1] + length(len(kept)) + kept, 0, messages)
        events.append(messages)
        self._skip, self._need = stop - len(data), SMALLEST
        return len(data)

    def _messages(self, data: bytes, at: int, found: Messages) -> int:
        """Read PUBLISH packets as long as they are whole; where the next packet begins."""
        topics, ids, payloads, flags = found.topics, found.ids, found.payloads, found.flags
        end, five, marks = len(data), self._five, 0
        while at + 1 < end and data[at] >> 4 == PUBLISH:
            first, size, body = data[at], data[at + 1], at + 2
            if size >= MORE:
                size, body = length_at(data, at + 1) or (end, body)
            stop = body + size
            if stop > end:
                break
            head = body + 2 + (data[body] << 8 | data[body + 1])
            topic, packet_id = data[body + 2 : head], 0
            if first & QOS:
                packet_id = data[head] << 8 | data[head + 1]
                head += 2
            if first & 4 or not topic or (first & 2 and not packet_id):
                raise wrong(first, topic)
            if five:
                head = properties_end(data, head, stop) if data[head] else head + 1
            if head > stop:
                raise Malformed("a message is shorter than what it holds")
            topics.append(topic)
            ids.append(packet_id)
            payloads.append(data[head:stop])
            flags.append(first & 15)
            marks |= first & 15
            at = stop
        found.marks = marks
        return at

    def _other(self, first: int, body: bytes) -> Event:
        """Any packet but PUBLISH."""
        kind = first >> 4
        if kind == PUBACK and self.expects_pubacks and not first & 15:
            return Puback(body[2] if body[2:] else 0)
        if first & 15 or kind not in {CONNACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT}:
            raise Malformed(f"packet {first:#04x}, which nobody asked for", PROTOCOL_ERROR)
        if kind == PINGRESP:
            return Pong()
        if kind == UNSUBACK:
            return Unsuback(body[0] << 8 | body[1])
        if kind == CONNACK:
            return self._connack(body)
        if kind == SUBACK:
            start = properties_at(body, 2)[1] if self._five else 2
            return Suback(body[0] << 8 | body[1], tuple(body[start:]))
        code = body[0] if body else 0
        more = properties_at(body, 1)[0] if body[1:] else {}
        return Farewell(code, reason(more))

    def _connack(self, body: bytes) -> Connack:
        """The answer to CONNECT; flags other than session present must be 0."""
        if body[0] > 1:
            raise Malformed(f"CONNACK with flags {body[0]:#04x}", MALFORMED)
        if not self._five:
            return Connack(bool(body[0]), of_311(body[1]))
        more = properties_at(body, 2)[0] if body[2:] else {}
        session, alive = more.get(SESSION_EXPIRY), more.get(KEEP_ALIVE)
        return Connack(
            bool(body[0]),
            body[1],
            None if session is None else int.from_bytes(session, "big"),
            None if alive is None else int.from_bytes(alive, "big"),
            reason(more),
        )


def properties_end(data: bytes, at: int, stop: int) -> int:
    """Where the properties of a message end; an alias for its topic is not among them."""
    found, size = properties_at(data[at:stop], 0)
    if ALIAS in found:
        raise Malformed("a topic alias, though we allow none", NO_ALIAS)
    return at + size


def reason(properties: dict[int, bytes]) -> str:
    """What the broker says in words; empty where it says nothing."""
    return properties.get(REASON, b"")[2:].decode("utf-8", "replace")


def wrong(first: int, topic: bytes) -> Malformed:
    """What is wrong with the head of a message."""
    if first & QOS == QOS:
        return Malformed("a message of QoS 3")
    if first & 4:
        return Malformed(f"a message of QoS 2 on {topic[:40]!r}; we subscribe at 1", NO_QOS_2)
    what = "packet id" if topic else "topic"
    return Malformed(f"a message without a {what}", PROTOCOL_ERROR)
