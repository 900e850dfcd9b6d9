"""Topics of Sparkplug B: `spBv1.0/GROUP/VERB/NODE` and `spBv1.0/GROUP/VERB/NODE/DEVICE`."""

from typing import NamedTuple

NAMESPACE = "spBv1.0"
NBIRTH, NDATA, NDEATH = "NBIRTH", "NDATA", "NDEATH"
DBIRTH, DDATA, DDEATH = "DBIRTH", "DDATA", "DDEATH"
OF_NODE, OF_DEVICE = (NBIRTH, NDATA, NDEATH), (DBIRTH, DDATA, DDEATH)
BIRTHS = (NBIRTH, DBIRTH)
NODE_LEVELS, DEVICE_LEVELS = 4, 5


class NodeId(NamedTuple):
    """The two names that make an edge node one of its kind."""

    group: str
    node: str

    def __str__(self) -> str:
        return f"{self.group}/{self.node}"


class Place(NamedTuple):
    """What a topic says of its messages."""

    verb: str
    node: NodeId
    device: str  # empty for the node itself


def place_of(topic: bytes) -> Place | None:
    """What a topic says; None where an edge node says nothing on it.

    >>> place_of(b"spBv1.0/hanbit/DDATA/line-1/packer")
    Place(verb='DDATA', node=NodeId(group='hanbit', node='line-1'), device='packer')
    >>> place_of(b"spBv1.0/hanbit/NCMD/line-1"), place_of(b"spBv1.0/STATE/scada")
    (None, None)
    """
    levels = topic.decode("utf-8", "replace").split("/")
    if levels[0] != NAMESPACE or len(levels) not in {NODE_LEVELS, DEVICE_LEVELS}:
        return None
    allowed = OF_NODE if len(levels) == NODE_LEVELS else OF_DEVICE
    if levels[2] not in allowed:
        return None
    return Place(levels[2], NodeId(levels[1], levels[3]), "/".join(levels[4:]))


def filters_of(node: NodeId) -> list[str]:
    """What to subscribe to: all that the node says, for its messages are numbered together."""
    group, name = node
    return [
        *(f"{NAMESPACE}/{group}/{verb}/{name}" for verb in OF_NODE),
        *(f"{NAMESPACE}/{group}/{verb}/{name}/+" for verb in OF_DEVICE),
    ]


def command_topic(node: NodeId) -> str:
    """Where a node takes commands."""
    return f"{NAMESPACE}/{node.group}/NCMD/{node.node}"


def state_topic(host_id: str) -> str:
    """Where a host says whether it is there."""
    return f"{NAMESPACE}/STATE/{host_id}"
