"""Commands that make the plant misbehave, and the one that tells the truth.

{"do": "force",   "machine": "hanbit/mask-1/body", "cause": "BREAKDOWN", "for_s": 5}
{"do": "release", "machine": "hanbit/mask-1/body"}
{"do": "glitch",  "signal": "hanbit/mask-1/body/good", "value": 12}     value: default half
{"do": "bad",     "signal": "hanbit/mask-1/body/good", "for_s": 10}
{"do": "silence", "signal" or "source": ..., "for_s": 10}
{"do": "freeze",  "source": "plc-mask-1", "for_s": 10}                  its clock stands
{"do": "restart", "source": "plc-mask-1", "down_s": 2, "reset": true, "reorder": true}
{"do": "truth",   "machine": "hanbit/mask-1/body", "from_ns": 0, "to_ns": 0}

Without `for_s` a fault lasts; `for_s: 0` ends it. Each answer repeats `do` and has `at_ns`, the
instant of the plant from which it holds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from simulators.faults import until
from simulators.line import Cause
from simulators.mqtt import Publisher
from simulators.opcua import Plc
from simulators.panel import Panel, Shown
from simulators.signals import BROKER, plc

Json = dict[str, object]
Now = Callable[[], int]
DOWN_S = 2.0


class Refused(Exception):
    """A command that cannot be obeyed; its text says why."""


@dataclass(frozen=True, slots=True)
class Site:
    """All that is live."""

    panels: Mapping[str, Panel]  # by line
    plcs: Mapping[str, Plc]  # by source
    broker: Publisher

    def plc(self, panel: Panel) -> Plc:
        """The PLC of a line."""
        return self.plcs[plc(panel.line)]

    def in_plc(self, panel: Panel, at_ns: int) -> list[Shown]:
        """All that a PLC shows when it comes up."""
        return [shown for shown in panel.all(at_ns) if shown.signal.source != BROKER]

    async def show(self, panel: Panel, shown: list[Shown]) -> None:
        """Send values on their way."""
        await self.plc(panel).show([value for value in shown if value.signal.source != BROKER])
        self.broker.show([value for value in shown if value.signal.source == BROKER])

    def panel_of(self, path: str) -> Panel:
        """The line to which a machine's or a signal's path belongs."""
        parts = path.split("/")
        if len(parts) < 3 or parts[1] not in self.panels:  # noqa: PLR2004 - site/line/machine
            raise Refused(f"{path!r} is of none of the lines {', '.join(self.panels)}")
        return self.panels[parts[1]]

    def machine(self, path: str) -> tuple[Panel, str]:
        """The line and the machine of a machine's path."""
        panel = self.panel_of(path)
        if path.split("/")[2] not in panel.truth.machines:
            raise Refused(f"{path!r}: no such machine; {', '.join(panel.truth.machines)}")
        return panel, path.split("/")[2]

    def signal(self, path: str) -> Panel:
        """The line of a signal's path."""
        panel = self.panel_of(path)
        if all(signal.path != path for signal in panel.signals):
            raise Refused(f"{path!r}: no such signal; `describe` lists them")
        return panel


async def obey(site: Site, command: Json, now: Now) -> Json:
    """Do what a command says.

    Raises:
        Refused: it names something that is not there.
    """
    known = COMMANDS.get(str(command.get("do")))
    if known is None:
        raise Refused(f"do {command.get('do')!r} is none of {', '.join(COMMANDS)}")
    try:
        return {"do": command["do"], **await known(site, command, now)}
    except KeyError as error:
        raise Refused(f"{command['do']} needs {error}") from error


async def force(site: Site, command: Json, now: Now) -> Json:
    """Hold a machine in a state of somebody's choice."""
    panel, machine = site.machine(text(command, "machine"))
    name = str(command.get("cause", "BREAKDOWN"))
    if name not in Cause.__members__:
        raise Refused(f"cause {name!r} is none of {', '.join(Cause.__members__)}")
    at_ns = now()
    panel.faults.hold(machine, at_ns, until(at_ns, seconds(command)), Cause[name])
    panel.forget()
    await site.show(panel, panel.of_machine(machine, at_ns))
    return {"at_ns": at_ns, "code": panel.line.dialect[Cause[name]]}


async def release(site: Site, command: Json, now: Now) -> Json:
    """Let a machine go on."""
    panel, machine = site.machine(text(command, "machine"))
    at_ns = now()
    panel.faults.release(machine, at_ns)
    panel.forget()
    await site.show(panel, panel.of_machine(machine, at_ns))
    return {"at_ns": at_ns}


async def glitch(site: Site, command: Json, now: Now) -> Json:
    """One wrong reading, then right ones."""
    path = text(command, "signal")
    value = command.get("value")
    site.signal(path).faults.glitches[path] = None if value is None else float(str(value))
    return {"at_ns": now()}


async def bad(site: Site, command: Json, now: Now) -> Json:
    """A signal whose quality is Bad."""
    path = text(command, "signal")
    at_ns = now()
    site.signal(path).faults.bad[path] = until(at_ns, seconds(command))
    return {"at_ns": at_ns}


async def silence(site: Site, command: Json, now: Now) -> Json:
    """A signal or a source that says nothing."""
    at_ns = now()
    name = text(command, "signal" if "signal" in command else "source")
    for panel in [site.signal(name)] if "signal" in command else _of_source(site, name):
        panel.faults.silent[name] = until(at_ns, seconds(command))
    return {"at_ns": at_ns}


async def freeze(site: Site, command: Json, now: Now) -> Json:
    """A source whose clock stands still while its values go on."""
    at_ns = now()
    name = text(command, "source")
    for panel in _of_source(site, name):
        panel.faults.frozen[name] = at_ns, until(at_ns, seconds(command))
    return {"at_ns": at_ns}


async def restart(site: Site, command: Json, now: Now) -> Json:
    """Take a PLC down and up again; its machines stand meanwhile."""
    name = text(command, "source")
    if name not in site.plcs:
        raise Refused(f"{name!r} is no PLC; {', '.join(site.plcs)}")
    (panel,) = _of_source(site, name)
    down_ns = now()
    for machine in panel.truth.machines:
        panel.faults.hold(machine, down_ns, until(down_ns, None), Cause.BREAKDOWN)
    panel.forget()
    await site.plcs[name].stop()
    await asyncio.sleep(float(str(command.get("down_s", DOWN_S))))
    server = await site.plcs[name].prepare()
    at_ns = now()
    for machine in panel.truth.machines:
        panel.faults.release(machine, at_ns)
    if command.get("reset", True):
        panel.faults.zeroed_ns[name] = at_ns
    if command.get("reorder", True):
        site.plcs[name].reorder()
    panel.forget()
    await site.plcs[name].start(server, site.in_plc(panel, at_ns))
    return {"down_ns": down_ns, "at_ns": at_ns}


async def truth(site: Site, command: Json, now: Now) -> Json:
    """What a machine really made in a window."""
    panel, machine = site.machine(text(command, "machine"))
    window = int(str(command["from_ns"])), int(str(command["to_ns"]))
    if window[0] < panel.truth.start_ns:
        raise Refused(f"from_ns {window[0]} lies before the plant began, {panel.truth.start_ns}")
    return {"at_ns": now(), "counts": panel.counts(machine, *window)}


def text(command: Json, key: str) -> str:
    """A text that a command must have."""
    return str(command[key])


def seconds(command: Json) -> float | None:
    """How long a fault lasts; None: until it is ended."""
    for_s = command.get("for_s")
    return None if for_s is None else float(str(for_s))


def _of_source(site: Site, name: str) -> list[Panel]:
    if name != BROKER and name not in site.plcs:
        raise Refused(f"{name!r} is no source; {', '.join([*site.plcs, BROKER])}")
    return [panel for panel in site.panels.values() if name in (BROKER, plc(panel.line))]


COMMANDS: dict[str, Callable[[Site, Json, Now], Awaitable[Json]]] = {
    "force": force,
    "release": release,
    "glitch": glitch,
    "bad": bad,
    "silence": silence,
    "freeze": freeze,
    "restart": restart,
    "truth": truth,
}
