"""Messages of one shape, opened together: their values and times as columns.

Numbers in `odd` are of messages that need a closer look; what the columns hold of them means
nothing.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import orjson

from collectors.mqtt.instant import instant, instants
from collectors.mqtt.payload import LONGEST_MESSAGE, at, field, steps
from collectors.mqtt.settings import Payload
from collectors.mqtt.values import is_inexact, number_of
from edge.doubles import are_large, rounded
from edge.model import BOOL, F64, I64, Deliver
from edge.site import Kind

T = TypeVar("T")
U = TypeVar("U")
NUMBERS = frozenset((int, float, bool))
BARE = NUMBERS | {type(None)}  # written without a quotation mark
LARGEST = 2.0**63  # from here on 64 bits may not do
LONGEST_LINE = 100_000  # the csv module has a limit of its own


class Opened:
    """The payloads of some messages, parsed once for all that is asked of them."""

    def __init__(self, payloads: list[bytes], deliver: Deliver) -> None:
        self.odd = {i for i, raw in enumerate(payloads) if not 0 < len(raw) <= LONGEST_MESSAGE}
        self._raw, self._deliver = payloads, deliver
        self._texts: list[str | None] | None = None
        self._documents: list[object] | None = None
        self._lines: dict[str, list[list[str]]] = {}
        self._times: dict[tuple[object, str], I64] = {}

    def parse(self, payload: Payload | None) -> None:
        """Open the messages as far as this needs it, so that all that is broken is known."""
        if payload is not None and payload.value is not None:
            self.documents()
        elif payload is not None and payload.field is not None:
            self.lines(payload.separator)

    def values(self, kind: Kind, payload: Payload | None) -> tuple[F64, BOOL | None]:
        """One number of each message, NaN for null; and which were rounded, None where none."""
        if payload is None:
            return self._numbers(self.texts(), kind)
        if payload.type is not None:
            return self._binary(payload)
        place = payload.field if payload.value is None else payload.value
        return self._numbers(self._found(place, payload.separator), kind)

    def times(self, payload: Payload) -> I64:
        """One instant of each message, ns."""
        key = payload.time, payload.separator
        if key not in self._times:
            found = self._found(payload.time, payload.separator)
            exact = instants(found)
            if exact is None:
                exact = np.array([at_ns or 0 for at_ns in self._each(instant, found)], np.int64)
            self._times[key] = exact
        return self._times[key]

    def texts(self) -> list[str | None]:
        """Each message as text, without the spaces around it; None where it is none."""
        if self._texts is None:
            try:
                texts: list[str | None] = [raw.decode().strip() for raw in self._raw]
            except UnicodeDecodeError:
                texts = self._each(lambda raw: raw.decode().strip(), self._raw)
            for i, text in enumerate(texts):
                if text is not None and text[:1] == "\ufeff":
                    self.odd.add(i)
                    texts[i] = None
            self._texts = texts
        return self._texts

    def documents(self) -> list[object]:
        """Each message as JSON; None where it is odd.

        orjson takes the last of two equal keys. So quotes are counted: a document that lost a key
        has fewer of them than its text; so has one whose texts hold quotes, which is odd too.
        """
        if self._documents is None:
            try:
                found = list(map(orjson.loads, self._raw))
            except orjson.JSONDecodeError:
                found = self._each(orjson.loads, self._raw)
            for i, (raw, document) in enumerate(zip(self._raw, found, strict=True)):
                if raw.count(b'"') != quotes(document):
                    self.odd.add(i)
                    found[i] = None
            self._documents = found
        return self._documents

    def lines(self, separator: str) -> list[list[str]]:
        """Each message as the fields of one line."""
        if separator not in self._lines:
            found = [(text or "").split(separator) for text in self.texts()]
            for i, text in enumerate(self.texts()):
                simple = text and '"' not in text and len(text.splitlines()) == 1
                if not simple or len(text or "") > LONGEST_LINE:
                    self.odd.add(i)
            self._lines[separator] = found
        return self._lines[separator]

    def _found(self, place: str | int | None, separator: str) -> list[object]:
        """What stands at a path or in a field of each message."""
        if isinstance(place, int):
            lines = self.lines(separator)
            try:
                return [line[place].strip() for line in lines]
            except IndexError:
                return self._each(lambda line: field(line, place), lines)
        documents, path = self.documents(), place or "$"
        try:
            return walked(documents, path)
        except (KeyError, IndexError, TypeError):
            return self._each(lambda document: at(document, path), documents)

    def _numbers(self, found: Sequence[object], kind: Kind) -> tuple[F64, BOOL | None]:
        """The numbers that these values are, and which of them were rounded."""
        numbers = self._doubles(found, kind)
        return numbers, self._rounded(found, numbers) if are_large(numbers) else None

    def _rounded(self, found: Sequence[object], numbers: F64) -> BOOL:
        """Which of the numbers are whole and no doubles: one by one, for such are rare.

        A whole number that 64 bits do not hold comes as a double from orjson: a closer look.
        """
        pairs = list(zip(found, numbers.tolist(), strict=True))
        self.odd |= {i for i, (one, _) in enumerate(pairs) if is_beyond(one)}
        return np.array([is_inexact(one, number) for one, number in pairs], np.bool_)

    def _doubles(self, found: Sequence[object], kind: Kind) -> F64:
        """The numbers alone."""
        if kind is Kind.TEXT:
            self.odd.update(i for i, one in enumerate(found) if not isinstance(one, str | None))
        elif set(map(type, found)) <= NUMBERS:
            return np.array(found, np.float64)
        else:
            exact = floats(found)
            if exact is not None:
                return exact
        numbers = self._each(lambda one: number_of(one, kind, self._deliver), found)
        return np.array([math.nan if one is None else one for one in numbers])

    def _binary(self, payload: Payload) -> tuple[F64, BOOL | None]:
        """Numbers at one place of each message, all cut out before they are joined."""
        layout = np.dtype(payload.layout)
        begin, end = payload.offset, payload.offset + layout.itemsize
        pieces = [raw[begin:end] for raw in self._raw]
        short = {i for i, piece in enumerate(pieces) if len(piece) < layout.itemsize}
        for i in short:
            pieces[i] = bytes(layout.itemsize)
        found = np.frombuffer(b"".join(pieces), layout)
        numbers = found.astype(np.float64)
        self.odd |= short | set(np.flatnonzero(~np.isfinite(numbers)).tolist())
        return numbers, rounded(found, numbers)

    def _each(self, how: Callable[[T], U], found: Sequence[T]) -> list[U | None]:
        """What each becomes on its own; None where that is refused, or nobody asks any more."""
        done: list[U | None] = []
        for i, one in enumerate(found):
            if i in self.odd:
                done.append(None)
                continue
            try:
                done.append(how(one))
            except ValueError:
                self.odd.add(i)
                done.append(None)
        return done


def is_beyond(found: object) -> bool:
    """Whether it is a double that may have been a whole number which 64 bits do not hold."""
    return isinstance(found, float) and abs(found) >= LARGEST


def walked(documents: list[object], path: str) -> list[object]:
    """What stands at a path, where every document has it."""
    found: list[Any] = documents
    for step in steps(path):
        if isinstance(step, int) and set(map(type, found)) != {list}:
            raise TypeError("a text can be counted off too")
        found = [one[step] for one in found]
    return found


def floats(found: Sequence[object]) -> F64 | None:
    """The numbers that these texts are; None where one of them is none that all would read."""
    if set(map(type, found)) != {str}:
        return None
    texts = cast("Sequence[str]", found)
    whole = "".join(texts)
    if "_" in whole or not whole.isascii():
        return None
    try:
        numbers = np.array(list(map(float, texts)))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def quotes(document: object) -> int:
    """How many quotation marks a document is written with at least."""
    if isinstance(document, dict) and BARE.issuperset(map(type, document.values())):
        return 2 * len(document)
    try:
        return counted(document)
    except RecursionError:
        return -1


def counted(document: object) -> int:
    """As `quotes`, for any depth that Python takes."""
    if isinstance(document, str):
        return 2
    if isinstance(document, dict):
        return 2 * len(document) + sum(map(counted, document.values()))
    return sum(map(counted, document)) if isinstance(document, list) else 0
