"""OEE and its relatives: identities that hold whatever the numbers are."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kpi.measures import losses, oee, ratio, ratios, reliability

SEEDED = settings(derandomize=True, deadline=None, max_examples=300)
NS = st.integers(0, 10**14)
PIECES = st.integers(0, 10**6)
CYCLE = st.floats(0.01, 100)
ROW = st.tuples(NS, NS, NS, CYCLE, PIECES, PIECES, PIECES, PIECES)
NAMES = ("pbt_ns", "apt_ns", "ideal_s", "pq", "gq", "unknown_ns", "gq_low", "gq_high")


def columns(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Element columns that keep the identities: APT + other + U = PBT, GQ <= PQ."""
    table = [
        (apt + other + unknown, apt, cycle, gq + bad, gq, unknown, max(0, gq - low), gq + high)
        for apt, other, unknown, cycle, gq, bad, low, high in rows
    ]
    return {
        name: list(column) for name, column in zip(NAMES, zip(*table, strict=True), strict=True)
    }


@SEEDED
@given(st.lists(ROW, min_size=1, max_size=5))
def test_the_factors_multiply_to_the_oee(rows: list[tuple[Any, ...]]) -> None:
    """A · E · Q_time = OEE to 1e-12, with and without unknown time."""
    found = oee(**columns(rows))
    product = found.availability * found.effectiveness * found.quality_time
    assume(not math.isnan(product))

    assert product == pytest.approx(found.oee, rel=1e-12)


@SEEDED
@given(st.lists(ROW, min_size=1, max_size=5), st.data())
def test_an_unknown_span_only_widens(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    """Not having seen a span never raises a low or lowers a high."""
    seen = columns(rows)
    hidden: dict[str, Any] = {name: list(column) for name, column in seen.items()}
    row = data.draw(st.integers(0, len(rows) - 1))
    stop = seen["pbt_ns"][row] - seen["apt_ns"][row] - seen["unknown_ns"][row]
    apt, other = (data.draw(st.integers(0, most)) for most in (seen["apt_ns"][row], stop))
    hidden["apt_ns"][row] -= apt
    hidden["unknown_ns"][row] += apt + other
    before, after = oee(**seen), oee(**hidden)

    for name in ("availability", "effectiveness", "oee"):
        assert not getattr(after, f"{name}_low") > getattr(before, f"{name}_low")
        assert not getattr(after, f"{name}_high") < getattr(before, f"{name}_high")


@SEEDED
@given(st.lists(ROW, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_rows_add_up_in_any_order(rows: list[tuple[Any, ...]], random: Any) -> None:  # noqa: ANN401 - Hypothesis' own
    """Splitting a window into rows, or their order, changes no figure."""
    shuffled = list(rows)
    random.shuffle(shuffled)

    assert oee(**columns(shuffled)) == pytest.approx(oee(**columns(rows)), rel=1e-15, nan_ok=True)


@SEEDED
@given(st.lists(st.tuples(ROW, ROW), min_size=1, max_size=4))
def test_rows_taken_together_are_the_rows(pairs: list[tuple[Any, ...]]) -> None:
    """A window cut into more buckets, of one product each, has the same figures."""
    cycled = [(one, (*other[:3], one[3], *other[4:])) for one, other in pairs]
    fine = columns([row for pair in cycled for row in pair])
    coarse = {name: np.array(column).reshape(-1, 2) for name, column in fine.items()}
    together = {name: column.sum(axis=1) for name, column in coarse.items()}
    together["ideal_s"] = coarse["ideal_s"][:, 0]

    assert oee(**together) == pytest.approx(oee(**fine), rel=1e-12, nan_ok=True)


@SEEDED
@given(st.lists(ROW, min_size=1, max_size=5), st.data())
def test_output_without_a_cycle_has_no_speed(
    rows: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    """Effectiveness, quality by time and OEE have no value; availability and counts stay."""
    known = columns(rows)
    row = data.draw(st.integers(0, len(rows) - 1))
    assume(known["gq"][row] > 0)
    missing = {**known, "ideal_s": list(known["ideal_s"])}
    missing["ideal_s"][row] = math.nan
    with_cycle, without = oee(**known), oee(**missing)

    for name in ("effectiveness", "quality_time", "oee", "oee_high"):
        assert math.isnan(getattr(without, name)), name
    for name in ("availability", "quality_count", "coverage"):
        same = pytest.approx(getattr(with_cycle, name), rel=0, abs=0, nan_ok=True)
        assert getattr(without, name) == same, name


@SEEDED
@given(NS, NS, NS, NS, NS, NS, CYCLE, PIECES, PIECES)
def test_the_loss_bridge_closes(  # noqa: PLR0913, PLR0917 - the elements
    apt: int,
    aust: int,
    adet: int,
    ext: int,
    adot: int,
    unknown: int,
    cycle: float,
    gq: int,
    bad: int,
) -> None:
    """The nine losses add up to planned time; the ratios agree with them."""
    found = losses(
        apt_ns=apt,
        aust_ns=aust,
        adet_ns=adet,
        adet_external_ns=ext,
        adot_ns=adot,
        unknown_ns=unknown,
        micro_ns=apt // 3,
        ideal_s=cycle,
        pq=gq + bad,
        gq=gq,
    )
    more = ratios(
        apt_ns=apt,
        aust_ns=aust,
        adet_ns=adet + ext,
        adot_ns=adot,
        unknown_ns=unknown,
        ideal_s=cycle,
        pq=gq + bad,
        gq=gq,
        sq=bad,
    )

    scale = max(found.planned_s, abs(found.slow_s))
    assert math.fsum(found[1:]) == pytest.approx(found.planned_s, abs=1e-9 + 1e-12 * scale)
    if apt and gq:
        used = (apt + aust) / 1e9 / found.planned_s * found.good_s / (apt / 1e9)
        assert more.nee == pytest.approx(used, rel=1e-9)


def test_bounds_follow_the_dialect() -> None:
    """No order is not planned for vorne; coverage stays that of planned time."""
    found = oee(
        pbt_ns=1000,
        apt_ns=400,
        adot_ns=200,
        unknown_ns=100,
        ideal_s=1e-9,
        pq=300,
        gq=200,
        dialect="vorne",
    )

    assert found.availability == pytest.approx(400 / 700)
    assert (found.availability_low, found.availability_high) == (0.5, 0.625)
    assert found.oee == pytest.approx(0.25)
    assert found.coverage == pytest.approx(0.9)


def test_teep_needs_calendar_time() -> None:
    """The dialect that divides by calendar time is told what it is."""
    with pytest.raises(ValueError, match="give calendar_ns"):
        oee(1, 1, 1, 1, 1, dialect="teep")


def test_nothing_seen_has_no_value_but_bounds() -> None:
    """Planned and unseen: availability lies between 0 and 1, and nobody says where."""
    found = oee(pbt_ns=100, apt_ns=0, unknown_ns=100, ideal_s=1.0, pq=0, gq=0)

    assert math.isnan(found.availability)
    assert (found.availability_low, found.availability_high, found.coverage) == (0, 1, 0)


def test_the_poisson_interval_is_the_one_of_the_tail_sums() -> None:
    """At its bounds the chance of so few, or so many, failures is half of what is left."""
    found = reliability(1000.0, 10.0, 4)

    def at_most(k: int, mean: float) -> float:
        return sum(math.exp(-mean) * mean**n / math.factorial(n) for n in range(k + 1))

    assert at_most(4, 1000 / found.mtbf_low_s) == pytest.approx(0.025, rel=1e-9)
    assert 1 - at_most(3, 1000 / found.mtbf_high_s) == pytest.approx(0.025, rel=1e-9)


def test_rows_of_failures_are_summed_before_they_are_divided() -> None:
    """As every measure's: a month without a failure lengthens the time between the others'."""
    rows = reliability([3600.0, 7200.0, 1800.0], [60.0, 0.0, 90.0], [1, 0, 2])

    assert rows == reliability(12_600.0, 150.0, 3)
    assert (rows.mtbf_s, rows.mttr_s) == (4200.0, 50.0)
    with pytest.raises(ValueError, match="same length: operating_s 2, repair_s 1, failures 3"):
        reliability([1.0, 2.0], 0.0, [1, 2, 3])


def test_a_broken_number_of_failures_is_refused() -> None:
    """Half a failure is a mistake upstream, also where another half makes it whole."""
    for failures in (1.5, [0.5, 0.5]):
        with pytest.raises(ValueError, match="whole"):
            reliability(1.0, 1.0, failures)
    for arguments in ((-1.0, 1.0, 1), (1.0, -1.0, 1), ([3.0, -1.0], 1.0, 1), (1.0, 1.0, -1)):
        with pytest.raises(ValueError, match="must not be negative"):
            reliability(*arguments)


def test_a_ratio_has_the_bounds_of_its_numerator() -> None:
    """Sums first: bounds are ratios of sums too."""
    found = ratio([1, 2], [2, 4], numerator_low=[0, 2], numerator_high=[3, 3])

    assert found == pytest.approx((0.5, 1 / 3, 1.0))


def test_columns_that_do_not_belong_together_are_refused() -> None:
    """Columns are of the same rows, or one number for all of them."""
    with pytest.raises(ValueError, match=r"same length: pbt_ns 2, .*, ideal_s 3, pq 2"):
        oee([1, 1], [1, 1], np.ones(3), [1, 1], [1, 1])
    with pytest.raises(ValueError, match="ideal_s and gq_high must have the same length"):
        oee([1, 1], [1, 1], [1, 1], [1, 1], [1, 1], gq_high=[1, 1, 1])
    with pytest.raises(ValueError, match=r"same length: pbt_ns 2, .*, unknown_ns 3"):
        oee([1, 1], [1, 1], [1, 1], [1, 1], [1, 1], unknown_ns=[0, 0, 0])
    with pytest.raises(ValueError, match="same length: numerator 2, denominator 3"):
        ratio([1, 2], [1, 2, 3])
    assert ratio([1, 2], 4).value == 0.75


LOSSES = "apt_ns aust_ns adet_ns adet_external_ns adot_ns unknown_ns micro_ns ideal_s pq gq"
RATIOS = "apt_ns aust_ns adet_ns adot_ns unknown_ns ideal_s pq gq sq rq"


@pytest.mark.parametrize(
    ("function", "name"),
    [(losses, name) for name in LOSSES.split()] + [(ratios, name) for name in RATIOS.split()],
)
def test_every_column_has_the_rows_of_the_others(function: Callable[..., Any], name: str) -> None:
    """A column that is one row longer is of other rows, whichever it is."""
    names = (LOSSES if function is losses else RATIOS).split()
    with pytest.raises(ValueError, match="same length"):
        function(**{each: [1, 1] for each in names} | {name: [1, 1, 1]})


@pytest.mark.parametrize("endless", [math.inf, math.nan, 0.5])
def test_a_time_that_is_no_integer_is_refused(endless: float) -> None:
    """Nanoseconds are whole; infinity would become some number of them."""
    with pytest.raises(ValueError, match="pbt_ns holds"):
        oee([endless], [0], 1, 0, 0)
