"""Pages that watch a service, and how soon one of them sees what a machine does."""

import asyncio
import json
import random
import time
from collections.abc import Callable

from tests.bench.factory import Live
from tests.servers.mosquitto import HOST

PATIENCE_S = 30
LONGEST_FRAME = 1 << 22
REQUEST = b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
FRAME = b'data: {"frame"'
chance = random.Random(7)


class Page:
    """A viewer: knows what state each machine is shown in."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self._news = asyncio.Event()

    def look(self, frame: bytes) -> None:
        """Take in one frame."""
        document = json.loads(frame)
        for line in document["lines"]:
            for machine in line["machines"]:
                self.states[f"hanbit/{line['line']}/{machine['id']}"] = machine["state"]
        self._news.set()

    async def shows(self, machine: str, state: str) -> None:
        """Return once a machine is shown in a state."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.states.get(machine) != state:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            seen = f"{machine} is shown as {self.states.get(machine)!r}, not {state!r}"
            raise RuntimeError(f"{seen}, after {PATIENCE_S} s") from error


async def watch(port: int, look: Callable[[bytes], None] = lambda _: None) -> None:
    """Take every frame of the live stream until cancelled; `look` at each, or do not."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=LONGEST_FRAME)
    writer.write(REQUEST)
    try:
        async for text in reader:
            if text.startswith(FRAME):
                look(text.removeprefix(b"data: "))
    finally:
        writer.close()
    raise RuntimeError("the service has closed a live stream")


async def seen_after_s(live: Live, page: Page, machines: list[str]) -> float:
    """Seconds from a machine's breakdown until a page shows it.

    The machine is held in a change-over first: while it is held nothing of its own shows, neither
    a stop that began just before nor one that would go on after.
    """
    machine = chance.choice(machines)
    await asyncio.to_thread(live.do, do="force", machine=machine, cause="SETUP")
    await page.shows(machine, "setup")
    await asyncio.sleep(chance.uniform(0.5, 1.5))  # any moment between two commits
    at_ns = await asyncio.to_thread(live.do, do="force", machine=machine, cause="BREAKDOWN")
    await page.shows(machine, "delayed")
    seen_s = time.time() - at_ns / 1e9
    await asyncio.to_thread(live.do, do="release", machine=machine)
    return seen_s
