"""The workbook of a package: hours, days, the arithmetic as live formulas, and the filed figures.

Formulas stand over named ranges, each with its result beside it, so that a viewer that cannot
compute shows no zero. Texts are written as texts: nothing that somebody named is a formula.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.evidence import counters
from edge.text.catalogue import text, unit

if TYPE_CHECKING:  # 3 MB that few need
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Document = dict[str, Any]  # JSON
MADE = datetime(2026, 1, 1, tzinfo=UTC)  # every time in a package is its state's: this one is none
LANGUAGES = {"workbook.xlsx": "ko", "workbook.en.xlsx": "en"}
SIDES = ("baseline", "report")
PARTS = ("numerator", "denominator", "coverage")
CLOSE = 1e-9
WIDTH = 34


class Line(NamedTuple):
    """One figure: its name, its formula over names, and its result."""

    name: str
    formula: str
    filed: float | None


class Basis(NamedTuple):
    """What lies below the days."""

    hours: Document  # as in `hours.json`
    left_out: list[Document]  # days that enter no figure, as in `decisions.json`
    windows: Document  # what was decided on counters, from there as well


def workbooks(result: Document, site: str, basis: Basis) -> dict[str, bytes]:
    """The workbooks of a package by the names of their files, one in each language."""
    return {name: workbook(result, site, said, basis) for name, said in LANGUAGES.items()}


def workbook(result: Document, site: str, language: str, basis: Basis) -> bytes:
    """The workbook of a result; the same bytes for the same result.

    Args:
        result: every published figure, as in `result.json`.
        site: its name.
        language: of the words.
        basis: what lies below the days.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - 3 MB that few need

    target, file = result["target"], io.BytesIO()
    book = Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": MADE, "title": f"{site} {target['id']}"})
    bold = book.add_format({"bold": True})
    cover(sheet(book, language, "cover"), facts(site, result, language), bold, language)
    hourly(book, sheet(book, language, "hourly"), basis.hours, bold, language)
    exclusions(sheet(book, language, "exclusions"), basis.left_out, bold, language)
    counters.fill(sheet(book, language, "counters"), basis.windows, bold, language)
    for side in SIDES:
        told = Side(side, result["days"][side])
        days(book, sheet(book, language, side), told, bold, language)
    lines = lines_of(target, result["days"])
    given = text(language, "workbook.not_computed")
    for name, columns, fill in (
        ("compute", ("figure", "value", "formula"), partial(compute, book)),
        ("check", ("figure", "filed", "computed", "same"), partial(check, not_computed=given)),
    ):
        place = sheet(book, language, name)
        head(place, columns, bold, language)
        fill(place, lines)
    book.close()
    return file.getvalue()


def sheet(book: "Workbook", language: str, name: str) -> "Worksheet":
    """A sheet under its name in a language."""
    found: Worksheet = book.add_worksheet(text(language, f"workbook.{name}"))
    found.set_column(0, 0, WIDTH)
    found.set_column(1, 4, WIDTH / 2)
    return found


def facts(site: str, result: Document, language: str) -> Document:
    """What the cover says, codes as people say them."""
    target = result["target"]
    names = ("line_name", "measure", "definition", "unit", "verdict", "go_live", "report_from")
    told = {name: target[name] for name in (*names, "report_to", "n_before", "n_after")}
    measure, verdict = told["measure"], told["verdict"]
    told["measure"] = f"{text(language, f'measure.{measure}')} ({measure})"
    told["unit"] = unit(language, told["unit"]) or told["unit"]
    told["verdict"] = text(language, f"verdict.{verdict}")
    return {"site": site, "target": target["id"], "as_of": result["as_of"], **told}


def cover(place: "Worksheet", said: Document, bold: "Format", language: str) -> None:
    """The first sheet: what this is of."""
    place.write_string(0, 0, text(language, "workbook.title"), bold)
    for row, (name, value) in enumerate(said.items(), 2):
        place.write_string(row, 0, text(language, f"workbook.{name}"))
        place.write_string(row, 1, "" if value is None else str(value))


def hourly(
    book: "Workbook", place: "Worksheet", hours: Document, bold: "Format", language: str
) -> None:
    """What every hour adds to its day, first of the one side, then of the other."""
    head(place, ("day", "side", "line", "hour", *PARTS[:2]), bold, language)
    first = 1
    for side in SIDES:
        for at, row in enumerate(hours[side], first):
            no_hour = text(language, "workbook.no_hour")
            texts = row["day"], text(language, f"workbook.{side}"), row["line"], row["hour"]
            for column, said in enumerate(texts):
                place.write_string(at, column, no_hour if said is None else said)
            for column, name in enumerate(PARTS[:2], len(texts)):
                place.write_number(at, column, row[name])
        last = first + max(len(hours[side]), 1)
        for letter, name in zip("AEF", ("day", *PARTS[:2]), strict=True):
            span = f"'{place.get_name()}'!${letter}${first + 1}:${letter}${last}"
            book.define_name(f"{side}_hour_{name}", f"={span}")
        first = last


def exclusions(
    place: "Worksheet", left_out: Sequence[Document], bold: "Format", language: str
) -> None:
    """The days that enter no figure, and why."""
    head(place, ("day", "side", "coverage", "reason"), bold, language)
    for at, row in enumerate(left_out, 1):
        place.write_string(at, 0, row["day"])
        place.write_string(at, 1, text(language, f"workbook.{row['window']}"))
        if row["coverage"] is not None:
            place.write_number(at, 2, row["coverage"])
        place.write_string(at, 3, text(language, f"workbook.left_out.{row['reason']}"))


class Side(NamedTuple):
    """The days of one side."""

    name: str
    rows: Sequence[Document]


def days(book: "Workbook", place: "Worksheet", told: Side, bold: "Format", language: str) -> None:
    """The days of one side, as sums of their hours, and the names of their columns."""
    side, rows = told.name, told.rows
    head(place, ("day", *PARTS), bold, language)
    for at, row in enumerate(rows, 1):
        place.write_string(at, 0, row["day"])
        for column, name in enumerate(PARTS, 1):
            if row[name] is None:
                continue
            if name == "coverage":
                place.write_number(at, column, row[name])
            else:
                sums = f"=SUMIF({side}_hour_day,A{at + 1},{side}_hour_{name})"
                place.write_formula(at, column, sums, None, row[name])
    last = max(len(rows), 1) + 1
    for letter, name in zip("BCD", PARTS, strict=True):
        book.define_name(f"{side}_{name}", f"='{place.get_name()}'!${letter}$2:${letter}${last}")


def lines_of(target: Document, sides: Document) -> list[Line]:
    """The arithmetic of a target, line by line, with the filed results."""
    sums = [
        Line(f"{side}_{part}_sum", f"SUM({side}_{part})", total(sides[side], part))
        for side in SIDES
        for part in PARTS[:2]
    ]
    sign = "" if target["higher_is_better"] else "-"
    attained = "after/target" if target["higher_is_better"] else "target/after"
    return [
        *sums,
        Line("before", "baseline_numerator_sum/baseline_denominator_sum", target["before"]),
        Line("after", "report_numerator_sum/report_denominator_sum", target["after"]),
        Line("target", "", target["target"]),
        Line("improvement_rate", f"{sign}(after-before)/before", target["improvement_rate"]),
        Line("attainment_rate", attained, target["attainment_rate"]),
        Line("share_of_target", "(after-before)/(target-before)", target["share_of_target"]),
        Line("point_change", "after-before", target["point_change"]),
        Line("low", "", target["low"]),
        Line("high", "", target["high"]),
    ]


def total(rows: Sequence[Document], part: str) -> float | None:
    """The sum of a column as a spreadsheet finds it."""
    return float(sum(row[part] for row in rows)) if rows else None


def head(place: "Worksheet", names: Sequence[str], bold: "Format", language: str) -> None:
    """The names of the columns."""
    for column, name in enumerate(names):
        place.write_string(0, column, text(language, f"workbook.{name}"), bold)


def compute(book: "Workbook", place: "Worksheet", lines: Sequence[Line]) -> None:
    """Every figure as a live formula with its result; what has none is a number."""
    for at, line in enumerate(lines, 1):
        place.write_string(at, 0, line.name)
        known = "" if line.filed is None else line.filed
        if line.formula and line.filed is not None:
            place.write_formula(at, 1, f"={line.formula}", None, known)
            place.write_string(at, 2, line.formula)
        elif line.filed is not None:
            place.write_number(at, 1, line.filed)
        book.define_name(line.name, f"='{place.get_name()}'!$B${at + 1}")


def check(place: "Worksheet", lines: Sequence[Line], not_computed: str) -> None:
    """The filed figures beside the formulas, and whether they are the same.

    Args:
        place: the sheet.
        lines: the figures.
        not_computed: stands beside one without a formula.
    """
    known = [line for line in lines if line.filed is not None]
    for at, line in enumerate(known, 1):
        row = at + 1
        place.write_string(at, 0, line.name)
        place.write_number(at, 1, line.filed)
        if not line.formula:
            place.write_string(at, 2, not_computed)
            continue
        place.write_formula(at, 2, f"={line.name}", None, line.filed)
        same = f"=ABS(B{row}-C{row})<={CLOSE}*ABS(B{row})"
        place.write_formula(at, 3, same, None, value=True)
