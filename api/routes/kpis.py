"""Figures: elements and measures of one line, and what each measure means."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.rooms import Document, RoomsDep
from api.span import SpanDep

router = APIRouter(tags=["figures"])
By = Literal["shift", "day", "hour", "product", "machine", "reason"]


@router.get("/kpis")
async def read_kpis(
    line: Annotated[str, Query(max_length=64)], span: SpanDep, rooms: RoomsDep, by: By = "shift"
) -> Document:
    """Elements and measures of one line in a half-open interval, one row per `by`.

    Planned time that nobody saw is `null` between the bounds 0 and 1, with coverage 0. Never zero.
    """
    return await rooms.desk.ask(lambda engine: engine.kpis(line, span.from_ns, span.to_ns, by))


@router.get("/definitions/{definition:path}")
async def read_definition(definition: str, rooms: RoomsDep) -> Document:
    """What a measure means: formula, unit, states counted, source, names."""
    return await rooms.desk.ask(lambda engine: engine.definition(definition))
