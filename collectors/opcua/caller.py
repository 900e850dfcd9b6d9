"""asyncua's client, which connects soon or not at all, and takes no more than fits.

A server's system answers at once where the net lets it. A packet that a cut net swallowed is sent
again later and later by the rules of TCP, so after a cut a new try is sooner there than an old one.

Limits that a server names in its greeting are those of asyncua from then on, and 0 is none: ours
are set again after it. A piece whose end does not come has no limit at all there.
"""

import asyncio
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from asyncua import Client, ua

SOCKET_S = 2.0
GREETING_S = 5.0  # takes no thought, even where sessions take seconds
NAME_S = 10.0  # the servers of names are asked one after the other
MOST_BYTES = 64 << 20  # of a message
MOST_PIECES = 4_096  # of a message
LONGEST_PIECE = 1 << 20  # bytes; we ask for 65,535


class Caller(Client):  # type: ignore[misc]  # untyped library
    """asyncua's client, which can be cancelled while its socket connects.

    asyncua waits for the socket by `wait_for`, which in Python 3.11 may hand out the connection
    instead of raising, so that the cancellation is lost.
    """

    async def connect_socket(self) -> None:
        """Connect to the first address that answers soon, or end."""
        host, port = self.server_url.hostname, self.server_url.port
        *others, last = await addresses(host, port)
        for other in others:
            with suppress(OSError):
                return await self._connect(other, port)
        return await self._connect(last, port)

    async def _connect(self, address: str, port: int) -> None:
        try:
            async with asyncio.timeout(SOCKET_S):
                await self.uaclient.connect_socket(address, port)
        except TimeoutError as error:
            raise ConnectionError(f"no connection within {SOCKET_S:g} s") from error
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            self.disconnect_socket()
            raise asyncio.CancelledError
        watch_pieces(self.uaclient.protocol)

    async def send_hello(self) -> None:
        """Greet the server; where the link has gone already, asyncua would wait for the answer."""
        self.max_messagesize, self.max_chunkcount = MOST_BYTES, MOST_PIECES
        protocol = self.uaclient.protocol
        if protocol is None or protocol.transport is None:
            raise ConnectionResetError("the server closed the link before a word was said")
        try:
            async with asyncio.timeout(GREETING_S):
                await super().send_hello()
        except TimeoutError as error:
            raise ConnectionError(f"no greeting within {GREETING_S:g} s") from error
        limit(protocol._connection._limits)  # noqa: SLF001 - there is no other door to them


def limit(limits: Any) -> None:  # noqa: ANN401 - untyped library
    """Set our own limits for what comes, whatever the server named."""
    limits.max_message_size, limits.max_chunk_count = MOST_BYTES, MOST_PIECES
    limits.max_recv_buffer = min(limits.max_recv_buffer or LONGEST_PIECE, LONGEST_PIECE)


def watch_pieces(protocol: Any) -> None:  # noqa: ANN401 - untyped library
    """Leave a server whose piece becomes longer than any, before it has filled our memory."""
    receive = protocol.data_received

    def receive_less(data: bytes) -> None:
        receive(data)
        if len(protocol.receive_buffer or b"") > LONGEST_PIECE:
            protocol.receive_buffer = None
            text = f"a piece of a message is longer than {LONGEST_PIECE:,} bytes; is it OPC UA?"
            protocol._fail_all_pending(ua.UaError(text))  # noqa: SLF001 - whoever waits is told
            protocol.disconnect_socket()

    protocol.data_received = receive_less


async def addresses(host: str, port: int) -> list[str]:
    """Where a host is, the likeliest first; a name has as much time as its servers need.

    Raises:
        OSError: nobody knows it.
    """
    with suppress(ValueError):
        return [str(ip_address(host))]
    async with asyncio.timeout(NAME_S):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))
