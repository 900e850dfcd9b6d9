"""Rows of the element table of one machine or of a line itself: buckets, times, quantities.

Whatever the window, a row comes out the same: nothing in it depends on where the window was cut.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike

from edge.engine.machine.calendars import Calendar, Hours
from edge.engine.machine.quantities import fill_energy, fill_pieces, fill_told, use
from edge.engine.machine.spans import Elapsed
from edge.engine.machine.spread import Grid
from edge.engine.machine.subjects import Buckets, LooseRow, Made, Subject
from edge.model import BOOL, I64
from edge.records import elements
from edge.records.parts import Columns
from kpi import elements as arithmetic
from kpi.states import State

UNPLANNED = (State.PLANNED_DOWN, State.NOT_SCHEDULED)
IS_UNPLANNED = np.array([state in UNPLANNED for state in State])


def cut_buckets(
    subject: Subject, calendar: Calendar, hours: Hours, from_ns: int, to_ns: int
) -> Buckets:
    """The buckets of [from_ns, to_ns): the grid, cut where anything changes."""
    down = IS_UNPLANNED[subject.states.value]
    turns = np.concatenate([subject.states.t0_ns[down], subject.states.t1_ns[down]])
    turns = turns[within(hours.planned_t0_ns, hours.planned_t1_ns, turns) >= 0]
    edges = arithmetic.edges(
        from_ns,
        to_ns,
        boundaries_ns=np.concatenate(
            [
                hours.shift_t0_ns,
                hours.shift_t1_ns,
                hours.planned_t0_ns,
                hours.planned_t1_ns,
                subject.products.t0_ns,
                subject.orders.t0_ns,
                turns,
            ]
        ),
    )
    t0_ns = edges[:-1]
    shift = within(hours.shift_t0_ns, hours.shift_t1_ns, t0_ns)
    is_planned = within(hours.planned_t0_ns, hours.planned_t1_ns, t0_ns) >= 0
    is_planned &= ~IS_UNPLANNED[subject.states.at(t0_ns)]
    product, order = subject.products.at(t0_ns), subject.orders.at(t0_ns)
    day = np.where(shift >= 0, hours.shift_day[shift], 0) if len(hours.shift_day) else shift * 0
    outside = shift < 0
    if outside.any():
        day[outside] = calendar.day_of(t0_ns[outside])
    changes = np.zeros(len(t0_ns), np.bool_)
    for column in (shift, product, order, day):
        changes[1:] |= column[1:] != column[:-1]
    return Buckets(Grid(edges, np.cumsum(changes)), shift, is_planned, product, order, day)


def within(t0_ns: I64, t1_ns: I64, at_ns: I64) -> I64:
    """Which of some sorted disjoint intervals holds each instant; -1 where none does."""
    if not len(t0_ns):
        return np.full(len(at_ns), -1, np.int64)
    place = t0_ns.searchsorted(at_ns, "right") - 1
    return np.where((place >= 0) & (at_ns < t1_ns[np.maximum(place, 0)]), place, -1)


def make(subject: Subject, buckets: Buckets) -> Made:
    """All rows of a subject but their names, versions and revisions."""
    n = len(buckets.grid)
    columns: Columns = {name: np.zeros(n, kind) for name, kind in elements.ELEMENT.items()}
    columns["t0_ns"], columns["t1_ns"] = buckets.grid.edges_ns[:-1], buckets.grid.edges_ns[1:]
    columns["product"], columns["order"] = buckets.product, buckets.order
    columns["production_day"], columns["planned"] = buckets.day, buckets.planned
    loose: list[LooseRow] = []
    fill_times(columns, subject, buckets)
    fill_events(columns, subject, buckets)
    fill_pieces(columns, subject, buckets, loose)
    fill_energy(columns, subject, buckets, loose)
    fill_told(columns, subject, buckets)
    usage = typed(use(subject, buckets, columns, loose), elements.USAGE)
    no_ideal = ~subject.has_ideal(buckets.product, columns["t0_ns"])
    made = np.nan_to_num(columns["pq"]) > 0
    columns["flags"][no_ideal & made] |= elements.NO_IDEAL_CYCLE
    columns["flags"][tally(buckets.grid, subject.doubtful_ns) > 0] |= elements.CLOCK_UNCERTAIN
    return Made(typed(columns, elements.ELEMENT), usage, loose)


def typed(columns: Columns, layout: Mapping[str, DTypeLike]) -> Columns:
    """The columns in the types of their table."""
    return {name: columns[name].astype(kind, copy=False) for name, kind in layout.items()}


def fill_times(columns: Columns, subject: Subject, buckets: Buckets) -> None:
    """The partition of each bucket's time; it adds up to the nanosecond."""
    edges, planned = buckets.grid.edges_ns, buckets.planned
    states = subject.states
    lasted = arithmetic.durations(states.t0_ns, states.t1_ns, states.value, edges)
    length = np.diff(edges)
    lasted[:, State.UNKNOWN] += length - lasted.sum(axis=1)  # nobody was there to see
    columns["pot_ns"] = np.where(buckets.shift >= 0, length, 0)
    columns["pbt_ns"] = np.where(planned, length, 0)
    columns["pdot_ns"] = columns["pot_ns"] - columns["pbt_ns"]
    for name, state in (
        ("apt_ns", State.PRODUCING),
        ("aust_ns", State.SETUP),
        ("adet_ns", State.DELAYED),
        ("adet_external_ns", State.DELAYED_EXTERNAL),
        ("adot_ns", State.IDLE),
        ("unknown_ns", State.UNKNOWN),
    ):
        columns[name] = np.where(planned, lasted[:, state], 0)
    columns["unplanned_run_ns"] = np.where(planned, 0, lasted[:, State.PRODUCING])
    if subject.infers:
        columns["inferred_ns"] = columns["apt_ns"].copy()
        known = lasted[:, State.UNKNOWN] < length
        columns["flags"][known] |= elements.INFERRED


def fill_events(columns: Columns, subject: Subject, buckets: Buckets) -> None:
    """Micro-stops, own stops and change-overs, each in the bucket in which it begins."""
    grid, gaps, edges = buckets.grid, subject.gaps, buckets.grid.edges_ns
    micro = ~gaps.is_stop
    lost = Elapsed(gaps.t0_ns[micro], gaps.t1_ns[micro]).between(edges[:-1], edges[1:])
    columns["micro_ns"] = np.where(buckets.planned, np.minimum(lost, columns["apt_ns"]), 0)
    columns["micro_n"] = tally(grid, gaps.t0_ns[micro]) * buckets.planned
    hidden = touched(grid, *gaps.hiding) & (columns["apt_ns"] > 0)
    columns["flags"][hidden] |= elements.HIDES_MICRO_STOPS
    columns["stops_n"] = tally(grid, subject.shape.begins(subject.states)) * buckets.planned
    columns["changeovers_n"] = tally(grid, changeovers(subject))


def touched(grid: Grid, t0_ns: I64, t1_ns: I64) -> BOOL:
    """Which buckets share time with any of some intervals, in any order."""
    ends = np.zeros(len(grid) + 1, np.int64)
    begins = np.clip(grid.edges_ns.searchsorted(t0_ns, "right") - 1, 0, len(grid))
    np.add.at(ends, begins, 1)
    np.add.at(ends, np.clip(grid.edges_ns.searchsorted(t1_ns, "left"), 0, len(grid)), -1)
    return np.cumsum(ends[:-1]) > 0


def changeovers(subject: Subject) -> I64:
    """When a product followed a different one, with or without an unknown time between."""
    known = subject.products.value > 0
    at_ns, code = subject.products.t0_ns[known], subject.products.value[known]
    before = np.append(subject.last_product, code)[: len(code)]
    changed: I64 = at_ns[(code != before) & (before > 0)]
    return changed


def tally(grid: Grid, at_ns: I64) -> I64:
    """How many of the instants each bucket holds."""
    at_ns = at_ns[(at_ns >= grid.edges_ns[0]) & (at_ns < grid.edges_ns[-1])]
    return np.bincount(grid.holding(at_ns), minlength=len(grid))
