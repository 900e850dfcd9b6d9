"""Baselines: frozen once, told apart by their rows, and never moved by what is learnt later."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge.engine.figures.days import by_day
from edge.engine.figures.extract import rows_between
from edge.engine.figures.figures import totals
from edge.engine.figures.sums import measured
from edge.engine.verdicts.baselines import Wish, digest, frozen_line
from edge.errors import NotFound, Refused
from edge.records import proof
from edge.records.elements import HIDES_MICRO_STOPS, LATE
from edge.records.parts import coded
from edge.site import Dated
from kpi.catalogue.index import MEASURES
from tests.unit.edge.figure_desk import (
    DAY,
    Desk,
    Row,
    at,
    hourly,
    line_of,
    machine,
    site_of,
)

KEYS = {
    *("id", "version", "name", "reason", "line", "machine", "measure", "unit", "definition"),
    *("from", "to", "days", "value", "coverage", "frozen_at", "digest", "software"),
}


def wish(measure: str = "throughput_per_hour", days: int = 3, **more: Any) -> Wish:  # noqa: ANN401 - any key of a wish
    """The line's first days."""
    keys = {
        "from_ns": at("00:00"),
        "to_ns": at("00:00", days),
        "name": "first",
        "reason": "as it was",
    }
    return Wish(**{"line": "mask", "machine": None, "measure": measure, **keys, **more})


def shift(desk: Desk, day: int, gq: float, **more: Any) -> list[Row]:  # noqa: ANN401 - any column
    """One day shift of the line, hour by hour."""
    return hourly(desk.site, None, at("08:00", day), at("20:00", day), gq=gq, **more)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A line by day that made 100, 200 and 300 good pieces an hour."""
    desk = Desk(tmp_path, site_of(line_of(machine("body"), shifts=(DAY,))), at("12:00", 9))
    for day in range(3):
        desk.rows(*shift(desk, day, 100.0 * (day + 1), sq=1.0))
    return desk


def test_a_baseline_is_the_ratio_of_its_sums(desk: Desk) -> None:
    """600 pieces in every of 11 planned hours, not those of the break: no mean of three ratios."""
    frozen = desk.engine.freeze(wish())

    assert frozen["value"] == pytest.approx(11 * 600 / 33)
    assert (frozen["id"], frozen["version"], frozen["days"], frozen["coverage"]) == (
        "b1",
        1,
        3,
        1.0,
    )
    assert [(day["day"], day["numerator"], day["denominator"]) for day in frozen["series"]] == [
        ("2026-03-02", 1100, 11),
        ("2026-03-03", 2200, 11),
        ("2026-03-04", 3300, 11),
    ]
    assert frozen["frozen_at"] == "2026-03-11T12:00:00+09:00"
    assert desk.engine.baseline("b1") == frozen
    (listed,) = desk.engine.baselines()["baselines"]
    assert listed.pop("better") == "higher"
    assert listed.keys() == KEYS
    assert listed.items() <= frozen.items()


def test_only_whole_production_days_count(desk: Desk) -> None:
    """A day of which a shift lies outside is left out; one that is thin counts for nothing."""
    desk.rows(*shift(desk, 3, 700.0)[:6])

    early = desk.engine.freeze(wish(from_ns=at("08:01"), to_ns=at("20:00", 2)))
    late = desk.engine.freeze(wish(from_ns=at("08:00"), to_ns=at("19:59", 2)))
    thin = desk.engine.freeze(wish(from_ns=at("08:00", 2), to_ns=at("20:00", 3)))

    assert [day["day"][-2:] for day in early["series"]] == ["03", "04"]
    assert [day["day"][-2:] for day in late["series"]] == ["02", "03"]
    assert [day["coverage"] for day in thin["series"]] == [1.0, pytest.approx(5 / 11)]
    assert (thin["days"], thin["value"]) == (1, pytest.approx(3300 / 11))


def test_what_is_learnt_later_does_not_move_a_baseline(desk: Desk) -> None:
    """A restated day changes the digest, never what was frozen; the next stands beside it."""
    first = desk.engine.freeze(wish())
    desk.rows(*shift(desk, 4, 5.0))
    outside = desk.engine.freeze(wish())
    desk.rows({**shift(desk, 0, 50.0)[0], "machine": "body"})
    second = desk.engine.freeze(wish())
    other = desk.engine.freeze(wish("oee"))

    assert desk.engine.baseline("b1") == first
    assert outside["digest"] == first["digest"]
    assert second["digest"] != first["digest"]
    assert [(one["id"], one["version"]) for one in (first, outside, second, other)] == [
        ("b1", 1),
        ("b2", 2),
        ("b3", 3),
        ("b4", 1),
    ]


def test_a_digest_is_of_what_rows_say(tmp_path: Path) -> None:
    """Other numbers for words, a revision, a late or newer flag leave it; a piece does not."""
    digests = []
    changes: list[Row] = [
        {},
        {},
        {"revision": 3, "status": 2, "flags": LATE | HIDES_MICRO_STOPS},
        {"flags": 1},
        {"gq": 101.0},
    ]
    for place, change in enumerate(changes):
        folder = tmp_path / str(place)
        folder.mkdir()
        desk = Desk(folder, site_of(line_of(machine("body"), shifts=(DAY,))))
        if place == 1:
            with desk.records.writing() as db:
                coded(db, {"zebra"})
                coded(db, {"pack", "A"})
        rows = [
            *shift(desk, 0, 100.0),
            *hourly(desk.site, "body", at("08:00"), at("20:00"), gq=9.0),
            *hourly(desk.site, "pack", at("08:00"), at("20:00"), gq=8.0),
        ]
        rows[3] |= change
        desk.rows(*(reversed(rows) if place == 1 else rows))
        view = desk.engine.view
        digests.append(digest(rows_between(view, desk.line, at("08:00"), at("20:00"))))

    assert digests[0] == digests[1] == digests[2]
    assert len(set(digests[2:])) == 3


def test_a_baseline_keeps_its_ideal_cycles(desk: Desk) -> None:
    """Whatever the configuration says later, and whatever was to hold only after it."""
    later = {"A": (Dated(1.0, None), Dated(3.0, date(2026, 3, 9)))}
    desk.restart(site_of(line_of(machine("body", ideal_cycle_s=later), shifts=(DAY,))))
    frozen = desk.engine.freeze(wish("oee"))
    faster = {"A": (Dated(0.5, None),)}
    desk.restart(site_of(line_of(machine("body", ideal_cycle_s=faster), shifts=(DAY,))))

    line = frozen_line(desk.engine.view, frozen)

    assert dict(line.machines[0].ideal_cycle_s) == {"A": (Dated(1.0, None),)}
    assert frozen["value"] == pytest.approx(11 * 600 / (33 * 3600))


def test_what_cannot_be_a_baseline_is_refused(desk: Desk) -> None:
    """Each refusal says what would be allowed, and nothing is stored."""
    for one, error, message in (
        (
            wish("mtbf"),
            Refused,
            "'mtbf' cannot be compared by days; take one of allocation_efficiency, ",
        ),
        (wish("speed"), Refused, "'speed' cannot be compared by days"),
        (wish(line="tin"), NotFound, "there is no line 'tin'; there are mask"),
        (wish(machine="press"), NotFound, "mask has no machine 'press'; it has body"),
        (wish(from_ns=at("00:00", 20), to_ns=at("00:00", 30)), Refused, "holds nothing yet"),
        (
            wish(from_ns=at("00:00", 5), to_ns=at("00:00", 8)),
            Refused,
            "no whole production day from",
        ),
        (wish(from_ns=at("09:00"), to_ns=at("10:00")), Refused, "no whole production day from"),
    ):
        with pytest.raises(error, match=message):
            desk.engine.freeze(one)
    assert desk.engine.baselines()["baselines"] == []
    with pytest.raises(NotFound, match="there is no baseline 'b7'; there are none"):
        desk.engine.baseline("b7")


def test_two_who_freeze_at_once_get_two_numbers(desk: Desk) -> None:
    """Ids are given inside the transaction that writes them."""
    records = desk.records
    first = proof.keep(records, proof.baseline, 1, lambda known: {"n": len(known)})
    second = proof.keep(records, proof.baseline, 1, lambda known: {"n": len(known)})

    assert (first, second) == ({"id": "b1", "n": 0}, {"id": "b2", "n": 1})


@pytest.mark.parametrize("measure", sorted(name for name, one in MEASURES.items() if one.parts))
def test_numerator_over_denominator_is_the_measure(desk: Desk, measure: str) -> None:
    """Day by day, with set-up, delay, rework and unknown time in it."""
    names = ("state", "good", "scrap", "rework", "energy")
    desk.restart(site_of(line_of(machine("body", *names), shifts=(DAY,))))
    minute_ns = 60 * 10**9
    more = {
        "aust_ns": 7 * minute_ns,
        "adet_external_ns": 3 * minute_ns,
        "unknown_ns": 2 * minute_ns,
        "adot_ns": 4 * minute_ns,
        "labour_ns": 90 * minute_ns,
        "attendance_ns": 100 * minute_ns,
        "changeovers_n": 1,
    }
    for day in (5, 6):
        rows = shift(desk, day, 900.0, sq=30.0, rq=11.0, apt_s=2000, energy_kwh=3.0 + day)
        desk.rows(*({**row, **more} if row["planned"] else row for row in rows))
    window = at("08:00", 5), at("20:00", 6)
    view = desk.engine.view

    days = by_day(view, desk.line, None, measure, window)
    found = totals(view, desk.line, window, "day")
    values = MEASURES[measure].of(measured(desk.line, found.rows, found.sums)).value

    mine = found.of(None)
    assert days.day == ["2026-03-07", "2026-03-08"]
    assert (days.numerator / days.denominator).tolist() == pytest.approx(
        values[mine].tolist(), nan_ok=measure == "unit_cost"
    )
