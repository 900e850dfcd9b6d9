"""node-opcua as the contract suite sees it."""

from pathlib import Path
from typing import ClassVar

from collectors.opcua.settings import Config, Point, Security
from edge.site import Kind
from tests.contract.peer import COUNT, ODD
from tests.servers.node_opcua import Peer


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

    def config(self, port: int | None = None) -> Config:
        file = self._folder / "password"
        security = Security(policy="None", exception="loopback", user="gateway", password_file=file)
        good = Point(signal=COUNT, kind=Kind.COUNTER, node="nsu=urn:mask;s=Good", queue=2000)
        return Config(
            url=f"opc.tcp://127.0.0.1:{port or self._port}",
            security=security,
            publish_ms=100,
            keys=self._folder / "keys",
            points=(good, Point(signal=ODD, node="nsu=urn:mask;s=Any")),
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
