"""What cannot be a figure is refused by name, and a missing point is none."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from kpi.arrays import known, whole
from kpi.calendar import (
    ShiftRule,
    day_length_ns,
    effective,
    planned_intervals,
    production_day,
    shifts,
)
from kpi.cost import bennet, energy_split, fx_split, round_parts, usage_only, variances
from kpi.decompose import lmdi
from kpi.demand import QUARTER_NS, quarters
from kpi.elements import durations, edges
from kpi.improvement import companies, defect_change, four_numbers
from kpi.inference import (
    difference_in_differences,
    interrupted_series,
    ols_hac,
    poisson_interval,
    pool,
    proportion_interval,
)
from kpi.measures import losses, ratio
from kpi.plating import Metal, mass_g
from kpi.spc import capability, cusum, overdispersion
from kpi.states import map_states
from kpi.tariff import band, energy_factor

EUL = "industrial-eul"
TIMES = ("aust_ns", "adet_ns", "adet_external_ns", "adot_ns", "unknown_ns")
MADE = {"ideal_s": 1.0, "pq": 0, "gq": 0}

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "an instant beyond 64 bits": (lambda: whole([1e19], "t_ns"), "t_ns"),
    "an unsigned instant beyond 64 bits": (
        lambda: whole(np.array([2**63 + 5], np.uint64), "t_ns"),
        "t_ns",
    ),
    "a date, whose unit nobody knows": (
        lambda: whole(np.array(["2026-01-01"], "datetime64[s]"), "t_ns"),
        "t_ns",
    ),
    "nothing for an instant": (lambda: whole(np.array([None]), "t_ns"), "t_ns"),
    "a number in the words of numpy": (lambda: known([-1.0], "good"), r"good holds -1\.0;"),
    "an integer in the words of numpy": (lambda: whole([0.5], "t_ns"), r"t_ns holds 0\.5;"),
    "an endless firm": (lambda: companies([1, math.inf], [1, 2]), "before"),
    "no firm at all": (lambda: companies([], []), "there are no companies"),
    "a firm without an after": (
        lambda: companies([1, 2], [1]),
        "the same shape, so the same length: before 2, after 1, weights 2",
    ),
    "prices of other items": (
        lambda: bennet([1, 2], [1], [1], [1]),
        "the same shape, so the same length: price0 2, usage0 1,",
    ),
    "less than nothing used": (lambda: bennet([1], [-1], [1], [1]), "usage0 holds"),
    "less than nothing used now": (lambda: usage_only([1], [1], [1], [-1]), "usage1 holds"),
    "less than nothing imported": (lambda: fx_split(1, 1, 1, 1, 1, -1), "usage1 holds"),
    "less than nothing as standard": (lambda: variances(1, 1, 1, -1), "standard_quantity holds"),
    "a month of less than no hours": (lambda: energy_split([1, 2], [-1, 2], [1, 3]), "hours holds"),
    "samples of no size": (lambda: overdispersion([0, 0], 0), "size must be one number above 0"),
    "samples of two sizes": (lambda: overdispersion([0, 1], [5, 6]), "size must be one number"),
    "bounds of other rows": (lambda: ratio([1, 2], [1, 2], numerator_low=[1, 2, 3]), "low 3"),
    "half a nanosecond": (lambda: edges(0, 10**12, boundaries_ns=[1.5]), "boundaries_ns"),
    "a code that is no state": (lambda: map_states([1], {1: 9}), "mapping"),
    "endless trials": (lambda: proportion_interval(1, math.inf), "count"),
    "endless exposure": (lambda: poisson_interval(1, math.inf), "exposure"),
    "an endless variance": (lambda: pool([0.1, 0.2], [0.01, math.inf]), "variance"),
    "an endless regressor": (
        lambda: ols_hac([1, 2, 3], [[1.0, 0.0], [1.0, 1.0], [1.0, math.inf]], maxlags=1),
        "x must",
    ),
    "an endless factor": (lambda: lmdi([[math.inf, 1]], [[4, 1]]), "factors"),
    "a metal without valence": (lambda: mass_g(1.0, Metal(58.69, 0, 8.908)), "metal"),
    "more won than a number holds": (lambda: round_parts([1e300]), "parts"),
    "a day of words": (lambda: day_length_ns("tomorrow", "Asia/Seoul"), "day is 'tomorrow'"),
    "a first day of words": (lambda: shifts([], "UTC", "x", "2026-03-02"), "first_day is 'x'"),
    "a last day that is none": (
        lambda: shifts([], "UTC", "2026-02-01", "2026-02-30"),
        "last_day is '2026-02-30'",
    ),
    "a last day before the first": (
        lambda: shifts([], "UTC", "2026-02-02", "2026-02-01"),
        "last_day is 2026-02-01, before first_day 2026-02-02",
    ),
    "a last day of planned time before the first": (
        lambda: planned_intervals([], "UTC", "2026-02-02", "2026-02-01"),
        "last_day is 2026-02-01",
    ),
    "a closed day of words": (
        lambda: shifts([], "UTC", "2026-02-01", "2026-02-02", closed=["x"]),
        "closed is 'x'",
    ),
    "a price from no day on": (lambda: effective([0], ["x"], [1.0]), "valid_from is 'x'"),
    "a day that begins at no hour": (
        lambda: production_day([0], "UTC", starts="24:00"),
        "starts is '24:00'",
    ),
    "a production day that begins at no hour": (
        lambda: shifts([], "UTC", "2026-02-01", "2026-02-02", production_day_starts="8"),
        "production_day_starts is '8'",
    ),
    "a shift that ends at no hour": (lambda: ShiftRule("day", "08:00", "24:00"), "end is '24:00'"),
    "downs without an end": (
        lambda: planned_intervals([], "UTC", "2026-02-01", "2026-02-02", down_ns=[1, 2, 3, 4]),
        r"down_ns has shape \(4,\)",
    ),
    "a holiday of words": (lambda: band([0], contract=EUL, holidays=["x"]), "holidays holds"),
    "a deferral to no day": (
        lambda: energy_factor([0], contract=EUL, deferred_until="x"),
        "deferred_until holds",
    ),
    "an interval the wrong way round": (lambda: durations([5], [3], [1], [0, 9]), "t1_ns"),
    "less than no defects": (lambda: defect_change(-1, 4, 0, 4), "defects0"),
    "less than no pieces": (lambda: defect_change(0, 4, 0, -4), "n1"),
    "a start before the first day": (lambda: interrupted_series([1, 2, 3, 4], -1), "go_live"),
    "less than nothing for a factor": (lambda: lmdi([[1, 1]], [[1, -1]]), "after"),
    "more lost by micro-stops than there is production time": (
        lambda: losses(**dict.fromkeys(TIMES, 0), apt_ns=[3, 5], micro_ns=[3, 6], **MADE),
        "micro_ns exceeds apt_ns, of which it is a part: 9 of 8",
    ),
    "bounds of two lengths": (
        lambda: quarters([0], [1], ([1.0], [1.0, 2.0]), (0, QUARTER_NS), even_ns=0),
        "kwh_high 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_figure_is_refused_by_name(case: str) -> None:
    """A ValueError with the argument's name, never a number that overflowed or was cut off."""
    call, named = REFUSED[case]
    with pytest.raises(ValueError, match=named):
        call()


def test_all_of_the_production_time_may_be_micro_stops() -> None:
    """Of the rows together: a pause that reaches over an edge is told in one of them."""
    found = losses(**dict.fromkeys(TIMES, 0), apt_ns=[3, 5], micro_ns=[4, 4], **MADE)
    assert (found.planned_s, found.micro_s, found.slow_s) == (8e-9, 8e-9, 0)


def test_figures_of_whole_numbers_are_floats() -> None:
    """As they are of any other numbers, down to the difference of two of them."""
    found = variances(5, 4, 3, 2), four_numbers(4, 5, 6, higher_is_better=True)[:4]
    every = [*(value for each in found for value in each), difference_in_differences(1, 2, 3, 5)]
    assert every == [3, 4, 7, 0.25, 5 / 6, 0.5, 1, -1]
    assert {type(value) for value in every} == {float}


@pytest.mark.parametrize("missing", [math.nan, math.inf])
def test_a_month_without_a_reading_splits_no_energy(missing: float) -> None:
    """Neither base load nor slope is known, and the library below is not asked."""
    for place in range(3):
        columns = [[918.0, 730.0, 524.5], [24.0, 20.0, 16.0], [180.0, 140.0, 95.0]]
        columns[place][1] = missing
        assert np.isnan(energy_split(*columns)).all()


def test_a_missing_point_does_not_set_a_sum_back() -> None:
    """2.5 and 5 above the slack, a day without a figure, 7.5: the signal comes all the same."""
    found = cusum([3.0, 3.0, math.nan, 3.0], center=0.0, sigma=1.0)
    assert found.high[[0, 1, 3]].tolist() == [2.5, 5.0, 7.5]
    assert math.isnan(found.high[2])
    assert found.signals_high.tolist() == [3]


def test_values_that_never_differ_have_no_index() -> None:
    """Fifty times 0.1 scatter by the last bit of a sum alone: no Pp of 10 to the 15."""
    found = capability([[0.1] * 5] * 10, lower=0.0, upper=1.0)
    assert found.sigma_overall == 0
    assert math.isnan(found.pp)
    assert math.isnan(found.ppk)
