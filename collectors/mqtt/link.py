"""One connection through paho, set up so that nothing is lost.

paho runs in a thread of its own, which connects, reads and writes. Its callbacks only put into the
inbox; the end of that thread, for whatever reason, puts an error there, so silence has a cause.
"""

import ssl
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from socket import SHUT_RDWR

from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
    MQTTv5,
    MQTTv311,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from collectors.mqtt.inbox import Connack, Inbox, Lost, Opened, Pong, Suback, TakenOver
from collectors.mqtt.settings import Config
from edge.errors import Misconfigured, Unavailable
from edge.errors import reason as why

CONNECT_S = 5.0  # TCP and TLS, each
LARGEST_PACKET = 16_777_216  # bytes; a broker of MQTT 5 keeps larger ones away from us
LEAVE_S = 0.4  # after which a broker that does not take our farewell is left without it
UNKNOWN, TAKEN_OVER = 0x80, 0x8E
PUBACK, PUBACK_TYPE = struct.Struct(">BBH"), 0x40  # with two bytes left it means success
PINGREQ = b"\xc0\x00"


class Callbacks:
    """What paho calls, in its own thread.

    They know the inbox and not the client, so that a client is freed, sockets and all, as soon as
    nobody holds it any more.
    """

    def __init__(self, config: Config, inbox: Inbox) -> None:
        self._client_id, self._inbox = config.client_id, inbox
        self.where = f"mqtt {config.url}"
        self.leaving = threading.Event()

    def opened(self, _client: Client, _data: object, _socket: object) -> None:
        """The TCP connection stands; CONNECT is next."""
        if self.leaving.is_set():
            raise ConnectionAbortedError("no longer wanted")
        self._inbox.put(Opened())

    def connected(
        self,
        _client: Client,
        _data: object,
        flags: ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        """The broker answered, maybe with a refusal."""
        session_s = getattr(properties, "SessionExpiryInterval", None)
        self._inbox.put(Connack(flags.session_present, code.value, str(code), session_s))

    def subscribed(
        self,
        _client: Client,
        _data: object,
        mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        """The broker says topic by topic what it grants."""
        self._inbox.put(Suback(mid, tuple(code.value for code in codes)))

    def came(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        """A message came."""
        try:
            str(message.topic)  # decoded each time it is read
        except UnicodeDecodeError as error:
            message.topic = error.object.decode("utf-8", "replace").encode()
        self._inbox.put(message)

    def disconnected(
        self,
        _client: Client,
        _data: object,
        flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        """The link is gone, or paho closes it."""
        if flags.is_disconnect_packet_from_server and code.value == TAKEN_OVER:
            text = f"another client uses our id '{self._client_id}'; give each its own client_id"
            self._inbox.put(TakenOver(f"{self.where}: {text}"))
        else:
            reason = "" if code.value == UNKNOWN else f" ({code})"
            self._inbox.put(Lost(f"{self.where}: link lost{reason}; is the broker up?"))


class Network(Client):
    """paho's client with our settings, and an end that is told."""

    def __init__(self, config: Config, protocol: str, inbox: Inbox) -> None:
        """Set up, but do not connect.

        Raises:
            Misconfigured: a file that the configuration names cannot be used.
        """
        self.five = protocol == "5"
        super().__init__(
            CallbackAPIVersion.VERSION2,
            config.client_id,
            clean_session=None if self.five else not config.session_s,
            protocol=MQTTv5 if self.five else MQTTv311,
            reconnect_on_failure=False,  # edge.supervise alone retries
            manual_ack=True,
        )
        self.inbox = inbox
        self._callbacks = Callbacks(config, inbox)
        self.where = self._callbacks.where
        self._acknowledged = self._pings = self._pongs = (
            0  # the first is ours, two are the thread's
        )
        self._ended, self._runner = threading.Event(), threading.current_thread()
        self.on_socket_open = self._callbacks.opened
        self.on_connect = self._callbacks.connected
        self.on_subscribe = self._callbacks.subscribed
        self.on_message = self._callbacks.came
        self.on_disconnect = self._callbacks.disconnected
        self.connect_timeout = CONNECT_S
        authenticate(self, config)
        self.connect_async(
            str(config.url.host),
            config.port,
            config.keep_alive_s,
            clean_start=False,  # paho's own default starts clean on its first connect
            properties=wishes(config) if self.five else None,
        )

    def request(self, topics: list[str]) -> int | None:
        """Subscribe at QoS 1 and return the packet id; None where the link is gone.

        A broker of MQTT 5 sends retained messages for new subscriptions only; one of 3.1.1 sends
        them each time.
        """
        if self.five:
            once = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            return self.subscribe([(topic, once) for topic in topics])[1]
        return self.subscribe([(topic, 1) for topic in topics])[1]

    def acknowledge(self, messages: Iterable[MQTTMessage]) -> None:
        """Acknowledge in this order and ask for a sign that it arrived, all in one write.

        paho's own `ack` costs two system calls for each message.
        """
        self._acknowledged += 1  # before the ping can be answered
        packets = [PUBACK.pack(PUBACK_TYPE, 2, one.mid) for one in messages if one.qos]
        self._packet_queue(PUBACK_TYPE, b"".join(packets) + PINGREQ, 0, 1)

    def loop_forever(
        self,
        timeout: float = 1.0,
        retry_first_connection: bool = False,  # noqa: FBT001, FBT002 - paho's signature
    ) -> MQTTErrorCode:
        """Connect and run until the link ends; paho's thread calls this. The end is told."""
        del retry_first_connection
        self._runner, reason = threading.current_thread(), "the network thread died"
        try:
            code = super().loop_forever(timeout)
            reason = "the link ended"
        except OSError as error:
            code, reason = MQTTErrorCode.MQTT_ERR_CONN_LOST, f"{why(error)}; is the broker up?"
        finally:
            self.inbox.put(Unavailable(f"{self.where}: {reason}"))
            self._ended.set()
        return code

    def close(self) -> None:
        """Take leave, so that the broker knows, and end the thread; blocks for less than 1 s.

        A thread that still waits for a TCP connection cannot be interrupted: it ends by itself
        within `CONNECT_S`, without having said CONNECT.
        """
        self._callbacks.leaving.set()
        self.disconnect()
        if not self._ended.wait(LEAVE_S):
            link = self.socket()
            with suppress(OSError):
                if link is not None and hasattr(link, "shutdown"):
                    link.shutdown(SHUT_RDWR)
            self._ended.wait(LEAVE_S)
        if self._ended.is_set():
            self._runner.join()

    def _send_pingreq(self) -> MQTTErrorCode:
        """Count the pings that paho sends by itself when the link is quiet."""
        self._pings += 1
        return super()._send_pingreq()

    def _handle_pingresp(self) -> MQTTErrorCode:
        """The answer to a ping proves life, and paho has no callback for it."""
        self._pongs += 1
        acknowledged = self._acknowledged
        answered = self._pongs == acknowledged + self._pings
        self.inbox.put(Pong(acknowledged if answered else 0))
        return super()._handle_pingresp()


def authenticate(network: Network, config: Config) -> None:
    """Name, password and TLS as configured."""
    if config.user is not None:
        network.username_pw_set(config.user, password(config))
    if config.url.scheme != "mqtts":
        return
    try:
        context = ssl.create_default_context(cafile=config.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if config.cert is not None:
            context.load_cert_chain(config.cert, config.key)
    except OSError as error:  # ssl.SSLError is one
        files = ", ".join(str(file) for file in (config.ca, config.cert, config.key) if file)
        raise Misconfigured(f"ca, cert or key ({files}): {error}; write PEM files") from error
    context.sslsocket_class = TidySocket
    network.tls_set_context(context)


class TidySocket(ssl.SSLSocket):
    """Closes itself where the server cannot prove who it is; paho would leave it open."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - ssl's signature
        """Agree on keys, with certificates checked."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def password(config: Config) -> str | None:
    """The password from its file; None where there is none."""
    if config.password_file is None:
        return None
    try:
        return config.password_file.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"password_file: {error}; write the password there") from error


def wishes(config: Config) -> Properties:
    """What MQTT 5 lets us ask of the broker when we connect."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
    properties.SessionExpiryInterval = config.session_s
    properties.ReceiveMaximum = config.max_in_flight
    properties.MaximumPacketSize = LARGEST_PACKET
    return properties
