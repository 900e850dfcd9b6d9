"""Gaps between pieces against `kpi.states.micro_stops`, which knows one run and single pieces."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.engine.counting import Increments
from edge.engine.gaps import Limits, find
from edge.engine.spans import Spans
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
    one, n = np.ones(len(pieces)), np.zeros(0, np.int64)
    increments = Increments(
        signal=signal("body", "good"),
        since_ns=np.append(begin, pieces[:-1]),
        t_ns=pieces,
        count=one,
        low=one,
        high=one,
        decision=np.full(len(pieces), Decision.COUNT),
        value=np.cumsum(one),
        accepted=n,
        same_ns=n,
    )
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
