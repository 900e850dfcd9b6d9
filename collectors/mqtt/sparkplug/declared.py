"""What the births of one life of a node declared, as far as signals read it."""

from collections.abc import Collection
from typing import Any, NamedTuple

from collectors.mqtt.sparkplug.names import Place
from collectors.mqtt.sparkplug.schema import Payload
from collectors.mqtt.sparkplug.values import SIGNED, UNSIGNED

Key = tuple[str, bytes]  # device and metric
INTEGERS = SIGNED.keys() | UNSIGNED.keys()


class Metric(NamedTuple):
    """A metric that some signal reads, as its birth declared it."""

    device: str
    name: bytes
    datatype: int


class Declared:
    """Aliases, types and devices since the last birth of the node."""

    def __init__(self, wanted: Collection[Key]) -> None:
        """Nothing is declared yet.

        Args:
            wanted: the metrics that signals read; of all others nothing is kept.
        """
        self._wanted = list(wanted)
        self._known = set(wanted)
        self._aliases: dict[tuple[str, int], Metric] = {}  # by device and alias
        self._types: dict[Key, int] = {}
        self.devices: set[str] = set()  # those that were born
        self.heard: set[str] = set()  # those that told a value, born or not

    def begin(self) -> None:
        """A new life: nothing of the one before holds."""
        self._aliases, self._types = {}, {}
        self.devices, self.heard = set(), set()

    def bear(self, device: str) -> None:
        """A device is born: what it declared before does not hold."""
        self._aliases = {key: one for key, one in self._aliases.items() if key[0] != device}
        self._types = {key: one for key, one in self._types.items() if key[0] != device}
        self.devices.add(device)

    def bury(self, device: str) -> None:
        """A device is dead: what it says next needs a birth."""
        self.devices.discard(device)
        self.heard.discard(device)

    def metric(self, said: Payload, place: Place, *, learn: bool, sure: bool) -> Metric | None:
        """Which metric that is; None where no signal reads it or nobody can tell.

        Args:
            said: as it stands in a message.
            place: of the message.
            learn: whether the message is a birth that holds.
            sure: whether aliases mean what the last birth said.
        """
        device = place.device
        if not said.name:
            return self._aliases.get((device, said.alias)) if sure else None
        key = device, said.name
        if key not in self._known:
            return None
        self.heard.add(device)
        found = Metric(device, said.name, said.datatype or self._types.get(key, 0))
        if learn:
            self._types[key] = said.datatype
            if said.HasField("alias"):
                self._aliases[device, said.alias] = found
        return found

    def holds(self, place: Place) -> bool:
        """Whether a message is of a device that was born."""
        return not place.device or place.device in self.devices

    def absent(self, device: str) -> list[str]:
        """The metrics of a device that signals read and its birth did not declare."""
        keys = [key for key in self._wanted if key[0] == device and key not in self._types]
        return [f"{device}:{name.decode()}" if device else name.decode() for _, name in keys]

    @property
    def memory(self) -> list[Any]:
        """What the next connection has to know."""
        places = {key: i for i, key in enumerate(self._wanted)}
        aliases = [
            [places[one.device, one.name], alias, one.datatype]
            for (_, alias), one in self._aliases.items()
        ]
        named: dict[int, list[int]] = {}  # integers without an alias, by type
        for key in self._types.keys() - {(one.device, one.name) for one in self._aliases.values()}:
            if self._types[key] in INTEGERS:
                named.setdefault(self._types[key], []).append(places[key])
        types = [[datatype, *sorted(named[datatype])] for datatype in sorted(named)]
        return [sorted(self.devices), aliases, types]

    def remember(self, memory: list[Any]) -> None:
        """Go on where another connection ended."""
        devices, aliases, types = memory
        self.devices = set(devices)
        for place, alias, datatype in aliases:
            device, name = self._wanted[place]
            self._types[device, name] = datatype
            self._aliases[device, alias] = Metric(device, name, datatype)
        for datatype, *named in types:
            self._types |= {self._wanted[place]: datatype for place in named}
