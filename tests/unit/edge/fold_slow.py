"""A second implementation of the fold, slow and plain: one second at a time, in Python's integers.

It knows one machine whose counter only counts, samples on whole seconds, and shifts given as
instants. It shares no line with the product.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

PRODUCING, SETUP, DELAYED, EXTERNAL, IDLE, DOWN = 1, 2, 3, 4, 5, 6
STALE_S, SPLIT_S, GRID_S = 30, 60, 900
Told = list[tuple[int, int]]  # second, value


@dataclass
class Slow:
    """Samples of one machine and the calendar around them, in seconds since 1970."""

    state: Told
    good: Told
    product: list[tuple[int, str]]
    shifts: list[tuple[int, int, str]]
    breaks: list[tuple[int, int]]
    rows: dict[int, dict[str, object]] = field(default_factory=dict)
    loose: list[tuple[int, int, int]] = field(default_factory=list)

    def fold(self) -> None:
        """Fill `rows`, by start, and `loose`."""
        told = sorted({at for signal in (self.state, self.good, self.product) for at, _ in signal})
        first, last = told[0], told[-1]
        states = {second: self.state_at(second, told) for second in range(first, last)}
        starts = [second for second in range(first, last) if self.is_edge(second, first, states)]
        for start, end in zip(starts, [*starts[1:], last], strict=True):
            self.rows[start] = self.row(start, end, states)
        for (p, before), (i, after) in pairwise(self.good):
            self.put(p, i, after - before, starts, states)

    def state_at(self, second: int, told: list[int]) -> int:
        """What the machine does in one second; 0 = unknown."""
        said = [(at, value) for at, value in self.state if at <= second]
        if not said:
            return 0
        at, value = said[-1]
        near = [t for t in told if t >= at]
        for before, after in pairwise(near):
            if after - before > STALE_S and before <= second:
                return 0
        return value

    def context(self, second: int, states: dict[int, int]) -> tuple[str | None, str | None, bool]:
        """Product, shift and whether it is planned."""
        made = [text for at, text in self.product if at <= second]
        shift = [name for a, b, name in self.shifts if a <= second < b]
        planned = bool(shift) and not any(a <= second < b for a, b in self.breaks)
        planned = planned and states[second] != DOWN
        return made[-1] if made else None, shift[0] if shift else None, planned

    def is_edge(self, second: int, first: int, states: dict[int, int]) -> bool:
        """Whether a bucket begins here."""
        if second == first or second % GRID_S == 0:
            return True
        return self.context(second, states) != self.context(second - 1, states)

    def row(self, start: int, end: int, states: dict[int, int]) -> dict[str, object]:
        """One row without pieces."""
        product, shift, planned = self.context(start, states)
        lasted = [sum(states[s] == code for s in range(start, end)) for code in range(7)]
        own = lasted if planned else [0] * 7
        return {
            "t1": end,
            "product": product,
            "shift": shift,
            "planned": planned,
            "apt": own[PRODUCING],
            "aust": own[SETUP],
            "adet": own[DELAYED],
            "external": own[EXTERNAL],
            "adot": own[IDLE],
            "unknown": own[0],
            "outside": 0 if planned else lasted[PRODUCING],
            "gq": 0,
        }

    def put(self, p: int, i: int, count: int, starts: list[int], states: dict[int, int]) -> None:
        """Give the pieces of (p, i] to their buckets."""
        home = starts[bisect_right(starts, i) - 1]
        touched = [s for s in starts if s < i and self.end(s) > p]
        if touched == [home]:
            weights = {home: 1}
        else:
            weights = {
                s: sum(states[t] == PRODUCING for t in range(max(p, s), min(i, self.end(s))))
                for s in touched
            }
        kinds = {(self.rows[s]["product"], self.rows[s]["shift"]) for s in touched}
        if count and len(kinds) > 1 and i - p > SPLIT_S:
            self.loose.append((p, i, count))
            return
        total = sum(weights.values())
        if not total:
            weights, total = {home: 1}, 1
        share = {s: Fraction(count * weight, total) for s, weight in weights.items()}
        parts = {s: int(part) for s, part in share.items()}
        order = sorted(share, key=lambda s: (parts[s] - share[s], s))
        for s in order[: count - sum(parts.values())]:
            parts[s] += 1
        for s, part in parts.items():
            self.rows[s]["gq"] += part  # type: ignore[operator]  # it is a number

    def end(self, start: int) -> int:
        """Where the bucket of a start ends."""
        end = self.rows[start]["t1"]
        assert isinstance(end, int)
        return end
