"""Rows 36 to 62 once more: packets that are lost, names and addresses that change, slow servers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.matrix import fault
from tests.faults.net import Inside, Net, network, with_names
from tests.faults.proxy import Proxy
from tests.faults.reading import latest
from tests.faults.rows_network import running
from tests.faults.rows_servers import go_on, quiet
from tests.faults.rows_storage import findings
from tests.faults.stage import GOOD, PACKED, PLC_NAME, Stage
from tests.system.rig import until
from tests.system.witness import ledger

CUT_S = 20.0  # longer than the patience with a link
NAMELESS_S = 8.0
FRESH_NS = 3 * 10**9
SLOW_S = 30.0
LEAVES_S = 15.0
HALF_S = 0.6  # of an answer's way


@fault("36c", "every packet lost for 20 s")
def lost_packets(stage: Stage) -> float:
    """Connections are begun into the void; the one that is there first after it comes soon."""
    with inside(stage) as net:
        net.cut()
        stage.run_for(CUT_S)
        net.heal()
        return stage.fresh(time.time_ns())


@fault("42", "address of the gateway changed")
def moved(stage: Stage) -> float:
    """Nobody tells the links that stand; that they are dead is noticed, and all begins anew."""
    with inside(stage) as net:
        net.move(2, 3)
        return stage.fresh(time.time_ns())


@contextmanager
def inside(stage: Stage) -> Iterator[Net]:
    """The gateway starts again in a network of its own, and ends there."""
    stage.connected()
    stage.gateway.stop()
    plain = stage.gateway
    with network() as net:
        ways = [
            Proxy(stage.plc.port, stage.to_plc.port, host=net.servers),
            Proxy(stage.mosquitto.port, stage.to_broker.port, host=net.servers),
        ]
        with ways[0], ways[1]:
            gateway = Inside(plain.folder, {})
            gateway.net = net
            gateway.wrap = net.within(*with_names(means(stage, net.servers)))
            gateway.write(served_at(stage, net.servers))
            stage.gateway = gateway
            gateway.start()
            stage.connected()
            yield net
            assert gateway.stop()[0] == 0
    stage.gateway = plain
    plain.write(stage.document())
    plain.start()
    stage.connected()


def served_at(stage: Stage, host: str) -> dict[str, object]:
    """The configuration with another address of the broker."""
    document = stage.document()
    for source in document["sources"]:
        source["url"] = source["url"].replace("127.0.0.1", host)
    return document


@fault("41", "name of the PLC unknown for a while, then elsewhere")
def renamed(stage: Stage) -> float:
    """The broker, which is known by its address, does not notice."""
    stage.connected()
    stage.gateway.stop()
    hosts = means(stage, "127.0.0.1")
    stage.gateway.wrap = with_names(hosts)
    stage.gateway.start()
    stage.connected()
    with Proxy(stage.plc.port, stage.to_plc.port, host="127.0.0.2"):
        means(stage, "")
        stage.to_plc.refuse()
        until(lambda: running(stage) == ["broker"], "the PLC is missed", NAMELESS_S)
        stage.run_for(NAMELESS_S)
        times = latest(stage.gateway.data)
        assert times[PACKED] > time.time_ns() - FRESH_NS, "the broker waited too"
        assert times.get(GOOD, 0) < time.time_ns() - FRESH_NS, "the PLC still has its name"
        means(stage, "127.0.0.2")
        waited_s = stage.fresh(time.time_ns())
        stage.gateway.stop()
    stage.to_plc.heal()
    means(stage, "127.0.0.1")
    stage.gateway.start()
    return waited_s


def means(stage: Stage, address: str) -> Path:
    """A list of names in which the PLC's means this; changed in place, for it is mounted."""
    hosts = stage.folder / "hosts"
    hosts.write_text(f"{address} {PLC_NAME}\n" if address else "", "utf-8")
    return hosts


@fault("62", "PLC that takes over a second for every answer")
def dawdle(stage: Stage) -> float:
    """It is not taken for dead."""
    stage.connected()
    before = stage.to_plc.connects
    stage.to_plc.slow(HALF_S, HALF_S / 3)
    stage.run_for(SLOW_S)
    assert stage.to_plc.connects == before, "a link was given up"
    stage.to_plc.heal()
    return stage.fresh(time.time_ns())


@fault("63", "PLC says that it shuts down, and does")
def announced(stage: Stage) -> float:
    """Told while it still serves, and the gap until it is back is named as planned."""
    stage.connected()
    stage.plc.leave(LEAVES_S, "holiday")
    until(lambda: "finding.leaving" in findings(stage, "plc1"), "it is told", LEAVES_S)
    quiet(stage)
    stage.run_for(LEAVES_S)
    stage.plc.restart()
    waited_s = go_on(stage)
    reasons = [gap[1] for gap in ledger(stage.gateway.data).gaps]
    assert [one for one in reasons if one.startswith("planned: ")], reasons
    until(lambda: "finding.leaving" not in findings(stage, "plc1"), "it is taken back", LEAVES_S)
    return waited_s
