"""Findings in the figures themselves: each on paper, and none where there is nothing to say."""

import asyncio
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from edge.engine.engine import Engine
from edge.engine.findings.lints import Lint, lints
from edge.records import progress
from edge.records.loosened import Unplaced
from edge.service.desk import Desk as Seat
from edge.service.linting import code_of, looked, said
from edge.text.catalogue import catalogue
from tests.unit.edge.figure_desk import DAY, Desk, Row, at, hourly, line_of, machine, site_of

CODES = [key.removeprefix("lint.") for key in catalogue("en") if key.startswith("lint.")]


def desk_of(folder: Path, *rows: Row) -> Desk:
    """A line by day, a week later."""
    desk = Desk(folder, site_of(line_of(machine("body"), shifts=(DAY,))), at("08:00", 7))
    desk.rows(*rows)
    return desk


def shift(day: int = 0, gq: float = 500.0, until: str = "20:00", **more: Any) -> list[Row]:  # noqa: ANN401 - any column
    """A day of the line, hour by hour, with nothing in the break."""
    site = site_of(line_of(machine("body"), shifts=(DAY,)))
    pieces = {"gq": lambda t: 0 if t == at("12:00", day) else gq}
    return hourly(site, None, at("08:00", day), at(until, day), **{**pieces, **more})


def found(desk: Desk, days: int = 6) -> list[Lint]:
    """What is found of the line in its first days."""
    return lints(desk.engine.view, desk.line, (at("08:00"), at("08:00", days)))


def test_a_plain_week_has_no_finding(tmp_path: Path) -> None:
    """Days of other sizes, at less than the ideal speed, in planned time alone."""
    assert found(desk_of(tmp_path, *(row for d in range(5) for row in shift(d, 500 + d)))) == []


@pytest.mark.parametrize(
    ("more", "lint"),
    [
        ({"gq": 500, "until": "21:00"}, ("unplanned_output", 500, 6000)),
        ({"apt_s": 450.0}, ("fast_cycle", 5500 / (11 * 450), 1)),
        ({"conflicts_n": 3}, ("conflict", 36, 5500)),
        ({"product": lambda t: "B" if t == at("08:00") else "A"}, ("no_cycle", 500, 5500)),
    ],
)
def test_each_finding_says_how_much_and_of_what(
    tmp_path: Path, more: dict[str, Any], lint: tuple[str, float, float]
) -> None:
    """An hour of overtime; 1 s of ideal time in 0.82 s; 3 an hour; a new product."""
    desk = desk_of(tmp_path, *shift(**more))

    (one,) = found(desk, days=1)

    assert (one.code, one.line, one.machine) == (lint[0], "mask", None)
    assert [one.amount, one.of] == pytest.approx([lint[1], lint[2]])


@pytest.mark.parametrize(("amount", "is_found"), [(25.0, False), (30.0, True)])
def test_a_half_percent_of_loose_pieces_is_a_finding(
    tmp_path: Path, amount: float, *, is_found: bool
) -> None:
    """5,500 in rows: 25 more are 0.45 %, 30 are 0.54 %."""
    desk = desk_of(tmp_path, *shift())
    span = at("19:00"), at("20:00")
    desk.loose(Unplaced(None, "pq", *span, span[1] - 1, amount, amount, amount))

    assert [one.code for one in found(desk)] == (["loose"] if is_found else [])


@pytest.mark.parametrize(
    ("line", "hour", "is_found"),
    [("mask", "19:00", False), ("mask", "08:00", True), ("b", "19:00", True)],
)
def test_pieces_whose_rows_are_still_to_be_made_are_not_loose(
    tmp_path: Path, line: str, hour: str, *, is_found: bool
) -> None:
    """While a past is imported, nobody asks for the count between its end and today."""
    desk = desk_of(tmp_path, *shift())
    span = at("19:00"), at("20:00")
    desk.loose(Unplaced(None, "pq", *span, span[1] - 1, 900.0, 900.0, 900.0))
    with desk.engine.view.records.writing() as db:
        progress.add_marks(db, [(line, at(hour), at(hour))], "history")

    assert [one.code for one in found(desk)] == (["loose"] if is_found else [])


@pytest.mark.parametrize(("days", "is_found"), [(4, False), (5, True)])
def test_five_equal_days_are_a_finding(tmp_path: Path, days: int, *, is_found: bool) -> None:
    """5,500 pieces on each of five days: who counts so?"""
    desk = desk_of(tmp_path, *(row for day in range(days) for row in shift(day)), *shift(5, 400))

    assert [(one.code, one.amount, one.of) for one in found(desk)] == (
        [("constant_series", days, 5500)] if is_found else []
    )


def test_health_tells_each_finding_once_and_in_every_language() -> None:
    """What holds for the line is not told of its machines; pages have words for all of it."""
    whole = Lint("unplanned_output", "mask", None, 1152.0, 6912.0)
    exit_of_it = whole._replace(machine="body")
    alone = Lint("fast_cycle", "mask", "body", 1.125, 1.0)

    told = said([whole, exit_of_it, alone])
    made = "1,152 of 6,912 pieces were made outside of planned time"
    assert {code: words["en"] for code, words in told.items()} == {
        "unplanned output/mask": f"{made}, in the last 7 days",
        "fast cycle/mask/body": "112.5\u00a0% of the ideal speed, in the last 7 days",
    }
    assert told["fast cycle/mask/body"]["ko"] == "표준 속도의 112.5\u00a0% (최근 7일)"
    for code in CODES:
        key = code_of(Lint(code, "mask", None, 1.0, 1.0)).partition("/")[0].replace(" ", "_")
        for language in ("en", "ko", "vi"):
            wanted = {f"finding.{key}{part}" for part in ("", ".means", ".do", ".who")}
            assert wanted | {f"lint.{code}"} <= catalogue(language).keys()


def test_the_week_that_health_looks_at_cuts_no_bucket(tmp_path: Path) -> None:
    """Seven days up to the last quarter of an hour; a piece of the eighth day is none of them."""
    desk = desk_of(tmp_path, *shift(until="21:00"))
    desk.clock.now_ns = at("20:10", 7)

    first = chain(*desk.engine.lints())
    assert [one.amount for one in first if one.code == "unplanned_output"] == [500.0]

    desk.clock.now_ns = at("21:05", 7)
    assert [one for one in chain(*desk.engine.lints()) if one.code == "unplanned_output"] == []


async def test_whoever_asks_meanwhile_has_his_turn(tmp_path: Path) -> None:
    """A week is looked through in more than ten pieces, and between any two there is an answer."""
    desk = desk_of(tmp_path, *shift(until="21:00"))
    at_work = Seat(lambda: nullcontext(desk.engine), "engine")
    answers = 0
    try:
        async with asyncio.TaskGroup() as tasks:
            week = tasks.create_task(looked(at_work))
            while not week.done():
                await at_work.ask(Engine.frame)
                answers += 1
    finally:
        at_work.close()

    assert answers > 10
    assert week.result() == list(chain(*desk.engine.lints()))
