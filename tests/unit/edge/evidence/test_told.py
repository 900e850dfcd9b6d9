"""What people told lies in the package, and every row follows from it and the samples together."""

import json
from pathlib import Path

import pytest

from edge.evidence.keys import Signer
from edge.moment import rfc3339
from edge.records.parts import read_elements
from tests.unit.edge.evidence.desk import DAY_NS, FIRST_NS, Desk, checked, forged, unpacked


@pytest.mark.slow
def test_a_package_with_told_scrap_is_recomputed_and_a_changed_word_is_found(
    desk: Desk, tmp_path: Path
) -> None:
    """Scrap that a person found later is in the rows; whoever changes it is told the hour."""
    own = Desk.copied(desk, tmp_path / "site")
    engine = own.engine()
    at_ns = FIRST_NS + 2 * DAY_NS
    spans = {"from": at_ns, "to": at_ns + 1800 * 10**9}
    texts = {name: rfc3339(ns, engine.view.zone) for name, ns in spans.items()}
    before = float(read_elements(own.records, "mask", *spans.values()).of(None)["sq"].sum())
    told = engine.enter_fact(
        {"line": "mask", "kind": "scrap", "quantity": "11", "id": "1", **texts}
    )
    assert (told["machine"], told["version"], told["warnings"]) == ("body", 1, [])
    engine.catch_up(lambda _: None)
    after = float(read_elements(own.records, "mask", *spans.values()).of(None)["sq"].sum())
    assert after == before + 11
    path = tmp_path / "package.zip"
    own.make(path)
    assert checked(path)["faults"] == []
    files = unpacked(path)
    decisions = json.loads(files["decisions.json"])
    assert [fact["quantity"] for fact in decisions["facts"]] == [11]
    decisions["facts"][0]["quantity"] = 12
    files["decisions.json"] = json.dumps(decisions, ensure_ascii=False, indent=1).encode() + b"\n"
    other = forged(files, Signer.of(tmp_path), tmp_path / "forged.zip")
    faults = [check for check in checked(other)["checks"] if check["passed"] is False]
    assert [check["code"] for check in faults] == ["rows"]
    assert faults[0]["detail"].startswith("hour 2026-03-04T08:00:00+09:00, mask")
    own.stores.close()
