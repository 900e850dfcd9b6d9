"""`lineproof target show --explain`: what made a verdict, and how to explain a day of it."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from edge.cli.layout import broken, columns, section, terms
from edge.cli.output import counted, percentage, say, say_json
from edge.cli.printing import WORDS, bare, clock, subject, verdict
from edge.cli.site import engine_of, site_of
from edge.text.catalogue import SPACE, percent, points, text, unit
from kpi.catalogue.index import MEASURES

Document = dict[str, Any]  # JSON
GATE = ("condition", "met", "seen", "needed")
RIGHT = ("coverage", "seen", "needed")
DAYS, SHARES = "days_", "coverage_"  # begin of the codes whose numbers are these
APART = "coverage_unequal"  # how far two shares are apart


def command(config: Path, target_id: str, *, json: bool) -> None:
    """Print what made a verdict."""
    with engine_of(site_of(config)) as engine:
        found = engine.explain_target(target_id)
    if json:
        say_json(found)
        return
    told = found["target"]
    say(f"{told['id']}: {told['measure']} of {subject(told)}: {verdict(told['verdict'])}")
    section("conditions of the verdict", gates(told["gates"]))
    for line in found["lines"]:
        section(f"baseline of {line['line']}", terms(baseline(line)))
        rows = [day(one, told["unit"]) for one in line["days"]]
        head = day_head(told["unit"])
        what = f"days of {line['line']}, whose {told['measure']} is"
        section(f"{what} {formula_of(told['measure'])}", columns(head, rows, right=head[2:6]))
        say("")
        for words in next_step(line, config):
            say(words)


def gates(found: Sequence[Document]) -> list[str]:
    """The conditions of a verdict, a line each."""
    return columns(GATE, [gate(one) for one in found], right=RIGHT)


def gate(one: Document) -> list[object]:
    """A condition as people read it."""
    code, numbers = one["code"], (one["seen"], one["needed"])
    return [text(WORDS, f"gate.{code}"), one["passed"], *(number_of(code, n) for n in numbers)]


def number_of(code: str, number: float | None) -> object:
    """A number of a condition with its unit."""
    if number is None or not code.startswith((DAYS, SHARES)):
        return number
    if code.startswith(DAYS):
        return counted(round(number), "day")
    if code == APART:
        return points(number, 0).lstrip("+").replace(SPACE, " ")
    return percent(number, 0).replace(SPACE, " ")


def baseline(line: Document) -> list[tuple[str, object]]:
    """What is frozen, and whether what it rests on is still the same."""
    frozen = line["baseline"]
    changed = [text(WORDS, f"tables.{name}") for name in line["tables_changed"]]
    return [
        (frozen["id"], f'"{frozen["name"]}", version {frozen["version"]}'),
        ("period", f"{clock(frozen['from'])} to {clock(frozen['to'])}"),
        ("frozen", f"{clock(frozen['frozen_at'])} with software {frozen['software']}"),
        ("digest", frozen["digest"]),
        ("digest now", f"another: {frozen['digest_now']}" if frozen["restated"] else "the same"),
        ("samples", samples(frozen)),
        ("changed tables", ", ".join(changed) or "none"),
    ]


def samples(frozen: Document) -> str:
    """On how many days signed roots cover what it was computed from, and whether that changed."""
    days, other = frozen["samples"], frozen["other_samples"]
    rooted = sum(day["root"] is not None for day in days)
    said = f"{rooted} of {len(days)} days (UTC) were covered by a signed root"
    return f"{said}; others now: {', '.join(other)}" if other else f"{said}, as they are now"


def formula_of(measure: str) -> str:
    """What is divided by what, where the measure is known by a formula."""
    known = MEASURES.get(measure)
    return known.formula if known else "above / below"


def day_head(ucum: str) -> tuple[str, ...]:
    """The head of the days: what stands above and below the stroke, and what that makes."""
    return ("day", "window", "above", "below", unit(WORDS, ucum) or "%", "coverage", "counts")


def day(one: Document, ucum: str) -> list[object]:
    """A day with its sums and what they make, and whether it counts."""
    counts = "yes" if one["used"] else text(WORDS, f"left.{one['left_out']}")
    above, below = sums = [one[key] for key in ("numerator", "denominator")]
    value = above / below if above is not None and below else None
    return [
        one["day"],
        text(WORDS, f"window.{one['window']}"),
        *sums,
        bare(value, ucum),
        percentage(one["coverage"]),
        counts,
    ]


def next_step(line: Document, config: Path) -> list[str]:
    """The command that explains one day: the last that counts."""
    used = [day for day in line["days"] if day["used"]] or line["days"]
    if not used:
        return ["no day to explain"]
    machine = f" --machine {quote(line['machine'])}" if line["machine"] else ""
    words = [
        f"lineproof kpi --config {quote(str(config))} --line {quote(line['line'])}{machine}",
        f"--from {used[-1]['from']} --to {used[-1]['to']}",
        f"--measure {line['measure']} --explain --baseline {quote(line['baseline']['id'])}",
    ]
    return broken(words)
