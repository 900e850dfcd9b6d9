"""A way between us and a server that can be made bad: one TCP port in front of another.

It lives in a thread of its own, so that tests may block. What it does to bytes is seeded.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Self

CHUNK = 65_536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset
JOIN_S = 10.0


class Way:
    """One connection through the proxy: two sockets and what is done to them."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near = near
        self.far = far

    def reset(self) -> None:
        """Break it off on both sides as a router that forgot it would."""
        for writer in (self.near, self.far):
            raw = writer.get_extra_info("socket")
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


class Proxy:
    """Passes bytes on to a port of the loopback, for as long as it is told nothing else."""

    def __init__(self, to_port: int, port: int, seed: int = 0, host: str = "127.0.0.1") -> None:
        """Listen at `port`; it is open when the block is entered.

        Args:
            to_port: where the server listens.
            port: where we connect.
            seed: of how delays differ.
            host: the address at which we connect.
        """
        self.host, self.port = host, port
        self.connects = 0  # so far
        self._to_port = to_port
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._ways: set[Way] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._flows = {"up": asyncio.Event(), "down": asyncio.Event()}
        self._delay_s = (0.0, 0.0)
        self._bytes_per_s = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        self.heal()
        return self

    def __exit__(self, *_error: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(JOIN_S)
        self._loop.close()

    def hole(self, *directions: str) -> None:
        """Swallow what comes, without a word to either side; `up` is towards the server."""
        for name in directions or self._flows:
            self._call(self._flows[name].clear)

    def heal(self) -> None:
        """Pass everything on as it comes; what was held back comes first, as TCP would have it."""
        self._delay_s, self._bytes_per_s = (0.0, 0.0), 0.0
        for flow in self._flows.values():
            self._call(flow.set)
        self._run(self._listen())

    def slow(self, delay_s: float, jitter_s: float = 0.0, bytes_per_s: float = 0.0) -> None:
        """Let every piece wait, in order; and let no more than so many bytes pass."""
        self._delay_s, self._bytes_per_s = (delay_s, jitter_s), bytes_per_s

    def reset(self) -> None:
        """Break off all connections; new ones are welcome."""
        self._call(self._reset)

    def refuse(self) -> None:
        """Break off all connections and welcome none."""
        self._run(self._shut())
        self.reset()

    def _call(self, action: Callable[[], None]) -> None:
        done = threading.Event()

        def act() -> None:
            action()
            done.set()

        self._loop.call_soon_threadsafe(act)
        assert done.wait(JOIN_S)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(JOIN_S)

    def _reset(self) -> None:
        for way in list(self._ways):
            way.reset()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._welcome, self.host, self.port)

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _close(self) -> None:
        await self._shut()
        self._reset()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _welcome(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        self.connects += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, near)
        except asyncio.CancelledError:
            pass  # the proxy closes
        finally:
            near.transport.abort()
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        await self._flows["up"].wait()
        try:
            source, far = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            return  # nobody serves behind us: neither do we
        way = Way(near, far)
        self._ways.add(way)
        try:
            async with asyncio.TaskGroup() as flows:
                flows.create_task(self._pass(reader, far, "up", way))
                flows.create_task(self._pass(source, near, "down", way))
        finally:
            self._ways.discard(way)
            far.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str, way: Way
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(CHUNK):
                await self._flows[name].wait()
                await asyncio.sleep(self._wait_s(len(piece)))
                writer.write(piece)
                await writer.drain()
        way.reset()

    def _wait_s(self, size: int) -> float:
        delay_s, jitter_s = self._delay_s
        paced_s = size / self._bytes_per_s if self._bytes_per_s else 0.0
        return delay_s + self._chance.uniform(0, jitter_s) + paced_s
