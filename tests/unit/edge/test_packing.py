"""Packages that the service makes: who asks again finds what was asked for."""

import json
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.evidence import filing
from edge.records.database import Records
from edge.service.packing import Packing

MADE = {"manifest": "ab" * 32, "target": "t1", "as_of": "2026-03-05T08:00:00+09:00"}


async def test_the_list_tells_of_the_jobs(tmp_path: Path) -> None:
    """A page that was loaded anew finds the job it asked for, and asking again makes no second."""
    packing = Packing(tmp_path, tmp_path, ZoneInfo("Asia/Seoul"))
    asked = packing.ask("t1")
    assert packing.ask("t1") is asked
    assert packing.listed()["jobs"] == [asked]
    assert asked["state"] == "waiting"


def test_a_file_is_named_without_a_look_at_the_records(tmp_path: Path) -> None:
    """A download does not read what was computed; a package of which nothing is told has a name."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    made = {"manifest": "ab", "file": "t1-ab.zip", "as_of": "2026-03-05T08:00:00+09:00"}
    (folder / "ab.json").write_text(json.dumps(made), "utf-8")
    packing = Packing(tmp_path, tmp_path, ZoneInfo("Asia/Seoul"))
    assert packing.name("ab") == "t1-ab.zip"
    assert packing.name("cd") == "cd.zip"
    assert not (tmp_path / "records.db").exists()


@pytest.mark.parametrize("left", [b"", b'{"manifest": "cd', b"\xff\xfe"])
def test_what_a_power_cut_left_of_one_package_hides_no_other(tmp_path: Path, left: bytes) -> None:
    """The list, the names and the forms of the programme go on without it."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "ab.json").write_text(json.dumps({**MADE, "manifest": "ab"}), "utf-8")
    (folder / "cd.json").write_bytes(left)
    packing = Packing(tmp_path, tmp_path, ZoneInfo("Asia/Seoul"))
    records = Records.open(tmp_path / "records.db")

    assert [one["manifest"] for one in packing.listed()["packages"]] == ["ab"]
    assert packing.name("cd") == "cd.zip"
    own = filing.told(tmp_path, records, "Hanbit", [{"id": "t1"}])
    assert [one.firm for one in own] == ["Hanbit"]


def test_a_package_has_its_name_once_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves all of it or nothing, and no list tells of one that is not there."""
    folder, synced = tmp_path / "evidence", list[tuple[str, list[str]]]()
    folder.mkdir()
    out = folder / "e1.part"
    out.write_bytes(b"zip")

    def noted(handle: int) -> None:
        name = Path(f"/proc/self/fd/{handle}").readlink().name
        synced.append((name, sorted(path.suffix for path in folder.glob("abab*"))))

    monkeypatch.setattr(os, "fsync", noted)
    told = Packing(tmp_path, tmp_path, ZoneInfo("Asia/Seoul"))._keep(MADE, out)

    assert synced == [("e1.part", []), ("e1.said", [".zip"]), ("evidence", [".json", ".zip"])]
    assert told["file"] == "t1-abababababab.zip"
    assert json.loads((folder / f"{MADE['manifest']}.json").read_text("utf-8")) == told
