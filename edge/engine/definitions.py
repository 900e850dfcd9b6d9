"""Definition cards: what stands behind a figure's name."""

from typing import Any

from edge.engine.now import GOOD_PIECES
from edge.errors import NotFound
from kpi.catalogue.index import MEASURES

KNOWN = {**MEASURES, GOOD_PIECES.name: GOOD_PIECES}


def card(definition: str) -> dict[str, Any]:
    """The card of a definition such as `iso22400/availability@1`, or of a measure's name.

    Raises:
        NotFound: with the definitions there are.
    """
    for name, measure in KNOWN.items():
        if definition in {measure.definition, name}:
            return {
                "id": measure.definition,
                "measure": name,
                "formula": measure.formula,
                "unit": measure.unit,
                "better": measure.better,
                "states": list(measure.states),
                "source": measure.source,
                "ko": measure.ko,
                "en": measure.en,
            }
    known = ", ".join(measure.definition for measure in KNOWN.values())
    raise NotFound(f"there is no definition '{definition}'; there are {known}")
