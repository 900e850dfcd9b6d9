"""Improvement, cost and verdicts: what a change is called, and what is credited."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.cost import bennet, energy_split, fixed_pool, fx_split, round_parts, unit_cost, usage_only
from kpi.improvement import companies, defect_change, four_numbers, inverse_rate, standard_hours
from kpi.tariff import Band, band
from kpi.verdict import decide, gates, publish_status, sustainment

SEEDED = settings(derandomize=True, deadline=None, max_examples=200)
POSITIVE = st.floats(0.01, 1e6)
ITEMS = st.lists(st.tuples(POSITIVE, POSITIVE, POSITIVE, POSITIVE), min_size=1, max_size=8)
THETA = st.floats(-5, 5)


@SEEDED
@given(POSITIVE, POSITIVE, POSITIVE)
def test_the_four_numbers_are_mirrored_by_the_direction(y0: float, y1: float, t: float) -> None:
    """Improvement changes its sign, attainment its inverse; share and points are the same."""
    up = four_numbers(y0, y1, t, higher_is_better=True)
    down = four_numbers(y0, y1, t, higher_is_better=False)

    assert down.improvement_rate == -up.improvement_rate
    assert down.attainment_rate == pytest.approx(1 / up.attainment_rate)
    assert down[2:] == pytest.approx(up[2:], nan_ok=True)
    assert up.improvement_rate == pytest.approx((y1 - y0) / y0, rel=1e-12)


@SEEDED
@given(st.floats(-5, 0.9))
def test_an_inverse_rate_is_its_own_way_back(rate: float) -> None:
    """Less cost per piece and more pieces per cost are one change."""
    assert (1 - rate) * (1 + inverse_rate(rate)) == pytest.approx(1)


def test_no_baseline_has_no_rate() -> None:
    """From zero there is a change in points and nothing else; zero defects are said, not rated."""
    found = four_numbers(0.0, 0.0, 0.0, higher_is_better=False)

    assert math.isnan(found.improvement_rate)
    assert math.isnan(found.attainment_rate)
    assert math.isnan(found.share_of_target)
    assert (found.point_change, found.zero_defects) == (0, True)


def test_output_without_a_cycle_has_no_standard_hours() -> None:
    """A missing ideal cycle is not a cycle of zero."""
    assert math.isnan(standard_hours([1.0, math.nan], [10, 1]))


def test_more_defects_than_pieces_are_refused() -> None:
    """A rate above 1 is a mistake of the source."""
    with pytest.raises(ValueError, match="more defects than pieces: 5 of 4"):
        defect_change(1, 4, 5, 4)


@SEEDED
@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=9))
def test_companies_lie_between_the_worst_and_the_best(pairs: list[tuple[float, float]]) -> None:
    """Whichever mean is taken, but for the rounding of its last digits."""
    found = companies(*zip(*pairs, strict=True))

    rounding = 1e-9 * max(1, abs(found.lowest), abs(found.highest))
    for mean in found[:4]:
        assert found.lowest - rounding <= mean <= found.highest + rounding


@SEEDED
@given(ITEMS)
def test_the_bennet_split_adds_up(items: list[tuple[float, ...]]) -> None:
    """Usage and price effects are the whole change of unit cost, and only that."""
    p0, u0, p1, u1 = (np.array(column) for column in zip(*items, strict=True))
    found = bennet(p0, u0, p1, u1)
    scale = float((p0 * u0 + p1 * u1).sum())

    assert math.fsum([*found.usage, *found.price]) == pytest.approx(found.total, abs=1e-12 * scale)
    assert found.total == pytest.approx(float((p1 * u1).sum() - (p0 * u0).sum()), abs=1e-9 * scale)


@SEEDED
@given(ITEMS, st.floats(0.1, 10))
def test_prices_do_not_touch_the_usage_effect(items: list[tuple[float, ...]], k: float) -> None:
    """Later prices times k leave the headline; equal usage under any tariff saves nothing."""
    p0, u0, p1, u1 = (np.array(column) for column in zip(*items, strict=True))
    first, second = usage_only(p0, u0, p1, u1), usage_only(p0, u0, k * p1, u1)

    assert second.laspeyres == first.laspeyres
    scale = 1 + float((p1 * (u0 + u1)).sum())
    assert second.paasche == pytest.approx(first.paasche, abs=1e-9 * scale)
    assert usage_only(p0, u0, p1, u0) == (0, 0, 0)
    assert bennet(p0, u0, p1, u0).usage.tolist() == [0] * len(items)


def by_band(day: str, load_kwh: list[int]) -> list[int]:
    """The energy of a day's 24 local hours in each band of the tariff before the reform."""
    begin = np.datetime64(day) - np.timedelta64(9, "h")
    hours = (begin + np.arange(24).astype("timedelta64[h]")).astype("datetime64[ns]")
    bands = band(hours.astype(np.int64), contract="industrial-eul", deferred_until="2026-09-30")
    return [sum(kwh for kwh, at in zip(load_kwh, bands, strict=True) if at == b) for b in Band]


@SEEDED
@given(
    st.lists(st.integers(1, 100), min_size=24, max_size=24),
    st.lists(st.floats(50, 300), min_size=6, max_size=6),
)
def test_another_tariff_for_the_same_load_saves_nothing(
    load_kwh: list[int], prices: list[float]
) -> None:
    """Two Thursdays around the reform with one load: by the old hours the use is the same."""
    before, after = by_band("2026-04-09", load_kwh), by_band("2026-04-23", load_kwh)

    assert sum(before) == sum(load_kwh)
    assert before == after
    assert usage_only(prices[:3], before, prices[3:], after) == (0, 0, 0)


def test_an_unused_item_needs_no_price() -> None:
    """It neither makes the cost unknown nor the index."""
    assert unit_cost([2.0, math.nan], [3, 0], 6) == 1.0
    assert usage_only([2.0, math.nan], [4, 0], [2.0, math.nan], [3, 0]).laspeyres == 0.25
    split = bennet([2.0, math.nan], [4, 0], [2.0, math.nan], [3, 0])
    assert (split.usage.tolist(), split.price.tolist(), split.total) == ([-2, 0], [0, 0], -2)
    assert math.isnan(bennet([math.nan], [1], [2.0], [1]).total)


def test_a_target_that_nobody_gave_is_not_reached() -> None:
    """A target of NaN is no target; one met exactly is met."""
    for target, expected in ((math.nan, ""), (0.1, "_at_least_target"), (0.2, "")):
        found = decide(0.15, 0.1, 0.2, higher_is_better=True, target_theta=target)
        assert found.verdict == f"improved{expected}"


@SEEDED
@given(st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=1, max_size=9))
def test_whole_won_add_up(parts: list[Decimal]) -> None:
    """Each is the won below or above its part; the sum is the sum, rounded half to even."""
    floats = [float(part) for part in parts]
    found = round_parts(floats)

    exact = sum((Fraction(part) for part in floats), Fraction())
    assert int(found.sum()) in {round(exact), round(math.fsum(floats))}
    assert all(abs(int(won) - part) < 1 for won, part in zip(found, floats, strict=True))


def test_the_earlier_of_equal_fractions_gets_the_won() -> None:
    """Two tenths are two tenths beside any number of won, though not in binary."""
    assert round_parts([1.2, 0.2, 0.2]).tolist() == [2, 0, 0]
    assert round_parts([-0.8, 0.2, 0.2, 0.4]).tolist() == [-1, 0, 0, 1]
    assert round_parts([1e9 + 0.4, 0.4]).tolist() == [1e9 + 1, 0]


@SEEDED
@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_fixed_cost_and_exchange_rates_split_exactly(
    a: float, b: float, c: float, d: float, u0: float, u1: float
) -> None:
    """Absorption and spending are the change per piece; price and fx the Bennet price effect."""
    pool, split = fixed_pool(a, b, c, d), fx_split(a, b, c, d, u0, u1)
    effect = bennet([a * b], [u0], [c * d], [u1]).price[0]

    assert pool.absorption + pool.spending == pytest.approx(pool.total, rel=1e-9, abs=1e-6)
    assert split.price + split.fx == pytest.approx(effect, rel=1e-9, abs=1e-6 * a * b)


def test_days_that_are_alike_cannot_tell_base_from_slope() -> None:
    """Two unknowns need two kinds of day."""
    assert math.isnan(energy_split([10, 20], [1, 2], [2, 4]).base_kw)


@SEEDED
@given(THETA, st.floats(0, 5), st.floats(0, 5), st.none() | THETA, st.data())
def test_a_verdict_is_mirrored_by_the_direction(
    theta: float, down: float, up: float, target: float | None, data: st.DataObject
) -> None:
    """Less of a bad thing is more of a good one."""
    low, high = theta - down, theta + up
    higher, maturing = data.draw(st.booleans()), data.draw(st.booleans())
    one = decide(theta, low, high, higher_is_better=higher, target_theta=target, maturing=maturing)
    aim = None if target is None else -target
    other = decide(
        -theta, -high, -low, higher_is_better=not higher, target_theta=aim, maturing=maturing
    )

    assert one == other
    assert (one.verdict == "worse") == (high < 0 if higher else low > 0)


def test_the_order_of_the_questions() -> None:
    """No interval, gates, drift, worse, maturing: the first that applies is the answer."""
    assert decide(math.nan, 0, 1, higher_is_better=True, failed_gates=["tables"]) == (
        "insufficient_data",
        ("interval",),
    )
    both = decide(0.1, 0.05, 0.2, higher_is_better=True, failed_gates=["tables"], drift=True)
    assert both == ("insufficient_data", ("tables",))
    assert decide(-1, -2, -0.5, higher_is_better=True, drift=True, maturing=True).reasons == (
        "drift",
    )
    assert decide(-1, -2, -0.5, higher_is_better=True, maturing=True).verdict == "worse"


def test_windows_without_days_pass_no_gate_of_data() -> None:
    """Nothing seen is nothing proven, and each gap is named in its order."""
    failed = gates([], [0.99] * 20, reconciled=False, events_accounted=False).failed

    assert failed == (
        "days_baseline",
        "coverage_baseline",
        "coverage_unequal",
        "reconciliation",
        "events",
    )
    assert "coverage_report" in gates([0.99] * 20, [0.99] * 17 + [math.nan] * 3).failed


def test_coverage_of_nothing_is_insufficient() -> None:
    """Where nothing was planned there is nothing to publish; a share above 1 is a mistake."""
    assert publish_status(math.nan) == "insufficient"
    assert publish_status(0.8) == "indicative"
    with pytest.raises(ValueError, match="0 to 1"):
        publish_status(1.5)


def test_a_gain_that_was_never_claimed_is_not_sustained() -> None:
    """A share of nothing has no value; half of a fall is eroding."""
    assert sustainment(0.1, 0.0).label == "lost"
    assert sustainment(-0.125, -0.25).label == "eroding"
