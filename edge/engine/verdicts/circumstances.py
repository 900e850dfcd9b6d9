"""Under which conditions the days of both windows of a target were worked.

Shares are of planned time, so that what a machine made of it moves none of them. A lot is as large
as all that was made of it, whenever that was.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from math import fsum, log
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.extract import rows_between
from edge.engine.machine.gather import good, ordered
from edge.engine.verdicts import baselines
from edge.engine.view import View, day_text
from edge.model import BOOL, F64, SECOND_NS
from edge.records.parts import Elements

Document = dict[str, Any]  # JSON
Time = defaultdict[str, int]  # by day
Days = tuple[Sequence[str], Sequence[str]]  # those of both windows that count
SHARE_SLACK = 0.01  # a hundredth of planned time more than ever before is nothing new
RANGE_SLACK = 0.05  # and a twentieth of the range
ROUNDING = 1e-9  # of the greatest value; means of one value differ by less than that
LEAST_TOLD = 0.5  # of a day's planned span
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Column(NamedTuple):
    """One condition, or one level of it, on the days of both windows."""

    condition: str
    level: str
    values: tuple[F64, F64]
    slack: float
    is_reference: bool = False  # the most usual level: what the others are told against

    @property
    def varies(self) -> bool:
        """Whether the days before differ in it."""
        return bool(np.ptp(self.values[0]) > self.rounding)

    @property
    def rounding(self) -> float:
        """By how much days may differ that are alike."""
        return ROUNDING * float(np.abs(self.values[0]).max(initial=0.0))

    def strange(self) -> BOOL:
        """On which days after it was as it never was before."""
        slack = max(self.slack, self.rounding)
        low, high = self.values[0].min() - slack, self.values[0].max() + slack
        found: BOOL = (self.values[1] < low) | (self.values[1] > high)
        return found


class Circumstances(NamedTuple):
    """All conditions that were asked for, and those of which not every day tells."""

    columns: list[Column]
    untold: set[str]


class Bucket(NamedTuple):
    """Planned time of one line, with what was made in it."""

    line: str
    day: str
    t0_ns: int
    t1_ns: int
    product: str
    shift: str
    order: str | None
    planned_ns: int
    pieces: float


def told_of(view: View, frozen: list[Document], days: Days, named: Sequence[str]) -> Circumstances:
    """The conditions of the days that count.

    Args:
        view: the site.
        frozen: the baselines, one a line.
        days: of the baseline and of the reporting window.
        named: mix, shift, lot, weekday, or paths of signals.
    """
    every = [bucket for body in frozen for bucket in buckets_of(view, body)]
    wanted = {*days[0], *days[1]}
    buckets = [one for one in every if one.day in wanted and one.planned_ns > 0]
    columns, untold = list[Column](), set[str]()
    for name in named:
        found = of_one(view, name, (every, buckets), days)
        if found is None:
            untold.add(name)
        else:
            columns += found
    return Circumstances(columns, untold)


def of_one(
    view: View, name: str, rows: tuple[list[Bucket], list[Bucket]], days: Days
) -> list[Column] | None:
    """One condition; None where not every day tells it."""
    every, buckets = rows
    match name:
        case "mix":
            several = len({one.line for one in buckets}) > 1
            return shares(name, buckets, days, lambda b: f"{b.line} " * several + b.product)
        case "shift":
            return shares(name, buckets, days, lambda b: b.shift)
        case "weekday":
            return weekdays(days)
        case "lot":
            return amounts(name, lot_sizes(every, buckets), days)
        case _:
            return amounts(name, means(view, name, buckets), days)


def buckets_of(view: View, body: Document) -> list[Bucket]:
    """The rows of a line or machine since its baseline began."""
    line, ends = baselines.frozen_line(view, body), (body["from_ns"], body["to_ns"])
    found = list[Bucket]()
    for window in pairwise((*ends, max(ends[1], view.clock.wall_ns()))):
        rows = rows_between(view, line, *window).of(body["machine"])
        found += listed(line.id, rows)
    return found


def listed(line: str, rows: Elements) -> list[Bucket]:
    """Rows one by one: buckets, not samples."""
    days = [day_text(day) for day in rows["production_day"].tolist()]
    products = [text or "" for text in rows.texts("product")]
    shifts = [(text or "").partition("/")[2] for text in rows.texts("shift_id")]
    planned = rows["pbt_ns"].tolist()
    pieces = np.nan_to_num(rows["pq"]).tolist()
    times = rows["t0_ns"].tolist(), rows["t1_ns"].tolist()
    each = zip(days, *times, products, shifts, rows.texts("order"), planned, pieces, strict=True)
    return [Bucket(line, *one) for one in each]


def shares(
    name: str, buckets: list[Bucket], days: Days, level: Callable[[Bucket], str]
) -> list[Column]:
    """Parts of a day's planned time by level; the most usual before is the reference."""
    found, whole = defaultdict[str, Time](no_time), no_time()
    for one in buckets:
        found[level(one)][one.day] += one.planned_ns
        whole[one.day] += one.planned_ns
    weight = {each: sum(of[day] for day in days[0]) for each, of in found.items()}
    usual = max(sorted(weight), key=lambda each: weight[each], default=None)
    columns = []
    for each in sorted(found):
        before, after = (
            np.array([found[each][day] / whole[day] if whole[day] else 0.0 for day in side])
            for side in days
        )
        columns.append(Column(name, each, (before, after), SHARE_SLACK, each == usual))
    return columns


def no_time() -> Time:
    """None on any day."""
    return defaultdict(int)


def weekdays(days: Days) -> list[Column]:
    """A column for each day of the week that is worked."""
    told = [[date.fromisoformat(day).weekday() for day in side] for side in days]
    usual = Counter(told[0])
    most = min(usual, key=lambda each: (-usual[each], each), default=0)
    return [
        Column(
            "weekday",
            WEEKDAYS[each],
            (
                np.array([float(one == each) for one in told[0]]),
                np.array([float(one == each) for one in told[1]]),
            ),
            SHARE_SLACK,
            each == most,
        )
        for each in sorted({*told[0], *told[1]})
    ]


def amounts(name: str, told: dict[str, float], days: Days) -> list[Column] | None:
    """A condition with one amount a day; None where a day has none."""
    if any(day not in told for side in days for day in side):
        return None
    before, after = (np.array([told[day] for day in side]) for side in days)
    return [Column(name, name, (before, after), RANGE_SLACK * float(np.ptp(before)))]


def lot_sizes(every: list[Bucket], buckets: list[Bucket]) -> dict[str, float]:
    """The logarithm of the pieces of a day's lots, by planned time."""
    size = defaultdict[tuple[str, str], list[float]](list)
    for one in every:
        if one.order is not None:
            size[one.line, one.order].append(one.pieces)
    made = {key: fsum(parts) for key, parts in size.items()}
    sums = defaultdict[str, list[tuple[float, float]]](list)
    for one in buckets:
        pieces = made.get((one.line, one.order or ""), 0.0)
        if pieces > 0:
            sums[one.day].append((one.planned_ns * log(pieces), one.planned_ns))
    return {
        day: fsum(above for above, _ in parts) / fsum(below for _, below in parts)
        for day, parts in sums.items()
    }


def means(view: View, path: str, buckets: list[Bucket]) -> dict[str, float]:
    """The mean of a signal over a day's planned span; a reading holds until the next, or stales."""
    signal = view.site.signals().get(path)
    if signal is None:
        return {}
    stale_ns = int(signal.stale_after_s * SECOND_NS)
    spans = defaultdict[str, list[int]](list)
    for one in buckets:
        spans[one.day] += [one.t0_ns, one.t1_ns]
    found = {}
    for day, ends in sorted(spans.items()):
        begin, end = min(ends), max(ends)
        samples, _ = ordered(view.reader.samples([path], begin - stale_ns, end)[path])
        usable = good(samples)
        at_ns, value = samples.source_ns[usable], samples.value[usable]
        until = np.minimum(np.append(at_ns[1:], end), at_ns + stale_ns)
        length = np.maximum(np.minimum(until, end) - np.maximum(at_ns, begin), 0)
        held = int(length.sum())
        if held >= LEAST_TOLD * (end - begin):
            total = fsum((value * length).tolist()) / held
            found[day] = total * signal.scale + signal.offset
    return found
