"""Two Modbus TCP servers as the contract suite sees them."""

import time
from pathlib import Path
from typing import ClassVar

from collectors.modbus.settings import Config, Point
from edge.site import Kind
from tests.contract.peer import COUNT, ODD
from tests.servers.modbus import Peer


class Pymodbus:
    """pymodbus's server: a counter in two registers, and a float among the inputs."""

    keeps: ClassVar[bool] = False
    node: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port: int | None = None
        self._peer: Peer | None = None

    @property
    def server(self) -> Peer:
        """The one that runs."""
        assert self._peer is not None
        return self._peer

    def config(self, port: int | None = None) -> Config:
        points = (
            Point(signal=COUNT, kind=Kind.COUNTER, address=0, type="uint32"),
            Point(signal=ODD, table="input", address=10, type="float32"),
        )
        url = f"modbus://127.0.0.1:{port or self._port}"
        return Config.model_validate({"url": url, "poll_ms": 50, "points": points})

    def start(self) -> None:
        self._peer = Peer(self._folder, node=self.node, port=self._port)
        self._port = self._peer.port
        self._peer.do("set", table="holding", address=0, words=[0, 0])
        self._peer.do("set", table="input", address=10, words=[0x3F80, 0])

    def stop(self) -> None:
        if self._peer is not None:
            self._peer.stop()
            self._peer = None

    def count(self, first: int = 0) -> None:
        self.server.do("count", first=first, every_ms=5)

    def still(self) -> int:
        return int(self.server.do("still")["count"])

    def spoil(self) -> int:
        for code in (2, 4, 6, 11):
            self.server.do("refuse", table="input", code=code)
            time.sleep(0.15)  # two rounds see it
        self.server.do("accept", table="input")
        for words in ([0x7FC0, 0], [0xFFC0, 1]):
            self.server.do("set", table="input", address=10, words=words)
            time.sleep(0.15)
        return 6


class NodeModbus(Pymodbus):
    """modbus-serial of npm, the second implementation."""

    node: ClassVar[bool] = True
