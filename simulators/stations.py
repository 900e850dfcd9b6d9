"""A machine at work, and the store of pieces between two stations.

Both answer questions about an instant at which everything goes on at constant speed.
"""

from dataclasses import dataclass, field

from simulators.line import Buffer, Cause, Machine

NEVER_NS = 1 << 62
RUN = Cause.RUN


@dataclass(slots=True)
class Unit:
    """One machine at work: what it does, since when, and what it has done so far today."""

    machine: Machine
    rank: int  # number of its station
    cause: Cause = Cause.BREAK
    since_ns: int = 0  # start of the present interval
    next_ns: int = NEVER_NS  # when it must be looked at again
    ends_ns: int = 0  # end of the present stop
    product: int = 0
    worn_ns: int = 0  # running time in all
    due_ns: list[int] = field(default_factory=list)  # running time at the next stop of each kind
    opened_ns: int = 0  # start of the present run at one speed
    cycle_ns: int = 1
    phase_ns: int = 1  # 1 … cycle: done of the present piece when the run opened
    scrap: float = 0.0  # probability in the present run
    cold: int = 0  # pieces still to be made cold
    edges: list[tuple[int, int, int]] = field(default_factory=list)  # start, cause, product
    runs: list[tuple[int, ...]] = field(default_factory=list)  # t0, cycle, phase, n, scrap
    barred: list[int] = field(default_factory=list)  # instants: from, to, from, to … ambient

    def made(self, at_ns: int) -> int:
        """Pieces of the present run that are complete before `at_ns`."""
        return (at_ns - self.opened_ns + self.phase_ns - 1) // self.cycle_ns


@dataclass(slots=True)
class Store:
    """A buffer and who fills and empties it."""

    spec: Buffer
    level: int  # pieces, without those of runs that are still open
    feeders: list[Unit]
    drainers: list[Unit]

    def now(self, at_ns: int) -> float:
        """Pieces in it; what open runs will have made of scrap is taken at its expectation."""
        level = float(self.level)
        for unit in self.feeders:
            if unit.cause is RUN:
                level += unit.made(at_ns) * unit.machine.lot * (1 - unit.scrap)
        for unit in self.drainers:
            if unit.cause is RUN:
                level -= unit.made(at_ns) * unit.machine.lot
        return level

    def slope(self) -> float:
        """Pieces per nanosecond by which it grows."""
        slope = 0.0
        for unit in self.feeders:
            if unit.cause is RUN:
                slope += unit.machine.lot * (1 - unit.scrap) / unit.cycle_ns
        for unit in self.drainers:
            if unit.cause is RUN:
                slope -= unit.machine.lot / unit.cycle_ns
        return slope

    def changed(self, unit: Unit) -> bool:
        """Whether all machines before it have gone over to another product than `unit`."""
        return all(feeder.product != unit.product for feeder in self.feeders)

    def clear(self, unit: Unit) -> bool:
        """Whether all machines after it make what `unit` makes: products never mix."""
        return all(drainer.product == unit.product for drainer in self.drainers)

    def rises(self, level: float, at_ns: int) -> int:
        """When it will hold `level` or more as things are: at once, later or never."""
        return self._passes(level - self.now(at_ns), self.slope(), at_ns)

    def falls(self, level: float, at_ns: int) -> int:
        """When it will hold `level` or less as things are: at once, later or never."""
        return self._passes(self.now(at_ns) - level, -self.slope(), at_ns)

    @staticmethod
    def _passes(missing: float, speed: float, at_ns: int) -> int:
        if missing <= 0:
            return at_ns
        return at_ns + int(missing / speed) + 1 if speed > 0 else NEVER_NS
