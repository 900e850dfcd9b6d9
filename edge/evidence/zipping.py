"""The one form of a package's ZIP file: stored, names sorted, no times, no room for anything else.

What always holds: the bytes follow from names and contents alone, and `Package.open` accepts no
byte that `write` would not have put there. Any tool that opens ZIP files opens these.
"""

import mmap
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from edge.errors import Refused, VerificationFailed

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
VERSION, UTF8, NEW_YEAR_1980 = 20, 0x0800, 0x0021
NAME = re.compile(r"[a-z0-9A-Z_-][a-z0-9A-Z._-]*(/[a-z0-9A-Z_-][a-z0-9A-Z._-]*)*")
LARGEST = 0xFFFF_FFFF - 1
MOST_FILES = 0xFFFF - 1
PIECE = 1 << 20
Content = bytes | Path
Put = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a package: where its bytes lie."""

    name: str
    crc: int
    size: int
    at: int  # of its header

    @property
    def data_at(self) -> int:
        """Where its content begins."""
        return self.at + LOCAL.size + len(self.name)

    def local(self) -> bytes:
        """Its header."""
        return LOCAL.pack(
            *(b"PK\3\4", VERSION, UTF8, 0, 0, NEW_YEAR_1980),
            *(self.crc, self.size, self.size, len(self.name), 0),
        ) + self.name.encode("ascii")

    def central(self) -> bytes:
        """Its line in the directory at the end."""
        return CENTRAL.pack(
            *(b"PK\1\2", VERSION, VERSION, UTF8, 0, 0, NEW_YEAR_1980),
            *(self.crc, self.size, self.size, len(self.name), 0, 0, 0, 0, 0, self.at),
        ) + self.name.encode("ascii")


def write(files: Mapping[str, Content], out: Path) -> None:
    """Write a package; whole or not at all.

    Args:
        files: contents, or where they lie, by names of plain letters.
        out: replaced if it is there.

    Raises:
        Refused: a name that we do not write, or more than a ZIP file of the old form holds.
    """
    entries, at = list[Entry](), 0
    draft = out.with_name(f"{out.name}.part")
    with draft.open("wb") as file:
        for name in sorted(files):
            check_name(name)
            crc, size = measured(files[name])
            entry = Entry(name, crc, size, at)
            if at + size > LARGEST:
                raise Refused(f"{out} would be larger than 4 GB; take a shorter window")
            file.write(entry.local())
            copy(files[name], file.write)
            entries.append(entry)
            at = entry.data_at + size
        file.write(tail(entries, at))
    draft.replace(out)


def check_name(name: str) -> None:
    """Refuse a name that could mean something else to another program."""
    if not NAME.fullmatch(name):
        raise Refused(f"'{name}' cannot be a file of a package; use letters, digits, . _ - /")


def measured(content: Content) -> tuple[int, int]:
    """CRC-32 and size."""
    sums = [0, 0]

    def add(piece: bytes) -> None:
        sums[0], sums[1] = zlib.crc32(piece, sums[0]), sums[1] + len(piece)

    copy(content, add)
    return sums[0], sums[1]


def copy(content: Content, put: Put) -> None:
    """Hand over a content piece by piece."""
    if isinstance(content, bytes):
        put(content)
        return
    with content.open("rb") as file:
        while piece := file.read(PIECE):
            put(piece)


def tail(entries: list[Entry], at: int) -> bytes:
    """The directory at the end, and its end."""
    if len(entries) > MOST_FILES:
        raise Refused(f"{len(entries)} files are more than a package holds; take a shorter window")
    directory = b"".join(entry.central() for entry in entries)
    n = len(entries)
    return directory + END.pack(b"PK\5\6", 0, 0, n, n, len(directory), at, 0)


class Package:
    """A package that has the one form; its contents are read where they lie."""

    def __init__(self, raw: mmap.mmap, entries: list[Entry]) -> None:
        self._raw = raw
        self.entries = {entry.name: entry for entry in entries}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a package.

        Raises:
            VerificationFailed: a byte is not as it would have been written; says in which file.
        """
        try:
            with path.open("rb") as file:
                raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise VerificationFailed(f"{path} cannot be read: {error}") from error
        return cls(raw, entries_of(raw))

    def __getitem__(self, name: str) -> bytes:
        """The content of one file.

        Raises:
            VerificationFailed: there is none of this name.
        """
        if name not in self.entries:
            raise VerificationFailed(f"{name} is missing from the package")
        entry = self.entries[name]
        return self._raw[entry.data_at : entry.data_at + entry.size]

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def entries_of(raw: mmap.mmap) -> list[Entry]:
    """The files of a package, every byte around and in them checked.

    Raises:
        VerificationFailed: with the first place that is not as it would have been written.
    """
    entries, at = list[Entry](), 0
    while raw[at : at + 4] == b"PK\3\4":
        entry = entry_at(raw, at)
        if entries and entry.name <= entries[-1].name:
            raise VerificationFailed(f"{entry.name} stands out of order in the package")
        entries.append(entry)
        at = entry.data_at + entry.size
    if raw[at:] != tail(entries, at):
        last = entries[-1].name if entries else "the beginning"
        raise VerificationFailed(f"byte {at}, behind {last}: not the directory of these files")
    return entries


def entry_at(raw: mmap.mmap, at: int) -> Entry:
    """The file whose header stands at a place.

    Raises:
        VerificationFailed: its header or its content was changed.
    """
    head = raw[at : at + LOCAL.size]
    if len(head) < LOCAL.size:
        raise VerificationFailed(f"byte {at}: the package ends inside a header")
    *_, crc, size, _, length, _ = LOCAL.unpack(head)
    name = raw[at + LOCAL.size : at + LOCAL.size + length].decode("ascii", "replace")
    if not NAME.fullmatch(name):
        raise VerificationFailed(f"byte {at}: '{name[:80]!r}' is no name that we write")
    entry = Entry(name, crc, size, at)
    if raw[at : entry.data_at] != entry.local():
        raise VerificationFailed(f"{name}: its header was changed")
    found, end = 0, entry.data_at + size
    if end > len(raw):
        raise VerificationFailed(f"{name}: the package ends inside this file")
    for start in range(entry.data_at, end, PIECE):
        found = zlib.crc32(raw[start : min(start + PIECE, end)], found)
    if found != crc:
        raise VerificationFailed(f"{name}: its content was changed (CRC-32)")
    return entry
