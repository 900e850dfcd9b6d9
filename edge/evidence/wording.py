"""The sentences and printed figures of a report, in one language, by the rules of the catalogue."""

from datetime import datetime, timedelta
from typing import Any

from edge.text import catalogue
from edge.text.catalogue import (
    UNKNOWN,
    Value,
    digits_of,
    number,
    percent,
    points,
    signed,
    text,
)

Document = dict[str, Any]  # JSON


class Words:
    """What can be said of one target."""

    def __init__(self, target: Document, language: str) -> None:
        self.target, self.language = target, language

    def __call__(self, key: str, **values: Value) -> str:
        """The text of a key, its placeholders filled."""
        return text(self.language, key, **values)

    def or_code(self, key: str, code: str) -> str:
        """The text of a key, or else what is given."""
        found = self(key)
        return code if found == key else found

    @property
    def measure(self) -> str:
        """The name of the target's measure."""
        name = self.target["measure"]
        return self.or_code(f"measure.{name}", name)

    def figure(self, value: float | None) -> str:
        """A figure of this target with its unit."""
        return catalogue.figure(self.language, value, self.target["unit"])

    def day(self, at: str | None) -> str:
        """The day of a time."""
        if at is None:
            return UNKNOWN
        return catalogue.day(self.language, datetime.fromisoformat(at))

    def moment(self, at: str) -> str:
        """A time to the minute."""
        return catalogue.moment(self.language, datetime.fromisoformat(at))

    def period(self, begin: str | None, end: str | None) -> str:
        """Days from the first to the last, both included."""
        if begin is None or end is None:
            return UNKNOWN
        last = datetime.fromisoformat(end) - timedelta(microseconds=1)
        first = datetime.fromisoformat(begin)
        if last.timetz() < first.timetz():
            last -= timedelta(days=1)
        return self("targets.period", **{"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"})

    def change(self) -> str:
        """The change itself: percentage points of a rate, else in the measure's unit."""
        return self.difference(self.target["point_change"], self.target["unit"])

    def difference(self, value: float | None, unit: str, whole: float | None = None) -> str:
        """A change with its sign: percentage points of a rate, else in its unit.

        A part has as many digits as the `whole` change that it is a part of.
        """
        if unit == "1":
            return points(value)
        size = value if whole is None else whole
        return catalogue.labelled(self.language, signed(value, digits_of(size, unit)), unit)

    def ends(self) -> str:
        """The ends of the interval, the smaller first."""
        low, high = self.target["after_low"], self.target["after_high"]
        if low is None or high is None:
            return UNKNOWN
        first, last = sorted((low, high))
        return self("targets.interval", low=self.figure(first), high=self.figure(last))

    def says(self) -> str:
        """Why it is this verdict, with the numbers that it rests on where there are any."""
        of, key = self.target, f"verdict.{self.target['verdict']}"
        needed = (of["after_low"], of["after_high"], of["target"], of["before"], of["interval"])
        if None in needed:
            return self(f"{key}.means")
        low, high = sorted((of["after_low"], of["after_high"]))
        return self(
            f"{key}.with",
            confidence=percent(of["interval"]["confidence"], 0),
            low=self.figure(low),
            high=self.figure(high),
            near=self.figure(low if of["higher_is_better"] else high),
            before=self.figure(of["before"]),
            target=self.figure(of["target"]),
        )

    def late(self) -> str | None:
        """What it means that the baseline was frozen when the outcome could be known already."""
        of = self.target
        if not of["frozen_late"] or of["go_live"] is None:
            return None
        frozen = self.day(of["baseline"]["frozen_at"])
        return self("targets.frozen_late_means", frozen=frozen, go_live=self.day(of["go_live"]))

    def interval_means(self) -> str:
        """What a confidence interval is."""
        found = self.target["interval"]
        if found is None:
            return ""
        share = found["confidence"]
        said = percent(share, 0)
        return self("targets.interval_means", confidence=said, n=round(share * 100))

    def seen(self, gate: Document) -> str:
        """What a condition saw and needed."""
        code, found, needed = gate["code"], gate["seen"], gate["needed"]
        if found is None and needed is None:
            return ""
        if needed is None:
            return gate_value(code, found)
        key = "targets.gate_limit" if code == "coverage_unequal" else "targets.gate_seen"
        return self(key, seen=gate_value(code, found), needed=gate_value(code, needed))


def gate_value(code: str, value: float | str | None) -> str:
    """What a gate saw or needed: coverages are ratios, days are counts."""
    if isinstance(value, str):
        return value
    if code == "coverage_unequal":
        return points(value, 0).replace("+", "")
    if code.startswith("coverage"):
        return percent(value, 0)
    return number(value, 0 if value is None or float(value).is_integer() else 2)
