"""Behaviour on demand: what a plant's machines, PLCs and sensors do wrong, and since when.

Faults change what a line shows and, where a machine is held, what it makes. The truth stays the
truth: what a held machine did not make is taken off it here, in one place, for all who ask.
"""

from dataclasses import dataclass, field

import numpy as np

from simulators.line import I64, SECOND_NS, Cause
from simulators.readings import quantity
from simulators.signals import Signal
from simulators.truth import LineTruth

FOREVER_NS = 1 << 62
GLITCH_SHARE = 0.5  # what a glitch shows of the true reading


@dataclass(slots=True)
class Hold:
    """A machine that stands although the simulation lets it run."""

    from_ns: int
    to_ns: int
    cause: Cause


@dataclass(slots=True)
class Faults:
    """All that is wrong with one line. Keys are machines, signals' paths, or ids of sources."""

    holds: dict[str, list[Hold]] = field(default_factory=dict)
    zeroed_ns: dict[str, int] = field(default_factory=dict)  # PLC: when its counters began at 0
    glitches: dict[str, float | None] = field(default_factory=dict)  # shown once; None: half
    bad: dict[str, int] = field(default_factory=dict)  # until when
    silent: dict[str, int] = field(default_factory=dict)  # until when
    frozen: dict[str, tuple[int, int]] = field(default_factory=dict)  # stands at, until when

    def hold(self, machine: str, at_ns: int, to_ns: int, cause: Cause) -> None:
        """Stop a machine; it loses what it would have made. A hold ends the one before it."""
        self.release(machine, at_ns)
        self.holds.setdefault(machine, []).append(Hold(at_ns, to_ns, cause))

    def release(self, machine: str, at_ns: int) -> None:
        """Let a machine go on."""
        for hold in self.holds.get(machine, []):
            hold.to_ns = min(hold.to_ns, at_ns)

    def held(self, machine: str, at_ns: int) -> Hold | None:
        """What holds a machine at an instant."""
        holds = self.holds.get(machine, [])
        return next((hold for hold in holds if hold.from_ns <= at_ns < hold.to_ns), None)

    def counted(self, truth: LineTruth, signal: Signal, at_ns: I64) -> I64:
        """What a counter has counted since the plant was new, without what holds prevented."""
        counted = quantity(truth, signal, at_ns)
        if signal.name == "energy":
            return counted
        for hold in self.holds.get(signal.machine, []):
            until_end = quantity(truth, signal, np.minimum(at_ns, hold.to_ns))
            until_start = quantity(truth, signal, np.minimum(at_ns, hold.from_ns))
            counted = counted - (until_end - until_start)
        return counted

    def base(self, truth: LineTruth, signal: Signal) -> int:
        """What to add to a count to get the register: its old reading, or minus that at a reset."""
        zeroed_ns = self.zeroed_ns.get(signal.source)
        if zeroed_ns is None:
            return signal.base
        return -self.counted(truth, signal, np.array([zeroed_ns])).item()

    def is_silent(self, signal: Signal, at_ns: int) -> bool:
        """Whether a signal, or its source, says nothing."""
        return at_ns < max(self.silent.get(signal.path, 0), self.silent.get(signal.source, 0))

    def is_bad(self, signal: Signal, at_ns: int) -> bool:
        """Whether a signal's value is not to be used."""
        return at_ns < self.bad.get(signal.path, 0)

    def source_ns(self, source: str, at_ns: int) -> int:
        """What the clock of a source shows."""
        stands_ns, until_ns = self.frozen.get(source, (0, 0))
        return stands_ns if at_ns < until_ns else at_ns

    def glitch(self, signal: Signal, value: float) -> float:
        """The value to show: the true one, or once a wrong one."""
        if signal.path not in self.glitches:
            return value
        wrong = self.glitches.pop(signal.path)
        return float(int(value * GLITCH_SHARE)) if wrong is None else wrong


def until(at_ns: int, for_s: float | None) -> int:
    """The end of a fault that lasts `for_s`; without a length it lasts."""
    return FOREVER_NS if for_s is None else at_ns + int(for_s * SECOND_NS)
