"""Packages that the service makes: who asks again finds what was asked for."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.service.packing import Packing


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
