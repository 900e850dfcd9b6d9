"""The simulated site, live: PLCs and broker show what the truth says at this moment.

Plant time is wall time (times `--speed`). What is shown follows from start, seed and time alone:
stopped and started again, the plant is where it would be.
"""

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.pool import AsyncResult
from pathlib import Path

from simulators.commands import Refused, Site, obey
from simulators.line import SECOND_NS, Line
from simulators.mqtt import Publisher
from simulators.opcua import Plc
from simulators.panel import Panel
from simulators.simulation import Simulation
from simulators.workers import workers

SPARE_NS = 8 * 3600 * SECOND_NS
LATEST_NS = 30 * SECOND_NS  # a plant that was suspended does not catch up further back
BROKER_WITHIN_S = 3.0
LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Options:
    """What to serve and where."""

    lines: tuple[Line, ...]
    start_ns: int
    seed: int
    opcua_port: int
    broker: tuple[str, int]
    keys: Path
    speed: float = 1.0
    with_parent: bool = False


class PlantClock:
    """What time it is in the plant."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._began_ns, self._began = time.time_ns(), time.monotonic_ns()

    def now_ns(self) -> int:
        """This instant; it never goes back."""
        return self._began_ns + int((time.monotonic_ns() - self._began) * self._speed)

    async def until(self, at_ns: int) -> None:
        """Sleep until an instant of the plant."""
        await asyncio.sleep(max(0.0, (at_ns - self.now_ns()) / SECOND_NS / self._speed))


def run(options: Options) -> None:
    """Serve until SIGTERM, SIGINT or, with a parent, until stdin closes."""
    clock = PlantClock(options.speed)
    if options.start_ns > clock.now_ns():
        raise SystemExit("serve: --start lies in the future; give an instant that has passed")
    with workers(len(options.lines)) as pool:
        end_ns = clock.now_ns() + SPARE_NS
        tasks = [(line, options.start_ns, end_ns, options.seed) for line in options.lines]
        lives = pool.starmap_async(_lived, tasks, chunksize=1)
        pool.close()  # its processes end when they have told
        asyncio.run(_serve(options, clock, lives))


def _lived(line: Line, start_ns: int, end_ns: int, seed: int) -> Simulation:
    simulation = Simulation(line, start_ns, seed)
    simulation.grow(end_ns)
    return simulation


async def _serve(options: Options, clock: PlantClock, lives: AsyncResult[list[Simulation]]) -> None:
    plcs = [
        Plc(line, options.opcua_port + place, options.keys)
        for place, line in enumerate(options.lines)
    ]
    broker = Publisher(*options.broker)
    end = asyncio.current_task().cancel  # type: ignore[union-attr]  # we are a task
    try:
        site = await _come_up(plcs, broker, clock, lives)
        connected = await asyncio.to_thread(broker.wait, BROKER_WITHIN_S)
        for number in (signal.SIGTERM, signal.SIGINT):  # before, they end us where we stand
            asyncio.get_running_loop().add_signal_handler(number, end)
        mqtt = {"url": broker.url, "connected": connected}
        urls = [plc.url for plc in plcs]
        _say({"ready": True, "opcua": urls, "mqtt": mqtt, "at_ns": clock.now_ns()})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_play(site, clock))
            tasks.create_task(_listen(site, clock, end if options.with_parent else int))
    except asyncio.CancelledError:
        pass  # asked to stop: nothing is kept, so nothing is to be saved
    finally:
        broker.stop()
        async with asyncio.TaskGroup() as tasks:
            for plc in plcs:
                tasks.create_task(plc.stop())


async def _come_up(
    plcs: list[Plc], broker: Publisher, clock: PlantClock, lives: AsyncResult[list[Simulation]]
) -> Site:
    """Servers are made ready while other processes simulate the past."""
    broker.start()
    servers = [await plc.prepare() for plc in plcs]
    while not lives.ready():  # noqa: ASYNC110 - a thread that waits could not be told to stop
        await asyncio.sleep(LOOK_S)
    panels = [Panel(simulation) for simulation in lives.get()]
    site = Site({panel.line.id: panel for panel in panels}, {plc.id: plc for plc in plcs}, broker)
    for plc, server, panel in zip(plcs, servers, panels, strict=True):
        await plc.start(server, site.in_plc(panel, clock.now_ns()))
    return site


async def _play(site: Site, clock: PlantClock) -> None:
    """Show every second and every change, in order, each when it is time."""
    played_ns = clock.now_ns()
    while True:
        second_ns = (played_ns // SECOND_NS + 1) * SECOND_NS
        due_ns = min(p.next_change(played_ns, second_ns) for p in site.panels.values())
        await clock.until(due_ns)
        for panel in site.panels.values():
            shown = panel.changed(played_ns, due_ns + 1)
            if due_ns == second_ns:
                shown += panel.every_second(due_ns)
            await site.show(panel, shown)
        played_ns = max(due_ns + 1, clock.now_ns() - LATEST_NS)


async def _listen(site: Site, clock: PlantClock, at_end: Callable[[], object]) -> None:
    """Obey commands on stdin, one JSON object a line; acknowledge each with one."""
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def put(line: bytes | None) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=_read, args=(put,), daemon=True).start()
    while (line := await lines.get()) is not None:
        try:
            _say(await obey(site, json.loads(line), clock.now_ns))
        except (Refused, ValueError) as error:
            _say({"error": str(error)})
    at_end()


def _read(put: Callable[[bytes | None], None]) -> None:
    """Lines of stdin from a thread; by `os.read`, since a buffered reader blocks the exit."""
    rest = b""
    while chunk := os.read(0, 65_536):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                put(line)
    put(None)


def _say(document: object) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()
