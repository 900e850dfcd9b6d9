"""Gaps between pieces against `kpi.states.micro_stops`, which knows one run and single pieces."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from edge.engine.machine.counting import Increments
from edge.engine.machine.gaps import Limits, find
from edge.engine.machine.spans import Spans
from edge.model import SECOND_NS
from kpi.counters import Decision
from kpi.states import State, micro_stops
from tests.unit.edge.fold_desk import signal


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.lists(st.integers(1, 999), min_size=1, max_size=20, unique=True),
    st.integers(1, 40),
    st.none() | st.integers(1, 60),
    st.integers(1, 400),
)
def test_the_gaps_of_one_run_are_those_of_the_plain_function(
    seconds: list[int], cycle_s: int, micro_s: int | None, stop_s: int
) -> None:
    """As many micro-stops and stops, and as much time lost in each."""
    begin = np.array([0], np.int64)
    pieces = np.sort(np.array(seconds, np.int64)) * SECOND_NS
    increments = counted(np.append(begin, pieces), np.ones(len(pieces)))
    end_ns = 1000 * SECOND_NS
    states = Spans.of(begin, np.array([State.PRODUCING]), end_ns)
    products = Spans.of(begin, np.array([7]), end_ns)
    limits = Limits(lambda *_: float(cycle_s * SECOND_NS), micro_s, stop_s * SECOND_NS)

    found = find(states, products, [increments], limits, None)
    plain = micro_stops(
        pieces,
        0,
        end_ns,
        ideal_cycle_ns=cycle_s * SECOND_NS,
        micro_after_ns=None if micro_s is None else micro_s * SECOND_NS,
        stop_after_ns=stop_s * SECOND_NS,
    )

    lost_ns = found.t1_ns - found.t0_ns
    assert plain == (
        (~found.is_stop).sum(),
        lost_ns[~found.is_stop].sum(),
        found.is_stop.sum(),
        lost_ns[found.is_stop].sum(),
    )


def test_where_a_fold_begins_moves_nothing_that_readings_hide() -> None:
    """Good pieces are read at 100, 200, 300 s, scrap at 150 and 290 s; a fold begins at 250 s.

    It knows of the last piece before it, not of when the machine began to run; what it finds behind
    250 s is what a fold from the start finds there.
    """
    good, scrap = counted([0, 100, 200, 300], [60, 60, 60]), counted([0, 150, 290], [2, 2])
    limits = Limits(lambda *_: float(SECOND_NS), None, 300 * SECOND_NS)
    found = []
    for from_s, since_s in ((0, None), (250, 200)):
        span = np.array([from_s], np.int64) * SECOND_NS, 1000 * SECOND_NS
        states = Spans.of(span[0], np.array([State.PRODUCING]), span[1])
        products = Spans.of(np.array([0], np.int64), np.array([7]), span[1])
        since_ns = None if since_s is None else since_s * SECOND_NS
        hiding = find(states, products, [good, scrap], limits, since_ns).hiding
        pairs = zip(*(ends // SECOND_NS for ends in hiding), strict=True)
        found.append({(int(t0), int(t1)) for t0, t1 in pairs if t1 > 250})
    assert found == [{(200, 300), (150, 290)}] * 2


def counted(readings: ArrayLike, counts: ArrayLike) -> Increments:
    """What a counter brought from each reading to the next; seconds, or nanoseconds as they are."""
    t_ns, count = np.asarray(readings, np.int64), np.asarray(counts, np.float64)
    t_ns = t_ns * SECOND_NS if isinstance(readings, list) else t_ns
    return Increments(
        signal=signal("body", "good"),
        since_ns=t_ns[:-1],
        t_ns=t_ns[1:],
        count=count,
        low=count,
        high=count,
        decision=np.full(len(count), Decision.COUNT),
        value=np.cumsum(count),
        accepted=np.zeros(0, np.int64),
        stood_ns=None,
    )
