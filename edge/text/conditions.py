"""The question of equal conditions in words: what was looked at, what was left out, how unsure."""

from collections.abc import Mapping, Sequence
from typing import Any

from edge.text.catalogue import catalogue, percent, text

YARDSTICK = 0.5  # ASHRAE Guideline 14: of the effect, at 68 % confidence


def conditions_said(language: str, told: Mapping[str, Any] | None) -> list[str]:
    """Sentences for people; none where nobody asked, as in packages of before."""
    if told is None:
        return []
    said = []
    used = [name(language, one) for one in told["terms"] if one["state"] == "used"]
    if used and told["reason"] is None:
        said.append(text(language, "conditions.used", terms=", ".join(used)))
    if told["reason"] is not None:
        said.append(text(language, f"conditions.reason.{told['reason']}"))
    if told["outside"]:
        counts = {"n": len(told["outside"]), "of": told["n_after"]}
        said.append(text(language, "conditions.outside", **counts))
    left = [one for one in told["terms"] if one["state"] != "used"]
    if left:
        said.append(text(language, "conditions.left", terms="; ".join(states(language, left))))
    if told["uncertainty"] is not None:
        key = "conditions.unsure" if told["uncertainty"] >= YARDSTICK else "conditions.sure"
        said.append(text(language, key, share=percent(told["uncertainty"], 0)))
    return said


def name(language: str, one: Mapping[str, Any]) -> str:
    """A condition; a signal by its path."""
    key = f"condition.{one['condition']}"
    return text(language, key) if key in catalogue(language) else str(one["condition"])


def states(language: str, left: Sequence[Mapping[str, Any]]) -> list[str]:
    """Conditions that did not enter, each with why."""
    return [
        f"{name(language, one)} ({text(language, 'condition.state.' + one['state'])})"
        for one in left
    ]
