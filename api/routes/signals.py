"""Signals: what is read, how fresh it is, and its samples."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.rooms import Document, RoomsDep
from api.span import SpanDep

router = APIRouter(tags=["signals"])


@router.get("/signals")
async def read_signals(rooms: RoomsDep) -> Document:
    """Every signal with its last sample."""
    return await rooms.desk.ask(lambda engine: engine.signals())


@router.get("/signals/{path:path}/samples")
async def read_samples(
    path: str,
    span: SpanDep,
    rooms: RoomsDep,
    points: Annotated[int, Query(ge=10, le=100_000)] = 2_000,
) -> Document:
    """The samples of one signal; more than `points` keep the least and greatest of each column."""
    return await rooms.desk.ask(
        lambda engine: engine.samples(path, span.from_ns, span.to_ns, points)
    )
