"""Quantities of the element table: pieces, energy and material of some machines, per bucket."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from edge.engine.machine.byhand import Hand
from edge.engine.machine.counting import most
from edge.engine.machine.gather import COUNTS
from edge.engine.machine.spans import Elapsed
from edge.engine.machine.spread import Grid, Spread, spread
from edge.engine.machine.subjects import Buckets, LooseRow, Subject
from edge.engine.machine.tracks import REACH_NS, Track
from edge.facts import HOURS
from edge.model import F64, I64
from edge.records import elements
from edge.records.parts import Columns
from kpi.states import State

RUNNING = (State.UNKNOWN, State.PRODUCING, State.SETUP)  # in any other state a piece contradicts
IS_RUNNING = np.array([state in RUNNING for state in State])
QUANTITIES = ("pq", "gq", "sq", "rq", "pq_low", "pq_high", "gq_low", "gq_high")
EFFECTS: Sequence[tuple[set[str], Mapping[str, Mapping[str, int]]]] = (
    (
        {"good", "scrap"},
        {"good": {"gq": 1, "pq": 1}, "scrap": {"sq": 1, "pq": 1}, "rework": {"rq": 1, "pq": 1}},
    ),
    (
        {"good", "total"},
        {"good": {"gq": 1, "sq": -1}, "total": {"pq": 1, "sq": 1}, "rework": {"rq": 1, "sq": -1}},
    ),
    (
        {"scrap", "total"},
        {"scrap": {"sq": 1, "gq": -1}, "total": {"pq": 1, "gq": 1}, "rework": {"rq": 1, "gq": -1}},
    ),
    ({"good"}, {"good": {"gq": 1, "pq": 1}}),
    ({"total"}, {"total": {"pq": 1, "gq": 0}}),  # of pieces made any number may be good
)
"""What an increment of each counter does to the quantities, as `quantities` has it: adds to them,
is taken off, or (0) raises the upper bound alone. First match wins."""
KWH: Mapping[str, float] = {"W.h": 1e-3, "MW.h": 1e3, "J": 1 / 3.6e6, "kJ": 1 / 3600, "MJ": 1 / 3.6}


def fill_pieces(
    columns: Columns, subject: Subject, buckets: Buckets, loose: list[LooseRow]
) -> None:
    """Pieces of the counted machines; NaN where nobody counts that kind."""
    n = len(buckets.grid)
    sums = {name: np.zeros(n) for name in QUANTITIES}
    unknown: list[tuple[I64, I64]] = [subject.unseen] if subject.counts else []
    given = quantities if subject.counts else uncounted
    for track in subject.counted:
        spreads = {
            name: spread(track.counters[name], buckets.grid, track.producing)
            for name in COUNTS
            if name in track.counters
        }
        unknown.extend(silent(track, name, each, buckets.grid) for name, each in spreads.items())
        hand = Hand(subject.book, track.machine.id, buckets.grid, subject.life)
        columns["flags"] |= hand.flags()
        for name, values in hand.quantities(spreads, given).items():
            sums[name] += values
        for each in spreads.values():
            columns["flags"] |= each.flags
        loose.extend(unplaced(spreads))
        unknown.extend((e.since_ns[e.unknown], e.t_ns[e.unknown]) for e in track.pieces)
        if not subject.infers:
            columns["conflicts_n"] += conflicts(track, buckets.grid)
    if subject.counts:
        add_unseen(sums, subject, buckets)
    elif not subject.counted:
        sums = {name: np.full(n, np.nan) for name in QUANTITIES}
    columns.update(sums)
    columns["flags"][columns["conflicts_n"] > 0] |= elements.CONFLICT
    columns["count_unknown_ns"] = union_ns(unknown, buckets.grid.edges_ns)


def silent(track: Track, name: str, found: Spread, grid: Grid) -> tuple[I64, I64]:
    """The silences of a counter, whose most is added to the upper bounds, in place."""
    begins, ends = np.array(track.silences.get(name, ()), np.int64).reshape(-1, 2).T
    if not len(begins):  # as nearly always
        return begins, ends
    lasted_ns = union_ns([(begins, ends)], grid.edges_ns)
    found.high += most(track.machine, track.counters[name].signal, lasted_ns)
    return begins, ends


def add_unseen(sums: dict[str, F64], subject: Subject, buckets: Buckets) -> None:
    """Add to the upper bounds what may have been made in planned time in which none was heard.

    A line has such time: its exit may be silent while other machines of it live.
    """
    lasted_ns = union_ns([subject.unseen], buckets.grid.edges_ns) * buckets.planned
    for machine in subject.counting if lasted_ns.any() else ():
        spreads = {name: Spread.nothing(len(buckets.grid)) for name in COUNTS}
        spreads = {name: each for name, each in spreads.items() if name in machine.signals}
        for name, each in spreads.items():
            each.high += most(machine, machine.signals[name], lasted_ns)
        found = quantities(spreads, len(buckets.grid))
        for name in ("pq_high", "gq_high"):
            sums[name] += found[name]


def quantities(spreads: Mapping[str, Spread], n: int) -> dict[str, F64]:
    """From the counters a machine has to its quantities, bounds crosswise.

    Nobody counts rejects where there is `good` alone: then scrap and rework are NaN, not zero.
    A difference is less than nothing where scrap came and the total is loose or divided otherwise;
    its low is too, or the sum of the lows would be more than was made.
    """
    good, scrap, total = (spreads.get(name) for name in ("good", "scrap", "total"))
    rework = spreads.get("rework") or Spread.nothing(n)
    unknown = np.full(n, np.nan)
    if good is not None and scrap is not None:
        low = good.low + scrap.low + rework.low
        high = good.high + scrap.high + rework.high
        made = good.count + scrap.count + rework.count
        bounds = low, high, good.low, good.high
        return named(made, good.count, scrap.count, rework.count, bounds)
    if good is not None and total is not None:
        scrapped = total.count - good.count - rework.count
        bounds = total.low, total.high, good.low, good.high
        return named(total.count, good.count, scrapped, rework.count, bounds)
    if scrap is not None and total is not None:
        made = total.count - scrap.count - rework.count
        low = np.maximum(total.low - scrap.high - rework.high, np.minimum(made, 0))
        bounds = total.low, total.high, low, total.high - scrap.low - rework.low
        return named(total.count, made, scrap.count, rework.count, bounds)
    if good is not None:
        bounds = good.low, good.high, good.low, good.high
        return named(good.count, good.count, unknown, unknown, bounds)
    if total is not None:
        bounds = total.low, total.high, np.zeros(n), total.high
        return named(total.count, unknown, unknown, unknown, bounds)
    return dict.fromkeys(QUANTITIES, np.zeros(n))


def uncounted(spreads: Mapping[str, Spread], n: int) -> dict[str, F64]:
    """The same where no machine has a counter: people may say some of it, even scrap alone."""
    unknown = {name: np.full(n, np.nan) for name in QUANTITIES}
    if spreads.keys() & {"good", "total"}:
        return quantities(spreads, n)
    return {**unknown, "sq": spreads["scrap"].count} if "scrap" in spreads else unknown


def unplaced(spreads: Mapping[str, Spread]) -> Iterator[LooseRow]:
    """The loose increments of some counters as those of the quantities, so that they still add up.

    A quantity that is a difference loses what the counter taken off it may have counted.
    """
    effects = next((each for names, each in EFFECTS if names <= spreads.keys()), {})
    for name, signs in effects.items():
        for row in spreads[name].loose if name in spreads else ():
            for quantity, sign in signs.items():
                yield LooseRow(quantity, row.times(sign))


def named(pq: F64, gq: F64, sq: F64, rq: F64, bounds: tuple[F64, F64, F64, F64]) -> dict[str, F64]:
    """Quantities and bounds by the names of their columns."""
    return dict(zip(QUANTITIES, (pq, gq, sq, rq, *bounds), strict=True))


def conflicts(track: Track, grid: Grid) -> I64:
    """Pieces that came while the machine is said to have stood still all the time, per bucket."""
    running = Elapsed.of(track.states, IS_RUNNING[track.states.value])
    found = np.zeros(len(grid), np.int64)
    for each in track.pieces:
        since_ns, t_ns = each.since_ns[each.bringing], each.t_ns[each.bringing]
        near = (t_ns >= grid.edges_ns[0]) & (t_ns - since_ns <= REACH_NS)
        still = near & (running.between(since_ns, t_ns) == 0)
        if still.any():
            count = np.ceil(each.count[each.bringing[still]]).astype(np.int64)
            np.add.at(found, grid.holding(t_ns[still]), count)
    return found


def union_ns(intervals: Iterable[tuple[I64, I64]], edges_ns: I64) -> I64:
    """How much of each bucket the union of some intervals covers."""
    nothing = np.empty(0, np.int64)
    pairs = [(nothing, nothing), *intervals]
    t0_ns, t1_ns = (np.concatenate(each) for each in zip(*pairs, strict=True))
    order = np.argsort(t0_ns, kind="stable")
    t0_ns, reached = t0_ns[order], np.maximum.accumulate(t1_ns[order])
    begins = np.ones(len(order), np.bool_)
    begins[1:] = t0_ns[1:] > reached[:-1]
    ends = np.append(begins[1:], np.True_)[: len(order)]
    return Elapsed(t0_ns[begins], reached[ends]).between(edges_ns[:-1], edges_ns[1:])


def fill_energy(
    columns: Columns, subject: Subject, buckets: Buckets, loose: list[LooseRow]
) -> None:
    """Energy of the metered machines in kWh, divided by length; NaN where there is no meter."""
    n = len(buckets.grid)
    metered = [track for track in subject.metered if "energy" in track.counters]
    sums = np.zeros((3, n)) if subject.meters else np.full((3, n), np.nan)
    for track in metered:
        meter = track.counters["energy"]
        found, kwh = spread(meter, buckets.grid, None), KWH.get(meter.signal.unit, 1.0)
        silent(track, "energy", found, buckets.grid)
        sums += np.array([found.count, found.low, found.high]) * kwh
        columns["flags"] |= found.flags
        loose.extend(LooseRow("energy_kwh", row.scaled(kwh)) for row in found.loose)
    columns["energy_kwh"], columns["energy_kwh_low"], columns["energy_kwh_high"] = sums


def fill_told(columns: Columns, subject: Subject, buckets: Buckets) -> None:
    """First passes and working hours, which people alone tell; of a line the hours of all."""
    book, grid = subject.book, buckets.grid
    counting = [Hand(book, track.machine.id, grid, subject.life) for track in subject.counted]
    firsts = [hand.firsts() for hand in counting]
    for kind, name in (("inspected", "first_in"), ("passed", "first_good")):
        parts = [each[kind] for each in firsts] or [np.full(len(grid), np.nan)]
        silent = np.logical_and.reduce([np.isnan(part) for part in parts])
        columns[name] = np.where(silent, np.nan, np.nansum(parts, axis=0))
    named = {placed.fact.machine for placed in book.placed}
    for machine in sorted(named, key=str) if subject.name is None else [subject.name]:
        hand = Hand(book, machine, grid, subject.life)
        hand.add_hours(columns)
        columns["flags"] |= hand.flags(HOURS)


def use(subject: Subject, buckets: Buckets, columns: Columns, loose: list[LooseRow]) -> Columns:
    """Rows of the material usage table: of each material what each bucket used."""
    found: dict[tuple[str, str], list[Spread]] = {}
    for track in subject.metered:
        for counter in track.counters.values():
            if (material := counter.signal.material) is not None:
                each = spread(counter, buckets.grid, track.producing)
                found.setdefault((material, counter.signal.unit), []).append(each)
                loose.extend(LooseRow(material, row) for row in each.loose)
    if not found:
        return {name: np.empty(0, kind) for name, kind in elements.USAGE.items()}
    n = len(buckets.grid)
    rows: Columns = {
        name: np.tile(columns[name], len(found)) if name in columns else np.zeros(n * len(found))
        for name in elements.USAGE
    }
    code = subject.words.code
    rows["material"] = np.repeat([code(material) for material, _ in found], n)
    rows["unit"] = np.repeat([code(unit) for _, unit in found], n)
    for name, kind in (("quantity", "count"), ("quantity_low", "low"), ("quantity_high", "high")):
        sums = [sum(getattr(each, kind) for each in group) for group in found.values()]
        rows[name] = np.concatenate(sums)
    used = rows["quantity_high"] > 0
    return {name: column[used] for name, column in rows.items()}
