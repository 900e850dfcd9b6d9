"""Formula and source of a definition card, in a reader's language.

A card is written in English and symbols. What a language says of it holds for the very formula and
source that English says, so that a card of before, which had others, is printed as it was filed.
"""

from collections.abc import Mapping

from edge.text.catalogue import text

CLAUSE = "source.iso22400"  # whose entries keep the names they have there


def formula(language: str, card: Mapping[str, str]) -> str:
    """How a measure is computed, as the card of it is read.

    >>> formula("ko", {"measure": "mtbf", "formula": "ΣAPT / number of stops"})
    'ΣAPT / 정지 횟수'
    >>> formula("ko", {"measure": "mtbf", "formula": "ΣAPT / stops, as once"})
    'ΣAPT / stops, as once'
    """
    return _said(language, f"formula.{card['measure']}", card["formula"])


def source(language: str, card: Mapping[str, str]) -> str:
    """Where a definition is written down.

    >>> source("ko", {"measure": "oee", "source": "ISO 22400-2:2014, clause 6, OEE index"})
    'ISO 22400-2:2014 6절, OEE index'
    """
    written = card["source"]
    found = _said(language, f"source.{card['measure']}", written)
    begins = text("en", CLAUSE, name="")
    if found == written and written.startswith(begins):
        return text(language, CLAUSE, name=written.removeprefix(begins))
    return found


def _said(language: str, key: str, written: str) -> str:
    """The text of a key, where its English is what is written."""
    return text(language, key) if text("en", key) == written else written
