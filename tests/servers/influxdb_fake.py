"""A strict InfluxDB in memory, and the other parties of a sink, for tests without a network.

It answers as the real ones were measured to; what nobody measured is marked invented.
Its parser of line protocol is its own and shares no code with the formatter that it judges.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge.errors import Unavailable
from edge.model import SECOND_NS, Batch
from edge.sinks.influxdb.link import EMPTY, HUNG_UP, Answer, Link

TYPE_NAMES = {float: "float", int: "integer", str: "string"}
Key = tuple[str, tuple[tuple[str, str], ...], int]  # measurement, tags, time
Fields = dict[str, float | int | str]


class ParseError(Exception):
    """What a real server calls unable to parse."""


def parse(line: str) -> tuple[Key, Fields]:
    """One line, read character by character as the reference of line protocol describes it."""
    head, rest = cut(line, " ")
    values, time = cut(rest, " ", quotes=True)
    measurement, tags = cut(head, ",") if "," in head.replace("\\,", "") else (head, "")
    pairs = [(name, bare(value)) for name, value in map(pair, pieces(tags))]
    if not measurement or measurement.startswith("#") or any(not it for _, it in pairs):
        raise ParseError("missing measurement or tag value")
    if "\n" in head or not time.lstrip("-").isdecimal():
        raise ParseError("bad timestamp")
    fields = {name: value_of(text) for name, text in map(pair, pieces(values, quotes=True))}
    return (bare(measurement), tuple(pairs), int(time)), fields


def cut(text: str, at: str, *, quotes: bool = False) -> tuple[str, str]:
    """The text before and after the first separator that is neither escaped nor quoted."""
    escaped = quoted = False
    for place, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif quotes and character == '"':
            quoted = not quoted
        elif character == at and not quoted:
            return text[:place], text[place + 1 :]
    raise ParseError(f"missing {at!r}")


def pieces(text: str, *, quotes: bool = False) -> list[str]:
    """What stands between commas."""
    found, rest = [], text
    while rest:
        try:
            one, rest = cut(rest, ",", quotes=quotes)
        except ParseError:
            one, rest = rest, ""
        found.append(one)
    return found


def pair(text: str) -> tuple[str, str]:
    """Name and value on the two sides of the equals sign."""
    name, value = cut(text, "=")
    return bare(name), value


def bare(text: str) -> str:
    """A name without its escapes."""
    for special in ", =":
        text = text.replace(f"\\{special}", special)
    return text


def value_of(text: str) -> float | int | str:
    """A field's value in the type that its spelling says."""
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    number = text.removesuffix("i")
    if not number or number.strip("0123456789.e+-"):
        raise ParseError(f"invalid field format {text!r}")
    return int(number) if text.endswith("i") else float(number)


def lines_of(body: str) -> list[str]:
    """The lines of a body; a line feed inside the quotes of a field is part of a text."""
    found, start = list[str](), 0
    in_fields = quoted = escaped = False
    for place, character in enumerate(body):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and in_fields:
            quoted = not quoted
        elif character == " ":
            in_fields = True
        elif character == "\n" and not quoted:
            found.append(body[start:place])
            start, in_fields = place + 1, False
    return [line for line in [*found, body[start:]] if line and not line.startswith("#")]


def read(body: bytes) -> tuple[list[tuple[Key, Fields]], str]:
    """The points of a body, and what is said about its first bad line."""
    found, garbage = list[tuple[Key, Fields]](), ""
    for line in lines_of(body.decode()):
        try:
            found.append(parse(line))
        except ParseError as error:
            garbage = garbage or f"unable to parse '{line}': {error}"
    return found, garbage


@dataclass
class FakeInfluxDB:
    """One database. `script` holds what the next requests meet instead of being answered."""

    major: int = 2
    oldest_ns: int = -(2**63)  # what is older is outside of retention
    most_bytes: int = 10**9
    fails_on: str = ""  # invented: a body that holds this text breaks the server
    script: list[Answer | Unavailable] = field(default_factory=list)
    points: dict[Key, Fields] = field(default_factory=dict)
    types: dict[tuple[str, str], str] = field(default_factory=dict)
    writes: int = 0  # points stored, repeats counted

    def write(self, body: bytes) -> Answer:
        """Store what can be stored and answer as the real ones do."""
        if len(body) > self.most_bytes:
            return Answer(413, '{"error":"Request Entity Too Large"}')
        if self.fails_on and self.fails_on.encode() in body:
            return Answer(500, '{"code":"internal error","message":"unexpected error"}')
        found, garbage = read(body)
        if garbage and self.major > 1:
            return Answer(400, f'{{"code":"invalid","message":"{garbage}"}}')
        refusal = self._mixed(found) or self._keep(found)
        if garbage and not refusal:
            refusal = f"partial write: {garbage} dropped=0"
        if not refusal:
            return Answer(204)
        if self.major > 1:
            message = f"failure writing points to database: {refusal}"
            return Answer(422, f'{{"code":"unprocessable entity","message":"{message}"}}')
        return Answer(400, f'{{"error":"{refusal}"}}')

    def _mixed(self, found: list[tuple[Key, Fields]]) -> str:
        """InfluxDB 1.x stores nothing of a batch that brings two types of a field it never saw."""
        fresh = dict[tuple[str, str], set[str]]()
        for key, fields in found:
            for name, value in fields.items():
                if (key[0], name) not in self.types:
                    fresh.setdefault((key[0], name), set()).add(TYPE_NAMES[type(value)])
        mixed = [name for name, types in fresh.items() if len(types) > 1]
        if self.major > 1 or not mixed:
            return ""
        self.types |= {name: max(fresh[name]) for name in mixed}
        return f"field type conflict: input field '{mixed[0][1]}'"

    def _keep(self, found: list[tuple[Key, Fields]]) -> str:
        conflicts, late = 0, 0
        for key, fields in found:
            held = {name: self.types.get((key[0], name)) for name in fields}
            if any(held[it] not in {None, TYPE_NAMES[type(v)]} for it, v in fields.items()):
                conflicts += 1
            elif key[2] < self.oldest_ns:
                late += 1
            else:
                self.types |= {(key[0], it): TYPE_NAMES[type(v)] for it, v in fields.items()}
                self.points.setdefault(key, {}).update(fields)
                self.writes += 1
        if conflicts:
            return f"partial write: field type conflict: input field dropped={conflicts}"
        if late and self.major > 1:
            return f"partial write: dropped {late} points outside retention policy dropped={late}"
        return f"partial write: points beyond retention policy dropped={late}" if late else ""


class FakeLink(Link):
    """A link that ends in a fake server instead of a socket."""

    def __init__(self, server: FakeInfluxDB) -> None:
        super().__init__("http://fake:8086", 1.0)
        self.server = server
        self.bodies = list[bytes]()
        self.paths = list[str]()
        self.keys = list[str]()
        self.lose_answers = 0

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.bodies.append(body)
        self.paths.append(path)
        self.keys.append(headers.get("Authorization", ""))
        if self.server.script:
            met = self.server.script.pop(0)
            if isinstance(met, Unavailable):
                raise met
            return met
        if self.server.major < 1 and path.startswith("/api"):  # stands for 1.6 and 1.7
            return Answer(404, "404 page not found\n")
        answer = self.server.write(body)
        if self.lose_answers:
            self.lose_answers -= 1
            raise Unavailable("influxdb http://fake: the link broke after the write")
        return answer

    async def get(self, path: str, headers: Mapping[str, str] = EMPTY) -> Answer:
        assert (path, headers) == ("/ping", {})
        return Answer(204)


class CursorOf:
    """A cursor that remembers all it was told."""

    def __init__(self) -> None:
        self.position = 0
        self.rows = 0
        self.refused = list[tuple[Batch, str]]()
        self.waits = list[str]()
        self.moved = asyncio.Event()
        self._parked = asyncio.Event()

    async def confirm(self, block: int, rows: int) -> None:
        assert block > self.position
        self.position = block
        self.rows += rows
        self.moved.set()

    async def refuse(self, batch: Batch, answer: str) -> None:
        assert len(batch)
        assert answer
        self.refused.append((batch, answer))

    def parked(self, reason: str) -> None:
        self.waits.append(reason)
        if reason:
            self._parked.set()

    async def parking(self) -> None:
        """Return once the sink waits for a person."""
        async with asyncio.timeout(20):
            await self._parked.wait()


class FakeClock:
    """Returns from sleep at once, moves on, and notes the seconds; its wall runs backwards."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.slept_s = list[float]()
        self.meanwhile = list[Callable[[], object]]()  # what people do while we sleep, in turn

    def wall_ns(self) -> int:
        return 1_785_000_000 * SECOND_NS - self.now_ns

    def monotonic_ns(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        self.now_ns += int(seconds * SECOND_NS)
        self.slept_s.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        await asyncio.sleep(0)

    def trusted(self) -> bool:
        return True


HANGS_UP = Answer(HUNG_UP, "Broken pipe while sending")
