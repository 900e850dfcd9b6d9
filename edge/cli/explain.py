"""`lineproof kpi --explain` and `lineproof target show --explain`: what made a figure, for people.

Each part is a table; the last line is the command that writes the raw samples.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import join
from typing import Any

from edge.cli.output import say, say_json, table
from edge.cli.site import engine_of, interval, site_of
from edge.engine.explaining import Question

Document = dict[str, Any]  # JSON
FIGURE = ("value", "unit", "low", "high", "coverage", "n", "manual_share", "definition", "formula")
BUCKET = ("from", "to", "product", "shift_id", "planned", "status", "revision", "reason")
DECISION = ("at", "signal", "decision", "reading", "count", "low", "high")
LOOSE = ("quantity", "from", "to", "amount", "low", "high", "whole")
FACT = ("id", "version", "kind", "from", "to", "quantity", "type", "origin", "who", "entered")
SAMPLES = ("signal", "role", "source", "from", "to", "rows", "not_good", "doubtful_time")
GAPS: Mapping[str, Sequence[str]] = {
    "state_unknown": ("machine", "from", "to", "why", "value"),
    "count_unknown": ("from", "to", "seconds"),
    "unseen": ("from", "to", "seconds"),
    "sources": ("source", "reason", "from", "to"),
}
LEFT_OUT: Mapping[str, Sequence[str]] = {
    "not_planned": ("from", "to", "why", "pieces"),
    "set_aside": ("source", "reason", "rows"),
}
DAY = ("day", "window", "numerator", "denominator", "coverage", "used", "left_out")


def command(
    config: Path,
    subject: tuple[str, str | None, str | None],
    span: tuple[str, str],
    *,
    json: bool,
) -> None:
    """Print what made the figures of a line or a machine."""
    loaded = site_of(config)
    line, machine, measure = subject
    question = Question(line, *interval(loaded, span), machine, measure)
    with engine_of(loaded) as engine:
        found = engine.explain(question)
    if json:
        say_json(found)
    else:
        told(found, config)


def told(found: Document, config: Path) -> None:
    """One explanation as text."""
    say(f"{found['line']} {found['machine'] or ''} {found['from']} to {found['to']}")
    figures = found["figures"]
    part("figures", ("measure", *FIGURE), [{"measure": k, **figures[k]} for k in figures])
    part("elements", ("name", "value"), pairs(found["elements"]))
    buckets = [
        {**one, "flags": ", ".join(one["flags"]), **one["elements"]} for one in found["buckets"]
    ]
    names = list(found["buckets"][0]["elements"]) if buckets else []
    part("buckets", (*BUCKET, "flags", *names), buckets)
    part(
        "counter decisions",
        (*DECISION, "before", "after"),
        [readings(d) for d in found["decisions"]],
    )
    if found["decisions_left_out"]:
        say(f"{found['decisions_left_out']} more decisions; ask for a shorter time")
    part("counts that no bucket may claim", LOOSE, found["loose"])
    part("facts that people and files tell", FACT, found["facts"])
    for name, head in GAPS.items():
        part(f"gaps: {name}", head, found["gaps"][name])
    for name, head in LEFT_OUT.items():
        part(f"left out: {name}", head, found["exclusions"][name])
    part("tables", ("name", "value"), pairs(found["tables"]))
    part("versions", ("name", "value"), pairs(found["versions"]))
    part("raw samples", SAMPLES, found["samples"])
    if found["samples"]:
        say("")
        say(export(found["samples"], config))


def pairs(document: Document) -> list[Document]:
    """The keys and values of a document."""
    return [{"name": name, "value": value} for name, value in document.items()]


def readings(decision: Document) -> Document:
    """A decision with the readings around it as text."""
    around = {
        name: f"{decision[name]['value']:g} at {decision[name]['at']}" if decision[name] else None
        for name in ("before", "after")
    }
    return {**decision, **around}


def part(title: str, head: Sequence[str], rows: Sequence[Document]) -> None:
    """One part of an explanation; what is empty is said to be none."""
    say("")
    if not rows:
        say(f"{title}: none")
        return
    say(f"{title}:")
    table(head, [[row[name] for name in head] for row in rows])


def export(samples: Sequence[Document], config: Path) -> str:
    """The command that writes the raw samples of a figure."""
    begin = min(one["from"] for one in samples)
    words = ["lineproof", "export", "--config", str(config)]
    words += ["--from", begin, "--to", samples[0]["to"]]
    for path in dict.fromkeys(one["signal"] for one in samples):
        words += ["--signal", path]
    return join([*words, "--out", "samples.csv"])


def target(config: Path, target_id: str, *, json: bool) -> None:
    """Print what made a verdict."""
    with engine_of(site_of(config)) as engine:
        found = engine.explain_target(target_id)
    if json:
        say_json(found)
        return
    told_of = found["target"]
    say(f"{told_of['id']} {told_of['measure']}: {told_of['verdict']}")
    part("gates", ("code", "passed", "seen", "needed"), told_of["gates"])
    for line in found["lines"]:
        part(f"baseline of {line['line']}", ("name", "value"), pairs(line["baseline"]))
        part("tables that changed since", ("name",), [{"name": n} for n in line["tables_changed"]])
        part(f"days of {line['line']}", DAY, line["days"])
        say("")
        say(next_step(line, config))


def next_step(line: Document, config: Path) -> str:
    """The command that explains one day: the last that counts."""
    used = [day for day in line["days"] if day["used"]] or line["days"]
    if not used:
        return "no day to explain"
    words = ["lineproof", "kpi", "--config", str(config), "--line", line["line"]]
    words += ["--from", used[-1]["from"], "--to", used[-1]["to"], "--explain"]
    words += ["--measure", line["measure"]]
    return join([*words, *(["--machine", line["machine"]] if line["machine"] else [])])
