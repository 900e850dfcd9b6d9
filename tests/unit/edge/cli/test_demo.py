"""The demo serves once its lines live, and says so when they do not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.cli.demo import Past, Plant
from edge.errors import Unavailable

PLANT = Plant(start_ns=0, days=1, opcua_port=14840, broker_port=11883)


@contextmanager
def saying(line: str) -> Iterator["subprocess.Popen[str]"]:
    """A child that prints one line and ends."""
    command = [sys.executable, "-c", f"print({line!r})" if line else ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


async def test_the_past_ends_when_the_lines_live(tmp_path: Path) -> None:
    """What is imported ends at the instant at which the live lines begin."""
    with saying('{"ready": true, "at_ns": 1788325420000000000}') as live:
        past = Past(tmp_path, PLANT, live)
        await past.begin()
        assert past._until_ns == 1788325420000000000


async def test_lines_that_never_live_end_the_demo(tmp_path: Path) -> None:
    """Pages without lines would explain nothing."""
    with (
        saying("") as live,
        pytest.raises(Unavailable, match="simulated lines ended before they lived"),
    ):
        await Past(tmp_path, PLANT, live).begin()
