"""The web server: ended with a goodbye to every open page."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

GOODBYE_S = 3
CONNECTIONS = 512


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
        limit_concurrency=CONNECTIONS,
    )
    return PageServer(config)


async def ended(server: PageServer, serving: asyncio.Task[None]) -> None:
    """Ask the server to end and wait until its streams have said goodbye."""
    server.should_exit = True
    await asyncio.wait([serving], timeout=GOODBYE_S + 1)
