"""PublishRequests, ready-made: the one request that is sent many times a second.

What always holds: the bytes are those that asyncua would make of the same request, on the channel
and with the keys that asyncua has agreed upon. A contract test guards the private doors used here.
"""

import hmac
import struct
from typing import Any

from asyncua import ua
from asyncua.ua.ua_binary import nodeid_to_binary

from edge.clock import Clock

TYPE = struct.pack("<BBH", 1, 0, ua.ObjectIds.PublishRequest_Encoding_DefaultBinary)
TAIL = struct.pack("<IiIBBB", 0, -1, 0, 0, 0, 0)  # no diagnostics, no audit, no hint, no more
CHUNK = struct.Struct("<4sIII")  # message and whole, size, channel, token
NUMBERS = struct.Struct("<II")  # of the chunk, of the request
EPOCH_TICKS = 116_444_736_000_000_000  # 1970 in 100 ns since 1601
LAST_NUMBER = (1 << 32) - 1


class Sender:
    """Sends PublishRequests of an open session."""

    def __init__(self, protocol: Any, clock: Clock) -> None:  # noqa: ANN401 - untyped library
        self._protocol = protocol
        self._clock = clock
        self._head: bytes = TYPE + nodeid_to_binary(protocol.authentication_token)
        self._sizes: dict[int, tuple[bytes, int]] = {}  # of what is sealed: padding, size sealed

    def send(self, acks: list[list[tuple[int, int]]]) -> list[int]:
        """Send as many as there are lists, each acknowledging one; the numbers they went under.

        Raises:
            OSError: the link is gone.
        """
        protocol = self._protocol
        if protocol.transport is None:
            raise ConnectionError("the link is gone")
        protocol.revolve_security_token()
        numbers, packets = list[int](), list[bytes]()
        for each in acks:
            protocol._request_id += 1  # noqa: SLF001 - see above
            protocol._request_handle += 1  # noqa: SLF001 - see above
            body = self.encoded(protocol._request_handle, each)  # noqa: SLF001 - see above
            numbers.append(protocol._request_id)  # noqa: SLF001 - see above
            packets.append(self._sealed(protocol._connection, numbers[-1], body))  # noqa: SLF001 - see above
        protocol.transport.write(b"".join(packets))
        return numbers

    def encoded(self, handle: int, acks: list[tuple[int, int]]) -> bytes:
        """The request."""
        now = EPOCH_TICKS + self._clock.wall_ns() // 1000 * 10
        numbers = [number for ack in acks for number in ack]
        tail = struct.pack(f"<i{len(numbers)}I", len(acks), *numbers)
        return self._head + struct.pack("<qI", now, handle) + TAIL + tail

    def _sealed(self, connection: Any, request: int, body: bytes) -> bytes:  # noqa: ANN401 - untyped library
        """A message of one chunk, signed and encrypted as the channel is."""
        crypto = connection.security_policy.symmetric_cryptography
        token = connection.security_token
        number = connection._sequence_number % LAST_NUMBER + 1  # noqa: SLF001 - its own counter
        connection._sequence_number = number  # noqa: SLF001 - its own counter
        padding, size = self._sizes.get(len(body)) or self._measured(crypto, len(body))
        plain = b"".join(
            (
                CHUNK.pack(b"MSGF", size, token.ChannelId, token.TokenId),
                NUMBERS.pack(number, request),
                body,
                padding,
            )
        )
        if size == len(plain):
            return plain
        signed = plain + hmac.digest(crypto.Signer.key, plain, "sha256")
        if not crypto.is_encrypted:
            return signed
        cipher = crypto.Encryptor.cipher.encryptor()
        head, secret = signed[: CHUNK.size], memoryview(signed)[CHUNK.size :]
        return b"".join((head, cipher.update(secret), cipher.finalize()))

    def _measured(self, crypto: Any, body: int) -> tuple[bytes, int]:  # noqa: ANN401 - untyped library
        """The padding of a body of so many bytes, and the size of the whole chunk."""
        plain = NUMBERS.size + body
        padding: bytes = crypto.padding(plain)
        size = plain + len(padding) + crypto.signature_size()
        size = size // crypto.plain_block_size() * crypto.encrypted_block_size() + CHUNK.size
        found = self._sizes[body] = padding, size
        return found
