"""What may be written about a Modbus device and its signals, and what is said where it is wrong."""

import pytest
from pydantic import ValidationError

from collectors.modbus import loss
from collectors.modbus.settings import Config, Point


@pytest.mark.parametrize(
    ("keys", "remedy"),
    [
        ({}, "Field required"),
        ({"address": 65_536}, "less than or equal to 65535"),
        ({"address": 65_535, "type": "float32"}, "would end behind address 65535"),
        ({"address": 0, "type": "float"}, "'int16', 'uint16', 'int32'"),
        ({"address": 0, "type": "bool"}, "type bool and bit belong together; write both"),
        ({"address": 0, "bit": 3}, "type bool and bit belong together; write both"),
        ({"address": 0, "type": "bool", "bit": 16}, "less than or equal to 15"),
        ({"address": 0, "table": "coil", "type": "uint16"}, "is one bit; leave type and bit out"),
        ({"address": 0, "table": "coil", "bit": 0}, "is one bit; leave type and bit out"),
        ({"address": 0, "table": "holdings"}, "'holding', 'input', 'coil' or 'discrete'"),
        ({"address": 0, "word_order": "swapped"}, "'big' or 'little'"),
        ({"address": 0, "unit_id": 256}, "less than or equal to 255"),
        ({"address": 0, "scale": 10}, "Extra inputs are not permitted"),
    ],
)
def test_a_point_that_no_device_can_have_is_refused(keys: dict[str, object], remedy: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(ValidationError, match=remedy):
        Point.model_validate(keys)


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("tcp://192.0.2.1", "URL scheme should be 'modbus'"),
        ("modbus://", "URL"),
        ("modbus://me@192.0.2.1", "write modbus://host:port and nothing else"),
        ("modbus://192.0.2.1/unit/1", "write modbus://host:port and nothing else"),
        ("modbus://192.0.2.1:99999", "port"),
    ],
)
def test_an_address_of_something_else_is_refused(url: str, remedy: str) -> None:
    """Users, paths and other schemes belong to other protocols."""
    with pytest.raises(ValidationError, match=remedy):
        Config.model_validate({"url": url})


def test_what_is_not_written_has_the_protocol_s_defaults() -> None:
    """Port 502, unit 1, once a second; holding registers of 16 bits; coils are bits."""
    config = Config.model_validate({"url": "modbus://192.0.2.1"})
    assert (config.port, config.unit_id, config.poll_ms, config.max_gap) == (502, 1, 1000, 0)
    assert (config.quiet_s, loss(config)) == (1.0, "modbus")
    point = Point(address=4)
    assert (point.place, point.length, config.unit_of(point)) == ("holding 4", 1, 1)
    assert config.unit_of(Point(address=4, unit_id=0)) == 0
    assert Point(table="discrete", address=9).length == 1
    assert Point(address=9, type="bool", bit=5).place == "holding 9 bit 5"
    assert Point(address=65_532, type="float64").length == 4


def test_ports_and_names_of_hosts_are_taken() -> None:
    """By number, by name, and IPv6 in brackets."""
    for url, port in [("modbus://meter:1502", 1502), ("modbus://[::1]:5020", 5020)]:
        assert Config.model_validate({"url": url}).port == port
