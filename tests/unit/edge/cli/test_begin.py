"""Ctrl-C while modules are loaded, where Python may lose what it raises."""

import subprocess
import sys
from signal import SIGINT

import pytest

SWALLOWED = """
import signal
from contextlib import suppress
from edge.cli.begin import ended_at_once

with ended_at_once(), suppress(KeyboardInterrupt):
    signal.raise_signal(signal.SIGINT)
print("went on")
"""
RAISED = """
import signal
from edge.cli.begin import ended_at_once

with ended_at_once():
    pass
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("raised")
"""


@pytest.mark.parametrize(
    ("state", "code", "ends", "says"),
    [
        ("default", SWALLOWED, -SIGINT, ""),
        ("ignore", SWALLOWED, 0, "went on\n"),
        ("default", RAISED, 0, "raised\n"),
    ],
    ids=["while it loads", "of a shell that ignores it", "once it has loaded"],
)
def test_nothing_can_swallow_it(state: str, code: str, ends: int, says: str) -> None:
    """It ends the process at once, unless the shell had it ignored; later it is raised as ever."""
    line = ["env", f"--{state}-signal=INT", sys.executable, "-c", code]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (ends, says), done.stderr
