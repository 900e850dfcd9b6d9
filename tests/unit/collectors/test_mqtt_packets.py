"""The packets that we send, read by a broker that is not ours."""

import pytest
from amqtt.adapters import BufferReader
from amqtt.mqtt import packet_class
from amqtt.mqtt.connect import ConnectPacket
from amqtt.mqtt.packet import MQTTFixedHeader
from amqtt.mqtt.subscribe import SubscribePacket
from amqtt.mqtt.unsubscribe import UnsubscribePacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collectors.mqtt.packets import Login, connect, disconnect, pubacks, subscribe, unsubscribe

LOGIN = Login("게이트웨이", "gw", b"s\xffcret", 5, 86_400, 500, 1_000_000)


async def read(data: bytes) -> object:
    """The packet as amqtt reads it."""
    reader = BufferReader(data)
    head = await MQTTFixedHeader.from_stream(reader)
    assert head is not None
    return await packet_class(head).from_stream(reader, fixed_header=head)


async def test_connect_of_3_1_1_goes_on_with_our_session() -> None:
    """With name, password and keep-alive, and without a will."""
    packet = await read(connect(LOGIN._replace(password=b"secret"), five=False))
    assert isinstance(packet, ConnectPacket)
    assert (packet.proto_name, packet.proto_level, packet.keep_alive) == ("MQTT", 4, 5)
    assert (packet.clean_session_flag, packet.will_flag, packet.reserved_flag) == (False,) * 3
    assert (packet.client_id, packet.username, packet.password) == ("게이트웨이", "gw", "secret")
    nameless = await read(connect(LOGIN._replace(user=None, password=None), five=False))
    assert isinstance(nameless, ConnectPacket)
    assert (nameless.username_flag, nameless.password_flag) == (False, False)


def test_connect_of_5_says_what_we_want_of_the_broker() -> None:
    """As paho reads it: how long to keep our session, and how much to send ahead."""
    packet = connect(LOGIN, five=True)
    assert packet[2:9] == b"\x00\x04MQTT\x05"
    assert packet[9] == 0b1100_0000  # name and password, no clean start, no will
    wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
    _, used = wishes.unpack(packet[12:])  # type: ignore[no-untyped-call]  # paho's
    assert vars(wishes)["SessionExpiryInterval"] == 86_400
    assert vars(wishes)["ReceiveMaximum"] == 500
    assert vars(wishes)["MaximumPacketSize"] == 1_000_000
    assert packet[12 + used :].endswith(b"\x00\x02gw\x00\x06s\xffcret")


@pytest.mark.parametrize("count", [1, 40])
async def test_subscribe_asks_for_every_topic_at_qos_1(count: int) -> None:
    """Also where the packet needs a length of two bytes."""
    topics = [f"line/{i}/+/전력" for i in range(count)]
    packet = await read(subscribe(65_535, topics, five=False))
    assert isinstance(packet, SubscribePacket)
    assert packet.variable_header.packet_id == 65_535
    assert packet.payload.topics == [(topic, 1) for topic in topics]


async def test_unsubscribe_names_every_topic() -> None:
    """Without a word on their QoS; version 5 has properties before them."""
    packet = await read(unsubscribe(300, ["a/#", "전력"], five=False))
    assert isinstance(packet, UnsubscribePacket)
    assert packet.variable_header.packet_id == 300
    assert packet.payload.topics == ["a/#", "전력"]
    assert unsubscribe(7, ["a"], five=True) == b"\xa2\x06\x00\x07\x00\x00\x01a"


def test_subscribe_of_5_wants_retained_messages_once() -> None:
    """Option bits 4 and 5 are retain handling, bits 0 and 1 the QoS: section 3.8.3.1."""
    assert subscribe(7, ["a"], five=True) == b"\x82\x07\x00\x07\x00\x00\x01a\x11"


def test_acknowledgements_are_one_packet_each() -> None:
    """In the order given; section 3.4."""
    assert pubacks([1, 0x1234, 65_535]) == b"\x40\x02\x00\x01\x40\x02\x12\x34\x40\x02\xff\xff"
    assert pubacks([]) == b""


def test_a_farewell_has_a_code_where_there_is_one_to_tell() -> None:
    """3.1.1 knows none."""
    assert disconnect(0x9B, five=True) == b"\xe0\x01\x9b"
    assert disconnect(0, five=True) == disconnect(0x9B, five=False) == b"\xe0\x00"
