"""From a verdict to its days, and from a day to what is to be asked next."""

from dataclasses import replace
from math import fsum
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from edge.errors import NotFound
from tests.unit.edge.figure_desk import DAY, Desk, at, line_of, machine
from tests.unit.edge.target_desk import (
    AFTER,
    BEFORE,
    BLACKOUT,
    agreed,
    days_of,
    desk_of,
    hour_of,
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
    """The address asks for the day's whole shift, and its figure is the day's quotient."""
    (line,) = desk.engine.explain_target("t1")["lines"]
    day = line["days"][2]
    assert (day["from"][:16], day["to"][:16]) == ("2026-03-04T08:00", "2026-03-04T20:00")
    address = urlsplit(day["explain"])
    assert address.path == "/api/v1/kpis/explain"
    assert parse_qs(address.query) == {
        "line": ["mask"],
        "measure": ["throughput_per_hour"],
        "from": [day["from"]],
        "to": [day["to"]],
    }
    rows = desk.engine.kpis("mask", at("08:00", 2), at("20:00", 2), "shift")["rows"]
    shown = rows[0]["measures"]["throughput_per_hour"]["value"]
    assert day["numerator"] / day["denominator"] == pytest.approx(shown)


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
