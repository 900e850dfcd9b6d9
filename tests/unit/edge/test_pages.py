"""The address of the pages is had before anything starts, or refused in words."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.types import Receive, Scope, Send

from edge.errors import Misconfigured
from edge.service import pages
from edge.service.listening import DEAD_MS, address, listen
from edge.service.pages import Hurried, ended, page_server

ASK = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_a_free_port_is_had() -> None:
    """It listens at once; a viewer that stops reading is given up by the kernel."""
    with listen("127.0.0.1", 0) as listening:
        assert listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == DEAD_MS


def test_a_taken_port_is_named() -> None:
    """Exit 4 and an address that somebody can change."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Misconfigured) as error:
            listen("127.0.0.1", port)
    said = f"cannot serve pages at 127.0.0.1:{port}: Address already in use; end who listens"
    assert str(error.value).startswith(said)
    assert error.value.exit_code == 4


def test_an_address_that_is_not_ours_is_named() -> None:
    """As a gateway finds whose address has changed."""
    with pytest.raises(Misconfigured, match=r"at 192\.0\.2\.1:8000: Cannot assign"):
        listen("192.0.2.1", 8000)


def test_an_address_is_printed_as_a_browser_takes_it() -> None:
    """Version 6 in brackets."""
    assert address("127.0.0.1", 8000) == "127.0.0.1:8000"
    assert address("::1", 8000) == "[::1]:8000"


def test_the_server_leaves_what_is_ours() -> None:
    """Signals are the root's; nothing tells a stranger what serves him; no end waits for ever."""

    async def app(scope: object, receive: object, send: object) -> None:
        """Never asked."""

    config = page_server(app).config
    assert (config.lifespan, config.ws, config.server_header) == ("off", "none", False)
    assert config.timeout_graceful_shutdown == 3
    assert (config.http, config.limit_concurrency) == (Hurried, None)


@asynccontextmanager
async def served(monkeypatch: pytest.MonkeyPatch, asks_s: float, most: int) -> AsyncIterator[int]:
    """A port at which everything is answered with 204, within the block."""
    monkeypatch.setattr(pages, "ASKS_S", asks_s)
    monkeypatch.setattr(pages, "CONNECTIONS", most)

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server = page_server(app)
    with listen("127.0.0.1", 0) as listening:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve(sockets=[listening]))
            yield listening.getsockname()[1]
            await ended(server, serving)


async def asked(port: int, text: bytes) -> bytes:
    """What comes until the connection ends, or a whole head of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    found = b""
    with suppress(ConnectionResetError):
        while (piece := await reader.read(4096)) and b"\r\n\r\n" not in (found := found + piece):
            pass
    writer.transport.abort()
    return found


@pytest.mark.parametrize(("before", "begun"), [(b"", b""), (b"", b"GET / HT"), (ASK, b"GET / HT")])
async def test_who_does_not_end_a_request_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, before: bytes, begun: bytes
) -> None:
    """Whether it says nothing or a part, at first or after a whole one; others are answered."""
    async with served(monkeypatch, 0.3, 9) as port, asyncio.timeout(8):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(before)
            if before:
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
            writer.write(begun)
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            assert (await asked(port, ASK)).startswith(b"HTTP/1.1 204")
        finally:
            writer.transport.abort()


async def test_those_who_wait_make_room_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many hold a connection, a request is answered, and never by an error of ours."""
    async with served(monkeypatch, 60, 4) as port, asyncio.timeout(5):
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(9)]
        for _, writer in held:
            writer.write(b"GET / HT")
        for _ in range(3):
            assert (await asked(port, ASK)).startswith(b"HTTP/1.1 204")
        for _, writer in held:
            writer.transport.abort()
