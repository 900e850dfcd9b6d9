"""Instants as people and machines write them: RFC 3339 outside, integer nanoseconds inside."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from edge.errors import Refused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_NS = 1_000_000_000
LAST_NS = 84_006 * 86_400 * SECOND_NS  # the year 2200: room for what is looked up around it
FORM = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?"
    r"(?:([Zz])|[ +]?((?<=[ +])\d{2}:\d{2}|-\d{2}:\d{2}))?"
)


def parse(text: str, zone: ZoneInfo | None = None, day_starts: str = "00:00") -> int:
    """The instant that a text names, in nanoseconds since 1970 UTC.

    Args:
        text: RFC 3339; a day alone is its beginning, seconds may be left out. A space in place of
            the sign is what is left of a plus that nobody encoded in an address.
        zone: what holds where the text has no offset; None = an offset must be there.
        day_starts: local time at which a day alone begins; a site has production days.

    Raises:
        Refused: with what was seen and how it should look.
    """
    match = FORM.fullmatch(text.strip())
    wrong = f"'{text}' is no time; write 2026-11-20T08:00:00+09:00"
    wrong += "" if zone is None else ", or a day such as 2026-11-20"
    if match is None:
        raise Refused(wrong)
    day, time, seconds, fraction, utc, offset = match.groups()
    sign = "" if not offset or offset.startswith("-") else "+"
    suffix = "+00:00" if utc else f"{sign}{offset}" if offset else ""
    try:
        moment = datetime.fromisoformat(f"{day}T{time or day_starts}:{seconds or '00'}{suffix}")
    except ValueError:
        raise Refused(wrong) from None
    if moment.tzinfo is None:
        if zone is None:
            raise Refused(f"'{text}' has no offset; write it, as in +09:00, or Z")
        moment = moment.replace(tzinfo=zone)
    at_ns = seconds_since(moment) * SECOND_NS + int((fraction or "").ljust(9, "0"))
    if not -(2**63) <= at_ns < 2**63:
        raise Refused(f"'{text}' is outside of 1678 to 2262, as far as nanoseconds reach")
    return at_ns


def interval(from_: str, to: str, zone: ZoneInfo, day_starts: str = "00:00") -> tuple[int, int]:
    """The half-open interval that two texts name, as nanoseconds; see `parse`.

    Raises:
        Refused: it is empty, backwards, or not between the years 1970 and 2200.
    """
    from_ns, to_ns = parse(from_, zone, day_starts), parse(to, zone, day_starts)
    if from_ns >= to_ns:
        raise Refused(f"from {from_} to {to} is no interval; the end comes after the beginning")
    if from_ns < 0 or to_ns > LAST_NS:
        raise Refused(f"from {from_} to {to} is outside of 1970 to 2200; mend one of them")
    return from_ns, to_ns


def seconds_since(moment: datetime) -> int:
    """Whole seconds since 1970 UTC, exact."""
    return (moment - EPOCH) // timedelta(seconds=1)


def rfc3339(at_ns: int, zone: ZoneInfo) -> str:
    """An instant with the offset of a zone; as many digits of a second as it needs."""
    seconds, rest = divmod(at_ns, SECOND_NS)
    moment = (EPOCH + timedelta(seconds=seconds)).astimezone(zone)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    text = moment.isoformat(timespec="seconds")
    return f"{text[:19]}{fraction}{text[19:25]}"
