"""Forms of the programme: every sentence of a basis comes of the evidence, no text is a formula."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from edge.errors import Refused
from edge.evidence.forms import COLUMNS, write
from edge.evidence.programme import Told, missing, row_of, rows_of, submission

Document = dict[str, Any]
GOLDEN = Path(__file__).with_name("golden.zip")
MANIFEST = "f7b8a2dd80cfd93647d3a5218a13738734c0e503550ff06da28f1bf2759a20c6"
EVIL = '=HYPERLINK("http://evil.example","x")'


def told(**more: Any) -> Told:  # noqa: ANN401 - keys of a target
    """The golden package as a form is filled from it."""
    with zipfile.ZipFile(GOLDEN) as file:
        result = json.loads(file.read("result.json"))
    firm = more.pop("firm", "한빛")
    return Told(firm, {**result["target"], **more}, result["days"], MANIFEST, result["as_of"])


def test_a_basis_says_how_the_figure_was_made() -> None:
    """Formula, periods, sums, both figures, rate, coverage, baseline, verdict, package."""
    row = row_of(told(), "ko")
    assert (row["family"], row["indicator"]) == ("P", "시간당 생산량 (양품)")
    assert (row["before"], row["after"], row["rate"]) == (2400.0, 3127.5, 727.5 / 2400)
    for part in (
        "ΣGQ / ΣPBT",
        "lineproof/throughput_per_hour@1",
        "2026-03-02",
        "38,400 ÷ 16 = 2,400",
        "50,040 ÷ 16 = 3,128",
        "+30.3",
        "참고",
        "+24.2",
        "100",
        "95\N{NO-BREAK SPACE}% 신뢰구간",
        "기준선 v1",
        "판정보류",
        MANIFEST[:12],
    ):
        assert part in row["basis"], part


def test_a_rate_of_decrease_is_positive_where_it_fell() -> None:
    """감소율 is what is gone of what was before, as the forms have it."""
    lower = {"measure": "defect_rate", "unit": "1", "higher_is_better": False}
    row = row_of(told(**lower, before=0.05, after=0.0258, verdict="improved"), "ko")
    assert (row["family"], row["direction"]) == ("Q", "fall")
    assert row["rate"] == pytest.approx(0.484)
    assert "감소율" in row["basis"]
    assert "참고" not in row["basis"]


def test_what_is_unknown_stays_empty() -> None:
    """No rate out of a baseline of zero, and a dash in the words."""
    row = row_of(told(before=0.0), "en")
    assert row["rate"] is None
    nothing = row_of(told(before=None, after=None, low=None, high=None), "en")
    assert "—" in nothing["basis"]
    assert "Too few days for an interval" in nothing["basis"]
    assert write([nothing], "csv", "en").decode("utf-8-sig").splitlines()[1].count(",,") >= 1


def test_rows_stand_by_family_and_missing_ones_are_named() -> None:
    """P, Q, C, D, E; a family that nobody measures is said to be missing."""
    cost = {"measure": "unit_cost", "definition": "lineproof/unit_cost@2"}
    quality = {"measure": "defect_rate", "definition": "lineproof/defect_rate@1"}
    rows = rows_of([row_of(told(**each), "en") for each in (cost, quality, {})])
    assert [row["family"] for row in rows] == ["P", "Q", "C"]
    assert missing(rows, "en") == ["D delivery", "E energy"]


@pytest.mark.parametrize("text", [EVIL, "+1", "-1", "@x", "\t=1", " =1", "'=1"])
def test_no_text_of_a_csv_is_a_formula(text: str) -> None:
    """An apostrophe stands in front; numbers below zero stay numbers."""
    row = row_of(told(firm=text, line_name=text, low=-0.25), "ko")
    raw = write([row], "csv", "ko")
    assert raw.startswith(b"\xef\xbb\xbf")
    _, found = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    cells = dict(zip(COLUMNS, found, strict=True))
    assert cells["firm"] == cells["line"] == f"'{text}"
    assert cells["low"] == "-0.25"


def test_no_text_of_a_workbook_is_a_formula() -> None:
    """The only formula is ours: the rate out of the two figures beside it, with its result."""
    raw = write([row_of(told(firm=EVIL), "ko")], "xlsx", "ko")
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        names = book.namelist()
    assert sheet.count("<f>") == 1
    assert "<f>(H2-F2)/F2</f><v>0.303125</v>" in sheet
    assert not [name for name in names if "externalLink" in name]
    assert write([row_of(told(firm=EVIL), "ko")], "xlsx", "ko") == raw, "the same bytes again"


def test_nothing_is_handed_in_without_proof() -> None:
    """A dry run lists what has package and verdict; where nothing has, it is refused."""
    proven = row_of(told(verdict="improved"), "ko")
    withheld = row_of(told(), "ko")
    live = row_of(Told("한빛", told(verdict="improved").target), "ko")
    assert live["package"] is None
    found = submission([proven, withheld, live])
    assert (found["dry_run"], len(found["indicators"]), found["left_out"]) == (True, 1, 2)
    assert found["indicators"][0]["package"] == MANIFEST
    with pytest.raises(Refused, match="nothing would be handed in"):
        submission([withheld, live])
