"""Instants as publishers write them: RFC 3339, or an epoch whose unit its size tells."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import cast

import numpy as np

from edge.model import I64, SECOND_NS

RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
EPOCH_TEXT = re.compile(r"\d{1,19}(\.\d{1,9})?", re.ASCII)
LATEST_NS = 2**63  # in the year 2262
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The largest number that is read in this unit, and its ns: seconds reach to the year 5138.
UNITS = ((1e11, SECOND_NS), (1e14, 1_000_000), (1e17, 1_000), (float(2**63), 1))


def instant(value: object) -> int:
    """Nanoseconds since 1970 UTC.

    Raises:
        ValueError: what the value is, and what it should be.

    >>> instant("2026-11-20T08:00:00.000000001+09:00")
    1795129200000000001
    >>> instant(1795129200), instant(1795129200_000), instant(1795129200.25)
    (1795129200000000000, 1795129200000000000, 1795129200250000000)
    """
    if isinstance(value, str):
        if EPOCH_TEXT.fullmatch(value):
            return of_epoch(float(value) if "." in value else int(value))
        return of_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return of_epoch(value)
    words = {type(None): "null", bool: str(value).lower(), list: "a list"}
    raise ValueError(f"is {words.get(type(value), 'an object')}, not a time")


def instants(values: Sequence[object]) -> I64 | None:
    """As `instant`, of many; None where they are not whole numbers of one unit."""
    if set(map(type, values)) != {int}:
        return None
    numbers = cast("Sequence[int]", values)
    least, most = min(numbers), max(numbers)
    for largest, unit_ns in UNITS:
        if least >= 0 and most < largest:
            return np.array(numbers, np.int64) * unit_ns
        if least < largest:
            return None
    return None


def of_epoch(number: float) -> int:
    """An epoch in s, ms, us or ns; fractions count to the microsecond, all that a double holds."""
    for largest, unit_ns in UNITS:
        if 0 <= number < largest:
            at_ns = number * unit_ns
            if not isinstance(number, int):
                at_ns = round(number * (unit_ns / 1_000)) * 1_000  # in this order: below 2^53
            if at_ns >= LATEST_NS:
                break
            return int(at_ns)
    raise ValueError(f"is {number}, not an epoch in s, ms, us or ns since 1970")


def of_text(text: str) -> int:
    """A time with its offset; digits after the ninth of a second are cut."""
    match = RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"is '{text[:40]}', not RFC 3339 with an offset, such as 09:00:00+09:00")
    day, clock, fraction, offset = match.groups()
    whole_ns = second(f"{day}T{clock}{offset.upper()}")
    return whole_ns + int((fraction or "0").ljust(9, "0"))


@lru_cache(maxsize=256)  # the messages of one second share it
def second(text: str) -> int:
    """A whole second with its offset, ns."""
    try:
        whole_s = (datetime.fromisoformat(text) - EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"is '{text}', which no calendar has") from error
    if not 0 <= whole_s < 2**63 // SECOND_NS - 1:
        raise ValueError(f"is '{text}', not between 1970 and 2262")
    return whole_s * SECOND_NS
