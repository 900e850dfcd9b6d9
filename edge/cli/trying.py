"""Trying sources and sinks: each is spoken to for some seconds, and nothing is kept of it.

It may be done while the service runs: nobody is spoken to by a name that the service uses, and no
server is asked to keep anything for us.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import BaseModel

from edge.cli.output import counted
from edge.clock import SYSTEM
from edge.config.loader import Loaded, SinkSetup, SourceSetup
from edge.errors import LineproofError, Misconfigured, Unavailable
from edge.model import Batch
from edge.service.kinds import collector, filled, sink, told

TRY_S = 8.0
MOST_NAMED = 5  # signals


class Tried(NamedTuple):
    """What came of one source or sink."""

    id: str
    kind: str
    answer: str  # why it is of no use now; empty where it is
    findings: tuple[str, ...] = ()  # what is wrong though it answers
    heard: str = ""  # what it was found good for

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {**self._asdict(), "findings": list(self.findings)}


def tried(
    loaded: Loaded, progress: Callable[[float], None] = lambda _: None
) -> tuple[list[Tried], list[Tried]]:
    """Speak to every source and every sink, one after the other.

    Each has a task of its own: before Python 3.13 a task whose group failed may stay counted as
    cancelled, and Debian's 3.11.2 then takes the next deadline for a wish to end.
    """
    sources, sinks = list[Tried](), list[Tried]()
    of = len(loaded.sources) + len(loaded.sinks)
    for source in loaded.sources:
        sources.append(asyncio.run(tried_source(loaded, source)))
        progress(len(sources) / of)
    for setup in loaded.sinks:
        sinks.append(asyncio.run(tried_sink(setup)))
        progress((len(sources) + len(sinks)) / of)
    return sources, sinks


async def tried_source(loaded: Loaded, source: SourceSetup) -> Tried:
    """Read a source until every signal has sent something; nothing of it is acknowledged."""
    paths = dict(enumerate(source.points, 1))
    config = told(loaded, source, {path: n for n, path in paths.items()})
    listener = Listener(set(paths))
    try:
        answer = await answer_of(collector(source.kind).collect(guest(config), listener, SYSTEM))
    except TimeoutError:
        silent = not listener.alive_since and listener.silent == set(paths)
        answer = f"no sample within {TRY_S:.0f} s" if silent else ""
    except Heard:
        answer = ""
    findings = tuple(filter(None, listener.findings.values()))
    return Tried(source.id, source.kind, answer, findings, heard_of(listener, paths))


def guest(config: BaseModel) -> BaseModel:
    """A source's configuration by which nobody else is disturbed, and nothing is kept.

    Two clients of one id throw each other out, so a trial has an id of its own.
    """
    own = f"{getattr(config, 'client_id', '')}-check-{os.getpid()}"
    return filled(config, client_id=own, session_s=0, leaves_nothing=True)


def heard_of(listener: "Listener", paths: Mapping[int, str]) -> str:
    """What a source that answers has sent meanwhile."""
    silent = [paths[number] for number in sorted(listener.silent)]
    if not silent:
        return f"answers; {counted(len(paths), 'signal')} read"
    names = ", ".join(silent[:MOST_NAMED]) + (", …" if len(silent) > MOST_NAMED else "")
    read = len(paths) - len(silent)
    of = counted(len(paths), "signal")
    return f"answers; {read} of {of} read within {TRY_S:.0f} s, not yet: {names}"


async def tried_sink(setup: SinkSetup) -> Tried:
    """Ask a sink's server whether it would take what we bring."""
    try:
        answer = await answer_of(sink(setup.kind).reach(setup.config, SYSTEM))
    except TimeoutError:
        answer = f"no answer within {TRY_S:.0f} s"
    return Tried(setup.id, setup.kind, answer, heard="answers, and takes what we write")


async def answer_of(trial: Awaitable[None]) -> str:
    """What a person has to be told after a trial; it is ended after some seconds."""
    try:
        async with asyncio.timeout(TRY_S):
            await trial
    except (Unavailable, Misconfigured) as error:
        return str(error)
    return ""


class Heard(LineproofError):
    """Every signal of a source has sent something; that is all we wanted to know."""


@dataclass
class Listener:
    """A `Deliver` that keeps nothing: it ends the trial once every signal was heard."""

    silent: set[int]
    alive_since: int = 0
    key: bytes = b""
    symbols: dict[str, int] = field(default_factory=dict)
    findings: dict[str, str] = field(default_factory=dict)

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:  # noqa: ARG002 - as the protocol has it
        """Something came."""
        self.silent -= set(batch.signal.tolist())
        if not self.silent:
            raise Heard

    def symbol(self, text: str) -> int:
        """Any number will do."""
        return self.symbols.setdefault(text, len(self.symbols) + 1)

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        """Nothing is written down."""

    def alive(self, at_ns: int) -> None:
        """It lives."""
        self.alive_since = self.alive_since or at_ns

    def refuse(self, reason: str, excerpt: bytes, received_ns: int, origin: str = "") -> None:  # noqa: ARG002 - as above
        """It lives, and says what nobody can read."""
        self.alive_since = received_ns
        self.findings.setdefault("refused", f"{reason}; correct the address or the sender")

    def window(self, messages: int) -> None:
        """Nothing is committed."""

    def next_s(self, after_s: float) -> float:
        """Any time will do."""
        return after_s

    def finding(self, code: str, text: str) -> None:
        """Note what is wrong though the source goes on; an empty text takes it back."""
        self.findings[code] = text
