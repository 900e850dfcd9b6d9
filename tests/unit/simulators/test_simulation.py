"""The truth ledger: exact, causal, repeatable; each promise is checked by counting anew."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators import kit, mask, plating
from simulators.line import SECOND_NS, Cause, Levers, Line, State
from simulators.shifts import DAY_NS, HOUR_NS, planned_ns
from simulators.simulation import simulate
from simulators.truth import LineTruth, MachineTruth

LINES = {line.id: line for line in (mask.LINE, plating.LINE, kit.LINE)}
START_NS = 1_790_000_000 * SECOND_NS  # some afternoon
DAYS = 4
LEAST_NS = 2 * SECOND_NS

of_line = pytest.mark.parametrize("line", LINES)
instants = st.integers(0, DAYS * DAY_NS)


@cache
def truth(line: str, days: int = DAYS, seed: int = 7) -> LineTruth:
    """Whole production days of one line as it is shipped, before its levers."""
    return simulate(LINES[line], START_NS, START_NS + (days - 1) * DAY_NS, seed)


def machines(line: str) -> list[MachineTruth]:
    """The machines of one line."""
    return list(truth(line).machines.values())


@of_line
def test_a_longer_life_begins_with_the_shorter_one(line: str) -> None:
    """Live goes on from history: the same start and seed give the same past, to the last piece."""
    short, long = truth(line, 2), truth(line)
    assert short.end_ns == short.start_ns + 2 * DAY_NS
    for name, machine in short.machines.items():
        other = long.machines[name]
        for column in ("edge_ns", "cause", "product", "run_ns", "cycle_ns", "phase_ns", "pieces"):
            mine, theirs = getattr(machine, column), getattr(other, column)
            assert np.array_equal(mine, theirs[: mine.size]), (name, column)
        assert np.array_equal(machine.scrapped, other.scrapped[: machine.scrapped.size])
        assert other.edge_ns[machine.edge_ns.size] >= short.end_ns
    for name, points in short.points.items():
        assert np.array_equal(points, long.points[name][: points.size])


def test_another_seed_gives_another_life() -> None:
    """Chance comes from the seed, the line and the day."""
    assert not np.array_equal(truth("mask-1").exit.run_ns, truth("mask-1", seed=8).exit.run_ns)


@given(line=st.sampled_from(list(LINES)), cuts=st.tuples(instants, instants, instants))
def test_counts_are_the_pieces_between_two_instants(line: str, cuts: tuple[int, ...]) -> None:
    """A window's count is the number of pieces whose instant lies in (from, to]; windows add up."""
    ledger = truth(line)
    first, middle, last = (ledger.start_ns + cut for cut in sorted(cuts))
    for machine in ledger.machines.values():
        pieces_ns = every_piece(machine)
        good = np.ones(pieces_ns.size, bool)
        good[machine.scrapped] = False
        inside = (pieces_ns > first) & (pieces_ns <= last)
        made = machine.counts(first, last)
        assert made == {
            "total": inside.sum(),
            "good": (inside & good).sum(),
            "scrap": (inside & ~good).sum(),
        }
        halves = machine.counts(first, middle), machine.counts(middle, last)
        assert made == {key: halves[0][key] + halves[1][key] for key in made}
        assert np.array_equal(machine.piece_ns(first, last), pieces_ns[inside])


@cache
def _pieces(line: str, machine: str) -> tuple[int, ...]:
    found = truth(line).machines[machine]
    pieces = list[int]()
    for run, cycle, phase, made in zip(
        found.run_ns.tolist(),
        found.cycle_ns.tolist(),
        found.phase_ns.tolist(),
        found.pieces.tolist(),
        strict=True,
    ):
        pieces.extend(range(run + cycle - phase, run + made * cycle - phase + 1, cycle))
    return tuple(pieces)


def every_piece(machine: MachineTruth) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The instant of each piece, run by run, the slow way."""
    line = next(name for name in LINES if machine in machines(name))
    return np.array(_pieces(line, machine.machine.id), np.int64)


@of_line
def test_pieces_are_made_by_running_machines(line: str) -> None:
    """A count in a stopped state would be a contradiction; there is none."""
    for machine in machines(line):
        pieces_ns = every_piece(machine)
        assert pieces_ns.size > 1000 // machine.machine.lot
        assert (np.diff(pieces_ns) > 0).all()
        assert (machine.cause[machine.interval(pieces_ns)] == Cause.RUN).all()


@of_line
def test_states_partition_time_and_breaks_are_planned(line: str) -> None:
    """Every nanosecond has one state; 12:00 and 00:00 in Seoul begin an hour of planned rest."""
    ledger = truth(line)
    for machine in machines(line):
        spans = machine.intervals(ledger.start_ns, ledger.end_ns)
        assert spans[0][0] == ledger.start_ns
        assert spans[-1][1] == ledger.end_ns
        assert all(a[1] == b[0] and a[2] != b[2] for a, b in pairwise(spans))
        assert min(end - start for start, end, _ in spans) >= LEAST_NS
        assert all(start % 1_000_000 == 0 for start, _, _ in spans)
        rests = [(start, end) for start, end, code in spans if code == State.PLANNED_DOWN]
        assert rests == [
            (ledger.start_ns + hour * HOUR_NS, ledger.start_ns + (hour + 1) * HOUR_NS)
            for day in range(DAYS)
            for hour in (24 * day + 4, 24 * day + 16)
        ]


@of_line
def test_nothing_is_made_of_nothing(line: str) -> None:
    """A station takes what the one before it has made well, and the buffer holds the rest."""
    ledger = truth(line)
    at_ns = np.arange(ledger.start_ns, ledger.end_ns, 10 * SECOND_NS)
    for (before, after), buffer in zip(
        pairwise(ledger.line.stations), ledger.line.buffers, strict=True
    ):
        level = np.full(at_ns.size, buffer.ready)
        for machine in before:
            level += ledger.machines[machine.id].good(at_ns) * machine.lot
        for machine in after:
            level -= ledger.machines[machine.id].total(at_ns) * machine.lot
        assert level.min() >= 0
        assert level.max() <= buffer.capacity + 2 * max(m.lot for m in (*before, *after)) + 40


@of_line
def test_starved_and_blocked_have_their_cause_next_door(line: str) -> None:
    """Whoever starves finds little before it; who is blocked, much after it or another product."""
    ledger = truth(line)
    for rank, station in enumerate(ledger.line.stations):
        for machine in (ledger.machines[m.id] for m in station):
            causes = set(machine.cause.tolist())
            assert (Cause.STARVED in causes) <= (rank > 0)
            assert (Cause.BLOCKED in causes) <= (rank + 1 < len(ledger.line.stations))
    assert Cause.STARVED in ledger.exit.cause


@of_line
def test_energy_is_power_by_time(line: str) -> None:
    """The meter adds what each state draws, also while nothing is made."""
    ledger = truth(line)
    for machine in machines(line):
        running, ready, away = machine.machine.power_w
        watts = {State.PRODUCING: running, State.PLANNED_DOWN: away}
        spans = machine.intervals(ledger.start_ns, ledger.end_ns)
        used = sum((end - start) * watts.get(State(code), ready) for start, end, code in spans)
        ends = np.array([ledger.start_ns, ledger.end_ns])
        assert np.diff(machine.energy_kwh(ends)).item() == pytest.approx(used / 3.6e15, rel=1e-9)


@of_line
def test_products_change_during_a_change_over(line: str) -> None:
    """A machine that makes another product than before was set up for it."""
    for machine in machines(line):
        changed = np.flatnonzero(np.diff(machine.product)) + 1
        assert changed.size
        assert set(machine.cause[changed].tolist()) == {Cause.SETUP}


def test_weld_scrap_follows_the_drift_of_the_amplitude() -> None:
    """The horns drift from one check to the next, so a shift ends with more torn welds."""
    ledger = truth("mask-1")
    shifts = [ledger.start_ns + k * DAY_NS // 2 for k in range(2 * DAYS)]
    rates = []
    for hours in ((1, 4), (9, 12)):
        made = [
            ledger.machines[name].counts(start + hours[0] * HOUR_NS, start + hours[1] * HOUR_NS)
            for start in shifts
            for name in ("welder-1", "welder-2")
        ]
        rates.append(sum(m["scrap"] for m in made) / sum(m["total"] for m in made))
    assert rates[1] > 1.2 * rates[0]


def test_damp_air_stops_what_must_stay_dry() -> None:
    """Above 55 % dispenser and press wait until the room is below 52 %, and nobody else does."""
    damp = replace(
        kit.LINE,
        processes=tuple(
            replace(p, mean=53.0) if p.name == "room_humidity" else p for p in kit.LINE.processes
        ),
    )
    ledger = simulate(damp, START_NS, START_NS + DAY_NS, 7)
    for machine in ledger.machines.values():
        waits = machine.cause == Cause.AMBIENT
        assert waits.any() == (machine.machine.id in {"dispense", "press"})
        humidity = ledger.process("room_humidity", machine.edge_ns[waits])
        assert (humidity > 51.5).all()
        wet_ns = np.arange(ledger.start_ns, ledger.end_ns, 60 * SECOND_NS)
        wet_ns = wet_ns[ledger.process("room_humidity", wet_ns) > 56]
        if waits.any():
            late_ns = wet_ns + 120 * SECOND_NS  # the piece in hand, the clock's grid
            still = ledger.process("room_humidity", late_ns) > 55
            assert not (machine.cause[machine.interval(late_ns[still])] == Cause.RUN).any()


def test_thickness_follows_faraday() -> None:
    """200 A for 720 s at 95 % plates 41.6 g of nickel: 7.79 µm on 60 dm²."""
    ampere_seconds = 200 * 720
    mass_g = ampere_seconds * 58.69 * 0.95 / (2 * 96485.33212)
    um = plating.thickness_um(np.array([200.0]), np.array([720.0]), np.array([0.95]))
    assert mass_g == pytest.approx(41.6, abs=0.05)
    assert um.item() == pytest.approx(mass_g / 8.908 / 6000 * 1e4, rel=1e-12)


@pytest.mark.parametrize(
    ("line", "figure", "at_least"),
    [("mask-1", "good_per_planned_h", 0.15), ("plating-a", "defect_rate", -0.6)],
)
def test_levers_have_a_true_effect(line: str, figure: str, at_least: float) -> None:
    """What was changed on a day shows from that day on, in the ledger's own figures."""
    levers = replace(LINES[line].levers, from_day=6)
    changed = simulate(replace(LINES[line], levers=levers), START_NS, START_NS + 11 * DAY_NS, 7)
    without = simulate(replace(LINES[line], levers=Levers(99)), START_NS, START_NS + 11 * DAY_NS, 7)
    live_ns = levers.go_live_ns(changed.start_ns)
    before = changed.start_ns, live_ns
    assert changed.summary(*before) == without.summary(*before)
    after, else_ = (t.summary(live_ns, t.end_ns)[figure] for t in (changed, without))
    change = after / else_ - 1
    assert change > at_least if at_least > 0 else at_least < change < -0.1


def test_planned_time_leaves_out_the_breaks() -> None:
    """Two hours of each production day are breaks; a window counts the part inside it."""
    day_ns = truth("mask-1").start_ns
    assert planned_ns(day_ns, day_ns + 3 * DAY_NS) == 3 * 22 * HOUR_NS
    assert planned_ns(day_ns + 4 * HOUR_NS, day_ns + 5 * HOUR_NS) == 0
    half_past = day_ns + 4 * HOUR_NS + HOUR_NS // 2
    assert planned_ns(half_past, half_past + HOUR_NS) == HOUR_NS // 2


def test_a_line_is_a_value() -> None:
    """Lines are sent to other processes and compared: simulating one leaves it as it was."""
    before: Line = replace(mask.LINE)
    simulate(mask.LINE, START_NS, START_NS, 1)
    assert before == mask.LINE
