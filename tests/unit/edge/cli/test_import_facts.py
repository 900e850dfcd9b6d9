"""`lineproof import facts`: files of people, looked at as a whole, never stored by halves."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from edge.cli.import_samples import writing
from edge.cli.site import site_of
from edge.engine.entering.fact_files import Options
from edge.tables.cells import read_sheet
from tests.unit.edge.cli.desk import Command

HEADER = "날짜,근무조,불량,유형,비고"
ROWS = ("2026-03-05,주간,7,귀끈 용착,", "2026-03-06,주간,0,,없음")
KPI = ("kpi", "--line", "mask-1", "--by", "day", "--json", "--from")


def text_of(*rows: str, header: str = HEADER) -> str:
    """A file of these rows."""
    return "\n".join([header, *rows, ""])


def written(folder: Path, *rows: str, encoding: str = "utf-8", header: str = HEADER) -> Path:
    """A CSV file."""
    path = folder / "facts.csv"
    path.write_text(text_of(*rows, header=header), encoding=encoding)
    return path


def taken(command: Command, path: Path, *more: str, code: int = 0) -> dict[str, Any]:
    """What the command says of a file."""
    ran = command("import", "facts", path, "--json", *more)
    assert ran.code == code, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def day(command: Command, text: str) -> dict[str, Any]:
    """The line's row of one day."""
    ran = command(*KPI, text, "--to", f"{text[:-1]}{int(text[-1]) + 1}")
    row: dict[str, Any] = json.loads(ran.out)["rows"][0]
    return row


def test_the_same_file_twice_adds_nothing(own: Command, tmp_path: Path) -> None:
    """And the figures are those of once; the share by hand is told with them."""
    path = written(tmp_path, *ROWS)
    before = day(own, "2026-03-05")
    first = taken(own, path)
    assert (first["new"], first["same"], first["stored"]) == (2, 0, True)
    second = taken(own, path)
    assert (second["new"], second["same"], second["corrected"]) == (0, 2, 0)
    after = day(own, "2026-03-05")
    assert after["elements"]["SQ"] == before["elements"]["SQ"] + 7
    assert after["elements"]["PQ"] == before["elements"]["PQ"]  # found later among the good ones
    assert (before["status"], after["status"]) == ("final", "revised")
    assert before["measures"]["defect_rate"]["manual_share"] == 0
    assert after["measures"]["defect_rate"]["manual_share"] == 1
    assert after["measures"]["availability"]["manual_share"] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_all_encodings_and_separators_read_alike(
    own: Command, tmp_path: Path, encoding: str, separator: str
) -> None:
    """Korean Excel saves CP949; European Excel semicolons."""
    lines = [row.replace(",", separator) for row in ROWS]
    header = HEADER.replace(",", separator)
    found = taken(own, written(tmp_path, *lines, encoding=encoding, header=header), "--preview")
    assert [(f["kind"], f["quantity"], f["type"], f["note"]) for f in found["first"]] == [
        ("scrap", 7, "귀끈 용착", None),
        ("scrap", 0, None, "없음"),
    ]
    assert found["first"][0]["from"] == "2026-03-05T08:00:00+09:00"
    assert found["first"][0]["to"] == "2026-03-05T12:00:00+09:00"


def test_a_sheet_of_excel_reads_like_the_csv(own: Command, tmp_path: Path) -> None:
    """Dates may be dates and numbers numbers."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER.split(","))
    sheet.append([datetime(2026, 3, 5), "주간", 7, "귀끈 용착", None])  # noqa: DTZ001 - as Excel has it
    sheet.append(["2026-03-06", "주간", 0.0, None, "없음"])
    book.save(tmp_path / "facts.xlsx")
    taken(own, written(tmp_path, *ROWS))
    found = taken(own, tmp_path / "facts.xlsx")
    assert (found["new"], found["same"]) == (0, 2)


@pytest.mark.parametrize("day", ["2026/03/05", "2026.3.5", "2026. 3. 5.", "2026-3-5"])
def test_a_day_with_its_year_first_is_one_in_every_writing(
    own: Command, tmp_path: Path, day: str
) -> None:
    """As people and their spreadsheets write it; and 교대 is a shift."""
    path = written(tmp_path, f"{day},주간,7", header="날짜,교대,불량")
    ran = own("import", "facts", path, "--preview")
    assert (ran.code, "mean nothing here" in ran.err) == (0, False)
    assert "2026-03-05T08:00:00+09:00" in ran.out


def test_a_preview_stores_nothing(own: Command, tmp_path: Path) -> None:
    """It says what would become of the rows."""
    path = written(tmp_path, *ROWS)
    assert not taken(own, path, "--preview")["stored"]
    assert not taken(own, path, "--dry-run")["stored"]
    assert taken(own, path, "--preview")["new"] == 2
    shown = own("import", "facts", path, "--preview")
    assert "귀끈 용착" in shown.out
    assert "2 rows read, 2 facts: would be 2 new, 0 corrected, 0 as before" in shown.out
    assert "nothing of this file was stored" in shown.err


FAULTY = (
    "2026-03-05,주간,7,,",
    "2026-03-05,야간,1,,",
    "2026-03-32,주간,1,,",
    "2026-03-05,주간,-3,,",
    "2126-03-05,주간,1,,",
)


def test_every_fault_has_its_row_and_column_and_nothing_is_stored(
    own: Command, tmp_path: Path
) -> None:
    """Unless it is said that the good rows shall be."""
    path = written(tmp_path, *FAULTY)
    found = taken(own, path, code=1)
    assert [(f["row"], f["column"], f["value"]) for f in found["faults"]] == [
        (3, "근무조", "야간"),
        (4, "날짜", "2026-03-32"),
        (5, "불량", "-3"),
        (6, "근무조", "2126-03-05T12:00:00+09:00"),
    ]
    assert not found["stored"]
    assert taken(own, path, "--preview", code=1)["new"] == 1
    partly = taken(own, path, "--partly", code=1)
    assert (partly["stored"], partly["new"]) == (True, 1)
    plain = own("import", "facts", path)
    assert (
        "row 3, column 근무조: '야간' is no shift of mask-1 on 2026-03-05; it has 주간" in plain.err
    )


def test_two_rows_that_tell_different_things_of_the_same_are_a_fault(
    own: Command, tmp_path: Path
) -> None:
    """Nobody knows whether they are to be added; a row that is there twice is there once."""
    same = written(tmp_path, ROWS[0], ROWS[0])
    assert taken(own, same, "--preview")["facts"] == 1
    other = written(tmp_path, ROWS[0], ROWS[0].replace("7", "8"))
    fault = taken(own, other, code=1)["faults"][0]
    assert (fault["row"], fault["column"], fault["value"]) == (3, "불량", "8")
    assert "row 2" in fault["message"]
    own_ids = written(
        tmp_path, "1,2026-03-05,주간,7", "2,2026-03-05,주간,8", header="번호,날짜,근무조,불량"
    )
    assert taken(own, own_ids, "--preview")["facts"] == 2


def test_a_corrected_file_corrects_and_an_old_one_does_not_undo_a_person(
    own: Command, tmp_path: Path
) -> None:
    """The newer quantity holds; the file of before, once more, says nothing new."""
    path = written(tmp_path, ROWS[0])
    before = day(own, "2026-03-05")["elements"]["SQ"]
    taken(own, path)
    newer = taken(own, written(tmp_path, ROWS[0].replace("7", "9")))
    assert newer["corrected"] == 1
    assert newer["first"][0]["version"] == 2
    assert day(own, "2026-03-05")["elements"]["SQ"] == before + 9
    with writing(site_of(own.folder)) as (_, engine):
        number = newer["first"][0]["id"]
        engine.correct_fact(number, 2, {"quantity": "4"})
        assert engine.import_facts("again", read_sheet(path), Options())["same"] == 1
        engine.catch_up(lambda _: None)
    assert day(own, "2026-03-05")["elements"]["SQ"] == before + 4


LONG = "종류,라인,설비,시작,끝,수량,사유,단위,작업자"


def test_every_kind_can_stand_in_a_row_of_its_own(own: Command, tmp_path: Path) -> None:
    """Inspections, hours, reasons and what ran, told by their kind."""
    rows = (
        "검사수량,mask-1,body,2026-03-05 08:00,2026-03-05 12:00,200,,,김",
        "합격,mask-1,body,2026-03-05 08:00,2026-03-05 12:00,190,,,김",
        "작업시간,mask-1,,2026-03-05 08:00,2026-03-05 12:00,240,,분,",
        "정지,mask-1,body,2026-03-05 09:00,2026-03-05 09:30,,설비 고장,,박",
    )
    found = taken(own, written(tmp_path, *rows, header=LONG))
    assert [(f["kind"], f["quantity"], f["unit"], f["type"], f["who"]) for f in found["first"]] == [
        ("inspected", 200, "{piece}", None, "김"),
        ("passed", 190, "{piece}", None, "김"),
        ("work", 4, "h", None, None),
        ("reason", None, "", "breakdown", "박"),
    ]
    row = day(own, "2026-03-05")
    assert row["measures"]["first_pass_yield"]["value"] == pytest.approx(0.95)
    ran = own(
        "kpi",
        "--line",
        "mask-1",
        "--by",
        "reason",
        "--json",
        "--from",
        "2026-03-05",
        "--to",
        "2026-03-06",
    )
    assert json.loads(ran.out)["reasons"] == [
        {"reason": "breakdown", "state": "delayed", "seconds": 1800.0, "n": 1}
    ]


@pytest.mark.parametrize(
    ("rows", "header", "column", "says"),
    [
        ("good,x,2026-03-05 08:00,1", "kind,machine,at,quantity", "machine", "mask-1 has body"),
        ("nice,,2026-03-05 08:00,1", "kind,machine,at,quantity", "kind", "write one of"),
        ("good,,2026-03-05 08:00,1", "kind,machine,at,quantity", "kind", "counted by body itself"),
        ("scrap,,soon,1", "kind,machine,at,quantity", "at", "is no time"),
        ("scrap,,2026-03-05 08:00,1.5", "kind,machine,at,quantity", "quantity", "no whole number"),
        ("reason,lunch,2026-03-05 08:00,", "kind,reason,at,quantity", "reason", "take one of"),
        (",용착,2026-03-05,주간", "scrap,type,date,shift", "scrap", "is empty"),
        ("1,용착,2026-13-05,주간", "scrap,type,date,shift", "date", "write it like 2026-11-20"),
        ("scrap,kg,2026-03-05 08:00,1", "kind,unit,at,quantity", "unit", "is no unit of scrap"),
        ("scrap,2026-03-06,2026-03-05,1", "kind,from,to,quantity", "to", "does not come after"),
        ("scrap,2026-03-02,2026-03-05,1", "kind,from,to,quantity", "to", "one row for each"),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_would_do(
    own: Command, tmp_path: Path, rows: str, header: str, column: str, says: str
) -> None:
    """The message says what there is."""
    fault = taken(own, written(tmp_path, rows, header=header), code=1)["faults"][0]
    assert fault["column"] == column
    assert says in fault["message"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "a,b\n1,2\n", "no column tells when"),
        ("a.csv", "", "no column tells when"),
        ("a.csv", "날짜,date\n", "two columns mean 'date'"),
        ("a.xlsx", "no archive", "no Excel file"),
        ("a.ods", "", "is no kind of file for facts"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    own: Command, tmp_path: Path, name: str, content: str, says: str
) -> None:
    """In one line, exit 1."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    ran = own("import", "facts", tmp_path / name)
    assert ran.code == 1
    assert says in ran.err


def test_a_target_tells_the_share_by_hand(own: Command, tmp_path: Path) -> None:
    """Of the worse of its two windows; nothing told is nothing by hand."""
    words = "--name", "기준선", "--reason", "개선 전"
    ends = "--from", "2026-03-02T08:00", "--to", "2026-03-05T08:00"
    frozen = own(
        "baseline", "freeze", "--line", "mask-1", "--measure", "defect_rate", *ends, *words
    )
    wish = "--baseline", frozen.out.strip(), "--improve", "0.1", "--go-live", "2026-03-05"
    span = "--from", "2026-03-05T08:00", "--to", "2026-03-08T08:00"
    aim = own("target", "set", "--line", "mask-1", "--measure", "defect_rate", *wish, *span)
    assert aim.code == 0, aim.err

    def share() -> float:
        shown = own("target", "show", aim.out.strip(), "--json")
        return float(json.loads(shown.out)["manual_share"])

    assert share() == 0
    taken(own, written(tmp_path, "2026-03-03,주간,25,,"))
    counted = 210  # one of six pieces was scrap before, told as 1 a minute, none in the stop
    assert share() == pytest.approx(25 / (3 * counted + 25))
    taken(own, written(tmp_path, "2026-03-06,주간,1,,"))
    assert share() == 1  # nothing else was scrap since


def test_told_repair_gives_a_time_to_repair(own: Command, tmp_path: Path) -> None:
    """A stop a day, of which half an hour was repair; without a word nothing is known."""
    rows = "2026-03-05,주간,30,분"
    assert day(own, "2026-03-05")["measures"]["mttr"]["value"] is None
    taken(own, written(tmp_path, rows, header="날짜,근무조,수리시간,단위"))
    row = next(
        one
        for one in json.loads(own(*KPI, "2026-03-05", "--to", "2026-03-06").out)["rows"]
        if one["machine"] == "body"
    )
    assert row["measures"]["mttr"]["value"] is None  # told of the line as a whole
    header = "날짜,근무조,설비,수리시간,단위"
    taken(own, written(tmp_path, "2026-03-05,주간,body,15,분", header=header))
    line = day(own, "2026-03-05")
    assert line["measures"]["mttr"]["value"] == pytest.approx(45 * 60)
    assert line["measures"]["mttr"]["manual_share"] == 1
    assert line["measures"]["availability"]["manual_share"] == 0
