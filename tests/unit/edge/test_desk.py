"""A desk's worker lives in one thread, answers in turns, and leaves there."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edge.errors import JournalDamaged
from edge.service.desk import Desk


class Worker:
    """Notes in which threads it is used."""

    def __init__(self) -> None:
        self.threads = list[str]()
        self.closed = False

    def use(self) -> int:
        """Use it once more."""
        self.threads.append(threading.current_thread().name)
        return len(self.threads)


@contextmanager
def at_work(worker: Worker) -> Iterator[Worker]:
    """Open and close a worker where it is used."""
    worker.use()
    yield worker
    worker.use()
    worker.closed = True


async def test_a_worker_is_opened_used_and_closed_in_one_thread() -> None:
    """SQLite refuses any other; nobody sits there before the first question."""
    worker = Worker()
    desk = Desk(lambda: at_work(worker), "engine")
    assert worker.threads == []
    assert [await desk.ask(Worker.use), await desk.ask(Worker.use)] == [2, 3]
    desk.close()
    assert worker.closed
    assert worker.threads == ["engine_0"] * 4


async def test_a_desk_that_nobody_asked_closes_nothing() -> None:
    """It has no worker, and leaves no thread."""
    worker = Worker()
    Desk(lambda: at_work(worker), "engine").close()
    assert worker.threads == []


async def test_what_a_question_raises_is_raised_here() -> None:
    """And the next one is answered."""
    desk = Desk(lambda: at_work(Worker()), "engine")

    def fail(_: Worker) -> None:
        raise KeyError("good")

    with pytest.raises(KeyError, match="good"):
        await desk.ask(fail)
    assert await desk.ask(Worker.use) == 2
    desk.close()


async def test_a_worker_that_could_not_be_opened_is_tried_again() -> None:
    """A damaged file is an answer; once it is mended, the desk works."""
    damaged = [True, True]

    @contextmanager
    def opening() -> Iterator[Worker]:
        if damaged:
            damaged.pop()
            raise JournalDamaged("set the file aside")
        yield Worker()

    desk = Desk(opening, "engine")
    for _ in range(2):
        with pytest.raises(JournalDamaged, match="set the file aside"):
            await desk.ask(Worker.use)
    assert await desk.ask(Worker.use) == 1
    desk.close()


async def test_a_question_that_nobody_waits_for_is_not_asked() -> None:
    """Of the page that was left, only the question at hand is finished."""
    desk, begun, go_on, asked = Desk(lambda: at_work(Worker()), "engine"), *events(), list[str]()

    def first(_: Worker) -> None:
        begun.set()
        go_on.wait(5)
        asked.append("first")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(desk.ask(first))]
        await asyncio.to_thread(begun.wait, 5)
        tasks.append(group.create_task(desk.ask(lambda _: asked.append("second"))))
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
    go_on.set()
    desk.close()
    assert asked == ["first"]


def events() -> tuple[threading.Event, threading.Event]:
    """Two flags between threads."""
    return threading.Event(), threading.Event()
