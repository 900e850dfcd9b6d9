"""The places of a form and what the list of indicators puts into them: `{{P1.산출근거}}`.

A place names a family, which of its indicators, and a column by its key or its heading in any
language. A form may have more rows than there are indicators: those places stay empty.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import Refused
from edge.evidence import hwpx
from edge.evidence.forms import COLUMNS, FIGURES, cell
from edge.evidence.programme import FAMILIES
from edge.text.catalogue import LANGUAGES, figure, percent, signed_percent, text

Document = dict[str, Any]  # JSON
NAME = re.compile(r"([A-Z])\s*(\d{0,2})\s*\.\s*(.+)")
RATES = {"rate", "low", "high"}
EXAMPLE = "{{P1.산출근거}}"


class Slots:
    """What stands in each place of a form."""

    def __init__(self, rows: Sequence[Document], language: str) -> None:
        self._rows, self._language = rows, language
        self._columns = headings()
        self.unknown, self.empty = dict[str, None](), dict[str, None]()

    def is_ours(self, name: str) -> bool:
        """Whether a field of this name is meant for an indicator; a form has others besides."""
        found = NAME.fullmatch(name)
        return found is not None and found[1] in FAMILIES

    def text(self, name: str) -> str:
        """What comes into a place; those that nothing is known of are remembered."""
        found = NAME.fullmatch(name)
        column = self._columns.get(bare(found[3])) if found else None
        if found is None or column is None or found[1] not in FAMILIES:
            self.unknown[name] = None
            return ""
        mine = [row for row in self._rows if row["family"] == found[1]]
        nth = int(found[2] or 1)
        if not 1 <= nth <= len(mine):
            self.empty[name] = None
            return ""
        return self.printed(mine[nth - 1], column)

    def printed(self, row: Document, column: str) -> str:
        """A column of an indicator, as people read it; what is not known is a dash."""
        value = row[column]
        if column in RATES:
            return signed_percent(value)
        if column == "coverage":
            return percent(value, 0)
        if column in FIGURES:
            return figure(self._language, value, row["unit"])
        return str(cell(row, column, self._language))


def headings() -> dict[str, str]:
    """The columns by all their names."""
    found = {name: name for name in COLUMNS}
    for language in LANGUAGES:
        found |= {bare(text(language, f"programme.{name}")): name for name in COLUMNS}
    return found


def bare(name: str) -> str:
    """A heading without what people write now so and now so."""
    return re.sub(r"[\s,]", "", name).lower()


def filled_form(template: Path, slots: Slots) -> hwpx.Form:
    """A form with its places filled.

    Raises:
        Refused: it has no place, or some that nothing is known of; all of them are named.
    """
    form = hwpx.filled(template, slots.is_ours, slots.text)
    if slots.unknown:
        names = ", ".join(f"'{name[:40]}'" for name in slots.unknown)
        columns = ", ".join(text("ko", f"programme.{name}") for name in COLUMNS)
        raise Refused(
            f"{template}: nothing is known of {names}; write family, number and column, such as"
            f" {EXAMPLE}: families are {' '.join(FAMILIES)}, columns {columns}"
        )
    if not form.names:
        raise Refused(f"{template} has no place to fill; write such as {EXAMPLE} into the form")
    return form
