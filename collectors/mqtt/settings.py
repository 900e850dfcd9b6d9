"""What a broker's entry and its signals may say in the configuration."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AnyUrl,
    BaseModel,
    BeforeValidator,
    Field,
    UrlConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from edge.site import Kind

LARGEST_WINDOW = 65_535
OLD_WINDOW = 20  # what brokers of 3.1.1 send ahead by default
LONGEST_TOPIC = 65_535  # bytes; what the protocol's length field holds
STEP = r"\.[^\W\d][\w-]*|\[\d+\]|\['[^']+'\]"
JSON_PATH = re.compile(rf"\$(?:{STEP})*")
Steps = tuple[str | int, ...]
LETTERS = dict(
    zip(
        ("u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"),
        "BbHhIiQqfd",
        strict=True,
    )
)


def checked_path(text: str) -> str:
    """The text, if it is of the part of JSONPath that names exactly one value."""
    if JSON_PATH.fullmatch(text) is None:
        raise PydanticCustomError(
            "json_path", "write $ followed by .name, ['any name'] or [index], such as $.a.b[0]"
        )
    return text


def steps_of(path: str) -> Steps:
    """The keys and indices along a checked path.

    >>> steps_of("$.meter[0]['kWh total']")
    ('meter', 0, 'kWh total')
    """
    steps: list[str | int] = []
    for step in re.findall(STEP, path):
        if step.startswith("."):
            steps.append(step[1:])
        else:
            steps.append(step[2:-2] if step[1] == "'" else int(step[1:-1]))
    return tuple(steps)


def checked_place(place: str | int) -> str | int:
    """A checked path, or the number of a field."""
    if isinstance(place, str):
        return checked_path(place)
    if place < 0:
        raise PydanticCustomError("field", "fields are numbered 0, 1, 2 from the left")
    return place


def checked_topic(text: str) -> str:
    """The text, if a broker would accept it as a topic or pattern and it is not shared."""
    levels = text.split("/")
    if "\0" in text or not 0 < len(text.encode()) <= LONGEST_TOPIC:
        raise PydanticCustomError("topic", "write 1 to 65535 bytes without NUL")
    if levels[0] == "$share":
        raise PydanticCustomError("topic", "a shared subscription loses order; write a plain topic")
    if any("+" in level and level != "+" for level in levels):
        raise PydanticCustomError("topic", "+ stands for a whole level, as in a/+/b")
    if any("#" in level for level in levels[:-1]) or ("#" in levels[-1] and levels[-1] != "#"):
        raise PydanticCustomError("topic", "# stands for all levels that follow, as in a/#")
    return text


def version(value: object) -> object:
    """The protocol as it is compared: YAML reads 5 as a number and 3.1.1 as a text."""
    return str(value) if isinstance(value, int | float) else value


JsonPath = Annotated[str, AfterValidator(checked_path)]
Place = Annotated[str | int, AfterValidator(checked_place)]
Topic = Annotated[str, AfterValidator(checked_topic)]
Protocol = Annotated[Literal["5", "3.1.1"], BeforeValidator(version)]
BrokerUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["mqtt", "mqtts"], host_required=True)]


class Payload(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """Where in a message the value and its time stand: in JSON, in a line of fields, or binary."""

    value: JsonPath | None = Field(
        default=None, description="JSON: path of the value, such as $.kwh; null is a bad value"
    )
    field: int | None = Field(default=None, ge=0, description="CSV: place of the value; 0 is first")
    separator: str = Field(
        default=",", min_length=1, max_length=1, description="CSV: what parts the fields"
    )
    type: Literal["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"] | None = (
        Field(default=None, description="binary: integer without or with sign, or IEEE 754, bits")
    )
    order: Literal["big", "little"] = Field(
        default="big", description="binary: whether the highest byte comes first"
    )
    offset: int = Field(
        default=0, ge=0, le=1_048_575, description="binary: first byte of the value"
    )
    time: Place | None = Field(
        default=None,
        description="path or field of the time, RFC 3339 or epoch in s, ms, us or ns; "
        "default: arrival",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """It is one of the three, and the other keys are that one's."""
        kinds = {"value": self.value, "field": self.field, "type": self.type}
        if sum(one is not None for one in kinds.values()) != 1:
            raise PydanticCustomError(
                "payload", "write one of value (JSON), field (CSV) and type (binary)"
            )
        if self.separator in '"\r\n ' or not self.separator.isascii():
            raise PydanticCustomError("separator", "write one character, such as ; or \\t")
        of_time = {str: self.value, int: self.field}.get(type(self.time), "")
        if of_time is None or (self.time is not None and self.type is not None):
            raise PydanticCustomError(
                "time", "write a path beside value, a number beside field, and none beside type"
            )
        return self

    @property
    def layout(self) -> str:
        """A binary value as `struct` and numpy have it."""
        return (">" if self.order == "big" else "<") + LETTERS[self.type or "f64"]


def checked_name(text: str) -> str:
    """The text, if Sparkplug takes it as the name of a group, node, device or host."""
    if not text or set(text) & set("+/#\0"):
        raise PydanticCustomError("sparkplug_name", "write a name without + / and #")
    return text


SparkplugName = Annotated[str, AfterValidator(checked_name)]


class SparkplugMetric(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """A metric of a Sparkplug edge node, or of a device behind it."""

    group: SparkplugName = Field(description="group id")
    node: SparkplugName = Field(description="edge node id")
    device: SparkplugName | None = Field(
        default=None, description="device id; default: a metric of the node itself"
    )
    metric: str = Field(min_length=1, description="its name in the birth, such as Counts/Good")


class Sparkplug(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """How we are a Sparkplug host; rebirth requests and STATE are all that we ever send."""

    host_id: SparkplugName | None = Field(
        default=None, description="our name among the hosts; default: client_id"
    )
    announce: bool = Field(
        default=True, description="say in STATE messages whether we are there; false: send none"
    )
    rebirth: bool = Field(
        default=True, description="ask a node for its birth where it is missing; false: never ask"
    )
    rebirth_every_s: float = Field(
        default=30.0, ge=1, le=86_400, description="ask the same node no more often than this, s"
    )
    reorder_ms: int = Field(
        default=2_000, ge=0, le=60_000, description="wait so long for a message that is late, ms"
    )
    clean_session: bool = Field(
        default=False,
        description="as the specification wants it: the broker keeps nothing for us while away",
    )


class Point(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """One signal and the topic whose messages tell its value."""

    signal: int = Field(default=0, ge=0, description="dense id; the loader fills it in")
    kind: Kind = Field(default=Kind.GAUGE, description="of the signal; the loader fills it in")
    topic: Topic | None = Field(
        default=None, description="exact, or with + for one level and # for all that follow"
    )
    sparkplug: SparkplugMetric | None = Field(
        default=None, description="instead of topic: group, node, device and metric of Sparkplug B"
    )
    payload: Payload | None = Field(
        default=None,
        description="where in the message it stands; default: the message is the value",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """It is read in one way, and bytes that are a number are no text."""
        if (self.topic is None) == (self.sparkplug is None):
            raise PydanticCustomError("topic", "write topic, or sparkplug, and not both")
        if self.sparkplug is not None and self.payload is not None:
            raise PydanticCustomError("payload", "a metric of Sparkplug has none; remove it")
        if self.kind is Kind.TEXT and self.payload is not None and self.payload.type is not None:
            raise PydanticCustomError("payload", "a text is not binary; write value or field")
        return self


class Config(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """One broker and what to read from it."""

    url: BrokerUrl = Field(description="mqtt://host:port, or mqtts:// with TLS")
    client_id: str = Field(
        min_length=1, description="ours alone: two clients of one name throw each other out"
    )
    user: str | None = Field(default=None, description="name at the broker")
    password_file: Path | None = Field(default=None, description="file with the password")
    ca: Path | None = Field(default=None, description="PEM file of the CA; default: the system's")
    cert: Path | None = Field(default=None, description="PEM file with our certificate")
    key: Path | None = Field(default=None, description="PEM file with our private key")
    protocol: Protocol | None = Field(
        default=None, description="5 or 3.1.1; default: 5, and 3.1.1 where the broker has no 5"
    )
    max_in_flight: int = Field(
        default=5_000, ge=1, le=65_535, description="unacknowledged messages"
    )
    session_s: int = Field(
        default=86_400, ge=60, le=0xFFFF_FFFE, description="how long the broker keeps what we miss"
    )
    keep_alive_s: int = Field(
        default=5, ge=1, le=3600, description="a dead link is noticed within twice this, s"
    )
    sparkplug: Sparkplug = Field(
        default=Sparkplug(), description="how we are a Sparkplug host, where signals read metrics"
    )
    keys: Path = Field(default=Path("keys"), description="folder of own keys; filled in")
    points: tuple[Point, ...] = Field(default=(), description="what to read; filled in")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Each key that needs another has it."""
        if self.url.username is not None or self.url.password is not None:
            raise PydanticCustomError("url", "the url holds a name; write user and password_file")
        if self.password_file is not None and self.user is None:
            raise PydanticCustomError("user", "password_file needs user; add it")
        if (self.cert is None) != (self.key is None):
            raise PydanticCustomError("cert", "cert and key belong together; write both")
        if self.url.scheme == "mqtt" and (self.ca or self.cert):
            raise PydanticCustomError("url", "ca and cert need TLS; write mqtts:// in url")
        return self

    @property
    def keeps_session(self) -> bool:
        """Whether the broker is to keep for us what comes while we are away."""
        return not self.sparkplug.clean_session

    @property
    def port(self) -> int:
        """The port of `url`, or the one that its scheme has."""
        return self.url.port or (8883 if self.url.scheme == "mqtts" else 1883)
