"""The watchdog of the system: told again and again that the event loop turns.

What always holds: the loop itself tells it, so one that stands still is silent, and systemd starts
the service anew. Where nobody asked, nobody is told. The protocol is that of sd_notify(3).
"""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

PARTS = 4  # of the time after which silence is death; systemd wants two at least
READY, ALIVE = b"READY=1", b"WATCHDOG=1"


@contextmanager
def told_alive(asked: Mapping[str, str]) -> Iterator[None]:
    """Tell that the loop has started, and then that it turns, for as long as the block lasts.

    Args:
        asked: the environment, where systemd names its socket and after how many µs it acts.
    """
    if not (name := asked.get("NOTIFY_SOCKET")):
        yield
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.settimeout(0)
        teller = Teller(way, name.replace("@", "\0", 1) if name.startswith("@") else name)
        teller.say(READY)
        if patience_us := int(asked.get("WATCHDOG_USEC", 0)):
            teller.go_on(patience_us / 1e6 / PARTS)
        try:
            yield
        finally:
            teller.end()


class Teller:
    """Says the same word every so often, whenever the loop comes to it."""

    def __init__(self, way: socket.socket, address: str) -> None:
        self._way = way
        self._address = address
        self._next: asyncio.TimerHandle | None = None

    def say(self, word: bytes) -> None:
        """Say it once; one that is not heard is said again soon."""
        with suppress(OSError):
            self._way.sendto(word, self._address)

    def go_on(self, every_s: float) -> None:
        """Say that we live, now and every so many seconds."""
        self.say(ALIVE)
        self._next = asyncio.get_running_loop().call_later(every_s, self.go_on, every_s)

    def end(self) -> None:
        """Say no more."""
        if self._next is not None:
            self._next.cancel()
