"""Reading with what the journal does not hold yet.

Proofs of life are committed with rows, or once a minute where there are none. The engine looks
every second, so it is also told of the proofs that still wait.
"""

from collections.abc import Callable, Mapping

import numpy as np

from edge.history import History
from edge.ledger import Gap, SetAside
from edge.model import I64, Batch, Samples


class LiveReader:
    """The `Reader` of the running service: stores, and life that waits for its commit."""

    def __init__(self, history: History, waiting: Callable[[str], list[tuple[int, int]]]) -> None:
        self._history = history
        self._waiting = waiting

    @property
    def damaged(self) -> Mapping[str, str]:
        """Parts that could not be read and why; their rows are missing from every answer."""
        return self._history.damaged

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        """Samples with from_ns <= source_ns < to_ns of each path."""
        return self._history.samples(signals, from_ns, to_ns)

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        """The last sample before an instant of each path, one row or none."""
        return self._history.before(signals, at_ns)

    def blocks(self, after: int, limit: int = 64) -> list[tuple[int, Batch]]:
        """The committed blocks that follow a number, oldest first."""
        return self._history.blocks(after, limit)

    def paths(self) -> dict[int, str]:
        """Signal paths by dense id."""
        return self._history.paths()

    def symbols(self) -> dict[int, str]:
        """The texts behind the values of text signals."""
        return self._history.symbols()

    def gaps(self, from_ns: int, to_ns: int) -> list[Gap]:
        """What the sources themselves lost in an interval."""
        return self._history.gaps(from_ns, to_ns)

    def set_aside(self, from_ns: int, to_ns: int) -> list[SetAside]:
        """How many rows were set aside that came in an interval, by source and reason."""
        return self._history.set_aside(from_ns, to_ns)

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        """Proofs of life of a source as instants, sorted, the latest included.

        What waits is looked at first: a commit in between shows its proofs twice, never not at all.
        """
        ends = [end for span in self._waiting(source) for end in span if from_ns <= end < to_ns]
        kept = self._history.life(source, from_ns, to_ns)
        if not ends:
            return kept
        return np.unique(np.concatenate([kept, np.array(ends, np.int64)]))
