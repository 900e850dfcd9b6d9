"""What a line shows while it runs: every second its counters and gauges, every change at once.

The truth is read a minute ahead, column by column, so that a second costs next to nothing; a fault
throws the minute away.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from simulators.faults import Faults
from simulators.line import F64, SECOND_NS, Line
from simulators.readings import changes, read, shown
from simulators.shifts import HOUR_NS
from simulators.signals import Signal, signals
from simulators.simulation import Simulation

AHEAD_S = 60
SPARE_NS = 6 * HOUR_NS  # how far the simulation is kept ahead


class Shown(NamedTuple):
    """One value as it leaves the plant."""

    signal: Signal
    source_ns: int
    value: float | str | None  # None where the quality is Bad


class Panel:
    """One line's signals at an instant, with its faults."""

    def __init__(self, simulation: Simulation) -> None:
        self.line: Line = simulation.line
        self.signals = signals(self.line)
        self.faults = Faults()
        self._simulation = simulation
        self.truth = simulation.truth()
        self._first_s = 0
        self._ahead: dict[str, F64] = {}

    def every_second(self, at_ns: int) -> list[Shown]:
        """Counters and gauges at a whole second."""
        place = at_ns // SECOND_NS - self._first_s
        if not self._ahead or not 0 <= place < AHEAD_S:
            self._look_ahead(at_ns)
            place = at_ns // SECOND_NS - self._first_s
        return [
            self._show(signal, at_ns, float(self._ahead[signal.path][place]))
            for signal in self.signals
            if signal.live and not self.faults.is_silent(signal, at_ns)
        ]

    def changed(self, from_ns: int, to_ns: int) -> list[Shown]:
        """States and products that change in [from_ns, to_ns), each at its instant, in order."""
        found = [
            (int(at_ns), signal)
            for signal in self.signals
            if not signal.live
            for at_ns in self._edges(signal, from_ns, to_ns)
        ]
        return [
            self._show(signal, at_ns, self.value(signal, at_ns))
            for at_ns, signal in sorted(found, key=_instant)
            if not self.faults.is_silent(signal, at_ns)
        ]

    def next_change(self, from_ns: int, to_ns: int) -> int:
        """The first instant in [from_ns, to_ns) at which a state or product changes; or `to_ns`."""
        first = [
            self._edges(signal, from_ns, to_ns)[:1] for signal in self.signals if not signal.live
        ]
        return min((edge for edges in first for edge in edges), default=to_ns)

    def all(self, at_ns: int) -> list[Shown]:
        """Every signal as it stands: what a PLC shows when it comes up."""
        return [self._show(signal, at_ns, self.value(signal, at_ns)) for signal in self.signals]

    def of_machine(self, machine: str, at_ns: int) -> list[Shown]:
        """States and products of one machine as they stand."""
        return [
            self._show(signal, at_ns, self.value(signal, at_ns))
            for signal in self.signals
            if signal.machine == machine and not signal.live
        ]

    def value(self, signal: Signal, at_ns: int) -> float:
        """One reading, with what holds a machine or has reset its counters."""
        hold = self.faults.held(signal.machine, at_ns)
        if signal.kind == "state" and hold is not None:
            return float(self.line.dialect[hold.cause])
        return self._read(signal, at_ns, 1).item()

    def counts(self, machine: str, from_ns: int, to_ns: int) -> dict[str, int]:
        """What a machine really made in (from_ns, to_ns], holds taken off."""
        self._grow(to_ns)
        ends = np.array([from_ns, to_ns])
        like = next(signal for signal in self.signals if signal.machine == machine)
        return {
            name: np.diff(self.faults.counted(self.truth, replace(like, name=name), ends)).item()
            for name in ("total", "good", "scrap")
        }

    def forget(self) -> None:
        """A fault has changed what will be shown."""
        self._ahead.clear()

    def _look_ahead(self, at_ns: int) -> None:
        self._grow(at_ns)
        self._first_s = at_ns // SECOND_NS
        self._ahead = {
            signal.path: self._read(signal, at_ns, AHEAD_S)
            for signal in self.signals
            if signal.live
        }

    def _read(self, signal: Signal, at_ns: int, seconds: int) -> F64:
        instants = at_ns + np.arange(seconds) * SECOND_NS
        if signal.kind != "counter":
            return read(self.truth, signal, instants)
        counted = self.faults.counted(self.truth, signal, instants)
        return shown(signal, counted + self.faults.base(self.truth, signal))

    def _edges(self, signal: Signal, from_ns: int, to_ns: int) -> list[int]:
        """When a signal changes by itself or because a hold ends."""
        self._grow(to_ns)
        edges: list[int] = changes(self.truth, signal, from_ns, to_ns).tolist()
        if signal.kind == "text":
            return edges
        holds = self.faults.holds.get(signal.machine, [])
        free = [edge for edge in edges if self.faults.held(signal.machine, edge) is None]
        return sorted({*free, *(h.to_ns for h in holds if from_ns <= h.to_ns < to_ns)})

    def _grow(self, at_ns: int) -> None:
        if at_ns + SPARE_NS > self.truth.end_ns:
            self._simulation.grow(at_ns + SPARE_NS)
            self.truth = self._simulation.truth()

    def _show(self, signal: Signal, at_ns: int, value: float) -> Shown:
        source_ns = self.faults.source_ns(signal.source, at_ns)
        if self.faults.is_bad(signal, at_ns):
            return Shown(signal, source_ns, None)
        if signal.kind == "text":
            return Shown(signal, source_ns, self.line.products[int(value)])
        return Shown(signal, source_ns, self.faults.glitch(signal, value))


def _instant(found: tuple[int, Signal]) -> int:
    return found[0]
