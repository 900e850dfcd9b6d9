"""Daily roots of a running service: a child signs the days, and what fails is told."""

import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge import sealing
from edge.clock import SYSTEM
from edge.records import roots
from edge.records.database import Records
from edge.service import rooting
from edge.service.desk import Desk
from edge.service.packing import Packing
from edge.status import Status
from edge.stores import Stores
from tests.unit.edge.cli.conftest import kept  # noqa: F401 - the site
from tests.unit.edge.cli.desk import DAYS


class Enough(Exception):
    """One round was seen."""


class OneRound:
    """The system's clock by which nobody waits, for one round."""

    def __init__(self) -> None:
        self._slept = 0
        self.wall_ns, self.monotonic_ns = SYSTEM.wall_ns, SYSTEM.monotonic_ns
        self.trusted = SYSTEM.trusted

    async def sleep(self, _seconds: float) -> None:
        """Return before the round, and end it."""
        self._slept += 1
        if self._slept > 1:
            raise Enough


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:  # noqa: F811 - the site
    """A copy of a site with samples of six days that were never signed."""
    found = Path(shutil.copytree(kept, tmp_path / "site"))
    with Stores.open(found / "data") as stores:
        sealing.seal(stores)
    return found


async def one_round(folder: Path) -> Status:
    """Have the days of a site signed once."""
    status = Status()
    desk = Desk(partial(Stores.open, folder / "data"), "roots")
    try:
        with suppress(Enough):
            await rooting.keep_rooted(folder, desk, status, OneRound())
    finally:
        desk.close()
    return status


async def test_every_day_that_is_over_is_signed(folder: Path) -> None:
    """By a child, once; the pages get the newest first, with its picture."""
    records = Records.open(folder / "data" / "records.db")
    status = await one_round(folder)
    told = Packing(folder, folder / "data", ZoneInfo("Asia/Seoul")).roots(3)

    assert len(roots.kept(records)) in {DAYS, DAYS + 1}, "the UTC days of six Korean mornings"
    assert list(status.findings()) == []
    assert [len(told["roots"]), told["roots"][0]["revision"]] == [3, 1]
    assert told["roots"][0]["previous"] == told["roots"][1]["sha256"]
    assert {len(row) for row in told["picture"]} == {len(told["picture"])}


async def test_days_that_cannot_be_signed_are_told(folder: Path) -> None:
    """With their number and why; collecting goes on."""
    key = folder / "data" / "keys"
    key.mkdir()
    (key / "evidence").write_text("no key")
    (key / "evidence").chmod(0o600)
    status = await one_round(folder)
    (finding,) = status.findings()

    assert "days could not be signed" in finding.text
    assert "is no private key" in finding.text
