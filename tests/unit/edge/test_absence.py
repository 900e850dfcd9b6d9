"""The time in which no service ran is a gap with a name."""

from pathlib import Path

from edge.intake.dating import Dating
from edge.ledger import Gap
from edge.model import SECOND_NS
from edge.service.absence import name_absence
from edge.stores import Stores

HOUR_NS = 3600 * SECOND_NS


def absences(folder: Path, last_ns: int | None, now_ns: int) -> list[Gap]:
    """The gaps in the ledger after a start, `last_ns` after the last proof of life."""
    with Stores.open(folder) as stores:
        if last_ns is not None:
            with stores.journal.transaction():
                stores.ledger.alive("plc1", last_ns - SECOND_NS, last_ns)
                stores.ledger.alive("broker", last_ns - HOUR_NS)
        dating = Dating(now_ns, 10 * SECOND_NS, "boot", is_trusted=True)
        name_absence(stores, dating)
        return stores.ledger.gaps(0, 1 << 62)


def test_the_time_away_is_named(tmp_path: Path) -> None:
    """From the latest proof of life of any source to the start."""
    at_ns = 1_795_000_000 * SECOND_NS
    assert absences(tmp_path, at_ns, at_ns + HOUR_NS) == [
        Gap("service", "service was not running", at_ns, at_ns + HOUR_NS)
    ]


def test_a_quick_restart_and_a_first_start_leave_nothing_to_name(tmp_path: Path) -> None:
    """Three seconds are within what every source bridges; before the first start was nobody."""
    at_ns = 1_795_000_000 * SECOND_NS
    assert absences(tmp_path / "quick", at_ns, at_ns + 3 * SECOND_NS) == []
    assert absences(tmp_path / "first", None, at_ns) == []


def test_the_time_away_is_named_though_a_clock_once_ran_ahead(tmp_path: Path) -> None:
    """A box began nine hours ahead, in local time: what lived tomorrow tells nothing of today."""
    at_ns = 1_795_000_000 * SECOND_NS
    with Stores.open(tmp_path) as stores, stores.journal.transaction():
        stores.ledger.alive("plc1", at_ns + 8 * HOUR_NS, at_ns + 9 * HOUR_NS)
    assert absences(tmp_path, at_ns, at_ns + HOUR_NS) == [
        Gap("service", "service was not running", at_ns, at_ns + HOUR_NS)
    ]


def test_a_life_that_goes_on_past_now_is_no_time_away(tmp_path: Path) -> None:
    """The clock was set back while a source lived: nobody knows when the service ended."""
    at_ns = 1_795_000_000 * SECOND_NS
    with Stores.open(tmp_path) as stores, stores.journal.transaction():
        stores.ledger.alive("plc1", at_ns - 72 * HOUR_NS, at_ns + 9 * HOUR_NS)
    assert absences(tmp_path, at_ns, at_ns + HOUR_NS) == []
