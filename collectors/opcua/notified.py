"""What notification messages tell: their rows, that one of them is gone, that all has ended."""

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary

from collectors.opcua import wire
from collectors.opcua.columns import Columns
from collectors.opcua.decode import overflowed
from collectors.opcua.link import Answered, Link
from edge.errors import Unavailable
from edge.model import Batch


async def republished(link: Link, subscription: int, number: int) -> wire.Message | None:
    """The message of that number once more; None if the server no longer has it."""
    request = ua.RepublishRequest()
    request.Parameters.SubscriptionId = subscription
    request.Parameters.RetransmitSequenceNumber = number
    try:
        response = await link.ask_raw(request)
    except Answered as error:
        if error.code != ua.StatusCodes.BadMessageNotAvailable:
            raise
        return None
    return wire.republished(response, subscription)


def together(
    columns: Columns, messages: list[wire.Message], received_ns: int, *, trusted: bool
) -> Batch | None:
    """The rows of messages with one notification each, all of one layout; None of any others.

    None too where a row tells that others were lost: that one looks at what was before it.
    """
    if not messages or any(
        len(one.parts) != 1 or one.parts[0][0] != wire.DATA_CHANGE for one in messages
    ):
        return None
    bodies = [one.parts[0][1] for one in messages]
    batch = columns.together(bodies, received_ns, trusted=trusted)
    return None if batch is None or (len(bodies) > 1 and overflowed(batch).any()) else batch


def made_ns(message: wire.Message, batch: Batch) -> int:
    """When the server made a message, by its clock; 0 where nothing tells.

    One that does not say so made it no earlier than the newest change in it.
    """
    return message.made_ns or int(batch.source_ns.max(initial=0))


async def check_sent_so(link: Link, message: wire.Message, error: Exception) -> None:
    """Ask for a message once more that cannot be decoded: is it the server's, or the line's?

    A server that no longer has it cannot be asked; then it is taken for the server's.

    Raises:
        Unavailable: it is not the same again; the line is not to be trusted.
    """
    again = await republished(link, message.subscription, message.sequence)
    if again is not None and again.parts != message.parts:
        raise Unavailable(
            f"{link.url}: message {message.sequence} cannot be decoded ({error}) and is "
            "not the same when asked for again; connected anew; check cable, switch and gateway"
        ) from error


def decoded(columns: Columns, message: wire.Message, received_ns: int, *, trusted: bool) -> Batch:
    """The rows of all notifications in a message.

    Raises:
        ua.UaError, ValueError, …: one of them is none.
    """
    batches = []
    for kind, body in message.parts:
        if kind == wire.DATA_CHANGE:
            batches.append(columns.decode(bytes(body), received_ns, trusted=trusted))
        elif kind != wire.STATUS_CHANGE:
            raise ValueError(f"a notification of type {kind}, which nobody asked for")
    return batches[0] if len(batches) == 1 else Batch.concat(batches)


def check_goes_on(url: str, message: wire.Message) -> None:
    """Hold that the server has not ended the subscription.

    In a message that we asked for again it speaks to the session before ours.

    Raises:
        Unavailable: it says that it has.
    """
    for kind, body in message.parts:
        if kind == wire.STATUS_CHANGE:
            raise ended(url, body)


def ended(url: str, status_change: wire.Raw) -> Unavailable:
    """Why the server ended a subscription."""
    status = struct_from_binary(ua.StatusChangeNotification, Buffer(bytes(status_change))).Status
    if status.value == ua.StatusCodes.GoodSubscriptionTransferred:
        return Unavailable(
            f"{url}: another session took our subscription; does a second gateway use our user?"
        )
    return Unavailable(f"{url}: the server ended the subscription: '{status.name}'")
