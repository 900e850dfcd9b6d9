"""What a server sends, read in bursts.

A wake-up is what a message costs: on cold caches it takes longer than the thousand values that it
brings. So once nothing but notifications is awaited, a busy socket is read once for each commit,
just before it begins, and what came together is handed on together: nothing is on the disk later by
that. Oftener, where the socket or the requests at the server would not last so long. A quiet one is
read at once. Source times tell when a value was true, not the moment of reading.
"""

import asyncio
import mmap
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.crypto.uacrypto import InvalidSignature

from collectors.opcua.chunks import Chunks, Message

PAUSE_S = 0.25  # between two reads of a busy socket, before it is known how much fits
LONGEST_S = 1.0  # and once more is known to fit
SHORTEST_S = 0.01
BRIEF_S = 0.05  # so long a burst takes to come
AHEAD_S = 0.02  # of a commit, so that what was read takes part in it
AT_ONCE = 1 << 20  # bytes handled before others have their turn
LITTLE = 4_096  # bytes; less is nothing to wait for
FULL, ENOUGH = 3 / 4, 2 / 3  # of what fits; a pause that would bring no more may be doubled
BROKEN = (InvalidSignature, struct.error, ValueError, TypeError, IndexError, OverflowError)

Listener = Callable[[list[Message]], None]
Next = Callable[[float], float]  # as `Deliver.next_s`


class Receiver:
    """The reading half of one connection, from the session's begin to its end."""

    def __init__(self, protocol: Any) -> None:  # noqa: ANN401 - untyped library
        self.listener: Listener | None = None  # gets the awaited answers
        self.next_s: Next = lambda _: LONGEST_S  # when a commit may begin
        self.awaited: set[int] = set()  # requests whose answers those are
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._chunks = Chunks(protocol)
        longest = protocol._connection._limits.max_recv_buffer  # noqa: SLF001 - agreed there
        self._buffer = untouched(max(AT_ONCE, longest))
        self._filled = 0  # bytes of it
        self._busy = False  # much came when it was read last
        self._longest_s = PAUSE_S  # so long what comes fits
        self._took_at_s = self._loop.time()  # when much came last
        self._questions = 0  # whose answers are waited for
        self._used = 0.0  # share of the waiting requests that the last read answered
        self._timer: asyncio.TimerHandle | None = None  # of the next look at a busy socket
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._sock: socket.socket

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """While a question is out its answer is read as soon as it comes."""
        self._questions += 1
        if self._timer is not None:
            self._timer.cancel()
            self._listen()
        try:
            yield
        finally:
            self._questions -= 1

    async def run(self) -> None:
        """Hand on what comes, until cancelled; then asyncua reads again.

        Raises:
            OSError: the link is lost.
            ua.UaError: what came is no OPC UA, or not of this channel.
        """
        transport = self._protocol.transport
        if transport is None:
            raise ConnectionError("the link is gone")
        transport.pause_reading()
        number = transport.get_extra_info("socket").fileno()
        with socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM) as self._sock:
            self._sock.setblocking(False)  # noqa: FBT003 - socket's signature
            widen(self._sock)
            self._listen()
            try:
                await self._ended
            finally:
                self._loop.remove_reader(self._sock)
                if self._timer is not None:
                    self._timer.cancel()
                self._hand_back()

    def _listen(self) -> None:
        """Look at the socket when something comes."""
        self._timer = None
        self._loop.add_reader(self._sock, self._readable)

    def _readable(self) -> None:
        """Something is there; where much comes at a time, the rest of it is waited for."""
        if not self._busy or not self._look_in(BRIEF_S):
            self._look()

    def _look_in(self, rest_s: float) -> bool:
        """Rest for so long before the next look; False where somebody waits for an answer."""
        if self.listener is None or self._questions:
            return False
        if self._timer is None:
            self._loop.remove_reader(self._sock)
        self._timer = self._loop.call_later(rest_s, self._look)
        return True

    def _look(self) -> None:
        """Read what there is, and settle when to look again."""
        try:
            size = self._take()
        except (OSError, ua.UaError) as error:
            self._end(error)
        except BROKEN as error:
            self._end(ua.UaError(f"bytes that are no message: {error}"))
        except BaseException as error:  # a bug: `run` ends with it, and so does the loop's turn
            self._end(error)
            raise
        else:
            if size > LITTLE:
                self._learn(size)
            rest_s = min(self._longest_s, self.next_s(BRIEF_S) - AHEAD_S)
            if size > LITTLE and self._look_in(rest_s):
                self._busy = True
            else:
                self._busy = self._busy and not size
                if self._timer is not None:
                    self._listen()

    def _learn(self, size: int) -> None:
        """Settle how long a pause may be after one that brought so much: nothing must run out."""
        now_s = self._loop.time()
        since_s, self._took_at_s = now_s - self._took_at_s, now_s
        room = min(self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2, AT_ONCE)
        used = max(size / room, self._used)
        if used > FULL:
            self._longest_s = max(self._longest_s / 2, SHORTEST_S)
        elif used * 2 * self._longest_s < ENOUGH * since_s:
            self._longest_s = min(2 * self._longest_s, LONGEST_S)

    def _end(self, error: BaseException) -> None:
        """Have `run` raise this."""
        self._loop.remove_reader(self._sock)
        if not self._ended.done():
            self._ended.set_exception(error)

    def _take(self) -> int:
        """Read once, and hand on what is whole; how many bytes came."""
        with memoryview(self._buffer) as buffer:
            try:
                size = self._sock.recv_into(buffer[self._filled :])
            except BlockingIOError:
                return 0
            if not size:
                raise ConnectionResetError("closed by the server")
            self._filled += size
            found, done = self._chunks.take(buffer[: self._filled])
            if done < self._filled:
                buffer[: self._filled - done] = bytes(buffer[done : self._filled])
            self._filled -= done
        answers: list[Message] = []
        for message in found:
            if message.request in self.awaited:
                self.awaited.remove(message.request)
                answers.append(message)
            else:
                body = Buffer(bytes(message.body))
                self._protocol._call_callback(message.request, body)  # noqa: SLF001 - its own questions
        self._used = len(answers) / max(1, len(answers) + len(self.awaited))
        if answers and self.listener is not None:
            self.listener(answers)
        return size

    def _hand_back(self) -> None:
        """Leave the rest to asyncua: the goodbyes, and answers that nobody waits for any more."""
        for request in self.awaited:
            nobodys = self._loop.create_future()
            nobodys.add_done_callback(look_at)
            self._protocol._callbackmap[request] = nobodys  # noqa: SLF001 - or it would not know them
        self._protocol.receive_buffer = bytes(self._buffer[: self._filled]) or None
        if self._protocol.transport is not None:
            self._protocol.transport.resume_reading()


def untouched(size: int) -> mmap.mmap:
    """A buffer of which only the pages that are written to take memory: most PLCs fill a few."""
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def look_at(nobodys: asyncio.Future[Any]) -> None:
    """Look at its error, or Python logs one that was never retrieved."""
    if not nobodys.cancelled():
        nobodys.exception()


def widen(sock: socket.socket) -> None:
    """Give a socket a large receive buffer where the system allows one; else it grows by itself.

    Asking for more than is allowed gets less, and ends the growing. So a socket that nobody uses is
    asked first.
    """
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, AT_ONCE)
        allowed = other.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    if allowed > AT_ONCE:  # Linux tells the double, and keeps its own things in the half of it
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, AT_ONCE)
