"""The end of the service and of the demo, and what the next start finds."""

import os
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import psutil
import pytest

from tests.servers.ports import free_port
from tests.system.rig import (
    LINEPROOF,
    STOP_S,
    Document,
    Gateway,
    line,
    lineproof,
    opcua,
    plc,
    reported,
    until,
)
from tests.system.witness import EVER, Sample, exported, ledger

pytestmark = pytest.mark.slow

VIEWERS = 20
LONGEST_S = 5.0
REQUEST = b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
AWAY_S = 4.0
ENOUGH = 200  # rows of a source: some seconds of it
NEAR_NS = 2_500_000_000  # what comes every second may come a second late

LIVE = {  # a signal of each source that comes every second
    "plc-mask-1": "hanbit/mask-1/packing/air_pressure",
    "plc-plating-a": "hanbit/plating-a/clean/rinse_flow",
    "plc-kit-1": "hanbit/kit-1/press/air_pressure",
    "broker": "hanbit/mask-1/body/room_temperature",
}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A running service whose one PLC is switched off."""
    body = {"good": opcua("plc1", "Body.Good", kind="counter")}
    document: Document = {
        "sources": [plc(f"opc.tcp://127.0.0.1:{free_port()}", tmp_path)],
        "lines": [line({"id": "body", "signals": body})],
    }
    with Gateway(tmp_path / "site", document) as running:
        until(running.answers, "the service answers")
        yield running


def test_every_open_stream_is_told_goodbye(gateway: Gateway) -> None:
    """With twenty viewers SIGTERM ends the service within five seconds, by itself, with code 0."""
    children = psutil.Process(gateway.pid).children(recursive=True)
    with ExitStack() as stack:
        viewers = [stack.enter_context(viewer(gateway.port)) for _ in range(VIEWERS)]
        for one in viewers:
            assert b"event: " in one.recv(65_536)
        until(lambda: gateway.get("health")["viewers"] == VIEWERS, "all of them watch")
        code, took_s = gateway.stop()
        ends = [rest(one) for one in viewers]
    assert code == 0, gateway.log()
    assert took_s < LONGEST_S
    for end in ends:
        assert end.count(b"event: bye\n") == 1
        assert b'"retry_ms"' in end.rpartition(b"event: bye\n")[2]
        assert end.endswith(b"0\r\n\r\n")  # the answer is whole
    assert not any(map(works, children))
    assert "Traceback" not in gateway.log()


@contextmanager
def viewer(port: int) -> Iterator[socket.socket]:
    """An open page's stream, as bytes."""
    with socket.create_connection(("127.0.0.1", port), STOP_S) as link:
        link.sendall(REQUEST)
        head = link.recv(65_536)
        assert head.startswith(b"HTTP/1.1 200 OK")
        yield link


def rest(link: socket.socket) -> bytes:
    """All that still comes, until the other side has closed."""
    found = b""
    while piece := link.recv(65_536):
        found += piece
    return found


def test_a_second_service_on_one_site_is_refused(gateway: Gateway) -> None:
    """It says which folder is in use and ends with 5; the first one and commands go on."""
    done = lineproof("run", "--config", gateway.folder, code=5)
    assert str(gateway.data) in done.stderr
    assert "in use by another lineproof" in done.stderr
    assert "Traceback" not in done.stderr
    assert reported("archive", "list", "--config", gateway.folder) == {"parts": []}
    assert gateway.answers()
    assert gateway.stop()[0] == 0


def listens(port: int) -> bool:
    """Whether somebody listens on a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def works(process: psutil.Process) -> bool:
    """Whether a process has not ended; one that only waits to be noticed has."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


INTERRUPTED = 130
AS_IN_A_TERMINAL = ("env", "--default-signal=INT")  # tests that run in the background ignore it


class Demo:
    """`lineproof demo` in a process group of its own, as a terminal starts it."""

    def __init__(self, folder: Path, days: int = 1) -> None:
        self.folder = folder
        self._days = str(days)
        self.port = free_port()
        self.process: subprocess.Popen[bytes]
        self._family = set[psutil.Process]()
        self._before = dict[str, int]()  # rows stored by source

    def start(self) -> None:
        """Start it."""
        command = [LINEPROOF, "demo", "--data", str(self.folder), "--port", str(self.port)]
        stored = ledger(self.folder / "data").counts
        self._before = {source: counts[0] for source, counts in stored.items()}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*AS_IN_A_TERMINAL, *command, "--days", self._days],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    @property
    def log(self) -> Path:
        """All that it wrote since its last start."""
        return self.folder.parent / "demo.log"

    def lives(self) -> bool:
        """Whether all its sources have stored something since its start."""
        assert self.process.poll() is None, self.log.read_text("utf-8")[-3000:]
        self.watch()
        stored = ledger(self.folder / "data").counts
        more = (stored.get(source, (0,))[0] - self._before.get(source, 0) for source in LIVE)
        return (self.folder / "history.done").exists() and min(more) > ENOUGH

    def watch(self) -> bool:
        """Note which processes belong to it; whether there are some."""
        self._family |= set(psutil.Process(self.process.pid).children(recursive=True))
        return bool(self._family)

    def says(self, text: str) -> bool:
        """Whether it has said so."""
        return self.watch() and text in self.log.read_text("utf-8")

    def stop(self, number: signal.Signals, codes: tuple[int, ...] = (0,)) -> None:
        """End it as a terminal does, and see that nothing is left."""
        self.watch()
        asked_s = time.monotonic()
        os.killpg(self.process.pid, number)
        code = self.process.wait(STOP_S)
        assert code in codes, self.log.read_text("utf-8")[-3000:]
        assert time.monotonic() - asked_s < LONGEST_S
        assert self._family or codes != (0,)
        until(lambda: not any(map(works, self._family)), "all that it started has ended", 1)
        assert not listens(self.port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(STOP_S)


@pytest.mark.peer
def test_a_demo_goes_on_where_it_was_left(tmp_path: Path) -> None:
    """Ctrl-C leaves nothing running; what was stored stays, and the time away is a named gap."""
    demo = Demo(tmp_path / "demo")
    span = f"{datetime.now(UTC) - timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}", EVER[1]
    with demo:
        until(demo.lives, "the demo lives, with its past", 120)
        demo.stop(signal.SIGINT)
        before, kept = exported(demo.folder, span), ledger(demo.folder / "data").counts
        stopped_ns = time.time_ns()
        time.sleep(AWAY_S)
        demo.start()
        began_ns = time.time_ns()
        until(demo.lives, "it lives again", 60)
        demo.stop(signal.SIGTERM)
    after = exported(demo.folder, span)
    assert before
    assert not Counter(before) - Counter(after), "rows are gone"
    assert ledger(demo.folder / "data").counts["import"] == kept["import"]
    named = [gap for gap in ledger(demo.folder / "data").gaps if gap[3] > stopped_ns]
    (away,) = [gap for gap in named if gap[0] == "service"]
    assert away[2] <= stopped_ns
    assert began_ns <= away[3]
    compare(after, named, stopped_ns)


@pytest.mark.peer
@pytest.mark.parametrize("word", ["http://127.0.0.1:", "filling history: "])
def test_a_demo_may_be_stopped_while_it_begins(tmp_path: Path, word: str) -> None:
    """While its lines come up, or while their past is filled: Ctrl-C ends all that it started."""
    demo = Demo(tmp_path / "demo", days=20)
    (left := demo.folder / "past-left").mkdir(parents=True)  # by one that was stopped before
    with demo:
        until(lambda: demo.says(word), word, 60)
        demo.stop(signal.SIGINT)
    assert left.exists() == (not word.startswith("filling"))
    assert "Traceback" not in demo.log.read_text("utf-8")


@pytest.mark.peer
def test_a_demo_may_be_stopped_at_any_moment(tmp_path: Path) -> None:
    """Before its pages live too, and by somebody who is impatient: nothing is left running."""
    for n, after_s in enumerate((0.9, 1.6, 2.3, 3.1, 4.2, 5.8)):
        demo = Demo(tmp_path / f"demo-{n % 2}", days=20)
        with demo:
            end_s = time.monotonic() + after_s
            while time.monotonic() < end_s:
                demo.watch()
                time.sleep(0.02)
            number = signal.SIGTERM if n % 3 == 1 else signal.SIGINT
            demo.stop(number, (0, INTERRUPTED, -number))
        assert "Traceback" not in demo.log.read_text("utf-8")


def compare(rows: list[Sample], gaps: list[tuple[str, str, int, int]], stopped_ns: int) -> None:
    """The time without samples of every PLC against the ledger; the broker keeps what comes."""
    for source, path in LIVE.items():
        if source == "broker":
            continue
        times = sorted(row.source_ns for row in rows if row.signal == path)
        last_ns = max(at_ns for at_ns in times if at_ns <= stopped_ns)
        next_ns = min(at_ns for at_ns in times if at_ns > stopped_ns)
        assert any(
            name == source and from_ns <= last_ns + NEAR_NS and next_ns - NEAR_NS <= to_ns
            for name, _, from_ns, to_ns in gaps
        ), f"{source} was silent from {last_ns} to {next_ns}, which is in none of {gaps}"
