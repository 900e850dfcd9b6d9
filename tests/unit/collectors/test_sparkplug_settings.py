"""What may be written about a host and its metrics, and what is said where it is wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from collectors.mqtt.settings import Config, Point, Sparkplug
from edge.config.loader import load
from edge.errors import ConfigInvalid
from edge.service.kinds import kinds

FILE = """
site: {{id: hanbit, name: h, timezone: Asia/Seoul, production_day_starts: "08:00"}}
sources:
  - {{id: broker, kind: mqtt, url: "mqtt://127.0.0.1:1883", client_id: gw{source}}}
lines:
  - id: mask-1
    machines:
      - id: packer
        signals:
          good: {{source: broker, kind: counter, unit: "{{piece}}",
                 {signal}}}
"""
METRIC = "sparkplug: {group: hanbit, node: line-1, device: packer, metric: Counts/Good}"


def loaded(folder: Path, signal: str = METRIC, source: str = "") -> str:
    """What is said of a file; empty where nothing is wrong."""
    (folder / "lineproof.yaml").write_text(FILE.format(signal=signal, source=source), "utf-8")
    try:
        load(folder, kinds())
    except ConfigInvalid as error:
        return str(error)
    return ""


def test_a_signal_names_its_metric(tmp_path: Path) -> None:
    """Group, node, device and metric; without a device it is the node's own."""
    assert loaded(tmp_path) == ""
    assert loaded(tmp_path, METRIC.replace("device: packer, ", "")) == ""
    told = ", sparkplug: {host_id: scada, announce: false, rebirth: false, reorder_ms: 500}"
    assert loaded(tmp_path, source=told) == ""


@pytest.mark.parametrize(
    ("signal", "fault"),
    [
        ("", "10:17 {good}: write topic, or sparkplug, and not both"),
        (f"topic: a, {METRIC}", "10:17 {good}: write topic, or sparkplug, and not both"),
        (
            f"payload: {{value: $.v}}, {METRIC}",
            "10:17 {good}: a metric of Sparkplug has none; remove it",
        ),
        (
            METRIC.replace("line-1", "line/1"),
            "11:51 {good}.sparkplug.node: is 'line/1'; write a name without + / and #",
        ),
        (METRIC.replace("node:", "nodes:"), "{good}.sparkplug: unknown key 'nodes'"),
        (METRIC.replace("Counts/Good", '""'), "11:83 {good}.sparkplug.metric: is ''"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, signal: str, fault: str) -> None:
    """By line and column, with what to write instead."""
    said = loaded(tmp_path, signal)
    assert fault in said or not fault.startswith("write"), said
    assert "lineproof.yaml:" in said


@pytest.mark.parametrize(
    "wrong",
    [{"host_id": "a/b"}, {"host_id": ""}, {"rebirth_every_s": 0}, {"reorder_ms": -1}, {"seq": 1}],
)
def test_a_host_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    """A rebirth request each second is the most; an unknown key is none."""
    with pytest.raises(ValidationError):
        Sparkplug.model_validate(wrong)


def test_a_metric_is_no_topic() -> None:
    """A point that says neither is refused, too."""
    with pytest.raises(ValidationError, match="write topic, or sparkplug, and not both"):
        Point()


def test_the_session_is_kept_unless_somebody_says_otherwise() -> None:
    """What is published at QoS 1 while we are away would be lost."""
    told = {"url": "mqtt://192.0.2.1", "client_id": "gw"}
    assert Config.model_validate(told).keeps_session
    clean = {**told, "sparkplug": {"clean_session": True}}
    assert not Config.model_validate(clean).keeps_session


def test_two_signals_do_not_read_the_same_metric(tmp_path: Path) -> None:
    """It would be counted twice."""
    twice = (
        f'{METRIC}}}\n          scrap: {{source: broker, kind: counter, unit: "{{piece}}", {METRIC}'
    )
    assert "reads the same as" in loaded(tmp_path, twice)
