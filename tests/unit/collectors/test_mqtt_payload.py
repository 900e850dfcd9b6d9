"""Messages become rows or refusals, whatever they hold."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.columns import Burst, decode
from collectors.mqtt.instant import instant
from collectors.mqtt.settings import Payload, Point
from collectors.mqtt.topics import Topics
from edge.model import STATUS_BAD, STATUS_GOOD, STATUS_UNCERTAIN_CLOCK, Row
from edge.site import Kind
from tests.contract.mqtt_desk import Desk, rows_of
from tests.unit.collectors.mqtt_messages import messages

NOW_NS = 1_795_129_200_000_000_123
JSON = Payload(value="$.v", time="$.t")
STRICT_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=9,
)


def read(payload: bytes, *points: Point, dated: bool = True) -> tuple[list[Row], Desk]:
    """The rows of one message on the points' topic, and the desk that took what was refused."""
    desk = Desk()
    burst = Burst(messages((points[0].topic or "", payload)), NOW_NS, dated)
    return rows_of(decode(burst, [0], Topics(points), desk)), desk


def one(payload: bytes, kind: Kind = Kind.GAUGE, where: Payload | None = None) -> Row:
    """The only row of a message that must not be refused."""
    rows, desk = read(payload, Point(signal=7, kind=kind, topic="a", payload=where))
    assert desk.refused == []
    (row,) = rows
    return row


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300))
def test_a_number_is_the_double_nearest_to_what_was_written(number: float) -> None:
    """As plain text, as JSON and as JSON text alike, to the last bit."""
    text = repr(number)
    assert one(text.encode()).value == float(number)
    assert one(b'{"v": %s}' % text.encode(), where=Payload(value="$.v")).value == float(number)
    assert one(b'{"v": "%s"}' % text.encode(), where=Payload(value="$.v")).value == float(number)


@pytest.mark.parametrize(("payload", "value"), [(b"true", 1), (b"false", 0), (b" 12.5\r\n", 12.5)])
def test_plain_messages_are_true_false_or_a_number(payload: bytes, value: float) -> None:
    """Spaces and line ends around a value are nobody's meaning."""
    row = one(payload)
    assert row == Row(7, NOW_NS, NOW_NS, value, STATUS_GOOD)


def test_several_signals_read_one_message() -> None:
    """The counts of a packing machine come in one message; the first field is not the last."""
    fields = {"good": "$.n[0]", "scrap": "$.n[1]", "running": "$.run", "lot": "$.lot"}
    kinds = [Kind.COUNTER, Kind.COUNTER, Kind.STATE, Kind.TEXT]
    points = [
        Point(signal=i, kind=kind, topic="pack", payload=Payload(value=path, time="$.ts"))
        for i, (kind, path) in enumerate(zip(kinds, fields.values(), strict=True), start=1)
    ]
    payload = {"ts": "2026-11-20T08:00:00+09:00", "n": [41, 2], "run": True, "lot": "L-7"}
    rows, desk = read(json.dumps(payload).encode(), *points)
    source_ns = 1_795_129_200_000_000_000
    assert [row.value for row in rows] == [41, 2, 1, desk.symbols["L-7"]]
    assert {(row.source_ns, row.received_ns, row.status) for row in rows} == {
        (source_ns, NOW_NS, STATUS_GOOD)
    }


def test_one_field_that_is_missing_spoils_no_other() -> None:
    """The fields that are there flow; the one that is not is named."""
    points = [Point(signal=i, topic="a", payload=Payload(value=f"$.v{i}")) for i in (1, 2)]
    rows, desk = read(b'{"v2": 5}', *points)
    assert [(row.signal, row.value) for row in rows] == [(2, 5.0)]
    assert [reason for reason, _, _ in desk.refused] == ["topic 'a': $.v1 is not in the message"]


def test_null_is_a_bad_value_and_not_none() -> None:
    """The machine says that it does not know: NaN, and a status that says so."""
    row = one(b'{"v": null, "t": 1795129200}', where=JSON)
    assert math.isnan(row.value)
    assert (row.source_ns, row.status) == (1_795_129_200_000_000_000, STATUS_BAD)


def test_a_state_is_a_code_or_a_word() -> None:
    """`map` names both; a code stays a number though it came as text."""
    assert one(b"3", Kind.STATE).value == 3
    assert one(b'{"v": "3"}', Kind.STATE, Payload(value="$.v")).value == 3
    rows, desk = read(b"RUN", Point(signal=1, kind=Kind.STATE, topic="a"))
    assert [row.value for row in rows] == [desk.symbols["RUN"]]


def test_a_text_is_a_text_even_where_it_looks_like_a_number() -> None:
    """A lot number keeps its zeros."""
    rows, desk = read(b"0042", Point(signal=1, kind=Kind.TEXT, topic="a"))
    assert desk.symbols == {"0042": 1}
    assert [row.value for row in rows] == [1]


def test_arrival_that_tells_no_time_is_flagged_and_a_payload_time_is_not() -> None:
    """A retained message without a time may be of last year."""
    rows, _ = read(b"1", Point(signal=1, topic="a"), dated=False)
    assert (rows[0].source_ns, rows[0].status) == (NOW_NS, STATUS_UNCERTAIN_CLOCK)
    rows, _ = read(b'{"v": 1, "t": 5}', Point(signal=1, topic="a", payload=JSON), dated=False)
    assert (rows[0].source_ns, rows[0].status) == (5_000_000_000, STATUS_GOOD)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "has 0 bytes"),
        (b"1" * 1_048_577, "has 1048577 bytes"),
        (b"\xff{}", "not UTF-8 at byte 0"),
        (b'{"v": 1, "t": true}', "$.t is true, not a time"),
        (b'{"v": 1, "t": [1]}', "$.t is a list, not a time"),
        (b'{"v": 1, "t": {"a": 1}}', "$.t is an object, not a time"),
        (b"{", "not JSON"),
        (b'{"v": NaN, "t": 1}', "NaN is no JSON"),
        (b'{"v": 1, "v": 2, "t": 1}', "a key is given twice"),
        (b"[" * 100_000, "not JSON: brackets within brackets without end"),
        (b'{"t": 1}', "$.v is not in the message"),
        (b"[1]", "$.v is not in the message"),
        (b'{"v": "abc", "t": 1}', "$.v is 'abc', not a number"),
        (b'{"v": "nan", "t": 1}', "not a finite number"),
        (b'{"v": 1e999, "t": 1}', "not a finite number"),
        (b'{"v": "1_000", "t": 1}', "not a number"),
        (b'{"v": [1], "t": 1}', "$.v is a list"),
        (b'{"v": {}, "t": 1}', "$.v is an object"),
        (b'{"v": 1' + b"0" * 400 + b', "t": 1}', "too many digits"),
        (b'{"v": 1}', "$.t is not in the message"),
        (b'{"v": 1, "t": null}', "$.t is null, not a time"),
        (b'{"v": 1, "t": "2026-11-20T08:00:00"}', "RFC 3339 with an offset"),
        (b'{"v": 1, "t": "2026-02-30T08:00:00Z"}', "which no calendar has"),
        (b'{"v": 1, "t": -5}', "not an epoch"),
        (b'{"v": 1, "t": 1e300}', "not an epoch"),
        (b'{"v": 1, "t": 9223372036854776}', "not an epoch"),
        (b'{"v": 1, "t": 9.3e15}', "not an epoch"),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_its_reason(payload: bytes, reason: str) -> None:
    """One refusal, with the topic, what is wrong, and the beginning of the message."""
    rows, desk = read(payload, Point(signal=1, topic="a", payload=JSON))
    assert rows == []
    ((told, excerpt, received_ns),) = desk.refused
    assert told.startswith("topic 'a': ")
    assert reason in told
    assert (excerpt, received_ns) == (payload[:1024], NOW_NS)


@pytest.mark.parametrize("payload", [b"NaN", b"-inf", b"Infinity", b"ON", b"\xef\xbb\xbf", b"1,5"])
def test_plain_words_are_no_numbers(payload: bytes) -> None:
    """Python would read three of them as numbers."""
    rows, desk = read(payload, Point(signal=1, topic="a"))
    assert (rows, len(desk.refused)) == ([], 1)


def test_half_a_surrogate_is_no_text() -> None:
    """JSON can write it, no file can hold it."""
    rows, desk = read(
        b'{"v":"\\ud800"}', Point(kind=Kind.TEXT, topic="a", payload=Payload(value="$.v"))
    )
    assert (rows, len(desk.refused), desk.symbols) == ([], 1, {})


@given(
    st.lists(st.binary(max_size=40) | STRICT_JSON.map(lambda value: json.dumps(value).encode())),
    st.sampled_from(Kind),
)
def test_every_message_ends_as_one_row_or_one_refusal(payloads: list[bytes], kind: Kind) -> None:
    """Whatever is published, nothing raises and everything is accounted for, in order."""
    points = [
        Point(signal=1, kind=kind, topic="a"),
        Point(signal=2, kind=kind, topic="b", payload=Payload(value="$")),
        Point(signal=3, kind=kind, topic="c", payload=JSON),
    ]
    sent = [(topic, payload) for payload in payloads for topic in "abcd"]
    desk, burst = Desk(), Burst(messages(*sent), 0, dated=True)
    rows = rows_of(decode(burst, range(len(sent)), Topics(points), desk))
    kept, refused = [row.received_ns for row in rows], [at for _, _, at in desk.refused]
    assert kept == sorted(kept)
    assert sorted(kept + refused) == list(range(len(sent)))


MOMENTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 - hypothesis wants it so
    datetime(2262, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)


@given(MOMENTS, st.integers(0, 999), st.sampled_from(["T", "t", " "]))
def test_rfc_3339_is_read_to_the_nanosecond(moment: datetime, below: int, between: str) -> None:
    """With any offset, and more digits than Python's own reader keeps."""
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    expected = (elapsed.days * 86_400 + elapsed.seconds) * 10**9 + elapsed.microseconds * 1000
    text = moment.replace(tzinfo=None).isoformat(between, "microseconds")
    offset = moment.strftime("%z")
    assert instant(f"{text}{below:03}{offset[:3]}:{offset[3:]}") == expected + below


@given(st.integers(1_000_000_000 * 10**9, 4_000_000_000 * 10**9))
def test_the_size_of_an_epoch_tells_its_unit(at_ns: int) -> None:
    """Whole numbers are exact; a fraction of seconds is exact to the microsecond."""
    assert instant(at_ns) == at_ns
    assert instant(at_ns // 10**3) == at_ns // 10**3 * 10**3
    assert instant(at_ns // 10**6) == at_ns // 10**6 * 10**6
    assert instant(str(at_ns // 10**9)) == at_ns // 10**9 * 10**9
    assert instant((at_ns // 1000) / 1e6) == at_ns // 1000 * 1000
