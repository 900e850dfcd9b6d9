"""What is wrong with `journal.db`: asked once before anybody writes to it.

A block is held against its link, a record of the archive against the chain of records, a text
against the symbol computed from it; pages and indices are SQLite's own check. That the newest
blocks are there cannot be told from the file alone, so it is held against what others know of them.
"""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from edge import catalog, ledger, rowsums
from edge.archive import manifest
from edge.archive.manifest import Manifest
from edge.catalog import digest, hashed
from edge.errors import ArchiveDamaged, JournalDamaged
from edge.journal import TABLE, chain, connect
from edge.mending.reading import is_damage, opened
from edge.newest import NAME, noted
from edge.packing import head

WORDS = 3  # of SQLite's own check that are told
# A file of an older version has none of these.
LATER = {"discarded", "message", "vouched", "sqlite_sequence"}
PROBES = 8  # texts whose first hashes are all taken do not exist


def expected() -> dict[str, list[str]]:
    """The tables of a journal and their columns."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(f"{TABLE};{catalog.TABLES};{ledger.TABLES};{manifest.TABLES}")
        of = "select name from pragma_table_info(?)"
        found = {name: [one for (one,) in db.execute(of, (name,))] for name in tables(db)}
    return {name: found[name] for name in found.keys() - LATER}


def examined(data: Path) -> list[str]:
    """What is wrong, as sentences; nothing where the file is whole or there never was one."""
    path = data / "journal.db"
    if not path.exists():
        return [f"{path.name} is missing"] if was_there(data) else []
    try:
        with opened(path) as db:
            if not was_there(data) and not db.execute("select 1 from sqlite_master").fetchone():
                return []  # killed in its first moment
            return [*faults(db, data / "archive"), *lost_tail(db, data)]
    except sqlite3.Error as error:
        if not is_damage(error):
            raise JournalDamaged(f"{path} cannot be opened ({error}); look at the disk") from error
        return [f"{path.name} cannot be read: {error}"]
    except (TypeError, ValueError, OverflowError, struct.error) as error:
        return [f"{path.name} holds what nobody writes: {error}"]


def begun(data: Path) -> bool:
    """Whether `journal.db` has its tables; a start killed in its first moment made few or none.

    Raises:
        JournalDamaged: it is no database.
        PermissionError: this user may not read it.
    """
    path = data / "journal.db"
    if not path.exists():
        return False
    with closing(connect(path, readonly=True)) as db:
        return expected().keys() <= tables(db)


def tables(db: sqlite3.Connection) -> set[str]:
    """The names of the tables that a file has."""
    return {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}


def was_there(data: Path) -> bool:
    """Whether a journal has to have been in a folder that has none."""
    return (data / NAME).exists() or any((data / "archive").glob("[0-9]*/*.parquet"))


def faults(db: sqlite3.Connection, archive: Path) -> Iterator[str]:
    """What the file itself tells."""
    found = [str(word) for (word,) in db.execute(f"pragma integrity_check({WORDS})")]
    if found != ["ok"]:
        yield f"SQLite finds {'; '.join(found)}"
    if missing := (columns := expected()).keys() - tables(db):
        if "block" in missing or db.execute("select max(seq) from block").fetchone()[0]:
            yield f"tables are missing: {', '.join(sorted(missing))}"
        return  # else nobody has stored anything yet
    for table, names in columns.items():
        db.execute(f"select {', '.join(names)} from {table} limit 0")  # noqa: S608 - names of our own
    yield from broken_blocks(db)
    yield from broken_records(db, archive)
    yield from broken_names(db)
    yield from broken_rows(db)


def broken_blocks(db: sqlite3.Connection) -> Iterator[str]:
    """The first block that does not follow the one before it."""
    before: tuple[int, bytes] | None = None
    for seq, link, body in db.execute("select seq, link, body from block order by seq"):
        if before is not None and (seq, link) != (
            before[0] + 1,
            chain(before[1], before[0] + 1, body),
        ):
            yield f"block {seq} does not follow block {before[0]}"
            return
        before = seq, link
    if before is None:
        yield "no block is left"


def broken_records(db: sqlite3.Connection, archive: Path) -> Iterator[str]:
    """A broken chain of records, or a boundary that does not lie where it must."""
    try:
        Manifest(db).check()
    except (ArchiveDamaged, TypeError, AttributeError) as error:
        yield str(error)
        return
    row = db.execute("select through from sealed").fetchone()
    if row is None:
        yield "the boundary to the archive is missing"
        return
    through = int(row[0])
    (last,) = db.execute("select coalesce(max(last_block), 0) from part").fetchone()
    oldest, newest = db.execute("select min(seq), max(seq) from block").fetchone()
    held = "select seq, substr(body, 1, 24) from block where seq > ? and seq <= ? and body <> x''"
    sealed = [seq for seq, body in db.execute(held, (last, through)) if head(body).rows]
    if not max(last, oldest) <= through <= newest or sealed:
        yield f"the boundary to the archive is {through}, but the archive ends with block {last}"
    elif through > last and (files := unrecorded(db, archive)):
        yield f"the last records of the archive are missing; {files[0]} is in none"


def unrecorded(db: sqlite3.Connection, archive: Path) -> list[str]:
    """Files of day folders that no record knows."""
    known = Manifest(db).paths()
    files = sorted(one.relative_to(archive).as_posix() for one in archive.glob("[0-9]*/*.parquet"))
    return [file for file in files if file not in known]


def broken_names(db: sqlite3.Connection) -> Iterator[str]:
    """A symbol that is none of its text's, or signals that are not those that were vouched for."""
    for symbol, text in db.execute("select symbol, text from symbol"):
        if not is_symbol_of(symbol, text):
            yield f"symbol {symbol} does not stand for {text!r}"
            return
    if db.execute("select 1 from sqlite_master where name = 'vouched'").fetchone():
        row = db.execute("select digest from vouched where name = 'signal'").fetchone()
        if row is not None and row[0] != digest(db):
            yield "the names of the signals were changed"


def broken_rows(db: sqlite3.Connection) -> Iterator[str]:
    """Rows of the ledger that are not what was written: the first few by name."""
    found = list(rowsums.changed(db))
    if found:
        named = ", ".join(f"{table} {key}" for table, key in found[:WORDS])
        more = f" and {len(found) - WORDS} more" if len(found) > WORDS else ""
        yield f"{named}{more}: changed since it was written"


def is_symbol_of(symbol: object, text: object) -> bool:
    """Whether a number is one that the catalog could have given a text."""
    return isinstance(text, str) and symbol in {hashed(text, probe) for probe in range(PROBES)}


def lost_tail(db: sqlite3.Connection, data: Path) -> Iterator[str]:
    """Blocks that others have seen and the journal does not hold."""
    newest = db.execute("select max(seq) from block").fetchone()[0] or 0
    known = last_known(data)
    if known > newest:
        yield f"the journal ends with block {newest}, but block {known} was there"


def last_known(data: Path) -> int:
    """The newest block that anybody beside the journal knows of."""
    return max(noted(data), folded(data / "records.db"))


def folded(records: Path) -> int:
    """The last block that the engine has seen; 0 where it cannot be asked."""
    if not records.exists():
        return 0
    try:
        with opened(records) as db:
            row = db.execute("select value from fold_state where name = 'scanned'").fetchone()
    except sqlite3.Error:
        return 0
    return int(row[0]) if row and str(row[0]).isdecimal() else 0
