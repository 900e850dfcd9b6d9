"""Buckets: what is divided adds up again, to the last nanosecond and piece."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.elements import apportion, durations, edges

SEEDED = settings(derandomize=True, deadline=None, max_examples=300)
NS = st.integers(-(10**18), 2 * 10**18)


@SEEDED
@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**15), min_size=1, max_size=9))
def test_pieces_are_conserved_and_fair(total: int, weights: list[int]) -> None:
    """The parts add up, none is a piece away from its share, and more weight never gets less."""
    if not any(weights):
        weights[0] = 1
    parts = apportion(total, weights)

    shares = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert parts.sum() == total
    assert all(abs(int(part) - share) < 1 for part, share in zip(parts, shares, strict=True))
    order = np.argsort(weights, kind="stable")
    assert (np.diff(parts[order]) >= -1).all()


@SEEDED
@given(st.integers(0, 1000), st.lists(st.integers(0, 50), min_size=1, max_size=6))
def test_floats_are_divided_as_integers_are(total: int, tenths: list[int]) -> None:
    """Weights of 0.1 behave as tenths do, ties included."""
    if not any(tenths):
        tenths[0] = 1
    assert apportion(total, [t / 10 for t in tenths]).tolist() == apportion(total, tenths).tolist()


@SEEDED
@given(st.lists(st.tuples(NS, st.integers(0, 10**12), st.integers(0, 7)), max_size=20), st.data())
def test_durations_split_every_interval(
    spans: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Per bucket and code the sum of overlaps; overhanging time belongs to no bucket."""
    near = [begin for begin, _, _ in spans] + [begin + long for begin, long, _ in spans]
    pick = st.one_of(NS, st.sampled_from(near)) if near else NS
    cuts = sorted(data.draw(st.lists(pick, min_size=2, max_size=6)))
    found = durations(
        [begin for begin, _, _ in spans],
        [begin + long for begin, long, _ in spans],
        [code for _, _, code in spans],
        cuts,
    )

    for bucket, (left, right) in enumerate(pairwise(cuts)):
        expected = [0] * 8
        for begin, long, code in spans:
            expected[code] += max(0, min(begin + long, right) - max(begin, left))
        assert found[bucket].tolist() == expected


@SEEDED
@given(st.integers(0, 10**6), st.integers(1, 10**4), st.lists(st.integers(0, 10**6)))
def test_edges_hold_grid_and_boundaries(start: int, length: int, cuts: list[int]) -> None:
    """First is start, last is end; between them every multiple of the grid and every boundary."""
    end = start + length
    found = edges(start, end, boundaries_ns=cuts, grid_ns=900)

    inside = {t for t in cuts if start < t < end} | {t for t in range(start, end) if t % 900 == 0}
    assert found.tolist() == sorted(inside | {start, end})


def test_negative_intervals_are_refused() -> None:
    """An interval that ends before it begins is a mistake of the caller."""
    with pytest.raises(ValueError, match="negative"):
        durations([5], [4], [1], [0, 10])
