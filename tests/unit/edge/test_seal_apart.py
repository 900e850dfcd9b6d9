"""Sealing in a process of its own: whichever of the two is killed, no row is lost or doubled."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge import sealing
from edge.errors import JournalDamaged, Unavailable
from edge.history import History
from edge.model import Batch, Row
from edge.service import keeping
from edge.service.apart import sealed_apart
from edge.service.desk import Desk
from edge.stores import Stores, locked

HOUR_NS = 3_600_000_000_000
START_NS = 490_000 * HOUR_NS
PATH, BLOCKS = "s/l/m/one", 6
ASK = """
import asyncio, sys
from pathlib import Path
from edge.errors import Unavailable
from edge.service.apart import sealed_apart
try:
    print(asyncio.run(sealed_apart(Path(sys.argv[1]), 6)))
except Unavailable as error:
    print(error)
"""
POINTS = [*(f"seal.{n}" for n in range(1, 8)), "trim.1"]


def filled(folder: Path) -> None:
    """Six blocks, each an hour later, for one signal."""
    with Stores.open(folder) as stores:
        with stores.journal.transaction():
            stores.catalog.ids({PATH: ("gauge", "1", "plc")})
        for nth in range(BLOCKS):
            at_ns = START_NS + nth * HOUR_NS
            with stores.journal.transaction():
                stores.journal.append(Batch.of([Row(1, at_ns, at_ns, nth, 0)]))


def values(folder: Path) -> list[float]:
    """What a reader finds."""
    with Stores.open(folder, readonly=True) as stores:
        found: list[float] = History(stores).samples([PATH], 0, 2**62)[PATH].value.tolist()
        return found


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("whom", ["", ":parent"])
def test_whoever_is_killed_at_any_step_nothing_is_lost(
    tmp_path: Path, point: str, whom: str
) -> None:
    """The service lives on and says so, or the child ends with it and lets go of the lock."""
    filled(tmp_path)
    crash = {**os.environ, "LINEPROOF_CRASH": f"{point}:1{whom}"}
    line = [sys.executable, "-c", ASK, str(tmp_path)]
    done = subprocess.run(line, env=crash, capture_output=True, text=True, check=False)
    if whom:
        assert (done.returncode, done.stdout) == (-9, ""), done.stderr
    else:
        assert "sealing was ended (ended by signal 9)" in done.stdout, done.stderr
    with locked(tmp_path / "seal.lock", wait=True):
        assert values(tmp_path) == list(range(BLOCKS))
    with Stores.open(tmp_path) as stores:
        sealing.tidy(stores)
        sealing.seal(stores)
        assert stores.archive.manifest.state().through == stores.journal.oldest() == BLOCKS
        stores.archive.manifest.check()
    assert values(tmp_path) == list(range(BLOCKS))


async def test_the_rows_that_went_are_told(tmp_path: Path) -> None:
    """As many as were up to the block asked for."""
    filled(tmp_path)
    assert await sealed_apart(tmp_path, 4) == 4
    assert values(tmp_path) == list(range(BLOCKS))


async def test_what_the_process_finds_wrong_comes_back_as_the_error_it_is(tmp_path: Path) -> None:
    """So that a damaged journal is mended as ever."""
    filled(tmp_path)
    with Stores.open(tmp_path) as stores:
        stores.db.execute("update block set body = x'01' where seq = 3")
    with pytest.raises(JournalDamaged, match="block 3 does not follow 2"):
        await sealed_apart(tmp_path, 6)


async def test_a_process_that_cannot_work_is_no_end(tmp_path: Path) -> None:
    """What it said last is told; the supervisor tries again."""
    (tmp_path / "archive").write_text("no folder")
    with pytest.raises(Unavailable, match=r"sealing was ended \(.*archive"):
        await sealed_apart(tmp_path, 1)


async def test_few_rows_are_sealed_here_and_many_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The boundary is a number of rows; either way they are in the archive."""
    filled(tmp_path)
    asked = list[int]()

    async def apart(data: Path, upto: int) -> int:
        await asyncio.sleep(0)
        asked.append(upto)
        with Stores.open(data) as stores:
            return sealing.seal(stores, upto)

    monkeypatch.setattr(keeping, "sealed_apart", apart)
    monkeypatch.setattr(keeping, "FEW_ROWS", 3)
    desk = Desk(lambda: Stores.open(tmp_path), "sealer")
    try:
        assert await keeping.sealed(desk, None) == 0
        assert await keeping.sealed(desk, 2) == 2
        assert asked == []
        assert await keeping.sealed(desk, 6) == 4
        assert asked == [6]
    finally:
        desk.close()
    assert values(tmp_path) == list(range(BLOCKS))
