"""Texts put into the places that an OWPML section (KS X 6101) keeps for them.

A place is `{{name}}` in the text of a paragraph, also where styles cut it into pieces, or a field
to click on (누름틀) with a name of ours. What always holds: nothing else of the section changes by
a byte, but that a paragraph whose text changed loses the line breaks that were remembered of it:
a program that believed them would press the new text into the old lines.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape

from edge.errors import Refused

PARAGRAPH = re.compile(r"http://www\.(hancom\.co\.kr/hwpml|owpml\.org/owpml)/\d{4}/paragraph (\w+)")
PLACE = re.compile(r"\{\{([^{}]*)\}\}")
CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
DEEPEST = 200
FIELD = "CLICK_HERE"


class Piece(NamedTuple):
    """Some characters of a paragraph, and the byte at which they stand."""

    at: int
    text: str


class Edit(NamedTuple):
    """Bytes to be put in place of others."""

    start: int
    end: int
    put: bytes


class Place(NamedTuple):
    """Characters of a paragraph that a text takes the place of."""

    name: str
    start: int
    end: int
    is_field: bool


@dataclass(slots=True)
class Paragraph:
    """What was read of one paragraph."""

    pieces: list[Piece] = field(default_factory=list)
    fields: list[Place] = field(default_factory=list)
    lines: list[Edit] = field(default_factory=list)  # the remembered breaks, to be taken out
    texts: int = 0  # elements of text that are open
    begun: tuple[str, int] | None = None  # a field, and how many characters stood before it

    @property
    def length(self) -> int:
        """Characters so far."""
        return sum(len(piece.text) for piece in self.pieces)

    def places(self, is_ours: Callable[[str], bool]) -> list[Place]:
        """Fields of ours, and `{{name}}` outside them, in the order of the text."""
        found = [one for one in self.fields if is_ours(one.name)]
        text = "".join(piece.text for piece in self.pieces)
        for match in PLACE.finditer(text):
            if not any(one.start <= match.start() < one.end for one in found):
                found.append(Place(match[1].strip(), *match.span(), is_field=False))
        return sorted(found, key=lambda one: one.start)


class Filled(NamedTuple):
    """A section with its places filled."""

    raw: bytes
    names: list[str]


def fill(
    raw: bytes, where: str, is_ours: Callable[[str], bool], text_of: Callable[[str], str]
) -> Filled:
    """Fill the places of a section.

    Args:
        raw: its bytes.
        where: its name, for messages.
        is_ours: whether a field of such a name is to be filled.
        text_of: what comes into a place.

    Raises:
        Refused: it is no plain XML in UTF-8, or a field cannot be filled.
    """
    edits, names = list[Edit](), list[str]()
    for paragraph in Reading(raw, where).paragraphs:
        places = paragraph.places(is_ours)
        for place in places:
            if place.start == place.end:
                raise Refused(
                    f"{where}: field '{place.name}' holds no text; type any into it and save"
                )
            names.append(place.name)
            edits += edits_of(raw, paragraph.pieces, place, plain(text_of(place.name)))
        edits += paragraph.lines if places else []
    done, at = list[bytes](), 0
    for edit in sorted(edits):
        done += [raw[at : edit.start], edit.put]
        at = edit.end
    return Filled(b"".join([*done, raw[at:]]), names)


def plain(text: str) -> bytes:
    """A text as XML holds it, on one line."""
    return escape(CONTROL.sub(" ", text)).encode()


def edits_of(raw: bytes, pieces: list[Piece], place: Place, put: bytes) -> list[Edit]:
    """The text comes into the first piece of its place; what other pieces hold of it goes."""
    found, begin = list[Edit](), 0
    for piece in pieces:
        end = begin + len(piece.text)
        first, last = max(place.start, begin) - begin, min(place.end, end) - begin
        if first < last:
            span = bytes_of(raw, piece, first, last)
            found.append(Edit(*span, b"" if found else put))
        begin = end
    return found


def bytes_of(raw: bytes, piece: Piece, first: int, last: int) -> tuple[int, int]:
    """Where some characters of a piece stand; a character may be written as a reference."""
    if raw[piece.at : piece.at + 1] == b"&":
        return piece.at, raw.index(b";", piece.at) + 1
    start = piece.at + len(piece.text[:first].encode())
    return start, start + len(piece.text[first:last].encode())


class Reading:
    """One reading of a section: its paragraphs, as they end."""

    def __init__(self, raw: bytes, where: str) -> None:
        self.paragraphs = list[Paragraph]()
        self._raw, self._where, self._depth = raw, where, 0
        self._open = list[Paragraph]()
        self._lines_at = 0
        parser = self._parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._refuse
        parser.StartCdataSectionHandler = self._refuse
        parser.XmlDeclHandler = self._declared
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(raw, True)  # noqa: FBT003 - expat's own: this is all
        except expat.ExpatError as error:
            raise Refused(
                f"{where} is no XML ({error}); save the form without a password"
            ) from None

    def _refuse(self, *_: object) -> None:
        """Nothing that a form of this kind has."""
        raise Refused(f"{self._where} declares entities or raw text; save it anew in Hangul")

    def _declared(self, _version: str, encoding: str | None, _alone: int) -> None:
        """The first line of the XML."""
        if encoding is not None and encoding.lower() != "utf-8":
            raise Refused(f"{self._where} is written in '{encoding}'; save it anew in Hangul")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refused(f"{self._where}: elements lie more than {DEEPEST} deep")
        kind = kind_of(name)
        if kind == "p":
            self._open.append(Paragraph())
        elif self._open and kind == "t":
            self._open[-1].texts += 1
        elif self._open and kind == "fieldBegin" and attributes.get("type") == FIELD:
            self._open[-1].begun = attributes.get("name", ""), self._open[-1].length
        elif self._open and kind == "fieldEnd" and self._open[-1].begun is not None:
            here, (named, first) = self._open[-1], self._open[-1].begun
            here.fields.append(Place(named.strip(), first, here.length, is_field=True))
            here.begun = None
        elif kind == "linesegarray":
            self._lines_at = self._parser.CurrentByteIndex

    def _end(self, name: str) -> None:
        """An element ends."""
        self._depth -= 1
        kind = kind_of(name)
        if kind == "p":
            self.paragraphs.append(self._open.pop())
        elif self._open and kind == "t":
            self._open[-1].texts -= 1
        elif self._open and kind == "linesegarray":
            end = self._raw.index(b">", self._parser.CurrentByteIndex) + 1
            self._open[-1].lines.append(Edit(self._lines_at, end, b""))

    def _text(self, text: str) -> None:
        """Characters, a line or a reference at most at a time."""
        if self._open and self._open[-1].texts:
            self._open[-1].pieces.append(Piece(self._parser.CurrentByteIndex, text))


def kind_of(name: str) -> str:
    """The name of an element of paragraphs; of any other nothing."""
    found = PARAGRAPH.fullmatch(name)
    return found[2] if found else ""
