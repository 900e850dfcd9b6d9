"""The watchdog hears from the event loop itself, and only where it asked; see sd_notify(3)."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.service.ending import run_until_told

PATIENCE_US = "200000"
BLOCKED_S = 0.5


@contextmanager
def systemd(address: str) -> Iterator[socket.socket]:
    """Its end of the notify socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(address)
        ours.settimeout(0)
        yield ours


def heard(ours: socket.socket) -> list[bytes]:
    """What was said since the last look."""
    words = list[bytes]()
    while True:
        try:
            words.append(ours.recv(99))
        except BlockingIOError:
            return words


async def until_said(ours: socket.socket, times: int) -> list[bytes]:
    """Let the loop turn until so much was said."""
    words = heard(ours)
    async with asyncio.timeout(5):
        while len(words) < times:
            await asyncio.sleep(0.01)
            words += heard(ours)
    return words


@pytest.mark.parametrize("form", ["path", "abstract"])
def test_a_loop_that_stands_still_is_silent(form: str, tmp_path: Path) -> None:
    """It says once that it has started, then that it turns, and nothing while it is blocked."""
    path = str(tmp_path / "notify")
    address = path if form == "path" else "\0" + path
    said, blocked, after = list[bytes](), list[bytes](), list[bytes]()
    with systemd(address) as ours:

        async def serve() -> None:
            said.extend(await until_said(ours, 4))
            time.sleep(BLOCKED_S)  # noqa: ASYNC251 - this is the fault
            blocked.extend(heard(ours))
            after.extend(await until_said(ours, 2))

        asked = {"NOTIFY_SOCKET": address.replace("\0", "@"), "WATCHDOG_USEC": PATIENCE_US}
        run_until_told(serve, asked)
        assert heard(ours) == []  # whoever has ended says no more
    assert said[0] == b"READY=1"
    assert set(said[1:]) == set(after) == {b"WATCHDOG=1"}
    assert blocked == []


@pytest.mark.parametrize("patience", [{}, {"WATCHDOG_USEC": "0"}])
def test_who_only_waits_for_the_start_hears_of_nothing_else(
    patience: dict[str, str], tmp_path: Path
) -> None:
    """A unit without WatchdogSec."""
    path = str(tmp_path / "notify")
    with systemd(path) as ours:
        run_until_told(lambda: asyncio.sleep(0.1), {"NOTIFY_SOCKET": path, **patience})
        assert heard(ours) == [b"READY=1"]


def test_a_watchdog_that_is_gone_hinders_nobody(tmp_path: Path) -> None:
    """Its socket is not there."""
    done = list[str]()

    async def serve() -> None:
        await asyncio.sleep(0.1)
        done.append("served")

    asked = {"NOTIFY_SOCKET": str(tmp_path / "none"), "WATCHDOG_USEC": PATIENCE_US}
    run_until_told(serve, asked)
    assert done == ["served"]
