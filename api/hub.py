"""The live stream: one frame is encoded once and written to every viewer.

What always holds: a frame is a whole picture, so a viewer that does not read loses its oldest
frames, never anybody else's. At the end every viewer gets `bye` and nothing after it, and its
stream is closed, so that no open page delays a shutdown.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

RING_FRAMES = 300  # five minutes for whoever comes back
QUEUE_EVENTS = 8
RETRY_MS = 3000


class Viewer:
    """One open stream: what it missed, then a short queue that forgets its oldest."""

    def __init__(self, missed: list[bytes]) -> None:
        self._missed = missed
        self._events: deque[bytes] = deque(maxlen=QUEUE_EVENTS)
        self._filled = asyncio.Event()
        self._ended = False
        if missed:
            self._filled.set()

    def put(self, event: bytes) -> None:
        """Add an event, unless the last one was there already."""
        if not self._ended:
            self._events.append(event)
            self._filled.set()

    def end(self, last: bytes | None = None) -> None:
        """Let the stream end with what is there, and with a last event where one is given."""
        if last is not None:
            self.put(last)
        self._ended = True
        self._filled.set()

    async def events(self) -> AsyncIterator[bytes]:
        """The events as they come, until the last."""
        while self._missed:
            yield self._missed.pop(0)
        while self._events or not self._ended:
            await self._filled.wait()
            self._filled.clear()
            while self._events:
                yield self._events.popleft()


class Hub:
    """Everybody who watches, and what was shown last."""

    def __init__(self, build: str, first: int = 1) -> None:
        """A hub that nobody watches yet.

        Args:
            build: told with every frame; a page of another build loads itself anew.
            first: the number of the first frame. Greater than any that a process before us gave,
                so that whoever watched that one is not taken for a viewer of ours.
        """
        self.build = build
        self._viewers: set[Viewer] = set()
        self._ring: deque[tuple[int, bytes]] = deque(maxlen=RING_FRAMES)
        self._next = first
        self._closed = False

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return len(self._viewers)

    def show(self, frame: dict[str, object]) -> None:
        """Encode a frame once and give the same bytes to every viewer."""
        number, self._next = self._next, self._next + 1
        event = encoded("frame", {"frame": number, "build": self.build, **frame}, number)
        self._ring.append((number, event))
        for viewer in self._viewers:
            viewer.put(event)

    @contextmanager
    def watching(self, last_event_id: int | None) -> Iterator[Viewer]:
        """A viewer that begins with what it missed, or with the newest frame as a reset."""
        viewer = Viewer(self._missed(last_event_id))
        if self._closed:
            viewer.end(goodbye())
        self._viewers.add(viewer)
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)

    def _missed(self, last_event_id: int | None) -> list[bytes]:
        if any(number == last_event_id for number, _ in self._ring):
            return [event for number, event in self._ring if number > (last_event_id or 0)]
        return [event.replace(b"event: frame", b"event: reset", 1) for _, event in self._newest()]

    def _newest(self) -> list[tuple[int, bytes]]:
        return [self._ring[-1]] if self._ring else []

    def close(self) -> None:
        """Say goodbye to every viewer and to those who still come."""
        self._closed = True
        for viewer in self._viewers:
            viewer.end(goodbye())


def goodbye() -> bytes:
    """The event that ends a stream."""
    return encoded("bye", {"retry_ms": RETRY_MS})


def encoded(event: str, document: dict[str, object], number: int | None = None) -> bytes:
    """An event as it goes over the wire; Hangul as UTF-8, not escaped."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    name = f"id: {number}\n" if number is not None else ""
    return f"{name}event: {event}\ndata: {body}\n\n".encode()
