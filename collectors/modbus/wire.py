"""One TCP connection to a device: a request, an answer, and nothing that could write.

pymodbus makes requests and reads answers; the socket is ours, for its client cannot say why it does
not connect, sees a lost link at its deadline only, and repeats requests by itself. Only the four
reading functions are known here.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import NamedTuple

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from collectors.modbus.plan import Group
from collectors.modbus.settings import Config, Table
from edge.errors import Unavailable, Unreachable, reason

READS: dict[Table, type[ModbusPDU]] = {
    "coil": ReadCoilsRequest,
    "discrete": ReadDiscreteInputsRequest,
    "holding": ReadHoldingRegistersRequest,
    "input": ReadInputRegistersRequest,
}
HEAD = struct.Struct(">HHHB")  # transaction, protocol (0), length from here on, device
SHORTEST, LONGEST = 3, 260  # what the length may say
REFUSED = 0x80  # set in the function code of an exception
CONNECT_S = 5.0


class Answer(NamedTuple):
    """What a device said: the bytes of its registers or bits, or why not."""

    data: bytes
    exception: int = 0  # Modbus exception code


class SilentError(Exception):
    """No answer in time; the connection stands."""


class Wire:
    """A connection on which one request at a time is on its way, for small devices take no more."""

    def __init__(
        self, config: Config, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._config, self._reader, self._writer = config, reader, writer
        self._framer = FramerSocket(DecodePDU(is_server=False))
        self._number = 0
        self.served = False  # a whole round came through it

    async def ask(self, group: Group) -> Answer:
        """What the device answers.

        Raises:
            SilentError: nothing in time; an answer that comes later is skipped.
            Unavailable: the link is gone, or what came is no Modbus.
        """
        self._number = self._number % 0xFFFF + 1
        request = READS[group.table](
            address=group.address,
            count=group.count,
            dev_id=group.unit,
            transaction_id=self._number,
        )
        with told(self._config, served=self.served):
            self._writer.write(self._framer.buildFrame(request))
            try:
                async with asyncio.timeout(self._config.timeout_s):
                    await self._writer.drain()
                    body = await self._body()
            except TimeoutError:
                raise SilentError from None
            return self._read(body, group)

    async def _body(self) -> bytes:
        """The next answer to the last request: function code and what follows."""
        while True:
            head = await self._reader.readexactly(HEAD.size)
            number, protocol, length, _ = HEAD.unpack(head)
            if protocol or not SHORTEST <= length <= LONGEST:
                raise self._garbled(head)
            body = await self._reader.readexactly(length - 1)
            if number == self._number:  # gateways put many a unit there, so it is not looked at
                return body

    def _read(self, body: bytes, group: Group) -> Answer:
        """The content of an answer, if it answers this request."""
        function = READS[group.table].function_code
        if body[0] == function | REFUSED:
            refusal = ExceptionResponse(function)
            refusal.decode(body[1:])
            return Answer(b"", refusal.exception_code)
        bits = group.table in ("coil", "discrete")
        size = -(-group.count // 8) if bits else 2 * group.count
        if body[0] != function or body[1] != size or len(body) != size + 2:
            raise self._garbled(body)
        return Answer(body[2:])

    def _garbled(self, seen: bytes) -> Unavailable:
        return Unavailable(
            f"{where(self._config)}: {seen[:16].hex(' ')!r} is no answer to what was asked; is the "
            "device at this address one that speaks Modbus TCP?"
        )


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Wire]:
    """A connection, closed at the end without waiting for anybody.

    Raises:
        Unavailable: nobody answers there.
    """
    host = str(config.url.host).strip("[]")
    with told(config):
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(host, config.port)
    try:
        yield Wire(config, reader, writer)
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


@contextmanager
def told(config: Config, *, served: bool = False) -> Iterator[None]:
    """Make whatever goes wrong with the link an error of ours.

    A link that is closed after a round is made anew at once: it rested for too long, or the device
    restarts. One that is closed before may be one too many, and haste helps nobody.
    """
    try:
        yield
    except TimeoutError as error:
        raise Unreachable(
            f"{where(config)}: nobody answers in {CONNECT_S:.0f} s; is the device on, the net up?"
        ) from error
    except asyncio.IncompleteReadError as error:
        if served:
            raise Unreachable(
                f"{where(config)}: the device closed the link; is the rest between two rounds too "
                "long for it? then lower poll_ms, unless it restarts"
            ) from error
        raise Unavailable(
            f"{where(config)}: the device closed the link; is the number of its links used up?"
        ) from error
    except OSError as error:
        raise Unreachable(f"{where(config)}: '{reason(error)}'; is the device up?") from error
    except ModbusException as error:
        raise Unavailable(f"{where(config)}: '{error}'; is the device up?") from error


def where(config: Config) -> str:
    """The source's address in a message."""
    return f"modbus {config.url}"
