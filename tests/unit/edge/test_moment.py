"""Instants survive their way out and back, to the nanosecond."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import Refused
from edge.moment import interval, parse, rfc3339

SEOUL = ZoneInfo("Asia/Seoul")


@given(st.integers(0, 2**61), st.sampled_from(["Asia/Seoul", "UTC", "America/St_Johns"]))
def test_there_and_back(at_ns: int, zone: str) -> None:
    """Whatever the zone, no nanosecond since 1970 is lost; before, zones had seconds."""
    assert parse(rfc3339(at_ns, ZoneInfo(zone))) == at_ns


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T08:00:00+09:00", datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("2026-11-20T08:00:00 09:00", datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 19, 15, tzinfo=UTC)),
        ("2026-11-20T08:00", datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("2026-11-20T08:00:00Z", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00:00-03:30", datetime(2026, 11, 20, 11, 30, tzinfo=UTC)),
    ],
)
def test_forms_people_write(text: str, moment: datetime) -> None:
    """With offset, without, a day alone, and with a plus that an address swallowed."""
    assert parse(text, SEOUL) == int(moment.timestamp()) * 1_000_000_000


def test_known_instant_with_fraction() -> None:
    """Worked out by hand."""
    assert parse("1970-01-01T00:00:01.000000001Z") == 1_000_000_001
    assert rfc3339(1_000_000_001, SEOUL) == "1970-01-01T09:00:01.000000001+09:00"


def test_a_day_alone_begins_when_the_site_says() -> None:
    """And a time is what is written, whatever the site says."""
    begin = int(datetime(2026, 11, 19, 23, tzinfo=UTC).timestamp()) * 1_000_000_000
    assert parse("2026-11-20", SEOUL, "08:00") == begin
    assert parse("2026-11-20T00:00", SEOUL, "08:00") == begin - 8 * 3600 * 1_000_000_000


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-11-20T25:00:00Z", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    """With what was seen and how it should look."""
    with pytest.raises(Refused, match=r"write 2026-11-20T08:00:00.*or a day such as 2026-11-20"):
        parse(text, SEOUL)


def test_a_missing_offset_is_refused_where_no_zone_holds() -> None:
    """A time without offset is ambiguous between programs."""
    with pytest.raises(Refused, match="has no offset"):
        parse("2026-11-20T08:00:00")


@pytest.mark.parametrize("text", ["0001-01-01", "1677-01-01T00:00:00Z", "2263-01-01", "9999-12-31"])
def test_a_time_that_no_column_holds_is_refused(text: str) -> None:
    """Nanoseconds are 64 bits everywhere."""
    with pytest.raises(Refused, match="is outside of 1678 to 2262"):
        parse(text, SEOUL)


@pytest.mark.parametrize(
    ("from_", "to", "said"),
    [
        ("2026-11-20", "2026-11-20", "is no interval; the end comes after the beginning"),
        ("2026-11-21", "2026-11-20", "is no interval; the end comes after the beginning"),
        ("1969-12-31", "2026-11-20", "is outside of 1970 to 2200"),
        ("2026-11-20", "2200-01-02", "is outside of 1970 to 2200"),
    ],
)
def test_what_is_no_interval_is_refused(from_: str, to: str, said: str) -> None:
    """With both ends as they were written."""
    with pytest.raises(Refused, match=f"from {from_} to {to} {said}"):
        interval(from_, to, SEOUL)


def test_an_interval_is_half_open_between_two_instants() -> None:
    """The whole of what can be asked, to the nanosecond."""
    first, last = "1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z"
    whole = datetime(2200, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    assert interval(first, last, SEOUL) == (0, whole.days * 86_400 * 10**9)
