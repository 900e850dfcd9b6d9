"""Quarantine: what came and could not be stored or brought on."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.actor import ByDep
from api.rooms import Document, RoomsDep

router = APIRouter(tags=["quarantine"])

MOST = 2**63 - 1
Number = Annotated[int, Path(ge=1, le=MOST, description="id of an entry")]


@router.get("/quarantine")
async def read_quarantine(
    rooms: RoomsDep,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=MOST, description="an id, to read on")] = None,
) -> Document:
    """What was set aside and nobody has discarded, newest first, and how many rows wait in all."""
    return await rooms.quarantine.listed(limit, before)


@router.post("/quarantine/{number}/discard")
async def discard_entry(number: Number, rooms: RoomsDep, by: ByDep) -> Document:
    """Take an entry off the list; its rows stay counted."""
    return await rooms.quarantine.discard(number, by)


@router.post("/quarantine/{number}/retry")
async def retry_entry(number: Number, rooms: RoomsDep, by: ByDep) -> Document:
    """Read a message by today's configuration, or bring rows to their sink once more."""
    return await rooms.quarantine.retry(number, by)
