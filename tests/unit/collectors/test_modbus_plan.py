"""Requests cover what is wanted within the limits, and bytes become the values that they mean."""

import math
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.plan import grouped
from collectors.modbus.settings import WORDS, Config, Point, Table
from edge.model import STATUS_BAD_OUT_OF_RANGE, STATUS_GOOD, STATUS_UNCERTAIN_ROUNDED

FORMATS = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}
TABLES: list[Table] = ["holding", "input", "coil", "discrete"]


def config(points: list[Point], **keys: int) -> Config:
    """A device with these points, numbered."""
    numbered = [
        point.model_copy(update={"signal": number}) for number, point in enumerate(points, 1)
    ]
    return Config.model_validate({"url": "modbus://192.0.2.1", "points": numbered, **keys})


@st.composite
def points(draw: st.DrawFn) -> Point:
    """Any point that the configuration takes, crowded enough to share requests."""
    table = draw(st.sampled_from(TABLES))
    address = draw(st.integers(0, 300) | st.integers(64_000, 65_532))
    keys: dict[str, object] = {"table": table, "address": address}
    if table in ("holding", "input"):
        keys["type"] = draw(st.sampled_from([*WORDS]))
        keys["word_order"] = draw(st.sampled_from(["big", "little"]))
        keys["byte_order"] = draw(st.sampled_from(["big", "little"]))
        if keys["type"] == "bool":
            keys["bit"] = draw(st.integers(0, 15))
    return Point.model_validate(keys | {"unit_id": draw(st.sampled_from([None, 1, 7]))})


def taken(point: Point, registers: list[int]) -> float:
    """The value of a point by the book: words in order, bytes in order, then struct.

    An integer is one still, as long as it is.
    """
    words = registers[point.address : point.address + point.length]
    if point.is_bit:
        return float(words[0] & 1)
    parts = [word.to_bytes(2, point.byte_order) for word in words]
    raw = b"".join(reversed(parts) if point.word_order == "little" else parts)
    if point.type == "bool":
        return float(int.from_bytes(raw, "big") >> (point.bit or 0) & 1)
    value: float = struct.unpack(FORMATS[point.type or "uint16"], raw)[0]
    return value


def status_of(value: float) -> int:
    """Unknown, rounded or good; Python compares an integer with a double exactly."""
    if math.isnan(value):
        return STATUS_BAD_OUT_OF_RANGE
    return STATUS_GOOD if float(value) == value else STATUS_UNCERTAIN_ROUNDED


@given(
    wanted=st.lists(points(), min_size=1, max_size=60),
    max_gap=st.integers(0, 40),
    max_registers=st.integers(4, 125),
    seed=st.integers(0, 2**32),
)
def test_every_point_is_read_once_and_right(
    wanted: list[Point], max_gap: int, max_registers: int, seed: int
) -> None:
    """Whatever is joined and split: limits hold, and values are those that struct finds."""
    device = config(wanted, max_gap=max_gap, max_registers=max_registers)
    registers = np.random.default_rng(seed).integers(0, 65_536, 65_536).tolist()
    by_signal = {point.signal: point for point in device.points}
    groups = grouped(device)
    for group in list(groups):
        if len(group.points) > 1:
            groups += group.halves()  # a request that is refused goes on as two
    seen = list[int]()
    for place, group in enumerate(groups):
        bits = group.table in ("coil", "discrete")
        assert 1 <= group.count <= (2_000 if bits else max_registers)
        assert group.address + group.count <= 65_536
        block = registers[group.address : group.address + group.count]
        data = b"".join(word.to_bytes(2, "big") for word in block)
        if bits:
            data = np.packbits(np.array(block) & 1, bitorder="little").tobytes()
        columns = (column.tolist() for column in (group.signal, *group.values(data)))
        for signal, value, status in zip(*columns, strict=True):
            point = by_signal[signal]
            assert (group.unit, group.table) == (device.unit_of(point), point.table)
            expected = taken(point, registers)
            assert value == float(expected) or (math.isnan(value) and math.isnan(expected))
            assert status == status_of(expected)
        if place < len(grouped(device)):
            seen += group.signal.tolist()
    assert sorted(seen) == sorted(by_signal)


@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=80), st.integers(0, 20))
def test_no_request_could_have_been_joined_to_the_one_before(
    addresses: list[int], max_gap: int
) -> None:
    """Two that follow are too far apart, or would be too long as one."""
    found = grouped(config([Point(address=address) for address in addresses], max_gap=max_gap))
    for before, after in pairwise(found):
        apart = after.address - (before.address + before.count)
        assert apart >= 0
        assert apart > max_gap or after.points[0].address + 1 - before.address > 125


@pytest.mark.parametrize(
    ("word_order", "byte_order", "raw"),
    [
        ("big", "big", "42f6e979"),
        ("little", "big", "e97942f6"),
        ("big", "little", "f64279e9"),
        ("little", "little", "79e9f642"),
    ],
)
def test_123_456_in_the_four_orders_of_manuals(word_order: str, byte_order: str, raw: str) -> None:
    """ABCD, CDAB, BADC and DCBA: 0x42F6E979 is 123.456 in IEEE 754."""
    keys = {"address": 7, "type": "float32", "word_order": word_order, "byte_order": byte_order}
    (group,) = grouped(config([Point.model_validate(keys)]))
    assert group.values(bytes.fromhex(raw))[0][0] == pytest.approx(123.456, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "value", "kept", "status"),
    [
        ("uint64", 2**53, 2.0**53, STATUS_GOOD),
        ("uint64", 2**53 + 1, 2.0**53, STATUS_UNCERTAIN_ROUNDED),
        ("uint64", 2**53 + 2, 2.0**53 + 2, STATUS_GOOD),
        ("uint64", 2**64 - 1, 2.0**64, STATUS_UNCERTAIN_ROUNDED),
        ("int64", -(2**53) - 1, -(2.0**53), STATUS_UNCERTAIN_ROUNDED),
        ("int64", -(2**63), -(2.0**63), STATUS_GOOD),
    ],
)
@pytest.mark.parametrize("word_order", ["big", "little"])
def test_a_whole_number_is_kept_exactly_or_flagged(
    name: str, value: int, kept: float, status: int, word_order: str
) -> None:
    """One of eight registers among small ones; as with every other kind of source."""
    raw = (value % 2**64).to_bytes(8, "big")
    words = [raw[at : at + 2] for at in range(0, 8, 2)]
    words = words[::-1] if word_order == "little" else words
    large = Point.model_validate({"address": 1, "type": name, "word_order": word_order})
    small = [Point(address=0), Point.model_validate({"address": 5, "type": name})]
    (group,) = grouped(config([large, *small]))
    values, found = group.values(b"\0\7" + b"".join(words) + b"\0" * 7 + b"\5")
    assert values.tolist() == [7, kept, 5]
    assert found.tolist() == [STATUS_GOOD, status, STATUS_GOOD]


@pytest.mark.parametrize("raw", ["7fc00000", "ffc00001", "7fa00000"])
def test_every_nan_of_a_float_is_unknown(raw: str) -> None:
    """Quiet, negative or signalling, as meters send it for what they do not measure."""
    (group,) = grouped(config([Point(address=7, type="float32")]))
    assert np.isnan(group.values(bytes.fromhex(raw))[0][0])


def test_an_energy_meter_is_read_in_few_requests() -> None:
    """Side by side is one request; a hole of two is another unless it may be read along."""
    meter = [Point(address=at, type="float32") for at in (0, 2, 4, 8, 10)]
    assert [(g.address, g.count) for g in grouped(config(meter))] == [(0, 6), (8, 4)]
    assert [(g.address, g.count) for g in grouped(config(meter, max_gap=2))] == [(0, 12)]
    assert [g.count for g in grouped(config(meter, max_registers=4))] == [4, 2, 4]
