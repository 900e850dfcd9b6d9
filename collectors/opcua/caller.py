"""asyncua's client, which connects soon or not at all.

A server's system answers at once where the net lets it. A packet that a cut net swallowed is sent
again later and later by the rules of TCP, so after a cut a new try is sooner there than an old one.
"""

import asyncio
import socket
from contextlib import suppress
from ipaddress import ip_address

from asyncua import Client

SOCKET_S = 2.0
GREETING_S = 5.0  # takes no thought, even where sessions take seconds
NAME_S = 10.0  # the servers of names are asked one after the other


class Caller(Client):  # type: ignore[misc]  # untyped library
    """asyncua's client, which ends where it was told to while its socket connected.

    `wait_for` of Python 3.11 then hands out the connection instead, and the wish is lost.
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

    async def send_hello(self) -> None:
        """Greet the server; where the link has gone already, asyncua would wait for the answer."""
        protocol = self.uaclient.protocol
        if protocol is None or protocol.transport is None:
            raise ConnectionResetError("the server closed the link before a word was said")
        try:
            async with asyncio.timeout(GREETING_S):
                await super().send_hello()
        except TimeoutError as error:
            raise ConnectionError(f"no greeting within {GREETING_S:g} s") from error


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
