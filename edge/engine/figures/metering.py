"""What energy meters told by quarter hours, out of their raw readings, month by month.

The element table cannot tell it: there, energy of a long silence is spread evenly over its quarter
hours, which is right for a sum and hides a peak.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

import numpy as np

from edge.engine.machine.anchors import Counted
from edge.engine.machine.counting import count, split_gap_ns
from edge.engine.machine.gather import good, ordered
from edge.engine.machine.quantities import KWH
from edge.engine.view import View
from edge.model import DAY_NS, F64, HOUR_NS, I64, SECOND_NS, Samples
from edge.site import Kind, Machine, Signal, Site
from kpi.counters import Decision
from kpi.demand import QUARTER_NS, Peak, Quarters, month_ns, peak, quarters

KW: Mapping[str, float] = {"W": 1e-3, "kW": 1.0, "MW": 1e3}
KILOWATT_HOUR = "kW.h"
NOBODY = np.zeros(0, np.int64)
JUDGED = 3  # a reading, its follower, and who judges that one


class Meter(NamedTuple):
    """A signal that counts energy, or tells power."""

    machine: Machine
    signal: Signal


class Came(NamedTuple):
    """Energy between readings, kWh at least and at most."""

    since_ns: I64
    t_ns: I64
    low: F64
    high: F64


NOTHING = Came(NOBODY, NOBODY, np.zeros(0), np.zeros(0))


class MonthPeak(NamedTuple):
    """The greatest quarter hour of a month, as far as the month is over."""

    of: Peak
    at_ns: int | None  # begin of that quarter hour; None where all had none
    from_ns: int
    to_ns: int

    @property
    def covers(self) -> int:
        """How many quarter hours were looked at."""
        return (self.to_ns - self.from_ns) // QUARTER_NS


def metering(site: Site) -> dict[str, Meter]:
    """Every signal that may be a meter of the power that is billed, by path."""
    return {
        signal.path: Meter(machine, signal)
        for line in site.lines
        for machine in line.machines
        for signal in machine.signals.values()
        if (signal.kind is Kind.COUNTER and signal.unit in (KILOWATT_HOUR, *KWH))
        or (signal.kind is Kind.GAUGE and signal.unit in KW)
    }


def meters_of(site: Site, paths: Sequence[str]) -> list[Meter]:
    """The named meters; where none is named, the energy counters of all machines."""
    known = metering(site)
    if paths:
        return [known[path] for path in paths if path in known]
    return [one for one in known.values() if one.signal.name == "energy"]


def month_peak(view: View, meters: Sequence[Meter], month: int) -> MonthPeak | None:
    """The greatest quarter hour of a month of all meters together; None before it has one."""
    for _ in read_month(view, meters, month):
        pass
    known = view.peaks.get(key_of(meters, month))
    answer: MonthPeak | None = known[1] if known else None
    return answer


def read_month(view: View, meters: Sequence[Meter], month: int) -> Iterator[int]:
    """Read what `month_peak` tells, a day or a meter at a time; each time the month is told.

    The same is not read again within an hour, of a month that is over within a day: a month of
    readings takes its time. Others may ask in between.
    """
    now_ns = view.clock.wall_ns()
    from_ns, to_ns = month_ns(month), min(month_ns(month + 1), now_ns // QUARTER_NS * QUARTER_NS)
    key, is_over = key_of(meters, month), to_ns == month_ns(month + 1)
    slot = now_ns // (DAY_NS if is_over else HOUR_NS)
    if not meters or to_ns <= from_ns or (key in view.peaks and view.peaks[key][0] == slot):
        return
    parts: list[list[Came]] = [[NOTHING] for _ in meters]
    for each in readings(view, meters, (from_ns, to_ns)):
        for mine, came in zip(parts, each, strict=True):
            mine.append(came)
        yield month
    told = []
    for meter, mine in zip(meters, parts, strict=True):
        told.append(of_one(meter, mine, (from_ns, to_ns)))
        yield month
    low, high = (np.sum([one[i] for one in told], axis=0) for i in range(2))
    found = peak(Quarters(low, high))
    at_ns = None if found.place < 0 else from_ns + found.place * QUARTER_NS
    view.peaks[key] = slot, MonthPeak(found, at_ns, from_ns, to_ns)


def key_of(meters: Sequence[Meter], month: int) -> tuple[tuple[str, ...], int]:
    """Under which a month of meters is kept."""
    return tuple(one.signal.path for one in meters), month


def of_one(meter: Meter, parts: Sequence[Came], span: tuple[int, int]) -> Quarters:
    """What one meter told of some quarter hours."""
    joined = Came(*(np.concatenate([one[i] for one in parts]) for i in range(len(Came._fields))))
    even_ns = min(longest_even_ns(meter.signal), QUARTER_NS)
    bounds = joined.low, joined.high
    return quarters(joined.since_ns, joined.t_ns, bounds, span, even_ns=even_ns)


def longest_even_ns(signal: Signal) -> int:
    """How long a step may be that is taken as even: of power as long as a reading holds."""
    is_power = signal.kind is Kind.GAUGE
    return int(signal.stale_after_s * SECOND_NS) if is_power else split_gap_ns(signal)


def readings(view: View, meters: Sequence[Meter], span: tuple[int, int]) -> Iterator[list[Came]]:
    """What came between readings of each meter, a day at a time; at the end up to the next one.

    A reading that fell or jumped is judged by its follower, so the last ones of a day are looked at
    once more with the next day's, and those before the span with the first.
    """
    paths, now_ns = [one.signal.path for one in meters], view.clock.wall_ns()
    begins = [span[0] - HOUR_NS, *range(span[0], min(span[1] + DAY_NS, now_ns + 1), DAY_NS)]
    earlier = view.reader.before(paths, begins[0])
    before = [Last.of(earlier[path]) for path in paths]
    for begin_ns, end_ns in pairwise([*begins, begins[-1] + DAY_NS]):
        found = view.reader.samples(paths, begin_ns, min(end_ns, now_ns + 1))
        each = []
        for i, meter in enumerate(meters):
            samples, _ = ordered(found[paths[i]])
            samples = first(samples) if begin_ns >= span[1] else samples
            came, before[i] = energy(meter, samples, before[i], is_last=begin_ns == begins[-1])
            each.append(came)
        yield each


def first(samples: Samples) -> Samples:
    """The first samples that may be used: one that closes the span, and who judges it."""
    at = np.flatnonzero(good(samples))[:JUDGED]
    return Samples(samples.source_ns[at], samples.value[at], samples.status[at])


class Last(NamedTuple):
    """The last readings that could be used: one that is settled, and those behind it."""

    found: tuple[Counted, ...] = ()

    @classmethod
    def of(cls, samples: Samples) -> "Last":
        """The last good one of some samples."""
        at = np.flatnonzero(good(samples))[-1:].tolist()
        return cls(tuple((int(samples.source_ns[i]), float(samples.value[i])) for i in at))


def energy(meter: Meter, samples: Samples, before: Last, *, is_last: bool) -> tuple[Came, Last]:
    """What came between some readings and those before them, and the last readings now.

    Args:
        meter: that told them.
        samples: its readings, behind `before`.
        before: what was left of those before them.
        is_last: whether nothing will follow; else what has no follower yet is left for later.
    """
    if meter.signal.kind is Kind.GAUGE:
        return powered(meter.signal, samples, before)
    of = count(meter.machine, meter.signal, samples, (before.found, None), NOBODY)
    settled = int(of.accepted[-2:][0]) if len(of.accepted) else 0  # it was judged by a follower
    at, kwh = np.flatnonzero(of.covering), KWH.get(meter.signal.unit, 1.0)
    at = at if is_last else at[at <= settled]
    came = Came(of.since_ns[at], of.t_ns[at], of.low[at] * kwh, of.high[at] * kwh)
    rest = settled + np.flatnonzero(of.decision[settled:] != Decision.SKIPPED)
    left = zip(of.t_ns[rest].tolist(), of.value[rest].tolist(), strict=True)
    return came, Last(tuple(left))


def powered(signal: Signal, samples: Samples, before: Last) -> tuple[Came, Last]:
    """The same of power: trapezoids between readings that are not too far apart, else unknown."""
    usable = good(samples)
    at_ns = np.array([t for t, _ in before.found], np.int64)
    value = np.array([v for _, v in before.found], np.float64)
    at_ns = np.concatenate([at_ns, samples.source_ns[usable]])
    value = np.concatenate([value, samples.value[usable]])
    kw = (value * signal.scale + signal.offset) * KW[signal.unit]
    length_ns = np.diff(at_ns)
    kwh = (kw[1:] + kw[:-1]) / 2 * length_ns / HOUR_NS
    known = length_ns <= signal.stale_after_s * SECOND_NS
    low, high = np.where(known, kwh, 0.0), np.where(known, kwh, inf)
    last = Last(tuple(zip(at_ns[-1:].tolist(), value[-1:].tolist(), strict=True)))
    return Came(at_ns[:-1], at_ns[1:], low, high), last
