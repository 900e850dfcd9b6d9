"""A package of a line that works through its break: its figures count planned time alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from edge.engine.view import View
from edge.evidence import results
from edge.site import Shift, Site
from tests.unit.edge.evidence.desk import BEFORE, WAVE, Desk, checked, site_of, unpacked

BREAK = Shift("주간", "08:00", "10:00", breaks=(("09:15", "09:45"),))
PER_MINUTE = 40 + sum(WAVE[day % 7] for day in range(BEFORE)) / BEFORE


def with_break() -> Site:
    """The site, where nobody shall work from a quarter past nine on, and the machine goes on."""
    site = site_of()
    return replace(site, lines=tuple(replace(line, shifts=(BREAK,)) for line in site.lines))


@pytest.fixture(scope="module")
def through(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The site that works through its break."""
    found = Desk(tmp_path_factory.mktemp("break"), with_break()).open()
    yield found
    found.stores.close()


def test_pieces_of_a_break_are_in_no_figure_of_a_package(through: Desk, tmp_path: Path) -> None:
    """60 times 40 pieces an hour, computed anew and by the line that DuckDB is given."""
    path = tmp_path / "package.zip"
    through.make(path)
    files = unpacked(path)

    target = json.loads(files["result.json"])["target"]
    steps = files["HOW-TO-VERIFY"].decode().splitlines()
    (tmp_path / "unpacked").mkdir()
    for name in ("elements.parquet", "result.json"):
        (tmp_path / "unpacked" / name).write_bytes(files[name])
    query = next(one for one in steps if "elements.parquet" in one and "production_day" in one)
    query = query.split('"', 1)[1].rstrip('"').replace("'result.json'", "'{0}/result.json'")
    query = query.replace("'elements.parquet'", "'{0}/elements.parquet'")
    said = duckdb.sql(query.replace("{0}", str(tmp_path / "unpacked"))).fetchall()

    assert target["definition"] == "lineproof/throughput_per_hour@2"
    assert target["before"] == pytest.approx(60 * PER_MINUTE)
    assert said == [(0,)]
    lints = json.loads(files["lints.json"])
    outside = [one for one in lints["baseline"] if one["code"] == "unplanned_output"]
    (whole,) = (one for one in outside if one["machine"] is None)
    assert whole["amount"] == pytest.approx(whole["of"] / 4, rel=0.01)  # 30 minutes of 120
    assert checked(path)["faults"] == []


def test_a_package_of_before_is_computed_as_it_was_made(
    through: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counted the break then counts it again, and the answer says so."""
    path, view_of = tmp_path / "package.zip", results.view_of

    def former(*asked: object) -> View:
        view = view_of(*asked)  # type: ignore[arg-type]  # whatever it is called with
        view.counts_unplanned = True
        return view

    monkeypatch.setattr(results, "view_of", former)
    through.make(path)
    monkeypatch.undo()

    target = json.loads(unpacked(path)["result.json"])["target"]
    found = checked(path)

    assert target["definition"] == "lineproof/throughput_per_hour@1"
    assert target["after"] == pytest.approx(60 * (PER_MINUTE + 12) * 2 / 1.5, rel=0.02)
    assert found["faults"] == []
    assert "outside of planned time" in str(found["checks"])
