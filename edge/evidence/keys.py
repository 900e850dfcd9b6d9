"""The key that signs a site's evidence: made once, never sent anywhere, its public half for all.

A signature proves that who held this key vouched for these bytes. It does not prove that a sensor
told the truth, nor whose key it is: that takes a person who noted the key's id at the box.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.errors import Misconfigured, VerificationFailed

FILE = "evidence"  # in data/keys
ID_DIGITS = 32  # of a SHA-256: nobody makes a second key with the same 128 bits


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What others check with."""

    pem: bytes  # SubjectPublicKeyInfo, as openssl reads it

    @property
    def id(self) -> str:
        """The first half of the SHA-256 of the 32 bytes of the key."""
        raw = self._key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return hashlib.sha256(raw).hexdigest()[:ID_DIGITS]

    def check(self, signature: bytes, content: bytes) -> bool:
        """Whether this key signed this content."""
        try:
            self._key().verify(signature, content)
        except InvalidSignature:
            return False
        return True

    def _key(self) -> Ed25519PublicKey:
        """The key itself.

        Raises:
            VerificationFailed: the text is no such key, or not in the one form that we write.
        """
        try:
            key = serialization.load_pem_public_key(self.pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise VerificationFailed(f"key.pem is no public key: {error}") from error
        if not isinstance(key, Ed25519PublicKey) or public_pem(key) != self.pem:
            raise VerificationFailed("key.pem is no Ed25519 key as lineproof writes it")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key of a site."""

    _key: Ed25519PrivateKey

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The key in a folder; made, readable by us alone, where there is none.

        Raises:
            Misconfigured: what lies there is no such key, or others may read it.
        """
        return cls(read(ensure(folder)))

    @property
    def public(self) -> PublicKey:
        """What others check with."""
        return PublicKey(public_pem(self._key.public_key()))

    def sign(self, content: bytes) -> bytes:
        """64 bytes; the same for the same content."""
        return self._key.sign(content)


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key in the one form that we write."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form)


def read(path: Path) -> Ed25519PrivateKey:
    """The private key in a file.

    Raises:
        Misconfigured: it is no such key, or others may read it.
    """
    if path.stat().st_mode & 0o077:
        raise Misconfigured(f"{path} may be read by others; write `chmod 600 {path}`")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(f"{path} is no private key ({error}); put the backup there") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(f"{path} is no Ed25519 key; put the backup there")
    return key


def ensure(folder: Path) -> Path:
    """The file of the key in a folder; a key is made where there is none."""
    path = folder / FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make(path)
    return path


def make(path: Path) -> None:
    """Put a new key there, whole or not at all; one that another process puts there first stays."""
    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    handle, draft = mkstemp(prefix=".evidence-", dir=path.parent)  # readable by us alone
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink()
