"""What the InfluxDB sink decides by itself: how long to wait, what to join, what to refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.model import SECOND_NS, Batch, Row
from edge.sinks.influxdb import Config
from edge.sinks.influxdb.answers import wait_s
from edge.sinks.influxdb.bringing import joined
from edge.sinks.influxdb.drafts import MOST_LINES
from edge.sinks.influxdb.link import Answer

NOW_NS = 1_785_000_000 * SECOND_NS


@pytest.mark.parametrize(
    ("header", "date", "least_s", "most_s"),
    [
        ("7", "", 7, 8.4),
        ("0", "", 0.1, 0.2),
        ("86400", "", 300, 300),
        ("99999999999999999999", "", 300, 300),
        ("Sat, 25 Jul 2026 17:21:00 GMT", "Sat, 25 Jul 2026 17:20:30 GMT", 30, 36),
        ("Sat, 25 Jul 2026 17:20:10 GMT", "", 10, 12),
        ("Sat, 25 Jul 2020 17:20:00 GMT", "", 0.1, 0.2),
        ("Sat, 25 Jul 2099 17:20:00 GMT", "", 300, 300),
        ("", "", 4, 4.8),
        ("-5", "", 4, 4.8),
        ("soon", "", 4, 4.8),
        ("٣", "", 4, 4.8),
    ],
)
def test_retry_after_is_honoured_within_reason(
    header: str, date: str, least_s: float, most_s: float
) -> None:
    """Seconds or a date by the server's own clock, five minutes at most; nonsense is as absent."""
    answer = Answer(503, "", header, date)
    assert least_s <= wait_s(answer, 3, NOW_NS) <= most_s


def test_without_retry_after_the_wait_doubles_to_half_a_minute() -> None:
    """A server that only says it is busy is asked less and less often."""
    waits = [wait_s(Answer(503), attempt, 0) for attempt in [1, 2, 3, 4, 5, 6, 99, 10**6]]
    for waited_s, least_s in zip(waits, [1, 2, 4, 8, 16, 30, 30, 30], strict=True):
        assert least_s <= waited_s <= 1.2 * least_s


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"token_file": "t"}, "has token_file without org; name the organisation of the bucket"),
        ({"user": "u"}, "has one of user and password_file; name both or neither"),
        ({"user": "u", "password_file": "p", "token_file": "t", "org": "o"}, "keep token_file for"),
        ({"url": "http://u:p@h:1"}, "is more than scheme, host, port and path; keep only these"),
        ({"url": "influx:8086"}, "URL scheme should be 'http' or 'https'"),
        ({"bucket": ""}, "at least 1 character"),
        ({"timeout_s": 0}, "greater than or equal to 1"),
        ({"tokn_file": "t"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_key_says_what_to_do(keys: dict[str, object], message: str) -> None:
    """Whoever edits the file reads what was seen and what to write."""
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        Config.model_validate({"url": "http://127.0.0.1:8086", "bucket": "line"} | keys)


@given(st.lists(st.integers(0, 4_000), max_size=12))
def test_neighbouring_blocks_share_bodies(lengths: list[int]) -> None:
    """Joined blocks keep rows, order and their last number; none waits for blocks not there yet."""
    blocks = [
        (at, Batch.of([Row(at % 3, 0, 0, 0.0, 0)] * length))
        for at, length in enumerate(lengths, start=5)
    ]
    groups = list(joined(blocks))
    assert Batch.concat([batch for _, batch in groups]).signal.tolist() == [
        at % 3 for at, length in enumerate(lengths, start=5) for _ in range(length)
    ]
    assert [number for number, _ in groups][-1:] == [number for number, _ in blocks][-1:]
    assert all(len(batch) >= MOST_LINES for _, batch in groups[:-1])
