"""An OPC UA server that is nothing but fast: `python -m tests.bench.opcua_source PORT EVERY_MS`.

It speaks as much as a reader of doubles needs, without security, and answers PublishRequests with
ready-made notifications: all watched items in one message, whose times and values are written over.
What nobody asked for in time waits, as at a real server, and is sent with the next request.
"""

import asyncio
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary, struct_to_binary

CHUNK = 65_000  # bytes of a message's body in one chunk
MOST_OWED = 500  # messages; older ones are lost, and the values tell
FULL = 8_000_000  # bytes that the system does not take
EPOCH_TICKS = 116_444_736_000_000_000
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
ITEM = np.dtype(
    [
        ("handle", "<u4"),
        ("mask", "u1"),
        ("type", "u1"),
        ("value", "<f8"),
        ("source", "<i8"),
        ("server", "<i8"),
    ]
)
REQUESTS = {
    getattr(ua.ObjectIds, f"{name}Request_Encoding_DefaultBinary"): name
    for name in (
        "GetEndpoints",
        "CreateSession",
        "ActivateSession",
        "Read",
        "CreateSubscription",
        "CreateMonitoredItems",
        "Publish",
        "CloseSession",
    )
}
PUBLISHED = struct.Struct("<BBHqIIBi3sIiBIqiBBHBi")  # up to the items


class Source(asyncio.Protocol):
    """One connection."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._left = b""
        self._numbers = 0  # of chunks
        self._messages = 0
        self._waiting: deque[tuple[int, int]] = deque()  # requests and their handles
        self._items = np.zeros(0, ITEM)
        self._transport: asyncio.Transport
        self._due = 0.0
        self._taken = 0
        self._owed: deque[tuple[int, int]] = deque(maxlen=MOST_OWED)  # values and their times

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole message."""
        self._left += data
        while len(self._left) >= 8:
            (size,) = struct.unpack_from("<I", self._left, 4)
            if len(self._left) < size:
                return
            whole, self._left = self._left[:size], self._left[size:]
            self._take(whole[:3], whole[8:])

    def _take(self, kind: bytes, raw: bytes) -> None:
        if kind == b"HEL":
            self._transport.write(b"ACKF" + struct.pack("<6I", 28, 0, 65_535, 65_535, 0, 0))
        elif kind == b"OPN":
            data = Buffer(raw[4:])
            struct_from_binary(ua.AsymmetricAlgorithmHeader, data)
            self._open(struct.unpack("<II", data.read(8))[1])
        elif kind == b"MSG":
            self._serve(struct.unpack_from("<III", raw, 4)[2], Buffer(raw[16:]))
        else:
            self._transport.close()

    def _open(self, request: int) -> None:
        answer: Any = ua.OpenSecureChannelResponse()
        answer.Parameters.SecurityToken = ua.ChannelSecurityToken(1, 1, STARTED, 3_600_000)
        answer.Parameters.ServerNonce = b""
        header = struct_to_binary(
            ua.AsymmetricAlgorithmHeader("http://opcfoundation.org/UA/SecurityPolicy#None")
        )
        self._numbers += 1
        body = header + struct.pack("<II", self._numbers, request) + struct_to_binary(answer)
        self._transport.write(b"OPNF" + struct.pack("<II", len(body) + 12, 1) + body)

    def _serve(self, request: int, data: Buffer) -> None:
        name = REQUESTS[nodeid_from_binary(data.copy()).Identifier]
        asked = struct_from_binary(getattr(ua, f"{name}Request"), data)
        if name == "Publish":
            self._waiting.append((request, asked.RequestHeader.RequestHandle))
            self._pay()
            return
        answer: Any = getattr(ua, f"{name}Response")()
        if name in ANSWERS:
            ANSWERS[name](self, asked, answer)
        self._send(request, struct_to_binary(answer))

    def _send(self, request: int, body: bytes) -> None:
        """A message in chunks."""
        for at in range(0, len(body), CHUNK):
            part = body[at : at + CHUNK]
            self._numbers += 1
            last = b"F" if at + CHUNK >= len(body) else b"C"
            head = struct.pack("<5I", len(part) + 24, 1, 1, self._numbers, request)
            self._transport.write(b"MSG" + last + head + part)

    def watch(self, asked: Any, answer: Any) -> None:  # noqa: ANN401 - asyncua
        """Take items and begin to publish."""
        wanted = asked.Parameters.ItemsToCreate
        handles = [item.RequestedParameters.ClientHandle for item in wanted]
        fresh = np.zeros(len(handles), ITEM)
        fresh["handle"], fresh["mask"], fresh["type"] = handles, 0x0D, 11
        if not len(self._items):
            self._due = time.monotonic()
            asyncio.get_running_loop().call_later(self._every_s, self._tick)
        self._items = np.concatenate([self._items, fresh])
        answer.Results = [
            ua.MonitoredItemCreateResult(ua.StatusCode(0), handle, 0.0, 1000) for handle in handles
        ]

    def _tick(self) -> None:
        """Take the values anew; each counts how often that was."""
        self._due += self._every_s
        loop = asyncio.get_running_loop()
        loop.call_later(max(0.0, self._due - time.monotonic()), self._tick)
        self._taken += 1
        self._owed.append((self._taken, EPOCH_TICKS + time.time_ns() // 100))
        self._pay()

    def _pay(self) -> None:
        """Publish what is owed, as far as somebody asks for it and takes it."""
        while self._owed and self._waiting and self._transport.get_write_buffer_size() < FULL:
            self._publish(*self._waiting.popleft(), *self._owed.popleft())

    def _publish(self, request: int, handle: int, value: int, at: int) -> None:
        """One message; its number counts the messages, its values the changes."""
        self._messages += 1
        self._items["source"] = self._items["server"] = at
        self._items["value"] = value
        items = struct.pack("<i", len(self._items)) + self._items.tobytes() + b"\xff\xff\xff\xff"
        head = PUBLISHED.pack(
            *(1, 0, 829, at, handle, 0, 0, -1, b"\0\0\0"),
            *(1, -1, 0, self._messages, at, 1),
            *(1, 0, 811, 1, len(items)),
        )
        self._send(request, head + items + struct.pack("<ii", -1, -1))


def endpoints(_source: Source, asked: Any, answer: Any) -> None:  # noqa: ANN401 - asyncua
    """One, without security, for anybody."""
    one = ua.EndpointDescription()
    one.EndpointUrl = asked.Parameters.EndpointUrl
    one.SecurityMode = ua.MessageSecurityMode.None_
    one.SecurityPolicyUri = "http://opcfoundation.org/UA/SecurityPolicy#None"
    one.UserIdentityTokens = [ua.UserTokenPolicy("anonymous", ua.UserTokenType.Anonymous)]
    answer.Endpoints = [one]


def session(_source: Source, asked: Any, answer: Any) -> None:  # noqa: ANN401 - asyncua
    """A session."""
    answer.Parameters.SessionId = ua.NodeId(1, 1)
    answer.Parameters.AuthenticationToken = ua.NodeId(2, 1)
    answer.Parameters.RevisedSessionTimeout = asked.Parameters.RequestedSessionTimeout
    found = ua.GetEndpointsResponse()
    endpoints(_source, asked, found)
    answer.Parameters.ServerEndpoints = found.Endpoints


def values(_source: Source, asked: Any, answer: Any) -> None:  # noqa: ANN401 - asyncua
    """What a reader asks before it watches."""
    known = {
        ua.ObjectIds.Server_NamespaceArray: ["http://opcfoundation.org/UA/", "urn:mask"],
        ua.ObjectIds.Server_ServerStatus_StartTime: STARTED,
        ua.ObjectIds.Server_ServerStatus_State: 0,
    }
    of_type = ua.NodeId(ua.ObjectIds.Double)
    answer.Results = [
        ua.DataValue(known.get(one.NodeId.Identifier))
        if one.AttributeId == ua.AttributeIds.Value
        else ua.DataValue(of_type if one.AttributeId == ua.AttributeIds.DataType else -1)
        for one in asked.Parameters.NodesToRead
    ]


def subscription(_source: Source, asked: Any, answer: Any) -> None:  # noqa: ANN401 - asyncua
    """As wished."""
    wanted, revised = asked.Parameters, answer.Parameters
    revised.SubscriptionId = 1
    revised.RevisedPublishingInterval = wanted.RequestedPublishingInterval
    revised.RevisedLifetimeCount = wanted.RequestedLifetimeCount
    revised.RevisedMaxKeepAliveCount = wanted.RequestedMaxKeepAliveCount


ANSWERS: dict[str, Callable[[Source, Any, Any], None]] = {
    "GetEndpoints": endpoints,
    "CreateSession": session,
    "Read": values,
    "CreateSubscription": subscription,
    "CreateMonitoredItems": Source.watch,
}


async def main(port: int, every_ms: float) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Source(every_ms / 1000), "127.0.0.1", port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
