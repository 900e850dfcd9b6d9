"""Files of facts as Korean factories keep them: what is read, where, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.unit.edge.cli.desk import Command

Table = list[list[str]]
MORNING = ("2026-03-05T08:00:00+09:00", "2026-03-05T12:00:00+09:00")  # the shift 주간
HEAD = ["날짜", "근무조", "불량"]
DAY = ["2026-03-05", "주간", "7"]
STOP = ["날짜", "종류", "시작", "끝", "사유"]
HOUR = ("2026-03-05T09:00:00+09:00", "2026-03-05T09:30:00+09:00")


def looked(command: Command, path: Path) -> dict[str, Any]:
    """What a preview says of a file."""
    found: dict[str, Any] = json.loads(command("import", "facts", path, "--preview", "--json").out)
    return found


def written(folder: Path, table: Table, sign: str = ",", encoding: str = "utf-8") -> Path:
    """A text of these cells."""
    path = folder / "facts.csv"
    path.write_text("".join(sign.join(row) + "\n" for row in table), encoding=encoding)
    return path


@pytest.mark.parametrize(
    ("table", "span", "heading"),
    [
        ([["3월 불량 일지", "", ""], ["", "", ""], HEAD, DAY], MORNING, 3),
        ([["작업자", "김", "라인"], HEAD, DAY], MORNING, 2),
        ([["날짜", "근무조", "수량"], ["", "", "불량"], DAY], MORNING, 2),
        ([["날짜", "근무조(주/야)", "불량 수량(EA)"], DAY], MORNING, 1),
        ([["날짜", "근무조[조]", "불량（NG）"], DAY], MORNING, 1),  # noqa: RUF001 - wide brackets
        ([HEAD, ["2026년 3월 5일", "주간", "7"]], MORNING, 1),
        ([HEAD, ["2026년 3월 5일(목)", "주간", "7"]], MORNING, 1),
        ([HEAD, ["2026-03-05", "주간조", "7"]], MORNING, 1),
        ([HEAD, ["26/03/05", "주간", "7"]], MORNING, 1),
        ([STOP, ["2026-03-05", "정지", "오전 9:00", "오전 9시 30분", "설비 고장"]], HOUR, 1),
        ([STOP, ["", "정지", "2026. 3. 5. 오전 9:00", "2026/3/5 9:30", "설비 고장"]], HOUR, 1),
        ([STOP, ["2026-03-05", "정지", "09:00", "09:30", "설비 고장"]], HOUR, 1),
        (
            [STOP, ["26.3.5", "정지", "오후 8:00", "오전 8:00", "설비 고장"]],
            ("2026-03-05T20:00:00+09:00", "2026-03-06T08:00:00+09:00"),
            1,
        ),
    ],
)
def test_what_can_be_meant_in_one_way_is_read_so(
    own: Command, tmp_path: Path, table: Table, span: tuple[str, str], heading: int
) -> None:
    """The interval is the one that a person reads there; the row of the heading is told."""
    found = looked(own, written(tmp_path, table))
    assert found["faults"] == []
    (fact,) = found["first"]
    assert (fact["from"], fact["to"], found["heading_row"]) == (*span, heading)
    assert fact["quantity"] == (7 if fact["kind"] == "scrap" else None)


@pytest.mark.parametrize(
    ("table", "row", "column", "says"),
    [
        ([HEAD, ["05/03/26", "주간", "7"]], 2, "날짜", "write it like 2026-11-20"),
        ([HEAD, ["26/03/05", "주간", "7"], ["03/31/26", "주간", "7"]], 2, "날짜", "is no day"),
        ([HEAD, ["2026-03-05(금)", "주간", "7"]], 2, "날짜", "is no day"),
        ([["제목"], HEAD, DAY, ["합계", "", "7"]], 4, "날짜", "is no day"),
        ([HEAD, ["2026-03-05", "야간조", "7"]], 2, "근무조", "it has 주간"),
        ([["날짜", "근무조", "불량(kg)"], DAY], 2, "unit", "is no unit of scrap"),
        (
            [STOP, ["2026-03-05", "정지", "오후 20:00", "오후 9:00", "설비 고장"]],
            2,
            "시작",
            "write 2026-11-20 08:00",
        ),
        (
            [STOP, ["2026-03-05", "정지", "02:00", "02:30", "설비 고장"]],
            2,
            "시작",
            "write 2026-11-20 08:00",
        ),
        (
            [STOP, ["2026-03-05", "정지", "09:00", "09:30", "점심시간"]],
            2,
            "사유",
            "설비 고장 (breakdown)",
        ),
    ],
)
def test_what_is_unclear_is_refused_by_row_and_column(
    own: Command, tmp_path: Path, table: Table, row: int, column: str, says: str
) -> None:
    """With what to write; nothing is guessed."""
    fault = looked(own, written(tmp_path, table))["faults"][0]
    assert (fault["row"], fault["column"]) == (row, column)
    assert says in fault["message"]


def test_a_unit_in_a_heading_holds_for_its_column(own: Command, tmp_path: Path) -> None:
    """240 minutes of work are four hours, beside pieces that have none."""
    table = [["날짜", "근무조", "불량(EA)", "작업시간(분)"], ["2026-03-05", "주간", "7", "240"]]
    found = looked(own, written(tmp_path, table))
    assert {one["kind"]: one["quantity"] for one in found["first"]} == {"scrap": 7, "work": 4}


def test_a_time_of_another_zone_in_a_heading_is_not_taken_for_our_own(
    own: Command, tmp_path: Path
) -> None:
    """A column 시작(UTC) means nothing here, and the file is refused."""
    table = [["종류", "시작(UTC)", "사유"], ["정지", "2026-03-05 09:00", "설비 고장"]]
    ran = own("import", "facts", written(tmp_path, table))
    assert ran.code == 1
    assert "row 1: no column tells when; there are: 종류, 시작(UTC), 사유" in ran.err


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "utf-16"])
def test_tabs_part_columns_and_a_title_may_hold_commas(
    own: Command, tmp_path: Path, encoding: str
) -> None:
    """As Excel saves Unicode text."""
    path = written(tmp_path, [["3월, 1반, 불량"], HEAD, DAY], "\t", encoding)
    found = looked(own, path.rename(tmp_path / "facts.txt"))
    assert (found["facts"], found["heading_row"], found["faults"]) == (1, 2, [])


def test_the_sheet_with_headings_is_taken_and_named(own: Command, tmp_path: Path) -> None:
    """Not the cover before it, nor one that is hidden."""
    book = Workbook()
    book.worksheets[0].append(["표지"])
    hidden = book.create_sheet("옛것")
    hidden.sheet_state = "hidden"
    for sheet in (hidden, book.create_sheet("3월")):
        for row in (["일지"], HEAD, DAY):
            sheet.append(row)
    book.save(tmp_path / "facts.xlsx")
    found = looked(own, tmp_path / "facts.xlsx")
    assert (found["sheet"], found["heading_row"], found["facts"]) == ("3월", 2, 1)
    shown = own("import", "facts", tmp_path / "facts.xlsx", "--preview")
    assert "headings: row 2 of sheet '3월'" in shown.err


def test_a_preview_says_how_short_years_were_read(own: Command, tmp_path: Path) -> None:
    """Nobody can know it from the file alone."""
    path = written(tmp_path, [HEAD, ["26/03/05", "주간", "7"]])
    shown = own("import", "facts", path, "--preview")
    assert "column 날짜: read as year/month/day" in shown.err
