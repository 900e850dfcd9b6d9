"""The list of indicators as a file: CSV or a workbook. No text in it is taken for a formula.

In CSV a text that begins like a formula gets an apostrophe in front; a workbook says of each cell
that it is a text, and its one formula per row is ours.
"""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from edge.formulas import guarded
from edge.text.catalogue import text, unit

Document = dict[str, Any]  # JSON
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS = (
    *("family", "firm", "line", "indicator", "unit", "before", "target", "after"),
    *("direction", "rate", "low", "high", "coverage", "verdict", "basis", "package"),
)
SHARES = {"rate", "low", "high", "coverage"}
FIGURES = {"before", "target", "after"}
WIDTHS = {"basis": 90, "indicator": 24, "firm": 16, "line": 16, "package": 20}
MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the same rows give the same bytes


def write(rows: Sequence[Document], form: str, language: str) -> bytes:
    """The rows as a file.

    Args:
        rows: as `edge.evidence.programme` makes them.
        form: a key of FORMS.
        language: of head and texts.
    """
    cells = [[cell(row, name, language) for name in COLUMNS] for row in rows]
    head = [text(language, f"programme.{name}") for name in COLUMNS]
    return as_csv(head, cells) if form == "csv" else as_workbook(head, cells, rows, language)


def cell(row: Document, name: str, language: str) -> str | float | None:
    """What stands in a column."""
    value: str | float | None = row[name]
    match name:
        case "family":
            return text(language, f"programme.family.{value}")
        case "direction":
            return text(language, f"programme.{value}")
        case "unit":
            return "" if value == "1" else unit(language, str(value))
        case "verdict":
            return text(language, f"verdict.{value}")
        case "package" if value is None:
            return text(language, "programme.no_package")
    return value


def as_csv(head: Sequence[str], cells: Sequence[Sequence[str | float | None]]) -> bytes:
    """UTF-8 with a mark, as spreadsheets know it."""
    file = io.StringIO(newline="")
    table = csv.writer(file)
    table.writerow(head)
    for row in cells:
        table.writerow([guarded(one) if isinstance(one, str) else one for one in row])
    return file.getvalue().encode("utf-8-sig")


def as_workbook(
    head: Sequence[str],
    cells: Sequence[Sequence[str | float | None]],
    rows: Sequence[Document],
    language: str,
) -> bytes:
    """A workbook of one sheet; the rate is a live formula over the two figures beside it."""
    import xlsxwriter  # noqa: PLC0415 - 3 MB that few need

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": MADE, "title": text(language, "programme.title")})
    share, wrap = book.add_format({"num_format": "0.0 %"}), book.add_format({"text_wrap": True})
    bold = book.add_format({"bold": True, "text_wrap": True})
    place = book.add_worksheet(text(language, "page.programme"))
    place.freeze_panes(1, 0)
    for column, (name, said) in enumerate(zip(COLUMNS, head, strict=True)):
        place.set_column(column, column, WIDTHS.get(name, 12))
        place.write_string(0, column, said, bold)
    for at, row in enumerate(cells, 1):
        for column, (name, value) in enumerate(zip(COLUMNS, row, strict=True)):
            if isinstance(value, str):
                place.write_string(at, column, value, wrap)
            elif name == "rate" and value is not None:
                place.write_formula(at, column, formula(rows[at - 1], at + 1), share, value)
            elif value is not None:
                ratio = name in SHARES or (name in FIGURES and rows[at - 1]["unit"] == "1")
                place.write_number(at, column, value, share if ratio else None)
    book.close()
    return file.getvalue()


def formula(row: Document, at: int) -> str:
    """The rate of the form out of the figures before and after."""
    before, after = (f"{chr(ord('A') + COLUMNS.index(name))}{at}" for name in ("before", "after"))
    one, two = (before, after) if row["direction"] == "fall" else (after, before)
    return f"=({one}-{two})/{before}"
