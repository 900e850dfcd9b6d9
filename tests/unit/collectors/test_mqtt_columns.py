"""Many messages at once become what each becomes alone, to the last bit."""

import json
import struct
from typing import Literal
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.columns import Burst, decode, one_by_one
from collectors.mqtt.settings import Payload, Point
from collectors.mqtt.stream import Messages
from collectors.mqtt.topics import Topics
from edge.model import STATUS_GOOD, STATUS_UNCERTAIN_CLOCK, STATUS_UNCERTAIN_ROUNDED, Batch
from edge.site import Kind
from tests.contract.mqtt_desk import Desk, rows_of
from tests.unit.collectors.mqtt_messages import messages

NOW_NS = 1_795_129_200_000_000_123
EDGES = st.builds(
    lambda power, more, sign: sign * (2**power + more),
    st.sampled_from([53, 54, 60, 63, 64, 65]),
    st.integers(-3, 3),
    st.sampled_from([1, -1]),
)
HUGE = st.integers(-(2**70), 2**70) | EDGES | st.just(10**400)
NUMBER = st.floats(allow_nan=False, allow_infinity=False) | HUGE | st.booleans()
VALUE = NUMBER | st.none() | st.sampled_from(["RUN", "7", " 1.5 ", "nan", "1_0", "", '"', "é", "٣"])
TIME = (
    st.integers(0, 2**64)
    | st.floats(0, 1e12)
    | st.sampled_from(["2026-11-20T08:00:00.25+09:00", "2026-11-20", 1_795_129_200_123, True, None])
)
DOCUMENT = st.fixed_dictionaries({"v": VALUE, "t": TIME}) | st.fixed_dictionaries(
    {"v": VALUE, "a": st.lists(VALUE, max_size=3), "t": st.just(5)}
)
JSON = st.builds(
    lambda found, ascii_only: json.dumps(found, ensure_ascii=ascii_only).encode(),
    DOCUMENT | VALUE | st.lists(VALUE, max_size=2),
    st.booleans(),
)
ODD = [
    b"",
    b" ",
    b"{",
    b"\xef\xbb\xbf7",
    b'\xef\xbb\xbf{"v": 1, "t": 5}',
    b"\xff",
    b'{"v": 1, "v": 2, "t": 5}',
    b'{"v": 1, "\\u0076": 2, "t": 5}',
    b'{"v": NaN, "t": 5}',
    b'{"v": -1E400, "t": 5}',
    b'{"v" : 1 , "t":5, "x": {"y": 1, "y": 2}}',
    b'{"v": {"v": 1}, "t": 5}',
    b'{"v": "\\ud800", "t": 5}',
    b"[" * 1_500,
    b"[" * 1_010 + b"]" * 1_010,
    b'{"v": 1, "a": ' + b"[" * 1_000 + b"]" * 1_000 + b', "t": 5}',
    b"7;8",
    b'7,"8",9',
    b"7,8\n9,10",
    b"1,2,2026-11-20T08:00:00Z",
    b"nan,inf,5",
    b"x" * 1_048_577,
    b'{"v": "1_0", "t": 5}',
    b'{"v": "nan", "t": 5}',
    b'{"v": "RUN", "t": 5}',
    b'{"v": true, "t": 5}',
    b'{"v": null, "t": 5}',
    b'{"v": 18446744073709551617, "t": 5}',
    b'{"v": 9007199254740993, "t": 9223372036854776}',
    b'{"v": 9007199254740993, "t": 5}',
    b'{"v": 9007199254740994, "t": 5}',
    b'{"v": -9007199254740993, "t": 5}',
    b'{"v": "9007199254740993", "t": 5}',
    b'{"v": 9007199254740993.0, "t": 5}',
    b'{"v": 9.007199254740993e15, "t": 5}',
    b'{"v": 1e300, "t": 5}',
    b'{"v": 18446744073709551616, "t": 5}',
    b'{"v": -9223372036854775809, "t": 5}',
    b'{"a": [1, 9007199254740993], "t": 5}',
    b"[9007199254740993]",
    b"9007199254740993",
    b" -9007199254740993 ",
    b"+9007199254740993",
    b"9007199254740993.0",
    b"0" * 5_000 + b"9007199254740993",
    b"1" + b"0" * 308,
    b"9007199254740993,9007199254740994,5",
    b"9007199254740993;1",
    (2**53 + 1).to_bytes(8, "big"),
    (2**53 + 1).to_bytes(8, "little"),
    (2**53 + 2).to_bytes(8, "little"),
    (2**64 - 1).to_bytes(8, "big"),
    (-(2**53) - 1).to_bytes(8, "big", signed=True),
    b'"7"',
    b"null",
    b"true",
    b"1_0",
    b"inf",
    b"RUN",
    b"\xef\xbb\xbfRUN",
    b'"a,b",2,5',
    b"a,b\r,5",
]
BROKEN = st.sampled_from(ODD)
LINE = st.lists(VALUE.map(str), max_size=4).map(lambda fields: ",".join(fields).encode())
WORD = st.builds(
    lambda number, order: (number % 2**64).to_bytes(8, order),
    EDGES,
    st.sampled_from(["big", "little"]),
)
RAW = (
    JSON
    | BROKEN
    | LINE
    | NUMBER.map(lambda number: repr(number).encode())
    | WORD
    | st.binary(max_size=9)
)
REGULAR = [  # what may be asked, and a message that has it
    (None, b"12.5"),
    (Payload(value="$.v"), b'{"v": 12.5}'),
    (Payload(value="$.v", time="$.t"), b'{"v": 12.5, "t": 1795129200}'),
    (Payload(value="$.v"), b'{"v": "12.5"}'),
    (Payload(value="$.a[1]", time="$.t"), b'{"a": [1, 2], "t": 1795129200.5}'),
    (Payload(value="$[0]"), b"[7]"),
    (Payload(value="$"), b"7"),
    (Payload(field=0), b"7,8"),
    (Payload(field=1, time=2), b"7,8,1795129200"),
    (Payload(field=0, separator=";"), b"7;8"),
    (Payload(type="u8"), b"\x07"),
    (Payload(type="i32", offset=2, order="little"), b"123456"),
    (Payload(type="f64"), b"12345678"),
    (Payload(type="u64", order="little"), b"12345678"),
    (Payload(type="i64"), b"12345678"),
]
PAYLOAD = st.sampled_from([payload for payload, _ in REGULAR])
POINTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(Kind), PAYLOAD).filter(
        lambda one: one[1] is not Kind.TEXT or one[2] is None or one[2].type is None
    ),
    min_size=1,
    max_size=4,
).map(
    lambda asked: [
        Point(signal=i, topic=topic, kind=kind, payload=payload)
        for i, (topic, kind, payload) in enumerate(asked, 1)
    ]
)


class Numbering(Desk):
    """Gives a text a number that does not depend on when it asks."""

    def symbol(self, text: str) -> int:
        self.symbols[text] = crc32(text.encode())
        return self.symbols[text]


def bits(batch: Batch) -> list[tuple[int, int, int, bytes, int]]:
    """Rows to compare, NaN included."""
    return [(*row[:3], struct.pack("<d", row.value), row.status) for row in rows_of(batch)]


@given(POINTS, st.lists(st.tuples(st.sampled_from("abc"), RAW), max_size=20), st.booleans())
def test_together_is_as_alone(
    points: list[Point],
    sent: list[tuple[str, bytes]],
    dated: bool,  # noqa: FBT001 - drawn
) -> None:
    """Rows, their order, symbols and refusals, whatever was sent and whatever is asked."""
    agrees(Burst(messages(*sent), NOW_NS, dated), points)


def agrees(burst: Burst, points: list[Point]) -> None:
    """Decode a burst in both ways and compare."""
    which, topics = range(len(burst.messages)), Topics(points)
    alone, together = Numbering(), Numbering()
    expected = one_by_one(burst, which, topics, alone).batch
    found = decode(burst, which, topics, together)
    assert bits(found) == bits(expected)
    assert sorted(alone.refused) == sorted(together.refused)
    assert alone.symbols == together.symbols


@pytest.mark.parametrize(("payload", "regular"), REGULAR)
@pytest.mark.parametrize("kind", Kind)
def test_an_odd_one_among_regular_ones_changes_nothing(
    payload: Payload | None, regular: bytes, kind: Kind
) -> None:
    """Each message that was ever thought of, in the midst of messages that are as they should."""
    if kind is Kind.TEXT and payload is not None and payload.type is not None:
        pytest.skip("a text is not binary")
    points = [Point(signal=1, topic="a", kind=kind, payload=payload)]
    for odd in ODD:
        sent = [regular, regular, odd, regular, regular]
        agrees(Burst(messages(*(("a", raw) for raw in sent)), NOW_NS, dated=True), points)


@given(st.lists(st.integers(0, 2**16 - 1), min_size=5, max_size=40), st.data())
def test_a_short_message_does_not_shift_the_others(numbers: list[int], data: st.DataObject) -> None:
    """Binary values are cut out one by one; the highest byte comes first, as in section 1.5.2."""
    short = data.draw(st.sets(st.integers(0, len(numbers) - 1), max_size=3))
    sent = [("a", struct.pack(">xH", n)[: 2 if i in short else 3]) for i, n in enumerate(numbers)]
    desk = Desk()
    points = [Point(signal=1, topic="a", payload=Payload(type="u16", offset=1))]
    batch = decode(Burst(messages(*sent), 0, dated=True), range(len(sent)), Topics(points), desk)
    assert batch.value.tolist() == [n for i, n in enumerate(numbers) if i not in short]
    assert [at for _, _, at in desk.refused] == sorted(short)
    assert all("byte 1 is not in a message of 2 bytes" in why for why, _, _ in desk.refused)


@pytest.mark.parametrize(
    ("payload", "raw", "value"),
    [
        (Payload(type="i16"), b"\xff\xfe", -2),
        (Payload(type="i16", order="little"), b"\xfe\xff", -2),
        (Payload(type="u32", offset=1), b"x\x00\x01\x00\x00", 65_536),
        (Payload(type="f32"), struct.pack(">f", 0.5), 0.5),
        (Payload(type="f64", order="little"), struct.pack("<d", 1e300), 1e300),
        (Payload(field=1, separator=";"), b"20;21.5;x", 21.5),
        (Payload(field=2, separator="\t"), b"a\tb\t -3 \r\n", -3),
        (Payload(field=0), b'"1",2', 1),
    ],
)
@pytest.mark.parametrize("count", [1, 9])
def test_fields_and_bytes_are_read_where_they_stand(
    payload: Payload, raw: bytes, value: float, count: int
) -> None:
    """One alone and many together."""
    sent, desk = [("a", raw)] * count, Desk()
    topics = Topics([Point(signal=1, topic="a", payload=payload)])
    batch = decode(Burst(messages(*sent), 0, dated=True), range(count), topics, desk)
    assert (batch.value.tolist(), desk.refused) == ([value] * count, [])


WRITTEN: list[tuple[Payload | None, str]] = [  # whole numbers, each as a publisher may send it
    (None, "{}"),
    (Payload(value="$"), "{}"),
    (Payload(value="$.v"), '{{"v": {}}}'),
    (Payload(value="$.v"), '{{"v": "{}"}}'),
    (Payload(value="$.v", time="$.t"), '{{"v": {}, "t": 1795129200}}'),
    (Payload(field=1), "x,{}"),
]


def is_double(whole: int) -> bool:
    """Whether 53 bits hold a number without the zeros at its end: IEEE 754, section 3.4."""
    while whole and whole % 2 == 0:
        whole //= 2
    return abs(whole).bit_length() <= 53


def statuses(
    payload: Payload | None, sent: list[bytes], *, kind: Kind = Kind.GAUGE, dated: bool = True
) -> list[int]:
    """The status of each message's value, in columns, which must be those of one by one."""
    burst = Burst(messages(*(("a", raw) for raw in sent)), NOW_NS, dated)
    points = [Point(signal=1, topic="a", kind=kind, payload=payload)]
    agrees(burst, points)
    found = decode(burst, range(len(sent)), Topics(points), Numbering())
    assert len(found) == len(sent)
    return [row.status for row in rows_of(found)]


def flags(numbers: list[int]) -> list[int]:
    """What is expected of whole numbers."""
    return [STATUS_GOOD if is_double(one) else STATUS_UNCERTAIN_ROUNDED for one in numbers]


@pytest.mark.parametrize(("payload", "form"), WRITTEN)
@given(numbers=st.lists(EDGES | st.integers(-(2**70), 2**70), min_size=1, max_size=9))
def test_a_whole_number_is_kept_exactly_or_flagged(
    payload: Payload | None, form: str, numbers: list[int]
) -> None:
    """Judged by the digits that were sent, beyond 64 bits too."""
    assert statuses(payload, [form.format(one).encode() for one in numbers]) == flags(numbers)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("order", ["big", "little"])
@given(words=st.lists(EDGES | st.integers(0, 2**64 - 1), min_size=1, max_size=9))
def test_eight_bytes_are_kept_exactly_or_flagged(
    order: Literal["big", "little"],
    signed: bool,  # noqa: FBT001 - a parameter
    words: list[int],
) -> None:
    """With a sign or without."""
    raw = [(one % 2**64).to_bytes(8, order) for one in words]
    numbers = [int.from_bytes(one, order, signed=signed) for one in raw]
    payload = Payload(type="i64" if signed else "u64", order=order)
    assert statuses(payload, raw) == flags(numbers)


@pytest.mark.parametrize("raw", [b"9007199254740993.0", b"9.007199254740993e15", b"1e300"])
@pytest.mark.parametrize("payload", [None, Payload(value="$"), Payload(field=0)])
def test_a_number_with_a_point_or_an_exponent_is_a_double_as_it_came(
    payload: Payload | None, raw: bytes
) -> None:
    """Nobody can tell what more was meant."""
    assert statuses(payload, [raw] * 9) == [STATUS_GOOD] * 9


def test_a_name_of_many_digits_is_kept_whole() -> None:
    """What stands for it is its symbol, and no number was rounded; a code of a state is one."""
    sent = [b"9007199254740993"] * 9
    assert statuses(None, sent, kind=Kind.TEXT) == [STATUS_GOOD] * 9
    assert statuses(None, sent, kind=Kind.STATE) == [STATUS_UNCERTAIN_ROUNDED] * 9


@pytest.mark.parametrize("count", [1, 9])
def test_a_doubtful_time_says_more_than_a_rounded_value(count: int) -> None:
    """A row whose time is not to be believed counts for no figure; that flag is not covered."""
    sent = [b"9007199254740993"] * count
    assert statuses(None, sent, dated=False) == [STATUS_UNCERTAIN_CLOCK] * count


def test_a_field_can_tell_the_time() -> None:
    """RFC 3339 or an epoch, as in JSON."""
    sent, desk = [("a", b"2026-11-20T08:00:00+09:00,5"), ("a", b"1795129200,6")] * 4, Desk()
    topics = Topics([Point(signal=1, topic="a", payload=Payload(field=1, time=0))])
    batch = decode(Burst(messages(*sent), 0, dated=False), range(8), topics, desk)
    assert set(batch.source_ns.tolist()) == {1_795_129_200 * 10**9}
    assert set(batch.status.tolist()) == {STATUS_GOOD}


def test_each_message_has_an_instant_of_its_own() -> None:
    """Two of one signal at one instant would be one point in InfluxDB."""
    sent = [("a", b"1")] * 9
    topics = Topics([Point(signal=1, topic="a")])
    batch = decode(Burst(messages(*sent), NOW_NS, dated=True), range(9), topics, Desk())
    assert batch.source_ns.tolist() == batch.received_ns.tolist() == list(range(NOW_NS, NOW_NS + 9))


def test_only_retained_messages_of_a_burst_are_flagged() -> None:
    """The others came when they were published."""
    both = messages(*[("a", b"1")] * 9)
    mixed = Messages(both.topics, both.ids, both.payloads, [3, 2, 2, 2, 2, 2, 2, 2, 3], marks=3)
    topics = Topics([Point(signal=1, topic="a")])
    batch = decode(Burst(mixed, NOW_NS, dated=True), range(9), topics, Desk())
    flagged = [i for i, status in enumerate(batch.status) if status == STATUS_UNCERTAIN_CLOCK]
    assert flagged == [0, 8]


def test_what_is_on_the_disk_already_is_left_out() -> None:
    """Only the messages that are asked for are decoded."""
    sent, desk = [("a", b"%d" % i) for i in range(9)] + [("a", b"x")], Desk()
    topics = Topics([Point(signal=1, topic="a")])
    batch = decode(Burst(messages(*sent), 0, dated=True), [1, 3, 4, 6, 8], topics, desk)
    assert batch.value.tolist() == [1, 3, 4, 6, 8]
    assert desk.refused == []
