"""The socket to one broker: reads whole bursts, writes what is due in one call.

Wake-ups and system calls are what a message costs. So the socket is read at most every so often,
then until it is empty; a quiet source is still read at once. Writes never wait: what the socket
does not take goes out when it does.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from edge.clock import Clock
from edge.model import SECOND_NS

SOCKET_S = 2.0  # a packet that a cut net lost is best sent anew
AT_ONCE = 262_144  # bytes handled before others have their turn
CHUNK = 65_536
MUCH = 98_304  # bytes, of the 128 KiB that Linux gives a socket at first
BRIEF_NS = SECOND_NS // 20
NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Address(NamedTuple):
    """Where a broker is, and how to make sure that it is the right one."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class Link:
    """One connection; whoever opened it closes it."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock, self._clock = sock, clock
        self._loop = asyncio.get_running_loop()
        self._out = bytearray()
        self.pause_ns = 0  # between two reads, once there are messages to wait for
        self._next_ns = 0  # before which the socket is not read again
        self.sent_ns = clock.monotonic_ns()

    async def read(self, patience_s: float) -> bytes:
        """All that came since the last call, at least one byte.

        Raises:
            TimeoutError: nothing came for so long.
            ConnectionError: the broker closed the link.
            OSError: the link is lost.
        """
        wait_ns = self._next_ns - self._clock.monotonic_ns()
        if wait_ns > 0:
            await self._clock.sleep(wait_ns / SECOND_NS)
        found = self._drain()
        if not found:
            async with asyncio.timeout(patience_s):
                while not found:
                    await ready(self._loop.add_reader, self._loop.remove_reader, self._sock)
                    found = self._drain()
        self._next_ns = self._clock.monotonic_ns() + self._pause_ns(len(found))
        return found

    def _pause_ns(self, size: int) -> int:
        """How long to wait for more after so many bytes: the socket must not become full."""
        if size < MUCH:
            return self.pause_ns
        return min(self.pause_ns, BRIEF_NS) if size < AT_ONCE else 0

    def _drain(self) -> bytes:
        """What the socket holds; nothing where it holds nothing yet."""
        chunks: list[bytes] = []
        size = 0
        with suppress(*NOT_YET):
            while size < AT_ONCE:
                chunk = self._sock.recv(CHUNK)
                if not chunk:
                    if chunks:
                        break  # the next call tells the end
                    raise ConnectionResetError("closed by the broker")
                chunks.append(chunk)
                size += len(chunk)
                if len(chunk) < CHUNK and not isinstance(self._sock, ssl.SSLSocket):
                    break  # it is empty: spares the call that would only say so
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def write(self, data: bytes) -> None:
        """Send these bytes after all before them; does not wait, and leaves errors to `read`."""
        if self._sock.fileno() < 0:
            return
        self.sent_ns = self._clock.monotonic_ns()
        self._out += data
        if len(self._out) == len(data):
            self._flush()

    def _flush(self) -> None:
        """Send what the socket takes, and the rest when it takes more."""
        try:
            del self._out[: self._sock.send(self._out)]
        except NOT_YET:
            pass
        except OSError:
            self._out.clear()  # the link is lost, as reading will find
        if self._out:
            self._loop.add_writer(self._sock.fileno(), self._flush)
        else:
            self._loop.remove_writer(self._sock.fileno())

    async def listened_to(self, patience_s: float) -> None:
        """Return when the broker closes the link, or after so long."""
        if self._sock.fileno() < 0:
            return
        with suppress(OSError):  # TimeoutError is one
            async with asyncio.timeout(patience_s):
                while True:
                    self._drain()
                    await ready(self._loop.add_reader, self._loop.remove_reader, self._sock)

    def close(self) -> None:
        """Let go of the socket; what it took is sent."""
        if self._sock.fileno() >= 0:
            self._loop.remove_writer(self._sock.fileno())
        self._sock.close()


async def opened(address: Address, patience_s: float, clock: Clock) -> Link:
    """Connect to the first of the broker's addresses that answers, over TLS where wanted.

    Args:
        address: of the broker.
        patience_s: to find the addresses, and for TLS at each of them.
        clock: paces the reading.

    Raises:
        OSError: the broker cannot be reached, or cannot prove who it is.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(patience_s):
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    failed: OSError = OSError(f"no address for {address.host}")
    for family, kind, protocol, _, where in found:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)  # noqa: FBT003 - socket's signature
            async with asyncio.timeout(min(patience_s, SOCKET_S)):
                await loop.sock_connect(sock, where)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if address.tls is not None:
                sock = address.tls.wrap_socket(
                    sock, server_hostname=address.host, do_handshake_on_connect=False
                )
                async with asyncio.timeout(patience_s):
                    await shake_hands(sock)
        except OSError as error:
            sock.close()
            failed = error
        except BaseException:
            sock.close()
            raise
        else:
            return Link(sock, clock)
    raise failed


async def shake_hands(sock: ssl.SSLSocket) -> None:
    """Return once both sides have agreed on keys."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            await ready(loop.add_reader, loop.remove_reader, sock)
        except ssl.SSLWantWriteError:
            await ready(loop.add_writer, loop.remove_writer, sock)
        else:
            return


async def ready(
    add: Callable[..., None], remove: Callable[[int], bool], sock: socket.socket
) -> None:
    """Return once the socket can be read, or written to, depending on whom it is asked of."""
    number, now = sock.fileno(), asyncio.Event()
    add(number, now.set)
    try:
        await now.wait()
    finally:
        remove(number)
