"""Foreign programs are there, are being set up, or are missing out loud.

Who sets them up holds a lock; whoever needs one waits until it is free.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NoReturn

import pytest

from tests.servers import influxdb


@contextmanager
def setting_up() -> Iterator[None]:
    """Hold the lock; another one that sets up is waited for first."""
    folder = influxdb.cache()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "servers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def wait_until_ready() -> None:
    """Return when nobody sets up servers, at once where nobody does."""
    with setting_up():
        pass


def missing(what: str) -> NoReturn:
    """Skip a test out loud at a desk; fail it where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
