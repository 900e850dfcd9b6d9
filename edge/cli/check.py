"""`lineproof check`: every fault of the configuration, and with --online every source and sink."""

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path

from edge.cli.logs import log_to_stderr
from edge.cli.output import say, say_json
from edge.cli.site import site_of
from edge.clock import SYSTEM
from edge.config.loader import Loaded
from edge.errors import ConfigInvalid, LineproofError, Misconfigured, Unavailable
from edge.model import Batch
from edge.service.kinds import collector, filled

TRY_S = 8.0
QUIET = 40  # of logging: what matters is in the answers


def command(config: Path, *, online: bool, json: bool) -> None:
    """Print the faults; exit 0, 3 for faults, 4 for a source that does not answer."""
    try:
        loaded = site_of(config)
    except ConfigInvalid as error:
        if not json:
            raise
        faults = [
            {"place": fault.place, "path": fault.path, "message": fault.message}
            for fault in error.faults
        ]
        say_json({"valid": False, "faults": faults})
        sys.exit(error.exit_code)
    log_to_stderr(QUIET)
    tried = asyncio.run(try_all(loaded)) if online else []
    report(loaded, tried, json=json)
    if any(one["answer"] for one in tried):
        sys.exit(Unavailable.exit_code)


def report(loaded: Loaded, tried: list[dict[str, str]], *, json: bool) -> None:
    """Print what was found."""
    signals = len(loaded.site.signals())
    if json:
        say_json({"valid": True, "faults": [], "signals": signals, "sources": tried})
        return
    lines, sources = len(loaded.site.lines), len(loaded.sources)
    say(f"the configuration is valid: {lines} lines, {signals} signals, {sources} sources")
    for one in tried:
        say(f"{one['id']}: {one['answer'] or 'answers'}")


async def try_all(loaded: Loaded) -> list[dict[str, str]]:
    """Connect to every source for some seconds; nothing it sends is kept or acknowledged."""
    found = []
    for source in loaded.sources:
        points = tuple(
            point.model_copy(update={"signal": n + 1})
            for n, point in enumerate(source.points.values())
        )
        config = filled(source.config, points=points, keys=loaded.data / "keys")
        listener = Listener()
        answer = ""
        try:
            async with asyncio.timeout(TRY_S):
                await collector(source.kind).collect(config, listener, SYSTEM)
        except TimeoutError:
            answer = "" if listener.heard else f"no sample within {TRY_S:.0f} s"
        except (Unavailable, Misconfigured) as error:
            answer = str(error)
        except Heard:
            pass
        found.append({"id": source.id, "kind": source.kind, "answer": answer})
    return found


class Heard(LineproofError):
    """A source has sent something; that is all we wanted to know."""


@dataclass
class Listener:
    """A `Deliver` that keeps nothing: it ends the trial with the first rows."""

    heard: bool = False
    key: bytes = b""
    symbols: dict[str, int] = field(default_factory=dict)

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
        """Nobody to tell."""
