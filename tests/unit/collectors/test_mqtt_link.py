"""How often a socket is read, and what happens to bytes that it does not take at once."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from collectors.mqtt import link as room
from collectors.mqtt.link import BRIEF_NS, Link
from collectors.mqtt.packets import Will
from collectors.mqtt.wire import Wire
from edge.clock import SystemClock
from edge.model import SECOND_NS


class Pacer(SystemClock):
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.slept_ns: list[int] = []

    def monotonic_ns(self) -> int:
        """As far as somebody slept."""
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        """At once."""
        self.slept_ns.append(round(seconds * SECOND_NS))
        self.now_ns += self.slept_ns[-1]


@pytest.fixture(name="ends")
def connected_ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection that do not wait."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.settimeout(0)
    yield ours, theirs
    ours.close()
    theirs.close()


async def test_what_came_meanwhile_is_one_read(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    """A thousand messages a second are five reads, and the first is not kept waiting."""
    clock, (ours, theirs) = Pacer(), ends
    link = Link(ours, clock)
    link.pause_ns = SECOND_NS // 5
    theirs.send(b"a")
    assert await link.read(1) == b"a"
    assert clock.slept_ns == []
    theirs.send(b"b")
    theirs.send(b"c")
    assert await link.read(1) == b"bc"
    assert clock.slept_ns == [SECOND_NS // 5]
    clock.now_ns += SECOND_NS
    theirs.send(b"d")
    assert await link.read(1) == b"d"
    assert clock.slept_ns == [SECOND_NS // 5]


@pytest.mark.parametrize(
    ("size", "pause_ns"),
    [(99, SECOND_NS // 5), (room.MUCH, BRIEF_NS), (room.AT_ONCE - 1, BRIEF_NS), (room.AT_ONCE, 0)],
)
async def test_the_more_comes_the_sooner_is_the_next_read(
    ends: tuple[socket.socket, socket.socket], size: int, pause_ns: int
) -> None:
    """A socket that is full would slow the broker down."""
    link = Link(ends[0], Pacer())
    link.pause_ns = SECOND_NS // 5
    assert link._pause_ns(size) == pause_ns
    link.pause_ns = 0
    assert link._pause_ns(size) == 0


async def test_silence_and_the_end_are_told_apart(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    """What came before the end is read first."""
    link = Link(ends[0], SystemClock())
    with pytest.raises(TimeoutError):
        await link.read(0.01)
    ends[1].send(b"last")
    ends[1].close()
    assert await link.read(1) == b"last"
    with pytest.raises(ConnectionResetError):
        await link.read(1)


async def test_bytes_that_the_socket_does_not_take_go_out_later_and_in_order(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    """Writing never waits."""
    ours, theirs = ends
    link, sent = Link(ours, SystemClock()), bytearray()
    for i in range(64):
        piece = bytes([i]) * 65_536
        link.write(piece)
        sent += piece
    got = bytearray()
    async with asyncio.timeout(5):
        while len(got) < len(sent):
            try:
                got += theirs.recv(1_000_000)
            except BlockingIOError:
                await asyncio.sleep(0)
    assert got == sent
    link.close()
    link.write(b"to nobody")


async def test_who_is_told_to_hurry_lets_go_of_the_socket(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    """A broker that reads no last words keeps nothing open, however the waiting for it ends."""
    ours, theirs = ends
    wire = Wire(Link(ours, SystemClock()), "mqtt", five=True)
    wire.last_words = lambda: Will("STATE/scada", b"offline", 1, retain=True)
    parting = asyncio.get_running_loop().create_task(wire.part())
    await asyncio.sleep(0)
    parting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parting
    assert ours.fileno() < 0
    assert b"offline" in theirs.recv(100)
