"""Stops: whole runs of delay, whatever the interval; and what people say of them."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import Changed, NotFound, Refused
from edge.model import SECOND_NS
from edge.moment import parse
from edge.site import Dated
from kpi.states import State
from tests.unit.edge.figure_desk import DAY_NS, Desk, at, line_of, machine, site_of

PRODUCING, DELAYED, EXTERNAL, SETUP = (
    State.PRODUCING,
    State.DELAYED,
    State.DELAYED_EXTERNAL,
    State.SETUP,
)
KEYS = ["id", "line", "machine", "from", "to", "seconds", "state", "cause", "was", "parts"]
SAID = ["version", "reason", "note"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A body that stopped for ten minutes at nine and was starved at eleven."""
    desk = Desk(tmp_path, site_of(line_of(machine("body"), profile="mask")), at("12:00"))
    edges = [at(f"{time}") for time in ("08:00", "09:00", "09:10", "11:00", "11:05", "12:00")]
    states = PRODUCING, DELAYED, PRODUCING, EXTERNAL, PRODUCING
    desk.spans("body", *zip(edges[:-1], edges[1:], states, strict=True))
    return desk


def stops(desk: Desk, from_ns: int, to_ns: int) -> list[dict[str, Any]]:
    """The stops of an interval."""
    found: list[dict[str, Any]] = desk.engine.stops("mask", from_ns, to_ns)["stops"]
    return found


def test_a_stop_says_what_happened(desk: Desk) -> None:
    """Machine, time, length and cause, and that nobody has explained it yet."""
    first, second = stops(desk, at("08:00"), at("12:00"))

    assert list(first) == KEYS + SAID
    assert first == {
        "id": f"mask/body/{at('09:00')}",
        "line": "mask",
        "machine": "body",
        "from": "2026-03-02T09:00:00+09:00",
        "to": "2026-03-02T09:10:00+09:00",
        "seconds": 600.0,
        "state": "delayed",
        "cause": "internal",
        "was": None,
        "parts": [{"from": "2026-03-02T09:00:00+09:00", "to": "2026-03-02T09:10:00+09:00"}],
        "version": 0,
        "reason": None,
        "note": None,
    }
    assert (second["cause"], second["seconds"]) == ("external", 300.0)
    reasons = desk.engine.stops("mask", 0, 1)["reasons"]
    assert list(reasons[0]) == ["id", "ko", "en", "vi", "pictogram"]
    assert [one["id"] for one in reasons][:3] == ["jam", "roll", "horn"]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(1, 100_000), min_size=1, max_size=12),
    st.integers(-90_000, 500_000),
    st.integers(1, 200_000),
)
def test_an_interval_never_changes_a_stop(lengths: list[int], begin: int, length: int) -> None:
    """Those that touch it come whole, with the same name, the others not; days long or short."""
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder), now=at("08:00", 40))
        edges, runs = [at("08:00")], []
        for i, seconds in enumerate(lengths):
            edges.append(edges[-1] + seconds * SECOND_NS)
            runs.append((edges[-2], edges[-1], DELAYED if i % 2 else PRODUCING))
        desk.spans("body", *runs)
        from_ns = at("08:00") + begin * SECOND_NS
        to_ns = from_ns + length * SECOND_NS
        found = [(stop["id"], stop["seconds"]) for stop in stops(desk, from_ns, to_ns)]

    assert found == [
        (f"mask/body/{t0}", (t1 - t0) / SECOND_NS)
        for t0, t1, state in runs
        if state is DELAYED and t1 > from_ns and t0 < to_ns and t1 - t0 > 3 * SECOND_NS
    ]


@pytest.mark.parametrize(
    ("keys", "longest_micro_s"),
    [
        ({}, 3.0),
        ({"ideal_cycle_s": {"A": (Dated(4.0, None),), "B": (Dated(9.0, None),)}}, 8.0),
        ({"ideal_cycle_s": {"B": (Dated(9.0, None),)}}, 3.0),
        ({"micro_after_s": 20.0}, 20.0),
        ({"ideal_cycle_s": {"A": (Dated(200.0, None),)}}, 100.0),
        ({"micro_after_s": 20.0, "stop_after_s": 15.0}, 14.0),
    ],
)
def test_a_stop_is_longer_than_a_micro_stop(
    tmp_path: Path, keys: dict[str, Any], longest_micro_s: float
) -> None:
    """Twice the cycle of what was made, at least 3 s, unless the machine says otherwise.

    A gap above the limit of stops, 300 s, is one in any case, and lost a cycle less than it lasted.
    """
    desk = Desk(tmp_path, site_of(line_of(machine("body", **keys))))
    end_ns = at("09:00") + int(longest_micro_s * SECOND_NS)
    later_ns = at("10:00") + int(longest_micro_s * SECOND_NS) + 1
    desk.spans("body", (at("09:00"), end_ns, DELAYED), (end_ns, at("10:00"), PRODUCING))
    desk.spans("body", (at("10:00"), later_ns, DELAYED), (later_ns, at("11:00"), PRODUCING))

    assert [stop["from"][11:16] for stop in stops(desk, at("08:00"), at("11:00"))] == ["10:00"]


def test_a_stop_that_lasts_has_no_end(desk: Desk) -> None:
    """It grows to this moment while the machine is heard of; then it ended with the last word."""
    desk.clock.now_ns = at("12:20:20")
    desk.spans("body", (at("12:00"), at("12:20"), DELAYED))
    last = stops(desk, at("12:00"), at("13:00"))[-1]
    assert (last["to"], last["seconds"]) == (None, 1220.0)

    desk.clock.now_ns = at("12:20:31")
    last = stops(desk, at("12:00"), at("13:00"))[-1]
    assert (last["to"], last["seconds"]) == ("2026-03-02T12:20:00+09:00", 1200.0)


def test_a_stop_that_just_ended_has_its_end(desk: Desk) -> None:
    """What the machine did next tells, not the time since."""
    desk.clock.now_ns = at("12:20:20")
    desk.spans(
        "body", (at("12:00"), at("12:20"), DELAYED), (at("12:20"), at("12:20:19"), PRODUCING)
    )

    assert stops(desk, at("12:00"), at("13:00"))[-1]["to"] == "2026-03-02T12:20:00+09:00"


def test_every_answer_is_kept_and_the_last_one_counts(desk: Desk) -> None:
    """Reason and note can be given, changed and taken back; the version goes up by one."""
    name = stops(desk, at("09:00"), at("09:01"))[0]["id"]

    first = desk.engine.explain_stop(name, 0, "jam", "왼쪽")
    second = desk.engine.explain_stop(name, 1, "roll", None)
    third = desk.engine.explain_stop(name, 2, None, None)

    assert [[one[key] for key in SAID] for one in (first, second, third)] == [
        [1, "jam", "왼쪽"],
        [2, "roll", None],
        [3, None, None],
    ]
    assert list(first) == KEYS + SAID
    assert stops(desk, at("09:09"), at("09:30"))[0] == third


def test_the_second_of_two_who_edit_sees_what_the_first_said(desk: Desk) -> None:
    """Nothing of the second one's words is stored."""
    name = f"mask/body/{at('09:00')}"
    desk.engine.explain_stop(name, 0, "jam", None)

    with pytest.raises(Changed, match="somebody else changed this meanwhile") as error:
        desk.engine.explain_stop(name, 0, "roll", "mine")

    assert [error.value.present[key] for key in ("id", *SAID)] == [name, 1, "jam", None]
    assert stops(desk, at("09:00"), at("09:10"))[0]["reason"] == "jam"


def test_what_cannot_be_explained_is_refused(desk: Desk) -> None:
    """No such stop, no such line, no such reason; each says what there is."""
    with pytest.raises(NotFound, match=f"there is no stop 'mask/body/{at('09:05')}'"):
        desk.engine.explain_stop(f"mask/body/{at('09:05')}", 0, "jam", None)
    with pytest.raises(NotFound, match="there is no stop 'mask/body/x'"):
        desk.engine.explain_stop("mask/body/x", 0, "jam", None)
    with pytest.raises(NotFound, match="there is no line 'tin'; there are mask"):
        desk.engine.explain_stop(f"tin/body/{at('09:00')}", 0, "jam", None)
    with pytest.raises(Refused, match="'weather' is no reason; take one of jam, roll"):
        desk.engine.explain_stop(f"mask/body/{at('09:00')}", 0, "weather", None)


def test_losses_by_reason_are_those_inside_the_interval(desk: Desk) -> None:
    """From 09:05 on five minutes of the jam are left; change-over and waiting stand apart."""
    desk.engine.explain_stop(f"mask/body/{at('09:00')}", 0, "jam", None)
    desk.clock.now_ns = at("14:00")
    edges = [at(time) for time in ("12:00", "12:07", "12:30", "12:31", "14:00")]
    desk.spans(
        "body", *zip(edges[:-1], edges[1:], (SETUP, PRODUCING, DELAYED, PRODUCING), strict=True)
    )

    found = desk.engine.kpis("mask", at("09:05"), at("13:00"), "reason")

    assert found == {
        "reasons": [
            {"reason": None, "state": "setup", "seconds": 420.0, "n": 1},
            {"reason": "jam", "state": "delayed", "seconds": 300.0, "n": 1},
            {"reason": None, "state": "delayed:external", "seconds": 300.0, "n": 1},
            {"reason": None, "state": "delayed", "seconds": 60.0, "n": 1},
        ]
    }


def test_only_the_machine_that_tells_the_lines_state_loses_time(tmp_path: Path) -> None:
    """What a machine upstream lost is its own matter; its stops are listed all the same."""
    desk = Desk(tmp_path, site_of(line_of(machine("body", exit=False), machine("pack"))))
    desk.spans("body", (at("09:00"), at("09:10"), DELAYED))

    assert desk.engine.kpis("mask", at("08:00"), at("12:00"), "reason") == {"reasons": []}
    assert [stop["machine"] for stop in stops(desk, at("08:00"), at("12:00"))] == ["body"]
    assert (
        parse(stops(desk, at("08:00"), at("12:00"))[0]["from"])
        == at("09:00")
        < DAY_NS + at("09:00")
    )
