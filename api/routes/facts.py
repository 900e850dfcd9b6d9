"""What people and files say besides signals: entered, corrected, imported, listed."""

import asyncio
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.actor import ByDep
from api.rooms import Document, RoomsDep
from api.span import SpanDep
from api.versions import VersionDep
from edge.engine.entering.fact_files import Options
from edge.tables.cells import Sheet, read_sheet

router = APIRouter(tags=["facts"])
Pieces = Literal["good", "scrap", "rework", "total"]
Kind = Literal[
    Pieces,
    "inspected",
    "passed",
    "work",
    "attendance",
    "repair",
    "maintenance",
    "product",
    "order",
    "lot",
    "reason",
    "plan",
]
BROUGHT = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=80, description="the same entry has the same key"),
]


class Said(BaseModel, frozen=True, extra="forbid"):
    """What every fact may tell: of whom, when, of which product, and who says so."""

    line: str = Field(max_length=64, description="id of the line")
    machine: str | None = Field(default=None, max_length=64, description="null: the line's exit")
    type: str | None = Field(default=None, max_length=120, description="type of the defect")
    at: str | None = Field(default=None, max_length=40, description="instant; null: now")
    from_: str | None = Field(default=None, alias="from", max_length=40, description="begin")
    to: str | None = Field(default=None, max_length=40, description="end; not included")
    product: str | None = Field(default=None, max_length=120, description="null: what ran then")
    order: str | None = Field(default=None, max_length=120, description="null: what ran then")
    lot: str | None = Field(default=None, max_length=120, description="lot")
    who: str | None = Field(default=None, max_length=120, description="who says so")
    note: str | None = Field(default=None, max_length=500, description="free text")

    def cells(self, key: str | None) -> dict[str, str]:
        """What is written, as the cells of a row; its key is its id."""
        told = self.model_dump(by_alias=True, exclude_none=True)
        written = {name: str(value) for name, value in told.items()}
        return {**written, "id": key} if key else written


class Count(Said, frozen=True, extra="forbid"):
    """Pieces that somebody counted: at an instant, or over an interval."""

    kind: Pieces = Field(description="what was counted")
    quantity: float = Field(ge=0, le=1e9, description="pieces")


class Entry(Said, frozen=True, extra="forbid"):
    """A fact of any kind."""

    kind: Kind = Field(description="what is told")
    quantity: float | None = Field(default=None, ge=0, le=1e9, description="null: it has none")
    unit: str | None = Field(default=None, max_length=20, description="null: pieces, or hours")
    reason: str | None = Field(default=None, max_length=40, description="id of a reason")
    due: str | None = Field(default=None, max_length=10, description="day on which a plan is due")


class Correction(BaseModel, frozen=True, extra="forbid"):
    """What is changed of a fact; what is left out stays."""

    quantity: float | None = Field(default=None, ge=0, le=1e9, description="null: as it was")
    note: str | None = Field(default=None, max_length=500, description="null: as it was")
    withdrawn: bool = Field(default=False, description="true takes the fact back")


@router.get("/facts")
async def read_facts(
    line: Annotated[str, Query(max_length=64)], span: SpanDep, rooms: RoomsDep
) -> Document:
    """The facts that touch an interval, with who said them and when, and the types of defects."""
    return await rooms.desk.ask(lambda engine: engine.facts(line, span.from_ns, span.to_ns))


@router.post("/counts", status_code=201)
async def enter_count(count: Count, rooms: RoomsDep, by: ByDep, key: Key = None) -> Document:
    """Enter pieces. A number that is hardly true is warned of and stored; a key may be repeated."""
    return await rooms.desk.ask(lambda engine: engine.enter_fact(count.cells(key), by))


@router.post("/facts", status_code=201)
async def enter_fact(entry: Entry, rooms: RoomsDep, by: ByDep, key: Key = None) -> Document:
    """Enter a fact of any kind: pieces, inspections, hours, a reason, what ran, a plan."""
    return await rooms.desk.ask(lambda engine: engine.enter_fact(entry.cells(key), by))


@router.post("/facts/import", openapi_extra={"requestBody": BROUGHT})
async def import_facts(
    request: Request,
    rooms: RoomsDep,
    by: ByDep,
    name: Annotated[str, Query(max_length=120, description="of the file; .csv or .xlsx")],
    *,
    preview: Annotated[bool, Query(description="look only; nothing is stored")] = True,
    partly: Annotated[bool, Query(description="store the rows without faults")] = False,
) -> Document:
    """Take a file of facts, or look at it; nothing is stored while a row has a fault, unless told.

    The same file again adds nothing.
    """
    sheet = await asyncio.to_thread(read, name, await request.body())
    options = Options(preview=preview, partly=partly)
    return await rooms.desk.ask(lambda engine: engine.import_facts(name, sheet, options, by))


def read(name: str, content: bytes) -> Sheet:
    """The rows of a file that was sent."""
    with TemporaryDirectory() as folder:
        path = File(folder, "facts").with_suffix(File(name).suffix or ".none")
        path.write_bytes(content)
        return read_sheet(path)


@router.patch("/facts/{fact}")
async def correct_fact(
    fact: Annotated[int, Path(ge=1, lt=2**53)],
    correction: Correction,
    version: VersionDep,
    rooms: RoomsDep,
    by: ByDep,
    response: Response,
) -> Document:
    """Correct a fact or take it back; all revisions stay. Of two people the second gets a 412."""
    told = correction.model_dump(exclude_none=True, exclude={"withdrawn"})
    cells = None if correction.withdrawn else {name: str(value) for name, value in told.items()}
    found = await rooms.desk.ask(lambda engine: engine.correct_fact(fact, version, cells, by))
    response.headers["ETag"] = f'"{found["version"]}"'
    return found
