"""A past from long ago: the time in which nothing was heard costs next to nothing."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from edge.model import DAY_NS, SECOND_NS, STATUS_UNCERTAIN_CLOCK, Samples
from edge.records import progress
from tests.unit.edge.fold_desk import Desk, at, body, site_of

SILENT_NS = 28 * DAY_NS
TEN_S = 10 * SECOND_NS
FOLDS = 8  # the silent time, the days around it, and what follows from them


class Counted:
    """Counts what a fold asks of its reader."""

    def __init__(self, desk: Desk, patch: pytest.MonkeyPatch) -> None:
        self.questions, self.folds = 0, 0
        ask, take = desk.memory.samples, progress.take_marks

        def samples(signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
            self.questions += 1
            return ask(signals, from_ns, to_ns)

        def taken(db: Connection, ids: list[int]) -> bool:
            self.folds += 1
            return take(db, ids)

        patch.setattr(desk.memory, "samples", samples)
        patch.setattr(progress, "take_marks", taken)


def catch_up(desk: Desk) -> None:
    """Fold all, what is old before what is new, as an import does."""
    while desk.fold.scan(desk.memory.after, desk.memory.paths):
        pass
    while desk.fold.fold(origin="history"):
        pass
    desk.run()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A minute of a morning, folded."""
    desk = Desk(site_of(body()), tmp_path)
    minute = range(at("09:00"), at("09:01") + 1, TEN_S)
    desk.say("body", "state", *[(t, 1) for t in minute])
    desk.say("body", "good", *[(t, (t - at("09:00")) // SECOND_NS) for t in minute])
    desk.run()
    return desk


def test_a_reading_of_weeks_ago_is_a_handful_of_folds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The silent time is folded in one piece, and no day of it once more for each of its past."""
    desk.say("body", "good", (at("09:00") - SILENT_NS, 0))
    counted = Counted(desk, monkeypatch)
    catch_up(desk)
    assert 0 < counted.folds <= FOLDS
    assert counted.questions <= 10 * FOLDS


def test_silent_time_stays_unknown_planned_time(desk: Desk) -> None:
    """Nobody saw it: all of the shifts between the first and the last proof is unknown."""
    first_ns = at("09:00") - SILENT_NS
    desk.say("body", "good", (first_ns, 0))
    catch_up(desk)
    rows = desk.rows()
    silent = (rows["t0_ns"] >= first_ns) & (rows["t1_ns"] <= at("09:00"))
    assert rows["pbt_ns"][silent].sum() == rows["unknown_ns"][silent].sum()
    assert rows["t0_ns"].min() == first_ns
    assert (rows["t1_ns"][:-1] == rows["t0_ns"][1:]).all()
    assert rows["gq"][silent].sum() == 0


def test_the_order_of_arrival_changes_no_row_of_silent_time(desk: Desk, tmp_path: Path) -> None:
    """A past that came after the present gives the table of one that came before it."""
    old = desk.told("body", "good", (at("09:00") - SILENT_NS, 0))
    other = Desk(desk.site, tmp_path, "other")
    other.memory.write(old)
    catch_up(other)
    for block in desk.memory.blocks:
        other.memory.blocks.append(block)
        catch_up(other)
    desk.memory.write(old)
    catch_up(desk)
    assert desk.table() == other.table()


def test_a_reading_of_the_future_makes_no_row(desk: Desk) -> None:
    """A time that is not to be believed is no time that the line was planned to work in."""
    before = desk.table()
    desk.say("body", "good", (at("09:00") + SILENT_NS, 99), status=STATUS_UNCERTAIN_CLOCK)
    catch_up(desk)
    assert desk.table() == before
