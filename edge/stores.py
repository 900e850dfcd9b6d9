"""All stores of one site, opened alike by service, commands and import.

What always holds: one connection to `journal.db` carries journal, catalog, ledger and manifest, and
belongs to the thread that opened it; another thread opens stores of its own.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from edge import again, catalog, ledger, rowsums
from edge.again import Again
from edge.archive import manifest
from edge.archive.store import Archive
from edge.catalog import Catalog
from edge.errors import JournalDamaged, Occupied
from edge.journal import Journal, connect
from edge.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Stores:
    """What a data directory holds of samples."""

    data: Path
    db: sqlite3.Connection
    journal: Journal
    catalog: Catalog
    ledger: Ledger
    archive: Archive
    again: Again

    @classmethod
    def open(cls, data: Path, *, readonly: bool = False) -> Self:
        """Open the stores of a data directory; make what is missing, unless only to be read.

        Raises:
            NotFound: to be read only, and there is nothing.
            JournalDamaged: `journal.db` is no journal.
        """
        if not readonly:
            made(data)
            (data / "archive").mkdir(exist_ok=True)
        db = connect(data / "journal.db", readonly=readonly)
        if not readonly:
            for room in (catalog, ledger, again, manifest, rowsums):
                room.create(db)
        archive = Archive(db, data / "archive")
        return cls(data, db, Journal(db), Catalog(db), Ledger(db), archive, Again(db))

    def check(self) -> None:
        """Hold every row of the ledger against its checksum.

        Raises:
            JournalDamaged: one was changed; the next start names it and leaves it out.
        """
        if found := next(rowsums.changed(self.db), None):
            raise JournalDamaged(f"journal.db: {' '.join(found)} was changed since it was written")

    def close(self) -> None:
        """Let go of all files."""
        self.archive.close()
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def made(data: Path) -> None:
    """Make a folder for us alone, whatever the umask; one that is there keeps its rights."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def site_lock(data: Path) -> Iterator[None]:
    """Hold the site: one service, or one command that writes, at a time.

    Raises:
        Occupied: another process holds it.
    """
    with locked(data / "site.lock") as held:
        if not held:
            raise Occupied(
                f"{data} is in use by another lineproof; stop it, or ask it to do the work"
            )
        yield


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold a lock file, whose lock ends with the process at the latest; whether it was free."""
    made(path.parent)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
