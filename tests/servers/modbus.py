"""Modbus TCP servers that we did not write, each a process told by lines of JSON."""

import json
import os
import sys
from pathlib import Path

from tests.servers import node_opcua
from tests.servers.ports import free_port
from tests.servers.process import Process

HERE = Path(__file__).with_name("node-modbus")


class Peer(Process):
    """One running server, on a port of its own that it keeps."""

    def __init__(self, folder: Path, *, node: bool = False, port: int | None = None) -> None:
        """Start it; it listens when this returns.

        Args:
            folder: for its log.
            node: modbus-serial of npm instead of pymodbus.
            port: where it listens; default one that is free.
        """
        self.port = port or free_port()
        self.url = f"modbus://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "tests.servers.pymodbus_server"]
        environment = dict(os.environ)
        if node:
            command = ["node", str(HERE / "server.js")]
            environment["NODE_MODBUS"] = str(node_opcua.installed(HERE))
        told = [*command, json.dumps({"port": self.port})]
        super().__init__(told, environment, folder / "modbus.log")
