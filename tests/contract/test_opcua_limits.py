"""What a server may not do to our memory, however much it sends."""

import asyncio
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.opcua import Config, collect
from collectors.opcua.caller import LONGEST_PIECE, MOST_BYTES
from edge.errors import Unavailable
from tests.contract.opcua_peer import NodeOpcua
from tests.contract.stranger import listening
from tests.unit.collectors.opcua_kept import Kept

pytestmark = pytest.mark.peer
HEAD = struct.Struct("<3s1sI")  # of every piece: type, whether it is the last, size
NUMBERS = struct.Struct("<IIII")  # of a piece of a message: channel, token, sequence, request
PIECE = 60_000
UNDERWAY = 16 << 20  # what sockets and readers may hold besides
NO_LIMITS = bytes(8)  # bytes and pieces of a message, at the end of the greeting


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[NodeOpcua]:
    """A real server, for everything that comes before."""
    started = NodeOpcua(tmp_path)
    started.start()
    yield started
    started.stop()


async def taken(config: Config) -> None:
    """Read from such a server until it is left."""
    async with asyncio.timeout(30):
        with pytest.raises(Unavailable):
            await collect(config, Kept())


async def test_a_piece_without_an_end_is_not_waited_for(peer: NodeOpcua) -> None:
    """It says that two gigabytes follow, and sends for as long as anybody takes them."""
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.read(1000)
        writer.write(HEAD.pack(b"ACK", b"F", 2**31 - 1))
        while True:
            writer.write(bytes(PIECE))
            await writer.drain()
            sent += PIECE

    async with listening(serve) as port:
        await taken(peer.config(port))
    assert sent < LONGEST_PIECE + UNDERWAY


async def test_a_message_without_an_end_is_not_waited_for(peer: NodeOpcua) -> None:
    """The server names no limit, and every piece is as it should be; there is always one more."""
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source, far = await asyncio.open_connection("127.0.0.1", peer.server.port)
        try:
            async with asyncio.TaskGroup() as flows:
                flows.create_task(passed_on(reader, far))
                greeting = await piece(source)
                writer.write(greeting[: -len(NO_LIMITS)] + NO_LIMITS)
                writer.write(await piece(source))  # the channel is open
                await pour(source, writer)
        finally:
            far.transport.abort()

    async def pour(source: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        raw = await piece(source)  # the first answer on the open channel
        channel, token, sequence, request = NUMBERS.unpack_from(raw, HEAD.size)
        while True:
            head = HEAD.pack(b"MSG", b"C", HEAD.size + NUMBERS.size + PIECE)
            writer.write(head + NUMBERS.pack(channel, token, sequence, request) + bytes(PIECE))
            await writer.drain()
            sequence, sent = sequence + 1, sent + PIECE

    async with listening(serve) as port:
        await taken(peer.config(port))
    assert PIECE < sent < MOST_BYTES + UNDERWAY


async def piece(source: asyncio.StreamReader) -> bytes:
    """The next piece."""
    head = await source.readexactly(HEAD.size)
    return head + await source.readexactly(HEAD.unpack(head)[2] - HEAD.size)


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Whatever comes, until the end."""
    while data := await reader.read(PIECE):
        writer.write(data)
