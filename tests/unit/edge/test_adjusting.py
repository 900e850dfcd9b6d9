"""The effect under equal conditions: fitted by numpy beside ours, refused where it says nothing."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.engine.verdicts.baselines import Wish as Freeze
from edge.engine.verdicts.targets import Wish
from edge.errors import Refused
from edge.site import Kind, Signal
from tests.unit.edge.figure_desk import HOUR_NS, Desk, Row, at, element, site_of
from tests.unit.edge.target_desk import line

N, LIVE, FIRST = 40, 40, 50  # days of a side; go-live; the first day after the black-out
HOURS = [hour for hour in range(8, 20) if hour != 12]
PATH = "hanbit/mask/body/temp"
RNG = np.random.default_rng(20260302)
NOISE = RNG.normal(0, 0.02, 120)
MIX = RNG.integers(2, 10, 120)  # hours of A
Document = dict[str, Any]
Made = Callable[[int], list[tuple[str, float]]]  # of a day its hours: product and pieces


def desk_of(folder: Path) -> Desk:
    """A line whose room has a thermometer, some days after its reporting window."""
    mask = line()
    temp = Signal(PATH, "temp", Kind.GAUGE, "Cel", "plc", stale_after_s=7200)
    body = replace(mask.machines[0], signals={**mask.machines[0].signals, "temp": temp})
    return Desk(folder, site_of(replace(mask, machines=(body,))), at("12:00", FIRST + N + 1))


def work(desk: Desk, made: Made, **more: Callable[[int], Any]) -> None:
    """An hour's row for every planned hour of the days."""
    rows: list[Row] = []
    for day in range(FIRST + N + 1):
        told = {name: value(day) for name, value in more.items()}
        for hour, (product, gq) in zip(HOURS, made(day), strict=True):
            t0_ns = at(f"{hour:02}:00", day)
            said = {"product": product, "gq": gq, **told}
            rows.append(element(desk.site, None, t0_ns, t0_ns + HOUR_NS, **said))
    desk.rows(*rows)
    desk.lived(at("00:00"), at("00:00", 99))


def agreed(
    desk: Desk, *conditions: str, measure: str = "throughput_per_hour", n: int = N
) -> Document:
    """The target over both windows."""
    span = at("00:00", LIVE - n), at("00:00", LIVE)
    frozen = desk.engine.freeze(Freeze("mask", None, measure, *span, "before", "as it was"))
    return desk.engine.agree(
        Wish(
            *(("mask",), None, measure, (str(frozen["id"]),), 0.1, None, at("00:00", LIVE)),
            conditions=conditions or None,
        )
    )


def same(found: Document) -> tuple[Document, Document]:
    """The row of equal conditions, and what it rests on."""
    (row,) = [one for one in found["sensitivity"]["rows"] if one["code"] == "same_conditions"]
    return dict(row), dict(found["sensitivity"]["conditions"])


def hours_of_a(day: int) -> int:
    """Of the eleven hours of a day those of A; after go-live two fewer."""
    return int(MIX[day]) - 2 * (day >= LIVE) if MIX[day] >= 4 else int(MIX[day])


def two_products(gain: float = 1.1) -> Made:
    """A at 1,000 an hour, B at 500, with the day's noise; a gain from go-live on."""

    def made(day: int) -> list[tuple[str, float]]:
        level = exp(NOISE[day]) * (gain if day >= LIVE else 1.0)
        many = hours_of_a(day)
        return [
            ("A", round(1000 * level)) if nth < many else ("B", round(500 * level))
            for nth in range(len(HOURS))
        ]

    return made


def by_numpy(made: Made, x: Callable[[int], list[float]]) -> float:
    """The effect by the book, with numpy's least squares."""
    sides = range(N), range(FIRST, FIRST + N)
    pieces = [np.array([sum(gq for _, gq in made(day)) for day in side]) for side in sides]
    design = [np.array([[1.0, *x(day)] for day in side]) for side in sides]
    y = np.log(pieces[0] / len(HOURS))
    coef, *_ = np.linalg.lstsq(design[0], y, rcond=None)
    factor = np.exp(y - design[0] @ coef).mean()
    expected = np.exp(design[1] @ coef) * factor * len(HOURS)
    return float(pieces[1].sum() / expected.sum() - 1)


def test_a_worse_mix_hides_a_gain_that_equal_conditions_show(tmp_path: Path) -> None:
    """Fewer hours of the fast product, and everything a tenth faster."""
    desk, made = desk_of(tmp_path), two_products()
    work(desk, made)
    found = agreed(desk)
    row, told = same(found)

    assert row["improvement_rate"] == pytest.approx(
        by_numpy(made, lambda day: [1 - hours_of_a(day) / len(HOURS)]), rel=1e-9
    )
    assert row["low"] < 0.1 < row["high"]
    assert row["low"] > 0
    assert found["improvement_rate"] < row["improvement_rate"] - 0.02
    assert row["verdict"] is None
    assert told["reason"] is None
    assert (told["n_before"], told["n_after"]) == (N, N)
    assert {one["condition"]: one["state"] for one in told["terms"]} == {
        "mix": "used",
        "shift": "same",
        "lot": "not_told",
        "weekday": "no_room",
    }


def test_the_verdict_is_what_it_was_without_it(tmp_path: Path) -> None:
    """Named or not, used or refused: verdict and interval of the target do not move."""
    desk = desk_of(tmp_path)
    work(desk, two_products())
    plain, named = agreed(desk), agreed(desk, "lot")
    keys = "verdict", "reasons", "improvement_rate", "low", "high"
    assert [plain[key] for key in keys] == [named[key] for key in keys]
    assert same(named)[1]["reason"] == "no_terms"
    assert same(named)[0]["improvement_rate"] is None


def warm(day: int) -> float:
    """The day's temperature; warmer after go-live, within what was."""
    return 20 + float(MIX[day]) - (1.5 if day >= LIVE and MIX[day] > 4 else 0)


def test_a_signal_that_the_target_names_is_a_condition(tmp_path: Path) -> None:
    """Two per cent more for each degree; readings every half hour, and one that was Bad.

    Every second night is hot, and nothing is planned then.
    """
    desk = desk_of(tmp_path)

    def made(day: int) -> list[tuple[str, float]]:
        level = exp(0.02 * (warm(day) - 25) + NOISE[day]) * (1.1 if day >= LIVE else 1.0)
        return [("A", round(1000 * level))] * len(HOURS)

    work(desk, made)
    nights = [at("23:00", day) for day in range(FIRST + N + 1)]
    desk.rows(*(element(desk.site, None, t, t + HOUR_NS) for t in nights))
    desk.memory.say(PATH, *((t, 90.0 * (n % 2)) for n, t in enumerate(nights)))
    readings = [
        (at("08:00", day) + half * HOUR_NS // 2, warm(day))
        for day in range(FIRST + N + 1)
        for half in range(24)
    ]
    desk.memory.say(PATH, *readings)
    desk.memory.say(PATH, (at("09:10", 3), 4000.0), status=2 << 30)
    row, told = same(agreed(desk, PATH))
    assert told["terms"] == [{"condition": PATH, "state": "used", "levels": [PATH]}]
    assert told["named"] is True
    assert row["improvement_rate"] == pytest.approx(
        by_numpy(made, lambda day: [warm(day)]), rel=1e-9
    )


def test_days_without_a_reading_leave_a_signal_out(tmp_path: Path) -> None:
    """A condition that one day does not tell is none; nothing is put in its place.

    On the seventh day there is one reading, which holds for two of twelve hours.
    """
    desk = desk_of(tmp_path)
    work(desk, two_products())
    days = [day for day in range(FIRST + N + 1) if day != 7]
    each = [(at("08:00", day) + n * HOUR_NS, warm(day)) for day in days for n in range(12)]
    desk.memory.say(PATH, *each, (at("08:00", 7), warm(7)))
    _, told = same(agreed(desk, "mix", PATH))
    assert [one["state"] for one in told["terms"]] == ["used", "not_told"]


def test_a_signal_at_one_value_is_the_same_on_all_days(tmp_path: Path) -> None:
    """Its means differ in the last bit, by when it was read: no condition, and nothing new."""
    desk = desk_of(tmp_path)
    work(desk, two_products())
    late_ns = RNG.integers(0, HOUR_NS, (FIRST + N + 1, 12))
    for day, each in enumerate(late_ns.tolist()):
        begin_ns = at("08:00", day)
        desk.memory.say(PATH, *((begin_ns + n * HOUR_NS + ns, 63.7) for n, ns in enumerate(each)))
    row, told = same(agreed(desk, "mix", PATH))
    assert [one["state"] for one in told["terms"]] == ["used", "same"]
    assert (told["outside"], told["reason"]) == ([], None)
    assert row["improvement_rate"] is not None


def test_conditions_that_never_were_before_are_refused(tmp_path: Path) -> None:
    """A product that the baseline does not know, every day since: nothing can be said of it."""
    desk = desk_of(tmp_path)

    def made(day: int) -> list[tuple[str, float]]:
        hours = two_products()(day)
        return [("C", 900.0), *hours[1:]] if day >= LIVE else hours

    work(desk, made)
    row, told = same(agreed(desk))
    assert (row["improvement_rate"], told["reason"]) == (None, "extrapolation")
    assert len(told["outside"]) == N


def test_a_few_strange_days_are_named_and_stay(tmp_path: Path) -> None:
    """Ten of forty days are a quarter; one more is too many."""
    for many, reason in ((10, None), (11, "extrapolation")):
        (tmp_path / str(many)).mkdir()
        desk = desk_of(tmp_path / str(many))

        def made(day: int, many: int = many) -> list[tuple[str, float]]:
            hours = two_products()(day)
            strange = FIRST <= day < FIRST + many
            return [("C", 900.0), *hours[1:]] if strange else hours

        work(desk, made)
        told = same(agreed(desk))[1]
        assert (len(told["outside"]), told["reason"]) == (many, reason)


def test_too_few_days_are_refused(tmp_path: Path) -> None:
    """Fewer than twenty on a side prove nothing, and fit less."""
    desk = desk_of(tmp_path)
    work(desk, two_products())
    row, told = same(agreed(desk, n=19))
    assert (row["improvement_rate"], told["reason"]) == (None, "too_few_days")


def test_a_day_without_a_piece_has_no_logarithm(tmp_path: Path) -> None:
    """A whole day of nothing is a fact, and no conditions explain it."""
    desk = desk_of(tmp_path)
    work(desk, lambda day: [("A", 0.0 if day == 5 else 1000.0 + day)] * len(HOURS))
    assert same(agreed(desk))[1]["reason"] == "no_logarithm"


def test_conditions_enter_whole_and_as_many_as_there_are_days_for(tmp_path: Path) -> None:
    """Forty days have room for four: a mix of five products takes them all.

    With six products it has none, and the next condition takes its turn.
    """
    for many, states in ((5, ["used", "no_room"]), (6, ["no_room", "used"])):
        (tmp_path / str(many)).mkdir()
        desk = desk_of(tmp_path / str(many))

        def made(day: int, many: int = many) -> list[tuple[str, float]]:
            rng = np.random.default_rng(day % N)
            return [(f"P{rng.integers(many)}", round(1000 * exp(NOISE[day]))) for _ in HOURS]

        work(desk, made)
        each = [
            (at("08:00", day) + n * HOUR_NS, warm(day % N))
            for day in range(FIRST + N + 1)
            for n in range(12)
        ]
        desk.memory.say(PATH, *each)
        assert [one["state"] for one in same(agreed(desk, "mix", PATH))[1]["terms"]] == states


def test_what_another_condition_says_already_is_left_out(tmp_path: Path) -> None:
    """The temperature follows the mix exactly: it is no second condition."""
    desk = desk_of(tmp_path)
    work(desk, two_products())
    each = [
        (at("08:00", day) + n * HOUR_NS, 20.0 + hours_of_a(day))
        for day in range(FIRST + N + 1)
        for n in range(12)
    ]
    desk.memory.say(PATH, *each)
    told = same(agreed(desk, "mix", PATH))[1]
    assert [one["state"] for one in told["terms"]] == ["used", "dependent"]


def test_lot_size_is_that_of_the_whole_lot(tmp_path: Path) -> None:
    """Each day is a lot of its own; larger ones run faster, and a gain makes none of them larger.

    The pieces of a lot are those of its order over all days: two days share each.
    """
    desk = desk_of(tmp_path)
    size = {day // 2: 1 + float(MIX[day // 2]) / 10 for day in range(FIRST + N + 2)}

    def made(day: int) -> list[tuple[str, float]]:
        return [("A", round(1000 * size[day // 2] * exp(NOISE[day])))] * len(HOURS)

    work(desk, made, order=lambda day: f"L{day // 2}")
    lots = {lot: sum(gq for day in (2 * lot, 2 * lot + 1) for _, gq in made(day)) for lot in size}
    last = FIRST + N  # the day after the window shares its lot with nobody
    lots[last // 2] = sum(gq for _, gq in made(last))
    row, told = same(agreed(desk, "lot"))
    assert told["terms"][0]["state"] == "used"
    assert row["improvement_rate"] == pytest.approx(
        by_numpy(made, lambda day: [log(lots[day // 2])]), rel=1e-9
    )


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (("moon",), "'moon' is no condition of these lines; write one of mix, shift, lot"),
        (("mix", "mix"), "condition 'mix' is named twice"),
        (("hanbit/mask/body/good",), "is no condition"),
    ],
)
def test_conditions_that_nobody_knows_are_refused(
    tmp_path: Path, conditions: tuple[str, ...], said: str
) -> None:
    """They are named when the target is made, so they are checked then."""
    desk = desk_of(tmp_path)
    work(desk, two_products())
    with pytest.raises(Refused, match=said):
        agreed(desk, *conditions)
