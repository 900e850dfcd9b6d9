"""What the greatest quarter hour costs: raw meter readings, holes, bills by hand, all on paper.

The line's meter tells every five minutes of its day; the year before it, nobody was there.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.routes.kpis import explain_figure, read_costs
from api.span import Span
from edge.engine.engine import Engine
from edge.engine.explaining.explaining import Question
from edge.errors import NotFound, Refused
from edge.model import Samples
from edge.service.desk import Desk as Seat
from edge.site import Demand, Kind, Peak, Signal
from tests.unit.edge.figure_desk import Desk, at, hourly, line_of, machine, site_of
from tests.unit.edge.figure_rows import DAY_ONLY

MIN_NS = 60 * 10**9
PATH = "hanbit/mask/body/energy"
WINTER = (12, 1, 2)
EVERY = Demand(7000.0, 100.0, 0.3, tuple(range(1, 13)), (), date(2026, 1, 1))
MARCH = EVERY._replace(months=(3,))
Document = dict[str, Any]


def desk_of(
    folder: Path,
    *demands: Demand,
    peaks: tuple[Peak, ...] = (),
    day: int = 0,
    max_rate: float | None = None,
) -> Desk:
    """A line with one metered body; its meter counts kilowatt hours."""
    keys: dict[str, Any] = {"max_split_gap_s": 300, "max_rate": max_rate}
    meter = Signal(PATH, "energy", Kind.COUNTER, "kW.h", "plc", **keys)
    body = machine("body", "state", "good", "scrap", "energy")
    body = replace(body, signals={**body.signals, "energy": meter})
    site = replace(site_of(line_of(body, shifts=DAY_ONLY)), demands=demands, peaks=peaks)
    return Desk(folder, site, at("20:00", day))


def metered(
    desk: Desk,
    kw: Callable[[int], float],
    span: tuple[int, int],
    *,
    without: Iterable[int] = (),
    begin: float = 1000.0,
) -> None:
    """Readings of every five minutes: power by the quarter hour that an instant begins."""
    total, gone, told = begin, set(without), []
    for t_ns in range(span[0], span[1] + 1, 5 * MIN_NS):
        if t_ns not in gone:
            told.append((t_ns, total))
        total += kw(t_ns // (15 * MIN_NS) * 15 * MIN_NS) / 12
    desk.memory.say(PATH, *told)


def day_rows(desk: Desk, day: int = 0, kwh: float = 20.0) -> None:
    """Eleven rows an hour long with ten good pieces each, of the machine and of its line."""
    span = at("08:00", day), at("20:00", day)
    for name in ("body", None):
        desk.rows(*hourly(desk.site, name, *span, gq=10, energy_kwh=kwh))


def asked(desk: Desk, from_: int, to: int, name: str | None = None) -> Document:
    """The demand charge of a time."""
    found = desk.engine.costs(Question("mask", from_, to, name))["demand"]
    assert found is not None
    return dict(found)


def peak_of(found: Document, month: str) -> Document:
    """One month's peak."""
    (one,) = [one for one in found["months"][0]["peaks"] if one["month"] == month]
    return dict(one)


def afternoon(t_ns: int) -> float:
    """20 kW all day, 60 kW in the quarter hour from two o'clock."""
    return 60.0 if t_ns == at("14:00") else 20.0


def test_the_greatest_quarter_hour_is_charged_for_the_part_of_the_month(tmp_path: Path) -> None:
    """60 kW at 7,000 won for a day of the 31 of March; ten pieces in each of twelve hours."""
    desk = desk_of(tmp_path, MARCH)
    metered(desk, afternoon, (at("00:00"), at("20:00")))
    day_rows(desk)

    found = asked(desk, at("00:00"), at("00:00", 1))

    (month,) = found["months"]
    hours = 20  # what is to come of the day costs nothing yet
    assert (month["kw"], month["of_month"], month["floor_kw"]) == (60, "2026-03", 30)
    assert month["charge_krw"] == pytest.approx(7000 * 60 * hours / (31 * 24))
    assert found["energy_share"] == 1
    assert found["per_good_piece_krw"] == pytest.approx(month["charge_krw"] / 120)
    march = peak_of(found, "2026-03")
    assert (march["measured_at"], march["origin"]) == ("2026-03-02T14:00:00+09:00", "measured")


def test_no_power_at_all_has_no_greatest_quarter_hour(tmp_path: Path) -> None:
    """The meter stood still all day: 0 kW, and not at midnight of the first."""
    desk = desk_of(tmp_path, MARCH)
    metered(desk, lambda _: 0.0, (at("00:00"), at("20:00")))
    march = peak_of(asked(desk, at("08:00"), at("20:00")), "2026-03")
    assert (march["kw"], march["measured_kw"], march["measured_at"]) == (0, 0, None)
    assert march["origin"] == "measured"


def test_a_low_month_is_charged_with_the_floor(tmp_path: Path) -> None:
    """Never more than 20 kW: three tenths of a contract of 100 kW are charged."""
    desk = desk_of(tmp_path, MARCH)
    metered(desk, lambda _: 20.0, (at("00:00"), at("20:00")))
    (month,) = asked(desk, at("08:00"), at("20:00"))["months"]
    assert (month["kw"], month["of_month"]) == (30, None)
    assert month["charge_krw"] == pytest.approx(7000 * 30 * 12 / (31 * 24))


def test_a_hole_over_the_peak_leaves_a_charge_of_at_least(tmp_path: Path) -> None:
    """Nobody read from five to two until twenty past: the counter tells of 18 kWh, not when.

    Its three quarter hours are unknown, and so are the 96 of the day before the first reading.
    """
    desk = desk_of(tmp_path, MARCH._replace(contract_kw=10.0))
    silent = range(at("14:00"), at("14:20"), 5 * MIN_NS)
    metered(desk, afternoon, (at("00:00"), at("20:00")), without=silent)
    found = asked(desk, at("08:00"), at("20:00"))
    march = peak_of(found, "2026-03")
    assert (march["kw"], march["unknown_quarters"]) == (pytest.approx(20), 96 + 3)
    assert march["because"] == ["month_running", "quarters_unknown", "machines_alone"]
    assert found["at_least"] is True
    assert found["charge_krw"] == pytest.approx(7000 * 20 * 12 / (31 * 24))


def test_a_hole_that_cannot_hide_a_peak_is_none(tmp_path: Path) -> None:
    """The same silence in the morning: 8 kWh at most, and four o'clock had 60 kW."""
    desk = desk_of(tmp_path, MARCH)
    silent = range(at("09:00"), at("09:20"), 5 * MIN_NS)
    metered(desk, afternoon, (at("00:00"), at("20:00")), without=silent)
    march = peak_of(asked(desk, at("08:00"), at("20:00")), "2026-03")
    assert (march["kw"], march["unknown_quarters"]) == (pytest.approx(60), 96)


def test_months_before_the_record_are_named_and_entered_by_hand(tmp_path: Path) -> None:
    """Three winter months nobody saw; two of them stand on bills, and one of these is the greatest.

    A month without either is named, and the charge says that it is at least that much.
    """
    demand = EVERY._replace(months=WINTER, meter=(PATH,))
    told = Peak(date(2025, 12, 1), 70.0), Peak(date(2026, 1, 1), 85.0)
    desk = desk_of(tmp_path, demand, peaks=told)
    metered(desk, afternoon, (at("00:00"), at("20:00")))

    found = asked(desk, at("08:00"), at("20:00"))

    (month,) = found["months"]
    assert [(one["month"], one["kw"], one["origin"]) for one in month["peaks"]] == [
        ("2025-12", 70, "bill"),
        ("2026-01", 85, "bill"),
        ("2026-02", None, None),
        ("2026-03", pytest.approx(60), "measured"),
    ]
    assert peak_of(found, "2026-02")["because"] == ["month_missing"]
    assert (month["kw"], month["of_month"], month["at_least"]) == (85, "2026-01", True)


def test_with_every_month_known_the_charge_is_exact(tmp_path: Path) -> None:
    """March is over and read without a hole by the meter of the site; winter stands on bills."""
    demand = EVERY._replace(months=WINTER, meter=(PATH,))
    told = [Peak(date(2025, 12, 1), 40.0), Peak(date(2026, 1, 1), 45.0)]
    desk = desk_of(tmp_path, demand, peaks=(*told, Peak(date(2026, 2, 1), 50.0)), day=31)
    metered(desk, afternoon, (at("00:00", -1), at("20:00", 31)))
    found = asked(desk, at("00:00", -1), at("00:00", 30))
    (month,) = found["months"]
    assert (found["at_least"], found["because"]) == (False, [])
    assert month["share_of_month"] == 1
    assert month["charge_krw"] == pytest.approx(7000 * 60)


def test_readings_off_the_edges_are_divided_over_midnight_of_the_month(tmp_path: Path) -> None:
    """At two, seven, twelve minutes past: 40 kW all the time is 40 kW, in the first quarter too."""
    desk = desk_of(tmp_path, MARCH._replace(meter=(PATH,)), day=31)
    metered(desk, lambda _: 40.0, (at("23:57", -2), at("20:00", 31)))
    march = peak_of(asked(desk, at("08:00"), at("20:00")), "2026-03")
    assert (march["kw"], march["because"]) == (pytest.approx(40), [])


@pytest.mark.parametrize("day", [-1, 0, 5])
def test_a_wild_reading_before_midnight_makes_no_peak(tmp_path: Path, day: int) -> None:
    """The meter says 0 once, at 23:55, and at midnight what it had said: nobody made 1,000 kWh.

    Nor could it make more than one in 20 seconds. So too where that is the last reading before the
    month.
    """
    desk = desk_of(tmp_path, MARCH._replace(meter=(PATH,)), day=31, max_rate=0.05)
    wild = at("23:55", day - 1)
    metered(desk, lambda _: 40.0, (at("23:50", -2), at("20:00", 31)), without=[wild])
    desk.memory.say(PATH, (wild, 0.0))
    march = peak_of(asked(desk, at("08:00"), at("20:00")), "2026-03")
    assert (march["kw"], march["because"]) == (pytest.approx(40), [])


def test_a_reset_before_midnight_is_one_reset(tmp_path: Path) -> None:
    """The meter begins again at 0, at 23:55: what came then is known at least, and no more."""
    desk = desk_of(tmp_path, MARCH._replace(meter=(PATH,)), day=31, max_rate=0.05)
    metered(desk, lambda _: 40.0, (at("23:50", -2), at("23:50", 4)))
    metered(desk, lambda _: 40.0, (at("23:55", 4), at("20:00", 31)), begin=0.0)
    march = peak_of(asked(desk, at("08:00"), at("20:00")), "2026-03")
    assert march["kw"] == pytest.approx(40)
    assert (march["because"], march["unknown_quarters"]) == (["quarters_unknown"], 1)


def test_a_bill_holds_against_the_meters_and_both_are_told(tmp_path: Path) -> None:
    """The company billed 66 kW for March where our meters saw 60: loads without a meter."""
    desk = desk_of(tmp_path, MARCH, peaks=(Peak(date(2026, 3, 1), 66.0),), day=31)
    metered(desk, afternoon, (at("00:00"), at("20:00", 31)))
    march = peak_of(asked(desk, at("08:00"), at("20:00")), "2026-03")
    assert (march["kw"], march["origin"], march["because"]) == (66, "bill", [])
    assert march["measured_kw"] == pytest.approx(60)


def test_a_month_that_runs_may_rise_above_its_bill(tmp_path: Path) -> None:
    """Somebody entered 40 kW for a month that is not over: the meters saw more."""
    desk = desk_of(tmp_path, MARCH, peaks=(Peak(date(2026, 3, 1), 40.0),))
    metered(desk, afternoon, (at("00:00"), at("20:00")))
    march = peak_of(asked(desk, at("08:00"), at("20:00")), "2026-03")
    assert (march["kw"], march["origin"]) == (pytest.approx(60), "measured")


def test_nothing_is_known_without_meters_bills_and_a_floor(tmp_path: Path) -> None:
    """Then there is no charge of zero: there is none that is known."""
    desk = desk_of(tmp_path, MARCH._replace(floor=0.0))
    found = asked(desk, at("08:00"), at("20:00"))
    assert (found["charge_krw"], found["per_good_piece_krw"]) == (None, None)
    assert (found["months"][0]["kw"], found["at_least"]) == (None, True)


def test_another_rate_holds_from_its_day_on(tmp_path: Path) -> None:
    """7,000 won until the third of March, 8,000 from then on; before the first nothing is known."""
    first = MARCH._replace(valid_from=date(2026, 3, 2))
    later = first._replace(rate=8000.0, valid_from=date(2026, 3, 3))
    desk = desk_of(tmp_path, first, later, day=2)
    found = asked(desk, at("00:00"), at("00:00", 2))
    assert [one["charge_krw"] for one in found["months"]] == [
        pytest.approx(rate * 30 / 31) for rate in (7000, 8000)
    ]
    before = asked(desk, at("00:00", -1), at("00:00", 2))
    assert (before["months"][0]["because"], before["charge_krw"]) == (["no_rate"], None)


def test_a_line_bears_its_part_of_the_metered_energy(tmp_path: Path) -> None:
    """Of 40 kWh an hour the mask line used 20, and the kit line the rest."""
    site = desk_of(tmp_path, MARCH).site
    kit = machine("kit-1", "state", "good", "scrap", "energy", line="kit")
    lines = (*site.lines, line_of(kit, name="kit", shifts=DAY_ONLY))
    (tmp_path / "two").mkdir()
    desk = Desk(tmp_path / "two", replace(site, lines=lines), at("20:00"))
    day_rows(desk)
    span = at("08:00"), at("20:00")
    desk.rows(*hourly(desk.site, None, *span, line=1, gq=10, energy_kwh=20.0), line="kit")
    found = asked(desk, *span)
    assert found["energy_share"] == 0.5
    assert found["own_krw"] == pytest.approx(found["charge_krw"] / 2)


def test_meters_are_added_before_the_greatest_is_sought(tmp_path: Path) -> None:
    """One has its 60 kW at two, the other its 50 kW at three: together never more than 80."""
    desk = desk_of(tmp_path, MARCH)
    body = desk.site.lines[0].machines[0]
    power = Signal("hanbit/mask/body/power", "power", Kind.GAUGE, "kW", "plc", stale_after_s=400)
    body = replace(body, signals={**body.signals, "power": power})
    two = MARCH._replace(meter=(PATH, power.path))
    line = replace(desk.site.lines[0], machines=(body,))
    desk.restart(replace(desk.site, lines=(line,), demands=(two,)))
    metered(desk, afternoon, (at("00:00"), at("20:00")))
    kw = dict.fromkeys(range(at("00:00"), at("20:00") + 1, 5 * MIN_NS), 20.0)
    kw |= dict.fromkeys(range(at("15:00"), at("15:15") + 1, 5 * MIN_NS), 50.0)
    desk.memory.say(power.path, *kw.items())
    march = peak_of(asked(desk, at("08:00"), at("20:00")), "2026-03")
    assert (march["kw"], march["measured_at"][11:16]) == (pytest.approx(80), "14:00")


def test_power_that_was_not_read_is_no_power_of_zero(tmp_path: Path) -> None:
    """A gauge that was silent for longer than it may be leaves its quarter hours unknown.

    Its readings lie two minutes behind the edges: 2 kW at two minutes past eight, 40 from seven to
    twelve past, and 2 again at seventeen past. So the quarter hour from eight has 2 minutes of 2,
    5 that rise to 40 (21 on average), 5 of 40, and 3 of the five that fall to 2 again (21).
    """
    desk = desk_of(tmp_path, MARCH)
    body = desk.site.lines[0].machines[0]
    power = Signal("hanbit/mask/body/power", "power", Kind.GAUGE, "W", "plc", stale_after_s=400)
    body = replace(body, signals={**body.signals, "power": power})
    line = replace(desk.site.lines[0], machines=(body,))
    only = MARCH._replace(meter=(power.path,))
    desk.restart(replace(desk.site, lines=(line,), demands=(only,)))
    late = at("12:50"), at("12:55"), at("13:00")
    times = [*range(at("00:02") - 5 * MIN_NS, at("12:00"), 5 * MIN_NS), *late]
    early = range(at("08:03"), at("08:15"))
    desk.memory.say(power.path, *((t, 40_000.0 if t in early else 2000.0) for t in times))
    desk.clock.now_ns = at("13:00")
    march = peak_of(asked(desk, at("08:00"), at("13:00")), "2026-03")
    assert march["kw"] == pytest.approx((2 * 2 + 5 * 21 + 5 * 40 + 3 * 21) / 15)
    assert march["unknown_quarters"] == 96 + 5


def test_unit_cost_and_its_charges_are_as_without_it(tmp_path: Path) -> None:
    """A demand charge moves no figure; `kpi --explain` and the bill tell the same of it."""
    plain, with_it = (desk_of(one, *demands) for one, demands in folders(tmp_path))
    span = at("08:00"), at("20:00")
    told = []
    for desk in (plain, with_it):
        metered(desk, afternoon, (at("00:00"), at("20:00")))
        day_rows(desk)
        told.append(desk.engine.explain(Question("mask", *span, None, "unit_cost")))
    without, found = told
    assert without["demand"] is None
    assert found["demand"] == asked(with_it, *span)
    assert found["figures"] == without["figures"]
    assert found["charges"] == without["charges"]


def folders(parent: Path) -> list[tuple[Path, tuple[Demand, ...]]]:
    """Two places, and what electricity's peak costs in each."""
    found = [(parent / "plain", ()), (parent / "with", (MARCH,))]
    for folder, _ in found:
        folder.mkdir()
    return found


def test_more_than_a_year_is_refused(tmp_path: Path) -> None:
    """A year of readings takes its time, and its bill is seldom asked for."""
    desk = desk_of(tmp_path, MARCH)
    with pytest.raises(Refused, match="at most 366 days"):
        desk.engine.costs(Question("mask", at("00:00", -400), at("00:00")))


async def test_while_a_month_is_read_others_have_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day is a question of its own: the bill and the explanation are as when asked at once."""
    desk = desk_of(tmp_path, MARCH, day=31)
    metered(desk, afternoon, (at("00:00", -1), at("20:00", 31)))
    day_rows(desk)
    question = Question("mask", at("08:00"), at("20:00"), None, "unit_cost")
    at_once = {"costs": desk.engine.costs(question), "explain": desk.engine.explain(question)}
    read, samples = list[int](), desk.memory.samples

    def seen(signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        read.extend([from_ns] if signals == [PATH] else [])
        return samples(signals, from_ns, to_ns)

    monkeypatch.setattr(desk.memory, "samples", seen)
    for name, told in at_once.items():
        desk.restart(desk.site)
        read.clear()
        found, answers = await by_pieces(desk, name, question)
        assert found == told
        assert answers > 30
        assert len(read) == len(set(read)) > 30


async def by_pieces(desk: Desk, name: str, of: Question) -> tuple[Document, int]:
    """An answer as the service gives it, and how often somebody else was answered meanwhile."""
    seat = Seat(lambda: nullcontext(desk.engine), "engine")
    rooms: Any = SimpleNamespace(desk=seat)
    span = Span(of.from_ns, of.to_ns)
    give = {
        "costs": lambda: read_costs(of.line, span, rooms, of.machine),
        "explain": lambda: explain_figure(of.line, span, rooms, of.machine, of.measure),
    }
    answers = 0
    try:
        async with asyncio.TaskGroup() as tasks:
            bill = tasks.create_task(give[name]())
            while not bill.done():
                await seat.ask(Engine.frame)
                answers += 1
    finally:
        seat.close()
    return dict(bill.result()), answers


def test_nothing_is_read_for_an_answer_that_will_be_refused(tmp_path: Path) -> None:
    """Nor for one without costs; who asks for what is not there is told before any reading."""
    desk = desk_of(tmp_path, MARCH)
    metered(desk, afternoon, (at("00:00"), at("20:00")))
    span = at("08:00"), at("20:00")
    ask = Question("mask", *span)
    assert list(desk.engine.read_for(replace(ask, measure="oee"), 35)) == []
    assert list(desk.engine.read_for(replace(ask, from_ns=at("08:00", -40)), 35)) == []
    for unknown in (replace(ask, line="x"), replace(ask, machine="x"), replace(ask, measure="x")):
        with pytest.raises(NotFound):
            next(desk.engine.read_for(unknown, 35))
    assert len(list(desk.engine.read_for(ask, 35))) > 1
    assert list(desk.engine.read_for(ask, 35)) == []
