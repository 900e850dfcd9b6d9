"""The live line: what it shows from second to second, and what faults do to it."""

from functools import cache

import pytest

from simulators import mask
from simulators.__main__ import instant
from simulators.faults import until
from simulators.line import SECOND_NS, Cause
from simulators.panel import Panel, Shown
from simulators.shifts import DAY_NS
from simulators.simulation import Simulation
from simulators.truth import MachineTruth

START_NS = instant("2026-03-02T08:00:00+09:00")
NOW_NS = START_NS + 3 * 3600 * SECOND_NS
GOOD = "hanbit/mask-1/body/good"
STATE = "hanbit/mask-1/body/state"
PLC = "plc-mask-1"


@cache
def lived() -> Simulation:
    """The mask line's first two days; panels read it and grow it, which changes no past."""
    simulation = Simulation(mask.LINE, START_NS, 5)
    simulation.grow(START_NS + 2 * DAY_NS)
    return simulation


@pytest.fixture
def panel() -> Panel:
    """A panel without faults."""
    return Panel(lived())


def seen(shown: list[Shown], path: str) -> Shown | None:
    """What one signal showed, or nothing."""
    return next((value for value in shown if value.signal.path == path), None)


def number(panel: Panel, at_ns: int, path: str = GOOD) -> int:
    """One counter at one second."""
    value = seen(panel.every_second(at_ns), path)
    assert value is not None
    assert isinstance(value.value, float)
    return int(value.value)


def run_of(machine: MachineTruth, at_least_s: int) -> int:
    """A whole second after which a machine runs for that long."""
    for start, end, code in machine.intervals(NOW_NS, NOW_NS + DAY_NS // 2):
        first = -(-start // SECOND_NS) * SECOND_NS
        if code == 1 and end - first > at_least_s * SECOND_NS:
            return first
    raise LookupError


def test_each_second_shows_counters_and_gauges(panel: Panel) -> None:
    """Not states and texts: they come when they change."""
    shown = panel.every_second(NOW_NS)
    assert {value.signal.kind for value in shown} == {"counter", "gauge"}
    assert {value.source_ns for value in shown} == {NOW_NS}
    assert len(shown) == sum(signal.live for signal in panel.signals)


def test_changes_come_once_each_at_their_instant(panel: Panel) -> None:
    """Playing second by second shows every state change of the truth, and no other."""
    played, at_ns, end_ns = list[int](), NOW_NS, NOW_NS + 1800 * SECOND_NS
    while at_ns < end_ns:
        next_ns = panel.next_change(at_ns, (at_ns // SECOND_NS + 1) * SECOND_NS)
        changed = panel.changed(at_ns, next_ns + 1)
        played += [value.source_ns for value in changed if value.signal.path == STATE]
        at_ns = next_ns + 1
    edges = panel.truth.machines["body"].edge_ns
    assert played == edges[(edges >= NOW_NS) & (edges < end_ns)].tolist()
    assert len(played) > 5


def test_a_held_machine_makes_nothing_and_goes_on_where_it_stood(panel: Panel) -> None:
    """The counter stands, then goes on at its pace; what was prevented is off the truth too."""
    at_ns = run_of(panel.truth.machines["body"], 60)
    before = panel.counts("body", at_ns - 60 * SECOND_NS, at_ns + 60 * SECOND_NS)
    start = number(panel, at_ns)
    panel.faults.hold("body", at_ns, until(at_ns, 20), Cause.BREAKDOWN)
    panel.forget()
    assert panel.of_machine("body", at_ns)[0].value == mask.LINE.dialect[Cause.BREAKDOWN]
    assert number(panel, at_ns + 20 * SECOND_NS) == start
    (back,) = (
        value
        for value in panel.changed(at_ns + 1, at_ns + 21 * SECOND_NS)
        if value.signal.path == STATE
    )
    assert (back.source_ns, back.value) == (at_ns + 20 * SECOND_NS, mask.LINE.dialect[Cause.RUN])
    made = panel.counts("body", at_ns, at_ns + 60 * SECOND_NS)["good"]
    assert (number(panel, at_ns + 60 * SECOND_NS) - start) % 65_536 == made
    after = panel.counts("body", at_ns - 60 * SECOND_NS, at_ns + 60 * SECOND_NS)
    assert 24 <= before["total"] - after["total"] <= 30  # 20 s at 0.72 to 0.80 s


def test_a_reset_counter_begins_at_zero(panel: Panel) -> None:
    """After a restart of the PLC only its own counters have forgotten what they had counted."""
    energy = "hanbit/mask-1/body/energy"
    at_ns = run_of(panel.truth.machines["body"], 30)
    meter = seen(panel.every_second(at_ns), energy)
    panel.faults.zeroed_ns[PLC] = at_ns
    panel.forget()
    assert number(panel, at_ns) == 0
    made = panel.counts("body", at_ns, at_ns + 30 * SECOND_NS)["good"]
    assert number(panel, at_ns + 30 * SECOND_NS) == made > 0
    assert seen(panel.every_second(at_ns), energy) == meter


def test_a_glitch_is_wrong_once(panel: Panel) -> None:
    """The reading after it is right again."""
    right = number(panel, NOW_NS)
    panel.faults.glitches[GOOD] = 12.0
    assert number(panel, NOW_NS) == 12
    assert number(panel, NOW_NS) == right


def test_a_bad_signal_has_no_value_until_it_is_good_again(panel: Panel) -> None:
    """Bad is not the last value."""
    panel.faults.bad[GOOD] = until(NOW_NS, 2)
    values = [seen(panel.every_second(NOW_NS + k * SECOND_NS), GOOD) for k in range(3)]
    assert [value is not None and value.value is None for value in values] == [True, True, False]


def test_a_frozen_clock_stands_while_values_go_on(panel: Panel) -> None:
    """Only what comes from that source; the broker's clock goes on."""
    panel.faults.frozen[PLC] = NOW_NS, until(NOW_NS, 10)
    shown = panel.every_second(NOW_NS + 5 * SECOND_NS)
    stamps = {value.signal.source: value.source_ns for value in shown}
    assert stamps == {PLC: NOW_NS, "broker": NOW_NS + 5 * SECOND_NS}


def test_a_silent_signal_says_nothing(panel: Panel) -> None:
    """One signal, or all of a source."""
    panel.faults.silent[GOOD] = until(NOW_NS, 5)
    assert seen(panel.every_second(NOW_NS), GOOD) is None
    assert seen(panel.every_second(NOW_NS + 5 * SECOND_NS), GOOD) is not None
    panel.faults.silent[PLC] = until(NOW_NS, None)
    assert {value.signal.source for value in panel.every_second(NOW_NS)} == {"broker"}


def test_the_plant_is_simulated_ahead_of_time() -> None:
    """A panel that is asked about a later day grows the simulation and keeps the past."""
    simulation = Simulation(mask.LINE, START_NS, 5)
    simulation.grow(START_NS + 1)
    panel = Panel(simulation)
    later_ns = START_NS + DAY_NS + 3600 * SECOND_NS
    assert number(panel, later_ns) == number(Panel(lived()), later_ns)
