"""The audit log: who changed what, when and from where."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.rooms import Document, RoomsDep

router = APIRouter(tags=["audit"])
MOST = 2**63 - 1


@router.get("/audit")
async def read_audit(
    rooms: RoomsDep,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=MOST, description="a number, to read on")] = None,
) -> Document:
    """The newest changes, newest first, and the head of the log, to be kept elsewhere."""
    return await rooms.desk.ask(lambda engine: engine.audit(limit, before))
