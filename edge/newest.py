"""The number of the newest block, noted beside the journal: whoever loses the tail is found out.

A lost WAL file, or one flipped bit in it, takes the last commits and leaves a journal that looks
whole. The note is written after each commit and not flushed: after a power cut it may be older than
the journal, which means nothing, but it is never newer unless blocks are gone. The records have
such a note of their audit log, which tells a file that was restored from an earlier day; what is
added to such a file before that was told does not hide it.
"""

import os
from contextlib import suppress
from pathlib import Path

NAME = "journal.newest"
RECORDS = "records.newest"
AGAIN = "records.again"  # the first entry that was added to records of an earlier day
DIGITS = 20


def note(folder: Path, block: int, name: str = NAME) -> None:
    """Write down the newest number; a disk that takes nothing is not this note's business."""
    with suppress(OSError):
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o640)
        try:
            os.pwrite(handle, f"{block:0{DIGITS}}\n".encode() * 2, 0)
        finally:
            os.close(handle)


def noted(folder: Path, name: str = NAME) -> int:
    """The number that was noted last; 0 where there is none, or both copies do not agree."""
    try:
        one, two = (folder / name).read_bytes().decode("ascii").splitlines()
    except (OSError, ValueError):
        return 0
    return int(one) if one == two and one.isdecimal() and len(one) == DIGITS else 0
