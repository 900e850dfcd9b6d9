"""`lineproof check`: every fault of the configuration, and with --online every source and sink."""

import sys
from pathlib import Path

from edge.cli.logs import log_to_stderr
from edge.cli.output import say, say_json
from edge.cli.site import site_of
from edge.cli.trying import Tried, tried
from edge.config.loader import Loaded
from edge.errors import ConfigInvalid, Unavailable

FINDINGS = 1  # exit code: everybody answers, and something is to be looked at
QUIET = 40  # of logging: what matters is in the answers


def command(config: Path, *, online: bool, json: bool) -> None:
    """Print the faults; exit 0, 1 for findings, 3 for faults, 4 where somebody does not answer."""
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
    sources, sinks = tried(loaded) if online else ([], [])
    report(loaded, sources, sinks, json=json)
    if any(one.answer for one in [*sources, *sinks]):
        sys.exit(Unavailable.exit_code)
    if any(one.findings for one in sources):
        sys.exit(FINDINGS)


def report(loaded: Loaded, sources: list[Tried], sinks: list[Tried], *, json: bool) -> None:
    """Print what was found."""
    signals = len(loaded.site.signals())
    if json:
        found = {"sources": [vars_of(one) for one in sources]}
        found["sinks"] = [vars_of(one) for one in sinks]
        say_json({"valid": True, "faults": [], "signals": signals, **found})
        return
    lines = len(loaded.site.lines)
    say(
        f"the configuration is valid: {lines} lines, {signals} signals, "
        f"{len(loaded.sources)} sources, {len(loaded.sinks)} sinks"
    )
    for one in [*sources, *sinks]:
        say(f"{one.id}: {one.answer or 'answers'}")
        for finding in one.findings:
            say(f"{one.id}: {finding}")


def vars_of(one: Tried) -> dict[str, object]:
    """One answer as JSON."""
    return {"id": one.id, "kind": one.kind, "answer": one.answer, "findings": list(one.findings)}
