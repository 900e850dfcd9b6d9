"""What an error of SQLite means for people: whose turn it is, and what to do.

A damaged file, a full disk and a broken one are three things; SQLite's numbers tell them apart.
"""

import sqlite3

from edge.errors import JournalDamaged, JournalFull, JournalUnwritable, LineproofError, Occupied

UNWRITABLE = (
    "{file} cannot be written ({error}); look at the disk: once it can be written, this goes "
    "on by itself; where the disk must be unmounted, stop the service first"
)


def meaning(error: BaseException, file: str) -> LineproofError | None:
    """The error of ours that says the same; None where there is none.

    Args:
        error: as SQLite raised it.
        file: that was at hand, for the message.
    """
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return JournalDamaged(f"{file}: {error}; start the service again")
        case sqlite3.SQLITE_FULL:
            return JournalFull(f"{file}: no room for more; free disk")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN:
            return JournalUnwritable(UNWRITABLE.format(file=file, error=error))
        case sqlite3.SQLITE_BUSY:
            return Occupied(f"{file} was locked by another process")
    return None
