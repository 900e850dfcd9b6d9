"""What comes from the broker, and the one place where it crosses from paho's thread to ours."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from paho.mqtt.client import MQTTMessage

from edge.clock import Clock
from edge.errors import LineproofError, Unavailable


class Lost(Unavailable):
    """The link was there and is gone."""


class TakenOver(Lost):
    """Another client connected with our client id."""


class Opened(NamedTuple):
    """TCP, and TLS where configured, stand; CONNECT is on its way."""


class Connack(NamedTuple):
    """The broker's answer to CONNECT."""

    session_present: bool
    code: int  # of MQTT 5, also where the broker speaks 3.1.1
    text: str
    session_s: int | None  # how long it keeps our session, where it says so


class Suback(NamedTuple):
    """The broker's answer to one SUBSCRIBE: a code for each topic."""

    mid: int
    codes: tuple[int, ...]


class Pong(NamedTuple):
    """The broker's answer to a ping."""

    confirmed: int  # so many calls of `Network.acknowledge` have reached it; 0: not known


Item = MQTTMessage | Opened | Connack | Suback | Pong


class Arrived(NamedTuple):
    """Something that came from the broker, and when."""

    received_ns: int
    item: Item


class Inbox:
    """The one way out of paho's thread: `put` is called there, everything else here.

    It wakes the loop once per burst; once per message would cost as much as paho itself. Receive
    Maximum keeps the broker from running ahead, so the inbox needs no bound of its own.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._items: deque[Arrived | LineproofError] = deque()
        self._filled = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def put(self, item: Item | LineproofError) -> None:
        """Hand over what came, or the reason why no more will come."""
        if isinstance(item, LineproofError):
            self._items.append(item)
        else:
            self._items.append(Arrived(self._clock.wall_ns(), item))
        if not self._filled.is_set():
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._filled.set)

    async def take(self) -> list[Arrived]:
        """All there is, at least one; or raise the reason, once what came before it was taken."""
        taken: list[Arrived] = []
        while not taken:  # a wake-up may come for what was taken already
            await self._filled.wait()
            self._filled.clear()  # before emptying the deque, or a wake-up could get lost
            self._drain(taken)
        return taken

    def _drain(self, taken: list[Arrived]) -> None:
        """Move over what came before the reason, or raise it where nothing did."""
        while self._items:
            item = self._items.popleft()
            if isinstance(item, Arrived):
                taken.append(item)
            elif taken:
                self._items.appendleft(item)
                self._filled.set()
                return
            else:
                raise item
