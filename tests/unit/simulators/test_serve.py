"""The skins and the process: seen by a client, told by JSON lines, gone when told so."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asyncua import Client, ua

from simulators import kit
from simulators.commands import Refused, Site, obey
from simulators.line import SECOND_NS
from simulators.manifest import PASSWORD, USER
from simulators.mqtt import Publisher, number
from simulators.opcua import Plc
from simulators.panel import Panel
from simulators.shifts import DAY_NS
from simulators.signals import Signal
from simulators.simulation import Simulation
from tests.servers.ports import free_port

START_NS = 1_772_406_000 * SECOND_NS
AT_NS = START_NS + 5 * 3600 * SECOND_NS


def site(tmp_path: Path) -> tuple[Site, Panel, Plc]:
    """The kit line alone, with a broker that is never there."""
    simulation = Simulation(kit.LINE, START_NS, 1)
    simulation.grow(START_NS + DAY_NS)
    panel, plc = Panel(simulation), Plc(kit.LINE, free_port(), tmp_path)
    return Site({"kit-1": panel}, {plc.id: plc}, Publisher("127.0.0.1", 1)), panel, plc


@pytest.mark.slow
async def test_a_plc_restarts_with_other_namespaces_and_counters_at_zero(tmp_path: Path) -> None:
    """A client that binds by URI finds the same node again; one that kept the index does not."""
    site_, panel, plc = site(tmp_path)
    await plc.start(await plc.prepare(), site_.in_plc(panel, AT_NS))
    try:
        before = await look(plc.url)
        assert before["time"] == datetime.fromtimestamp(AT_NS / SECOND_NS, UTC)
        assert before["good"] == panel.value(press_good(panel), AT_NS)
        command = {"do": "restart", "source": plc.id, "down_s": 0.1}
        told = await obey(site_, command, lambda: AT_NS)
        after = await look(plc.url)
    finally:
        await plc.stop()
    assert told == {"do": "restart", "down_ns": AT_NS, "at_ns": AT_NS}
    assert after["good"] == 0
    assert before["place"] != after["place"]


def press_good(panel: Panel) -> Signal:
    """The signal behind Press.Good."""
    return next(s for s in panel.signals if s.path == "hanbit/kit-1/press/good")


async def look(url: str) -> dict[str, object]:
    """One counter, found by the URI of its namespace."""
    client = Client(url)
    client.set_user(USER)
    client.set_password(PASSWORD)
    async with client:
        place = await client.get_namespace_index("urn:hanbit:kit-1")
        node = client.get_node(ua.NodeId("Press.Good", place))
        value = await node.read_data_value()
        return {"place": place, "good": value.Value.Value, "time": value.SourceTimestamp}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ({"do": "dance"}, "do 'dance' is none of force, release"),
        ({"do": "force"}, "force needs 'machine'"),
        ({"do": "force", "machine": "hanbit/kit-9/press"}, "is of none of the lines kit-1"),
        ({"do": "force", "machine": "hanbit/kit-1/pres"}, "no such machine; dispense, cut"),
        ({"do": "force", "machine": "hanbit/kit-1/press", "cause": "FIRE"}, "none of RUN, SETUP"),
        ({"do": "bad", "signal": "hanbit/kit-1/press/god"}, "no such signal"),
        ({"do": "freeze", "source": "plc9"}, "'plc9' is no source; plc-kit-1, broker"),
        ({"do": "restart", "source": "broker"}, "'broker' is no PLC; plc-kit-1"),
    ],
)
async def test_a_command_that_cannot_be_obeyed_says_why(
    tmp_path: Path, command: dict[str, object], why: str
) -> None:
    """Nothing happens, and the answer quotes what was seen."""
    site_, _, _ = site(tmp_path)
    with pytest.raises(Refused, match=why):
        await obey(site_, command, lambda: AT_NS)


def test_counts_are_published_as_whole_numbers() -> None:
    """A JSON reader must not see 12.0 pieces."""
    assert json.dumps([number(12.0), number(1.5), number("AG"), number(None)]) == (
        '[12, 1.5, "AG", null]'
    )


@contextmanager
def served(*extra: str) -> Iterator[subprocess.Popen[str]]:
    """The process, up, without a broker."""
    start = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    command = [sys.executable, "-m", "simulators", "serve", "--start", start, "--days", "1"]
    ports = ["--opcua-port", str(free_port()), "--broker", "127.0.0.1:1"]
    process = subprocess.Popen(
        [*command, *ports, *extra],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "stdin"])
def test_the_process_answers_and_ends_when_told(how: str) -> None:
    """Told by a signal, or by its parent's end."""
    with served("--with-parent") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        assert len(ready["opcua"]) == 3
        assert ready["mqtt"]["connected"] is False
        window = {"from_ns": ready["at_ns"] - 3600 * SECOND_NS, "to_ns": ready["at_ns"]}
        ask = {"do": "truth", "machine": "hanbit/mask-1/packing", **window}
        process.stdin.write(json.dumps(ask) + "\nnot json\n")
        process.stdin.flush()
        counts = json.loads(process.stdout.readline())["counts"]
        assert counts["total"] == counts["good"] + counts["scrap"]
        assert "error" in json.loads(process.stdout.readline())
        if how == "stdin":
            process.stdin.close()
            process.stdin = None
        else:
            process.send_signal(getattr(signal, how))
        assert process.wait(5) == 0


@pytest.mark.slow
async def test_a_wrong_password_is_refused_and_basic256sha256_is_offered(tmp_path: Path) -> None:
    """Anonymous clients and the one user come in, in the clear or encrypted."""
    site_, panel, plc = site(tmp_path)
    await plc.start(await plc.prepare(), site_.in_plc(panel, AT_NS))
    try:
        client = Client(plc.url)
        endpoints = await client.connect_and_get_server_endpoints()
        policies = {endpoint.SecurityPolicyUri.rpartition("#")[2] for endpoint in endpoints}
        assert policies == {"None", "Basic256Sha256"}
        client.set_user(USER)
        client.set_password("guess")
        with pytest.raises(ua.uaerrors.BadUserAccessDenied):
            await client.connect()
        await asyncio.sleep(0)
    finally:
        await plc.stop()
