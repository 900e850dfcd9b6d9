"""The live stream of frames."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.hub import Hub, Viewer
from api.rooms import RoomsDep

router = APIRouter(tags=["live"])
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Stream(Response):
    """What one viewer is sent, until it leaves or the service ends."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, last_event_id: int | None) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]  # nobody knows how long somebody will watch
        self._hub = hub
        self._last_event_id = last_event_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Serve the viewer."""
        with self._hub.watching(self._last_event_id) as viewer:
            async with asyncio.TaskGroup() as tasks:
                leaving = tasks.create_task(left(viewer, receive))
                await send(self._start())
                async for event in viewer.events():
                    await send({"type": "http.response.body", "body": event, "more_body": True})
                leaving.cancel()
        await send({"type": "http.response.body", "body": b""})

    def _start(self) -> dict[str, object]:
        headers = self.raw_headers
        return {"type": "http.response.start", "status": self.status_code, "headers": headers}


async def left(viewer: Viewer, receive: Receive) -> None:
    """End the stream of a viewer that has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.end()


@router.get("/stream", status_code=200, response_class=Stream)
async def read_stream(
    rooms: RoomsDep, last_event_id: Annotated[str | None, Header(max_length=20)] = None
) -> Stream:
    """One frame a second with every line's present state, as server-sent events."""
    known = last_event_id is not None and last_event_id.isdecimal()
    return Stream(rooms.hub, int(last_event_id or 0) if known else None)
