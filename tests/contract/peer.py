"""What the contract suite asks of a foreign server, whatever it speaks."""

import signal
from pathlib import Path
from typing import ClassVar, Protocol

from pydantic import BaseModel

from tests.servers.influxdb_server import Point

COUNT, ODD = 1, 2  # the signals of a source: a counter, and what may hold anything


class Source(Protocol):
    """A server with a counter that goes up by one, read as signal 1, and oddities, as signal 2."""

    keeps: ClassVar[bool]  # it keeps what we have not acknowledged, else it shows its present only

    def __init__(self, folder: Path) -> None: ...

    def config(self, port: int | None = None) -> BaseModel:
        """How its collector reads it; at another port somebody else listens."""
        ...

    def start(self) -> None:
        """Listen, on the same port each time."""
        ...

    def stop(self) -> None:
        """Die at once, as in a power cut; does nothing where it is dead."""
        ...

    def count(self, first: int = 0) -> None:
        """Count up from a number, some 200 times a second, for a collector that was there."""
        ...

    def still(self) -> int:
        """Stop counting; the last number."""
        ...

    def spoil(self) -> int:
        """Show signal 2 as all that is no good value; how many rows or messages must tell it."""
        ...


class Sink(Protocol):
    """A database that somebody else reads."""

    version: ClassVar[str]

    def __init__(self, folder: Path) -> None: ...

    def start(self) -> None:
        """Listen, on the same port and with the same data each time."""
        ...

    def stop(self) -> None:
        """End in good order; does nothing where it is dead."""
        ...

    def signal(self, number: signal.Signals) -> None:
        """Kill it, stop it in its tracks, or let it go on."""
        ...

    def config(self, place: str, patience_s: float = 10.0) -> BaseModel:
        """How its sink writes to a place of that name, made where it is not there."""
        ...

    def found(self, place: str) -> list[Point]:
        """What a reader finds in a place, sorted by machine, signal and time."""
        ...
