"""Try the broken builds: each must be caught by a row of the matrix, or the matrix is blind.

`python -m tests.faults.builds [--seed N] [NAME…]` applies each change to a copy of the checkout and
plays its row there, or runs the test that holds the row. A build is caught if the row fails by what
the judge found, or by what the row or the test itself asserts; one that breaks down before that
proves nothing.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from tests.faults.broken import BUILDS, ROOT, Build
from tests.faults.elsewhere import HELD

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", ".*_cache", "__pycache__", "docs"
)
LONGEST_S = 600
HOLDS, NEVER_UP, ABSENT = "| holds |", "both connect", "NOT PLAYED: "
ASSERTED = ("AssertionError", "assert ")  # how a test that fails by its own word begins to say so


def tried(build: Build, seed: int) -> str:
    """What the row says of the build."""
    with TemporaryDirectory(prefix="build-") as folder:
        copy = Path(folder, "lineproof")
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        for change in build.changes:
            change.apply(copy)
        return tested(build.row, copy) if build.row in HELD else played(build.row, seed, copy)


def played(row: str, seed: int, copy: Path) -> str:
    """What the judge of a row says in a copy."""
    out, errors = told([sys.executable, "-m", "tests.faults", "--seed", str(seed), row], copy)
    lines = [line for line in out.splitlines() if line.startswith(f"| {row} |")]
    if not lines or NEVER_UP in lines[0] or ABSENT in lines[0]:
        return f"BROKE DOWN: {cell(errors)[-300:]}"
    return "ESCAPED" if lines[0].endswith(HOLDS) else f"caught: {by_what(lines[0])}"


def tested(row: str, copy: Path) -> str:
    """What the test that holds a row says in a copy."""
    report, name = copy / "report.xml", f"tests/{'::'.join(HELD[row]).strip(':')}"
    options = ["-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    out, errors = told([sys.executable, "-m", "pytest", *options, name], copy)
    cases = list(ET.parse(report).iter("testcase")) if report.exists() else []
    said = [one.get("message", "") for case in cases for one in case.findall("failure")]
    if asserted := [message for message in said if message.startswith(ASSERTED)]:
        return f"caught: {len(asserted)} of {len(cases)} FAIL; {cell(asserted[0])[:200]}"
    is_sound = cases and not any(len(case) for case in cases)  # no failure, error or skip
    return "ESCAPED" if is_sound else f"BROKE DOWN: {cell(out + errors)[-300:]}"


def cell(text: str) -> str:
    """A message that stays one cell of the table."""
    return " ".join(text.split()).replace("|", "/")


def told(line: list[str], copy: Path) -> tuple[str, str]:
    """What a command says in a copy; one that does not end is ended with all that it started."""
    process = subprocess.Popen(
        line,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "", f"not within {LONGEST_S} s"


def by_what(line: str) -> str:
    """What a row that failed says, without its number and name."""
    *_, lost, doubled, phantom, gaps, _, verdict, _ = line.split("|")
    counts = {"lost": lost, "doubled": doubled, "phantom": phantom, "named gaps": gaps}
    told = [f"{n.strip()} {name}" for name, n in counts.items() if n.strip() != "0"]
    return ", ".join([*told, " ".join(verdict.split())])


def main() -> int:
    """Try them all; 1 if one escapes."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.builds", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a name; default all")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    escaped = 0
    sys.stdout.write(f"seed {options.seed}\n")
    for build in BUILDS:
        if options.names and not any(name in build.name for name in options.names):
            continue
        verdict = tried(build, options.seed)
        escaped += not verdict.startswith("caught")
        sys.stdout.write(f"{build.name}: {verdict}\n")
        sys.stdout.flush()
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
