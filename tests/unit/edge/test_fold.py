"""The fold on paper: small cases whose rows anybody can work out by hand."""

from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from edge.model import SECOND_NS, STATUS_BAD
from edge.records import elements
from edge.records.parts import read_elements, read_loose, read_spans
from edge.site import Dated, Kind
from kpi.states import State
from tests.unit.edge.fold_desk import MAP, Desk, at, body, machine, signal, site_of

EVERY_10_S = 10 * SECOND_NS


def steady(from_: str, to: str, value: float = 1) -> list[tuple[int, float]]:
    """A state said again every ten seconds."""
    return [(t, value) for t in range(at(from_), at(to) + 1, EVERY_10_S)]


def counting(from_: str, to: str, start: int = 0, per_s: float = 1.0) -> list[tuple[int, float]]:
    """A counter that is read every ten seconds."""
    return [
        (t, start + (t - at(from_)) / 1e9 * per_s) for t in range(at(from_), at(to) + 1, EVERY_10_S)
    ]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A line of one machine with state, good, scrap and product."""
    return Desk(site_of(body(signal("body", "product", Kind.TEXT))), tmp_path)


def test_an_hour_of_steady_production_is_four_full_rows(desk: Desk) -> None:
    """Rows lie between first and last proof of life, on the quarter-hour grid."""
    desk.say("body", "state", *steady("09:05", "10:00"))
    desk.say("body", "good", *counting("09:05", "10:00"))
    desk.say("body", "scrap", *counting("09:05", "10:00", per_s=0.1))
    desk.say("body", "product", ("09:05", "A"))
    desk.run()
    for name in ("body", None):
        rows = desk.rows(name)
        assert rows["t0_ns"].tolist() == [at("09:05"), at("09:15"), at("09:30"), at("09:45")]
        assert rows["t1_ns"].tolist() == [at("09:15"), at("09:30"), at("09:45"), at("10:00")]
        assert rows["apt_ns"].tolist() == [600 * SECOND_NS, *[900 * SECOND_NS] * 3]
        assert rows["gq"].tolist() == [600, 900, 900, 900]
        assert rows["pq"].tolist() == [660, 990, 990, 990]
        assert rows.texts("product") == ["A"] * 4
        assert rows.texts("shift_id") == ["2026-03-02/day"] * 4


def test_a_piece_on_a_boundary_after_an_idle_end_belongs_to_the_next_shift(desk: Desk) -> None:
    """Without producing time the bucket of the reading's instant has the piece."""
    desk.say("body", "state", *steady("19:50", "19:59:50", 5), *steady("20:00", "20:10", 1))
    desk.say("body", "good", ("19:50", 7), ("19:59:30", 7), ("20:00", 8), ("20:00:10", 18))
    desk.run()
    assert desk.sums("body", "19:00", "20:00")["gq"] == 0
    assert desk.sums("body", "20:00", "21:00")["gq"] == 11


def test_pieces_across_a_boundary_are_divided_by_producing_time(desk: Desk) -> None:
    """Whole pieces, the larger remainder first, ties to the earlier shift; both rows say so."""
    desk.say("body", "state", *steady("19:30", "20:15"))
    desk.say("body", "good", ("19:30", 0), ("19:59:50", 0), ("20:00:10", 21), ("20:15", 21))
    desk.run()
    rows = desk.rows()
    assert rows["gq"].tolist() == [0, 11, 10]
    assert (rows["flags"] & elements.SPLIT > 0).tolist() == [False, True, True]


def test_a_long_increment_across_shifts_is_loose(desk: Desk) -> None:
    """Nobody can say which shift made it: no row has it, and it is listed with its amount."""
    desk.say("body", "state", *steady("19:30", "20:15"))
    desk.say("body", "good", ("19:30", 0), ("19:59", 0), ("20:01", 100), ("20:15", 100))
    desk.run()
    assert desk.rows()["gq"].sum() == 0
    assert desk.rows()["flags"][-1] & elements.LOOSE
    loose = [row for row in read_loose(desk.records, "mask", 0, 1 << 62) if row["machine"]]
    assert sorted((r["quantity"], r["t0_ns"], r["t1_ns"], r["amount"]) for r in loose) == [
        ("gq", at("19:59"), at("20:01"), 100.0),
        ("pq", at("19:59"), at("20:01"), 100.0),
    ]


def test_a_loose_total_is_made_and_good_and_loose_scrap_is_taken_off(tmp_path: Path) -> None:
    """Where good is a difference its loose part is one too, or the day would not add up."""
    counts = signal("body", "total"), signal("body", "scrap")
    state = signal("body", "state", Kind.STATE, map=MAP)
    desk = Desk(site_of(machine("body", state, *counts)), tmp_path)
    desk.say("body", "state", *steady("19:30", "20:15"))
    desk.say("body", "total", ("19:30", 0), ("19:59", 0), ("20:01", 100), ("20:15", 100))
    desk.say("body", "scrap", ("19:30", 0), ("19:59", 0), ("20:01", 7), ("20:15", 7))
    desk.run()
    loose = [row for row in read_loose(desk.records, "mask", 0, 1 << 62) if row["machine"]]
    found: dict[str, list[float]] = {}
    for row in loose:
        sums = found.setdefault(row["quantity"], [0.0, 0.0, 0.0])
        found[row["quantity"]] = [
            a + row[k] for a, k in zip(sums, ("amount", "low", "high"), strict=True)
        ]
    assert found == {"pq": [100.0] * 3, "gq": [93.0] * 3, "sq": [7.0] * 3}


def test_a_jump_after_a_register_stood_may_all_have_been_made(desk: Desk) -> None:
    """One piece a second, not shown for 100 s: 0 to 100 pieces."""
    desk.say("body", "state", *steady("09:00", "09:29"))
    seconds = range(0, 600, 10)
    shown = [s if s <= 100 or s >= 200 else 100 for s in seconds]
    moments = [at("09:00") + s * SECOND_NS for s in seconds]
    desk.say("body", "good", *zip(moments, shown, strict=True))
    desk.say("body", "scrap", *[(t, 0) for t in moments])
    desk.run()
    sums = desk.sums("body", "09:00", "09:15")
    (gq, pq) = (
        [
            r
            for r in read_loose(desk.records, "mask", 0, 1 << 62)
            if r["machine"] and r["quantity"] == q
        ]
        for q in ("gq", "pq")
    )
    assert (sums["gq"], sums["gq_low"], sums["gq_high"]) == (490, 490, 508)  # cap of 10 s is 18
    assert [(r["t0_ns"], r["t1_ns"], r["amount"], r["low"], r["high"]) for r in gq] == [
        (at("09:01:40"), at("09:03:20"), 0.0, 0.0, 82.0)
    ]
    assert [r["high"] for r in pq] == [82.0]


def test_a_jump_of_a_register_that_moved_is_bounded_by_the_machine(desk: Desk) -> None:
    """What is new since the last reading is what one machine can make in that time, no more."""
    desk.say("body", "state", *steady("09:00", "09:29"))
    desk.say("body", "good", *[(f"09:0{n}", 50 * n + (400 if n > 5 else 0)) for n in range(10)])
    desk.run()
    assert read_loose(desk.records, "mask", 0, 1 << 62) == []
    sums = desk.sums("body", "09:00", "09:15")
    assert (sums["gq"], sums["gq_high"]) == (400, 500)  # cap of 60 s is 100


def test_a_reset_counts_what_is_seen_and_bounds_what_is_not(desk: Desk) -> None:
    """From 100 to 3 in 10 s at most 17 pieces were made: cap = ceil(1.1 * 1.5 * 10) + 1 = 18."""
    desk.say("body", "state", *steady("09:00", "09:10"))
    desk.say("body", "good", ("09:00", 90), ("09:00:10", 100), ("09:00:20", 3), ("09:00:30", 13))
    desk.run()
    row = desk.rows()
    assert (row["gq"][0], row["gq_low"][0], row["gq_high"][0]) == (23, 23, 10 + 18 + 10)
    assert row["flags"][0] & elements.RESET


def test_a_wrap_is_no_reset(tmp_path: Path) -> None:
    """65,530 to 4 of a 16-bit counter are ten pieces."""
    desk = Desk(site_of(body(signal("body", "good", modulus=65536))), tmp_path)
    desk.say("body", "state", *steady("09:00", "09:10"))
    desk.say("body", "good", ("09:00", 65_520), ("09:00:10", 65_530), ("09:00:20", 4))
    desk.run()
    assert desk.rows()["gq"].sum() == 20
    assert desk.rows()["flags"][0] & elements.ROLLOVER


def test_a_counter_that_survives_a_silence_recovers_its_pieces(desk: Desk) -> None:
    """The state of the silence is unknown from the last proof of life on; the count is exact."""
    desk.say("body", "state", *steady("09:45", "10:00"), *steady("10:10", "10:15"))
    desk.say("body", "good", *counting("09:45", "10:00"), *counting("10:10", "10:15", 1500))
    desk.say("body", "scrap", ("09:45", 0), ("10:15", 0))
    desk.run()
    rows = desk.rows()
    assert rows["unknown_ns"].tolist() == [0, 600 * SECOND_NS]
    assert rows["gq"].tolist() == [900, 900]
    assert rows["count_unknown_ns"].tolist() == [0, 0]


def test_bad_quality_is_unknown_and_never_a_value(desk: Desk) -> None:
    """A Bad state is unknown until the next good one; a Bad reading is passed over."""
    desk.say("body", "state", *steady("09:00", "09:04:50"), *steady("09:06", "09:10"))
    desk.say("body", "state", ("09:05", 1), status=STATUS_BAD)
    desk.say("body", "good", *counting("09:00", "09:10"))
    desk.say("body", "scrap", ("09:00", 0), ("09:10", 3))
    desk.say("body", "scrap", ("09:05", 10_000), status=STATUS_BAD)
    desk.run()
    sums = desk.sums("body", "09:00", "10:00")
    assert sums["unknown_ns"] == 60 * SECOND_NS
    assert (sums["gq"], sums["sq"]) == (600, 3)


def test_a_night_belongs_to_the_day_on_which_it_began(desk: Desk) -> None:
    """The production day starts at 08:00; 02:00 is still yesterday's night shift."""
    desk.say("body", "state", *steady("+1 01:55", "+1 02:10"))
    desk.run()
    rows = desk.rows()
    assert set(rows.texts("shift_id")) == {"2026-03-02/night"}
    assert rows["production_day"].astype("datetime64[D]").astype(str).tolist() == ["2026-03-02"] * 2


def test_a_break_is_not_planned_and_what_runs_in_it_is_shown_apart(desk: Desk) -> None:
    """12:00 to 13:00: operation time, not busy time; its output stays in rows of its own."""
    desk.say("body", "state", *steady("11:50", "12:10"))
    desk.say("body", "good", *counting("11:50", "12:10"))
    desk.run()
    planned, pause = desk.sums("body", "11:45", "12:00"), desk.sums("body", "12:00", "12:15")
    assert (planned["pbt_ns"], planned["apt_ns"]) == (600 * SECOND_NS, 600 * SECOND_NS)
    assert (pause["pot_ns"], pause["pdot_ns"], pause["pbt_ns"]) == (*[600 * SECOND_NS] * 2, 0)
    assert (pause["apt_ns"], pause["unplanned_run_ns"]) == (0, 600 * SECOND_NS)
    assert (planned["gq"], pause["gq"]) == (600, 600)


def test_maintenance_that_the_machine_tells_is_not_busy_time(desk: Desk) -> None:
    """PLANNED_DOWN inside a shift cuts the bucket and leaves planned time."""
    desk.say("body", "state", *steady("09:00", "09:04:50"), *steady("09:05", "09:07:50", 6))
    desk.say("body", "state", *steady("09:08", "09:15"))
    desk.run()
    rows = desk.rows()
    assert rows["t0_ns"].tolist() == [at("09:00"), at("09:05"), at("09:08")]
    assert rows["planned"].tolist() == [True, False, True]
    assert rows["pdot_ns"].tolist() == [0, 180 * SECOND_NS, 0]


def test_a_new_product_cuts_the_bucket_and_counts_as_change_over(desk: Desk) -> None:
    """A product without ideal cycle gets none of another's: its row says so."""
    desk.say("body", "state", *steady("09:00", "09:15"))
    desk.say("body", "good", *counting("09:00", "09:15"))
    desk.say("body", "product", ("09:00", "A"), ("09:05", "C"))
    desk.run()
    rows = desk.rows()
    assert rows.texts("product") == ["A", "C"]
    assert rows["t1_ns"].tolist() == [at("09:05"), at("09:15")]
    assert rows["changeovers_n"].tolist() == [0, 1]
    assert (rows["flags"] & elements.NO_IDEAL_CYCLE > 0).tolist() == [False, True]


def test_gaps_between_pieces_are_micro_stops_or_stops(desk: Desk) -> None:
    """One second a piece: 10 s without one lose 9 s, 400 s are a stop that was no production."""
    seconds = [*range(11), *range(20, 61), *range(460, 601)]
    desk.say("body", "state", *steady("09:00", "09:10"))
    desk.say("body", "product", ("09:00", "A"))
    desk.say("body", "good", *[(at("09:00") + s * SECOND_NS, n) for n, s in enumerate(seconds)])
    desk.run()
    row = desk.sums("body", "09:00", "10:00")
    assert (row["micro_n"], row["micro_ns"]) == (1, 9 * SECOND_NS)
    assert (row["stops_n"], row["adet_ns"]) == (1, 399 * SECOND_NS)
    assert row["apt_ns"] == 201 * SECOND_NS
    spans = read_spans(desk.records, "mask", 0, 1 << 62).of("body")
    assert spans["state"].tolist() == [State.PRODUCING, State.DELAYED, State.PRODUCING]
    assert spans["t0_ns"].tolist()[1:] == [at("09:01:01"), at("09:07:40")]


def test_a_gap_above_the_limit_of_stops_is_one_also_where_pieces_take_minutes(
    tmp_path: Path,
) -> None:
    """200 s a piece, so 400 s make a micro-stop, but 300 s a stop: a gap of 350 s lost 150 s."""
    slow = {"A": (Dated(200.0, None),)}
    own = body(signal("body", "product", Kind.TEXT), ideal_cycle_s=slow)
    desk = Desk(site_of(own), tmp_path)
    desk.say("body", "state", *steady("09:00", "09:20"))
    desk.say("body", "product", ("09:00", "A"))
    desk.say(
        "body", "good", *[(at("09:00") + s * SECOND_NS, n) for n, s in enumerate((0, 200, 550))]
    )
    desk.say("body", "good", ("09:12:30", 3), ("09:15:50", 4), ("09:19:10", 5))
    desk.run()
    row = desk.sums("body", "09:00", "10:00")
    assert (row["micro_n"], row["micro_ns"]) == (0, 0)
    assert (row["stops_n"], row["adet_ns"]) == (1, 150 * SECOND_NS)
    assert row["apt_ns"] == (1200 - 150) * SECOND_NS


@pytest.mark.parametrize("seed", range(3))
def test_the_limit_of_a_stop_moves_no_piece_and_no_planned_time(tmp_path: Path, seed: int) -> None:
    """So the OEE stays: what is delay by one limit is production by the other, and lost in both."""
    rng = np.random.default_rng(seed)
    seconds = np.cumsum(rng.choice([1, 2, 15, 45], 400, p=[0.7, 0.2, 0.07, 0.03]))
    sums = []
    for stop_after_s in (20.0, 300.0):
        own = body(signal("body", "product", Kind.TEXT), stop_after_s=stop_after_s)
        desk = Desk(site_of(own), tmp_path, f"stop{stop_after_s:.0f}")
        desk.say("body", "state", *steady("09:00", "09:50"))
        desk.say("body", "product", ("09:00", "A"))
        desk.say(
            "body", "good", *[(at("09:00") + int(s) * SECOND_NS, n) for n, s in enumerate(seconds)]
        )
        desk.run()
        sums.append(desk.sums("body", "09:00", "10:00"))
    narrow, wide = sums
    for name in ("pq", "gq", "gq_low", "gq_high", "pbt_ns", "unknown_ns"):
        assert narrow[name] == wide[name], name
    assert narrow["adet_ns"] > wide["adet_ns"]
    assert narrow["apt_ns"] + narrow["adet_ns"] == wide["apt_ns"] + wide["adet_ns"]
    lost = [each["micro_ns"] + each["adet_ns"] for each in sums]
    gaps = np.diff(seconds[1:], prepend=0, append=50 * 60)  # the first reading brings no piece
    assert lost[0] == lost[1] == (gaps - 1)[gaps > 3].sum() * SECOND_NS


def test_a_limit_below_the_cycle_loses_no_more_than_nothing(tmp_path: Path) -> None:
    """One limit for all products of a machine: pieces at 0.8 s of a cycle of 1 s lose no time."""
    own = body(signal("body", "product", Kind.TEXT), micro_after_s=0.5)
    desk = Desk(site_of(own), tmp_path)
    desk.say("body", "state", *steady("09:00", "09:10"))
    desk.say("body", "product", ("09:00", "A"))
    desk.say("body", "good", *counting("09:00", "09:10", per_s=1.25))
    desk.run()
    assert desk.sums("body", "09:00", "10:00")["micro_ns"] == 0
    assert (desk.rows()["micro_ns"] >= 0).all()


def test_pieces_in_a_stopped_state_are_a_conflict(desk: Desk) -> None:
    """They count, and their number is told; the state stays what the machine said."""
    desk.say("body", "state", *steady("09:00", "09:10", 3))
    desk.say("body", "good", ("09:00", 0), ("09:05", 0), ("09:05:10", 4), ("09:10", 4))
    desk.run()
    row = desk.sums("body", "09:00", "10:00")
    assert (row["gq"], row["conflicts_n"], row["adet_ns"]) == (4, 4, 600 * SECOND_NS)
    assert desk.rows()["flags"][0] & elements.CONFLICT


def test_without_a_reject_counter_scrap_is_unknown_not_zero(tmp_path: Path) -> None:
    """`good` alone: PQ = GQ, and nobody knows of scrap or rework."""
    only = machine(
        "body", signal("body", "state", Kind.STATE, map={"1": "producing"}), signal("body", "good")
    )
    desk = Desk(site_of(only), tmp_path)
    desk.say("body", "state", *steady("09:00", "09:10"))
    desk.say("body", "good", *counting("09:00", "09:10"))
    desk.run()
    row = desk.rows().take(slice(0, 1)).columns
    assert (row["pq"][0], row["gq"][0]) == (600, 600)
    assert isnan(row["sq"][0])
    assert isnan(row["rq"][0])
    assert isnan(row["energy_kwh"][0])


def test_total_and_scrap_give_good_with_bounds_crosswise(tmp_path: Path) -> None:
    """GQ = total - scrap; where scrap is bounded, good is bounded the other way round."""
    counters = signal("body", "total"), signal("body", "scrap", max_rate=1.0)
    only = machine("body", signal("body", "state", Kind.STATE, map={"1": "producing"}), *counters)
    desk = Desk(site_of(only), tmp_path)
    desk.say("body", "state", *steady("09:00", "09:10"))
    desk.say("body", "total", ("09:00", 0), ("09:00:10", 10))
    desk.say("body", "scrap", ("09:00", 5), ("09:00:10", 2))
    desk.run()
    row = {name: column[0].item() for name, column in desk.rows().columns.items()}
    assert (row["pq"], row["sq"], row["gq"]) == (10, 2, 8)
    assert (row["gq_low"], row["gq_high"]) == (0, 8)  # scrap is between 2 and 12


def test_a_machine_without_state_produces_between_its_pieces(tmp_path: Path) -> None:
    """Pieces at most `stop_after` apart; else it is delayed while it lives. The rows say so."""
    desk = Desk(site_of(machine("body", signal("body", "good"), stop_after_s=60.0)), tmp_path)
    desk.say(
        "body",
        "good",
        *counting("09:00", "09:02"),
        *[(t, 120) for t, _ in steady("09:02:10", "09:10")],
    )
    desk.say("body", "good", *counting("09:10:10", "09:15", 121))
    desk.run()
    row = desk.sums("body", "09:00", "10:00")
    assert row["apt_ns"] == row["inferred_ns"] == (110 + 290) * SECOND_NS
    assert row["adet_ns"] == 500 * SECOND_NS
    assert desk.rows()["flags"][0] & elements.INFERRED


def test_a_counter_that_ends_while_the_machine_lives_is_unknown(tmp_path: Path) -> None:
    """Silence of a counter and its device is no zero: the state goes on, the count is unknown."""
    meter = replace(signal("body", "good"), source="broker")
    desk = Desk(
        site_of(machine("body", signal("body", "state", Kind.STATE, map=MAP), meter)), tmp_path
    )
    desk.say("body", "state", *steady("09:00", "11:00"))
    desk.say("body", "good", *counting("09:00", "09:40"))
    desk.run()
    assert desk.sums("body", "09:00", "11:00")["gq"] == 2400
    unknown = desk.sums("body", "09:00", "11:00")["count_unknown_ns"]
    assert unknown == (at("11:00") - at("09:40"))
    desk.memory.lives["broker"] = list(range(at("09:40"), at("11:00"), EVERY_10_S))
    desk.say("body", "state", ("11:00:10", 1))
    desk.run()
    assert desk.sums("body", "09:45", "12:00")["count_unknown_ns"] == 0


def test_keep_alives_keep_a_state_and_lengthen_the_rows(desk: Desk) -> None:
    """A server that sends only changes proves by keep-alives that nothing changed."""
    desk.say("body", "state", ("09:00", 1))
    desk.memory.lives["plc"] = [at("09:00") + i * EVERY_10_S for i in range(1, 61)]
    desk.clock.now_ns = at("09:20")
    desk.run()
    assert desk.rows()["t1_ns"].tolist() == [at("09:10")]
    assert desk.rows()["apt_ns"].tolist() == [600 * SECOND_NS]


def test_the_line_has_the_counts_of_its_exit_and_the_energy_of_all(tmp_path: Path) -> None:
    """Scrap upstream is seen in the machines' rows; the product of the one that names it holds."""
    first = body(signal("body", "energy"), signal("body", "product", Kind.TEXT), exit=False)
    last = machine(
        "pack",
        signal("pack", "state", Kind.STATE, map={"1": "producing"}),
        signal("pack", "good"),
        signal("pack", "energy"),
    )
    desk = Desk(site_of(first, last), tmp_path)
    for name in ("body", "pack"):
        desk.say(name, "state", *steady("09:00", "09:15"))
        desk.say(name, "energy", ("09:00", 0), ("09:10", 2.5))
    desk.say("body", "good", *counting("09:00", "09:15", per_s=1.2))
    desk.say("pack", "good", *counting("09:00", "09:15"))
    desk.say("body", "product", ("09:00", "A"))
    desk.run()
    line = desk.rows(None)
    assert (line["gq"].tolist(), line["energy_kwh"].tolist()) == ([900.0], [5.0])
    assert line.texts("product") == desk.rows("pack").texts("product") == ["A"]
    assert desk.rows("body")["gq"].tolist() == [1080.0]


def test_material_is_kept_per_bucket_and_product(tmp_path: Path) -> None:
    """A usage counter fills the second table, in its own unit."""
    film = signal("body", "film", material="film", scale=0.5)
    desk = Desk(site_of(body(film)), tmp_path)
    desk.say("body", "state", *steady("09:00", "09:30"))
    desk.say("body", "film", ("09:00", 0), ("09:10", 8), ("09:20", 20))
    desk.run()
    rows = read_elements(desk.records, "mask", 0, 1 << 62, kind="usage").of("body")
    assert rows.texts("material") == ["film"] * 2
    assert rows["quantity"].tolist() == [4 + 3, 3]


def test_sums_partition_every_bucket_of_a_wild_hour(desk: Desk) -> None:
    """POT = PBT + PDOT, and the states partition PBT, to the nanosecond."""
    rng = np.random.default_rng(5)
    times = np.cumsum(rng.integers(1, 40 * SECOND_NS, 300)) + at("11:00") + 13
    desk.say("body", "state", *zip(times.tolist(), rng.integers(0, 8, 300).tolist(), strict=True))
    desk.run()
    rows = desk.rows()
    parts = ("apt_ns", "aust_ns", "adet_ns", "adet_external_ns", "adot_ns", "unknown_ns")
    assert (np.sum([rows[name] for name in parts], axis=0) == rows["pbt_ns"]).all()
    assert (rows["pbt_ns"] + rows["pdot_ns"] == rows["pot_ns"]).all()
    assert rows["pot_ns"].sum() == times[-1] - times[0]
