"""What an OPC UA source and its signals may say in the configuration."""

import base64
import re
import uuid
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from edge.site import Kind

NODE = re.compile(r"(?:nsu=(?P<uri>[^;]+);|ns=(?P<index>\d{1,5});)?(?P<type>[isgb])=(?P<id>.+)")
KEEP_ALIVE_COUNT = 20  # publishings without news until the server says that it lives
URL = r"^opc\.tcp://[^/:@\s]+:\d{1,5}(/\S*)?$"

Policy = Literal["None", "Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"]


def checked_node(text: str) -> str:
    """The text, if it is a node address whose identifier fits its type."""
    found = NODE.fullmatch(text)
    if found is None:
        raise PydanticCustomError(
            "node", "write nsu=URI;s=NAME (or i= g= b=); ns=2;s=NAME where the URI is not known"
        )
    try:
        identifier_of(found["type"], found["id"])
    except ValueError:
        raise PydanticCustomError(
            "node", "i= takes a whole number, g= a GUID, b= base64; write s= for a name"
        ) from None
    return text


def identifier_of(kind: str, text: str) -> int | str | uuid.UUID | bytes:
    """The identifier in a node address.

    >>> identifier_of("i", "85"), identifier_of("s", "Body.Good")
    (85, 'Body.Good')
    """
    match kind:
        case "i":
            return int(text)
        case "g":
            return uuid.UUID(text)
        case "b":
            return base64.b64decode(text, validate=True)
        case _:
            return text


NodeAddress = Annotated[str, AfterValidator(checked_node)]


class Security(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """How the channel is protected and who we are on it."""

    policy: Policy = Field(
        default="Basic256Sha256", description="protection of the channel; None needs an exception"
    )
    mode: Literal["Sign", "SignAndEncrypt"] = Field(
        default="SignAndEncrypt", description="signed only, or encrypted too"
    )
    user: str | None = Field(
        default=None, description="user name; without one nothing is kept for us across a restart"
    )
    password_file: Path | None = Field(default=None, description="file with the user's password")
    exception: str = Field(
        default="", description="why this channel may go unprotected; the audit shows it"
    )
    trust: Path | None = Field(
        default=None, description="certificate of the server, DER or PEM, trusted from the start"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.policy == "None" and not self.exception.strip():
            raise PydanticCustomError(
                "exception", "policy None sends everything readable; write the reason as exception"
            )
        if (self.user is None) != (self.password_file is None):
            raise PydanticCustomError("user", "write user and password_file, or neither")
        return self


class Point(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """One node to watch."""

    signal: int = Field(default=0, ge=0, description="dense id of the signal; filled in by us")
    kind: Kind = Field(default=Kind.GAUGE, description="what its values mean")
    node: NodeAddress = Field(description="nsu=urn:mask;s=Body.Good; the URI outlives a new order")
    sampling_ms: float = Field(
        default=0, ge=0, description="how often the server looks, ms; 0 = as fast as it can"
    )
    queue: int = Field(
        default=1000, ge=1, description="changes the server keeps for us between two publishings"
    )


class Config(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """One OPC UA server and what to watch there."""

    url: str = Field(pattern=URL, description="opc.tcp://host:port, without user or password")
    security: Security = Field(default=Security(), description="channel, user and trust")
    publish_ms: int = Field(
        default=500, ge=50, le=60_000, description="how often the server reports changes, ms"
    )
    keys: Path = Field(default=Path("keys"), description="folder of our own keys; filled in by us")
    leaves_nothing: bool = Field(
        default=False, description="true: the server keeps nothing for us; filled in by us"
    )
    points: tuple[Point, ...] = Field(default=(), description="what to watch; filled in by us")

    @property
    def quiet_s(self) -> float:
        """The longest time between two signs of life of a sound server, s."""
        return KEEP_ALIVE_COUNT * self.publish_ms / 1000
