"""The foreign servers that every collector and every sink is run through: its peers, by kind.

Whoever adds a kind adds its peer here, and `test_collectors.py` or `test_sinks.py` finds it. A peer
is a program that we did not write, behind a few words that all kinds share.
"""

from tests.contract.influxdb_peer import Influx16, Influx18, Influx27
from tests.contract.modbus_peer import NodeModbus, Pymodbus
from tests.contract.mqtt_peer import Mosquitto5, Mosquitto311
from tests.contract.opcua_peer import NodeOpcua
from tests.contract.peer import Sink, Source
from tests.contract.sparkplug_peer import SparkplugQos0, SparkplugQos1

SOURCES: dict[str, tuple[type[Source], ...]] = {
    "modbus": (Pymodbus, NodeModbus),
    "mqtt": (Mosquitto5, Mosquitto311, SparkplugQos1, SparkplugQos0),
    "opcua": (NodeOpcua,),
}
SINKS: dict[str, tuple[type[Sink], ...]] = {"influxdb": (Influx27, Influx18, Influx16)}
