"""Bits of a journal that the disk turns, one at a time: each is found, or no row reads otherwise.

`python -m tests.faults.flips [--flips 10000] [--seed 16]` prints how many were found, how many lay
where nothing is kept, and every one that was not seen. What reads otherwise is judged by SQLite and
a comparison of all that it tells of the file, tables and definitions alike.
"""

import argparse
import random
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from edge.mending.examining import examined
from edge.model import SECOND_NS
from tests.unit.edge.mending import wreck

NOW_NS = 1_795_000_000 * SECOND_NS
FOUND, FREE, UNSEEN = "found", "nothing kept there", "not seen"
Told = dict[str, list[tuple[object, ...]]]


def built(data: Path) -> None:
    """A journal with rows in every table; its log is in the file."""
    wreck.build(data)
    wreck.fill_ledger(data, NOW_NS)


def told(file: Path) -> Told:
    """All that SQLite tells of a file; nothing where it cannot read it."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)) as db:
        try:
            master = db.execute("select type, name, tbl_name, sql from sqlite_master").fetchall()
            names = [name for kind, name, *_ in master if kind == "table"]
            rows = {name: db.execute(f"select * from {name}").fetchall() for name in names}
        except sqlite3.Error:
            return {}
    return {
        "sqlite_master": master,
        **{name: sorted(found, key=repr) for name, found in rows.items()},
    }


def flipped(data: Path, bit: int, before: Told) -> str:
    """What becomes of one turned bit; which table reads otherwise where nobody saw it."""
    file = data / "journal.db"
    wreck.flip(file, bit)
    try:
        if examined(data):
            return FOUND
        after = told(file)
        other = [name for name in before if after.get(name) != before[name]]
        return f"{UNSEEN}: {', '.join(other)}" if other else FREE
    finally:
        wreck.flip(file, bit)


def main() -> int:
    """Turn so many bits; 1 where one was not seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.flips", description=__doc__)
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=16)
    asked = parser.parse_args()
    chance, became = random.Random(asked.seed), Counter[str]()
    with TemporaryDirectory() as folder:
        data = Path(folder, "data")
        built(data)
        before, size = told(data / "journal.db"), (data / "journal.db").stat().st_size
        for _ in range(asked.flips):
            became[flipped(data, chance.randrange(8 * size), before)] += 1
    sys.stdout.write(f"seed {asked.seed}, {asked.flips:,} bits of {size:,} bytes\n")
    for what, times in sorted(became.items()):
        sys.stdout.write(f"{what}: {times:,}\n")
    return any(what.startswith(UNSEEN) for what in became)


if __name__ == "__main__":
    sys.exit(main())
