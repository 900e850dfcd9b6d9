"""Only this box is served, and every answer carries the headers that browsers obey."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from api.guard import BODY_S, MOST_BYTES, Guard, bounded, is_here, named
from api.meter import Meter
from tests.unit.api.desk import World, world

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
STOP = "/api/v1/stops/mask-1/body/1"
EDIT = {"reason": None, "note": None}


@pytest.fixture
def here(tmp_path: Path) -> World:
    """An application."""
    return world(tmp_path)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8000", "127.8.8.8:1", "localhost:8000", "LocalHost", "[::1]:8000"],
)
async def test_this_box_is_served_by_each_of_its_names(here: World, host: str) -> None:
    """Loopback addresses and localhost, with or without a port."""
    async with here.client() as client:
        answer = await client.get("/api/v1/lines", headers={"host": host})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example:8000",
        "localhost.evil.example",
        "evil.example@localhost",
        "localhost@evil.example",
        "0.0.0.0:8000",
        "192.168.0.7:8000",
        "[::2]:8000",
        "[::1",
        "[localhost]",
        "localhost:port",
        "localhost/",
        "127.0.0.1 evil",
        "",
    ],
)
async def test_another_name_is_refused(here: World, host: str) -> None:
    """A page of somebody else's that asks through the browser of this box has another Host."""
    async with here.client() as client:
        answer = await client.get("/api/v1/lines", headers={"host": host})
    assert answer.status_code == 403
    assert here.engine.asked == []


@pytest.mark.parametrize(
    ("peer", "served"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.168.0.7", False),
        ("::ffff:192.168.0.7", False),
        ("fe80::1%eth0", False),
        ("", False),
    ],
)
async def test_only_this_box_may_ask(here: World, peer: str, served: bool) -> None:  # noqa: FBT001 - a column of the table
    """Whoever is elsewhere gets a problem document, on pages and on the interface alike."""
    for path in ("/api/v1/lines", "/board", "/metrics", "/nothing"):
        async with here.client((peer, 50_000)) as client:
            answer = await client.get(path)
        assert (answer.status_code != 403) == served
        if not served:
            assert answer.headers["content-type"] == "application/problem+json"
            assert "no account yet" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://127.0.0.1:8000", 200),
        ("http://127.0.0.1:3000", 403),
        ("http://localhost:8000", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("", 403),
    ],
)
async def test_only_our_own_pages_change_anything(
    here: World, origin: str | None, status: int
) -> None:
    """An unsafe method from a page of another origin is refused before it is read."""
    here.engine.answer = {"version": 1}
    headers = {"if-match": '"0"'} | ({} if origin is None else {"origin": origin})
    async with here.client() as client:
        answer = await client.patch(STOP, json=EDIT, headers=headers)
    assert answer.status_code == status
    assert len(here.engine.asked) == (status == 200)


async def test_reading_needs_no_origin_of_ours(here: World) -> None:
    """The browser keeps what a foreign page must not read, by the headers it is given."""
    async with here.client() as client:
        answer = await client.get("/api/v1/lines", headers={"origin": "https://evil.example"})
        asking = await client.options("/api/v1/lines", headers={"origin": "https://evil.example"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert asking.status_code == 403


async def test_every_answer_has_the_headers(here: World) -> None:
    """200, 304, 307, 403, 404, 405, 413, 422, 428, 500: whatever is answered, by whomever."""
    big, seen = b"x" * (MOST_BYTES + 1), dict[int, httpx.Response]()

    async def note(answer: httpx.Response) -> None:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, answer.url
        seen[answer.status_code] = answer

    async with here.client(raising=False) as client:
        client.event_hooks = {"response": [note]}
        await client.get("/api/v1/lines")
        page = await client.get("/board")
        file = await client.get("/index.html")
        await client.get("/index.html", headers={"if-none-match": file.headers["etag"]})
        await client.get("/")
        await client.get("/api/v1/lines", headers={"host": "evil.example"})
        await client.get("/api/v1/nothing")
        await client.get("/nothing.js")
        await client.post("/api/v1/lines")
        await client.patch(STOP, content=big, headers={"if-match": "1"})
        await client.get("/api/v1/stops")
        await client.patch(STOP, json=EDIT)
        here.engine.raised = ZeroDivisionError("secret of the trace")
        await client.get("/api/v1/lines")
    assert sorted(seen) == [200, 304, 307, 403, 404, 405, 413, 422, 428, 500]
    assert page.text == "<!doctype html>page"


async def test_a_body_that_is_too_long_is_not_read(here: World) -> None:
    """Also where nobody said how long it will be."""
    sent = list[int]()

    async def pieces() -> AsyncIterator[bytes]:
        for n in range(1000):
            sent.append(n)
            yield b"x" * 4096

    async with here.client() as client:
        answer = await client.patch(STOP, content=pieces(), headers={"if-match": "1"})
    assert answer.status_code == 413
    assert answer.json()["detail"] == f"the body is longer than {MOST_BYTES} bytes; send less"
    assert len(sent) <= MOST_BYTES // 4096 + 2


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow sender gets a 408; once the body is whole, the end of the connection has time."""
    monkeypatch.setattr("api.guard.BODY_S", 0.01)
    coming: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    receive = bounded(coming.get)
    coming.put_nowait({"type": "http.request", "body": bytes(MOST_BYTES), "more_body": True})
    assert (await receive())["body"] == bytes(MOST_BYTES)
    with pytest.raises(Exception, match="408: the body did not come within") as error:
        async with asyncio.timeout(0.5):  # what has come gives no longer for the next piece
            await receive()
    assert getattr(error.value, "status_code", 0) == 408

    receive = bounded(coming.get)
    coming.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    await receive()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await receive()
    assert BODY_S > 1


async def test_a_body_that_trickles_has_one_time_for_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A byte in time for each wait is not enough; what is long and comes quickly has longer."""
    monkeypatch.setattr("api.guard.BODY_S", 0.5)

    async def taken(size: int) -> int:
        """How many pieces of a body are taken before it is refused, of fifty."""

        async def piece() -> dict[str, object]:
            await asyncio.sleep(0.02)
            return {"type": "http.request", "body": bytes(size), "more_body": True}

        receive = bounded(piece, 50 * MOST_BYTES)
        for n in range(50):
            try:
                await receive()
            except HTTPException as error:
                return n if error.status_code == 408 else -1
        return 50

    assert 1 <= await taken(1) <= 25
    assert await taken(MOST_BYTES) == 50


async def test_the_time_that_we_take_is_not_the_sender_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has sent everything is not refused because it is read slowly."""
    monkeypatch.setattr("api.guard.BODY_S", 0.2)

    async def piece() -> dict[str, object]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"x", "more_body": True}

    receive = bounded(piece)
    for _ in range(3):
        await asyncio.sleep(0.15)
        assert (await receive())["body"] == b"x"


@given(st.text(max_size=40))
def test_any_host_is_judged_without_a_crash(host: str) -> None:
    """Whatever stands in the header, it is ours or it is not."""
    name = named(host)
    assert not is_here(name) or host.startswith(("127.", "[")) or "localhost" in host.lower()


async def test_a_flood_is_told_to_wait(here: World) -> None:
    """429 with a time to wait, and no more once there is room."""
    async with here.client() as client:
        codes = [(await client.get("/nothing")).status_code for _ in range(3)]
        guard(here).meter = Meter(per_s=0.001, burst=2)
        codes += [(await client.get("/nothing")).status_code for _ in range(3)]
        busy = await client.get("/nothing")
        guard(here).meter = Meter(per_s=1_000, burst=2)
        codes.append((await client.get("/nothing")).status_code)
    assert codes == [404] * 5 + [429, 404]
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
    assert busy.json()["type"] == "/problems/too-many-requests"


async def test_files_of_the_pages_are_not_counted(here: World) -> None:
    """A page that was answered gets its parts too, however many ask at once."""
    async with here.client() as client:
        guard(here).meter = Meter(per_s=0.001, burst=1)
        codes = [(await client.get("/assets/none.js")).status_code for _ in range(3)]
        codes += [(await client.get(path)).status_code for path in ("/nothing", "/nothing")]
        codes += [(await client.get(f"/assets{path}")).status_code for path in ("/none.js", "")]
    assert codes == [404, 404, 404, 404, 429, 404, 429]


def guard(here: World) -> Guard:
    """The outermost of the application."""
    assert isinstance(here.app, Guard)
    return here.app


def test_a_meter_lets_through_what_it_says() -> None:
    """A burst at first, then so many a second, and never more than a burst after a rest."""
    meter = Meter(per_s=10, burst=30)
    assert sum(meter.takes(100.0) for _ in range(50)) == 30
    assert sum(meter.takes(100.0 + n / 100) for n in range(1, 201)) == 20
    assert sum(meter.takes(1_000.0) for _ in range(50)) == 30
