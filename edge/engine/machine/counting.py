"""One counter's increments over a stretch of time, begun where an earlier fold left off.

An increment covers (since_ns, t_ns]. Counts are in the signal's unit; NaN where nobody can know,
between low and high.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, isnan

import numpy as np

from edge.engine.machine.anchors import Counted
from edge.engine.machine.cycles import shortest_s
from edge.engine.machine.frozen import IS_JUMP, Frozen, Stood, frozen, same_since
from edge.engine.machine.frozen import REACH_NS as STOOD_NS
from edge.engine.machine.gather import COUNTS, good
from edge.model import BOOL, F64, I64, SECOND_NS, Samples
from edge.site import Machine, Signal
from kpi.arrays import U8
from kpi.counters import Decision, caps, reconstruct

HEADROOM = 1.5  # a machine may run that much faster than its shortest ideal cycle
NEAR_NS = 300 * SECOND_NS  # a reset belongs to a boundary that is as near as that
LEAST_SPLIT_GAP_S = 60.0
PUBLISHES_UNTIL_STALE = 12  # max_split_gap is 5 publish intervals, stale_after 60 of them
PASSED_OVER = (Decision.SKIPPED, Decision.GLITCH, Decision.SPIKE, Decision.PENDING)
IS_ACCEPTED = np.array([decision not in PASSED_OVER for decision in Decision])


@dataclass(frozen=True)
class Increments:
    """Rows of one counter, one per reading, by time."""

    signal: Signal
    since_ns: I64
    t_ns: I64
    count: F64
    low: F64
    high: F64
    decision: U8
    value: F64  # the readings, as they came
    accepted: I64  # places of the readings with which later ones are compared
    stood_ns: int | None  # since when the first of these had shown its value, where it is known
    frozen: tuple[Frozen, ...] = ()

    @cached_property
    def stood(self) -> Stood:
        """Of each accepted reading since when the register had shown its value."""
        return same_since(self.t_ns, self.value, self.accepted, self.stood_ns)

    @cached_property
    def covering(self) -> BOOL:
        """Which rows say something about the time before them."""
        covering: BOOL = (self.since_ns < self.t_ns) & (self.decision != Decision.FIRST)
        return covering

    @cached_property
    def unknown(self) -> BOOL:
        """Which rows cover time with a count that nobody knows."""
        return self.covering & np.isnan(self.count)

    @cached_property
    def usable(self) -> I64:
        """Places of the readings that can be used."""
        return np.flatnonzero(self.decision != Decision.SKIPPED)

    @cached_property
    def telling(self) -> I64:
        """Places of the rows that add something to what was counted, or may."""
        return np.flatnonzero(self.covering & (self.high != 0))

    @cached_property
    def bringing(self) -> I64:
        """Places of the rows that brought something."""
        return self.telling[self.count[self.telling] > 0]

    @cached_property
    def pieces_ns(self) -> I64:
        """When readings brought something, or may have."""
        return self.t_ns[(self.count > 0) | self.unknown]

    @cached_property
    def _anchors(self) -> dict[int, tuple[Counted, ...]]:
        """Those that were asked for: a fold asks for each three times."""
        return {}

    def anchor(self, at_ns: int) -> tuple[Counted, ...]:
        """The last reading accepted before `at_ns`, and the good ones that followed it."""
        if at_ns not in self._anchors:
            self._anchors[at_ns] = self._anchor(at_ns)
        return self._anchors[at_ns]

    def _anchor(self, at_ns: int) -> tuple[Counted, ...]:
        stop = int(self.t_ns.searchsorted(at_ns))
        number = int(self.accepted.searchsorted(stop))
        first = int(self.accepted[number - 1]) if number else 0
        rows = slice(first, stop)
        used = self.decision[rows] != Decision.SKIPPED
        pairs = zip(self.t_ns[rows][used].tolist(), self.value[rows][used].tolist(), strict=True)
        return tuple(pairs)

    def same_since(self, at_ns: int) -> int | None:
        """Since when the last reading accepted before `at_ns` had shown its value; at most an hour.

        None where there was no such reading.
        """
        number = int(self.accepted.searchsorted(self.t_ns.searchsorted(at_ns)))
        return max(self.stood.at(number - 1), at_ns - STOOD_NS) if number else None

    def unusable_since(self, at_ns: int, before_ns: int | None) -> int | None:
        """Since when, at an instant, nothing had come that can be used; None where the last can.

        Args:
            at_ns: the instant.
            before_ns: the same at the begin of the stretch.
        """
        stop = int(self.t_ns.searchsorted(at_ns))
        number = int(self.usable.searchsorted(stop))
        last = int(self.usable[number - 1]) if number else -1
        if before_ns is not None and (last < 0 or int(self.t_ns[last]) < before_ns):
            return before_ns
        return int(self.t_ns[last + 1]) if last + 1 < stop else None

    def settled_at(self, at_ns: int, horizon_ns: int) -> bool:
        """Whether no reading after the horizon can change the increment across `at_ns`.

        A reading that fell or jumped waits for the next one, which may show a glitch.
        """
        first = int(self.t_ns.searchsorted(at_ns))
        later = self.usable[self.usable.searchsorted(first) :]
        if not len(later):
            return False
        following = self.t_ns[later[: 2 if self.decision[later[0]] != Decision.COUNT else 1]]
        plain = len(following) == (1 if self.decision[later[0]] == Decision.COUNT else 2)
        return plain and int(following[-1]) + NEAR_NS < horizon_ns


def count(
    machine: Machine,
    signal: Signal,
    samples: Samples,
    before: tuple[tuple[Counted, ...], int | None],
    boundaries_ns: I64,
) -> Increments:
    """The increments of a counter.

    Args:
        machine: whose counter it is; its ideal cycles limit the rate.
        signal: the counter.
        samples: one per instant, after `before`.
        before: what its anchor says: readings, and since when the first had shown its value.
        boundaries_ns: instants near which the reset policies `shift` and `order` expect a reset.
    """
    t_ns = np.concatenate([np.array([at for at, _ in before[0]], np.int64), samples.source_ns])
    value = np.concatenate([np.array([each for _, each in before[0]]), samples.value])
    usable = np.concatenate([np.ones(len(before[0]), np.bool_), good(samples)])
    rate, modulus = limits(machine, signal)
    unsigned = np.where(value < 0, value + modulus, value) if modulus else value
    rows = reconstruct(
        t_ns,
        unsigned,
        max_rate=rate,
        modulus=modulus,
        good=usable,
        reset_allowed=resets_allowed(signal.reset_policy, t_ns, usable, boundaries_ns),
    )
    found = Increments(
        signal,
        rows.since_ns,
        t_ns,
        scaled(rows.count, signal),
        scaled(rows.low, signal),
        scaled(rows.high, signal),
        rows.decision,
        value,
        np.flatnonzero(IS_ACCEPTED[rows.decision]),
        before[1],
    )
    if not IS_JUMP[rows.decision].any():  # as nearly always
        return found
    excesses = frozen(rows, t_ns, unsigned, (found.accepted, found.stood), rate)
    told = (one._replace(excess=one.excess * signal.scale) for one in excesses)
    return replace(found, frozen=tuple(told))


def scaled(count: F64, signal: Signal) -> F64:
    """Counts in the signal's unit."""
    return count if signal.scale == 1 else count * signal.scale


def limits(machine: Machine, signal: Signal) -> tuple[float, int | None]:
    """The greatest rate in counts per second and the modulus, None without a rate to tell wraps."""
    rate = signal.max_rate or inf
    if rate == inf and signal.name in COUNTS and not isnan(shortest_s(machine)):
        rate = HEADROOM / shortest_s(machine) / signal.scale
    return rate, signal.modulus if rate < inf else None


def resets_allowed(policy: str, t_ns: I64, usable: BOOL, boundaries_ns: I64) -> BOOL:
    """Whether a reset may have happened between each reading and the good one before it."""
    if policy in ("power", "never"):
        return np.full(len(t_ns), policy == "power")
    place = np.maximum.accumulate(np.where(usable, np.arange(len(t_ns)), 0))
    since_ns = t_ns[np.concatenate([[0], place[:-1]])[: len(t_ns)]]
    first = boundaries_ns.searchsorted(since_ns - NEAR_NS, "left")
    last = boundaries_ns.searchsorted(t_ns + NEAR_NS, "right")
    allowed: BOOL = last > first
    return allowed


def most(machine: Machine, signal: Signal, gap_ns: I64) -> F64:
    """The most that a counter can have counted in some lengths of time, in its unit.

    Args:
        machine: whose counter it is.
        signal: the counter.
        gap_ns: the lengths; nothing was counted in none.
    """
    found = np.zeros(len(gap_ns))
    found[gap_ns > 0] = caps(limits(machine, signal)[0], gap_ns[gap_ns > 0]) * signal.scale
    return found


def split_gap_ns(signal: Signal) -> int:
    """How long an increment may be that is divided at the end of a shift, product or order."""
    gap_s = signal.max_split_gap_s
    if gap_s is None:
        gap_s = max(LEAST_SPLIT_GAP_S, signal.stale_after_s / PUBLISHES_UNTIL_STALE)
    return int(gap_s * SECOND_NS)
