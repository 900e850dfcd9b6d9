"""From a verdict to its days, and from a day to what is to be asked next."""

from dataclasses import replace
from datetime import date, timedelta
from math import fsum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from edge.engine.explaining.explaining import Question
from edge.errors import NotFound, Refused
from edge.moment import parse
from edge.site import Dated, Price, Shift
from tests.unit.edge.figure_desk import (
    DAY,
    DAY_NS,
    HOUR_NS,
    Desk,
    at,
    element,
    line_of,
    machine,
    signal,
)
from tests.unit.edge.target_desk import (
    AFTER,
    BEFORE,
    BLACKOUT,
    agreed,
    days_of,
    desk_of,
    frozen,
    hour_of,
    line,
    wave,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A target whose report has one day that nobody saw."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, BEFORE + BLACKOUT + 3, gq=wave(1200))
    days_of(desk, BEFORE + BLACKOUT + 4, BEFORE + BLACKOUT + AFTER, gq=wave(1200))
    agreed(desk, "throughput_per_hour")
    return desk


def test_the_days_that_count_give_the_figures_of_the_verdict(desk: Desk) -> None:
    """Before and after are the ratios of the listed sums, and of no other."""
    found = desk.engine.explain_target("t1")
    (line,) = found["lines"]
    for window, value in (("baseline", "before"), ("report", "after")):
        mine = [day for day in line["days"] if day["used"] and day["window"] == window]
        ratio = fsum(d["numerator"] for d in mine) / fsum(d["denominator"] for d in mine)
        assert ratio == pytest.approx(found["target"][value])
        assert len(mine) == found["target"]["n_before" if window == "baseline" else "n_after"]


def test_a_day_left_out_says_why(desk: Desk) -> None:
    """Black-out by its name, and the day that nobody saw by its coverage."""
    (line,) = desk.engine.explain_target("t1")["lines"]
    why = {day["day"]: day["left_out"] for day in line["days"]}
    assert list(why.values()).count("blackout") == BLACKOUT
    assert [day for day, reason in why.items() if reason == "coverage"] == ["2026-04-08"]
    assert all((day["left_out"] is None) == day["used"] for day in line["days"])


def test_a_day_leads_to_the_figure_that_explains_it(desk: Desk) -> None:
    """The address asks for the whole production day, and its figure is the day's quotient."""
    (line,) = desk.engine.explain_target("t1")["lines"]
    day = line["days"][2]
    assert (day["from"][:16], day["to"][:16]) == ("2026-03-04T08:00", "2026-03-05T08:00")
    address = urlsplit(day["explain"])
    assert address.path == "/api/v1/kpis/explain"
    assert parse_qs(address.query) == {
        "line": ["mask"],
        "measure": ["throughput_per_hour"],
        "from": [day["from"]],
        "to": [day["to"]],
        "baseline": ["b1"],
    }
    rows = desk.engine.kpis("mask", at("08:00", 2), at("20:00", 2), "shift")["rows"]
    shown = rows[0]["measures"]["throughput_per_hour"]["value"]
    assert day["numerator"] / day["denominator"] == pytest.approx(shown)


def linked(desk: Desk, address: str) -> dict[str, Any]:
    """What is answered where a day says that it is explained."""
    asked = dict(parse_qsl(urlsplit(address).query))
    span = parse(asked["from"]), parse(asked["to"])
    more = asked.get("machine"), asked["measure"], asked.get("baseline")
    return desk.engine.explain(Question(asked["line"], *span, *more))


SUMS = {
    "unit_cost": ("cost_krw", "gq"),
    "energy_per_good_piece": ("energy_kwh", "gq"),
    "oee": ("ideal_gq_s", "pbt_ns"),
}
EARLY = Shift("early", "09:00", "20:00")
LATE = Shift("late", "22:00", "08:30", breaks=(("00:00", "00:30"),))
"""A night that reaches over the begin of a production day, which is at eight."""
HALF_NS = HOUR_NS // 2
MONDAY, SINCE = date(2026, 3, 2), timedelta(days=BEFORE + BLACKOUT)
POWER = Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1))
DEARER = POWER._replace(value=130.0, valid_from=MONDAY + timedelta(days=12))
DEAREST = POWER._replace(value=170.0, valid_from=MONDAY + SINCE)


def moved(folder: Path, measure: str, *shifts: Shift) -> Desk:
    """A target of a line that is metered day and night; then cycle and price were changed.

    Prices rise within the baseline, and at the begin of the reporting window.
    """
    meter = {"energy": signal("body", "energy", unit="kW.h")}
    body = machine("body")
    body = replace(body, signals={**body.signals, **meter})
    desk = desk_of(
        folder, replace(line(shifts=shifts), machines=(body,)), prices=(POWER, DEARER, DEAREST)
    )
    last = BEFORE + BLACKOUT + AFTER
    for first, until, level in ((0, BEFORE, 1000), (BEFORE, last, 1200)):
        made, rows = wave(level), []
        for t0_ns in range(at("08:00", first), at("08:00", until), HALF_NS):
            good, kwh = made((t0_ns - at("08:00")) // DAY_NS), 0.7 + t0_ns % (7 * HOUR_NS) / HOUR_NS
            span = t0_ns, t0_ns + HALF_NS
            rows.append(element(desk.site, None, *span, gq=good, energy_kwh=kwh))
        desk.rows(*rows)
    desk.lived(at("00:00"), at("00:00", 90))
    agreed(desk, measure)
    faster = replace(body, ideal_cycle_s={"A": (Dated(1.0, None), Dated(0.9, MONDAY + SINCE))})
    prices = POWER, DEARER, DEAREST._replace(value=190.0)
    desk.restart(
        replace(desk.site, lines=(replace(line(shifts=shifts), machines=(faster,)),), prices=prices)
    )
    return desk


def some_of(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Days that count, from begin to end of either window, with the last of each."""
    found = []
    for window in ("baseline", "report"):
        mine = [day for day in days if day["used"] and day["window"] == window]
        found += [*mine[:-1:5], mine[-1]]
    return found


@pytest.mark.parametrize("shifts", [(EARLY,), (EARLY, LATE)])
@pytest.mark.parametrize("measure", SUMS)
def test_the_sums_of_a_day_are_those_of_its_explanation(
    tmp_path: Path, measure: str, shifts: tuple[Shift, ...]
) -> None:
    """To the last bit, with what is used outside of shifts, and by what the baseline froze."""
    desk = moved(tmp_path, measure, *shifts)
    (told,) = desk.engine.explain_target("t1")["lines"]
    assert set(told["tables_changed"]) == {"ideal_cycles", "prices"}
    above, below = SUMS[measure]
    unit = 10**9 if below.endswith("_ns") else 1
    for day in some_of(told["days"]):
        found = linked(desk, day["explain"])
        sums = found["elements"]
        assert (day["numerator"], day["denominator"]) == (sums[above], sums[below] / unit), day
        value = found["figures"][measure]["value"]
        assert value == pytest.approx(day["numerator"] / day["denominator"])
        costs = [each["cost_krw"] for each in found["charges"]]
        assert not costs or fsum(costs) == pytest.approx(day["numerator"])


def test_an_explanation_tells_by_which_cycles_and_prices_it_was_computed(tmp_path: Path) -> None:
    """Those of now, or by a baseline those of then; after it a mean price, of no day."""
    desk = moved(tmp_path, "unit_cost", EARLY)
    first, last = (at("08:00", n) for n in (2, BEFORE + BLACKOUT + 2))
    asked = [Question("mask", t, t + DAY_NS, None, "unit_cost") for t in (first, last)]
    now = desk.engine.explain(asked[1])
    assert now["baseline"] is None
    assert [one["value"] for one in now["tables"]["prices"]] == [100, 130, 190]
    assert {one["price_krw"] for one in now["charges"]} == {190}
    assert len(now["tables"]["ideal_cycles_s"]["body"]["A"]) == 2
    before, since = (desk.engine.explain(replace(one, baseline="b1")) for one in asked)
    assert (before["baseline"], since["baseline"]) == ("b1", "b1")
    assert [one["value"] for one in before["tables"]["prices"]] == [100, 130, 170]
    assert {one["price_krw"] for one in before["charges"]} == {100}
    (mean,) = since["tables"]["prices"]
    assert 100 < mean["value"] < 130
    assert (mean["unit"], mean["valid_from"]) == (None, None)
    assert {one["price_krw"] for one in since["charges"]} == {mean["value"]}
    assert since["tables"]["ideal_cycles_s"] == {"body": {"A": [[1.0, None]]}}


def test_a_baseline_of_another_line_says_nothing_of_this_one(tmp_path: Path) -> None:
    """Its cycles and prices are not this line's; and one that is not there is refused too."""
    other = line_of(machine("pack", line="kit"), name="kit", shifts=(DAY,))
    desk = desk_of(tmp_path, line(), other)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    frozen(desk, "throughput_per_hour")
    span = at("08:00"), at("20:00")
    with pytest.raises(Refused, match="baseline 'b1' is of line 'mask' and not of 'kit'"):
        desk.engine.explain(Question("kit", *span, baseline="b1"))
    with pytest.raises(NotFound, match="there is no baseline 'b7'; there are b1"):
        desk.engine.explain(Question("mask", *span, baseline="b7"))


def test_what_changed_since_the_baseline_is_named(desk: Desk) -> None:
    """Restated rows by their digest, changed tables by their name."""
    (line,) = desk.engine.explain_target("t1")["lines"]
    assert (line["baseline"]["restated"], line["tables_changed"]) == (False, [])
    desk.rows(hour_of(desk.site, at("20:00", 1), gq=1.0))
    changed = line_of(machine("body", stop_after_s=60.0), shifts=(DAY,), maturity_days=0)
    desk.restart(replace(desk.site, lines=(changed,)))
    (line,) = desk.engine.explain_target("t1")["lines"]
    assert (line["baseline"]["restated"], line["tables_changed"]) == (True, ["thresholds"])


def test_no_such_target(desk: Desk) -> None:
    """It says which there are."""
    with pytest.raises(NotFound, match="there is no target 't9'; there are t1"):
        desk.engine.explain_target("t9")
