"""Who reads in the MQTT measurements, in a process of its own.

`ours` is collector, group commit and journal with fsync; `paho` is the least that a client in
Python does, `json.loads` on each message and nothing kept.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from collectors.mqtt import collect
from collectors.mqtt.settings import Config, Payload, Point
from tests.bench.durable import SOURCE, Counted, intake, run
from tests.bench.mqtt_publisher import TOPICS


async def ours(port: int, folder: str, messages: int, fields: int) -> None:
    """Collector, intake and journal, until so many messages are on the disk."""
    points = tuple(
        Point(signal=topic * fields + i + 1, topic=f"bench/line/{topic}", payload=payload)
        for topic in range(TOPICS)
        for i, payload in enumerate(Payload(value=f"$.v{i}", time="$.t") for i in range(fields))
    )
    config = Config.model_validate(
        {"url": f"mqtt://127.0.0.1:{port}", "client_id": "ours", "points": points}
    )
    async with intake(Path(folder)) as room, asyncio.TaskGroup() as group:
        counted = Counted(room.door(SOURCE))
        task = group.create_task(run(lambda deliver: collect(config, deliver), counted))
        door = room.door(SOURCE)
        while not door.key:  # noqa: ASYNC110 - the first key says that the session stands
            await asyncio.sleep(0.1)
        ready()
        await counted.reached(messages * fields)
        task.cancel()


def paho(port: int, _folder: str, messages: int, _fields: int) -> None:
    """Paho with `json.loads`, MQTT 3.1.1, acknowledging by itself."""
    seen = 0

    def came(_client: Client, _data: object, message: MQTTMessage) -> None:
        nonlocal seen
        json.loads(message.payload)["v0"]
        seen += 1

    client = Client(CallbackAPIVersion.VERSION2, "floor")
    client.on_message = came
    client.connect("127.0.0.1", port)
    client.subscribe("bench/line/#", 1)
    client.loop_start()
    while not client.is_connected():
        time.sleep(0.1)
    time.sleep(0.5)  # SUBSCRIBE is on its way
    ready()
    while seen < messages:
        time.sleep(0.5)
    client.disconnect()


def ready() -> None:
    """Tell the one who measures that messages may come."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "ours":
        asyncio.run(ours(int(rest[0]), rest[1], int(rest[2]), int(rest[3])))
    else:
        paho(int(rest[0]), rest[1], int(rest[2]), int(rest[3]))
