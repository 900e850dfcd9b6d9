"""The figures of a site that anybody can work out, as the command prints them."""

import json
from shlex import split
from typing import Any

import pytest
from rich.cells import cell_len

from edge.cli import behind, explain_target
from edge.cli.explain import buckets
from edge.cli.target_card import to_do
from edge.text.conditions import conditions_said
from tests.unit.edge.cli.desk import (
    DAYS,
    GOOD_A_STEP,
    PLANNED_S,
    SCRAP_A_STEP,
    STEP_S,
    STOP,
    Command,
)

STOPPED_S = STOP[1] - STOP[0]
STEPS = (PLANNED_S - STOPPED_S) // STEP_S  # in which it produced, a day
SPAN = ("--from", "2026-03-02T08:00", "--to", "2026-03-08T08:00")
SUBJECT = ("--line", "mask-1", "--measure", "defect_rate")
BEFORE = ("--from", "2026-03-02T08:00", "--to", "2026-03-05T08:00")
AIM = ("--baseline", "b1", "--improve", "0.5", "--go-live", "2026-03-05T08:00")
EARLY = ("--from", "2026-01-05", "--to", "2026-01-06")
NARROW = 80  # columns of a terminal


def shifts(site: Command) -> list[dict[str, Any]]:
    """The rows of the machine by shift, of planned time alone."""
    ran = site("kpi", "--line", "mask-1", *SPAN, "--json")
    rows: list[dict[str, Any]] = json.loads(ran.out)["rows"]
    return [row for row in rows if row["machine"] == "body" and row["shift"] == "주간"]


def test_every_piece_and_every_second_is_counted(site: Command) -> None:
    """Five good a minute, one stop of half an hour; scrap in the first three days alone."""
    found = shifts(site)
    assert [row["production_day"] for row in found] == [f"2026-03-0{2 + n}" for n in range(DAYS)]
    for day, row in enumerate(found):
        elements = row["elements"]
        scrap = STEPS * SCRAP_A_STEP if day < 3 else 0
        assert (elements["GQ"], elements["SQ"]) == (STEPS * GOOD_A_STEP, scrap)
        assert elements["PBT"] == PLANNED_S
        assert elements["APT"] == PLANNED_S - STOPPED_S
        assert elements["U"] == 0
        assert row["measures"]["availability"]["value"] == 1 - STOPPED_S / PLANNED_S
        assert row["measures"]["availability"]["coverage"] == 1
        assert row["measures"]["defect_rate"]["value"] == pytest.approx(1 / 6 if day < 3 else 0)


def test_a_line_for_each_measure_with_its_unit_and_bounds(site: Command) -> None:
    """No figure stands alone, and what nobody knows is a dash."""
    head, what, *lines = site("kpi", "--line", "mask-1", *SPAN, "--by", "machine").out.splitlines()
    assert head.split() == ["measure", "value", "unit", "low", "high", "coverage", "days"]
    assert what == "2026-03-02 08:00 \u2013 2026-03-07 12:00  body"
    cells = {line.split()[0]: line.split()[1:] for line in lines}
    assert cells["availability"] == ["87.5", "%", "87.5", "87.5", "100", "%", str(DAYS)]
    assert cells["throughput_per_hour"][:2] == ["263", "pcs/h"]
    assert cells["unit_cost"] == ["—", "KRW", "—", "—", "100", "%", str(DAYS)]


@pytest.mark.parametrize(
    ("by", "headings"),
    [
        ("hour", ["2026-03-02 08:00\u201309:00  주간  line mask-1", "2026-03-02 09:00\u201310:00"]),
        (
            "shift",
            [
                "2026-03-02 08:00\u201312:00  주간  line mask-1",
                "2026-03-02 12:00 \u2013 2026-03-03 08:00  outside of shifts  line mask-1",
            ],
        ),
        (
            "day",
            [
                "2026-03-02 08:00 \u2013 2026-03-03 08:00  line mask-1",
                "2026-03-03 08:00 \u2013 2026-03-04",
            ],
        ),
        ("product", ["2026-03-02 08:00 \u2013 2026-03-07 12:00  line mask-1  A"]),
    ],
)
def test_every_row_says_what_it_stands_for(site: Command, by: str, headings: list[str]) -> None:
    """Hour, shift or day by the clock on the wall, the machine or the line, the product."""
    _, *lines = site("kpi", "--line", "mask-1", *SPAN, "--by", by).out.splitlines()
    found = [line for line in lines if not line.startswith(" ")]
    for heading, line in zip(headings, found, strict=False):
        assert line.startswith(heading)
    assert any("  body" in line for line in found)
    assert max(map(cell_len, lines)) <= NARROW


def test_an_interval_without_data_is_said_in_words(site: Command) -> None:
    """And how far the samples reach; a row without data is one line, never a zero."""
    for by in ("hour", "shift", "day", "machine", "product"):
        ran = site("kpi", "--line", "mask-1", *EARLY, "--by", by)
        assert (ran.code, ran.out) == (0, "")
        assert ran.err == (
            "nothing is known of mask-1 from 2026-01-05 to 2026-01-06; its newest sample is of "
            "2026-03-07T12:00:00+09:00\n"
        )
        assert json.loads(site("kpi", "--line", "mask-1", *EARLY, "--by", by, "--json").out)
    ran = site("kpi", "--line", "mask-1", *EARLY, "--by", "reason")
    assert ran.err.startswith("no stop is known of mask-1 from 2026-01-05")
    half = ("--from", "2026-03-01", "--to", "2026-03-03", "--by", "shift")
    lines = site("kpi", "--line", "mask-1", *half).out.splitlines()
    at = lines.index("2026-03-01 08:00\u201312:00  주간  line mask-1")
    assert lines[at + 1] == "  no data (coverage 0 %)"


def test_reasons_say_how_long_and_how_often(site: Command) -> None:
    """Half an hour on each day, and nobody said why."""
    head, line = site("kpi", "--line", "mask-1", *SPAN, "--by", "reason").out.splitlines()
    assert head.split() == ["reason", "state", "time", "stops"]
    assert line.split() == ["—", "delayed", "3", "h", "6", "times"]


def test_freezing_and_agreeing_say_what_was_done(own: Command) -> None:
    """The id alone on stdout; beside it what was frozen and what the target means, in words."""
    frozen = own("baseline", "freeze", *SUBJECT, *BEFORE, "--name", "기준선 1", "--reason", "이전")
    assert frozen.out == "b1\n"
    body = json.loads(own("baseline", "show", "b1", "--json").out)
    assert frozen.err.splitlines() == [
        'frozen: defect_rate of mask-1 is 16.7 %, "기준선 1"',
        "  period    2026-03-02 08:00 \u2013 2026-03-05 08:00",
        "  days      3 production days whole and covered enough",
        "  coverage  100 %",
        f"  digest    {body['digest']}",
        "  next      lineproof target set --baseline b1 …",
        "Fewer than 20 production days: every verdict would be withheld. Take a longer period.",
    ]
    agreed = own("target", "set", *SUBJECT, *AIM, "--due", "2026-12-31")
    assert agreed.out == "t1\n"
    said = agreed.err.splitlines()
    assert said[0] == (
        "agreed: defect_rate of mask-1 shall fall from 16.7 % to 8.33 %, due 2026-12-31"
    )
    assert said[1] == '  against   baseline b1 "기준선 1", 3 production days'
    assert said[3] == "  needed    50.0 % better than the baseline"
    assert said[4] == "  now       —: Withheld"  # four days are too few
    assert "  to do     Freeze the baseline again over a longer period." in said[6:]


NO_DAYS = [
    {"code": "days_report", "passed": False, "seen": 0.0, "needed": 20},
    {"code": "coverage_report", "passed": False, "seen": None, "needed": 0.9},
    {"code": "coverage_unequal", "passed": False, "seen": None, "needed": 0.05},
]
FEW_DAYS = [{**NO_DAYS[0], "seen": 5.0}, {**NO_DAYS[1], "seen": 0.6}]
MORE, LONGER, MEND = (
    "Wait until more production days have passed.",
    "The window is over and too few of its days count: set a target with a longer window.",
    "Find the cause of missing data on the health page and mend it.",
)


@pytest.mark.parametrize(
    ("gates", "complete", "said"),
    [(NO_DAYS, False, [MORE]), (FEW_DAYS, False, [MORE, MEND]), (FEW_DAYS, True, [LONGER, MEND])],
)
def test_what_is_to_be_done_can_be_done(
    gates: list[dict[str, Any]],
    complete: bool,  # noqa: FBT001 - a parameter
    said: list[str],
) -> None:
    """No data are missing of days that have not come, and no day comes to a window that is over."""
    reasons = ["interval", *(one["code"] for one in gates)]
    assert to_do({"gates": gates, "reasons": reasons, "report_complete": complete}) == said


def test_tables_for_people(own: Command) -> None:
    """Lists with heads, or words where nothing is in them; one thing a key a line."""
    assert own("baseline", "list").err.startswith("no baseline is frozen yet; `lineproof baseline")
    assert own("target", "list").err.startswith("no target is set yet; `lineproof target set`")
    own("baseline", "freeze", *SUBJECT, *BEFORE, "--name", "기준선 1", "--reason", "이전")
    assert own("baseline", "list").out.splitlines() == [
        "id  line    measure       value  days  coverage  period                   name",
        "b1  mask-1  defect_rate  16.7 %     3     100 %  2026-03-02 \u2013 2026-03-05  기준선 1",
    ]
    own("target", "set", *SUBJECT, *AIM)
    head, line = own("target", "list").out.splitlines()
    assert head.split()[:4] == ["id", "line", "measure", "before"]
    assert " ".join(line.split()).startswith("t1 mask-1 defect_rate 16.7 % — 8.33 % — — ")
    for shown in (own("baseline", "show", "b1").out, own("target", "show", "t1").out):
        assert "series" not in shown
        assert "None" not in shown
        assert "{" not in shown
    assert "\n  due " in shown
    assert '\n  baseline  b1 "기준선 1", version 1\n' in shown
    assert "  Cannot be taken apart: one side has no usable day yet." in shown.splitlines()


def test_each_number_of_an_explained_target_has_its_unit() -> None:
    """Days, shares and what lies between them; a day tells what its two sums make."""
    shown = {
        code: explain_target.gate({"code": code, "passed": True, "seen": seen, "needed": needed})[
            2:
        ]
        for code, seen, needed in (
            ("days_report", 1.0, 20),
            ("coverage_report", 2 / 3, 0.9),
            ("coverage_unequal", 0.004, 0.05),
            ("state_map", None, None),
        )
    }
    assert shown == {
        "days_report": ["1 day", "20 days"],
        "coverage_report": ["67 %", "90 %"],
        "coverage_unequal": ["0 %p", "5 %p"],
        "state_map": [None, None],
    }
    per_h = "{piece}/h"
    sums = {"numerator": 71_322.0, "denominator": 22.0, "coverage": 1.0}
    one = {"day": "2026-09-05", "window": "baseline", "used": True, **sums}
    told = dict(zip(explain_target.day_head(per_h), explain_target.day(one, per_h), strict=True))
    assert (told["above"], told["below"], told["pcs/h"]) == (71_322.0, 22.0, "3,242")
    assert explain_target.day({**one, "denominator": 0.0}, per_h)[4] == "—"


def test_a_verdict_prints_the_command_that_explains_a_day(own: Command) -> None:
    """The last that counts, whole, by what the baseline froze; without --explain it is refused."""
    own("baseline", "freeze", *SUBJECT, *BEFORE, "--name", "기준선 1", "--reason", "이전")
    own("target", "set", *SUBJECT, *AIM)
    shown = own("target", "show", "t1", "--explain").out
    words = split(shown[shown.index("lineproof kpi") :].replace("\\\n", " "))
    told = own(*words[1:], config=False)
    assert told.code == 0, told.err
    assert "tables, as they hold now; ideal cycles and prices by baseline b1" in told.out
    day = words[words.index("--from") + 1], words[words.index("--to") + 1]
    assert day == ("2026-03-04T08:00:00+09:00", "2026-03-05T08:00:00+09:00")
    wrong = own(*[word for word in words[1:] if word != "--explain"], config=False)
    says = "--baseline says how a day of a verdict is explained; add --explain\n"
    assert (wrong.code, wrong.err) == (2, says)


def test_conditions_are_named_with_the_target_and_told_beside_it(own: Command) -> None:
    """A name that nobody knows is refused; with three days there is no answer, and why."""
    own("baseline", "freeze", *SUBJECT, *BEFORE, "--name", "기준선 1", "--reason", "이전")
    wrong = own("target", "set", *SUBJECT, *AIM, "--condition", "moon")
    assert wrong.code != 0
    assert "'moon' is no condition of these lines" in wrong.err
    temp = "hanbit/mask-1/body/temp"
    own("target", "set", *SUBJECT, *AIM, "--condition", "mix", "--condition", temp)

    told = json.loads(own("target", "show", "t1", "--json").out)["sensitivity"]["conditions"]
    assert (told["named"], told["reason"]) == (True, "too_few_days")
    shown = own("target", "show", "t1").out
    assert "As if conditions had been those of now" in shown
    assert "Equal conditions: not computed, there are too few days" in shown


def test_equal_conditions_are_said_in_every_language() -> None:
    """What entered, what did not and why, how many days were strange, and how unsure it is."""
    left = {"condition": "lot", "state": "not_told", "levels": []}
    used: list[dict[str, Any]] = [
        {"condition": name, "state": "used", "levels": []} for name in ("mix", "a/b/c/temp")
    ]
    told = {"terms": [*used, left], "reason": None, "outside": ["2026-03-02"], "n_after": 40}
    assert conditions_said("en", {**told, "uncertainty": 0.5}) == [
        (
            "Equal conditions: the days before are fitted to product mix, a/b/c/temp, and the days"
            " after are compared with what the fit expects of them. It replaces no verdict."
        ),
        "1 of 40 days after had conditions that the baseline never had.",
        "Conditions that did not enter: lot size (not known of every day).",
        (
            "At a confidence of 68 in 100 the uncertainty is 50\u00a0% of the effect; half of it is"
            " the usual yardstick, so this says little."
        ),
    ]
    small = conditions_said("vi", {**told, "uncertainty": 0.1})
    assert small[-1].startswith("Ở độ tin cậy 68 trên 100")
    assert conditions_said("ko", None) == []
    for reason in ("too_few_days", "no_logarithm", "no_terms", "extrapolation"):
        (said,) = conditions_said(
            "ko", {**told, "terms": used, "outside": [], "reason": reason, "uncertainty": None}
        )
        assert said.startswith("같은 조건: "), said


def test_the_parts_of_a_change_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its sign and whether it is credited; a part that nobody knows says why."""
    part = {"code": "quality", "item": None, "amount": -0.5, "credited": True, "reason": None}
    unknown = {**part, "code": "exchange", "amount": None, "credited": False, "reason": "not_kept"}
    split = {"of": "bill", "unit": "KRW", "before": 5.0, "after": 6.0, "change": 1.0}
    tariff = {**part, "code": "tariff", "item": "electricity", "amount": 1.5, "credited": False}
    behind.say_split({**split, "reason": None, "parts": [part, tariff, unknown]}, "unit_cost")

    assert capsys.readouterr().out.splitlines() == [
        "",
        "Unit cost with prices, 5.000 KRW → 6.000 KRW, +1.000 KRW:",
        "  part                      amount  credited  why not",
        "  Quality               \u22120.500 KRW  yes",
        "  Tariff (electricity)  +1.500 KRW  no",
        "  Exchange rate                  \u2014  no        no record is kept of it.",
    ]


def test_what_cannot_be_agreed_is_refused_in_words(own: Command) -> None:
    """A day that is none, a baseline that is not there: 2, and nothing is kept."""
    aim = ("target", "set", "--line", "mask-1", "--measure", "defect_rate", "--improve", "0.5")
    for more, said in (
        (("--baseline", "b1", "--go-live", "2026-03-05", "--due", "soon"), "'soon' is no day"),
        (("--baseline", "b1", "--go-live", "2026-03-05"), "b1"),
        (("--baseline", "b1", "--go-live", "0001-01-01"), "is outside of 1678 to 2262"),
    ):
        ran = own(*aim, *more)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
    assert json.loads(own("target", "list", "--json").out)["targets"] == []


def test_a_day_alone_is_a_production_day(site: Command) -> None:
    """It begins at 08:00 here; `--explain` takes the same day, and a time is taken as written."""
    day = ("kpi", "--line", "mask-1", "--from", "2026-03-03", "--to", "2026-03-04")
    (row, *_) = json.loads(site(*day, "--by", "day", "--json").out)["rows"]
    begin, end = "2026-03-03T08:00:00+09:00", "2026-03-04T08:00:00+09:00"
    assert (row["production_day"], row["from"], row["to"]) == ("2026-03-03", begin, end)
    found = json.loads(site(*day, "--explain", "--json").out)
    assert (found["from"], found["to"]) == (begin, end)
    early = (*day[:4], "2026-03-03T00:00", "--to", "2026-03-04T00:00", "--explain", "--json")
    assert json.loads(site(*early).out)["from"] == "2026-03-03T00:00:00+09:00"


def test_a_measure_and_a_machine_can_be_asked_for_alone(site: Command) -> None:
    """Also one that is not among those shown; the other rows and measures are not printed."""
    day = ("kpi", "--line", "mask-1", "--from", "2026-03-03", "--to", "2026-03-04", "--by", "day")
    rows = json.loads(site(*day, "--machine", "body", "--measure", "oee", "--json").out)["rows"]
    assert [(row["machine"], list(row["measures"])) for row in rows] == [("body", ["oee"])]
    lines = site(*day, "--machine", "body", "--measure", "mtbf").out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["mtbf"]
    wrong = site(*day, "--measure", "oeee")
    assert wrong.code == 2
    assert wrong.err.startswith("there is no measure 'oeee'; there are ")
    wrong = site(*day, "--machine", "nobody")
    assert (wrong.code, wrong.err) == (2, "mask-1 has no machine 'nobody'; it has body\n")
    wrong = site(*day[:-1], "reason", "--measure", "oee")
    says = "--by reason tells the line's stops; leave out --machine and --measure\n"
    assert (wrong.code, wrong.err) == (2, says)


def test_what_most_buckets_have_is_told_once() -> None:
    """That readings may hide micro-stops is said with a count; other flags stay with their row."""
    bucket = {
        "from": "2026-03-02T08:00:00+09:00",
        "to": "2026-03-02T08:15:00+09:00",
        "product": "A",
        "shift_id": "2026-03-02/day",
        "planned": True,
        "status": "final",
        "reason": None,
        "elements": {"pq": 100.0},
    }
    rare = {**bucket, "flags": ["hides_micro_stops", "loose"]}
    told = buckets([rare, rare, {**bucket, "flags": []}])
    assert "loose" in told[1]
    assert [line for line in told if "micro" in line] == [
        "In 2 of 3 buckets a reading brought several pieces: between them micro-stops may hide."
    ]
    assert not any("micro" in line for line in buckets([{**bucket, "flags": []}]))
