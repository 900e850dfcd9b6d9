"""Pieces through machines in series, from event to event: what stops one, starves or blocks others.

What always holds:
1. A machine's intervals follow each other without hole or overlap; none is shorter than 2 s.
2. The n-th piece of a run that began at `t0` is complete at `t0 + n * cycle - phase`, where `phase`
   is the part of a cycle done before: an interrupted piece is finished later, never lost.
3. Whoever takes pieces from a buffer finds them there: downstream makes nothing of nothing.

Between two events all goes at constant speed, so a day costs as many steps as it has stops.
"""

from bisect import bisect_right

import numpy as np

from simulators.chance import LEAST_NS, Chance
from simulators.line import SECOND_NS, Cause, Line, Stop
from simulators.stations import NEVER_NS, RUN, Store, Unit

SCAN_NS = SECOND_NS // 1000  # states change on whole milliseconds: no PLC tells more
TICK_NS = 900 * SECOND_NS  # speed and scrap probability are drawn anew this often
COLD_NS = 60 * SECOND_NS  # a stop of this length lets a machine go cold
TIMED = frozenset({Cause.SETUP, Cause.MICRO, Cause.BREAKDOWN, Cause.ROLL})


class Flow:
    """The machines of one line and the pieces between them, carried from day to day."""

    def __init__(self, line: Line) -> None:
        self.units = [
            Unit(machine, rank) for rank, station in enumerate(line.stations) for machine in station
        ]
        self.stores = [
            Store(spec, spec.ready, _at(self.units, rank), _at(self.units, rank + 1))
            for rank, spec in enumerate(line.buffers)
        ]
        self._cycles_ns = {
            unit.machine.id: [int(unit.machine.ideal_cycle_s[p] * 1e9) for p in line.products]
            for unit in self.units
        }
        self._near = {unit.machine.id: _neighbours(self.units, unit) for unit in self.units}
        self._products = len(line.products)
        self._barred = line.barred
        self._chance = Chance(np.random.default_rng(), line.levers)
        self._scrap: dict[str, list[float]] = {}
        self._day_ns = 0

    def begin(
        self,
        day_ns: int,
        chance: Chance,
        scrap: dict[str, list[float]],
        barred: list[int],
    ) -> None:
        """Make ready for one production day.

        Args:
            day_ns: its first instant.
            chance: all that is random today comes from here.
            scrap: probability per machine and `TICK_NS` of the day.
            barred: instants at which the room leaves its limits and is back in them, in turn.
        """
        self._day_ns, self._chance, self._scrap = day_ns, chance, scrap
        for unit in self.units:
            unit.edges, unit.runs = [], []
            unit.barred = barred if unit.machine.id in self._barred else []
            if not unit.due_ns:
                unit.since_ns = unit.opened_ns = day_ns
                unit.due_ns = [self._chance.between_ns(stop) for stop in unit.machine.stops]

    def pause(self, from_ns: int, to_ns: int, cause: Cause) -> None:
        """Everybody stops; stops that were under way go on afterwards as if no time had passed."""
        left = {}
        for unit in self.units:
            if unit.cause is RUN:
                self._close(unit, from_ns)
            elif unit.cause in TIMED:
                left[unit.machine.id] = unit.cause, max(unit.ends_ns - from_ns, LEAST_NS)
            self._become(unit, cause, from_ns)
        for unit in self.units:
            if unit.machine.id in left:
                stopped_by, left_ns = left[unit.machine.id]
                self._halt(unit, stopped_by, to_ns, left_ns)
            else:
                self._go_on(unit, to_ns)

    def run(self, until_ns: int) -> None:
        """Work until `until_ns`; what falls into the last seconds before it waits."""
        horizon_ns = until_ns - 2 * SECOND_NS
        while True:
            unit = min(self.units, key=_due)
            if unit.next_ns >= horizon_ns:
                return
            self._look(unit, unit.next_ns)

    def finish(self, at_ns: int) -> None:
        """Count what was made until `at_ns`, so that the day's records are complete."""
        for unit in self.units:
            if unit.cause is RUN:
                self._close(unit, at_ns)

    def _look(self, unit: Unit, at_ns: int) -> None:
        """Do what is due at one machine."""
        if unit.cause is RUN:
            self._close(unit, at_ns)
            first = min(unit.due_ns)
            if first <= unit.worn_ns:
                self._stop(unit, unit.due_ns.index(first), at_ns)
                return
        self._go_on(unit, at_ns)

    def _stop(self, unit: Unit, kind: int, at_ns: int) -> None:
        """Begin a stop of the machine's own; at the head of the line a change-over is one."""
        stop = unit.machine.stops[kind]
        unit.due_ns[kind] = unit.worn_ns + self._chance.between_ns(stop)
        if stop.cause is Cause.SETUP:
            unit.product, unit.phase_ns = (unit.product + 1) % self._products, 1
        self._halt(unit, stop.cause, at_ns, self._chance.length_ns(stop))

    def _halt(self, unit: Unit, cause: Cause, at_ns: int, length_ns: int) -> None:
        unit.ends_ns = at_ns + length_ns
        self._become(unit, cause, at_ns)
        self._replan(unit, at_ns)

    def _go_on(self, unit: Unit, at_ns: int) -> None:
        """Run if nothing stands in the way; otherwise wait, or change over after the line."""
        cause = self._obstacle(unit, at_ns)
        if cause is Cause.SETUP:
            unit.product, unit.phase_ns = self.stores[unit.rank - 1].feeders[0].product, 1
            stop = Stop(Cause.SETUP, 0, unit.machine.setup_s)
            self._halt(unit, cause, at_ns, self._chance.length_ns(stop))
            return
        if cause is RUN:
            self._open(unit, at_ns)
        self._become(unit, cause, at_ns)
        self._replan(unit, at_ns)

    def _obstacle(self, unit: Unit, at_ns: int) -> Cause:
        """What keeps a machine that is itself in order from running; RUN if nothing does."""
        if bisect_right(unit.barred, at_ns) % 2:
            return Cause.AMBIENT
        if unit.rank:
            source = self.stores[unit.rank - 1]
            changed = source.changed(unit)
            waiting = unit.cause is Cause.STARVED and not changed
            if source.now(at_ns) <= (source.spec.ready if waiting else source.spec.low):
                return Cause.SETUP if changed else Cause.STARVED
        if unit.rank < len(self.stores):
            sink = self.stores[unit.rank]
            share = sink.spec.room if unit.cause is Cause.BLOCKED else 1
            if not sink.clear(unit) or sink.now(at_ns) >= share * sink.spec.capacity:
                return Cause.BLOCKED
        return RUN

    def _replan(self, unit: Unit, at_ns: int) -> None:
        """Say when this machine must be looked at again, and those beside it."""
        for other in self._near[unit.machine.id]:
            soonest_ns = max(other.since_ns + LEAST_NS, at_ns + SECOND_NS)
            next_ns = max(soonest_ns, self._next(other, at_ns))
            other.next_ns = -(-next_ns // SCAN_NS) * SCAN_NS

    def _next(self, unit: Unit, at_ns: int) -> int:
        cause = unit.cause
        if cause is RUN:
            return self._end_of_run(unit, at_ns)
        if cause in TIMED:
            return unit.ends_ns
        if cause is Cause.STARVED:
            source = self.stores[unit.rank - 1]
            return at_ns if source.changed(unit) else source.rises(source.spec.ready + 1, at_ns)
        if cause is Cause.BLOCKED:
            sink = self.stores[unit.rank]
            level = sink.spec.room * sink.spec.capacity - 1
            return sink.falls(level, at_ns) if sink.clear(unit) else NEVER_NS
        return _after(unit.barred, at_ns) if cause is Cause.AMBIENT else NEVER_NS

    def _end_of_run(self, unit: Unit, at_ns: int) -> int:
        ends_ns = unit.opened_ns + max(SECOND_NS, min(unit.due_ns) - unit.worn_ns)
        ends_ns = min(ends_ns, (unit.opened_ns // TICK_NS + 1) * TICK_NS)
        if unit.cold > 0:
            ends_ns = min(ends_ns, unit.opened_ns + unit.cold * unit.cycle_ns)
        if unit.barred:
            ends_ns = min(ends_ns, _after(unit.barred, at_ns))
        if unit.rank:
            source = self.stores[unit.rank - 1]
            ends_ns = min(ends_ns, source.falls(source.spec.low, at_ns))
        if unit.rank < len(self.stores):
            sink = self.stores[unit.rank]
            ends_ns = min(ends_ns, sink.rises(sink.spec.capacity, at_ns))
        return ends_ns

    def _open(self, unit: Unit, at_ns: int) -> None:
        """Begin a run at one speed and one probability of scrap."""
        machine = unit.machine
        ideal_ns = self._cycles_ns[machine.id][unit.product]
        cycle_ns = int(ideal_ns * (1 + machine.slow + 0.008 * self._chance.rng.standard_normal()))
        if at_ns - unit.opened_ns >= COLD_NS:
            unit.cold = machine.warm_pieces
        unit.phase_ns = max(1, min(cycle_ns, unit.phase_ns * cycle_ns // unit.cycle_ns))
        unit.opened_ns, unit.cycle_ns = at_ns, cycle_ns
        unit.scrap = self._scrap[machine.id][(at_ns - self._day_ns) // TICK_NS]
        if unit.cold > 0:
            unit.scrap = min(1.0, unit.scrap + machine.warm_scrap)

    def _close(self, unit: Unit, at_ns: int) -> None:
        """Count what a run has made, and move it from buffer to buffer."""
        pieces, lot = unit.made(at_ns), unit.machine.lot
        length_ns = at_ns - unit.opened_ns
        if pieces:
            scrap = int(self._chance.rng.binomial(pieces, unit.scrap))
            unit.runs.append((unit.opened_ns, unit.cycle_ns, unit.phase_ns, pieces, scrap))
            if unit.rank:
                self.stores[unit.rank - 1].level -= pieces * lot
            if unit.rank < len(self.stores):
                self.stores[unit.rank].level += (pieces - scrap) * lot
        unit.phase_ns += length_ns - pieces * unit.cycle_ns
        unit.worn_ns += length_ns
        unit.opened_ns = at_ns
        unit.cold -= pieces

    def _become(self, unit: Unit, cause: Cause, at_ns: int) -> None:
        if cause is not unit.cause or not unit.edges:
            unit.cause, unit.since_ns = cause, at_ns
            unit.edges.append((at_ns, cause, unit.product))


def _at(units: list[Unit], rank: int) -> list[Unit]:
    return [unit for unit in units if unit.rank == rank]


def _neighbours(units: list[Unit], unit: Unit) -> list[Unit]:
    """The machine itself, and those that a change of its speed concerns."""
    return [other for other in units if other is unit or abs(other.rank - unit.rank) <= 1]


def _due(unit: Unit) -> int:
    return unit.next_ns


def _after(instants: list[int], at_ns: int) -> int:
    """The first instant after `at_ns`."""
    place = bisect_right(instants, at_ns)
    return instants[place] if place < len(instants) else NEVER_NS
