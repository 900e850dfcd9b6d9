"""Rows 16, 17, 101, 105 and 108: the disk changes or loses what it holds, or a seal dies."""

import signal
import sqlite3
import struct
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.faults.matrix import fault
from tests.faults.reading import by_signal
from tests.faults.stage import PACKED, Stage
from tests.system.rig import until
from tests.system.witness import archived, journalled

FLIPS = 5
HEAD = "<BBHI"  # of a block: format, flags, nothing, rows
RUN_S = 2.0
START_S = 30.0
TWO_HOURS_S = 7_200.0
POINTS = [*(f"seal.{n}" for n in range(1, 8)), "trim.1"]


@fault("16a", "bit flip in a journal block", gaps_allowed=True, is_short=True)
def flip(stage: Stage) -> float:
    """Each is found at the next start, the block is a named gap, and all others are there."""
    waited_s = []
    for nth in range(1, FLIPS + 1):
        stage.connected()
        stage.run_for(RUN_S)
        stage.gateway.kill()
        flip_in_a_block(stage)
        waited_s.append(goes_on(stage))
        assert len(mended(stage)) == nth, mended(stage)
    return max(waited_s)


def flip_in_a_block(stage: Stage) -> None:
    """Turn one bit in a block that is in the database file itself."""
    file = stage.gateway.data / "journal.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
        bodies = db.execute("select body from block where length(body) > 0").fetchall()
    # what a source told before it counts is nobody's truth: a row alone, or a block without any
    blocks = [one for one in bodies if struct.unpack_from(HEAD, *one)[-1] > 1]
    raw = bytearray(file.read_bytes())
    body = stage.chance.choice([one for (one,) in blocks if raw.find(one) > 0])
    raw[raw.index(body) + stage.chance.randrange(len(body))] ^= 1 << stage.chance.randrange(8)
    file.write_bytes(raw)


@fault("16b", "a page of the journal overwritten", gaps_allowed=True)
def overwrite(stage: Stage) -> float:
    """What other pages hold is kept."""
    stage.connected()
    stage.run_for(RUN_S)
    stage.gateway.kill()
    flip_in_a_block(stage)  # something is lost in any case
    with (stage.gateway.data / "journal.db").open("r+b") as file:
        file.seek(4096 * 20)
        file.write(stage.chance.randbytes(4096))
    return goes_on(stage)


@fault("17a", "WAL file lost", gaps_allowed=True, is_short=True)
def lose_wal(stage: Stage) -> float:
    """The file looks whole without it; the last commits are a named gap all the same."""
    stage.connected()
    stage.run_for(RUN_S)
    stage.gateway.kill()
    (stage.gateway.data / "journal.db-wal").unlink()
    return goes_on(stage)


@fault("17b", "journal lost", gaps_allowed=True)
def lose_journal(stage: Stage) -> float:
    """All that was not archived is a named gap, and the archive is listed anew."""
    archive_something(stage)
    stage.gateway.kill()
    for file in stage.gateway.data.glob("journal.db*"):
        file.unlink()
    return goes_on(stage)


@fault("17c", "records of the archive lost")
def lose_records(stage: Stage) -> float:
    """The list of parts is made anew from the parts, and nothing is lost."""
    archive_something(stage)
    stage.gateway.kill()
    with closing(sqlite3.connect(stage.gateway.data / "journal.db")) as db:
        db.execute("delete from part")
        db.commit()
    return goes_on(stage)


@fault("101", "kill -9 at every step of a seal", is_short=True)
def crash_in_seal(stage: Stage) -> float:
    """A file is whole or staged; no row is lost or there twice."""
    waited_s = []
    stage.connected()
    for point in POINTS:
        late(stage)
        stage.gateway.kill()
        stage.gateway.setting = {"LINEPROOF_CRASH": f"{point}:1"}
        stage.gateway.start()
        until(lambda: stage.gateway.ended() is not None, f"it dies at {point}", START_S)
        assert stage.gateway.ended() == -signal.SIGKILL, stage.gateway.log()[-2000:]
        stage.gateway.setting = {}
        stage.gateway.start()
        waited_s.append(stage.fresh(time.time_ns()))
    archive_something(stage)
    return max(waited_s)


@fault("105", "bit flip in a part of the archive")
def flip_part(stage: Stage) -> float:
    """Found by its hash, named on the health page, and whole again once it is put back."""
    return spoil_part(stage, lambda file, raw: file.write_bytes(flipped(stage, raw)))


@fault("108", "part of the archive missing")
def lose_part(stage: Stage) -> float:
    """Named on the health page, nothing else suffers, and whole again once it is put back."""
    return spoil_part(stage, lambda file, _: file.unlink())


def spoil_part(stage: Stage, spoil: Callable[[Path, bytes], object]) -> float:
    """Do something to the one part there is, and undo it; seconds to fresh data meanwhile."""
    archive_something(stage)
    stage.gateway.kill()
    file, *_ = (stage.gateway.data / "archive").glob("[0-9]*/*.parquet")
    raw = file.read_bytes()
    spoil(file, raw)
    stage.gateway.start()
    waited_s = stage.fresh(time.time_ns())
    until(lambda: file.name in damaged(stage), "the health page says it", START_S)
    stage.gateway.kill()
    file.write_bytes(raw)
    stage.gateway.start()
    stage.fresh(time.time_ns())
    until(lambda: damaged(stage) == "", "it counts again", START_S)
    return waited_s


def flipped(stage: Stage, raw: bytes) -> bytes:
    """The same with one bit turned."""
    changed = bytearray(raw)
    changed[stage.chance.randrange(len(raw))] ^= 1 << stage.chance.randrange(8)
    return bytes(changed)


def damaged(stage: Stage) -> str:
    """What the health page says of damaged parts."""
    found = stage.gateway.get("health")["findings"]
    return " ".join(one["params"]["text"] for one in found if one["title"] == "finding.damaged")


def archive_something(stage: Stage) -> None:
    """Have all that is stored by now moved into the archive."""
    stage.connected()
    row = late(stage)
    until(lambda: row in by_signal(archived(stage.gateway.folder))[PACKED], "it seals", 60.0)


def late(stage: Stage) -> object:
    """Let a row of two hours ago be stored, so that a seal is due; the row."""
    row = stage.packing.late(TWO_HOURS_S)
    until(lambda: row in by_signal(journalled(stage.gateway.data))[PACKED], "late data", START_S)
    return row


def goes_on(stage: Stage) -> float:
    """Start again; what was damaged is set aside and told. Seconds to fresh data."""
    began_s = time.monotonic()
    stage.gateway.start()
    assert mended(stage), "nobody is told"  # before that nobody can read the journal
    stage.fresh(time.time_ns())
    return time.monotonic() - began_s


def mended(stage: Stage) -> list[str]:
    """What the health page says of journals that were set aside."""
    until(stage.gateway.answers, "it answers")
    found = stage.gateway.get("health")["findings"]
    return [one["params"]["text"] for one in found if one["title"] == "finding.mended"]
