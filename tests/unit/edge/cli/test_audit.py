"""`lineproof audit`: who changed what, and whether the log is still as it was written."""

import json
import sqlite3

from edge.records.audit import ADMIN, Change, add
from edge.records.database import Records
from tests.unit.edge.cli.desk import Command


def test_the_log_is_listed_and_verified(own: Command) -> None:
    """A table for people, a document for programs, a head to keep; a changed entry ends with 6."""
    path = own.folder / "data" / "records.db"
    assert own("audit", "list").err == "nothing has been changed yet\n"
    with Records.open(path).writing() as db:
        add(db, 10**18, ADMIN, Change("target set", "t1\x1b[31m", None, {"measure": "oee"}))
        add(db, 10**18, ADMIN, Change("target set", "t2", None, None))
    listed = own("audit", "list")
    assert "measure oee" in listed.out
    assert "\x1b" not in listed.out, "an entry commands the terminal"
    found = json.loads(own("audit", "list", "--json", "--limit", "1").out)
    assert [(one["n"], one["what"]) for one in found["audit"]] == [(2, "target set")]
    sound = own("audit", "verify")
    assert (sound.code, sound.out) == (0, "2 entries, each as written\n")
    kept = sound.err.split("--head ")[1].strip()
    assert own("audit", "verify", "--head", kept).code == 0
    assert own("audit", "verify", "--head", f"2:{'0' * 64}").code == 6
    assert "write the number, a colon and the hash" in own("audit", "verify", "--head", "2").err
    with sqlite3.connect(path) as raw:
        raw.execute("drop trigger audit_no_update")
        raw.execute("update audit set subject = 't3' where n = 2")
    raw.close()
    wrong = own("audit", "verify", "--json")
    assert wrong.code == 6
    assert json.loads(wrong.out)["bad"] == 2
    assert "entry 2 was changed" in wrong.err


def test_a_site_without_records_says_so(new: Command) -> None:
    """Nobody makes a database by looking for one."""
    assert new("audit", "list").code == 2
    assert not (new.folder / "data").exists()
