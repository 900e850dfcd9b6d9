"""Files as tables of texts, before anybody knows which row names the columns."""

import csv
from collections.abc import Generator, Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from edge.errors import ImportInvalid
from edge.tables.headings import FIRST_ROWS, name_of
from edge.tables.read import CELL_CHARACTERS, encoding, separator

TEXTS = (".csv", ".tsv", ".txt")
SEPARATORS = ",;\t"


class Table(NamedTuple):
    """One table of a file; its rows can be read once, before the next table is."""

    name: str  # of a sheet; empty of a text
    rows: Iterator[list[str]]


def tables(path: Path) -> Generator[Table]:
    """The tables of a file: a text is one, an Excel file has one for each sheet that is shown.

    Raises:
        ImportInvalid: it is of no such kind, or not readable as what it seems.
    """
    suffix = path.suffix.lower()
    if suffix in TEXTS:
        yield Table("", csv_rows(path))
    elif suffix == ".xlsx":
        yield from xlsx_tables(path)
    else:
        kinds = ", ".join((*TEXTS, ".xlsx"))
        raise ImportInvalid(
            f"{path.name}: {path.suffix!r} is no kind of file for facts; use {kinds}"
        )


def csv_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV file in UTF-8, with or without a mark, in CP949, or as Unicode text."""
    csv.field_size_limit(CELL_CHARACTERS)
    try:
        with path.open(encoding=encoding(path), newline="") as file:
            head = list(islice(file, FIRST_ROWS))
            file.seek(0)
            yield from csv.reader(file, strict=True, delimiter=delimiter(head))
    except UnicodeDecodeError as error:
        seen = error.object[error.start : error.start + 8]
        raise ImportInvalid(f"{path.name}: {seen!r} is no text; save it as CSV UTF-8") from error
    except csv.Error as error:
        raise ImportInvalid(f"{path.name}: {error}; save it anew as CSV UTF-8") from error


def delimiter(lines: list[str]) -> str:
    r"""What parts the columns: by what the most headings of facts stand in one line.

    >>> delimiter(["7월, 불량 일지", "날짜\t근무조\t불량"]), delimiter(["날짜;불량"])
    ('\t', ';')
    """
    known = {
        sign: max((sum(map(bool, map(cell_name, line.split(sign)))) for line in lines), default=0)
        for sign in SEPARATORS
    }
    best = max(SEPARATORS, key=known.__getitem__)
    return best if known[best] > 1 else separator("".join(lines[:1]))


def cell_name(text: str) -> str:
    """What a cell of a line means as a heading, quoted or not."""
    return name_of(text.strip().strip('"\ufeff'))


def xlsx_tables(path: Path) -> Generator[Table]:
    """The sheets of an Excel file that are not hidden, as their cells were last computed."""
    from zipfile import BadZipFile  # noqa: PLC0415 - with its reader, which few need

    from openpyxl import load_workbook  # noqa: PLC0415 - 20 MB that few need
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - as above

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise ImportInvalid(
            f"{path.name}: no Excel file, whatever its name says; save it as .xlsx or CSV"
        ) from error
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                rows = sheet.iter_rows(values_only=True)
                yield Table(sheet.title, ([text_of(cell) for cell in row] for row in rows))
    finally:
        book.close()


def text_of(cell: Any) -> str:  # noqa: ANN401 - as openpyxl hands it over
    """A cell as somebody would have written it.

    >>> text_of(datetime(2026, 11, 20)), text_of(12.0), text_of(None)
    ('2026-11-20', '12', '')
    """
    match cell:
        case None:
            return ""
        case datetime():
            whole = cell.time() == time()
            return cell.date().isoformat() if whole else cell.isoformat(" ", "seconds")
        case date() | time():
            return cell.isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
    return str(cell)
