"""From samples to a stranger's verdict: made by the service, checked from the file alone."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from edge.evidence.keys import Signer
from tests.system.rig import Gateway, lineproof, reported, until
from tests.unit.edge.cli.desk import rows, write_csv
from tests.unit.edge.evidence.desk import edit, forged, unpacked

pytestmark = pytest.mark.slow

SIGNALS: dict[str, dict[str, Any]] = {
    "good": {"kind": "counter", "unit": "{piece}"},
    "scrap": {"kind": "counter", "unit": "{piece}"},
    "state": {"kind": "state", "map": {1: "producing", 3: "delayed"}},
}
FREEZE = ("--line", "mask-1", "--measure", "defect_rate", "--name", "before", "--reason", "as was")
DAYS = ("--from", "2026-03-02", "--to", "2026-03-05T08:00:00+09:00")
AIM = ("--line", "mask-1", "--measure", "defect_rate", "--improve", "0.1")
LIVE = ("--go-live", "2026-03-05T08:00:00+09:00")


def document() -> dict[str, Any]:
    """One line of one machine, whose broker never answers."""
    signals = {
        name: {"source": "broker", "topic": name, "stale_after_s": 120, **keys}
        for name, keys in SIGNALS.items()
    }
    body = {"id": "body", "ideal_cycle_s": {"A": 10}, "signals": signals}
    shift = {"name": "주간", "start": "08:00", "end": "12:00"}
    line = {"id": "mask-1", "name": "KF94 1호기", "shifts": [shift], "machines": [body]}
    url = {"url": "mqtt://127.0.0.1:1", "client_id": "hanbit-gw"}
    return {"sources": [{"id": "broker", "kind": "mqtt", **url}], "lines": [line]}


def posted(gateway: Gateway, path: str, body: dict[str, str]) -> dict[str, Any]:
    """The answer to something that is asked for."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.port}/api/v1/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 202
        found: dict[str, Any] = json.loads(answer.read())
    return found


def test_a_stranger_verifies_what_the_service_made(tmp_path: Path) -> None:
    """With the file and the noted key; a raised count among the samples fails by its hour."""
    gateway = Gateway(tmp_path / "site", document())
    config = ("--config", gateway.folder)
    lineproof("import", "samples", write_csv(tmp_path / "past.csv", rows()), *config)
    frozen = lineproof("baseline", "freeze", *FREEZE, *DAYS, *config).stdout.strip()
    target = lineproof("target", "set", *AIM, *LIVE, "--baseline", frozen, *config).stdout.strip()
    path = tmp_path / "package.zip"
    with gateway:
        until(gateway.answers, "pages are served")
        job = posted(gateway, "evidence", {"target": target})
        until(lambda: gateway.get(f"jobs/{job['id']}")["state"] == "done", "the package is made")
        made = gateway.get(f"jobs/{job['id']}")["package"]
        key = gateway.get("evidence")["key"]["id"]
        url = f"http://127.0.0.1:{gateway.port}/api/v1/evidence/{made['manifest']}/file"
        with urllib.request.urlopen(url, timeout=20) as answer:
            path.write_bytes(answer.read())

    found = reported("evidence", "verify", path, "--recompute", "--key", key)
    assert (found["faults"], found["manifest"]) == ([], made["manifest"])

    lineproof("evidence", "make", target, "--out", tmp_path / "again.zip", *config)
    assert (tmp_path / "again.zip").read_bytes() == path.read_bytes()

    files, changed = unpacked(path), "samples/2026-03-02.1.parquet"
    raised = "case when file_row_number = 100 then value + 1 else value end as value"
    edit(files, changed, tmp_path, raised)
    forged(files, Signer.of(tmp_path / "own"), tmp_path / "forged.zip")
    found = reported("evidence", "verify", tmp_path / "forged.zip", "--recompute", code=6)
    assert "hour 2026-03-02T10:00:00+09:00, hanbit/mask-1/body/good" in found["faults"][0]


def test_an_unknown_target_is_refused_at_once(tmp_path: Path) -> None:
    """With the targets there are, and no job."""
    gateway = Gateway(tmp_path / "site", document())
    with gateway:
        until(gateway.answers, "pages are served")
        with pytest.raises(OSError, match="404"):
            posted(gateway, "evidence", {"target": "t9"})
        assert gateway.get("evidence")["packages"] == []
