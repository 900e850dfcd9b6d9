"""Days and clock times as people write them, where they can be meant in one way only."""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta

CALENDAR = r"(\d{4})\s*(?:년|[-/.])\s*(\d{1,2})\s*(?:월|[-/.])\s*(\d{1,2})\s*(?:일|\.)?"
DAY = re.compile(CALENDAR + r"(?:\s*\(([월화수목금토일])(?:요일)?\))?")
HALF = "오전|오후|am|pm"
CLOCK = re.compile(
    rf"(?:({HALF})\s*)?(\d{{1,2}})"
    r"(?::(\d{2})(?::(\d{2}))?|\s*시(?:\s*(\d{1,2})\s*분)?)"
    r"(?:\s*(am|pm))?",
    re.IGNORECASE,
)
SHORT = re.compile(r"(\d{2})([-/.])\s?(\d{1,2})\2\s?(\d{1,2})(?!\d)")
FIRST_SHORT = 20  # 03/07/26 is somebody's 3 July; nobody brings facts of 2003
WEEKDAYS = "월화수목금토일"
NOON = 12


def day_in(text: str) -> str | None:
    """The day that a text names, as the calendar writes it; a weekday behind it must be its own.

    >>> day_in("2026. 11. 5."), day_in("2026년 7월 3일"), day_in("2026-07-03(금)")
    ('2026-11-05', '2026-07-03', '2026-07-03')
    >>> day_in("26/07/03"), day_in("2026-07-03 (목)"), day_in("2026-13-01")
    (None, None, None)
    """
    match = DAY.fullmatch(text.strip())
    if match is None:
        return None
    *numbers, weekday = match.groups()
    try:
        day = date(*map(int, numbers))
    except ValueError:
        return None
    return day.isoformat() if weekday in {None, WEEKDAYS[day.weekday()]} else None


def clock_in(text: str) -> str | None:
    """The time of day that a text names.

    >>> clock_in("오후 8:00"), clock_in("오전 12시 30분"), clock_in("12:05 PM"), clock_in("20:00")
    ('20:00:00', '00:30:00', '12:05:00', '20:00:00')
    >>> clock_in("오후 20:00"), clock_in("8"), clock_in("24:00")
    (None, None, None)
    """
    match = CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    before, hours, minutes, seconds, spoken, after = match.groups()
    hour, half = int(hours), (before or after or "").lower()
    if (before and after) or (half and not 1 <= hour <= NOON):
        return None
    if half:
        hour = hour % NOON + NOON * (half in {"오후", "pm"})
    try:
        return time(hour, int(minutes or spoken or 0), int(seconds or 0)).isoformat()
    except ValueError:
        return None


def instant_in(text: str) -> str:
    """A day, alone or with a time of day, as machines write it; anything else as it stands.

    >>> instant_in("2026. 7. 3. 오후 8:00"), instant_in("2026/7/3"), instant_in("20:00")
    ('2026-07-03 20:00:00', '2026-07-03', '20:00')
    """
    text = text.strip()
    match = DAY.match(text)
    day = match and day_in(match[0])
    if match is None or day is None:
        return text
    rest = text[match.end() :]
    if not rest:
        return day
    clock = clock_in(rest) if match[0][-1:].isspace() or rest[0].isspace() else None
    return f"{day} {clock}" if clock else text


def joined(cells: Mapping[str, str], day_starts: str) -> Mapping[str, str]:
    """Cells whose times of day stand with the day of the row; an end before its start is the next.

    A start before the production day begins stays as it is: nobody knows whether the day of the row
    is that of the calendar or that of the production.

    >>> joined({"date": "2026-07-03", "from": "20:00", "to": "08:00"}, "08:00")["to"]
    '2026-07-04 08:00:00'
    >>> joined({"date": "2026-07-03", "at": "02:00"}, "08:00")["at"]
    '02:00'
    """
    day = day_in(cells.get("date", ""))
    clocks = {key: clock_in(cells.get(key, "")) for key in ("at", "from", "to")}
    if day is None:
        return cells
    found = dict(cells)
    for key in ("at", "from"):
        clock = clocks[key]
        if clock and clock[: len(day_starts)] >= day_starts:
            found[key] = f"{day} {clock}"
    start, end = clocks["from"], clocks["to"]
    if start and end and found["from"] != cells["from"]:
        last = date.fromisoformat(day) + timedelta(days=end < start)
        found["to"] = f"{last} {end}"
    return found


def is_year(text: str) -> bool:
    """Whether two digits may be a year of ours, as they are at the end of day/month/year."""
    return int(text) >= FIRST_SHORT


def lengthened(texts: list[str]) -> list[str] | None:
    """Texts with their years of two digits in full; None unless all of these can be meant so.

    >>> lengthened(["26/07/03", "", "26/7/31 20:00"])
    ['2026/07/03', '', '2026/7/31 20:00']
    >>> lengthened(["26/07/03", "07/31/26"]), lengthened(["2026-07-03"])
    (None, None)

    As day/month/year the next is meant as well:

    >>> lengthened(["25/11/26"])
    """
    matches = [SHORT.match(text) for text in texts]
    short = [match for match in matches if match]
    right = all(
        is_year(match[1]) and day_in(f"20{match[1]}-{match[3]}-{match[4]}") for match in short
    )
    if not short or not right or all(is_year(match[4]) for match in short):
        return None
    return [f"20{text}" if match else text for text, match in zip(texts, matches, strict=True)]
