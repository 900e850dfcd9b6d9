"""A package checked to be kept, in a process of its own: `… bring_child FILE`, known keys on stdin.

Prints one JSON document: what is told of the package and its figures, or `problem` with the first
thing that differs. The file may be anybody's, so the process is bounded as where it is checked
only.
"""

import json
import sys
from pathlib import Path

from edge.cli.verify_child import be_modest, told_of
from edge.errors import VerificationFailed
from edge.evidence.bringing import bring


def main() -> None:
    """Check the package and tell its figures."""
    path, asked = Path(sys.argv[1]), json.load(sys.stdin)
    be_modest()
    try:
        report, result = bring(path, asked["known"], key=asked["key"])
        found: dict[str, object] = {"facts": report.facts, "result": result}
    except VerificationFailed as error:
        found = {"problem": told_of(str(error), path)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
