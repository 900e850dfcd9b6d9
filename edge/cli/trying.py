"""Trying sources and sinks: each is spoken to for some seconds, and nothing is kept of it."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import NamedTuple

from edge.clock import SYSTEM
from edge.config.loader import Loaded, SinkSetup, SourceSetup
from edge.errors import LineproofError, Misconfigured, Unavailable
from edge.model import Batch
from edge.service.kinds import collector, sink, told

TRY_S = 8.0


class Tried(NamedTuple):
    """What came of one source or sink."""

    id: str
    kind: str
    answer: str  # why it is of no use now; empty where it is
    findings: tuple[str, ...] = ()  # what is wrong though it answers


def tried(loaded: Loaded) -> tuple[list[Tried], list[Tried]]:
    """Speak to every source and every sink, one after the other.

    Each has a task of its own: before Python 3.13 a task whose group failed may stay counted as
    cancelled, and Debian's 3.11.2 then takes the next deadline for a wish to end.
    """
    sources = [asyncio.run(tried_source(loaded, source)) for source in loaded.sources]
    return sources, [asyncio.run(tried_sink(setup)) for setup in loaded.sinks]


async def tried_source(loaded: Loaded, source: SourceSetup) -> Tried:
    """Read a source until it sends something; nothing of it is acknowledged."""
    config = told(loaded, source, {path: n for n, path in enumerate(source.points, 1)})
    listener = Listener()
    try:
        answer = await answer_of(collector(source.kind).collect(config, listener, SYSTEM))
    except TimeoutError:
        answer = "" if listener.heard else f"no sample within {TRY_S:.0f} s"
    except Heard:
        answer = ""
    return Tried(source.id, source.kind, answer, tuple(filter(None, listener.findings.values())))


async def tried_sink(setup: SinkSetup) -> Tried:
    """Ask a sink's server whether it would take what we bring."""
    try:
        answer = await answer_of(sink(setup.kind).reach(setup.config, SYSTEM))
    except TimeoutError:
        answer = f"no answer within {TRY_S:.0f} s"
    return Tried(setup.id, setup.kind, answer)


async def answer_of(trial: Awaitable[None]) -> str:
    """What a person has to be told after a trial; it is ended after some seconds."""
    try:
        async with asyncio.timeout(TRY_S):
            await trial
    except (Unavailable, Misconfigured) as error:
        return str(error)
    return ""


class Heard(LineproofError):
    """A source has sent something; that is all we wanted to know."""


@dataclass
class Listener:
    """A `Deliver` that keeps nothing: it ends the trial with the first rows."""

    heard: bool = False
    key: bytes = b""
    symbols: dict[str, int] = field(default_factory=dict)
    findings: dict[str, str] = field(default_factory=dict)

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:  # noqa: ARG002 - as the protocol has it
        """Something came."""
        if len(batch):
            raise Heard

    def symbol(self, text: str) -> int:
        """Any number will do."""
        return self.symbols.setdefault(text, len(self.symbols) + 1)

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        """Nothing is written down."""

    def alive(self, at_ns: int) -> None:  # noqa: ARG002 - as the protocol has it
        """It lives."""
        self.heard = True

    def refuse(self, reason: str, excerpt: bytes, received_ns: int) -> None:  # noqa: ARG002 - as above
        """It lives, whatever it says."""
        self.heard = True

    def finding(self, code: str, text: str) -> None:
        """Note what is wrong though the source goes on; an empty text takes it back."""
        self.findings[code] = text
