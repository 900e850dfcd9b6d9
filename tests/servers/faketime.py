"""libfaketime, of the system: a program is shown another wall clock than the machine's."""

import os
from pathlib import Path

import pytest

PLACES = ("/usr/lib", "/usr/local/lib", "/lib")
NAME = "faketime/libfaketimeMT.so.1"


def library() -> Path:
    """Where it is; without it the test is skipped, or fails in continuous integration."""
    found = [path for place in PLACES for path in Path(place).glob(f"**/{NAME}")]
    if not found:
        told = "libfaketime is not here; apt-get install libfaketime"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(told)
    return found[0]


def environment(shown: Path) -> dict[str, str]:
    """Settings of a process that looks into this file for how far ahead its clock is, in seconds.

    Time since boot stays what it is. The file is read at every look.
    """
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(shown),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
