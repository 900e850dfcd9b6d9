"""The dated tables: prices, ideal cycles, calendars and reasons, each entry from a day on."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from api.actor import ByDep
from api.rooms import Document, Rooms, RoomsDep
from api.versions import VersionDep
from edge.engine.entering import tabling
from edge.engine.entering.tabling import Wish
from edge.entries import (
    CycleEntry,
    DayEntry,
    DemandEntry,
    Entry,
    PeakEntry,
    PriceEntry,
    ReasonEntry,
    TariffEntry,
    WeekEntry,
)
from edge.records.audit import Actor

router = APIRouter(tags=["tables"])
Number = Annotated[int, Path(ge=1, lt=2**53, description="id of an entry")]
Note = Annotated[str | None, Field(max_length=500, description="why; for the history")]


class PriceNote(PriceEntry, frozen=True, extra="forbid"):
    """A price or a rate of exchange, and why."""

    note: Note = None


class TariffNote(TariffEntry, frozen=True, extra="forbid"):
    """A tariff, and why."""

    note: Note = None


class DemandNote(DemandEntry, frozen=True, extra="forbid"):
    """What the greatest power costs, and why."""

    note: Note = None


class PeakNote(PeakEntry, frozen=True, extra="forbid"):
    """The peak of a month, and why."""

    note: Note = None


class CycleNote(CycleEntry, frozen=True, extra="forbid"):
    """An ideal cycle, and why."""

    note: Note = None


class DayNote(DayEntry, frozen=True, extra="forbid"):
    """A single day, and why."""

    note: Note = None


class WeekNote(WeekEntry, frozen=True, extra="forbid"):
    """The shifts from a day on, and why."""

    note: Note = None


class ReasonNote(ReasonEntry, frozen=True, extra="forbid"):
    """A reason for stops, and why."""

    note: Note = None


class Taken(BaseModel, frozen=True, extra="forbid"):
    """An entry is taken back; to change it, write one of the same subject."""

    withdrawn: Literal[True] = Field(description="true takes the entry back")


@router.get("/prices")
async def read_prices(rooms: RoomsDep) -> Document:
    """Prices, rates of exchange, tariffs, demand charges, peaks; of the file and of records."""
    return await listed(rooms, "prices")


@router.post("/prices", status_code=201)
async def enter_price(
    price: TariffNote | DemandNote | PeakNote | PriceNote, rooms: RoomsDep, by: ByDep
) -> Document:
    """Write a price, a tariff, a demand charge or a month's peak; of one day the later holds."""
    return await entered(rooms, price, by)


@router.get("/cycles")
async def read_cycles(rooms: RoomsDep) -> Document:
    """Ideal cycles by line, machine and product."""
    return await listed(rooms, "cycles")


@router.post("/cycles", status_code=201)
async def enter_cycle(cycle: CycleNote, rooms: RoomsDep, by: ByDep) -> Document:
    """Write an ideal cycle; the rows from its day on are computed anew."""
    return await entered(rooms, cycle, by)


@router.get("/calendars")
async def read_calendars(rooms: RoomsDep) -> Document:
    """The weeks and single days of every line."""
    return await listed(rooms, "calendars")


@router.post("/calendars", status_code=201)
async def enter_calendar(entry: DayNote | WeekNote, rooms: RoomsDep, by: ByDep) -> Document:
    """Write a holiday, overtime or other shifts; the rows it concerns are computed anew."""
    return await entered(rooms, entry, by)


@router.get("/reasons")
async def read_reasons(rooms: RoomsDep) -> Document:
    """Reasons for stops: of this release, of the configuration and of records."""
    return await listed(rooms, "reasons")


@router.post("/reasons", status_code=201)
async def enter_reason(reason: ReasonNote, rooms: RoomsDep, by: ByDep) -> Document:
    """Write a reason for stops, or that one is no longer offered."""
    return await entered(rooms, reason, by)


@router.get("/entries/{entry}/history")
async def read_history(entry: Number, rooms: RoomsDep) -> Document:
    """All versions of an entry, oldest first: who wrote it, when, and what it said."""
    return await rooms.desk.ask(lambda engine: tabling.history(engine.view, entry))


@router.patch("/entries/{entry}")
async def withdraw_entry(
    entry: Number, _: Taken, version: VersionDep, rooms: RoomsDep, by: ByDep, response: Response
) -> Document:
    """Take an entry back; of two people the second gets a 412."""
    found = await rooms.desk.ask(lambda engine: tabling.withdrawn(engine.view, entry, version, by))
    response.headers["ETag"] = f'"{found["version"]}"'
    return found


async def listed(rooms: Rooms, name: str) -> Document:
    """A table, of the configuration and of records."""
    return await rooms.desk.ask(lambda engine: tabling.listed(engine.view, name))


async def entered(rooms: Rooms, told: Entry, by: Actor) -> Document:
    """What became of an entry that was sent."""
    body: dict[str, Any] = told.model_dump(mode="json")
    note = body.pop("note")
    wish = Wish(told.kind, body, note)
    return await rooms.desk.ask(lambda engine: tabling.entered(engine.view, wish, by))
