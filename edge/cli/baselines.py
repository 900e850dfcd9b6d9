"""`lineproof baseline preview | freeze | list | show`."""

from pathlib import Path

from edge.cli.layout import columns, section, terms
from edge.cli.output import (
    Document,
    counted,
    note,
    percentage,
    progress,
    say,
    say_json,
    table,
)
from edge.cli.printing import WORDS, amount, clock, period, subject
from edge.cli.roots import signed_due
from edge.cli.site import asking, engine_of, interval, site_of, user
from edge.engine.verdicts.baselines import Wish, brief
from edge.engine.verdicts.preview import Question
from edge.engine.verdicts.preview import preview as look
from edge.text.catalogue import text
from kpi.verdict import MIN_DAYS

HEAD = ("id", "line", "measure", "value", "days", "coverage", "period", "name")
NONE = "no baseline is frozen yet; `lineproof baseline freeze` makes one"


def freeze(
    config: Path,
    subject: tuple[str, str | None, str],
    span: tuple[str, str],
    words: tuple[str, str],
    *,
    json: bool,
) -> None:
    """Freeze a baseline and print its id; what was frozen is a note beside it."""
    loaded = site_of(config)
    wish = Wish(*subject, *interval(loaded, span), *words)
    with progress("signing") as told:
        signed_due(loaded, told)  # what is frozen names the roots of its days
    with engine_of(loaded) as engine:
        found = brief(engine.freeze(wish, user()))
    if json:
        say_json(found)
    else:
        say(found["id"])
        for line in frozen(found):
            note(line)
        if found["days"] < MIN_DAYS:
            note(text(WORDS, "preview.warning.few_days"))


def preview(
    config: Path, subject: tuple[str, str | None, str], span: tuple[str, str], *, json: bool
) -> None:
    """Print what freezing a period would take; nothing is kept."""
    loaded = site_of(config)
    question = Question(*subject, *interval(loaded, span))
    with engine_of(loaded) as engine:
        found = look(engine.view, question)
    if json:
        say_json(found)
        return
    for line in told(found):
        say(line)
    parts = {
        "shifts that count": (("shift", "n"), found["shifts"]),
        "products that count": (("product", "good", "share"), found["products"]),
        "days left out": (("day", "reason", "coverage", "value", "effect"), found["excluded"]),
    }
    for title, (head, rows) in parts.items():
        section(title, columns(head, [[row[name] for name in head] for row in rows]))
    for code in found["warnings"]:
        note(text(WORDS, f"preview.warning.{code}"))


def told(body: Document) -> list[str]:
    """What would be frozen, in words."""
    value, all_days = (amount(body[key], body["unit"]) for key in ("value", "value_with_all"))
    days = counted(body["days"], "production day")
    return [
        f"{body['measure']} of {subject(body)} would be {value}; with all days {all_days}",
        f"  period    {period(body['from'], body['to'])}",
        f"  days      {days} count; {body['needed']} are needed, {body['wanted']} are better",
        f"  coverage  {percentage(body['coverage'])}",
    ]


def frozen(body: Document) -> list[str]:
    """What was frozen, in words."""
    value, days = amount(body["value"], body["unit"]), counted(body["days"], "production day")
    return [
        f'frozen: {body["measure"]} of {subject(body)} is {value}, "{body["name"]}"',
        f"  period    {period(body['from'], body['to'])}",
        f"  days      {days} whole and covered enough",
        f"  coverage  {percentage(body['coverage'])}",
        f"  digest    {body['digest']}",
        f"  next      lineproof target set --baseline {body['id']} …",
    ]


def listed(config: Path, *, json: bool) -> None:
    """Print all baselines."""
    with asking(site_of(config)) as engine:
        found = engine.baselines()
    if json:
        say_json(found)
    elif found["baselines"]:
        table(HEAD, [row(body) for body in found["baselines"]], right=("value", "coverage"))
    else:
        note(NONE)


def row(body: Document) -> list[object]:
    """A baseline in one line: its days stand in its period, and its hours in `show`."""
    return [
        body["id"],
        subject(body),
        body["measure"],
        amount(body["value"], body["unit"]),
        body["days"],
        percentage(body["coverage"]),
        period(body["from"][:10], body["to"][:10]),
        body["name"],
    ]


def show(config: Path, baseline: str, *, json: bool) -> None:
    """Print one baseline, with its days in JSON."""
    with engine_of(site_of(config)) as engine:
        found = engine.baseline(baseline)
    if json:
        say_json(found)
    else:
        print_card(brief(found))


def print_card(body: Document) -> None:
    """Print a baseline; its days and tables stand in `--json`."""
    value = amount(body["value"], body["unit"])
    say(f'{body["id"]}: {body["measure"]} of {subject(body)} is {value}, "{body["name"]}"')
    section(
        "frozen",
        terms(
            [
                ("period", period(body["from"], body["to"])),
                ("days", f"{counted(body['days'], 'production day')} whole and covered enough"),
                ("coverage", percentage(body["coverage"])),
                ("because", body["reason"]),
                ("at", f"{clock(body['frozen_at'])} with software {body['software']}"),
                ("version", body["version"]),
                ("definition", body["definition"]),
                ("digest", body["digest"]),
            ]
        ),
    )
