"""Routes translate between HTTP and the engine: exactly what was asked, and nothing else."""

import inspect
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api import app as application
from api.guard import MOST_BYTES, MOST_OF
from edge.engine.explaining.explaining import Question
from edge.errors import NotFound, Unavailable
from edge.records.audit import Actor
from tests.unit.api.desk import World, world

FROM = "2026-11-20T08:00:00+09:00"
TO = "2026-11-20T20:00:00+09:00"
FROM_NS = int(datetime.fromisoformat(FROM).timestamp()) * 10**9
TO_NS = int(datetime.fromisoformat(TO).timestamp()) * 10**9
SPAN = {"from": FROM, "to": TO}
STOP = "/api/v1/stops/mask-1/body/1763593200000000000"
PERSON = Actor("admin", "page 127.0.0.1")


@pytest.fixture
def here(tmp_path: Path) -> World:
    """An application."""
    return world(tmp_path)


@pytest.mark.parametrize(
    ("path", "params", "asked"),
    [
        ("/lines", {}, ("lines", ())),
        ("/lines/mask-1/now", {}, ("now", ("mask-1",))),
        ("/lines/mask-1/states", SPAN, ("states", ("mask-1", FROM_NS, TO_NS))),
        ("/audit", {}, ("audit", (100, None))),
        ("/audit", {"limit": 5, "before": 9}, ("audit", (5, 9))),
        ("/stops", {"line": "mask-1", **SPAN}, ("stops", ("mask-1", FROM_NS, TO_NS))),
        ("/lines/a/orders", SPAN, ("orders", ("a", FROM_NS, TO_NS))),
        ("/facts", {"line": "a", **SPAN}, ("facts", ("a", FROM_NS, TO_NS))),
        ("/kpis", {"line": "a", **SPAN}, ("kpis", ("a", FROM_NS, TO_NS, "shift"))),
        ("/kpis", {"line": "a", "by": "reason", **SPAN}, ("kpis", ("a", FROM_NS, TO_NS, "reason"))),
        ("/kpis/explain", {"line": "a", **SPAN}, ("explain", (Question("a", FROM_NS, TO_NS),))),
        (
            "/kpis/explain",
            {"line": "a", "machine": "m", "measure": "oee", "baseline": "b1", **SPAN},
            ("explain", (Question("a", FROM_NS, TO_NS, "m", "oee", "b1"),)),
        ),
        ("/targets/7/explain", {}, ("explain_target", ("7",))),
        ("/definitions", {}, ("definitions", ())),
        ("/definitions/iso22400/oee@1", {}, ("definition", ("iso22400/oee@1",))),
        ("/signals", {}, ("signals", ())),
        ("/signals/h/a/b/c/samples", SPAN, ("samples", ("h/a/b/c", FROM_NS, TO_NS, 2000))),
        ("/targets/7", {}, ("target", ("7",))),
        ("/baselines", {}, ("baselines", ())),
    ],
)
async def test_a_question_reaches_the_engine_as_it_was_asked(
    here: World, path: str, params: dict[str, str], asked: tuple[str, tuple[Any, ...]]
) -> None:
    """One question a request, with times as nanoseconds, and its answer as it is."""
    async with here.client() as client:
        answer = await client.get(f"/api/v1{path}", params=params)
    assert answer.status_code == 200
    assert here.engine.asked == [asked]
    assert answer.json() == {"asked": asked[0]}


@pytest.mark.parametrize("path", ["/health", "/accounting"])
async def test_health_needs_no_engine(here: World, path: str) -> None:
    """It is answered while the engine folds."""
    async with here.client() as client:
        assert (await client.get(f"/api/v1{path}")).json() == {"status": "ok"}
    assert here.engine.asked == []


async def test_health_that_cannot_be_had_says_why(tmp_path: Path) -> None:
    """An error of ours, as everywhere."""
    here = world(tmp_path, health=Unavailable("journal.db is locked"))
    async with here.client() as client:
        answer = await client.get("/api/v1/health")
    assert (answer.status_code, answer.json()["detail"]) == (503, "journal.db is locked")


async def test_an_unknown_line_lists_the_lines(here: World) -> None:
    """404, in the words of the engine."""
    here.engine.raised = NotFound("there is no line 'x'; there are mask-1, kit-1")
    async with here.client() as client:
        answer = await client.get("/api/v1/lines/x/now")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no line 'x'; there are mask-1, kit-1"


@pytest.mark.parametrize(
    "from_",
    [
        "2026-11-20T08:00:00%2B09:00",
        "2026-11-20T08:00:00+09:00",  # a plus that nobody encoded is a space
        "2026-11-19T23:00:00Z",
        "2026-11-20T08:00",
        "2026-11-20T08:00:00.000%2B09:00",
        "2026-11-20T02:00:00%2B03:00",
    ],
)
async def test_a_time_may_be_written_in_many_ways(here: World, from_: str) -> None:
    """With its plus encoded or swallowed, as UTC, in the site's own time, with a fraction."""
    async with here.client() as client:
        query = f"line=a&from={from_}&to=2026-11-20T20:00:00%2B09:00"
        answer = await client.get(f"/api/v1/stops?{query}")
    assert answer.status_code == 200
    assert here.engine.asked[0][1][1:] == (FROM_NS, TO_NS)


async def test_a_day_alone_is_its_local_midnight(here: World) -> None:
    """Days are those of the site."""
    async with here.client() as client:
        params = {"line": "a", "from": "2026-11-20", "to": "2026-11-21"}
        await client.get("/api/v1/stops", params=params)
    assert here.engine.asked[0][1][1] == FROM_NS - 8 * 3600 * 10**9


@pytest.mark.parametrize(
    ("from_", "to", "seen"),
    [
        ("yesterday", TO, "'yesterday' is no time"),
        ("2026-13-01", TO, "'2026-13-01' is no time"),
        (TO, FROM, "is no interval; the end comes after the beginning"),
        (FROM, FROM, "is no interval; the end comes after the beginning"),
        ("2025-01-01", "2026-11-20", "is longer than 400 days; ask for less"),
        ("0001-01-01", "0001-01-02", "is outside of 1678 to 2262"),
        ("2201-12-01", "2201-12-31", "is outside of 1970 to 2200"),
        ("²026-11-20", TO, "is no time"),
    ],
)
async def test_what_is_no_interval_is_refused(here: World, from_: str, to: str, seen: str) -> None:
    """With what was seen, before the engine is asked."""
    async with here.client() as client:
        answer = await client.get("/api/v1/stops", params={"line": "a", "from": from_, "to": to})
    assert answer.status_code == 409
    assert seen in answer.json()["detail"]
    assert here.engine.asked == []


async def test_hours_without_end_are_refused(here: World) -> None:
    """An answer of tens of megabytes would keep every board waiting."""
    async with here.client() as client:
        ask = {"line": "a", "by": "hour", "from": "2026-09-01"}
        some = await client.get("/api/v1/kpis", params={**ask, "to": "2026-10-06"})
        more = await client.get("/api/v1/kpis", params={**ask, "to": "2026-10-07"})
    assert some.status_code == 200
    assert more.status_code == 409
    assert more.json()["detail"] == "by hour at most 35 days are answered; ask for less, or by day"


async def test_a_reason_is_kept_for_the_version_that_was_seen(here: World) -> None:
    """The answer carries the version that holds now."""
    here.engine.answer = {"version": 3}
    async with here.client() as client:
        body = {"reason": "jam", "note": "귀끈 <b>걸림</b>"}
        answer = await client.patch(STOP, json=body, headers={"if-match": '"2"'})
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"3"'
    stop = STOP.removeprefix("/api/v1/stops/")
    assert here.engine.asked == [("explain_stop", (stop, 2, "jam", "귀끈 <b>걸림</b>", PERSON))]


@pytest.mark.parametrize(
    ("body", "wish"),
    [
        ({"split_at": "2026-11-20T08:05:00+09:00"}, ("2026-11-20T08:05:00+09:00", None, None)),
        ({"merge_with": "mask-1/body/17"}, (None, "mask-1/body/17", None)),
        ({"state": "delayed:external"}, (None, None, "delayed:external")),
    ],
)
async def test_a_stop_is_cut_joined_or_called_otherwise(
    here: World, body: dict[str, str], wish: tuple[str | None, ...]
) -> None:
    """One thing at a time, for the version that was seen."""
    here.engine.answer = {"version": 3}
    async with here.client() as client:
        answer = await client.patch(STOP, json=body, headers={"if-match": '"2"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')
    stop = STOP.removeprefix("/api/v1/stops/")
    assert here.engine.asked == [("shape_stop", (stop, 2, wish, PERSON))]


async def test_what_was_done_to_a_stop_can_be_read(here: World) -> None:
    """Its name has slashes; its history follows it."""
    async with here.client() as client:
        answer = await client.get(f"{STOP}/history")
    assert answer.status_code == 200
    assert here.engine.asked == [("stop_history", (STOP.removeprefix("/api/v1/stops/"),))]


@pytest.mark.parametrize(
    "version", [None, "", "*", "two", "²", "-1", '"1", "2"', 'W/"1"', "9" * 18]
)
async def test_an_edit_needs_the_version_that_was_seen(here: World, version: str | None) -> None:
    """428: nobody overwrites what he has not seen."""
    headers = {} if version is None else {b"if-match": version.encode("latin-1")}
    async with here.client() as client:
        answer = await client.patch(STOP, json={"reason": None, "note": None}, headers=headers)
    assert answer.status_code == 428
    assert answer.json()["detail"].startswith("If-Match is missing; send the version")
    assert here.engine.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "jam"},
        {"note": "x"},
        {"reason": "x" * 41, "note": None},
        {"reason": None, "note": "x" * 501},
        {"reason": None, "note": None, "who": "me"},
        {"reason": 7, "note": None},
        {"split_at": "2026-11-20T08:05:00+09:00", "state": "setup"},
        {"state": "planned_down"},
        {"merge_with": "body"},
        {"reason": None, "note": None, "state": "setup"},
    ],
)
async def test_an_edit_says_all_there_is_to_say(here: World, body: dict[str, object]) -> None:
    """A key that is left out would take back what somebody said; others are none."""
    async with here.client() as client:
        answer = await client.patch(STOP, json=body, headers={"if-match": "1"})
    assert answer.status_code == 422
    assert here.engine.asked == []


@pytest.mark.parametrize("name", ["x", "a/b", "a/b/x", "a/b/1/2", "a//1", f"a/b/{2**63}"])
async def test_a_name_that_no_stop_can_have_is_refused(here: World, name: str) -> None:
    """Line, machine and the nanosecond at which it began; a greater number is no time."""
    async with here.client() as client:
        body = {"reason": None, "note": None}
        answer = await client.patch(f"/api/v1/stops/{name}", json=body, headers={"if-match": "1"})
    assert answer.status_code == 422
    assert here.engine.asked == []


@pytest.mark.parametrize("points", ["9", "100001", "many"])
async def test_points_have_limits(here: World, points: str) -> None:
    """Nobody asks for a million points by a slip."""
    async with here.client() as client:
        answer = await client.get("/api/v1/signals/a/samples", params={"points": points, **SPAN})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "path", ["/board", "/board/mask-1", "/lines/mask-1", "/targets", "/targets/7", "/health"]
)
async def test_pages_are_one_file_that_is_asked_for_anew(here: World, path: str) -> None:
    """A page of an older build must not live on in a cache."""
    async with here.client() as client:
        answer = await client.get(path)
    assert answer.text == "<!doctype html>page"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/html")


async def test_the_board_is_what_stands_at_the_door(here: World) -> None:
    """Whoever types the address alone sees the board."""
    async with here.client() as client:
        answer = await client.get("/")
    assert answer.headers["location"] == "/board"


async def test_metrics_are_text(here: World) -> None:
    """In Prometheus' form."""
    async with here.client() as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.text == "lineproof_viewers 0.0\n"


def api_routes() -> Iterator[APIRoute]:
    """Every route of the interface."""
    for noun in application.ROUTES:
        for route in noun.router.routes:
            assert isinstance(route, APIRoute)
            yield route


def calls(dependant: Dependant) -> Iterator[Any]:
    """A route's function and all that it depends on."""
    yield dependant.call
    for inner in dependant.dependencies:
        yield from calls(inner)


def test_no_route_costs_a_thread() -> None:
    """A plain `def`, or a dependency that is one, is run in a worker thread by the framework."""
    routes = list(api_routes())
    assert len(routes) >= 13
    for route in routes:
        for call in calls(route.dependant):
            assert inspect.iscoroutinefunction(call), (route.path, call)


def test_every_route_says_what_it_answers() -> None:
    """The first line of its docstring is what `/openapi.json` shows."""
    for route in api_routes():
        assert re.match(r"[A-Z].*[.;]", route.description), route.path


async def test_a_package_is_asked_for_watched_and_fetched(tmp_path: Path) -> None:
    """The job's place comes with the answer; the file has the name that people know it by."""
    wanted = "a" * 64
    async with world(tmp_path).client() as client:
        asked = await client.post("/api/v1/evidence", json={"target": "t1"})
        job = await client.get(asked.headers["Location"])
        file = await client.get(f"/api/v1/evidence/{wanted}/file")
        strange = await client.get("/api/v1/evidence/..%2Fkeys/file")

    assert (asked.status_code, asked.headers["Location"]) == (202, "/api/v1/jobs/e1")
    assert job.json()["state"] == "running"
    assert (file.text, file.headers["Content-Type"]) == (wanted, "application/zip")
    assert 'filename="t1-aaaa.zip"' in file.headers["Content-Disposition"]
    assert strange.status_code in {404, 422}


async def test_a_brought_package_may_be_longer_than_other_bodies(tmp_path: Path) -> None:
    """It is handed on piece by piece; a page of somebody else's may not bring one."""
    body, foreign = b"x" * (MOST_BYTES * 3), {"origin": "https://evil.example"}
    async with world(tmp_path).client() as client:
        answer = await client.post("/api/v1/evidence/verify", content=body)
        strange = await client.post("/api/v1/evidence/verify", content=body, headers=foreign)

    told = {"verified": True, "bytes": len(body), "root": None}
    assert (answer.status_code, answer.json()) == (200, told)
    assert strange.status_code == 403


async def test_a_kept_root_goes_with_the_package(tmp_path: Path) -> None:
    """As a number or as the line of its picture; anything else is told to be none."""
    number = "0f" * 32
    line = f"lineproof-root/1 hanbit 2026-11-20 {number}"
    async with world(tmp_path).client() as client:
        path = "/api/v1/evidence/verify"
        for root in (number, line):
            answer = await client.post(path, content=b"x", params={"root": root})
            assert answer.json()["root"] == root
        wrong = await client.post(path, content=b"x", params={"root": "--key"})
        roots = await client.get("/api/v1/evidence/roots", params={"limit": 7})

    assert wrong.status_code == 422
    assert roots.json() == {"roots": [], "asked": 7}


async def test_a_brought_package_has_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """413 and a sentence, not a full disk."""
    monkeypatch.setitem(MOST_OF, "/api/v1/evidence/verify", 1_000)
    async with world(tmp_path).client() as client:
        answer = await client.post("/api/v1/evidence/verify", content=b"x" * 1_001)
    assert answer.status_code == 413
    assert "1000 bytes" in answer.json()["detail"]
