"""Messages to rows: numbers, true and false, texts and JSON, each refused alone where it is wrong.

A message becomes one row for each point that reads its topic, or a refusal that says why. Nothing
that a publisher sends raises from here.
"""

import json
import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from collectors.mqtt.instant import instant
from collectors.mqtt.settings import Point, steps_of
from collectors.mqtt.stream import RETAIN, Messages
from collectors.mqtt.topics import Topics
from edge.model import STATUS_BAD, STATUS_GOOD, STATUS_UNCERTAIN_CLOCK, Batch, Deliver, Row
from edge.site import Kind

LONGEST_MESSAGE = 1_048_576  # bytes; larger ones are set aside unread
LONGEST_TEXT = 1_024  # characters of a text value: it is kept for ever as a symbol
EXCERPT = 1_024  # bytes
SEEN = 40  # characters of foreign text in a reason
WORDS = {"true": 1.0, "false": 0.0, "null": math.nan}

steps = cache(steps_of)


class Unreadable(ValueError):
    """Why a message, or one of its fields, gives no row."""


class Burst(NamedTuple):
    """Messages that came together, and how far their time can be told."""

    messages: Messages
    received_ns: int  # of the first; each has a nanosecond of its own
    dated: bool  # whether they came when they were published, by a clock that can be believed


class Arrival(NamedTuple):
    """One message, and how far its time can be told."""

    topic: bytes
    payload: bytes
    received_ns: int
    dated: bool


class Content(NamedTuple):
    """A message opened once for all its points."""

    points: tuple[Point, ...]
    text: str
    document: object  # None where no point asks for JSON


def decode(burst: Burst, which: Sequence[int], topics: Topics, deliver: Deliver) -> Batch:
    """The rows of a burst, in the order in which its messages came.

    Args:
        burst: what the broker sent.
        which: of its messages are to be decoded.
        topics: which points read what.
        deliver: gives texts their symbols, and takes what cannot be read.
    """
    rows: list[Row] = []
    messages = burst.messages
    for i in which:
        dated = burst.dated and not messages.flags[i] & RETAIN
        at_ns = burst.received_ns + i
        arrival = Arrival(messages.topics[i], messages.payloads[i], at_ns, dated)
        rows += rows_of(arrival, topics, deliver)
    return Batch.of(rows)


def rows_of(arrival: Arrival, topics: Topics, deliver: Deliver) -> list[Row]:
    """The rows of one message."""
    rows: list[Row] = []
    try:
        content = opened(arrival, topics)
    except Unreadable as error:
        refuse(arrival, error, deliver)
        return rows
    for point in content.points:
        try:
            rows.append(row(arrival, point, content, deliver))
        except Unreadable as error:
            refuse(arrival, error, deliver)
    return rows


def refuse(arrival: Arrival, error: Unreadable, deliver: Deliver) -> None:
    """Set a message aside; where several signals read it, once for each that cannot."""
    reason = f"topic {shown(arrival.topic.decode('utf-8', 'replace'))}: {error}"
    deliver.refuse(reason, arrival.payload[:EXCERPT], arrival.received_ns)


def opened(message: Arrival, topics: Topics) -> Content:
    """What a message holds, for the points that read it."""
    points, size = topics.points(message.topic), len(message.payload)
    if not points:
        raise Unreadable("no signal reads it; the broker remembers an older subscription")
    if not 0 < size <= LONGEST_MESSAGE:
        raise Unreadable(f"the message has {size} bytes, not 1 to {LONGEST_MESSAGE}")
    try:
        text = message.payload.decode("utf-8-sig")
        plain = all(point.payload is None for point in points)
        return Content(points, text.strip(), None if plain else STRICT.decode(text))
    except UnicodeDecodeError as error:
        raise Unreadable(f"the message is not UTF-8 at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the message is not JSON: {shown(str(error), 80)}") from error


def row(arrival: Arrival, point: Point, content: Content, deliver: Deliver) -> Row:
    """One point's row; its source time is the payload's, else that of arrival."""
    source_ns, payload = arrival.received_ns, point.payload
    status = STATUS_GOOD if arrival.dated else STATUS_UNCERTAIN_CLOCK
    found: object = content.text
    if payload is not None:
        found = at(content.document, payload.value)
        if payload.time is not None:
            source_ns, status = time_at(content.document, payload.time), STATUS_GOOD
    try:
        value = number_of(found, point.kind, deliver)
    except ValueError as error:
        place = "the message" if payload is None else payload.value
        raise Unreadable(f"{place} {error}") from error
    status = STATUS_BAD if math.isnan(value) else status
    return Row(point.signal, source_ns, arrival.received_ns, value, status)


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


def time_at(document: object, path: str) -> int:
    """The instant at a path of the document, ns."""
    found = at(document, path)
    try:
        return instant(found)
    except ValueError as error:
        raise Unreadable(f"{path} {error}") from error


def number_of(found: object, kind: Kind, deliver: Deliver) -> float:
    """The number that stands for a value; NaN for null.

    A state may be a code or a word: what is no number becomes its symbol, as every text does.

    Raises:
        ValueError: what the value is, and what it should be.
    """
    if found is None:
        return math.nan
    if isinstance(found, dict | list):
        name = "an object" if isinstance(found, dict) else "a list"
        raise ValueError(f"is {name}, not a value")  # noqa: TRY004 - the publisher's fault, not ours
    if kind is Kind.TEXT:
        return symbol(found if isinstance(found, str) else json.dumps(found), deliver)
    number = as_number(found)
    if number is None and kind is Kind.STATE:
        return symbol(str(found), deliver)
    if number is None:
        raise ValueError(f"is {shown(str(found))}, not a number")
    return number


def as_number(found: object) -> float | None:
    """The number that a JSON scalar or its text is; NaN for `null`, None for other texts."""
    if isinstance(found, str):
        if found in WORDS:
            return WORDS[found]
        if "_" in found or not found.isascii():
            return None  # Python reads 1_000 as a number; nobody else does
    try:
        number = float(found)  # type: ignore[arg-type]  # what JSON has is a text, int, float or bool here
    except OverflowError:
        raise ValueError("has too many digits") from None
    except ValueError:
        return None
    if not math.isfinite(number):
        raise ValueError(f"is {shown(str(found))}, not a finite number")
    return number


def symbol(text: str, deliver: Deliver) -> float:
    """The number that stands for a text."""
    if not 0 < len(text) <= LONGEST_TEXT:
        raise ValueError(f"has {len(text)} characters, not 1 to {LONGEST_TEXT}")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds half of a surrogate pair, which is no text")
    return float(deliver.symbol(text))


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys differ: of two values nobody knows which is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def no_constant(name: str) -> object:
    """Refuse what Python reads and JSON does not know: NaN, Infinity."""
    raise ValueError(f"{name} is no JSON")


def shown(text: str, most: int = SEEN) -> str:
    """Foreign text, quoted and cut."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")


STRICT = json.JSONDecoder(object_pairs_hook=unique, parse_constant=no_constant)
