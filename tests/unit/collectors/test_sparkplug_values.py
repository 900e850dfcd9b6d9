"""A metric's value becomes a number with a status, whatever type it has."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.sparkplug.schema import opened
from collectors.mqtt.sparkplug.values import value_of
from edge.model import (
    STATUS_BAD,
    STATUS_BAD_NO_COMMUNICATION,
    STATUS_BAD_OUT_OF_RANGE,
    STATUS_GOOD,
    STATUS_UNCERTAIN,
    STATUS_UNCERTAIN_ROUNDED,
)
from edge.site import Kind
from tests.contract.mqtt_desk import Desk
from tests.servers import sparkplug_wire as wire
from tests.servers.sparkplug_wire import Metric, number, payload
from tests.unit.collectors.sparkplug_line import Line

WIDE = {wire.INT64: 64, wire.UINT64: 64}
WIDTH = {wire.INT8: 8, wire.INT16: 16, wire.INT32: 32, wire.INT64: 64}
UNSIGNED = {wire.UINT8: 8, wire.UINT16: 16, wire.UINT32: 32, wire.UINT64: 64}


def read(metric: Metric, kind: Kind = Kind.GAUGE) -> tuple[float, int]:
    """What one metric of a message means."""
    found = opened(payload(1, 1, metric))
    assert found is not None
    return value_of(found.metrics[0], metric.datatype, kind, Desk())


@given(st.sampled_from(sorted(WIDTH)), st.data())
def test_signed_integers_keep_their_sign(datatype: int, data: st.DataObject) -> None:
    """In as many bits as the type has, as 32 or as 64: publishers differ."""
    half = 2 ** (WIDTH[datatype] - 1)
    value = data.draw(st.integers(-half, half - 1))
    field, widths = (11, (64,)) if datatype in WIDE else (10, (WIDTH[datatype], 32))
    for width in widths:
        sent = Metric("m", datatype=datatype, raw=number(field, value % 2**width))
        assert read(sent)[0] == float(value)


@given(st.sampled_from(sorted(UNSIGNED)), st.data())
def test_unsigned_integers_have_none(datatype: int, data: st.DataObject) -> None:
    """Also where all their bits are set; what is too large for the type is out of range."""
    value = data.draw(st.integers(0, 2 ** UNSIGNED[datatype] - 1))
    assert read(Metric("m", value, datatype))[0] == float(value)


@pytest.mark.parametrize(
    ("metric", "value", "status"),
    [
        (Metric("m", 1.5, wire.FLOAT), 1.5, STATUS_GOOD),
        (Metric("m", -1e300), -1e300, STATUS_GOOD),
        (Metric("m", value=True, datatype=wire.BOOLEAN), 1.0, STATUS_GOOD),
        (Metric("m", 1_795_129_200_000, wire.DATETIME), 1_795_129_200_000.0, STATUS_GOOD),
        (Metric("m", "7.5", wire.STRING), 7.5, STATUS_GOOD),
        (Metric("m", 2**53 + 1, wire.INT64), 2.0**53, STATUS_UNCERTAIN_ROUNDED),
        (Metric("m", null=True), math.nan, STATUS_BAD),
        (Metric("m", 2**53 + 2, wire.INT64), 2.0**53 + 2, STATUS_GOOD),
        (Metric("m", str(2**53 + 1), wire.STRING), 2.0**53, STATUS_UNCERTAIN_ROUNDED),
        (Metric("m", 2**53 + 1, wire.INT64, quality=64), 2.0**53, STATUS_UNCERTAIN),
        (Metric("m", 2**53 + 1, wire.INT64, quality=0), 2.0**53, STATUS_BAD),
        (Metric("m", math.nan), math.nan, STATUS_BAD),
        (Metric("m", math.inf), math.nan, STATUS_BAD_OUT_OF_RANGE),
        (Metric("m", 300, wire.INT8), math.nan, STATUS_BAD_OUT_OF_RANGE),
        (Metric("m", 300, wire.UINT8), math.nan, STATUS_BAD_OUT_OF_RANGE),
        (Metric("m", 7.0, quality=192), 7.0, STATUS_GOOD),
        (Metric("m", 7.0, quality=0), 7.0, STATUS_BAD),
        (Metric("m", 7.0, quality=500), 7.0, STATUS_BAD_NO_COMMUNICATION),
        (Metric("m", 7.0, quality=64), 7.0, STATUS_UNCERTAIN),
        (Metric("m", null=True, quality=500), math.nan, STATUS_BAD_NO_COMMUNICATION),
        (Metric("m", null=True, quality=64), math.nan, STATUS_BAD),
    ],
)
def test_a_value_and_its_status(metric: Metric, value: float, status: int) -> None:
    """Null and NaN are unknown with a reason; a quality code is kept beside the value."""
    found = read(metric)
    assert found[1] == status
    assert found[0] == value or (math.isnan(found[0]) and math.isnan(value))


def test_a_name_of_many_digits_is_kept_whole() -> None:
    """What stands for it is its symbol, and no number was rounded."""
    assert read(Metric("m", 2**53 + 1, wire.INT64), Kind.TEXT)[1] == STATUS_GOOD


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        (Metric("m"), "has no value, and does not say that it is null"),
        (Metric("m", b"\x08\x01", wire.DATASET), "is a DataSet, not a value"),
        (Metric("m", b"\x0a\x01", wire.TEMPLATE), "is a Template, not a value"),
        (Metric("m", b"\x00", wire.BYTES), "is bytes or a file, not a value"),
        (Metric("m", "run", wire.STRING), "is 'run', not a number"),
        (Metric("m", datatype=wire.STRING, raw=b"\x7a\x02\xff\xfe"), "is not UTF-8"),
    ],
)
def test_what_is_no_value_says_what_it_is(metric: Metric, reason: str) -> None:
    """It is set aside with that reason, and the rest of its message is stored."""
    with pytest.raises(ValueError, match=reason):
        read(metric)


def test_texts_become_symbols() -> None:
    """A number where a text is wanted is its text."""
    assert read(Metric("m", "run", wire.STRING), Kind.TEXT) == (1.0, STATUS_GOOD)
    assert read(Metric("m", "run", wire.STRING), Kind.STATE) == (1.0, STATUS_GOOD)
    assert read(Metric("m", 7, wire.INT32), Kind.TEXT) == (1.0, STATUS_GOOD)


def test_one_metric_that_cannot_be_read_leaves_the_others() -> None:
    """A message may hold thousands."""
    line = Line().born()
    body = payload(
        line.node.next(),
        1,
        Metric("Counts/Good", b"\x01", wire.TEMPLATE),
        Metric("State", "idle", 12),
    )
    rows = line.bring(line.node.data("packer", {})._replace(payload=body))
    assert [row.signal for row in rows] == [2]
    assert "metric 'Counts/Good' is a Template" in line.desk.refused[0][0]


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    """Whatever a publisher sends is read or set aside."""
    line = Line().born()
    for device in ("", "packer"):
        line.bring(line.node.data(device, {})._replace(payload=raw))
    line.wait(60_000)


@given(st.data())
def test_no_change_of_a_byte_raises(data: st.DataObject) -> None:
    """Nearly right is the harder half."""
    line = Line()
    raw = bytearray(line.node.birth().payload)
    for _ in range(3):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    line.bring(line.node.birth()._replace(payload=bytes(raw)), line.node.death())
    line.wait(60_000)
