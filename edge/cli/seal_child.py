"""Blocks moved into the archive for the service: `… seal_child DATA UPTO ROWS PARENT`.

Prints one JSON document: how many rows went, or which error of ours came in between. The process
ends with the service that started it, whatever becomes of that: a seal may be cut off anywhere.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

from edge import sealing
from edge.cli.modest import yield_to_service
from edge.errors import LineproofError
from edge.stores import Stores

FIRST_TO_GO = 500  # where memory runs short: what it does can be done again
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Seal, and say what came of it."""
    data, upto, rows, parent = sys.argv[1:]
    end_with(int(parent))
    yield_to_service(FIRST_TO_GO)
    try:
        with Stores.open(Path(data)) as stores:
            done = sealing.seal(stores, int(upto), most_rows=int(rows))
        told: dict[str, object] = {"rows": done}
    except LineproofError as error:
        told = {"error": type(error).__name__, "text": str(error)}
    sys.stdout.write(json.dumps(told, ensure_ascii=False))


def end_with(parent: int) -> None:
    """Be killed when the parent ends; or end here, if it has ended already."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("whoever asked for this has ended")


if __name__ == "__main__":
    main()
