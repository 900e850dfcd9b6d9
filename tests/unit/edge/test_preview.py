"""What a baseline would be: its days, shifts and products, and what each day left out would do."""

from pathlib import Path
from typing import Any

import pytest

from edge.engine.verdicts.baselines import Wish
from edge.engine.verdicts.preview import Question, preview
from edge.errors import NotFound, Refused
from edge.records.elements import PROVISIONAL
from tests.unit.edge.figure_desk import DAY, Desk, at, hourly, site_of
from tests.unit.edge.target_desk import Amount, days_of, desk_of, hour_of, line, wave

Document = dict[str, Any]


def looked(desk: Desk, to_ns: int, measure: str = "throughput_per_hour", **more: Any) -> Document:  # noqa: ANN401 - any key
    """The preview from the first day on."""
    keys = {"line": "mask", "machine": None, "from_ns": at("00:00"), **more}
    return preview(desk.engine.view, Question(measure=measure, to_ns=to_ns, **keys))


def test_what_is_shown_is_what_is_frozen(tmp_path: Path) -> None:
    """Days, value and coverage are those of the baseline that is frozen next."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, 28, gq=wave(1000))
    shown = looked(desk, at("00:00", 28))
    assert desk.engine.baselines()["baselines"] == [], "nothing is stored"
    frozen = desk.engine.freeze(
        Wish("mask", None, "throughput_per_hour", at("00:00"), at("00:00", 28), "a", "b")
    )
    for key in ("days", "value", "coverage", "from", "to", "unit", "definition"):
        assert shown[key] == frozen[key], key
    assert (shown["days"], shown["needed"], shown["wanted"]) == (28, 20, 40)
    assert shown["shifts"] == [{"shift": "day", "n": 28}]
    assert (shown["excluded"], shown["warnings"]) == ([], ["short"])
    assert [day["used"] for day in shown["series"]] == [True] * 28


def test_products_are_told_by_their_share(tmp_path: Path) -> None:
    """Of every day's 5,000 good pieces 3,500 are A: nearly as many hours, but faster."""
    desk = desk_of(tmp_path)
    rows = []
    for day in range(3):
        for hour in (8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19):
            is_a = hour < 15
            said: Document = {"product": "A" if is_a else "B", "gq": 700.0 if is_a else 300.0}
            rows.append(hour_of(desk.site, at(f"{hour:02}:00", day), **said))
    desk.rows(*rows)
    desk.lived(at("00:00"), at("00:00", 9))
    found = looked(desk, at("00:00", 3))
    assert found["products"] == [
        {"product": "A", "good": 3 * 6 * 700, "share": pytest.approx(4200 / 5700)},
        {"product": "B", "good": 3 * 5 * 300, "share": pytest.approx(1500 / 5700)},
    ]


def test_a_day_left_out_says_why_and_what_it_would_do(tmp_path: Path) -> None:
    """Two days of 100 an hour, one of 50 of which half is seen: with it the value would fall."""
    desk = Desk(tmp_path, site_of(line()), at("12:00", 9))
    for day in range(2):
        desk.rows(*hourly(desk.site, None, at("08:00", day), at("20:00", day), gq=100))
    desk.rows(*hourly(desk.site, None, at("08:00", 2), at("14:00", 2), gq=50))
    desk.lived(at("00:00"), at("14:00", 2))
    found = looked(desk, at("15:00", 3))
    thin, part = found["excluded"]
    assert (found["days"], found["value"]) == (2, pytest.approx(100))
    assert (thin["day"], thin["reason"]) == ("2026-03-04", "coverage")
    assert thin["coverage"] == pytest.approx(5 / 11)
    whole = (22 * 100 + 5 * 50) / 33  # what was made in the break is not planned
    assert found["value_with_all"] == pytest.approx(whole)
    assert thin["effect"] == pytest.approx(whole / 100 - 1)
    assert (part["day"], part["reason"], part["effect"]) == ("2026-03-05", "cut", None)


@pytest.mark.parametrize(
    ("days", "amount", "more", "warned"),
    [
        (14, wave(1000), {}, ["few_days"]),
        (23, wave(1000), {}, ["short", "weeks"]),
        (28, wave(1000), {"status": PROVISIONAL}, ["short", "provisional"]),
        (28, lambda day: 1000.0 + 20 * day + wave(0)(day), {}, ["short", "wanders"]),
        (42, wave(1000), {}, []),
    ],
)
def test_what_stands_against_a_period_is_told(
    tmp_path: Path,
    days: int,
    amount: Amount,
    more: Document,
    warned: list[str],
) -> None:
    """None of it forbids to freeze; a verdict would say so later."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, days, gq=amount, **more)
    assert looked(desk, at("00:00", days))["warnings"] == warned


def test_rejects_that_may_still_be_found_are_told(tmp_path: Path) -> None:
    """A week to wait: on the seventh day it is told still, on the eighth no more."""
    desk = desk_of(tmp_path, line(maturity_days=7))
    days_of(desk, 0, 28, gq=wave(1000))
    desk.clock.now_ns = at("12:00", 27 + 7)
    assert "maturity" in looked(desk, at("00:00", 28))["warnings"]
    desk.clock.now_ns = at("12:00", 27 + 8)
    assert "maturity" not in looked(desk, at("00:00", 28))["warnings"]


def test_a_period_without_a_day_is_shown_and_cannot_be_frozen(tmp_path: Path) -> None:
    """Nothing is known of it: a dash and its warning."""
    desk = desk_of(tmp_path)
    found = looked(desk, at("00:00", 3))
    assert (found["value"], found["days"], found["warnings"]) == (None, 0, ["no_days"])
    assert [one["reason"] for one in found["excluded"]] == ["coverage"] * 3
    assert [one["effect"] for one in found["excluded"]] == [None] * 3
    assert DAY.name not in str(found["shifts"])


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        ({"line": "none"}, NotFound, "there is no line 'none'"),
        ({"machine": "none"}, NotFound, "mask has no machine 'none'"),
        ({"measure": "mtbf"}, Refused, "'mtbf' cannot be compared by days"),
        ({"from_ns": at("00:00", 70)}, Refused, "holds nothing yet"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    tmp_path: Path, more: Document, error: type[Exception], message: str
) -> None:
    """In words, as freezing refuses it."""
    desk = desk_of(tmp_path)
    with pytest.raises(error, match=message):
        looked(desk, at("00:00", 80), **more)
