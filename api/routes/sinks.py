"""Sinks: what they hold, compared with what is stored."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.rooms import Document, RoomsDep

router = APIRouter(tags=["sinks"])

WEEK = 7 * 24
Name = Annotated[str, Path(min_length=1, max_length=100, description="id of a sink")]


@router.post("/sinks/{name}/recount")
async def recount_sink(
    name: Name, rooms: RoomsDep, hours: Annotated[int, Query(ge=1, le=WEEK)] = 24
) -> Document:
    """Count what a sink holds of the last hours; what is missing is written once more."""
    return await rooms.recounts.recount(name, hours)
