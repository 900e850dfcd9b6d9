"""Texts for people, and the only place in Python where a figure becomes text.

Ratios stay 0 to 1 and unrounded until they come here; unknown is a dash, never a zero. The pages
print by the same rules: both are held to `api/web/test/printed.json`.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

LANGUAGES = ("ko", "en", "vi")
FALLBACK = "ko"
WON = "KRW"
UNKNOWN = "—"
MINUS = "\u2212"
SPACE = "\u00a0"
TENTHS = (0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001)
HOLE = re.compile(r"\{(\w+)\}")
HANGUL = re.compile(r"[가-힣]")

Value = str | int | float


def text(language: str, key: str, **values: Value) -> str:
    """The text of `key`, its placeholders filled; a language without it falls back to Korean.

    Where a key has the forms `.one` and `.other`, the value `n` chooses. Whole numbers are printed
    by `number`, others with one digit. A key that nobody wrote is returned as it is, so that a
    missing text never hides the message around it.
    """
    form = f"{key}.{'one' if values.get('n') == 1 else 'other'}"
    for known in (catalogue(language), catalogue(FALLBACK)):
        found = known.get(key, known.get(form))
        if found is not None:
            return HOLE.sub(lambda hole: _printed(values, hole), found)
    return key


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of one language; those of Korean for a language that we do not speak."""
    name = language if language in LANGUAGES else FALLBACK
    found: Mapping[str, str] = json.loads(
        Path(__file__).with_name(f"{name}.json").read_text("utf8")
    )
    return found


def number(value: float | None, digits: int = 0) -> str:
    """1,234,567 with a true minus sign; a dash for None and NaN."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    step = Decimal(1).scaleb(-digits)
    printed = f"{abs(Decimal(value)).quantize(step, ROUND_HALF_UP):,f}"
    return MINUS + printed if value < 0 and printed.strip("0,.") else printed


def signed(value: float | None, digits: int = 0) -> str:
    """The same with a plus sign where it is above zero."""
    printed = number(value, digits)
    return f"+{printed}" if printed[0].isdigit() and printed.strip("0,.") else printed


def percent(ratio: float | None, digits: int | None = None) -> str:
    """A ratio from 0 to 1 as a percentage; below a tenth it keeps two digits, else one."""
    if digits is None:
        digits = 2 if ratio is not None and abs(ratio) < 0.1 else 1  # noqa: PLR2004 - as above
    return _joined(number(_times(ratio, 100), digits), "%")


def signed_percent(ratio: float | None, digits: int = 1) -> str:
    """A relative change as a percentage with its sign."""
    return _joined(signed(_times(ratio, 100), digits), "%")


def points(difference: float | None, digits: int = 2) -> str:
    """The difference of two ratios in percentage points, with its sign."""
    return _joined(signed(_times(difference, 100), digits), "%p")


def ppm(ratio: float | None) -> str:
    """A rate in parts per million, whole."""
    return _joined(number(_times(ratio, 1_000_000)), "ppm")


def unit(language: str, ucum: str) -> str:
    """The label of a UCUM unit, empty for ratios; a unit without a label as it is written."""
    if ucum in {"", "1"}:
        return ""
    key = f"unit.{re.sub('[{}.]', '', ucum).replace('/', '_per_')}"
    found = text(language, key)
    return re.sub("[{}]", "", ucum) if found == key else found


def figure(language: str, value: float | None, ucum: str) -> str:
    """A value of a measure with its unit; ratios as percentages."""
    if ucum == "1":
        return percent(value)
    return labelled(language, number(value, digits_of(value, ucum)), ucum)


def labelled(language: str, printed: str, ucum: str) -> str:
    """A printed number with the label of its unit; Hangul stands close to it."""
    label = unit(language, ucum)
    if not label or printed == UNKNOWN:
        return printed
    return printed + label if HANGUL.match(label) else _joined(printed, label)


def finding(language: str, code: str, amount: float, of: float) -> str:
    """What was found in the figures, with how much of what."""
    much: Value = percent(amount, 1) if code == "fast_cycle" else amount
    return text(language, f"lint.{code}", amount=much, of=of)


def day(language: str, at: datetime) -> str:
    """2026-11-20 (금), in the zone that the time carries."""
    return f"{at:%Y-%m-%d} ({text(language, f'time.weekday_{at.isoweekday() % 7}')})"


def moment(language: str, at: datetime) -> str:
    """2026-11-20 (금) 14:05, in the zone that the time carries."""
    return f"{day(language, at)} {at:%H:%M}"


def span(language: str, seconds: float) -> str:
    """A duration as a person would say it: 40초, 20분, 2시간 5분, 3일."""
    size = Decimal(abs(seconds))
    minutes = int((size / 60).quantize(Decimal(1), ROUND_HALF_UP))
    whole = int(size.quantize(Decimal(1), ROUND_HALF_UP))
    if size < 60:  # noqa: PLR2004 - seconds of a minute
        return text(language, "time.seconds", n=whole)
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return text(language, "time.minutes", n=minutes)
    if size >= 2 * 86_400:
        days = int((size / 86_400).quantize(Decimal(1), ROUND_HALF_UP))
        return text(language, "time.days", n=days)
    hours, rest = divmod(minutes, 60)
    said = text(language, "time.hours", n=hours)
    return f"{said} {text(language, 'time.minutes', n=rest)}" if rest else said


def _printed(values: Mapping[str, Value], hole: re.Match[str]) -> str:
    value = values.get(hole[1])
    if value is None:
        return hole[0]
    if isinstance(value, str):
        return value
    return number(value, 0 if float(value).is_integer() else 1)


def _times(ratio: float | None, by: float) -> float | None:
    return None if ratio is None else ratio * by


def _joined(printed: str, label: str) -> str:
    return printed if printed == UNKNOWN else f"{printed}{SPACE}{label}"


def digits_of(value: float | None, ucum: str) -> int:
    """Digits after the point that a value of this size deserves: three figures say enough.

    What is less than 1 keeps three figures behind its zeros, such as energy per piece. Few won a
    piece keep three digits, so that 1.017 and 0.941 are seen to differ by 0.076; more keep one.
    """
    size = abs(value or 0.0)
    if ucum.startswith(WON) and 0 < size < 10:  # noqa: PLR2004 - few won
        return 3
    if ucum.startswith(f"{WON}/"):
        return 1
    if size >= 100 or size == 0:  # noqa: PLR2004 - three figures
        return 0
    return 1 if size >= 1 else 3 + sum(size < tenth for tenth in TENTHS)
