"""The port of a server that is away belongs to nobody else."""

import socket

import pytest

from tests.servers.influxdb_server import Place
from tests.servers.ports import free_port

HOST = "127.0.0.1"


def test_nobody_answers_at_the_port_of_a_server_that_is_away() -> None:
    """Also beside a connection that the server left behind: no other can listen there."""
    port = free_port()
    with socket.create_server((HOST, port)) as server, socket.create_connection((HOST, port)):
        server.accept()[0].close()  # whoever closes first leaves the connection behind
    place = Place(port)
    place.hold()
    with pytest.raises(OSError, match="in use"), socket.create_server((HOST, port)):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))
    place.release()
    with socket.create_server((HOST, port)):
        pass
