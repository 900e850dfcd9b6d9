"""Hard shifts of every simulated line: the figures are the truth, or bounds that hold it.

The plant made what it made; a register wrapped, a wire broke, a clock stood. What the readings
still tell must be found to the last piece; what they do not tell must stay within the bounds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.engine.engine import Engine
from simulators import hard
from simulators.hard import Columns
from simulators.line import SECOND_NS, State
from simulators.shifts import planned_ns
from simulators.signals import state_map
from simulators.truth import MachineTruth
from tests.system.plant import (
    FROM_NS,
    HOUR_NS,
    SHIFT_NS,
    Document,
    deliver,
    exit_of,
    line_of,
    main_counter,
    paths_of,
    plant,
    readings,
    shift_rows,
    spans_of,
    truth_of,
)

pytestmark = pytest.mark.slow

LINES = ("mask-1", "plating-a", "kit-1")
AT_NS = FROM_NS + 2 * HOUR_NS + 10 * 60 * SECOND_NS  # a reading of every counter
LONG_NS = 10 * 60 * SECOND_NS
BOUNDARY_NS = FROM_NS + SHIFT_NS
COUNTERS = ("good", "scrap", "total")
TIMES = {
    "APT": (State.PRODUCING,),
    "AUST": (State.SETUP,),
    "ADET": (State.DELAYED, State.DELAYED_EXTERNAL),
    "ADOT": (State.IDLE,),
}
"""Time elements and the states that they are the time of; all others lie outside of the plan."""
Spoil = Callable[[str], Columns]


def counters(line: str) -> set[str]:
    """The piece counters of a line's exit."""
    return paths_of(line, exit_of(line), *COUNTERS)


@contextmanager
def spoilt(folder: Path, *deliveries: Columns) -> Iterator[Engine]:
    """The engine of a site that was delivered these, one after the other, folded in between."""
    with plant(folder) as (stores, engine, loaded):
        for columns in deliveries:
            deliver(stores, loaded, columns)
            engine.catch_up(lambda _: None)
        yield engine


def check(engine: Engine, line: str, *, exact: bool = True, unknown: float | None = 0.0) -> None:
    """Compare both shifts of every machine and of the line with the truth.

    Args:
        engine: of the site.
        line: to compare.
        exact: whether every piece is known; else the truth lies between the bounds.
        unknown: most seconds of a shift of which the state may be unknown; without any the
            states are exact too; None: they are not compared.
    """
    truth, rows = truth_of(line), shift_rows(engine, line)
    assert len(rows) == 2 * (1 + len(truth.machines))
    for (machine, night), row in rows.items():
        span_ns = FROM_NS + night * SHIFT_NS, FROM_NS + (night + 1) * SHIFT_NS
        place, elements = f"{machine} {row['shift']}", row["elements"]
        one = truth.machines[machine] if machine else truth.exit
        made = one.counts(*span_ns)
        hours = planned_ns(*span_ns) / HOUR_NS
        figure = row["measures"]["throughput_per_hour"]
        low, high = figure["low"] * hours, figure["high"]
        assert low <= made["good"] + 1e-6, place
        assert high is None or high * hours >= made["good"] - 1e-6, place
        if exact:
            assert elements["GQ"] == made["good"], place
            counted = elements["PQ"], elements["SQ"]
            assert counted == pieces_of(one, made), place
            assert low == pytest.approx(high * hours), place
        if unknown is not None:
            check_states(row, spans_of(one, *span_ns), unknown, place)


def pieces_of(one: MachineTruth, made: dict[str, int]) -> tuple[int, int | None]:
    """All pieces and scrap, as one can know them of a machine: good ones alone tell no scrap."""
    if len(one.machine.counts) > 1:
        return made["total"], made["scrap"]
    return made["good"], None


def check_states(row: Document, spent: dict[int, int], unknown: float, place: str) -> None:
    """Time elements of one shift: exact, or within what is unknown."""
    elements, u_s = row["elements"], row["elements"]["U"]
    assert u_s <= unknown + 1e-3, place
    true_s = {name: sum(spent.get(s, 0) for s in of) / SECOND_NS for name, of in TIMES.items()}
    for name, known_s in true_s.items():
        assert elements[name] <= known_s + 1e-3, (place, name)
        assert known_s <= elements[name] + u_s + 1e-3, (place, name)
    producing_s = true_s["APT"]
    available = row["measures"]["availability"]
    true = producing_s / elements["PBT"]
    assert available["low"] - 1e-6 <= true <= available["high"] + 1e-6, place


def modulus_of(line: str) -> int:
    """Where the exit's counters wrap."""
    return next(machine.modulus for machine in line_of(line).machines if machine.exit)


WHOLE: dict[str, Spoil] = {
    "nothing": readings,
    "rollover": lambda line: hard.wrapping(
        readings(line), main_counter(line), AT_NS, modulus_of(line)
    ),
    "glitch": lambda line: hard.shown_once(readings(line), main_counter(line), AT_NS, 0.0),
    "spike": lambda line: hard.shown_once(readings(line), main_counter(line), AT_NS, 3e6),
    "bad counter": lambda line: hard.bad(readings(line), counters(line), AT_NS, AT_NS + LONG_NS),
    "silent counter": lambda line: hard.silent(
        readings(line), counters(line), AT_NS, AT_NS + LONG_NS
    ),
    "stopped clock": lambda line: hard.stopped_clock(
        readings(line), counters(line), AT_NS, AT_NS + LONG_NS
    ),
    "jumped clock": lambda line: hard.jumped_clock(
        readings(line), counters(line), AT_NS, AT_NS + LONG_NS, HOUR_NS
    ),
    "out of order": lambda line: hard.shuffled(readings(line), 1),
    "twice": lambda line: hard.repeated(readings(line), 0.3, 1),
}
"""What loses no piece and no state: everything is found."""


@pytest.mark.parametrize("spoil", WHOLE)
@pytest.mark.parametrize("line", LINES)
def test_what_the_readings_still_tell_is_found_to_the_last_piece(
    tmp_path: Path, line: str, spoil: str
) -> None:
    """Pieces and states of the day and of the night that follows, at every machine."""
    with spoilt(tmp_path, WHOLE[spoil](line)) as engine:
        check(engine, line)


@pytest.mark.parametrize("line", LINES)
def test_what_comes_late_makes_the_truth_again(tmp_path: Path, line: str) -> None:
    """Ten minutes that came after all else: revisions, and every piece."""
    whole = readings(line)
    late = hard.picked(whole, paths_of(line), AT_NS, AT_NS + LONG_NS)
    with spoilt(tmp_path, hard.taken(whole, ~late), hard.taken(whole, late)) as engine:
        check(engine, line)
        assert shift_rows(engine, line)[exit_of(line), 0]["status"] == "revised"


@pytest.mark.parametrize("line", LINES)
def test_a_gap_that_the_counter_survived_costs_states_and_no_piece(
    tmp_path: Path, line: str
) -> None:
    """Nothing of the whole line for ten minutes: unknown state, exact pieces."""
    gap = hard.silent(readings(line), paths_of(line), AT_NS, AT_NS + LONG_NS)
    with spoilt(tmp_path, gap) as engine:
        check(engine, line, unknown=LONG_NS / SECOND_NS + 60)
        row = shift_rows(engine, line)[exit_of(line), 0]
        assert row["elements"]["U"] >= LONG_NS / SECOND_NS
        oee = row["measures"]["oee"]
        assert oee["low"] == pytest.approx(oee["high"])


@pytest.mark.parametrize("line", LINES)
def test_a_state_of_bad_quality_is_unknown_and_held_by_the_bounds(
    tmp_path: Path, line: str
) -> None:
    """The last good state is not carried on; pieces are exact."""
    state = paths_of(line, exit_of(line), "state")
    with spoilt(tmp_path, hard.bad(readings(line), state, AT_NS, AT_NS + LONG_NS)) as engine:
        check(engine, line, unknown=LONG_NS / SECOND_NS + 60)
        assert shift_rows(engine, line)[exit_of(line), 0]["elements"]["U"] > 0


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("lost_ns", [0, 7 * SECOND_NS])
def test_a_reset_shows_what_was_counted_since_and_bounds_what_was_not(
    tmp_path: Path, line: str, lost_ns: int
) -> None:
    """Right after a reading nothing is lost; pieces between reading and reset are bounded."""
    whole, paths = readings(line), counters(line)
    spoiled = hard.reset(whole, paths, AT_NS)
    lost = dict.fromkeys(paths, 0.0)
    if lost_ns:
        truth, ends = truth_of(line).exit, np.array([AT_NS, AT_NS + lost_ns])
        counts = {"good": truth.good, "scrap": truth.scrap, "total": truth.total}
        for path in paths:
            lost[path] = float(np.diff(counts[path.rsplit("/", 1)[1]](ends))[0])
            later = hard.picked(spoiled, {path}, AT_NS + 1, 1 << 62)
            spoiled = hard.changed(
                spoiled, "value", later, hard.values(spoiled, later) - lost[path]
            )
    with spoilt(tmp_path, spoiled) as engine:
        check(engine, line, exact=False)
        row = shift_rows(engine, line)[exit_of(line), 0]
        made = truth_of(line).exit.counts(FROM_NS, FROM_NS + SHIFT_NS)
        names = {path.rsplit("/", 1)[1]: count for path, count in lost.items()}
        good = names["good"] if "good" in names else names["total"] - names["scrap"]
        assert row["elements"]["GQ"] == made["good"] - good


@pytest.mark.parametrize("line", LINES)
def test_a_frozen_register_is_bounded_never_guessed(tmp_path: Path, line: str) -> None:
    """What a register did not show for ten minutes may all have been made, or nothing.

    States are not compared: so long without a piece is a stop, whatever the signal says.
    """
    spoiled = hard.frozen(readings(line), main_counter(line), AT_NS, AT_NS + LONG_NS)
    with spoilt(tmp_path, spoiled) as engine:
        check(engine, line, exact=False, unknown=None)


@pytest.mark.parametrize("line", LINES)
def test_pieces_that_show_at_the_end_of_an_idle_shift_belong_to_the_next(
    tmp_path: Path, line: str
) -> None:
    """The machine stands for its last seconds; the counter moves exactly at the boundary."""
    truth, whole, stood_ns = truth_of(line).exit, readings(line), BOUNDARY_NS - 20 * SECOND_NS
    state = hard.picked(whole, paths_of(line, exit_of(line), "state"), stood_ns, BOUNDARY_NS)
    fault = float(min(code for code, name in stopped_codes(line)))
    spoiled = hard.changed(whole, "value", state, fault)
    assert state.any()
    with spoilt(tmp_path, spoiled) as engine:
        rows = shift_rows(engine, line)
        day, night = (rows[exit_of(line), shift]["elements"]["GQ"] for shift in (0, 1))
        assert day == truth.counts(FROM_NS, stood_ns)["good"]
        assert night == truth.counts(stood_ns, BOUNDARY_NS + SHIFT_NS)["good"]


def stopped_codes(line: str) -> list[tuple[int, str]]:
    """The PLC's numbers for a machine that stands by its own fault."""
    return [(code, name) for code, name in state_map(line_of(line)).items() if name == "delayed"]


@pytest.mark.parametrize("line", LINES)
def test_a_product_without_an_ideal_cycle_has_no_effectiveness(tmp_path: Path, line: str) -> None:
    """From the middle of the day on nobody knows how fast it should be: null, pieces exact."""
    spoiled = readings(line)
    for path in paths_of(line, None, "product"):
        spoiled = hard.renamed(spoiled, path, AT_NS, "NEW-1")
    with spoilt(tmp_path, spoiled) as engine:
        check(engine, line)
        for row in shift_rows(engine, line).values():
            measures: dict[str, Any] = row["measures"]
            assert measures["oee"]["value"] is None
            assert measures["effectiveness"]["value"] is None
            assert measures["availability"]["value"] is not None


@pytest.mark.parametrize("line", LINES)
def test_a_gap_over_the_change_of_shift_costs_the_day_no_piece(tmp_path: Path, line: str) -> None:
    """Nobody can say which shift made them; the day has them all, of every kind."""
    gap = BOUNDARY_NS - LONG_NS, BOUNDARY_NS + LONG_NS
    with spoilt(tmp_path, hard.silent(readings(line), paths_of(line), *gap)) as engine:
        check(engine, line, exact=False, unknown=LONG_NS / SECOND_NS + 60)
        days = engine.kpis(line, FROM_NS, FROM_NS + 2 * SHIFT_NS, "day")["rows"]
        for row in days:
            one = truth_of(line).machines.get(row["machine"], truth_of(line).exit)
            made, elements = one.counts(FROM_NS, FROM_NS + 2 * SHIFT_NS), row["elements"]
            assert elements["GQ"] == made["good"], row["machine"]
            counted = elements["PQ"], elements["SQ"]
            assert counted == pieces_of(one, made), row["machine"]
