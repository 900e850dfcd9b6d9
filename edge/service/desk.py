"""Where the engine sits: one thread of its own, which answers questions in turns."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Worker = TypeVar("Worker")
Answer = TypeVar("Answer")


class Desk(Generic[Worker]):
    """One object that must stay in one thread, and the way to ask it from the event loop."""

    def __init__(self, open_worker: Callable[[], Worker], name: str) -> None:
        self._open = open_worker
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._worker: Worker | None = None

    async def ask(self, question: Callable[[Worker], Answer]) -> Answer:
        """The answer to one question; whatever it raises is raised here."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: question(self._sitting())
        )

    def _sitting(self) -> Worker:
        """The worker, opened in its thread by the first question."""
        if self._worker is None:
            self._worker = self._open()
        return self._worker

    def close(self) -> None:
        """Answer nothing more; the question at hand is finished first."""
        self._thread.shutdown(wait=True, cancel_futures=True)
