"""A device to order: pymodbus's own server, told by lines of JSON on stdin what to do.

`python -m tests.servers.pymodbus_server '{"port": 1502}'`. It knows the commands of
`node-modbus/server.js`, and none of our own code.
"""

import asyncio
import json
import sys
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

TABLES = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
SIZE = 10_000
UNITS = (1, 7)


class Device:
    """What the server shows: addresses that nobody has set are refused."""

    def __init__(self) -> None:
        self._words = {table: dict[int, int]() for table in TABLES.values()}
        self._refusals = dict[str, int]()
        self._asked = 0
        self._count = 0
        self._task: asyncio.Task[None] | None = None

    async def look(
        self, code: int, start: int, address: int, count: int, shown: list[int], _: object
    ) -> ExcCodes | None:
        """What pymodbus calls before it answers: fill its registers, or refuse."""
        self._asked += 1
        table = TABLES[code]
        words = self._words[table]
        if table in self._refusals:
            return ExcCodes(self._refusals[table])
        bits = code < 3
        wanted = range(address, address + (1 if bits else count))
        if any(place not in words for place in wanted):
            return ExcCodes.ILLEGAL_ADDRESS
        if bits:  # sixteen to a register
            for place in range(address // 16, address // 16 + count):
                sixteen = (words.get(16 * place + bit, 0) << bit for bit in range(16))
                shown[place - start] = sum(sixteen)
        else:
            shown[address - start : address - start + count] = [words[one] for one in wanted]
        return None

    def set(self, table: str, address: int, words: list[int]) -> None:
        """Show these from an address on."""
        self._words[table].update(enumerate(words, address))

    def count(self, first: int, every_ms: int) -> None:
        """Count up at holding 0 and 1."""
        self._count = first
        self.set("holding", 0, [first >> 16, first & 0xFFFF])
        self._task = asyncio.get_running_loop().create_task(self._counting(every_ms))

    async def _counting(self, every_ms: int) -> None:
        while True:
            await asyncio.sleep(every_ms / 1000)
            self._count += 1
            self.set("holding", 0, [self._count >> 16, self._count & 0xFFFF])

    def still(self) -> dict[str, int]:
        """Count no more."""
        assert self._task is not None
        self._task.cancel()
        return {"count": self._count}

    def refuse(self, table: str, code: int) -> None:
        """Answer whatever is asked of a table by an exception."""
        self._refusals[table] = code

    def accept(self, table: str) -> None:
        """Answer again."""
        self._refusals.pop(table, None)

    def asked(self) -> dict[str, int]:
        """How many requests there were, at least those of more than one register."""
        return {"count": self._asked}


async def main(port: int) -> None:
    """Serve until stdin closes."""
    device = Device()
    bits = [SimData(0, values=[False] * SIZE, datatype=DataType.BITS)]
    words = [SimData(0, count=SIZE, datatype=DataType.REGISTERS)]
    blocks = (bits, bits, words, words)
    shown = [SimDevice(unit, simdata=blocks, action=device.look) for unit in UNITS]
    server = ModbusTcpServer(shown, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    say({"ready": True})
    while line := await asyncio.to_thread(sys.stdin.readline):
        told: dict[str, Any] = json.loads(line)
        said: dict[str, int] | None = getattr(device, told.pop("command"))(**told)
        say({"ok": True, **(said or {})})
    await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus annotates half of itself


def say(document: dict[str, object]) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])["port"]))
