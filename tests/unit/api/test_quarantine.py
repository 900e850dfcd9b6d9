"""The routes of what was set aside."""

from pathlib import Path

import pytest

from tests.unit.api.desk import world


async def test_entries_are_listed_and_discarded(tmp_path: Path) -> None:
    """The list is read on by an id; a number that is not there is a 404."""
    async with world(tmp_path).client() as client:
        assert (await client.get("/api/v1/quarantine")).json()["asked"] == [100, None]
        found = await client.get("/api/v1/quarantine", params={"limit": 5, "before": 9})
        assert found.json()["asked"] == [5, 9]
        done = await client.post("/api/v1/quarantine/7/discard")
        assert done.json() == {"discarded": [7], "by": "page 127.0.0.1"}
        assert (await client.post("/api/v1/quarantine/8/discard")).status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "before=0", f"before={2**63}"])
async def test_a_hostile_page_is_refused(tmp_path: Path, query: str) -> None:
    """No more than a thousand at a time, and no number that SQLite lacks."""
    async with world(tmp_path).client() as client:
        assert (await client.get(f"/api/v1/quarantine?{query}")).status_code == 422
