"""The web server: bound before anything starts, ended with a goodbye to every open page."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from edge.errors import Misconfigured

GOODBYE_S = 3
BACKLOG = 256


def listen(host: str, port: int) -> socket.socket:
    """The socket of the pages.

    Raises:
        Misconfigured: where the address is not ours or taken; the message names it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        message = f"cannot serve pages at {host}:{port}: {error.strerror}; choose another port"
        raise Misconfigured(message) from error
    return listening


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
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GOODBYE_S,
        server_header=False,
        limit_concurrency=512,
    )
    return PageServer(config)


async def ended(server: PageServer, serving: asyncio.Task[None]) -> None:
    """Ask the server to end and wait until its streams have said goodbye."""
    server.should_exit = True
    await asyncio.wait([serving], timeout=GOODBYE_S + 1)
