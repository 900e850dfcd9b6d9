"""Room that is kept back on the disk, so that a full one can still be tidied.

A database on a full disk can neither insert nor delete. The file `ballast` takes blocks of the
disk before anybody else can; on a full disk it is given up, and with its room the journal moves
into the archive, where a row takes an eighth. It is made again once there is room for three.
"""

import os
from dataclasses import dataclass
from pathlib import Path

NAME = "ballast"
MOST_BYTES = 16 << 20  # 500,000 rows take 4 MB in the archive; the rest is for logs of databases
SHARE = 16  # of a small disk at most so much is kept back: a sixteenth
AGAIN = 3  # times its size that must be free before it is made
LOW = 4  # a disk with less room than a quarter of the ballast counts as full
FEW_FILES = 8  # files that a seal makes: a disk that takes fewer counts as full


@dataclass(frozen=True, slots=True)
class Room:
    """What a disk has and what of it is free for us."""

    total: int  # bytes
    free: int  # bytes
    files: int | None  # that can still be made; None where the disk has no such limit

    @classmethod
    def of(cls, folder: Path) -> "Room":
        """The disk on which a folder lies."""
        found = os.statvfs(folder)
        files = found.f_favail if found.f_files else None
        return cls(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize, files)


class Ballast:
    """The file of one data directory; any thread may ask, one at a time tends it."""

    def __init__(self, data: Path) -> None:
        self._data, self._path = data, data / NAME

    def size(self) -> int:
        """Bytes that are kept back now."""
        return self._path.stat().st_size if self._path.exists() else 0

    def tend(self) -> bool:
        """Give it up where the disk is full, make it where there is room; whether it was given up.

        A disk that takes no file has room for nothing of ours, and that is not told here.
        """
        room, kept = Room.of(self._data), self.size()
        wanted = min(MOST_BYTES, room.total // SHARE)
        few = room.files is not None and room.files < FEW_FILES
        if kept and (few or room.free < kept // LOW):
            return self.release()
        if not kept and not few and room.free >= AGAIN * wanted:
            self._make(wanted)
        return False

    def release(self) -> bool:
        """Give it up; whether there was any."""
        try:
            self._path.unlink()
        except OSError:  # there is none, or the disk is read-only and has other troubles
            return False
        return True

    def _make(self, size: int) -> None:
        """Take the room, or nothing at all; after a power cut it may be gone and is made anew."""
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, size)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError:  # somebody was quicker, or the disk is read-only
            self.release()
