"""Definition cards: what stands behind a figure's name."""

from typing import Any

from edge.engine.now import GOOD_PIECES
from edge.errors import NotFound
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import Measure

Document = dict[str, Any]  # JSON
KNOWN = {**MEASURES, GOOD_PIECES.name: GOOD_PIECES}


def cards() -> Document:
    """The cards of all measures there are."""
    return {"definitions": [card_of(measure) for measure in KNOWN.values()]}


def card(definition: str) -> Document:
    """The card of a definition such as `iso22400/availability@1`, or of a measure's name.

    Raises:
        NotFound: with the definitions there are.
    """
    for name, measure in KNOWN.items():
        if definition in {measure.definition, name}:
            return card_of(measure)
    known = ", ".join(measure.definition for measure in KNOWN.values())
    raise NotFound(f"there is no definition '{definition}'; there are {known}")


def card_of(measure: Measure) -> Document:
    """What a measure means, as JSON."""
    return {
        "id": measure.definition,
        "measure": measure.name,
        "version": measure.version,
        "formula": measure.formula,
        "unit": measure.unit,
        "better": measure.better,
        "states": list(measure.states),
        "source": measure.source,
        "ko": measure.ko,
        "en": measure.en,
    }
