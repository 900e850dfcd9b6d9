"""The interval that a request asks about."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.rooms import RoomsDep
from edge.errors import Refused
from edge.moment import parse

DAY_NS = 86_400 * 1_000_000_000
LONGEST_NS = 400 * DAY_NS
LAST_NS = 84_006 * DAY_NS  # the year 2200: room for what is looked up around an interval


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
    found = Span(parse(from_, rooms.zone), parse(to, rooms.zone))
    if not 0 < found.to_ns - found.from_ns <= LONGEST_NS:
        raise Refused(f"from {from_} to {to} is no interval of up to 400 days; mend one of them")
    if not 0 <= found.from_ns < found.to_ns <= LAST_NS:
        raise Refused(f"from {from_} to {to} is outside of 1970 to 2200; mend one of them")
    return found


SpanDep = Annotated[Span, Depends(span)]
