"""The catalogue: every measure over the same sums, with bounds that can be trusted."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.arrays import F64, I64
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import COUNT_ELEMENTS, ELEMENTS, measure
from kpi.formulas import Bounds
from kpi.measures import Oee, oee, ratios, reliability

SEEDED = settings(derandomize=True, deadline=None, max_examples=300)
NAMES = set(
    "availability effectiveness quality_ratio quality_count oee nee throughput_per_hour "  # noqa: SIM905 - a list of words
    "defect_rate scrap_ratio rework_ratio first_pass_yield setup_ratio technical_efficiency mtbf "
    "mttr energy_per_good_piece unit_cost standard_hours_productivity "
    "utilisation_efficiency allocation_efficiency output_per_labour_hour labour_per_good_piece "
    "energy_per_piece corrective_maintenance_ratio minutes_per_changeover "
    "oee_vorne availability_vorne teep availability_teep "
    "micro_stops_per_hour worker_efficiency rolled_throughput_yield rolled_unit_yield".split()
)
DIALECTS = {
    "oee_vorne": "vorne/oee",
    "availability_vorne": "vorne/availability",
    "teep": "teep/oee",
    "availability_teep": "teep/availability",
}
"""Figures by another denominator than the standard's: the definition names the dialect first."""
TIMES = ("apt_ns", "aust_ns", "adet_ns", "adet_external_ns", "adot_ns", "unknown_ns")
PLANNED = ("pbt_ns", "unknown_ns", "count_unknown_ns")
NS = st.integers(0, 10**14)
PIECES = st.integers(0, 10**6)
CONFIDENCE = {"mtbf", "mttr"}  # their bounds are about chance, or about repair alone


@st.composite
def groups(draw: st.DrawFn) -> dict[str, Any]:
    """Sums of one group of one product, as an engine would make them."""
    times = {
        f"{name}_ns": draw(NS)
        for name in ("apt", "aust", "adet", "adet_external", "adot", "unknown")
    }
    gq, sq, rq, hidden = (draw(PIECES) for _ in range(4))
    cycle, pbt = draw(st.floats(0.01, 10)), sum(times.values())
    pq, gq_high = gq + sq + rq, gq + hidden
    out: dict[str, Any] = times | {
        "pbt_ns": pbt,
        "count_unknown_ns": draw(st.integers(0, pbt)) if hidden else 0,
    }
    out |= {"pq": pq, "gq": gq, "sq": sq, "rq": rq, "pq_low": pq, "pq_high": pq + hidden}
    out |= {"gq_low": gq, "gq_high": gq_high, "stops_n": draw(st.integers(0, 50))}
    out |= {"repair_ns": draw(st.integers(0, times["adet_ns"])), "first_in": pq, "first_good": gq}
    out |= {"changeovers_n": draw(st.integers(0, 50))}
    out |= {name: draw(NS) for name in ("labour_ns", "maintenance_ns", "attendance_ns")}
    unwatched = draw(st.integers(0, times["apt_ns"]))
    out |= {"micro_n": draw(st.integers(0, 500)), "unwatched_ns": unwatched, "untold_ns": 0}
    out |= {"watched_micro_n": draw(st.integers(0, out["micro_n"]))}
    out |= {"watched_apt_ns": times["apt_ns"] - unwatched}
    for end in ("", "_low", "_high"):
        out[f"planned_gq{end}"] = out[f"gq{end}"]  # nothing was made in a break
    for name in ("pq", "gq"):
        for end in ("", "_low", "_high"):
            out[f"ideal_{name}{end}_s"] = cycle * out[f"{name}{end}"]
    for end in ("", "_low", "_high"):
        out[f"all_ideal_gq{end}_s"] = out[f"ideal_gq{end}_s"]
    out |= {"unplanned_run_ns": 0, "calendar_ns": pbt + draw(NS), "off_unknown_ns": 0}
    energy = draw(st.floats(0, 1000))
    out |= {"energy_kwh": energy, "energy_kwh_low": energy, "energy_kwh_high": energy * 1.1}
    cost = draw(st.floats(0, 1e6))
    out |= {"cost_krw": cost, "cost_krw_low": cost, "cost_krw_high": cost * 1.1}
    yields = sorted(draw(st.floats(0, 1)) for _ in range(3))
    for name in ("first_rolled", "unit_rolled"):
        out |= dict(zip((f"{name}_low", name, f"{name}_high"), yields, strict=True))
    out["station_unknown_ns"] = out["count_unknown_ns"]
    return out | {"unmetered_ns": 0, "cycle": cycle}


def arrays(sums: dict[str, Any]) -> dict[str, F64 | I64]:
    """The sums as the engine hands them over: integers for times, floats for quantities."""
    out: dict[str, F64 | I64] = {}
    for name, value in sums.items():
        if name.endswith(("_ns", "_n")):
            out[name] = np.array([value], dtype=np.int64)
        else:
            out[name] = np.array([value], dtype=np.float64)
    return out


def test_every_promised_measure_is_there() -> None:
    """Names of the interface, each with a definition of its own, a unit and two names."""
    assert set(MEASURES) == NAMES
    for name, one in MEASURES.items():
        assert one.name == name
        own = DIALECTS.get(name, rf"(iso22400|lineproof)/{name}")
        assert re.fullmatch(rf"{own}@\d+", one.definition)
        assert set(one.elements) <= ELEMENTS
        assert one.unit
        assert one.better in {"higher", "lower", None}
        assert re.search("[가-힣]", one.ko)
        assert one.en.isascii()
        assert one.depends


WHERE = re.compile(
    r"ISO (22400-2:2014|13053-1:2011), clause \d+(\.\d+)*, [A-Z].+"
    r"|win-win programme forms, [가-힣].+|own definition, [a-z].+|Vorne, oee\.com, [A-Z].+"
)
KNOWN_STATES = {"producing", "setup", "delayed", "delayed:external", "idle", "unknown"}
ALL_STATES = KNOWN_STATES | {"planned_down", "not_scheduled"}


def test_every_measure_says_where_it_is_written_and_what_it_counts() -> None:
    """Nothing on a card is empty; a clause or a form is named wherever a standard is."""
    for name, one in MEASURES.items():
        assert WHERE.fullmatch(one.source), name
        assert one.definition.endswith(f"@{one.version}")
        assert one.version >= 1
        assert one.formula.startswith(("Σ", "Π(Σ")), name
        assert one.states, name
        assert set(one.states) <= (ALL_STATES if "calendar_ns" in one.elements else KNOWN_STATES)
        assert ("iso22400" in one.definition) == one.source.startswith("ISO 22400"), name


def test_planned_time_is_the_time_of_every_state() -> None:
    """Availability divides by all of it, set-up only by what it names."""
    assert set(MEASURES["availability"].states) == KNOWN_STATES
    assert set(MEASURES["technical_efficiency"].states) == {
        "producing",
        "delayed",
        "delayed:external",
        "unknown",
    }


@SEEDED
@given(groups())
def test_a_value_lies_between_its_bounds(sums: dict[str, Any]) -> None:
    """Low <= value <= high wherever they exist, up to the rounding of one division."""
    for one in MEASURES.values():
        low, value, high = (float(column[0]) for column in one.of(arrays(sums)))
        slack = 1e-12 * max(1.0, abs(value)) if not math.isnan(value) else 0
        assert not low > value + slack, one.name
        assert not high < value - slack, one.name
        assert not any(math.isinf(number) for number in (low, value, high)), one.name


@SEEDED
@given(groups())
def test_a_counter_without_a_limit_bounds_on_one_side(sums: dict[str, Any]) -> None:
    """Where a gap may hold any number of pieces a share has still the bounds 0 and 1."""
    endless = sums | dict.fromkeys([name for name in sums if name.endswith("q_high")], math.inf)
    endless |= {"ideal_pq_high_s": math.inf, "ideal_gq_high_s": math.inf}
    before, after = arrays(sums), arrays(endless)

    for one in MEASURES.values():
        old, new = one.of(before), one.of(after)
        assert not new.low[0] > old.low[0] * (1 + 1e-12), one.name
        assert not new.high[0] < old.high[0] * (1 - 1e-12), one.name
        if one.unit == "1" and one.better == "lower":
            assert not new.high[0] > 1, one.name


@SEEDED
@given(groups(), st.data())
def test_not_having_seen_widens_every_bound(sums: dict[str, Any], data: st.DataObject) -> None:
    """Time or counts that become unknown never raise a low or lower a high."""
    before, blind = arrays(sums), dict(sums)
    for name in ("apt_ns", "aust_ns", "adet_ns", "adet_external_ns", "adot_ns"):
        gone = data.draw(st.integers(0, sums[name]))
        blind[name] -= gone
        blind["unknown_ns"] += gone
    after = arrays(blind)

    for one in MEASURES.values():
        if one.name not in CONFIDENCE:
            old, new = one.of(before), one.of(after)
            assert not new.low[0] > old.low[0] * (1 + 1e-12), one.name
            assert not new.high[0] < old.high[0] * (1 - 1e-12), one.name


@SEEDED
@given(groups())
def test_catalogue_and_plain_functions_agree(sums: dict[str, Any]) -> None:
    """The same figure has one value, whoever computes it."""
    elements = arrays(sums)
    plain = plain_oee(sums, "iso22400")
    more = ratios(
        apt_ns=sums["apt_ns"],
        aust_ns=sums["aust_ns"],
        adot_ns=sums["adot_ns"],
        adet_ns=sums["adet_ns"] + sums["adet_external_ns"],
        unknown_ns=sums["unknown_ns"],
        ideal_s=sums["cycle"],
        pq=sums["pq"],
        gq=sums["gq"],
        sq=sums["sq"],
        rq=sums["rq"],
    )
    counted = sums["count_unknown_ns"] < sums["pbt_ns"]
    pairs = {
        "availability": (plain.availability, plain.availability_low, plain.availability_high),
        "quality_count": (plain.quality_count, None, None),
        "quality_ratio": (plain.quality_time, None, None),
        "setup_ratio": (more.setup_ratio, None, None),
        "technical_efficiency": (more.technical_efficiency, None, None),
        "utilisation_efficiency": (more.utilisation, None, None),
        "scrap_ratio": (more.scrap_ratio, None, None),
        "rework_ratio": (more.rework_ratio, None, None),
        "allocation_efficiency": (more.allocation, None, None),
    }
    if counted:
        pairs |= {
            "oee": (plain.oee, plain.oee_low, plain.oee_high),
            "effectiveness": (
                plain.effectiveness,
                plain.effectiveness_low,
                plain.effectiveness_high if sums["unknown_ns"] <= sums["apt_ns"] else math.nan,
            ),
            "nee": (more.nee, None, None),
        }
    for name, expected in pairs.items():
        value, low, high = expected
        found = MEASURES[name].of(elements)
        assert float(found.value[0]) == pytest.approx(value, rel=1e-12, nan_ok=True), name
        if low is not None:
            assert float(found.low[0]) == pytest.approx(low, rel=1e-12, nan_ok=True), name
            assert float(found.high[0]) == pytest.approx(high, rel=1e-12, nan_ok=True), name


def plain_oee(sums: dict[str, Any], dialect: str) -> Oee:
    """OEE of the plain function, in a dialect."""
    return oee(
        sums["pbt_ns"],
        sums["apt_ns"],
        sums["cycle"],
        sums["pq"],
        sums["gq"],
        unknown_ns=sums["unknown_ns"],
        adot_ns=sums["adot_ns"],
        calendar_ns=sums["calendar_ns"],
        pq_high=sums["pq_high"],
        gq_high=sums["gq_high"],
        dialect=dialect,
    )


@SEEDED
@given(groups())
def test_dialects_are_those_of_the_plain_function(sums: dict[str, Any]) -> None:
    """The same figure by either way; but the unknown may have had no order, which raises a high."""
    elements = arrays(sums)
    vorne, teep = (plain_oee(sums, dialect) for dialect in ("vorne", "teep"))
    found = {name: MEASURES[name].of(elements) for name in DIALECTS}
    for name, plain in (("availability_vorne", vorne), ("availability_teep", teep)):
        expected = plain.availability_low, plain.availability, plain.availability_high
        assert [float(column[0]) for column in found[name]] == pytest.approx(expected, nan_ok=True)
    for name, plain in (("oee_vorne", vorne), ("teep", teep)):
        assert float(found[name].low[0]) == pytest.approx(plain.oee_low, nan_ok=True)
        if sums["count_unknown_ns"] < sums["pbt_ns"]:
            assert float(found[name].value[0]) == pytest.approx(plain.oee, nan_ok=True)
    assert float(found["teep"].high[0]) == pytest.approx(teep.oee_high, nan_ok=True)
    assert not float(found["oee_vorne"].high[0]) < vorne.oee_high * (1 - 1e-12)


@SEEDED
@given(groups())
def test_good_pieces_alone_say_nothing_about_quality(sums: dict[str, Any]) -> None:
    """Where nobody counts rejects the quality figures are NaN, bounds too; OEE and NEE stand."""
    alone = arrays(
        sums | {"sq": math.nan, "rq": math.nan, "first_in": math.nan, "first_good": math.nan}
    )
    for name in ("quality_ratio", "quality_count", "defect_rate", "scrap_ratio", "rework_ratio"):
        assert all(math.isnan(column[0]) for column in MEASURES[name].of(alone)), name
    assert math.isnan(MEASURES["first_pass_yield"].of(alone).value[0])
    for name in ("oee", "nee"):
        np.testing.assert_array_equal(MEASURES[name].of(alone), MEASURES[name].of(arrays(sums)))


def test_no_rework_counter_means_no_rework() -> None:
    """Beside a scrap counter a missing rework counter counts 0, but has no ratio of its own."""
    sums = {
        "sq": 1.0,
        "rq": math.nan,
        "pq": 10.0,
        "gq": 9.0,
        "gq_low": 9.0,
        "gq_high": 9.0,
        "pq_low": 10.0,
        "pq_high": 10.0,
    }
    elements = arrays(sums)

    assert [float(column[0]) for column in MEASURES["defect_rate"].of(elements)] == [0.1] * 3
    assert [float(column[0]) for column in MEASURES["scrap_ratio"].of(elements)] == [0.1] * 3
    assert math.isnan(MEASURES["rework_ratio"].of(elements).value[0])


def test_time_nobody_saw_has_bounds_and_no_value() -> None:
    """Planned and unseen: coverage 0, availability between 0 and 1, and no output of 0."""
    blind = dict.fromkeys(ELEMENTS, 0.0) | dict.fromkeys(
        ["pbt_ns", "unknown_ns", "count_unknown_ns"], 10**12
    )
    elements = arrays(blind)
    found = MEASURES["availability"].of(elements)

    assert math.isnan(found.value[0])
    assert (found.low[0], found.high[0]) == (0, 1)
    assert MEASURES["availability"].coverage(elements)[0] == 0
    for name in (
        "oee",
        "throughput_per_hour",
        "standard_hours_productivity",
        "effectiveness",
        "nee",
    ):
        assert math.isnan(MEASURES[name].of(elements).value[0]), name


def test_a_rest_of_the_time_bounds_no_speed() -> None:
    """One second seen of an hour, and what a counter may have done in it: no upper bound."""
    seen, hour = 10**9, 3600 * 10**9
    sums: dict[str, Any] = dict.fromkeys(ELEMENTS, 0.0) | {"pbt_ns": hour, "aust_ns": 0}
    pieces = {name: 4000.0 for name in ELEMENTS if name.startswith(("ideal_pq", "ideal_gq"))}
    blind = arrays(sums | pieces | {"apt_ns": seen, "unknown_ns": hour - seen})
    half = arrays(sums | pieces | {"apt_ns": hour // 2, "unknown_ns": hour // 2})

    for name in ("effectiveness", "nee"):
        assert math.isnan(MEASURES[name].of(blind).high[0]), name
        assert MEASURES[name].of(blind).low[0] > 0, name
        assert MEASURES[name].of(half).high[0] > 2, name
    assert MEASURES["oee"].of(blind).high[0] == pytest.approx(4000 / 3600)


def test_coverage_is_the_smaller_that_a_measure_depends_on() -> None:
    """OEE needs counts alone; effectiveness needs both; availability needs states alone."""
    unseen = {"unwatched_ns": 40, "untold_ns": 25, "unmetered_ns": 60, "station_unknown_ns": 70}
    elements = arrays({"pbt_ns": 100, "unknown_ns": 20, "count_unknown_ns": 30, **unseen})

    shares = {name: float(MEASURES[name].coverage(elements)[0]) for name in NAMES}
    assert shares["availability"] == pytest.approx(0.8)
    assert shares["oee"] == shares["effectiveness"] == pytest.approx(0.7)
    assert shares["micro_stops_per_hour"] == pytest.approx(0.6)
    assert shares["worker_efficiency"] == pytest.approx(0.75)
    for name in ("energy_per_piece", "energy_per_good_piece", "unit_cost"):
        assert shares[name] == pytest.approx(0.4)
    for name in ("rolled_throughput_yield", "rolled_unit_yield"):
        assert shares[name] == pytest.approx(0.3)
    assert math.isnan(
        MEASURES["oee"].coverage(
            arrays(dict.fromkeys(["pbt_ns", "unknown_ns", "count_unknown_ns"], 0))
        )[0]
    )


def test_mtbf_has_the_exact_interval() -> None:
    """With nothing unknown its bounds are the Poisson interval of the plain function."""
    elements = arrays({"apt_ns": 399600 * 10**9, "stops_n": 3, "unknown_ns": 0})
    plain = reliability(399600.0, 0.0, 3)
    low, value, high = (float(column[0]) for column in MEASURES["mtbf"].of(elements))

    assert (low, value, high) == pytest.approx((plain.mtbf_low_s, plain.mtbf_s, plain.mtbf_high_s))
    never = MEASURES["mtbf"].of(arrays({"apt_ns": 3600 * 10**9, "stops_n": 0, "unknown_ns": 0}))
    assert never.low[0] == pytest.approx(975.906, rel=1e-6)
    assert math.isnan(never.value[0])
    assert math.isnan(never.high[0])


def test_a_missing_element_is_named() -> None:
    """Who sums is told what a measure lacks."""
    with pytest.raises(ValueError, match="availability needs the elements apt_ns, unknown_ns"):
        MEASURES["availability"].of({"pbt_ns": np.array([1])})


def test_a_measure_asks_for_elements_only() -> None:
    """A parameter that nobody sums is found when the measure is declared."""

    def colour(hue: F64) -> Bounds:
        return Bounds(hue, hue, hue)

    declare = measure(
        unit="1",
        better=None,
        definition="lineproof/colour@1",
        source="own definition, a colour",
        formula="hue",
        ko="색",
        en="Colour",
    )
    with pytest.raises(ValueError, match="colour asks for hue"):
        declare(colour)
    assert "colour" not in MEASURES
    assert COUNT_ELEMENTS


def test_good_pieces_that_were_missed_are_no_scrap() -> None:
    """Of 1,000 pieces 500 are known to be good and 450 more may be: at least 50 are bad, not 500.

    Scrap is the difference of the two counters; the one of good pieces was Bad for half the time.
    """
    bad, made = np.array([500.0]), np.array([1000.0])
    elements = dict.fromkeys(("pq", "pq_low", "pq_high"), made)
    elements |= {"gq": bad, "gq_low": bad, "gq_high": np.array([950.0])}
    elements |= {"sq": bad, "rq": np.array([0.0])}
    for name in ("defect_rate", "scrap_ratio"):
        assert MEASURES[name].of(elements).low.tolist() == [0.05]


def test_scrap_with_a_counter_of_its_own_stays_scrap() -> None:
    """100 pieces were scrapped, whatever more of good ones may have been made."""
    elements = {name: np.array([900.0]) for name in ("gq", "gq_low")}
    elements |= {name: np.array([1000.0]) for name in ("pq", "pq_low")}
    elements |= {"gq_high": np.array([1900.0]), "pq_high": np.array([2000.0])}
    elements |= {"sq": np.array([100.0]), "rq": np.array([0.0])}
    for name in ("defect_rate", "scrap_ratio"):
        assert MEASURES[name].of(elements).low.tolist() == [0.05]


def test_stops_that_nobody_saw_may_have_been_short() -> None:
    """Two repairs of 300 s were seen; ten of a second in unknown time would make 51 s of them."""
    times = np.array([600, 100]) * 10**9
    elements = {"repair_ns": times[:1], "unknown_ns": times[1:], "stops_n": np.array([2])}
    found = MEASURES["mttr"].of(elements)
    assert [column.item() for column in found] == [0.0, 300.0, 350.0]
