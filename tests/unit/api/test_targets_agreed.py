"""Agreeing on a target through the API, over a real engine."""

from pathlib import Path
from typing import Any

import pytest

from edge.records.audit import entries
from tests.unit.api.desk import World, world_over
from tests.unit.edge.figure_desk import Desk
from tests.unit.edge.target_desk import days_of, desk_of, wave

AT = "/api/v1/targets"
FROZEN = {
    "line": "mask",
    "measure": "throughput_per_hour",
    "from": "2026-03-02",
    "to": "2026-03-30",
    "name": "기준선",
    "reason": "개선 전",
}
AIM = {
    "lines": ["mask"],
    "measure": "throughput_per_hour",
    "baselines": ["b1"],
    "improve": 0.1,
    "go_live": "2026-03-30",
    "due": "2026-06-30",
}


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


async def test_a_target_is_agreed_on_and_stands_in_the_list(here: World, site: Desk) -> None:
    """A tenth above the baseline, which is known to the last piece; the log says which page."""
    async with here.client() as client:
        frozen = (await client.post("/api/v1/baselines", json=FROZEN)).json()
        made = await client.post(AT, json=AIM)
    target = made.json()
    assert (made.status_code, target["id"], target["due"]) == (201, "t1", "2026-06-30")
    assert target["target"] == pytest.approx(1.1 * frozen["value"], rel=1e-12)
    assert [one["id"] for one in site.engine.targets()["targets"]] == ["t1"]
    (logged,) = entries(site.records, 1)
    assert (logged.change.what, logged.by.origin) == ("target set", "page 127.0.0.1")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"improve": None}, 409),
        ({"value": 500.0}, 409),
        ({"improve": 5}, 409),
        ({"lines": []}, 422),
        ({"lines": ["none"]}, 409),
        ({"baselines": ["b7"]}, 404),
        ({"go_live": "2026-03-20"}, 409),
        ({"go_live": "soon"}, 409),
        ({"go_live": "2262-04-11"}, 409),
        ({"from": "2026-04-20"}, 409),
        ({"from": "2026-04-20", "to": "2261-01-01"}, 409),
        ({"due": "2026-02-30"}, 422),
        ({"conditions": ["moon"]}, 409),
        ({"id": "t9"}, 422),
    ],
)
async def test_what_cannot_be_agreed_on_is_refused(
    here: World, site: Desk, changed: dict[str, Any], status: int
) -> None:
    """In words, and nothing is kept."""
    async with here.client() as client:
        assert (await client.post("/api/v1/baselines", json=FROZEN)).status_code == 201
        answer = await client.post(AT, json=AIM | changed)
    assert answer.status_code == status
    assert answer.json()["detail"] or answer.json()["errors"]
    assert site.engine.targets()["targets"] == []


async def test_what_it_would_mean_is_shown_first(here: World, site: Desk) -> None:
    """The figures of the target that is agreed on next, of one line; nothing is kept meanwhile."""
    asked = {"baseline": "b1", "improve": "0.1", "go_live": "2026-03-30", "due": "2026-06-30"}
    async with here.client() as client:
        assert (await client.post("/api/v1/baselines", json=FROZEN)).status_code == 201
        shown = await client.get(f"{AT}/preview", params=asked)
        assert site.engine.targets()["targets"] == []
        made = (await client.post(AT, json=AIM)).json()
    assert shown.status_code == 200
    for key in ("lines", "measure", "before", "target", "go_live", "report_from", "due"):
        assert shown.json()[key] == made[key], key
    assert [one["better"] for one in site.engine.baselines()["baselines"]] == ["higher"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"baseline": "b9"}, 404),
        ({"improve": "5"}, 409),
        ({"go_live": "2026-03-20"}, 409),
        ({"improve": "nan"}, 422),
        ({"due": "2026-02-30"}, 422),
        ({"line": "mask"}, 422),
    ],
)
async def test_what_cannot_be_meant_is_not_shown(
    here: World, changed: dict[str, str], status: int
) -> None:
    """In words, as agreeing on it would be refused."""
    asked = {"baseline": "b1", "improve": "0.1", "go_live": "2026-03-30"}
    async with here.client() as client:
        assert (await client.post("/api/v1/baselines", json=FROZEN)).status_code == 201
        answer = await client.get(f"{AT}/preview", params=asked | changed)
    assert answer.status_code == status
    assert answer.json()["detail"] or answer.json()["errors"]
