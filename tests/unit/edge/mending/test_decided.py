"""A damaged `records.db`: the start goes on, what people decided is kept, and the rest is told."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import JournalFull
from edge.mending.decided import mend_records
from edge.mending.looking import records_examined
from edge.mending.mend import reports
from edge.records.audit import ADMIN, Change, add
from edge.records.audit_check import verify
from edge.records.database import Records
from edge.service.beginning import is_broken, put_right
from edge.status import Status
from tests.unit.edge.mending import wreck

NOW_NS = 1_795_000_000 * 10**9
BASELINES = 60
PAGE = 4096
MEND = """
import sys
from pathlib import Path
from edge.mending.decided import mend_records
mend_records(Path(sys.argv[1]), 1_795_000_000_000_000_000)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Records with sixty baselines, each in the audit log; some computed rows beside them."""
    records = Records.open(tmp_path / "records.db")
    with records.writing() as db:
        for n in range(BASELINES):
            db.exec_driver_sql(
                "insert into baseline values (?, ?, ?)", (f"b{n:02}", n, f"body {n} " * 50)
            )
            add(db, n, ADMIN, Change("baseline freeze", f"b{n:02}", None, {"n": n}))
        db.exec_driver_sql("insert into fold_state values ('scanned', '7')")
    return tmp_path


def kept(data: Path) -> dict[str, str]:
    """The baselines of the file that is there now."""
    with closing(sqlite3.connect(data / "records.db")) as db:
        return dict(db.execute("select id, body from baseline"))


def roots(data: Path, table: str) -> int:
    """Where the first page of a table begins."""
    with closing(sqlite3.connect(data / "records.db")) as db:
        db.execute("pragma wal_checkpoint(truncate)")
        (page,) = db.execute(
            "select rootpage from sqlite_master where name = ?", (table,)
        ).fetchone()
    return int(page - 1) * PAGE


def overwrite(data: Path, at: int, size: int = PAGE) -> bytes:
    """Spoil so many bytes; the file as it is then."""
    raw = bytearray((data / "records.db").read_bytes())
    raw[at : at + size] = b"\xa5" * size
    (data / "records.db").write_bytes(raw)
    return bytes(raw)


def test_whole_records_are_left_alone(data: Path) -> None:
    """Nothing is found, nothing is moved; a first start has none, and that is no fault."""
    before = (data / "records.db").read_bytes()
    assert records_examined(data) == []
    assert not mend_records(data, NOW_NS)
    assert (data / "records.db").read_bytes() == before
    assert not reports(data, "records")
    (data / "new").mkdir()
    assert not mend_records(data / "new", NOW_NS)
    assert kept(data).keys() == {f"b{n:02}" for n in range(BASELINES)}


def test_what_was_computed_is_left_behind_and_what_was_decided_is_kept(data: Path) -> None:
    """A broken page of the fold's costs no baseline; the audit log goes on and says what was."""
    spoilt = overwrite(data, roots(data, "fold_state"))
    assert mend_records(data, NOW_NS)
    found = kept(data)
    assert found == {f"b{n:02}": f"body {n} " * 50 for n in range(BASELINES)}
    (aside,) = data.glob("records.damaged-*.db")
    assert aside.read_bytes() == spoilt
    (told,) = reports(data, "records").values()
    assert "database disk image is malformed" in told
    assert "baseline: 60 kept" in told
    assert "computed anew" in told
    records = Records.open(data / "records.db")
    assert (verify(records).entries, verify(records).bad) == (BASELINES + 1, None)
    with records.writing() as db:
        assert db.exec_driver_sql("select count(*) from fold_state").scalar_one() == 0
        assert add(db, NOW_NS, ADMIN, Change("target set", "t1")) == BASELINES + 2
    assert not mend_records(data, NOW_NS + 10**9)


def test_a_broken_page_costs_its_own_rows(data: Path) -> None:
    """A page in the middle of the baselines: the others are there, letter by letter."""
    roots(data, "baseline")
    raw = (data / "records.db").read_bytes()
    overwrite(data, raw.index(b"body 31 body 31") // PAGE * PAGE)
    assert mend_records(data, NOW_NS)
    found = kept(data)
    assert BASELINES / 2 < len(found) < BASELINES
    assert all(body == f"body {int(name[1:])} " * 50 for name, body in found.items())
    (told,) = reports(data, "records").values()
    assert f"baseline: {len(found)} kept" in told


@pytest.mark.parametrize("size", [0, 10, 100, 5_000])
def test_no_records_at_all_are_begun_anew(data: Path, size: int) -> None:
    """Cut to nothing or to its first bytes: the start goes on, and it is told."""
    roots(data, "baseline")
    (data / "records.db").write_bytes((data / "records.db").read_bytes()[:size])
    if size:
        assert is_broken(data)
        assert mend_records(data, NOW_NS)
        assert reports(data, "records")
    Records.open(data / "records.db")
    assert kept(data) == {}


def test_a_lost_file_is_noticed_by_the_key_of_its_audit_log(data: Path) -> None:
    """Nobody takes it for a first start."""
    for file in data.glob("records.db*"):
        file.unlink()
    assert records_examined(data) == ["records.db is missing"]
    status = Status()
    put_right(wreck.loaded(data), status, NOW_NS)
    (finding,) = status.findings()
    assert finding.code.startswith("mended records/records.damaged-")
    assert finding.owner == "records"
    assert "records.db is missing" in finding.text
    assert not is_broken(data)


@pytest.mark.parametrize("point", ["mend.1", "mend.2", "mend.3", "mend.4"])
def test_killed_at_any_step_the_next_start_finishes(data: Path, point: str) -> None:
    """No baseline is lost, and the damaged file is there still."""
    spoilt = overwrite(data, roots(data, "fold_state"))
    crash = {**os.environ, "LINEPROOF_CRASH": f"{point}:1"}
    line = [sys.executable, "-c", MEND, str(data)]
    assert subprocess.run(line, env=crash, capture_output=True, check=False).returncode == -9
    mend_records(data, NOW_NS + 10**9)
    assert len(kept(data)) == BASELINES
    assert spoilt in [file.read_bytes() for file in data.glob("records.d*.db")]
    assert not list(data.glob("records.mended-*")) + list(data.glob("records.draft*"))


def test_without_room_nothing_is_changed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be mended now is mended once there is room."""
    spoilt = overwrite(data, roots(data, "fold_state"))

    def full(_path: Path) -> Records:
        raise JournalFull("records.draft: no room for more; free disk")

    monkeypatch.setattr(Records, "open", full)
    with pytest.raises(JournalFull, match="free disk and start again, nothing was changed"):
        mend_records(data, NOW_NS)
    assert (data / "records.db").read_bytes() == spoilt
