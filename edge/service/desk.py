"""Where one object sits that must stay in one thread, such as the engine or a sink's stores."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from typing import Generic, TypeVar

Worker = TypeVar("Worker")
Answer = TypeVar("Answer")


class Desk(Generic[Worker]):
    """A worker, the thread that is its own, and the way to ask it from the event loop."""

    def __init__(
        self,
        open_worker: Callable[[], AbstractContextManager[Worker]],
        name: str,
        begun: Callable[[], None] | None = None,
    ) -> None:
        """A desk at which nobody sits yet.

        Args:
            open_worker: called and entered in the desk's thread by the first question; left there
                when the desk closes. Where it fails, the next question tries again.
            name: of the thread.
            begun: called in the thread when it begins.
        """
        self._open = open_worker
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name, initializer=begun)
        self._sitting: list[Worker] = []
        self._leaving = ExitStack()

    async def ask(self, question: Callable[[Worker], Answer]) -> Answer:
        """The answer to one question; whatever it raises is raised here.

        Questions are answered in turns. One that is no longer waited for is dropped, unless it is
        being answered: a thread cannot be cancelled.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: question(self._worker())
        )

    def _worker(self) -> Worker:
        if not self._sitting:
            self._sitting.append(self._leaving.enter_context(self._open()))
        return self._sitting[0]

    def close(self) -> None:
        """Let the worker go in its thread and end that; the question at hand is finished first."""
        self._thread.submit(self._leaving.close)
        self._thread.shutdown(wait=True)
