"""What a Modbus device's entry and its signals may say in the configuration."""

from typing import Annotated, Literal, Self

from pydantic import AnyUrl, BaseModel, Field, UrlConstraints, model_validator
from pydantic_core import PydanticCustomError

from edge.site import Kind

PORT = 502
MOST_REGISTERS = 125  # in one answer; the protocol's own limit
MOST_BITS = 2_000
ADDRESSES = 65_536

Table = Literal["holding", "input", "coil", "discrete"]
Type = Literal[
    "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bool"
]
Order = Literal["big", "little"]
UnitId = Annotated[int, Field(ge=0, le=255)]
WORDS: dict[Type, int] = {
    "int16": 1,
    "uint16": 1,
    "bool": 1,
    "int32": 2,
    "uint32": 2,
    "float32": 2,
    "int64": 4,
    "uint64": 4,
    "float64": 4,
}
DeviceUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["modbus"], host_required=True)]


class Point(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """One signal and where the device shows its value."""

    signal: int = Field(default=0, ge=0, description="dense id; the loader fills it in")
    kind: Kind = Field(default=Kind.GAUGE, description="of the signal; the loader fills it in")
    table: Table = Field(
        default="holding",
        description="holding (function code 3), input (4), coil (1) or discrete (2)",
    )
    address: int = Field(
        ge=0,
        le=65_535,
        description="of the first register or bit, as on the wire, from 0: "
        "what a manual calls 40001 is table holding, address 0",
    )
    type: Type | None = Field(
        default=None, description="of the value; default: uint16, of a coil or discrete bool"
    )
    bit: int | None = Field(
        default=None, ge=0, le=15, description="of a register, 0 is the lowest; type bool"
    )
    word_order: Order = Field(
        default="big", description="big: the register with the high word comes first"
    )
    byte_order: Order = Field(
        default="big", description="of the two bytes in a register; big is the protocol's own"
    )
    unit_id: UnitId | None = Field(
        default=None, description="of the device behind a gateway; default: that of the source"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """A bit is read as a bit, and a value ends inside the table."""
        if self.is_bit and (self.type not in (None, "bool") or self.bit is not None):
            raise PydanticCustomError(
                "type", "a coil or discrete is one bit; leave type and bit out"
            )
        if not self.is_bit and (self.type == "bool") != (self.bit is not None):
            raise PydanticCustomError("bit", "type bool and bit belong together; write both")
        if self.address + self.length > ADDRESSES:
            raise PydanticCustomError("address", "the value would end behind address 65535")
        return self

    @property
    def is_bit(self) -> bool:
        """Whether its table holds single bits."""
        return self.table in ("coil", "discrete")

    @property
    def length(self) -> int:
        """How many registers, or bits, it takes."""
        return 1 if self.is_bit else WORDS[self.type or "uint16"]

    @property
    def place(self) -> str:
        """Its address for people, in the words of the configuration."""
        bit = "" if self.bit is None else f" bit {self.bit}"
        return f"{self.table} {self.address}{bit}"


class Config(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """One Modbus TCP device, or a gateway with several behind it, and what to read there."""

    url: DeviceUrl = Field(description="modbus://host:port; the port is 502 where none is written")
    unit_id: UnitId = Field(default=1, description="of the device; signals may name another")
    poll_ms: int = Field(
        default=1_000, ge=50, le=60_000, description="everything is read once in so many ms"
    )
    timeout_s: float = Field(
        default=3.0,
        gt=0,
        le=60,
        description="a request without an answer for so long has failed, s",
    )
    max_gap: int = Field(
        default=0, ge=0, le=120, description="registers that are read along to join two requests"
    )
    max_registers: int = Field(
        default=MOST_REGISTERS,
        ge=4,
        le=MOST_REGISTERS,
        description="in one request; small devices take fewer than the protocol's 125",
    )
    points: tuple[Point, ...] = Field(default=(), description="what to read; filled in")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """The protocol knows no users and no paths."""
        if self.url.username is not None or self.url.path not in (None, "", "/"):
            raise PydanticCustomError("url", "write modbus://host:port and nothing else")
        return self

    @property
    def port(self) -> int:
        """The port of `url`, or the protocol's own."""
        return self.url.port or PORT

    @property
    def quiet_s(self) -> float:
        """The longest time between two signs of life of a sound source, s."""
        return self.poll_ms / 1000

    def unit_of(self, point: Point) -> int:
        """The device that has a point."""
        return self.unit_id if point.unit_id is None else point.unit_id
