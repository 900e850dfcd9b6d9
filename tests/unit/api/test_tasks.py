"""The routes of improvement tasks, over a real engine."""

from pathlib import Path

import httpx
import pytest

from edge.records.audit import entries
from tests.unit.api.desk import World, world_over
from tests.unit.edge.figure_desk import Desk
from tests.unit.edge.target_desk import BEFORE, agreed, days_of, desk_of, wave

AT = "/api/v1/tasks"


@pytest.fixture
def site(tmp_path: Path) -> Desk:
    """A line that became better, and its target."""
    found = desk_of(tmp_path)
    days_of(found, 0, BEFORE, gq=wave(1000))
    days_of(found, BEFORE, 60, gq=wave(1200))
    agreed(found, "throughput_per_hour")
    return found


@pytest.fixture
def here(tmp_path: Path, site: Desk) -> World:
    """An application over it."""
    return world_over(tmp_path, site.engine.view)


async def post(client: httpx.AsyncClient, path: str, **body: object) -> httpx.Response:
    """One request to a task."""
    return await client.post(f"{AT}{path}", json=body)


async def test_a_task_from_proposal_to_agreement(here: World, site: Desk) -> None:
    """201 with its address; each note answers the whole task; the log says which page."""
    async with here.client() as client:
        made = await post(client, "", title="귀끈", target="t1")
        assert (made.status_code, made.headers["location"]) == (201, f"{AT}/k1")
        await post(client, "/k1/sign-offs", role="firm", name="이")
        signed = await post(client, "/k1/sign-offs", role="mentor", name="김")
        assert [one["stands"] for one in signed.json()["sign_offs"]] == [True, True]
        refused = await post(client, "/k1/status", to="running", role="firm", name="이")
        done = await post(client, "/k1/status", to="agreed", role="firm", name="이")
        await post(client, "/k1/comments", name="이", text="<script>")
        await post(client, "/k1/visits", name="이", day="2026-03-20", text="현장")
        await post(client, "/k1/countermeasures", text="교체", owner="박", day="2026-03-21")
        await post(client, "/k1/withdrawals", of=4, name="이", reason="오기")
        found = (await client.get(f"{AT}/k1")).json()
        listed = (await client.get(AT, params={"target": "t1"})).json()
    assert (refused.status_code, done.json()["status"]) == (409, "agreed")
    assert "becomes agreed, rejected, not 'running'" in refused.json()["detail"]
    assert found["comments"][0]["withdrawn"] is True
    assert [len(found[part]) for part in ("visits", "countermeasures")] == [1, 1]
    assert [one["id"] for one in listed["tasks"]] == ["k1"]
    assert {one.by.origin for one in entries(site.records, 8)} == {"page 127.0.0.1"}


async def test_an_edit_needs_the_version_that_was_seen(here: World) -> None:
    """412 with the task as it is now; 428 without a version; null takes a term back."""
    async with here.client() as client:
        await post(client, "", title="귀끈", target="t1", problem="40번")
        tag = (await client.get(f"{AT}/k1")).headers["etag"]
        seen, body = {"if-match": tag}, {"problem": None}
        first = await client.patch(f"{AT}/k1", json=body, headers=seen)
        second = await client.patch(f"{AT}/k1", json=body, headers=seen)
        blind = await client.patch(f"{AT}/k1", json=body)
    assert (first.status_code, first.json()["problem"], first.json()["title"]) == (
        200,
        None,
        "귀끈",
    )
    assert (second.status_code, second.json()["present"]["version"]) == (412, 2)
    assert blind.status_code == 428


async def test_a_photo_comes_whole_and_small(here: World) -> None:
    """Longer than other bodies, for a task that is there; only its own photos are given out."""
    async with here.client() as client:
        raw, who = b"x" * 200_000, {"name": "김", "caption": "전"}
        missing = await client.post(f"{AT}/k1/photos", params=who, content=raw)
        await post(client, "", title="귀끈", target="t1")
        kept = await client.post(f"{AT}/k1/photos", params=who, content=raw)
        other = await client.get(f"{AT}/k1/photos/{'a' * 64}")
        named = await client.get(f"{AT}/k1/photos/..%2Fsecrets")
        long = await client.post(f"{AT}/k1/photos", params=who, content=b"x" * (17 << 20))
    assert (missing.status_code, kept.status_code) == (404, 200)
    (photo,) = kept.json()["photos"]
    assert (photo["bytes"], photo["caption"]) == (200_000, "전")
    assert (other.status_code, named.status_code, long.status_code) == (404, 404, 413)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"title": "x" * 121}),
        ("", {"title": "a", "colour": "red"}),
        ("/k1/status", {"to": "won", "role": "firm", "name": "a"}),
        ("/k1/sign-offs", {"role": "boss", "name": "a"}),
        ("/k1/comments", {"name": "", "text": "a"}),
        ("/k1/withdrawals", {"of": 0, "name": "a", "reason": "b"}),
        ("/x1/comments", {"name": "a", "text": "b"}),
    ],
)
async def test_a_hostile_body_is_refused(here: World, path: str, body: dict[str, object]) -> None:
    """422 with each fault, before anybody is asked."""
    async with here.client() as client:
        assert (await client.post(f"{AT}{path}", json=body)).status_code == 422
