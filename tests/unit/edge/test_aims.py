"""What a target would mean: looked at, then agreed on, and both say the same."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.engine.verdicts.aims import Aim, against, preview
from edge.engine.verdicts.targets import agree
from edge.errors import NotFound, Refused
from edge.site import Shift
from tests.unit.edge.figure_desk import DAY, Desk, at
from tests.unit.edge.target_desk import days_of, desk_of, frozen, line, wave

WEEKDAYS = Shift("day", "08:00", "20:00", days="mon-fri", breaks=DAY.breaks)
LIVE = date(2026, 3, 30)  # a Monday, four weeks after the first day


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A line that works on five days of a week, with four weeks frozen."""
    found = desk_of(tmp_path, line(shifts=(WEEKDAYS,)))
    for week in range(6):
        days_of(found, 7 * week, 7 * week + 5, gq=wave(1000))
    frozen(found, "throughput_per_hour", to_ns=at("00:00", 28))
    return found


def looked(desk: Desk, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any key
    """The preview of a tenth better, live when the baseline ends."""
    keys: dict[str, Any] = {"improve": 0.1, "value": None, "go_live_ns": at("08:00", 28)}
    aim = Aim(**{**keys, "due": None, **changed})
    return preview(desk.engine.view, against(desk.engine.view, "b1", aim))


def working_day(after: date, n: int) -> date:
    """The n-th Monday to Friday from a day on, counted one by one."""
    day = after
    while n > 1 or day.weekday() > 4:
        n -= day.weekday() < 5
        day += timedelta(days=1)
    return day


def test_it_says_from_what_to_what_and_which_days_count(desk: Desk) -> None:
    """Ten working days are left out; then as many days as the baseline has are looked at."""
    shown = looked(desk)
    before = desk.engine.baselines()["baselines"][0]
    assert shown["before"] == before["value"]
    assert shown["target"] == pytest.approx(1.1 * before["value"], rel=1e-12)
    assert shown["improvement_rate"] == pytest.approx(0.1, rel=1e-12)
    first = working_day(LIVE, 11)
    assert (shown["go_live"][:10], shown["report_from"][:10]) == (str(LIVE), str(first))
    length = date(2026, 3, 27) - date(2026, 3, 2)  # first and last day that were worked
    assert shown["report_to"][:10] == str(first + length + timedelta(days=1))
    assert (shown["blackout_days"], shown["line_name"]) == (10, "Mask")
    assert desk.engine.targets()["targets"] == [], "nothing is stored"


def test_what_is_shown_is_what_is_agreed_on(desk: Desk) -> None:
    """Figures, windows and due date are those of the target that is agreed on next."""
    aim = Aim(None, 1_200.0, at("08:00", 29), date(2026, 7, 1))
    wish = against(desk.engine.view, "b1", aim)
    shown, made = preview(desk.engine.view, wish), agree(desk.engine.view, wish)
    keys = [
        "before",
        "target",
        "unit",
        "definition",
        "higher_is_better",
        "line_name",
        "frozen_late",
    ]
    for key in (*keys, "go_live", "report_from", "due", "due_days", "lines", "measure", "machine"):
        assert shown[key] == made[key], key
    assert shown["improvement_rate"] == pytest.approx(1_200 / shown["before"] - 1)


def test_warnings_forbid_nothing(desk: Desk) -> None:
    """A due date within the days to be judged, a baseline frozen late, and too few of its days."""
    last = date.fromisoformat(looked(desk)["report_to"][:10]) - timedelta(days=1)
    assert looked(desk)["warnings"] == looked(desk, due=last)["warnings"] == ["frozen_late"]
    early = looked(desk, due=last - timedelta(days=1))
    assert early["warnings"] == ["frozen_late", "due_early"]
    frozen(desk, "throughput_per_hour", to_ns=at("00:00", 10))
    wish = against(desk.engine.view, "b2", Aim(0.1, None, at("08:00", 90), None))
    assert preview(desk.engine.view, wish)["warnings"] == ["few_days"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"improve": None}, "say either"),
        ({"value": 1.0}, "say either"),
        ({"improve": 10.0}, "a tenth better is 0.1"),
        ({"improve": None, "value": 1.0}, "is not better"),
        ({"go_live_ns": at("08:00", 27)}, "must begin when the baseline has ended"),
    ],
)
def test_it_is_refused_as_agreeing_is(desk: Desk, changed: dict[str, Any], said: str) -> None:
    """Whoever looks learns at once what would be refused."""
    with pytest.raises(Refused, match=said):
        looked(desk, **changed)


def test_a_baseline_that_is_not_there(desk: Desk) -> None:
    """It is named, beside those there are."""
    with pytest.raises(NotFound, match="'b9'; there are b1"):
        against(desk.engine.view, "b9", Aim(0.1, None, at("08:00", 28), None))
