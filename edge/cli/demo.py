"""`lineproof demo`: three simulated lines, a broker, the service, and their past as an import.

The service runs in this process; broker, lines and import are children of it and end with it. The
lines keep on producing while the demo is away, like real ones: their counters go on, and the time
away is a gap in the ledger.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from edge.cli.demo_children import (
    Process,
    came_up,
    end_group,
    first_line,
    launch,
    told_by,
)
from edge.cli.demo_simulation import Simulation, simulation_of
from edge.cli.demo_site import write_site
from edge.cli.logs import QUIET, log_to_stderr
from edge.cli.output import note
from edge.cli.site import site_of
from edge.errors import Occupied
from edge.service.ending import run_until_told
from edge.service.heap import share_arenas
from edge.service.listening import listen
from edge.service.serve import Service
from edge.stores import locked, site_lock
from edge.trust import Guard

Document = dict[str, Any]  # JSON
HOST = "127.0.0.1"
BROKER, LINES = "the demo's broker", "the simulated lines"


def command(port: int, days: int, data: Path | None, children: ExitStack) -> None:
    """Run the demo until it is stopped; nothing is written where it cannot run.

    Args:
        port: of the pages.
        days: of its past.
        data: its folder, where it is not the usual one.
        children: what it starts is entered here, and ended by whoever closes it.
    """
    folder = data or home()
    log_to_stderr(QUIET)
    with alone(folder):
        share_arenas()
        listen(HOST, port, "choose another with --port").close()
        simulation = simulation_of(folder, days, port, children)
        places = ["--opcua-port", str(simulation.opcua_port), "--broker", simulation.broker]
        said, heard = folder / "broker" / "broker.log", folder / "lines.log"
        broker = launch(children, said, "simulators.broker", *broker_arguments(folder, simulation))
        serve = ["serve", *simulation.arguments, *places, "--with-parent"]
        live = launch(children, heard, "simulators", *serve)
        plan = ["describe", *simulation.arguments, *places, "--json"]
        told = told_by(children, LINES, folder / "plan.log", *plan)
        kind = first_line(broker, BROKER, said)["broker"]
        write_site(folder, told, port, broker=kind)
        note("the simulated lines come up")
        past = Past(folder, simulation, live)
        site = site_of(folder)
        service = Service(
            site, Guard(site.data), importing=past.document, ready=announce, beside=(past.fill,)
        )
        run_until_told(lambda: play(past, service))
        note(f"stopped; the data stay in {folder}")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder: one demo, and no other service, at a time.

    Raises:
        Occupied: somebody else is at work there.
    """
    with locked(folder / "demo.lock") as held:
        if not held:
            raise Occupied(
                f"a demo runs in {folder} already; look at its pages, end it with Ctrl-C, or start "
                "another with --data and --port"
            )
        with site_lock(folder / "data"):
            pass  # the service takes it again; until then it is only we who might
        yield


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


def broker_arguments(folder: Path, simulation: Simulation) -> list[str]:
    """The broker keeps its sessions in the demo's folder."""
    place = ["--port", str(simulation.broker_port), "--folder", str(folder / "broker")]
    return [*place, "--with-parent"]


class Past:
    """The lines' history, imported by a child process while the lines live already."""

    def __init__(self, folder: Path, simulation: Simulation, live: Process) -> None:
        self._folder = folder
        self._simulation = simulation
        self._live = live
        self._until_ns = 0
        self._share: float | None = None

    def document(self) -> Document | None:
        """How far the import has come, for the frames; None before and after."""
        return None if self._share is None else {"share": self._share}

    async def begin(self) -> None:
        """Wait until the lines live; that instant ends the past.

        Raises:
            Unavailable: the simulators ended first; with their last words.
        """
        ready = await came_up(self._live, LINES, self._folder / "lines.log")
        self._until_ns = int(ready["at_ns"])

    async def fill(self) -> None:
        """Import what the lines made until they lived, once."""
        done = self._folder / "history.done"
        if done.exists():
            return
        self._share = 0.0
        line = [sys.executable, "-m", "edge.cli.demo_history", str(self._folder)]
        line += [str(self._until_ns), *self._simulation.arguments]
        process = await asyncio.create_subprocess_exec(
            *line, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            await self._follow(process)
        finally:
            self._share = None
            if process.returncode is None:
                end_group(process.pid, signal.SIGTERM)  # the simulators that it has started too
                await process.wait()
        if process.returncode:
            note("the history was not filled, for the reason above; start the demo once more")
            return
        done.touch()
        note("history filled; /targets shows what it proves")

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Read the child's progress, and pass it on: each tenth of days, then of figures."""
        told, stream = -1, process.stdout
        while stream is not None and (raw := await stream.readline()):
            step = json.loads(raw)
            self._share = float(step["share"])
            if int(self._share * 10) > told:
                told = int(self._share * 10)
                note(f"filling history: {step['text']}")
        await process.wait()
