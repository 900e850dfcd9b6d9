"""The workbook: a second engine computes its formulas and finds the filed figures."""

import json
from pathlib import Path
from typing import Any

import formulas
import openpyxl
import pytest
import tqdm

from edge.evidence.hours import rests
from edge.evidence.workbook import Basis, lines_of, workbook, workbooks

Figures = dict[str, Any]


@pytest.fixture
def result(files: dict[str, bytes]) -> Figures:
    """The figures of a package."""
    found: Figures = json.loads(files["result.json"])
    return found


@pytest.fixture
def basis(files: dict[str, bytes]) -> Basis:
    """What lies below its days."""
    decided = json.loads(files["decisions.json"])
    hours = json.loads(files["hours.json"])
    return Basis(hours, decided["days_left_out"], decided["windows"])


@pytest.mark.filterwarnings("default")  # the other engine's own
@pytest.mark.slow
def test_another_engine_computes_the_same(
    result: Figures, basis: Basis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every formula, from the hours on, without the results that stand beside it."""
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)  # no thread that stays
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(result, "한빛", "en", basis))
    model = formulas.ExcelModel().loads(str(path)).finish()
    solution = model.calculate()
    cells = {str(key).upper(): value for key, value in solution.items()}

    for at, line in enumerate(lines_of(result["target"], result["days"]), 2):
        if line.filed is not None:
            found = float(cells[f"'[BOOK.XLSX]COMPUTATION'!B{at}"].value[0, 0])
            assert found == pytest.approx(line.filed, rel=1e-9), line.name


def test_it_follows_from_the_figures(
    files: dict[str, bytes], result: Figures, basis: Basis
) -> None:
    """The same bytes for the same figures, others for others, whatever the clock says."""
    made = workbooks(result, "한빛", basis)
    assert {name: files[name] for name in made} == made
    assert made["workbook.xlsx"] != made["workbook.en.xlsx"]
    result["target"]["after"] += 1
    assert workbooks(result, "한빛", basis)["workbook.xlsx"] != files["workbook.xlsx"]


def test_the_hours_add_up_to_the_days(result: Figures, basis: Basis) -> None:
    """So many pieces each minute of two hours; the reading at nine o'clock is the second hour's."""
    for side, rows in result["days"].items():
        for row in rows:
            mine = [hour for hour in basis.hours[side] if hour["day"] == row["day"]]
            assert [hour["hour"][11:16] for hour in mine] == ["08:00", "09:00"]
            a_minute = row["numerator"] / 120
            assert [hour["numerator"] for hour in mine] == [59 * a_minute, 61 * a_minute]
            assert {hour["denominator"] for hour in mine} == {1.0}


def test_what_no_hour_may_claim_has_a_row_of_its_own(result: Figures, basis: Basis) -> None:
    """So that the hours of a day always add up to the day as it is filed."""
    days = {"2026-03-02": {**result["days"]["baseline"][0], "numerator": 4_807.0}}
    rows = [row for row in basis.hours["baseline"] if row["day"] == "2026-03-02"]

    assert rests(days, rows) == [
        {"day": "2026-03-02", "line": None, "hour": None, "numerator": 7.0, "denominator": 0.0}
    ]


@pytest.mark.parametrize("language", ["ko", "en", "vi"])
def test_what_somebody_named_is_no_formula(
    result: Figures, basis: Basis, language: str, tmp_path: Path
) -> None:
    """A line called =1+1 is a text; every text is of the language."""
    result["target"]["line_name"] = "=cmd|'/c calc'!A1"
    (tmp_path / "book.xlsx").write_bytes(workbook(result, "=1+1", language, basis))
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    cells = [
        [cell for row in sheet.rows for cell in row if cell.value is not None]
        for sheet in book.worksheets
    ]

    assert {cell.data_type for cell in cells[0]} == {"s"}
    assert {"=1+1", "=cmd|'/c calc'!A1"} <= {cell.value for cell in cells[0]}
    assert not any(str(cell.value).startswith("workbook.") for sheet in cells for cell in sheet)


def test_what_no_formula_computes_is_not_called_the_same(
    result: Figures, basis: Basis, tmp_path: Path
) -> None:
    """Interval and target are given: compared with themselves they would prove nothing."""
    result["target"] |= {"low": 0.1, "high": 0.2}
    (tmp_path / "book.xlsx").write_bytes(workbook(result, "한빛", "en", basis))
    rows = list(openpyxl.load_workbook(tmp_path / "book.xlsx")["Verification"].values)[1:]
    compared = {row[0] for row in rows if row[3] is not None}
    assert {row[0] for row in rows} - compared == {"low", "high", "target"}
    assert {row[2] for row in rows if row[0] == "low"} == {
        "not computed here: see verify --recompute"
    }


def test_the_cover_speaks_to_people(result: Figures, basis: Basis, tmp_path: Path) -> None:
    """Not in codes."""
    (tmp_path / "book.xlsx").write_bytes(workbook(result, "한빛", "ko", basis))
    told = dict(
        row[:2] for row in openpyxl.load_workbook(tmp_path / "book.xlsx").worksheets[0].values
    )
    assert told["지표"] == "시간당 양품 (throughput_per_hour)"
    assert told["단위"] == "개/시간"
    assert told["판정"] == "판정보류"
