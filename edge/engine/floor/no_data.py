"""Why the board says of a machine that there is no data, though its source is connected.

Two causes, each told with what to do: what tells the machine's state is silent or bad, or its value
is in no `map`. The health page names them, so that board and health never disagree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from edge.engine.floor.conditions import Condition, condition
from edge.engine.floor.states import REACH_NS
from edge.engine.folding.scanning import Blocks, source_of
from edge.engine.machine.gather import COUNTS, good, state_of
from edge.engine.view import View
from edge.model import BOOL, DAY_NS, SECOND_NS, Batch, Reader, Samples
from edge.records.parts import read_spans
from edge.site import Kind, Machine, Signal, Site
from kpi.states import State

RECOUNT_NS = 60 * SECOND_NS
FEW = 2  # signals counted in one look: a day of one takes 0.1 s, in which no frame is shown
MOST_VALUES = 3  # of one signal that are named
MOST_CODES = 8


class Unclear(NamedTuple):
    """A machine or signal that tells nothing, and why."""

    source: str
    code: str  # of the finding
    text: str


def speechless(view: View, now_ns: int) -> Iterator[Unclear]:
    """The machines that the board shows without data now, and what their signals lack."""
    for line in view.site.lines:
        spans = read_spans(view.records, line.id, now_ns - REACH_NS, now_ns)
        for machine in line.machines:
            source = source_of(machine)
            seen = condition(view, line, machine, spans.of(machine.id), now_ns)
            if source is None or seen.state is not State.UNKNOWN:
                continue
            if text := cause(view, machine, seen, now_ns):
                yield Unclear(source, f"no data/{machine.path}", text)


def cause(view: View, machine: Machine, seen: Condition, now_ns: int) -> str:
    """Why nobody knows what a machine does; nothing where its value has no meaning."""
    signals = {signal.path: signal for signal in telling(machine)}
    last = view.reader.before(list(signals), now_ns + 1)
    spoken = {path: samples for path, samples in last.items() if len(samples.source_ns)}
    if not spoken:
        return f"{', '.join(signals)}: no value has come yet"
    path, samples = max(spoken.items(), key=lambda one: int(one[1].source_ns[-1]))
    at = view.time(int(samples.source_ns[-1]))
    if not good(samples).all():
        return f"{path}: its value is bad (StatusCode 0x{int(samples.status[-1]):08X}) since {at}"
    if not seen.fresh:
        return f"{path}: the last value came at {at}, and nothing proves since that it holds"
    if foreign(signals[path], samples, view.reader.symbols()).any():
        return ""
    return f"{path}: what came last, at {at}, does not tell what the machine does"


def telling(machine: Machine) -> list[Signal]:
    """The signals that tell what a machine does: its state, or else its counters."""
    state = state_of(machine)
    return [state] if state else [machine.signals[n] for n in COUNTS if n in machine.signals]


def foreign(signal: Signal, samples: Samples, symbols: Mapping[int, str]) -> BOOL:
    """Which samples of a state signal are good and yet not in its map."""
    if signal.kind is not Kind.STATE:
        return np.zeros(len(samples.value), np.bool_)
    known = (
        [number for number, text in symbols.items() if text in signal.map]
        if signal.values_are_text
        else [float(code) for code in signal.map]
    )
    unknown: BOOL = ~np.isin(samples.value, np.array(known, np.float64))
    return unknown & good(samples)


class Unmapped:
    """Watches what comes for values that no map holds, and counts them over the last day."""

    def __init__(self, site: Site, reader: Reader) -> None:
        self._reader = reader
        self._states = {p: s for p, s in site.signals().items() if s.kind is Kind.STATE}
        self._counted_ns = dict.fromkeys(self._states, 0)  # of suspects; all that came before us
        self._found: dict[str, Unclear] = {}

    def reading(self, blocks: Blocks, paths: Mapping[int, str]) -> Blocks:
        """The same blocks, each looked at on its way to who asked for it."""
        known = {number: self._states[p] for number, p in paths.items() if p in self._states}
        ids = np.array(sorted(known), np.uint32)

        def read(after: int, limit: int) -> list[tuple[int, Batch]]:
            found = blocks(after, limit)
            for _, batch in found:
                self._look_at(batch.take(np.isin(batch.signal, ids)), known)
            return found

        return read

    def _look_at(self, states: Batch, known: Mapping[int, Signal]) -> None:
        """Suspect the signals of which rows have a value without a meaning."""
        for number in np.unique(states.signal).tolist():
            signal = known[number]
            if signal.path not in self._counted_ns:
                rows = states.take(states.signal == number)
                samples = Samples(rows.source_ns, rows.value, rows.status)
                if foreign(signal, samples, self._reader.symbols()).any():
                    self._counted_ns[signal.path] = 0

    def found(self, view: View, now_ns: int) -> list[Unclear]:
        """The signals that had such values in the last day; a few are counted anew in each look."""
        due = [p for p, at in self._counted_ns.items() if not 0 <= now_ns - at < RECOUNT_NS]
        for path in sorted(due, key=self._counted_ns.__getitem__)[:FEW]:
            self._counted_ns[path] = now_ns
            if one := self._counted(view, path, now_ns):
                self._found[path] = one
            else:
                del self._counted_ns[path]
                self._found.pop(path, None)
        return list(self._found.values())

    def _counted(self, view: View, path: str, now_ns: int) -> Unclear | None:
        """How often a signal had values without a meaning; None where it had none."""
        signal, symbols = self._states[path], self._reader.symbols()
        samples = self._reader.samples([path], now_ns - DAY_NS, now_ns + 1)[path]
        rows = np.flatnonzero(foreign(signal, samples, symbols))
        if not len(rows):
            return None
        value, times = np.unique(samples.value[rows], return_counts=True)
        often = Counter(dict(zip(value.tolist(), times.tolist(), strict=True)))
        said = [
            f"{named(signal, one, symbols)} ({times_of(n)})"
            for one, n in often.most_common(MOST_VALUES)
        ]
        more = f" and {len(often) - MOST_VALUES} more" if len(often) > MOST_VALUES else ""
        first, last = (view.time(int(samples.source_ns[row])) for row in (rows[0], rows[-1]))
        codes = [str(code) for code in signal.map]
        kept = ", ".join(codes[:MOST_CODES]) + (", …" if len(codes) > MOST_CODES else "")
        text = f"{path}: {', '.join(said)}{more}; first {first}, last {last}; its map has {kept}"
        return Unclear(signal.source, f"unmapped/{path}", text)


def times_of(n: int) -> str:
    """How often, in words."""
    return "once" if n == 1 else f"{n:,} times"


def named(signal: Signal, value: float, symbols: Mapping[int, str]) -> str:
    """A value of a state signal as people know it, quoted."""
    text = symbols.get(int(value), "") if signal.values_are_text else f"{value:g}"
    return f"'{text[:40]}'"
