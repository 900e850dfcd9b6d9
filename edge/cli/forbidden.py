"""What this user may not read or write, told with whom it belongs to, not as a bug."""

import errno
import os
import pwd
from pathlib import Path

from edge.errors import Forbidden

RIGHTS = (errno.EACCES, errno.EPERM)


def told(error: OSError) -> Forbidden | None:
    """The error in words, with what to do; None where it is about something else.

    Args:
        error: of a file that was opened, looked for, made or removed.
    """
    if not isinstance(error.filename, str):
        return None
    said = f"{error.filename}: {error.strerror}"
    if error.errno == errno.EROFS:
        return Forbidden(f"{said}; let it be mounted for writing, or name another folder")
    if error.errno not in RIGHTS:
        return None
    owner, own = owner_of(Path(error.filename)), pwd_name(os.geteuid())
    if owner == own:
        return Forbidden(f"{said}; give {own} the right to it, or name another")
    return Forbidden(f"{said}; it belongs to {owner}: run this as {owner}, or name another")


def owner_of(path: Path) -> str:
    """Whose the file is, or the nearest folder above it that may be looked at."""
    for place in (path, *path.absolute().parents):
        try:
            return pwd_name(place.stat().st_uid)
        except OSError:
            continue
    return "another user"


def pwd_name(number: int) -> str:
    """The name of a user, or the number of one who has none here."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
