"""Buckets: what is divided adds up again, to the last nanosecond and piece."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.elements import apportion, apportion_each, durations, edges

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


WEIGHTS = st.lists(st.integers(0, 9) | st.integers(0, 10**15), min_size=1, max_size=6).filter(any)
GROUPS = st.lists(st.tuples(st.integers(0, 99) | st.integers(0, 10**6), WEIGHTS), min_size=1)


@SEEDED
@given(GROUPS)
def test_many_are_divided_as_one_by_one(groups: list[tuple[int, list[int]]]) -> None:
    """By Hamilton's method in fractions: the floors, then one more to the largest rests."""
    expected = []
    for total, weights in groups:
        shares = [Fraction(total * weight, sum(weights)) for weight in weights]
        parts = [math.floor(share) for share in shares]
        order = sorted(range(len(parts)), key=lambda at: (parts[at] - shares[at], at))
        for at in order[: total - sum(parts)]:
            parts[at] += 1
        expected.append(parts)
    sizes = np.array([len(weights) for _, weights in groups])
    every = np.array([weight for _, weights in groups for weight in weights])

    found = apportion_each(np.array([n for n, _ in groups]), every, np.cumsum(sizes) - sizes)

    assert found.tolist() == [part for parts in expected for part in parts]
    assert [apportion(*group).tolist() for group in groups] == expected


def test_products_beyond_64_bits_are_divided_all_the_same() -> None:
    """Two pieces by weights of 2 and 1: 1 1/3 and 2/3, so one each."""
    assert apportion_each(np.array([2]), np.array([2**62, 2**61]), np.array([0])).tolist() == [1, 1]


@SEEDED
@given(st.integers(0, 1000), st.lists(st.integers(0, 50), min_size=1, max_size=6))
def test_floats_are_divided_as_integers_are(total: int, tenths: list[int]) -> None:
    """Weights of 0.1 behave as tenths do, ties included."""
    if not any(tenths):
        tenths[0] = 1
    assert apportion(total, [t / 10 for t in tenths]).tolist() == apportion(total, tenths).tolist()


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (2**53 + 1, [0.0, 0.3], [0, 2**53 + 1]),
        (10**18 + 1, [0.1, 0.2, 0.7], [10**17, 2 * 10**17, 7 * 10**17 + 1]),
        (3, [1e308, 1e308], [2, 1]),
        (2, [0.1 + 0.2, 0.3, 0.6], [1, 0, 1]),
    ],
    ids=["a-part-without-weight", "thirteen-digits-more", "beyond-any-sum", "noise-is-no-weight"],
)
def test_floats_divide_any_number(total: int, weights: list[float], parts: list[int]) -> None:
    """A part of weight 0 gets nothing, however many pieces there are."""
    assert apportion(total, weights).tolist() == parts


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


@pytest.mark.parametrize("grid", [0, -1])
def test_a_grid_has_a_distance(grid: int) -> None:
    """The least is a nanosecond."""
    with pytest.raises(ValueError, match=f"grid_ns is {grid}; it must be positive"):
        edges(0, 3, grid_ns=grid)
    assert edges(0, 3, grid_ns=1).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("spans", "cuts", "words"),
    [
        pytest.param(([0, 1], [1], [1]), [0, 9], "the same length", id="ends-missing"),
        pytest.param(([0], [1], [1, 1]), [0, 9], "the same length", id="codes-too-many"),
        pytest.param(([0], [1], [8]), [0, 9], "code must be 0 to 7", id="ninth-code"),
        pytest.param(([0], [1], [-1]), [0, 9], "code must be 0 to 7", id="code-below-zero"),
        pytest.param(([0], [1], [1]), [0], "at least two edges", id="one-edge"),
        pytest.param(([0], [1], [1]), [], "at least two edges", id="no-edge"),
        pytest.param(([0], [1], [1]), [1, 0], "in order", id="edges-out-of-order"),
    ],
)
def test_what_is_no_list_of_intervals_is_refused(
    spans: tuple[list[int], list[int], list[int]], cuts: list[int], words: str
) -> None:
    """With the word for what is wrong, before anything is added up."""
    with pytest.raises(ValueError, match=words):
        durations(*spans, cuts)


def test_pieces_are_whole_and_not_below_zero() -> None:
    """None at all may be divided; two numbers are no number of pieces."""
    assert apportion(0, [1, 2]).tolist() == [0, 0]
    with pytest.raises(ValueError, match="total is -1"):
        apportion(-1, [1])
    with pytest.raises(ValueError, match="size 1"):
        apportion([3, 4], [1])  # type: ignore[arg-type]  # as somebody might who trusts in columns


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [0, 0], [1.0, math.inf], [1.0, -0.5], [-1, 2]])
def test_weights_that_divide_nothing_are_refused(weights: list[float]) -> None:
    """There is a weight, none is below zero, and their sum is a number above it."""
    with pytest.raises(ValueError, match="weights must be finite and not negative, nor all zero"):
        apportion(3, weights)


def test_whole_weights_are_compared_to_the_last_unit() -> None:
    """The heavier of two gets the one piece, though as floats they are alike."""
    assert apportion(1, [2**60, 2**60 + 1]).tolist() == [0, 1]


@SEEDED
@given(
    st.lists(st.tuples(NS, st.integers(0, 10**12), st.integers(0, 7)), max_size=20),
    st.lists(st.integers(0, 10**13), min_size=2, max_size=9, unique=True),
    st.data(),
)
def test_sums_do_not_depend_on_where_time_is_cut(
    spans: list[tuple[int, int, int]], cuts: list[int], data: st.DataObject
) -> None:
    """Buckets taken together, or a window cut in two, hold the same time of every state."""
    begins = [begin % 10**13 for begin, _, _ in spans]
    ends = [begin + long for begin, (_, long, _) in zip(begins, spans, strict=True)]
    codes = [code for _, _, code in spans]
    fine = sorted(cuts)
    place = data.draw(st.integers(0, len(fine) - 1))
    at = fine[place]

    buckets = durations(begins, ends, codes, fine)
    whole = durations(begins, ends, codes, [fine[0], fine[-1]])
    halves = [durations(begins, ends, codes, pair) for pair in ([fine[0], at], [at, fine[-1]])]

    assert buckets.sum(axis=0).tolist() == whole[0].tolist()
    assert (halves[0] + halves[1]).tolist() == whole.tolist()
    assert buckets[:place].sum(axis=0).tolist() == halves[0][0].tolist()
