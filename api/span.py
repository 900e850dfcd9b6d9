"""The interval that a request asks about."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.rooms import RoomsDep
from edge.errors import Refused
from edge.moment import parse

LONGEST_NS = 400 * 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval."""

    from_ns: int
    to_ns: int


def span(
    rooms: RoomsDep,
    from_: Annotated[str, Query(alias="from", max_length=40)],
    to: Annotated[str, Query(max_length=40)],
) -> Span:
    """The interval of the query parameters `from` and `to`.

    Raises:
        Refused: where it is empty, backwards or longer than 400 days.
    """
    found = Span(parse(from_, rooms.zone), parse(to, rooms.zone))
    if not 0 < found.to_ns - found.from_ns <= LONGEST_NS:
        raise Refused(f"from {from_} to {to} is no interval of up to 400 days; mend one of them")
    return found


SpanDep = Annotated[Span, Depends(span)]
