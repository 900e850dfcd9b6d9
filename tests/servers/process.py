"""A server in a process of its own, told what to do by lines of JSON."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

Document = dict[str, Any]  # JSON
LAST_S = 60.0  # for a process whose pipe has closed to be gone


class Process:
    """One that was started and said it is ready."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        """Start it; it listens when this returns.

        Args:
            command: that starts it.
            environment: of it.
            log: where its stderr goes.
        """
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        self.ready = self._answer()
        if not self.ready["ready"]:
            raise OSError(f"server does not start: {self.ready['error']}")

    def do(self, command: str, **arguments: Any) -> Document:  # noqa: ANN401 - JSON
        """Have the server do something, and wait until it is done."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        assert answer["ok"], answer
        return answer

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answer(self) -> Document:
        """The next line of JSON; node-opcua itself prints warnings between them."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return dict(json.loads(line))
        raise OSError(f"the server ended with {self.process.wait(LAST_S)}; see its log")
