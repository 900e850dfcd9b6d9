"""Files of facts as rows of texts by column: CSV of any editor, and sheets of Excel.

The names of columns may be Korean or English; what nobody knows is left out, and told.
"""

from collections.abc import Iterator
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from edge.errors import ImportInvalid
from edge.formulas import unguarded
from edge.tables.headings import AMOUNTS, FIRST_ROWS, KNOWN, TELLS_WHEN, TIMES, Heading, heading_of
from edge.tables.sheets import Table, tables
from edge.tables.writings import lengthened

MOST_ROWS = 50_000
KINDS = {**KNOWN, "정지": "reason", "계획": "plan", "plan": "plan", "stop": "reason"}


class Row(NamedTuple):
    """One row of a file, with its cells by our names."""

    number: int  # as the file's readers count, from 1
    cells: dict[str, str]


class Sheet(NamedTuple):
    """What a file holds."""

    header: dict[str, str]  # our name of a column -> the file's
    unknown: tuple[str, ...]  # columns that mean nothing here
    rows: list[Row]
    heading_row: int = 1
    name: str = ""  # of the sheet of an Excel file
    short_years: tuple[str, ...] = ()  # columns that were read as year, month, day


def read_sheet(path: Path, kind: str | None = None) -> Sheet:
    """The rows of a CSV file, or of the first sheet of an Excel file that has headings of facts.

    Args:
        path: the file.
        kind: of all its facts, where the file does not say.

    Raises:
        ImportInvalid: it cannot be read, has no header that we know, or too many rows.
    """
    with closing(tables(path)) as found:
        name, heading, lines = chosen(found)
        where = f"{path.name}: row {heading.row}"
        names = heading.names
        if not TELLS_WHEN & set(names):
            seen = ", ".join(filter(None, heading.texts)) or "no columns at all"
            wanted = "add from and to, or at, or date and shift"
            raise ImportInvalid(f"{where}: no column tells when; there are: {seen}; {wanted}")
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise ImportInvalid(f"{where}: two columns mean {twice[0]!r}; rename one")
        rows = rows_of(path, heading, lines, kind)
    named = dict(zip(names, heading.texts, strict=True))
    named.pop("", None)
    unknown = (text for text, one in zip(heading.texts, names, strict=True) if text and not one)
    short = tuple(named[column] for column in TIMES if lengthen(rows, column))
    return Sheet(named, tuple(unknown), rows, heading.row, name, short)


def chosen(found: Iterator[Table]) -> tuple[str, Heading, Iterator[list[str]]]:
    """The first table with headings of facts, and what stands below; else what the first has."""
    first = None
    for name, lines in found:
        head = list(islice(lines, FIRST_ROWS))
        heading = heading_of(head)
        if heading.tells:
            return name, heading, chain(head[heading.row :], lines)
        first = first or (name, heading, iter(head[heading.row :]))
    return first or ("", Heading(1, [], []), iter(()))


def rows_of(
    path: Path, heading: Heading, lines: Iterator[list[str]], kind: str | None
) -> list[Row]:
    """The rows below a heading that are not empty."""
    rows: list[Row] = []
    for number, texts in enumerate(lines, start=heading.row + 1):
        if not any(text.strip() for text in texts):
            continue
        if len(rows) == MOST_ROWS:
            raise ImportInvalid(f"{path.name}: more than {MOST_ROWS} rows; cut it into several")
        pairs = zip(heading.names, texts, strict=False)
        cells = {name: unguarded(text.strip()) for name, text in pairs if name}
        if said := cells.get("kind") or kind:
            cells["kind"] = KINDS.get(said.lower(), said)
        rows.append(Row(number, with_units(cells, heading)))
    return rows


def with_units(cells: dict[str, str], heading: Heading) -> dict[str, str]:
    """Cells with the units that stand in the heading: of an amount as `<its name> unit`.

    Of a plain quantity the cell of the row holds, where it says one.
    """
    for name, unit in heading.units.items():
        if name == AMOUNTS[0]:
            cells["unit"] = cells.get("unit") or unit
        else:
            cells[f"{name} unit"] = unit
    return cells


def lengthen(rows: list[Row], column: str) -> bool:
    """Write the years of a column in full where all can be meant; whether there were short ones."""
    texts = lengthened([row.cells.get(column, "") for row in rows])
    for row, text in zip(rows, texts or (), strict=False):
        if text:
            row.cells[column] = text
    return texts is not None
