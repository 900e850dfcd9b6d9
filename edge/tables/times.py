"""RFC 3339 as whole columns: a million instants in a second, without an object for each."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from edge.model import BOOL, I64, SECOND_NS
from edge.tables.raw import Texts

LARGEST = str((1 << 63) - 1)
LONGEST = 35  # 2026-08-01T09:00:00.123456789+09:00
QUARTER_NS = 900 * SECOND_NS
HALVES = {"오전": 0, "오후": 12}  # hours to add, as Korean spreadsheets count them
NOON = 12
YEARS = 1900, 2200
POWERS = 10 ** np.arange(8, -1, -1)
SEPARATORS = {4: "-", 7: "-", 13: ":", 16: ":"}
FIELDS = {
    "year": (0, 4),
    "month": (5, 7),
    "day": (8, 10),
    "h": (11, 13),
    "m": (14, 16),
    "s": (17, 19),
}

Cells = NDArray[np.int32]  # shape (rows, characters), code points


def instants(texts: Texts) -> tuple[I64, BOOL]:
    """Nanoseconds since 1970 UTC, and which texts are an instant at all.

    An instant is an integer in nanoseconds or RFC 3339 with its offset from UTC.
    """
    length = np.char.str_len(texts)
    whole = np.char.isdigit(texts) & (length <= len(LARGEST))
    whole &= (length < len(LARGEST)) | (texts <= LARGEST)
    found, good = np.zeros(len(texts), np.int64), whole.copy()
    found[whole] = texts[whole].astype(np.int64)
    found[~whole], good[~whole] = dated(texts[~whole])
    return found, good


def dated(texts: Texts) -> tuple[I64, BOOL]:
    """The same for texts that must all be RFC 3339."""
    wide = np.ascontiguousarray(texts.astype(f"<U{LONGEST + 8}"))
    cells = wide.view(np.uint32).view(np.int32).reshape(len(texts), LONGEST + 8)
    good = np.char.str_len(texts) <= LONGEST
    for place, sign in SEPARATORS.items():
        good &= cells[:, place] == ord(sign)
    good &= np.isin(cells[:, 10], [ord("T"), ord("t"), ord(" ")])
    number = dict[str, I64]()
    for name, span in FIELDS.items():
        number[name], right = decimal(cells[:, slice(*span)])
        good &= right
    seconds, right = since_1970(number)
    fraction_ns, zone = fraction(cells)
    offset_s, right_too = offset(cells, zone)
    good &= right & right_too
    return np.where(good, (seconds - offset_s) * SECOND_NS + fraction_ns, 0), good


def local_instants(texts: Texts, zone: ZoneInfo) -> tuple[I64, BOOL]:
    """The same for texts without an offset, by the clock on the wall of a zone.

    A time that this clock shows twice or never, where summer time begins or ends, is none.
    """
    written, later_s = as_written(texts)
    wall_ns, good = dated(np.char.add(written, "Z"))
    wall_ns += later_s * SECOND_NS
    quarters, nth = np.unique(wall_ns // QUARTER_NS, return_inverse=True)
    offsets_s = np.zeros(len(quarters), np.int64)
    clear = np.zeros(len(quarters), np.bool_)
    for i, quarter in enumerate(quarters.tolist()):  # distinct quarter hours, not samples
        wall = datetime(1970, 1, 1) + timedelta(minutes=15 * quarter)  # noqa: DTZ001 - on the wall
        first, second = (wall.replace(tzinfo=zone, fold=n).utcoffset() for n in (0, 1))
        clear[i] = first == second
        offsets_s[i] = first.total_seconds() if first is not None else 0
    return wall_ns - offsets_s[nth] * SECOND_NS, good & clear[nth]


def as_written(texts: Texts) -> tuple[Texts, I64]:
    """Times as spreadsheets write them in the one form, and seconds to be added for the afternoon.

    Parts of the day may be parted by / or a point, the hour may have one digit, seconds may be
    missing, and 오전 or 오후 may stand before an hour from 1 to 12.
    """
    day, space, time = np.char.partition(texts, " ").T
    for sign in "/.":
        day = np.char.replace(day, sign, "-")
    word, after, rest = np.char.partition(time, " ").T
    halved = np.isin(word, list(HALVES)) & (after != "")
    time = np.where(halved, rest, time)
    time = np.where(np.char.find(time, ":") == 1, np.char.add("0", time), time)
    time = np.where(np.char.str_len(time) == len("08:00"), np.char.add(time, ":00"), time)
    digits = time.astype("U2")
    hour = np.where(np.char.isdecimal(digits), digits, "0").astype(np.int64)
    added = np.where(word == "오후", HALVES["오후"], HALVES["오전"]) - NOON * (hour == NOON)
    wrong = halved & ((hour < 1) | (hour > NOON))
    plain = np.char.add(np.char.add(day, " "), time)
    return np.where(wrong, "", np.where(space == "", texts, plain)), 3_600 * added * halved


def decimal(cells: Cells) -> tuple[I64, BOOL]:
    """Cells of digits as a number, and where they are digits."""
    number, good = np.zeros(len(cells), np.int64), np.ones(len(cells), np.bool_)
    for column in cells.T:  # at most four
        number = number * 10 + column - ord("0")
        good &= is_digit(column)
    return number, good


def is_digit(cells: Cells) -> BOOL:
    """Which characters are 0 to 9."""
    return (cells >= ord("0")) & (cells <= ord("9"))


def since_1970(number: dict[str, I64]) -> tuple[I64, BOOL]:
    """Seconds of civil times, and which of them are in the calendar."""
    good: BOOL = (number["year"] >= YEARS[0]) & (number["year"] < YEARS[1])
    good &= (number["month"] >= 1) & (number["month"] <= 12)  # noqa: PLR2004 - months
    good &= (number["h"] < 24) & (number["m"] < 60) & (number["s"] < 60)  # noqa: PLR2004 - a clock
    months = np.where(good, (number["year"] - 1970) * 12 + number["month"] - 1, 0)
    month = months.astype("datetime64[M]")
    first, length = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")
    good &= (number["day"] >= 1) & (number["day"] <= (length - first).astype(np.int64))
    days = first.astype(np.int64) + number["day"] - 1
    return days * 86_400 + number["h"] * 3_600 + number["m"] * 60 + number["s"], good


def fraction(cells: Cells) -> tuple[I64, I64]:
    """Nanoseconds after the point, where there is one, and the place of the zone behind them."""
    digits = is_digit(cells[:, 20:29]) & (cells[:, 19:20] == ord("."))
    digits = np.logical_and.accumulate(digits, axis=1)
    nanoseconds = np.where(digits, cells[:, 20:29] - ord("0"), 0) @ POWERS
    return nanoseconds, np.where(digits[:, 0], 20 + digits.sum(axis=1), 19)


def offset(cells: Cells, place: I64) -> tuple[I64, BOOL]:
    """Seconds east of UTC, and where the text ends with a zone as it should."""
    zone = cells[np.arange(len(cells))[:, None], place[:, None] + np.arange(7)]
    utc = np.isin(zone[:, 0], [ord("Z"), ord("z")]) & (zone[:, 1] == 0)
    hours, right = decimal(zone[:, 1:3])
    minutes, right_too = decimal(zone[:, 4:6])
    sign = np.where(zone[:, 0] == ord("-"), -1, 1)
    numeric = np.isin(zone[:, 0], [ord("+"), ord("-")]) & (zone[:, 3] == ord(":"))
    numeric &= right & right_too & (zone[:, 6] == 0)
    numeric &= (hours < 24) & (minutes < 60)  # noqa: PLR2004 - a clock
    return np.where(numeric, sign * (hours * 3_600 + minutes * 60), 0), utc | numeric
