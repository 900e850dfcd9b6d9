"""The live stream over ASGI, as a server drives it: it ends with its viewer or the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.types import Message

from api.hub import QUEUE_EVENTS
from tests.unit.api.desk import HERE, World, world

PROMPT_S = 3.0  # what must end, ends within 3 s


class Wire:
    """One connection: what was sent, and the two ways in which it can end."""

    def __init__(self, here: World, last_event_id: str | None) -> None:
        self.sent: list[Message] = []
        self.reads = asyncio.Event()  # while it is clear, the viewer takes nothing
        self.reads.set()
        self.gone = asyncio.Event()
        self._arrived = asyncio.Event()
        self._asked = False
        self._here = here
        self._headers = [(b"host", b"127.0.0.1:8000")]
        if last_event_id is not None:
            self._headers.append((b"last-event-id", last_event_id.encode("latin-1")))

    async def serve(self) -> None:
        """What the server does with one request."""
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/v1/stream",
            "raw_path": b"/api/v1/stream",
            "root_path": "",
            "query_string": b"",
            "headers": self._headers,
            "client": HERE,
            "scheme": "http",
            "http_version": "1.1",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
        }
        await self._here.app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.reads.wait()
        self.sent.append(dict(message))
        self._arrived.set()

    @property
    def events(self) -> list[str]:
        """The names of the events so far."""
        body = b"".join(message.get("body", b"") for message in self.sent).decode()
        return [line[7:] for line in body.splitlines() if line.startswith("event: ")]

    async def has(self, *events: str) -> None:
        """Wait until these are the events."""
        async with asyncio.timeout(PROMPT_S):
            while self.events != list(events):
                self._arrived.clear()
                await self._arrived.wait()


@pytest.fixture
def here(tmp_path: Path) -> World:
    """An application that shows one frame already."""
    found = world(tmp_path)
    found.hub.show({"at": 1})
    return found


@asynccontextmanager
async def watching(here: World, last_event_id: str | None = None) -> AsyncIterator[Wire]:
    """A viewer whose stream must have ended by itself soon after the block."""
    wire = Wire(here, last_event_id)
    async with asyncio.timeout(10 * PROMPT_S), asyncio.TaskGroup() as group:
        serving = group.create_task(wire.serve())
        yield wire
        async with asyncio.timeout(PROMPT_S):
            await serving


async def test_frames_arrive_as_they_are_shown(here: World) -> None:
    """A reset, then frames, then the goodbye; never kept by a cache or held back by a proxy."""
    async with watching(here) as wire:
        await wire.has("reset")
        here.hub.show({"at": 2})
        await wire.has("reset", "frame")
        here.hub.close()
    assert wire.events == ["reset", "frame", "bye"]
    start, *_, end = wire.sent
    headers = dict(start["headers"])
    assert start["status"] == 200
    assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-accel-buffering"] == b"no"
    assert b"content-length" not in headers
    assert not end.get("more_body", False)


async def test_a_stream_ends_when_its_viewer_leaves(here: World) -> None:
    """Nobody is counted who is not there, and nothing is kept for him."""
    async with watching(here) as wire:
        await wire.has("reset")
        assert here.hub.viewers == 1
        wire.gone.set()
    assert here.hub.viewers == 0


async def test_a_viewer_that_takes_nothing_hinders_nobody(here: World) -> None:
    """Its oldest frames go; another's all arrive, and what it takes later ends with the newest."""
    async with watching(here) as quick, watching(here) as slow:
        await quick.has("reset")
        await slow.has("reset")
        slow.reads.clear()
        for n in range(2, 3 * QUEUE_EVENTS):
            here.hub.show({"at": n})
            await quick.has("reset", *["frame"] * (n - 1))
        slow.reads.set()
        here.hub.close()
    last = 3 * QUEUE_EVENTS - 1
    assert f'"at":{last}' in str(slow.sent[-3]["body"])
    assert len(slow.events) <= QUEUE_EVENTS + 2
    assert quick.events[-1] == slow.events[-1] == "bye"


async def test_a_stream_ends_with_its_task(here: World) -> None:
    """The server cancels what did not end in time; nothing stays behind."""
    wire = Wire(here, None)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(wire.serve())
        await wire.has("reset")
        wire.reads.clear()
        here.hub.show({"at": 2})
        await asyncio.sleep(0)
        serving.cancel()
    assert here.hub.viewers == 0


@pytest.mark.parametrize(
    ("last_event_id", "events"),
    [
        ("1", ["frame", "bye"]),
        ("2", ["bye"]),
        ("0", ["reset", "bye"]),
        ("7", ["reset", "bye"]),
        ("", ["reset", "bye"]),
        ("-1", ["reset", "bye"]),
        ("²", ["reset", "bye"]),
        ("one", ["reset", "bye"]),
        ("9" * 20, ["reset", "bye"]),
    ],
)
async def test_who_comes_back_says_what_it_has(
    here: World, last_event_id: str, events: list[str]
) -> None:
    """What it missed, or the present picture where that cannot be told."""
    here.hub.show({"at": 2})
    here.hub.close()
    async with watching(here, last_event_id) as wire:
        pass
    assert wire.events == events
