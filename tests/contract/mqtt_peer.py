"""Mosquitto as the contract suite sees it, over both versions of the protocol."""

import signal
import threading
from itertools import count
from pathlib import Path
from typing import ClassVar

from collectors.mqtt.settings import Config, Payload, Point
from edge.site import Kind
from tests.contract.mqtt_desk import Machine
from tests.contract.peer import COUNT, ODD
from tests.servers.mosquitto import Mosquitto


class Mosquitto5:
    """Mosquitto, and a publisher that says a number at a time; MQTT 5."""

    keeps: ClassVar[bool] = True
    protocol: ClassVar[str] = "5"

    def __init__(self, folder: Path) -> None:
        self._broker = Mosquitto(folder / "broker", "max_inflight_messages 100")
        self._talker: Talker | None = None

    def config(self, port: int | None = None) -> Config:
        points = (
            Point(signal=COUNT, kind=Kind.COUNTER, topic="line/count"),
            Point(signal=ODD, topic="line/odd", payload=Payload(value="$.v")),
        )
        url = f"mqtt://127.0.0.1:{port or self._broker.port}"
        told = {"url": url, "client_id": "gateway", "protocol": self.protocol, "points": points}
        return Config.model_validate(told)

    def start(self) -> None:
        self._broker.start()

    def stop(self) -> None:
        if self._talker is not None:
            self.still()
        self._broker.stop(signal.SIGKILL)

    def count(self, first: int = 0) -> None:
        self._talker = Talker(self._broker.port, first)

    def still(self) -> int:
        assert self._talker is not None
        last, self._talker = self._talker.stop(), None
        return last

    def spoil(self) -> int:
        bad = ["", "{", '{"v": NaN}', '{"w": 1}', '{"v": "x"}', "[" * 90_000, "9" * 200_000, "\x00"]
        machine = Machine(self._broker.port)
        machine.say("line/odd", *bad)
        machine.leave()
        return len(bad)


class Mosquitto311(Mosquitto5):
    """The same broker over the older version of the protocol."""

    protocol: ClassVar[str] = "3.1.1"


class Talker:
    """A machine that counts aloud until it is told to stop."""

    def __init__(self, port: int, first: int) -> None:
        self._machine = Machine(port)
        self._stop = threading.Event()
        self._last = first
        self._thread = threading.Thread(target=self._count)
        self._thread.start()

    def _count(self) -> None:
        for number in count(self._last):
            self._last = number
            self._machine.say("line/count", str(self._last))
            if self._stop.wait(0.002):
                return

    def stop(self) -> int:
        """End it; the last number."""
        self._stop.set()
        self._thread.join()
        self._machine.leave()
        return self._last
