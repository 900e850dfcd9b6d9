"""Rows 26, 44, 111, 122, 125: sinks away for days, other programs, other boxes, old backups."""

import hashlib
import shutil
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

import pyarrow.parquet

from tests.faults.matrix import fault
from tests.faults.net import MACHINE, in_place_of
from tests.faults.reading import by_signal
from tests.faults.rows_damage import archive_something, goes_on, late
from tests.faults.stage import PACKED, UP_S, Stage
from tests.system.rig import Document, Gateway, lineproof, reported, until
from tests.system.witness import archived

HOURS = 72
SEALS_S = 90.0
ROUNDS = 4
HELD_S = 40.0
WAL_BYTES = 16 << 20  # of the journal's log, where nobody holds a view
CUT_S = 10.0
LISTED = ("archive", "list", "--config")
RUN_S = 3.0


@fault("44", "sink away while three days of data go into the archive", influx="1.8.10")
def days_away(stage: Stage) -> float:
    """Pages and sources do not notice; what is long out of the journal comes to it afterwards."""
    stage.connected()
    stage.to_sink.refuse()
    rows = [stage.packing.late(hour * 3_600.0) for hour in range(HOURS, 1, -1)]
    stage.fresh(time.time_ns())
    until(partial(is_sealed, stage, rows), "it seals", SEALS_S)
    assert stage.gateway.answers()
    assert stage.gateway.sink("influx")["state"] == "waiting"
    stage.to_sink.heal()
    return stage.fresh(time.time_ns())


def is_sealed(stage: Stage, rows: Iterable[object]) -> bool:
    """Whether the archive holds all these rows."""
    return set(by_signal(archived(stage.gateway.folder)).get(PACKED, ())) >= set(rows)


@fault("111", "another program reads parts while more are made")
def foreign_reader(stage: Stage) -> float:
    """What the list names is there, whole and as recorded; a file once opened stays readable."""
    archive_something(stage)
    first, *_ = reported(*LISTED, stage.gateway.folder)["parts"]
    kept = pyarrow.parquet.ParquetFile(stage.gateway.data / first["path"])
    for _ in range(ROUNDS):
        row = late(stage)
        until(partial(is_sealed, stage, [row]), "it seals", SEALS_S)
    listed = {one["path"]: one for one in reported(*LISTED, stage.gateway.folder)["parts"]}
    assert len(listed) > ROUNDS
    assert listed[first["path"]]["sha256"] == first["sha256"]
    assert kept.read().num_rows == first["rows"]
    files = (stage.gateway.data / "archive").glob("[0-9]*/*.parquet")
    there = {str(file.relative_to(stage.gateway.data)): digest(file) for file in files}
    assert there == {path: one["sha256"] for path, one in listed.items()}
    return stage.fresh(time.time_ns())


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@fault("122", "another program holds a read transaction for 40 s")
def hold_a_view(stage: Stage) -> float:
    """Nobody waits for it; a log that outgrew its bound meanwhile is cut once it has ended."""
    stage.connected()
    log = stage.gateway.data / "journal.db-wal"
    with closing(sqlite3.connect(f"file:{stage.gateway.data}/journal.db?mode=ro", uri=True)) as db:
        db.execute("begin")
        db.execute("select count(*) from block").fetchall()
        before = stage.stored("plc1")
        swell(stage.gateway.data)
        stage.run_for(HELD_S)
        assert stage.stored("plc1") > before
        assert stage.fresh(time.time_ns()) < RUN_S
        assert log.stat().st_size > WAL_BYTES, "there was nothing to cut"
    waited_s = stage.fresh(time.time_ns())
    until(lambda: log.stat().st_size <= WAL_BYTES, "the log is cut", CUT_S)
    return waited_s


def swell(data: Path) -> None:
    """Have more go through the log than it may hold; hours of rows would."""
    with closing(sqlite3.connect(data / "journal.db", isolation_level=None)) as db:
        db.execute("create table swollen (body blob)")
        db.execute("insert into swollen values (zeroblob(?))", (WAL_BYTES + WAL_BYTES // 4,))
        db.execute("drop table swollen")


@fault("125", "journal of an earlier day, archive and records of today", gaps_allowed=True)
def old_journal(stage: Stage) -> float:
    """Named at the start; what only the lost journal held is a gap, and no part is touched."""
    spare = stage.folder / "spare"
    stage.connected()
    stage.gateway.stop()
    shutil.copytree(stage.gateway.data, spare)
    stage.gateway.start()
    stage.fresh(time.time_ns(), UP_S)
    archive_something(stage)
    parts = {file: digest(file) for file in (stage.gateway.data / "archive").glob("*/*.parquet")}
    stage.run_for(RUN_S)
    stage.gateway.stop()
    restore(spare, stage.gateway.data, "journal.db")
    waited_s = goes_on(stage)
    assert {file: digest(file) for file in parts} == parts
    return waited_s


@fault("26", "data copied onto another box")
def other_box(stage: Stage) -> float:
    """The copy goes on where the first ended; its log names the other box, and is one chain."""
    stage.connected()
    archive_something(stage)
    old, gateway = device(stage), Gateway(stage.folder / "box", {})
    stage.gateway.stop()
    shutil.copytree(stage.gateway.data, gateway.data)
    for name in ("lineproof.yaml", "plc.secret"):
        shutil.copy(stage.gateway.folder / name, gateway.folder)
    file = stage.folder / "machine-id"
    file.write_text(f"{stage.chance.randrange(16**32):032x}\n", "ascii")
    gateway.wrap, gateway.port = in_place_of(MACHINE, file), stage.gateway.port
    stage.gateway = gateway
    began_s = time.monotonic()
    gateway.start()
    stage.fresh(time.time_ns(), UP_S)
    waited_s = time.monotonic() - began_s
    assert device(stage)[0]["old"] == old[0]["new"] != device(stage)[0]["new"]
    assert len(device(stage)) == len(old) + 1
    lineproof("audit", "verify", "--config", gateway.folder)
    return waited_s


def device(stage: Stage) -> list[Document]:
    """What the audit log says of boxes, the newest first."""
    until(stage.gateway.answers, "pages are served")
    told = stage.gateway.get("audit")["audit"]
    return [one for one in told if one["what"] == "device"]


def restore(backup: Path, data: Path, name: str) -> None:
    """Put one database back as it was, and leave all else."""
    for file in data.glob(f"{name}*"):
        file.unlink()
    for file in backup.glob(f"{name}*"):
        shutil.copy(file, data)
