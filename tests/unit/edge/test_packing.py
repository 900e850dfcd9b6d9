"""Packages that the service makes: who asks again finds what was asked for."""

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
