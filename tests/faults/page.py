"""The table of a run and its page: written anew after every row, so that no failure loses it.

A page tells of one run: one seed, one commit. A run that was ended is taken up where it stopped,
and only by the same commit; so a table is never put together from two.
"""

import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.elsewhere import told
from tests.faults.matrix import MATRIX
from tests.faults.playing import HEAD, RULE

ROOT = Path(__file__).parents[2]
TITLE = """# Faults

What was done to a running service, and what became of its samples. Two sources counted at 50 values
a second each: node-opcua (a named user) and Mosquitto (QoS 1). A judge that shares no code with the
service reads its stores by their documented format, and counts:

- *lost*: rows that are gone while nothing says so;
- *doubled*: rows that are there twice; *phantom*: rows that no source made;
- *named gaps*: rows that are gone while the ledger says so, for a source lost them itself, or the
  disk was damaged.

*Recovery* is how long it took until data were fresh again, the longest of the trials.

`make faults` writes this page; what was played for longer, and what was found on the way, stands in
[trials](trials.md).

"""
BUILDS_HEAD = """
Builds that each break a promise on purpose, and what their row says of them:

| Build | Row | Verdict |
|---|---|---|
"""
RUN = re.compile(r"Seed (\d+), commit (\S+), (\d+) s of play")
FIRST = re.compile(r"^\| ([^|]+) \|.*\|$", re.MULTILINE)
FAKETIME = ("dpkg-query", "-W", "-f", "${Version}", "libfaketime")


@dataclass
class Page:
    """What was played so far: the lines of both tables, by row and by name of the build."""

    seed: int
    commit: str
    took_s: float = 0.0
    rows: dict[str, str] = field(default_factory=dict)
    builds: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path, wanted: Collection[str]) -> None:
        """Write all of it, and which of the wanted rows are missing yet."""
        rest = [number for number in wanted if number not in self.rows]
        missing = f"\n**Not finished**: {', '.join(rest)} were not played yet.\n" if rest else ""
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        run = (
            f"\nSeed {self.seed}, commit {self.commit}, {self.took_s:.0f} s of play; {versions()};"
            f" load of the machine in the last 1, 5 and 15 minutes {load}.\n"
        )
        builds = BUILDS_HEAD + "".join(self.builds.values()) if self.builds else ""
        table = f"{HEAD}{RULE}{''.join(self.rows.values())}"
        whole = path.with_suffix(".draft")
        whole.write_text(f"{TITLE}{table}{missing}{run}{builds}{told()}", "utf-8")
        whole.replace(path)


def taken_up(path: Path, names: Collection[str]) -> Page:
    """The run whose page this is, to go on with.

    Args:
        path: the page.
        names: of all broken builds.

    Raises:
        SystemExit: there is no such page, or another commit was played.
    """
    text = path.read_text("utf-8") if path.exists() else ""
    if (found := RUN.search(text)) is None:
        raise SystemExit(f"{path}: no run to go on with; leave out --resume to begin one")
    page = Page(int(found[1]), found[2], float(found[3]))
    if page.commit != (here := commit()):
        raise SystemExit(f"{path} is of commit {page.commit}, this is {here}; begin anew")
    numbers = {one.number for one in MATRIX}
    for line in FIRST.finditer(text):
        if line[1] in numbers:
            page.rows[line[1]] = f"{line[0]}\n"
        elif line[1] in names:
            page.builds[line[1]] = f"{line[0]}\n"
    return page


def commit() -> str:
    """The commit that is played; with a mark where files differ from it, the page itself apart."""
    head = said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD") or "unknown"
    changed = said("git", "-C", str(ROOT), "status", "--porcelain", "--", ".", ":!docs")
    return f"{head}+changes" if changed else head


def versions() -> str:
    """What it was played with."""
    peer = json.loads((ROOT / "tests/servers/node-opcua/package.json").read_text("utf-8"))
    broker = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "true"
    influx = sorted({str(one.stage["influx"]) for one in MATRIX if "influx" in one.stage})
    kernel = platform.release().partition("-")[0]
    told = {
        platform.system(): f"{kernel} {platform.machine()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
        "node-opcua": peer["dependencies"]["node-opcua"],
        "Mosquitto": said(broker, "-h").partition("\n")[0].removeprefix("mosquitto version "),
        "InfluxDB": " and ".join(influx),
        "libfaketime": said(*FAKETIME),
    }
    return ", ".join(f"{name} {which}" for name, which in told.items())


def said(*line: str) -> str:
    """What a command prints, also one that fails; 'unknown' where there is no such command."""
    try:
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip()
