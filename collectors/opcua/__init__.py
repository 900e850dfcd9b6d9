"""OPC UA: every change of every wanted node becomes one row.

Loss window: none while the server keeps our subscription and its queues have room. For a named user
it does so across our restarts, as long as it was asked to; for a nameless one, and where a server
refuses, the time away is a gap in the ledger. Channel and encoding are asyncua's, the handling of
notifications is ours. Nothing is ever written to a server.
"""

from collectors.opcua.link import opened
from collectors.opcua.run import read_on
from collectors.opcua.settings import Config, Point
from edge.clock import SYSTEM, Clock
from edge.model import Deliver

__all__ = ["Config", "Point", "collect", "loss"]


def loss(config: Config) -> str:
    """What may be lost, as the key of a text: nothing is kept for a user without a name."""
    return "opcua" if config.security.user else "opcua_nameless"


async def collect(config: Config, deliver: Deliver, clock: Clock = SYSTEM) -> None:
    """Deliver what changes at the configured nodes, until cancelled.

    A notification is acknowledged once its rows are on the disk; until then the server keeps it.
    A new process of a named user takes over the subscription and what was not acknowledged.

    Raises:
        Unavailable: the server cannot be reached, does not know us yet, or went away.
        Misconfigured: what is configured cannot work; a person must mend it.
    """
    async with opened(config, clock) as link:
        await read_on(link, config, deliver, clock)
