"""Rows 46 to 88: what PLCs, brokers and InfluxDB do to us."""

import contextlib
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.faults.machines import TOPIC
from tests.faults.matrix import fault
from tests.faults.stage import Stage
from tests.servers.mosquitto import HOST
from tests.system.rig import until

AWAY_S = 10.0
QUEUED = 100
GARBAGE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'{"ts": 1}',
    b"\xff\xfe\x00",
    b'{"good": "NaN"}',
    b"[" * 9_999,
]
THEFTS = 5
CLIENT_ID = "hanbit-gw"


@fault("46", "PLC restarted")
def reboot(stage: Stage) -> float:
    """It counts anew; what it made before is there, what it makes then comes by itself."""
    quiet(stage)
    stage.plc.restart()
    return go_on(stage)


@fault("47", "PLC restarted with another order of namespaces")
def reorder(stage: Stage) -> float:
    """A node of the same name stands where ours stood; its values are not ours."""
    quiet(stage)
    stage.plc.restart("urn:other")
    return go_on(stage)


def quiet(stage: Stage) -> None:
    """Let the PLC stand until all it made is stored: what a power cut takes is not ours to keep."""
    stage.connected()
    stage.plc.stand()
    made = len(stage.plc.rows) + 1  # and the value that stood there
    until(lambda: stage.stored("plc1") >= made, "all is stored")


def go_on(stage: Stage) -> float:
    """Let the PLC count from now on, once it is subscribed again; seconds until it is."""
    began_s, before = time.monotonic(), stage.stored("plc1")
    until(lambda: stage.stored("plc1") > before, "the value that stands there now", 60)
    stage.plc.count()
    stage.fresh(time.time_ns())
    return time.monotonic() - began_s


@fault("53", "PLC's queue overflows", queue=50, gaps_allowed=True)
def spill(stage: Stage) -> float:
    """While the way is cut it keeps the last fifty; the rest is a named gap."""
    stage.connected()
    stage.to_plc.hole()
    stage.run_for(AWAY_S / 2)
    stage.to_plc.heal()
    return stage.fresh(time.time_ns())


@fault("65", "broker restarted, sessions kept", is_short=True)
def restart(stage: Stage) -> float:
    """What it had not delivered, it delivers afterwards; nothing counts twice."""
    stage.connected()
    stage.mosquitto.stop()
    stage.run_for(AWAY_S / 2)
    stage.mosquitto.start()
    return stage.fresh(time.time_ns())


@fault(
    "66",
    "broker's queue overflows while we are away",
    gaps_allowed=True,
    is_short=True,
    broker_lines=(f"max_queued_messages {QUEUED}",),
)
def overflow(stage: Stage) -> float:
    """What it dropped is a named gap."""
    stage.connected()
    stage.gateway.stop()
    time.sleep(AWAY_S)
    stage.gateway.start()
    return stage.fresh(time.time_ns())


@fault("67", "another client takes our id")
def twin(stage: Stage) -> float:
    """We come back slowly, say why, and have lost nothing."""
    stage.connected()
    for _ in range(THEFTS):
        thief = paho.Client(CallbackAPIVersion.VERSION2, CLIENT_ID, clean_session=False)
        thief.connect(HOST, stage.mosquitto.port)
        with contextlib.suppress(OSError):
            thief.loop(0.5)
        stage.run_for(1.0)
        thief.disconnect()
    return stage.fresh(time.time_ns(), within_s=60)


@fault("68", "session forgotten by the broker", gaps_allowed=True, is_short=True)
def forget(stage: Stage) -> float:
    """A client that began anew with our id threw our session away: what it held is a named gap."""
    stage.connected()
    stage.gateway.stop()
    time.sleep(AWAY_S / 2)
    thief = paho.Client(CallbackAPIVersion.VERSION2, CLIENT_ID, clean_session=True)
    thief.connect(HOST, stage.mosquitto.port)
    thief.loop(1.0)
    thief.disconnect()
    thief.loop(1.0)
    stage.gateway.start()
    return stage.fresh(time.time_ns())


@fault("70", "malformed payloads", is_short=True)
def garbage(stage: Stage) -> None:
    """Each is set aside with its reason; the rest of the stream does not notice."""
    stage.connected()
    client = paho.Client(CallbackAPIVersion.VERSION2, "vandal")
    client.connect(HOST, stage.mosquitto.port)
    client.loop_start()
    for payload in GARBAGE:
        client.publish(TOPIC, payload, 1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    until(lambda: len(stage.refused()) >= len(GARBAGE), "all is set aside")
    assert len(stage.refused()) == len(GARBAGE), stage.refused()
    stage.fresh(time.time_ns())


@fault("78", "InfluxDB away", influx="1.8.10", is_short=True)
def no_sink(stage: Stage) -> float:
    """It gets everything when it is back."""
    stage.connected()
    assert stage.sink is not None
    stage.sink.stop()
    stage.run_for(AWAY_S)
    stage.sink.start()
    return stage.fresh(time.time_ns())


@fault("83", "InfluxDB's answers lost", influx="1.8.10")
def no_answer(stage: Stage) -> float:
    """What was written is written again: the same points."""
    stage.connected()
    for _ in range(3):
        stage.to_sink.hole("down")
        stage.run_for(3.0)
        stage.to_sink.reset()
        stage.to_sink.heal()
        stage.run_for(2.0)
    return stage.fresh(time.time_ns())
