"""The demo serves once its lines live, and says so when they do not."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from edge.cli import demo_children
from edge.cli.demo import Past
from edge.cli.demo_children import family, first_line, last_words, launch, unhurried
from edge.cli.demo_simulation import Simulation, free_ports
from edge.errors import Unavailable
from edge.stores import locked, site_lock
from tests.unit.edge.cli.desk import Command

SIMULATION = Simulation(start_ns=0, days=1, opcua_port=14840, broker_port=11883)


@contextmanager
def saying(line: str) -> Iterator["subprocess.Popen[str]"]:
    """A child that prints one line and ends."""
    command = [sys.executable, "-c", f"print({line!r})" if line else ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


async def test_the_past_ends_when_the_lines_live(tmp_path: Path) -> None:
    """What is imported ends at the instant at which the live lines begin."""
    with saying('{"ready": true, "at_ns": 1788325420000000000}') as live:
        past = Past(tmp_path, SIMULATION, live)
        await past.begin()
        assert past._until_ns == 1788325420000000000


async def test_lines_that_never_live_end_the_demo(tmp_path: Path) -> None:
    """Pages without lines would explain nothing."""
    with (
        saying("") as live,
        pytest.raises(Unavailable, match="the simulated lines ended before it was up"),
    ):
        await Past(tmp_path, SIMULATION, live).begin()


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder that hold something."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file): file.read_bytes() for file in files if file.stat().st_size}


def test_a_second_demo_in_one_folder_changes_nothing(site: Command, own: Command) -> None:
    """5, before anything is written: the first one reads those files."""
    folder, before = own.folder, contents(own.folder)
    with locked(folder / "demo.lock"):
        ran = site("demo", "--data", folder, "--port", "1", config=False)
    assert (ran.code, ran.out) == (5, "")
    assert ran.err == (
        f"a demo runs in {folder} already; look at its pages, end it with Ctrl-C, or start another "
        "with --data and --port\n"
    )
    with site_lock(folder / "data"):
        ran = site("demo", "--data", folder, "--port", "1", config=False)
    assert ran.code == 5
    assert f"{folder / 'data'} is in use by another lineproof" in ran.err
    assert contents(folder) == before


def test_a_demo_whose_port_is_taken_names_the_option(own: Command) -> None:
    """4; nobody edits the file that a demo writes anew."""
    before = contents(own.folder)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ran = own("demo", "--data", own.folder, "--port", str(port), config=False)
    assert (ran.code, ran.out) == (4, "")
    said = f"cannot serve pages at 127.0.0.1:{port}: Address already in use"
    assert ran.err == f"{said}; choose another with --port\n"
    assert contents(own.folder) == before


def test_demos_that_start_at_one_moment_get_ports_of_their_own() -> None:
    """A port is reserved before anybody listens on it, and free again afterwards."""
    with ExitStack() as one, ExitStack() as other:
        first = free_ports(24_840, 3, one)
        second = free_ports(24_840, 3, other)
        assert not set(range(first, first + 3)) & set(range(second, second + 3))
    with ExitStack() as third:
        assert free_ports(24_840, 3, third) == first


BROKEN = """raise OSError("port 11883 is taken; stop who listens there")"""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (BROKEN, "the broker ended before it was up: port 11883 is taken; stop who listens there"),
        ("", "the broker ended before it was up; its log is "),
        ("import time; time.sleep(60)", "the broker said nothing for 1 s; its log is "),
    ],
)
def test_a_broker_that_does_not_come_up_ends_the_demo(
    tmp_path: Path, program: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its last words and its log, whether it dies or hangs; and it is gone."""
    (tmp_path / "broken.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(demo_children, "SPEAKS_S", 1.0)
    log = tmp_path / "broker.log"
    with family() as children:
        process = launch(children, log, "broken")
        if "ended" in said:
            monkeypatch.setattr(demo_children, "SPEAKS_S", 30.0)
        with pytest.raises(Unavailable) as caught:
            first_line(process, "the broker", log)
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith(f"its log is {log}")
    assert process.poll() is not None


def test_all_that_a_child_started_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what does not listen to SIGTERM."""
    (tmp_path / "parent.py").write_text(
        "import os, json, signal, time\n"
        "if pid := os.fork():\n    print(json.dumps({'pid': pid}), flush=True)\n"
        "else:\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with family() as children:
        process = launch(children, tmp_path / "log", "parent")
        grandchild = psutil.Process(first_line(process, "it", tmp_path / "log")["pid"])
    assert process.poll() is not None
    psutil.wait_procs([grandchild], timeout=1)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_a_signal_waits_until_a_child_is_noted() -> None:
    """And is not forgotten: the first that came is sent again."""
    done, heard = list[bool](), list[int]()
    kept = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with unhurried():
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
            done.append(not heard)
    finally:
        signal.signal(signal.SIGTERM, kept)
    assert done == [True]
    assert heard == [signal.SIGTERM]


DEAF = """
import contextlib, pathlib, sys, time
from edge.cli.demo_children import family, first_line, launch
log = pathlib.Path(sys.argv[1])
with family() as children:
    child = launch(children, log, "child")
    print(first_line(child, "it", log)["pid"], flush=True)
    while True:
        with contextlib.suppress(BaseException):  # as an import does, or a finalizer
            time.sleep(60)
"""
CHILD = """
import json, os, time
print(json.dumps({"pid": os.getpid()}), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("ignored", [False, True])
def test_nobody_swallows_the_end_of_the_demo(
    tmp_path: Path, number: signal.Signals, *, ignored: bool
) -> None:
    """Neither a library that suppresses what is raised in it, nor a shell that ignores Ctrl-C."""
    (tmp_path / "child.py").write_text(CHILD)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", DEAF, tmp_path / "log"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            assert process.stdout is not None
            child = psutil.Process(int(process.stdout.readline()))
            process.send_signal(number)
            assert process.wait(5) == 130
            assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
        finally:
            process.kill()


def test_last_words_are_short(tmp_path: Path) -> None:
    """The last line of a log, without Python's name for it."""
    log = tmp_path / "log"
    assert last_words(log) == f"; its log is {log}"
    log.write_text("Traceback\n  File x\nOSError: no room\n\n")
    assert last_words(log) == f": no room; its log is {log}"
    log.write_text("warning: " + "x" * 999)
    assert len(last_words(log)) < 400 + len(str(log))
