"""Servers of tests that run beside each other never want the same port."""

import socket
import subprocess
import sys

from tests.servers.ports import HOST, free_port, is_free, is_kept

OTHER = "import sys; from tests.servers.ports import is_kept; print(is_kept(int(sys.argv[1])))"


def test_no_port_is_given_twice() -> None:
    """However many are asked for, and whether or not anybody listens there by then."""
    assert len({free_port() for _ in range(50)}) == 50


def test_a_port_is_free_until_somebody_listens() -> None:
    """And again afterwards."""
    port = free_port()
    with socket.create_server((HOST, port)):
        assert not is_free(port)
    assert is_free(port)


def test_another_process_gets_other_ports() -> None:
    """Before anybody listens there."""
    port = free_port()
    line = [sys.executable, "-c", OTHER, str(port)]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout == "False\n"
    assert not is_kept(port)
