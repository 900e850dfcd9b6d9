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
from edge.service.pages import Hurried, PageServer, ended, page_server

ASK = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
WATCH = b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


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
async def served(
    monkeypatch: pytest.MonkeyPatch, asks_s: float, most: int
) -> AsyncIterator[tuple[int, PageServer]]:
    """A port at which all is answered with 204, but a stream is held open; within the block."""
    monkeypatch.setattr(pages, "ASKS_S", asks_s)
    monkeypatch.setattr(pages, "CONNECTIONS", most)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        held = scope["path"] == "/stream"
        await send({"type": "http.response.start", "status": 200 if held else 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": held})
        while held:
            held = (await receive())["type"] != "http.disconnect"

    server = page_server(app)
    with listen("127.0.0.1", 0) as listening:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve(sockets=[listening]))
            yield listening.getsockname()[1], server
            await ended(server, serving)


async def asked(port: int, text: bytes) -> bytes:
    """What comes until the connection ends, or a whole head of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(text)
        return await head(reader)
    finally:
        writer.transport.abort()


async def head(reader: asyncio.StreamReader) -> bytes:
    """The head of an answer, or what came of it before the end."""
    found = b""
    with suppress(ConnectionResetError):
        while b"\r\n\r\n" not in found and (piece := await reader.read(4096)):
            found += piece
    return found


async def hung_up(links: list[Link]) -> None:
    """Wait until each of them has seen the end."""
    for reader, _ in links:
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


def let_go(links: list[Link]) -> None:
    """End them from this side."""
    for _, writer in links:
        writer.transport.abort()


@pytest.mark.parametrize(("before", "begun"), [(b"", b""), (b"", b"GET / HT"), (ASK, b"GET / HT")])
async def test_who_does_not_end_a_request_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, before: bytes, begun: bytes
) -> None:
    """Whether it says nothing or a part, at first or after a whole one; others are answered."""
    async with served(monkeypatch, 0.3, 9) as (port, _), asyncio.timeout(8):
        link = await asyncio.open_connection("127.0.0.1", port)
        try:
            link[1].write(before)
            if before:
                assert (await head(link[0])).startswith(b"HTTP/1.1 204")
            link[1].write(begun)
            await hung_up([link])
            assert (await asked(port, ASK)).startswith(b"HTTP/1.1 204")
        finally:
            let_go([link])


@pytest.mark.parametrize("held", [b"GET / HT", ASK])
async def test_those_who_wait_make_room_for_who_asks(
    monkeypatch: pytest.MonkeyPatch, held: bytes
) -> None:
    """However many hold a connection, new or used, a request is answered; the first ones go."""
    most, count = 4, 9
    async with served(monkeypatch, 60, most) as (port, server), asyncio.timeout(4):
        links = list[Link]()
        try:
            for _ in range(count):
                links.append(await asyncio.open_connection("127.0.0.1", port))
                links[-1][1].write(held)
                if held == ASK:
                    assert (await head(links[-1][0])).startswith(b"HTTP/1.1 204")
            await hung_up(links[: count - most])
            for _ in range(3):
                assert (await asked(port, ASK)).startswith(b"HTTP/1.1 204")
                assert len(server.server_state.connections) <= most
            await hung_up(links[count - most : count - most + 1])
        finally:
            let_go(links)


async def test_a_burst_is_held_to_the_places_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty that come within one turn of the loop: each makes another one go."""
    most, count = 4, 60
    async with served(monkeypatch, 60, most) as (port, server), asyncio.timeout(4):
        assert (await asked(port, ASK)).startswith(b"HTTP/1.1 204")
        burst = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        links = [await asyncio.open_connection(sock=one) for one in burst]
        try:
            await hung_up(links[: count - most])
            assert len(server.server_state.connections) == most
            assert not any(reader.at_eof() for reader, _ in links[count - most :])
        finally:
            let_go(links)


async def test_where_nobody_waits_the_newcomer_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams are never cut for others, and are no more than the places; one that ends is one."""
    most, count = 4, 20
    async with served(monkeypatch, 60, most) as (port, server), asyncio.timeout(4):
        links = list[Link]()
        try:
            for n in range(count):
                links.append(await asyncio.open_connection("127.0.0.1", port))
                links[-1][1].write(WATCH)
                came = await head(links[-1][0])
                assert came.startswith(b"HTTP/1.1 200") == (n < most)
                assert len(server.server_state.connections) <= most
            assert not any(reader.at_eof() for reader, _ in links[:most])
            let_go(links[:1])
            while not (await asked(port, ASK)).startswith(b"HTTP/1.1 204"):
                pass  # the end of the first has yet to be seen
        finally:
            let_go(links)
