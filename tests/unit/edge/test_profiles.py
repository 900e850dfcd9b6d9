"""Sector profiles: they propose signals and an order, and never judge."""

import json
from pathlib import Path

import pytest

from edge.cli import check, init
from edge.cli.site import site_of
from edge.profiles.sector import absent, profile_of
from kpi.catalogue.index import MEASURES

SECTORS = ("mask", "plating", "kit")


@pytest.mark.parametrize("sector", SECTORS)
def test_a_profile_names_what_there_is(sector: str) -> None:
    """Its measures exist; each signal is told once, in three languages; and it has no limit."""
    profile = profile_of(sector)
    assert set(profile.measures) <= set(MEASURES)
    assert len({signal.name for signal in profile.signals}) == len(profile.signals)
    assert all(all(signal) for signal in profile.signals)
    assert profile._fields == ("measures", "signals")


@pytest.mark.parametrize("sector", SECTORS)
def test_a_sample_of_a_sector_is_valid_as_it_is_and_filled_in(tmp_path: Path, sector: str) -> None:
    """Its usual signals stand there as comments; without the signs of a comment they are read."""
    init.command(tmp_path, sector)
    loaded = site_of(tmp_path)
    assert loaded.site.lines[0].profile == sector
    missing = [signal.name for _, signal in absent(loaded.site)]
    assert "energy" in missing
    assert "good" not in missing
    file = tmp_path / "lineproof.yaml"
    text = file.read_text("utf-8")
    for name in missing:
        text = text.replace(f"          # {name}:", f"          {name}:")
    file.write_text(text, "utf-8")
    assert absent(site_of(tmp_path).site) == []


def test_a_sample_without_a_sector_has_none(tmp_path: Path) -> None:
    """Nothing is expected of a line that names no profile."""
    init.command(tmp_path)
    assert absent(site_of(tmp_path).site) == []


def test_check_says_what_is_usual_and_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people beside the verdict, for programs in JSON; it is no fault."""
    init.command(tmp_path, "plating")
    check.command(tmp_path, online=False, json=False)
    said = capsys.readouterr()
    assert "the configuration is valid" in said.out
    assert "line-1: lines of the profile 'plating' usually have bath_ph (pH of the bath" in said.err
    check.command(tmp_path, online=False, json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["valid"]
    assert "bath_ph" in [one["signal"] for one in found["expected"]]
