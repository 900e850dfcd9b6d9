"""The manifest of a package: what is in it, what it tells of, and which package came before."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from edge.evidence import tree
from edge.evidence.canonical import Canonical
from edge.evidence.zipping import Content, copy

FORMAT = "lineproof-evidence/1"
MANIFEST, SIGNATURE, SUMS, KEY = "manifest.json", "manifest.sig", "SHA256SUMS", "key.pem"
HEX = r"^[0-9a-f]{64}$"
Document = dict[str, Any]  # JSON


class Listed(BaseModel, frozen=True, extra="forbid"):
    """One file."""

    sha256: str = Field(pattern=HEX, description="SHA-256 of its bytes")
    size: int = Field(ge=0, description="bytes")


class SiteName(BaseModel, frozen=True, extra="forbid"):
    """Whose evidence it is."""

    id: str = Field(description="id of the site, the first part of every signal's path")
    name: str = Field(description="name of the site")


class Manifest(Canonical):
    """What is signed."""

    format: str = Field(pattern=f"^{FORMAT}$", description="what this document is")
    site: SiteName = Field(description="whose evidence it is")
    target: str = Field(description="id of the target that is proven")
    as_of: str = Field(description="the instant of the state, RFC 3339")
    files: dict[str, Listed] = Field(description="every other file by its name")
    apart: list[str] = Field(description="files that are listed and lie beside the package")
    root: str = Field(pattern=HEX, description="Merkle root (RFC 6962) of the lines of SHA256SUMS")
    previous: str | None = Field(description="SHA-256 of the manifest before, of other contents")
    key: str = Field(pattern=r"^[0-9a-f]{32}$", description="id of the key that signs")
    software: dict[str, str] = Field(description="versions")


class Sums(NamedTuple):
    """What a set of files comes to."""

    listed: dict[str, Listed]
    text: bytes  # SHA256SUMS
    root: str


def sums_of(files: Mapping[str, Content]) -> Sums:
    """Hashes and sizes of files, and the list that `sha256sum -c` reads."""
    listed = {name: listed_of(files[name]) for name in sorted(files)}
    lines = lines_of(listed)
    text = b"".join(lines)
    root = tree.root(lines).hex()
    return Sums({**listed, SUMS: listed_of(text)}, text, root)


def lines_of(listed: Mapping[str, Listed]) -> list[bytes]:
    """The lines of SHA256SUMS, which are the leaves of the tree."""
    names = sorted(name for name in listed if name != SUMS)
    return [f"{listed[name].sha256}  {name}\n".encode() for name in names]


def listed_of(content: Content) -> Listed:
    """Hash and size of a file."""
    total, size = hashlib.sha256(), [0]

    def add(piece: bytes) -> None:
        total.update(piece)
        size[0] += len(piece)

    copy(content, add)
    return Listed(sha256=total.hexdigest(), size=size[0])


def at(folder: Path, name: str) -> Path:
    """Where a file of a package lies in a folder."""
    return folder.joinpath(*name.split("/"))
