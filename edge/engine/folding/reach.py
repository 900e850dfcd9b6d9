"""How far back news reach: a reading changes all time since the reading before it."""

from collections.abc import Iterator

import numpy as np

from edge.engine.folding.lines import LineRules
from edge.engine.machine.anchors import Anchor, MachineAnchor
from edge.engine.machine.gather import COUNTS, HEARD, Gathered, good, is_counted, state_of
from edge.site import Machine, Signal

BETWEEN = 2  # a reading that fell or jumped is judged by its follower


class News:
    """What is found of a line behind an anchor, of which all from `dirty_ns` on is new."""

    def __init__(self, rules: LineRules, anchor: Anchor, from_ns: int, dirty_ns: int) -> None:
        self._rules, self._anchor = rules, anchor
        self._from_ns, self._dirty_ns = from_ns, dirty_ns
        self._seen_ns = from_ns
        self._first: dict[str, list[int]] = {}  # by path: the first times at which it could be used
        self._spoilt: dict[str, int] = {}  # by path: the first time at which it could not
        self._lived: dict[str, int] = {}  # by source: the first proof of life besides samples
        self._moved: set[str] = set()  # paths of counters that moved before the news

    def look(self, gathered: Gathered) -> None:
        """Look at what was gathered behind all that was looked at before."""
        for machine in self._rules.line.machines:
            readings = self._before(machine).readings
            self._note_life(machine, gathered)
            read = [one for one in machine.telling if one.path in gathered.samples]
            for signal in read:
                self._note_first(signal, gathered)
                if signal.name in COUNTS and readings.get(signal.name):
                    self._note_moved(signal, gathered, readings[signal.name][-1][1])
        self._seen_ns = max(self._seen_ns, gathered.to_ns)

    def reach_back(self) -> int:
        """From when on rows may have changed; the start itself where it stands between."""
        found = [self._from_ns]
        for machine in self._rules.line.machines:
            found.extend(self._reaches(machine, self._before(machine)))
        gap_ns = self._anchor.gap_ns
        if gap_ns is not None and all(self._no_piece(machine) for machine in self._rules.exits):
            found.append(gap_ns)
        return min(found)

    def _before(self, machine: Machine) -> MachineAnchor:
        """What the time before the start means for a machine."""
        return self._anchor.machines.get(machine.id, MachineAnchor())

    def _note_first(self, signal: Signal, gathered: Gathered) -> None:
        """Note when a signal could be used first, and a silent counter first could not."""
        first = self._first.setdefault(signal.path, [])
        if len(first) < BETWEEN:
            samples = gathered.of(signal, self._seen_ns, gathered.to_ns)
            usable = good(samples)
            first.extend(samples.source_ns[usable][: BETWEEN - len(first)].tolist())
            if signal.name in HEARD and len(first) < BETWEEN and not usable.all():
                spoilt_ns = int(samples.source_ns[np.flatnonzero(~usable)[0]])
                self._spoilt.setdefault(signal.path, spoilt_ns)

    def _note_life(self, machine: Machine, gathered: Gathered) -> None:
        """Note when the sources of a machine lived first."""
        for source in {one.source for one in machine.telling} - self._lived.keys():
            lived = gathered.lived(source)
            for proof_ns in lived[lived >= self._seen_ns][:1].tolist():
                self._lived[source] = proof_ns

    def _note_moved(self, signal: Signal, gathered: Gathered, value: float) -> None:
        """Note whether a counter moved from its last value before the news."""
        if signal.path not in self._moved and self._seen_ns < self._dirty_ns:
            samples = gathered.of(signal, self._seen_ns, self._dirty_ns)
            if bool((samples.value[good(samples)] != value).any()):
                self._moved.add(signal.path)

    def _reaches(self, machine: Machine, before: MachineAnchor) -> Iterator[int]:
        """What of a machine lies before the start and is met by news."""
        for signal in machine.telling:
            readings = before.readings.get(signal.name, ()) if is_counted(signal) else ()
            news = list(self._first.get(signal.path, []))
            if signal.name not in before.unusable_ns and signal.path in self._spoilt:
                news.append(self._spoilt[signal.path])
            if readings and self._meets(news):
                yield readings[0][0]
        if self._no_piece(machine):
            yield from (at for at in (before.gap_ns, before.part_ns) if at is not None)
        state = state_of(machine)
        proofs = dict(before.lived)
        if state is not None and before.proof_ns is not None:
            proofs[state.source] = min(before.proof_ns, proofs.get(state.source, before.proof_ns))
        for source, proof_ns in proofs.items():
            same = [s.path for s in machine.telling if s.source == source]
            first = [time for path in same for time in self._first.get(path, [])[:1]]
            first += [self._lived[source]] if source in self._lived else []
            if self._meets(sorted(first)[:1]):
                yield proof_ns

    def _meets(self, times: list[int]) -> bool:
        """Whether any of the first instants is of the news."""
        return any(time >= self._dirty_ns for time in times)

    def _no_piece(self, machine: Machine) -> bool:
        """Whether no counter of pieces moved between the start and the news."""
        return not any(
            machine.signals[name].path in self._moved for name in COUNTS if name in machine.signals
        )
