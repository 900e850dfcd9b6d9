"""Deliberately broken builds, and the row of the matrix that has to see each of them."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Change:
    """One piece of code and what a careless hand would make of it."""

    path: str
    before: str
    after: str

    def apply(self, root: Path) -> None:
        """Make it, where it can be made in one way only."""
        file = root / self.path
        text = file.read_text("utf-8")
        if text.count(self.before) != 1:
            raise LookupError(
                f"{self.path}: {self.before!r} stands there {text.count(self.before)} times"
            )
        file.write_text(text.replace(self.before, self.after), "utf-8")


@dataclass(frozen=True)
class Build:
    """A product that breaks a promise, and the row that has to see it, by its stage or test."""

    name: str
    row: str
    changes: tuple[Change, ...]


BUILDS = (
    Build(
        "MQTT acknowledged before the commit",
        "2a",
        (
            Change(
                "collectors/mqtt/handover.py",
                "        if batch is not None:\n            await self._deliver(batch, key)\n",
                "        if receipt is not None:\n"
                "            self._wire.acknowledge(receipt.packet_ids, receipt.burst)\n"
                "        if batch is not None:\n            await self._deliver(batch, key)\n",
            ),
        ),
    ),
    Build(
        "OPC UA acknowledged before the commit",
        "2a",
        (
            Change(
                "collectors/opcua/keeping.py",
                "        await self._deliver(batch, mark.pack())\n"
                "        self.flying -= len(sequences)\n"
                "        self._landed.set()\n"
                "        self._kept(mark.subscription, sequences)\n",
                "        self._kept(mark.subscription, sequences)\n"
                "        await self._deliver(batch, mark.pack())\n"
                "        self.flying -= len(sequences)\n"
                "        self._landed.set()\n",
            ),
        ),
    ),
    Build(
        "nothing asked for again after a crash",
        "2a",
        (
            Change(
                "collectors/opcua/stream.py",
                "fresh = [number for number in available if ahead(number, self._expected) >= 0]",
                "fresh: list[int] = []",
            ),
        ),
    ),
    Build(
        "MQTT session begun anew at every start",
        "2a",
        (
            Change(
                "collectors/mqtt/packets.py",
                "(login.clean or login.session_s == 0) << 1",
                "1 << 1",
            ),
        ),
    ),
    Build(
        "repeats stored as news",
        "2a",
        (
            Change(
                "collectors/mqtt/repeats.py",
                "again = bool(messages.marks & DUP)",
                "again = False",
            ),
            Change(
                "edge/intake/writing.py",
                "return batch.take(~repeats) if repeats.any() else batch",
                "return batch if len(repeats) else batch",
            ),
        ),
    ),
    Build(
        "loss of a session not written down",
        "68",
        (
            Change(
                "collectors/mqtt/session.py",
                "begin(self._group, missing)",
                "begin(self._group, None)",
            ),
        ),
    ),
    Build(
        "namespaces taken by their place",
        "47",
        (
            Change(
                "collectors/opcua/nodes.py",
                "index = namespaces.index(uri) if uri is not None else",
                "index = 2 if uri is not None else",
            ),
        ),
    ),
    Build(
        "journal not synchronous",
        "13",
        (
            Change("edge/journal.py", "pragma synchronous = full", "pragma synchronous = normal"),
            Change("edge/journal.py", '!= ("wal", 2)', '!= ("wal", 1)'),
        ),
    ),
    Build(
        "rows dropped while the disk is full",
        "18",
        (
            Change(
                "edge/intake/commit.py",
                "                await self.clock.sleep(AGAIN_S)\n                continue\n",
                "                return Written({}, self.newest_block)\n",
            ),
        ),
    ),
    Build(
        "sink's cursor moved before the answer",
        "78",
        (
            Change(
                "edge/sinks/influxdb/bringing.py",
                "written = await self._writer.send(drafted)\n"
                "            rows, now_ns = rows + written,",
                "await self._cursor.confirm(last, len(batch))\n"
                "            written = await self._writer.send(drafted)\n"
                "            rows, now_ns = 0,",
            ),
        ),
    ),
    Build(
        "a refused message ends the rest of its burst",
        "70",
        (
            Change(
                "collectors/mqtt/handover.py",
                "return decode(burst, fresh, self._topics, self._deliver)",
                "return decode(burst, fresh[:1], self._topics, self._deliver)",
            ),
        ),
    ),
    Build(
        "parts linked without a flush",
        "104a",
        (
            Change(
                "edge/sealing.py",
                "st_size))\n    flush(path)\n    crash_point",
                "st_size))\n    crash_point",
            ),
        ),
    ),
    Build(
        "a body dropped on 400",
        "80",
        (
            Change(
                "edge/sinks/influxdb/writer.py",
                "return await self._take_apart(rows, answer)",
                "return len(rows) if answer.status == 400"
                " else await self._take_apart(rows, answer)",
            ),
        ),
    ),
)
