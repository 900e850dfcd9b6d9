"""What a server sends, read in bursts.

A wake-up is what a message costs: on cold caches it takes longer than the thousand values that it
brings. So once nothing but notifications is awaited, a busy socket is read at most every so often,
and what came together is handed on together; a quiet one is read at once. Source times tell when a
value was true, not the moment of reading.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.crypto.uacrypto import InvalidSignature

from collectors.opcua.chunks import Chunks, Message
from edge.clock import Clock
from edge.model import SECOND_NS

PAUSE_S = 0.25  # between two reads of a busy socket
BRIEF_S = 0.05  # so long a burst takes to come
AT_ONCE = 262_144  # bytes handled before others have their turn
MUCH = 98_304  # bytes, of the 128 KiB that Linux gives a socket at first
LITTLE = 4_096  # bytes; less is nothing to wait for
HURRY_NS = SECOND_NS // 2  # after a question of ours another one may follow
BROKEN = (InvalidSignature, struct.error, ValueError, TypeError, IndexError, OverflowError)

Listener = Callable[[list[Message]], None]


class Receiver:
    """The reading half of one connection, from the session's begin to its end."""

    def __init__(self, protocol: Any, clock: Clock) -> None:  # noqa: ANN401 - untyped library
        self.listener: Listener | None = None  # gets the awaited answers
        self.awaited: set[int] = set()  # requests whose answers those are
        self._protocol, self._clock = protocol, clock
        self._loop = asyncio.get_running_loop()
        self._chunks = Chunks(protocol)
        longest = protocol._connection._limits.max_recv_buffer  # noqa: SLF001 - agreed there
        self._buffer = bytearray(max(AT_ONCE, longest))
        self._filled = 0  # bytes of it
        self._busy = False  # much came when it was read last
        self._hurried_ns = 0  # no pause before that
        self._timer: asyncio.TimerHandle | None = None  # of the next look at a busy socket
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._sock: socket.socket

    def hurry(self) -> None:
        """A question goes out: read its answer as soon as it comes."""
        self._hurried_ns = self._clock.monotonic_ns() + HURRY_NS
        if self._timer is not None:
            self._timer.cancel()
            self._listen()

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
        hurried = self.listener is None or self._clock.monotonic_ns() < self._hurried_ns
        if hurried or not rest_s:
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
        except BaseException as error:
            self._end(error)
            raise
        else:
            if size > LITTLE and self._look_in(pause_s(size)):
                self._busy = True
            else:
                self._busy = self._busy and not size
                if self._timer is not None:
                    self._listen()

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
        if answers and self.listener is not None:
            self.listener(answers)
        return size

    def _hand_back(self) -> None:
        """Leave the rest to asyncua: the goodbyes, and answers that nobody waits for any more."""
        for request in self.awaited:
            self._protocol._callbackmap[request] = self._loop.create_future()  # noqa: SLF001 - or it would not know them
        self._protocol.receive_buffer = bytes(self._buffer[: self._filled]) or None
        if self._protocol.transport is not None:
            self._protocol.transport.resume_reading()


def pause_s(size: int) -> float:
    """How long to wait for more after so many bytes: the socket must not become full."""
    if size < MUCH:
        return PAUSE_S
    return BRIEF_S if size < AT_ONCE // 2 else 0.0
