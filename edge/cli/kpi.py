"""`lineproof kpi`: elements and measures of a line."""

from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from edge.cli.output import counted, laid_out, note, percentage, say, say_json, table
from edge.cli.printing import OPEN, WORDS, bare, bound, period
from edge.cli.site import engine_of, interval, site_of
from edge.engine.engine import Engine
from edge.engine.explaining.explaining import measure_of
from edge.errors import Refused
from edge.profiles.sector import profile_of
from edge.text.catalogue import span, unit

Document = dict[str, Any]  # JSON
SHOWN = (
    "availability",
    "effectiveness",
    "quality_ratio",
    "oee",
    "throughput_per_hour",
    "defect_rate",
    "unit_cost",
)
HEAD = ("measure", "value", "unit", "low", "high", "coverage", "days")
BY_HAND = "by hand"  # shown where anything was
RIGHT = ("value", "low", "high", "coverage", "days")
REASON = ("reason", "state", "time", "stops")
NO_PLAN = "no planned time"
NO_BOUND = "open: so little is known that nothing useful bounds the figure; --json has the number"
NO_DATA = f"no data (coverage {percentage(0.0)})"


def command(
    config: Path,
    subject: tuple[str, str | None, str | None, str | None],
    span: tuple[str, str],
    by: str,
    *,
    json: bool,
) -> None:
    """Print the rows; where nothing is known of the interval, say so and what there is."""
    loaded = site_of(config)
    line, machine, measure, baseline = subject
    from_ns, to_ns = interval(loaded, span)
    if by == "reason" and (machine or measure):
        raise Refused("--by reason tells the line's stops; leave out --machine and --measure")
    if baseline:
        raise Refused("--baseline says how a day of a verdict is explained; add --explain")
    with engine_of(loaded) as engine:
        engine.view.machine(line, machine)
        found = only(engine.kpis(line, from_ns, to_ns, by), machine, measure)
        rows = found["reasons" if by == "reason" else "rows"]
        if json:
            say_json(found)
        elif not any(by == "reason" or known(row) for row in rows):
            note(nothing(line, measure, by, span, newest(engine, line)))
        elif by == "reason":
            table(REASON, [reason(row) for row in rows], right=("time",))
        else:
            first = profile_of(engine.view.line(line).profile).measures
            print_rows(rows, by, {*SHOWN, *first})


def only(found: Document, machine: str | None, measure: str | None) -> Document:
    """What was asked for of an answer: the rows of a machine, and in each one measure.

    Raises:
        NotFound: no such measure; with those there are.
    """
    measure_of(measure)
    rows = [one for one in found.get("rows", ()) if machine is None or one["machine"] == machine]
    if measure:
        rows = [{**one, "measures": {measure: one["measures"][measure]}} for one in rows]
    return {**found, "rows": rows} if "rows" in found else found


def known(row: Document) -> bool:
    """Whether anything was seen of what a row stands for."""
    return any(measure["coverage"] for measure in row["measures"].values())


def nothing(line: str, measure: str | None, by: str, span: tuple[str, str], newest: str) -> str:
    """That nothing is known of what was asked, and what to look at next."""
    what = f"nothing of {measure}" if measure else "no stop" if by == "reason" else "nothing"
    then = f"{newest}; --explain says why" if measure else newest
    return f"{what} is known of {line} from {span[0]} to {span[1]}; {then}"


def newest(engine: Engine, line: str) -> str:
    """How far the samples of a line reach."""
    own = [one["last"] for one in engine.signals()["signals"] if one["path"].split("/")[1] == line]
    last = max((sample["time"] for sample in own if sample), default=None)
    return f"its newest sample is of {last}" if last else "it has no samples yet"


def print_rows(rows: Sequence[Document], by: str, shown: Collection[str] = SHOWN) -> None:
    """A heading for each row, and below it a line for each measure, all in the same columns.

    Args:
        rows: what was answered.
        by: what each stands for.
        shown: the measures to print; those of the sector come first, as in the rows.
    """
    by_hand = any(one["manual_share"] for row in rows for one in row["measures"].values())
    head, right = ((*each, BY_HAND) if by_hand else each for each in (HEAD, RIGHT))
    bodies = [measures(row, len(head), shown) if known(row) else [] for row in rows]
    printed = iter(laid_out(head, [cells for body in bodies for cells in body], right))
    say(f"  {next(printed)}")
    for row, body in zip(rows, bodies, strict=True):
        say(heading(row, by))
        for text in islice(printed, len(body)):
            say(f"  {text}")
        if not body:
            say(f"  {NO_DATA if row['elements']['PBT'] else NO_PLAN}")
        if made := outside(row):
            say(f"  {made}")
    if any(OPEN in cells for body in bodies for cells in body):
        note(NO_BOUND)


def heading(row: Document, by: str) -> str:
    """What a row stands for: when, which shift, which machine, which product."""
    shift = "outside of shifts" if by == "shift" and not row["shift"] else row["shift"]
    words = [period(row["from"], row["to"]), shift, row["machine"] or f"line {row['line']}"]
    day = row["production_day"]
    if day and not row["from"].startswith(day):
        words.insert(0, f"day {day}")
    status = "" if row["status"] == "final" else f"({row['status']})"
    product = "no product known" if by == "product" and not row["product"] else row["product"]
    order = (row["order"] or "no order known") if by == "order" else ""
    return "  ".join(filter(None, [*words, order, product, status]))


def outside(row: Document) -> str:
    """What was made outside of planned time, in words; nothing where nothing was."""
    good, made = row["unplanned"]["GQ"], row["unplanned"]["PQ"]
    pieces = counted(good, "good piece") if good else counted(made, "piece") if made else ""
    return f"{pieces} outside of planned time, in no figure per planned hour" if pieces else ""


def measures(row: Document, columns: int, shown: Collection[str]) -> list[list[object]]:
    """A line for each measure of a row: its value is never shown without unit and coverage."""
    every = row["measures"]  # one alone was asked for
    found = {name: one for name, one in every.items() if name in shown or len(every) == 1}
    return [cells(name, one)[:columns] for name, one in found.items()]


def cells(name: str, one: Document) -> list[object]:
    """A measure with all that has to stand beside its value."""
    return [
        name,
        bare(one["value"], one["unit"]),
        "%" if one["unit"] == "1" else unit(WORDS, one["unit"]),
        *(bound(one[key], one["unit"]) for key in ("low", "high")),
        percentage(one["coverage"]),
        one["n"],
        percentage(one["manual_share"]),
    ]


def reason(row: Document) -> list[object]:
    """A reason as people read it."""
    lasted = span(WORDS, row["seconds"])
    return [row["reason"], row["state"], lasted, counted(row["n"], "time")]
