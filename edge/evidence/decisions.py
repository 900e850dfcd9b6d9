"""What people and rules decided besides the samples: life, gaps, days left out, doubtful counts."""

from typing import Any

import numpy as np

from edge.evidence.recording import Recorder
from edge.evidence.refold import Scope
from edge.history import History
from edge.model import SECOND_NS
from edge.records.progress import Life
from edge.stores import Stores

Document = dict[str, Any]  # JSON
FORMAT = "lineproof-decisions/1"


def document(stores: Stores, scope: Scope, result: Document) -> Document:
    """All decisions that the figures of a package depend on."""
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
        "days_left_out": left_out(result),
        "sign_offs": [],
    }


def left_out(result: Document) -> list[Document]:
    """The days of both windows that enter no figure, and why."""
    used = {row["day"] for rows in result["days"].values() for row in rows}
    return [
        {"day": row["day"], "window": row["window"], "coverage": row["coverage"], "reason": reason}
        for row in result["target"]["series"]
        if row["window"] in {"baseline", "report"} and row["day"] not in used
        for reason in ["coverage" if row["value"] is None or row["coverage"] < 1 else "no_value"]
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
