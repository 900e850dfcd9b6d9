"""What stands behind a verdict, in tables: its parts, other questions, what is left."""

from textwrap import wrap
from typing import Any

from edge.cli.layout import columns, section
from edge.cli.output import percentage
from edge.cli.printing import WORDS, amount, bounds, change, difference, verdict
from edge.engine.verdicts.sensitivity import MANY_NEW
from edge.text.catalogue import text
from edge.text.conditions import conditions_said

Document = dict[str, Any]  # JSON
THEN = "→"  # a change; a dash is an interval
ROOM = 78  # columns of a sentence
PART = ("part", "amount", "credited", "why not")
ASKED = ("question", "improved", "interval", "verdict", "days left out")
PLANNED = "planned_before_s", "planned_s"
CUT = ("day", "line", "planned then", "planned now")
KEPT = ("after", "from", "to", "gain left", "days")


def say_behind(found: Document) -> None:
    """Print it."""
    for split in found["decomposition"]:
        say_split(split, found["measure"])
    say_sensitivity(found)
    say_shift(found)
    say_plan_cuts(found)
    rows = [
        [
            *(f"{one['months']} months", one["from"], one["to"], left(one), one["n"]),
        ]
        for one in found["sustainment"]
    ]
    fallen = found["falls_from"]
    said = [text(WORDS, "task.falls_from", day=fallen)] if fallen else []
    section(text(WORDS, "kept.title"), [*columns(KEPT, rows), *said])


def left(one: Document) -> str:
    """What is left of the gain, or why nothing is told of it."""
    if one["share"] is None:
        return text(WORDS, f"task.look.{one['state']}")
    label = text(WORDS, f"task.kept.{one['label']}")
    return f"{label}, {percentage(one['share'])}"


def say_split(split: Document, measure: str) -> None:
    """Print one change and its parts, which add up to it."""
    unit, name = split["unit"], text(WORDS, f"measure.{measure}")
    ends = f"{amount(split['before'], unit)} {THEN} {amount(split['after'], unit)}"
    title = text(WORDS, f"parts.of.{split['of']}", name=name)
    lines = columns(PART, [part_row(part, unit) for part in split["parts"]], right=PART[1:2])
    if split["reason"]:
        reason = text(WORDS, f"parts.reason.{split['reason']}")
        lines = [text(WORDS, "parts.not", reason=reason)]
    section(f"{title}, {ends}, {difference(split['change'], unit)}", lines)


def part_row(part: Document, unit: str) -> list[object]:
    """A part in one line."""
    name = text(WORDS, f"part.{part['code']}")
    if part["item"]:
        name = text(WORDS, "parts.item", part=name, item=part["item"])
    why = text(WORDS, f"parts.reason.{part['reason']}") if part["reason"] else ""
    return [name, difference(part["amount"], unit), "yes" if part["credited"] else "no", why]


def say_sensitivity(found: Document) -> None:
    """Print the questions asked otherwise, after the one that was judged."""
    told = found["sensitivity"]
    judged = {**found, "code": "as_judged", "left_out": []}
    rows = [
        [
            text(WORDS, f"sensitivity.{one['code']}"),
            change(one["improvement_rate"]),
            bounds(one["low"], one["high"]),
            verdict(one["verdict"]) if one["verdict"] else None,
            ", ".join(one["left_out"]),
        ]
        for one in (judged, *told["rows"])
    ]
    said = []
    if told["mix_dependent"]:
        said.append(text(WORDS, "sensitivity.mix_dependent"))
    if told["new_share"]:
        share = percentage(told["new_share"])
        said.append(text(WORDS, "sensitivity.new_share", share=share))
    if (told["new_share"] or 0) > MANY_NEW:
        said.append(text(WORDS, "sensitivity.new_baseline"))
    said += [line for one in conditions_said(WORDS, told["conditions"]) for line in wrap(one, ROOM)]
    section(text(WORDS, "sensitivity.title"), [*columns(ASKED, rows, right=ASKED[1:3]), *said])


def say_shift(found: Document) -> None:
    """Print the day on which the level changed most, and whether it fits go-live."""
    shift, unit = found["shift"], found["unit"]
    if shift is None:
        return
    ends = {side: amount(shift[side], unit) for side in ("before", "after")}
    doubt = [text(WORDS, "shift.doubt")] if shift["doubt"] else []
    says = [
        text(WORDS, "shift.says", day=shift["day"], **ends),
        text(WORDS, f"shift.{shift['place']}"),
    ]
    section(text(WORDS, "shift.title"), [*says, *doubt])


def say_plan_cuts(found: Document) -> None:
    """Print the days whose planned time was taken away once they were over."""
    rows = [
        [cut["day"], cut["line"], *(f"{cut[name] / 3600:.1f} h" for name in PLANNED)]
        for cut in found["plan_cuts"]
    ]
    if rows:
        says = text(WORDS, "plan_cuts.says", n=str(len(rows)))
        section(text(WORDS, "plan_cuts.title"), [says, *columns(CUT, rows, right=CUT[2:])])
