"""What may be written about a Modbus device and its signals, and what is said where it is wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from collectors.modbus import loss
from collectors.modbus.settings import Config, Point
from edge.config.loader import load
from edge.errors import ConfigInvalid
from edge.service.kinds import kinds

SITE = """\
site: {id: hanbit, name: H, timezone: Asia/Seoul, production_day_starts: "08:00"}
sources:
  - {id: meter, kind: modbus, url: "modbus://192.0.2.1", poll_ms: 2000}
lines:
  - id: l1
    name: L
    shifts: [{name: d, start: "08:00", end: "20:00"}]
    machines:
      - id: m
        ideal_cycle_s: {P: 1.0}
        signals:
          power: {source: meter, table: input, address: 52, type: float32, kind: gauge, unit: kW}
"""


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


def test_faults_are_named_by_line_and_column(tmp_path: Path) -> None:
    """The loader knows nothing of Modbus, and says it all the same."""
    broken = SITE.replace("poll_ms", "pol_ms").replace("float32", "float24").replace("52", "70000")
    (tmp_path / "lineproof.yaml").write_text(broken)
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path, kinds())
    first, second, third = str(caught.value).splitlines()
    assert first.startswith("lineproof.yaml:3:58 sources[0]: unknown key 'pol_ms'")
    assert "lineproof.yaml:12:70 lines[0].machines[0].signals.power.type: is 'float24'" in third
    assert "lineproof.yaml:12:57 lines[0].machines[0].signals.power.address: is 70000;" in second


def test_silence_is_told_after_three_rounds(tmp_path: Path) -> None:
    """And not before 10 s: two seconds a round are no reason to call a value stale after six."""
    for poll_ms, stale_s in ((2000, 10.0), (20_000, 60.0)):
        text = SITE.replace("2000", str(poll_ms))
        (tmp_path / "lineproof.yaml").write_text(text)
        signal = load(tmp_path, kinds()).site.signals()["hanbit/l1/m/power"]
        assert signal.stale_after_s == stale_s
