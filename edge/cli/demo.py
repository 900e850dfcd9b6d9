"""`lineproof demo`: three simulated lines, a broker, the service, and their past as an import.

Everything is a child process of this one and ends with it. The plant keeps on producing while the
demo is away, like a real one: its counters go on, and the time away is a gap in the ledger.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.cli.demo_site import write_site
from edge.cli.logs import log_to_stderr
from edge.cli.output import note
from edge.cli.site import site_of
from edge.clock import SYSTEM
from edge.errors import Unavailable
from edge.model import SECOND_NS
from edge.service.ending import run_until_told
from edge.service.serve import Service
from edge.text.catalogue import percent

Document = dict[str, Any]  # JSON
DAY_NS = 86_400 * SECOND_NS
PLANT_FILE = "plant.json"
FIRST_PORTS = {"opcua": 14840, "broker": 11883}
LAST_PORT = 32000
PORTS_APART = 500  # demos have ports of their own, if those of their pages differ by less
STOP_S = 5
QUIET = 40  # of logging: a plant that is still starting is no news


@dataclass(frozen=True, slots=True)
class Plant:
    """The simulated plant of one demo folder: when it was new, and where it is found today."""

    start_ns: int
    days: int
    opcua_port: int
    broker_port: int

    @property
    def arguments(self) -> list[str]:
        """What makes the simulators play this very plant."""
        return ["--start", str(self.start_ns), "--days", str(self.days)]

    @property
    def broker(self) -> str:
        """Address of its broker."""
        return f"127.0.0.1:{self.broker_port}"


def command(port: int, days: int, data: Path | None) -> None:
    """Run the demo until it is stopped."""
    folder = data or home()
    plant = plant_of(folder, days, port)
    places = ["--opcua-port", str(plant.opcua_port), "--broker", plant.broker]
    log_to_stderr(QUIET)
    with ExitStack() as children:
        broker = children.enter_context(
            child("simulators.broker", *broker_arguments(folder, plant))
        )
        serve = ["serve", *plant.arguments, *places, "--with-parent"]
        live = children.enter_context(child("simulators", *serve))
        told = json.loads(simulators("describe", *plant.arguments, *places, "--json"))
        write_site(folder, told, port, broker=first_line(broker).get("broker", ""))
        note("the simulated lines come up")
        past = Past(folder, plant, live)
        service = Service(
            site_of(folder), importing=past.document, ready=announce, beside=(past.fill,)
        )
        run_until_told(lambda: play(past, service))


async def play(past: "Past", service: Service) -> None:
    """Serve once the lines live: to sources that come up later, the service comes back later."""
    await past.begin()
    await service.run()


def home() -> Path:
    """Where the demo lives unless told otherwise."""
    root = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(root) / "lineproof" / "demo"


def announce(address: str) -> None:
    """Tell people where to look."""
    note(f"\n  {address}\n\n  Ctrl-C ends the demo; its data stay and it goes on from them.\n")


def plant_of(folder: Path, days: int, port: int) -> Plant:
    """The plant of this folder; a new one is as old as its history is to be long.

    Its ports follow from that of the pages, so that demos started together do not want the same.
    """
    kept = folder / PLANT_FILE
    if kept.exists():
        facts = json.loads(kept.read_text("utf-8"))
        start_ns, days = int(facts["start_ns"]), int(facts["days"])
    else:
        now_s = SYSTEM.wall_ns() // SECOND_NS
        start_ns = now_s * SECOND_NS - days * DAY_NS
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({"start_ns": start_ns, "days": days}), "utf-8")
    apart = port % PORTS_APART * 10
    opcua = free_ports(FIRST_PORTS["opcua"] + apart, 3)
    return Plant(start_ns, days, opcua, free_ports(FIRST_PORTS["broker"] + apart, 1))


def free_ports(first: int, count: int) -> int:
    """The first of so many neighbouring free ports on loopback.

    Raises:
        Unavailable: where there are none.
    """
    for port in range(first, LAST_PORT, 10):
        if all(is_free(port + n) for n in range(count)):
            return port
    raise Unavailable(f"no {count} free ports from {first} to {LAST_PORT}; end what uses them")


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def broker_arguments(folder: Path, plant: Plant) -> list[str]:
    """The broker keeps its sessions in the demo's folder."""
    place = ["--port", str(plant.broker_port), "--folder", str(folder / "broker")]
    return [*place, "--with-parent"]


def first_line(process: "subprocess.Popen[str]") -> Document:
    """The JSON line by which a child says that it is up; empty where it ended instead."""
    line = process.stdout.readline() if process.stdout else ""
    found: Document = json.loads(line or "{}")
    return found


def simulators(*arguments: str) -> str:
    """What a simulator command prints."""
    line = [sys.executable, "-m", "simulators", *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own module


@contextmanager
def child(module: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A module of ours as a child in a session of its own, ended with the block."""
    line = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(  # noqa: S603 - our own module
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """Ask a child to end, and see to it."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


async def came_up(process: "subprocess.Popen[str]") -> Document:
    """The first line without a thread, which nobody could tell to stop waiting."""
    if process.stdout is None:
        return {}
    reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), process.stdout
    )
    try:
        found: Document = json.loads(await reader.readline() or "{}")
    finally:
        pipe.close()
    return found


class Past:
    """The plant's history, imported by a child process while the lines live already."""

    def __init__(self, folder: Path, plant: Plant, live: "subprocess.Popen[str]") -> None:
        self._folder = folder
        self._plant = plant
        self._live = live
        self._until_ns = 0
        self._share: float | None = None

    def document(self) -> Document | None:
        """How far the import has come, for the frames; None before and after."""
        return None if self._share is None else {"share": self._share}

    async def begin(self) -> None:
        """Wait until the plant lives; that instant ends the past.

        Raises:
            Unavailable: the simulators ended first; they have said why.
        """
        ready = await came_up(self._live)
        if "at_ns" not in ready:
            raise Unavailable("the simulated lines ended before they lived, for the reason above")
        self._until_ns = int(ready["at_ns"])

    async def fill(self) -> None:
        """Import what the plant made until it lived, once."""
        done = self._folder / "history.done"
        if done.exists():
            return
        self._share = 0.0
        line = [sys.executable, "-m", "edge.cli.demo_history", str(self._folder)]
        line += [str(self._until_ns), *self._plant.arguments]
        process = await asyncio.create_subprocess_exec(
            *line, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            await self._follow(process)
        finally:
            self._share = None
            if process.returncode is None:
                process.terminate()
                await process.wait()
        if process.returncode:
            note("the history was not filled, for the reason above; start the demo once more")
            return
        done.touch()
        note("history filled; /targets shows what it proves")

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Read the child's progress, and pass it on."""
        told, stream = -1, process.stdout
        while stream is not None and (raw := await stream.readline()):
            self._share = float(json.loads(raw)["share"])
            if int(self._share * 10) > told:
                told = int(self._share * 10)
                note(f"filling history {percent(told / 10, 0)}")
        await process.wait()
