"""One message to rows: numbers, texts, JSON, CSV and binary, refused alone where it is wrong.

A message becomes one row for each point that reads its topic, or a refusal that says why. Nothing
that a publisher sends raises from here. `columns` decodes many at once and hands over to this
module whatever is not as the others are: what this module says holds.
"""

import csv
import json
import math
import struct
from functools import cache
from typing import NamedTuple

from collectors.mqtt.instant import instant
from collectors.mqtt.settings import Payload, Point, steps_of
from collectors.mqtt.topics import Topics
from collectors.mqtt.values import is_inexact, number_of, shown
from edge.model import (
    STATUS_BAD,
    STATUS_GOOD,
    STATUS_UNCERTAIN_CLOCK,
    STATUS_UNCERTAIN_ROUNDED,
    Deliver,
    Row,
)

LONGEST_MESSAGE = 1_048_576  # bytes; larger ones are set aside unread
EXCERPT = 1_024  # bytes

steps = cache(steps_of)


class Unreadable(ValueError):
    """Why a message, or one of its fields, gives no row."""


class Arrival(NamedTuple):
    """One message, and how far its time can be told."""

    topic: bytes
    payload: bytes
    received_ns: int
    dated: bool


class Content(NamedTuple):
    """A message opened once for all its points."""

    raw: bytes
    text: str  # empty where no point asks for text
    document: object  # None where no point asks for JSON
    fields: dict[str, list[str]]  # by separator; none where no point asks for CSV


def rows_of(arrival: Arrival, topics: Topics, deliver: Deliver) -> list[Row]:
    """The rows of one message, for the points that read its topic."""
    rows: list[Row] = []
    points = topics.points(arrival.topic)
    try:
        content = opened(arrival.payload, points)
    except Unreadable as error:
        refuse(arrival, error, deliver)
        return rows
    for point in points:
        try:
            rows.append(row(arrival, point, content, deliver))
        except Unreadable as error:
            refuse(arrival, error, deliver)
    return rows


def refuse(arrival: Arrival, error: Unreadable, deliver: Deliver) -> None:
    """Set a message aside; where several signals read it, once for each that cannot."""
    reason = f"topic {shown(arrival.topic.decode('utf-8', 'replace'))}: {error}"
    whole = len(arrival.payload) <= EXCERPT
    origin = arrival.topic.decode("utf-8", "replace") if whole else ""
    deliver.refuse(reason, arrival.payload[:EXCERPT], arrival.received_ns, origin)


def opened(raw: bytes, points: tuple[Point, ...]) -> Content:
    """What a message holds, as far as these points ask for it."""
    if not points:
        raise Unreadable("no signal reads it; the broker remembers an older subscription")
    if not 0 < len(raw) <= LONGEST_MESSAGE:
        raise Unreadable(f"the message has {len(raw)} bytes, not 1 to {LONGEST_MESSAGE}")
    asked = [point.payload for point in points]
    if all(one is not None and one.type is not None for one in asked):
        return Content(raw, "", None, {})
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"the message is not UTF-8 at byte {error.start}") from error
    as_json = any(one is not None and one.value is not None for one in asked)
    separators = {one.separator for one in asked if one is not None and one.field is not None}
    fields = {separator: fields_of(text.strip(), separator) for separator in separators}
    return Content(raw, text.strip(), document_of(text) if as_json else None, fields)


def document_of(text: str) -> object:
    """The JSON document that a message is."""
    try:
        return STRICT.decode(text)
    except RecursionError:
        raise Unreadable("the message is not JSON: brackets within brackets without end") from None
    except ValueError as error:
        raise Unreadable(f"the message is not JSON: {shown(str(error), 80)}") from error


def fields_of(text: str, separator: str) -> list[str]:
    """The fields of the one line that a message is."""
    try:
        lines = list(csv.reader(text.splitlines(), delimiter=separator, strict=True))
    except csv.Error as error:
        raise Unreadable(f"the message is not CSV: {error}") from error
    if len(lines) != 1:
        raise Unreadable(f"the message has {len(lines)} lines, not one")
    return lines[0]


def row(arrival: Arrival, point: Point, content: Content, deliver: Deliver) -> Row:
    """One point's row; its source time is the payload's, else that of arrival."""
    source_ns, payload = arrival.received_ns, point.payload
    status = STATUS_GOOD if arrival.dated else STATUS_UNCERTAIN_CLOCK
    found = value_at(content, payload)
    if payload is not None and payload.time is not None:
        source_ns, status = time_at(content, payload), STATUS_GOOD
    try:
        value = number_of(found, point.kind, deliver)
    except ValueError as error:
        raise Unreadable(f"{place_of(payload)} {error}") from error
    if math.isnan(value):
        status = STATUS_BAD
    elif status == STATUS_GOOD and is_inexact(found, value):  # a doubtful time says more
        status = STATUS_UNCERTAIN_ROUNDED
    return Row(point.signal, source_ns, arrival.received_ns, value, status)


def value_at(content: Content, payload: Payload | None) -> object:
    """What a point asks for."""
    if payload is None:
        return content.text
    if payload.value is not None:
        return at(content.document, payload.value)
    if payload.field is not None:
        return field(content.fields[payload.separator], payload.field)
    layout, place = struct.Struct(payload.layout), payload.offset
    if place + layout.size > len(content.raw):
        raise Unreadable(f"{place_of(payload)} is not in a message of {len(content.raw)} bytes")
    return layout.unpack_from(content.raw, place)[0]


def place_of(payload: Payload | None) -> str:
    """Where a value stands, for people."""
    if payload is None:
        return "the message"
    if payload.value is not None:
        return payload.value
    return f"byte {payload.offset}" if payload.field is None else f"field {payload.field}"


def field(fields: list[str], number: int) -> str:
    """One field of a line, without the spaces around it."""
    if number >= len(fields):
        raise Unreadable(f"field {number} is not in a message of {len(fields)}")
    return fields[number].strip()


def at(document: object, path: str) -> object:
    """What stands at a path of the document."""
    found = document
    for step in steps(path):
        match found:
            case list() if isinstance(step, int) and step < len(found):
                found = found[step]
            case dict() if step in found:
                found = found[step]
            case _:
                raise Unreadable(f"{path} is not in the message")
    return found


def time_at(content: Content, payload: Payload) -> int:
    """The instant at a path of the document or in a field of the line, ns."""
    found: object
    if isinstance(payload.time, int):
        name, found = (
            f"field {payload.time}",
            field(content.fields[payload.separator], payload.time),
        )
    else:
        name = payload.time or ""
        found = at(content.document, name)
    try:
        return instant(found)
    except ValueError as error:
        raise Unreadable(f"{name} {error}") from error


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys differ: of two values nobody knows which is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def no_constant(name: str) -> object:
    """Refuse what Python reads and JSON does not know: NaN, Infinity."""
    raise ValueError(f"{name} is no JSON")


STRICT = json.JSONDecoder(object_pairs_hook=unique, parse_constant=no_constant)
