"""A thin OPC UA skin over a line: one server is one PLC.

Values carry the source time at which they were true. Clear sessions and Basic256Sha256 are both
offered, anonymous or with the one user name; a wrong password is refused. After a restart the
namespaces may stand in another order, as they do when somebody has reloaded a PLC's project.
"""

import asyncio
import gc
import logging
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asyncua import Node, Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_server import InternalServer
from cryptography.x509.oid import ExtendedKeyUsageOID  # asyncua's own dependency

from simulators.line import Line
from simulators.manifest import PASSWORD, USER
from simulators.panel import Shown
from simulators.signals import Signal, namespace, plc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VENDOR_NAMESPACE = "urn:hanbit:plc-firmware"
STOP_WITHIN_S = 1.0
POLICIES = [ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
TYPES = {
    "gauge": ua.VariantType.Double,
    "state": ua.VariantType.Int32,
    "text": ua.VariantType.String,
    "counter": ua.VariantType.UInt32,
}
BAD = ua.StatusCode(ua.StatusCodes.BadDeviceFailure)
GOOD = ua.StatusCode(ua.StatusCodes.Good)


class Gatekeeper:
    """Lets anonymous clients in, and the one user with the right password."""

    def get_user(
        self,
        _iserver: InternalServer,
        username: str | None = None,
        password: str | None = None,
        certificate: object = None,  # noqa: ARG002 - asyncua passes it by name
    ) -> User | None:
        """The user, or None to refuse; asyncua calls this at every session."""
        known = username is None or (username, password) == (USER, PASSWORD)
        return User(role=UserRole.User) if known else None


class Plc:
    """The server of one line; it can be stopped and started again."""

    def __init__(self, line: Line, port: int, keys: Path) -> None:
        self.id = plc(line)
        self.url = f"opc.tcp://127.0.0.1:{port}"
        self._line = line
        self._keys = keys
        self._server: Server | None = None
        self._nodes: dict[str, tuple[ua.NodeId, ua.VariantType]] = {}
        self._namespaces = [namespace(line), VENDOR_NAMESPACE]

    async def prepare(self) -> Server:
        """A server that knows OPC UA and nothing of the line yet: half a second of work.

        Three times as long where the garbage collector goes through all its nodes meanwhile.
        """
        collecting = gc.isenabled()
        gc.disable()
        server = Server(user_manager=Gatekeeper())
        await server.init()
        gc.freeze()
        if collecting:
            gc.enable()
        server.set_endpoint(self.url)
        server.set_server_name(f"Simulated PLC of {self._line.en}")
        await self._secure(server)
        return server

    async def start(self, server: Server, shown: list[Shown]) -> None:
        """Come up and show these values."""
        for uri in self._namespaces:
            await server.register_namespace(uri)
        place = await server.get_namespace_index(namespace(self._line))
        folder = await server.nodes.objects.add_object(ua.NodeId(self._line.id, place), "Line")
        for value in shown:
            await self._add(folder, place, value)
        await server.start()
        self._server = server

    async def stop(self) -> None:
        """Go down; whoever is connected loses the connection."""
        if self._server is None:
            return
        server, self._server = self._server, None
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await server.stop()
        except TimeoutError:
            logging.getLogger(__name__).warning("%s did not stop in time", self.id)

    def reorder(self) -> None:
        """Give the namespaces other numbers at the next start."""
        self._namespaces.reverse()

    async def show(self, shown: list[Shown]) -> None:
        """Write values with their source times; while the PLC is down nobody sees them."""
        server = self._server
        if server is None:
            return
        for value in shown:
            node, kind = self._nodes[value.signal.path]
            await server.write_attribute_value(node, data_value(value, kind))

    async def _add(self, folder: Node, place: int, value: Shown) -> None:
        name = value.signal.node.rpartition(";s=")[2]
        kind = variant_type(value.signal)
        node = ua.NodeId(name, place)
        variable = await folder.add_variable(node, name, data_value(value, kind).Value, kind)
        await variable.write_value(data_value(value, kind))
        self._nodes[value.signal.path] = node, kind

    async def _secure(self, server: Server) -> None:
        uri = f"{namespace(self._line)}:plc"
        self._keys.mkdir(parents=True, exist_ok=True)
        key, certificate = (self._keys / f"{self.id}.{end}" for end in ("pem", "der"))
        await setup_self_signed_certificate(
            key,
            certificate,
            uri,
            socket.gethostname(),
            [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
            {"commonName": self.id, "organizationName": "Hanbit (simulated)"},
        )
        await server.set_application_uri(uri)
        await server.load_certificate(str(certificate))
        await server.load_private_key(str(key))
        server.set_security_policy(POLICIES)


def variant_type(signal: Signal) -> ua.VariantType:
    """The type a PLC has for a signal; its counters are as wide as they count."""
    if signal.name == "energy":
        return ua.VariantType.Double
    if signal.modulus == 1 << 16:
        return ua.VariantType.UInt16
    return TYPES[signal.kind]


def data_value(shown: Shown, kind: ua.VariantType) -> ua.DataValue:
    """A value as OPC UA carries it."""
    moment = EPOCH + timedelta(microseconds=shown.source_ns // 1000)
    if shown.value is None:
        return ua.DataValue(ua.Variant(None), BAD, moment, moment)
    value = shown.value
    if kind not in (ua.VariantType.Double, ua.VariantType.String):
        value = int(value)
    return ua.DataValue(ua.Variant(value, kind), GOOD, moment, moment)
