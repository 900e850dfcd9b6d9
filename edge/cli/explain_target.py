"""`lineproof target show --explain`: what made a verdict, and how to explain a day of it."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from edge.cli.layout import broken, columns, section, terms
from edge.cli.output import percentage, say, say_json
from edge.cli.printing import WORDS, clock, subject, verdict
from edge.cli.site import engine_of, site_of
from edge.text.catalogue import text

Document = dict[str, Any]  # JSON
GATE = ("condition", "met", "seen", "needed")
DAY = ("day", "window", "numerator", "denominator", "coverage", "counts")
RIGHT = ("coverage", "seen", "needed")
SHARES = ("coverage",)  # begin of the codes whose numbers are shares


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
        rows = [day(one) for one in line["days"]]
        section(f"days of {line['line']}", columns(DAY, rows, right=RIGHT))
        say("")
        for words in next_step(line, config):
            say(words)


def gates(found: Sequence[Document]) -> list[str]:
    """The conditions of a verdict, a line each."""
    return columns(GATE, [gate(one) for one in found], right=RIGHT)


def gate(one: Document) -> list[object]:
    """A condition as people read it."""
    numbers = [one["seen"], one["needed"]]
    if one["code"].startswith(SHARES):
        numbers = [percentage(number) for number in numbers]
    return [text(WORDS, f"gate.{one['code']}"), one["passed"], *numbers]


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


def day(one: Document) -> list[object]:
    """A day with its sums, and whether it counts."""
    counts = "yes" if one["used"] else text(WORDS, f"left.{one['left_out']}")
    sums = [one[key] for key in ("numerator", "denominator")]
    return [
        one["day"],
        text(WORDS, f"window.{one['window']}"),
        *sums,
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
        f"--measure {line['measure']} --explain",
    ]
    return broken(words)
