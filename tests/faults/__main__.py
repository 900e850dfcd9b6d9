"""Play the fault matrix.

Prints a line for each row and ends with 1 if one of them does not hold. The same seed plays the
same faults; how machines and networks interleave, no seed decides. A page is written after each
row: a run that was ended is taken up by `--resume`, with its seed and on its commit alone.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.faults.broken import BUILDS
from tests.faults.builds import tried
from tests.faults.matrix import MATRIX, Fault
from tests.faults.page import Page, commit, taken_up
from tests.faults.playing import HEAD, RULE, played

HOLDS, CAUGHT = "| holds |", "| caught: "


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


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="numbers of the matrix; default all")
    parser.add_argument("--short", action="store_true", help="only what every change has to pass")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--out", type=Path, help="the page, written after every row")
    parser.add_argument("--resume", action="store_true", help="go on with the run of that page")
    parser.add_argument("--builds", action="store_true", help="then the builds that break promises")
    found = parser.parse_args()
    if found.resume and not found.out:
        parser.error("--resume needs --out, the page of the run")
    return found


def main() -> int:
    """Play them, print the tables, keep them if asked to."""
    asked = options()
    names = [build.name for build in BUILDS]
    page = taken_up(asked.out, names) if asked.resume else Page(asked.seed, commit())
    rows = chosen(asked.rows, short=asked.short)
    sys.stdout.write(f"seed {page.seed}, commit {page.commit}\n{HEAD}{RULE}")
    for one in rows:
        if one.number in page.rows:
            continue
        began_s = time.monotonic()
        page.rows[one.number] = played(one, page.seed).line()
        kept(page, asked.out, rows, began_s, page.rows[one.number])
    for build in BUILDS if asked.builds else ():
        if build.name in page.builds:
            continue
        began_s = time.monotonic()
        page.builds[build.name] = f"| {build.name} | {build.row} | {tried(build, page.seed)} |\n"
        kept(page, asked.out, rows, began_s, page.builds[build.name])
    good = all(line.endswith(f"{HOLDS}\n") for line in page.rows.values())
    return 0 if good and all(CAUGHT in line for line in page.builds.values()) else 1


def kept(page: Page, out: Path | None, rows: list[Fault], began_s: float, line: str) -> None:
    """Show a line and how long it took, and write the page."""
    took_s = time.monotonic() - began_s
    page.took_s += took_s
    sys.stdout.write(line)
    sys.stdout.flush()
    sys.stderr.write(f"  {took_s:.0f} s, {page.took_s:.0f} s altogether\n")
    if out:
        page.write(out, [one.number for one in rows])


if __name__ == "__main__":
    sys.exit(main())
