"""One HTTP connection to a server, used by one thread, with a deadline on everything.

influxdb-client reads an answer of any length into memory, and the socket of its call in flight
cannot be reached to end it. Here an answer is cut, and whoever gives up closes the socket, so the
thread is free at once and there is never a second one.
"""

import asyncio
import gzip
import http.client
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from edge.errors import Misconfigured, Unavailable, reason
from edge.sinks.influxdb.hiding import hidden

CONNECT_S = 4.0  # also the longest time that an abandoned attempt keeps the thread
HUNG_UP = 0  # stands for a status: the server hung up before it had the whole body
LONGEST_ANSWER = 65_536  # bytes; 20,000 bad lines make InfluxDB 1.8 answer with 1.2 MB
LONGEST_FETCHED = 8 * 1_048_576  # of what is asked for; the counts of 1,000 signals are 0.2 MB
EMPTY: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: of its words the first 64 KiB, or 8 MiB where they were asked for."""

    status: int
    text: str = ""
    retry_after: str = ""
    date: str = ""


class Link:
    """A connection that is kept while it works and made anew when it does not."""

    def __init__(self, url: str, timeout_s: float, ca: Path | None = None) -> None:
        """Prepare; nothing is sent before the first request.

        Raises:
            Misconfigured: `ca` cannot be read as certificates.
        """
        parts = urlsplit(url)
        self.url = url
        self._prefix = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._given_up = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="influxdb")
        if parts.scheme == "https":
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=CONNECT_S, context=trusting(ca)
            )
        else:
            self._connection = http.client.HTTPConnection(
                parts.hostname or "", parts.port, timeout=CONNECT_S
            )

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one body and return the answer; its status is HUNG_UP where sending was cut off.

        Raises:
            Unavailable: no answer, within the deadline; the body may have been stored or not.
        """
        return await self._ask("POST", path, headers, body)

    async def get(self, path: str, headers: Mapping[str, str] = EMPTY) -> Answer:
        """Fetch one answer, of which the first 8 MiB are kept.

        Raises:
            Unavailable: no answer, within the deadline.
        """
        return await self._ask("GET", path, headers, None)

    def close(self) -> None:
        """End what is under way; the thread ends with it."""
        self._hang_up()
        self._thread.submit(self._connection.close)
        self._thread.shutdown(wait=False)

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await loop.run_in_executor(
                    self._thread, self._exchange, method, self._prefix + path, headers, body
                )
        except TimeoutError as error:
            self._hang_up()
            message = f"no answer within {self._timeout_s:g} s; is the server overloaded?"
            raise Unavailable(f"influxdb {self.url}: {message}") from error
        except ssl.SSLCertVerificationError as error:
            message = f"{error.verify_message}; name the certificate of its issuer under `ca`"
            raise Unavailable(f"influxdb {self.url}: {message}") from error
        except (OSError, http.client.HTTPException) as error:
            said = reason(error) if isinstance(error, OSError) else repr(error)
            message = f"{hidden(said, headers)}; is the server up?"
            raise Unavailable(f"influxdb {self.url}: {message}") from error

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """One request; once more when the server had closed an idle connection meanwhile."""
        used = self._connection.sock is not None
        packed = None if body is None else gzipped(body, headers)
        try:
            answer = self._attempt(method, path, headers, packed)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            if self._given_up or not used or isinstance(error, TimeoutError):
                raise
        else:
            if answer.status != HUNG_UP or not used:
                return answer
        return self._attempt(method, path, headers, packed)

    def _attempt(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        connection, reset = self._connection, None
        if connection.sock is None:
            connection.connect()
        if connection.sock is not None:
            connection.sock.settimeout(self._timeout_s)
        if self._given_up:
            raise ConnectionAbortedError("nobody waits for the answer any more")
        try:
            told = {name: value.encode() for name, value in headers.items()}  # not Latin-1
            connection.request(method, path, body, told)
        except (BrokenPipeError, ConnectionResetError) as error:
            reset = error  # it may have said why before it hung up
        try:
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if reset is None:
                raise
            return Answer(HUNG_UP, f"{reset} while sending, then {error!r}")
        with response:
            raw = response.read(LONGEST_ANSWER if method == "POST" else LONGEST_FETCHED)
            if reset is not None or not response.isclosed():
                connection.close()
        said = raw.decode(errors="replace")
        return Answer(
            response.status,
            hidden(said, headers) if response.status >= HTTPStatus.BAD_REQUEST else said,
            response.getheader("Retry-After", ""),
            response.getheader("Date", ""),
        )

    def _hang_up(self) -> None:
        """Make whatever the thread waits for on the socket fail now, and let it try no more."""
        self._given_up = True  # before the look at the socket: the thread looks in this order too
        link = self._connection.sock
        if link is not None:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was not connected any more, which is what was wanted


def gzipped(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body as the headers announce it."""
    packed = headers.get("Content-Encoding") == "gzip"
    return gzip.compress(body, compresslevel=1, mtime=0) if packed else body


def trusting(ca: Path | None) -> ssl.SSLContext:
    """TLS that trusts the named issuer alone, or those of the system."""
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(f"ca '{ca}': {reason(error)}; name a file of certificates") from error
