"""The list of parts out of a damaged journal: as recorded where the records hold, else made anew.

Where the boundary between archive and journal is not known any more, the journal wins: a part whose
blocks are all still there was perhaps never recorded, and is left to be set aside.
"""

import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from dataclasses import astuple
from pathlib import Path
from typing import NamedTuple

from edge import rowsums
from edge.archive.manifest import NO_LINK, Part, linked
from edge.archive.relisting import Told, told_by
from edge.archive.vault import Vault
from edge.errors import ArchiveDamaged
from edge.mending.examining import broken_records, last_known, unrecorded
from edge.mending.reading import Cells, rows_of

COLUMNS = """path, sha256, size, rows, first_block, last_block, first_ns, last_ns, layout, n, link,
    ended, ended_ns"""
FACTS = 9  # of these columns belong to the part
ASKED = 24  # newest parts that are asked for names and links where the records hold


class Listing(NamedTuple):
    """The parts, ended ones included, and where the journal goes on behind them."""

    parts: list[Part]
    through: int
    ended: dict[str, tuple[str, int]]
    relisted: list[str]  # parts whose record was made anew
    told: list[Told]  # what parts say of themselves, oldest first
    anchors: dict[int, bytes]  # links of blocks that parts know
    notes: list[str]


def listed(
    old: sqlite3.Connection,
    folder: Path,
    blocks: Mapping[int, Cells],
    doubted: Collection[str] = (),
) -> Listing:
    """The list as it was, or made anew from the files.

    Args:
        old: the damaged database.
        folder: of the archive.
        blocks: (seq, link, body) as they were found, by number.
        doubted: numbers of records that were changed, perhaps where their chain does not reach:
            what they say of rows is not believed, nor an end that the checksum knows nothing of.
    """
    rows = sorted(rows_of(old, "part", COLUMNS, "n"), key=lambda row: str(row[FACTS]).zfill(20))
    folder.mkdir(parents=True, exist_ok=True)
    with closing(Vault(folder)) as vault:
        ended = {
            row[0]: (str(row[11]), row[12] if isinstance(row[12], int) else 0)
            for row in rows
            if row[11] is not None
            and not (str(row[FACTS]) in doubted and had_not_ended(old, vault, row))
        }
        is_behind = last_known(folder.parent) > max(blocks, default=0)  # an earlier day's, perhaps
        if rows and is_whole(rows) and not is_short(old, rows, folder, is_behind=is_behind):
            parts = [
                told_anew(vault, Part(*row[:FACTS]))
                if str(row[FACTS]) in doubted
                else Part(*row[:FACTS])
                for row in rows
            ]
            newest = sorted(parts, key=lambda part: part.last_block)[-ASKED:]
            told, notes = asked(vault, [part.path for part in newest if part.path not in ended])
            through = boundary(old, parts, blocks, folder)
            return Listing(parts, through, ended, [], told, anchors_of(told), [])
        known = {row[0]: row[1] for row in rows}
        files = sorted(
            one.relative_to(folder).as_posix() for one in folder.glob("[0-9]*/*.parquet")
        )
        told, notes = asked(vault, [path for path in files if path not in ended])
    told, through = behind(sorted(told, key=lambda one: one.part.last_block), blocks)
    parts = [one.part for one in told]
    fresh = [part.path for part in parts if known.get(part.path) != part.sha256]
    return Listing(parts, through, {}, fresh, told, anchors_of(told), notes)


def had_not_ended(old: sqlite3.Connection, vault: Vault, row: Cells) -> bool:
    """Whether the checksum of a record is that of its part alive, rows as its file tells them."""
    part, (n, link) = Part(*row[:FACTS]), row[FACTS : FACTS + 2]
    cells = n, *astuple(told_anew(vault, part)), link, None, None
    with suppress(sqlite3.DatabaseError):
        return rowsums.was(old, "part", str(n), cells)
    return False


def told_anew(vault: Vault, part: Part) -> Part:
    """A part as its file says, where that is the file that was recorded."""
    try:
        told = told_by(vault, part.path).part
    except ArchiveDamaged:
        return part
    return told if told.sha256 == part.sha256 else part


def is_whole(rows: list[Cells]) -> bool:
    """Whether records are all there, and none was changed."""
    expected = NO_LINK
    for nth, row in enumerate(rows, 1):
        try:
            expected = linked(expected, Part(*row[:FACTS]))
        except (TypeError, AttributeError):
            return False
        if row[FACTS : FACTS + 2] != (nth, expected):
            return False
    return True


def is_short(old: sqlite3.Connection, rows: list[Cells], folder: Path, *, is_behind: bool) -> bool:
    """Whether the last records are gone: boundary or blocks lie behind them, files are in none."""
    try:
        through = int(old.execute("select through from sealed").fetchone()[0])
        is_behind = is_behind or through > max(row[5] for row in rows)
        return is_behind and bool(unrecorded(old, folder))
    except (sqlite3.Error, TypeError, ValueError):
        return False


def boundary(
    old: sqlite3.Connection, parts: list[Part], blocks: Mapping[int, Cells], folder: Path
) -> int:
    """How far the journal is sealed: as written down, or else as the parts and the hook say."""
    try:
        if not list(broken_records(old, folder)):
            return int(old.execute("select through from sealed").fetchone()[0])
    except (sqlite3.Error, TypeError, ValueError):
        pass
    return max([hook_of(blocks), *(part.last_block for part in parts)])


def hook_of(blocks: Mapping[int, Cells]) -> int:
    """The number on which the journal's first block hangs: up to there all is sealed."""
    oldest = min(blocks, default=0)
    return oldest if blocks and blocks[oldest][2] == b"" else 0


def asked(vault: Vault, paths: list[str]) -> tuple[list[Told], list[str]]:
    """What parts say of themselves, and a note on each that says nothing."""
    told, notes = list[Told](), list[str]()
    for path in paths:
        try:
            told.append(told_by(vault, path))
        except ArchiveDamaged as error:
            notes.append(f"{error}; its rows are missing")
    return told, notes


def anchors_of(told: list[Told]) -> dict[int, bytes]:
    """Links of the blocks up to which was sealed."""
    return {one.through: one.link for one in told}


def behind(told: list[Told], blocks: Collection[int]) -> tuple[list[Told], int]:
    """The parts that count, and the boundary behind them.

    A seal of which no block was trimmed, and all are there, may have been under way.
    """
    bounds = sorted({0, *(one.through for one in told)})
    oldest = min(blocks, default=None)
    while len(bounds) > 1 and oldest is not None and oldest <= bounds[-2]:
        if not all(seq in blocks for seq in range(bounds[-2] + 1, bounds[-1] + 1)):
            break
        bounds.pop()
    through = bounds[-1]
    hook = oldest if oldest is not None else 0
    return [one for one in told if one.through <= through], max(through, hook)
