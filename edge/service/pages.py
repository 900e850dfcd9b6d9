"""The web server: patient with nobody, and ended with a goodbye to every open page.

What always holds: whoever begins a request and does not end it soon is hung up on, and there are
never more connections than places. Where all are taken, one that is between requests makes room:
nobody who asks is kept out by those who only hold a connection. Where all are at work, as streams
are, the newcomer goes: files and sources need descriptors too.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

GOODBYE_S = 3
CONNECTIONS = 512
NEVER = float("inf")
ASKS_S = 10.0  # from the first byte, or the connection, to the end of the head of a request


class Hurried(H11Protocol):
    """One connection, closed where the head of a request does not come in time."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as theirs
        """Wait for a request; where there is no place, the first to be hung up on makes room."""
        super().connection_made(transport)
        self._hurry()
        if len(self.connections) > CONNECTIONS:
            others = self.connections - {self}
            waiting = [one for one in others if isinstance(one, Hurried) and one.until_s() < NEVER]
            min(waiting, key=Hurried.until_s, default=self).go()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Give the head of a request some seconds in all, however it trickles in."""
        super().data_received(data)
        asked: RequestResponseCycle | None = self.cycle  # none before the first, whatever they say
        if asked is not None and not asked.response_complete:
            self._rest()
        elif self._late is None:
            self._hurry()

    def until_s(self) -> float:
        """When it is hung up on, of the loop's clock; never, while a request is at work."""
        ends = self._late or self.timeout_keep_alive_task
        return ends.when() if ends is not None else NEVER

    def go(self) -> None:
        """Hang up, and count no more from now on; the loop says it is lost a turn later."""
        self.connections.discard(self)
        self.transport.abort()

    def _hurry(self) -> None:
        self._late = self.loop.call_later(ASKS_S, self.transport.abort)

    def _rest(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class PageServer(uvicorn.Server):
    """uvicorn without hands on our signals: it would raise them again before any `finally`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the composition root."""
        yield


def page_server(app: ASGIApp) -> PageServer:
    """A server for the app; it is ended by `should_exit`."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GOODBYE_S,
        server_header=False,
        http=Hurried,
    )
    return PageServer(config)


async def ended(server: PageServer, serving: asyncio.Task[None]) -> None:
    """Ask the server to end and wait until its streams have said goodbye."""
    server.should_exit = True
    await asyncio.wait([serving], timeout=GOODBYE_S + 1)
