"""The firms of a running service: computed once, and anew when a package has come."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.evidence import firms as telling
from edge.records import firms
from edge.records.audit import ADMIN
from edge.records.database import Records
from edge.service.examining import Examining
from edge.service.firms import Firms
from tests.unit.edge.evidence.firm_results import package, result
from tests.unit.edge.fake_clock import FakeClock


async def test_what_is_told_is_computed_anew_for_a_new_package_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages ask every half minute; who imports by command is seen at the next question."""
    asked, real = [0], telling.document

    def counted(records: Records, zone: ZoneInfo) -> dict[str, object]:
        asked[0] += 1
        return real(records, zone)

    monkeypatch.setattr(telling, "document", counted)
    desk = Firms(tmp_path, Examining(tmp_path), ZoneInfo("Asia/Seoul"), FakeClock())
    records = Records.open(tmp_path / "records.db")
    for n, site in enumerate("ab", 1):
        firms.keep(records, package(site, result(10.0, 12.0)), None, ADMIN)
        first, second = await desk.listed(), await desk.listed()
        assert first == second
        assert (len(first["firms"]), asked[0]) == (n, n)
