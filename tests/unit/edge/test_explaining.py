"""A figure can be followed down to the samples that made it, and nothing in between is missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.engine.engine import Engine
from edge.engine.explaining.explaining import Question
from edge.errors import NotFound, Refused
from edge.history import History
from edge.model import SECOND_NS, STATUS_BAD, STATUS_GOOD, Batch, Row
from edge.records.database import Records
from edge.site import Kind
from edge.stores import Stores
from tests.unit.edge.fake_clock import ToldClock
from tests.unit.edge.fold_desk import at, body, empty_records, machine, signal, site_of

MINUTE_NS = 60 * SECOND_NS
GOOD = "hanbit/mask/body/good"
STATE = "hanbit/mask/body/state"


class World:
    """A site with real stores and an engine over them."""

    def __init__(self, stores: Stores, folder: Path) -> None:
        product = signal("body", "product", Kind.TEXT)
        counter = signal("body", "good", modulus=1000, max_rate=3.0, reset_policy="never")
        packer = machine("pack", signal("pack", "good"), exit=False)
        self.site = site_of(packer, body(counter, product, exit=True))
        self.stores, path = stores, folder / "records.db"
        path.write_bytes(empty_records())
        self.engine = Engine(
            self.site, History(stores), Records.open(path), ToldClock(at("+1 20:00"))
        )
        with stores.journal.transaction():
            self.ids = stores.catalog.ids(
                {
                    one.path: (one.kind.value, one.unit, "plc")
                    for one in self.site.signals().values()
                }
            )
            self.product_a = stores.catalog.symbol("A")

    def say(self, path: str, *samples: tuple[int, float], status: int = STATUS_GOOD) -> None:
        """Commit samples of one signal."""
        rows = [Row(self.ids[path], when, when, value, status) for when, value in samples]
        with self.stores.journal.transaction():
            self.stores.journal.append(Batch.of(rows))

    def explain(self, from_: str, to: str, **more: str | None) -> dict[str, Any]:
        """What made a figure of the body machine."""
        asked = {"machine": "body", "measure": "oee", **more}
        return self.engine.explain(Question("mask", at(from_), at(to), **asked))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """From 09:00 to 10:00 a piece a second; a glitch at 09:10 and a wrap at 09:16:40."""
    with Stores.open(tmp_path) as stores:
        world = World(stores, tmp_path)
        hour = range(at("09:00"), at("10:00") + 1, 10 * SECOND_NS)
        counted = [(t, float((t - at("09:00")) // SECOND_NS % 1000)) for t in hour]
        counted[60] = counted[60][0], 3.0
        world.say(GOOD, *counted)
        world.say("hanbit/mask/body/scrap", *[(t, 0.0) for t in hour])
        world.say(STATE, *[(t, 1.0) for t in hour if not at("09:40") <= t < at("09:45")])
        world.say("hanbit/mask/body/product", (at("09:00"), float(world.product_a)))
        yield world


def test_buckets_add_up_to_the_elements_and_these_to_the_figure(world: World) -> None:
    """Every planned second and piece of the hour is in exactly one bucket."""
    world.engine.catch_up(lambda _: None)
    found = world.explain("09:00", "10:00")
    summed = {
        name: sum(bucket["elements"][name] for bucket in found["buckets"])
        for name in ("pbt_ns", "gq", "count_unknown_ns", "unknown_ns")
    }
    assert summed["gq"] == 3600
    assert summed["pbt_ns"] == found["elements"]["pbt_ns"] == 3600 * SECOND_NS
    ideal_s = sum(b["elements"]["gq"] * b["ideal_cycle_s"] for b in found["buckets"])
    assert found["elements"]["ideal_gq_s"] == ideal_s == 3600
    assert found["figures"]["oee"]["value"] == 1.0
    assert found["figures"]["oee"]["formula"] == "ΣPRI·GQ / ΣPBT"
    rows = world.engine.kpis("mask", at("09:00"), at("10:00"), "machine")["rows"]
    mine = next(row["measures"]["oee"] for row in rows if row["machine"] == "body")
    more = {"formula": "ΣPRI·GQ / ΣPBT", "lacks": None}
    assert mine | more == found["figures"]["oee"]


def test_each_decision_names_its_readings(world: World) -> None:
    """What was dropped and what wrapped, with the raw values before and after."""
    world.engine.catch_up(lambda _: None)
    glitch, wrap, *more = world.explain("09:00", "10:00")["decisions"]
    assert [one["decision"] for one in more] == ["rollover"] * 2
    assert (glitch["decision"], glitch["at"]) == ("glitch", "2026-03-02T09:10:00+09:00")
    assert (glitch["before"]["value"], glitch["reading"], glitch["after"]["value"]) == (590, 3, 610)
    assert (glitch["count"], glitch["high"]) == (0, 0)
    assert (wrap["decision"], wrap["signal"], wrap["count"]) == ("rollover", GOOD, 10)
    assert (wrap["before"]["value"], wrap["reading"]) == (990, 0)
    assert wrap["before"]["at"] == "2026-03-02T09:16:30+09:00"
    assert world.explain("09:17", "09:33")["decisions"] == []


def test_unknown_time_is_told_with_its_reason(world: World) -> None:
    """Silence, Bad quality and a value without a meaning are three things."""
    world.say(STATE, (at("10:00") + MINUTE_NS // 2, 77.0))
    world.say(STATE, (at("10:04"), 1.0))
    world.say(STATE, (at("10:05"), 1.0), status=STATUS_BAD)
    for minute in range(1, 20):
        t = at("10:00") + minute * MINUTE_NS // 2
        world.say("hanbit/mask/body/scrap", (t, 0.0))
    world.engine.catch_up(lambda _: None)
    gaps = world.explain("09:00", "11:00")["gaps"]["state_unknown"]
    told = [(gap["from"][11:19], gap["to"][11:19], gap["why"], gap["value"]) for gap in gaps]
    assert told == [
        ("10:00:30", "10:04:00", "not_in_state_map", "77"),
        ("10:05:00", "10:09:30", "not_good", None),
    ]


def test_what_the_source_lost_and_what_was_set_aside_are_named(world: World) -> None:
    """The ledger's gaps and quarantined rows of the sources behind the figure, and of no other."""
    with world.stores.journal.transaction():
        for source in ("plc", "other"):
            world.stores.ledger.gap(source, "queue overflow", at("09:50"), at("09:51"))
            world.stores.ledger.quarantine(source, "nan", b"x", at("09:55"), rows=3)
    world.engine.catch_up(lambda _: None)
    found = world.explain("09:00", "10:00")
    assert [gap["reason"] for gap in found["gaps"]["sources"]] == ["queue overflow"]
    assert found["exclusions"]["set_aside"] == [{"source": "plc", "reason": "nan", "rows": 3}]


def test_planned_time_that_nobody_saw_and_breaks_are_told(world: World) -> None:
    """After the last sign of life the plan goes on; a break is not planned."""
    world.engine.catch_up(lambda _: None)
    found = world.explain("09:00", "14:00")
    unseen = found["gaps"]["unseen"]
    assert [(one["from"][11:16], one["to"][11:16]) for one in unseen] == [
        ("10:00", "12:00"),
        ("13:00", "14:00"),
    ]
    (lunch,) = found["exclusions"]["not_planned"]
    assert (lunch["from"][11:16], lunch["to"][11:16], lunch["why"]) == (
        "12:00",
        "13:00",
        "planned_down",
    )


def test_the_raw_samples_named_give_the_figure_again(world: World) -> None:
    """The interval begins with the reading from which the first increment counts."""
    world.engine.catch_up(lambda _: None)
    found = world.explain("09:30", "10:00")
    named = {one["role"]: one for one in found["samples"]}
    assert named["good"]["from"] == "2026-03-02T09:29:50+09:00"
    assert (named["good"]["rows"], named["good"]["not_good"]) == (180, 0)
    assert {one["signal"] for one in found["samples"]} >= {GOOD, STATE}
    history = History(world.stores)
    raw = history.samples([GOOD], at("09:29:50"), at("10:00") + 1)[GOOD].value
    assert (raw[-1] - raw[0]) % 1000 == 1810 % 1000  # the ten pieces before 09:30 end there


def test_tables_and_versions_stand_beside_the_figure(world: World) -> None:
    """The calendar, cycles, map and limits that hold, and what the rows were computed with."""
    world.engine.catch_up(lambda _: None)
    found = world.explain("09:00", "10:00")
    assert [one["id"] for one in found["tables"]["calendar"]["shifts"]] == ["2026-03-02/day"]
    assert found["tables"]["ideal_cycles_s"]["body"] == {"A": [[1.0, None]]}
    assert found["tables"]["state_map"]["body"]["1"] == "producing"
    assert found["tables"]["counters"][GOOD]["modulus"] == 1000
    assert found["versions"]["definitions"] == ["iso22400/oee@2"]
    assert found["versions"]["calendar_version"] == [found["tables"]["calendar"]["version"]]


def test_the_line_is_told_by_its_exit_and_all_measures_at_once(world: World) -> None:
    """Without a machine the line, without a measure every one of the catalogue."""
    world.engine.catch_up(lambda _: None)
    found = world.explain("09:00", "10:00", machine=None, measure=None)
    assert found["machine"] is None
    assert found["figures"]["throughput_per_hour"]["value"] == 3600
    assert {"oee", "availability", "unit_cost"} <= found["figures"].keys()
    assert {one["signal"] for one in found["samples"] if one["role"] == "good"} == {GOOD}


def test_what_cannot_be_explained_is_refused(world: World) -> None:
    """Unknown names list what there is; what is too long says how much is not."""
    with pytest.raises(
        NotFound, match="there is no measure 'speed'; there are allocation_efficiency, "
    ):
        world.explain("09:00", "10:00", measure="speed")
    with pytest.raises(NotFound, match="mask has no machine 'x'; it has pack, body"):
        world.explain("09:00", "10:00", machine="x")
    with pytest.raises(Refused, match="at most 35 days are explained at once"):
        world.engine.explain(Question("mask", at("-40 09:00"), at("10:00")))
