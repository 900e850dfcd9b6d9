"""Late facts restate visibly; crashes and other processes change nothing."""

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from edge.engine.folding import lines
from edge.engine.folding.fold import Fold
from edge.model import DAY_NS, SECOND_NS, Samples
from edge.records import elements, progress
from edge.records.elements import STATUS
from edge.records.parts import Elements, read_loose
from edge.site import Kind
from tests.unit.edge.fake_clock import ToldClock
from tests.unit.edge.fold_desk import Desk, at, body, moved, signal, site_of

TEN_S = 10 * SECOND_NS
NOW = at("+1 09:00")


def statuses(rows: Elements) -> list[str]:
    """The status of each row as text."""
    return [STATUS[code] for code in rows["status"].tolist()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A morning from 09:00 to 10:00 that was imported the day after, folded."""
    desk = Desk(site_of(body(signal("body", "product", Kind.TEXT))), tmp_path)
    desk.clock.now_ns = NOW
    hour = range(at("09:00"), at("10:00") + 1, TEN_S)
    rows = desk.told("body", "state", *[(t, 1) for t in hour])
    rows += desk.told("body", "good", *[(t, (t - at("09:00")) // SECOND_NS) for t in hour])
    rows += desk.told("body", "scrap", *[(t, 0) for t in hour[::6]])
    rows += desk.told("body", "product", (at("09:00"), "A"))
    desk.memory.write(moved(rows, NOW))
    desk.run()
    return desk


def late(desk: Desk, name: str, *samples: tuple[str, object]) -> None:
    """Samples that come an hour after everything else."""
    desk.clock.now_ns = NOW + 3600 * SECOND_NS
    desk.memory.write(moved(desk.told("body", name, *samples), desk.clock.now_ns))
    desk.run()


def test_an_import_is_final_at_once(desk: Desk) -> None:
    """Nobody waits for more of a past that came whole."""
    assert statuses(desk.rows()) == ["final"] * 4
    assert desk.rows()["revision"].tolist() == [0] * 4


def test_late_scrap_makes_a_revision_and_keeps_the_old_row(desk: Desk) -> None:
    """Only the touched buckets are revised; the past as it was known is still there."""
    late(desk, "scrap", ("09:20:30", 2))
    rows = desk.rows()
    assert statuses(rows) == ["final", "revised", "final", "final"]
    assert (rows["sq"].tolist(), rows["revision"].tolist()) == ([0, 2, 0, 0], [0, 1, 0, 0])
    assert rows["flags"][1] & elements.LATE
    assert rows.texts("reason")[1] == "late data"
    assert rows["knowledge_ns"].tolist() == [NOW, desk.clock.now_ns, NOW, NOW]
    before = desk.rows(as_of=NOW)
    assert before["sq"].sum() == 0
    assert statuses(before) == ["final"] * 4
    assert desk.rows(as_of=desk.clock.now_ns)["sq"].sum() == 2


def test_a_late_product_cuts_a_final_bucket_and_a_later_one_mends_it(desk: Desk) -> None:
    """A row that no longer exists is taken back by a revision, and each instant shows its truth."""
    late(desk, "product", ("09:20", "B"))
    once = desk.rows()
    assert once["t0_ns"].tolist()[1:3] == [at("09:15"), at("09:20")]
    assert statuses(once) == ["final", *["revised"] * 4]
    first_known = desk.clock.now_ns
    desk.clock.now_ns += TEN_S
    desk.memory.write(moved(desk.told("body", "product", ("09:20", "A")), desk.clock.now_ns))
    desk.run()
    assert desk.rows()["t0_ns"].tolist() == desk.rows(as_of=NOW)["t0_ns"].tolist()
    assert desk.rows(as_of=first_known)["t0_ns"].tolist() == once["t0_ns"].tolist()
    assert desk.rows()["revision"].tolist() == [0, 2, 2, 2]


def test_a_live_bucket_is_rewritten_in_place_until_the_watermark_passes(tmp_path: Path) -> None:
    """Provisional for ten minutes after its end, then final, without a revision."""
    patient = signal("body", "state", Kind.STATE, map={"1": "producing"}, stale_after_s=120.0)
    desk = Desk(site_of(body(patient)), tmp_path)
    wanted = {20: ["provisional"] * 2, 26: ["final", "provisional"]}
    for minute in range(31):
        now = at("09:00") + minute * 60 * SECOND_NS
        desk.clock.now_ns = now
        desk.say("body", "state", (now, 1))
        desk.say("body", "good", (now, minute * 60))
        desk.run()
        assert statuses(desk.rows()) == wanted.get(minute, statuses(desk.rows()))
    rows = desk.rows()
    assert rows["revision"].tolist() == [0, 0]
    assert rows["gq"].tolist() == [900, 900]
    assert len(desk.rows(as_of=at("09:10"))) == 0


def test_what_is_known_already_changes_nothing(desk: Desk) -> None:
    """A second delivery of the same samples leaves every byte of the rows."""
    before = desk.rows().columns
    desk.clock.now_ns += 3600 * SECOND_NS
    desk.memory.blocks.append(desk.memory.blocks[0])
    desk.run()
    for name, column in desk.rows().columns.items():
        assert column.tobytes() == before[name].tobytes()


def test_of_two_values_at_one_instant_the_later_block_counts(desk: Desk) -> None:
    """A corrected reading replaces the first one."""
    late(desk, "scrap", ("09:20:30", 5))
    assert desk.rows()["sq"].sum() == 5
    late(desk, "scrap", ("09:20:30", 1))
    assert desk.rows()["sq"].sum() == 1


def test_a_changed_configuration_restates_with_that_reason(desk: Desk) -> None:
    """Another state map tells another past: revisions, with the old ones beside them."""
    site = site_of(
        body(
            signal("body", "product", Kind.TEXT),
            signal("body", "state", Kind.STATE, map={"1": "setup"}),
        )
    )
    desk.site = desk.memory.site = site
    desk.clock.now_ns += TEN_S
    desk.open()
    desk.run()
    rows = desk.rows()
    assert rows["aust_ns"].sum() == 3600 * SECOND_NS
    assert set(rows.texts("reason")) == {"changed configuration"}
    assert desk.rows(as_of=NOW)["apt_ns"].sum() == 3600 * SECOND_NS


def test_a_release_that_reads_better_mends_what_an_earlier_one_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watt hours once read as pieces do not stay: the rows are computed anew and say so."""
    desk = Desk(site_of(body(signal("body", "energy"))), tmp_path)
    minutes = range(at("12:00"), at("13:00") + 1, 60 * SECOND_NS)
    desk.say("body", "good", *[(t, 500) for t in minutes])
    desk.say("body", "energy", *[(t, n * 0.004) for n, t in enumerate(minutes)])

    def misread(signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        found = right(signals, from_ns, to_ns)
        return found | {"hanbit/mask/body/good": found["hanbit/mask/body/energy"]}

    right = desk.memory.samples
    with monkeypatch.context() as patch:
        patch.setattr(lines, "EDITION", lines.EDITION - 1)
        patch.setattr(desk.memory, "samples", misread)
        desk.open()
        desk.run()
        assert desk.rows()["gq"].sum() == pytest.approx(0.24)
    desk.open()
    desk.run()
    rows = desk.rows()
    assert rows["gq"].tolist() == [0] * 4
    assert statuses(rows) == ["revised"] * 3 + ["provisional"]
    assert rows.texts("reason")[:3] == ["computed anew"] * 3


def test_a_crash_in_a_fold_leaves_the_mark_and_the_old_rows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and mark change in one transaction, or neither does."""
    before = desk.table()

    def crash(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(progress, "put_anchors", crash)
        with pytest.raises(KeyboardInterrupt):
            late(desk, "scrap", ("09:20:30", 2))
    assert desk.table() == before
    desk.run()
    assert desk.rows()["sq"].sum() == 2


def test_a_mark_before_a_machine_lived_makes_no_rows(tmp_path: Path) -> None:
    """The hour before its first sign of life is empty, also where it began with no known state."""
    desk = Desk(site_of(body()), tmp_path)
    times = range(at("09:05:05"), at("11:00"), TEN_S)
    desk.say("body", "state", *[(t, 1 if t > at("09:20") else 77) for t in times])
    desk.run()
    before = desk.table()
    with desk.records.writing() as db:
        progress.add_marks(db, [("mask", at("08:30"), at("09:00") - 1)], "rest")
    desk.run()
    assert desk.table() == before


def test_a_mark_that_another_process_has_done_is_not_done_again(desk: Desk) -> None:
    """Two processes may compute the same window; the second one writes nothing."""
    other = Fold(desk.site, desk.memory, desk.records, ToldClock(NOW + 7200 * SECOND_NS))
    desk.memory.write(moved(desk.told("body", "scrap", ("09:20:30", 2)), NOW + TEN_S))
    desk.fold.scan(desk.memory.after, desk.memory.paths)
    works = desk.fold._next(None)
    assert other.fold() != []
    assert desk.fold._fold_together(works) == []
    assert desk.rows()["knowledge_ns"].max() == NOW + 7200 * SECOND_NS


def test_old_days_are_folded_newest_first_and_apart_from_the_live_ones(tmp_path: Path) -> None:
    """`live` leaves history to others, `history` leaves today; together they do everything."""
    desk = Desk(site_of(body()), tmp_path)
    start = at("09:00")
    times = range(start, start + 5 * DAY_NS, 3600 * SECOND_NS)
    desk.memory.write(desk.told("body", "state", *[(t, 1) for t in times]))
    desk.clock.now_ns = times[-1]
    desk.fold.scan(desk.memory.after, desk.memory.paths)
    assert desk.fold.backlog() == 1.0
    live = [done.from_ns for _ in range(9) for done in desk.fold.fold(origin="live")]
    assert min(live) >= (times[-1] // DAY_NS - 1) * DAY_NS
    assert 0 < desk.fold.backlog() < 1
    history = [done.from_ns for _ in range(9) for done in desk.fold.fold(origin="history")]
    assert history == sorted(history, reverse=True)
    assert desk.fold.backlog() == 0.0
    assert desk.fold.fold() == []


def test_a_late_reading_may_change_a_loose_increment_and_no_row(tmp_path: Path) -> None:
    """Read once in a shift, pieces belong to none: those of the reading between were 60, not 50."""
    desk = Desk(site_of(body()), tmp_path)
    desk.clock.now_ns = NOW
    for name, last in (("good", 120), ("scrap", 0)):
        said = desk.told("body", name, ("08:30", 0), ("20:30", last and 50), ("+1 08:30", last))
        desk.memory.write(moved(said, NOW))
    desk.run()
    before, table = loose_of(desk), desk.table()
    late(desk, "good", ("20:30", 60))
    assert before == {50.0, 70.0}
    assert loose_of(desk) == {60.0}
    assert desk.table() == table


def loose_of(desk: Desk) -> set[float]:
    """The amounts of loose good pieces that hold."""
    every = read_loose(desk.records, "mask", -(1 << 60), 1 << 62)
    return {float(one["amount"]) for one in every if one["quantity"] == "gq"}


def test_a_source_with_another_id_takes_nothing_from_the_past(tmp_path: Path) -> None:
    """A gateway takes the place of a PLC at one; both tell changes alone, and that they live.

    From ten to eleven the machine stood: nothing but the life of the PLC tells that it still did.
    """
    desk = Desk(site_of(body()), tmp_path)
    desk.clock.now_ns = at("+1 09:00")

    def works(begin: str, end: str, first: int, source: str) -> None:
        times = range(at(begin), at(end) + 1, TEN_S)
        desk.memory.lives.setdefault(source, []).extend(times)
        desk.say("body", "good", *[(t, first + n) for n, t in enumerate(times)])

    works("08:00", "10:00", 0, "plc")
    desk.memory.lives["plc"] += range(at("10:00"), at("11:00"), TEN_S)
    works("11:00", "12:00", 720, "plc")
    desk.say("body", "state", ("08:00", 1), ("10:00", 3), ("11:00", 1), ("12:00", 5))
    desk.run()
    before = desk.table()
    known = desk.sums("body", "08:00", "12:00")
    assert [known[name] // SECOND_NS for name in ("apt_ns", "adet_ns")] == [3 * 3600, 3600]

    (line,) = desk.site.lines
    (own,) = line.machines
    told = {name: replace(each, source="gateway") for name, each in own.signals.items()}
    site = replace(desk.site, lines=(replace(line, machines=(replace(own, signals=told),)),))
    desk.site = desk.memory.site = site
    desk.open()
    desk.run()
    assert desk.table() == before

    works("13:00", "15:00", 1080, "gateway")
    desk.say("body", "state", ("13:00", 1), ("15:00", 5))
    desk.run()
    again = desk.sums("body", "08:00", "12:00")
    for name in ("apt_ns", "adet_ns", "adot_ns", "unknown_ns", "gq"):
        assert again[name] == known[name], name
    later = desk.sums("body", "12:00", "15:00")
    assert (later["apt_ns"], later["gq"]) == (2 * 3600 * SECOND_NS, 720)
