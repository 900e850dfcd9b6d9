"""What was decided on counters is told with its readings, and computed anew by who verifies."""

import io
import json
from collections import Counter
from pathlib import Path

import openpyxl
import pypdf
import pytest

from edge.evidence import counted
from edge.evidence.keys import Signer
from edge.model import SECOND_NS
from edge.moment import parse
from tests.unit.edge.evidence.desk import (
    AFTER,
    BEFORE,
    Desk,
    Document,
    checked,
    forged,
    samples_of,
    unpacked,
)

Files = dict[str, bytes]
GOOD = "hanbit/mask/body/good"
IDS = {
    f"hanbit/{line}/body/{name}": n
    for n, (line, name) in enumerate(
        (line, name)
        for line in ("mask", "other")
        for name in ("state", "good", "scrap", "product", "temperature")
    )
}


def windows_of(files: Files) -> Document:
    """What a package says of both windows."""
    found: Document = json.loads(files["decisions.json"])["windows"]
    return found


def told_by_hand(first_ns: int, end_ns: int) -> list[tuple[str, int, float, float]]:
    """What a plain loop finds: a lower reading a minute later wrapped; after a night nobody knows.

    In 22 hours a counter of 1,000 at 40 a minute may have wrapped any number of times.
    """
    found, last = [], None
    for batch in samples_of(lambda _: 7, IDS):
        if batch.signal[0] != IDS[GOOD]:
            continue
        for at, value in zip(batch.source_ns.tolist(), batch.value.tolist(), strict=True):
            if last is not None and first_ns <= at < end_ns:
                if at - last[0] > 3_600 * SECOND_NS:
                    found.append(("unknown", at, last[1], value))
                elif value < last[1]:
                    found.append(("rollover", at, last[1], value))
            last = at, value
    return found


def test_every_decision_is_told_with_both_readings(files: Files) -> None:
    """Those of the simulated counter and no other, each with the pieces that it stands for."""
    for side in ("baseline", "report"):
        (window,) = windows_of(files)[side]
        expected = told_by_hand(parse(window["from"]), parse(window["to"]))
        made = window["decisions"]
        assert [
            (one["decision"], parse(one["at"]), one["before"]["value"], one["reading"])
            for one in made
        ] == expected
        assert {one["signal"] for one in made} == {GOOD}
        for one, (kind, _, before, reading) in zip(made, expected, strict=True):
            assert one["count"] == ((reading - before) % 1000 if kind == "rollover" else None)
        assert window["decisions_in_all"] == Counter(kind for kind, *_ in expected)
        assert window["decisions_not_listed"] == 0
        assert len(expected) > 4 * BEFORE


def test_what_is_left_out_is_told_by_why(files: Files) -> None:
    """The line is planned for two hours a day; in the other 22 it made nothing."""
    for side, days in (("baseline", BEFORE), ("report", AFTER)):
        (window,) = windows_of(files)[side]
        nights = {"spans": days, "seconds": days * 22 * 3600.0, "pieces": 0.0}
        assert window["not_planned"] == {"not_scheduled": nights}


def test_of_very_many_decisions_the_rest_is_counted(
    desk: Desk, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earliest are listed, all are counted, and the package still verifies."""
    monkeypatch.setattr(counted, "MOST", 3)
    told = desk.make(tmp_path / "few.zip")
    few, all_of = windows_of(unpacked(tmp_path / "few.zip")), windows_of(files)

    for side in ("baseline", "report"):
        listed = all_of[side][0]["decisions"]
        assert few[side][0]["decisions"] == listed[:3]
        assert few[side][0]["decisions_in_all"] == all_of[side][0]["decisions_in_all"]
        assert few[side][0]["decisions_not_listed"] == len(listed) - 3
    assert checked(tmp_path / "few.zip", key=told["key"])["faults"] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("baseline", "reading"), "figure windows.baseline[0].decisions[0].reading is filed as"),
        (("report", "signal"), "figure windows.report[0].decisions[0].signal is filed as"),
    ],
)
def test_a_decision_that_does_not_follow_is_named(
    files: Files, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    """Whoever holds a key may sign what he likes; the samples say otherwise."""
    document = json.loads(files["decisions.json"])
    side, name = change
    document["windows"][side][0]["decisions"][0][name] = "none"
    files["decisions.json"] = json.dumps(document).encode()
    found = checked(forged(files, Signer.of(tmp_path / "own"), tmp_path / "forged.zip"))
    assert found["faults"][0].startswith(said)


def test_a_day_said_to_be_left_out_is_held_against_the_figures(
    files: Files, tmp_path: Path
) -> None:
    """No day can be hidden in the list, nor taken out of it."""
    document = json.loads(files["decisions.json"])
    day = {"day": "2026-03-02", "window": "baseline", "coverage": 0.5, "reason": "coverage"}
    document["days_left_out"].append(day)
    files["decisions.json"] = json.dumps(document).encode()
    found = checked(forged(files, Signer.of(tmp_path / "own"), tmp_path / "forged.zip"))
    assert found["faults"][0].startswith("figure days_left_out")


@pytest.mark.parametrize("name", ["windows", "days_left_out"])
def test_what_was_decided_cannot_be_left_out(files: Files, tmp_path: Path, name: str) -> None:
    """Only a package of an earlier form may say nothing of it."""
    document = json.loads(files["decisions.json"])
    del document[name]
    files["decisions.json"] = json.dumps(document).encode()
    found = checked(forged(files, Signer.of(tmp_path / "own"), tmp_path / "less.zip"))
    assert name in found["faults"][0]


def test_people_read_how_many_there_are(files: Files) -> None:
    """A sheet with a row for each, and a line of the report with their number by kind."""
    told = windows_of(files)
    numbers = [len(told[side][0]["decisions"]) for side in ("baseline", "report")]
    book = openpyxl.load_workbook(io.BytesIO(files["workbook.en.xlsx"]))
    rows = list(book["Counter decisions"].iter_rows(min_row=2, values_only=True))
    sides = Counter(row[0] for row in rows)
    assert sides == {"Baseline": numbers[0], "Report": numbers[1]}
    first = told["baseline"][0]["decisions"][0]
    assert rows[0][3] == first["at"]
    assert rows[0][5:8] == (first["before"]["value"], first["reading"], first["after"]["value"])

    pages = pypdf.PdfReader(io.BytesIO(files["report.en.pdf"])).pages
    said = " ".join(" ".join(page.extract_text().split()) for page in pages)
    kinds = [told[side][0]["decisions_in_all"] for side in ("baseline", "report")]
    for each in kinds:
        rolled, unknown = each["rollover"], each["unknown"]
        assert f"counter wrapped at its end {rolled}, count not known {unknown}" in said
