"""The decisions on counters as people read them: a sheet of the workbook, a line of the report."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edge.evidence.wording import Words
from edge.text.catalogue import number, text

if TYPE_CHECKING:  # 3 MB that few need
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Document = dict[str, Any]  # JSON
SIDES = {"baseline": "before", "report": "after"}
TEXTS = ("side", "line", "signal", "at", "decision")
WIDTH = 30
FIGURES = ("reading_before", "reading", "reading_after", "counted", "low", "high")


def fill(place: "Worksheet", windows: Document, bold: "Format", language: str) -> None:
    """Each decision with the readings that it rests on, and how many more there are."""
    place.set_column(2, 3, WIDTH)
    for column, name in enumerate((*TEXTS, *FIGURES)):
        place.write_string(0, column, text(language, f"workbook.{name}"), bold)
    at = 1
    for side in SIDES:
        for window in windows[side]:
            for made in window["decisions"]:
                write(place, at, cells(made, side, window, language))
                at += 1
            if window["decisions_not_listed"]:
                more = text(language, "workbook.not_listed", n=window["decisions_not_listed"])
                write(place, at, [text(language, f"workbook.{side}"), window["line"], more])
                at += 1


def cells(made: Document, side: str, window: Document, language: str) -> list[str | float | None]:
    """One decision."""
    before, after = (made[name] and made[name]["value"] for name in ("before", "after"))
    return [
        text(language, f"workbook.{side}"),
        window["line"],
        made["signal"],
        made["at"],
        named(made["decision"], language),
        *(before, made["reading"], after),
        *(made[name] for name in ("count", "low", "high")),
    ]


def write(place: "Worksheet", at: int, row: list[str | float | None]) -> None:
    """One row; what is not known stays empty."""
    for column, value in enumerate(row):
        if isinstance(value, str):
            place.write_string(at, column, value)
        elif value is not None:
            place.write_number(at, column, value)


def named(decision: str, language: str) -> str:
    """The name of a kind of decision."""
    return text(language, f"decision.{decision}")


def printed(words: Words, decided: Mapping[str, Any]) -> list[list[str]]:
    """How many there are in each window, by kind."""
    said = {name: of_side(words, decided["windows"][side]) for side, name in SIDES.items()}
    return [[words("report.decisions"), words("targets.before_after", **said)]]


def of_side(words: Words, windows: list[Document]) -> str:
    """The decisions of one side by kind, the most first."""
    kinds = Counter[str]()
    for window in windows:
        kinds.update(window["decisions_in_all"])
    found = [f"{named(kind, words.language)} {number(n, 0)}" for kind, n in kinds.most_common()]
    return ", ".join(found) or words("report.no_decisions")
