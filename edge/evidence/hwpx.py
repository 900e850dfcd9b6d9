"""A form in HWPX (KS X 6101) that somebody brings, filled: a ZIP file whose sections hold places.

The file may be anybody's. What always holds: it is never unpacked to the disk, no more of it is
read than is bounded here, and every entry but the sections comes out as it went in.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from edge.errors import Refused
from edge.evidence import owpml

MIMETYPE, KIND = "mimetype", b"application/hwp+zip"
SECTION = re.compile(r"Contents/section\d+\.xml")
LARGEST_FILE, LARGEST_INSIDE = 32 << 20, 128 << 20  # bytes; forms have some 100 kB
MOST_ENTRIES = 2_000
SEALED = 1  # a bit of an entry: it is encrypted
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Form(NamedTuple):
    """A filled form and the places that were in it."""

    raw: bytes
    names: list[str]


def filled(template: Path, is_ours: Callable[[str], bool], text_of: Callable[[str], str]) -> Form:
    """Fill a form.

    Args:
        template: the file.
        is_ours: whether a field of such a name is to be filled.
        text_of: what comes into a place.

    Raises:
        Refused: it is no such file, or not one that can be filled.
    """
    names, out = list[str](), io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for entry, content in entries(template):
            if SECTION.fullmatch(entry.filename):
                section = owpml.fill(content, entry.filename, is_ours, text_of)
                names += section.names
                content = section.raw  # noqa: PLW2901 - the same entry
            book.writestr(like(entry), content)
    return Form(out.getvalue(), names)


def like(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """An entry of the same name, time, rights and packing."""
    found = zipfile.ZipInfo(entry.filename, entry.date_time)
    found.compress_type, found.external_attr = entry.compress_type, entry.external_attr
    found.create_system, found.comment = entry.create_system, entry.comment
    return found


def entries(template: Path) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """The entries of a form, in their order.

    Raises:
        Refused: it is no HWPX file, or larger than any form.
    """
    try:
        if template.stat().st_size > LARGEST_FILE:
            raise Refused(f"{template} is larger than {LARGEST_FILE >> 20} MB; no form is")
        with zipfile.ZipFile(template) as book:
            return read(template, book)
    except (*BROKEN, OSError) as error:
        what = str(error) or "it ends too soon"
        raise Refused(f"{template} is no HWPX file: {what}; save the form as .hwpx") from error


def read(template: Path, book: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """The entries of an open file, each checked before it is read."""
    listed, found, room = book.infolist(), list[tuple[zipfile.ZipInfo, bytes]](), LARGEST_INSIDE
    check(template, listed)
    for entry in listed:
        with book.open(entry) as file:
            content = file.read(room + 1)  # the size that it says of itself may be a lie
        room -= len(content)
        if room < 0:
            raise Refused(
                f"{template} unpacks to more than {LARGEST_INSIDE >> 20} MB; no form does"
            )
        found.append((entry, content))
    if found[0][1].strip() != KIND:
        raise Refused(f"{template} says of itself '{found[0][1][:40]!r}', not '{KIND.decode()}'")
    return found


def check(template: Path, listed: list[zipfile.ZipInfo]) -> None:
    """Refuse what no program that writes forms has written.

    Raises:
        Refused: with the entry that is wrong.
    """
    names = [entry.filename for entry in listed]
    if not names or names[0] != MIMETYPE or listed[0].compress_type != zipfile.ZIP_STORED:
        raise Refused(f"{template} is no HWPX file: '{MIMETYPE}' does not come first; save it anew")
    if len(names) > MOST_ENTRIES or len(set(names)) < len(names):
        raise Refused(f"{template} has more than {MOST_ENTRIES} entries, or two of one name")
    for entry in listed:
        name = entry.filename
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise Refused(f"{template}: entry '{name[:80]}' lies outside; take another file")
        if entry.flag_bits & SEALED or entry.compress_type not in METHODS:
            raise Refused(f"{template}: '{name[:80]}' is locked; save the form without a password")
    if not any(SECTION.fullmatch(name) for name in names):
        raise Refused(f"{template} has no section; save the form as .hwpx")
