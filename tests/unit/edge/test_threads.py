"""A thread that ends while the service goes on is noticed."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from edge.clock import SYSTEM
from edge.service.desk import Desk
from edge.service.threads import LOOK_S, Threads


def living(threads: Threads, name: str) -> tuple[threading.Thread, Callable[[], None]]:
    """A thread that has entered itself, and what ends it."""
    begun, over = threading.Event(), threading.Event()

    def run() -> None:
        threads.enter()
        begun.set()
        over.wait(10)

    thread = threading.Thread(target=run, name=name)
    thread.start()
    assert begun.wait(10)
    return thread, over.set


async def test_the_end_of_a_thread_ends_the_watch() -> None:
    """Within two looks, and it is named; before that nothing is wrong."""
    threads = Threads()
    stays, end_stays = living(threads, "stays")
    goes, end_goes = living(threads, "goes")
    async with asyncio.timeout(3 * LOOK_S + 5):
        with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="thread 'goes' has ended")):
            async with asyncio.TaskGroup() as group:
                group.create_task(threads.watch(SYSTEM))
                await asyncio.sleep(0.1)
                assert threads.ended() == []
                end_goes()
                goes.join()
    assert threads.ended() == ["goes"]
    end_stays()
    stays.join()


async def test_a_desk_enters_its_thread_when_it_is_first_asked() -> None:
    """Not before, for it has none; a desk that is closed has lost it."""
    threads = Threads()
    desk = Desk(lambda: nullcontext(1), "one", threads.enter)
    assert threads.ended() == []
    assert await desk.ask(lambda worker: (worker, threading.current_thread().name)) == (1, "one_0")
    assert threads.ended() == []
    desk.close()
    assert threads.ended() == ["one_0"]
