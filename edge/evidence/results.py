"""The published figures of a target: what the rows of an element table prove at an instant.

Making and verifying call the same function over tables that were filled the same way.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from edge.engine.figures.days import days_of, whole_days
from edge.engine.figures.definitions import FORMER, card
from edge.engine.figures.figures import totals
from edge.engine.folding.anew import Refold
from edge.engine.verdicts import baselines, targets
from edge.engine.verdicts.baselines import agreed_on
from edge.engine.verdicts.windows import ONE_DAY, day_of, end_ns, windows_of
from edge.engine.view import View
from edge.errors import NotFound
from edge.evidence.instant import Instant
from edge.evidence.refold import Scope
from edge.model import DAY_NS, HOUR_NS, Reader
from edge.moment import parse
from edge.records import progress, proof
from edge.records.database import Records
from kpi.catalogue.index import MEASURES

Document = dict[str, Any]  # JSON
FORMAT = "lineproof-result/1"
DEFINITIONS = "lineproof-definitions/4"
"""1 told no version, and of a source not where in it; 2 not what a unit cost leaves out; 3 not what
people have to tell."""
DEFINING = ("id", "measure", "formula", "unit", "better")


STILL_NS = 8 * DAY_NS
"""Without a sample for so long a site stands still: what a source still had was filled in."""


class Reach(NamedTuple):
    """How much time around the windows and the state is looked at."""

    before: int  # days before the first baseline
    behind_ns: int  # after the instant of the state

    def until(self, at_ns: int) -> int:
        """Nothing behind this is looked at: a whole hour, for samples are packed by the hour."""
        return -(-at_ns // HOUR_NS) * HOUR_NS + self.behind_ns


REACHES = (Reach(1, 2 * HOUR_NS), Reach(1, 2 * DAY_NS), Reach(8, 15 * DAY_NS))
"""Rarely must it be more than the first: as where a counter stood still over a night, or over a
week of holidays."""


class Promise:
    """A target and the baselines it was agreed on."""

    def __init__(self, target: Document, frozen: list[Document]) -> None:
        self.target, self.baselines = target, frozen

    @classmethod
    def of(cls, records: Records, target: str) -> "Promise":
        """The target of an id, as it is kept.

        Raises:
            NotFound: with the ids there are, or that a baseline of it was lost.
        """
        known = proof.kept(records, proof.target)
        if target not in known:
            raise NotFound(f"there is no target '{target}'; there are {', '.join(known) or 'none'}")
        return cls(known[target], agreed_on(records, known[target]))

    @property
    def lines(self) -> list[str]:
        """Ids of its lines."""
        return list(self.target["lines"])

    @property
    def from_ns(self) -> int:
        """Where the earliest baseline begins."""
        return min(int(body["from_ns"]) for body in self.baselines)

    def put(self, records: Records) -> None:
        """Write it into other records."""
        for body in self.baselines:
            proof.put(records, proof.baseline, body, int(body["frozen_ns"]))
        proof.put(records, proof.target, self.target, int(self.target["go_live_ns"]))


def passed(records: Records, promise: Promise) -> int:
    """Up to where nothing more is waited for, of all lines of a target."""
    with records.reading() as db:
        lives = progress.lives(db)
    return min(
        max((life.watermark_ns for (name, _), life in lives.items() if name == line), default=0)
        for line in promise.lines
    )


def instant_of(view: View, promise: Promise, passed_ns: int) -> int:
    """The instant of the state that a package tells of.

    It begins a production day: the first at which the reporting window and its maturity were
    complete, or else the last one for which nothing more is waited for. That includes the hours
    behind it that a package looks at, so that what a live site makes later is the same package.
    Where nothing has come for days, as after an import of the past, nothing is waited for either:
    the state is that of now, and the package says what the page says.

    Args:
        view: the site at this moment.
        promise: the target.
        passed_ns: up to here all samples have come.
    """
    if view.clock.wall_ns() - passed_ns > STILL_NS:
        passed_ns = view.clock.wall_ns()
    windows = windows_of(view, promise.target, promise.baselines)
    waiting = date.fromisoformat(windows.today) - date.fromisoformat(windows.mature_to)
    last_ns = end_ns(view, promise.target, windows.wanted_to)
    days = (date.fromisoformat(windows.wanted_to) + waiting + n * ONE_DAY for n in range(2))
    complete = next(begin for day in days if (begin := view.begin_of(day)) >= last_ns)
    today = day_of(view, passed_ns)
    last = view.begin_of(today)
    if REACHES[0].until(last) > passed_ns:
        last = view.begin_of(today - timedelta(days=1))
    return min(complete, last)


def view_of(scope: Scope, reader: Reader, records: Records) -> View:
    """A site as it was known at the instant of a state."""
    at, refold = Instant(scope.at_ns), Refold(scope.site, reader, records)
    view = View(scope.site, reader, records, at, refold)
    view.plan_cuts, view.explained = scope.plan_cuts, scope.explained
    return view


def result(view: View, promise: Promise) -> Document:
    """Every published figure of a target, and the days that they are sums of."""
    document, judged = targets.document(view, promise.target)
    return {
        "format": FORMAT,
        "as_of": view.time(view.clock.wall_ns()),
        "target": {**document, "definition": definition(view, promise), "series": judged.series()},
        "days": {
            "baseline": judged.before_days.usable().document(),
            "report": judged.after_days.usable().document(),
        },
        "agreed": promise.target,
        "baselines": promise.baselines,
        "baselines_again": [again(view, body) for body in promise.baselines],
    }


def again(view: View, body: Document) -> Document:
    """A frozen baseline, computed anew from the rows of today with the tables of then.

    Where its days were restated since, the frozen figures still hold; here stands what the samples
    say by now, and that it is not the same.
    """
    line = baselines.frozen_line(view, body)
    window = int(body["from_ns"]), int(body["to_ns"])
    found = totals(view, line, window, "day", baselines.prices_then(body))
    days = days_of(found, line, body["machine"], body["measure"], whole_days(view, line, window))
    fresh = baselines.series_document(days)
    return {
        "id": body["id"],
        **fresh,
        "digest": baselines.digest(found.seen),
        "restated_days": [row["day"] for row in differing(body["series"], fresh["series"])],
    }


def differing(filed: list[Document], fresh: list[Document]) -> Iterator[Document]:
    """The days of which two series say different things."""
    one, two = ({row["day"]: row for row in rows} for rows in (filed, fresh))
    for day in sorted(one.keys() | two.keys()):
        if one.get(day) != two.get(day):
            yield {"day": day}


def definition(view: View, promise: Promise) -> str:
    """What the figures of a target are computed by: the definition of today, or one of before."""
    measure = promise.target["measure"]
    return FORMER[measure] if view.counts_unplanned else MEASURES[measure].definition


def definitions(definition: str) -> Document:
    """The cards of the measures that are used."""
    return {"format": DEFINITIONS, "cards": [card(definition)]}


def defining(document: Document) -> Document:
    """What of some cards a figure depends on; cards of before told less."""
    return {"cards": [{key: each[key] for key in DEFINING} for each in document["cards"]]}


def report_window(view: View, result: Document) -> tuple[int, int]:
    """The reporting window of a result, as far as it has come at the instant of the view."""
    told = result["target"]
    return parse(told["report_from"]), min(parse(told["report_to"]), view.clock.wall_ns())


def first_difference(filed: object, found: object, path: str = "") -> str | None:
    """Where two documents first differ, and how; None where every figure is the same."""
    if isinstance(filed, dict) and isinstance(found, dict) and list(filed) == list(found):
        parts = ((f"{path}.{key}" if path else key, filed[key], found[key]) for key in filed)
    elif isinstance(filed, list) and isinstance(found, list) and len(filed) == len(found):
        both = enumerate(zip(filed, found, strict=True))
        parts = ((f"{path}[{i}]{named(one)}", one, two) for i, (one, two) in both)
    else:
        same = filed == found and type(filed) is type(found)
        return None if same else f"{path} is filed as {short(filed)}, recomputed {short(found)}"
    return next(filter(None, (first_difference(b, c, a) for a, b, c in parts)), None)


def named(row: object) -> str:
    """The day of a row, where it has one."""
    return f" ({row['day']})" if isinstance(row, dict) and "day" in row else ""


def short(value: object) -> str:
    """A value for a message."""
    return f"'{str(value)[:80]}'" if isinstance(value, str | list | dict) else str(value)


def first_day(from_ns: int, before: int) -> int:
    """The begin of the UTC day that lies so many days before an instant's own."""
    return (from_ns // DAY_NS - before) * DAY_NS


def last_day(at_ns: int) -> int:
    """The end of the UTC day that holds the time just before an instant."""
    return -(-at_ns // DAY_NS) * DAY_NS
