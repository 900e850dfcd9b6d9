"""Rows 14, 22, 23 and 104: power cuts around sealing, and disks that flush slowly or not at all."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from tests.faults.disk import ext4
from tests.faults.matrix import fault
from tests.faults.rows_damage import archive_something, late
from tests.faults.rows_storage import findings, sealed, stored
from tests.faults.stage import Stage
from tests.system.rig import until
from tests.system.witness import journalled

CUTS = 6
SEAL_S = 3.0  # after a start, on a busy machine
TRIM_S = 30.0
SLOW_RUN_S = 30.0
SLOW = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int late(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    sleep(2);
    return real(fd);
}
int fsync(int fd) { return late("fsync", fd); }
int fdatasync(int fd) { return late("fdatasync", fd); }
"""
BROKEN_RUN_S = 3.0
BROKEN = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int spoilt(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (access(getenv("FLUSHES_FAIL"), F_OK)) return real(fd);
    errno = EIO;
    return -1;
}
int fsync(int fd) { return spoilt("fsync", fd); }
int fdatasync(int fd) { return spoilt("fdatasync", fd); }
"""


@fault("14", "power cut while it seals and trims", disk="ext4")
def cut_in_seal(stage: Stage) -> None:
    """At random after a start that has something to seal: all that was stored is there, once."""
    stage.connected()
    parts = 0
    for n in range(CUTS):
        late(stage)
        stage.gateway.kill()
        stage.gateway.start()
        until(stage.gateway.answers, "it answers")
        time.sleep(stage.chance.uniform(0, SEAL_S))
        parts += cut(stage, n)
    assert parts, "nothing was sealed"
    archive_something(stage)


@fault("104a", "power cut after seal and trim, noauto_da_alloc", disk="ext4")
def cut_after_trim(stage: Stage) -> None:
    """What left the journal is whole on the medium."""
    cut_after_each_trim(stage)


@fault("104b", "power cut after seal and trim, data=writeback", disk="ext4 data=writeback")
def cut_after_trim_unordered(stage: Stage) -> None:
    """The same where the file system orders nothing by itself."""
    cut_after_each_trim(stage)


def cut_after_each_trim(stage: Stage) -> None:
    """Seal, wait until the blocks have left the journal, cut at once."""
    for n in range(CUTS):
        archive_something(stage)
        until(lambda: is_trimmed(stage.gateway.data), "it trims", TRIM_S)
        assert cut(stage, n), "nothing was sealed"


def is_trimmed(data: Path) -> bool:
    """Whether nothing is in the journal that is sealed."""
    with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        (oldest,) = db.execute("select min(seq) from block").fetchone()
        (through,) = db.execute("select through from sealed").fetchone()
    return bool(oldest == through > 0)


def cut(stage: Stage, nth: int) -> int:
    """Cut the power at this moment, and hold the medium to what was said to be stored.

    Returns:
        Parts of the archive that it records.
    """
    assert stage.disk is not None
    os.kill(stage.gateway.pid, signal.SIGSTOP)
    told, copy = stored(stage.gateway.data), stage.folder / f"cut{nth}.img"
    stage.disk.cut(copy)
    os.kill(stage.gateway.pid, signal.SIGCONT)
    with ext4(stage.folder / "cut", copy) as medium:
        there = stored(medium.at)
        assert all(there.get(name, 0) >= rows for name, rows in told.items()), (told, there)
        rows = len(journalled(medium.at))
        assert rows + sealed(medium.at) == sum(there.values()), (rows, there)
        parts = recorded(medium.at)
        broken = [path for path, sha256 in parts if digest(medium.at / "archive" / path) != sha256]
        assert not broken, broken
    copy.unlink()
    return len(parts)


def recorded(data: Path) -> list[tuple[str, bytes]]:
    """Path and SHA-256 of each part that there has to be."""
    with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        return db.execute("select path, sha256 from part").fetchall()


def digest(file: Path) -> bytes:
    """SHA-256 of a file; of one that is not there, nothing's."""
    return hashlib.sha256(file.read_bytes()).digest() if file.exists() else b""


@fault("22", "every flush fails with EIO for a while, and once more before kill -9")
def broken_flush(stage: Stage) -> float:
    """What could not be flushed counts as not stored, and its sources were told nothing of it."""
    stage.connected()
    sign = stage.folder / "flushes fail"
    start_with(stage, BROKEN, FLUSHES_FAIL=str(sign))
    fail(stage, sign)
    sign.unlink()
    stage.fresh(time.time_ns())
    until(lambda: not findings(stage, "journal"), "the health page takes it back")
    fail(stage, sign)
    stage.gateway.kill()
    stage.gateway.setting = {}
    stage.gateway.start()
    return stage.fresh(time.time_ns())


def fail(stage: Stage, sign: Path) -> None:
    """Have all flushes fail for some seconds: it is said, and no row is stored."""
    sign.touch()
    until(lambda: bool(findings(stage, "journal")), "the health page says it")
    before = stage.newest()
    stage.run_for(BROKEN_RUN_S)
    assert stage.newest() == before, "a commit that was not flushed is taken for one"
    assert stage.gateway.answers()


@fault("23", "every flush takes two seconds")
def slow_disk(stage: Stage) -> float:
    """The sources are held back, nothing is lost, and the pages answer."""
    stage.connected()
    start_with(stage, SLOW)
    before, began_s = stage.stored("plc1"), time.monotonic()
    stage.run_for(SLOW_RUN_S)
    rate = (stage.stored("plc1") - before) / (time.monotonic() - began_s)
    assert rate > 0, "nothing is stored"
    until(stage.gateway.answers, "the pages are served, after the sources")
    stage.gateway.kill()
    stage.gateway.setting = {}
    stage.gateway.start()
    return stage.fresh(time.time_ns())


def start_with(stage: Stage, code: str, **setting: str) -> None:
    """Start the service anew with functions of ours, in C, in the place of the system's."""
    stage.gateway.stop()
    source, library = stage.folder / "flush.c", stage.folder / "flush.so"
    source.write_text(code)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    stage.gateway.setting = {"LD_PRELOAD": str(library), **setting}
    stage.gateway.start()
    stage.fresh(time.time_ns(), SLOW_RUN_S)
