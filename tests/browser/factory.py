"""What the browser looks at: the demo as anybody starts it, and a site whose machines obey.

Everything is a child process of the test's own, on free loopback ports, ended with its block.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from edge.cli import demo_simulation
from edge.cli.demo_site import write_site

Document = dict[str, Any]  # JSON
LINEPROOF = Path(sys.executable).with_name("lineproof")
SECOND_NS = 1_000_000_000


def free_ports(first: int, count: int) -> int:
    """Neighbouring ports that nobody listens on and no demo has reserved."""
    with ExitStack() as held:
        return demo_simulation.free_ports(first, count, held)


HISTORY_DAYS = 66  # enough for the 20 + 20 days of a verdict, too few for the third line
HISTORY_S = 300.0
START_S = 60.0
STOP_S = 15.0
STALE_AFTER_S = 5  # of the steered site's states; by default it would be 10
STATE, STALE = "        kind: state\n", f"stale_after_s: {STALE_AFTER_S}"
SPARE = 4_000  # test runs beside each other begin to look for ports at different places
HOSTILE = "키트 <b onclick=alert(1)>\"&amp;'{n}"


class Factory:
    """A running gateway: its address and what it answers."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder.parent / f"{folder.name}.log"

    def ask(self, path: str) -> Document:
        """The document at a path under /api/v1."""
        with urllib.request.urlopen(f"{self.address}/api/v1{path}", timeout=20) as answer:
            found: Document = json.load(answer)
        return found

    def submit(
        self, method: str, path: str, body: Document, version: int | None = None
    ) -> Document:
        """What a gateway answers to a document that is sent to it."""
        head = {"Content-Type": "application/json"}
        head |= {"If-Match": f'"{version}"'} if version is not None else {}
        url, data = f"{self.address}/api/v1{path}", json.dumps(body).encode()
        asked = urllib.request.Request(url, data, head, method=method)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            found: Document = json.load(answer)
        return found

    def answers(self) -> bool:
        """Whether the gateway serves its lines."""
        try:
            return bool(self.ask("/lines")["lines"])
        except (urllib.error.URLError, OSError):
            return False


class Demo(Factory):
    """`lineproof demo` with its history filled."""

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """Start it, and wait until the past is there."""
        port = free_ports(first_port(), 1)
        demo = cls(folder, port)
        line: list[str | Path] = [LINEPROOF, "demo", "--data", folder, "--port", str(port)]
        with child([*line, "--days", str(HISTORY_DAYS)], demo.log) as process:
            done = folder / "history.done"
            wait(done.exists, HISTORY_S, "the demo's history", process, demo.log)
            yield demo


class Steered(Factory):
    """Simulators that do as they are told, and `lineproof run` on a site written from them."""

    def __init__(self, folder: Path) -> None:
        start = first_port()
        self._opcua, self._broker = free_ports(start + 100, 3), free_ports(start + 200, 1)
        self._service: subprocess.Popen[str] | None = None
        self._pipes: tuple[IO[str], IO[str]]
        self.exits: dict[str, str] = {}  # line -> path of the machine that tells its state
        self._port = free_ports(start + 300, 1)
        super().__init__(folder, self._port)

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """Start broker, simulators and service, and wait until lines are served."""
        steered = cls(folder)
        start_ns = (time.time_ns() // SECOND_NS - 3600) * SECOND_NS
        told = ["--start", str(start_ns), "--days", "1", "--broker", f"127.0.0.1:{steered._broker}"]
        told += ["--opcua-port", str(steered._opcua)]
        steered.write(json.loads(simulators("describe", *told, "--json")))
        broker = ["-m", "simulators.broker", "--with-parent", "--port", str(steered._broker)]
        serve = ["-m", "simulators", "serve", "--with-parent", *told]
        with (
            child([sys.executable, *broker, "--folder", folder / "broker"], steered.log) as first,
            steered.live(serve, after=first),
        ):
            try:
                steered.start()
                yield steered
            finally:
                steered.stop(signal.SIGTERM)

    def write(self, told: Document) -> None:
        """The site: no breaks, so that the hour of the test does not matter; one name is nasty."""
        site = told["site"]["id"]
        for line in told["lines"]:
            teller = next(machine["id"] for machine in line["machines"] if machine["exit"])
            self.exits[line["id"]] = f"{site}/{line['id']}/{teller}"
            for shift in line["shifts"]:
                shift.pop("breaks")
            if line["id"] == "kit-1":
                line["name"]["ko"] = HOSTILE
        write_site(self.folder, told, self._port)
        file = self.folder / "lineproof.yaml"
        text = file.read_text("utf-8")
        assert STATE in text, "the states have a line to write `stale_after_s` below"
        file.write_text(text.replace(STATE, f"{STATE}        {STALE}\n"), "utf-8")

    @contextmanager
    def live(self, line: list[str], after: "subprocess.Popen[str]") -> Iterator[None]:
        """The simulators, told and answering over their pipes, once the broker listens."""
        json.loads(pipes(after)[1].readline())
        with child([sys.executable, *line], self.log) as process:
            self._pipes = pipes(process)
            ready = self.answer()
            assert ready["ready"], ready
            yield

    def tell(self, **command: object) -> Document:
        """Have the simulators obey, and return what they answer."""
        self.send(**command)
        return self.answer()

    def send(self, **command: object) -> None:
        """Have the simulators obey, without waiting for the answer."""
        self._pipes[0].write(json.dumps(command) + "\n")
        self._pipes[0].flush()

    def answer(self) -> Document:
        """What the simulators answer next."""
        answer: Document = json.loads(self._pipes[1].readline())
        assert "error" not in answer, answer
        return answer

    def start(self) -> None:
        """Start the service and wait until it serves."""
        line = [str(LINEPROOF), "run", "--config", str(self.folder)]
        with self.log.open("a") as log:
            self._service = subprocess.Popen(line, stderr=log, text=True)
        wait(self.answers, START_S, "the service", self._service, self.log)

    @contextmanager
    def away(self, number: signal.Signals) -> Iterator[None]:
        """End the service for the length of the block."""
        self.stop(number)
        try:
            yield
        finally:
            self.start()

    def stop(self, number: signal.Signals) -> None:
        """End the service by a signal."""
        if self._service is not None:
            end(self._service, number)
            self._service = None


@contextmanager
def child(line: list[str | Path], log: Path) -> Iterator["subprocess.Popen[str]"]:
    """A child process that is ended with the block; what it complains of goes to a log."""
    with log.open("a") as complaints:
        process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
    try:
        yield process
    finally:
        end(process, signal.SIGTERM)
        for pipe in pipes(process):
            with suppress(OSError):  # what was not read yet has nobody to read it
                pipe.close()


def pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    """Where a child is told something, and where it answers."""
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def end(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """Ask a process to end, and see to it."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def simulators(*arguments: str) -> str:
    """What a simulator command prints."""
    line = [sys.executable, "-m", "simulators", *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


def first_port() -> int:
    """Where this run begins to look for free ports."""
    return 20_000 + os.getpid() % SPARE


def wait(
    true: Callable[[], bool],
    patience_s: float,
    what: str,
    process: "subprocess.Popen[str]",
    log: Path,
) -> None:
    """Return once it is true; fail with the end of the log when it does not come."""
    deadline = time.monotonic() + patience_s
    while not true():
        assert process.poll() is None, f"ended without {what}: {log.read_text('utf-8')[-2000:]}"
        assert time.monotonic() < deadline, f"no {what}: {log.read_text('utf-8')[-2000:]}"
        time.sleep(0.1)
