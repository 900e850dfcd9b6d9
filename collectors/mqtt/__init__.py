"""MQTT through paho: every configured value of every message becomes one row.

Loss window: none for what is published at QoS 1 or 2 while the broker keeps our session and its
queue has room (Mosquitto's default queue holds 1,000 messages: `deploy/mosquitto` raises it). What
is published at QoS 0 is lost while we are away, and up to one commit of it if this process dies.
We subscribe at QoS 1 and never at 2, where paho confirms before it shows us the message. MQTT 5
wherever the broker speaks it: 3.1.1 has no Receive Maximum, so the broker's own limit on messages
in flight is the pace (Mosquitto's default is 20 for each commit).

Source time is the payload's where its path is configured, else arrival; the latter is flagged
uncertain for retained messages, for what the broker had queued while we were away as far as that
can be told, and before the clock was set.
"""

import asyncio
from contextlib import suppress

from collectors.mqtt.inbox import Inbox
from collectors.mqtt.link import Network
from collectors.mqtt.session import NotSpoken, Session
from collectors.mqtt.settings import Config, Point
from edge.clock import SYSTEM, Clock
from edge.errors import Misconfigured
from edge.model import Deliver

__all__ = [
    "Config",
    "Point",
    "collect",
    "loss",
]  # what the composition root looks for in a collector


def loss(config: Config) -> str:
    """What may be lost, as the key of a text: not every broker of 3.1.1 sends again."""
    return "mqtt_311" if config.protocol == "3.1.1" else "mqtt"


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
    network = Network(config, protocol, Inbox(clock))
    try:
        network.loop_start()
        await Session(config, network, deliver, clock).run()
    finally:
        await asyncio.to_thread(network.close)
