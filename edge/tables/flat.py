"""Files of entries of the dated tables: one entry a row, its keys in the first row."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from edge.errors import ImportInvalid
from edge.tables.cells import MOST_ROWS, Row
from edge.tables.sheets import csv_rows, xlsx_tables

NAMES: Mapping[str, tuple[str, ...]] = {
    "kind": ("종류", "구분"),
    "line": ("라인",),
    "machine": ("설비", "기계"),
    "product": ("제품", "품목", "품번"),
    "item": ("항목", "자재"),
    "value": ("값", "단가", "사이클"),
    "unit": ("단위",),
    "valid_from": ("유효 시작일", "시작일"),
    "valid_to": ("유효 종료일", "종료일"),
    "day": ("날짜", "일자"),
    "closed": ("휴무",),
    "id": ("번호",),
    "ko": ("한국어",),
    "en": ("영어",),
    "vi": ("베트남어",),
    "offered": ("사용",),
    "shifts": ("근무",),
    "contract": ("계약",),
    "rates": ("요율",),
    "holidays": ("공휴일",),
    "deferred_until": ("유예 종료일",),
    "rate": ("기본요금 단가",),
    "contract_kw": ("계약전력",),
    "floor": ("하한 비율",),
    "months": ("적용월",),
    "meter": ("계량기",),
    "month": ("월",),
    "note": ("비고", "메모"),
}
KNOWN = {alias: name for name, others in NAMES.items() for alias in (name, *others)}
YES, NO = {"true", "yes", "1", "예", "o"}, {"false", "no", "0", "아니오", "x"}


def read_flat(path: Path) -> list[Row]:
    """The rows of a CSV file or of the first sheet of an Excel file, without empty cells.

    Raises:
        ImportInvalid: it cannot be read, has a column that no entry has, or too many rows.
    """
    suffix = path.suffix.lower()
    if suffix not in {".csv", ".xlsx"}:
        raise ImportInvalid(f"{path.name}: {path.suffix!r} is neither .csv nor .xlsx; save it so")
    if suffix == ".csv":
        return flat_rows(path, csv_rows(path))
    with closing(xlsx_tables(path)) as found:
        return flat_rows(path, next((table.rows for table in found), iter(())))


def flat_rows(path: Path, lines: Iterator[list[str]]) -> list[Row]:
    """The rows below the first, which names the columns.

    Raises:
        ImportInvalid: a column that no entry has, or too many rows.
    """
    head = [text.strip() for text in next(lines, [])]
    if strange := [text for text in head if text and text.lower() not in KNOWN]:
        known = ", ".join(NAMES)
        raise ImportInvalid(f"{path.name}: row 1: '{strange[0]}' is no column; write {known}")
    names = [KNOWN.get(text.lower(), "") for text in head]
    rows = list[Row]()
    for number, texts in enumerate(lines, start=2):
        if len(rows) == MOST_ROWS:
            raise ImportInvalid(f"{path.name}: more than {MOST_ROWS} rows; cut it into several")
        cells = {n: t.strip() for n, t in zip(names, texts, strict=False) if n and t.strip()}
        if cells:
            rows.append(Row(number, cells))
    return rows


def truth(text: str) -> str:
    """Yes or no as an entry has it; anything else as it is written."""
    lower = text.lower()
    return "true" if lower in YES else "false" if lower in NO else text
