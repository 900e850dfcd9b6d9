"""Who runs, who waits, and what a person should know of."""

from hypothesis import given
from hypothesis import strategies as st

from edge.status import Finding, Standing, State, Status


def test_who_said_nothing_yet_is_starting() -> None:
    """Nobody is said to run who has not shown it."""
    assert Status().of("plc1") == Standing(State.STARTING, "", None)


def test_a_state_keeps_its_first_instant() -> None:
    """A new reason is no new trouble; a new state is."""
    status = Status()
    status.set("plc1", State.WAITING, "no route", 5)
    status.set("plc1", State.WAITING, "refused", 9)
    assert status.of("plc1") == Standing(State.WAITING, "refused", 5)
    status.runs("plc1", 12)
    status.runs("plc1", 15)
    assert status.of("plc1") == Standing(State.RUNNING, "", 12)


def test_a_new_start_forgets_all_but_what_was_waited_for() -> None:
    """Stopped and parked are over; the reason of a wait is told until it runs."""
    status = Status()
    for state, after in ((State.PARKED, State.STARTING), (State.WAITING, State.WAITING)):
        status.set("influx", state, "why", 1)
        status.begin("influx", 2)
        assert status.of("influx").state is after
    assert status.of("influx") == Standing(State.WAITING, "why", 1)


STEP = st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["", "t", "u"]))


@given(st.lists(STEP, max_size=12))
def test_findings_hold_until_they_are_taken_back(steps: list[tuple[str, str, str]]) -> None:
    """Each has the words said last and the instant said first; the oldest comes first."""
    status, held = Status(), dict[tuple[str, str], Finding]()
    for now_ns, (owner, code, text) in enumerate(steps):
        status.find(owner, code, text, now_ns)
        known = held.pop((owner, code), None)
        if text:
            since_ns = known.since_ns if known else now_ns
            held[owner, code] = Finding(code, owner, text, since_ns)
    found = list(status.findings())
    assert found == sorted(held.values(), key=lambda finding: finding.since_ns)
