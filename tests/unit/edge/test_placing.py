"""A fact is divided over planned time: whole pieces, all of them, however time is cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.engine.machine.calendars import Calendar
from edge.engine.machine.placing import Placed, place
from edge.facts import Fact
from edge.model import DAY_NS, SECOND_NS
from tests.unit.edge.fact_desk import counting, fact
from tests.unit.edge.fold_desk import at, site_of

SITE = site_of(counting("good"))
HOURS = Calendar(SITE, SITE.lines[0]).hours(at("00:00"), at("+1 23:00"))
FOREVER = (-(1 << 62), 1 << 62)
MINUTE_NS = 60 * SECOND_NS


def placed(told: Fact) -> Placed:
    """Where it counts by the calendar alone."""
    return place(told, HOURS)


@given(
    st.integers(0, 10**6),
    st.lists(st.integers(-60, 900), max_size=8),
    st.integers(0, 700),
    st.integers(0, 700),
)
def test_parts_are_whole_and_add_up(
    quantity: int, cuts: list[int], begin: int, length: int
) -> None:
    """Whatever the edges, as long as they hold all of its time."""
    from_ns = at("08:00") + begin * MINUTE_NS
    one = fact("scrap", "08:00", None, quantity)
    told = placed(
        Fact(one.name, "mask", "body", "scrap", from_ns, from_ns + length * MINUTE_NS, quantity)
    )
    inner = [at("08:00") + cut * MINUTE_NS for cut in cuts]
    edges = np.unique(np.array([at("06:00"), *inner, at("+1 12:00")], np.int64))
    parts = told.pieces(edges, FOREVER)
    assert parts.sum() == quantity
    assert (parts >= 0).all()
    assert (parts == np.floor(parts)).all()


def test_a_break_gets_nothing_and_a_planned_hour_its_share() -> None:
    """Eleven planned hours from eight to eight; noon to one is a break."""
    told = placed(fact("scrap", "08:00", "20:00", 1100))
    edges = np.array([at("08:00"), at("09:00"), at("12:00"), at("13:00"), at("20:00")])
    assert told.pieces(edges, FOREVER).tolist() == [100, 300, 0, 700]


def test_fractions_and_hours_are_divided_to_their_last_unit() -> None:
    """Kilograms to a millionth, hours to a nanosecond."""
    edges = np.array([at("08:00"), at("08:10"), at("08:20"), at("08:30")])
    assert placed(fact("scrap", "08:00", "08:30", 0.5)).pieces(edges, FOREVER).sum() == (
        pytest.approx(0.5, abs=1e-12)
    )
    hours = placed(fact("work", "08:00", "08:30", 1.1)).hours_ns(edges, FOREVER)
    assert hours.sum() == 3960 * SECOND_NS
    assert hours.dtype == np.int64


def test_a_window_that_ends_before_it_begins_is_an_empty_one() -> None:
    """A clock that was set back by a day or by years asks for no day before the first."""
    calendar, begin = Calendar(SITE, SITE.lines[0]), at("08:00")
    for back_ns in (DAY_NS, 30 * DAY_NS, begin):
        assert calendar.hours(begin, begin - back_ns) is calendar.hours(begin, begin)


def test_outside_of_shifts_time_counts_as_it_passes() -> None:
    """On a day nobody works a fact is divided by length."""
    closed = Calendar(SITE, SITE.lines[0]).hours(at("00:00"), at("01:00"))
    nothing = np.zeros(0, np.int64)
    never = closed._replace(
        shift_t0_ns=nothing, shift_t1_ns=nothing, planned_t0_ns=nothing, planned_t1_ns=nothing
    )
    told = place(fact("scrap", "10:00", "11:00", 60), never)
    assert told.pieces(np.array([at("10:00"), at("10:10"), at("11:00")]), FOREVER).tolist() == [
        10,
        50,
    ]
    assert told.told == (at("10:00"), at("11:00"))


def test_what_rows_do_not_reach_stays_in_its_shift() -> None:
    """Rows that end with a machine's life take the rest of their shift, never another shift's."""
    told, life = placed(fact("scrap", "08:00", "20:00", 110)), (at("08:00"), at("10:00"))
    edges = np.array([at("08:00"), at("09:00"), at("10:00")])
    assert told.pieces(edges, life).tolist() == [10, 100]
    night = placed(fact("scrap", "21:00", None, 5))
    assert night.pieces(edges, life).tolist() == [0, 0]
