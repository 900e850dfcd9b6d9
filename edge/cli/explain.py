"""`lineproof kpi --explain`: what made a figure, for people, down to the raw samples.

From the figure over its elements and buckets to the decisions on its counters; the last lines are
the command that writes the samples. `--json` holds all of it, also what is zero and left out here.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from shlex import quote
from typing import Any

from edge.cli.demand_card import say_demand
from edge.cli.element_names import SIDES, meaning, split_name, why
from edge.cli.kpi import HEAD, RIGHT, cells
from edge.cli.layout import broken, columns, section, terms
from edge.cli.output import counted, say, say_json, shown
from edge.cli.printing import clock, period
from edge.cli.site import engine_of, interval, site_of
from edge.engine.explaining.explaining import Question
from edge.model import SECOND_NS

Document = dict[str, Any]  # JSON
HIDES = "hides_micro_stops"
DECISION = ("at", "decision", "before", "reading", "after", "count", "low", "high")
LOOSE = ("when", "quantity", "amount", "low", "high", "whole")
FACT = ("id", "when", "kind", "quantity", "type", "origin", "who")
CHARGE = ("item", "quantity", "price (KRW)", "cost (KRW)", "hours", "of the rate", "price from")
SAMPLES = ("signal", "role", "source", "from", "rows", "not good", "time in doubt")
GAPS = {
    "state_unknown": ("time in which the state is not known", ("when", "machine", "why", "value")),
    "count_unknown": ("time in which counts are not known", ("when", "seconds")),
    "unseen": ("planned time of which nothing came", ("when", "seconds")),
    "sources": ("gaps of the sources", ("when", "source", "reason")),
}
LEFT_OUT = {
    "not_planned": ("time that was not planned", ("when", "why", "pieces")),
    "set_aside": ("rows in quarantine", ("source", "reason", "rows")),
}


def command(
    config: Path,
    subject: tuple[str, str | None, str | None, str | None],
    span: tuple[str, str],
    *,
    json: bool,
) -> None:
    """Print what made the figures of a line or a machine, by the terms of a baseline if named."""
    loaded = site_of(config)
    line, *asked = subject
    question = Question(line, *interval(loaded, span), *asked)
    with engine_of(loaded) as engine:
        found = engine.explain(question)
    if json:
        say_json(found)
    else:
        told(found, config)


def told(found: Document, config: Path) -> None:
    """One explanation as text."""
    where = f"{found['line']}/{found['machine']}" if found["machine"] else f"line {found['line']}"
    say(f"{where}, {period(found['from'], found['to'])}")
    figures = found["figures"].items()
    section(
        "figures", columns(HEAD, [cells(k, one)[: len(HEAD)] for k, one in figures], right=RIGHT)
    )
    section(
        "formulas", terms([(k, f"{one['formula']}  ({one['definition']})") for k, one in figures])
    )
    missing = [(k, why(one["lacks"])) for k, one in figures if one["lacks"]]
    if missing:
        section("why there is no value", terms(missing))
    section("elements, which the formulas divide", elements(found["elements"]))
    section("buckets, which add up to the elements", buckets(found["buckets"]))
    if found["charges"]:
        rows = [charge(one) for one in found["charges"]]
        said = columns(CHARGE, rows, keep=CHARGE[1:4])
        section("use and its prices, which add up to the cost", said)
    say_demand(found["demand"])
    section("counter decisions", decisions(found["decisions"]))
    if found["decisions_left_out"]:
        say(f"  {found['decisions_left_out']} more decisions; ask for a shorter time")
    section("counts that no bucket may claim", columns(LOOSE, picked(LOOSE, found["loose"])))
    section("facts that people and files tell", columns(FACT, picked(FACT, found["facts"])))
    for kind, part in ((GAPS, found["gaps"]), (LEFT_OUT, found["exclusions"])):
        for name, (title, head) in kind.items():
            section(title, columns(head, picked(head, part[name])))
    section(f"tables, {holding(found['baseline'])}", terms([*tables(found["tables"])]))
    section(
        "versions", terms([(k.replace("_", " "), named(v)) for k, v in found["versions"].items()])
    )
    samples = [{**one, "from": clock(one["from"])} for one in found["samples"]]
    section("raw samples", columns(SAMPLES, picked(SAMPLES, samples), keep=("rows",)))
    if samples:
        say("")
        for words in export(found["samples"], config):
            say(words)


def charge(one: Document) -> list[object]:
    """What was used at one price, and in which hours where the price asks for them."""
    of = " ".join(filter(None, (one["season"], one["band"]))).replace("_", " ")
    half = None if one["factor"] == 1 else one["factor"]
    price, cost = one["price_krw"], one["cost_krw"]
    numbers = whole(one["quantity"]), whole(price), whole(cost)
    return [one["item"], *numbers, of or None, half, one["valid_from"]]


def picked(head: Sequence[str], rows: Sequence[Document]) -> list[list[object]]:
    """The wanted cells of documents; `when` is from begin to end."""
    columns_of = {"not good": "not_good", "time in doubt": "doubtful_time"}
    return [
        [
            period(row["from"], row["to"]) if name == "when" else row[columns_of.get(name, name)]
            for name in head
        ]
        for row in rows
    ]


def amount(name: str, value: float | None) -> float | None:
    """An element as people read it: times in seconds."""
    return value / SECOND_NS if value is not None and name.endswith("_ns") else value


def elements(found: Document) -> list[str]:
    """A line for each element with its bounds; whole where it is."""
    rows: dict[str, Document] = {}
    for name, value in found.items():
        what, side, unit = split_name(name)
        rows.setdefault(what, {"unit": unit})[side] = whole(amount(name, value))
    return columns(
        ("element", "value", "low", "high", "unit", "means"),
        [
            [what, *(one.get(s) for s in ("value", *SIDES)), one["unit"], meaning(what)]
            for what, one in rows.items()
        ],
        keep=("value",),
    )


def whole(value: float | None) -> object:
    """A number; one without a part behind the point is shown in full."""
    return int(value) if value is not None and float(value).is_integer() else value


def buckets(found: Sequence[Document]) -> list[str]:
    """The rows of the element table; stretches without anything in them are one line."""
    if not found:
        return []
    names = [name for name in found[0]["elements"] if differs(name, found)]
    head = ("when", "product", "shift", "note", *(heading(name) for name in names))
    rows = [
        [period(first["from"], last["to"]), first["product"], shift(first), note(first)]
        + [whole(amount(name, first["elements"][name])) for name in names]
        for first, last in stretches(found)
    ]
    return [*columns(head, rows), *hiding(found)]


def hiding(found: Sequence[Document]) -> list[str]:
    """How many buckets may hide micro-stops; of a counter that is read rarely most do."""
    number = sum(HIDES in one["flags"] for one in found)
    if not number:
        return []
    of = f"{number} of {counted(len(found), 'bucket')}"
    return [f"In {of} a reading brought several pieces: between them micro-stops may hide."]


def differs(name: str, found: Sequence[Document]) -> bool:
    """Whether a bound says more than its value."""
    stem, _, side = name.rpartition("_")
    if side not in SIDES:
        return True
    each = [one["elements"] for one in found]
    return any(stem not in one or one[name] != one[stem] for one in each)


def heading(name: str) -> str:
    """The head of a column of elements."""
    what, side, unit = split_name(name)
    return " ".join(
        filter(None, [what, side if side in SIDES else "", f"({unit})" if unit else ""])
    )


def stretches(found: Sequence[Document]) -> Iterator[tuple[Document, Document]]:
    """First and last of the buckets that follow each other with nothing in them; else one alone."""
    for is_empty, group in groupby(
        found, key=lambda one: (empty(one), one["product"], shift(one), note(one))
    ):
        rows = list(group)
        yield from [(rows[0], rows[-1])] if is_empty[0] else zip(rows, rows, strict=True)


def empty(bucket: Document) -> bool:
    """Whether nothing was planned, made or missed in a bucket."""
    return not bucket["planned"] and not any(bucket["elements"].values())


def shift(bucket: Document) -> str:
    """The shift of a bucket, without its day."""
    return str(bucket["shift_id"] or "").partition("/")[2]


def note(bucket: Document) -> str:
    """What else is to be said of a bucket."""
    status = "" if bucket["status"] == "final" else bucket["status"]
    planned = "" if bucket["planned"] else "not planned"
    said = [planned, status, bucket["reason"], *flags(bucket)]
    return ", ".join(filter(None, said))


def flags(bucket: Document) -> list[str]:
    """The flags of a bucket in words, but for one that most buckets have: it is told once."""
    return [one.replace("_", " ") for one in bucket["flags"] if one != HIDES]


def decisions(found: Sequence[Document]) -> list[str]:
    """Signal by signal what was decided, with the readings around it."""
    lines = list[str]()
    for signal in dict.fromkeys(one["signal"] for one in found):
        rows = [
            [
                clock(one["at"]),
                one["decision"].replace("_", " "),
                *(one[k]["value"] if one[k] else None for k in ("before",)),
                one["reading"],
                *(one[k]["value"] if one[k] else None for k in ("after",)),
                *(one[k] for k in ("count", *SIDES)),
            ]
            for one in found
            if one["signal"] == signal
        ]
        lines += ["", str(signal), *columns(DECISION, rows)]
    return lines[1:]


def holding(baseline: str | None) -> str:
    """Since when the tables hold by which a figure was computed."""
    now = "as they hold now"
    return f"{now}; ideal cycles and prices by baseline {baseline}" if baseline else now


def tables(found: Document) -> Iterator[tuple[str, object]]:
    """Calendar, ideal cycles, state map, limits, prices and counters, a line each."""
    calendar = found["calendar"]
    shifts = ", ".join(f"{s['id']} {period(s['from'], s['to'])}" for s in calendar["shifts"])
    yield f"calendar {calendar['version']}", shifts or "no shift in this time"
    for machine, products in found["ideal_cycles_s"].items():
        for product, dated in products.items():
            said = [f"{value:g} s{f' from {day}' if day else ''}" for value, day in dated]
            yield f"ideal cycle of {product} at {machine}", ", ".join(said)
    for machine, states in found["state_map"].items():
        yield f"states of {machine}", ", ".join(f"{code} {state}" for code, state in states.items())
    for name, value in found["thresholds_s"].items():
        yield name.replace("_", " "), None if value is None else f"{value:g} s"
    yield from prices(found)
    for path, rules in found["counters"].items():
        yield (
            path,
            ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in rules.items() if v is not None),
        )


def prices(found: Document) -> Iterator[tuple[str, object]]:
    """Flat prices, and tariffs with a line a season."""
    for price in found["prices"]:
        yield "price", named(price)
    for tariff in found["tariffs"]:
        known = {k: v for k, v in tariff.items() if k not in ("item", "rates") and v != []}
        yield f"tariff {tariff['item']}", named(known)
        for season, rates in tariff["rates"].items():
            yield f"in {season.replace('_', ' ')}", named(rates)
    for demand in found["demands"]:
        yield "demand charge", named(demand)


def named(value: object) -> str:
    """A value of several parts as words."""
    if isinstance(value, dict):
        return ", ".join(f"{k} {shown(v)}" for k, v in value.items() if v is not None)
    if isinstance(value, list):
        return ", ".join(named(one) for one in value)
    return shown(value)


def export(samples: Sequence[Document], config: Path) -> list[str]:
    """The command that writes the raw samples of a figure, a line for each of its parts."""
    begin, end = min(one["from"] for one in samples), samples[0]["to"]
    words = [f"lineproof export --config {quote(str(config))}", f"--from {begin} --to {end}"]
    words += [f"--signal {quote(path)}" for path in dict.fromkeys(s["signal"] for s in samples)]
    return broken([*words, "--out samples.csv"])
