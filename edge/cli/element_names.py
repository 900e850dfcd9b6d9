"""What the elements of a figure are called where people read them."""

from typing import Any

from edge.text.catalogue import catalogue

Document = dict[str, Any]  # JSON
UNITS = {"ns": "s", "s": "s", "n": "times", "kwh": "kWh", "krw": "KRW"}  # last part of a name
SIDES = ("low", "high")
NAMES = {
    "ideal_gq": "PRI·GQ",
    "ideal_pq": "PRI·PQ",
    "all_ideal_gq": "PRI·GQ, planned or not",
    "planned_gq": "planned GQ",
    "first_rolled": "first-pass yields of all stations, multiplied",
    "unit_rolled": "yields of all stations by count, multiplied",
    "calendar": "calendar time",
    "micro": "micro-stops",
    "watched_micro": "micro-stops in watched time",
    "watched_apt": "watched APT",
    "unwatched": "APT not watched",
    "untold": "planned time without both hours",
    "labour": "hours of work",
    "attendance": "hours of attendance",
    "unknown": "state unknown",
    "count_unknown": "counts unknown",
}
SYMBOL = 5  # letters of the longest symbol in the standard


def split_name(name: str) -> tuple[str, str, str]:
    """What the name of an element says: what it is, which side of it, and its unit."""
    words = name.split("_")
    unit = next((UNITS[word] for word in words[1:] if word in UNITS), "")
    side = next((word for word in words if word in SIDES), "value")
    stem = "_".join(word for word in words if word not in SIDES and word not in UNITS)
    name = stem.upper() if len(stem) <= SYMBOL else stem.replace("_", " ")
    return NAMES.get(stem, name), side, unit


def meaning(symbol: str) -> str:
    """What a symbol stands for; nothing where it says so itself."""
    known = [catalogue("en").get(f"element.{part}", "") for part in symbol.split("·")]
    return " · ".join(filter(None, known))


def why(lacks: Document) -> str:
    """What a figure lacks, in words, and the elements that nobody knows."""
    names = dict.fromkeys(split_name(name)[0] for name in lacks["elements"])
    return ": ".join(filter(None, [catalogue("en")[f"lacks.{lacks['code']}"], ", ".join(names)]))
