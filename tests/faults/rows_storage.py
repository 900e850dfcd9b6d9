"""Rows 13 to 27: what happens to the disk below us."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.faults.disk import ext4
from tests.faults.matrix import fault
from tests.faults.stage import Stage
from tests.system.rig import until
from tests.system.witness import journalled, ledger

CUTS = 10
FULL_S = 10.0


@fault("13", "power cut while it writes", trials=2, disk="ext4")
def cut(stage: Stage) -> None:
    """What was said to be stored is on the medium, and the journal opens by itself."""
    assert stage.disk is not None
    for n in range(CUTS):
        stage.connected()
        time.sleep(stage.chance.uniform(0, 0.4))
        told = stored(stage.gateway.data)
        copy = stage.folder / f"cut{n}.img"
        stage.disk.cut(copy)
        with ext4(stage.folder / "cut", copy) as medium:
            there = stored(medium.at)
            assert all(there.get(name, 0) >= rows for name, rows in told.items()), (told, there)
            rows = len(journalled(medium.at))
            assert rows + sealed(medium.at) == sum(there.values()), (rows, there)
        copy.unlink()


def stored(data: Path) -> dict[str, int]:
    """Rows that the ledger counts, by source."""
    return {name: counts[0] for name, counts in ledger(data).counts.items()}


def sealed(data: Path) -> int:
    """Rows that the manifest counts."""
    with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        return int(db.execute("select coalesce(sum(rows), 0) from part").fetchone()[0])


@fault("21", "file system read-only after an error", disk="ext4")
def read_only(stage: Stage) -> float:
    """Held back while it lasts, and nothing is lost once it is mended."""
    assert stage.disk is not None
    stage.connected()
    stage.disk.break_down()
    until(lambda: bool(findings(stage, "journal")), "the health page says it")
    stage.run_for(FULL_S)
    assert stage.gateway.answers()
    stage.gateway.stop()
    stage.disk.mend()
    stage.gateway.start()
    return stage.fresh(time.time_ns())


def findings(stage: Stage, about: str) -> list[str]:
    """What the health page has found about something."""
    told = stage.gateway.get("health")["findings"]
    return [one["title"] for one in told if one["source"] == about or about in one["id"]]
