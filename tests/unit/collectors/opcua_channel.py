"""Both ends of an OPC UA channel, made of asyncua and without a socket."""

from itertools import pairwise
from typing import Any

from asyncua import ua
from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.connection import SecureConnection, TransportLimits
from asyncua.crypto.security_policies import (
    Cryptography,
    SecurityPolicyAes128Sha256RsaOaep,
    SecurityPolicyAes256Sha256RsaPss,
    SecurityPolicyBasic256Sha256,
    SecurityPolicyNone,
)

from collectors.opcua.chunks import Chunks, Message

KEPT_MS = 60_000
ENCRYPTED = ua.MessageSecurityMode.SignAndEncrypt
Sealing = tuple[Any, Any]  # policy and mode of asyncua
USUAL: Sealing = SecurityPolicyBasic256Sha256, ENCRYPTED
SEALINGS: tuple[Sealing, ...] = (
    USUAL,
    (SecurityPolicyBasic256Sha256, ua.MessageSecurityMode.Sign),
    (SecurityPolicyAes128Sha256RsaOaep, ENCRYPTED),
    (SecurityPolicyAes256Sha256RsaPss, ENCRYPTED),
)


class Half:
    """One end of a channel: its connection, with keys and limits."""

    def __init__(
        self,
        *,
        encrypted: bool,
        local: bytes,
        remote: bytes,
        chunk: int = 65_535,
        sealing: Sealing = USUAL,
    ) -> None:
        policy = SecurityPolicyNone()
        if encrypted:
            kind, mode = sealing
            policy = kind.__new__(kind)
            policy.symmetric_cryptography = Cryptography(mode)
            policy.make_local_symmetric_key(local, b"seed")
            policy.make_remote_symmetric_key(remote, b"seed", KEPT_MS)
        self.connection = SecureConnection(policy, TransportLimits(chunk, chunk, 0, 0))


def halves(*, encrypted: bool, chunk: int = 65_535, sealing: Sealing = USUAL) -> tuple[Half, Half]:
    """A server's and a client's."""
    how: Any = {"encrypted": encrypted, "chunk": chunk, "sealing": sealing}
    return (
        Half(local=b"server", remote=b"client", **how),
        Half(local=b"client", remote=b"server", **how),
    )


def protocol_of(client: Half) -> Any:  # noqa: ANN401 - untyped library
    """A protocol of asyncua's on that end."""
    protocol = UASocketProtocol()
    protocol._connection = client.connection
    return protocol


def ours(client: Half, pieces: list[bytes]) -> list[Message]:
    """What we make of bytes that come in these pieces."""
    chunks, left, found = Chunks(protocol_of(client)), b"", list[Message]()
    for piece in pieces:
        left += piece
        messages, done = chunks.take(memoryview(left))
        found += messages
        left = left[done:]
    return found


def theirs(client: Half, pieces: list[bytes]) -> list[tuple[int, bytes]]:
    """What asyncua makes of them."""
    protocol, found = protocol_of(client), list[tuple[int, bytes]]()
    protocol._call_callback = lambda request, body: found.append((request, bytes(body)))
    for piece in pieces:
        protocol.data_received(piece)
    return found


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Bytes in pieces."""
    edges = sorted({0, len(stream), *(at % (len(stream) or 1) for at in cuts)})
    return [stream[start:end] for start, end in pairwise(edges)]
