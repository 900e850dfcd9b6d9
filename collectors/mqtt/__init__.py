"""MQTT: every configured value of every message becomes one row.

Loss window: none for what is published at QoS 1 or 2 while the broker keeps our session and its
queue has room (Mosquitto's default queue holds 1,000 messages: `deploy/mosquitto` raises it). What
is published at QoS 0 is lost while we are away, and up to one commit of it if this process dies.
We subscribe at QoS 1, so a publisher's 2 reaches us as 1. MQTT 5 wherever the broker speaks it:
3.1.1 has no Receive Maximum, so the broker's own limit on messages in flight is the pace
(Mosquitto's default is 20 for each commit).

The client is our own, for reading only: `packets` and `stream` are bytes in, events out; `link` is
the socket; `wire` joins them; `session` and `handover` know what must not be lost.

Source time is the payload's where its path is configured, else arrival; the latter is flagged
uncertain for retained messages, and for what the broker had queued while we were away as far as
that can be told.
"""

import ssl
from contextlib import suppress

from collectors.mqtt.credentials import tls
from collectors.mqtt.link import Address, opened
from collectors.mqtt.payload import Arrival, rows_of
from collectors.mqtt.session import NotSpoken, Session
from collectors.mqtt.settings import Config, Point
from collectors.mqtt.topics import Topics
from collectors.mqtt.wire import Wire
from edge.clock import SYSTEM, Clock
from edge.errors import Misconfigured, Unavailable, Unreachable, reason
from edge.model import Batch, Deliver

CONNECT_S = 5.0  # for the address, and for TLS

__all__ = [
    "Config",
    "Point",
    "collect",
    "decoded",
    "loss",
]  # what the composition root looks for in a collector


def loss(config: Config) -> str:
    """What may be lost, as the key of a text: not every broker of 3.1.1 sends again."""
    return "mqtt_311" if config.protocol == "3.1.1" else "mqtt"


def decoded(
    config: Config, topic: str, payload: bytes, received_ns: int, deliver: Deliver
) -> Batch:
    """The rows of one message that was set aside, as the configuration reads it now.

    What it still does not read, it refuses again. A time that the message does not tell is that of
    its arrival.
    """
    arrival = Arrival(topic.encode(), payload, received_ns, dated=True)
    return Batch.of(rows_of(arrival, Topics(config.points), deliver))


async def collect(config: Config, deliver: Deliver, clock: Clock = SYSTEM) -> None:
    """Deliver what is published on the configured topics, until cancelled.

    A message is acknowledged once its rows are on disk. Until then the broker keeps it, and MQTT 5
    Receive Maximum keeps the broker from running ahead. Acknowledgements in flight die with a
    link; what the broker then repeats is recognised. What a broker lost with our session, or gave
    to another client of our id, becomes a gap.

    Raises:
        Unavailable: the broker cannot be reached, refuses us for now, or went away.
        Misconfigured: it refuses our name or password, or a file that we need cannot be used.
    """
    if not config.points:
        raise Misconfigured(f"mqtt {config.url}: no signal reads from it; add one or remove it")
    if config.protocol is not None:
        await connect(config, config.protocol, deliver, clock)
        return
    with suppress(NotSpoken):
        await connect(config, "5", deliver, clock)
    await connect(config, "3.1.1", deliver, clock)


async def connect(config: Config, protocol: str, deliver: Deliver, clock: Clock) -> None:
    """Connect once in this version of the protocol, and run until the link is lost."""
    where = f"mqtt {config.url}"
    address = Address(str(config.url.host), config.port, tls(config))
    try:
        link = await opened(address, CONNECT_S, clock)
    except TimeoutError as error:
        text = f"{where}: no connection in time; is the broker up?"
        raise Unreachable(text) from error
    except ssl.SSLError as error:
        raise Unavailable(f"{where}: {reason(error)}; is the broker up?") from error
    except OSError as error:
        raise Unreachable(f"{where}: {reason(error)}; is the broker up?") from error
    wire = Wire(link, where, five=protocol == "5")
    try:
        await Session(config, wire, deliver, clock).run()
    finally:
        await wire.part()
