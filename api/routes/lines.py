"""Lines: what there is, how it stands now, and what its machines did."""

from fastapi import APIRouter

from api.rooms import Document, RoomsDep
from api.span import SpanDep

router = APIRouter(tags=["lines"])


@router.get("/lines")
async def read_lines(rooms: RoomsDep) -> Document:
    """All lines with their machines and shifts."""
    return await rooms.desk.ask(lambda engine: engine.lines())


@router.get("/lines/{line}/now")
async def read_now(line: str, rooms: RoomsDep) -> Document:
    """Where the present shift of a line stands."""
    return await rooms.desk.ask(lambda engine: engine.now(line))


@router.get("/lines/{line}/states")
async def read_states(line: str, span: SpanDep, rooms: RoomsDep) -> Document:
    """The states of a line's machines in an interval, without gaps: nobody knows is a state too."""
    return await rooms.desk.ask(lambda engine: engine.states(line, span.from_ns, span.to_ns))


@router.get("/lines/{line}/orders")
async def read_orders(line: str, span: SpanDep, rooms: RoomsDep) -> Document:
    """Planned orders that touch an interval: planned, due by now, and made so far."""
    return await rooms.desk.ask(lambda engine: engine.orders(line, span.from_ns, span.to_ns))
