"""The live stream of frames."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from api.hub import Hub
from api.rooms import RoomsDep

router = APIRouter(tags=["live"])
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/stream")
async def read_stream(
    rooms: RoomsDep, last_event_id: Annotated[str | None, Header(max_length=20)] = None
) -> StreamingResponse:
    """One frame a second with every line's present state, as server-sent events."""
    known = int(last_event_id) if last_event_id and last_event_id.isdigit() else None
    body = events(rooms.hub, known)
    return StreamingResponse(body, media_type="text/event-stream", headers=HEADERS)


async def events(hub: Hub, last_event_id: int | None) -> AsyncIterator[bytes]:
    """What one viewer is sent, until it leaves or the service ends."""
    with hub.watching(last_event_id) as viewer:
        async for event in viewer.events():
            yield event
