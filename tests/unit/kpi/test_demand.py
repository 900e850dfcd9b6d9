"""Billing demand: every quarter hour from paper, and holes that bound it."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.demand import (
    QUARTER_NS,
    billing_kw,
    counted_months,
    month_ns,
    months_of,
    peak,
    quarters,
)

MIN_NS = 60_000_000_000
SEOUL = timezone(timedelta(hours=9))
Increment = tuple[int, int, int]  # from and to a minute, watt hours


def told(found: list[Increment], n: int, even_min: int = 1) -> tuple[list[float], list[float]]:
    """Least and greatest energy of the first quarter hours, of increments in minutes."""
    begin, end, wh = (np.array(each) for each in zip(*found, strict=True))
    kwh = wh / 1000
    span, even_ns = (0, n * QUARTER_NS), even_min * MIN_NS
    of = quarters(begin * MIN_NS, end * MIN_NS, (kwh, kwh), span, even_ns=even_ns)
    return of.low.tolist(), of.high.tolist()


def test_a_quarter_hour_has_what_came_between_readings_on_its_edges() -> None:
    """10 kWh and 30 kWh in a quarter hour each are 40 and 120 kW."""
    assert told([(0, 5, 4000), (5, 15, 6000), (15, 30, 30_000)], 2) == ([10, 30], [10, 30])
    of = quarters(
        [0, QUARTER_NS], [QUARTER_NS, 2 * QUARTER_NS], ([10, 30], [10, 30]), (0, 2 * QUARTER_NS),
        even_ns=0,
    )  # fmt: skip
    assert peak(of) == (120, 1, 0)


def test_a_short_step_across_an_edge_is_divided_by_length() -> None:
    """Of 3 kWh in three minutes one came before the edge, and two behind it."""
    assert told([(0, 14, 0), (14, 17, 3000), (17, 30, 0)], 2, 3) == ([1, 2], [1, 2])


def test_a_long_step_may_have_come_in_any_of_its_quarter_hours() -> None:
    """6 kWh of an hour's silence: none of it is sure, all of it is possible in each."""
    found = told([(0, 15, 5000), (15, 75, 6000), (75, 90, 1000)], 6)
    assert found == ([5, 0, 0, 0, 0, 1], [5, 6, 6, 6, 6, 1])


def test_a_silence_that_brought_little_hides_no_peak() -> None:
    """Four kilowatt hours cannot have been more than five in one quarter hour."""
    low, high = told([(0, 15, 5000), (15, 75, 4000)], 5)
    of = quarters([0], [QUARTER_NS], ([5.0], [5.0]), (0, QUARTER_NS), even_ns=0)
    assert peak(of._replace(low=np.array(low), high=np.array(high))) == (20, 0, 0)


def test_time_that_no_reading_covers_bounds_nothing() -> None:
    """Ten minutes are told of the second quarter hour, and the third is not told at all."""
    low, high = told([(0, 15, 5000), (15, 25, 2000)], 3)
    assert (low, high) == ([5, 2, 0], [5, np.inf, np.inf])
    whole = quarters([0], [1], ([0.0], [0.0]), (0, QUARTER_NS), even_ns=0)
    assert peak(whole._replace(low=np.array(low), high=np.array(high))) == (20, 0, 2)


def test_nothing_told_is_no_peak_of_zero() -> None:
    """Without a reading there is no power; with readings that stand still there is: none."""
    empty = quarters([], [], ([], []), (0, 2 * QUARTER_NS), even_ns=0)
    assert np.isnan(peak(empty).kw)
    assert peak(empty)[1:] == (-1, 2)
    assert peak(empty._replace(high=np.zeros(2))) == (0, -1, 0)


def test_steps_that_reach_over_the_ends_are_bounded_inside_alone() -> None:
    """A long one from before the first quarter hour, a short one out of the last."""
    kwh = np.array([6.0, 2.0])
    span = (QUARTER_NS, 2 * QUARTER_NS)
    of = quarters(
        [0, 29 * MIN_NS], [29 * MIN_NS, 31 * MIN_NS], (kwh, kwh), span, even_ns=2 * MIN_NS
    )
    assert (of.low.tolist(), of.high.tolist()) == ([1.0], [7.0])


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9000)), min_size=1, max_size=40),
    st.integers(0, 15),
)
def test_bounds_hold_what_a_plain_count_says(steps: list[tuple[int, int]], even_min: int) -> None:
    """Minute by minute with fractions: the evenly divided energy always lies between the bounds.

    Where no step is long both are that energy, and energy that surely came is never more than all.
    """
    minute, found, even = 0, list[Increment](), dict[int, Fraction]()
    for length, wh in steps:
        found.append((minute, minute + length, wh))
        for each in range(minute, minute + length):
            even[each // 15] = even.get(each // 15, Fraction(0)) + Fraction(wh, length * 1000)
        minute += length
    n = max(1, minute // 15)
    low, high = told(found, n, even_min)
    short = all(length <= even_min or a // 15 == (b - 1) // 15
                for (length, _), (a, b, _) in zip(steps, found, strict=True))  # fmt: skip
    for place in range(min(n, minute // 15)):
        assert low[place] <= float(even[place]) + 1e-9
        assert high[place] >= float(even[place]) - 1e-9
        if short:
            assert low[place] == pytest.approx(float(even[place]))
            assert high[place] == pytest.approx(float(even[place]))


@pytest.mark.parametrize("wall", [(2026, 1, 1), (2026, 3, 1), (2028, 3, 1), (1969, 12, 1)])
def test_a_month_begins_at_midnight_in_seoul(wall: tuple[int, int, int]) -> None:
    """The tariff's clock is nine hours ahead of UTC all year."""
    begin = datetime(*wall, tzinfo=SEOUL)
    at_ns = (begin - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    month = (wall[0] - 1970) * 12 + wall[1] - 1
    assert month_ns(month) == at_ns
    assert months_of([at_ns - 1, at_ns]).tolist() == [month - 1, month]


def test_a_bill_looks_at_its_month_and_at_named_ones_of_the_year() -> None:
    """Of May 2026 with winter and summer named: July to September, December to February, May."""
    may = 56 * 12 + 4
    assert counted_months(may, [12, 1, 2, 7, 8, 9]) == [
        *(55 * 12 + month - 1 for month in (7, 8, 9, 12)),
        *(56 * 12 + month - 1 for month in (1, 2, 5)),
    ]
    assert may - 12 not in counted_months(may, [5])


@pytest.mark.parametrize(
    ("peaks", "floor", "found"),
    [
        ({1: 80.0, 2: 120.0}, 90.0, (120.0, 2)),
        ({1: 80.0, 2: np.nan}, 90.0, (90.0, None)),
        ({}, 30.0, (30.0, None)),
        ({1: 50.0, 3: 50.0}, 30.0, (50.0, 1)),
    ],
)
def test_the_greatest_month_is_charged_and_never_less_than_the_floor(
    peaks: dict[int, float], floor: float, found: tuple[float, int | None]
) -> None:
    """A month of which nobody knows anything charges nothing and hides nothing."""
    assert billing_kw(peaks, floor) == found


def test_a_span_that_is_not_of_whole_quarter_hours_is_refused() -> None:
    """And so is what is taken as even over more than one of them."""
    with pytest.raises(ValueError, match="whole quarter hours"):
        quarters([], [], ([], []), (0, QUARTER_NS + 1), even_ns=0)
    with pytest.raises(ValueError, match="a quarter hour is the most"):
        quarters([], [], ([], []), (0, QUARTER_NS), even_ns=QUARTER_NS + 1)
