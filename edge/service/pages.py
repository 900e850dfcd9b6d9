"""The web server: bound before anything starts, ended with a goodbye to every open page."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from edge.errors import Misconfigured

GOODBYE_S = 3
REMEDY = "end who listens there, or choose another port by `api: {listen: …}` in lineproof.yaml"
BACKLOG = 256
CONNECTIONS = 512
DEAD_MS = 30_000  # whoever takes nothing for so long is gone, whatever his connection says


def listen(host: str, port: int, remedy: str = REMEDY) -> socket.socket:
    """The socket of the pages.

    A viewer that stops reading is dropped by the kernel after half a minute: nothing above it
    knows of data that wait inside.

    Args:
        host: address to listen at.
        port: of it.
        remedy: what to do where the address cannot be had.

    Raises:
        Misconfigured: where the address is not ours or taken; the message names it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_MS)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        message = f"cannot serve pages at {address(host, port)}: {error.strerror or error}"
        raise Misconfigured(f"{message}; {remedy}") from error
    return listening


def address(host: str, port: int) -> str:
    """An address as it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
