"""`lineproof stops`: cut, join, call otherwise, explain; all of it in the history and the figures.

Every day of the site has one stop, from nine to half past.
"""

import json
from typing import Any

from tests.unit.edge.cli.desk import Command, Ran

LINE = ("--line", "mask-1", "--from", "2026-03-02", "--to", "2026-03-03")
HALF_AN_HOUR = 1800.0


def said(ran: Ran) -> dict[str, Any]:
    """What a command says as JSON."""
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def listed(command: Command) -> list[dict[str, Any]]:
    """The stops of the first day."""
    found: list[dict[str, Any]] = said(command("stops", "list", *LINE, "--json"))["stops"]
    return found


def elements(command: Command) -> dict[str, float]:
    """The line's elements of the first day."""
    rows = said(command("kpi", *LINE, "--by", "day", "--json"))["rows"]
    found: dict[str, float] = next(row["elements"] for row in rows if row["machine"] is None)
    return found


def wall(stop: dict[str, Any]) -> tuple[str, str]:
    """Begin and end of a stop on the wall clock."""
    return stop["from"][11:16], stop["to"][11:16]


def test_a_stop_is_cut_and_joined_again(own: Command) -> None:
    """Two stops with names of their own, then the one that was there, and no time lost."""
    (whole,) = listed(own)
    assert (wall(whole), whole["seconds"], whole["state"]) == (
        ("09:00", "09:30"),
        HALF_AN_HOUR,
        "delayed",
    )

    own("stops", "split", whole["id"], "--at", "2026-03-02T09:10:00+09:00")
    first, second = listed(own)
    assert [wall(first), wall(second)] == [("09:00", "09:10"), ("09:10", "09:30")]
    assert first["seconds"] + second["seconds"] == HALF_AN_HOUR

    joined = said(own("stops", "merge", first["id"], second["id"], "--json"))
    assert (joined["id"], wall(joined)) == (whole["id"], ("09:00", "09:30"))
    assert len(listed(own)) == 1


def test_another_class_moves_its_time_in_the_figures(own: Command) -> None:
    """Half an hour of delay becomes half an hour of set-up, and back."""
    (stop,) = listed(own)
    before = elements(own)
    found = said(own("stops", "class", stop["id"], "setup", "--json"))
    after = elements(own)

    assert (found["state"], found["was"]) == ("setup", "delayed")
    assert (before["ADET"], before["AUST"]) == (HALF_AN_HOUR, 0)
    assert (after["ADET"], after["AUST"]) == (0, HALF_AN_HOUR)
    assert after["PBT"] == before["PBT"]

    own("stops", "class", stop["id"], "delayed")
    assert elements(own) == before


def test_the_history_tells_who_did_what(own: Command) -> None:
    """Each edit with its number, old and new; a person's name, not the program's."""
    (stop,) = listed(own)
    assert "nothing was done" in own("stops", "history", stop["id"]).out
    own("stops", "reason", stop["id"], "breakdown", "--note", "belt")
    own("stops", "class", stop["id"], "setup")
    own("stops", "reason", stop["id"])

    history = said(own("stops", "history", stop["id"], "--json"))["history"]
    assert [one["n"] for one in history] == sorted(one["n"] for one in history)
    assert len(history) == 3
    assert len({one["who"] for one in history}) == 1
    assert history[0]["new"]["reason"] == "breakdown"
    assert history[0]["new"]["note"] == "belt"
    assert history[2]["new"].get("reason") is None
    printed = own("stops", "history", stop["id"]).out
    assert "breakdown" in printed
    assert "belt" in printed


def test_what_is_not_there_is_told(own: Command) -> None:
    """No such stop, no such reason, a time outside it; nothing changes."""
    (stop,) = listed(own)
    assert own("stops", "class", "mask-1/body/1", "setup").code == 2
    assert "'lunch' is no reason" in own("stops", "reason", stop["id"], "lunch").err
    late = own("stops", "split", stop["id"], "--at", "2026-03-02T10:00:00+09:00")
    assert late.code != 0
    assert listed(own) == [stop]
