"""How far back news reach: a reading changes all time since the reading before it."""

from collections.abc import Iterator

import numpy as np

from edge.engine.anchors import Anchor, MachineAnchor
from edge.engine.gather import COUNTS, Gathered, good, is_counted, state_of
from edge.engine.lines import LineRules
from edge.model import I64
from edge.site import Machine

BETWEEN = 2  # a reading that fell or jumped is judged by its follower


class News:
    """What was gathered of a line behind an anchor, of which all from `dirty_ns` on is new."""

    def __init__(self, gathered: Gathered, from_ns: int, dirty_ns: int) -> None:
        self._gathered, self._from_ns, self._dirty_ns = gathered, from_ns, dirty_ns

    def reach_back(self, rules: LineRules, anchor: Anchor) -> int:
        """From when on rows may have changed; the start itself where it stands between."""
        found = [self._from_ns]
        for machine in rules.line.machines:
            found.extend(self._reaches(machine, anchor.machines.get(machine.id, MachineAnchor())))
        exits = [(m, anchor.machines.get(m.id, MachineAnchor())) for m in rules.exits]
        if anchor.gap_ns is not None and all(self._no_piece(m, before) for m, before in exits):
            found.append(anchor.gap_ns)
        return min(found)

    def _reaches(self, machine: Machine, before: MachineAnchor) -> Iterator[int]:
        """What of a machine lies before the start and is met by news."""
        for signal in machine.signals.values():
            readings = before.readings.get(signal.name, ()) if is_counted(signal) else ()
            if readings and self._meets(self._times(machine, signal.name), BETWEEN):
                yield readings[0][0]
        if self._no_piece(machine, before):
            yield from (at for at in (before.gap_ns, before.part_ns) if at is not None)
        state = state_of(machine)
        proofs = dict(before.lived)
        if state is not None and before.proof_ns is not None:
            proofs[state.source] = min(before.proof_ns, proofs.get(state.source, before.proof_ns))
        for source, proof_ns in proofs.items():
            same = [name for name, s in machine.signals.items() if s.source == source]
            times = np.concatenate([self._times(machine, name) for name in same])
            lived = self._gathered.lived(source)
            if self._meets(np.sort(np.append(times, lived[lived >= self._from_ns])), 1):
                yield proof_ns

    def _times(self, machine: Machine, name: str) -> I64:
        """When a signal could be used."""
        samples = self._gathered.of(machine.signals[name], self._from_ns, self._gathered.to_ns)
        return samples.source_ns[good(samples)]

    def _meets(self, times: I64, between: int) -> bool:
        """Whether fewer than so many instants lie before the news, and at least one among them."""
        place = int(np.searchsorted(times, self._dirty_ns))
        return place < min(len(times), between)

    def _no_piece(self, machine: Machine, before: MachineAnchor) -> bool:
        """Whether no counter of pieces moved between the start and the news."""
        for name in COUNTS:
            readings = before.readings.get(name, ())
            if name not in machine.signals or not readings:
                continue
            samples = self._gathered.of(machine.signals[name], self._from_ns, self._dirty_ns)
            values = samples.value[good(samples)]
            if len(values) and bool((values != readings[-1][1]).any()):
                return False
        return True
