"""Where the marks of a report's charts stand: shares of a width or a height, 0 to 1."""

from typing import Any

from edge.evidence.wording import Words
from edge.text.catalogue import percent

Document = dict[str, Any]  # JSON
NEAR = 0.3  # two texts this near would touch
RULES_NEAR = 0.1
THIN = 0.95  # coverage below which a day is not complete


def axis(words: Words) -> Document | None:
    """Baseline, figure with its interval and target; the good side is always right.

    Returns:
        None where baseline or figure is not known.
    """
    of = words.target
    before, after, goal = of["before"], of["after"], of["target"]
    if before is None or after is None:
        return None
    sign = 1 if of["higher_is_better"] else -1
    known = [before, after, goal, of["after_low"], of["after_high"]]
    signed = [sign * value for value in known if value is not None]
    left, room = min(signed), (max(signed) - min(signed)) or 1.0

    def at(value: float | None) -> float | None:
        return None if value is None else 0.06 + 0.88 * (sign * value - left) / room

    ends = sorted(place for place in map(at, (of["after_low"], of["after_high"])) if place)
    both = (ends[0], ends[1]) if len(ends) == len(("low", "high")) else (None, None)
    texts = {
        "before_text": f"{words('targets.baseline')} {words.figure(before)}",
        "now_text": f"{words('targets.now')} {words.figure(after)} ({words.ends()})",
        "target_text": f"{words('targets.target')} {words.figure(goal)}",
    }
    places = {"before": at(before), "now": at(after), "target": at(goal)}
    clash = abs((places["now"] or 0.0) - (places["before"] or 0.0)) < NEAR
    alt = ", ".join(texts.values())
    return {**places, "low": both[0], "high": both[1], **texts, "alt": alt, "clash": clash}


def chart(words: Words) -> Document:
    """The figure of each day with the windows, and how much of the day was seen."""
    of, series = words.target, words.target["series"]
    values = [row["value"] for row in series if row["value"] is not None]
    marks = [value for value in (of["before"], of["target"]) if value is not None]
    low, high = min([*values, *marks], default=0.0), max([*values, *marks], default=1.0)
    margin = ((high - low) or 1.0) * 0.08
    low, high, n = low - margin, high + margin, max(len(series), 1)
    days = [
        {
            "x": (place + 0.5) / n,
            "at": None if row["value"] is None else (row["value"] - low) / (high - low),
            "counts": row["window"] in {"baseline", "report"},
            "coverage": row["coverage"],
            "thin": row["coverage"] is not None and row["coverage"] < THIN,
        }
        for place, row in enumerate(series)
    ]
    return {
        "days": days,
        "bar": 0.7 / n,
        "stretches": stretches(words, series),
        "rules": rules(words, low, high),
        "coverage": words("targets.coverage"),
        "first": series[0]["day"] if series else "",
        "last": series[-1]["day"] if series else "",
        "note": words("report.chart_note", share=percent(THIN, 0)),
        "alt": words("report.chart_alt", measure=words.measure, n=len(series)),
    }


def rules(words: Words, low: float, high: float) -> list[Document]:
    """The levels of baseline and target, their names set apart where the lines are near."""
    of = words.target
    found = [
        {"kind": kind, "at": (value - low) / (high - low), "name": words(f"targets.{kind}")}
        for kind, value in (("baseline", of["before"]), ("target", of["target"]))
        if value is not None
    ]
    found.sort(key=lambda rule: rule["at"])
    near = len(found) > 1 and found[1]["at"] - found[0]["at"] < RULES_NEAR
    shifts = (1.5, -1.5) if near else (0.0, 0.0)
    return [{**rule, "shift": shift} for rule, shift in zip(found, shifts, strict=False)]


def stretches(words: Words, series: list[Document]) -> list[Document]:
    """Baseline, black-out and reporting window as stretches of the days."""
    found = []
    for kind in ("baseline", "blackout", "report"):
        at = [place for place, row in enumerate(series) if row["window"] == kind]
        if at:
            ends = {"from": at[0] / len(series), "to": (at[-1] + 1) / len(series)}
            found.append({"kind": kind, "name": words(f"window.{kind}"), **ends})
    return found
