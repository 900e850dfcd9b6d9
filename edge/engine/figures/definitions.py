"""Definition cards: what stands behind a figure's name."""

from typing import Any

from edge.engine.figures.rolling import of_station
from edge.errors import NotFound
from edge.facts import TOLD
from edge.text.catalogue import LANGUAGES
from edge.text.definitions import formula, source
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import Measure, version_of
from kpi.formulas import Bounds

Document = dict[str, Any]  # JSON
GOOD_PIECES = Measure(
    name="good_pieces",
    definition="lineproof/good_pieces@1",
    unit="{piece}",
    better="higher",
    source="own definition, the pieces that are good (GQ)",
    formula="ΣGQ",
    ko="양품",
    en="Good pieces",
    elements=("gq", "gq_low", "gq_high"),
    function=lambda gq, gq_low, gq_high: Bounds(gq_low, gq, gq_high),
)
"""What the board counts; no measure of an improvement."""
KNOWN = {**MEASURES, GOOD_PIECES.name: GOOD_PIECES}
FORMER = {
    "effectiveness": "iso22400/effectiveness@1",
    "oee": "iso22400/oee@1",
    "quality_ratio": "iso22400/quality_ratio@1",
    "standard_hours_productivity": "lineproof/standard_hours_productivity@1",
    "throughput_per_hour": "lineproof/throughput_per_hour@1",
    "unit_cost": "lineproof/unit_cost@1",
}
"""The definitions before: output outside of planned time counted like planned output, and energy
over a gap was priced at its end."""


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
        if definition == FORMER.get(name):
            return {**card_of(measure), "id": definition, "version": version_of(definition)}
    known = ", ".join(measure.definition for measure in KNOWN.values())
    raise NotFound(f"there is no definition '{definition}'; there are {known}")


def read(definition: str) -> Document:
    """The card of a definition, with formula and source as they are read in each language.

    Raises:
        NotFound: with the definitions there are.
    """
    found = card(definition)
    said = {
        language: {"formula": formula(language, found), "source": source(language, found)}
        for language in LANGUAGES
    }
    return {**found, "said": said}


def card_of(measure: Measure) -> Document:
    """What a measure means, as JSON."""
    asked = (of_station(measure) or measure).elements
    return {
        "id": measure.definition,
        "measure": measure.name,
        "version": measure.version,
        "formula": measure.formula,
        "unit": measure.unit,
        "better": measure.better,
        "states": list(measure.states),
        "told": [kind for kind, element in TOLD.items() if element in asked],
        "source": measure.source,
        "ko": measure.ko,
        "en": measure.en,
    }
