"""Whatever goes wrong leaves as a problem document that says what to do, without our inside."""

import json
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.problems import pointer
from edge.errors import (
    ArchiveDamaged,
    Changed,
    JournalFull,
    NotFound,
    Occupied,
    Refused,
    Unavailable,
)
from tests.unit.api.desk import World, world

STOP = "/api/v1/stops/mask-1/body/1"


@pytest.fixture
def here(tmp_path: Path) -> World:
    """An application."""
    return world(tmp_path)


def document(answer: httpx.Response, status: int, title: str) -> dict[str, object]:
    """The problem document of an answer, checked for what RFC 9457 wants."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, object] = answer.json()
    assert found["status"] == status
    assert found["title"] == title
    assert found["type"] == f"/problems/{title.replace(' ', '-')}"
    return found


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (NotFound("no line 'x'; there are mask-1"), 404, "not found"),
        (Refused("'x' is no reason"), 409, "refused"),
        (JournalFull("free disk"), 503, "not possible now"),
        (ArchiveDamaged("part gone"), 503, "not possible now"),
        (Unavailable("later"), 503, "not possible now"),
        (Occupied("locked"), 503, "not possible now"),
    ],
)
async def test_an_error_of_ours_keeps_its_message(
    here: World, error: Exception, status: int, title: str
) -> None:
    """Its message is made for people."""
    here.engine.raised = error
    async with here.client() as client:
        answer = await client.get("/api/v1/lines")
    assert document(answer, status, title)["detail"] == str(error)


async def test_of_two_who_edit_the_second_sees_what_holds(here: World) -> None:
    """412 with the present version beside it."""
    here.engine.raised = Changed({"id": "mask-1/body/1", "version": 3})
    async with here.client() as client:
        body = {"reason": "jam", "note": None}
        answer = await client.patch(STOP, json=body, headers={"if-match": '"2"'})
    found = document(answer, 412, "changed meanwhile")
    assert found["present"] == {"id": "mask-1/body/1", "version": 3}


async def test_a_bug_shows_nothing_of_our_inside(here: World) -> None:
    """No trace, no message, no name of a file; the server still hears of it and logs it."""
    here.engine.raised = ZeroDivisionError("in /secret/place")
    async with here.client(raising=False) as client:
        answer = await client.get("/api/v1/lines")
    found = document(answer, 500, "internal error")
    assert "log of the service" in str(found["detail"])
    for secret in ("secret", "ZeroDivision", "Traceback", ".py"):
        assert secret not in answer.text
    async with here.client(raising=True) as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/api/v1/lines")


async def test_each_fault_of_a_request_has_its_place(here: World) -> None:
    """422 with a JSON pointer a fault, and nothing was asked of the engine."""
    async with here.client() as client:
        answer = await client.get("/api/v1/kpis", params={"by": "week", "line": "x" * 65})
    found = document(answer, 422, "invalid request")
    errors = found["errors"]
    assert isinstance(errors, list)
    places = [error["pointer"] for error in errors]
    assert places == ["/query/from", "/query/to", "/query/line", "/query/by"]
    assert (
        "'shift', 'day', 'hour', 'product', 'order', 'machine' or 'reason'" in errors[3]["detail"]
    )
    assert here.engine.asked == []


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/api/v1/nothing", 404, "not found"),
        ("GET", "/nothing.js", 404, "not found"),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404, "not found"),
        ("POST", "/api/v1/lines", 405, "method not allowed"),
        ("DELETE", "/board", 405, "method not allowed"),
        ("PUT", "/index.html", 405, "method not allowed"),
    ],
)
async def test_what_is_not_there_is_a_problem_too(
    here: World, method: str, path: str, status: int, title: str
) -> None:
    """What the framework refuses looks like what we refuse."""
    async with here.client() as client:
        answer = await client.request(method, path)
    document(answer, status, title)
    if status == 405 and path.startswith("/api"):
        assert answer.headers["allow"] == "GET, HEAD"


def test_a_pointer_survives_any_key() -> None:
    """RFC 6901 escapes, and keys that are no Unicode."""
    assert pointer(("body", "a/b~c", 0, "\ud800")) == "/body/a~1b~0c/0/?"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SURROGATES = st.text(st.characters(categories=["Cs", "L", "P"]), max_size=5)
EDITS = st.fixed_dictionaries(
    {"reason": JSON | SURROGATES, "note": JSON | SURROGATES}, optional={"x/~": JSON}
)


@settings(max_examples=60)
@given(EDITS | JSON | st.dictionaries(SURROGATES, SURROGATES, max_size=2), st.binary(max_size=6))
async def test_no_body_is_a_bug(
    tmp_path_factory: pytest.TempPathFactory, body: object, tail: bytes
) -> None:
    """Whatever is sent: an answer below 500, and JSON."""
    here = world(tmp_path_factory.mktemp("pages"))
    here.engine.answer = {"version": 1}
    raw = json.dumps(body).encode() + tail
    async with here.client() as client:
        answer = await client.patch(STOP, content=raw, headers={"if-match": "1"})
    assert answer.status_code in {200, 422}
    assert answer.json()
