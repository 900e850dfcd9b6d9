"""Stops and the reasons that people give them."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field, model_validator

from api.actor import ByDep
from api.rooms import Document, RoomsDep
from api.span import SpanDep
from api.versions import VersionDep
from edge.engine.entering.stop_edits import Wish

STOP = r"^[^/]{1,64}/[^/]{1,64}/([0-9]{1,18}|[1-7][0-9]{18})$"  # line, machine, begin in ns

router = APIRouter(tags=["stops"])


class StopEdit(BaseModel, frozen=True, extra="forbid"):
    """All that a person says of a stop; both keys are there, so that none is lost by silence."""

    reason: str | None = Field(max_length=40, description="id of a reason; null takes it back")
    note: str | None = Field(max_length=500, description="free text; null takes it back")


class StopShape(BaseModel, frozen=True, extra="forbid"):
    """One thing that is done to a stop."""

    split_at: str | None = Field(default=None, max_length=40, description="instant inside it")
    merge_with: str | None = Field(default=None, pattern=STOP, description="its neighbour's id")
    state: Literal["delayed", "delayed:external", "setup", "idle"] | None = Field(
        default=None, description="its class; the one it was found with takes a change back"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        """One thing at a time, so that each has its entry in the audit log."""
        if sum(value is not None for value in (self.split_at, self.merge_with, self.state)) != 1:
            raise ValueError("name one of split_at, merge_with and state")
        return self


@router.get("/stops/{stop:path}/history")
async def read_stop_history(stop: Annotated[str, Path(pattern=STOP)], rooms: RoomsDep) -> Document:
    """Who did what to a stop, when, and what it was before."""
    return await rooms.desk.ask(lambda engine: engine.stop_history(stop))


@router.get("/stops")
async def read_stops(
    line: Annotated[str, Query(max_length=64)], span: SpanDep, rooms: RoomsDep
) -> Document:
    """The stops that touch an interval, whole; an interval's edges never change a stop."""
    return await rooms.desk.ask(lambda engine: engine.stops(line, span.from_ns, span.to_ns))


@router.patch("/stops/{stop:path}")
async def edit_stop(
    stop: Annotated[str, Path(pattern=STOP)],
    edit: StopEdit | StopShape,
    version: VersionDep,
    rooms: RoomsDep,
    by: ByDep,
    response: Response,
) -> Document:
    """Explain, split, merge or reclassify a stop. Of two people the second gets a 412.

    `PATCH` with reason and note explains it; with one of `split_at`, `merge_with` and `state` it
    changes its shape, and the figures it touches are computed anew. The answer is the stop that
    goes on; after a split, the earlier one.
    """
    found = await rooms.desk.ask(
        lambda engine: (
            engine.shape_stop(stop, version, Wish(*edit.model_dump().values()), by)
            if isinstance(edit, StopShape)
            else engine.explain_stop(stop, version, edit.reason, edit.note, by)
        )
    )
    response.headers["ETag"] = f'"{found["version"]}"'
    return found
