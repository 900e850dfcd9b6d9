"""The live stream: one frame is encoded once and written to every viewer.

A viewer that does not read loses its oldest frames, never anybody else's. At the end every viewer
gets `bye` and its stream is closed, so that no open page delays a shutdown.
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
    """One open stream: a short queue that forgets its oldest."""

    def __init__(self) -> None:
        self._events: deque[bytes] = deque(maxlen=QUEUE_EVENTS)
        self._filled = asyncio.Event()
        self._ended = False

    def put(self, event: bytes, *, last: bool = False) -> None:
        """Add an event; after the last one the stream ends."""
        self._events.append(event)
        self._ended = self._ended or last
        self._filled.set()

    async def events(self) -> AsyncIterator[bytes]:
        """The events as they come, until the last."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._events:
                yield self._events.popleft()
            if self._ended:
                return


class Hub:
    """Everybody who watches, and what was shown last."""

    def __init__(self, build: str) -> None:
        self.build = build
        self._viewers: set[Viewer] = set()
        self._ring: deque[tuple[int, bytes]] = deque(maxlen=RING_FRAMES)
        self._number = 0
        self._closed = False

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return len(self._viewers)

    def show(self, frame: dict[str, object]) -> None:
        """Encode a frame once and give the same bytes to every viewer."""
        self._number += 1
        document = {"frame": self._number, "build": self.build, **frame}
        event = encoded("frame", document, self._number)
        self._ring.append((self._number, event))
        for viewer in self._viewers:
            viewer.put(event)

    @contextmanager
    def watching(self, last_event_id: int | None) -> Iterator[Viewer]:
        """A viewer that begins with what it missed, or with the newest frame as a reset."""
        viewer = Viewer()
        missed = [event for number, event in self._ring if number > (last_event_id or 0)]
        known = last_event_id is not None and any(n == last_event_id for n, _ in self._ring)
        if known:
            for event in missed[-QUEUE_EVENTS:]:
                viewer.put(event)
        elif self._ring:
            viewer.put(self._ring[-1][1].replace(b"event: frame", b"event: reset", 1))
        if self._closed:
            viewer.put(goodbye(), last=True)
        self._viewers.add(viewer)
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)

    def close(self) -> None:
        """Say goodbye to every viewer and to those who still come."""
        self._closed = True
        for viewer in self._viewers:
            viewer.put(goodbye(), last=True)


def goodbye() -> bytes:
    """The event that ends a stream."""
    return encoded("bye", {"retry_ms": RETRY_MS})


def encoded(event: str, document: dict[str, object], number: int | None = None) -> bytes:
    """An event as it goes over the wire; Hangul as UTF-8, not escaped."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    name = f"id: {number}\n" if number is not None else ""
    return f"{name}event: {event}\ndata: {body}\n\n".encode()
