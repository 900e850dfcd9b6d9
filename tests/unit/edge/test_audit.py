"""The audit log: nothing changes without an entry, and no entry changes without being found."""

import hashlib
import json
import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from edge.errors import Misconfigured
from edge.records import packages, proof
from edge.records.audit import (
    ADMIN,
    SERVICE,
    Actor,
    Change,
    Head,
    add,
    entries,
    head,
    note_seen,
)
from edge.records.audit_check import verify
from edge.records.database import Records
from edge.records.packages import Made
from edge.records.proof import Edit
from edge.service import aside
from edge.stores import Stores
from tests.unit.edge.target_desk import BEFORE, agreed, days_of, desk_of, wave

LENGTH = 9
MUTATIONS = 100  # of each kind
MENTOR = Actor("김멘토", "page 127.0.0.1")
WHY = {
    "edited": re.compile(r"entry \d+ was (changed, or stands|not written by this box).*"),
    "rechained": re.compile(r"entry \d+ was not written by this box"),
    "cut": re.compile(r"entry \d+ is missing(; there were 9)?"),
    "reordered": re.compile(r"entry \d+ was changed, or stands in the place of another"),
    "extended": re.compile(r"entry 10 was not written by this box"),
}
Mutation = Callable[[sqlite3.Connection, random.Random], int]


def write_log(folder: Path, length: int = LENGTH) -> Records:
    """A log of some entries."""
    records = Records.open(folder / "records.db")
    for n in range(length):
        old = {"reason": f"r{n}"} if n % 2 else None
        with records.writing() as db:
            add(db, 1000 + n, MENTOR, Change("stop reason", f"mask/body/{n}", old, {"n": n}))
    return records


def forger(path: Path) -> sqlite3.Connection:
    """A connection of somebody who has the database alone and knows how it is made."""
    db = sqlite3.connect(path)
    db.execute("drop trigger if exists audit_no_update")
    db.execute("drop trigger if exists audit_no_delete")
    return db


def edited(db: sqlite3.Connection, seed: random.Random) -> int:
    """One value of one entry is another."""
    n = seed.randint(1, LENGTH)
    column, value = seed.choice(
        [
            ("who", "somebody else"),
            ("at_ns", 5),
            ("origin", ""),
            ("what", "target set"),
            ("subject", "mask/body/x"),
            ("old", '{"reason":"none"}'),
            ("new", None),
            ("hash", bytes(32)),
            ("seal", bytes(32)),
        ]
    )
    db.execute(f"update audit set {column} = ? where n = ?", (value, n))
    return n


def rechained(db: sqlite3.Connection, seed: random.Random) -> int:
    """The same, and every hash behind it is computed anew; only the key is not known."""
    n = seed.randint(1, LENGTH)
    db.execute("update audit set subject = 'another' where n = ?", (n,))
    before = bytes(32)
    rows = db.execute("select n, at_ns, who, origin, what, subject, old, new from audit order by n")
    for row in rows.fetchall():
        text = json.dumps(list(row), ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(before + text.encode()).digest()
        db.execute("update audit set hash = ? where n = ?", (before, row[0]))
    db.execute("update audit_head set hash = ?", (before,))
    return n


def cut(db: sqlite3.Connection, seed: random.Random) -> int:
    """Some entries are gone, up to the end or not."""
    n = seed.randint(1, LENGTH)
    last = seed.choice([n, seed.randint(n, LENGTH), LENGTH])
    db.execute("delete from audit where n between ? and ?", (n, last))
    return n


def reordered(db: sqlite3.Connection, seed: random.Random) -> int:
    """Two entries change places."""
    one, two = sorted(seed.sample(range(1, LENGTH + 1), 2))
    for from_, to in ((one, 0), (two, one), (0, two)):
        db.execute("update audit set n = ? where n = ?", (to, from_))
    return one


def extended(db: sqlite3.Connection, seed: random.Random) -> int:
    """Entries that follow from the last by the rules stand behind it; the head may tell so."""
    (before,) = db.execute("select hash from audit where n = ?", (LENGTH,)).fetchone()
    for n in range(LENGTH + 1, LENGTH + 1 + seed.randint(1, 3)):
        row = (n, 9999, "admin", "this box", "target set", "t9", None, "{}")
        text = json.dumps(list(row), ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(before + text.encode()).digest()
        seal = seed.randbytes(32)
        db.execute("insert into audit values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, before, seal))
        if seed.random() < 0.5:
            db.execute("update audit_head set n = ?, hash = ?", (n, before))
    return LENGTH + 1


@pytest.mark.parametrize("mutation", [edited, rechained, cut, reordered, extended])
def test_of_a_log_that_was_meddled_with_the_first_bad_entry_is_named(
    mutation: Mutation, tmp_path: Path
) -> None:
    """Every one of them: edited, cut, reordered or extended, by whoever lacks the key."""
    write_log(tmp_path)
    whole, seed = tmp_path / "records.db", random.Random(96)
    (tmp_path / "other").mkdir()
    shutil.copytree(tmp_path / "keys", tmp_path / "other" / "keys")
    for _ in range(MUTATIONS):
        copy = tmp_path / "other" / "records.db"
        shutil.copy(whole, copy)
        with forger(copy) as db:
            bad = mutation(db, seed)
        db.close()
        found = verify(Records.open(copy))
        assert found.bad == bad, found
        assert WHY[mutation.__name__].fullmatch(found.why), found


def test_a_sound_log_verifies_and_is_told_newest_first(tmp_path: Path) -> None:
    """Who, from where, what, old and new come back as they were."""
    records = write_log(tmp_path)
    found = verify(records)
    assert (found.bad, found.why, found.entries) == (None, "", LENGTH)
    assert found.head == head(records)
    newest, *_ = told = entries(records, 5)
    assert [one.n for one in told] == [9, 8, 7, 6, 5]
    assert newest.by == MENTOR
    assert newest.change == Change("stop reason", "mask/body/8", None, {"n": 8})
    assert [one.n for one in entries(records, 5, before=3)] == [2, 1]


def test_an_older_copy_is_found_by_a_head_that_was_kept(tmp_path: Path) -> None:
    """The one thing that nobody sees at the box itself: the whole log put back to what it was."""
    records = write_log(tmp_path)
    shutil.copy(tmp_path / "records.db", tmp_path / "old.db")
    with records.writing() as db:
        add(db, 9, ADMIN, Change("target set", "t1"))
    kept = head(records)
    shutil.copy(tmp_path / "old.db", tmp_path / "records.db")
    assert verify(records).bad is None
    assert verify(records, (kept,)).bad == LENGTH + 1
    assert verify(records, (Head(LENGTH, verify(records).head.hash[:16]),)).bad is None


def test_an_older_head_is_found(tmp_path: Path) -> None:
    """It was written by this box, and there are more entries than it knows."""
    records = write_log(tmp_path)
    with sqlite3.connect(tmp_path / "records.db") as db:
        (older,) = db.execute("select n, hash, seal from audit_head").fetchall()
    db.close()
    with records.writing() as writer:
        add(writer, 9, ADMIN, Change("target set", "t1"))
    with forger(tmp_path / "records.db") as db:
        db.execute("update audit_head set n = ?, hash = ?, seal = ?", older)
    db.close()
    found = verify(records)
    assert (found.bad, found.why) == (10, "entry 10 was put behind the last, which is 9")
    with forger(tmp_path / "records.db") as db:
        db.execute("delete from audit_head")
    db.close()
    assert verify(records).bad == 1


def test_the_database_itself_refuses_to_edit_the_log(tmp_path: Path) -> None:
    """A slip of ours or of a tool is stopped at once."""
    records = write_log(tmp_path, 1)
    for statement in ("update audit set who = 'x'", "delete from audit"):
        with pytest.raises(DatabaseError, match="only added to"), records.writing() as db:
            db.exec_driver_sql(statement)
    assert verify(records).bad is None


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    """Whoever is second waits: no number twice, none left out."""
    records = write_log(tmp_path, 0)

    def write(n: int) -> None:
        with records.writing() as db:
            add(db, n, SERVICE, Change("configuration", str(n)))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(40)))
    assert (verify(records).entries, verify(records).bad) == (40, None)


def test_every_decision_leaves_an_entry(tmp_path: Path) -> None:
    """Baseline, target, stop reason with what it was, package: who, from where, old and new."""
    records = Records.open(tmp_path / "records.db")
    made = Made("r", "m", None, "t1", 5, 6)
    proof.keep(records, proof.baseline, 1, lambda _: {"line": "mask", "name": "전"}, MENTOR)
    proof.keep(records, proof.target, 2, lambda _: {"lines": ["mask"]}, MENTOR)
    proof.add_edit(records, "mask", "mask/body/1", 3, Edit(1, "jam", None), MENTOR)
    proof.add_edit(records, "mask", "mask/body/1", 4, Edit(2, "roll", "귀끈"), MENTOR)
    assert not proof.add_edit(records, "mask", "mask/body/1", 5, Edit(2, "jam", None), MENTOR)
    packages.register(records, made, MENTOR)
    packages.register(records, made, MENTOR)  # known already
    told = [(one.at_ns, one.change) for one in reversed(entries(records, 100))]
    whats = ["baseline freeze", "target set", "stop reason", "stop reason", "evidence make"]
    assert [change.what for _, change in told] == whats
    (body,) = proof.kept(records, proof.baseline).values()
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert told[0][1].new == {"line": "mask", "name": "전", "sha256": digest}
    first = {"version": 1, "reason": "jam", "note": None}
    second = {"version": 2, "reason": "roll", "note": "귀끈"}
    assert told[3] == (4, Change("stop reason", "mask/body/1", first, second))
    assert {one.by for one in entries(records, 100)} == {MENTOR}


def test_what_cannot_be_logged_is_not_changed(tmp_path: Path) -> None:
    """Without the key nothing is frozen or discarded, and a start only says why."""
    records = write_log(tmp_path, 1)
    (tmp_path / "keys" / "audit").unlink()
    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            stores.ledger.quarantine("broker", "no JSON", b"{", 1)
        with pytest.raises(Misconfigured, match="put the backup of it there"):
            aside.discard(stores, [1], 5)
        assert [one.rows for one in stores.ledger.waiting()] == [1]
    with pytest.raises(Misconfigured, match="keys/audit seals the audit log and is missing"):
        proof.keep(records, proof.baseline, 1, lambda _: {})
    assert proof.kept(records, proof.baseline) == {}
    assert "is missing" in note_seen(records, 5, "configuration", {"lineproof.yaml": {"a": 1}})
    assert (verify(records).bad, verify(records).entries) == (0, 1)


def test_what_changed_while_nobody_looked_is_logged_at_the_next_start(tmp_path: Path) -> None:
    """Old and new; what is the same again leaves no entry, and what is gone is said."""
    records = Records.open(tmp_path / "records.db")
    for at_ns, present in enumerate(
        [{"plc1": {"exception": "old PLC"}}, {"plc1": {"exception": "old PLC"}}, {}, {}]
    ):
        assert note_seen(records, at_ns, "unencrypted source", present) == ""
    told = [(one.at_ns, one.by, one.change) for one in reversed(entries(records, 9))]
    said = {"exception": "old PLC"}
    assert told == [
        (0, SERVICE, Change("unencrypted source", "plc1", None, said)),
        (2, SERVICE, Change("unencrypted source", "plc1", said, None)),
    ]


def test_the_engine_says_who(tmp_path: Path) -> None:
    """What is agreed on is in the log under whoever asked, at the site's own time."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, apt_ns=wave(3000.0), pq=wave(900.0), gq=wave(900.0))
    target = agreed(desk, "throughput_per_hour")
    newest, older = desk.engine.audit(10, None)["audit"]
    assert (newest["what"], newest["subject"]) == ("target set", target["id"])
    assert (older["what"], older["subject"], older["who"]) == ("baseline freeze", "b1", "admin")
    assert newest["from"] == "this box"
    assert newest["at"].endswith("+09:00")
    assert desk.engine.audit(10, None)["head"] == {"n": 2, "hash": newest["hash"]}
