"""The report: another reader finds the figures, the tags and the data in it."""

import io
import json
from pathlib import Path
from typing import Any

import pypdf
import pytest

from edge.evidence.keys import Signer
from edge.evidence.report import Cover, reports
from edge.text.catalogue import percent, text
from tests.unit.edge.evidence.desk import checked, forged

Figures = dict[str, Any]
COVER = Cover("한빛", "0" * 32, "0.1.0")
IN_KOREAN = ["ΣGQ / ΣPBT(시간)", "상생형 스마트공장 사업 서식, 시간당 생산량"]
NAMES = ("report.pdf", "report.en.pdf")


def changed(files: dict[str, bytes], **figures: Any) -> dict[str, bytes]:  # noqa: ANN401 - of a target
    """The files of a package with other figures."""
    result = json.loads(files["result.json"])
    result["target"] |= figures
    return {**files, "result.json": json.dumps(result).encode()}


def words_of(raw: bytes) -> str:
    """The text of a report without spaces and line breaks."""
    pages = pypdf.PdfReader(io.BytesIO(raw)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_finds_the_figures_of_the_result(files: dict[str, bytes], name: str) -> None:
    """Before, after, its interval, target, the four numbers, baseline digest, key and unit."""
    said, target = words_of(files[name]), json.loads(files["result.json"])["target"]
    levels = [target[each] for each in ("before", "after", "after_low", "after_high", "target")]
    shares = [target[each] for each in ("improvement_rate", "attainment_rate", "share_of_target")]

    assert [f"{value + 1e-9:,.0f}" for value in levels if f"{value + 1e-9:,.0f}" not in said] == []
    assert [f"{value:.1%}" for value in shares if f"{value + 1e-9:.1%}" not in said] == []
    assert target["baseline"]["digest"] in said
    assert json.loads(files["manifest.json"])["key"] in said


@pytest.mark.parametrize("name", NAMES)
def test_the_measure_is_defined_where_it_is_read(files: dict[str, bytes], name: str) -> None:
    """Both names, formula and source in the reader's language, and the version that was used."""
    said, card = words_of(files[name]), json.loads(files["definitions.json"])["cards"][0]

    parts = [card[key] for key in ("ko", "en", "id")]
    parts += IN_KOREAN if name == "report.pdf" else [card["formula"], card["source"]]
    for part in parts:
        assert "".join(part.split()) in said, part


def test_no_korean_word_is_broken(files: dict[str, bytes]) -> None:
    """Every word of a sentence that takes several lines stands whole on one of them."""
    pages = pypdf.PdfReader(io.BytesIO(files["report.pdf"])).pages
    lines = "\n".join(page.extract_text() for page in pages)
    said = text("ko", "report.chart_note", share=percent(0.95, 0)).split()

    assert " ".join(said) not in lines, "the sentence takes more than one line"
    assert [word for word in said if word not in lines] == []


@pytest.mark.parametrize(("name", "language"), [("report.pdf", "ko"), ("report.en.pdf", "en")])
def test_it_is_tagged_and_carries_its_data(
    files: dict[str, bytes], name: str, language: str
) -> None:
    """Three pages, marked for a screen reader, PDF/A-3a and PDF/UA-1, with result.json inside."""
    reader = pypdf.PdfReader(io.BytesIO(files[name]))
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()

    assert len(reader.pages) == 3
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert root["/Lang"] == language
    assert "<pdfaid:part>3<" in metadata
    assert "<pdfaid:conformance>A<" in metadata
    assert "<pdfuaid:part>1<" in metadata
    assert reader.attachments["result.json"] == [files["result.json"]]


def test_the_same_figures_give_the_same_bytes(files: dict[str, bytes]) -> None:
    """Made twice it is one file; one other figure makes it another."""
    first = reports(files, COVER)

    assert reports(files, COVER) == first
    assert reports(changed(files, after=1.0), COVER)["report.pdf"] != first["report.pdf"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_unknown_is_a_dash(files: dict[str, bytes], name: str) -> None:
    """Without a figure and an interval nothing is printed as zero."""
    names = ("after", "after_low", "after_high", "low", "high", "interval")
    rates = ("improvement_rate", "attainment_rate", "share_of_target", "point_change")
    bare = changed(files, **dict.fromkeys((*names, *rates)))
    said = words_of(reports(bare, COVER)[name])

    assert said.count("—") >= len(rates)
    assert "None" not in said
    assert "nan" not in said.lower()


def test_what_somebody_named_is_no_markup(files: dict[str, bytes]) -> None:
    """A line called like a command of the typesetter is printed as it is."""
    name = '#panic("x")*a*$b$'
    said = words_of(reports(changed(files, line_name=name), COVER)["report.en.pdf"])

    assert name in said


def test_a_report_of_other_figures_is_found(files: dict[str, bytes], tmp_path: Path) -> None:
    """Even who holds the key cannot put a report into a package that its figures do not give."""
    lie = reports(changed(files, after=9999.0), COVER)["report.pdf"]
    signer = Signer.of(tmp_path / "keys")
    path = forged({**files, "report.pdf": lie}, signer, tmp_path / "forged.zip")

    assert any("report.pdf" in fault for fault in checked(path)["faults"])


@pytest.mark.parametrize(
    ("digest", "days", "said"),
    [
        (None, [], "itisnowwhatitwas"),
        ("0" * 64, [], "werecomputedanew"),
        ("0" * 64, ["2026-03-02"], "Samplesthatcamelater"),
    ],
)
def test_it_does_not_hide_that_a_baseline_was_restated(
    files: dict[str, bytes], digest: str | None, days: list[str], said: str
) -> None:
    """Rows below the days may be others while every day comes to the same figure."""
    result = json.loads(files["result.json"])
    (fresh,) = result["baselines_again"]
    fresh |= {"digest": digest or fresh["digest"], "restated_days": days}
    told = words_of(
        reports({**files, "result.json": json.dumps(result).encode()}, COVER)["report.en.pdf"]
    )
    others = {"itisnowwhatitwas", "werecomputedanew", "Samplesthatcamelater"} - {said}
    assert said in told
    assert not any(other in told for other in others)


@pytest.mark.parametrize(
    ("name", "speed", "left"),
    [
        ("report.pdf", "속도", "확인된 개선이 없습니다"),
        ("report.en.pdf", "Speed", "no proven gain to look back on"),
    ],
)
def test_it_prints_what_stands_behind_the_verdict(
    files: dict[str, bytes], name: str, speed: str, left: str
) -> None:
    """Parts that add up, other questions with the days they leave out, and whether it lasts."""
    said, parts = words_of(files[name]), json.loads(files["parts.json"])
    figure, output = parts["decomposition"]
    (faster,) = [part for part in figure["parts"] if part["code"] == "speed"]
    (asked,) = [row for row in parts["sensitivity"]["rows"] if row["left_out"]]

    assert f"{speed}+{faster['amount']:,.0f}" in said
    assert f"{figure['before']:,.0f}" in said
    assert f"{output['after']:,.0f}" in said
    assert f"{asked['improvement_rate']:+.1%}({asked['low']:+.1%}" in said
    assert all(day in said for day in asked["left_out"])
    assert said.count("".join(left.split())) == len(parts["sustainment"]) == 3


def test_it_says_that_planned_time_was_cut(files: dict[str, bytes]) -> None:
    """The days by name, and only where there are any."""
    parts = json.loads(files["parts.json"])
    cut = {"line": "mask", "day": "2026-03-17", "planned_before_s": 7200, "planned_s": 3600}
    told = {**files, "parts.json": json.dumps({**parts, "plan_cuts": [cut]}).encode()}

    assert "Plannedtimecutafterwards" not in words_of(files["report.en.pdf"])
    said = words_of(reports(told, COVER)["report.en.pdf"])
    assert "Plannedtimecutafterwards" in said
    assert "2026-03-17" in said
