"""Whether the data directory is the one that holds this site's data: its disk may not be mounted.

A mark in the directory and the same beside the configuration say so. An empty place where data have
been is refused before anything is written there; samples would go to the wrong disk, and figures
begin anew.
"""

import secrets
from contextlib import suppress
from pathlib import Path

from edge.archive.vault import flush
from edge.errors import Misconfigured

BESIDE, WITHIN = "data.known", "site.mark"
JOURNAL = "journal.db"


def known(folder: Path, data: Path) -> None:
    """Take the directory for the site's, or refuse it.

    A configuration that nobody may write to cannot be marked, and then nothing is refused.

    Args:
        folder: of the configuration.
        data: directory of the site's data.

    Raises:
        Misconfigured: it held this site's data, and does not now.
    """
    beside, within = folder / BESIDE, data / WITHIN
    told, here = text(beside), text(within)
    if told and told != here and (here or not (data / JOURNAL).exists()):
        seen = f"holds the data of another site ({WITHIN} is '{here[:40]}')" if here else "is empty"
        raise Misconfigured(
            f"{data} {seen}, but this site has stored samples there; mount the disk that holds them"
            f" and start again. To begin anew with what is there, remove {beside} first"
        )
    with suppress(OSError):  # a full or read-only disk is told elsewhere
        if not here:
            put(within, told or secrets.token_hex(8))
        if not told:
            put(beside, text(within))


def text(path: Path) -> str:
    """What a mark says; nothing where there is none."""
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text("ascii").strip()
    return ""


def put(path: Path, mark: str) -> None:
    """Write a mark; it is on the disk when this returns."""
    path.write_text(f"{mark}\n", "ascii")
    flush(path)
    flush(path.parent)
