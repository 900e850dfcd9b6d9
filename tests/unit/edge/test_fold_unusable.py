"""A counter that sends nothing that can be used is not a counter that counts nothing."""

from pathlib import Path

import numpy as np
import pytest

from edge.model import SECOND_NS, STATUS_BAD, Row
from tests.unit.edge.fold_desk import Desk, at, body, signal, site_of

TEN_S = 10 * SECOND_NS
RATE_PER_H = (
    1.1 * 1.5 * 3600
)  # the most of a machine with a cycle of a second, by the counter's cap


def morning(desk: Desk, bad_from: str, bad_to: str, end: str) -> list[Row]:
    """A piece a second from eight on; the counter of good pieces is Bad for a while."""
    times = range(at("08:00"), at(end) + 1, TEN_S)
    counted = [(t, (t - at("08:00")) // SECOND_NS) for t in times]
    inside = [(t, n) for t, n in counted if at(bad_from) <= t < at(bad_to)]
    outside = [one for one in counted if one not in set(inside)]
    rows = desk.told("body", "state", *[(t, 1) for t in times])
    rows += desk.told("body", "scrap", *[(t, 0) for t in times])
    rows += desk.told("body", "good", *inside, status=STATUS_BAD)
    return rows + desk.told("body", "good", *outside)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One machine with state, good and scrap."""
    return Desk(site_of(body()), tmp_path)


def test_pieces_of_a_counter_that_stays_bad_are_unknown(desk: Desk) -> None:
    """Two hours of Bad readings are two hours of unknown count, not of no pieces."""
    desk.memory.write(morning(desk, "09:00", "11:01", "11:00"))
    desk.run()
    sums = desk.sums("body", "08:00", "12:00")
    assert sums["gq"] == 3600 - 10
    assert sums["count_unknown_ns"] == at("11:00") - at("09:00") + TEN_S
    assert 3 * 3600 <= sums["gq_high"] <= sums["gq"] + 2.1 * RATE_PER_H


def test_a_good_reading_tells_what_bad_ones_hid(desk: Desk) -> None:
    """The counter went on: once it is heard again, nothing is unknown and nothing lost."""
    desk.memory.write(morning(desk, "09:00", "10:30", "11:00"))
    desk.run()
    sums = desk.sums("body", "08:00", "12:00")
    assert (sums["gq"], sums["gq_high"], sums["count_unknown_ns"]) == (3 * 3600, 3 * 3600, 0)


def test_pieces_before_the_first_reading_have_an_upper_bound(desk: Desk) -> None:
    """The machine ran for an hour before its counter was heard: up to its greatest rate."""
    rows = morning(desk, "08:00", "08:00", "10:00")
    good = desk.told("body", "good", (at("08:00"), 0))[0].signal
    desk.memory.write([row for row in rows if row.signal != good or row.source_ns >= at("09:00")])
    desk.run()
    sums = desk.sums("body", "08:00", "12:00")
    assert sums["gq"] == 3600
    assert sums["count_unknown_ns"] == at("09:00") - at("08:00")
    assert 2 * 3600 <= sums["gq_high"] <= 3600 + 1.1 * RATE_PER_H


def test_a_bad_reading_between_good_ones_brings_no_earlier_quarter_anew(desk: Desk) -> None:
    """What came before is told by the good readings before it, however often the day was Bad."""
    desk.memory.write(morning(desk, "08:00", "08:00", "12:00"))
    desk.run()
    desk.say("body", "good", ("11:30:05", 0), status=STATUS_BAD)
    desk.fold.scan(desk.recent.blocks, desk.memory.paths)
    assert [done.from_ns for done in desk.fold.fold()] == [at("11:15")]


@pytest.mark.parametrize("end", ["10:30", "11:00"])
@pytest.mark.parametrize("seed", range(3))
def test_cuts_of_arrival_change_nothing_of_bad_stretches(
    tmp_path: Path, seed: int, end: str
) -> None:
    """Folded after every batch or all at once, the tables are equal."""
    rng = np.random.default_rng(seed)
    whole, cut = (Desk(site_of(body()), tmp_path, name) for name in ("whole", "cut"))
    rows = sorted(morning(whole, "08:40", "10:40", end), key=lambda row: row.source_ns)
    whole.memory.write(rows)
    whole.run()
    places = np.sort(rng.choice(len(rows), 6, replace=False)).tolist()
    for begin, stop in zip([0, *places], [*places, len(rows)], strict=True):
        cut.memory.write(rows[begin:stop])
        cut.clock.now_ns = at("12:00")
        cut.run()
    assert cut.table() == whole.table()


@pytest.mark.parametrize("status", [STATUS_BAD, None])
def test_a_meter_that_is_never_heard_has_used_no_known_energy(
    tmp_path: Path, status: int | None
) -> None:
    """Bad readings, or none at all, are no zero: how much was used has no upper bound."""
    desk = Desk(site_of(body(signal("body", "energy"))), tmp_path)
    desk.memory.write(morning(desk, "08:00", "08:00", "10:00"))
    if status is not None:
        times = range(at("08:00"), at("10:00") + 1, TEN_S)
        desk.say("body", "energy", *[(t, 7) for t in times], status=status)
    desk.run()
    sums = desk.sums("body", "08:00", "10:00")
    assert (sums["energy_kwh"], sums["energy_kwh_low"]) == (0, 0)
    assert sums["energy_kwh_high"] == float("inf")
    assert sums["count_unknown_ns"] == 0  # pieces are known whatever the meter does
