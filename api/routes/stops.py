"""Stops and the reasons that people give them."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field

from api.rooms import Document, RoomsDep
from api.span import SpanDep
from edge.errors import Refused

router = APIRouter(tags=["stops"])


class StopEdit(BaseModel, frozen=True, extra="forbid"):
    """What a person says of a stop."""

    reason: str | None = Field(default=None, max_length=40, description="id of a reason")
    note: str | None = Field(default=None, max_length=500, description="free text")


@router.get("/stops")
async def read_stops(
    line: Annotated[str, Query(max_length=64)], span: SpanDep, rooms: RoomsDep
) -> Document:
    """The stops that touch an interval, whole; an interval's edges never change a stop."""
    return await rooms.desk.ask(lambda engine: engine.stops(line, span.from_ns, span.to_ns))


@router.patch("/stops/{stop:path}")
async def edit_stop(
    stop: str,
    edit: StopEdit,
    rooms: RoomsDep,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=20)] = None,
) -> Document:
    """Give a stop its reason. Of two people who edit one stop, the second gets a 412."""
    version = (if_match or "").strip('"')
    if not version.isdigit():
        raise Refused("If-Match is missing; send the version of the stop that was shown")
    found = await rooms.desk.ask(
        lambda engine: engine.explain_stop(stop, int(version), edit.reason, edit.note)
    )
    response.headers["ETag"] = f'"{found["version"]}"'
    return found
