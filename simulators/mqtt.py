"""A thin MQTT skin over the site: energy meters, room and bath sensors, one machine's counts.

All that shares a topic and an instant is one JSON object with `ts` in milliseconds, published at
QoS 1. While the broker is away paho keeps messages in memory, up to `QUEUE`.
"""

import json
import threading

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from simulators.panel import Shown

QUEUE = 20_000  # messages, some 15 minutes
CLIENT_ID = "hanbit-simulators"


class Publisher:
    """The site's connection to its broker, in a thread of paho's."""

    def __init__(self, host: str, port: int) -> None:
        self.url = f"mqtt://{host}:{port}"
        self._client = Client(CallbackAPIVersion.VERSION2, CLIENT_ID, protocol=MQTTv311)
        self._client.max_queued_messages_set(QUEUE)
        self._client.reconnect_delay_set(min_delay=1, max_delay=5)
        self._accepted = threading.Event()
        self._client.on_connect = lambda *_: self._accepted.set()
        self._client.connect_async(host, port, keepalive=20)

    def start(self) -> None:
        """Connect, and connect again whenever the broker went away."""
        self._client.loop_start()

    def wait(self, at_most_s: float) -> bool:
        """Wait for the first connection; whether there is one. Blocks its thread."""
        return self._accepted.wait(at_most_s)

    def show(self, shown: list[Shown]) -> None:
        """Publish values, one message per topic."""
        messages: dict[str, dict[str, object]] = {}
        for value in shown:
            told = messages.setdefault(value.signal.topic, {"ts": value.source_ns // 1_000_000})
            told[value.signal.field] = number(value.value)
        for topic, told in messages.items():
            self._client.publish(topic, json.dumps(told), qos=1)

    def stop(self) -> None:
        """Say goodbye and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()


def number(value: float | str | None) -> float | str | None:
    """Whole numbers without a point, as a counter has them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
