"""What a sink reads, in memory: a backlog that somebody left."""

import asyncio
from collections.abc import Mapping

from edge.model import Batch
from edge.site import Signal


class FeedOf:
    """Blocks that are all there from the start; whoever wants more waits for ever."""

    def __init__(
        self, blocks: list[Batch], signals: Mapping[int, Signal], symbols: Mapping[int, str]
    ) -> None:
        self._blocks = list(enumerate(blocks, start=1))
        self._signals = signals
        self._symbols = symbols
        self.drained = asyncio.Event()

    async def take(self, after: int) -> list[tuple[int, Batch]]:
        blocks = [block for block in self._blocks if block[0] > after]
        if not blocks:
            self.drained.set()
            await asyncio.Event().wait()
        return blocks

    async def fresh(self, after: int, most: int) -> list[tuple[int, Batch]]:
        assert most > 0
        return [block for block in self._blocks[-1:] if block[0] > after]

    def signal(self, signal: int) -> Signal | None:
        return self._signals.get(signal)

    def symbol(self, symbol: int) -> str:
        return self._symbols.get(symbol, "")
