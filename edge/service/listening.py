"""Where the pages are served: bound before anything starts, so that nobody starts in vain."""

import socket

from edge.errors import Misconfigured

REMEDY = "end who listens there, or choose another port by `api: {listen: …}` in lineproof.yaml"
BACKLOG = 256
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
