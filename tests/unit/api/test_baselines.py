"""The routes of baselines, over a real engine: look first, then freeze."""

from pathlib import Path

import pytest

from edge.records.audit import entries
from tests.unit.api.desk import World, world_over
from tests.unit.edge.figure_desk import Desk
from tests.unit.edge.target_desk import days_of, desk_of, wave

AT = "/api/v1/baselines"
OF = {"line": "mask", "measure": "throughput_per_hour", "from": "2026-03-02", "to": "2026-03-30"}


@pytest.fixture
def site(tmp_path: Path) -> Desk:
    """A line of four weeks and more."""
    found = desk_of(tmp_path)
    days_of(found, 0, 40, gq=wave(1000))
    return found


@pytest.fixture
def here(tmp_path: Path, site: Desk) -> World:
    """An application over it."""
    return world_over(tmp_path, site.engine.view)


async def test_a_period_is_looked_at_and_then_frozen(here: World, site: Desk) -> None:
    """What was shown is what was frozen; the answer is without days, the log says which page."""
    async with here.client() as client:
        shown = (await client.get(f"{AT}/preview", params=OF)).json()
        before = site.engine.baselines()["baselines"]
        made = await client.post(AT, json={**OF, "name": "기준선", "reason": "개선 전"})
    frozen = made.json()
    assert (before, made.status_code, frozen["id"]) == ([], 201, "b1")
    assert (shown["days"], shown["value"]) == (frozen["days"], frozen["value"])
    assert (frozen["name"], frozen["reason"], frozen["days"]) == ("기준선", "개선 전", 28)
    assert "series" not in frozen
    (logged,) = entries(site.records, 1)
    assert (logged.change.what, logged.by.origin) == ("baseline freeze", "page 127.0.0.1")


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"name": ""}, 422), ({"line": "none"}, 404), ({"measure": "mtbf"}, 409), ({"to": "no"}, 409)],
)
async def test_what_cannot_be_frozen_is_refused(
    here: World, site: Desk, changed: dict[str, str], status: int
) -> None:
    """In words, and nothing is kept."""
    async with here.client() as client:
        answer = await client.post(AT, json={**OF, "name": "a", "reason": "b", **changed})
    assert answer.status_code == status
    assert answer.json()["detail"] or answer.json()["errors"]
    assert site.engine.baselines()["baselines"] == []
