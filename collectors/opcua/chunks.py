"""The chunks of one channel become whole messages.

No socket, no clock: bytes in, messages out. What always holds: a chunk counts only if channel,
token, signature and number are right, within the limits that were agreed upon. Keys, tokens and
numbers stay on asyncua's connection, for asyncua opens and renews the channel; what is no message
(the channel's own packets) goes to asyncua. A property holds the messages to those of asyncua,
whose way takes ten times as many calls for each.
"""

import hmac
import struct
from typing import Any, NamedTuple

import structlog
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.crypto.uacrypto import InvalidSignature
from asyncua.ua.ua_binary import struct_from_binary

PACKET = 8  # bytes of a packet's kind and size
CHANNELS_OWN = {b"OPN", b"ERR"}
HEAD = struct.Struct("<3scIII")  # kind, place in the message, size, channel, token
NUMBERS = struct.Struct("<II")  # of the chunk, of the request
SIGNATURE = 32  # bytes of HMAC-SHA256
WRAPS = 1024  # numbers may start over that near to their end
LAST_NUMBER = (1 << 32) - 1

log = structlog.get_logger()


class Message(NamedTuple):
    """The answer to one request, decrypted and verified, but not decoded."""

    request: int
    body: memoryview


class Chunks:
    """What came of one connection and is not a whole message yet."""

    def __init__(self, protocol: Any) -> None:  # noqa: ANN401 - untyped library
        self._protocol = protocol
        self._connection = protocol._connection  # noqa: SLF001 - keys, tokens and numbers
        self._parts: list[memoryview] = []
        self._request = 0

    def take(self, data: memoryview) -> tuple[list[Message], int]:
        """The messages that end in these bytes, and how many of the bytes are done with.

        Raises:
            ua.UaError, InvalidSignature, ValueError, …: no server may send this.
        """
        found: list[Message] = []
        at, end = 0, len(data)
        while end - at >= PACKET:
            size = int.from_bytes(data[at + 4 : at + PACKET], "little")
            if not PACKET <= size <= self._connection._limits.max_recv_buffer:  # noqa: SLF001 - agreed there
                raise ua.UaError(f"a chunk of {size} bytes")
            if end - at < size:
                break
            if bytes(data[at : at + 3]) == b"MSG":
                message = self._chunk(data[at : at + size])
                if message is not None:
                    found.append(message)
            else:
                self._pass_on(bytes(data[at : at + size]))
            at += size
        return found, at

    def _pass_on(self, packet: bytes) -> None:
        """Have asyncua look at a packet of the channel's own: new keys, or why it ends."""
        if packet[:3] not in CHANNELS_OWN:
            raise ua.UaError(f"a packet of kind {packet[:3]!r}")
        self._protocol.data_received(packet)
        transport = self._protocol.transport
        if transport is None or transport.is_closing():
            raise ua.UaError(f"the channel has ended after {packet[:60]!r}")

    def _chunk(self, chunk: memoryview) -> Message | None:
        """The message that ends in this chunk, if one does."""
        connection = self._connection
        _, place, _, channel, token = HEAD.unpack_from(chunk)
        if token != connection.security_token.TokenId:
            connection._check_sym_header(ua.SymmetricAlgorithmHeader(token))  # noqa: SLF001 - new keys come in this way
        plain = opened(connection.security_policy.symmetric_cryptography, chunk)
        if channel != connection.security_token.ChannelId:
            raise ua.UaError(f"a chunk of channel {channel}")
        number, request = NUMBERS.unpack_from(plain)
        self._count(number)
        if self._parts and request != self._request:
            raise ua.UaError(f"a chunk of request {request} inside the answer to {self._request}")
        if place == b"A":
            why = struct_from_binary(ua.ErrorMessage, Buffer(bytes(plain[NUMBERS.size :])))
            log.warning("message aborted", request=request, reason=str(why)[:200])
            self._parts = []
            return None
        self._add(request, plain[NUMBERS.size :])
        if place == b"C":
            return None
        if place != b"F":
            raise ua.UaError(f"a chunk of kind {place!r}")
        parts, self._parts = self._parts, []
        return Message(request, parts[0] if len(parts) == 1 else memoryview(b"".join(parts)))

    def _count(self, number: int) -> None:
        """Chunks are numbered without a hole; after the last number they start over."""
        connection = self._connection
        before = connection._peer_sequence_number  # noqa: SLF001 - shared with the channel's packets
        starts_over = number < WRAPS and before is not None and before > LAST_NUMBER - WRAPS
        if before is not None and number != before + 1 and not starts_over:
            raise ua.UaError(f"chunk {number} after {before}")
        connection._peer_sequence_number = number  # noqa: SLF001 - see above

    def _add(self, request: int, part: memoryview) -> None:
        """Keep one more part of the message at hand."""
        self._request = request
        self._parts.append(part)
        if len(self._parts) > 1 or not self._fits(len(part)):
            limits = self._connection._limits  # noqa: SLF001 - agreed there
            enough = limits.is_chunk_count_within_limit(len(self._parts))
            if not enough or not self._fits(sum(map(len, self._parts))):
                raise ua.UaError(f"a message of {len(self._parts)} chunks and too many bytes")

    def _fits(self, size: int) -> bool:
        limits = self._connection._limits  # noqa: SLF001 - agreed there
        return bool(limits.is_msg_size_within_limit(size))


def opened(crypto: Any, chunk: memoryview) -> memoryview:  # noqa: ANN401 - untyped library
    """What is behind the head of a chunk, decrypted and verified; its padding is gone.

    A server may use the keys before the present ones for a while, as it answers a request by those
    with which it was sent: until the next renewal, and as long as their token is taken, which is a
    quarter longer than it lives.
    """
    if not crypto.vsignature_size():
        return memoryview(bytes(chunk[HEAD.size :]))  # the next read overwrites where it came
    try:
        return verified(chunk, crypto.Verifier, crypto.Decryptor if crypto.is_encrypted else None)
    except InvalidSignature:
        if crypto.Prev_Verifier is None:
            raise
        before = crypto.Prev_Decryptor if crypto.is_encrypted else None
        return verified(chunk, crypto.Prev_Verifier, before)


def verified(chunk: memoryview, verifier: Any, decryptor: Any) -> memoryview:  # noqa: ANN401 - untyped library
    """What these keys of asyncua's make of a chunk, in a third of the calls that it takes.

    All policies that we offer sign by HMAC-SHA256 and encrypt by AES-CBC.
    """
    if decryptor is None:
        opened = bytes(chunk[HEAD.size :])
    else:
        cipher = decryptor.cipher.decryptor()
        opened = cipher.update(chunk[HEAD.size :]) + cipher.finalize()
    plain, signature = memoryview(opened)[:-SIGNATURE], opened[-SIGNATURE:]
    signed = b"".join((chunk[: HEAD.size], plain))
    if not hmac.compare_digest(hmac.digest(verifier.key, signed, "sha256"), signature):
        raise InvalidSignature("a chunk that is signed by none of the channel's keys")
    return plain if decryptor is None else plain[: -1 - plain[-1]]
