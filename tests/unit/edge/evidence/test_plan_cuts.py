"""Planned time that is taken away once a day is over proves nothing, and a package tells of it."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge.engine.engine import Engine
from edge.engine.entering import tabling
from edge.engine.entering.tabling import Wish
from edge.records.audit import ADMIN
from edge.site import Day, Shift
from tests.unit.edge.evidence.desk import Desk, checked, unpacked

REPORTED = "2026-03-17"  # day 15, in the reporting window
SHORT = {"name": "short", "start": "08:00", "end": "09:00"}
LONG = {"name": "late", "start": "12:00", "end": "13:00"}
CUT = {"line": "mask", "day": REPORTED, "planned_before_s": 7200, "planned_s": 3600}


def opened(folder: Path) -> Desk:
    """A site with a target."""
    (folder / "site").mkdir()
    return Desk(folder / "site").open()


def told(engine: Engine) -> tuple[bool, list[dict[str, Any]]]:
    """Whether the tables compare, and the days whose planned time was cut."""
    found = engine.target(engine.targets()["targets"][0]["id"])
    (gate,) = [one for one in found["gates"] if one["code"] == "tables"]
    return gate["passed"], found["plan_cuts"]


def entered(engine: Engine, **keys: Any) -> None:  # noqa: ANN401 - any key
    """Enter that day of the calendar, and compute."""
    tabling.entered(engine.view, Wish("day", {"line": "mask", "day": REPORTED, **keys}), ADMIN)
    engine.catch_up(lambda _: None)


def test_a_shift_made_shorter_when_it_was_over_fails_the_tables(tmp_path: Path) -> None:
    """Two planned hours became one: the package says so, and verifies with every figure."""
    desk = opened(tmp_path)
    engine = desk.engine(60)
    assert told(engine) == (True, [])
    entered(engine, closed=True, shifts=[SHORT])
    assert told(engine) == (False, [CUT])

    path = tmp_path / "package.zip"
    desk.make(path)
    assert checked(path)["faults"] == []
    assert json.loads(unpacked(path)["decisions.json"])["plan_cuts"] == [CUT]
    assert json.loads(unpacked(path)["parts.json"])["plan_cuts"] == [CUT]
    desk.stores.close()


def test_a_day_in_the_file_is_no_way_around(tmp_path: Path) -> None:
    """The configuration is edited instead, and the service starts anew."""
    desk = opened(tmp_path)
    mask, other = desk.site.lines
    short = Day(date.fromisoformat(REPORTED), closed=True, shifts=(Shift("s", "08:00", "09:00"),))
    desk.site = replace(desk.site, lines=(replace(mask, days=(short,)), other))
    engine = desk.engine(60)
    engine.catch_up(lambda _: None)
    assert told(engine) == (False, [CUT])
    desk.stores.close()


@pytest.mark.parametrize("keys", [{"shifts": [LONG]}, {"closed": True, "shifts": [SHORT, LONG]}])
def test_overtime_and_as_much_at_another_hour_are_no_cut(
    tmp_path: Path, keys: dict[str, Any]
) -> None:
    """Nothing per planned hour rises by them."""
    desk = opened(tmp_path)
    engine = desk.engine(60)
    entered(engine, **keys)
    assert told(engine) == (True, [])
    desk.stores.close()


def test_a_bad_day_that_is_closed_when_it_was_over_is_a_cut(tmp_path: Path) -> None:
    """It entered the figure as it was, pieces or none; now it would be gone without a word."""
    desk = opened(tmp_path)
    engine = desk.engine(60)
    entered(engine, closed=True)
    assert told(engine) == (False, [{**CUT, "planned_s": 0}])
    desk.stores.close()


def test_a_day_that_nobody_saw_may_be_closed(tmp_path: Path) -> None:
    """It entered no figure: a holiday on which the power was off, entered a day late."""
    desk = opened(tmp_path)
    engine = desk.engine(60)
    unseen = {"line": "mask", "day": "2026-03-22", "closed": True}
    tabling.entered(engine.view, Wish("day", unseen), ADMIN)
    engine.catch_up(lambda _: None)
    assert told(engine) == (True, [])
    desk.stores.close()


def test_what_was_put_back_is_no_cut(tmp_path: Path) -> None:
    """The day has its two hours again."""
    desk = opened(tmp_path)
    entered(desk.engine(60), closed=True, shifts=[SHORT])
    engine = desk.engine(120)
    entered(engine, closed=False)
    assert told(engine) == (True, [])
    desk.stores.close()
