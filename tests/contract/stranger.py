"""Servers of a few lines, for what no real one does: silence, nonsense, answers by the book."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

from tests.servers.ports import free_port

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """A port of the loopback where each caller is treated as told; nobody is left in the end."""
    port, at_work = free_port(), set[asyncio.Task[None]]()

    async def tidy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        at_work.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async with await asyncio.start_server(tidy, "127.0.0.1", port):
        yield port
    for task in at_work:
        task.cancel()
    if at_work:
        await asyncio.wait(at_work)
    await asyncio.sleep(0)  # transports end in the loop's next turn
