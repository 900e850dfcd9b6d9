"""Increments among buckets: whatever the edges and the decisions, nothing is lost or made."""

from math import fsum, isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.engine.machine.counting import Increments, split_gap_ns
from edge.engine.machine.spans import Elapsed
from edge.engine.machine.spread import Grid, spread
from edge.model import I64, SECOND_NS
from kpi.counters import Decision
from tests.unit.edge.fold_desk import signal

STEP = st.tuples(st.integers(1, 200), st.integers(0, 40), st.sampled_from("ccccrq"))

Reading = tuple[Decision, float, float, float]  # decision, count, low, high


def read(pieces: int, kind: str) -> Reading:
    """A count, a reset that may hide more, or a jump of unknown size."""
    if kind == "r":
        return Decision.RESET, pieces, pieces, pieces + 7
    if kind == "q":
        return Decision.QUARANTINE, nan, 0, pieces + 1
    return Decision.COUNT, pieces, pieces, pieces


def increments(seconds: I64, rows: list[Reading]) -> Increments:
    """The increments between instants, as the counter of good pieces has them."""
    decision, count, low, high = (np.array(column) for column in zip(*rows, strict=True))
    return Increments(
        signal=signal("body", "good"),
        since_ns=seconds[:-1] * SECOND_NS,
        t_ns=seconds[1:] * SECOND_NS,
        count=count.astype(np.float64),
        low=low.astype(np.float64),
        high=high.astype(np.float64),
        decision=decision,
        value=np.zeros(len(rows)),
        accepted=np.zeros(0, np.int64),
        stood_ns=None,
    )


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(STEP, min_size=1, max_size=15), st.data())
def test_pieces_are_conserved_across_every_boundary(
    steps: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    """Buckets and loose increments together hold each count, low and high, and whole pieces."""
    seconds = np.cumsum([0, *(length for length, _, _ in steps)])
    inner = st.lists(st.integers(1, int(seconds[-1])), max_size=6, unique=True)
    edges = np.array([0, *sorted(data.draw(inner)), int(seconds[-1]) + 1]) * SECOND_NS
    turns = data.draw(st.lists(st.booleans(), min_size=len(edges) - 1, max_size=len(edges) - 1))
    runs = sorted(data.draw(st.lists(st.integers(0, int(seconds[-1])), max_size=6, unique=True)))
    runs = runs[: len(runs) // 2 * 2]
    rows = [read(pieces, kind) for _, pieces, kind in steps]
    producing = Elapsed(np.array(runs[::2]) * SECOND_NS, np.array(runs[1::2]) * SECOND_NS)

    found = spread(increments(seconds, rows), Grid(edges, np.cumsum(turns)), producing)

    loose = found.loose
    _, count, low, high = zip(*rows, strict=True)
    known = [number for number in count if not isnan(number)]
    assert found.count.sum() + fsum(one.amount or 0 for one in loose) == fsum(known)
    assert found.low.sum() + fsum(one.low for one in loose) == fsum(low)
    assert found.high.sum() + fsum(one.high for one in loose) == fsum(high)
    assert (found.count == np.floor(found.count)).all()
    assert ((found.low <= found.count) & (found.count <= found.high)).all()


@pytest.mark.parametrize(("seconds", "amounts"), [(60, []), (61, [12.0])])
def test_a_count_over_the_end_of_a_shift_is_divided_while_it_is_short(
    seconds: int, amounts: list[float]
) -> None:
    """Up to a minute by producing time, a third before and two thirds after; then it is loose."""
    row = increments(np.array([0, seconds]), [(Decision.COUNT, 12, 12, 12)])
    assert split_gap_ns(row.signal) == 60 * SECOND_NS
    edges = np.array([0, 20, 900]) * SECOND_NS

    found = spread(row, Grid(edges, np.array([0, 1])), Elapsed(edges[:1], edges[-1:]))

    assert [one.amount for one in found.loose] == amounts
    assert found.count.tolist() == ([0, 0] if amounts else [4, 8])
    assert found.high.tolist() == found.count.tolist()
