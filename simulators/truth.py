"""The ledger of what a simulated line really did: exact to the piece and to the nanosecond.

Counts at an instant include a piece that is complete exactly then, so the count of a window
[from, to) is that of (from, to]: what two readings of a counter would show.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from simulators.line import F64, I64, SECOND_NS, STATES, Cause, Line, Machine, Work
from simulators.process import at
from simulators.shifts import planned_ns

KWH_WNS = 3.6e15  # watt nanoseconds in a kilowatt hour
HOUR_NS = 3600 * SECOND_NS


@dataclass(frozen=True)
class MachineTruth:
    """One machine: its intervals, its runs, and which pieces were scrap."""

    machine: Machine
    products: tuple[str, ...]
    end_ns: int
    edge_ns: I64  # start of each interval; the last one ends at `end_ns`
    cause: I64
    product: I64  # index of the product, by interval
    run_ns: I64  # runs at one speed
    cycle_ns: I64
    phase_ns: I64
    pieces: I64
    scrapped: I64  # ordinals of the pieces that are scrap, from 0, sorted
    _warm: dict[float, F64] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def before(self) -> I64:
        """Pieces made before each run."""
        made: I64 = np.cumsum(self.pieces) - self.pieces
        return made

    @cached_property
    def energy_wns(self) -> F64:
        """Energy used before each interval, in watt nanoseconds."""
        length_ns = np.diff(self.edge_ns, append=self.end_ns)
        used = length_ns * self.watts.astype(np.float64)
        return np.concatenate([[0.0], np.cumsum(used)[:-1]])

    @cached_property
    def watts(self) -> I64:
        """Power by interval: running, ready, or left alone in a break."""
        running, ready, away = self.machine.power_w
        by_cause = np.full(len(Cause), ready)
        by_cause[[Cause.RUN, Cause.BREAK]] = running, away
        power: I64 = by_cause[self.cause]
        return power

    @cached_property
    def running(self) -> I64:
        """1 for each interval in which it runs, else 0."""
        runs: I64 = (self.cause == Cause.RUN).astype(np.int64)
        return runs

    @cached_property
    def worn_ns(self) -> I64:
        """Running time from the last repair to the start of each interval."""
        run_ns = np.diff(self.edge_ns, append=self.end_ns) * self.running
        before = np.cumsum(run_ns) - run_ns
        repaired = np.maximum.accumulate(np.where(self.cause == Cause.BREAKDOWN, before, 0))
        worn: I64 = before - repaired
        return worn

    def wear_h(self, at_ns: I64) -> F64:
        """Hours run since the last repair; a breakdown is one."""
        place = self.interval(at_ns)
        worn = self.worn_ns[place] + (at_ns - self.edge_ns[place]) * self.running[place]
        return np.asarray(worn / HOUR_NS, np.float64)

    def warmth(self, at_ns: I64, tau_s: float) -> F64:
        """From 0, long idle, to 1, long at work: a first-order response to running."""
        place = self.interval(at_ns)
        goal, start = self.running[place], self._warm_at_edges(tau_s)[place]
        passed_s = (at_ns - self.edge_ns[place]) / SECOND_NS
        return np.asarray(goal + (start - goal) * np.exp(-passed_s / tau_s), np.float64)

    def _warm_at_edges(self, tau_s: float) -> F64:
        """The response at the start of each interval, solved exactly from one to the next."""
        if tau_s not in self._warm:
            keeps = np.exp(-np.diff(self.edge_ns, append=self.end_ns) / SECOND_NS / tau_s)
            levels = [0.0]
            for goal, keep in zip(self.running.tolist(), keeps.tolist(), strict=True):
                levels.append(goal + (levels[-1] - goal) * keep)  # intervals: some hundred a day
            self._warm[tau_s] = np.array(levels[:-1])
        return self._warm[tau_s]

    def effect(self, work: Work, at_ns: I64) -> F64:
        """What its work adds to a reading."""
        running = self.running[self.interval(at_ns)]
        response = self.warmth(at_ns, work.tau_s) if work.tau_s else running
        wear = work.wear_per_h * self.wear_h(at_ns) * running
        return np.asarray(work.rise * response + wear, np.float64)

    def interval(self, at_ns: I64) -> I64:
        """Which interval each instant lies in."""
        return np.maximum(np.searchsorted(self.edge_ns, at_ns, side="right") - 1, 0)

    def run(self, at_ns: I64) -> I64:
        """Which run each instant lies in or comes after; -1 before the first."""
        return np.searchsorted(self.run_ns, at_ns, side="right") - 1

    def total(self, at_ns: I64) -> I64:
        """Pieces made up to each instant."""
        run = self.run(at_ns)
        inside = (at_ns - self.run_ns[run] + self.phase_ns[run]) // self.cycle_ns[run]
        total = self.before[run] + np.minimum(inside, self.pieces[run])
        return np.where(run < 0, 0, total)

    def scrap(self, at_ns: I64) -> I64:
        """Pieces up to each instant that are scrap."""
        return np.searchsorted(self.scrapped, self.total(at_ns), side="left").astype(np.int64)

    def good(self, at_ns: I64) -> I64:
        """Pieces up to each instant that are good."""
        return self.total(at_ns) - self.scrap(at_ns)

    def energy_kwh(self, at_ns: I64) -> F64:
        """Energy used up to each instant."""
        place = self.interval(at_ns)
        used = self.energy_wns[place] + self.watts[place] * (at_ns - self.edge_ns[place])
        return np.asarray(used / KWH_WNS, np.float64)

    def counts(self, from_ns: int, to_ns: int) -> dict[str, int]:
        """Pieces made in a window."""
        ends = np.array([from_ns, to_ns])
        total, scrap = np.diff(self.total(ends)).item(), np.diff(self.scrap(ends)).item()
        return {"total": total, "good": total - scrap, "scrap": scrap}

    def intervals(self, from_ns: int, to_ns: int) -> list[tuple[int, int, int]]:
        """What the machine did in a window: start, end, state code; neighbours always differ."""
        first, last = self.interval(np.array([from_ns, to_ns - 1]))
        codes = STATES[self.cause[first : last + 1]]
        new = np.flatnonzero(np.diff(codes, prepend=-1))
        starts = np.maximum(self.edge_ns[first : last + 1][new], from_ns)
        ends = np.append(starts[1:], to_ns)
        return list(zip(starts.tolist(), ends.tolist(), codes[new].tolist(), strict=True))

    def piece_ns(self, from_ns: int, to_ns: int) -> I64:
        """The instant at which each piece of a window was complete."""
        ends = np.array([from_ns, to_ns])
        ordinal = np.arange(*self.total(ends))
        run = np.searchsorted(self.before, ordinal, side="right") - 1
        nth = ordinal - self.before[run] + 1
        instant: I64 = self.run_ns[run] + nth * self.cycle_ns[run] - self.phase_ns[run]
        return instant


@dataclass(frozen=True)
class LineTruth:
    """All machines of a line over whole production days, and the process values behind it."""

    line: Line
    start_ns: int  # first instant of the first production day
    end_ns: int
    machines: dict[str, MachineTruth]
    points: dict[str, F64]  # process values, 1,441 a day

    def process(self, name: str, at_ns: I64) -> F64:
        """A process value at each instant, as it really was."""
        return at(self.points[name], self.start_ns, at_ns)

    @property
    def exit(self) -> MachineTruth:
        """The machine whose count is the line's."""
        return next(truth for truth in self.machines.values() if truth.machine.exit)

    def summary(self, from_ns: int, to_ns: int) -> dict[str, float]:
        """What the line really achieved in a window: the figures that others must find."""
        made, planned_s = self.exit.counts(from_ns, to_ns), planned_ns(from_ns, to_ns) / SECOND_NS
        ends = np.array([from_ns, to_ns])
        used_kwh = sum(np.diff(truth.energy_kwh(ends)).item() for truth in self.machines.values())
        return {
            "planned_h": planned_s / 3600,
            "good": made["good"],
            "scrap": made["scrap"],
            "good_per_planned_h": made["good"] / planned_s * 3600,
            "defect_rate": made["scrap"] / made["total"] if made["total"] else float("nan"),
            "kwh_per_good": used_kwh / made["good"] if made["good"] else float("nan"),
        }
