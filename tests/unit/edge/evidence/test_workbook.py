"""The workbook: a second engine computes its formulas and finds the filed figures."""

import json
from pathlib import Path
from typing import Any

import formulas
import openpyxl
import pytest
import tqdm

from edge.evidence.workbook import lines_of, workbook

Figures = dict[str, Any]


@pytest.fixture
def result(files: dict[str, bytes]) -> Figures:
    """The figures of a package."""
    found: Figures = json.loads(files["result.json"])
    return found


@pytest.mark.filterwarnings("default")  # the other engine's own
@pytest.mark.slow
def test_another_engine_computes_the_same(
    result: Figures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every formula, from the days on, without the results that stand beside it."""
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)  # no thread that stays
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(result, "한빛", "en"))
    model = formulas.ExcelModel().loads(str(path)).finish()
    solution = model.calculate()
    cells = {str(key).upper(): value for key, value in solution.items()}

    for at, line in enumerate(lines_of(result["target"], result["days"]), 2):
        if line.filed is not None:
            found = float(cells[f"'[BOOK.XLSX]COMPUTATION'!B{at}"].value[0, 0])
            assert found == pytest.approx(line.filed, rel=1e-9), line.name


def test_it_follows_from_the_figures(files: dict[str, bytes], result: Figures) -> None:
    """The same bytes for the same figures, others for others, whatever the clock says."""
    assert workbook(result, "한빛") == files["workbook.xlsx"]
    result["target"]["after"] += 1
    assert workbook(result, "한빛") != files["workbook.xlsx"]


@pytest.mark.parametrize("language", ["ko", "en", "vi"])
def test_what_somebody_named_is_no_formula(result: Figures, language: str, tmp_path: Path) -> None:
    """A line called =1+1 is a text; every text is of the language."""
    result["target"]["line_name"] = "=cmd|'/c calc'!A1"
    (tmp_path / "book.xlsx").write_bytes(workbook(result, "=1+1", language))
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    cover = [cell for row in book.worksheets[0].rows for cell in row if cell.value is not None]

    assert {cell.data_type for cell in cover} == {"s"}
    assert {"=1+1", "=cmd|'/c calc'!A1"} <= {cell.value for cell in cover}
    assert not any(str(cell.value).startswith("workbook.") for cell in cover)
