"""A whole site for the system tests: the service as a child process, told and asked from outside.

Everything lies in a folder of the test, listens on the loopback below the ports of outgoing
connections, and ends with the test, by its process id.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from tests.servers.ports import free_port

Document = dict[str, Any]  # JSON

LINEPROOF = str(Path(sys.executable).with_name("lineproof"))
START_S = 60.0  # so long a busy machine may take; only what hangs takes longer
STOP_S = 20.0
COMMAND_S = 120.0
SHIFTS = [{"name": "all day", "start": "00:00", "end": "00:00"}]


def until(found: Callable[[], bool], what: str, within_s: float = START_S) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + within_s
    while not found():
        assert time.monotonic() < deadline, f"{what}: not within {within_s} s"
        time.sleep(0.05)


def lineproof(
    *arguments: object, code: int = 0, within_s: float = COMMAND_S
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; it has to end with this code."""
    done = subprocess.run(
        [LINEPROOF, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def reported(*arguments: object, code: int = 0) -> Document:
    """What a command prints with --json."""
    found: Document = json.loads(lineproof(*arguments, "--json", code=code).stdout)
    return found


def asked(port: int, path: str) -> Document:
    """An answer of the API at a port."""
    url = f"http://127.0.0.1:{port}/api/v1/{path}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: Document = json.loads(answer.read())
    return found


class Gateway:
    """One site: its folder, and the service while it runs."""

    def __init__(self, folder: Path, document: Mapping[str, Any]) -> None:
        """Write the configuration; JSON is YAML too.

        Args:
            folder: of the site.
            document: `lineproof.yaml` without `site` and `api`.
        """
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.setting: dict[str, str] = {}  # environment of the service
        self.wrap: list[str] = []  # command that starts it, such as taskset
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.write(document)

    def write(self, document: Mapping[str, Any]) -> None:
        """Write the configuration anew."""
        site = {"id": "hanbit", "name": "한빛", "timezone": "Asia/Seoul"}
        whole = {"site": site, "api": {"listen": f"127.0.0.1:{self.port}"}, **document}
        text = json.dumps(whole, ensure_ascii=False, indent=1, default=str)
        (self.folder / "lineproof.yaml").write_text(text, "utf-8")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None:
            self.kill()

    @property
    def pid(self) -> int:
        """Of the running service."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the service and do not wait for anything."""
        with (self.folder / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self.wrap, LINEPROOF, "run", "--config", str(self.folder)],
                env={**os.environ, **self.setting},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal, and wait for nothing."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; its exit code and how many seconds that took."""
        assert self._process is not None
        asked_s = time.monotonic()
        self._process.send_signal(number)
        code = self._process.wait(STOP_S)
        self._process = None
        return code, time.monotonic() - asked_s

    def get(self, path: str) -> Document:
        """An answer of the API."""
        return asked(self.port, path)

    def ended(self) -> int | None:
        """The code with which it ended by itself, if it did."""
        return None if self._process is None else self._process.poll()

    def lives(self) -> bool:
        """True; that it has ended is a failure."""
        assert self._process is not None
        assert self._process.poll() is None, f"it ended: {self.log()[-3000:]}"
        return True

    def answers(self) -> bool:
        """Whether its pages are served."""
        try:
            return self.lives() and bool(self.get("health"))
        except OSError:
            return False

    def source(self, name: str) -> Document:
        """What the health page says of a source."""
        return next(one for one in self.get("health")["sources"] if one["id"] == name)

    def sink(self, name: str) -> Document:
        """What the health page says of a sink."""
        return next(one for one in self.get("health")["sinks"] if one["id"] == name)

    def log(self) -> str:
        """All that the service wrote."""
        return (self.folder / "service.log").read_text("utf-8", "replace")


def opcua(name: str, node: str, **more: object) -> Document:
    """A signal of the PLC."""
    return {"source": name, "node": f"nsu=urn:mask;s={node}", **more}


def mqtt(topic: str, field: str = "", **more: object) -> Document:
    """A signal of the broker: a field of a JSON message with `ts`, or a whole message."""
    payload = {"payload": {"value": f"$.{field}", "time": "$.ts"}} if field else {}
    return {"source": "broker", "topic": topic, **payload, **more}


def plc(url: str, folder: Path, user: str | None = "gateway") -> Document:
    """The source of a PLC that knows us by name, or does not."""
    security: Document = {"policy": "None", "exception": "a test on loopback"}
    if user:
        (folder / "plc.secret").write_text("secret\n")
        (folder / "plc.secret").chmod(0o600)
        security |= {"user": user, "password_file": str(folder / "plc.secret")}
    return {"id": "plc1", "kind": "opcua", "url": url, "publish_ms": 100, "security": security}


def broker(port: int) -> Document:
    """The source of a broker on the loopback."""
    return {
        "id": "broker",
        "kind": "mqtt",
        "url": f"mqtt://127.0.0.1:{port}",
        "client_id": "hanbit-gw",
    }


def line(*machines: Document) -> Document:
    """A line that works all day."""
    return {"id": "mask-1", "shifts": SHIFTS, "machines": list(machines)}
