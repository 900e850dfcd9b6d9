"""Values that hold from one instant or day to the next: what held when is asked here."""

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from edge.model import I64

Value = TypeVar("Value")
EVER = np.iinfo(np.int64).min


class Turns(NamedTuple, Generic[Value]):
    """What holds from each of some sorted instants or days on; the first holds since ever."""

    since: I64
    values: tuple[Value, ...]

    @classmethod
    def of(cls, turns: Iterable[int], value_at: Callable[[int], Value]) -> "Turns[Value]":
        """The values at some turns and before the first of them.

        Args:
            turns: where something may change.
            value_at: what holds at one of them.
        """
        since = np.array([EVER, *sorted(set(turns))], np.int64)
        first = int(since[1]) - 1 if len(since) > 1 else 0
        return cls(since, tuple(value_at(at) for at in (first, *since[1:].tolist())))

    def value_at(self, at: int) -> Value:
        """What holds at one instant or day."""
        return self.values[int(self.since.searchsorted(at, "right")) - 1]

    def places(self, at: I64) -> I64:
        """Which of the values holds at each of some instants or days."""
        return self.since.searchsorted(at, "right") - 1
