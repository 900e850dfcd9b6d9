"""The start in spite of a damaged `records.db`: what people decided is kept, as far as it is there.

The damaged file is set aside and never deleted. A new one takes over all that people said and all
that was signed, row by row as it can be read, and says how much of each table that was. What was
computed is left behind: it follows from the samples and from what was said, and is computed anew.

It takes its place as a new journal does (`edge.mending.mend`).
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy import insert, select

from edge.mending.looking import STEM, records_examined
from edge.mending.mend import exchange, replace, stamped
from edge.mending.reading import Cells, opened, rows_of
from edge.records.audit import SERVICE, Change, add, audit, audit_head, head_of, key_of, sealed
from edge.records.database import Records, Transaction
from edge.records.files import NAME

KEPT = {  # tables of what people said and what was signed, and the key of each
    "baseline": "id",
    "target": "id",
    "stop_edit": "stop,version",
    "fact": "id",
    "entry": "id",
    "task": "id",
    "task_note": "task,n",
    "package": "n",
    "day_root": "n",
    "firm_key": "site",
    "firm_package": "n",
    "audit": "n",
    "audit_head": "id",
}
ANEW = {"part", "word", "loose", "mark", "anchor", "extent", "fold_state"}  # tables of the fold
COMPUTED = "all computed figures were left behind and are computed anew; restatements count from 1"

log = structlog.get_logger()


def mend_records(data: Path, now_ns: int) -> bool:
    """Bring `records.db` into a state in which it can be used; whether that took a new one.

    Whoever calls holds the site.

    Args:
        data: directory of the site's data.
        now_ns: names the files that are set aside, and dates the entry in the audit log.

    Raises:
        JournalFull: no room for a new file beside the damaged one.
        JournalDamaged: the file cannot even be opened to be looked at.
    """
    exchange(data, STEM)
    why = records_examined(data)
    if not why:
        return False
    log.warning("records damaged; new ones are made of what can be read", found=why)
    taken = Taken(data / NAME)

    def write(draft: Path) -> list[str]:
        taken.write(draft, now_ns, why)
        return [*why, *taken.notes, COMPUTED]

    replace(data, STEM, stamped(now_ns), write)
    return True


@dataclass(slots=True)
class Taken:
    """What can be taken over from a damaged file, and what is to be said of it."""

    path: Path
    notes: list[str] = field(default_factory=list)

    def write(self, draft: Path, now_ns: int, why: list[str]) -> None:
        """Make the new file; the audit log says what happened."""
        records = Records.open(draft)
        with closing(sqlite3.connect(draft)) as copy, copy:
            for table, key in KEPT.items():
                self._take(copy, table, key)
        with records.writing() as db:
            self._seal(db)
            said: dict[str, object] = {"found": why, "kept": self.notes}
            add(db, now_ns, SERVICE, Change("mended", NAME, None, said))

    def _take(self, copy: sqlite3.Connection, table: str, key: str) -> None:
        """Copy the rows of a table that can be read."""
        of = "select name from pragma_table_info(?)"
        columns = [name for (name,) in copy.execute(of, (table,))]
        query = f"insert or ignore into {table} values ({', '.join('?' * len(columns))})"  # noqa: S608 - names of our own
        # brackets: "order" is a word of SQL's, and a quoted name that is not there is a text
        rows = self._rows(table, ", ".join(f"[{name}]" for name in columns), key)
        taken = sum(copy.execute(query, row).rowcount for row in rows)
        self.notes.append(f"{table}: {taken} kept")

    def _rows(self, table: str, columns: str, key: str) -> list[Cells]:
        try:
            with opened(self.path) as old:
                return list(rows_of(old, table, columns, key))
        except sqlite3.Error:
            return []

    def _seal(self, db: Transaction) -> None:
        """Let the head of the audit log stand behind its last entry that is there.

        The log goes on from it. Entries that are missing before it are found when it is verified.
        """
        last = db.execute(select(audit).order_by(audit.c.n.desc())).first()
        head = db.execute(select(audit_head)).first()
        if last is None:
            db.execute(audit_head.delete())
        elif head is None or (head.n, head.hash) != (last.n, last.hash):
            seal = sealed(key_of(db, make=True), head_of(last.n, last.hash))
            db.execute(audit_head.delete())
            db.execute(insert(audit_head), {"id": 1, "n": last.n, "hash": last.hash, "seal": seal})
            self.notes.append(f"audit: its head was not whole; it goes on behind entry {last.n}")
