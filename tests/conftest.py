"""What holds for every test: nothing is left behind, nothing hangs, foreign servers are there.

A test marked `peer` waits for `python -m tests.servers` where that is at work. Where a server is
missing, the test is skipped with one line that says so; with CI=true it fails.
"""

import asyncio
import atexit
import faulthandler
import inspect
import os
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import Scheduling

from tests.lanes import in_lanes, longest_first, processes
from tests.servers.ready import wait_until_ready

SLOW_S = 600.0  # what a test marked `slow` may take; all others have faulthandler_timeout
GRACE_S = 2.0  # for threads that were told to end
THREADS = pytest.StashKey[set[threading.Thread]]()

settings.register_profile("desk", deadline=None)  # the machine has other things to do as well
settings.register_profile("ci", deadline=None, derandomize=True)  # what was green stays green
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

# Commands print as in a script: readline tells processes that share tests a terminal's width.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

# The closing line stays the last: DuckDB's binding takes what Hypothesis keeps for leaks and tells
# them as the interpreter ends. What is registered first is called last, so all others are heard.
atexit.register(os.dup2, os.open(os.devnull, os.O_WRONLY), 2)


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """Fail a test that ends while a task of its own still runs."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, f"still running: {left}; a task belongs to a TaskGroup"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Share the tests among as many processes as there are cores for us."""
    return processes()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Keep tests of a lane in one process."""
    return in_lanes(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the watch over tasks around every asynchronous test; sort where processes share them."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "no_task_left")
    if hasattr(config, "workerinput"):
        longest_first(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Wait for servers that are being built, and give slow tests their time."""
    if item.get_closest_marker("peer"):
        limit(item, SLOW_S * 3)
        wait_until_ready()
    if item.get_closest_marker("slow"):
        limit(item, SLOW_S)
    elif item.get_closest_marker("peer"):
        limit(item, float(item.config.getini("faulthandler_timeout")))


def limit(item: pytest.Item, seconds: float) -> None:
    """End the run with the stacks of all threads, should the test take longer from now on."""
    stderr = item.config.stash[fault_handler_stderr_fd_key]
    faulthandler.dump_traceback_later(seconds, exit=True, file=stderr)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Note the threads that fixtures have started."""
    item.stash[THREADS] = set(threading.enumerate())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail a test whose threads outlive it and its fixtures."""
    yield
    before = item.stash.get(THREADS, set(threading.enumerate()))
    for thread in set(threading.enumerate()) - before:
        thread.join(GRACE_S)
        assert not thread.is_alive(), f"left behind: {thread}; who starts a thread ends it"
