"""`lineproof clock`: what the clock is worth, and how a person vouches for it."""

import json

import pytest

from edge.clock import Reading, reading
from edge.trust import KNOWN, Known, load, save
from tests.unit.edge.cli.desk import Command

DAY_NS = 86_400_000_000_000


def test_a_clock_that_was_moved_is_confirmed_by_a_person(
    own: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why it is not believed and what to do; after that it is."""
    data, now = own.folder / "data", reading()._replace(synchronised=False)
    save(data / KNOWN, Known(now.wall_ns - DAY_NS, now.offset_ns - DAY_NS, now.boot_id))
    monkeypatch.setattr("edge.cli.timekeeping.reading", lambda: now)
    ran = own("clock")
    assert ran.out.endswith("not believed\n")
    assert "was moved by another than a time server" in ran.err
    assert json.loads(own("clock", "--json").out)["why"] == "moved"
    assert own("clock", "--confirm").out.endswith("somebody has confirmed it\n")
    found = json.loads(own("clock", "--json").out)
    assert (found["trusted"], found["why"]) == (True, "confirmed")
    assert load(data / KNOWN) is not None


def test_a_time_that_cannot_be_is_not_confirmed(
    new: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can vouch for 1970."""
    monkeypatch.setattr("edge.cli.timekeeping.reading", lambda: Reading(DAY_NS, DAY_NS, "one"))
    ran = new("clock", "--confirm")
    assert ran.code == 2
    assert "1970-01-02" in ran.err
