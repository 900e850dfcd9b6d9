"""A report over a gap: what nobody saw is said, and no figure of it looks like one that was seen.

The machine is known to the piece: five good a minute but for half an hour. An hour of one day of
the report never arrives. Where the register may have wrapped in that hour, nobody knows its pieces;
where it cannot have, the readings around it tell them, and nobody knows the states alone.
"""

import io
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pypdf
import pytest

from tests.system.rig import Gateway, lineproof, reported
from tests.system.test_evidence import document
from tests.unit.edge.cli.desk import FIRST, GOOD_A_STEP, PLANNED_S, STEP_S, STOP, rows, write_csv

pytestmark = pytest.mark.slow

DAYS = 18
GAP_DAY = FIRST + timedelta(days=15)
GAP = GAP_DAY + timedelta(minutes=130), GAP_DAY + timedelta(minutes=190)  # outside of the stop
SEEN = 1 - 3_600 / PLANNED_S
RUN_S = PLANNED_S - (STOP[1] - STOP[0])
PIECES = RUN_S // STEP_S * GOOD_A_STEP
TRUTH = {
    "availability": RUN_S / PLANNED_S,
    "oee": 10 * PIECES / PLANNED_S,  # of ten seconds each
    "throughput_per_hour": PIECES / (PLANNED_S / 3_600),
}
WRAPS = {"modulus": 250, "max_rate": 1}  # an hour at that speed is more than it holds
LIVE = "2026-03-05T08:00:00+09:00"
SUBJECT = ("--line", "mask-1", "--measure", "oee")
Keys = Mapping[str, int]


def is_seen(at: datetime) -> bool:
    """Whether a sample arrives."""
    return not GAP[0] < at < GAP[1]


def site(folder: Path, counter: Keys, from_: datetime = FIRST) -> tuple[str, Path]:
    """A site with the samples that arrived from a day on, and its command-line option."""
    keys = document()
    keys["lines"][0]["maturity_days"] = 0
    keys["lines"][0]["machines"][0]["signals"]["good"] |= counter
    ends = counter.get("modulus", 10**9)
    kept = [
        (path, at, value % ends) for path, at, value in rows(DAYS) if at >= from_ and is_seen(at)
    ]
    config = ("--config", Gateway(folder / "site", keys).folder)
    lineproof("import", "samples", write_csv(folder / "past.csv", kept), *config)
    return config


def of_day(config: tuple[str, Path], day: datetime) -> dict[str, dict[str, Any]]:
    """The measures of the line on a day."""
    span = ("--from", day.isoformat(), "--to", (day + timedelta(hours=4)).isoformat())
    found = reported("kpi", "--line", "mask-1", *span, "--by", "shift", *config)["rows"]
    measures: list[dict[str, Any]] = [row["measures"] for row in found if row["machine"] is None]
    return measures[0]


@pytest.mark.parametrize(
    ("counter", "unseen"),
    [({}, {"availability"}), (WRAPS, {"availability", "oee", "throughput_per_hour"})],
    ids=["the counter ran on", "the counter may have wrapped"],
)
def test_a_figure_over_a_gap_is_bounds_around_the_truth(
    tmp_path: Path, counter: Keys, unseen: set[str]
) -> None:
    """No value but what an hour of four can hide, and the share that was seen; else the truth."""
    config = site(tmp_path, counter, GAP_DAY)
    over, whole = of_day(config, GAP_DAY), of_day(config, GAP_DAY + timedelta(days=1))
    for name, truth in TRUTH.items():
        assert whole[name]["value"] == pytest.approx(truth)
        assert whole[name]["coverage"] == 1
        if name not in unseen:
            assert (over[name]["value"], over[name]["coverage"]) == (pytest.approx(truth), 1)
            continue
        assert (over[name]["value"], over[name]["coverage"]) == (None, SEEN)
        assert over[name]["low"] <= truth
        assert over[name]["high"] is None or truth <= over[name]["high"]
    assert over["availability"]["high"] == TRUTH["availability"]
    assert over["availability"]["low"] == TRUTH["availability"] - (1 - SEEN)


def test_a_report_over_a_gap_prints_what_was_seen(tmp_path: Path) -> None:
    """Coverage of both windows, the day that does not count, and no verdict; in all three files."""
    config, out = site(tmp_path, WRAPS), tmp_path / "package.zip"
    before = ("--from", FIRST.isoformat(), "--to", LIVE, "--name", "before", "--reason", "as was")
    frozen = lineproof("baseline", "freeze", *SUBJECT, *before, *config).stdout.strip()
    aim = ("--improve", "0.1", "--go-live", LIVE, "--baseline", frozen)
    target = lineproof("target", "set", *SUBJECT, *aim, *config).stdout.strip()
    lineproof("evidence", "make", target, "--out", out, *config)
    assert reported("evidence", "verify", out, "--recompute")["faults"] == []

    with ZipFile(out) as package:
        result = json.loads(package.read("result.json"))["target"]
        pages = pypdf.PdfReader(io.BytesIO(package.read("report.en.pdf"))).pages
        book = openpyxl.load_workbook(io.BytesIO(package.read("workbook.en.xlsx")))
    seen = (1 + 1 + SEEN) / 3  # three days are reported by then
    assert result["coverage_after"] == pytest.approx(seen)
    assert (result["n_after"], result["verdict"]) == (2, "insufficient_data")
    assert result["after"] == pytest.approx(TRUTH["oee"])  # of the two days that were seen

    said = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert f"Data before 100 %, after {seen:.0%}".replace("%", " %").replace("  ", " ") in said
    assert "Days: 3 before, 2 after" in said
    assert "Reporting days with complete data 67 % (needed 90 %)" in said
    assert "no verdict is given" in said

    left_out = [row[:3] for row in book["Days left out"].iter_rows(values_only=True)]
    assert (str(GAP_DAY.date()), "Report", SEEN) in left_out
