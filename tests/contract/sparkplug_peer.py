"""Sparkplug B over Mosquitto as the contract suite sees it: a node that keeps to QoS 0, or to 1."""

import signal
import threading
from itertools import count
from pathlib import Path
from typing import ClassVar

from collectors.mqtt.settings import Config
from tests.contract.deadline import PATIENCE_S
from tests.contract.peer import COUNT, ODD
from tests.servers.mosquitto import Mosquitto
from tests.servers.sparkplug_node import EdgeNode
from tests.servers.sparkplug_wire import BYTES, DATASET, DOUBLE, TEMPLATE, Metric, number

STEP_S = 0.005
METRICS = {"": (Metric("Heat", 1.0),), "packer": (Metric("Count", 0.0), Metric("Odd", 1.0))}


class SparkplugQos1:
    """A node that publishes at QoS 1, which the specification does not want: the broker keeps it.

    Births are not asked for, so what comes is what it says by itself.
    """

    keeps: ClassVar[bool] = True
    qos: ClassVar[int] = 1

    def __init__(self, folder: Path) -> None:
        self._broker = Mosquitto(folder / "broker", "max_inflight_messages 100")
        self._node: EdgeNode | None = None
        self._lives = count()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = 0

    def config(self, port: int | None = None) -> Config:
        where = {"group": "hanbit", "node": "line-1", "device": "packer"}
        points = [
            {"signal": COUNT, "kind": "counter", "sparkplug": {**where, "metric": "Count"}},
            {"signal": ODD, "sparkplug": {**where, "metric": "Odd"}},
        ]
        url = f"mqtt://127.0.0.1:{port or self._broker.port}"
        told = {"rebirth": not self.keeps, "rebirth_every_s": 1}
        keys = {"client_id": "gateway", "protocol": "5", "points": points, "sparkplug": told}
        return Config.model_validate({"url": url, **keys})

    def start(self) -> None:
        self._broker.start()

    def stop(self) -> None:
        if self._thread is not None:
            self.still()
        self._leave()
        self._broker.stop(signal.SIGKILL)

    def _leave(self) -> None:
        if self._node is not None:
            self._node.leave()
            self._node = None

    def _be(self, first: float) -> EdgeNode:
        """A new life of the node, before its birth."""
        self._leave()
        packer = (Metric("Count", first), METRICS["packer"][1])
        declared = {"": METRICS[""], "packer": packer}
        self._node = EdgeNode(declared, qos=self.qos, bdseq=next(self._lives) % 256)
        self._node.tells_now = not self.keeps
        self._node.connect(self._broker.port)
        return self._node

    def count(self, first: int = 0) -> None:
        self._last = first
        node = self._be(float(first))
        self._stop.clear()
        self._thread = threading.Thread(target=self._count, args=(node,))
        self._thread.start()

    def _count(self, node: EdgeNode) -> None:
        """Be born once its host is there, as a node with a primary host is, then count."""
        assert node.sees_host.wait(PATIENCE_S)
        node.be_born()
        while not self._stop.wait(STEP_S):
            self._last += 1
            node.say("packer", {"Count": Metric(value=float(self._last))})

    def still(self) -> int:
        assert self._thread is not None
        self._stop.set()
        self._thread.join()
        self._thread = None
        return self._last

    def spoil(self) -> int:
        assert self._node is not None
        odd = [
            Metric(null=True),
            Metric(value=1.0, quality=0),
            Metric(value=1.0, quality=500),
            Metric(value=float("nan")),
            *(Metric(value=b"\x08\x01", datatype=kind) for kind in (DATASET, TEMPLATE, BYTES)),
            Metric(datatype=DOUBLE, raw=b"\x7a\x01x"),
            Metric(datatype=DOUBLE, raw=number(99, 1)),
        ]
        for one in odd:
            self._node.say("packer", {"Odd": one})
        broken = self._node.data("packer", {})._replace(payload=b"\xff\xff")
        self._node.seq -= 1  # it had no number
        self._node.send(broken)
        return len(odd) + 1


class SparkplugQos0(SparkplugQos1):
    """A node as the specification wants it: what nobody takes at once is gone; it answers."""

    keeps: ClassVar[bool] = False
    qos: ClassVar[int] = 0
