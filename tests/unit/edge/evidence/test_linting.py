"""What was found in the figures of a package: filed, printed, and compared with what is there."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from edge.engine.entering import tabling
from edge.engine.entering.tabling import Wish
from edge.evidence import linting
from edge.evidence.keys import Signer
from edge.evidence.report import reports
from edge.moment import parse
from edge.records import proof
from edge.records.audit import ADMIN
from edge.records.proof import Edit
from edge.site import Dated, Site
from tests.unit.edge.evidence.desk import (
    AFTER,
    BEFORE,
    BETWEEN,
    WAVE,
    Desk,
    checked,
    forged,
    site_of,
    unpacked,
)
from tests.unit.edge.evidence.test_report import COVER, words_of

CUT = {"line": "mask", "day": "2026-03-17", "closed": True}
REPORT, SLOWER = BEFORE + BETWEEN, 14  # days: the first of the report, and 2026-03-16
SHORT = {"name": "short", "start": "08:00", "end": "09:00"}


def with_a_slow_week(site: Site) -> Site:
    """The site, where from a day in the report on a piece may take twice as long."""
    slower = Dated(2.0, date(2026, 3, 16))
    mask, other = site.lines
    (body,) = mask.machines
    cycles = {product: (*dated, slower) for product, dated in body.ideal_cycle_s.items()}
    body = replace(body, ideal_cycle_s=cycles)
    return replace(site, lines=(replace(mask, machines=(body,)), other))


def made(days: range) -> float:
    """Pieces of some days: of fifty good ones one more is scrap."""
    return sum(120 * (52 + WAVE[day % 7]) * 1.02 for day in days)


def explain(desk: Desk, stop: str, said: str) -> None:
    """Give a stop its reason at some time."""
    name = f"mask/body/{parse(stop)}"
    assert proof.add_edit(desk.records, "mask", name, parse(said), Edit(1, "jam"))


def test_what_people_did_to_the_figures_is_filed_printed_and_found_anew(tmp_path: Path) -> None:
    """A cycle is changed, an hour cut, two stops of three explained on the next day."""
    (tmp_path / "site").mkdir()
    desk = Desk(tmp_path / "site").open()
    desk.site = with_a_slow_week(site_of())
    engine = desk.engine(60)
    tabling.entered(engine.view, Wish("day", {**CUT, "shifts": [SHORT]}), ADMIN)
    engine.catch_up(lambda _: None)
    for day in (16, 18):
        explain(desk, f"2026-03-{day}T08:50:00+09:00", f"2026-03-{day + 1}T07:00:00+09:00")
    explain(desk, "2026-03-19T08:50:00+09:00", "2026-03-19T09:30:00+09:00")
    path = tmp_path / "package.zip"
    desk.make(path)
    files = unpacked(path)
    desk.stores.close()

    found = json.loads(files["lints.json"])
    told = {(one["code"], one["machine"]): (one["amount"], one["of"]) for one in found["report"]}
    assert told[("plan_shrunk", None)] == (1, 2)
    assert told[("late_reason", "body")] == (2, 3)
    assert told[("cycle_changed", None)] == pytest.approx(
        (made(range(SLOWER, REPORT + AFTER)), made(range(REPORT, REPORT + AFTER))), rel=1e-3
    )
    assert {one["code"] for one in found["baseline"]}.isdisjoint(
        {"plan_shrunk", "late_reason", "cycle_changed"}
    )
    assert checked(path)["faults"] == []
    said, how = words_of(files["report.en.pdf"]), files["HOW-TO-VERIFY"].decode()
    for words in ("1 of 2 planned hours were taken", "2 of 3 stops were explained when the shift"):
        assert words in how
        assert "".join(words.split()) in said
    assert "2건중3건" not in words_of(files["report.pdf"])
    assert "정지3건중2건은" in words_of(files["report.pdf"])


def test_nothing_found_is_said_as_well(files: dict[str, bytes]) -> None:
    """The plain site has no finding; whoever reads shall not have to guess."""
    bare = {"format": linting.FORMAT, "baseline": [], "report": []}
    told = {**files, "lints.json": json.dumps(bare).encode()}

    assert json.loads(files["lints.json"])["format"] == linting.FORMAT
    assert "Noneineitherperiod" in words_of(reports(told, COVER)["report.en.pdf"])
    assert "lints.json" in files["HOW-TO-VERIFY"].decode()


def test_a_package_that_looked_for_less_is_still_the_same(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    """One of the former form holds six kinds of findings and prints none: nothing is missing."""
    found = json.loads(files["lints.json"])
    former = linting.as_told({"format": linting.FORMER}, found)
    before = {**files, "lints.json": json.dumps(former).encode()}
    before |= reports(before, COVER._replace(key=json.loads(files["manifest.json"])["key"]))
    signer = Signer.of(tmp_path / "keys")

    assert "Findings" not in words_of(before["report.en.pdf"])
    assert "Findings" in words_of(files["report.en.pdf"])
    path = forged(before, signer, tmp_path / "former.zip")
    faults = [one for one in checked(path)["faults"] if "report" not in one]  # of another key
    assert faults == []


def test_a_finding_that_is_left_out_is_found(files: dict[str, bytes], tmp_path: Path) -> None:
    """Whoever holds the key cannot hide one, nor make one up."""
    found = json.loads(files["lints.json"])
    lie = {
        **found,
        "report": [{"code": "loose", "line": "mask", "machine": None, "amount": 9.0, "of": 99.0}],
    }
    signer = Signer.of(tmp_path / "keys")
    path = forged(
        {**files, "lints.json": json.dumps(lie).encode()}, signer, tmp_path / "forged.zip"
    )

    assert any("figure" in fault for fault in checked(path)["faults"])
