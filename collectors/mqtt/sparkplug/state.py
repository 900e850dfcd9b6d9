"""What a host says of itself: STATE messages, retained, the last of them left to the broker.

The birth has the time of the will that was given to the broker with CONNECT, so that who reads
both knows that they belong together.
"""

from collectors.mqtt.packets import Will
from collectors.mqtt.sparkplug.names import state_topic

MS_NS = 1_000_000


class Announcement:
    """The STATE of one connection."""

    def __init__(self, host_id: str, now_ns: int) -> None:
        """Nothing is said yet.

        Args:
            host_id: our name among the hosts.
            now_ns: when CONNECT is sent.
        """
        self.topic = state_topic(host_id)
        self._at_ms = now_ns // MS_NS
        self.will = Will(self.topic, state(online=False, at_ms=self._at_ms), qos=1, retain=True)

    @property
    def birth(self) -> bytes:
        """That we are there."""
        return state(online=True, at_ms=self._at_ms)

    def death(self, now_ns: int) -> bytes:
        """That we leave."""
        return state(online=False, at_ms=now_ns // MS_NS)


def state(*, online: bool, at_ms: int) -> bytes:
    """A STATE message.

    >>> state(online=True, at_ms=1795129200000)
    b'{"online": true, "timestamp": 1795129200000}'
    """
    return b'{"online": %s, "timestamp": %d}' % (b"true" if online else b"false", at_ms)
