"""A package checked for the service, in a process of its own: `… verify_child FILE [ROOT]`.

Prints the report as one JSON document. The file may be anybody's: the process yields to the live
service, may write and compute only so much, and is the first to be ended where memory runs short.
"""

import json
import resource
import sys
from pathlib import Path

from edge.cli.modest import yield_to_service
from edge.evidence.checking import Pins
from edge.evidence.roots import heard
from edge.evidence.verifying import verify

FIRST_TO_GO = 1_000  # it can be asked again
MOST_WRITTEN = 4 << 30  # bytes of one file: far above what the rows of a package take
MOST_CPU_S = 600
FACTS = ("site", "site_name", "target", "as_of", "manifest", "key")
MOST_LETTERS = 600  # of what one check says: a package may name its files as it likes


def main() -> None:
    """Check the package, whatever it is."""
    path, kept = Path(sys.argv[1]), tuple(map(heard, sys.argv[2:]))
    be_modest()
    report = verify(path, Pins(roots=kept), None, lambda _: None, recompute=True)
    told = {name: report.facts.get(name) for name in FACTS}
    found = {
        "verified": not report.faults,
        **{name: None if text is None else told_of(str(text), path) for name, text in told.items()},
        "checks": [{**check, "detail": told_of(check["detail"], path)} for check in report.checks],
        "faults": [told_of(fault, path) for fault in report.faults],
    }
    sys.stdout.write(json.dumps(found))


def be_modest() -> None:
    """Yield to the live service, with bounds of what may be written and computed."""
    yield_to_service(FIRST_TO_GO)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))


def told_of(text: str, path: Path) -> str:
    """A text that names no path of this box and is no longer than people read."""
    plain = text.replace(str(path), "the file")
    return plain if len(plain) <= MOST_LETTERS else f"{plain[:MOST_LETTERS]}…"


if __name__ == "__main__":
    main()
