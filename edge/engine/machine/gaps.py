"""Time without a piece while the state says producing: micro-stops and stops.

A gap lies between two pieces of one run and product; the run's ends count as pieces. Where a
reading brought several pieces they were made evenly since the one before. The loss is the gap
without one ideal cycle; above `stop_after` it is no longer production but delay.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from edge.engine.machine.counting import Increments
from edge.engine.machine.spans import Spans
from edge.model import BOOL, F64, I64, SECOND_NS
from kpi.states import State, gap_classes, usual_micro_after_ns


class Limits(NamedTuple):
    """What counts as a gap."""

    ideal_ns: Callable[[int, int], float]  # of a product's word at an instant; NaN = none
    micro_after_s: float | None
    stop_after_ns: int


class Gaps(NamedTuple):
    """Losses, sorted and disjoint."""

    t0_ns: I64
    t1_ns: I64
    is_stop: BOOL
    hiding: tuple[I64, I64]  # begins and ends of readings between which there may be one more


NOTHING = np.empty(0, np.int64)
NO_GAPS = Gaps(NOTHING, NOTHING, np.empty(0, np.bool_), (NOTHING, NOTHING))


class Runs(NamedTuple):
    """Producing runs of one product each, with what counts as a gap in them."""

    t0_ns: I64
    t1_ns: I64
    ideal_ns: F64
    micro_ns: F64
    stop_after_ns: int

    def classes(self, gap_ns: I64, run: I64) -> tuple[BOOL, BOOL]:
        """Which gaps of some runs are micro-stops, and which are stops."""
        return gap_classes(gap_ns, self.ideal_ns[run], self.micro_ns[run], self.stop_after_ns)


def find(
    states: Spans, products: Spans, pieces: list[Increments], limits: Limits, since_ns: int | None
) -> Gaps:
    """The losses in all runs that end after `states` begins.

    Args:
        states: what the machine did.
        products: what it made.
        pieces: its counters; without any nothing is known of gaps.
        limits: what counts as a gap.
        since_ns: since when the first run had no piece, where it began before `states`.
    """
    runs = producing_runs(states, products, limits, since_ns)
    if not len(runs.t0_ns) or not pieces:
        return NO_GAPS
    first, last = covered(pieces, runs)
    begin = np.concatenate([first, runs.t0_ns, runs.t1_ns])
    end = np.concatenate([last, runs.t0_ns, runs.t1_ns])
    order = np.argsort(begin, kind="stable")
    reached = np.maximum.accumulate(end[order])[:-1]
    following = begin[order][1:]
    run = runs.t0_ns.searchsorted(reached, "right") - 1
    index = np.maximum(run, 0)
    inside = (run >= 0) & (reached < runs.t1_ns[index]) & (following > reached)
    micro, stop = runs.classes(following - reached, index)
    lost = inside & (micro | stop)
    begin_ns = reached[lost] + runs.ideal_ns[index][lost].astype(np.int64)
    return Gaps(begin_ns, following[lost], stop[lost], hiding(pieces, runs))


def producing_runs(states: Spans, products: Spans, limits: Limits, since_ns: int | None) -> Runs:
    """Producing time cut where the product changes."""
    making = states.value == State.PRODUCING
    t0_ns, t1_ns = states.t0_ns[making], states.t1_ns[making]
    edges = products.t0_ns[1:]
    edges = edges[t0_ns.searchsorted(edges, "left") > t1_ns.searchsorted(edges, "right")]
    t0_ns, t1_ns = np.sort(np.append(t0_ns, edges)), np.sort(np.append(t1_ns, edges))
    product = products.at(t0_ns)
    ideal = [
        limits.ideal_ns(code, at) for code, at in zip(product.tolist(), t0_ns.tolist(), strict=True)
    ]
    ideal_ns = np.array(ideal, np.float64)
    if limits.micro_after_s is None:
        micro_ns = usual_micro_after_ns(ideal_ns)
    else:
        micro_ns = np.where(np.isnan(ideal_ns), np.nan, limits.micro_after_s * SECOND_NS)
    if since_ns is not None and len(t0_ns) and t0_ns[0] == states.t0_ns[0]:
        t0_ns = np.append(min(since_ns, int(t0_ns[0])), t0_ns[1:])
    return Runs(t0_ns, t1_ns, ideal_ns, micro_ns, limits.stop_after_ns)


def covered(pieces: list[Increments], runs: Runs) -> tuple[I64, I64]:
    """Stretches without a gap: between the first and last piece of each increment.

    Pieces so sparse that there are gaps between them stand alone. An increment of unknown size
    covers all its time: nobody can say that there was a gap.
    """
    found = [stretches(each, runs) for each in pieces]
    return np.concatenate([f for f, _ in found]), np.concatenate([last for _, last in found])


def hiding(pieces: list[Increments], runs: Runs) -> tuple[I64, I64]:
    """Begins and ends of readings that brought several pieces, and may hide a gap between them.

    Pieces come no faster than the ideal cycle. What is left of the time from one reading to the
    next may have passed in one gap, though evenly made pieces show none. Time before the run counts
    as well: a fold that begins within the run does not know where that began.
    """
    found = [(NOTHING, NOTHING)]
    for each in pieces:
        rows = each.bringing[each.count[each.bringing] > 1]
        since_ns, t_ns = each.since_ns[rows], each.t_ns[rows]
        run = np.maximum(runs.t0_ns.searchsorted(t_ns, "left") - 1, 0)
        inside = (t_ns > runs.t0_ns[run]) & (t_ns <= runs.t1_ns[run])
        longest_ns = t_ns - since_ns - (np.ceil(each.count[rows]) - 1) * runs.ideal_ns[run]
        hides = inside & (longest_ns > runs.micro_ns[run])
        found.append((since_ns[hides], t_ns[hides]))
    return np.concatenate([t0 for t0, _ in found]), np.concatenate([t1 for _, t1 in found])


def stretches(increments: Increments, runs: Runs) -> tuple[I64, I64]:
    """The same of one counter."""
    unknown = increments.unknown
    rows = increments.bringing
    since_ns, t_ns = increments.since_ns[rows], increments.t_ns[rows]
    number = np.ceil(increments.count[rows]).astype(np.int64)
    step_ns = (t_ns - since_ns) // number
    run = runs.t0_ns.searchsorted(t_ns, "left") - 1
    micro, stop = runs.classes(step_ns, np.maximum(run, 0))
    sparse = (number > 1) & (run >= 0) & (micro | stop)
    alone = np.repeat(t_ns[sparse], number[sparse]) - steps_back(number[sparse]) * np.repeat(
        step_ns[sparse], number[sparse]
    )
    dense = ~sparse
    first = t_ns[dense] - step_ns[dense] * (number[dense] - 1)
    return (
        np.concatenate([first, alone, increments.since_ns[unknown]]),
        np.concatenate([t_ns[dense], alone, increments.t_ns[unknown]]),
    )


def steps_back(number: I64) -> I64:
    """Of each piece of each increment how many come after it."""
    ends = np.repeat(np.cumsum(number), number)
    return ends - np.arange(len(ends)) - 1


def with_stops(states: Spans, gaps: Gaps) -> Spans:
    """The states with stops as delay: what a person would call it, whatever the signal says."""
    t0_ns, t1_ns = gaps.t0_ns[gaps.is_stop], gaps.t1_ns[gaps.is_stop]
    if not len(t0_ns) or not len(states.t0_ns):
        return states
    inside = (t1_ns > states.t0_ns[0]) & (t0_ns < states.t1_ns[-1])
    t0_ns = np.maximum(t0_ns[inside], states.t0_ns[0])
    t1_ns = t1_ns[inside]
    at_ns = np.unique(np.concatenate([states.t0_ns, t0_ns, t1_ns[t1_ns < states.t1_ns[-1]]]))
    value = states.at(at_ns)
    place = t0_ns.searchsorted(at_ns, "right") - 1
    index = np.maximum(place, 0)
    stopped = (place >= 0) & (at_ns < t1_ns[index]) if len(t0_ns) else np.zeros(len(at_ns), bool)
    value = np.where(stopped, np.int64(State.DELAYED), value)
    return Spans.of(at_ns, value, int(states.t1_ns[-1]))


def open_since(
    states: Spans, products: Spans, pieces: list[Increments], at_ns: int, since_ns: int | None
) -> int | None:
    """Since when, at an instant, the machine has been producing without a piece.

    Args:
        states: what the machine did.
        products: what it made.
        pieces: its counters.
        at_ns: the instant.
        since_ns: the answer where `states` begins, None if it did not produce there.

    Returns:
        None where the machine does not produce right before the instant.
    """
    place = int(states.t0_ns.searchsorted(at_ns, "left")) - 1
    if place < 0 or states.value[place] != State.PRODUCING or states.t1_ns[place] < at_ns:
        return None
    begin = int(states.t0_ns[place])
    if place == 0 and since_ns is not None:
        begin = min(begin, since_ns)
    changes = products.t0_ns[1:][products.t0_ns[1:] <= at_ns]
    begin = max(begin, int(changes[-1])) if len(changes) else begin
    for each in pieces:
        number = int(each.pieces_ns.searchsorted(at_ns))
        if number:
            begin = max(begin, int(each.pieces_ns[number - 1]))
    return begin
