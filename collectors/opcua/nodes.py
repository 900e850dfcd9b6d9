"""Where nodes are on this server today, and whether their types fit what we want of them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

from asyncua import ua

from collectors.opcua.link import Link
from collectors.opcua.settings import NODE, identifier_of
from edge.site import Kind

T = TypeVar("T")

SHOWN = 80
MOST_PER_CALL = 1_000  # where the server states no limit
NAMESPACES = ua.NodeId(ua.ObjectIds.Server_NamespaceArray)
STARTED = ua.NodeId(ua.ObjectIds.Server_ServerStatus_StartTime)
STATE = ua.NodeId(ua.ObjectIds.Server_ServerStatus_State)
LEAVES_IN = ua.NodeId(ua.ObjectIds.Server_ServerStatus_SecondsTillShutdown)
LEAVES_FOR = ua.NodeId(ua.ObjectIds.Server_ServerStatus_ShutdownReason)
READ_LIMIT = ua.NodeId(ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead)
ITEM_LIMIT = ua.NodeId(
    ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall
)
VALUE, TYPE, RANK = ua.AttributeIds.Value, ua.AttributeIds.DataType, ua.AttributeIds.ValueRank

TEXTS = {ua.ObjectIds.String, ua.ObjectIds.LocalizedText}
NEITHER = {  # types whose values are neither numbers nor texts
    ua.ObjectIds.DateTime,
    ua.ObjectIds.UtcTime,
    ua.ObjectIds.Guid,
    ua.ObjectIds.ByteString,
    ua.ObjectIds.XmlElement,
    ua.ObjectIds.NodeId,
    ua.ObjectIds.ExpandedNodeId,
    ua.ObjectIds.StatusCode,
    ua.ObjectIds.QualifiedName,
    ua.ObjectIds.Structure,
    ua.ObjectIds.DataValue,
    ua.ObjectIds.DiagnosticInfo,
}
ABSENT = {
    ua.StatusCodes.BadNodeIdUnknown: "is not there",
    ua.StatusCodes.BadNodeIdInvalid: "is no address to this server",
    ua.StatusCodes.BadAttributeIdInvalid: "is no variable",
}


class Server(NamedTuple):
    """What a server says of itself."""

    namespaces: tuple[str, ...]
    started: str  # after another start its subscription numbers are somebody else's
    most_reads: int
    most_items: int


async def read_server(link: Link) -> Server:
    """Namespaces, start and limits of the server."""
    wanted = [(node, VALUE) for node in (NAMESPACES, STARTED, READ_LIMIT, ITEM_LIMIT)]
    namespaces, started, reads, items = [
        found.Value.Value if found.Value is not None else None
        for found in await read(link, wanted, len(wanted))
    ]
    return Server(
        tuple(str(uri) for uri in namespaces or ()),
        str(started),
        min(reads or MOST_PER_CALL, MOST_PER_CALL),
        min(items or MOST_PER_CALL, MOST_PER_CALL),
    )


async def read(
    link: Link, wanted: Sequence[tuple[Any, int]], most: int, *, soon: bool = True
) -> list[Any]:
    """The data values of attributes of nodes, in the order asked for; `soon` as `Link.ask`."""
    found: list[Any] = []
    for chunk in chunks(wanted, most):
        request = ua.ReadRequest()
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Neither
        request.Parameters.NodesToRead = [
            ua.ReadValueId(NodeId=node, AttributeId=attribute) for node, attribute in chunk
        ]
        answer = await link.ask(request, ua.ReadResponse, soon=soon)
        found += answer.Results
    return found


def plain(found: Any) -> str:  # noqa: ANN401 - untyped library
    """A value that was read, as a short text for people; empty where there is none."""
    value = None if found.Value is None else found.Value.Value
    return "" if value is None else str(getattr(value, "Text", value) or "")[:SHOWN]


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def node_id(text: str, namespaces: Sequence[str]) -> Any:  # noqa: ANN401 - untyped library
    """The node id that an address means here; None where the server lacks its namespace."""
    found = NODE.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' was checked when the configuration was read")
    uri = unquote(found["uri"]) if found["uri"] else None
    if uri is not None and uri not in namespaces:
        return None
    index = namespaces.index(uri) if uri is not None else int(found["index"] or 0)
    return ua.NodeId(identifier_of(found["type"], found["id"]), index)


def misfit(kind: Any, rank: Any, wanted: Kind) -> str:  # noqa: ANN401 - untyped library
    """Why a node with this data type and value rank cannot be read as wanted; empty if it can.

    Types of the server's own making pass: each of their values is looked at when it comes.
    """
    if kind.StatusCode is not None and kind.StatusCode.value in ABSENT:
        return ABSENT[kind.StatusCode.value]
    if rank.Value is not None and isinstance(rank.Value.Value, int) and rank.Value.Value >= 0:
        return "is an array; name a node with one value"
    found = kind.Value.Value if kind.Value is not None else None
    if found is None or found.NamespaceIndex != 0:
        return ""
    unfit = NEITHER | TEXTS if wanted in {Kind.COUNTER, Kind.GAUGE} else NEITHER
    if found.Identifier in unfit:
        name = ua.ObjectIdNames.get(found.Identifier, found.Identifier)
        return f"holds a '{name}', which is no {wanted.value}"
    return ""
