"""A broker that writes down every packet in order; read by hand, for it is the witness.

It grants all, acknowledges all, and sends nothing unless a test says so.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.contract.stranger import listening

CONNECT, PUBLISH, PUBACK, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 4, 8, 12, 14


@dataclass(frozen=True, slots=True)
class Said:
    """A message, or the will of CONNECT."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool = False


@dataclass(frozen=True, slots=True)
class Hello:
    """What CONNECT said."""

    level: int
    clean: bool
    expiry_s: int | None
    will: Said | None


@dataclass(slots=True)
class Recorder:
    """What one client sent, in order."""

    kinds: list[int] = field(default_factory=list)
    hello: Hello | None = None
    filters: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    port: int = 0
    _writer: asyncio.StreamWriter | None = None
    _next_id: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it leaves."""
        self._writer = writer
        while True:
            first = (await reader.readexactly(1))[0]
            body = await reader.readexactly(await length(reader))
            self.kinds.append(first >> 4)
            writer.write(self._answer(first, body))

    def _answer(self, first: int, body: bytes) -> bytes:
        kind = first >> 4
        five = self.hello is not None and self.hello.level == 5
        if kind == CONNECT:
            self.hello = hello(body)
            return b"\x20\x03\x00\x00\x00" if self.hello.level == 5 else b"\x20\x02\x00\x00"
        if kind == SUBSCRIBE:
            asked = filters(body[3 if five else 2 :])
            self.filters += asked
            codes = bytes([1] * len(asked))
            middle = body[:2] + (b"\x00" if five else b"")
            return bytes([0x90, len(middle + codes)]) + middle + codes
        if kind == PUBLISH:
            one, packet_id = message(first, body, five=five)
            self.said.append(one)
            return b"\x40\x02" + packet_id if one.qos else b""
        return b"\xd0\x00" if kind == PINGREQ else b""

    def tell(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send the client a message at QoS 1."""
        assert self._writer is not None
        assert self.hello is not None
        self._next_id += 1
        body = text(topic) + self._next_id.to_bytes(2, "big")
        body += (b"\x00" if self.hello.level == 5 else b"") + payload
        size = (
            bytes([len(body)])
            if len(body) < 128
            else bytes([len(body) & 127 | 128, len(body) >> 7])
        )
        self._writer.write(bytes([0x32 | retain]) + size + body)

    def drop(self) -> None:
        """Cut the link."""
        assert self._writer is not None
        self._writer.close()

    def of(self, topic: str) -> list[Said]:
        """The messages on one topic."""
        return [one for one in self.said if one.topic == topic]


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    """A recorder that listens on loopback."""
    recorder = Recorder()
    async with listening(recorder.serve) as recorder.port:
        yield recorder


async def length(reader: asyncio.StreamReader) -> int:
    """The length of a packet."""
    found = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        found |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return found


def text(content: str) -> bytes:
    """A text with its length before it."""
    return len(content.encode()).to_bytes(2, "big") + content.encode()


def cut(body: bytes) -> tuple[bytes, bytes]:
    """What a length of two bytes says, and the rest."""
    size = int.from_bytes(body[:2], "big")
    return body[2 : 2 + size], body[2 + size :]


def hello(body: bytes) -> Hello:
    """What CONNECT says; MQTT 3.1.1 section 3.1, MQTT 5 section 3.1."""
    name, rest = cut(body)
    assert name == b"MQTT"
    level, flags, rest = rest[0], rest[1], rest[4:]
    expiry_s = None
    if level == 5:
        wishes, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        expiry_s = int.from_bytes(wishes[1:5], "big") if wishes[0] == 0x11 else None
    _, rest = cut(rest)
    will = None
    if flags & 4:
        rest = rest[1:] if level == 5 else rest  # no properties of the will
        topic, rest = cut(rest)
        payload, rest = cut(rest)
        will = Said(topic.decode(), payload, flags >> 3 & 3, bool(flags & 32))
    return Hello(level, bool(flags & 2), expiry_s, will)


def filters(body: bytes) -> list[str]:
    """The topics that SUBSCRIBE asks for."""
    found: list[str] = []
    while body:
        one, rest = cut(body)
        found.append(one.decode())
        body = rest[1:]
    return found


def message(first: int, body: bytes, *, five: bool) -> tuple[Said, bytes]:
    """What PUBLISH says, and its packet id."""
    topic, rest = cut(body)
    qos, packet_id = first >> 1 & 3, b""
    if qos:
        packet_id, rest = rest[:2], rest[2:]
    rest = rest[1:] if five else rest  # no properties
    return Said(topic.decode(), rest, qos, bool(first & 1), bool(first & 8)), packet_id
