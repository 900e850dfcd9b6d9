"""The last row of each signal, from runs and parts read latest first, as few as it takes."""

from collections.abc import Callable, Collection, Iterator

import numpy as np

from edge.archive.columns import NOTHING, Columns
from edge.archive.manifest import Part

NEVER_NS = -(1 << 63)


class Latest:
    """What is known so far of the last row of some signals."""

    def __init__(self, signals: Collection[int]) -> None:
        self.rows = NOTHING  # one for each signal that has any, by signal
        self._signals = np.sort(np.array(list(signals), np.uint32))
        self._times = np.full(len(self._signals), NEVER_NS)
        self._asked = set[str]()

    def add(self, rows: Columns) -> None:
        """Learn from rows, of these signals only; of equal times the later block counts."""
        found = Columns.concat([self.rows, rows]).arranged()
        signal = found.batch.signal
        self.rows = found.take(np.flatnonzero(np.diff(signal, append=0)))  # 0 is nobody's
        place = np.searchsorted(self._signals, self.rows.batch.signal)
        self._times[place] = self.rows.batch.source_ns

    def wants(self, bound_ns: int) -> bool:
        """Whether rows up to that time could still change anything."""
        return bool((self._times <= bound_ns).any())

    def candidates(
        self, holding: Callable[[int, int], Iterator[Part]], before_ns: int
    ) -> list[Part]:
        """The parts to read next: for each signal the latest that could change its row."""
        found = dict[str, Part]()
        for signal, known_ns in zip(self._signals.tolist(), self._times.tolist(), strict=True):
            unread = (part for part in holding(signal, before_ns) if part.path not in self._asked)
            part = next(unread, None)
            if part is not None and min(part.last_ns, before_ns - 1) >= known_ns:
                found[part.path] = part
        self._asked |= found.keys()
        return list(found.values())
