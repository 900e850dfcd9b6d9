"""Stops and the reasons that people give them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from api.actor import ByDep
from api.rooms import Document, RoomsDep
from api.span import SpanDep
from api.versions import VersionDep

STOP = r"^[^/]{1,64}/[^/]{1,64}/([0-9]{1,18}|[1-7][0-9]{18})$"  # line, machine, begin in ns

router = APIRouter(tags=["stops"])


class StopEdit(BaseModel, frozen=True, extra="forbid"):
    """All that a person says of a stop; both keys are there, so that none is lost by silence."""

    reason: str | None = Field(max_length=40, description="id of a reason; null takes it back")
    note: str | None = Field(max_length=500, description="free text; null takes it back")


@router.get("/stops")
async def read_stops(
    line: Annotated[str, Query(max_length=64)], span: SpanDep, rooms: RoomsDep
) -> Document:
    """The stops that touch an interval, whole; an interval's edges never change a stop."""
    return await rooms.desk.ask(lambda engine: engine.stops(line, span.from_ns, span.to_ns))


@router.patch("/stops/{stop:path}")
async def edit_stop(
    stop: Annotated[str, Path(pattern=STOP)],
    edit: StopEdit,
    version: VersionDep,
    rooms: RoomsDep,
    by: ByDep,
    response: Response,
) -> Document:
    """Give a stop its reason. Of two people who edit one stop, the second gets a 412."""
    found = await rooms.desk.ask(
        lambda engine: engine.explain_stop(stop, version, edit.reason, edit.note, by)
    )
    response.headers["ETag"] = f'"{found["version"]}"'
    return found
