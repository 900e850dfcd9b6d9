"""Files as tables of texts, before anybody knows which row names the columns.

A file may be anybody's. What always holds: no more of an Excel file is unpacked or read than is
bounded here, and whatever it holds, it is read or refused in words.
"""

import csv
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from edge.errors import ImportInvalid
from edge.tables.headings import FIRST_ROWS, name_of
from edge.tables.read import bounded_rows, encoding, separator

TEXTS = (".csv", ".tsv", ".txt")
SEPARATORS = ",;\t"
LARGEST_INSIDE = 64 << 20  # bytes that an Excel file may unpack to: 50,000 rows of ten take 22 MB
MOST_CELLS = 2_000_000  # of a sheet, those that only lie between others included


SHOWN = 100  # characters of what a reader of files says
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError),  # of the ZIP file
    *(SyntaxError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError),  # its XML
)


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
    try:
        with path.open(encoding=encoding(path), newline="") as file:
            head = list(islice(file, FIRST_ROWS))
            file.seek(0)
            yield from bounded_rows(file, delimiter(head))
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
    from openpyxl import load_workbook  # noqa: PLC0415 - 20 MB that few need

    with path.open("rb") as file:
        with explained(path):
            check_size(path, file)
            book = load_workbook(file, read_only=True, data_only=True)
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                yield Table(sheet.title, xlsx_rows(path, sheet))


def check_size(path: Path, file: BinaryIO) -> None:
    """Refuse a file that unpacks to more than a sheet for people holds; zipfile reads no more."""
    inside = sum(entry.file_size for entry in zipfile.ZipFile(file).infolist())
    if inside > LARGEST_INSIDE:
        raise ImportInvalid(
            f"{path.name}: unpacks to {inside >> 20} MB, more than {LARGEST_INSIDE >> 20}; "
            "cut it into several"
        )


def xlsx_rows(path: Path, sheet: Any) -> Iterator[list[str]]:  # noqa: ANN401 - of openpyxl
    """All rows of a sheet, whatever size it says of itself: some programs write a wrong one."""
    sheet.reset_dimensions()
    cells = 0
    with explained(path):
        for row in sheet.iter_rows(values_only=True):
            cells += len(row) or 1
            if cells > MOST_CELLS:
                raise ImportInvalid(
                    f"{path.name}: sheet {sheet.title[:40]!r} has more than {MOST_CELLS:,} cells; "
                    "remove empty rows and columns, or cut it into several"
                )
            yield [text_of(cell) for cell in row]


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """What openpyxl stumbles over is wrong with the file, and people are told so."""
    try:
        yield
    except BROKEN as error:
        seen = f"{type(error).__name__}: {error}"[:SHOWN]
        raise ImportInvalid(
            f"{path.name}: no Excel file, or a damaged one ({seen}); save it anew as .xlsx or CSV"
        ) from error


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
