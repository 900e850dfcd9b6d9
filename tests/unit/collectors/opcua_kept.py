"""A `Deliver` in memory, for tests that look at what came."""

import asyncio
from collections.abc import Callable

from edge.model import Batch, Row


class Kept:
    """A `Deliver` that keeps everything in memory; `hold` is a disk without room."""

    def __init__(self, key: bytes = b"", commit_s: float = 0.02) -> None:
        self.key = key
        self.rows: list[Row] = []
        self.gaps: list[tuple[str, int, int]] = []
        self.findings: dict[str, str] = {}
        self.windows: list[int] = []
        self.refused: list[str] = []
        self.origins: list[str] = []
        self.texts: list[str] = []
        self.alive_ns: list[int] = []
        self.waiting = 0
        self.commits = 0
        self.room = asyncio.Event()
        self.room.set()
        self._commit_s = commit_s

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        self.waiting += 1
        await asyncio.sleep(self._commit_s)
        if len(batch):
            await self.room.wait()
        self.rows += rows_of(batch)
        self.key = key
        self.waiting -= 1
        self.commits += 1

    def symbol(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        self.gaps.append((reason, from_ns, to_ns))

    def alive(self, at_ns: int) -> None:
        self.alive_ns.append(at_ns)

    def refuse(self, reason: str, excerpt: bytes, received_ns: int, origin: str = "") -> None:
        self.origins.append(origin)
        self.refused.append(f"{reason} {excerpt.hex()} {received_ns}")

    def window(self, messages: int) -> None:
        self.windows.append(messages)

    def next_s(self, after_s: float) -> float:
        return after_s

    def finding(self, code: str, text: str) -> None:
        self.findings[code] = text
        if not text:
            del self.findings[code]

    def of(self, signal: int) -> list[Row]:
        """The rows of one signal, as they came."""
        return [row for row in self.rows if row.signal == signal]

    def values(self, signal: int) -> list[float]:
        """The values of one signal, as they came."""
        return [row.value for row in self.of(signal)]

    async def until(self, true: Callable[[], bool], within_s: float = 10.0) -> None:
        """Return once it is true."""
        async with asyncio.timeout(within_s):
            while not true():  # noqa: ASYNC110 - what it asks is no event of ours
                await asyncio.sleep(0.01)


def rows_of(batch: Batch) -> list[Row]:
    """The rows of a batch."""
    columns = (batch.signal, batch.source_ns, batch.received_ns, batch.value, batch.status)
    return [Row(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
