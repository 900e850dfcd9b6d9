"""The samples that a fold of some lines needs, read in one call and put in order.

Of one signal's samples with one source time the last committed counts. Samples whose time is not
to be believed only say so (flag 8192). Process values are proofs of life and nothing else here, so
they are read only where nothing else proves that the device lived.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from edge.engine.machine.spans import distinct
from edge.model import BOOL, I64, SECOND_NS, STATUS_UNCERTAIN_CLOCK, Reader, Samples
from edge.site import Kind, Line, Machine, Signal

COUNTS = ("good", "scrap", "total", "rework")
HEARD = (*COUNTS, "energy")  # counters whose silence is not taken for rest
TEXTS = ("product", "order")
CODE = 0xFFFF_0000  # the part of a StatusCode that names it; the rest are details
NOTHING = Samples(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint32))


@dataclass(slots=True)
class Gathered:
    """Samples of some lines in [from_ns, to_ns), by path."""

    reader: Reader
    from_ns: int
    to_ns: int
    samples: dict[str, Samples]
    doubtful: dict[str, I64]  # times of samples whose time is not to be believed
    symbols: dict[int, str]
    ended: set[str] = field(default_factory=set)  # of which no sample follows to_ns
    _life: dict[str, I64] = field(default_factory=dict)
    _alive: dict[tuple[str, str, int, int], I64] = field(default_factory=dict)

    def of(self, signal: Signal, from_ns: int, to_ns: int) -> Samples:
        """The samples of a signal in [from_ns, to_ns), one per instant."""
        found = self.samples.get(signal.path, NOTHING)
        rows = slice(*found.source_ns.searchsorted([from_ns, to_ns]).tolist())
        return Samples(found.source_ns[rows], found.value[rows], found.status[rows])

    def alive(
        self, machine: Machine, source: str, from_ns: int, to_ns: int, proof_ns: int | None
    ) -> I64:
        """Proofs of life of the device of a source in [from_ns, to_ns), sorted.

        Where what was read leaves a gap that is too long, all else that the device sent is read.

        Args:
            machine: whose device it is.
            source: id of the source.
            from_ns: begin.
            to_ns: end.
            proof_ns: the last proof before `from_ns`, where there is one.
        """
        key = machine.path, source, from_ns, to_ns
        if key not in self._alive:
            self._alive[key] = self._proofs(machine, source, (from_ns, to_ns), proof_ns)
        return self._alive[key]

    def _proofs(
        self, machine: Machine, source: str, span: tuple[int, int], proof_ns: int | None
    ) -> I64:
        """The same without remembering it."""
        (from_ns, to_ns), same = span, machine.by_source[source]
        told = [other for other in machine.telling if other.source == source]
        read = [other for other in told if other.path in self.samples]
        times = [self.of(other, from_ns, to_ns).source_ns for other in read]
        life = self.lived(source)
        times.append(distinct(life[slice(*life.searchsorted([from_ns, to_ns]).tolist())]))
        known = together(times)
        if len(read) == len(same):
            return known
        fence = np.concatenate([[from_ns if proof_ns is None else proof_ns], known, [to_ns]])
        silent = np.flatnonzero(np.diff(fence) > machine.patience_s[source] * SECOND_NS)
        if not len(silent):  # as nearly always: hundreds of process values need not be looked up
            return known
        more = [known]
        unread = [other.path for other in same if other.path not in self.samples]
        for gap in silent.tolist():
            begin_ns = max(from_ns, int(fence[gap]))
            found = self.reader.samples(unread, begin_ns, int(fence[gap + 1]))
            more.extend(ordered(each)[0].source_ns for each in found.values())
        return together(more)

    def lived(self, source: str) -> I64:
        """Proofs of life of a source besides its samples, sorted."""
        if source not in self._life:
            self._life[source] = self.reader.life(source, self.from_ns, self.to_ns)
        return self._life[source]


def together(times: list[I64]) -> I64:
    """All instants of some columns, each of which has them in order and once."""
    unlike: list[I64] = []
    for each in times:  # a PLC stamps all that it sampled alike
        if len(each) and not (unlike and np.array_equal(each, unlike[-1])):
            unlike.append(each)
    if len(unlike) == 1:
        return unlike[0]
    return distinct(np.concatenate([NOTHING.source_ns, *unlike]))


def gather(reader: Reader, lines: Iterable[Line], from_ns: int, to_ns: int) -> Gathered:
    """Read what the folds of `lines` need of [from_ns, to_ns)."""
    wanted = [signal for line in lines for signal in needed(line)]
    samples: dict[str, Samples] = {}
    doubtful: dict[str, I64] = {}
    found = reader.samples([signal.path for signal in wanted], from_ns, to_ns)
    for signal in wanted:
        samples[signal.path], doubtful[signal.path] = ordered(found.get(signal.path, NOTHING))
    symbols = reader.symbols() if any(signal.values_are_text for signal in wanted) else {}
    return Gathered(reader, from_ns, to_ns, samples, doubtful, symbols)


def further(
    reader: Reader, lines: Iterable[Line], before: Gathered | None, span: tuple[int, int]
) -> Gathered:
    """Go on from what was gathered before: only what lies behind that is read.

    Args:
        reader: of samples.
        lines: the same as before.
        before: begins no later than the span, and is emptied: both at once would not fit; None =
            nothing was gathered yet.
        span: of what is wanted.
    """
    if before is None:
        return gather(reader, lines, *span)
    kept = {path: since(before.samples.pop(path), span[0]) for path in list(before.samples)}
    fresh = gather(reader, lines, before.to_ns, span[1])
    for path, found in fresh.samples.items():
        old = kept.pop(path)
        fresh.samples[path] = Samples(
            np.concatenate([old.source_ns, found.source_ns]),
            np.concatenate([old.value, found.value]),
            np.concatenate([old.status, found.status]),
        )
        fresh.doubtful[path] = np.concatenate([before.doubtful[path], fresh.doubtful[path]])
    fresh.from_ns = span[0]
    return fresh


def since(samples: Samples, from_ns: int) -> Samples:
    """A copy of the samples from an instant on, so that the others can be forgotten."""
    rows = slice(int(samples.source_ns.searchsorted(from_ns)), None)
    source_ns, value, status = samples
    return Samples(source_ns[rows].copy(), value[rows].copy(), status[rows].copy())


def needed(line: Line) -> list[Signal]:
    """The signals of a line that mean something to the element table."""
    return [
        signal
        for machine in line.machines
        for signal in machine.telling
        if is_counted(signal) or signal.name in TEXTS or signal.kind is Kind.STATE
    ]


def is_counted(signal: Signal) -> bool:
    """Whether a signal is a counter that fills a column or the usage table."""
    if signal.kind is not Kind.COUNTER:
        return False
    return signal.name in COUNTS or signal.name == "energy" or signal.material is not None


def state_of(machine: Machine) -> Signal | None:
    """The signal that tells what a machine does; None where nothing does."""
    signal = machine.signals.get("state")
    return signal if signal is not None and signal.kind is Kind.STATE else None


def ordered(samples: Samples) -> tuple[Samples, I64]:
    """One sample per instant, the last committed; and the times that are not to be believed."""
    time_ns = samples.source_ns
    uncertain = (samples.status & CODE) == STATUS_UNCERTAIN_CLOCK
    if not uncertain.any() and bool((time_ns[1:] > time_ns[:-1]).all()):
        return samples, NOTHING.source_ns  # as nearly always: nothing is copied
    kept: BOOL = ~uncertain
    if uncertain.any():
        time_ns = time_ns[kept]
    last = np.ones(len(time_ns), np.bool_)
    last[:-1] = time_ns[1:] != time_ns[:-1]
    rows = np.flatnonzero(kept)[last]
    chosen = Samples(samples.source_ns[rows], samples.value[rows], samples.status[rows])
    return chosen, samples.source_ns[uncertain]


def good(samples: Samples) -> BOOL:
    """Which samples may be used: GOOD ones whose value is known."""
    usable: BOOL = (samples.status >> 30) == 0
    return usable & ~np.isnan(samples.value)
