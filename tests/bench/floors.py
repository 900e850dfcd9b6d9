"""What the libraries alone cost at the same load: ours is held against them in one run.

asyncua calls an empty handler for every change; paho hands over every message and `json.loads`
reads it. Neither makes a row, keeps a source time or writes anything to a disk.
"""

import asyncio
import json
import time

import paho.mqtt.client as paho
from asyncua import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.mosquitto import HOST

WITHIN_S = 120.0
LOOK_S = 0.05


class Spent:
    """Counts samples, and tells the CPU of each after the first ones."""

    def __init__(self, warm: int, wanted: int) -> None:
        self.count = 0
        self._warm = warm
        self._wanted = wanted

    async def us_per_sample(self) -> float:
        """CPU microseconds of this process for each sample between the warm ones and the last."""
        async with asyncio.timeout(WITHIN_S):
            await self._reached(self._warm)
            began_s, before = time.process_time(), self.count
            await self._reached(self._wanted)
            return (time.process_time() - began_s) / (self.count - before) * 1e6

    async def _reached(self, count: int) -> None:
        while self.count < count:  # noqa: ASYNC110 - an event for each would be measured with it
            await asyncio.sleep(LOOK_S)


class Empty:
    """Does nothing with a change but count it."""

    def __init__(self, spent: Spent) -> None:
        self._spent = spent

    def datachange_notification(self, *_: object) -> None:
        """One change."""
        self._spent.count += 1


async def of_asyncua(url: str, names: list[str], publish_ms: int, spent: Spent) -> float:
    """CPU microseconds per change of asyncua's own subscription.

    Args:
        url: of the server.
        names: of the nodes in `urn:mask`.
        publish_ms: the interval of the subscription.
        spent: how many samples.
    """
    async with Client(url) as client:
        space = await client.get_namespace_index("urn:mask")
        found = [client.get_node(f"ns={space};s={name}") for name in names]
        subscription = await client.create_subscription(publish_ms, Empty(spent))
        await subscription.subscribe_data_change(found, queuesize=10)
        return await spent.us_per_sample()


async def of_paho(port: int, topic: str, fields: int, spent: Spent) -> float:
    """CPU microseconds per sample of paho and, where there are fields, `json.loads`.

    Args:
        port: of the broker.
        topic: what is subscribed.
        fields: samples in a message; 0: the message is one plain number.
        spent: how many samples.
    """

    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        json.loads(message.payload) if fields else float(message.payload)
        spent.count += fields or 1

    client = paho.Client(CallbackAPIVersion.VERSION2, "floor")
    client.on_message = take
    client.connect(HOST, port)
    client.subscribe(topic, 1)
    client.loop_start()
    try:
        return await spent.us_per_sample()
    finally:
        client.disconnect()
        client.loop_stop()
