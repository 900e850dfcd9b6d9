"""The figures of a site that anybody can work out, as the command prints them."""

import json
from typing import Any

import pytest

from tests.unit.edge.cli.desk import (
    DAYS,
    GOOD_A_STEP,
    PLANNED_S,
    SCRAP_A_STEP,
    STEP_S,
    STOP,
    Command,
)

STOPPED_S = STOP[1] - STOP[0]
STEPS = (PLANNED_S - STOPPED_S) // STEP_S  # in which it produced, a day
SPAN = ("--from", "2026-03-02T08:00", "--to", "2026-03-08T08:00")


def shifts(site: Command) -> list[dict[str, Any]]:
    """The rows of the machine by shift, of planned time alone."""
    ran = site("kpi", "--line", "mask-1", *SPAN, "--json")
    rows: list[dict[str, Any]] = json.loads(ran.out)["rows"]
    return [row for row in rows if row["machine"] == "body" and row["shift"] == "주간"]


def test_every_piece_and_every_second_is_counted(site: Command) -> None:
    """Five good a minute, one stop of half an hour; scrap in the first three days alone."""
    found = shifts(site)
    assert [row["production_day"] for row in found] == [f"2026-03-0{2 + n}" for n in range(DAYS)]
    for day, row in enumerate(found):
        elements = row["elements"]
        scrap = STEPS * SCRAP_A_STEP if day < 3 else 0
        assert (elements["GQ"], elements["SQ"]) == (STEPS * GOOD_A_STEP, scrap)
        assert elements["PBT"] == PLANNED_S
        assert elements["APT"] == PLANNED_S - STOPPED_S
        assert elements["U"] == 0
        assert row["measures"]["availability"]["value"] == 1 - STOPPED_S / PLANNED_S
        assert row["measures"]["availability"]["coverage"] == 1
        assert row["measures"]["defect_rate"]["value"] == pytest.approx(1 / 6 if day < 3 else 0)


def test_a_line_for_each_measure_with_its_unit_and_bounds(site: Command) -> None:
    """No figure stands alone, and what nobody knows is a dash."""
    head, *lines = site("kpi", "--line", "mask-1", *SPAN, "--by", "machine").out.splitlines()
    assert head.split() == [
        *("production_day", "shift", "machine", "product", "measure"),
        *("value", "unit", "low", "high", "coverage", "n"),
    ]
    cells = {line.split()[4]: line.split()[5:] for line in lines}
    assert cells["availability"] == ["0.875", "1", "0.875", "0.875", "1", str(DAYS)]
    assert cells["unit_cost"] == ["—", "KRW", "—", "—", "1", str(DAYS)]


def test_tables_for_people(own: Command) -> None:
    """An id alone from what writes; lists with heads; one thing a key a line, unknown a dash."""
    before = ("--from", "2026-03-02T08:00", "--to", "2026-03-05T08:00")
    words = ("--name", "기준선 1", "--reason", "개선 전")
    frozen = own(
        *("baseline", "freeze", "--line", "mask-1", "--measure", "defect_rate", *before, *words)
    )
    assert frozen.out == "b1\n"
    assert "b1        1  mask-1        —  defect_rate  0.1667" in own("baseline", "list").out
    shown = own("baseline", "show", "b1").out
    assert "machine" in shown
    assert "None" not in shown
    aim = ("--baseline", "b1", "--improve", "0.5", "--go-live", "2026-03-05T08:00")
    agreed = own("target", "set", "--line", "mask-1", "--measure", "defect_rate", *aim)
    assert agreed.out.strip() in own("target", "list").out
    shown = own("target", "show", agreed.out.strip()).out
    assert "series" not in shown
    assert "None" not in shown
    assert "due" in shown


def test_what_cannot_be_agreed_is_refused_in_words(own: Command) -> None:
    """A day that is none, a baseline that is not there: 2, and nothing is kept."""
    aim = ("target", "set", "--line", "mask-1", "--measure", "defect_rate", "--improve", "0.5")
    for more, said in (
        (("--baseline", "b1", "--go-live", "2026-03-05", "--due", "soon"), "'soon' is no day"),
        (("--baseline", "b1", "--go-live", "2026-03-05"), "b1"),
        (("--baseline", "b1", "--go-live", "0001-01-01"), "is outside of 1678 to 2262"),
    ):
        ran = own(*aim, *more)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
    assert json.loads(own("target", "list", "--json").out)["targets"] == []
