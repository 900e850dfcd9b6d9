"""The foreign servers that every collector and every sink is run through: its peers, by kind.

Whoever adds a kind adds its peer here, and `test_collectors.py` or `test_sinks.py` finds it. A peer
is a program that we did not write, behind a few words that all kinds share.
"""

import signal
import threading
from itertools import count
from pathlib import Path
from typing import ClassVar, Protocol

from pydantic import BaseModel

from collectors.mqtt.settings import Config as MqttConfig
from collectors.mqtt.settings import Payload
from collectors.mqtt.settings import Point as Topic
from collectors.opcua.settings import Config as OpcuaConfig
from collectors.opcua.settings import Point as Node
from collectors.opcua.settings import Security
from edge.sinks.influxdb import Config as InfluxConfig
from edge.site import Kind
from tests.contract.mqtt_desk import Machine
from tests.servers.influxdb_server import Point, Server
from tests.servers.mosquitto import Mosquitto
from tests.servers.node_opcua import Peer

COUNT, ODD = 1, 2  # the signals of a source: a counter, and what may hold anything


class Source(Protocol):
    """A server with a counter that goes up by one, read as signal 1, and oddities, as signal 2."""

    keeps: ClassVar[bool]  # it keeps what we have not acknowledged, else it shows its present only

    def __init__(self, folder: Path) -> None: ...

    def config(self, port: int | None = None) -> BaseModel:
        """How its collector reads it; at another port somebody else listens."""
        ...

    def start(self) -> None:
        """Listen, on the same port each time."""
        ...

    def stop(self) -> None:
        """Die at once, as in a power cut; does nothing where it is dead."""
        ...

    def count(self, first: int = 0) -> None:
        """Count up from a number, some 200 times a second, for a collector that was there."""
        ...

    def still(self) -> int:
        """Stop counting; the last number."""
        ...

    def spoil(self) -> int:
        """Show signal 2 as all that is no good value; how many rows or messages must tell it."""
        ...


class Sink(Protocol):
    """A database that somebody else reads."""

    version: ClassVar[str]

    def __init__(self, folder: Path) -> None: ...

    def start(self) -> None:
        """Listen, on the same port and with the same data each time."""
        ...

    def stop(self) -> None:
        """End in good order; does nothing where it is dead."""
        ...

    def signal(self, number: signal.Signals) -> None:
        """Kill it, stop it in its tracks, or let it go on."""
        ...

    def config(self, place: str, patience_s: float = 10.0) -> BaseModel:
        """How its sink writes to a place of that name, made where it is not there."""
        ...

    def found(self, place: str) -> list[Point]:
        """What a reader finds in a place, sorted by machine, signal and time."""
        ...


class NodeOpcua:
    """node-opcua, which keeps notifications for a named user."""

    keeps: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port: int | None = None
        self._peer: Peer | None = None
        (folder / "password").write_text("secret\n")

    @property
    def server(self) -> Peer:
        """The one that runs."""
        assert self._peer is not None
        return self._peer

    def config(self, port: int | None = None) -> OpcuaConfig:
        file = self._folder / "password"
        security = Security(policy="None", exception="loopback", user="gateway", password_file=file)
        good = Node(signal=COUNT, kind=Kind.COUNTER, node="nsu=urn:mask;s=Good", queue=2000)
        return OpcuaConfig(
            url=f"opc.tcp://127.0.0.1:{port or self._port}",
            security=security,
            publish_ms=100,
            keys=self._folder / "keys",
            points=(good, Node(signal=ODD, node="nsu=urn:mask;s=Any")),
        )

    def start(self) -> None:
        self._peer = Peer(
            self._folder,
            self._port,
            namespaces=["urn:mask"],
            nodes={"Good": ["Double", 0], "Any": ["BaseDataType", None]},
            users={"gateway": "secret"},
        )
        self._port = self._peer.port

    def stop(self) -> None:
        if self._peer is not None:
            self._peer.stop()
            self._peer = None

    def count(self, first: int = 0) -> None:
        self.server.do("ramp", name="Good", every_ms=5, first=first)

    def still(self) -> int:
        return int(self.server.do("still", name="Good")["count"])

    def spoil(self) -> int:
        values = [("Int16", [1, 2]), ("String", "x"), ("Double", "NaN"), ("Boolean", None)]
        for kind, value in values:
            self.server.do("set", name="Any", type=kind, value=value)
        for status in ("BadSensorFailure", "UncertainInitialValue"):
            self.server.do("set", name="Any", type="Double", value=1, status=status)
        return len(values) + 2


class Mosquitto5:
    """Mosquitto, and a publisher that says a number at a time; MQTT 5."""

    keeps: ClassVar[bool] = True
    protocol: ClassVar[str] = "5"

    def __init__(self, folder: Path) -> None:
        self._broker = Mosquitto(folder / "broker", "max_inflight_messages 100")
        self._talker: Talker | None = None

    def config(self, port: int | None = None) -> MqttConfig:
        points = (
            Topic(signal=COUNT, kind=Kind.COUNTER, topic="line/count"),
            Topic(signal=ODD, topic="line/odd", payload=Payload(value="$.v")),
        )
        url = f"mqtt://127.0.0.1:{port or self._broker.port}"
        told = {"url": url, "client_id": "gateway", "protocol": self.protocol, "points": points}
        return MqttConfig.model_validate(told)

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


class Influx27:
    """InfluxDB 2.7: a place is a bucket."""

    version: ClassVar[str] = "2.7.12"

    def __init__(self, folder: Path) -> None:
        self._server = Server(self.version, folder)
        self._places = dict[str, str]()

    def start(self) -> None:
        self._server.start()
        if not self._places:
            self._server.set_up()

    def stop(self) -> None:
        self._server.stop()

    def signal(self, number: signal.Signals) -> None:
        self._server.signal(number)

    def config(self, place: str, patience_s: float = 10.0) -> InfluxConfig:
        if place not in self._places:
            self._places[place] = self._server.make_bucket(place)
        keys = self._server.keys(self._places[place])
        return InfluxConfig.model_validate(keys | {"timeout_s": patience_s})

    def found(self, place: str) -> list[Point]:
        return self._server.points("mask-1", self._places[place])


class Influx18(Influx27):
    """InfluxDB 1.8, which has the newer way of writing: a place is a database."""

    version: ClassVar[str] = "1.8.10"


class Influx16(Influx27):
    """InfluxDB 1.6, as Debian has it, which has the older way only."""

    version: ClassVar[str] = "1.6.7"


SOURCES: dict[str, tuple[type[Source], ...]] = {
    "mqtt": (Mosquitto5, Mosquitto311),
    "opcua": (NodeOpcua,),
}
SINKS: dict[str, tuple[type[Sink], ...]] = {"influxdb": (Influx27, Influx18, Influx16)}
