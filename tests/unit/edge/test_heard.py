"""A machine is as fresh as the source that tells its state, whoever else of its line is heard."""

from pathlib import Path

import numpy as np
import pytest

from edge.model import I64, SECOND_NS
from kpi.states import State
from tests.unit.edge.figure_desk import DAY, Desk, at, line_of, machine, site_of

CONDITION = ["state", "since", "fresh", "age_s"]
LAST = at("16:12")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A machine whose source was last heard at 16:12."""
    desk = Desk(tmp_path, site_of(line_of(machine("body", exit=True), shifts=(DAY,))))

    def life(source: str, from_ns: int, to_ns: int) -> I64:
        assert source == "plc"
        return np.array([LAST] if from_ns <= LAST < to_ns else [], np.int64)

    monkeypatch.setattr(desk.memory, "life", life)
    return desk


def test_a_state_that_reaches_beyond_its_source_is_believed_for_its_limit(desk: Desk) -> None:
    """The fold has gone on with the rest of the line; the age is that of the source."""
    desk.spans("body", (at("08:00"), at("16:12:40"), State.PRODUCING))

    found = [desk.engine.now("mask", LAST + s * SECOND_NS) for s in (30, 31)]

    assert [[now[key] for key in CONDITION] for now in found] == [
        ["producing", "2026-03-02T08:00:00+09:00", True, 30.0],
        ["unknown", "2026-03-02T16:12:00+09:00", False, 31.0],
    ]


def test_time_that_was_folded_as_unknown_makes_nothing_fresh(desk: Desk) -> None:
    """Unknown begins at the last word, and from there its age grows, however far the fold is."""
    desk.spans("body", (at("08:00"), LAST, State.PRODUCING), (LAST, at("16:30"), State.UNKNOWN))

    now = desk.engine.now("mask", at("16:30:02"))

    assert [now[key] for key in CONDITION] == [
        "unknown",
        "2026-03-02T16:12:00+09:00",
        False,
        1082.0,
    ]


def test_a_source_that_lives_and_tells_no_state_is_fresh(desk: Desk) -> None:
    """A state of bad quality is not known; its machine is heard nevertheless."""
    desk.spans(
        "body", (at("08:00"), at("16:00"), State.PRODUCING), (at("16:00"), LAST, State.UNKNOWN)
    )

    now = desk.engine.now("mask", LAST + 3 * SECOND_NS)

    assert [now[key] for key in CONDITION] == ["unknown", "2026-03-02T16:00:00+09:00", True, 3.0]
