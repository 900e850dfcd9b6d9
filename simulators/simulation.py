"""A line's life, one production day after the other; the same seed gives the same life.

Each day draws from a generator of its own (seed, line, day) and finds the plant as the day before
left it: so a longer simulation begins with exactly what a shorter one has, to the last piece.
"""

import zlib
from collections import defaultdict

import numpy as np

from simulators.chance import Chance
from simulators.flow import TICK_NS, Flow
from simulators.line import F64, I64, NO_LEVERS, SECOND_NS, Cause, Levers, Line, Machine
from simulators.process import latched, values_of_day, wander
from simulators.shifts import BREAKS_H, DAY_NS, HOUR_NS, SHIFT_STARTS_H, first_instant
from simulators.stations import Unit
from simulators.truth import LineTruth, MachineTruth

TICKS = DAY_NS // TICK_NS
CHECK_S = (150, 300)  # how long the inspection at the start of a shift takes


def simulate(line: Line, start_ns: int, end_ns: int, seed: int) -> LineTruth:
    """The truth about whole production days, from that of `start_ns` to that of `end_ns`."""
    simulation = Simulation(line, start_ns, seed)
    simulation.grow(end_ns)
    return simulation.truth()


class Simulation:
    """A line that can be simulated on from where it stands."""

    def __init__(self, line: Line, start_ns: int, seed: int) -> None:
        self.line = line
        self.start_ns = self.end_ns = first_instant(start_ns)
        self._seed = seed, zlib.crc32(line.id.encode())
        self._flow = Flow(line)
        self._walk_ends: dict[str, float] = {process.name: 0.0 for process in line.processes}
        self._out_of_limits = False
        self._points: dict[str, list[F64]] = defaultdict(list)
        self._edges: dict[str, list[I64]] = defaultdict(list)
        self._runs: dict[str, list[I64]] = defaultdict(list)
        self._scrapped: dict[str, list[I64]] = defaultdict(list)
        self._made: dict[str, int] = defaultdict(int)

    def grow(self, end_ns: int) -> None:
        """Simulate day after day until `end_ns` is covered."""
        while self.end_ns < end_ns:
            self._day(self.end_ns)
            self.end_ns += DAY_NS

    def truth(self) -> LineTruth:
        """All that happened so far."""
        machines = {machine.id: self._machine(machine) for machine in self.line.machines}
        points = {name: np.concatenate(days) for name, days in self._points.items()}
        return LineTruth(self.line, self.start_ns, self.end_ns, machines, points)

    def _machine(self, machine: Machine) -> MachineTruth:
        edge_ns, cause, product = np.concatenate(self._edges[machine.id], axis=1)
        run_ns, cycle_ns, phase_ns, pieces = np.concatenate(self._runs[machine.id], axis=1)
        return MachineTruth(
            machine,
            self.line.products,
            self.end_ns,
            edge_ns,
            cause,
            product,
            run_ns,
            cycle_ns,
            phase_ns,
            pieces,
            np.concatenate(self._scrapped[machine.id]),
        )

    def _day(self, day_ns: int) -> None:
        number = (day_ns - self.start_ns) // DAY_NS
        rng = np.random.default_rng([*self._seed, day_ns // DAY_NS])
        levers = self.line.levers if number >= self.line.levers.from_day else NO_LEVERS
        points = self._processes(rng, levers)
        scrap = {
            machine: np.clip(minutes[:-1].reshape(TICKS, -1).mean(axis=1), 0, 1).tolist()
            for machine, minutes in self.line.scrap(points, levers.scrap_factor).items()
        }
        self._flow.begin(day_ns, Chance(rng, levers), scrap, self._barred(day_ns, points))
        self._work(day_ns, rng)
        for unit in self._flow.units:
            self._record(unit, rng)

    def _processes(self, rng: np.random.Generator, levers: Levers) -> dict[str, F64]:
        points = {}
        for process in self.line.processes:
            walk = wander(self._walk_ends[process.name], process.tau_s, rng)
            self._walk_ends[process.name] = float(walk[-1])
            points[process.name] = values_of_day(process, walk, levers)
        points |= self.line.derived(points)
        for name, minutes in points.items():
            self._points[name].append(minutes)
        return points

    def _barred(self, day_ns: int, points: dict[str, F64]) -> list[int]:
        """Instants at which the room leaves its limits and is back in them, in turn."""
        if not self.line.barred:
            return []
        out = latched(self.line.ambient(points), self.line.released(points), self._out_of_limits)
        edges = np.flatnonzero(np.diff(out, prepend=False)) * 60 * SECOND_NS + day_ns
        self._out_of_limits = bool(out[-1])
        return [int(edge) for edge in edges[edges < day_ns + DAY_NS]]

    def _work(self, day_ns: int, rng: np.random.Generator) -> None:
        """Check at the start of each shift, work, and rest in the breaks."""
        pauses = [
            (hour * HOUR_NS, hour * HOUR_NS + int(rng.uniform(*CHECK_S)) * SECOND_NS, Cause.CHECK)
            for hour in SHIFT_STARTS_H
        ] + [(a * HOUR_NS, b * HOUR_NS, Cause.BREAK) for a, b in BREAKS_H]
        for from_ns, to_ns, cause in sorted(pauses):
            self._flow.run(day_ns + from_ns)
            self._flow.pause(day_ns + from_ns, day_ns + to_ns, cause)
        self._flow.run(day_ns + DAY_NS)
        self._flow.finish(day_ns + DAY_NS)

    def _record(self, unit: Unit, rng: np.random.Generator) -> None:
        """Keep a machine's day as columns, and say which of its pieces are scrap."""
        name = unit.machine.id
        runs = np.array(unit.runs, np.int64).reshape(-1, 5).T
        pieces, scrap = runs[3], runs[4]
        first = self._made[name] + np.cumsum(pieces) - pieces
        self._edges[name].append(np.array(unit.edges, np.int64).T)
        self._runs[name].append(runs[:4])
        self._scrapped[name].append(chosen(first, pieces, scrap, rng))
        self._made[name] += int(pieces.sum())


def chosen(first: I64, pieces: I64, scrap: I64, rng: np.random.Generator) -> I64:
    """Distinct ordinals, sorted: of the pieces first … first + pieces - 1 of each run, `scrap`.

    Sorted draws with replacement from n - k + 1 places, each moved on by its rank, are distinct
    draws from n: no loop, no rejection.
    """
    run = np.repeat(np.arange(pieces.size), scrap)
    rank = np.arange(run.size) - np.repeat(np.cumsum(scrap) - scrap, scrap)
    place = (rng.random(run.size) * (pieces[run] - scrap[run] + 1)).astype(np.int64)
    place = place[np.lexsort((place, run))]
    ordinal: I64 = first[run] + place + rank
    return ordinal
