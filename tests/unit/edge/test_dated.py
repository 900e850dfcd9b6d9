"""Dated tables: what holds when, whoever said so, and exactly the rows that a change concerns."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.engine.entering import tabling
from edge.engine.entering.tabling import Wish
from edge.engine.figures.pricing import priced, rates_of
from edge.engine.floor.stop_tiles import reasons_of
from edge.engine.views import Views
from edge.errors import Changed, Refused
from edge.model import SECOND_NS
from edge.records.audit import Actor
from edge.site import Dated, Day, Shift, Site
from tests.unit.edge.fold_desk import DAY, Desk, at, body, site_of

MIN_NS = 60 * SECOND_NS
KIM = Actor("kim", "page")


def days_of_work(desk: Desk, days: int = 3) -> None:
    """A machine that makes a piece every two seconds on some days, from eight to ten."""
    for day in range(days):
        begin, end = at(f"+{day} 08:00"), at(f"+{day} 10:00")
        times = list(range(begin, end + 1, MIN_NS))
        made = [(t - begin) // (2 * SECOND_NS) + 3600 * day for t in times]
        desk.say("body", "state", *((t, 1) for t in times))
        desk.say("body", "good", *zip(times, made, strict=True))
        desk.say("body", "scrap", *((t, 0) for t in times))
    desk.clock.now_ns = at(f"+{days} 08:00")


def write(desk: Desk, kind: str, **entry: Any) -> dict[str, Any]:  # noqa: ANN401 - any key of an entry
    """Write an entry as the page would."""
    view = Views(desk.site, desk.memory, desk.records, desk.clock).now()
    return tabling.entered(view, Wish(kind, entry), KIM)


def cycle(desk: Desk, value: float, day: str, product: str = "A") -> dict[str, Any]:
    """An ideal cycle of the body."""
    where = {"line": "mask", "machine": "body", "product": product}
    return write(desk, "cycle", **where, value=value, valid_from=day)


def days_revised(desk: Desk) -> dict[str, set[str]]:
    """The reasons of the rows that were restated, by local day of the test."""
    rows, found = desk.rows("body"), dict[str, set[str]]()
    for t0_ns, revision, reason in zip(
        rows["t0_ns"].tolist(), rows["revision"].tolist(), rows.texts("reason"), strict=True
    ):
        if revision:
            day = (t0_ns - at("00:00")) // (24 * 60 * MIN_NS)
            found.setdefault(f"+{day}", set()).add(str(reason))
    return found


def test_a_new_cycle_restates_the_days_from_its_own_on(tmp_path: Path) -> None:
    """Rows before keep their revision; those after say which entry changed them."""
    desk = Desk(site_of(body()), tmp_path)
    days_of_work(desk)
    desk.run()

    found = cycle(desk, 1.5, "2026-03-04")
    desk.run()

    assert days_revised(desk) == {"+2": {f"dated entry {found['id']}.1"}}


def test_a_correction_is_a_new_version_beside_the_old(tmp_path: Path) -> None:
    """The former value stays with who wrote it and when; the same once more adds nothing."""
    desk = Desk(site_of(body()), tmp_path)
    first = cycle(desk, 1.5, "2026-03-04")
    desk.clock.now_ns += SECOND_NS
    second = cycle(desk, 1.6, "2026-03-04")
    same = cycle(desk, 1.6, "2026-03-04")

    view = Views(desk.site, desk.memory, desk.records, desk.clock).now()
    history = tabling.history(view, first["id"])["history"]
    assert [(one["version"], one["entry"]["value"]) for one in history] == [(1, 1.5), (2, 1.6)]
    assert same == second
    assert view.site.lines[0].machines[0].ideal_cycle_s["A"] == (
        Dated(1.0, None),
        Dated(1.6, date(2026, 3, 4)),
    )


def test_what_was_taken_back_holds_no_longer(tmp_path: Path) -> None:
    """The configuration holds again, and rows are as they were before."""
    desk = Desk(site_of(body()), tmp_path)
    days_of_work(desk)
    desk.run()
    before = desk.table()
    found = cycle(desk, 9.0, "2026-03-03")
    desk.run()

    view = Views(desk.site, desk.memory, desk.records, desk.clock).now()
    with pytest.raises(Changed):
        tabling.withdrawn(view, found["id"], 2, KIM)
    tabling.withdrawn(view, found["id"], 1, KIM)
    desk.run()

    assert desk.table() == before
    assert tabling.listed(view, "cycles")["cycles"] == [
        {
            "id": None,
            "version": None,
            "kind": "cycle",
            "origin": "configuration",
            "entry": {
                "line": "mask",
                "machine": "body",
                "product": "A",
                "value": 1.0,
                "valid_from": None,
            },
            "note": None,
            "who": None,
            "entered": None,
            "withdrawn": False,
        }
    ]


def entries(desk: Desk) -> None:
    """A faster cycle, another product, a holiday and overtime, in this order."""
    cycle(desk, 0.5, "2026-03-03")
    cycle(desk, 2.5, "2026-03-04", "B")
    write(desk, "day", line="mask", day="2026-03-03", closed=True)
    late = {"name": "late", "start": "08:00", "end": "09:00"}
    write(desk, "day", line="mask", day="2026-03-04", closed=True, shifts=[late])


def in_the_file(site: Site) -> Site:
    """The same in the configuration."""
    (line,) = site.lines
    (machine,) = line.machines
    dated = {
        "A": (Dated(1.0, None), Dated(0.5, date(2026, 3, 3))),
        "B": (Dated(2.5, date(2026, 3, 4)),),
    }
    late = Shift("late", "08:00", "09:00")
    days = Day(date(2026, 3, 3), closed=True), Day(date(2026, 3, 4), closed=True, shifts=(late,))
    machines = (replace(machine, ideal_cycle_s=dated),)
    return replace(site, lines=(replace(line, machines=machines, days=days),))


def test_entries_and_configuration_give_one_table(tmp_path: Path) -> None:
    """Before the samples, after them, between them, or in the file: the rows are the same."""
    site = site_of(body(), shifts=(DAY,))
    tables = []
    for name, when in (("before", 0), ("between", 2), ("after", 9), ("file", -1)):
        desk = Desk(site if when >= 0 else in_the_file(site), tmp_path, name)
        whole = Desk(site, tmp_path, f"{name}-samples")
        days_of_work(whole)
        desk.clock.now_ns = whole.clock.now_ns
        for n, block in enumerate(whole.memory.blocks):
            if n == when:
                entries(desk)
            desk.memory.blocks.append(block)
            desk.run()
        if when > len(whole.memory.blocks) - 1:
            entries(desk)
        desk.run()
        tables.append(desk.table())

    assert tables[0] == tables[1] == tables[2] == tables[3]
    planned = {
        day: sum(
            row["planned"]
            for (name, t0), row in tables[0].items()
            if name == "body" and at(f"+{day} 00:00") <= t0 < at(f"+{day + 1} 00:00")
        )
        for day in range(3)
    }
    assert planned == {0: 44, 1: 0, 2: 4}  # quarter hours of eleven, none and one planned hour


def test_two_shifts_at_once_are_refused(tmp_path: Path) -> None:
    """Time would count twice; nothing is stored."""
    desk = Desk(site_of(body()), tmp_path)
    late = {"name": "late", "start": "19:00", "end": "21:00"}

    with pytest.raises(Refused, match="on 2026-03-04 the shifts 'day' and 'late' overlap"):
        write(desk, "day", line="mask", day="2026-03-04", shifts=[late])

    view = Views(desk.site, desk.memory, desk.records, desk.clock).now()
    found = tabling.listed(view, "calendars")["calendars"]
    assert {row["origin"] for row in found} == {"configuration"}


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            {"item": "film", "value": -1, "unit": "KRW/kg", "valid_from": "2026-03-02"},
            "value is -1",
        ),
        ({"item": "film", "value": 1, "unit": "won", "valid_from": "2026-03-02"}, "unit is 'won'"),
        ({"item": "film", "value": 1, "unit": "KRW/kg"}, "valid_from"),
        (
            {"item": "a", "value": 1, "unit": "KRW/kg", "valid_from": "2026-03-02"}
            | {"valid_to": "2026-03-02"},
            "not after valid_from",
        ),
        (
            {"item": "electricity", "value": 1, "unit": "KRW/MW.h", "valid_from": "2026-03-02"},
            "unit is 'KRW/MW.h', and electricity is counted in kW.h; write what one costs, as KRW/",
        ),
    ],
)
def test_a_fault_is_told_by_its_key(tmp_path: Path, entry: dict[str, Any], says: str) -> None:
    """What was seen and what is wrong with it."""
    desk = Desk(site_of(body()), tmp_path)
    with pytest.raises(Refused, match=says):
        write(desk, "price", **entry)


def test_a_price_in_another_currency_is_told_in_won(tmp_path: Path) -> None:
    """At the rate of its day; without a rate it has no price at all."""
    desk = Desk(site_of(body()), tmp_path)
    write(desk, "price", item="film", value=2, unit="USD/kg", valid_from="2026-03-01")
    write(desk, "price", item="USD", value=1300, unit="KRW/USD", valid_from="2026-03-02")
    write(desk, "price", item="USD", value=1400, unit="KRW/USD", valid_from="2026-03-03")

    view = Views(desk.site, desk.memory, desk.records, desk.clock).now()
    at_ns = np.array([at("-1 12:00"), at("12:00"), at("+1 12:00")], np.int64)
    found = priced(view, rates_of(view.site), "film", at_ns)

    assert np.isnan(found[0])
    assert found[1:].tolist() == [2600.0, 2800.0]


def test_a_tariff_prices_electricity_by_the_hour(tmp_path: Path) -> None:
    """Off-peak, mid and peak of a Monday in March; a flat price held before it."""
    desk = Desk(site_of(body()), tmp_path)
    band = {"off_peak": 90, "mid": 120, "peak": 180}
    rates = dict.fromkeys(("summer", "spring_autumn", "winter"), band)
    flat = {"item": "electricity", "value": 100, "unit": "KRW/kW.h"}
    write(desk, "price", **flat, valid_from="2026-01-01")
    write(desk, "tariff", contract="industrial-eul", rates=rates, valid_from="2026-03-02")

    view = Views(desk.site, desk.memory, desk.records, desk.clock).now()
    walls = ("-1 12:00", "07:30", "08:30", "11:30", "12:30", "23:30")
    at_ns = np.array([at(wall) for wall in walls], np.int64)

    found = priced(view, rates_of(view.site), "electricity", at_ns).tolist()
    assert found == [100, 90, 120, 180, 120, 90]


def test_a_reason_is_offered_from_its_day_on(tmp_path: Path) -> None:
    """One of ours may be left out, one of the site stands beside the others."""
    desk = Desk(site_of(body()), tmp_path)
    words = {"ko": "바늘", "en": "Needle", "vi": "Kim"}
    write(desk, "reason", id="needle", **words, valid_from="2026-03-03")
    write(desk, "reason", id="other", **words, valid_from="2026-03-03", offered=False)

    site = Views(desk.site, desk.memory, desk.records, desk.clock).now().site
    before, after = (
        {one["id"] for one in reasons_of(site, site.lines[0], date(2026, 3, day))} for day in (2, 3)
    )
    assert after - before == {"needle"}
    assert before - after == {"other"}
