"""What stands behind a verdict, as a report prints it: its parts, other questions, what is left."""

from typing import Any

from edge.engine.verdicts.sensitivity import MANY_NEW
from edge.evidence import linting
from edge.evidence.wording import Words
from edge.text import catalogue
from edge.text.catalogue import percent, signed_percent
from edge.text.conditions import conditions_said

Document = dict[str, Any]  # JSON


def printed(words: Words, parts: Document, lints: Document) -> Document:
    """The page of `parts.json` and `lints.json` as texts."""
    told = parts["sensitivity"]
    return {
        "title": words("parts.title"),
        "says": words("parts.says"),
        "head": [words(f"parts.{name}") for name in ("part", "amount", "counts")],
        "splits": [split(words, one) for one in parts["decomposition"]],
        "asked_title": words("sensitivity.title"),
        "asked": [asked(words, one) for one in told["rows"]],
        "asked_says": [
            words("sensitivity.says"),
            *doubts(words, told),
            *conditions_said(words.language, told.get("conditions")),
        ],
        "shift_title": words("shift.title"),
        "shift": shift(words, parts["shift"]),
        "cuts_title": words("plan_cuts.title"),
        "cuts": cuts(words, parts["plan_cuts"]),
        "lints_title": words("lints.title"),
        "lints": found(words, lints),
        "kept_title": words("kept.title"),
        "kept": [look(words, one) for one in parts["sustainment"]],
    }


def split(words: Words, of: Document) -> Document:
    """One change: its ends, and its parts, which add up to it."""
    name = words(f"parts.of.{of['of']}", name=words.measure)
    ends = " → ".join(
        catalogue.figure(words.language, of[side], of["unit"]) for side in ("before", "after")
    )
    reason = of["reason"] and words("parts.not", reason=words(f"parts.reason.{of['reason']}"))
    return {
        "title": f"{name}: {ends}",
        "rows": [part(words, one, of) for one in of["parts"]],
        "says": reason or "",
    }


def part(words: Words, of: Document, whole: Document) -> list[str]:
    """A part: its name, how much it is, and whether it is credited or why not."""
    name = words(f"part.{of['code']}")
    if of["item"]:
        item = words.or_code(f"item.{of['item']}", of["item"])
        name = words("parts.item", part=name, item=item)
    counts = words("parts.credited" if of["credited"] else "parts.not_credited")
    if of["reason"]:
        reason = words(f"parts.reason.{of['reason']}")
        counts = f"{counts}: {reason}"
    return [name, words.difference(of["amount"], whole["unit"], whole["change"]), counts]


def asked(words: Words, of: Document) -> list[str]:
    """The question asked another way, and its answer."""
    answer = signed_percent(of["improvement_rate"])
    if of["low"] is not None and of["high"] is not None:
        ends = {name: signed_percent(of[name]) for name in ("low", "high")}
        answer = f"{answer} ({words('targets.rate_interval', **ends)})"
    if of["left_out"]:
        answer = f"{answer} · {words('sensitivity.left_out', days=', '.join(of['left_out']))}"
    return [words(f"sensitivity.{of['code']}"), answer]


def doubts(words: Words, told: Document) -> list[str]:
    """What the other questions make doubtful."""
    said = [words("sensitivity.mix_dependent")] if told["mix_dependent"] else []
    share = told["new_share"] or 0.0
    if share:
        said.append(words("sensitivity.new_share", share=percent(share, 0)))
    if share > MANY_NEW:
        said.append(words("sensitivity.new_baseline"))
    return said


def shift(words: Words, of: Document | None) -> list[str]:
    """The day on which the level changed most, and whether go-live explains it."""
    if of is None:
        return []
    ends = {side: words.figure(of[side]) for side in ("before", "after")}
    said = [words("shift.says", day=of["day"], **ends), words(f"shift.{of['place']}")]
    return [*said, words("shift.doubt")] if of["doubt"] else said


def cuts(words: Words, of: list[Document]) -> list[str]:
    """The days whose planned time was cut afterwards."""
    days = ", ".join(one["day"] for one in of)
    return [words("plan_cuts.says", n=len(of)), days] if of else []


def found(words: Words, lints: Document) -> Document | None:
    """What a reader should know of the figures; None where a package of before does not tell it."""
    if lints.get("format") != linting.FORMAT:
        return None
    told = linting.printed(words.language, lints)
    rows = [[f"{words(f'lints.{side}')} · {thing}", said] for side, thing, said in told]
    return {"rows": rows, "says": words("lints.says" if rows else "lints.none")}


def look(words: Words, of: Document) -> list[str]:
    """What is left of the gain some months later, or why nothing is told."""
    window = words("task.look_window", **{"from": of["from"], "to": of["to"]})
    if of["share"] is None:
        return [window, words(f"task.look.{of['state']}")]
    label = words(f"task.kept.{of['label']}")
    return [window, words("task.kept", label=label, share=percent(of["share"], 0))]
