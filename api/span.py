"""The interval that a request asks about."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.rooms import RoomsDep
from edge.errors import Refused
from edge.moment import interval

LONGEST_NS = 400 * 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval."""

    from_ns: int
    to_ns: int


async def span(
    rooms: RoomsDep,
    from_: Annotated[str, Query(alias="from", max_length=40)],
    to: Annotated[str, Query(max_length=40)],
) -> Span:
    """The interval of the query parameters `from` and `to`.

    Raises:
        Refused: where it is empty, backwards, longer than 400 days or out of all time.
    """
    found = Span(*interval(from_, to, rooms.zone, rooms.day_starts))
    if found.to_ns - found.from_ns > LONGEST_NS:
        raise Refused(f"from {from_} to {to} is longer than 400 days; ask for less")
    return found


SpanDep = Annotated[Span, Depends(span)]
