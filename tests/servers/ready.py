"""Who sets up the foreign servers holds a lock; whoever needs them waits until it is free."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

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
