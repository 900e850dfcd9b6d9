"""The reading half of a connection, on a pair of sockets."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from collectors.opcua import receiving
from collectors.opcua.chunks import Message
from collectors.opcua.receiving import AHEAD_S, LITTLE, PAUSE_S, Receiver
from tests.unit.collectors.opcua_channel import Half, halves, protocol_of

LARGE = b"x" * 2 * LITTLE
SOON_S = 5.0
AN_HOUR_S = 3_600.0
MANY = 24


class Line:
    """A server's end, our receiver at the other, and what that has told."""

    def __init__(self, server: Half, protocol: Any, sock: socket.socket) -> None:  # noqa: ANN401 - untyped library
        self.protocol, self.receiver, self.came = protocol, Receiver(protocol), list[bytes]()
        self._server, self._sock = server, sock
        self.receiver.listener = self._take

    def _take(self, answers: list[Message]) -> None:
        self.came += [bytes(answer.body) for answer in answers]

    def send(self, request: int, body: bytes) -> None:
        """The answer to a request."""
        self._sock.sendall(self.packed(request, body))

    def packed(self, request: int, body: bytes) -> bytes:
        """Its bytes on the channel."""
        return bytes(self._server.connection.message_to_binary(body, request_id=request))

    def hang_up(self) -> None:
        """Close the server's end."""
        self._sock.close()

    async def until(self, *bodies: bytes) -> None:
        """Return once these came."""
        async with asyncio.timeout(SOON_S):
            while self.came != [*bodies]:  # noqa: ASYNC110 - what it asks is no event of ours
                await asyncio.sleep(0.01)


@asynccontextmanager
async def line() -> AsyncIterator[Line]:
    """A line, closed in the end."""
    (server, client), (near, far) = halves(encrypted=False), socket.socketpair()
    protocol = protocol_of(client)
    await asyncio.get_running_loop().create_connection(lambda: protocol, sock=near)
    with far:
        yield Line(server, protocol, far)
        protocol.transport.abort()
        await asyncio.sleep(0)


async def test_answers_find_those_who_wait_for_them() -> None:
    """Notifications go to the listener, what was asked in between to whoever asked."""
    async with line() as at, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(at.receiver.run())
        at.receiver.awaited.update({1, 3})
        question = at.protocol._callbackmap[2] = asyncio.get_running_loop().create_future()
        for request, body in ((1, b"one"), (2, b"two"), (3, b"three")):
            at.send(request, body)
        await at.until(b"one", b"three")
        assert bytes(await question) == b"two"
        assert at.receiver.awaited == set()
        running.cancel()


async def test_a_busy_line_is_let_be_until_somebody_asks() -> None:
    """After much the next look is later; an answer that is waited for is read when it comes."""
    async with line() as at, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(at.receiver.run())
        at.receiver.awaited.update({1, 2, 3})
        at.send(1, LARGE)
        await at.until(LARGE)
        at.send(2, b"two")
        assert rests_s(at.receiver) > PAUSE_S / 2
        with at.receiver.hurrying():
            assert rests_s(at.receiver) == 0
            at.send(3, b"three")
            await at.until(LARGE, b"two", b"three")
        running.cancel()


async def test_a_busy_line_is_read_just_before_a_commit() -> None:
    """What the pause brings takes part in it, however long the pause might be."""
    asked = list[float]()

    def next_s(after_s: float) -> float:
        asked.append(after_s)
        return 0.2

    async with line() as at, asyncio.TaskGroup() as tasks:
        at.receiver.next_s = next_s
        running = tasks.create_task(at.receiver.run())
        at.receiver.awaited.update(range(1, 17))
        at.send(1, LARGE)
        await at.until(LARGE)
        assert at.receiver._timer is not None
        rest_s = at.receiver._timer.when() - at.receiver._took_at_s
        assert 0.2 - AHEAD_S <= rest_s < PAUSE_S  # a little more where the machine is busy
        assert all(after_s > AHEAD_S for after_s in asked)
        running.cancel()


@pytest.mark.parametrize(
    ("waiting", "room", "pauses"),
    [
        (40, 100 * len(LARGE), 4),  # there was room for more
        (6, 100 * len(LARGE), 1),  # enough, but not twice as much
        (3, 100 * len(LARGE), 1 / 4),  # the server had nothing left to answer
        (40, 3 * len(LARGE), 1 / 4),  # the socket was full
    ],
)
async def test_a_pause_is_as_long_as_what_comes_fits(
    waiting: int, room: int, pauses: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that has no request left to answer, or cannot send, would lose what it holds."""
    monkeypatch.setattr(receiving, "AT_ONCE", room)
    async with line() as at, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(at.receiver.run())
        at.receiver.awaited = set(range(1, 41))
        at.receiver._took_at_s += AN_HOUR_S  # the first one comes at once
        at.send(1, LARGE)
        await at.until(LARGE)
        for _ in range(2):
            at.receiver.awaited = set(range(1, waiting + 1))
            for request in (1, 2, 3):
                at.send(request, LARGE)
            assert at.receiver._timer is not None
            at.receiver._timer.cancel()
            at.receiver._took_at_s = loop_s() - at.receiver._longest_s  # its time has come
            at.receiver._look()
        assert at.receiver._longest_s == PAUSE_S * pauses
        assert rests_s(at.receiver) > PAUSE_S * pauses / 2
        running.cancel()


async def test_answers_that_somebody_waits_for_teach_nothing() -> None:
    """What is read at once is little, however much the server sends."""
    async with line() as at, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(at.receiver.run())
        at.receiver.awaited = set(range(1, 41))
        with at.receiver.hurrying():
            for request in (1, 2, 3):
                at.receiver._took_at_s = loop_s() + AN_HOUR_S  # at once, on however slow a machine
                at.send(request, LARGE)
                await at.until(*[LARGE] * request)
        assert at.receiver._longest_s == PAUSE_S
        running.cancel()


def rests_s(receiver: Receiver) -> float:
    """How long it does not look at its socket."""
    timer = receiver._timer
    return 0.0 if timer is None else timer.when() - loop_s()


def loop_s() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


async def test_what_follows_our_end_goes_to_asyncua() -> None:
    """Half a packet, answers nobody waits for, and the answer to our goodbye."""
    async with line() as at:
        task = asyncio.TaskGroup()
        async with task:
            running = task.create_task(at.receiver.run())
            at.receiver.awaited.update({1, 2})
            one, late = at.packed(1, b"one"), at.packed(2, b"late")
            at._sock.sendall(one + late[:9])
            await at.until(b"one")
            running.cancel()
        goodbye = at.protocol._callbackmap[3] = asyncio.get_running_loop().create_future()
        at._sock.sendall(late[9:])
        at.send(3, b"closed")
        async with asyncio.timeout(SOON_S):
            assert bytes(await goodbye) == b"closed"
        assert at.came == [b"one"]


async def test_nobody_complains_of_requests_that_end_with_the_line() -> None:
    """PublishRequests that wait at the server are nobody's once we are gone."""
    complaints = list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    async with line() as at:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(at.receiver.run())
            at.receiver.awaited.update({1, 2})
            await asyncio.sleep(0)
            running.cancel()
        at.protocol._fail_all_pending(ConnectionError("closed"))
        await asyncio.sleep(0)
        gc.collect()
    assert complaints == []


async def test_a_line_that_ends_is_an_error() -> None:
    """The server hangs up."""
    async with line() as at:
        at.hang_up()
        with pytest.raises(ConnectionResetError, match="closed by the server"):
            await at.receiver.run()


async def test_bytes_that_are_no_message_are_an_error() -> None:
    """Whatever they are."""
    async with line() as at:
        at._sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(ua.UaError, match="a chunk of"):
            await at.receiver.run()


async def test_a_quiet_line_takes_little_memory() -> None:
    """Room for a megabyte is there for each, and pages that no byte came into take none."""
    before_kb = written_kb()
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(line()) for _ in range(MANY)]
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(at.receiver.run()) for at in lines]
            for at in lines:
                at.receiver.awaited.add(1)
                at.send(1, LARGE)
            for at in lines:
                await at.until(LARGE)
            taken_kb = written_kb() - before_kb
            for each in running:
                each.cancel()
    assert taken_kb < MANY * receiving.AT_ONCE // 1024 // 4


def written_kb() -> int:
    """Memory of this process that is no page of a file, as the system counts it."""
    told = Path("/proc/self/status").read_text("utf-8")
    (line_of,) = (line for line in told.splitlines() if line.startswith("RssAnon:"))
    return int(line_of.split()[1])
