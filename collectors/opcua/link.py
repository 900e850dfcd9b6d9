"""One channel and one session with one server.

asyncua makes channel, session, security and encoding; its subscriptions, watchdogs and reconnects
stay unused, for they lose notifications without saying so. Every request has a deadline, and what
goes wrong comes out as an error of ours. Nothing here can write to a server.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from typing import Any

import structlog
from asyncua import ua
from asyncua.crypto.uacrypto import CertProperties
from asyncua.ua.ua_binary import struct_from_binary

from collectors.opcua.access import POLICIES, chosen, explained, password_of
from collectors.opcua.caller import Caller
from collectors.opcua.certificates import Ends, Trust, der_of, first_of, own_identity
from collectors.opcua.receiving import Listener, Next, Receiver
from collectors.opcua.sending import Sender
from collectors.opcua.settings import Config
from collectors.opcua.wire import UNREADABLE
from edge.clock import Clock
from edge.errors import Unavailable, Unreachable, reason

ANSWER_S = 10.0  # a slow server is not a dead one
CONNECT_S = 30.0
CLOSE_S = 0.6  # of the second that a stop may take
SESSION_MS = 30_000  # what a killed process leaves behind blocks a small server no longer

log = structlog.get_logger()


class Answered(Unavailable):
    """The server answered a request with a bad status."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Unanswered(Unavailable):
    """No answer came in time."""


@contextmanager
def told(where: str) -> Iterator[None]:
    """Make whatever goes wrong inside an error of ours."""
    try:
        yield
    except ua.UaStatusCodeError as error:
        raise Answered(f"{where}: the server answers '{error}'", error.code) from error
    except TimeoutError as error:
        raise Unanswered(f"{where}: no answer in time; is the server busy, the net cut?") from error
    except OSError as error:
        raise Unreachable(f"{where}: {reason(error)}; is the server up?") from error
    except ua.UaError as error:
        raise Unavailable(f"{where}: '{error}'; is the server up?") from error


@contextmanager
def gently() -> Iterator[None]:
    """Have a link that breaks in here retried slowly: each new channel makes a PLC compute keys."""
    try:
        yield
    except Unreachable as error:
        raise Unavailable(str(error)) from error


class Link:
    """An open session; all requests go through `ask` and `publish`."""

    def __init__(self, client: Any, config: Config, clock: Clock) -> None:  # noqa: ANN401 - untyped library
        self._client = client
        self._config = config
        self._clock = clock
        self._sender: Sender
        self._receiver: Receiver
        self.url = config.url
        self.ends: Ends | None = None  # None: no certificates, the channel is in the clear

    @property
    def keys_live_s(self) -> float:
        """How long the keys of the channel live, as the server has it."""
        return float(self._client.secure_channel_timeout) / 1000

    async def open(self) -> None:
        """Socket, channel, session, user."""
        client, security = self._client, self._config.security
        with told(self.url):
            await client.connect_socket()
            await client.send_hello()
        with gently(), told(self.url), explained(self._config):
            await self._open_channel(renew=False)
            await client.create_session()
            await client.activate_session(security.user, password_of(self._config))
        self._sender = Sender(client.uaclient.protocol, self._clock)
        self._receiver = Receiver(client.uaclient.protocol)

    async def _open_channel(self, *, renew: bool) -> None:
        """Open the channel, or give it new keys."""
        try:
            await self._client.open_secure_channel(renew=renew)
        except AssertionError as error:  # asyncua's way to say that it could not read a refusal
            if self._config.security.policy == "None":
                raise ConnectionError("the server refuses the channel") from error
            raise ua.UaStatusCodeError(ua.StatusCodes.BadSecurityChecksFailed) from error

    async def ask(self, request: Any, answer: Any, *, soon: bool = True) -> Any:  # noqa: ANN401 - untyped library
        """The answer to one request, decoded.

        Args:
            request: of asyncua.
            answer: its class.
            soon: whether to read it when it comes, else with what comes besides.

        Raises:
            Answered: a bad status instead of an answer.
            Unavailable: no answer, or the link is gone.
        """
        raw = await self.ask_raw(request, soon=soon)
        with told(f"{self.url} {type(request).__name__}"):
            try:
                response = struct_from_binary(answer, raw)
            except UNREADABLE as error:
                raise Unavailable(f"{self.url}: '{error}' in an answer; is it OPC UA?") from error
            response.ResponseHeader.ServiceResult.check()
            return response

    async def ask_raw(self, request: Any, *, soon: bool = True) -> Any:  # noqa: ANN401 - untyped library
        """The answer to one request, reassembled, decrypted and verified, but not decoded.

        The private door of asyncua shows the bytes; a contract test guards it.
        """
        where = f"{self.url} {type(request).__name__}"
        with told(where), self._receiver.hurrying() if soon else nullcontext():
            async with asyncio.timeout(ANSWER_S):
                return await self._client.uaclient._send_request(request, timeout=0)  # noqa: SLF001 - see above

    async def receive(self) -> None:
        """Take in what the server sends, until cancelled.

        Raises:
            Unavailable: the link is gone, or what comes over it is not to be understood.
        """
        with told(self.url):
            await self._receiver.run()

    def publish(self, acks: list[list[tuple[int, int]]]) -> list[int]:
        """Send a PublishRequest for each list of acknowledgements; the numbers of the requests.

        Raises:
            Unavailable: the link is gone.
        """
        with told(f"{self.url} PublishRequest"):
            numbers = self._sender.send(acks)
        self._receiver.awaited.update(numbers)
        return numbers

    def listen(self, take: Listener, next_s: Next) -> None:
        """From now on give it the answers to PublishRequests, as many as came together.

        Args:
            take: who gets them.
            next_s: in how many seconds, but not before as many, a commit may begin.
        """
        self._receiver.listener, self._receiver.next_s = take, next_s

    async def renew(self) -> None:
        """Give the channel new keys before the old ones expire, until cancelled."""
        while True:
            await self._clock.sleep(0.75 * self._client.secure_channel_timeout / 1000)
            with told(f"{self.url} channel renewal"), self._receiver.hurrying():
                async with asyncio.timeout(ANSWER_S):
                    await self._open_channel(renew=True)
            self._client.uaclient.revolve_security_token()

    async def close(self, *, keep_subscription: bool) -> None:
        """Leave; in time, whatever the server does."""
        uaclient = self._client.uaclient
        protocol = uaclient.protocol
        try:
            with suppress(OSError, ua.UaError):
                async with asyncio.timeout(CLOSE_S):
                    await uaclient.close_session(not keep_subscription)
                    if protocol is not None and not protocol.is_closed:
                        await uaclient.close_secure_channel()
        finally:  # Python 3.11.2 says CancelledError for a timeout in a task that is cancelled
            uaclient.disconnect_socket()
            if protocol is not None and protocol.transport is not None:
                protocol.transport.abort()  # a dead peer would hold what was not sent yet
            await asyncio.sleep(0)  # the transport ends in the loop's next turn


@asynccontextmanager
async def opened(config: Config, clock: Clock) -> AsyncIterator[Link]:
    """A session with the configured server.

    The server keeps the subscription of a named user when we leave, for whoever comes next.

    Raises:
        Unavailable: the server cannot be reached, or is not accepted yet.
        Misconfigured: a person must mend it first.
    """
    client = Caller(config.url, timeout=ANSWER_S)
    client.name = client.description = f"lineproof {socket.gethostname()}"
    client.session_timeout = SESSION_MS
    link = Link(client, config, clock)
    try:
        with told(config.url):
            async with asyncio.timeout(CONNECT_S):
                link.ends = await secure(client, config, clock)
                await link.open()
        yield link
    finally:
        kept = config.security.user is not None and not config.leaves_nothing
        await link.close(keep_subscription=kept)


async def secure(client: Any, config: Config, clock: Clock) -> Ends | None:  # noqa: ANN401 - untyped library
    """Choose the configured endpoint of the server, and prepare the channel for it.

    Returns:
        How long its certificates are valid; None where it has none.
    """
    with told(config.url):
        offers = await Caller(config.url, timeout=ANSWER_S).connect_and_get_server_endpoints()
    endpoint = chosen(offers, config)
    if config.security.policy == "None":
        log.warning("unprotected channel", url=config.url, exception=config.security.exception)
        return None
    folder = config.keys / "opcua"
    server = endpoint.ServerCertificate or b""
    trust = Trust(folder, config.security.trust)
    await asyncio.to_thread(trust.check, server, endpoint.Server.ApplicationUri, clock)
    own = await asyncio.to_thread(own_identity, folder, clock)
    client.application_uri = own.uri
    await client.set_security(
        POLICIES[config.security.policy],
        CertProperties(own.certificate, "der"),
        CertProperties(own.key, "der"),
        server_certificate=CertProperties(der_of(first_of(server)), "der"),
        mode=getattr(ua.MessageSecurityMode, config.security.mode),
    )
    return Ends.of(server, own)
