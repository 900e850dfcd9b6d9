"""What a start notes in the audit log: files that people change by hand."""

import hashlib
from pathlib import Path

import pytest

from edge.config.loader import FILE, Loaded, load
from edge.evidence.keys import Signer
from edge.records.audit import entries
from edge.records.database import Records
from edge.service import seen
from edge.service.kinds import kinds
from edge.service.seen import note_start
from edge.status import Status

SITE = """\
site: {id: hanbit, name: NAME}
sources: [{id: plc1, kind: opcua, url: "opc.tcp://192.0.2.10:4840", security: {SECURITY}}]
lines:
  - id: mask-1
    machines:
      - id: body
        signals: {good: {source: plc1, node: "ns=2;s=Good", kind: counter, unit: "{piece}"}}
"""
OPEN = 'policy: None, exception: "old PLC"'


def loaded(folder: Path, name: str, security: str) -> Loaded:
    """The configuration, written anew."""
    text = SITE.replace("NAME", name).replace("SECURITY", security)
    (folder / FILE).write_text(text, encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    return load(folder, kinds())


@pytest.fixture(autouse=True)
def nameless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file with the name of the box, which is not there yet."""
    file = tmp_path / "machine-id"
    monkeypatch.setattr(seen, "MACHINE", file)
    return file


def test_data_on_another_box_are_noted(tmp_path: Path, nameless: Path) -> None:
    """Old and new id, neither of which tells the system's own; a box without a name is no news."""
    ids = list[dict[str, str]]()
    for at_ns, name in enumerate(["", "0123", "0123", "4567", ""]):
        nameless.write_text(name and f"{name}\n")
        note_start(loaded(tmp_path, "a", ""), Status(), at_ns)
        ids.append({"id": hashlib.sha256(f"lineproof device {name}".encode()).hexdigest()[:32]})
    told = entries(Records.open(tmp_path / "data" / "records.db"), 100)
    found = [(one.at_ns, *one.change) for one in reversed(told) if one.change.what == "device"]
    assert found == [(1, "device", "device", None, ids[1]), (3, "device", "device", ids[1], ids[3])]


def test_a_start_notes_old_and_new(tmp_path: Path) -> None:
    """The hash of the file, the key that signs, and why a source may go unprotected: once each."""
    keys, files, status = tmp_path / "data" / "keys", [], Status()
    for at_ns, (name, security) in enumerate([("a", OPEN), ("a", OPEN), ("b", "")]):
        note_start(loaded(tmp_path, name, security), status, at_ns)
        text = (tmp_path / FILE).read_bytes()
        files.append({"sha256": hashlib.sha256(text).hexdigest(), "bytes": len(text)})
    told = entries(Records.open(tmp_path / "data" / "records.db"), 100)
    exception = {"exception": "old PLC"}
    assert list(status.findings()) == []
    assert [(one.at_ns, *one.change) for one in reversed(told)] == [
        (0, "configuration", FILE, None, files[0]),
        (0, "unencrypted source", "plc1", None, exception),
        (0, "evidence key", "evidence", None, {"id": Signer.of(keys).public.id}),
        (2, "configuration", FILE, files[0], files[2]),
        (2, "unencrypted source", "plc1", exception, None),
    ]


def test_a_key_that_others_may_read_stops_no_start(tmp_path: Path) -> None:
    """It is said why; the rest is noted."""
    found, keys = loaded(tmp_path, "a", OPEN), tmp_path / "data" / "keys"
    Signer.of(keys)
    (keys / "evidence").chmod(0o644)
    status = Status()
    note_start(found, status, 1)
    (finding,) = status.findings()
    assert (finding.owner, finding.code) == ("gateway", "audit")
    assert "may be read by others" in finding.text
    told = entries(Records.open(tmp_path / "data" / "records.db"), 100)
    assert {one.change.what for one in told} == {"configuration", "unencrypted source"}


def test_a_disk_that_takes_no_key_ends_no_start(tmp_path: Path) -> None:
    """It may be full of files or read-only; samples that are collected must go on."""
    status, site = Status(), loaded(tmp_path, "a", "")
    (tmp_path / "data" / "keys").write_text("in the way")
    note_start(site, status, 1)
    (found,) = status.findings()
    assert (found.owner, found.code) == ("gateway", "audit")
    assert "keys" in found.text
