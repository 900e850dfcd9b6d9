"""Play the fault matrix: `python -m tests.faults [--short] [--seed N] [--out FILE] [ROW…]`.

Prints a line for each row and ends with 1 if one of them does not hold. The same seed plays the
same faults; how machines and networks interleave, no seed decides.
"""

import argparse
import platform
import random
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.faults.elsewhere import told
from tests.faults.matrix import MATRIX, Fault
from tests.faults.playing import HEAD, RULE, played

TITLE = """# Faults

What was done to a running service, and what became of its samples. Two sources counted at 50 values
a second each: node-opcua (a named user) and Mosquitto (QoS 1). *Lost*, *doubled* and *phantom* are
rows that a judge found, which shares no code with the service and reads its stores by their
documented format; *named gaps* are rows that are gone while the ledger says so: a source lost them
itself, or the disk was damaged. `make
faults` writes this page, `make soak` plays such faults at random for an hour.

"""


def chosen(names: Iterable[str], *, short: bool) -> list[Fault]:
    """The rows to be played, in their order."""
    wanted = set(names)
    unknown = wanted - {one.number for one in MATRIX}
    if unknown:
        raise SystemExit(
            f"no row {', '.join(sorted(unknown))}; there are {[o.number for o in MATRIX]}"
        )
    return [
        one for one in MATRIX if (one.number in wanted if wanted else one.is_short or not short)
    ]


def main() -> int:
    """Play them, print the table, keep it if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="numbers of the matrix; default all")
    parser.add_argument("--short", action="store_true", help="only what every change has to pass")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--out", type=Path, help="a file that gets the table")
    options = parser.parse_args()
    began_s, lines, holds = time.monotonic(), [], True
    sys.stdout.write(f"seed {options.seed}\n{HEAD}{RULE}")
    for one in chosen(options.rows, short=options.short):
        outcome = played(one, options.seed)
        holds &= outcome.holds
        lines.append(outcome.line())
        sys.stdout.write(lines[-1])
        sys.stdout.flush()
    took = f"seed {options.seed}, {time.monotonic() - began_s:.0f} s, {platform.platform()}"
    sys.stdout.write(f"{took}\n")
    if options.out:
        table = f"{HEAD}{RULE}{''.join(lines)}\n{took}\n"
        options.out.write_text(f"{TITLE}{table}{told()}", "utf-8")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
