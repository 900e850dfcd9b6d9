"""What people tell of a shift in which its machine was silent: known where rows hold it, else not.

The machine has a state and no counters, and lives from eight to noon on the first day.
"""

from pathlib import Path
from typing import Any

import pytest

from edge.engine.figures.figures import kpis
from edge.facts import Fact
from tests.unit.edge.fact_desk import NOW, counting, desk_in, enter, fact, morning
from tests.unit.edge.fold_desk import Desk, at, machine, site_of
from tests.unit.edge.test_entering import view_of

SILENT = {"PQ": None, "GQ": None, "SQ": None, "RQ": None}


def shift(desk: Desk, day: str, *facts: Fact) -> dict[str | None, dict[str, Any]]:
    """The day shift of the line and its machines once these facts are told, by machine."""
    desk.clock.now_ns = NOW + at("+2 00:00") - at("00:00")
    desk.memory.write(morning(desk))
    desk.run()
    enter(desk, *facts)
    desk.run()
    rows = kpis(view_of(desk), "mask", at(f"{day} 08:00"), at(f"{day} 20:00"), "shift")["rows"]
    return {row["machine"]: row for row in rows}


def told(day: str, **more: Any) -> tuple[Fact, Fact]:  # noqa: ANN401 - any key of a fact
    """5,000 good pieces and 50 rejects of a day's shift."""
    span = f"{day} 08:00", f"{day} 20:00"
    return fact("good", *span, 5000, **more), fact("scrap", *span, 50, **more)


@pytest.mark.parametrize("day", ["+2", "-1"], ids=["later", "before"])
def test_no_pieces_are_not_zero_pieces(tmp_path: Path, day: str) -> None:
    """Nothing was heard in all of the shift, so no row holds the 5,000: unknown, not none made."""
    found = shift(desk_in(tmp_path), day, *told(day))
    for name in (None, "body"):
        elements, measures = found[name]["elements"], found[name]["measures"]
        assert {key: elements[key] for key in SILENT} == SILENT
        assert measures["throughput_per_hour"]["value"] is None
        assert measures["defect_rate"]["value"] is None


def test_a_machine_without_signals_makes_no_zeros(tmp_path: Path) -> None:
    """It packs by hand and has no row at all; the machine before it is as it was."""
    desk = Desk(site_of(counting("good", "scrap", exit=False), machine("pack")), tmp_path)
    found = shift(desk, "+0", *told("+0", machine="pack"))
    assert {key: found["pack"]["elements"][key] for key in SILENT} == SILENT
    assert found["pack"]["measures"]["throughput_per_hour"]["value"] is None
    assert found["body"]["elements"]["GQ"] == 4 * 3600


def test_kinds_that_are_told_together_are_known_together(tmp_path: Path) -> None:
    """It falls silent at noon: rows hold both kinds, and the afternoon adds none of either."""
    found = shift(desk_in(tmp_path), "+0", *told("+0"))
    for name in (None, "body"):
        elements, measures = found[name]["elements"], found[name]["measures"]
        wanted = {"PQ": 5050, "GQ": 5000, "SQ": 50, "RQ": 0}
        assert {key: elements[key] for key in wanted} == wanted
        assert measures["defect_rate"]["value"] == pytest.approx(50 / 5050)
        assert measures["throughput_per_hour"]["value"] == pytest.approx(5000 / 11)
