"""What was entered in the dated tables lies in a package, and its rows follow from it."""

import json
from pathlib import Path

import pytest

from edge.engine.entering import tabling
from edge.engine.entering.tabling import Wish
from edge.records.audit import ADMIN
from tests.unit.edge.evidence.desk import Desk, checked, unpacked

CYCLE = {"line": "mask", "machine": "body", "product": "KF94"}


@pytest.mark.slow
def test_a_package_holds_the_entries_of_its_days(desk: Desk, tmp_path: Path) -> None:
    """The rows are recomputed with them; the baseline keeps what it froze."""
    own = Desk.copied(desk, tmp_path / "site")
    engine = own.engine()
    frozen = engine.baseline(engine.baselines()["baselines"][0]["id"])
    entered = Wish("cycle", {**CYCLE, "value": 1.25, "valid_from": "2026-03-14"})
    tabling.entered(engine.view, entered, ADMIN)
    late = [{"name": "late", "start": "12:00", "end": "13:00"}]
    overtime = Wish("day", {"line": "mask", "day": "2026-03-15", "shifts": late})
    tabling.entered(engine.view, overtime, ADMIN)
    engine.catch_up(lambda _: None)

    path = tmp_path / "package.zip"
    own.make(path)

    assert checked(path)["faults"] == []
    (line,) = json.loads(unpacked(path)["tables.json"])["site"]["lines"]
    cycles = line["machines"][0]["ideal_cycle_s"]["KF94"]
    assert cycles == [[1.0, None], [1.25, "2026-03-14"]]
    assert [day[0] for day in line["days"]] == ["2026-03-15"]
    assert engine.baseline(frozen["id"]) == frozen
    assert engine.target(engine.targets()["targets"][0]["id"])["gates"][5]["passed"]
    own.stores.close()
