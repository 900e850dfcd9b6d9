"""Ports of the loopback for the servers of tests: no two tests get the same, nor do two processes.

A port that was given stays with its process by the name of a socket, which the kernel frees when
the process ends. All lie below the ports of outgoing connections, which would collide.
"""

import os
import socket
from collections import deque
from collections.abc import Iterator
from itertools import cycle, islice

RANGE = range(14_840, 32_000)
HOST = "127.0.0.1"
MOST = 200  # names that a process holds: an hour of faults asks for thousands of ports

_first = os.getpid() * 7 % len(RANGE)  # runs beside each other begin at different places
_ports: Iterator[int] = cycle([*RANGE[_first:], *RANGE[:_first]])
_kept: deque[socket.socket] = deque()


def free_port() -> int:
    """A port on which nobody listens and which no other test has."""
    for port in islice(_ports, len(RANGE)):
        if is_free(port) and is_kept(port):
            return port
    raise OSError(f"no free port from {RANGE.start} to {RANGE.stop}; end what listens there")


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def is_kept(port: int) -> bool:
    """Whether the port is ours from now on, for no other process has it."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0lineproof-test-{port}")
    except OSError:
        name.close()
        return False
    _kept.append(name)
    if len(_kept) > MOST:
        _kept.popleft().close()
    return True
