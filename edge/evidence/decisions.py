"""What people and rules decided besides the samples: life, gaps, days left out, doubtful counts."""

from dataclasses import asdict, fields
from typing import Any

import numpy as np

from edge.engine.folding.booking import AROUND_NS, held
from edge.engine.machine.calendars import Calendar
from edge.engine.machine.placing import told_by
from edge.engine.view import Explained, PlanCut
from edge.evidence.recording import Recorder
from edge.evidence.refold import Scope
from edge.evidence.results import Promise
from edge.evidence.rows import zone_of
from edge.evidence.signing_off import agreed
from edge.facts import Fact
from edge.history import History
from edge.model import SECOND_NS
from edge.records.database import Records
from edge.records.progress import Life
from edge.site import Site
from edge.stores import Stores
from kpi.verdict import ROUNDING, USABLE

Document = dict[str, Any]  # JSON
FILE = "decisions.json"
FORMAT = "lineproof-decisions/2"  # 1 was of packages whose words and parts were others


def document(
    stores: Stores, records: Records, scope: Scope, promise: Promise, result: Document
) -> Document:
    """All decisions that the figures of a package depend on, and who signed what about them."""
    sources = {
        signal.source
        for line in scope.site.lines
        for machine in line.machines
        for signal in machine.signals.values()
    }
    return {
        "format": FORMAT,
        "days": {"first_ns": scope.first_ns, "end_ns": scope.end_ns, "at_ns": scope.at_ns},
        "lives": [
            {"line": line, "machine": machine, **life._asdict()}
            for (line, machine), life in sorted(scope.lives.items())
        ],
        "gaps": [
            gap._asdict()
            for gap in stores.ledger.gaps(scope.first_ns, scope.at_ns)
            if gap.source in sources or gap.source == "service"
        ],
        "set_aside": [
            one._asdict()
            for one in stores.ledger.set_aside(scope.first_ns, scope.at_ns)
            if one.source in sources
        ],
        "facts": [asdict(fact) for fact in scope.facts],
        "plan_cuts": [cut.document() for cut in scope.plan_cuts],
        "stops_explained": [one._asdict() for one in scope.explained],
        "days_left_out": left_out(result),
        **agreed(records, promise, zone_of(scope.site)),
    }


def is_former(found: Document) -> bool:
    """Whether a package is of a form that told and printed other words of the same figures."""
    return bool(found["format"] != FORMAT)


def told(records: Records, site: Site, span: tuple[int, int]) -> tuple[Fact, ...]:
    """What people and files told of some time of the lines, as it holds now."""
    found: list[Fact] = []
    with records.reading() as db:
        for line in site.lines:
            hours = Calendar(site, line).hours(span[0] - AROUND_NS, span[1] + AROUND_NS)
            for fact in held(db, line.id, *span):
                begin, end = told_by(fact, hours)
                if begin < span[1] and end > span[0]:
                    found.append(fact)
    return tuple(found)


def facts_of(found: Document) -> tuple[Fact, ...]:
    """The same out of the document; packages of before there were facts have none."""
    names = [field.name for field in fields(Fact)]
    return tuple(Fact(**{n: each[n] for n in names}) for each in found.get("facts", ()))


def plan_cuts_of(found: Document) -> tuple[PlanCut, ...]:
    """The days whose planned time was cut, out of the document; packages of before tell none."""
    return tuple(PlanCut.of_document(each) for each in found.get("plan_cuts", ()))


Told = tuple[tuple[Fact, ...], tuple[PlanCut, ...], tuple[Explained, ...]]


def told_of(found: Document) -> Told:
    """What people told and did, out of the document, in the order of a scope."""
    return facts_of(found), plan_cuts_of(found), explained_of(found)


def explained_of(found: Document) -> tuple[Explained, ...]:
    """How many stops people explained, out of the document; packages of before tell none."""
    return tuple(Explained(**each) for each in found.get("stops_explained", ()))


def left_out(result: Document) -> list[Document]:
    """The days of both windows that enter no figure, and why."""
    used = {row["day"] for rows in result["days"].values() for row in rows}
    return [
        {"day": row["day"], "window": row["window"], "coverage": row["coverage"], "reason": reason}
        for row in result["target"]["series"]
        if row["window"] in {"baseline", "report"} and row["day"] not in used
        for reason in ["no_value" if (row["coverage"] or 0) >= USABLE - ROUNDING else "coverage"]
    ]


def lives_of(found: Document) -> dict[tuple[str, str], Life]:
    """How long each machine lived, out of the document."""
    return {
        (each["line"], each["machine"]): Life(
            each["first_ns"], each["last_ns"], each["watermark_ns"]
        )
        for each in found["lives"]
    }


def symbols(reader: History, recorder: Recorder, scope: Scope) -> dict[str, str]:
    """The texts behind the values that are in the package, by symbol."""
    texts = [
        signal.path
        for signal in scope.site.signals().values()
        if signal.values_are_text and signal.path in recorder.hours
    ]
    from_ns = min((min(recorder.hours[path]) for path in texts), default=0) * 3600 * SECOND_NS
    to_ns = max((max(recorder.hours[path]) + 1 for path in texts), default=0) * 3600 * SECOND_NS
    known, used = reader.symbols(), set[int]()
    for samples in reader.samples(texts, from_ns, to_ns).values():
        used |= set(np.unique(samples.value[~np.isnan(samples.value)]).astype(np.int64).tolist())
    return {str(symbol): known[symbol] for symbol in sorted(used) if symbol in known}
