"""The samples of the last minutes, read once: each second's fold needs them again.

What always holds: it answers as the store beneath it does, row for row. It follows the committed
blocks by their numbers, whoever marks them, and asks the store for what it does not hold. A damaged
part that is put back brings rows without a block: what was held of before it is let go of within
minutes.

Signals that no fold needs are asked for as well, each second anew, while counters are silent and
only process values prove that their device lives: over a night or a weekend. They are held as long
as somebody asks, where they have not too many rows.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np

from edge.clock import Clock
from edge.model import BOOL, I64, SECOND_NS, Batch, Reader, Samples

LEAST_NS = 1800 * SECOND_NS  # held: a fold of the present wants a quarter of an hour and its margin
MOST_NS = 2100 * SECOND_NS
FURTHER_ROWS = 500_000  # of signals that no fold needs; 20 bytes each, 200 rows a second fit in
PROBE_NS = 60 * SECOND_NS  # of which the rows tell how many there are in all
EVER_NS = (1 << 63) - 1
BLOCKS_AT_ONCE = 64
NO_SAMPLES = Samples(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint32))


class Committed(Reader, Protocol):
    """All that is stored, and the committed blocks it came in."""

    @property
    def damaged(self) -> Mapping[str, str]:
        """Parts that could not be read and why; their rows are missing from every answer."""
        ...

    def blocks(self, after: int, limit: int = 64) -> list[tuple[int, Batch]]:
        """The blocks that follow a number, oldest first."""
        ...

    def paths(self) -> dict[int, str]:
        """Signal paths by dense id."""
        ...


class Recent:
    """A `Reader` over another, which holds what came lately of some signals."""

    def __init__(self, stored: Committed, paths: Iterable[str], clock: Clock) -> None:
        self._stored, self._clock = stored, clock
        self._samples = dict.fromkeys(paths, NO_SAMPLES)
        self._since_ns = EVER_NS  # from then on everything is held; nothing yet
        self._through = -1  # number of the last block that was looked at
        self._last = dict[str, Samples]()  # the last row before all that is held, or none, if known
        self._doubted = dict[str, int]()  # what a damaged part may hold of before an instant
        self._further = set[str]()  # of those that are held, what no fold needs
        self._asked = set[str]()  # of these, what somebody wanted since the old was let go of
        self._too_many = set[str]()  # what is not tried again before that
        self._paths = dict[int, str]()
        self._wanted: BOOL = np.empty(0, np.bool_)  # by dense id

    def blocks(self, after: int, limit: int = BLOCKS_AT_ONCE) -> list[tuple[int, Batch]]:
        """The blocks that follow a number; what they bring is noted on the way."""
        found = self._stored.blocks(after, limit)
        if self._since_ns == EVER_NS:
            self._through = found[-1][0] if found else after
        elif after == self._through:
            self._note(found)
        return found

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        """Samples with from_ns <= source_ns < to_ns of each path."""
        if not self._holds(signals, from_ns):
            return self._stored.samples(signals, from_ns, to_ns)
        return {path: between(self._samples[path], from_ns, to_ns) for path in signals}

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        """The last sample before an instant of each path, one row or none."""
        if self._samples.keys() >= set(signals) and self._holds(signals, self._since_ns):
            found = {path: between(self._samples[path], -EVER_NS, at_ns, 1) for path in signals}
            silent = [path for path, samples in found.items() if not len(samples.source_ns)]
            if not silent:
                return found
            if at_ns >= self._since_ns and self._knows_last(silent):
                return {**found, **{path: self._last[path] for path in silent}}
        return self._stored.before(signals, at_ns)

    def symbols(self) -> dict[int, str]:
        """The texts behind the values of text signals."""
        return self._stored.symbols()

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        """Proofs of life of a source as instants, sorted."""
        return self._stored.life(source, from_ns, to_ns)

    def _holds(self, signals: list[str], from_ns: int) -> bool:
        """Whether all that was committed of some signals since an instant is here, now."""
        if self._through < 0 or not self._too_many.isdisjoint(signals):
            return False
        now_ns = self._clock.wall_ns()
        if self._since_ns == EVER_NS:
            is_near = now_ns - from_ns < LEAST_NS and self._samples.keys() >= set(signals)
            return is_near and self._begin(now_ns - LEAST_NS)
        if from_ns < self._since_ns:
            return False
        self._asked |= self._further.intersection(signals)
        while found := self._stored.blocks(self._through, BLOCKS_AT_ONCE):
            self._note(found)
        if now_ns - self._since_ns > MOST_NS:
            self._forget(now_ns - LEAST_NS)
        missing = set(signals) - self._samples.keys()
        return from_ns >= self._since_ns and (not missing or self._take_in(missing, now_ns))

    def _knows_last(self, silent: list[str]) -> bool:
        """Whether the last rows before all that is held are known; they are asked for once."""
        if unknown := [path for path in silent if path not in self._last]:
            found = self._stored.before(unknown, self._since_ns)
            if self._stored.blocks(self._through, 1):
                return False
            self._last.update({path: copied(samples) for path, samples in found.items()})
            self._doubt(unknown, self._since_ns)
        return True

    def _take_in(self, missing: set[str], now_ns: int) -> bool:
        """Hold further signals from now on; False where they are too many, or blocks came."""
        paths = sorted(missing)
        probe = self._stored.samples(paths, now_ns - PROBE_NS, EVER_NS)
        if rows_of(probe.values()) * (now_ns - self._since_ns) // PROBE_NS > FURTHER_ROWS:
            self._too_many |= missing
            return False
        found = self._stored.samples(paths, self._since_ns, EVER_NS)
        if self._stored.blocks(self._through, 1):
            return False
        self._samples.update({path: copied(samples) for path, samples in found.items()})
        self._doubt(paths, now_ns)
        self._further |= missing
        self._asked |= missing
        self._wanted = np.empty(0, np.bool_)
        return True

    def _begin(self, since_ns: int) -> bool:
        """Read all since an instant; False where blocks are committed that it may hold or not."""
        if self._stored.blocks(self._through, 1):
            return False
        found = self._stored.samples(list(self._samples), since_ns, EVER_NS)
        if self._stored.blocks(self._through, 1):
            return False
        self._samples.update({path: copied(samples) for path, samples in found.items()})
        self._doubt(list(found), since_ns + LEAST_NS)
        self._since_ns = since_ns
        return True

    def _doubt(self, paths: list[str], end_ns: int) -> None:
        """Note that what was read of before an instant may lack rows that come back."""
        if self._stored.damaged:
            self._doubted |= dict.fromkeys(paths, end_ns)

    def _forget(self, since_ns: int) -> None:
        """Let go of what lies before an instant, and of signals that nobody asks for any more."""
        if rows_of(self._samples[path] for path in self._further) > FURTHER_ROWS:
            self._asked = set()
        for path in self._further - self._asked:
            del self._samples[path]
            self._last.pop(path, None)
        self._further, self._asked, self._too_many = self._asked, set(), set()
        self._wanted = np.empty(0, np.bool_)
        for path, samples in self._samples.items():
            if len((last := between(samples, -EVER_NS, since_ns, 1)).source_ns):
                self._last[path] = copied(last)
            self._samples[path] = copied(between(samples, since_ns, EVER_NS))
        for path in self._doubted:
            self._last.pop(path, None)
        self._doubted = {path: end for path, end in self._doubted.items() if end > since_ns}
        self._since_ns = since_ns

    def _note(self, found: list[tuple[int, Batch]]) -> None:
        """Add the rows of the next blocks."""
        for number, batch in found:
            self._add(batch)
            self._through = number

    def _add(self, batch: Batch) -> None:
        """Add the rows of one block behind those of the same instant."""
        if len(self._wanted) <= int(batch.signal.max(initial=0)):  # ids are dense and for good
            self._paths = self._stored.paths()
            last = max([0, *self._paths, *batch.signal.tolist()])
            known = (self._paths.get(number) in self._samples for number in range(last + 1))
            self._wanted = np.fromiter(known, np.bool_, last + 1)
        wanted, held = self._wanted[batch.signal], batch.source_ns >= self._since_ns
        for number in np.unique(batch.signal[wanted & ~held]).tolist():
            self._last.pop(self._paths[number], None)  # it may be later than the one that is known
        rows = np.flatnonzero(wanted & held)
        order = rows[np.lexsort((batch.source_ns[rows], batch.signal[rows]))]
        numbers, starts = np.unique(batch.signal[order], return_index=True)
        places = np.split(order, starts[1:]) if len(order) else []
        for number, place in zip(numbers.tolist(), places, strict=True):
            fresh = Samples(batch.source_ns[place], batch.value[place], batch.status[place])
            path = self._paths[number]
            self._samples[path] = merged(self._samples[path], fresh)


def rows_of(some: Iterable[Samples]) -> int:
    """How many rows there are in all."""
    return sum(len(samples.source_ns) for samples in some)


def between(samples: Samples, from_ns: int, to_ns: int, most: int | None = None) -> Samples:
    """The samples of [from_ns, to_ns), at most the last so many."""
    start, end = samples.source_ns.searchsorted([from_ns, to_ns]).tolist()
    rows = slice(start if most is None else max(start, end - most), end)
    return Samples(samples.source_ns[rows], samples.value[rows], samples.status[rows])


def copied(samples: Samples) -> Samples:
    """The same in memory of their own, so that what they were cut from can be forgotten."""
    source_ns, value, status = samples
    return Samples(source_ns.copy(), value.copy(), status.copy())


def merged(old: Samples, fresh: Samples) -> Samples:
    """Both in order of time; of one instant the old ones first."""
    times = np.concatenate([old.source_ns, fresh.source_ns])
    value = np.concatenate([old.value, fresh.value])
    status = np.concatenate([old.status, fresh.status])
    if not len(old.source_ns) or old.source_ns[-1] <= fresh.source_ns[0]:
        return Samples(times, value, status)
    order = np.argsort(times, kind="stable")
    return Samples(times[order], value[order], status[order])
