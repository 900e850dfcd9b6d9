"""What the routes need of the rest, handed down by the composition root."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from api.hub import Hub
from edge.engine.engine import Engine
from edge.records.audit import Actor

Answer = TypeVar("Answer")
Document = dict[str, object]


class Desk(Protocol):
    """Asks the engine in the thread that is its own."""

    async def ask(self, question: Callable[[Engine], Answer]) -> Answer:
        """The answer to one question; questions are answered in turns."""
        ...


class Evidence(Protocol):
    """Makes and keeps evidence packages."""

    def listed(self) -> dict[str, Any]:
        """All packages, the key that signs them, and the jobs since the start."""
        ...

    def ask(self, target: str) -> Document:
        """The job that makes a target's package."""
        ...

    def job(self, name: str) -> Document:
        """A job and how far it has come."""
        ...

    def roots(self, limit: int) -> dict[str, Any]:
        """The newest daily roots, and the picture of the newest."""
        ...

    def file(self, package: str) -> Path:
        """The file of a package, by the hash of its manifest."""
        ...

    def name(self, package: str) -> str:
        """What a package's file is called for whoever takes it."""
        ...


class Examining(Protocol):
    """Checks packages that somebody brings."""

    async def verify(self, pieces: AsyncIterator[bytes], root: str | None = None) -> Document:
        """The verdict on a package that comes in pieces, held against a root that was kept."""
        ...


class Firms(Protocol):
    """What other sites have proven."""

    async def listed(self) -> Document:
        """Every firm, the newest package of each of its targets, and all of them together."""
        ...

    async def bring(self, pieces: AsyncIterator[bytes], key: str | None, by: Actor) -> Document:
        """Verify a package that comes in pieces, and remember its figures."""
        ...

    async def programme(
        self, site: str, targets: list[dict[str, Any]], language: str
    ) -> list[dict[str, Any]]:
        """The indicators of the programme, of own and imported targets."""
        ...

    async def form(self, rows: list[dict[str, Any]], form: str, language: str) -> bytes:
        """The indicators as a file."""
        ...


class Quarantine(Protocol):
    """What was set aside."""

    async def listed(self, limit: int, before: int | None) -> Document:
        """The newest entries; `before` an id, to read on."""
        ...

    async def discard(self, number: int, by: Actor) -> Document:
        """Take an entry off the list."""
        ...

    async def retry(self, number: int, by: Actor) -> Document:
        """Try an entry again; one that comes to its end by that is off the list."""
        ...


class Recounts(Protocol):
    """Compares what sinks hold with what is stored."""

    async def recount(self, name: str, hours: int) -> Document:
        """Look at the last hours of one sink; what was missing is written once more."""
        ...


class Photos(Protocol):
    """Photos of improvement tasks."""

    async def keep(self, raw: bytes) -> Document:
        """Make a photo fit to be kept and put it down; what a task notes of it."""
        ...

    def file(self, sha256: str) -> Path:
        """The file of a photo."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everything a route may use."""

    desk: Desk
    hub: Hub
    health: Callable[[], Awaitable[Document]]
    accounting: Callable[[], Awaitable[Document]]
    metrics: Callable[[], bytes]
    zone: ZoneInfo
    pages: Path  # the built pages
    evidence: Evidence
    examining: Examining
    firms: Firms
    quarantine: Quarantine
    recounts: Recounts
    photos: Photos
    day_starts: str = "00:00"  # of a production day, local


async def rooms(request: Request) -> Rooms:
    """The rooms of the app that serves this request."""
    return cast("Rooms", request.app.state.rooms)


RoomsDep = Annotated[Rooms, Depends(rooms)]
