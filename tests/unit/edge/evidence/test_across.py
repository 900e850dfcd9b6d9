"""Figures across firms: the rule and n beside every one, and nobody left out in silence."""

from math import exp, log

import pytest

from edge.evidence.across import across, newest
from tests.unit.edge.evidence.firm_results import package, result

MASKS = {"a": (4.0, 10.0), "b": (20.0, 24.0), "c": (30.0, 45.0), "d": (38.0, 60.0)}
DEFECTS = {
    "measure": "defect_rate",
    "unit": "1",
    "definition": "lineproof/defect_rate@1",
    "higher_is_better": False,
}


def test_the_headline_of_output_is_the_ratio_of_sums() -> None:
    """139 / 92 is +51.1 %; the mean of the four ratios would be +69.5 % and is nowhere."""
    (found,) = across([package(site, result(*pair)) for site, pair in MASKS.items()])

    assert (found["rule"], found["firms"], found["targets"]) == ("ratio_of_sums", 4, 4)
    assert found["headline"] == pytest.approx(139 / 92 - 1)
    assert (found["before"], found["after"]) == (pytest.approx(92), pytest.approx(139))
    rates = sorted(after / before - 1 for before, after in MASKS.values())
    assert found["median"] == pytest.approx((rates[1] + rates[2]) / 2)
    assert (found["lowest"], found["highest"]) == (
        pytest.approx(rates[0]),
        pytest.approx(rates[3]),
    )
    mean = sum(log(after / before) for before, after in MASKS.values()) / 4
    assert found["weighted_geometric_mean"] == pytest.approx(exp(mean) - 1)
    assert found["pooled"]["rule"] == "hartung_knapp"
    assert found["pooled"]["low"] < found["pooled"]["value"] < found["pooled"]["high"]
    assert (found["pooled"]["df"], found["pooled"]["firms"]) == (3, 4)


def test_rates_are_not_added_up() -> None:
    """Defect rates have no sum: a mean weighted by the pieces before, positive where fewer."""
    firms = [
        package("a", result(0.04, 0.02, hours=30_000.0, **DEFECTS)),
        package("b", result(0.02, 0.02, hours=10_000.0, **DEFECTS)),
    ]
    (found,) = across(firms)

    assert (found["rule"], found["ratio_of_sums"]) == ("weighted_geometric_mean", None)
    assert (found["before"], found["after"]) == (None, None)
    assert found["headline"] == pytest.approx(1 - exp(0.75 * log(0.5)))
    assert (found["lowest"], found["highest"]) == (pytest.approx(0), pytest.approx(0.5))


def test_who_is_left_out_is_listed() -> None:
    """Too little data, or a rate that fell to nothing: counted, named, with the reason."""
    firms = [
        package("a", result(10.0, 12.0)),
        package("b", result(10.0, 90.0, verdict="insufficient_data")),
        package("c", result(10.0, 0.0)),
    ]
    (found,) = across(firms)

    assert (found["firms"], found["headline"]) == (1, pytest.approx(0.2))
    assert found["pooled"] is None, "a mean of one is none"
    left = [(one["site"], one["reason"]) for one in found["left_out"]]
    assert left == [("b", "insufficient_data"), ("c", "no_ratio")]


def test_a_measure_that_nobody_proved_has_no_headline() -> None:
    """Null, never zero."""
    (found,) = across([package("a", result(10.0, 12.0, verdict="insufficient_data"))])
    assert (found["firms"], found["rule"], found["headline"]) == (0, None, None)


def test_a_firm_counts_once() -> None:
    """Two lines of one firm are added up before firms are compared."""
    firms = [
        package("a", result(10.0, 20.0)),
        package("a", result(30.0, 30.0, id="t2")),
        package("b", result(40.0, 60.0)),
    ]
    (found,) = across(firms)

    assert (found["firms"], found["targets"]) == (2, 3)
    assert found["headline"] == pytest.approx(110 / 80 - 1)
    of = {one["site"]: one for one in found["of"]}
    assert (of["a"]["before"], of["a"]["after"]) == (pytest.approx(40), pytest.approx(50))
    assert of["a"]["improvement_rate"] == pytest.approx(50 / 40 - 1), "as the sums beside it say"
    assert found["highest"] == pytest.approx(60 / 40 - 1)


def test_several_rates_of_a_firm_have_no_sum_either() -> None:
    """4 % of 30,000 and 2 % of 10,000 pieces are no 6 %: only their weighted change is told."""
    firms = [
        package("a", result(0.04, 0.02, hours=30_000.0, **DEFECTS)),
        package("a", result(0.02, 0.02, hours=10_000.0, id="t2", **DEFECTS)),
        package("b", result(0.05, 0.04, hours=10_000.0, **DEFECTS)),
    ]
    (found,) = across(firms)

    first, second = found["of"]
    assert (first["before"], first["after"]) == (None, None)
    assert first["improvement_rate"] == pytest.approx(1 - exp(0.75 * log(0.5)))
    assert (second["before"], second["after"]) == (pytest.approx(0.05), pytest.approx(0.04))


def test_the_newest_state_of_a_target_counts() -> None:
    """By its instant, not by the hour of the wall clock that it is written in."""
    old = package("a", result(10.0, 11.0), as_of="2026-04-01T09:00:00+09:00")
    new = package("a", result(10.0, 12.0), as_of="2026-04-01T01:00:00+00:00")
    other = package("a", result(10.0, 13.0, id="t2"))
    assert newest([new, old, other]) == [new, other]


def test_firms_that_changed_alike_are_pooled_to_that_change() -> None:
    """No spread between them, and an interval around what all of them have."""
    (found,) = across([package(site, result(10.0, 12.0)) for site in "abc"])
    assert found["pooled"]["tau2"] == 0
    assert found["pooled"]["value"] == pytest.approx(0.2)
