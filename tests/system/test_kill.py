"""`kill -9` of the service at any moment, both protocols live: nothing lost, nothing doubled."""

import json
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.mosquitto import HOST, Mosquitto
from tests.servers.node_opcua import Peer
from tests.system.rig import Document, Gateway, broker, line, mqtt, opcua, plc, until
from tests.system.witness import Sample, archived, journalled, ledger

pytestmark = [pytest.mark.peer, pytest.mark.slow]

KILLS = 50
SHIPPED = Path(__file__).parents[2] / "deploy" / "mosquitto" / "lineproof.conf"
LINE = "hanbit/mask-1"
COUNTS, LATE = f"{LINE}/packing/counts", f"{LINE}/packing/late"
LATE_NS = 7_200 * 10**9
EVERY_S = 0.02
LATE_EVERY = 50  # messages
MILLISECOND_NS = 1_000_000
STILL_S = 3.0  # longer than the publishings that it has asked for last
QUEUE = 5_000  # changes that the server keeps: a hundred seconds
NEAR_NS = 300_000_000  # three publishings: how exactly a gap is known


class Packing:
    """A machine that counts over MQTT until told to stop.

    Now and then it says something two hours late: then every start of the service has a full hour
    to seal, and some kills fall into that.
    """

    def __init__(self, port: int) -> None:
        self.said = 0
        self.late = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "packing")
        self._client.max_queued_messages_set(0)
        self._client.connect(HOST, port)
        self._client.loop_start()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._count)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self._client.disconnect()
        self._client.loop_stop()

    def stop(self) -> None:
        """Say no more; the broker has all that was said."""
        self._stop.set()
        self._thread.join()

    def _count(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.said += 1
            message = {"ts": time.time_ns(), "good": self.said * 10, "scrap": self.said}
            told = self._client.publish(COUNTS, json.dumps(message), 1)
            if self.said % LATE_EVERY == 0:
                self.late += 1
                message = {"ts": time.time_ns() - LATE_NS, "value": self.late}
                told = self._client.publish(LATE, json.dumps(message), 1)
            told.wait_for_publish(10)


def shipped(folder: Path) -> Mosquitto:
    """A broker with the configuration that we ship, but for port, user and places."""
    found = Mosquitto(folder)
    ours = SHIPPED.read_text("utf-8").replace("listener 1883 ", f"listener {found.port} ")
    assert str(found.port) in ours
    theirs = (folder / "mosquitto.conf").read_text("utf-8").splitlines()
    needed = ("persistence_location", "log_dest", "user ")
    more = [text for text in theirs if text.startswith(needed)]
    (folder / "mosquitto.conf").write_text("\n".join([ours, *more, ""]), "utf-8")
    return found


def site(peer: Peer, mosquitto: Mosquitto, folder: Path) -> Document:
    """A PLC that knows us, the same one read by nobody in particular, and a broker."""
    counter: Document = {"kind": "counter", "unit": "{piece}"}
    body = {"good": opcua("plc1", "Body.Good", queue=QUEUE, **counter)}
    loop = {"good": opcua("plc2", "Loop.Good", **counter)}
    packing = {name: mqtt(COUNTS, name, **counter) for name in ("good", "scrap")}
    packing["late"] = mqtt(LATE, "value")
    return {
        "sources": [
            plc(peer.url, folder),
            {**plc(peer.url, folder, user=None), "id": "plc2"},
            broker(mosquitto.port),
        ],
        "lines": [
            line(
                {"id": "body", "signals": body},
                {"id": "loop", "signals": loop},
                {"id": "packing", "exit": True, "signals": packing},
            )
        ],
        "storage": {"commit_every_ms": 200},
    }


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Peer, Mosquitto]]:
    """node-opcua that counts by itself, and Mosquitto as we ship it."""
    (tmp_path / "plc").mkdir()
    options: dict[str, Any] = {
        "namespaces": ["urn:mask"],
        "nodes": {"Body.Good": ["Double", 0], "Loop.Good": ["Double", 0]},
        "users": {"gateway": "secret"},
        "sessions": 2 * KILLS + 10,  # dead ones stay until their time is over
    }
    with ExitStack() as stack:
        mosquitto = stack.enter_context(shipped(tmp_path / "broker"))
        yield stack.enter_context(Peer(tmp_path / "plc", **options)), mosquitto


def test_fifty_kills_lose_and_double_nothing(
    tmp_path: Path, servers: tuple[Peer, Mosquitto]
) -> None:
    """What a source keeps for us arrives once and in order; what one does not keep is a gap."""
    peer, mosquitto = servers
    seed = random.randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")
    folder = tmp_path / "site"
    folder.mkdir()
    gateway = Gateway(folder, site(peer, mosquitto, folder))
    with gateway:
        began_s = time.monotonic()
        until(lambda: gateway.lives() and len(ledger(gateway.data).keys) == 3, "all connect")
        start_s = time.monotonic() - began_s
        for name in ("Body.Good", "Loop.Good"):
            peer.do("ramp", name=name, every_ms=int(EVERY_S * 1000))
        with Packing(mosquitto.port) as packing:
            lives = list(killed_often(gateway, random.Random(seed), start_s))
            packing.stop()
            made = [peer.do("still", name=name)["count"] for name in ("Body.Good", "Loop.Good")]
            made_ms = peer.do("told", name="Loop.Good")["at_ms"]
        wanted = {"plc1": made[0] + 1, "broker": 2 * packing.said + packing.late}
        until(lambda: all(kept(gateway).get(k) == n for k, n in wanted.items()), str(wanted), 90)
        until(lambda: last_of(gateway, "loop/good") == made[1], "the last of the nameless", 60)
        until(lambda: bool(archived(gateway.folder)), "a full hour is sealed", 60)
        sources = gateway.get("accounting")["sources"]
        assert all(one["balanced"] and not one["in_flight"] for one in sources), sources
        assert gateway.stop()[0] == 0
    sys.stdout.write(f"{sum(lives)} of {KILLS} lives stored something\n")
    assert sum(lives) > KILLS / 3
    judge(gateway, packing, made)
    honest(gateway, made_ms)


def killed_often(gateway: Gateway, chance: random.Random, start_s: float) -> Iterator[bool]:
    """Kill it at random moments, half of them while it starts; whether it had stored anything.

    Some fall just after it stood still, so that what it read last had lain about for long.
    """
    for _ in range(KILLS):
        before = kept(gateway)
        if chance.random() < 0.5:
            until(lambda: gateway.lives() and kept(gateway) != before, "it stores")  # noqa: B023 - called at once
            time.sleep(chance.uniform(0, 1))
            if chance.random() < 0.4:
                gateway.tell(signal.SIGSTOP)
                time.sleep(STILL_S)
                gateway.tell(signal.SIGCONT)
                time.sleep(chance.uniform(0.1, 0.5))
        else:
            time.sleep(chance.uniform(0, start_s))
        gateway.lives()
        gateway.kill()
        yield kept(gateway) != before
        gateway.start()


def kept(gateway: Gateway) -> dict[str, int]:
    """Rows stored so far, by source."""
    return {source: counts[0] for source, counts in ledger(gateway.data).counts.items()}


def last_of(gateway: Gateway, path: str) -> float | None:
    """The newest value of a signal."""
    signals = gateway.get("signals")["signals"]
    last = next(one["last"] for one in signals if one["path"] == f"{LINE}/{path}")
    return None if last is None else float(last["value"])


def judge(gateway: Gateway, packing: Packing, made: list[int]) -> None:
    """Hold what is stored against what was made."""
    found = archived(gateway.folder)
    assert found
    found += journalled(gateway.data)
    rows = {
        path: sorted((one for one in found if one.signal == f"{LINE}/{path}"), key=when)
        for path in ("body/good", "loop/good", "packing/good", "packing/scrap", "packing/late")
    }
    assert values(rows["body/good"]) == list(range(made[0] + 1))
    assert values(rows["packing/good"]) == [10 * n for n in range(1, packing.said + 1)]
    assert values(rows["packing/scrap"]) == list(range(1, packing.said + 1))
    assert values(rows["packing/late"]) == list(range(1, packing.late + 1))
    assert kept(gateway)["plc2"] == len(rows["loop/good"])
    gaps = [gap for gap in ledger(gateway.data).gaps if gap[0] in ("plc1", "broker")]
    assert not gaps, "nothing was lost here, so nothing may be said to be"


def honest(gateway: Gateway, made_ms: list[int]) -> None:
    """What the nameless source lost lies in named gaps, and nothing that it did not lose.

    Args:
        gateway: that was killed.
        made_ms: when the machine took the values 1, 2, 3 …, by its own word.
    """
    found = archived(gateway.folder) + journalled(gateway.data)
    rows = sorted((one for one in found if one.signal == f"{LINE}/loop/good"), key=when)
    kept_values = values(rows)
    assert kept_values == sorted(set(kept_values))
    assert kept_values[-1] == len(made_ms)
    gaps = [gap[1:] for gap in ledger(gateway.data).gaps if gap[0] == "plc2"]
    assert {reason for reason, _, _ in gaps} == {"nothing is kept for a nameless user"}
    named = united([(from_ns - NEAR_NS, to_ns + NEAR_NS) for _, from_ns, to_ns in gaps])
    lost_ns = [made_ms[n - 1] * MILLISECOND_NS for n in missing(kept_values, len(made_ms))]
    assert lost_ns
    for at_ns in lost_ns:
        assert any(a <= at_ns <= b for a, b in named), f"{at_ns} is not in {named}"
    changes = rows[:-1]  # the last one stood since the machine stopped, whenever it was read
    for _, from_ns, to_ns in gaps:
        inside = [one for one in changes if from_ns + NEAR_NS < one.source_ns < to_ns - NEAR_NS]
        assert not inside, f"{inside[0]} is in a gap from {from_ns} to {to_ns}"


def united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch as one; a life that stored nothing lies between two gaps."""
    found = list[tuple[int, int]]()
    for from_ns, to_ns in sorted(spans):
        if found and from_ns <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], to_ns)
        else:
            found.append((from_ns, to_ns))
    return found


def when(sample: Sample) -> int:
    """Its source time."""
    return sample.source_ns


def missing(found: list[float], made: int) -> list[int]:
    """Which of the values 1, 2, 3 … are not there."""
    return sorted(set(range(1, made + 1)).difference(map(int, found)))


def value(sample: Sample) -> float:
    """Its value, which is known here."""
    assert sample.value is not None
    return sample.value


def values(rows: list[Sample]) -> list[float]:
    """The values, in order."""
    return [value(row) for row in rows]
