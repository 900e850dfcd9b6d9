"""Health: who runs, who waits, what became of every row."""

from fastapi import APIRouter

from api.rooms import Document, RoomsDep

router = APIRouter(tags=["health"])


@router.get("/health")
async def read_health(rooms: RoomsDep) -> Document:
    """Sources, journal, archive, sinks and findings with what to do."""
    return await rooms.health()


@router.get("/accounting")
async def read_accounting(rooms: RoomsDep) -> Document:
    """Received = stored + filtered + quarantined + in flight, for every source."""
    return await rooms.accounting()
