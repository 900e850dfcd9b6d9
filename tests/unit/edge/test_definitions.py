"""What a definition card says in the language of its reader."""

import re

import pytest

from edge.engine.figures.definitions import KNOWN, card_of, read
from edge.text import catalogue, definitions

NAMED = re.compile(r"ISO 22400-2:2014 6절, [A-Z][A-Za-z ]+|Vorne, oee.com, [A-Z][A-Za-z]+")
WORD = re.compile(r"[a-z]{2,}")


@pytest.mark.parametrize("name", KNOWN)
def test_a_korean_card_has_no_english_prose(name: str) -> None:
    """Symbols, Korean words, and the names that standards give their entries; nothing else."""
    card = card_of(KNOWN[name])
    assert not WORD.findall(definitions.formula("ko", card))
    assert not WORD.findall(NAMED.sub("", definitions.source("ko", card)))


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
@pytest.mark.parametrize("name", KNOWN)
def test_what_is_said_keeps_every_symbol_of_the_formula(name: str, language: str) -> None:
    """A translated formula is made of the same elements in the same order."""
    card = card_of(KNOWN[name])
    told = definitions.formula(language, card)
    first = card["formula"].partition(",")[0]
    assert symbols(told.partition(",")[0]) == symbols(first)
    assert ("ISO 22400" in definitions.source(language, card)) == ("ISO 22400" in card["source"])


def symbols(formula: str) -> list[str]:
    """Elements and operators, without what is in words."""
    return re.findall(r"\b[A-Z]{2,4}\b|[/+]", formula)


def test_every_text_of_a_card_belongs_to_a_measure_as_it_is_today() -> None:
    """A formula that changes takes its texts along: one that nobody says any more is found here."""
    texts = catalogue.catalogue("en")
    for family in ("formula", "source"):
        told = {key: said for key, said in texts.items() if key.startswith(f"{family}.")}
        told.pop(definitions.CLAUSE, None)
        assert len(told) > 10
        for key, said in told.items():
            assert card_of(KNOWN[key.partition(".")[2]])[family] == said, key


def test_a_card_is_given_in_every_language() -> None:
    """What a page shows comes with the card; what packages hold of it stays English."""
    found = read("mtbf")
    assert found["formula"] == found["said"]["en"]["formula"] == "ΣAPT / number of stops"
    assert found["said"]["ko"]["formula"] == "ΣAPT / 정지 횟수"
    assert found["said"]["vi"]["source"].startswith("ISO 22400-2:2014, mục 6, Mean operating time")


def test_a_card_of_before_is_printed_as_it_was_filed() -> None:
    """Its formula is not the one that the texts translate."""
    card = {**card_of(KNOWN["unit_cost"]), "formula": "Σ cost / ΣGQ", "source": "a form of 2019"}
    assert definitions.formula("ko", card) == "Σ cost / ΣGQ"
    assert definitions.source("ko", card) == "a form of 2019"
