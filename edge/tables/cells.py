"""Files of facts as rows of texts by column: CSV of any editor, and sheets of Excel.

The names of columns may be Korean or English; what nobody knows is left out, and told.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from edge.errors import ImportInvalid
from edge.formulas import unguarded
from edge.tables.read import CELL_CHARACTERS, encoding, separator

MOST_ROWS = 50_000
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "line": ("라인",),
    "machine": ("설비", "기계"),
    "kind": ("종류", "구분"),
    "at": ("시각", "time"),
    "from": ("시작", "start"),
    "to": ("끝", "종료", "end"),
    "date": ("날짜", "일자", "생산일", "day"),
    "shift": ("근무조", "근무", "조", "교대", "교대조"),
    "quantity": ("수량", "qty"),
    "unit": ("단위",),
    "type": ("유형", "불량유형"),
    "reason": ("사유", "정지사유"),
    "product": ("제품", "품목", "품번"),
    "order": ("작업지시", "지시", "오더"),
    "lot": ("로트",),
    "due": ("납기",),
    "who": ("작업자", "입력자", "이름"),
    "note": ("비고", "메모"),
    "id": ("번호",),
    "good": ("양품", "양품수량"),
    "scrap": ("불량", "불량수량"),
    "rework": ("재작업",),
    "total": ("생산수량", "총생산"),
    "inspected": ("검사수량",),
    "passed": ("합격수량", "합격"),
    "work": ("작업시간", "공수"),
    "attendance": ("근태시간",),
    "repair": ("수리시간",),
    "maintenance": ("보전시간",),
}
KNOWN = {alias: name for name, others in COLUMNS.items() for alias in (name, *others)}
KINDS = {**KNOWN, "정지": "reason", "계획": "plan", "plan": "plan", "stop": "reason"}


class Row(NamedTuple):
    """One row of a file, with its cells by our names."""

    number: int  # as the file's readers count: the header is row 1
    cells: dict[str, str]


class Sheet(NamedTuple):
    """What a file holds."""

    header: dict[str, str]  # our name of a column -> the file's
    unknown: tuple[str, ...]  # columns that mean nothing here
    rows: list[Row]


def read_sheet(path: Path, kind: str | None = None) -> Sheet:
    """The rows of a CSV file or of the first sheet of an Excel file.

    Args:
        path: the file.
        kind: of all its facts, where the file does not say.

    Raises:
        ImportInvalid: it cannot be read, has no header that we know, or too many rows.
    """
    readers = {".csv": csv_rows, ".xlsx": xlsx_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ImportInvalid(
            f"{path.name}: {path.suffix!r} is no kind of file for facts; use {', '.join(readers)}"
        )
    lines = reader(path)
    head = [text.strip() for text in next(lines, [])]
    names = [KNOWN.get(text.lower(), "") for text in head]
    if not {"from", "at", "date"} & set(names):
        seen = ", ".join(head) or "no columns at all"
        wanted = "add from and to, or at, or date and shift"
        raise ImportInvalid(
            f"{path.name}: row 1: no column tells when; there are: {seen}; {wanted}"
        )
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ImportInvalid(f"{path.name}: row 1: two columns mean {twice[0]!r}; rename one")
    rows: list[Row] = []
    for number, texts in enumerate(lines, start=2):
        if not any(text.strip() for text in texts):
            continue
        if len(rows) == MOST_ROWS:
            raise ImportInvalid(f"{path.name}: more than {MOST_ROWS} rows; cut it into several")
        cells = {n: unguarded(t.strip()) for n, t in zip(names, texts, strict=False) if n}
        said = cells.get("kind") or kind
        rows.append(
            Row(number, {**cells, "kind": KINDS.get(said.lower(), said)} if said else cells)
        )
    named = dict(zip(names, head, strict=True))
    named.pop("", None)
    return Sheet(named, tuple(h for h, n in zip(head, names, strict=True) if h and not n), rows)


def csv_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV file in UTF-8, with or without a mark, or in CP949."""
    csv.field_size_limit(CELL_CHARACTERS)
    try:
        with path.open(encoding=encoding(path), newline="") as file:
            head = file.readline()
            file.seek(0)
            yield from csv.reader(file, strict=True, delimiter=separator(head))
    except UnicodeDecodeError as error:
        seen = error.object[error.start : error.start + 8]
        raise ImportInvalid(f"{path.name}: {seen!r} is no text; save it as CSV UTF-8") from error
    except csv.Error as error:
        raise ImportInvalid(f"{path.name}: {error}; save it anew as CSV UTF-8") from error


def xlsx_rows(path: Path) -> Iterator[list[str]]:
    """The rows of the first sheet of an Excel file, as its cells were last computed."""
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
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield [text_of(cell) for cell in row]
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
