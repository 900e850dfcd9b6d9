"""Modbus TCP servers that we did not write, each a process told by lines of JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from tests.servers import node_opcua
from tests.servers.ports import free_port

HERE = Path(__file__).with_name("node-modbus")
START_S = 20.0


class Peer:
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
        with (folder / "modbus.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, json.dumps({"port": self.port})],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        ready = self._answer()
        if not ready["ready"]:
            raise OSError(f"server does not start: {ready['error']}")

    def do(self, command: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Have the server do something, and wait until it is done."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert answer["ok"], answer
        return answer

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise OSError(f"the server ended with {self._process.wait(START_S)}; see its log")
        return dict(json.loads(line))
