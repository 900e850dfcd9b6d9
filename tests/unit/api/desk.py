"""The application over a fake desk: an engine that notes what it is asked and answers as told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import httpx
from starlette.types import ASGIApp

from api.app import create_app
from api.hub import Hub
from api.rooms import Rooms
from edge.engine.engine import Engine
from edge.engine.view import View
from edge.errors import LineproofError, NotFound, VerificationFailed
from edge.records.audit import Actor

Answer = TypeVar("Answer")
SEOUL = ZoneInfo("Asia/Seoul")
HERE = ("127.0.0.1", 50_000)
ADDRESS = "http://127.0.0.1:8000"


@dataclass
class FakeEngine:
    """Answers every question with its name, or with what a test wants raised."""

    raised: Exception | None = None
    asked: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    answer: dict[str, object] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Callable[..., dict[str, object]]:
        def ask(*values: object) -> dict[str, object]:
            self.asked.append((name, values))
            if self.raised is not None:
                raise self.raised
            return {"asked": name, **self.answer}

        return ask

    def read_for(self, *_: object) -> Iterator[int]:
        """Nothing is to be read."""
        return iter(())


@dataclass
class FakeDesk:
    """Asks the fake engine at once."""

    engine: FakeEngine

    async def ask(self, question: Callable[[Engine], Answer]) -> Answer:
        """The answer to one question."""
        await asyncio.sleep(0)
        return question(cast("Engine", self.engine))


@dataclass
class FakeEvidence:
    """One package, and a job for whatever is asked."""

    folder: Path

    def listed(self) -> dict[str, Any]:
        """The package."""
        return {"key": {"id": "0f"}, "packages": [{"manifest": "a" * 64, "file": "t1-aaaa.zip"}]}

    def ask(self, target: str) -> dict[str, object]:
        """A job."""
        return {"id": "e1", "target": target, "state": "waiting"}

    def job(self, name: str) -> dict[str, object]:
        """The job."""
        return {"id": name, "state": "running", "share": 0.5}

    def roots(self, limit: int) -> dict[str, Any]:
        """None, and what was asked."""
        return {"roots": [], "asked": limit}

    def file(self, package: str) -> Path:
        """The file."""
        (self.folder / "package").write_text(package)
        return self.folder / "package"

    def name(self, package: str) -> str:
        """What it is called."""
        return f"t1-{package[:4]}.zip"


class FakeExamining:
    """Measures what is brought."""

    async def verify(
        self, pieces: AsyncIterator[bytes], root: str | None = None
    ) -> dict[str, object]:
        """How much came, and what it was to be held against."""
        size = sum([len(piece) async for piece in pieces])
        return {"verified": True, "bytes": size, "root": root}


class FakeFirms:
    """One firm, and a package that is always good."""

    async def listed(self) -> dict[str, object]:
        """Its site, and nothing proven."""
        return {"firms": [{"site": "daehan"}], "imported": [], "across": []}

    async def bring(
        self, pieces: AsyncIterator[bytes], key: str | None, by: Actor
    ) -> dict[str, object]:
        """How much came, by which key, and who brought it."""
        size = sum([len(piece) async for piece in pieces])
        if size == 0:
            raise VerificationFailed("not imported: it is empty")
        return {"bytes": size, "key": key, "by": by.origin}

    async def programme(
        self, site: str, targets: list[dict[str, Any]], language: str
    ) -> list[dict[str, Any]]:
        """A row that says what was asked."""
        return [{"family": "P", "site": site, "targets": len(targets), "language": language}]

    async def form(self, rows: list[dict[str, Any]], form: str, language: str) -> bytes:
        """What was asked, as a file."""
        return f"{len(rows)} {form} {language}".encode()


class FakeQuarantine:
    """One entry, number 7."""

    async def listed(self, limit: int, before: int | None) -> dict[str, object]:
        """The entry, and what was asked."""
        return {"quarantine": [{"id": 7}], "waiting": [], "asked": [limit, before]}

    async def discard(self, number: int, by: Actor) -> dict[str, object]:
        """Number 7 can be discarded."""
        if number != 7:
            raise NotFound(f"no entry {number}")
        return {"discarded": [number], "by": by.origin}

    async def retry(self, number: int, by: Actor) -> dict[str, object]:
        """Number 7 can be tried."""
        if number != 7:
            raise NotFound(f"no entry {number}")
        return {"retried": number, "by": by.origin}


class FakeRecounts:
    """One sink, named influx."""

    async def recount(self, name: str, hours: int) -> dict[str, object]:
        """What was asked."""
        if name != "influx":
            raise NotFound(f"no sink '{name}'")
        return {"sink": name, "points": hours, "hours": []}


class FakePhotos:
    """One photo."""

    async def keep(self, raw: bytes) -> dict[str, object]:
        """How much came."""
        return {"sha256": "b" * 64, "width": 4, "height": 3, "bytes": len(raw)}

    def file(self, sha256: str) -> Path:
        """None."""
        raise NotFound(f"no photo {sha256}")


@dataclass
class World:
    """An application and what stands behind it."""

    engine: FakeEngine
    hub: Hub
    app: ASGIApp

    def client(
        self, client: tuple[str, int] = HERE, address: str = ADDRESS, *, raising: bool = True
    ) -> httpx.AsyncClient:
        """A client that reaches the application from an address; bugs come through if `raising`."""
        transport = httpx.ASGITransport(self.app, client=client, raise_app_exceptions=raising)
        return httpx.AsyncClient(transport=transport, base_url=address)


def world_over(folder: Path, view: View) -> World:
    """An application whose engine looks at a real site."""
    (folder / "pages").mkdir()
    found = world(folder / "pages")
    vars(found.engine)["view"] = view
    return found


def world(pages: Path, health: LineproofError | None = None) -> World:
    """An application whose pages are a word."""
    (pages / "index.html").write_text("<!doctype html>page", encoding="utf-8")
    engine, hub = FakeEngine(), Hub("0.0")

    async def document() -> dict[str, object]:
        if health is not None:
            raise health
        return {"status": "ok"}

    rooms = Rooms(
        desk=FakeDesk(engine),
        hub=hub,
        health=document,
        accounting=document,
        metrics=lambda: b"lineproof_viewers 0.0\n",
        zone=SEOUL,
        pages=pages,
        evidence=FakeEvidence(pages),
        examining=FakeExamining(),
        firms=FakeFirms(),
        quarantine=FakeQuarantine(),
        recounts=FakeRecounts(),
        photos=FakePhotos(),
    )
    return World(engine, hub, create_app(rooms, "0.0"))
