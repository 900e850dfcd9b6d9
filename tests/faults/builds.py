"""Deliberately broken builds: each must be caught by a row of the matrix, or the matrix is blind.

`python -m tests.faults.builds [--seed N] [NAME…]` applies each change to a copy of the checkout and
plays its row there. A build is caught if the row fails by what the judge found, or by what the row
itself asserts; one that breaks down before that proves nothing.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", ".*_cache", "__pycache__", "docs"
)
LONGEST_S = 600
HOLDS, NEVER_UP, ABSENT = "| holds |", "both connect", "NOT PLAYED: "


@dataclass(frozen=True)
class Change:
    """One piece of code and what a careless hand would make of it."""

    path: str
    before: str
    after: str

    def apply(self, root: Path) -> None:
        """Make it, where it can be made in one way only."""
        file = root / self.path
        text = file.read_text("utf-8")
        if text.count(self.before) != 1:
            raise LookupError(
                f"{self.path}: {self.before!r} stands there {text.count(self.before)} times"
            )
        file.write_text(text.replace(self.before, self.after), "utf-8")


@dataclass(frozen=True)
class Build:
    """A product that breaks a promise, and the row that has to see it."""

    name: str
    row: str
    changes: tuple[Change, ...]


BUILDS = (
    Build(
        "MQTT acknowledged before the commit",
        "2a",
        (
            Change(
                "collectors/mqtt/handover.py",
                "        if batch is not None:\n            await self._deliver(batch, key)\n",
                "        if receipt is not None:\n"
                "            self._wire.acknowledge(receipt.packet_ids, receipt.burst)\n"
                "        if batch is not None:\n            await self._deliver(batch, key)\n",
            ),
        ),
    ),
    Build(
        "OPC UA acknowledged before the commit",
        "2a",
        (
            Change(
                "collectors/opcua/keeping.py",
                "        await self._deliver(batch, mark.pack())\n"
                "        self.flying -= len(sequences)\n"
                "        self._landed.set()\n"
                "        self._kept(mark.subscription, sequences)\n",
                "        self._kept(mark.subscription, sequences)\n"
                "        await self._deliver(batch, mark.pack())\n"
                "        self.flying -= len(sequences)\n"
                "        self._landed.set()\n",
            ),
        ),
    ),
    Build(
        "nothing asked for again after a crash",
        "2a",
        (
            Change(
                "collectors/opcua/stream.py",
                "fresh = [number for number in available if ahead(number, self._expected) >= 0]",
                "fresh: list[int] = []",
            ),
        ),
    ),
    Build(
        "MQTT session begun anew at every start",
        "2a",
        (
            Change(
                "collectors/mqtt/packets.py",
                "(login.clean or login.session_s == 0) << 1",
                "1 << 1",
            ),
        ),
    ),
    Build(
        "repeats stored as news",
        "2a",
        (
            Change(
                "collectors/mqtt/repeats.py",
                "again = bool(messages.marks & DUP)",
                "again = False",
            ),
            Change(
                "edge/intake/writing.py",
                "return batch.take(~repeats) if repeats.any() else batch",
                "return batch if len(repeats) else batch",
            ),
        ),
    ),
    Build(
        "loss of a session not written down",
        "68",
        (
            Change(
                "collectors/mqtt/session.py",
                "begin(self._group, missing)",
                "begin(self._group, None)",
            ),
        ),
    ),
    Build(
        "namespaces taken by their place",
        "47",
        (
            Change(
                "collectors/opcua/nodes.py",
                "index = namespaces.index(uri) if uri is not None else",
                "index = 2 if uri is not None else",
            ),
        ),
    ),
    Build(
        "journal not synchronous",
        "13",
        (
            Change("edge/journal.py", "pragma synchronous = full", "pragma synchronous = normal"),
            Change("edge/journal.py", '!= ("wal", 2)', '!= ("wal", 1)'),
        ),
    ),
    Build(
        "rows dropped while the disk is full",
        "18",
        (
            Change(
                "edge/intake/commit.py",
                "                await self.clock.sleep(AGAIN_S)\n                continue\n",
                "                return Written({}, self.newest_block)\n",
            ),
        ),
    ),
    Build(
        "sink's cursor moved before the answer",
        "78",
        (
            Change(
                "edge/sinks/influxdb/bringing.py",
                "written = await self._writer.send(drafted)\n"
                "            rows, now_ns = rows + written,",
                "await self._cursor.confirm(last, len(batch))\n"
                "            written = await self._writer.send(drafted)\n"
                "            rows, now_ns = 0,",
            ),
        ),
    ),
    Build(
        "a refused message ends the rest of its burst",
        "70",
        (
            Change(
                "collectors/mqtt/handover.py",
                "return decode(burst, fresh, self._topics, self._deliver)",
                "return decode(burst, fresh[:1], self._topics, self._deliver)",
            ),
        ),
    ),
)


def tried(build: Build, seed: int) -> str:
    """What the row says of the build."""
    with TemporaryDirectory(prefix="build-") as folder:
        copy = Path(folder, "lineproof")
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        for change in build.changes:
            change.apply(copy)
        out, errors = told(
            [sys.executable, "-m", "tests.faults", "--seed", str(seed), build.row], copy
        )
    lines = [line for line in out.splitlines() if line.startswith(f"| {build.row} |")]
    if not lines or NEVER_UP in lines[0] or ABSENT in lines[0]:
        return f"BROKE DOWN: {' '.join(errors.split())[-300:].replace('|', '/')}"
    return "ESCAPED" if lines[0].endswith(HOLDS) else f"caught: {by_what(lines[0])}"


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
