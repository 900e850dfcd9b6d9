"""`lineproof check`: every fault of the configuration, and with --online every source and sink."""

import sys
from pathlib import Path

from edge.cli.logs import QUIET, log_to_stderr
from edge.cli.output import counted, note, progress, say, say_json
from edge.cli.site import site_of
from edge.cli.trying import Tried, tried
from edge.config.loader import Loaded
from edge.config.seldom import seldom
from edge.errors import ConfigInvalid, Fault, Unavailable
from edge.profiles.sector import absent

FINDINGS = 1  # exit code: everybody answers, and something is to be looked at


def command(config: Path, *, online: bool, json: bool) -> None:
    """Print the faults; exit 0, 1 for findings, 3 for faults, 4 where somebody does not answer."""
    try:
        loaded = site_of(config)
    except ConfigInvalid as error:
        if json:
            say_json(document(valid=False, faults=error.faults, remarks=error.remarks))
            sys.exit(error.exit_code)
        for remark in error.remarks:
            note(str(remark))
        raise
    log_to_stderr(QUIET)
    sources, sinks = attempts(loaded) if online else ([], [])
    if json:
        found = {"sources": [one.document() for one in sources]}
        found["sinks"] = [one.document() for one in sinks]
        about = document(valid=True, remarks=loaded.remarks)
        usual = [
            {
                "line": line.id,
                "profile": line.profile,
                "signal": signal.name,
                "kind": signal.kind,
                "unit": signal.unit,
            }
            for line, signal in absent(loaded.site)
        ]
        rare = [one.signal.path for one in seldom(loaded.site)]
        about |= {"signals": len(loaded.site.signals()), "expected": usual, "seldom": rare}
        say_json({**about, **found})
    else:
        report(loaded, [*sources, *sinks])
    if any(one.answer for one in [*sources, *sinks]):
        sys.exit(Unavailable.exit_code)
    if loaded.remarks or any(one.findings for one in sources):
        sys.exit(FINDINGS)


def attempts(loaded: Loaded) -> tuple[list[Tried], list[Tried]]:
    """Try every source and sink, and show on a terminal which one it is."""
    with progress("trying sources and sinks") as told:
        return tried(loaded, told)


def report(loaded: Loaded, found: list[Tried]) -> None:
    """Print what was found for people."""
    sizes = (
        counted(len(loaded.site.lines), "line"),
        counted(len(loaded.site.signals()), "signal"),
        counted(len(loaded.sources), "source"),
        counted(len(loaded.sinks), "sink"),
    )
    wrong = len(loaded.remarks)
    verdict = f"has no fault, but {counted(wrong, 'file')} to mend" if wrong else "is valid"
    say(f"the configuration {verdict}: {', '.join(sizes)}")
    for remark in loaded.remarks:
        say(str(remark))
    for line, signal in absent(loaded.site):
        what = f"{signal.name} ({signal.en}; {signal.kind}, {signal.unit})"
        note(f"{line.id}: lines of the profile '{line.profile}' usually have {what}; this has not")
    for counter in seldom(loaded.site):
        note(str(counter))
    for one in found:
        say(f"{one.id} ({one.kind}): {one.answer or one.heard}")
        for finding in one.findings:
            say(f"{one.id} ({one.kind}): {finding}")


def document(
    *, valid: bool, faults: tuple[Fault, ...] = (), remarks: tuple[Fault, ...] = ()
) -> dict[str, object]:
    """Faults and remarks as JSON, each with its place."""
    return {"valid": valid, "faults": listed(faults), "remarks": listed(remarks)}


def listed(faults: tuple[Fault, ...]) -> list[dict[str, str]]:
    """Faults as JSON."""
    return [{"place": one.place, "path": one.path, "message": one.message} for one in faults]
