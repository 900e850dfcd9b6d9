"""From the bytes of a channel to messages: the same as asyncua makes of them."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from collectors.opcua.receiving import BROKEN
from tests.unit.collectors.opcua_channel import (
    KEPT_MS,
    SEALINGS,
    Half,
    Sealing,
    cut,
    halves,
    ours,
    theirs,
)

BODIES = st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=5000)), max_size=5)
CUTS = st.lists(st.integers(0, 10**6), max_size=8)
REFUSED = (ua.UaError, *BROKEN)


def sent_by(server: Half, bodies: list[tuple[int, bytes]]) -> bytes:
    """Messages as asyncua puts them on a channel."""
    return b"".join(
        server.connection.message_to_binary(body or b"-", request_id=request)
        for request, body in bodies
    )


@given(BODIES, st.sampled_from((None, *SEALINGS)), st.integers(200, 3000), CUTS)
def test_messages_are_those_of_asyncua(
    bodies: list[tuple[int, bytes]], sealing: Sealing | None, chunk: int, cuts: list[int]
) -> None:
    """However they are cut into chunks and packets, plain or sealed in whatever way we offer."""
    how: Any = {"encrypted": sealing is not None, "chunk": chunk, "sealing": sealing}
    server, client = halves(**how)
    _, other = halves(**how)
    pieces = cut(sent_by(server, bodies), cuts)
    found = [(request, bytes(body)) for request, body in ours(client, pieces)]
    assert found == theirs(other, pieces) == [(request, body or b"-") for request, body in bodies]
    assert client.connection._peer_sequence_number == other.connection._peer_sequence_number


@given(
    BODIES,
    st.sampled_from(SEALINGS),
    st.integers(300, 3000),
    st.tuples(st.integers(0), st.integers(1, 255)),
)
def test_changed_bytes_of_a_sealed_channel_are_never_a_message(
    bodies: list[tuple[int, bytes]], sealing: Sealing, chunk: int, change: tuple[int, int]
) -> None:
    """Whatever byte is changed: what comes out was sent, or all ends with an error."""
    at, by = change
    server, client = halves(encrypted=True, chunk=chunk, sealing=sealing)
    raw = bytearray(sent_by(server, bodies) or b"MSGF")
    raw[at % len(raw)] = (raw[at % len(raw)] + by) % 256
    found: list[tuple[int, bytes]] = []
    with suppress(*REFUSED):
        found = [(request, bytes(body)) for request, body in ours(client, [bytes(raw)])]
    assert found == [(request, body or b"-") for request, body in bodies][: len(found)]


@given(st.binary(max_size=200))
def test_any_bytes_are_an_error_of_ours_or_nothing(raw: bytes) -> None:
    """What is no OPC UA ends the link, and nothing else."""
    _, client = halves(encrypted=False)
    with suppress(*REFUSED):
        ours(client, [b"MSGF" + raw])


def change(raw: bytes, at: int, to: bytes) -> bytes:
    """Other bytes at one place."""
    return raw[:at] + to + raw[at + len(to) :]


@pytest.mark.parametrize(
    ("at", "to", "text"),
    [
        (8, b"\x09", "channel 9"),
        (12, b"\x09", "token"),
        (16, b"\x05", "chunk 5 after 1"),
        (4, b"\xff\xff\xff\x7f", "a chunk of 2147483647 bytes"),
        (4, b"\x07\x00", "a chunk of 7 bytes"),
        (3, b"X", "kind b'X'"),
        (0, b"HEL", "kind b'HEL'"),
        (0, b"ERR", "the channel has ended"),
    ],
)
def test_a_chunk_that_does_not_belong_here_is_refused(at: int, to: bytes, text: str) -> None:
    """Another channel or token, a hole in the numbers, a size beyond what was agreed upon."""
    server, client = halves(encrypted=False)
    first, second = (sent_by(server, [(request, b"body")]) for request in (1, 2))
    with pytest.raises(ua.UaError, match=text):
        ours(client, [first, change(second, at, to)])


def test_numbers_start_over_at_their_end() -> None:
    """After the last number comes a small one."""
    server, client = halves(encrypted=False)
    server.connection._sequence_number = 2**32 - 2
    found = ours(client, [sent_by(server, [(1, b"last"), (2, b"first"), (3, b"second")])])
    assert [bytes(body) for _, body in found] == [b"last", b"first", b"second"]


def test_an_aborted_message_is_dropped_and_the_next_is_whole() -> None:
    """Its beginning does not end up in another."""
    server, client = halves(encrypted=False, chunk=200)
    raw = sent_by(server, [(1, b"x" * 250), (2, b"whole")])
    second = raw.index(b"MSGF")
    size = int.from_bytes(raw[second + 4 : second + 8], "little")
    why = (0x8000_0000).to_bytes(4, "little") + (-1).to_bytes(4, "little", signed=True)
    aborted = change(raw[second : second + 24], 3, b"A") + why
    aborted = change(aborted, 4, len(aborted).to_bytes(4, "little"))
    found = ours(client, [raw[:second] + aborted + raw[second + size :]])
    assert [(request, bytes(body)) for request, body in found] == [(2, b"whole")]


def test_a_message_of_too_many_chunks_is_refused() -> None:
    """The limit that was agreed upon bounds what is kept in memory."""
    server, client = halves(encrypted=False, chunk=200)
    client.connection._limits.max_chunk_count = 3
    with pytest.raises(ua.UaError, match="a message of 4 chunks"):
        ours(client, [sent_by(server, [(1, b"x" * 2000)])])


def test_messages_on_either_side_of_new_keys_are_read() -> None:
    """The server changes its keys when it likes, and may send something under the old ones yet."""
    server, client = halves(encrypted=True)
    old, _ = halves(encrypted=True)
    for half in (server, client, old):
        half.connection.security_token = token(7)
    before = sent_by(server, [(1, b"old keys")])
    for half, nonces in ((server, (b"s2", b"c2")), (client, (b"c2", b"s2"))):
        half.connection.local_nonce, half.connection.remote_nonce = nonces
        half.connection.next_security_token = token(8)
        half.connection._allow_prev_token = True
    server.connection.revolve_tokens()
    after = sent_by(server, [(2, b"new keys")])
    old.connection._sequence_number = server.connection._sequence_number
    late = sent_by(old, [(3, b"old keys again")])
    found = ours(client, [before, after])
    sealed = client.connection.security_policy.symmetric_cryptography
    sealed.prev_key_expiration = 0.0  # they lived long enough; their token is taken for a while yet
    found += ours(client, [late])
    assert [bytes(body) for _, body in found] == [b"old keys", b"new keys", b"old keys again"]
    assert client.connection.security_token.TokenId == 8


def token(number: int) -> Any:  # noqa: ANN401 - asyncua
    """A token of the channel, fresh."""
    return ua.ChannelSecurityToken(0, number, datetime.now(UTC), KEPT_MS)
