"""A disk that is full, the ballast that is given up then, and records that are spoilt."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.faults.matrix import fault
from tests.faults.rows_storage import findings
from tests.faults.stage import Stage
from tests.system.rig import until

FULL_S = 10.0
SPACE_BACK_S = 30.0
SLOW_BYTES = 64 << 10
FULL_WITHIN_S = 60.0


@fault("18", "disk full slowly", disk="tmpfs")
def fills(stage: Stage) -> float:
    """Something else eats the room bit by bit, then the ballast's too; the service lives on."""
    assert stage.disk is not None
    stage.connected()
    filler = stage.disk.at / "filler"
    with filler.open("wb", buffering=0) as file:
        until(lambda: not one_more(file.write) and not ballast(stage), "it is full", FULL_WITHIN_S)
    return endures(stage, filler)


def one_more(write: Callable[[bytes], int]) -> bool:
    """Take a little room; whether there was any."""
    try:
        return write(bytes(SLOW_BYTES)) > 0
    except OSError:
        return False


@fault("19", "disk full at once", disk="tmpfs", is_short=True)
def full(stage: Stage) -> float:
    """The ballast is given up, and it goes on at once with that room; then the sources wait."""
    assert stage.disk is not None
    stage.connected()
    until(lambda: ballast(stage) > 0, "room is kept back")
    filler = stage.disk.fill()
    until(lambda: not ballast(stage), "the ballast is given up")
    stage.fresh(time.time_ns())
    again = stage.disk.fill("filler2")
    waited_s = endures(stage, filler)
    again.unlink()
    until(lambda: ballast(stage) > 0, "room is kept back again")
    return waited_s


def endures(stage: Stage, filler: Path) -> float:
    """On a full disk the pages answer and say so; seconds to fresh data once there is room."""
    until(lambda: bool(findings(stage, "journal")), "the health page says it")
    until(lambda: findings(stage, "disk") == ["finding.ballast"], "and that nothing is kept back")
    stage.run_for(FULL_S)
    assert stage.gateway.answers()
    stage.gateway.kill()  # a start with a full disk is a start all the same
    stage.gateway.start()
    until(stage.gateway.answers, "it answers after a start")
    stage.run_for(FULL_S)
    filler.unlink()
    return stage.fresh(time.time_ns(), SPACE_BACK_S)


def ballast(stage: Stage) -> int:
    """Bytes that are kept back, as the health page has it."""
    kept: int = stage.gateway.get("health")["disk"]["ballast_bytes"]
    return kept


@fault("20", "no inodes left", disk="ext4")
def no_inodes(stage: Stage) -> float:
    """What is there can still be written: samples are stored, also after a start."""
    assert stage.disk is not None
    stage.connected()
    left = stage.disk.at / "left"
    left.mkdir()
    fill_names(left)
    stage.fresh(time.time_ns())
    stage.gateway.kill()
    stage.gateway.start()
    fill_names(left)
    waited_s = stage.fresh(time.time_ns())
    assert stage.gateway.answers()
    for file in left.iterdir():
        file.unlink()
    return waited_s


def fill_names(folder: Path) -> None:
    """Make empty files until there can be no more."""
    try:
        for nth in range(10**6):
            (folder / f"{nth}").touch()
    except OSError:
        return
    raise AssertionError("there is no end of inodes")


@fault("17d", "records lost or damaged")
def spoil_records(stage: Stage) -> float:
    """A lost file and a broken page: it starts, samples go on, and the health page says so."""
    file, waited_s = stage.gateway.data / "records.db", list[float]()
    for spoil in (lose, break_page):
        stage.connected()
        until(stage.gateway.answers, "the records are open, after the sources")
        stage.gateway.kill()
        spoil(file)
        stage.gateway.start()
        waited_s.append(stage.fresh(time.time_ns()))
        until(lambda: "finding.mended_records" in findings(stage, "records"), "it is told")
        assert stage.gateway.get("lines")["lines"], "nothing is shown"
    assert len(findings(stage, "records")) == len(waited_s)
    return max(waited_s)


def lose(file: Path) -> None:
    """Remove a database whole."""
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


def break_page(file: Path) -> None:
    """Overwrite the third page of a database, once its log is in it."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    with file.open("r+b") as raw:
        raw.seek(2 * 4096)
        raw.write(bytes(range(256)) * 16)
