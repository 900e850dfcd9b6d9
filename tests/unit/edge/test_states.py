"""States over an interval: gapless, cut by the calendar, and the same however they were stored."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.engine.floor.states import WORDS
from edge.model import SECOND_NS
from edge.moment import parse
from kpi.states import State
from tests.unit.edge.figure_desk import DAY, Desk, at, line_of, machine, site_of

PRODUCING, DELAYED, IDLE, UNKNOWN = State.PRODUCING, State.DELAYED, State.IDLE, State.UNKNOWN
MINUTE_NS = 60 * SECOND_NS
RUN = st.tuples(st.integers(0, 40), st.integers(1, 90), st.sampled_from(list(State)))


def shown(desk: Desk, from_ns: int, to_ns: int) -> list[tuple[str, str | None, int, int]]:
    """The body's spans: state, cause, begin, end."""
    (body,) = desk.engine.states("mask", from_ns, to_ns)["machines"]
    assert (body["id"], body["name"]) == ("body", "Body")
    return [
        (one["state"], one["cause"], parse(one["from"]), parse(one["to"])) for one in body["spans"]
    ]


def expected(minutes: dict[int, State], minute: int) -> tuple[str, str | None]:
    """What the body did in one minute after 10:00, quiet states named by the day's calendar."""
    state = minutes.get(minute, UNKNOWN)
    clock = (10 * 60 + minute) % (24 * 60)
    if state in (UNKNOWN, IDLE, State.PLANNED_DOWN, State.NOT_SCHEDULED):
        if 12 * 60 <= clock < 13 * 60:
            return "planned_down", None
        if not 8 * 60 <= clock < 20 * 60:
            return "not_scheduled", None
    word, cause = WORDS[state]
    return word, cause


@settings(max_examples=25, deadline=None)
@given(st.lists(RUN, max_size=12), st.integers(0, 700), st.integers(1, 700))
def test_every_minute_has_one_state(
    runs: list[tuple[int, int, State]], begin: int, length: int
) -> None:
    """Minute by minute as one would write it down, and no two neighbours alike."""
    minutes: dict[int, State] = {}
    spans, minute = [], 0
    for gap, lasted, state in runs:
        start = minute + gap
        minutes |= dict.fromkeys(range(start, start + lasted), state)
        spans.append(
            (at("10:00") + start * MINUTE_NS, at("10:00") + (start + lasted) * MINUTE_NS, state)
        )
        minute = start + lasted
    with TemporaryDirectory() as folder:
        site = site_of(line_of(machine("body"), shifts=(DAY,)))
        desk = Desk(Path(folder), site, at("10:00", 1))
        desk.spans("body", *spans)
        from_ns = at("10:00") + begin * MINUTE_NS
        found = shown(desk, from_ns, from_ns + length * MINUTE_NS)

    slow = [expected(minutes, begin + each) for each in range(length)]
    quick = [(s, c) for s, c, t0, t1 in found for _ in range((t1 - t0) // MINUTE_NS)]
    assert quick == slow
    assert all(a[:2] != b[:2] and a[3] == b[2] for a, b in pairwise(found))


def test_the_future_is_left_out(tmp_path: Path) -> None:
    """Spans end now: what will be is not unknown, it has not been."""
    desk = Desk(tmp_path, now=at("10:30"))
    desk.spans("body", (at("10:00"), at("10:20"), PRODUCING))

    assert shown(desk, at("10:10"), at("12:00")) == [
        ("producing", None, at("10:10"), at("10:20")),
        ("unknown", None, at("10:20"), at("10:30")),
    ]
    assert shown(desk, at("11:00"), at("12:00")) == []
    answer = desk.engine.states("mask", at("10:10"), at("12:00"))
    assert list(answer) == ["as_of", "line", "from", "to", "machines"]
    assert answer["to"] == "2026-03-02T12:00:00+09:00"


def test_a_delay_has_its_cause(tmp_path: Path) -> None:
    """Own and external delay are two spans, though both are delay."""
    desk = Desk(tmp_path)
    desk.spans(
        "body",
        (at("10:00"), at("10:20"), DELAYED),
        (at("10:20"), at("10:30"), State.DELAYED_EXTERNAL),
    )

    assert [one[:2] for one in shown(desk, at("10:00"), at("10:30"))] == [
        ("delayed", "internal"),
        ("delayed", "external"),
    ]
