"""The demo's processes: each in a session of its own, and none outlives the demo.

A signal that comes between the start of a child and its note in the list of what is to be ended
waits until that note is written.
"""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from edge.errors import Unavailable

Document = dict[str, Any]  # JSON
Process = subprocess.Popen[str]
SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130  # by Ctrl-C, as shells have it
STOP_S = 5
SPEAKS_S = 25.0  # a broker's own patience, and some
LONGEST = 300  # characters of somebody's last words


@contextmanager
def unhurried() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait until the end of the block; the first that came is sent again."""
    came = list[int]()

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)

    kept = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        for first in came[:1]:
            signal.raise_signal(first)


@contextmanager
def family() -> Iterator[ExitStack]:
    """What is entered here is ended at the end, however often somebody asks meanwhile.

    Either signal ends it, and this process, where it stands, also where a shell had Ctrl-C ignored.
    Nothing is raised for it: libraries swallow what is raised while they are imported, or make
    another error of it, and the demo would go on or end as a bug.
    """
    children = ExitStack()

    def leave(_number: int, _: FrameType | None) -> None:
        hand_over(signal.SIG_IGN)
        try:
            children.close()
        finally:  # a pipe that is just being read cannot be closed, and need not be
            os._exit(INTERRUPTED)

    kept = {number: signal.getsignal(number) for number in SIGNALS}
    hand_over(leave)
    try:
        yield children
    finally:
        hand_over(signal.SIG_IGN)
        children.close()
        for number, handler in kept.items():
            signal.signal(number, handler)


def hand_over(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    """Let both signals be answered so from now on."""
    for number in SIGNALS:
        signal.signal(number, handler)


def launch(children: ExitStack, log: Path, module: str, *arguments: str) -> Process:
    """Start a module of ours as a child that is ended with the others.

    Args:
        children: what is ended together.
        log: where it says what goes wrong.
        module: to run.
        arguments: of it.
    """
    line = [sys.executable, "-m", module, *arguments]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as errors, unhurried():
        process = subprocess.Popen(  # noqa: S603 - our own module
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        children.callback(end, process)
    return process


def end(process: Process) -> None:
    """Ask a child to end, and see to it that it and all that it started have."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    end_group(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def end_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a child that leads a session, and to all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(leader, number)


def first_line(process: Process, who: str, log: Path) -> Document:
    """The JSON line by which a child says that it is up.

    Raises:
        Unavailable: it ended or said nothing in time; with its last words.
    """
    stream = process.stdout
    if stream is None or not select.select([stream], [], [], SPEAKS_S)[0]:
        raise Unavailable(f"{who} said nothing for {SPEAKS_S:.0f} s{last_words(log)}")
    return said(stream.readline(), who, log)


async def came_up(process: Process, who: str, log: Path) -> Document:
    """The same without a thread, which nobody could tell to stop waiting, and without an end.

    Raises:
        Unavailable: it ended instead; with its last words.
    """
    reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), process.stdout
    )
    try:
        line = await reader.readline()
    finally:
        pipe.close()
    return said(line.decode("utf-8"), who, log)


def said(line: str, who: str, log: Path) -> Document:
    """A line of JSON.

    Raises:
        Unavailable: there is none, for the child has ended.
    """
    if not line:
        raise Unavailable(f"{who} ended before it was up{last_words(log)}")
    found: Document = json.loads(line)
    return found


def last_words(log: Path) -> str:
    """The last line of a log without the name of a Python error, and where the others are."""
    lines = log.read_text("utf-8", "replace").split("\n") if log.exists() else []
    last = next((line for line in reversed(lines) if line.strip()), "")
    kind, colon, text = last.partition(": ")
    words = text if colon and kind.endswith("Error") else last
    return f": {words[:LONGEST]}; its log is {log}" if words else f"; its log is {log}"


def told_by(children: ExitStack, who: str, log: Path, *arguments: str) -> Document:
    """The JSON document that a simulator command prints before it ends.

    Raises:
        Unavailable: it printed none; with its last words.
    """
    brief = children.enter_context(ExitStack())
    stream = launch(brief, log, "simulators", *arguments).stdout
    text = stream.read() if stream is not None else ""
    brief.close()
    return said(text, who, log)
