"""Columns of files of facts, as the document names them."""

from pathlib import Path

import pytest

from edge.tables.headings import COLUMNS

DOCUMENT = Path(__file__).parents[3] / "docs" / "facts.md"


@pytest.mark.parametrize("name", COLUMNS)
def test_the_document_names_every_column_in_both_languages(name: str) -> None:
    """What an import knows is written down."""
    text = DOCUMENT.read_text("utf-8")
    assert f"`{name}`" in text
    assert COLUMNS[name][0] in text
