"""One HTTP connection against servers that misbehave on a socket of the loopback."""

import asyncio
import datetime as dt
import gzip
import os
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import Misconfigured, Unavailable
from edge.sinks.influxdb import link as module
from edge.sinks.influxdb.link import HUNG_UP, LONGEST_ANSWER, Answer, Link
from tests.servers.ports import free_port

STORED = b"HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n"
PACKED = {"Content-Encoding": "gzip"}
Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


@asynccontextmanager
async def serving(serve: Server, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that treats each connection as told; its address without the scheme."""
    port, at_work = free_port(), set[asyncio.Task[None] | None]()

    async def tidy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_work.add(asyncio.current_task())
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await serve(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async with await asyncio.start_server(tidy, "127.0.0.1", port, ssl=tls):
        yield f"127.0.0.1:{port}"
    tasks = [task for task in at_work if task is not None and not task.done()]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


async def asked(address: str, body: bytes = b"m v=1", timeout_s: float = 1.0) -> Answer:
    """The answer to one body over a link of its own, whose thread is gone afterwards."""
    link = Link(f"http://{address}", timeout_s)
    try:
        return await link.post("/write", PACKED, body)
    finally:
        link.close()
        await gone()


async def gone() -> None:
    """Return once no thread of a link is left.

    Raises:
        AssertionError: one is still there after a second.
    """
    deadline_s = time.monotonic() + 1
    while any(thread.name.startswith("influxdb") for thread in threading.enumerate()):
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.01)


async def request(reader: asyncio.StreamReader) -> bytes:
    """The body of one request, unpacked."""
    head = await reader.readuntil(b"\r\n\r\n")
    (length,) = (line[16:] for line in head.splitlines() if line.startswith(b"Content-Length: "))
    return gzip.decompress(await reader.readexactly(int(length)))


async def test_a_connection_is_used_again_and_made_anew_when_it_was_closed() -> None:
    """A server that closes an idle connection costs no failure: nothing was written twice."""
    bodies, connections = list[bytes](), list[asyncio.StreamWriter]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while len(bodies) < 5:
            bodies.append(await request(reader))
            writer.write(STORED)
            if len(bodies) == 2:
                break

    async with serving(serve) as address:
        link = Link(f"http://{address}", 1.0)
        for at in range(5):
            assert (await link.post("/write", PACKED, b"m v=%d" % at)).status == 204
            await asyncio.sleep(0.05)
        link.close()
        await gone()
    assert bodies == [b"m v=%d" % at for at in range(5)]
    assert len(connections) == 2


async def test_a_long_answer_is_cut() -> None:
    """20,000 bad lines make InfluxDB 1.8 answer 1.2 MB; the rest is never read as an answer."""
    bodies = list[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            bodies.append(await request(reader))
            writer.write(b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(1_200 * (b"3e8\r\n" + b"x" * 1_000 + b"\r\n") + b"0\r\n\r\n")

    async with serving(serve) as address:
        link = Link(f"http://{address}", 1.0)
        for _ in range(2):
            answer = await link.post("/write", PACKED, b"m v=1")
            assert (answer.status, len(answer.text)) == (400, LONGEST_ANSWER)
        link.close()
        await gone()
    assert len(bodies) == 2


async def test_an_answer_may_take_longer_than_a_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that compacts its files is slow and well; one that cannot be reached is neither."""
    monkeypatch.setattr(module, "CONNECT_S", 0.1)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        await asyncio.sleep(0.3)
        writer.write(STORED)

    async with serving(serve) as address:
        assert (await asked(address)).status == 204


@pytest.mark.parametrize("piece", [b"", b"x"])
async def test_an_answer_that_does_not_end_is_given_up(piece: bytes) -> None:
    """Silent or byte by byte: the deadline is for the whole exchange, and the thread ends too."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 999\r\n\r\n")
        while not writer.is_closing():
            writer.write(piece)
            await asyncio.sleep(0.1)

    async with serving(serve) as address:
        started_s = time.monotonic()
        with pytest.raises(Unavailable, match=f"{address}/?: no answer within 1 s"):
            await asked(address)
        assert time.monotonic() - started_s < 1.5


async def test_whoever_is_cancelled_leaves_no_thread_behind() -> None:
    """A shutdown waits for nobody, least for a server that does not answer."""
    connections = list[asyncio.StreamWriter]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await request(reader)
        writer.write(STORED)
        await request(reader)
        await asyncio.sleep(9)

    async with serving(serve) as address:
        link = Link(f"http://{address}", 30.0)
        await link.post("/write", PACKED, b"m v=1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await link.post("/write", PACKED, b"m v=2")
        link.close()
        await gone()
        assert len(connections) == 1  # nobody tried again for one who had left


async def test_a_server_that_hangs_up_while_we_send_is_told_from_a_lost_answer() -> None:
    """The one is a body that may be too long, the other a write that may have happened."""

    async def early(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.transport.abort()

    noise = os.urandom(8_000_000)
    async with serving(early) as address:
        link = Link(f"http://{address}", 5.0)
        answer = await link.post("/write", {}, noise)
        link.close()
    assert answer.status == HUNG_UP
    async with serving(late) as address:
        with pytest.raises(Unavailable, match="is the server up"):
            await asked(address)
    await gone()


async def test_nobody_at_the_address_is_unavailable() -> None:
    """The message names the address and what was seen."""
    with pytest.raises(Unavailable, match=r"Connection refused.*is the server up"):
        await asked(f"127.0.0.1:{free_port()}")


async def test_what_is_no_http_is_unavailable() -> None:
    """An OPC UA server, a printer: the first bytes are quoted."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"ERR hello\r\n")

    async with serving(serve) as address:
        with pytest.raises(Unavailable, match="ERR hello"):
            await asked(address)


async def test_tls_trusts_whom_it_is_told_to_trust(tmp_path: Path) -> None:
    """A certificate of one's own works when it is named, and else the message says how."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(STORED)

    ca = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(ca)
    async with serving(serve, tls) as address:
        port = address.rpartition(":")[2]
        link = Link(f"https://localhost:{port}", 2.0, ca)
        assert (await link.post("/write", PACKED, b"m v=1")).status == 204
        link.close()
        link = Link(f"https://localhost:{port}", 2.0)
        with pytest.raises(Unavailable, match="name the certificate of its issuer under `ca`"):
            await link.post("/write", PACKED, b"m v=1")
        link.close()
    await gone()


def test_a_broken_certificate_is_said_at_once(tmp_path: Path) -> None:
    """It would be so for ever, so nothing is tried."""
    (broken := tmp_path / "ca.pem").write_text("none")
    with pytest.raises(Misconfigured, match=r"ca .*ca.pem.*name a file of certificates"):
        Link("https://127.0.0.1:1", 1.0, broken)


def certificate(folder: Path) -> Path:
    """A file with a fresh key and a certificate for localhost that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def test_a_password_of_any_letters_is_sent_as_utf_8() -> None:
    """HTTP's own Latin-1 has no Korean letters; servers that take such passwords read UTF-8."""
    heard = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.readuntil(b"\r\n\r\n"))
        writer.write(STORED)
        await writer.drain()

    async with serving(serve) as address:
        link = Link(f"http://{address}", 1.0)
        try:
            assert await link.get("/", {"Authorization": "Token gw:비밀번호"}) == Answer(
                204, date="now"
            )
        finally:
            link.close()
            await gone()
    assert "Authorization: Token gw:비밀번호\r\n".encode() in await heard


@pytest.mark.parametrize("method", ["post", "get"])
async def test_an_answer_that_repeats_the_token_is_heard_without_it(method: str) -> None:
    """Some servers quote the request that they refuse; what comes of it is shown to people."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        said = b"Token geheim42 may not write"
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
        await writer.drain()

    async with serving(serve) as address:
        link = Link(f"http://{address}", 1.0)
        headers = {"Authorization": "Token geheim42"}
        try:
            asking = link.get("/", headers) if method == "get" else link.post("/", headers, b"")
            assert await asking == Answer(403, "Token *** may not write")
        finally:
            link.close()
            await gone()
