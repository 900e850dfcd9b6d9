"""The address of the pages is had before anything starts, or refused in words."""

import socket

import pytest

from edge.errors import Misconfigured
from edge.service.listening import DEAD_MS, address, listen
from edge.service.pages import CONNECTIONS, page_server


def test_a_free_port_is_had() -> None:
    """It listens at once; a viewer that stops reading is given up by the kernel."""
    with listen("127.0.0.1", 0) as listening:
        assert listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == DEAD_MS


def test_a_taken_port_is_named() -> None:
    """Exit 4 and an address that somebody can change."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Misconfigured) as error:
            listen("127.0.0.1", port)
    said = f"cannot serve pages at 127.0.0.1:{port}: Address already in use; end who listens"
    assert str(error.value).startswith(said)
    assert error.value.exit_code == 4


def test_an_address_that_is_not_ours_is_named() -> None:
    """As a gateway finds whose address has changed."""
    with pytest.raises(Misconfigured, match=r"at 192\.0\.2\.1:8000: Cannot assign"):
        listen("192.0.2.1", 8000)


def test_an_address_is_printed_as_a_browser_takes_it() -> None:
    """Version 6 in brackets."""
    assert address("127.0.0.1", 8000) == "127.0.0.1:8000"
    assert address("::1", 8000) == "[::1]:8000"


def test_the_server_leaves_what_is_ours() -> None:
    """Signals are the root's; nothing tells a stranger what serves him; no end waits for ever."""

    async def app(scope: object, receive: object, send: object) -> None:
        """Never asked."""

    config = page_server(app).config
    assert (config.lifespan, config.ws, config.server_header) == ("off", "none", False)
    assert config.timeout_graceful_shutdown == 3
    assert config.limit_concurrency == CONNECTIONS
