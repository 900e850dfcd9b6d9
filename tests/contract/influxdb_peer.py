"""InfluxDB as the contract suite sees it, in three versions."""

import signal
from pathlib import Path
from typing import ClassVar

from edge.sinks.influxdb import Config
from tests.servers.influxdb_server import Point, Server


class Influx27:
    """InfluxDB 2.7: a place is a bucket."""

    version: ClassVar[str] = "2.7.12"

    def __init__(self, folder: Path) -> None:
        self._server = Server(self.version, folder)
        self._places = dict[str, str]()

    def start(self) -> None:
        self._server.start()
        if not self._places:
            self._server.set_up()

    def stop(self) -> None:
        self._server.end()

    def signal(self, number: signal.Signals) -> None:
        self._server.signal(number)

    def config(self, place: str, patience_s: float = 10.0) -> Config:
        if place not in self._places:
            self._places[place] = self._server.make_bucket(place)
        keys = self._server.keys(self._places[place])
        return Config.model_validate(keys | {"timeout_s": patience_s})

    def found(self, place: str) -> list[Point]:
        return self._server.points("mask-1", self._places[place])


class Influx18(Influx27):
    """InfluxDB 1.8, which has the newer way of writing: a place is a database."""

    version: ClassVar[str] = "1.8.10"


class Influx16(Influx27):
    """InfluxDB 1.6, as Debian has it, which has the older way only."""

    version: ClassVar[str] = "1.6.7"
