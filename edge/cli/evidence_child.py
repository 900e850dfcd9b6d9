"""A package made for the service, in a process of its own: `… evidence_child FOLDER TARGET OUT`.

Prints one JSON line per step with the share done so far, and at the end what was made.
"""

import json
import sys
from pathlib import Path

from edge.cli.evidence import made_of
from edge.cli.modest import yield_to_service
from edge.errors import LineproofError
from edge.records.audit import ADMIN, Actor

PAGE = Actor(ADMIN.who, "page")


def main() -> None:
    """Make the package; an error of ours is one line on stderr."""
    folder, target, out = sys.argv[1:]
    yield_to_service()
    told = [-1]

    def tell(share: float) -> None:
        if int(share * 100) > told[0]:
            told[0] = int(share * 100)
            say({"share": round(share, 2)})

    try:
        say({"package": made_of(Path(folder), target, Path(out), None, tell, PAGE)})
    except LineproofError as error:
        sys.exit(str(error))


def say(document: dict[str, object]) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
