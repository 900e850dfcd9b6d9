"""What is wrong with `records.db`: asked at every start, and without SQLAlchemy."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import structlog

from edge.mending.reading import is_damage, opened
from edge.model import SECOND_NS
from edge.newest import AGAIN, RECORDS, noted
from edge.records.files import KEY, NAME

STEM = "records"  # of the files that are set aside
LAST = 2**63 - 1  # number of no entry
WORDS = 3  # of SQLite's own check that are told

log = structlog.get_logger()


def records_examined(data: Path) -> list[str]:
    """What is wrong with `records.db`, as sentences; nothing where it is whole or never was.

    Nor where it cannot be opened now, as without inodes or the right to read it: that is no damage,
    sources are read without it, and whoever needs it says so and tries again.
    """
    path = data / NAME
    if not path.exists():
        return [f"{NAME} is missing"] if (data / KEY).exists() else []
    try:
        with opened(path) as db:
            found = [str(word) for (word,) in db.execute(f"pragma integrity_check({WORDS})")]
            names = "select name from sqlite_master where type = 'table'"
            there = {name for (name,) in db.execute(names)}
    except sqlite3.Error as error:
        if not is_damage(error):
            log.warning("records not looked at", file=str(path), reason=str(error))
            return []
        return [f"{NAME} cannot be read: {error}"]
    if found != ["ok"]:
        return [f"{NAME}: SQLite finds {'; '.join(found)}"]
    if there and "alembic_version" not in there:
        return [f"{NAME}: the number of its version is missing"]
    return []


def earlier(data: Path) -> str:
    """What tells that `records.db` is of an earlier day; empty where it is not, or cannot be read.

    A power cut may leave the note older than the file, never newer. Entries that were added since
    the file was restored do not count.
    """
    entries, at_ns = last_entry(data / NAME, noted(data, AGAIN) or LAST)
    known = noted(data, RECORDS)
    if not 0 <= entries < known:
        return ""
    day = datetime.fromtimestamp(at_ns / SECOND_NS, UTC).strftime("%Y-%m-%d %H:%M UTC")
    since = f"entry {entries} of the audit log, of {day}" if entries else "an empty audit log"
    return (
        f"{NAME} ends with {since}, but entry {known} was there: baselines, targets, edited stops,"
        " facts, tasks and packages that were made or changed since are missing"
    )


def last_entry(path: Path, before: int = LAST) -> tuple[int, int]:
    """Number and time of the last entry of the audit log; -1 where it cannot be read."""
    if not path.exists():
        return -1, 0
    try:
        with opened(path) as db:
            query = "select n, at_ns from audit where n < ? order by n desc limit 1"
            found = db.execute(query, (before,)).fetchone()
            return (int(found[0]), int(found[1])) if found else (0, 0)
    except (sqlite3.Error, TypeError, ValueError):
        return -1, 0
