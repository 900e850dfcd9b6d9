"""What may be written about a broker and its signals, and what is said where it is wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from collectors.mqtt.settings import Config, Payload, Point, steps_of


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", ()),
        ("$.kwh", ("kwh",)),
        ("$.a.b[0]", ("a", "b", 0)),
        ("$['kWh total'][12].x-y", ("kWh total", 12, "x-y")),
        ("$.전력", ("전력",)),
    ],
)
def test_a_path_names_one_place(path: str, steps: tuple[str | int, ...]) -> None:
    """Keys, indices and quoted keys, in any order and any script."""
    assert steps_of(Payload(value=path).value or "") == steps


@pytest.mark.parametrize(
    "path", ["", "kwh", "$..a", "$.a[*]", "$.a[-1]", "$.a[0:2]", "$.a.", "$[?(@.b)]", "$.1", "$ .a"]
)
def test_a_path_that_could_name_several_or_none_is_refused(path: str) -> None:
    """Nobody guesses which of several values is meant."""
    with pytest.raises(ValidationError, match=r"write \$ followed by .name"):
        Payload(value=path)


@pytest.mark.parametrize(
    ("topic", "remedy"),
    [
        ("", "1 to 65535 bytes"),
        ("a/b+", "whole level"),
        ("a/#/b", "all levels that follow"),
        ("a/b#", "all levels that follow"),
        ("$share/group/a", "loses order"),
        ("x" * 65_536, "1 to 65535 bytes"),
    ],
)
def test_a_topic_that_no_broker_takes_is_refused(topic: str, remedy: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(ValidationError, match=remedy):
        Point(topic=topic)


@pytest.mark.parametrize("topic", ["a", "/", "a/+/b", "+", "#", "a/#", "$SYS/broker/uptime"])
def test_topics_and_patterns_of_the_protocol_are_taken(topic: str) -> None:
    """Whatever MQTT calls a topic filter, but shared ones."""
    assert Point(topic=topic).topic == topic


def config(**keys: object) -> Config:
    """A configuration with a broker and a name, and what else is given."""
    return Config.model_validate({"url": "mqtt://192.0.2.1", "client_id": "gw", **keys})


@pytest.mark.parametrize(
    ("keys", "remedy"),
    [
        ({"url": "http://192.0.2.1"}, "'mqtt' or 'mqtts'"),
        ({"url": "mqtt://gw:secret@192.0.2.1"}, "write user and password_file"),
        ({"password_file": "secrets/broker"}, "needs user"),
        ({"url": "mqtts://192.0.2.1", "cert": "a.pem"}, "write both"),
        ({"ca": "ca.pem"}, "write mqtts://"),
        ({"protocol": "4"}, "'5' or '3.1.1'"),
        ({"client_id": ""}, "at least 1 character"),
        ({"max_in_flight": 0}, "greater than or equal to 1"),
        ({"clientid": "gw"}, "not permitted"),
    ],
)
def test_keys_that_do_not_fit_are_refused(keys: dict[str, object], remedy: str) -> None:
    """Each with what to write instead; a secret never stands in a url."""
    with pytest.raises(ValidationError, match=remedy):
        config(**keys)


def test_yaml_numbers_name_the_protocol() -> None:
    """YAML reads 5 as a number and 3.1.1 as a text."""
    assert config(protocol=5).protocol == "5"
    assert config(protocol="3.1.1").protocol == "3.1.1"
    assert config().protocol is None


def test_the_scheme_tells_the_port() -> None:
    """1883 plain, 8883 with TLS, or what is written."""
    assert config().port == 1883
    assert config(url="mqtts://192.0.2.1", ca=Path("ca.pem")).port == 8883
    assert config(url="mqtts://192.0.2.1:9").port == 9


def test_every_key_is_described() -> None:
    """Schema and reference are made from the descriptions."""
    for model in (Config, Point, Payload):
        assert all(field.description for field in model.model_fields.values())
