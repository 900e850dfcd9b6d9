"""Control charts, decompositions, plating and tariffs beyond their printed examples."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.decompose import lmdi, price_index, standardise
from kpi.plating import METALS, apparent_efficiency, charge, thickness_um
from kpi.spc import (
    c_chart,
    cusum,
    individuals,
    laney_p,
    nelson,
    overdispersion,
    p_chart,
    western_electric,
)
from kpi.tariff import band, energy_factor

SEEDED = settings(derandomize=True, deadline=None, max_examples=200)
FACTOR = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 10.0])
HOUR = 3600 * 10**9


@SEEDED
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_effects_add_up_to_the_change(items: int, factors: int, data: st.DataObject) -> None:
    """Zeros included: items that appear, disappear or stay away leave nothing unexplained."""
    table = st.lists(
        st.lists(FACTOR, min_size=factors, max_size=factors), min_size=items, max_size=items
    )
    before, after = data.draw(table), data.draw(table)
    forth, back = lmdi(before, after), lmdi(after, before)

    assert forth.effects.sum() == pytest.approx(forth.total1 - forth.total0, abs=1e-9)
    np.testing.assert_allclose(back.effects, -forth.effects, atol=1e-9)
    if forth.total0 and forth.total1:
        assert forth.ratios.prod() == pytest.approx(forth.total1 / forth.total0)
    else:
        assert np.isnan(forth.ratios).all()


def test_a_change_that_nearly_cancels_keeps_its_digits() -> None:
    """Twice as much at half the price: the effects are large though the total hardly moves."""
    total = 0.7
    found = lmdi([[1.0, total]], [[2.0, math.nextafter(total, 1) / 2]])

    assert found.effects[0] == pytest.approx(total * math.log(2), rel=1e-12)
    assert found.effects[1] == pytest.approx(-total * math.log(2), rel=1e-12)
    assert found.ratios == pytest.approx([2.0, 0.5], rel=1e-12)
    with pytest.raises(ValueError, match="nor missing"):
        lmdi([[1.0, math.nan]], [[1.0, 1.0]])


@SEEDED
@given(st.lists(st.tuples(*[st.floats(0.01, 1e4)] * 4), min_size=1, max_size=6))
def test_fisher_prices_and_quantities_make_the_value(items: list[tuple[float, ...]]) -> None:
    """Price index times quantity index is the ratio of values."""
    found = price_index(*zip(*items, strict=True))

    assert found.fisher * found.fisher_quantity == pytest.approx(found.value_ratio)


def test_a_product_of_one_period_needs_no_price_in_the_other() -> None:
    """An index that no missing price enters stands, and the others are NaN.

    Old prices of what was sold before: (1.5·2)/(1·2). The new product's old price would be needed
    for Paasche and for the quantities.
    """
    found = price_index([1.0, math.nan], [2.0, 0.0], [1.5, 3.0], [2.0, 1.0])
    gone = price_index([1.0, 4.0], [2.0, 1.0], [1.5, math.nan], [2.0, 0.0])

    assert (found.laspeyres, found.value_ratio) == (1.5, 3.0)
    assert np.isnan([found.paasche, found.fisher, found.fisher_quantity]).all()
    assert (gone.paasche, gone.value_ratio) == (1.5, 0.5)
    assert np.isnan([gone.laspeyres, gone.fisher, gone.fisher_quantity]).all()
    with pytest.raises(ValueError, match="quantity0"):
        price_index([1.0], [math.nan], [1.0], [1.0])
    with pytest.raises(ValueError, match="price1"):
        price_index([1.0], [1.0], [-1.0], [1.0])


def test_a_stratum_without_trials_needs_no_weight() -> None:
    """With weight it makes the rate unknown; without, it is left out."""
    assert standardise([1, 0], [4, 0], [1, 0]).rate == 0.25
    assert math.isnan(standardise([1, 0], [4, 0], [1, 1]).rate)


@SEEDED
@given(st.lists(st.floats(-4, 4), max_size=40))
def test_run_rules_by_looking_back_from_every_point(z: list[float]) -> None:
    """Each rule asked point by point, in its own words."""

    def last(at: int, length: int) -> list[float]:
        return z[at - length + 1 : at + 1] if at + 1 >= length else []

    def several(at: int, count: int, of: int, beyond: float) -> bool:
        recent = last(at, of)
        return any(
            sign * z[at] > beyond and sum(sign * v > beyond for v in recent) >= count
            for sign in (1, -1)
        )

    def side(at: int, length: int) -> bool:
        run = last(at, length)
        return bool(run) and (min(run) > 0 or max(run) < 0)

    def steps(at: int, length: int) -> list[float]:
        run = last(at, length)
        return [b - a for a, b in pairwise(run)]

    def trend(at: int) -> bool:
        moves = steps(at, 6)
        return bool(moves) and (min(moves) > 0 or max(moves) < 0)

    def zigzag(at: int) -> bool:
        moves = steps(at, 14)
        return bool(moves) and all(a * b < 0 for a, b in pairwise(moves))

    def mixture(at: int) -> bool:
        run = last(at, 8)
        return bool(run) and all(abs(v) > 1 for v in run) and min(run) < 0 < max(run)

    points = range(len(z))
    two = [at for at in points if several(at, 2, 3, 2)]
    four = [at for at in points if several(at, 4, 5, 1)]
    beyond = [at for at in points if abs(z[at]) > 3]
    calm = [at for at in points if last(at, 15) and all(abs(v) <= 1 for v in last(at, 15))]
    assert [rule.tolist() for rule in western_electric(z)] == [
        beyond,
        two,
        four,
        [at for at in points if side(at, 8)],
    ]
    assert [rule.tolist() for rule in nelson(z)] == [
        beyond,
        [at for at in points if side(at, 9)],
        [at for at in points if trend(at)],
        [at for at in points if zigzag(at)],
        two,
        four,
        calm,
        [at for at in points if mixture(at)],
    ]


def test_a_run_rule_waits_for_all_its_points() -> None:
    """The object of qcc's test-rules.R: rule 2 from the third point on, rule 3 from the fifth."""
    found = western_electric([2.5] * 7 + [3.2])

    assert [rule.tolist() for rule in found] == [[7], [2, 3, 4, 5, 6, 7], [4, 5, 6, 7], [7]]
    for short in ([2.5, 2.6], [1.5] * 4):
        few, more = western_electric(short), nelson(short)
        assert [few.rule2.size, few.rule3.size, more.rule5.size, more.rule6.size] == [0] * 4


def test_excluded_points_leave_no_trace() -> None:
    """Neither in the mean nor in the moving ranges to their neighbours; they have limits still."""
    clean = individuals([10.0, 11.0, 10.5, 10.0])
    found = individuals([10.0, 11.0, 99.0, 10.5, 10.0], exclude=[2])
    chart = p_chart([1, 50, 1], [50, 50, 50], exclude=[1])

    assert found.center == clean.center
    assert found.range_center == pytest.approx((1 + 0.5) / 2)
    assert chart.center == 0.02
    assert chart.upper.size == 3
    with pytest.raises(ValueError, match="exclude"):
        c_chart([1, 2], exclude=[2])


def test_limits_stay_where_the_quantity_can_be() -> None:
    """No negative share, and none above 1, for Laney's chart too."""
    wide = laney_p([1, 90, 2, 95], [100, 100, 100, 100])

    assert wide.lower.min() == 0
    assert wide.upper.max() == 1


@pytest.mark.parametrize(("defects", "center"), [(0, 0.0), (50, 1.0)])
def test_where_nothing_scatters_nobody_knows_how_wide(defects: int, center: float) -> None:
    """Days without a defect have a mean, but no sigma to compare them by: 0/0 is not 0."""
    found = laney_p([defects] * 3, [50] * 3)

    assert found.center == center
    assert math.isnan(found.sigma_z)
    assert np.isnan([found.lower, found.upper, found.sigma]).all()


def test_a_missing_point_is_on_no_side() -> None:
    """It is neither beyond a bound nor within it, so it breaks every run."""
    calm = [0.1, -0.1] * 7
    found = nelson([*calm, 0.1, math.nan, *calm])

    assert found.rule7.tolist() == [14]


def test_a_missing_point_keeps_its_place_in_a_window() -> None:
    """Two of three are there beside it; with a third between them they are three apart."""
    assert western_electric([2.5, math.nan, 2.6]).rule2.tolist() == [2]
    assert western_electric([0.0, 2.5, 0.0, math.nan, 2.6]).rule2.tolist() == []
    assert nelson([1.5, 1.5, math.nan, 1.5, 1.5]).rule6.tolist() == [4]


def test_counts_by_chance_are_not_overdispersed() -> None:
    """Binomial counts pass, doubled scatter does not."""
    rng = np.random.default_rng(5)
    even = overdispersion(rng.binomial(50, 0.2, 200), 50)
    wild = overdispersion(rng.binomial(50, rng.uniform(0, 0.4, 200)), 50)

    assert even.p_value > 0.01
    assert wild.ratio > 2
    assert wild.p_value < 1e-6


def test_cusum_sees_a_shift_of_one_sigma() -> None:
    """Half a sigma a point is what is left beyond the slack."""
    found = cusum([1.0] * 12, center=0.0, sigma=1.0)

    assert found.high.tolist() == [0.5 * n for n in range(1, 13)]
    assert found.signals_high.tolist() == [10, 11]


@SEEDED
@given(st.sampled_from(sorted(METALS)), st.floats(1, 1e6), st.floats(0.01, 100), st.floats(0.05, 1))
def test_efficiency_is_found_again(metal: str, coulomb: float, area: float, eta: float) -> None:
    """What Faraday's law loses by efficiency is the efficiency it shows."""
    deposit = thickness_um(coulomb, area, metal, efficiency=eta)

    assert apparent_efficiency(deposit, coulomb, area, metal) == pytest.approx(eta)


def test_charge_is_not_bridged_over_gaps() -> None:
    """A long gap or an unknown current adds nothing and is not called covered."""
    seconds = np.array([0, 10, 100, 110, 120]) * 10**9
    found = charge(seconds, [1.0, 1.0, 1.0, math.nan, 1.0], max_gap_ns=20 * 10**9)

    assert found == (10.0, 10 * 10**9, 120 * 10**9)


def test_holidays_and_deferral_keep_their_days() -> None:
    """A tariff holiday is off-peak; a deferring site has old hours and no discount, for a time."""
    contract = "industrial-eul"
    noon = 1_776_913_200 * 10**9  # 2026-04-23 12:00 in Seoul, a Thursday
    saturday = noon + 2 * 24 * HOUR
    october = noon + 161 * 24 * HOUR  # the first day that nobody may defer

    def bands(t_ns: int, **keys: Any) -> int:  # noqa: ANN401 - the function's own
        return int(band([t_ns], contract=contract, **keys)[0])

    assert bands(noon - HOUR) == 1
    assert bands(noon - HOUR, deferred_until="2026-09-30") == 2
    assert bands(noon, holidays=["2026-04-23"]) == 0
    assert bands(october - HOUR, deferred_until="2027-01-01") == 1
    assert energy_factor([saturday], contract=contract).tolist() == [0.5]
    late = energy_factor([saturday], contract=contract, deferred_until="2026-04-30")
    assert late.tolist() == [1.0]
    assert energy_factor([saturday], contract="industrial-gap2").tolist() == [1.0]


def test_the_smaller_contract_cannot_be_deferred() -> None:
    """Deferral was offered to 을 alone: 갑Ⅱ has its new hours from June on, whoever asked."""
    noon = 1_780_282_800 * 10**9  # 2026-06-01 12:00 in Seoul, a Monday
    hours = [noon - 25 * HOUR, noon - HOUR]

    for deferred in (None, "2026-05-01", "2026-09-30"):
        bands = band(hours, contract="industrial-gap2", deferred_until=deferred)
        assert bands.tolist() == [0, 1]
    assert band(hours, contract="industrial-eul", deferred_until="2026-06-01").tolist() == [0, 2]
