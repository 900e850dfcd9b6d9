"""Records that were restored from an earlier day: told at the start, and nothing else is done."""

import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from edge.records.audit import ADMIN, Change, add
from edge.records.database import Records
from edge.service import beginning
from edge.service.beginning import is_broken, put_right
from edge.status import Finding, Status
from tests.unit.edge.mending import wreck

DAY_NS = 86_400 * 10**9
NOW_NS = 20_776 * DAY_NS + DAY_NS // 2  # 2026-11-19 12:00 UTC


def started(data: Path, now_ns: int = NOW_NS) -> list[Finding]:
    """What a start finds."""
    status = Status()
    put_right(wreck.loaded(data), status, now_ns)
    return list(status.findings())


def decide(data: Path, *days: int) -> None:
    """One entry of the audit log on each day."""
    records = Records.open(data / "records.db")
    for day in days:
        with records.writing() as db:
            add(db, NOW_NS + day * DAY_NS, ADMIN, Change("target", f"t{day}", None, {}))


@pytest.fixture
def restored(tmp_path: Path) -> Path:
    """Records with three entries beside which five were made."""
    decide(tmp_path, -9, -8, -7)
    shutil.copy(tmp_path / "records.db", tmp_path / "backup")
    decide(tmp_path, -2, -1)
    shutil.copy(tmp_path / "backup", tmp_path / "records.db")
    return tmp_path


def test_records_of_an_earlier_day_are_told_with_what_may_be_missing(restored: Path) -> None:
    """By the number and the day of their last entry; the file is left as it is."""
    before = (restored / "records.db").read_bytes()
    (finding,) = started(restored)
    assert finding.owner == "records"
    assert finding.code == "earlier records/records.earlier-20261119T120000Z.txt"
    assert finding.text == (
        "records.db ends with entry 3 of the audit log, of 2026-11-12 12:00 UTC, but entry 5 was"
        " there: baselines, targets, edited stops, facts, tasks and packages that were made or"
        " changed since are missing"
    )
    assert (restored / "records.db").read_bytes() == before
    assert not is_broken(restored)


def test_it_is_told_until_somebody_takes_the_note_away(restored: Path) -> None:
    """Entries that are made meanwhile do not hide it, nor are they taken for it."""
    (told,) = started(restored)
    decide(restored, 0, 1, 2, 3)
    (again,) = started(restored, NOW_NS + DAY_NS)
    assert (again.code, again.text) == (told.code, told.text)
    for note in restored.glob("records.earlier-*"):
        note.unlink()
    assert started(restored, NOW_NS + 2 * DAY_NS) == []


@pytest.mark.parametrize("commands", [1, 2, 5])
def test_commands_before_the_start_do_not_hide_it(restored: Path, commands: int) -> None:
    """However many entries they add: told is where the restored file ended, and then no more."""
    decide(restored, *range(commands))
    (finding,) = started(restored)
    assert finding.text.startswith(
        "records.db ends with entry 3 of the audit log, of 2026-11-12 12:00 UTC, but entry 5 was"
    )
    for note in restored.glob("records.earlier-*"):
        note.unlink()
    assert started(restored, NOW_NS + DAY_NS) == []


def test_it_is_told_where_it_cannot_be_written_and_again(
    restored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk hides nothing, and what is decided until the next start does not either."""

    def full(report: Path, _lines: list[str]) -> None:
        report.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(beginning, "flushed", full)
        (told,) = started(restored)
    decide(restored, 0, 1, 2)
    (again,) = started(restored, NOW_NS + DAY_NS)
    assert told.text == again.text
    assert told.text.startswith("records.db ends with entry 3")
    assert len(list(restored.glob("records.earlier-2026112*"))) == 1


def test_a_draft_beside_the_records_is_not_taken_for_them(tmp_path: Path) -> None:
    """Entries in another file of the folder move nothing."""
    decide(tmp_path, -2, -1)
    for days in ([0], [0, 1, 2, 3]):
        draft = Records.open(tmp_path / "records.draft")
        for day in days:
            with draft.writing() as db:
                add(db, NOW_NS + day * DAY_NS, ADMIN, Change("target", "t", None, {}))
        assert started(tmp_path) == []


def test_a_change_that_was_undone_is_not_missed(tmp_path: Path) -> None:
    """The note follows the commit, alone or together with others."""
    decide(tmp_path, -1)
    records = Records.open(tmp_path / "records.db")
    change = Change("target", "t", None, {})

    def undone() -> None:
        with records.writing() as db:
            add(db, NOW_NS, ADMIN, change)
            raise KeyError

    for way in (records.together, nullcontext):
        with pytest.raises(KeyError), way():
            undone()
    assert started(tmp_path) == []
    shutil.copy(tmp_path / "records.db", tmp_path / "backup")
    with records.together(), records.writing() as db:
        add(db, NOW_NS, ADMIN, change)
    assert started(tmp_path) == []
    shutil.copy(tmp_path / "backup", tmp_path / "records.db")
    assert len(started(tmp_path)) == 1
